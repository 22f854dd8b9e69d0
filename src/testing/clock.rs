//! A clock that only a test moves.

use super::assert::IntoInstant;
use super::length::Length;
use crate::time::{Instant, Zone};

/// A clock that stands still until it is moved.
///
/// ```
/// use segue::testing::{Clock, days, months};
/// let mut clock = Clock::at("2026-01-31T09:00:00Z")?;
/// assert_eq!(clock.pass(days(1))?.to_string(), "2026-02-01T09:00:00Z");
/// let mut clock = Clock::at("2026-01-31T09:00:00Z")?.zone("Europe/Rome".parse()?);
/// assert_eq!(clock.pass(months(1))?.to_string(), "2026-02-28T09:00:00Z");
/// assert_eq!(clock.now(), clock.pass("0 days")?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clock {
    now: Instant,
    zone: Zone,
}

impl Clock {
    /// A clock that shows an instant.
    ///
    /// # Errors
    /// If a text is no instant.
    pub fn at(now: impl IntoInstant) -> Result<Self, String> {
        Ok(Clock {
            now: now.into_instant()?,
            zone: Zone::UTC,
        })
    }

    /// Sets the zone in which months are counted.
    #[must_use]
    pub fn zone(mut self, zone: Zone) -> Self {
        self.zone = zone;
        self
    }

    /// What it shows.
    #[must_use]
    pub fn now(&self) -> Instant {
        self.now
    }

    /// Lets time pass, and says what the clock shows then.
    ///
    /// # Errors
    /// If a text is no length of time.
    pub fn pass(&mut self, length: impl Into<Length>) -> Result<Instant, String> {
        self.now = length.into().from(self.now, false, self.zone)?;
        Ok(self.now)
    }
}

//! Lines that are far ahead of those before them: from a clock that is wrong, or after a quiet night.
//!
//! A wrong clock is alone with its time, and the next line goes back. After a quiet night the next line agrees. So such a line waits
//! for another one.

use crate::data::line::Item;
use crate::input::Trouble;
use segue::{Duration, Instant};

/// A line that waits: what it says, the instant that it is too far ahead of, and where it stands, if that is known.
#[derive(Debug)]
pub(super) struct Ahead {
    pub(super) item: Item,
    pub(super) before: Instant,
    pub(super) place: Option<(usize, u64)>,
}

impl Ahead {
    /// Whether another instant is near its own.
    pub(super) fn agrees(&self, at: Instant, lead: Duration) -> bool {
        let apart = self.item.at.micros().saturating_sub(at.micros());
        apart.saturating_abs() <= lead.micros()
    }

    /// Whether it is ahead of what another instant allows.
    pub(super) fn is_beyond(&self, at: Instant, lead: Duration) -> bool {
        self.item.at.micros().saturating_sub(at.micros()) > lead.micros()
    }

    /// Why it is refused.
    pub(super) fn trouble(&self) -> Option<Trouble> {
        let (source, line) = self.place?;
        let (at, before) = (self.item.at, self.before);
        let early = Duration::from_micros(at.micros() - before.micros());
        let message = format!(
            "`at`: {at} is {early} after what came before it ({before}), more than `--lead` allows; look to the clock it is \
             from, or allow for it with `--lead \"{early}\"`"
        );
        Some(Trouble::new(source, line, message))
    }
}

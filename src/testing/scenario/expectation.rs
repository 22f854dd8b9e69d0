//! What is expected of profiles: whom it is about, and when.

use super::document::Scenario;
use super::given::Given;
use crate::check::nearest;
use crate::profile::Value;
use crate::testing::moment::{Moment, Point, Setting};
use crate::time::{DAY, Instant};

/// What is wrong with a scenario.
pub(super) type Problems = Vec<String>;

/// Whether a profile of whom something is expected is one of the scenario.
pub(super) fn known(id: &str, segment: &str, scenario: &Scenario) -> Result<(), String> {
    if scenario.profiles.contains_key(id) {
        return Ok(());
    }
    Err(
        match nearest(id, scenario.profiles.keys().map(String::as_str)) {
            Some(meant) => {
                format!(
                    "`{segment}` expects something of `{id}`, who is none of the profiles; did you mean `{meant}`?"
                )
            }
            None => format!(
                "`{segment}` expects something of `{id}`, who is none of the profiles; add `[profiles.{id}]`"
            ),
        },
    )
}

pub(super) fn instant(moment: &Moment, given: &Given) -> Result<Instant, String> {
    moment.instant(&given.value()?)
}

/// An expected `until`.
pub(super) struct Until {
    pub(super) text: String,
    at: Option<Point>,
    exact: bool,
}

impl Until {
    /// `now` is that of the expectation: what is said relative to now counts from there.
    pub(super) fn read(given: &Given, moment: &Moment, now: Instant) -> Result<Self, String> {
        let text =
            match given.value()? {
                Value::Text(text) => text,
                _ => return Err(
                    "is no point in time; write `never`, `2026-01-31T12:00:00Z`, `2026-01-31` or `30 days from now`"
                        .to_owned(),
                ),
            };
        if text.trim() == "never" {
            return Ok(Until {
                text,
                at: None,
                exact: true,
            });
        }
        let here = Moment::new(Setting::from(&moment.context), Some(now));
        let at = here.point(&text)?;
        Ok(Until {
            exact: text.contains('.'),
            text,
            at: Some(at),
        })
    }

    pub(super) fn accepts(&self, until: Option<Instant>, moment: &Moment) -> bool {
        match (self.at, until) {
            (None, None) => true,
            (Some(Point::Date(date)), Some(until)) => moment.zone().date(until.micros()) == date,
            (Some(Point::Instant(at)), Some(until)) => {
                until == at || (!self.exact && until.micros() == at.micros().saturating_add(1))
            }
            _ => false,
        }
    }

    /// The last instant that it stands for.
    pub(super) fn latest(&self, moment: &Moment) -> Option<Instant> {
        self.at.map(|point| match point {
            Point::Date(date) => {
                Instant::from_micros(moment.start_of(date).micros().saturating_add(DAY))
            }
            Point::Instant(at) => Instant::from_micros(at.micros().saturating_add(1)),
        })
    }

    /// How far an instant is from it, in microseconds.
    pub(super) fn distance(&self, at: Instant, moment: &Moment) -> Option<u64> {
        self.at
            .map(|point| moment.instant_of(point).micros().abs_diff(at.micros()))
    }
}

//! What a report is about: events between two instants.

use crate::time::Instant;

/// What is reported of: from an instant (included) up to another (excluded).
#[derive(Clone, Copy, Debug)]
pub(super) struct ReportSpan {
    pub(super) from: Instant,
    pub(super) until: Instant,
}

impl ReportSpan {
    pub(super) fn of((from, until): (Instant, Instant)) -> Self {
        ReportSpan { from, until }
    }

    pub(super) fn micros(self) -> (i64, i64) {
        (self.from.micros(), self.until.micros())
    }
}

//! What a rule takes from the calendar.

use crate::time::Zone;

/// The calendar of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(crate) struct Calendar {
    pub(crate) zone: Zone,
    /// 0 is Monday.
    pub(crate) week_start: u8,
}

/// A length of time: fixed or of calendar months.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CalendarSpan {
    /// So many microseconds.
    Micros(i64),
    /// So many months of the calendar, in the rule's zone.
    Months(i64),
}

impl CalendarSpan {
    /// (months, microseconds)
    pub(crate) fn parts(self) -> (i64, i64) {
        match self {
            CalendarSpan::Micros(n) => (0, n),
            CalendarSpan::Months(n) => (n, 0),
        }
    }
}

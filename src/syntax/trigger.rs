//! What a trigger waits for: `enter stage lost of recency`, `birthday at 09:00`, `every day at 09:00 in segment vip`.
//!
//! What is none of these forms is read as an event term, or as a sequence of an event and a silence.

use super::tree::{Expr, Name, OfLifecycle, TimeSpan};
use crate::span::Span;
use crate::time::{Date, HOUR, MINUTE};

/// What a trigger waits for, as it is written.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct TriggerOn {
    pub(crate) kind: TriggerOnKind,
    pub(crate) span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum TriggerOnKind {
    /// `enter stage S`, `leave stage S`, `stage A -> B`, `any move of L`: a side that is not said may be any.
    Stage {
        from: Option<Name>,
        to: Option<Name>,
        of: Option<Box<OfLifecycle>>,
    },
    /// `enter segment X`, `leave segment X`
    Segment { entered: bool, segment: Name },
    /// An event term, or a sequence.
    Events(Expr),
    /// `14 days before renewal at 09:00`
    Date(DateForm),
    /// `every monday at 09:00 in segment vip`
    Schedule {
        every: Every,
        at: Clock,
        segment: Name,
    },
}

/// A date of the profile and a time of day: `14 days before renewal at 09:00`
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct DateForm {
    pub(crate) lead: Option<Lead>,
    pub(crate) value: Expr,
    pub(crate) at: Clock,
}

/// `14 days before`, `3 days after`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Lead {
    pub(crate) length: TimeSpan,
    pub(crate) before: bool,
    pub(crate) span: Span,
}

/// On which days a schedule falls, or at which times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Every {
    Day,
    /// 0 is Monday.
    Weekday(u8),
    /// Monday to Friday.
    WorkingDay,
    /// 1 to 31; beyond the month's end its last day.
    DayOfMonth(u8),
    /// The first to fourth such weekday of a month, or the [`LAST`](Every::LAST).
    NthWeekday {
        nth: u8,
        day: u8,
    },
    /// 1 to 92; beyond the quarter's end its last day.
    DayOfQuarter(u8),
    /// From 1 on; the 29th of February is the 28th where there is none.
    DayOfYear {
        month: u8,
        day: u8,
    },
    /// Of every so many weeks, counted from that of a date, which is the first; else from that of 1 January 1970.
    Weeks {
        n: u16,
        day: u8,
        from: Option<Date>,
    },
    /// A date, and every so many days after it.
    Days {
        n: u16,
        from: Date,
    },
    /// The times of day that are a multiple of so many hours.
    Hours(u8),
}

impl Every {
    /// The last such weekday of a month.
    pub(crate) const LAST: u8 = 5;
}

/// A time of day: microseconds since midnight, as clocks show it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Clock(pub(crate) i64);

impl Clock {
    /// `09:00`, `9:00`; `24:00` is the end of the day.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (hours, minutes) = text.split_once(':')?;
        let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
        if !(1..=2).contains(&hours.len())
            || minutes.len() != 2
            || !digits(hours)
            || !digits(minutes)
        {
            return None;
        }
        let (hours, minutes): (i64, i64) = (hours.parse().ok()?, minutes.parse().ok()?);
        let micros = hours * HOUR + minutes * MINUTE;
        (minutes < 60 && micros <= 24 * HOUR).then_some(Clock(micros))
    }
}

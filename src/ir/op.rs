//! What conditions and values do with their parts: operators, functions, patterns.

use crate::time::CalendarUnit;
use crate::value::Decimal;
use regex::Regex;
use std::sync::Arc;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Order {
    Eq,
    Lt,
    Le,
    Gt,
    Ge,
}

impl Order {
    pub(crate) fn accepts(self, order: std::cmp::Ordering) -> bool {
        match self {
            Order::Eq => order.is_eq(),
            Order::Lt => order.is_lt(),
            Order::Le => order.is_le(),
            Order::Gt => order.is_gt(),
            Order::Ge => order.is_ge(),
        }
    }

    /// The operator with its sides exchanged.
    pub(crate) fn flipped(self) -> Self {
        match self {
            Order::Eq => Order::Eq,
            Order::Lt => Order::Gt,
            Order::Le => Order::Ge,
            Order::Gt => Order::Lt,
            Order::Ge => Order::Le,
        }
    }
}

/// A part of the calendar that holds an instant or a date, in the rule's zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Part {
    /// The date.
    Date,
    /// The period: which week, month, quarter or year.
    Period(CalendarUnit),
    /// January to December, whichever the year.
    MonthOfYear,
    /// 1 to 31.
    DayOfMonth,
    /// Monday to Sunday.
    Weekday,
    /// 0 to 23.
    Hour,
}

/// Something about the entry of a trigger: what its conditions and values can read beside the profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EntryPart {
    /// When the profile met the trigger's `on`.
    Entered,
    /// The subject that it entered for: that of a lifecycle which is kept for each value of a property.
    Subject,
    /// The instant of the event that it began with; of a silence, the first.
    EventTime,
    /// When it came to the step of the journey in which it is. No expression names it: it is what events without a window
    /// are counted from where a step waits for them.
    StepBegan,
}

/// A function of one value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Function {
    /// A string in lower case.
    Lower,
    /// A string in upper case.
    Upper,
    /// How many characters a string has.
    Length,
    /// The path of a URL.
    Path,
    /// The host of a URL.
    Host,
    /// A number without its sign.
    Abs,
    /// The nearest whole number.
    Round,
    /// A date as the instant at which it starts in the rule's zone.
    DayStart,
}

/// Which instant a value means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Edge {
    /// The instant that it is.
    Exact,
    /// The start of the date that it is, in the rule's zone.
    DayStart,
    /// The end of that date.
    DayEnd,
}

#[derive(Clone, Debug)]
pub(crate) enum Pattern {
    Literal(Arc<str>),
    Regex(Regex),
}

/// What the first 32 bits of a hash must be below, so that they are for so many percent of all: for whole `h`, `h < share * 2^32`
/// where `h` is below the next whole number. 25% is `2^30`.
pub(crate) fn sample_threshold(percent: Decimal) -> u64 {
    let whole = 10_i128
        .saturating_pow(u32::from(percent.scale()))
        .saturating_mul(100);
    let below = ((i128::from(percent.mantissa()) << 32) + whole - 1) / whole;
    u64::try_from(below).unwrap_or(0)
}

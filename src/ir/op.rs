//! What conditions and values do with their parts: operators, functions, patterns.

use crate::time::CalendarUnit;
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

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Held {
    MoreThan,
    AtLeast,
    LessThan,
}

/// Parts of the calendar that an instant has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Part {
    Date,
    Period(CalendarUnit),
    MonthOfYear,
    DayOfMonth,
    Weekday,
    Hour,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Function {
    Lower,
    Upper,
    Length,
    Path,
    Host,
    Abs,
    Round,
    /// A date as the instant at which it starts.
    DayStart,
}

/// Which instant a value means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Edge {
    /// The instant that it is.
    Exact,
    /// The start of the date that it is.
    DayStart,
    /// The end of that date.
    DayEnd,
}

#[derive(Clone, Debug)]
pub(crate) enum Pattern {
    Literal(Arc<str>),
    Regex(Regex),
}

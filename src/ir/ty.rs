//! The types of values, and constants in the shape of their type.

use crate::time::{CalendarUnit, WEEKDAYS};
use crate::value::{EnumType, Type};
use std::borrow::Cow;
use std::sync::Arc;

/// The type of a term.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Ty {
    Bool,
    /// int and decimal: digits behind the point
    Exact(u8),
    /// an exact average: numerator of this scale over a count
    Ratio(u8),
    Float,
    String,
    Version,
    Enum(EnumType),
    /// 1, 2, … with names: weekdays, months of the year
    Named(&'static [&'static str]),
    Date,
    Instant,
    Duration,
    /// the number of a calendar period
    Period(CalendarUnit),
    Place,
}

impl Ty {
    pub(crate) fn of(ty: &Type) -> Option<Self> {
        Some(match ty {
            Type::Bool => Ty::Bool,
            Type::Int => Ty::Exact(0),
            Type::Decimal(scale) => Ty::Exact(*scale),
            Type::Float => Ty::Float,
            Type::String => Ty::String,
            Type::Enum(e) => Ty::Enum(e.clone()),
            Type::Date => Ty::Date,
            Type::Instant => Ty::Instant,
            Type::Duration => Ty::Duration,
            Type::Version => Ty::Version,
            Type::Place => Ty::Place,
            Type::List(_) => return None,
        })
    }

    pub(crate) fn is_number(&self) -> bool {
        matches!(self, Ty::Exact(_) | Ty::Ratio(_) | Ty::Float)
    }

    /// The type as schemas call it, in backticks; a type that no schema has, in words.
    pub(crate) fn words(&self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Ty::Bool => "`bool`",
            Ty::Exact(0) => "`int`",
            Ty::Exact(digits) => return Cow::Owned(format!("`decimal({digits})`")),
            Ty::Ratio(_) => "`decimal`",
            Ty::Float => "`float`",
            Ty::String => "`string`",
            Ty::Version => "`version`",
            Ty::Enum(_) => "`enum`",
            Ty::Named(names) if names.len() == WEEKDAYS.len() => "a weekday",
            Ty::Named(_) => "a month of the year",
            Ty::Date => "`date`",
            Ty::Instant => "`instant`",
            Ty::Duration => "`duration`",
            Ty::Period(_) => "a calendar period",
            Ty::Place => "`place`",
        })
    }
}

/// A constant in the shape of its type.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Lit {
    Whole(i128),
    Real(f64),
    Text(Arc<str>),
}

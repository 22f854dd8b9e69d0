//! The types of values, and constants in the shape of their type.

use crate::time::CalendarUnit;
use crate::value::{EnumType, Type};
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

    /// The type in the author's words.
    pub(crate) fn words(&self) -> &'static str {
        match self {
            Ty::Bool => "a truth value",
            Ty::Exact(0) => "a whole number",
            Ty::Exact(_) | Ty::Ratio(_) | Ty::Float => "a number",
            Ty::String => "a text",
            Ty::Version => "a version",
            Ty::Enum(_) => "one of a set of names",
            Ty::Named(names) if names.len() == 7 => "a weekday",
            Ty::Named(_) => "a month of the year",
            Ty::Date => "a date",
            Ty::Instant => "an instant",
            Ty::Duration => "a length of time",
            Ty::Period(_) => "a period of the calendar",
            Ty::Place => "a place",
        }
    }
}

/// A constant in the shape of its type.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Lit {
    Whole(i128),
    Real(f64),
    Text(Arc<str>),
}

//! Constants, and the types of values.

use crate::ir::ty::{Lit, Ty};
use crate::time::{CalendarUnit, Date, Duration, Instant, WEEKDAYS};
use crate::value::Type;

/// A constant, exactly as evaluation compares it.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Constant {
    /// `true` or `false`.
    Bool(bool),
    /// An exact number: `mantissa / 10^scale`.
    Number {
        /// The digits without the point.
        mantissa: i128,
        /// The number of digits after the point.
        scale: u8,
    },
    /// A floating-point number.
    Float(f64),
    /// A string, or a version.
    Text(String),
    /// The name of an enum's value, of a weekday or of a month of the year.
    Name(String),
    /// A day of the calendar.
    Date(Date),
    /// A point in time.
    Instant(Instant),
    /// A fixed duration.
    Duration(Duration),
    /// A period of the calendar, counted from the one that holds 1970-01-01, which is 0.
    Period {
        /// The length of the period.
        unit: CalendarUnit,
        /// Its number.
        number: i64,
    },
}

/// The type of a value: one that schemas have, or one that only expressions have.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum ValueType {
    /// A type of the schema.
    Of(Type),
    /// The exact average of numbers with so many digits after the point.
    Average {
        /// The digits after the point.
        scale: u8,
    },
    /// A weekday; they are ordered from Monday on.
    Weekday,
    /// A month of the year.
    MonthOfYear,
    /// A period of the calendar.
    Period(CalendarUnit),
}

impl ValueType {
    pub(super) fn of(ty: &Ty) -> Self {
        ValueType::Of(match ty {
            Ty::Bool => Type::Bool,
            Ty::Exact(0) => Type::Int,
            Ty::Exact(scale) => Type::Decimal(*scale),
            Ty::Ratio(scale) => return ValueType::Average { scale: *scale },
            Ty::Float => Type::Float,
            Ty::String => Type::String,
            Ty::Version => Type::Version,
            Ty::Enum(of) => Type::Enum(of.clone()),
            Ty::Named(names) if names.len() == WEEKDAYS.len() => return ValueType::Weekday,
            Ty::Named(_) => return ValueType::MonthOfYear,
            Ty::Date => Type::Date,
            Ty::Instant => Type::Instant,
            Ty::Duration => Type::Duration,
            Ty::Period(unit) => return ValueType::Period(*unit),
            Ty::Place => Type::Place,
        })
    }
}

impl Constant {
    pub(crate) fn of(lit: &Lit, ty: &Ty) -> Self {
        let whole = match lit {
            Lit::Real(number) => return Constant::Float(*number),
            Lit::Text(text) => return Constant::Text(text.to_string()),
            Lit::Whole(whole) => *whole,
        };
        let small = || i64::try_from(whole).unwrap_or(if whole < 0 { i64::MIN } else { i64::MAX });
        let name = |names: &[&str], first: i128| {
            let name = usize::try_from(whole - first)
                .ok()
                .and_then(|i| names.get(i));
            Constant::Name(name.map_or_else(String::new, |name| (*name).to_owned()))
        };
        match ty {
            Ty::Bool => Constant::Bool(whole != 0),
            Ty::Enum(of) => {
                let name = usize::try_from(whole).ok().and_then(|i| of.values.get(i));
                Constant::Name(name.cloned().unwrap_or_default())
            }
            Ty::Named(names) => name(names, 1),
            Ty::Date => Constant::Date(Date::from_days(i32::try_from(whole).unwrap_or(i32::MAX))),
            Ty::Instant => Constant::Instant(Instant::from_micros(small())),
            Ty::Duration => Constant::Duration(Duration::from_micros(small())),
            Ty::Period(unit) => Constant::Period {
                unit: *unit,
                number: small(),
            },
            Ty::Exact(scale) | Ty::Ratio(scale) => Constant::Number {
                mantissa: whole,
                scale: *scale,
            },
            // INVARIANT: the constants of these types are no whole numbers.
            Ty::Float | Ty::String | Ty::Version | Ty::Place => Constant::Number {
                mantissa: whole,
                scale: 0,
            },
        }
    }

    pub(super) fn all_of(lits: &[Lit], ty: &Ty) -> Vec<Self> {
        lits.iter().map(|lit| Constant::of(lit, ty)).collect()
    }
}

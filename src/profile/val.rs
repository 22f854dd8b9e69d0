//! A value while a rule is evaluated.

use crate::value::GeoPoint;

/// A value while a rule is evaluated. Which of the language's types it is was settled by the checker.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Val<'a> {
    Missing,
    /// bool, int, decimal (its mantissa), enum (its position), date (days), instant and duration (microseconds)
    Whole(i128),
    /// `numerator / denominator`, the denominator positive: an exact average
    Ratio(i128, i128),
    Real(f64),
    Text(&'a str),
    /// A text that is a number's decimal digits.
    Digits(Digits),
    Place(GeoPoint),
}

impl<'a> Val<'a> {
    pub(crate) fn whole(v: Option<i64>) -> Self {
        v.map_or(Val::Missing, |v| Val::Whole(i128::from(v)))
    }

    pub(crate) fn real(v: f64) -> Self {
        if v.is_nan() {
            Val::Missing
        } else {
            Val::Real(v)
        }
    }

    pub(crate) fn is_missing(&self) -> bool {
        matches!(self, Val::Missing)
    }

    pub(crate) fn as_whole(&self) -> Option<i128> {
        if let Val::Whole(v) = self {
            Some(*v)
        } else {
            None
        }
    }

    /// An exact number as a numerator and a denominator.
    pub(crate) fn as_ratio(&self) -> Option<(i128, i128)> {
        match self {
            Val::Whole(v) => Some((*v, 1)),
            Val::Ratio(n, d) => Some((*n, *d)),
            Val::Missing | Val::Real(_) | Val::Text(_) | Val::Digits(_) | Val::Place(_) => None,
        }
    }

    /// The value as microseconds or days.
    pub(crate) fn as_i64(&self) -> Option<i64> {
        self.as_whole().and_then(|v| i64::try_from(v).ok())
    }

    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Val::Text(text) => Some(text),
            Val::Digits(digits) => Some(digits.as_str()),
            _ => None,
        }
    }

    /// A number as floating point; an exact one is divided by its power of ten.
    #[expect(clippy::cast_precision_loss, reason = "a float is what is asked for")]
    pub(crate) fn as_real(&self, power: f64) -> f64 {
        match self {
            Val::Whole(v) => *v as f64 / power,
            Val::Ratio(n, d) => *n as f64 / *d as f64 / power,
            Val::Real(v) => *v,
            _ => f64::NAN,
        }
    }

    /// The order of two values of one type and scale; equal where they cannot be compared.
    pub(crate) fn natural_cmp(&self, other: &Val<'_>) -> std::cmp::Ordering {
        match (self, other) {
            (Val::Whole(a), Val::Whole(b)) => a.cmp(b),
            (Val::Real(a), Val::Real(b)) => a.total_cmp(b),
            (
                Val::Whole(_) | Val::Ratio(..) | Val::Real(_),
                Val::Whole(_) | Val::Ratio(..) | Val::Real(_),
            ) => self.as_real(1.0).total_cmp(&other.as_real(1.0)),
            _ => self.text().cmp(&other.text()),
        }
    }
}

/// The decimal digits of a number, without an allocation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Digits {
    bytes: [u8; 20],
    start: u8,
}

impl Digits {
    pub(crate) fn new(mut n: u64) -> Self {
        let mut digits = Digits {
            bytes: [b'0'; 20],
            start: 20,
        };
        for slot in digits.bytes.iter_mut().rev() {
            *slot = b'0' + u8::try_from(n % 10).unwrap_or(0);
            digits.start -= 1;
            n /= 10;
            if n == 0 {
                break;
            }
        }
        digits
    }

    pub(crate) fn signed(n: i64) -> Self {
        let mut digits = Digits::new(n.unsigned_abs());
        if n < 0 {
            digits.start -= 1;
            if let Some(slot) = digits.bytes.get_mut(usize::from(digits.start)) {
                *slot = b'-';
            }
        }
        digits
    }

    pub(crate) fn as_str(&self) -> &str {
        self.bytes
            .get(usize::from(self.start)..)
            .and_then(|b| std::str::from_utf8(b).ok())
            .unwrap_or("")
    }
}

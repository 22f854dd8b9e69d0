//! What a type gives to rules: one value, borrowed or computed.

use super::val::{InlineText, Val};
use std::fmt;

/// One value, as a rule reads it: what [`Scalar::read`](super::Scalar::read) returns.
///
/// It is made `from` any value of the language: a `bool`, a whole number, a float, a `&str`, a date, an instant, a duration, a
/// place, or an `Option` of one. It borrows a text and copies everything else, so that reading allocates nothing.
///
/// ```
/// use segue::profile::Reading;
/// let cents = Reading::from(19_90_i64);
/// let name = Reading::from("Milano");
/// let nothing = Reading::from(None::<bool>);
/// assert_eq!(format!("{nothing:?}"), format!("{:?}", Reading::MISSING));
/// # let _ = (cents, name);
/// ```
#[derive(Clone, Copy)]
pub struct Reading<'a>(Content<'a>);

#[derive(Clone, Copy, Debug)]
enum Content<'a> {
    Val(Val<'a>),
    /// `mantissa / 10^scale`, whatever digits the field has.
    Decimal {
        mantissa: i128,
        scale: u32,
    },
}

impl<'a> Reading<'a> {
    /// No value.
    pub const MISSING: Self = Reading(Content::Val(Val::Missing));

    /// The decimal number `mantissa / 10^scale`.
    ///
    /// A field has a fixed number of digits after the point ([`NewField::decimal`](super::NewField::decimal)). Further ones are
    /// cut off towards negative infinity, so that comparisons by `<` and `>=` with constants of the field's digits stay exact;
    /// what is out of the range of 64 bits counts as the nearest number within.
    #[must_use]
    pub const fn decimal(mantissa: i128, scale: u32) -> Self {
        Reading(Content::Decimal { mantissa, scale })
    }

    /// A UUID as the text that it is written as: 32 lowercase hexadecimal digits with four hyphens.
    #[must_use]
    pub fn uuid(bits: u128) -> Self {
        Reading(Content::Val(Val::Inline(InlineText::uuid(bits))))
    }

    /// The same of a type that is a decimal with so many digits by itself, of which an integer is a number of its units.
    #[inline]
    pub(crate) fn in_units(self, digits: Option<u8>) -> Self {
        match (digits, self.0) {
            (Some(digits), Content::Val(Val::Whole(units))) => {
                Reading::decimal(units, digits.into())
            }
            _ => self,
        }
    }

    #[inline]
    pub(crate) const fn new(val: Val<'a>) -> Self {
        Reading(Content::Val(val))
    }

    #[inline]
    pub(crate) fn of_whole(value: impl Into<i128>) -> Self {
        Reading::new(Val::Whole(value.into()))
    }

    /// The value in a field with so many digits after the point.
    #[inline]
    pub(crate) fn val(self, scale: u8) -> Val<'a> {
        match self.0 {
            Content::Val(val) => val,
            Content::Decimal { .. } => self.whole(scale).map_or(Val::Missing, Val::Whole),
        }
    }

    /// The value if it is one integer; `i64::MAX` for all that lie above it.
    #[inline]
    pub(crate) fn clamped(self, scale: u8) -> Option<i64> {
        let whole = self.whole(scale);
        whole.map(|v| i64::try_from(v).unwrap_or(i64::MAX))
    }

    /// The value if it is one integer.
    #[inline]
    pub(crate) fn whole(self, scale: u8) -> Option<i128> {
        match self.0 {
            Content::Val(Val::Whole(v)) => Some(v),
            Content::Val(_) => None,
            Content::Decimal {
                mantissa,
                scale: digits,
            } => Some(rescaled(mantissa, digits, u32::from(scale))),
        }
    }
}

/// `mantissa / 10^from` in units of `10^-to`, within 64 bits.
fn rescaled(mantissa: i128, from: u32, to: u32) -> i128 {
    let power = |digits: u32| 10_i128.checked_pow(digits);
    let units = match from.checked_sub(to) {
        // More digits than an `i128` has leave nothing, or less than nothing.
        Some(cut) => power(cut).map_or(mantissa.signum().min(0), |p| mantissa.div_euclid(p)),
        None => mantissa.saturating_mul(power(to - from).unwrap_or(i128::MAX)),
    };
    units.clamp(i128::from(i64::MIN), i128::from(i64::MAX))
}

impl fmt::Debug for Reading<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Content::Val(val) => write!(f, "Reading({val:?})"),
            Content::Decimal { mantissa, scale } => write!(f, "Reading({mantissa}e-{scale})"),
        }
    }
}

impl<'a> From<&'a str> for Reading<'a> {
    #[inline]
    fn from(text: &'a str) -> Self {
        Reading::new(Val::Text(text))
    }
}

impl<'a, R: Into<Reading<'a>>> From<Option<R>> for Reading<'a> {
    #[inline]
    fn from(value: Option<R>) -> Self {
        value.map_or(Reading::MISSING, R::into)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_beyond_those_of_the_field_are_cut_off_downwards() {
        let read = |mantissa, scale| Reading::decimal(mantissa, scale).whole(2);
        assert_eq!(read(19_999, 3), Some(19_99));
        assert_eq!(read(-19_999, 3), Some(-20_00));
        assert_eq!(read(5, 0), Some(5_00));
        assert_eq!(read(5, 2), Some(5));
        assert_eq!(read(i128::MAX, 0), Some(i128::from(i64::MAX)));
        assert_eq!(read(i128::MIN, 2), Some(i128::from(i64::MIN)));
        assert_eq!(read(1, 60), Some(0));
        assert_eq!(read(-1, 60), Some(-1));
    }
}

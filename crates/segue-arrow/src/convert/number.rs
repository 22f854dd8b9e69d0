//! Columns of numbers.

use super::Whole;
use arrow_array::ArrayRef;
use arrow_array::cast::AsArray as _;
use arrow_array::types::{
    ArrowPrimitiveType, Decimal32Type, Decimal64Type, Decimal128Type, Decimal256Type, Float16Type,
    Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type,
    UInt32Type, UInt64Type,
};
use arrow_schema::DataType;
use segue::Decimal;

/// A number as Arrow has it.
#[derive(Clone, Copy, Debug)]
pub(super) enum Number {
    Whole(i128),
    /// `mantissa / 10^scale`
    Decimal {
        mantissa: i128,
        scale: i8,
    },
    Single(f32),
    Real(f64),
}

/// How the number of a row is found, or why it is none that could be read.
type Read<'a> = Box<dyn Fn(usize) -> Result<Number, String> + 'a>;

/// A column of numbers.
pub(super) struct Numbers<'a>(Read<'a>);

impl<'a> Numbers<'a> {
    pub(super) fn new(array: &'a ArrayRef) -> Option<Self> {
        Some(Numbers(match array.data_type() {
            DataType::Int8 => wholes::<Int8Type>(array),
            DataType::Int16 => wholes::<Int16Type>(array),
            DataType::Int32 => wholes::<Int32Type>(array),
            DataType::Int64 => wholes::<Int64Type>(array),
            DataType::UInt8 => wholes::<UInt8Type>(array),
            DataType::UInt16 => wholes::<UInt16Type>(array),
            DataType::UInt32 => wholes::<UInt32Type>(array),
            DataType::UInt64 => wholes::<UInt64Type>(array),
            DataType::Float16 => {
                let values = array.as_primitive::<Float16Type>();
                Box::new(|row| Ok(Number::Single(values.value(row).to_f32())))
            }
            DataType::Float32 => {
                let values = array.as_primitive::<Float32Type>();
                Box::new(|row| Ok(Number::Single(values.value(row))))
            }
            DataType::Float64 => {
                let values = array.as_primitive::<Float64Type>();
                Box::new(|row| Ok(Number::Real(values.value(row))))
            }
            DataType::Decimal32(_, scale) => decimals::<Decimal32Type>(array, *scale),
            DataType::Decimal64(_, scale) => decimals::<Decimal64Type>(array, *scale),
            DataType::Decimal128(_, scale) => decimals::<Decimal128Type>(array, *scale),
            DataType::Decimal256(_, scale) => {
                let (values, scale) = (array.as_primitive::<Decimal256Type>(), *scale);
                Box::new(move |row| match values.value(row).to_i128() {
                    Some(mantissa) => Ok(Number::Decimal { mantissa, scale }),
                    None => Err(format!(
                        "`{}` is out of range; correct it",
                        values.value_as_string(row)
                    )),
                })
            }
            _ => return None,
        }))
    }

    /// The number of a row that is not missing.
    #[inline]
    pub(super) fn get(&self, row: usize) -> Result<Number, String> {
        (self.0)(row)
    }
}

fn wholes<T: ArrowPrimitiveType>(array: &ArrayRef) -> Read<'_>
where
    T::Native: Into<i128>,
{
    let values = array.as_primitive::<T>();
    Box::new(|row| Ok(Number::Whole(values.value(row).into())))
}

fn decimals<T: ArrowPrimitiveType>(array: &ArrayRef, scale: i8) -> Read<'_>
where
    T::Native: Into<i128>,
{
    let values = array.as_primitive::<T>();
    Box::new(move |row| {
        let mantissa = values.value(row).into();
        Ok(Number::Decimal { mantissa, scale })
    })
}

impl Number {
    /// The number as an `int`; `None` if it is no finite one, which stands for a missing value.
    pub(super) fn whole(self) -> Result<Option<Whole>, String> {
        let whole = match self {
            Number::Whole(whole) => whole,
            _ if !self.is_finite() => return Ok(None),
            _ => self.mantissa(0).ok_or_else(|| self.is_no_int())?,
        };
        if let Ok(whole) = i64::try_from(whole) {
            return Ok(Some(Whole::Signed(whole)));
        }
        let whole = u64::try_from(whole).map_err(|_| self.is_no_int())?;
        Ok(Some(Whole::Unsigned(whole)))
    }

    /// The number in units of the last of so many digits after the point.
    pub(super) fn units(self, scale: u8) -> Result<Option<i64>, String> {
        if !self.is_finite() {
            return Ok(None);
        }
        let units = self
            .mantissa(scale)
            .and_then(|units| i64::try_from(units).ok());
        units.map(Some).ok_or_else(|| self.is_no_decimal(scale))
    }

    /// The nearest floating-point number.
    #[expect(clippy::cast_precision_loss, reason = "the nearest one is meant")]
    pub(super) fn real(self) -> Result<Option<f64>, String> {
        Ok(Some(match self {
            _ if !self.is_finite() => return Ok(None),
            Number::Whole(whole) => whole as f64,
            Number::Decimal { mantissa, scale } => match exact_power(i32::from(scale)) {
                Some(power) if mantissa.unsigned_abs() < 1 << 53 => mantissa as f64 / power,
                _ => self.text().parse().map_err(|_| {
                    format!("`{}` is out of range for `float`; correct it", self.text())
                })?,
            },
            Number::Single(single) => f64::from(single),
            Number::Real(real) => real,
        }))
    }

    fn is_finite(self) -> bool {
        match self {
            Number::Whole(_) | Number::Decimal { .. } => true,
            Number::Single(single) => single.is_finite(),
            Number::Real(real) => real.is_finite(),
        }
    }

    /// The number times `10^scale`, if that is whole. Of a float, the shortest text that reads as it is meant.
    fn mantissa(self, scale: u8) -> Option<i128> {
        match self {
            Number::Whole(whole) => rescaled(whole, 0, scale),
            Number::Decimal {
                mantissa,
                scale: own,
            } => rescaled(mantissa, own, scale),
            Number::Single(_) => self.in_digits(scale),
            Number::Real(real) => nearest(real, scale).or_else(|| self.in_digits(scale)),
        }
    }

    fn in_digits(self, scale: u8) -> Option<i128> {
        let decimal: Decimal = self.text().parse().ok()?;
        Some(decimal.rescale(scale)?.mantissa().into())
    }

    /// The number in decimal digits.
    fn text(self) -> String {
        match self {
            Number::Whole(whole) => whole.to_string(),
            Number::Decimal { mantissa, scale } => decimal_text(mantissa, scale),
            Number::Single(single) => single.to_string(),
            Number::Real(real) => real.to_string(),
        }
    }

    fn is_no_int(self) -> String {
        let text = self.text();
        match digits_after_point(&text) {
            0 => format!(
                "`{text}` is out of range for `int` ({} to {}); correct it, or declare the type as `float`",
                i64::MIN,
                u64::MAX
            ),
            digits => format!(
                "`{text}` is not an `int`; round it, or declare the type as {}",
                of_digits(digits)
            ),
        }
    }

    fn is_no_decimal(self, scale: u8) -> String {
        let text = self.text();
        let digits = digits_after_point(&text);
        if digits <= usize::from(scale) {
            return format!(
                "`{text}` is out of range for `decimal({scale})`; correct it, or declare the type as `float`"
            );
        }
        let behind = if scale == 1 {
            "1 digit".to_owned()
        } else {
            format!("{scale} digits")
        };
        format!(
            "`{text}` has more than {behind} after the decimal point; round it, or declare the type as {}",
            of_digits(digits)
        )
    }
}

/// The most digits after the point that a decimal of a schema has.
const MAX_DIGITS: usize = 18;

fn of_digits(digits: usize) -> String {
    if digits <= MAX_DIGITS {
        format!("`decimal({digits})`")
    } else {
        "`float`".to_owned()
    }
}

fn digits_after_point(text: &str) -> usize {
    text.split_once('.')
        .map_or(0, |(_, digits)| digits.trim_end_matches('0').len())
}

/// `10^digits` where a float is exactly that.
fn exact_power(digits: i32) -> Option<f64> {
    (0..=22).contains(&digits).then(|| 10_f64.powi(digits))
}

/// `real` times `10^scale`, where that is a number of at most 15 digits: as any two of those are different floats, it is the only one
/// that reads as `real`.
#[expect(
    clippy::cast_possible_truncation,
    reason = "its amount is at most 10^15"
)]
fn nearest(real: f64, scale: u8) -> Option<i128> {
    let power = exact_power(scale.into())?;
    let units = (real * power).round();
    let is_it = units.abs() < 1e15 && (units / power).to_bits() == real.to_bits();
    is_it.then_some(units as i128)
}

/// `mantissa / 10^from` in units of `10^-to`, if it is a whole number of them.
fn rescaled(mantissa: i128, from: i8, to: u8) -> Option<i128> {
    let more = i32::from(to) - i32::from(from);
    let power = 10_i128.checked_pow(more.unsigned_abs());
    if more >= 0 {
        return if mantissa == 0 {
            Some(0)
        } else {
            mantissa.checked_mul(power?)
        };
    }
    match power {
        Some(power) => (mantissa % power == 0).then(|| mantissa / power),
        None => (mantissa == 0).then_some(0),
    }
}

/// A decimal number in digits, without an exponent.
pub(crate) fn decimal_text(mantissa: i128, scale: i8) -> String {
    let (sign, digits) = (
        if mantissa < 0 { "-" } else { "" },
        mantissa.unsigned_abs().to_string(),
    );
    let Ok(after) = usize::try_from(scale) else {
        return format!("{sign}{digits}{}", "0".repeat(scale.unsigned_abs().into()));
    };
    if after == 0 {
        return format!("{sign}{digits}");
    }
    let padded = format!("{digits:0>width$}", width = after + 1);
    let (whole, fraction) = padded.split_at(padded.len() - after);
    format!("{sign}{whole}.{fraction}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn units(number: Number, scale: u8) -> Option<i64> {
        number.units(scale).ok().flatten()
    }

    #[test]
    fn floats_are_what_their_shortest_text_says() {
        assert_eq!(units(Number::Real(9.9), 2), Some(990));
        assert_eq!(units(Number::Real(0.1 + 0.2), 2), None);
        assert_eq!(units(Number::Real(-19.99), 2), Some(-1999));
        assert_eq!(
            units(Number::Real(1e18), 0),
            Some(1_000_000_000_000_000_000)
        );
        assert_eq!(units(Number::Real(1e300), 0), None);
        assert_eq!(units(Number::Single(0.1), 1), Some(1));
        assert_eq!(units(Number::Single(0.1), 0), None);
        assert_eq!(units(Number::Real(f64::NAN), 2), None);
        assert_eq!(units(Number::Real(-0.0), 2), Some(0));
        // Against the definition, on many numbers.
        let mut bits = 88_172_645_463_325_252_u64;
        for _ in 0..20_000 {
            bits ^= bits << 13;
            bits ^= bits >> 7;
            bits ^= bits << 17;
            let real = (bits % 100_000_000) as f64
                / [1.0, 10.0, 100.0, 1000.0, 3.0][(bits >> 40) as usize % 5];
            let slow = Number::Real(real)
                .in_digits(2)
                .and_then(|units| i64::try_from(units).ok());
            assert_eq!(units(Number::Real(real), 2), slow, "{real}");
        }
    }

    #[test]
    fn decimals_keep_every_digit() {
        let decimal = |mantissa, scale| Number::Decimal { mantissa, scale };
        assert_eq!(units(decimal(1990, 2), 2), Some(1990));
        assert_eq!(units(decimal(1990, 3), 2), Some(199));
        assert_eq!(units(decimal(1999, 3), 2), None);
        assert_eq!(units(decimal(3, -2), 1), Some(3000));
        assert_eq!(units(decimal(i128::MAX, 0), 2), None);
        assert_eq!(units(decimal(0, 38), 2), Some(0));
        assert_eq!(decimal(-5, 3).text(), "-0.005");
        assert_eq!(decimal(3, -2).text(), "300");
        assert_eq!(decimal(1990, 2).real(), Ok(Some(19.9)));
        assert_eq!(
            decimal(i128::MAX, 30).real(),
            Ok(Some(170_141_183.460_469_25))
        );
        assert_eq!(
            decimal(1999, 3).units(2).unwrap_err(),
            "`1.999` has more than 2 digits after the decimal point; round it, or declare the type as `decimal(3)`"
        );
    }
}

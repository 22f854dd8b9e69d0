//! The types of the language, and exact decimals, coordinates and plain values. Depends on `time`.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// The type of an attribute, a property or a trait.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Type {
    /// `true` or `false`
    Bool,
    /// A whole number of 64 bits with or without a sign: from -9223372036854775808 to 18446744073709551615
    Int,
    /// Exact, with this many digits after the decimal point (at most 9)
    Decimal(u8),
    /// 64-bit floating point; NaN counts as missing
    Float,
    /// Compared byte by byte
    String,
    /// One of a closed set of names
    Enum(EnumType),
    /// A day of the calendar
    Date,
    /// A point in time, in microseconds
    Instant,
    /// A duration, in microseconds
    Duration,
    /// A dotted version such as `2.10.1`, compared number by number
    Version,
    /// Latitude and longitude in degrees
    Place,
    /// A list of values of one scalar type
    List(Box<Type>),
}

/// A closed set of names, in their declared order.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct EnumType {
    /// The distinct names.
    pub values: Arc<[String]>,
    /// Whether `<` and `>` compare by the declared order.
    pub ordered: bool,
}

impl EnumType {
    /// The index of a name.
    #[must_use]
    pub fn index_of(&self, name: &str) -> Option<usize> {
        self.values.iter().position(|v| v == name)
    }
}

impl Type {
    /// The digits of a decimal.
    pub(crate) fn digits(&self) -> Option<u8> {
        if let Type::Decimal(digits) = self {
            Some(*digits)
        } else {
            None
        }
    }

    /// The digits after the decimal point of its values, or of a list's items.
    pub(crate) fn scale(&self) -> u8 {
        match self {
            Type::Decimal(scale) => *scale,
            Type::List(items) => items.scale(),
            _ => 0,
        }
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Type::Bool => f.write_str("bool"),
            Type::Int => f.write_str("int"),
            Type::Decimal(scale) => write!(f, "decimal({scale})"),
            Type::Float => f.write_str("float"),
            Type::String => f.write_str("string"),
            Type::Enum(e) => write!(f, "enum ({})", e.values.join(", ")),
            Type::Date => f.write_str("date"),
            Type::Instant => f.write_str("instant"),
            Type::Duration => f.write_str("duration"),
            Type::Version => f.write_str("version"),
            Type::Place => f.write_str("place"),
            Type::List(of) => write!(f, "list of {of}"),
        }
    }
}

/// A text is not the name of a type.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not a type; the types are bool, int, decimal(2), float, string, date, instant, duration, version, place, \
     `list of` one of them, and enum with its `values`"
)]
pub struct ParseTypeError(String);

impl FromStr for Type {
    type Err = ParseTypeError;

    /// Parses every type except enums, which need their values.
    fn from_str(text: &str) -> Result<Self, ParseTypeError> {
        let error = || ParseTypeError(text.to_owned());
        Ok(match text.trim() {
            "bool" => Type::Bool,
            "int" => Type::Int,
            "float" => Type::Float,
            "string" => Type::String,
            "date" => Type::Date,
            "instant" => Type::Instant,
            "duration" => Type::Duration,
            "version" => Type::Version,
            "place" => Type::Place,
            other => {
                if let Some(of) = other.strip_prefix("list of ") {
                    match of.parse()? {
                        Type::List(_) | Type::Place => return Err(error()),
                        of => Type::List(Box::new(of)),
                    }
                } else {
                    let scale = other
                        .strip_prefix("decimal(")
                        .and_then(|s| s.strip_suffix(')'))
                        .ok_or_else(error)?;
                    Type::Decimal(
                        scale
                            .trim()
                            .parse()
                            .ok()
                            .filter(|s| *s <= MAX_SCALE)
                            .ok_or_else(error)?,
                    )
                }
            }
        })
    }
}

/// The maximum number of digits after the decimal point of a decimal attribute.
pub(crate) const MAX_SCALE: u8 = 9;

/// An exact decimal number, `mantissa / 10^scale`.
///
/// ```
/// use segue::Decimal;
/// let price: Decimal = "20.06".parse()?;
/// assert_eq!((price.mantissa(), price.scale()), (2006, 2));
/// assert_eq!(price.to_string(), "20.06");
/// # Ok::<(), segue::ParseDecimalError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Decimal {
    mantissa: i64,
    scale: u8,
}

/// A text is not a decimal number of at most 18 digits.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a decimal number of at most 18 digits")]
pub struct ParseDecimalError(String);

impl Decimal {
    /// `mantissa / 10^scale`.
    #[must_use]
    pub const fn new(mantissa: i64, scale: u8) -> Self {
        Decimal { mantissa, scale }
    }

    /// The digits without the point.
    #[must_use]
    pub const fn mantissa(self) -> i64 {
        self.mantissa
    }

    /// The number of digits after the decimal point.
    #[must_use]
    pub const fn scale(self) -> u8 {
        self.scale
    }

    /// The same number without zeros at its end.
    pub(crate) fn normalized(self) -> Self {
        let shorter = self
            .scale
            .checked_sub(1)
            .and_then(|scale| self.rescale(scale));
        shorter.map_or(self, Decimal::normalized)
    }

    /// The same number with another scale; `None` if that would lose digits.
    #[must_use]
    pub fn rescale(self, scale: u8) -> Option<Self> {
        let mantissa = if scale >= self.scale {
            self.mantissa
                .checked_mul(10_i64.checked_pow(u32::from(scale - self.scale))?)?
        } else {
            let by = 10_i64.checked_pow(u32::from(self.scale - scale))?;
            if self.mantissa % by != 0 {
                return None;
            }
            self.mantissa / by
        };
        Some(Decimal { mantissa, scale })
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&decimal_text(i128::from(self.mantissa), self.scale))
    }
}

/// Formats a number with `scale` digits after the decimal point.
pub(crate) fn decimal_text(mantissa: i128, scale: u8) -> String {
    if scale == 0 {
        return mantissa.to_string();
    }
    let digits = format!(
        "{:0width$}",
        mantissa.unsigned_abs(),
        width = usize::from(scale) + 1
    );
    let (whole, fraction) = digits.split_at(digits.len() - usize::from(scale));
    format!("{}{whole}.{fraction}", if mantissa < 0 { "-" } else { "" })
}

impl FromStr for Decimal {
    type Err = ParseDecimalError;

    /// Parses digits with at most one point, an optional sign, and an optional exponent as in JSON.
    fn from_str(text: &str) -> Result<Self, ParseDecimalError> {
        let error = || ParseDecimalError(text.to_owned());
        let (number, exponent) = match text.split_once(['e', 'E']) {
            Some((n, e)) => (n, e.parse::<i32>().map_err(|_| error())?),
            None => (text, 0),
        };
        let (negative, digits) = match number.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, number.strip_prefix('+').unwrap_or(number)),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        if whole.is_empty() && fraction.is_empty() {
            return Err(error());
        }
        let mut mantissa: i64 = 0;
        for b in whole.bytes().chain(fraction.bytes()) {
            if !b.is_ascii_digit() {
                return Err(error());
            }
            mantissa = mantissa
                .checked_mul(10)
                .and_then(|m| m.checked_add(i64::from(b - b'0')))
                .ok_or_else(error)?;
        }
        let mut scale = i32::try_from(fraction.len())
            .map_err(|_| error())?
            .checked_sub(exponent)
            .ok_or_else(error)?;
        while scale < 0 {
            mantissa = mantissa.checked_mul(10).ok_or_else(error)?;
            scale += 1;
        }
        while scale > i32::from(MAX_SCALE) && mantissa % 10 == 0 {
            mantissa /= 10;
            scale -= 1;
        }
        let scale = u8::try_from(scale)
            .ok()
            .filter(|s| *s <= 18)
            .ok_or_else(error)?;
        Ok(Decimal {
            mantissa: if negative { -mantissa } else { mantissa },
            scale,
        })
    }
}

impl Serialize for Decimal {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Decimal {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(de::Error::custom)
    }
}

/// Latitude and longitude in degrees, on the WGS 84 ellipsoid taken as a sphere.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct GeoPoint {
    /// Degrees north of the equator.
    pub lat: f64,
    /// Degrees east of Greenwich.
    pub lon: f64,
}

impl GeoPoint {
    /// The distance along the great circle in metres (haversine formula, earth radius 6,371,008.8 m, the IUGG mean).
    #[must_use]
    pub fn distance(self, other: GeoPoint) -> f64 {
        let half = |a: f64, b: f64| ((b - a).to_radians() / 2.0).sin().powi(2);
        let h = half(self.lat, other.lat)
            + self.lat.to_radians().cos()
                * other.lat.to_radians().cos()
                * half(self.lon, other.lon);
        2.0 * 6_371_008.8 * h.clamp(0.0, 1.0).sqrt().asin()
    }
}

/// A text in lower case, letter by letter, without an allocation.
pub(crate) fn folded(text: &str) -> impl Iterator<Item = char> + Clone {
    text.chars().flat_map(char::to_lowercase)
}

/// Compares dotted versions number by number: `2.9 < 2.10 = 2.10.0`. A part that is not a number compares as text, below numbers;
/// what follows `-` is a pre-release and comes before the version without it; what follows `+` does not count.
pub(crate) fn compare_versions(a: &str, b: &str) -> std::cmp::Ordering {
    use std::cmp::Ordering::{Equal, Greater, Less};
    fn split(v: &str) -> (&str, Option<&str>) {
        let v = v.split_once('+').map_or(v, |(v, _)| v);
        v.split_once('-')
            .map_or((v, None), |(v, pre)| (v, Some(pre)))
    }
    fn parts(a: &str, b: &str, pad: Option<&str>) -> std::cmp::Ordering {
        let (mut a, mut b) = (a.split('.'), b.split('.'));
        loop {
            let (x, y) = match (a.next(), b.next(), pad) {
                (None, None, _) => return Equal,
                (Some(x), Some(y), _) => (x, y),
                (Some(x), None, Some(pad)) => (x, pad),
                (None, Some(y), Some(pad)) => (pad, y),
                (Some(_), None, None) => return Greater,
                (None, Some(_), None) => return Less,
            };
            let order = match (x.parse::<u64>(), y.parse::<u64>()) {
                (Ok(x), Ok(y)) => x.cmp(&y),
                (Ok(_), Err(_)) => Greater,
                (Err(_), Ok(_)) => Less,
                (Err(_), Err(_)) => x.cmp(y),
            };
            if order != Equal {
                return order;
            }
        }
    }
    let ((a, a_pre), (b, b_pre)) = (split(a), split(b));
    parts(a, b, Some("0")).then_with(|| match (a_pre, b_pre) {
        (None, None) => Equal,
        (None, Some(_)) => Greater,
        (Some(_), None) => Less,
        (Some(a), Some(b)) => parts(a, b, None),
    })
}

macro_rules! scalar_from {
    ($($rust:ty => |$v:ident| $to:expr),* $(,)?) => {$(
        impl From<$rust> for Scalar {
            fn from($v: $rust) -> Self {
                $to
            }
        }
    )*};
}

scalar_from!(
    bool => |v| Scalar::Bool(v),
    i32 => |v| Scalar::Whole(v.into()), i64 => |v| Scalar::Whole(v),
    u64 => |v| i64::try_from(v).map_or(Scalar::Unsigned(v), Scalar::Whole),
    f64 => |v| Scalar::Real(v),
    &str => |v| Scalar::Text(v.to_owned()), String => |v| Scalar::Text(v),
);

/// A plain value: a bool, a number or a string. Dates, instants, durations and decimals are strings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum Scalar {
    /// `true`
    Bool(bool),
    /// `10`
    Whole(i64),
    /// A whole number above `i64::MAX`
    Unsigned(u64),
    /// `2.5`
    Real(f64),
    /// `"10"`
    Text(String),
}

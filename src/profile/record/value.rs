//! Values that programs give to records and read from them.

use crate::time::{Date, Duration, Instant};
use crate::value::{Decimal, GeoPoint};

/// A value that a program gives to a [`RecordBuilder`](super::RecordBuilder) or gets from a record.
///
/// A text is converted to the type that the schema declares: a date, an instant, a duration, the name of an enum's value.
///
/// ```
/// use segue::profile::Value;
/// assert_eq!(Value::from(47), Value::Int(47));
/// assert_eq!(Value::from(["a", "b"]), Value::List(vec!["a".into(), "b".into()]));
/// assert_eq!(Value::from(None::<bool>), Value::Missing);
/// ```
#[derive(Clone, Debug, PartialEq, Default)]
#[non_exhaustive]
pub enum Value {
    /// No value.
    #[default]
    Missing,
    /// `true` or `false`
    Bool(bool),
    /// A 64-bit integer.
    Int(i64),
    /// An integer above `i64::MAX`.
    Unsigned(u64),
    /// An exact decimal number.
    Decimal(Decimal),
    /// A floating-point number; a value that is not finite counts as missing.
    Float(f64),
    /// A string, or the text form of another type: see above.
    Text(String),
    /// A day of the calendar.
    Date(Date),
    /// A point in time.
    Instant(Instant),
    /// A duration.
    Duration(Duration),
    /// A pair of coordinates.
    Place(GeoPoint),
    /// A list of values.
    List(Vec<Value>),
    /// The rows of a relation: the names and values of the properties of each.
    Rows(Vec<Vec<(String, Value)>>),
}

impl Value {
    /// A whole number; `None` if it has more than 64 bits.
    pub(crate) fn whole(v: i128) -> Option<Self> {
        match i64::try_from(v) {
            Ok(v) => Some(Value::Int(v)),
            Err(_) => u64::try_from(v).ok().map(Value::Unsigned),
        }
    }

    /// The rows of a relation.
    ///
    /// ```
    /// use segue::profile::Value;
    /// let pets = Value::rows([[("species", "dog".into()), ("age", 12.into())], [("species", "cat".into()), ("age", 3.into())]]);
    /// assert!(matches!(pets, Value::Rows(rows) if rows.len() == 2));
    /// ```
    pub fn rows<'a, R: IntoIterator<Item = (&'a str, Value)>>(
        rows: impl IntoIterator<Item = R>,
    ) -> Self {
        let row = |row: R| {
            row.into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect()
        };
        Value::Rows(rows.into_iter().map(row).collect())
    }
}

macro_rules! value_from {
    ($($rust:ty => |$v:ident| $to:expr),* $(,)?) => {$(
        impl From<$rust> for Value {
            fn from($v: $rust) -> Self {
                $to
            }
        }
    )*};
}

value_from!(
    bool => |v| Value::Bool(v),
    i8 => |v| Value::Int(v.into()), i16 => |v| Value::Int(v.into()), i32 => |v| Value::Int(v.into()), i64 => |v| Value::Int(v),
    u8 => |v| Value::Int(v.into()), u16 => |v| Value::Int(v.into()), u32 => |v| Value::Int(v.into()),
    u64 => |v| i64::try_from(v).map_or(Value::Unsigned(v), Value::Int),
    f32 => |v| Value::Float(v.into()), f64 => |v| Value::Float(v),
    Decimal => |v| Value::Decimal(v),
    String => |v| Value::Text(v), &str => |v| Value::Text(v.to_owned()), &String => |v| Value::Text(v.clone()),
    Date => |v| Value::Date(v), Instant => |v| Value::Instant(v), Duration => |v| Value::Duration(v),
    GeoPoint => |v| Value::Place(v),
);

impl<V: Into<Value>> From<Option<V>> for Value {
    fn from(v: Option<V>) -> Self {
        v.map_or(Value::Missing, Into::into)
    }
}

impl<V: Into<Value>> From<Vec<V>> for Value {
    fn from(v: Vec<V>) -> Self {
        Value::List(v.into_iter().map(Into::into).collect())
    }
}

impl<V: Into<Value>, const N: usize> From<[V; N]> for Value {
    fn from(v: [V; N]) -> Self {
        Value::List(v.into_iter().map(Into::into).collect())
    }
}

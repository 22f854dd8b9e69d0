//! Values that programs give to records and read from them.

use crate::time::{Date, Duration, Instant};
use crate::value::{Decimal, GeoPoint};
use serde::ser::{Serialize, SerializeMap as _, Serializer};

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

/// In JSON, numbers and bools are themselves, and a missing value is `null`. Dates, instants, durations and decimals are strings, as in
/// effects; a place is `{"lat": …, "lon": …}`.
///
/// ```
/// use segue::profile::Value;
/// let spent = Value::Decimal("124.50".parse()?);
/// assert_eq!(serde_json::to_string(&[spent, 3.into(), Value::Missing])?, r#"["124.50",3,null]"#);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Value::Missing => serializer.serialize_none(),
            Value::Bool(v) => serializer.serialize_bool(*v),
            Value::Int(v) => serializer.serialize_i64(*v),
            Value::Unsigned(v) => serializer.serialize_u64(*v),
            Value::Float(v) => serializer.serialize_f64(*v),
            Value::Decimal(v) => v.serialize(serializer),
            Value::Text(v) => serializer.serialize_str(v),
            Value::Date(v) => v.serialize(serializer),
            Value::Instant(v) => v.serialize(serializer),
            Value::Duration(v) => v.serialize(serializer),
            Value::Place(v) => v.serialize(serializer),
            Value::List(items) => serializer.collect_seq(items),
            Value::Rows(rows) => serializer.collect_seq(rows.iter().map(|row| SerializedRow(row))),
        }
    }
}

/// A row of a relation, as an object.
struct SerializedRow<'v>(&'v [(String, Value)]);

impl Serialize for SerializedRow<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in self.0 {
            map.serialize_entry(name, value)?;
        }
        map.end()
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

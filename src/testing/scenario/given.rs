//! Values as scenario files give them, in any format.

use crate::profile::Value;
use crate::value::GeoPoint;
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, Serializer};
use std::fmt;

/// A value of a scenario file. A date or a time of TOML counts as its text.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Given {
    /// No value: `null`.
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A whole number above `i64::MAX`.
    Unsigned(u64),
    /// A number with a fraction.
    Float(f64),
    /// A text.
    Text(String),
    /// Several values.
    List(Vec<Given>),
    /// Values with names: a place, a row, or attributes with dotted names.
    Table(Vec<(String, Given)>),
}

/// What the `toml` crate calls the only key of what stands for a date or a time.
const TOML_DATETIME: &str = "$__toml_private_datetime";

impl Given {
    /// The value for a profile.
    pub(super) fn value(&self) -> Result<Value, String> {
        Ok(match self {
            Given::Null => Value::Missing,
            Given::Bool(v) => Value::Bool(*v),
            Given::Int(v) => Value::Int(*v),
            Given::Unsigned(v) => Value::Unsigned(*v),
            Given::Float(v) => Value::Float(*v),
            Given::Text(v) => Value::Text(v.clone()),
            Given::List(items) => {
                Value::List(items.iter().map(Given::value).collect::<Result<_, _>>()?)
            }
            Given::Table(entries) => {
                let number = |name: &str| match entries.iter().find(|(key, _)| key == name)?.1 {
                    #[expect(clippy::cast_precision_loss, reason = "degrees are small")]
                    Given::Int(v) => Some(v as f64),
                    Given::Float(v) => Some(v),
                    _ => None,
                };
                match (number("lat"), number("lon"), entries.len()) {
                    (Some(lat), Some(lon), 2) => Value::Place(GeoPoint { lat, lon }),
                    _ => {
                        return Err(
                            "a table is no value; only a place is one: `{ lat = 52.52, lon = 13.40 }`".to_owned()
                        );
                    }
                }
            }
        })
    }
}

impl Given {
    /// The rows of a relation: a list of tables.
    pub(super) fn rows(&self) -> Result<Value, String> {
        let wrong =
            || "is a relation; give its rows as a list of tables: `[{ … }, { … }]`".to_owned();
        match self {
            Given::Null => Ok(Value::Missing),
            Given::List(items) => {
                let row = |item: &Given| {
                    let Given::Table(entries) = item else {
                        return Err(wrong());
                    };
                    properties(entries.iter().map(|(key, given)| (key.as_str(), given)))
                };
                items
                    .iter()
                    .map(row)
                    .collect::<Result<_, _>>()
                    .map(Value::Rows)
            }
            _ => Err(wrong()),
        }
    }
}

/// The values of a row or an event by name; a table that is no place spells dotted names.
pub(super) fn properties<'a>(
    entries: impl Iterator<Item = (&'a str, &'a Given)>,
) -> Result<Vec<(String, Value)>, String> {
    let mut values = Vec::new();
    for (key, given) in entries {
        spell(key, given, &mut values)?;
    }
    Ok(values)
}

fn spell(name: &str, given: &Given, values: &mut Vec<(String, Value)>) -> Result<(), String> {
    match (given, given.value()) {
        (Given::Table(inner), Err(_)) => inner
            .iter()
            .try_for_each(|(key, given)| spell(&format!("{name}.{key}"), given, values)),
        (_, value) => {
            values.push((name.to_owned(), value?));
            Ok(())
        }
    }
}

impl<'de> Deserialize<'de> for Given {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        d.deserialize_any(GivenVisitor)
    }
}

struct GivenVisitor;

impl<'de> Visitor<'de> for GivenVisitor {
    type Value = Given;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Given, E> {
        Ok(Given::Null)
    }

    fn visit_none<E>(self) -> Result<Given, E> {
        Ok(Given::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, d: D) -> Result<Given, D::Error> {
        Given::deserialize(d)
    }

    fn visit_bool<E>(self, v: bool) -> Result<Given, E> {
        Ok(Given::Bool(v))
    }

    fn visit_i64<E>(self, v: i64) -> Result<Given, E> {
        Ok(Given::Int(v))
    }

    fn visit_u64<E: serde::de::Error>(self, v: u64) -> Result<Given, E> {
        Ok(i64::try_from(v).map_or(Given::Unsigned(v), Given::Int))
    }

    fn visit_f64<E>(self, v: f64) -> Result<Given, E> {
        Ok(Given::Float(v))
    }

    fn visit_str<E>(self, v: &str) -> Result<Given, E> {
        Ok(Given::Text(v.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Given, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(Given::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Given, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry::<String, Given>()? {
            entries.push(entry);
        }
        match &entries[..] {
            [(key, Given::Text(text))] if key == TOML_DATETIME => Ok(Given::Text(text.clone())),
            _ => Ok(Given::Table(entries)),
        }
    }
}

impl Serialize for Given {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        match self {
            Given::Null => s.serialize_unit(),
            Given::Bool(v) => s.serialize_bool(*v),
            Given::Int(v) => s.serialize_i64(*v),
            Given::Unsigned(v) => s.serialize_u64(*v),
            Given::Float(v) => s.serialize_f64(*v),
            Given::Text(v) => s.serialize_str(v),
            Given::List(items) => s.collect_seq(items),
            Given::Table(entries) => {
                let mut map = s.serialize_map(Some(entries.len()))?;
                for (key, value) in entries {
                    map.serialize_entry(key, value)?;
                }
                map.end()
            }
        }
    }
}

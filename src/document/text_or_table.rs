//! Reading what may be written short, as a text, or long, as a table: with errors as good as for one of them alone.

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use std::fmt;
use std::marker::PhantomData;

/// Reads a text with `short`, or a table with `long`.
pub(crate) fn text_or_table<'de, D, T, S>(
    d: D,
    expected: &'static str,
    short: fn(String) -> S,
    long: fn(T) -> S,
) -> Result<S, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    d.deserialize_any(TextOrTable {
        expected,
        short,
        long,
        table: PhantomData,
    })
}

struct TextOrTable<T, S> {
    expected: &'static str,
    short: fn(String) -> S,
    long: fn(T) -> S,
    table: PhantomData<T>,
}

impl<'de, T: Deserialize<'de>, S> Visitor<'de> for TextOrTable<T, S> {
    type Value = S;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.expected)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<S, E> {
        Ok((self.short)(text.to_owned()))
    }

    fn visit_string<E: Error>(self, text: String) -> Result<S, E> {
        Ok((self.short)(text))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<S, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(self.long)
    }
}

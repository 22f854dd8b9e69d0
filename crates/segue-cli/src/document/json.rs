//! JSON documents.

use super::{Node, Tree, line};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::fmt;

pub(super) fn parse(text: &str) -> Result<Node, (usize, String)> {
    let raw: &RawValue = serde_json::from_str(text).map_err(|e| (e.line(), e.to_string()))?;
    node(raw, text).map_err(|e| (line(text, 0), e.to_string()))
}

fn node(raw: &RawValue, text: &str) -> Result<Node, serde_json::Error> {
    let json = raw.get();
    // A raw value borrows from the text, so the distance of their beginnings is its place.
    let start = (json.as_ptr() as usize).saturating_sub(text.as_ptr() as usize);
    let value = match json.as_bytes().first() {
        Some(b'"') => Tree::Text(serde_json::from_str(json)?),
        Some(b'[') => {
            let items: Vec<&RawValue> = serde_json::from_str(json)?;
            Tree::List(
                items
                    .into_iter()
                    .map(|item| node(item, text))
                    .collect::<Result<_, _>>()?,
            )
        }
        Some(b'{') => {
            let Entries(entries) = serde_json::from_str(json)?;
            let entries = entries
                .into_iter()
                .map(|(key, value)| Ok((key, node(value, text)?)));
            Tree::Map(entries.collect::<Result<_, serde_json::Error>>()?)
        }
        _ => Tree::Other(json.to_owned()),
    };
    Ok(Node {
        span: start..start + json.len(),
        value,
    })
}

/// An object in the order of its text.
struct Entries<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Entries<'de> {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct All;
        impl<'de> Visitor<'de> for All {
            type Value = Entries<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Entries(entries))
            }
        }
        d.deserialize_map(All)
    }
}

pub(super) fn respell(new: &str) -> String {
    serde_json::Value::from(new).to_string()
}

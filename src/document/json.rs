//! JSON: serde_json finds where each value begins and ends, one level at a time.

use super::{DocumentError, DocumentNode, MAX_DEPTH, NodeContent, NodeText, TableEntry, TextStyle};
use crate::span::Span;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::collections::HashMap;
use std::fmt;

pub(super) fn parse(text: &str) -> Result<DocumentNode, DocumentError> {
    let raw: &RawValue = serde_json::from_str(text).map_err(|e| error(&e, text, 0))?;
    Reader { text }.node(raw, 0)
}

struct Reader<'t> {
    text: &'t str,
}

impl Reader<'_> {
    fn span(&self, raw: &RawValue) -> Span {
        // A raw value borrows from the text, so the distance of their beginnings is its place.
        let start = (raw.get().as_ptr() as usize).saturating_sub(self.text.as_ptr() as usize);
        Span::new(start, start + raw.get().len())
    }

    fn parsed<'r, T: Deserialize<'r>>(&self, raw: &'r RawValue) -> Result<T, DocumentError> {
        serde_json::from_str(raw.get())
            .map_err(|e| error(&e, raw.get(), self.span(raw).start as usize))
    }

    fn node(&self, raw: &RawValue, depth: usize) -> Result<DocumentNode, DocumentError> {
        let span = self.span(raw);
        if depth > MAX_DEPTH {
            return Err(DocumentError::too_deep(Span::new(
                span.start as usize,
                span.start as usize + 1,
            )));
        }
        let content = match raw.get().as_bytes().first() {
            Some(b'n') | None => NodeContent::Null,
            Some(b't') => NodeContent::Bool(true),
            Some(b'f') => NodeContent::Bool(false),
            Some(b'"') => NodeContent::Text(NodeText::new(self.parsed(raw)?, TextStyle::Json)),
            Some(b'[') => {
                let items: Vec<&RawValue> = self.parsed(raw)?;
                let items = items.into_iter().map(|item| self.node(item, depth + 1));
                NodeContent::List(items.collect::<Result<_, _>>()?)
            }
            Some(b'{') => NodeContent::Table(self.table(raw, depth)?),
            Some(_) => NodeContent::Number(raw.get().to_owned()),
        };
        Ok(DocumentNode { span, content })
    }

    fn table(&self, raw: &RawValue, depth: usize) -> Result<Vec<TableEntry>, DocumentError> {
        let Entries(pairs) = self.parsed(raw)?;
        let mut entries = Vec::with_capacity(pairs.len());
        let mut seen: HashMap<String, Span> = HashMap::with_capacity(pairs.len());
        for (raw_key, value) in pairs {
            let (key, key_span): (String, Span) = (self.parsed(raw_key)?, self.span(raw_key));
            if let Some(first) = seen.insert(key.clone(), key_span) {
                return Err(DocumentError::duplicate_key(&key, Some(first), key_span));
            }
            entries.push(TableEntry {
                key,
                key_span,
                value: self.node(value, depth + 1)?,
            });
        }
        Ok(entries)
    }
}

/// An object in the order of its text, keys that stand twice included.
struct Entries<'a>(Vec<(&'a RawValue, &'a RawValue)>);

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

/// An error of serde_json about a part of the text that begins at `base`.
fn error(e: &serde_json::Error, part: &str, base: usize) -> DocumentError {
    let place = format!(" at line {} column {}", e.line(), e.column());
    let message = e.to_string();
    let message = message.strip_suffix(&place).unwrap_or(&message);
    let line_start = match e.line() {
        0 | 1 => 0,
        line => part
            .match_indices('\n')
            .nth(line - 2)
            .map_or(part.len(), |(at, _)| at + 1),
    };
    // serde_json counts columns in bytes, up to the byte that it stopped at.
    let at = base + (line_start + e.column().saturating_sub(1)).min(part.len());
    DocumentError::new(message).at(Span::new(at, at + 1))
}

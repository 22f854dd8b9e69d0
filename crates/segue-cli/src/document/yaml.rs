//! YAML documents.

use super::{Node, Spelling, Tree};
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_saphyr::Spanned;
use std::fmt;
use std::ops::Range;

pub(super) fn parse(text: &str) -> Result<Node, (usize, String)> {
    let root: Spanned<Raw> = serde_saphyr::from_str(text).map_err(|e| {
        let line = e
            .location()
            .and_then(|l| usize::try_from(l.line()).ok())
            .unwrap_or(1);
        let why = e.to_string();
        let why = why.lines().next().unwrap_or_default();
        (line, why.strip_prefix("error: ").unwrap_or(why).to_owned())
    })?;
    Ok(node(root))
}

enum Raw {
    Text(String),
    Other(String),
    List(Vec<Spanned<Raw>>),
    Map(Vec<(String, Spanned<Raw>)>),
}

fn node(raw: Spanned<Raw>) -> Node {
    // Of an alias, the place where its value stands.
    let span = raw.defined.span();
    let start = span
        .byte_offset()
        .and_then(|at| usize::try_from(at).ok())
        .unwrap_or(0);
    let len = span
        .byte_len()
        .and_then(|len| usize::try_from(len).ok())
        .unwrap_or(0);
    let value = match raw.value {
        Raw::Text(text) => Tree::Text(text),
        Raw::Other(text) => Tree::Other(text),
        Raw::List(items) => Tree::List(items.into_iter().map(node).collect()),
        Raw::Map(entries) => Tree::Map(
            entries
                .into_iter()
                .map(|(key, value)| (key, node(value)))
                .collect(),
        ),
    };
    Node {
        span: start..start + len,
        value,
    }
}

struct RawVisitor;

impl<'de> Visitor<'de> for RawVisitor {
    type Value = Raw;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Raw, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(Raw::Map(entries))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Raw, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element()? {
            items.push(item);
        }
        Ok(Raw::List(items))
    }

    fn visit_bool<E: Error>(self, v: bool) -> Result<Raw, E> {
        Ok(Raw::Other(v.to_string()))
    }

    fn visit_i64<E: Error>(self, v: i64) -> Result<Raw, E> {
        Ok(Raw::Other(v.to_string()))
    }

    fn visit_u64<E: Error>(self, v: u64) -> Result<Raw, E> {
        Ok(Raw::Other(v.to_string()))
    }

    fn visit_f64<E: Error>(self, v: f64) -> Result<Raw, E> {
        Ok(Raw::Other(v.to_string()))
    }

    fn visit_str<E: Error>(self, v: &str) -> Result<Raw, E> {
        Ok(Raw::Text(v.to_owned()))
    }

    fn visit_unit<E: Error>(self) -> Result<Raw, E> {
        Ok(Raw::Other(String::new()))
    }
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        d.deserialize_any(RawVisitor)
    }
}

/// Spells a text in the style of the old one, or in quotes where that style cannot hold it.
pub(super) fn respell(text: &str, span: &Range<usize>, new: &Spelling) -> String {
    let raw = text.get(span.clone()).unwrap_or_default();
    let before = text.get(..span.start).unwrap_or_default();
    if is_block(before) {
        let indent = before.rsplit('\n').next().unwrap_or_default();
        let trail = raw.get(raw.trim_end().len()..).unwrap_or_default();
        return format!("{}{trail}", new.indented(indent));
    }
    let new = new.one_line();
    match raw.as_bytes().first() {
        Some(b'\'') if !new.contains('\n') => single(new),
        Some(b'\'' | b'"') => double(new),
        _ if holds_plain(new) => new.to_owned(),
        _ if !new.contains('\n') => single(new),
        _ => double(new),
    }
}

/// Whether what follows is the content of a block (`|` or `>`).
fn is_block(before: &str) -> bool {
    let Some((above, indent)) = before.rsplit_once('\n') else {
        return false;
    };
    if !indent.bytes().all(|b| b == b' ') {
        return false;
    }
    let Some(header) = above.lines().rev().find(|line| !line.trim().is_empty()) else {
        return false;
    };
    let header = header.split(" #").next().unwrap_or_default().trim_end();
    let sign = header.trim_end_matches(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-'));
    sign.ends_with(": |") || sign.ends_with(": >") || sign.ends_with("- |") || sign.ends_with("- >")
}

/// Whether a text can stand without quotes, also within `{…}` and `[…]`.
fn holds_plain(text: &str) -> bool {
    let first = text
        .chars()
        .next()
        .is_some_and(|c| c.is_alphabetic() || c == '_');
    first
        && !text.contains(": ")
        && !text.contains(" #")
        && !text.ends_with(':')
        && !text.contains(['\n', ',', '[', ']', '{', '}'])
}

fn single(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

fn double(text: &str) -> String {
    // Every escape of JSON is one of YAML.
    serde_json::Value::from(text).to_string()
}

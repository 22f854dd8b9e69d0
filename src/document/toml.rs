//! TOML: the tables of the `toml` crate, whose keys and values know their places.

use super::{DocumentError, DocumentNode, MAX_DEPTH, NodeContent, NodeText, TableEntry, TextStyle};
use crate::span::Span;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

pub(super) fn parse(text: &str) -> Result<DocumentNode, DocumentError> {
    let (table, errors) = DeTable::parse_recoverable(text);
    let root = Reader { text }.node(&DeValue::Table(table.into_inner()), Span::new(0, 0), 0)?;
    match errors.first() {
        None => Ok(root),
        Some(e) => {
            let span = e.span().map_or(Span::new(0, 0), span_of);
            if e.message() == "duplicate key" {
                return Err(duplicate(&root, text, span));
            }
            Err(DocumentError::new(e.message()).at(span))
        }
    }
}

fn span_of(range: Range<usize>) -> Span {
    Span::new(range.start, range.end)
}

/// The tree holds the first of two keys.
fn duplicate(root: &DocumentNode, text: &str, second: Span) -> DocumentError {
    let written = second.of(text);
    let key = written.trim_matches(['"', '\'']);
    let mut first = None;
    find_key(root, key, second, &mut first);
    DocumentError::duplicate_key(key, first, second)
}

/// The last place before `second` at which a key stands.
fn find_key(node: &DocumentNode, key: &str, second: Span, found: &mut Option<Span>) {
    for entry in node.entries() {
        let at = entry.key_span;
        let later = found.is_none_or(|found| found.start < at.start);
        if entry.key == key && at.start < second.start && later {
            *found = Some(at);
        }
        find_key(&entry.value, key, second, found);
    }
    for item in node.items() {
        find_key(item, key, second, found);
    }
}

struct Reader<'t> {
    text: &'t str,
}

impl Reader<'_> {
    fn node(
        &self,
        value: &DeValue<'_>,
        span: Span,
        depth: usize,
    ) -> Result<DocumentNode, DocumentError> {
        if depth > MAX_DEPTH {
            return Err(DocumentError::too_deep(span));
        }
        let content = match value {
            DeValue::String(value) => NodeContent::Text(NodeText::new(
                value.to_string(),
                TextStyle::of_toml(span.of(self.text)),
            )),
            DeValue::Integer(_) | DeValue::Float(_) => {
                NodeContent::Number(span.of(self.text).to_owned())
            }
            DeValue::Boolean(value) => NodeContent::Bool(*value),
            DeValue::Datetime(value) => NodeContent::DateTime(value.to_string()),
            DeValue::Array(items) => {
                let items = items
                    .iter()
                    .map(|item| self.node(item.get_ref(), span_of(item.span()), depth + 1));
                NodeContent::List(items.collect::<Result<_, _>>()?)
            }
            DeValue::Table(table) => {
                let entries = table
                    .iter()
                    .map(|(key, value)| self.entry(key, value, depth));
                NodeContent::Table(entries.collect::<Result<_, _>>()?)
            }
        };
        Ok(DocumentNode { span, content })
    }

    fn entry(
        &self,
        key: &Spanned<DeString<'_>>,
        value: &Spanned<DeValue<'_>>,
        depth: usize,
    ) -> Result<TableEntry, DocumentError> {
        Ok(TableEntry {
            key: key.get_ref().to_string(),
            key_span: span_of(key.span()),
            value: self.node(value.get_ref(), span_of(value.span()), depth + 1)?,
        })
    }
}

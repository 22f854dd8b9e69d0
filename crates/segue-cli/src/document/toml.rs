//! TOML documents.

use super::{Node, Spelling, Tree, line};
use std::fmt::Write as _;
use std::ops::Range;
use toml_edit::{Document, Item, Value};

pub(super) fn parse(text: &str) -> Result<Node, (usize, String)> {
    let document = Document::parse(text).map_err(|e| {
        let at = e.span().map_or(0, |span| span.start);
        (line(text, at), e.message().to_owned())
    })?;
    Ok(item(document.as_item(), text))
}

fn item(item: &Item, text: &str) -> Node {
    let span = item.span().unwrap_or_default();
    match item {
        Item::Value(of) => value(of, text),
        Item::Table(table) => Node {
            span,
            value: map(table.iter().map(|(key, of)| (key, self::item(of, text)))),
        },
        Item::ArrayOfTables(tables) => {
            let each = |table: &toml_edit::Table| Node {
                span: table.span().unwrap_or_default(),
                value: map(table.iter().map(|(key, of)| (key, self::item(of, text)))),
            };
            Node {
                span,
                value: Tree::List(tables.iter().map(each).collect()),
            }
        }
        Item::None => Node {
            span,
            value: Tree::Other(String::new()),
        },
    }
}

fn value(of: &Value, text: &str) -> Node {
    let span: Range<usize> = of.span().unwrap_or_default();
    let tree = match of {
        Value::String(s) => Tree::Text(s.value().clone()),
        Value::Array(items) => Tree::List(items.iter().map(|of| value(of, text)).collect()),
        Value::InlineTable(table) => map(table.iter().map(|(key, of)| (key, value(of, text)))),
        _ => Tree::Other(text.get(span.clone()).unwrap_or_default().to_owned()),
    };
    Node { span, value: tree }
}

fn map<'a>(entries: impl Iterator<Item = (&'a str, Node)>) -> Tree {
    Tree::Map(entries.map(|(key, node)| (key.to_owned(), node)).collect())
}

/// Spells a text with the quotes of the old one, or with others where these cannot hold it.
pub(super) fn respell(raw: &str, new: &Spelling) -> String {
    for quotes in ["'''", "\"\"\""] {
        let Some(inner) = raw
            .strip_prefix(quotes)
            .and_then(|r| r.strip_suffix(quotes))
        else {
            continue;
        };
        if !inner.contains('\n') {
            return one_line(new.one_line(), quotes);
        }
        // Line breaks and blanks around the expression, and how far its lines are indented, stay as they are.
        let lead = inner
            .get(..inner.len() - inner.trim_start().len())
            .unwrap_or_default();
        let trail = inner.get(inner.trim_end().len()..).unwrap_or_default();
        let indent = lead.rsplit_once('\n').map_or("", |(_, indent)| indent);
        let body = new.indented(indent);
        if quotes == "'''" && literal_holds(&body) {
            return format!("'''{lead}{body}{trail}'''");
        }
        let crowded = body.contains("\"\"") || body.ends_with('"');
        let body = if crowded {
            escaped(&body)
        } else {
            escaped(&body).replace("\\\"", "\"")
        };
        return format!("\"\"\"{lead}{body}{trail}\"\"\"");
    }
    one_line(new.one_line(), raw.get(..1).unwrap_or_default())
}

fn one_line(text: &str, quotes: &str) -> String {
    let plain = !text.chars().any(|c| c.is_control());
    match quotes {
        "'" if plain && !text.contains('\'') => format!("'{text}'"),
        "'" | "'''" if literal_holds(text) => format!("'''{text}'''"),
        _ => format!("\"{}\"", escaped(text).replace('\n', "\\n")),
    }
}

fn literal_holds(text: &str) -> bool {
    !text.contains("''")
        && !text.ends_with('\'')
        && !text
            .chars()
            .any(|c| c.is_control() && !matches!(c, '\n' | '\t'))
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' | '\t' => out.push(c),
            c if c.is_control() => {
                let _ = write!(out, "\\u{:04X}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out
}

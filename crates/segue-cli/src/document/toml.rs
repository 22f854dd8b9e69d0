//! How TOML writes texts.

use super::Spelling;
use segue::document::TextStyle;
use std::fmt::Write as _;

/// Spells a text with the quotes of the old one, or with others where these cannot hold it.
pub(super) fn respell(raw: &str, style: TextStyle, new: &Spelling) -> String {
    let quotes = match style {
        TextStyle::TomlMultilineLiteral => "'''",
        TextStyle::TomlMultilineBasic => "\"\"\"",
        TextStyle::TomlLiteral => "'",
        _ => "\"",
    };
    if let Some(inner) = raw.get(quotes.len()..raw.len() - quotes.len())
        && quotes.len() == 3
    {
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
    one_line(new.one_line(), quotes)
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

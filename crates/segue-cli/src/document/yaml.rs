//! How YAML writes texts.

use super::{Expression, Spelling, range};
use segue::document::TextStyle;

/// Spells a text in the style of the old one, or in quotes where that style cannot hold it.
pub(super) fn respell(text: &str, place: &Expression<'_>, new: &Spelling) -> String {
    let span = range(place.node.span());
    let one_line = new.one_line();
    match place.style {
        TextStyle::YamlLiteral | TextStyle::YamlFolded => {
            let before = text.get(..span.start).unwrap_or_default();
            let indent = before.rsplit('\n').next().unwrap_or_default();
            let raw = text.get(span).unwrap_or_default();
            let trail = raw.get(raw.trim_end().len()..).unwrap_or_default();
            format!("{}{trail}", new.indented(indent))
        }
        TextStyle::YamlSingle if !one_line.contains('\n') => single(one_line),
        TextStyle::YamlSingle | TextStyle::YamlDouble => double(one_line),
        _ if holds_plain(one_line) => one_line.to_owned(),
        _ if !one_line.contains('\n') => single(one_line),
        _ => double(one_line),
    }
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

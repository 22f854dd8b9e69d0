//! Fitted cut points put into a rule file, without touching anything else.

use super::{Node, parse};
use crate::terminal::Failure;
use segue::rulebook::{Cut, Format};
use std::collections::BTreeMap;
use std::ops::Range;
use toml_edit::{Array, DocumentMut, Item, Table, TableLike, value};

/// A document with the cut points of its scores. Whether it says what it should, its caller checks.
pub(crate) fn with_cuts(format: Format, text: &str, cuts: &BTreeMap<String, Vec<Cut>>) -> Result<String, Failure> {
    if format == Format::Toml {
        return in_toml(text, cuts);
    }
    let root = parse(format, text).map_err(|(line, why)| Failure::new(format!("line {line}: {why}")))?;
    let mut edits = Vec::new();
    for (name, cuts) in cuts {
        let Some(score) = root.get("scores").and_then(|scores| scores.get(name)) else { continue };
        let list = serde_json::to_string(cuts).map_err(|e| Failure::new(e.to_string()))?;
        let edit = if format == Format::Yaml { yaml_edit(text, score, &list) } else { json_edit(score, &list) };
        edits.extend(edit);
    }
    edits.sort_by_key(|(span, _)| span.start);
    let mut text = text.to_owned();
    for (span, new) in edits.into_iter().rev() {
        text.replace_range(span, &new);
    }
    Ok(text)
}

fn in_toml(text: &str, cuts: &BTreeMap<String, Vec<Cut>>) -> Result<String, Failure> {
    let mut document: DocumentMut = text.parse().map_err(|e: toml_edit::TomlError| Failure::new(e.to_string()))?;
    for (name, cuts) in cuts {
        let score =
            document.get_mut("scores").and_then(|scores| scores.get_mut(name)).and_then(Item::as_table_like_mut);
        let Some(score) = score else { continue };
        put(score, array(cuts));
    }
    Ok(document.to_string())
}

fn array(cuts: &[Cut]) -> Array {
    let value = |cut: &Cut| match cut {
        Cut::Whole(v) => toml_edit::Value::from(*v),
        Cut::Real(v) => toml_edit::Value::from(*v),
        Cut::Text(v) => toml_edit::Value::from(v.as_str()),
    };
    cuts.iter().map(value).collect()
}

/// The cut points as they stand in a document, without anything else of it.
pub(crate) fn only_cuts(format: Format, cuts: &BTreeMap<String, Vec<Cut>>) -> Result<String, Failure> {
    if format == Format::Toml {
        let mut document = DocumentMut::new();
        let mut scores = Table::new();
        scores.set_implicit(true);
        for (name, cuts) in cuts {
            let mut score = Table::new();
            score.insert("cuts", value(array(cuts)));
            scores.insert(name, Item::Table(score));
        }
        document.insert("scores", Item::Table(scores));
        return Ok(document.to_string());
    }
    let scores: BTreeMap<_, _> = cuts.iter().map(|(name, cuts)| (name, serde_json::json!({ "cuts": cuts }))).collect();
    let all = serde_json::json!({ "scores": scores });
    let text = if format == Format::Yaml {
        serde_saphyr::to_string(&all).map_err(|e| Failure::new(e.to_string()))?
    } else {
        serde_json::to_string_pretty(&all).map_err(|e| Failure::new(e.to_string()))?
    };
    Ok(format!("{}\n", text.trim_end()))
}

/// Puts the list where the old one stands, its comments and blanks kept.
fn put(score: &mut dyn TableLike, list: Array) {
    if let Some(Item::Value(old)) = score.get_mut("cuts") {
        let decor = old.decor().clone();
        *old = toml_edit::Value::Array(list);
        *old.decor_mut() = decor;
    } else {
        score.insert("cuts", value(list));
    }
}

fn json_edit(score: &Node, list: &str) -> Option<(Range<usize>, String)> {
    if let Some(old) = score.get("cuts") {
        return Some((old.span.clone(), list.to_owned()));
    }
    let at = score.get("classes")?.span.end;
    Some((at..at, format!(", \"cuts\": {list}")))
}

/// Every list of JSON is one of YAML.
fn yaml_edit(text: &str, score: &Node, list: &str) -> Option<(Range<usize>, String)> {
    let line_of = |at: usize| text.get(..at).map_or(0, |before| before.rfind('\n').map_or(0, |at| at + 1));
    if let Some(old) = score.get("cuts") {
        let key = text.get(..old.span.start)?.rfind("cuts")?;
        let start = key + text.get(key..)?.find(':')? + 1;
        let super::Tree::List(items) = &old.value else { return Some((old.span.clone(), list.to_owned())) };
        let last = items.last().map_or(old.span.start, |last| last.span.end);
        let flow = text.get(old.span.start..)?.starts_with('[');
        let end = if flow { last + text.get(last..)?.find(']')? + 1 } else { last };
        return Some((start..end, format!(" {list}")));
    }
    let classes = score.get("classes")?.span.clone();
    let line = text.get(line_of(classes.start)..classes.start)?;
    let key = line.trim_start();
    if !key.starts_with("classes") && !key.starts_with("\"classes") && !key.starts_with("'classes") {
        return Some((classes.end..classes.end, format!(", cuts: {list}")));
    }
    let indent = line.get(..line.len() - key.len())?;
    let end = text.get(classes.end..)?.find('\n').map_or(text.len(), |at| classes.end + at);
    Some((end..end, format!("\n{indent}cuts: {list}")))
}

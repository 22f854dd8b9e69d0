//! Fitted cut points put into a rule file, without touching anything else.

use super::range;
use crate::terminal::Failure;
use segue::document::{Document, DocumentNode, Format};
use segue::rulebook::{Cut, EarlierCuts, ScoreDocument};
use std::collections::BTreeMap;
use std::ops::Range;
use toml_edit::{Array, DocumentMut, InlineTable, Item, Table, TableLike, value};

/// The scores of a document, by name.
type Scores = BTreeMap<String, ScoreDocument>;

/// A document with the cut points of its scores, and (`earlier`) with those that held before. Whether it says what it should,
/// its caller checks.
pub(crate) fn with_cuts(
    format: Format,
    text: &str,
    scores: &Scores,
    earlier: bool,
) -> Result<String, Failure> {
    if format == Format::Toml {
        return in_toml(text, scores, earlier);
    }
    let document = Document::parse(format, text).map_err(|e| Failure::new(e.to_string()))?;
    let mut edits = Vec::new();
    for (name, score) in scores {
        let Some(place) = document.get(&["scores", name]) else {
            continue;
        };
        for (key, list) in lists(score, earlier)? {
            let edit = match format {
                Format::Yaml => yaml_edit(text, place, key, &list),
                _ => json_edit(place, key, &list),
            };
            edits.extend(edit);
        }
    }
    // From the end of the text on; of two that are put into one place, the first goes in last.
    edits.sort_by_key(|(span, _)| span.start);
    let mut text = text.to_owned();
    for (span, new) in edits.into_iter().rev() {
        text.replace_range(span, &new);
    }
    Ok(text)
}

/// What a score is to have, each under its key, as JSON.
fn lists(score: &ScoreDocument, earlier: bool) -> Result<Vec<(&'static str, String)>, Failure> {
    let mut lists = Vec::new();
    if let Some(cuts) = &score.cuts {
        lists.push(("cuts", json(cuts)?));
    }
    if earlier && !score.earlier.is_empty() {
        lists.push(("earlier", json(&score.earlier)?));
    }
    Ok(lists)
}

fn json(list: &impl serde::Serialize) -> Result<String, Failure> {
    serde_json::to_string(list).map_err(|e| Failure::new(e.to_string()))
}

fn in_toml(text: &str, scores: &Scores, earlier: bool) -> Result<String, Failure> {
    let mut document: DocumentMut = text
        .parse()
        .map_err(|e: toml_edit::TomlError| Failure::new(e.to_string()))?;
    for (name, score) in scores {
        let place = document
            .get_mut("scores")
            .and_then(|scores| scores.get_mut(name))
            .and_then(Item::as_table_like_mut);
        let Some(place) = place else { continue };
        put_all(place, score, earlier);
    }
    Ok(document.to_string())
}

fn put_all(place: &mut dyn TableLike, score: &ScoreDocument, earlier: bool) {
    if let Some(cuts) = &score.cuts {
        put(place, "cuts", array(cuts));
    }
    if earlier && !score.earlier.is_empty() {
        put(place, "earlier", former(&score.earlier));
    }
}

fn array(cuts: &[Cut]) -> Array {
    let value = |cut: &Cut| match cut {
        Cut::Whole(v) => toml_edit::Value::from(*v),
        Cut::Real(v) => toml_edit::Value::from(*v),
        Cut::Text(v) => toml_edit::Value::from(v.as_str()),
    };
    cuts.iter().map(value).collect()
}

fn former(earlier: &[EarlierCuts]) -> Array {
    let value = |held: &EarlierCuts| {
        let mut table = InlineTable::new();
        table.insert("until", held.until.as_str().into());
        table.insert("cuts", array(&held.cuts).into());
        table
    };
    earlier.iter().map(value).collect()
}

/// The cut points as they stand in a document, without anything else of it.
pub(crate) fn only_cuts(format: Format, scores: &Scores, earlier: bool) -> Result<String, Failure> {
    if format == Format::Toml {
        let mut document = DocumentMut::new();
        let mut all = Table::new();
        all.set_implicit(true);
        for (name, score) in scores {
            let mut place = Table::new();
            put_all(&mut place, score, earlier);
            all.insert(name, Item::Table(place));
        }
        document.insert("scores", Item::Table(all));
        return Ok(document.to_string());
    }
    let of = |score: &ScoreDocument| match earlier && !score.earlier.is_empty() {
        true => serde_json::json!({ "cuts": score.cuts, "earlier": score.earlier }),
        false => serde_json::json!({ "cuts": score.cuts }),
    };
    let scores: BTreeMap<_, _> = scores
        .iter()
        .map(|(name, score)| (name, of(score)))
        .collect();
    let all = serde_json::json!({ "scores": scores });
    let text = if format == Format::Yaml {
        serde_saphyr::to_string(&all).map_err(|e| Failure::new(e.to_string()))?
    } else {
        serde_json::to_string_pretty(&all).map_err(|e| Failure::new(e.to_string()))?
    };
    Ok(format!("{}\n", text.trim_end()))
}

/// Puts the list where the old one stands, its comments and blanks kept.
fn put(score: &mut dyn TableLike, key: &str, list: Array) {
    match score.get_mut(key) {
        Some(Item::Value(old)) => {
            let decor = old.decor().clone();
            *old = toml_edit::Value::Array(list);
            *old.decor_mut() = decor;
        }
        // Tables of their own, `[[scores.recency.earlier]]`: one more of them.
        Some(Item::ArrayOfTables(tables)) => {
            let last = list
                .len()
                .checked_sub(1)
                .and_then(|at| list.get(at))
                .and_then(toml_edit::Value::as_inline_table);
            if tables.len() < list.len()
                && let Some(last) = last
            {
                tables.push(last.clone().into_table());
            }
        }
        _ => drop(score.insert(key, value(list))),
    }
}

fn json_edit(score: &DocumentNode, key: &str, list: &str) -> Option<(Range<usize>, String)> {
    if let Some(old) = score.get(key) {
        return Some((range(old.span()), list.to_owned()));
    }
    let at = score.get("classes")?.span().end as usize;
    Some((at..at, format!(", \"{key}\": {list}")))
}

/// Every list of JSON is one of YAML.
fn yaml_edit(
    text: &str,
    score: &DocumentNode,
    key: &str,
    list: &str,
) -> Option<(Range<usize>, String)> {
    let line_of = |at: usize| {
        text.get(..at)
            .map_or(0, |before| before.rfind('\n').map_or(0, |at| at + 1))
    };
    if let Some(old) = score.entry(key) {
        let name = old.key_span().end as usize;
        let start = name + text.get(name..)?.find(':')? + 1;
        let end = old.value().span().end as usize;
        return Some((start..end, format!(" {list}")));
    }
    let classes = range(score.get("classes")?.span());
    let line = text.get(line_of(classes.start)..classes.start)?;
    let first = line.trim_start();
    if !first.starts_with("classes")
        && !first.starts_with("\"classes")
        && !first.starts_with("'classes")
    {
        return Some((classes.end..classes.end, format!(", {key}: {list}")));
    }
    let indent = line.get(..line.len() - first.len())?;
    let end = text
        .get(classes.end..)?
        .find('\n')
        .map_or(text.len(), |at| classes.end + at);
    Some((end..end, format!("\n{indent}{key}: {list}")))
}

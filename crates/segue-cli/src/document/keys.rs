//! Which values of a rule file are expressions.

use super::{Node, Tree};
use std::ops::Range;

/// An expression in a rule file.
#[derive(Clone, Debug)]
pub(crate) struct Expression {
    /// `segments.vip.when`
    pub(crate) key: String,
    pub(crate) text: String,
    pub(crate) span: Range<usize>,
    /// Whether it is what a trigger waits for, which has a spelling of its own.
    pub(crate) occasion: bool,
}

/// The keys under which expressions stand; `*` is any name or position.
const PLACES: &[&[&str]] = &[
    &["traits", "*"],
    &["traits", "*", "cases", "*", "when"],
    &["tags", "*"],
    &["tags", "*", "when"],
    &["scores", "*", "value"],
    &["scores", "*", "over"],
    &["segments", "*"],
    &["segments", "*", "when"],
    &["lifecycles", "*", "stages", "*", "when"],
    &["consent", "processing"],
    &["channels", "*", "consent"],
    &["triggers", "*", "when"],
    OCCASIONS,
];

/// Where triggers say what they wait for.
const OCCASIONS: &[&str] = &["triggers", "*", "on"];

/// All expressions of a document, by place. One that several names share (an alias) comes once.
pub(crate) fn expressions(root: &Node) -> Vec<Expression> {
    let mut found = Vec::new();
    for place in PLACES {
        let before = found.len();
        collect(root, place, &mut Vec::new(), &mut found);
        found
            .iter_mut()
            .skip(before)
            .for_each(|e: &mut Expression| e.occasion = *place == OCCASIONS);
    }
    found.sort_by_key(|e| e.span.start);
    found.dedup_by_key(|e| e.span.start);
    found
}

fn collect(node: &Node, place: &[&str], path: &mut Vec<String>, found: &mut Vec<Expression>) {
    let Some((key, rest)) = place.split_first() else {
        if let Tree::Text(text) = &node.value {
            found.push(Expression {
                key: path.join("."),
                text: text.clone(),
                span: node.span.clone(),
                occasion: false,
            });
        }
        return;
    };
    let inner: Vec<(String, &Node)> = match &node.value {
        Tree::Map(entries) => entries
            .iter()
            .filter(|(name, _)| *key == "*" || name == key)
            .map(|(name, node)| (name.clone(), node))
            .collect(),
        Tree::List(items) if *key == "*" => items
            .iter()
            .enumerate()
            .map(|(i, node)| (i.to_string(), node))
            .collect(),
        _ => Vec::new(),
    };
    for (name, node) in inner {
        path.push(name);
        collect(node, rest, path, found);
        path.pop();
    }
}

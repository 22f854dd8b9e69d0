//! Which values of a rule file are expressions.

use segue::document::{Document, DocumentNode, NodeContent, TextStyle};

/// An expression in a rule file.
#[derive(Clone, Debug)]
pub(crate) struct Expression<'d> {
    /// `segments.vip.when`
    pub(crate) key: String,
    pub(crate) text: &'d str,
    pub(crate) style: TextStyle,
    pub(crate) node: &'d DocumentNode,
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
    &["messages", "*", "variants", "*", "when"],
    &["offers", "*", "cases", "*", "when"],
    &["triggers", "*", "when"],
    &["journeys", "*", "when"],
    &["journeys", "*", "exit"],
    &["journeys", "*", "goal", "when"],
    &["journeys", "*", "steps", "*", "wait_for"],
    &["journeys", "*", "steps", "*", "choose", "*", "when"],
    &["touchpoints", "*", "events"],
    &["touchpoints", "*", "kpi", "count"],
    &["touchpoints", "*", "kpi", "people"],
    &["touchpoints", "*", "kpi", "sum"],
    &["touchpoints", "*", "kpi", "avg"],
    &["touchpoints", "*", "kpi", "rate"],
    &["reports", "*", "funnel", "*"],
    &["reports", "*", "without"],
    &["reports", "*", "by"],
    &["reports", "*", "interval", "from"],
    &["reports", "*", "interval", "to"],
    &["reports", "*", "paths", "around"],
    &["reports", "*", "paths", "of"],
    &["reports", "*", "heat"],
    &["reports", "*", "retention", "first"],
    &["reports", "*", "retention", "again"],
    &["reports", "*", "series", "*"],
    &["reports", "*", "repurchase", "of"],
    &["reports", "*", "repurchase", "less"],
    &["reports", "*", "orders", "of"],
    &["reports", "*", "orders", "less"],
    &["reports", "*", "orders", "by"],
    &["reports", "*", "orders", "source", "of"],
    &["reports", "*", "spread", "*"],
    &["reports", "*", "together", "of"],
    &["reports", "*", "together", "with"],
    OCCASIONS[0],
    OCCASIONS[1],
];

/// Where triggers and journeys say what they wait for.
const OCCASIONS: [&[&str]; 2] = [&["triggers", "*", "on"], &["journeys", "*", "on"]];

/// All expressions of a document, by place. One that several names share (an alias) comes once.
pub(crate) fn expressions(document: &Document) -> Vec<Expression<'_>> {
    let mut found = Vec::new();
    for place in PLACES {
        let before = found.len();
        collect(document.root(), place, &mut Vec::new(), &mut found);
        found
            .iter_mut()
            .skip(before)
            .for_each(|e: &mut Expression<'_>| e.occasion = OCCASIONS.contains(place));
    }
    found.sort_by_key(|e| e.node.span().start);
    found.dedup_by_key(|e| e.node.span().start);
    found
}

fn collect<'d>(
    node: &'d DocumentNode,
    place: &[&str],
    path: &mut Vec<String>,
    found: &mut Vec<Expression<'d>>,
) {
    let Some((key, rest)) = place.split_first() else {
        if let NodeContent::Text(text) = node.content() {
            found.push(Expression {
                key: path.join("."),
                text: text.as_str(),
                style: text.style(),
                node,
                occasion: false,
            });
        }
        return;
    };
    let inner: Vec<(String, &DocumentNode)> = match node.content() {
        NodeContent::Table(entries) => entries
            .iter()
            .filter(|entry| *key == "*" || entry.key() == *key)
            .map(|entry| (entry.key().to_owned(), entry.value()))
            .collect(),
        NodeContent::List(items) if *key == "*" => items
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

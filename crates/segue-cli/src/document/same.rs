//! Whether two documents say the same.

use segue::document::{DocumentNode, NodeContent};

/// Whether two values are the same, wherever they stand; of texts, whether `alike` says so. Tables have no order.
pub(crate) fn same(
    one: &DocumentNode,
    other: &DocumentNode,
    alike: &impl Fn(&str, &str) -> bool,
) -> bool {
    match (one.content(), other.content()) {
        (NodeContent::Text(a), NodeContent::Text(b)) => alike(a.as_str(), b.as_str()),
        (NodeContent::List(a), NodeContent::List(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b, alike))
        }
        (NodeContent::Table(a), NodeContent::Table(b)) => {
            let found = |key| other.entry(key).map(|entry| entry.value());
            let is_found = |key, a| found(key).is_some_and(|b| same(a, b, alike));
            a.len() == b.len() && a.iter().all(|entry| is_found(entry.key(), entry.value()))
        }
        (NodeContent::Number(a), NodeContent::Number(b))
        | (NodeContent::DateTime(a), NodeContent::DateTime(b)) => a == b,
        (NodeContent::Bool(a), NodeContent::Bool(b)) => a == b,
        (NodeContent::Null, NodeContent::Null) => true,
        _ => false,
    }
}

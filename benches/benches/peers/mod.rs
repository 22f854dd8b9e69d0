//! The peers, each in a module of its own that says how its documentation wants its data given.
//!
//! Every module offers `viewers`, `newsletter` and, where the peer can say it, `buyers`, which add the peer's rows to a
//! comparison; `parse`, where it parses to a tree; `compile`, where it takes that tree further; and `load`, from text to
//! something that runs.

#![allow(dead_code, reason = "each bench uses its own part of this")]

pub(crate) mod a_tree;
pub(crate) mod cel;
pub(crate) mod datalogic;
pub(crate) mod rhai;
pub(crate) mod wirefilter;
pub(crate) mod zen;

/// A peer's text of a rule.
pub(crate) fn text_of(rule: &str, rules: &[(&str, &'static str)]) -> &'static str {
    let found = rules.iter().find(|(name, _)| *name == rule);
    found.expect("a peer's table names every rule").1
}

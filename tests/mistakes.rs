//! What authors are told of rules that are well formed but make no sense: every case of `tests/mistakes/checks.txt`
//! (expressions among the names of `tests/operators/rulebook.toml`) and of `tests/mistakes/rulebooks.txt` (the rule files
//! beside it).

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail")]

mod golden;
#[path = "operators/shop.rs"]
mod shop;

use golden::{cases, compare, unescape};
use segue::Rule;
use segue::diagnostic::Diagnostic;
use segue::rule::Context;

const CHECKS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/mistakes/checks.txt");

fn findings(text: &str, context: &Context) -> Vec<Diagnostic> {
    match Rule::check_in(text, context) {
        Ok(rule) => rule.warnings().to_vec(),
        Err(error) => error.diagnostics().to_vec(),
    }
}

#[test]
fn every_mistake_is_explained_as_the_golden_file_says() {
    let book = shop::rulebook();
    compare(CHECKS, |text| findings(text, book.context()).iter().map(|found| found.render(text, None) + "\n").collect());
}

/// A case without a finding is no mistake.
#[test]
fn every_case_is_a_mistake() {
    let book = shop::rulebook();
    for case in cases(CHECKS) {
        assert!(!findings(&unescape(&case), book.context()).is_empty(), "nothing is said of {case}");
    }
}

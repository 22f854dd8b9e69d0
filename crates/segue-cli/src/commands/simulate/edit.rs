//! What is said of rules that are others than those under which a state was saved.

use crate::terminal;
use segue::engine::{MissingHistory, RulesChange};

/// Says on standard error what the output does not show: triggers that are silent, what is dropped, and what is not known.
pub(super) fn note(change: &RulesChange) {
    for (trigger, n) in &change.silent_triggers {
        terminal::note(&format!(
            "the rules have changed: `{trigger}` does not fire for that; it would have {}",
            times(*n)
        ));
    }
    for (trigger, n) in &change.dropped_waits {
        terminal::note(&format!(
            "the rules have changed: there is no trigger `{trigger}` any more, and {n} of its messages that waited are dropped"
        ));
    }
    for (journey, n) in &change.withdrawn_runs {
        terminal::note(&format!(
            "the rules have changed: `{journey}` has not the step any more in which they were, and {n} of its runs are withdrawn; say where they go on under `moved`"
        ));
    }
    for (name, n) in &change.lost_values {
        terminal::note(&format!(
            "the schema has changed: `{name}` has no place in it, or another type; lost {}",
            times(*n)
        ));
    }
    for missing in &change.missing_history {
        terminal::note(&of_missing(missing));
    }
}

fn of_missing(missing: &MissingHistory) -> String {
    let MissingHistory {
        kind, kept_from, ..
    } = missing;
    let until = match missing.right_from {
        Some(right) => format!("answers are complete from {right} on"),
        None => "answers stay incomplete".to_owned(),
    };
    format!(
        "the rules look further back than what was kept of `{kind}`, from {kept_from} on; {until}"
    )
}

fn times(n: u64) -> String {
    match n {
        1 => "once".to_owned(),
        n => format!("{n} times"),
    }
}

//! A funnel as tables.

use super::{percent, time, value};
use crate::terminal::table;
use segue::insight::{Funnel, FunnelStep};
use std::fmt::Write as _;

pub(super) fn text(funnel: &Funnel) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "events from {} until {}", funnel.from, funnel.until);
    let _ = writeln!(out, "\n{}", steps(&funnel.steps));
    for group in &funnel.groups {
        let by = funnel.by.as_deref().unwrap_or_default();
        let value = value(group.value.as_ref());
        let _ = writeln!(out, "\n{by}: {value}\n{}", steps(&group.steps));
    }
    out
}

fn steps(steps: &[FunnelStep]) -> comfy_table::Table {
    let header = [
        "step",
        "people",
        "of the first",
        "of the one before",
        "lost",
        "have time",
        "median to the next",
    ];
    let mut rows = table(header, 1);
    for step in steps {
        rows.add_row([
            step.step.to_string(),
            step.people.to_string(),
            percent(step.of_first),
            percent(step.of_before),
            step.lost.to_string(),
            step.open.to_string(),
            time(step.median_to_next),
        ]);
    }
    rows
}

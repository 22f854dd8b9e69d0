//! What comes before and after an event, as a table.

use crate::terminal::table;
use segue::insight::Paths;
use std::fmt::Write as _;

/// How many ways of one step are shown.
const SHOWN: usize = 10;

pub(super) fn text(paths: &Paths) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "events from {} until {}\n", paths.from, paths.until);
    let _ = writeln!(
        out,
        "{} paths of {} people, of which {} may still go on",
        paths.paths, paths.people, paths.open
    );
    let mut rows = table(["step", "from", "to", "people", "times"], 3);
    for step in paths.edges.chunk_by(|a, b| a.step == b.step) {
        for edge in step.iter().take(SHOWN) {
            rows.add_row([
                edge.step.to_string(),
                edge.from
                    .as_deref()
                    .unwrap_or("(nothing before)")
                    .to_owned(),
                edge.to.as_deref().unwrap_or("(the end)").to_owned(),
                edge.people.to_string(),
                edge.times.to_string(),
            ]);
        }
        let more = step.len().saturating_sub(SHOWN);
        if let Some(first) = step.first().filter(|_| more > 0) {
            let more = format!("(and {more} more; `--format json` has all)");
            rows.add_row([first.step.to_string(), more]);
        }
    }
    let _ = writeln!(out, "{rows}");
    out
}

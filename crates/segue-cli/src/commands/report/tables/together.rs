//! How two behaviours go together in time, as tables.

use super::percent;
use crate::terminal::table;
use segue::insight::{People, TogetherReport};
use std::fmt::Write as _;

pub(super) fn text(report: &TogetherReport) -> String {
    let mut out = String::new();
    let TogetherReport {
        from,
        until,
        within,
        everybody,
        ..
    } = report;
    let (of, with) = (&report.of.events, &report.with.events);
    let _ = writeln!(
        out,
        "{everybody} people, events from {from} until {until}\n"
    );
    let mut rows = table(["who", "people", "share"], 1);
    let mut add = |who: String, people: &People, of: &str| {
        let share = format!("{} of {of}", percent(people.share));
        rows.add_row([who, people.people.to_string(), share]);
    };
    add(of.to_string(), &report.of.people, "everybody");
    add(with.to_string(), &report.with.people, "everybody");
    add("both".to_owned(), &report.both, of);
    add(
        format!("{with} at most {within} before"),
        &report.before,
        of,
    );
    add(format!("{with} at most {within} after"), &report.after, of);
    add(format!("{with} at the same instant"), &report.at_once, of);
    add(
        "not after, and have time left".to_owned(),
        &report.unfinished,
        of,
    );
    let _ = writeln!(out, "{rows}");
    let mut rows = table(
        [
            "period",
            &format!("people: {of}"),
            &format!("people: {with}"),
        ],
        1,
    );
    for period in &report.periods {
        rows.add_row([
            super::period(&period.period),
            period.of_people.to_string(),
            period.with_people.to_string(),
        ]);
    }
    let _ = writeln!(out, "\n{rows}");
    match report.correlation {
        Some(correlation) => {
            let _ = writeln!(out, "correlation over the whole periods: {correlation:.2}");
        }
        None => {
            let _ = writeln!(out, "too little for a correlation");
        }
    }
    out
}

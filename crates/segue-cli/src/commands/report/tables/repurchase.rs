//! Who orders a second time, as a table.

use super::{percent, time};
use crate::terminal::table;
use segue::insight::{RepurchaseFigures, RepurchaseReport};
use std::fmt::Write as _;

pub(super) fn text(report: &RepurchaseReport) -> String {
    let mut out = String::new();
    let RepurchaseReport {
        from,
        until,
        earlier,
        ..
    } = report;
    let _ = writeln!(
        out,
        "people who first ordered from {from}, events until {until}; {earlier} ordered earlier\n"
    );
    let mut header = vec![
        "first order".to_owned(),
        "people".to_owned(),
        "again".to_owned(),
    ];
    let within = report.all.within.iter();
    header.extend(within.map(|of| format!("within {}", of.within)));
    header.extend(["median gap", "median of all"].map(str::to_owned));
    let mut rows = table(header, 1);
    for cohort in &report.cohorts {
        rows.add_row(row(super::period(&cohort.period), &cohort.figures));
    }
    rows.add_row(row("(all)".to_owned(), &report.all));
    let _ = writeln!(out, "{rows}\nof those whose time is over; + have time left");
    out
}

fn row(name: String, of: &RepurchaseFigures) -> Vec<String> {
    let mut row = vec![name, of.people.to_string(), of.again.to_string()];
    row.extend(of.within.iter().map(|within| {
        let share = format!("{} ({})", within.again, percent(within.share));
        match within.unfinished {
            0 => share,
            unfinished => format!("{share} +{unfinished}"),
        }
    }));
    row.extend([of.median_gap, of.median_of_all].map(time));
    row
}

//! How many are in segments and stages, as tables.

use super::share;
use crate::terminal::table;
use segue::insight::{SegmentSizes, StageStock};
use std::fmt::Write as _;

pub(super) fn sizes(sizes: &SegmentSizes) -> String {
    let mut out = String::new();
    let SegmentSizes { people, until, .. } = sizes;
    let _ = writeln!(out, "{people} people just before {until}\n");
    let mut rows = table(["segment", "people"], 1);
    for of in &sizes.segments {
        let count = format!("{}{}", of.people, share(of.people, *people));
        rows.add_row([of.segment.to_string(), count]);
    }
    let _ = writeln!(out, "{rows}");
    out
}

pub(super) fn stock(stock: &StageStock) -> String {
    let mut out = String::new();
    let StageStock { people, until, .. } = stock;
    let _ = writeln!(out, "{people} people just before {until}\n");
    let stage = format!("stage of {}", stock.lifecycle);
    let has_subjects = stock.stages.iter().any(|of| of.subjects.is_some());
    let mut header = vec![stage, "people".to_owned()];
    header.extend(has_subjects.then(|| "subjects".to_owned()));
    let mut rows = table(header, 1);
    for of in &stock.stages {
        let count = format!("{}{}", of.people, share(of.people, *people));
        let mut row = vec![of.stage.to_string(), count];
        row.extend(of.subjects.map(|subjects| subjects.to_string()));
        rows.add_row(row);
    }
    let none = format!("{}{}", stock.in_none, share(stock.in_none, *people));
    rows.add_row(["(none)".to_owned(), none]);
    let _ = writeln!(out, "{rows}");
    out
}

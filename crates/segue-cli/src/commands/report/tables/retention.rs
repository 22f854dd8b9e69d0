//! Who comes again, as a table.

use super::percent;
use crate::terminal::table;
use segue::insight::RetentionReport;
use std::fmt::Write as _;

pub(super) fn text(report: &RetentionReport) -> String {
    let mut out = String::new();
    let RetentionReport {
        from,
        until,
        people,
        earlier,
        ..
    } = report;
    let _ = writeln!(
        out,
        "{people} people who first came from {from}, events until {until}; {earlier} came earlier\n"
    );
    let mut header = vec!["first came".to_owned(), "people".to_owned()];
    header.extend(report.overall.iter().map(|of| format!("+{}", of.after)));
    let mut rows = table(header, 1);
    for cohort in &report.cohorts {
        let mut row = vec![cohort.period.name.clone(), cohort.size.to_string()];
        row.extend(cohort.cells.iter().map(|cell| {
            let open = if cell.unfinished { "*" } else { "" };
            format!("{} ({}){open}", cell.people, percent(cell.share))
        }));
        rows.add_row(row);
    }
    let mut all = vec!["all finished".to_owned(), String::new()];
    all.extend(report.overall.iter().map(|of| percent(of.share)));
    rows.add_row(all);
    let _ = writeln!(out, "{rows}\n* not over: who is missing may still come");
    out
}

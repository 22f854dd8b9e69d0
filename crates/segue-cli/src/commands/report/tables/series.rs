//! Figures by calendar period, as tables.

use super::value;
use crate::terminal::table;
use segue::insight::{SeriesFigure, SeriesReport};
use std::fmt::Write as _;

pub(super) fn text(report: &SeriesReport) -> String {
    let mut out = String::new();
    let SeriesReport {
        from, until, zone, ..
    } = report;
    let _ = writeln!(out, "events from {from} until {until}, periods of {zone}\n");
    let _ = writeln!(out, "{}", figures(report, &report.all));
    for group in &report.groups {
        let by = report.by.as_deref().unwrap_or_default();
        let value = value(group.value.as_ref());
        let _ = writeln!(out, "\n{by}: {value}\n{}", figures(report, &group.figures));
    }
    if report.groups_left_out > 0 {
        let _ = writeln!(out, "\n(and {} smaller groups)", report.groups_left_out);
    }
    if report.periods.iter().any(|period| !period.whole) {
        let _ = writeln!(out, "* not all of the period is counted");
    }
    out
}

fn figures(report: &SeriesReport, figures: &[SeriesFigure]) -> comfy_table::Table {
    let mut header = vec!["period".to_owned()];
    header.extend(figures.iter().map(|figure| figure.figure.to_string()));
    let mut rows = table(header, 1);
    for (nth, period) in report.periods.iter().enumerate() {
        let mut row = vec![super::period(period)];
        let points = figures.iter().filter_map(|figure| figure.points.get(nth));
        row.extend(points.map(|point| value(point.value.as_ref())));
        rows.add_row(row);
    }
    let mut total = vec!["(all)".to_owned()];
    total.extend(
        figures
            .iter()
            .map(|figure| value(figure.total.value.as_ref())),
    );
    rows.add_row(total);
    rows
}

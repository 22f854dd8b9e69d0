//! Orders and returns, as tables.

use super::{percent, value};
use crate::terminal::table;
use segue::insight::{OrderFigures, OrderGroup, OrderReport};
use std::fmt::Write as _;

pub(super) fn text(report: &OrderReport) -> String {
    let mut out = String::new();
    let OrderReport {
        from, until, zone, ..
    } = report;
    let _ = writeln!(
        out,
        "orders and returns from {from} until {until}, periods of {zone}\n"
    );
    let _ = writeln!(out, "{}", periods(report, &report.all));
    if let Some(by) = &report.by {
        let mut rows = table(header(by), 1);
        for group in &report.groups {
            rows.add_row(row(value(group.value.as_ref()), &group.total));
        }
        let _ = writeln!(out, "\n{rows}");
    }
    if report.groups_left_out > 0 {
        let _ = writeln!(out, "(and {} smaller groups)", report.groups_left_out);
    }
    if let Some(largest) = &report.largest {
        let amount = value(Some(&largest.amount));
        let _ = write!(out, "\nthe largest order: {amount}, {}", largest.at);
        if let Some(by) = &report.by {
            let _ = write!(out, ", {by}: {}", value(largest.group.as_ref()));
        }
        let _ = writeln!(out);
    }
    out
}

fn periods(report: &OrderReport, group: &OrderGroup) -> comfy_table::Table {
    let mut rows = table(header("period"), 1);
    for (period, figures) in report.periods.iter().zip(&group.periods) {
        rows.add_row(row(super::period(period), figures));
    }
    rows.add_row(row("(all)".to_owned(), &group.total));
    rows
}

fn header(of: &str) -> Vec<&str> {
    vec![
        of,
        "orders",
        "buyers",
        "turnover",
        "average",
        "largest",
        "returns",
        "returned",
        "net",
        "returns per order",
    ]
}

fn row(name: String, of: &OrderFigures) -> Vec<String> {
    vec![
        name,
        of.orders.to_string(),
        of.buyers.to_string(),
        value(of.turnover.as_ref()),
        value(of.average_order.as_ref()),
        value(of.largest_order.as_ref()),
        of.returns.to_string(),
        value(of.returned.as_ref()),
        value(of.net.as_ref()),
        percent(of.return_rate),
    ]
}

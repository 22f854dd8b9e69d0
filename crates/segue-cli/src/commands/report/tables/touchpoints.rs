//! A report on touchpoints as tables.

use super::{none, share, time};
use crate::terminal::table;
use segue::insight::{
    Coverage, TargetStatus, TouchpointFlow, TouchpointOverlap, TouchpointPeriod, TouchpointReport,
};
use segue::value::Scalar;
use std::fmt::Write as _;

/// How many kinds and subjects of events without a touchpoint are shown.
const SHOWN: usize = 20;

pub(in crate::commands::report) fn text(report: &TouchpointReport) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "events from {} until {}", report.from, report.until);
    let mut all = table(["touchpoint", "events", "people", "time spent", "goal"], 1);
    for of in &report.touchpoints {
        all.add_row([
            of.touchpoint.to_string(),
            of.total.to_string(),
            of.people.to_string(),
            time(of.time_spent),
            of.document.goal.clone().unwrap_or_else(none),
        ]);
    }
    let _ = writeln!(out, "\ntouchpoints\n{all}");
    for of in &report.touchpoints {
        periods(&mut out, of);
    }
    coverage(&mut out, &report.coverage);
    overlaps(&mut out, &report.overlaps);
    out
}

fn periods(out: &mut String, of: &TouchpointFlow) {
    let kpi = of.document.kpi.as_ref();
    let mut header = vec!["period", "events", "people"];
    let has_time = of.time_spent.is_some();
    let has_control = of.periods.iter().any(|period| period.control.is_some());
    if has_time {
        header.push("time spent");
    }
    if kpi.is_some() {
        header.extend(["KPI", "target", "status"]);
    }
    if has_control {
        header.extend(["control: events", "people"]);
        if kpi.is_some() {
            header.push("KPI");
        }
    }
    let mut rows = table(header, 1);
    for period in &of.periods {
        let mut row = vec![
            period.name.clone(),
            period.events.to_string(),
            period.people.to_string(),
        ];
        if has_time {
            row.push(time(period.time_spent));
        }
        if let Some(kpi) = kpi {
            let target = kpi.target.as_ref().map_or_else(none, ToString::to_string);
            let is_rate = kpi.rate.is_some();
            row.extend([
                value(period.value.as_ref(), is_rate),
                target,
                status(period),
            ]);
        }
        if let Some(control) = &period.control {
            row.extend([control.events.to_string(), control.people.to_string()]);
            row.extend(kpi.map(|kpi| value(control.value.as_ref(), kpi.rate.is_some())));
        }
        rows.add_row(row);
    }
    let _ = writeln!(out, "\n{}\n{rows}", of.touchpoint);
}

fn coverage(out: &mut String, coverage: &Coverage) {
    let Coverage {
        events, unmapped, ..
    } = coverage;
    let share = share(*unmapped, *events);
    let _ = writeln!(
        out,
        "\n{unmapped} of {events} events{share} belong to no touchpoint"
    );
    if !coverage.unmapped_by.is_empty() {
        let mut kinds = table(["kind", "subject", "events"], 2);
        for of in coverage.unmapped_by.iter().take(SHOWN) {
            let subject = of.subject.clone().unwrap_or_else(none);
            kinds.add_row([of.kind.to_string(), subject, of.events.to_string()]);
        }
        let _ = writeln!(out, "{kinds}");
        if let Some(more) = coverage
            .unmapped_by
            .len()
            .checked_sub(SHOWN)
            .filter(|n| *n > 0)
        {
            let _ = writeln!(out, "and {more} more; `--format json` has all");
        }
    }
    if !coverage.unreached.is_empty() {
        let names = coverage.unreached.join(", ");
        let _ = writeln!(out, "nothing happened at: {names}");
    }
}

fn overlaps(out: &mut String, overlaps: &[TouchpointOverlap]) {
    if overlaps.is_empty() {
        return;
    }
    let mut pairs = table(["touchpoint", "and", "events"], 2);
    for of in overlaps {
        let [one, other] = &of.touchpoints;
        pairs.add_row([one.to_string(), other.to_string(), of.events.to_string()]);
    }
    let _ = writeln!(out, "\nevents in common\n{pairs}");
}

fn value(value: Option<&Scalar>, is_rate: bool) -> String {
    match value {
        None => none(),
        Some(Scalar::Real(share)) if is_rate => format!("{:.2}%", share * 100.0),
        Some(Scalar::Real(number)) => format!("{number:.2}"),
        Some(Scalar::Bool(value)) => value.to_string(),
        Some(Scalar::Whole(value)) => value.to_string(),
        Some(Scalar::Unsigned(value)) => value.to_string(),
        Some(Scalar::Text(value)) => value.clone(),
    }
}

fn status(period: &TouchpointPeriod) -> String {
    match period.status {
        Some(TargetStatus::Reached) => "reached".to_owned(),
        Some(TargetStatus::Below) => "below".to_owned(),
        Some(TargetStatus::Unfinished) => "unfinished".to_owned(),
        _ => none(),
    }
}

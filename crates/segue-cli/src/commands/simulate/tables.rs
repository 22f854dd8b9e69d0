//! What a run came to, as tables.

use super::summary::{Summary, source};
use crate::terminal::table;
use segue::Duration;
use segue::insight::{GoalRate, JourneyReport, LifecycleReport, MatrixStock};
use std::fmt::Write as _;

/// The summary as text.
pub(super) fn text(summary: &mut Summary) -> String {
    let mut out = String::new();
    let (from, until) = (shown(summary.from), shown(summary.until));
    let _ = writeln!(out, "{} profiles from {from} to {until}", summary.profiles);
    let events = &summary.events;
    let mut lines = table(["lines", "number"], 1);
    for (what, n) in [
        ("before the start", events.past),
        ("events accepted", events.taken),
        ("events accepted late", events.late),
        ("duplicate events", events.repeated),
        ("conflicting events", events.conflicting),
        ("too late", events.too_late),
        ("too far ahead", events.too_early),
        ("changes of attributes and tags", summary.changes),
        ("identifications", summary.identifications),
        ("after the end", events.after_the_end),
        ("events of unknown kinds", events.unknown_kind),
    ] {
        if n > 0 {
            lines.add_row([what, &n.to_string()]);
        }
    }
    if !lines.is_empty() {
        let _ = writeln!(out, "{lines}");
    }
    for report in &summary.lifecycles {
        lifecycle(&mut out, report);
    }
    for report in &summary.journeys {
        journey(&mut out, report);
    }
    if !summary.effects.is_empty() {
        let mut effects = table(["trigger", "effect", "channel", "number"], 3);
        for (key, count) in &summary.effects {
            let content = key.content_variant.as_ref();
            let content = content.map_or_else(String::new, |name| format!(": {name}"));
            let effect = format!("{} {}{content}", key.action, key.name);
            let by = source(
                key.trigger.as_ref(),
                key.journey.as_ref(),
                key.step.as_ref(),
            );
            effects.add_row([
                or_none(by.as_deref()),
                &effect,
                or_none(key.channel.as_deref()),
                &count.to_string(),
            ]);
        }
        let _ = writeln!(out, "\neffects\n{effects}");
    }
    if !summary.held.is_empty() {
        let mut held = table(["trigger", "message", "reason", "then", "number"], 4);
        for (key, count) in &summary.held {
            let then = if key.waits { "waits" } else { "dropped" };
            let because = key.because.replace('_', " ");
            let by = source(
                key.trigger.as_ref(),
                key.journey.as_ref(),
                key.step.as_ref(),
            );
            held.add_row([
                or_none(by.as_deref()),
                or_none(key.message.as_deref()),
                &because,
                then,
                &count.to_string(),
            ]);
        }
        let _ = writeln!(out, "\nsuppressed\n{held}");
    }
    out
}

fn lifecycle(out: &mut String, report: &LifecycleReport) {
    let mut header = vec!["month".to_owned()];
    for start in &report.start {
        header.extend([start.stage.to_string(), "+".to_owned(), "−".to_owned()]);
    }
    let mut months = table(header, 1);
    let begin = report
        .start
        .iter()
        .flat_map(|s| [s.stock.to_string(), String::new(), String::new()]);
    months.add_row(std::iter::once("before".to_owned()).chain(begin));
    for period in &report.periods {
        let counts = period
            .stages
            .iter()
            .flat_map(|s| [s.stock, s.entered, s.left])
            .map(|n| n.to_string());
        months.add_row(std::iter::once(period.name.clone()).chain(counts));
    }
    let _ = writeln!(
        out,
        "\n{}: stock at the end of the month, entered, left\n{months}",
        report.lifecycle
    );
    if let Some(stock) = &report.matrix {
        matrix(out, &report.lifecycle, stock);
    }
    if let Some(small) = report.too_small.as_ref().filter(|s| !s.stages.is_empty()) {
        let stages = small.stages.join(", ");
        let least = small.least;
        let _ = writeln!(out, "warning: fewer than {least} profiles: {stages}");
    }
    if !report.transitions.is_empty() {
        let mut moves = table(["from", "to", "number"], 2);
        for m in &report.transitions {
            moves.add_row([
                or_none(m.from.as_deref()),
                or_none(m.to.as_deref()),
                &m.count.to_string(),
            ]);
        }
        let _ = writeln!(out, "\n{}: moves\n{moves}", report.lifecycle);
    }
    let mut stays = table(
        [
            "stage",
            "ended",
            "quarter",
            "median",
            "three quarters",
            "open",
            "median with open",
        ],
        1,
    );
    for s in &report.durations {
        stays.add_row([
            s.stage.to_string(),
            s.ended.to_string(),
            length(s.quarter),
            length(s.median),
            length(s.three_quarters),
            s.open.to_string(),
            length(s.median_of_all),
        ]);
    }
    let _ = writeln!(out, "\n{}: time in stage\n{stays}", report.lifecycle);
}

fn matrix(out: &mut String, lifecycle: &str, matrix: &MatrixStock) {
    let corner = format!("{} \\ {}", matrix.row_name, matrix.column_name);
    let columns = matrix.columns.iter().map(ToString::to_string);
    let header = std::iter::once(corner)
        .chain(columns)
        .chain(["all".to_owned()]);
    let mut cells = table(header, 1);
    let line = |name: &str, stock: &[u64]| {
        let all: u64 = stock.iter().sum();
        let counts = stock.iter().chain([&all]).map(ToString::to_string);
        std::iter::once(name.to_owned())
            .chain(counts)
            .collect::<Vec<_>>()
    };
    let mut sums = vec![0; matrix.columns.len()];
    for row in &matrix.rows {
        cells.add_row(line(&row.row, &row.stock));
        sums.iter_mut()
            .zip(&row.stock)
            .for_each(|(sum, n)| *sum += n);
    }
    cells.add_row(line("all", &sums));
    let _ = writeln!(out, "\n{lifecycle}: profiles in each cell\n{cells}");
}

fn journey(out: &mut String, report: &JourneyReport) {
    let mut steps = table(["step", "entered", "left", "in it", "median stay"], 1);
    for step in &report.steps {
        let left = step.left_by.iter();
        let left: Vec<String> = left
            .map(|(because, n)| format!("{n} {}", because.replace('_', " ")))
            .collect();
        steps.add_row([
            step.step.to_string(),
            step.entered.to_string(),
            left.join(", "),
            step.present.to_string(),
            length(step.stay.median),
        ]);
    }
    let _ = writeln!(
        out,
        "\n{}: {} entered, {} in it\n{steps}",
        report.journey, report.entered, report.present
    );
    if report.goal.reached > 0 || report.held_out.of > 0 {
        let rate = |rate: &GoalRate| format!("{} of {}", rate.reached, rate.of);
        let (all, out_of_it) = (rate(&report.goal), rate(&report.held_out));
        let _ = writeln!(
            out,
            "goal: {all} who entered, {out_of_it} who were held out"
        );
    }
}

fn or_none(text: Option<&str>) -> &str {
    text.unwrap_or("–")
}

fn length(length: Option<Duration>) -> String {
    length.map_or_else(|| "–".to_owned(), |l| l.to_string())
}

fn shown(at: Option<segue::Instant>) -> String {
    at.map_or_else(|| "the beginning".to_owned(), |at| at.to_string())
}

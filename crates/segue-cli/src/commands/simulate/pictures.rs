//! What a run came to, as a page of pictures.

use super::summary::{Summary, source};
use segue::{Instant, Zone};
use segue_report::pictures::{Bar, Bars, Matrix};
use segue_report::{Figure, Page, Section, Unit, of, short_period};
use std::collections::{BTreeMap, BTreeSet};

/// The page; `rules` is the name of the rule file.
pub(super) fn page(rules: &str, summary: &Summary, zone: Zone) -> Page {
    let mut page = Page::new("What happened to whom")
        .subtitle(format!("A run of {rules}{}", span(summary, zone)))
        .tile(
            "profiles",
            Unit::Count.show(count(summary.profiles as u64)),
            "",
        );
    let lines = &summary.events;
    let late = format!("{} of them late", Unit::Count.show(count(lines.late)));
    let events = Unit::Count.show(count(lines.taken.saturating_add(lines.late)));
    page = page.tile(
        "events",
        events,
        if lines.late > 0 { late.as_str() } else { "" },
    );
    for (name, n) in [
        ("effects", summary.effects.values().sum::<u64>()),
        ("suppressed", summary.held.values().sum()),
    ] {
        if n > 0 {
            page = page.tile(name, Unit::Count.show(count(n)), "");
        }
    }
    for report in &summary.lifecycles {
        let section = Section::new(format!("Lifecycle {}", report.lifecycle));
        page = page.section(section.figures(of::lifecycle(report)));
    }
    for report in &summary.journeys {
        let section = Section::new(format!("Journey {}", report.journey));
        page = page.section(section.figures(of::journey(report)));
    }
    let mut done = Section::new("What was done, and what was not");
    if !summary.effects.is_empty() {
        done = done.figure(effects(summary));
    }
    if !summary.held.is_empty() {
        done = done.figure(suppressed(summary));
    }
    page.section(done)
}

fn span(summary: &Summary, zone: Zone) -> String {
    let day = |at: Instant| short_period(&zone.date_at(at).to_string());
    match (summary.from, summary.until) {
        (Some(from), Some(until)) => format!(", from {} to {}", day(from), day(until)),
        _ => String::new(),
    }
}

/// How often each trigger and step of a journey did what.
fn effects(summary: &Summary) -> Figure {
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    for (key, n) in &summary.effects {
        let by = source(
            key.trigger.as_ref(),
            key.journey.as_ref(),
            key.step.as_ref(),
        );
        let by = by.unwrap_or_else(|| "at request".to_owned());
        let content = key.content_variant.as_ref();
        let content = content.map_or_else(String::new, |name| format!(": {name}"));
        let channel = key.channel.as_ref();
        let channel = channel.map_or_else(String::new, |channel| format!(" ({channel})"));
        let name = format!("{by}: {} {}{content}{channel}", key.action, key.name);
        *counts.entry(name).or_default() += n;
    }
    let mut bars: Vec<Bar> = (counts.into_iter())
        .map(|(name, n)| Bar::new(name, count(n)))
        .collect();
    bars.sort_by(|a, b| b.value.total_cmp(&a.value));
    let total = summary.effects.values().sum();
    let bars = Bars {
        title: "Effects".to_owned(),
        things: "effect".to_owned(),
        measure: "times".to_owned(),
        unit: Unit::Count,
        bars,
        of: Some(count(total)),
    };
    bars.into()
}

/// What was suppressed, by what it was and why.
fn suppressed(summary: &Summary) -> Figure {
    let mut counts: BTreeMap<(String, String), u64> = BTreeMap::new();
    for (key, n) in &summary.held {
        let by = source(
            key.trigger.as_ref(),
            key.journey.as_ref(),
            key.step.as_ref(),
        );
        let what = match (&key.message, by) {
            (Some(message), Some(by)) => format!("{by}: {message}"),
            (Some(message), None) => message.to_string(),
            (None, by) => by.unwrap_or_default(),
        };
        let then = if key.waits { "waits" } else { "dropped" };
        let why = format!("{}, {then}", key.because.replace('_', " "));
        *counts.entry((what, why)).or_default() += n;
    }
    let rows: BTreeSet<&String> = counts.keys().map(|(what, _)| what).collect();
    let columns: BTreeSet<&String> = counts.keys().map(|(_, why)| why).collect();
    let at = |row: &str, column: &str| {
        let key = (row.to_owned(), column.to_owned());
        counts.get(&key).copied().unwrap_or(0)
    };
    let matrix = Matrix {
        title: "Suppressed".to_owned(),
        measure: "actions".to_owned(),
        row_name: "what".to_owned(),
        column_name: "why".to_owned(),
        rows: rows.iter().map(ToString::to_string).collect(),
        columns: columns.iter().map(ToString::to_string).collect(),
        counts: (rows.iter())
            .map(|row| columns.iter().map(|column| at(row, column)).collect())
            .collect(),
    };
    Figure::from(matrix).note("What waits is tried again, and may be counted more than once.")
}

fn count(n: u64) -> f64 {
    n as f64
}

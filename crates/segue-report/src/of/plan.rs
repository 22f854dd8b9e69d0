//! The communication plan.

use crate::figure::Figure;
use crate::number::{Unit, count, real};
use crate::pictures::{Matrix, Trend, Trends};
use crate::table::Table;
use segue::insight::{CommunicationPlan, PlannedMessage};
use std::collections::{BTreeMap, BTreeSet};

/// How many people each message goes to by day, what holds messages back, and which take the place of which.
#[must_use]
pub fn plan(plan: &CommunicationPlan) -> Vec<Figure> {
    // Those of segments are among everybody.
    let rows: Vec<&PlannedMessage> = plan
        .messages
        .iter()
        .filter(|row| row.segment.is_none())
        .collect();
    let mut figures = Vec::new();
    if rows.is_empty() {
        return figures;
    }
    figures.push(by_day(&rows).into());
    let held = held(&rows);
    if held.counts.iter().flatten().any(|n| *n > 0) {
        figures.push(held.into());
    }
    if !plan.clashes.is_empty() {
        let mut table = Table::new(["goes", "takes the place of", "cap"]).numbers(["people"]);
        for clash in &plan.clashes {
            table.row([
                clash.won.to_string(),
                clash.lost.to_string(),
                clash.cap.to_string(),
                count(clash.people),
            ]);
        }
        let sentence = "Two messages met a frequency cap that let only one of them go.";
        figures.push(Figure::of_table("Clashes", sentence, table));
    }
    figures
}

fn by_day(rows: &[&PlannedMessage]) -> Trends {
    let days: BTreeSet<String> = rows.iter().map(|row| row.day.to_string()).collect();
    let mut by_message: BTreeMap<&str, BTreeMap<String, u64>> = BTreeMap::new();
    for row in rows {
        *by_message
            .entry(&row.message)
            .or_default()
            .entry(row.day.to_string())
            .or_default() += row.sent;
    }
    let lines = by_message.into_iter().map(|(message, sent)| Trend {
        name: message.to_owned(),
        values: days
            .iter()
            .map(|day| Some(real(sent.get(day).copied().unwrap_or(0))))
            .collect(),
    });
    Trends {
        title: "Who gets what on which day".to_owned(),
        things: "message".to_owned(),
        measure: "people".to_owned(),
        unit: Unit::Count,
        lines: lines.collect(),
        periods: days.into_iter().collect(),
    }
}

/// For how many people each message is held back, day by day, by the reason.
fn held(rows: &[&PlannedMessage]) -> Matrix {
    let mut by_message: BTreeMap<&str, [u64; 5]> = BTreeMap::new();
    for row in rows {
        let held = &row.held;
        let counts = by_message.entry(&row.message).or_default();
        let more = [
            held.cap,
            held.hours,
            held.consent,
            held.control_group,
            held.other,
        ];
        for (sum, n) in counts.iter_mut().zip(more) {
            *sum = sum.saturating_add(n);
        }
    }
    let columns = ["cap", "hours", "consent", "control group", "other"];
    Matrix {
        title: "What holds messages back".to_owned(),
        measure: "times".to_owned(),
        row_name: "message".to_owned(),
        column_name: "reason".to_owned(),
        rows: by_message.keys().map(ToString::to_string).collect(),
        columns: columns.map(str::to_owned).to_vec(),
        counts: by_message.values().map(|counts| counts.to_vec()).collect(),
    }
}

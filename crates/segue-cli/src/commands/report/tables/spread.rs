//! How people spread over values and classes, as tables.

use super::{percent, value};
use crate::terminal::table;
use segue::insight::{RfmPeople, RfmReport, SpreadReport};
use std::fmt::Write as _;

pub(super) fn values(report: &SpreadReport) -> String {
    let mut out = String::new();
    let SpreadReport { people, until, .. } = report;
    let _ = writeln!(out, "{people} people just before {until}");
    for over in &report.of {
        let mut rows = table([over.of.to_string(), "people".to_owned()], 1);
        for of in &over.values {
            rows.add_row([value(of.value.as_ref()), count(of.people, of.share)]);
        }
        if over.values_left_out > 0 {
            rows.add_row([format!("(and {} rarer values)", over.values_left_out)]);
        }
        let _ = writeln!(out, "\n{rows}");
        if over.several {
            let _ = writeln!(out, "one person may have several");
        }
    }
    out
}

pub(super) fn rfm(report: &RfmReport) -> String {
    let mut out = String::new();
    let RfmReport {
        people,
        everybody,
        until,
        ..
    } = report;
    let _ = writeln!(
        out,
        "{people} of {everybody} people have all three values just before {until}"
    );
    for score in &report.scores {
        let cuts: Vec<String> = score.cuts.iter().map(|cut| value(Some(cut))).collect();
        let origin = if score.fitted {
            "found among them"
        } else {
            "of the rule file"
        };
        let _ = writeln!(
            out,
            "\ncut points of {}, {origin}: {}",
            score.score,
            cuts.join(", ")
        );
        let mut rows = table([score.score.to_string(), "people".to_owned()], 1);
        for (class, of) in (1..).zip(&score.classes) {
            rows.add_row([format!("{class}"), of_people(of)]);
        }
        rows.add_row(["(missing)".to_owned(), of_people(&score.missing)]);
        let _ = writeln!(out, "{rows}");
    }
    let mut rows = table(["recency", "frequency", "monetary", "people"], 0);
    for cell in &report.cells {
        let classes = [cell.recency, cell.frequency, cell.monetary];
        let classes = classes.iter().map(ToString::to_string);
        rows.add_row(classes.chain([of_people(&cell.people)]));
    }
    let _ = writeln!(out, "\n{rows}");
    if !report.groups.is_empty() {
        let mut rows = table(["segment", "people"], 1);
        for group in &report.groups {
            rows.add_row([group.segment.to_string(), of_people(&group.people)]);
        }
        rows.add_row(["(none of them)".to_owned(), of_people(&report.in_no_group)]);
        let _ = writeln!(out, "\n{rows}");
    }
    out
}

fn of_people(of: &RfmPeople) -> String {
    count(of.people, of.share)
}

fn count(people: u64, share: Option<f64>) -> String {
    format!("{people} ({})", percent(share))
}

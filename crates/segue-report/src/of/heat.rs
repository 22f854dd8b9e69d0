//! When in the week events happen.

use crate::figure::Figure;
use crate::pictures::Heat;
use segue::insight::{ClockChange, HeatMap};

const DAYS: [&str; 7] = [
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
];

pub(super) fn heat(name: &str, report: &HeatMap) -> Figure {
    let first = report.days.first().map_or("", |day| &*day.weekday);
    let mut counts = [[0; 24]; 7];
    for (row, day) in counts.iter_mut().zip(&report.days) {
        for (cell, hour) in row.iter_mut().zip(&day.hours) {
            *cell = hour.events;
        }
    }
    let heat = Heat {
        title: name.to_owned(),
        measure: "events".to_owned(),
        first_day: DAYS.iter().position(|day| *day == first).unwrap_or(0),
        counts,
    };
    let times = |changes: &[ClockChange], what: &str| {
        let times: Vec<&str> = changes.iter().map(|change| &*change.from).collect();
        (!times.is_empty()).then(|| format!(" Clocks {what}: {}.", times.join(", ")))
    };
    let mut note = format!("By the clocks of {}.", report.zone);
    note.extend(times(&report.skipped, "left out an hour"));
    note.extend(times(&report.doubled, "showed an hour twice"));
    Figure::from(heat).note(note)
}

//! When in the week events happen, as a table.

use crate::terminal::table;
use segue::insight::{ClockChange, HeatMap};
use std::fmt::Write as _;

pub(super) fn text(heat: &HeatMap) -> String {
    let mut out = String::new();
    let HeatMap {
        from,
        until,
        zone,
        events,
        people,
        ..
    } = heat;
    let _ = writeln!(
        out,
        "{events} events of {people} people from {from} until {until}, by the clocks of {zone}\n"
    );
    let mut header = vec!["hour".to_owned()];
    header.extend(heat.days.iter().map(|day| day.weekday.to_string()));
    let mut rows = table(header, 1);
    for hour in 0..24 {
        let mut row = vec![format!("{hour:02}:00")];
        let counts = heat.days.iter().filter_map(|day| day.hours.get(hour));
        row.extend(counts.map(|hour| hour.events.to_string()));
        rows.add_row(row);
    }
    let _ = writeln!(out, "{rows}");
    changes(&mut out, "left out", &heat.skipped);
    changes(&mut out, "shown twice", &heat.doubled);
    out
}

fn changes(out: &mut String, what: &str, changes: &[ClockChange]) {
    for change in changes {
        let ClockChange {
            from,
            until,
            weekday,
            ..
        } = change;
        let _ = writeln!(out, "{what} by the clocks: {from} to {until}, a {weekday}");
    }
}

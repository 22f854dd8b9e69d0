//! How instants fall into calendar periods, and what these are called.

use crate::rulebook::Rulebook;
use crate::time::{
    CalendarUnit, Date, Instant, Zone, first_of_period, period_number, period_start,
};

/// How instants fall into calendar periods.
#[derive(Clone, Copy, Debug)]
pub(super) struct Periods {
    pub(super) unit: CalendarUnit,
    zone: Zone,
    week_start: u8,
}

impl Periods {
    /// Those of a rulebook's calendar.
    pub(super) fn new(rulebook: &Rulebook, unit: CalendarUnit) -> Self {
        let calendar = rulebook.context().calendar;
        Periods {
            unit,
            zone: calendar.zone,
            week_start: calendar.week_start,
        }
    }

    pub(super) fn number(&self, at: Instant) -> i64 {
        period_number(self.unit, self.zone.date(at.micros()), self.week_start)
    }

    pub(super) fn start(&self, number: i64) -> Instant {
        Instant::from_micros(period_start(self.unit, number, self.week_start, self.zone))
    }

    pub(super) fn name(&self, number: i64) -> String {
        period_name(
            self.unit,
            first_of_period(self.unit, number, self.week_start),
        )
    }

    pub(super) fn zone(&self) -> Zone {
        self.zone
    }
}

/// The name of the period that begins on a date.
fn period_name(unit: CalendarUnit, first: Date) -> String {
    let text = first.to_string();
    let year = text.get(..4).unwrap_or_default();
    match unit {
        CalendarUnit::Day | CalendarUnit::Week => text,
        CalendarUnit::Month => text.get(..7).unwrap_or_default().to_owned(),
        CalendarUnit::Quarter => format!("{year}-Q{}", (crate::time::month_of_year(first) + 2) / 3),
        CalendarUnit::Year => year.to_owned(),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn periods_have_names() {
        let date = "2026-05-04".parse().unwrap();
        let names = [
            CalendarUnit::Day,
            CalendarUnit::Month,
            CalendarUnit::Quarter,
            CalendarUnit::Year,
        ]
        .map(|unit| period_name(unit, date));
        assert_eq!(names, ["2026-05-04", "2026-05", "2026-Q2", "2026"]);
    }
}

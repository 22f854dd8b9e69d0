//! How instants fall into calendar periods, and what these are called.

use crate::rulebook::Rulebook;
use crate::time::{
    CalendarUnit, Date, Instant, Zone, first_of_period, period_number, period_start,
};
use serde::{Deserialize, Serialize};

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

    /// The numbers of the periods that lie at least in part at or after `from` and before `until`.
    pub(super) fn between(
        &self,
        from: Instant,
        until: Instant,
    ) -> impl Iterator<Item = i64> + use<> {
        let last = Instant::from_micros(until.micros().saturating_sub(1));
        let numbers = (from < until).then(|| self.number(from)..=self.number(last));
        numbers.into_iter().flatten()
    }

    /// What is counted of a period.
    pub(super) fn period(&self, number: i64, from: Instant, until: Instant) -> ReportPeriod {
        let (start, end) = (self.start(number), self.start(number + 1));
        ReportPeriod {
            name: self.name(number),
            from: start.max(from),
            until: end.min(until),
            whole: from <= start && end <= until,
        }
    }
}

/// What a report counts of a calendar period.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ReportPeriod {
    /// `2026-01` for a month, `2026-01-05` for a day or the first day of a week, `2026-Q1`, `2026`.
    pub name: String,
    /// The first instant of the period that is counted (included).
    pub from: Instant,
    /// The end of what is counted (excluded).
    pub until: Instant,
    /// Whether all of the period is counted. Where it is not, its figures are not to be compared with those of others.
    pub whole: bool,
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

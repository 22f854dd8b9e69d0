//! What has come at an instant: a date, a schedule, the end of a silence.

use super::{ReferenceTriggers, category};
use crate::delivery::{midnight, quarters};
use crate::rulebooks::{DateOf, Every, HOUR, Occasion, QUARTER, Trigger, Wait};
use chrono::{Datelike, NaiveDate, NaiveDateTime};
use segue_test_support::reference::Event;
use segue_test_support::reference::calendar::{Calendar, Micros, shift_months};
use segue_test_support::reference::value::Value;
use std::collections::BTreeMap;

impl ReferenceTriggers<'_> {
    /// The events at an instant that were followed by silence, by key: of several the one with the least id.
    pub(super) fn silent(
        &self,
        trigger: &Trigger,
        since: Micros,
    ) -> BTreeMap<Option<String>, Event> {
        let Occasion::Silence {
            first,
            absent,
            same_category,
            hours,
        } = &trigger.on
        else {
            return BTreeMap::new();
        };
        let begun = self
            .profile
            .events
            .iter()
            .filter(|e| e.kind == *first && e.at == since);
        let silent = begun.filter(|a| {
            !self.profile.events.iter().any(|b| {
                let same = category(a).is_some() && category(a) == category(b);
                b.kind == *absent
                    && b.at > since
                    && b.at <= since + hours * HOUR
                    && (same || !same_category)
            })
        });
        let mut by_key: BTreeMap<Option<String>, Event> = BTreeMap::new();
        for event in silent {
            let key = if trigger.per { category(event) } else { None };
            match by_key.get(&key) {
                // "Of those without an id, the one that came last."
                Some(first) if first.id.is_some() && first.id <= event.id => {}
                _ => drop(by_key.insert(key, event.clone())),
            }
        }
        by_key
    }

    /// Whether the wait of an entry is over, as it is now.
    pub(super) fn is_over(&self, trigger: usize, since: Micros) -> bool {
        let calendar = self.calendar();
        let on = |day: NaiveDate, clock: i64| calendar.instant(midnight(day) + quarters(clock));
        let later = |days: i64| calendar.date(since) + chrono::Duration::days(days);
        let end = match self.triggers[trigger].wait {
            None => Some(since),
            Some(Wait::Hours(n)) => Some(since + n * HOUR),
            Some(Wait::Days { days, clock }) => Some(on(later(days), clock)),
            Some(Wait::Clock { weekday, clock }) => {
                let days = (-1..=9).map(later);
                let days = days.filter(|day| {
                    weekday.is_none_or(|wanted| day.weekday().num_days_from_monday() == wanted)
                });
                days.map(|day| on(day, clock))
                    .filter(|at| *at > since)
                    .min()
            }
            Some(Wait::Renewal { days, clock }) => {
                let date = self.attribute("renewal").and_then(date_of);
                date.map(|date| on(date - chrono::Duration::days(days), clock))
            }
        };
        end.is_some_and(|end| end <= self.now)
    }

    /// Whether a date or a schedule falls on an instant.
    pub(super) fn is_due(&self, occasion: &Occasion, t: Micros) -> bool {
        if t % QUARTER != 0
            || !matches!(occasion, Occasion::Date { .. } | Occasion::Schedule { .. })
        {
            return false;
        }
        let calendar = self.calendar();
        match occasion {
            Occasion::Date { of, days, clock } => {
                let bought = self
                    .profile
                    .events
                    .iter()
                    .filter(|e| e.kind == "purchased" && e.at <= self.now);
                let bought = bought.map(|e| e.at);
                let date = match of {
                    DateOf::Renewal => self.attribute("renewal").and_then(date_of),
                    DateOf::Birthday => self.attribute("birthday").and_then(date_of),
                    DateOf::LastPurchase => bought.max().map(|at| calendar.date(at)),
                    DateOf::FirstPurchaseWithin(n) => bought
                        .filter(|at| *at >= self.now - n * HOUR)
                        .min()
                        .map(|at| calendar.date(at)),
                };
                let Some(date) = date else { return false };
                let passed = calendar.local(t).year() - date.year();
                let years = if *of == DateOf::Birthday {
                    (passed - 1).max(0)..=passed + 1
                } else {
                    0..=0
                };
                let mut dates = years.filter_map(|n| shift_months(date, i64::from(n) * 12));
                dates.any(|d| {
                    shows_first(
                        &calendar,
                        midnight(d) + chrono::Duration::days(*days) + quarters(*clock),
                        t,
                    )
                })
            }
            Occasion::Schedule {
                every,
                clock,
                segment,
            } => {
                let days = (-1..=1).map(|n| calendar.local(t).date() + chrono::Duration::days(n));
                let mut meant = days.filter(|day| match every {
                    Every::Day => true,
                    Every::Weekday(wanted) => day.weekday().num_days_from_monday() == *wanted,
                    Every::DayOfMonth(wanted) => day.day() == (*wanted).min(last_day(*day)),
                    Every::WorkingDay => day.weekday().num_days_from_monday() < 5,
                    Every::Hours(_) => true,
                });
                let clocks: Vec<i64> = match every {
                    Every::Hours(n) => (0..24 / n).map(|i| i * n * 4).collect(),
                    _ => vec![*clock],
                };
                let shown = |day: NaiveDate| {
                    let mut times = clocks.iter().map(|clock| midnight(day) + quarters(*clock));
                    times.any(|time| shows_first(&calendar, time, t))
                };
                self.segments[*segment] && meant.any(shown)
            }
            _ => false,
        }
    }
}

fn date_of(value: Value) -> Option<NaiveDate> {
    if let Value::Date(date) = value {
        Some(date)
    } else {
        None
    }
}

/// Whether an instant is the first at which clocks show a time, or more where they leave it out.
fn shows_first(calendar: &Calendar, wanted: NaiveDateTime, t: Micros) -> bool {
    let earlier = (1..=12).map(|n| t - n * QUARTER);
    calendar.local(t) >= wanted
        && calendar.local(t) - wanted < chrono::Duration::hours(3)
        && earlier.into_iter().all(|t| calendar.local(t) < wanted)
}

fn last_day(day: NaiveDate) -> u32 {
    (28..=31)
        .filter(|n| day.with_day(*n).is_some())
        .max()
        .unwrap_or(28)
}

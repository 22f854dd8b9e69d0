//! When in the week events happen: weekdays by hours, as the clocks of the rulebook's zone show them.

use super::gathered::Gathered;
use super::selected::selected;
use crate::eval::collection::events::SelectNode;
use crate::eval::{BindError, Binder};
use crate::population::Members;
use crate::profile::{Model, Profile};
use crate::rulebook::Rulebook;
use crate::rulebook::reports::HeatPlan;
use crate::time::{DAY, Date, Duration, HOUR, Instant, WEEKDAYS, Zone, hour_of, weekday};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

const DAYS: usize = 7;
const HOURS: usize = 24;

/// How events spread over the hours of the week.
///
/// Hours and weekdays are those that `hour` and `weekday` have in rules: of the rulebook's zone, for every profile alike. Where clocks are set
/// back, two hours of the day are one hour here; where they are set forward, one hour has no events because there was none.
/// [`skipped`](Self::skipped), [`doubled`](Self::doubled) and [`open`](HeatHour::open) say so.
///
/// ```
/// use segue::insight::{ReportBuilder, ReportResult};
/// use segue::profile::{Model, Record};
/// use segue::Rulebook;
///
/// let rulebook = Rulebook::from_toml(r#"
///     timezone = "Europe/Rome"
///     schema.events.visited = {}
///     reports.r.heat = "visited"
/// "#)?;
/// let model = Model::<Record>::for_schema(rulebook.schema());
/// let (from, until) = ("2026-03-01T00:00:00Z".parse()?, "2026-05-01T00:00:00Z".parse()?);
/// let mut report = ReportBuilder::new(&rulebook, &model, "r", from, until)?;
/// report.record(&Record::from_json(rulebook.schema(), r#"{"id": "anna", "events": [
///     {"kind": "visited", "at": "2026-03-02T09:30:00Z"},
///     {"kind": "visited", "at": "2026-03-09T09:59:00Z"}]}"#)?);
///
/// let ReportResult::Heat(heat) = report.build() else { panic!("another kind") };
/// let ten_on_mondays = &heat.days[0].hours[10];
/// assert_eq!((ten_on_mondays.events, ten_on_mondays.people), (2, 1));
/// // The hour that clocks left out on the 29th of March.
/// assert_eq!((&*heat.skipped[0].from, heat.doubled.len()), ("2026-03-29 02:00", 0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct HeatMap {
    /// From when on events are counted (included).
    pub from: Instant,
    /// Up to when (excluded).
    pub until: Instant,
    /// The zone whose clocks are read.
    pub zone: Zone,
    /// How many events there were.
    pub events: u64,
    /// How many profiles had one.
    pub people: u64,
    /// Who they are.
    #[serde(skip)]
    pub members: Members,
    /// The days of the week, the first day of the rulebook's week first.
    pub days: Vec<HeatDay>,
    /// The times that clocks left out between `from` and `until`.
    pub skipped: Vec<ClockChange>,
    /// The times that clocks showed twice between `from` and `until`.
    pub doubled: Vec<ClockChange>,
}

/// A day of the week.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct HeatDay {
    /// `monday` to `sunday`.
    pub weekday: Cow<'static, str>,
    /// The hours from 0 to 23.
    pub hours: Vec<HeatHour>,
}

/// An hour of the week.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct HeatHour {
    /// 0 to 23: from when on, as clocks show it.
    pub hour: u8,
    /// How many events there were.
    pub events: u64,
    /// How many profiles had one.
    pub people: u64,
    /// Who they are.
    #[serde(skip)]
    pub members: Members,
    /// How much time there was: of how many such hours between `from` and `until` the events are.
    pub open: Duration,
}

/// A change of the clocks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ClockChange {
    /// The instant of the change.
    pub at: Instant,
    /// The first time that was left out or came twice, as clocks show it: `2026-03-29 02:00`.
    pub from: String,
    /// Its end (excluded): `2026-03-29 03:00`.
    pub until: String,
    /// The weekday on which it begins.
    pub weekday: Cow<'static, str>,
    /// The hour in which it begins.
    pub hour: u8,
}

/// Counts events by the hours of the week.
pub(super) struct HeatBuilder<P: Profile> {
    events: SelectNode<P>,
    from: Instant,
    until: Instant,
    zone: Zone,
    week_start: usize,
    population: usize,
    total: u64,
    people: Gathered,
    /// From Monday on.
    cells: Vec<Cell>,
}

#[derive(Clone, Debug, Default)]
struct Cell {
    events: u64,
    people: Gathered,
}

impl<P: Profile> HeatBuilder<P> {
    pub(super) fn new(
        heat: &HeatPlan,
        (rulebook, model): (&Rulebook, &Model<P>),
        (from, until): (Instant, Instant),
    ) -> Result<Self, BindError> {
        let calendar = rulebook.context().calendar;
        let mut binder = Binder::new(model, rulebook.schema(), calendar);
        let events = binder.select(&heat.events);
        binder.finish()?;
        Ok(HeatBuilder {
            events,
            from,
            until,
            zone: calendar.zone,
            week_start: usize::from(calendar.week_start),
            population: 0,
            total: 0,
            people: Gathered::default(),
            cells: vec![Cell::default(); DAYS * HOURS],
        })
    }

    pub(super) fn record(&mut self, profile: &P) {
        let position = self.population;
        self.population += 1;
        let events = selected(&self.events, profile, self.until);
        for event in events.iter().filter(|of| of.instant() >= self.from) {
            self.total += 1;
            self.people.add(position);
            let cell = self.cells.get_mut(cell_of(event.at, self.zone));
            if let Some(cell) = cell {
                cell.events += 1;
                cell.people.add(position);
            }
        }
    }

    pub(super) fn build(&self) -> HeatMap {
        let clock = Clock::walk(self.from, self.until, self.zone);
        let hour = |number: usize, hour: u8| {
            let cell = self.cells.get(number).cloned().unwrap_or_default();
            HeatHour {
                hour,
                events: cell.events,
                people: cell.people.count(),
                members: cell.people.members(self.population),
                open: Duration::from_micros(clock.open.get(number).copied().unwrap_or(0)),
            }
        };
        let days = (0..DAYS).map(|nth| {
            let day = (nth + self.week_start) % DAYS;
            HeatDay {
                weekday: weekday_name(day),
                hours: (0..24_u8)
                    .map(|of| hour(day * HOURS + usize::from(of), of))
                    .collect(),
            }
        });
        HeatMap {
            from: self.from,
            until: self.until,
            zone: self.zone,
            events: self.total,
            people: self.people.count(),
            members: self.people.members(self.population),
            days: days.collect(),
            skipped: clock.skipped,
            doubled: clock.doubled,
        }
    }
}

/// The position of an instant's hour in the week, from Monday on.
fn cell_of(at: i64, zone: Zone) -> usize {
    let day = usize::try_from(weekday(zone.date(at))).unwrap_or(0);
    let hour = usize::try_from(hour_of(at, zone)).unwrap_or(0);
    day * HOURS + hour
}

fn weekday_name(day: usize) -> Cow<'static, str> {
    Cow::Borrowed(WEEKDAYS.get(day).copied().unwrap_or_default())
}

/// What clocks show between two instants.
struct Clock {
    /// Microseconds by hour of the week, from Monday on.
    open: Vec<i64>,
    skipped: Vec<ClockChange>,
    doubled: Vec<ClockChange>,
}

impl Clock {
    fn walk(from: Instant, until: Instant, zone: Zone) -> Self {
        let mut clock = Clock {
            open: vec![0; DAYS * HOURS],
            skipped: Vec::new(),
            doubled: Vec::new(),
        };
        let (mut at, until) = (from.micros(), until.micros());
        while at < until {
            let (offset, end) = (zone.offset(at), zone.stretch_end(at).min(until));
            clock.open(at, end, zone);
            // INVARIANT: a stretch ends after it begins.
            at = end.max(at.saturating_add(1));
            let then = zone.offset(at);
            if at < until && then != offset {
                clock.change(at, offset, then, zone);
            }
        }
        clock
    }

    /// A stretch of one date and one offset.
    fn open(&mut self, mut at: i64, end: i64, zone: Zone) {
        while at < end {
            let local = zone.local(at);
            let next = at + HOUR - local.rem_euclid(HOUR);
            if let Some(open) = self.open.get_mut(cell_of(at, zone)) {
                *open = open.saturating_add(next.min(end) - at);
            }
            at = next;
        }
    }

    /// Clocks go from one offset to another.
    fn change(&mut self, at: i64, before: i64, then: i64, zone: Zone) {
        let (low, high) = (at + before.min(then), at + before.max(then));
        let is_skipped = then > before;
        // What comes twice has the weekday of its events; what is left out has that of its date.
        let cell = if is_skipped {
            let date = Date::from_days(i32::try_from(low.div_euclid(DAY)).unwrap_or(i32::MAX));
            usize::try_from(weekday(date)).unwrap_or(0)
        } else {
            cell_of(at, zone) / HOURS
        };
        let change = ClockChange {
            at: Instant::from_micros(at),
            from: shown(low),
            until: shown(high),
            weekday: weekday_name(cell),
            hour: u8::try_from(low.rem_euclid(DAY) / HOUR).unwrap_or(0),
        };
        if is_skipped {
            self.skipped.push(change);
        } else {
            self.doubled.push(change);
        }
    }
}

/// `2026-03-29 02:00`
fn shown(local: i64) -> String {
    let utc = Instant::from_micros(local).to_utc();
    utc.format("%Y-%m-%d %H:%M").to_string()
}

impl HeatMap {
    pub(super) fn members(&self) -> Vec<(String, &Members)> {
        let mut all = vec![("at any hour".to_owned(), &self.members)];
        for day in &self.days {
            for hour in &day.hours {
                all.push((
                    format!("{} {:02}:00", day.weekday, hour.hour),
                    &hour.members,
                ));
            }
        }
        all
    }
}

//! Who comes again: people by the period in which they first came, and how many of them are there in the periods after it.

use super::gathered::{Gathered, share};
use super::periods::{Periods, ReportPeriod};
use super::selected::selected;
use crate::eval::collection::events::SelectNode;
use crate::eval::{BindError, Binder};
use crate::population::Members;
use crate::profile::{Model, Profile};
use crate::rulebook::Rulebook;
use crate::rulebook::reports::RetentionPlan;
use crate::time::{CalendarUnit, Instant, Zone};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How many people come again, by the calendar period of their first event.
///
/// Everybody who has a first event at or after `from` and before `until` is in exactly one cohort. A cell whose period is not over at
/// `until` is [`unfinished`](RetentionCell::unfinished): who is missing there may still come. Cells that have not begun are not listed.
///
/// ```
/// use segue::insight::{ReportBuilder, ReportResult};
/// use segue::profile::{Model, Record};
/// use segue::Rulebook;
///
/// let rulebook = Rulebook::from_toml(r#"
///     schema.events.purchased = {}
///     reports.r.retention = { first = "purchased", per = "month", periods = 3 }
/// "#)?;
/// let model = Model::<Record>::for_schema(rulebook.schema());
/// let (from, until) = ("2026-03-01T00:00:00Z".parse()?, "2026-05-01T00:00:00Z".parse()?);
/// let mut report = ReportBuilder::new(&rulebook, &model, "r", from, until)?;
/// report.record(&Record::from_json(rulebook.schema(), r#"{"id": "anna", "events": [
///     {"kind": "purchased", "at": "2026-03-02T09:30:00Z"},
///     {"kind": "purchased", "at": "2026-04-09T10:00:00Z"}]}"#)?);
///
/// let ReportResult::Retention(retention) = report.build() else { panic!("another kind") };
/// let march = &retention.cohorts[0];
/// let again: Vec<u64> = march.cells.iter().map(|cell| cell.people).collect();
/// assert_eq!((march.size, again), (1, vec![0, 1]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RetentionReport {
    /// From when on first events are counted (included).
    pub from: Instant,
    /// Up to when events are seen (excluded).
    pub until: Instant,
    /// The zone in which periods begin.
    pub zone: Zone,
    /// The length of the periods.
    pub per: CalendarUnit,
    /// How many people are in the cohorts.
    pub people: u64,
    /// Who they are.
    #[serde(skip)]
    pub members: Members,
    /// How many people had their first event before `from`. They are in no cohort.
    pub earlier: u64,
    /// The cohorts in order, without gaps.
    pub cohorts: Vec<RetentionCohort>,
    /// All cohorts together, by the number of periods after the first, as far as they are finished.
    pub overall: Vec<RetentionTotal>,
}

/// The people whose first event is in one period.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RetentionCohort {
    /// The period. Where it is not whole, there may be more of its people than are counted.
    #[serde(flatten)]
    pub period: ReportPeriod,
    /// How many people.
    pub size: u64,
    /// Who they are.
    #[serde(skip)]
    pub members: Members,
    /// The period itself and those after it, as far as they have begun.
    pub cells: Vec<RetentionCell>,
}

/// The people of a cohort who came again in one period.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RetentionCell {
    /// How many periods after that of the first event. 0: in the same period, after the first event.
    pub after: u32,
    /// The name of the period.
    pub name: String,
    /// How many people.
    pub people: u64,
    /// Their share of the cohort, 0 to 1; `None` of a cohort without people.
    pub share: Option<f64>,
    /// Whether the period is not over at `until`.
    pub unfinished: bool,
    /// Who they are.
    #[serde(skip)]
    pub members: Members,
}

/// The cohorts whose cell at a distance is finished, together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RetentionTotal {
    /// How many periods after that of the first event.
    pub after: u32,
    /// How many people these cohorts have.
    pub size: u64,
    /// How many of them came again.
    pub people: u64,
    /// Their share, 0 to 1; `None` if there is nobody.
    pub share: Option<f64>,
}

/// Counts people by cohort.
pub(super) struct RetentionBuilder<P: Profile> {
    first: SelectNode<P>,
    again: SelectNode<P>,
    from: Instant,
    until: Instant,
    periods: Periods,
    /// How many periods after the first.
    reach: u32,
    population: usize,
    people: Gathered,
    earlier: u64,
    cohorts: BTreeMap<i64, Cohort>,
}

#[derive(Clone, Debug, Default)]
struct Cohort {
    people: Gathered,
    /// By the number of periods after the first.
    again: BTreeMap<u32, Gathered>,
}

impl<P: Profile> RetentionBuilder<P> {
    pub(super) fn new(
        retention: &RetentionPlan,
        (rulebook, model): (&Rulebook, &Model<P>),
        (from, until): (Instant, Instant),
    ) -> Result<Self, BindError> {
        let calendar = rulebook.context().calendar;
        let mut binder = Binder::new(model, rulebook.schema(), calendar);
        let first = binder.select(&retention.first);
        let again = binder.select(&retention.again);
        binder.finish()?;
        Ok(RetentionBuilder {
            first,
            again,
            from,
            until,
            periods: Periods::new(rulebook, retention.per),
            reach: retention.periods,
            population: 0,
            people: Gathered::default(),
            earlier: 0,
            cohorts: BTreeMap::new(),
        })
    }

    pub(super) fn record(&mut self, profile: &P) {
        let position = self.population;
        self.population += 1;
        let all = selected(&self.first, profile, self.until);
        let Some(first) = all.first() else {
            return;
        };
        if first.instant() < self.from {
            self.earlier += 1;
            return;
        }
        self.people.add(position);
        let number = self.periods.number(first.instant());
        let cohort = self.cohorts.entry(number).or_default();
        cohort.people.add(position);
        let again = selected(&self.again, profile, self.until);
        for event in &again {
            if event.at < first.at || event.is(first) {
                continue;
            }
            let distance = u32::try_from(self.periods.number(event.instant()) - number);
            if let Some(distance) = distance.ok().filter(|n| *n <= self.reach) {
                cohort.again.entry(distance).or_default().add(position);
            }
        }
    }

    pub(super) fn build(&self) -> RetentionReport {
        let numbers = self.periods.between(self.from, self.until);
        let cohorts: Vec<_> = numbers.map(|number| self.cohort(number)).collect();
        RetentionReport {
            from: self.from,
            until: self.until,
            zone: self.periods.zone(),
            per: self.periods.unit,
            people: self.people.count(),
            members: self.people.members(self.population),
            earlier: self.earlier,
            overall: overall(&cohorts, self.reach),
            cohorts,
        }
    }

    fn cohort(&self, number: i64) -> RetentionCohort {
        let nobody = Cohort::default();
        let cohort = self.cohorts.get(&number).unwrap_or(&nobody);
        let size = cohort.people.count();
        let cells = (0..=self.reach).map_while(|after| {
            let of = number + i64::from(after);
            (self.periods.start(of) < self.until).then(|| {
                let people = cohort.again.get(&after).cloned().unwrap_or_default();
                RetentionCell {
                    after,
                    name: self.periods.name(of),
                    people: people.count(),
                    share: share(people.count(), size),
                    unfinished: self.periods.start(of + 1) > self.until,
                    members: people.members(self.population),
                }
            })
        });
        RetentionCohort {
            period: self.periods.period(number, self.from, self.until),
            size,
            members: cohort.people.members(self.population),
            cells: cells.collect(),
        }
    }
}

fn overall(cohorts: &[RetentionCohort], reach: u32) -> Vec<RetentionTotal> {
    let total = |after: u32| {
        let (mut size, mut people) = (0, 0);
        for cohort in cohorts {
            let cell = cohort.cells.iter().find(|cell| cell.after == after);
            if let Some(cell) = cell.filter(|cell| !cell.unfinished) {
                size += cohort.size;
                people += cell.people;
            }
        }
        RetentionTotal {
            after,
            size,
            people,
            share: share(people, size),
        }
    };
    (0..=reach).map(total).collect()
}

impl RetentionReport {
    pub(super) fn members(&self) -> Vec<(String, &Members)> {
        let mut all = vec![("in a cohort".to_owned(), &self.members)];
        for cohort in &self.cohorts {
            let name = &cohort.period.name;
            all.push((format!("cohort {name}"), &cohort.members));
            for cell in &cohort.cells {
                all.push((
                    format!("cohort {name}, again in {}", cell.name),
                    &cell.members,
                ));
            }
        }
        all
    }
}

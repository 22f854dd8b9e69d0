//! Who orders a second time, and how soon.

use super::durations::VisitLengths;
use super::gathered::{Gathered, share};
use super::kpi::after;
use super::periods::{Periods, ReportPeriod};
use super::selected::{Selected, selected};
use super::taken_back::ReturnsNode;
use crate::eval::collection::events::SelectNode;
use crate::eval::{BindError, Binder};
use crate::ir::CalendarSpan;
use crate::population::Members;
use crate::profile::{Model, Profile};
use crate::rulebook::Rulebook;
use crate::rulebook::reports::RepurchasePlan;
use crate::time::{CalendarUnit, Duration, Instant, Zone};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// How many people order a second time, and how soon, by the calendar period of their first order.
///
/// Whose time for a second order is not over at `until` is counted apart, never as somebody who does not come again. Where returns are
/// taken off, an order that was returned before `until` is none.
///
/// ```
/// use segue::insight::{ReportBuilder, ReportResult};
/// use segue::profile::{Model, Record};
/// use segue::Rulebook;
///
/// let rulebook = Rulebook::from_toml(r#"
///     schema.events.purchased = {}
///     reports.r.repurchase = { of = "purchased", within = ["7 days", "90 days"] }
/// "#)?;
/// let model = Model::<Record>::for_schema(rulebook.schema());
/// let (from, until) = ("2026-03-01T00:00:00Z".parse()?, "2026-05-01T00:00:00Z".parse()?);
/// let mut report = ReportBuilder::new(&rulebook, &model, "r", from, until)?;
/// report.record(&Record::from_json(rulebook.schema(), r#"{"id": "anna", "events": [
///     {"kind": "purchased", "at": "2026-03-02T10:00:00Z"},
///     {"kind": "purchased", "at": "2026-03-12T10:00:00Z"}]}"#)?);
///
/// let ReportResult::Repurchase(repurchase) = report.build() else { panic!("another kind") };
/// let [week, quarter] = repurchase.all.within.as_slice() else { panic!("two lengths of time") };
/// assert_eq!((week.people, week.again), (1, 0));
/// // 90 days are not over yet.
/// assert_eq!((quarter.people, quarter.unfinished, quarter.already), (0, 1, 1));
/// assert_eq!(repurchase.all.median_gap, Some("10 days".parse()?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RepurchaseReport {
    /// From when on first orders are counted (included).
    pub from: Instant,
    /// Up to when events are seen (excluded).
    pub until: Instant,
    /// The zone in which periods begin.
    pub zone: Zone,
    /// The length of the periods.
    pub per: CalendarUnit,
    /// How many people had their first order before `from`. They are not counted.
    pub earlier: u64,
    /// Everybody.
    pub all: RepurchaseFigures,
    /// By the period of the first order, without gaps.
    pub cohorts: Vec<RepurchaseCohort>,
}

/// The people whose first order is in one period.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RepurchaseCohort {
    /// The period.
    #[serde(flatten)]
    pub period: ReportPeriod,
    /// The people.
    pub figures: RepurchaseFigures,
}

/// Second orders of some people.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RepurchaseFigures {
    /// How many people have a first order.
    pub people: u64,
    /// Who they are.
    #[serde(skip)]
    pub members: Members,
    /// How many have a second one, however late.
    pub again: u64,
    /// Who they are.
    #[serde(skip)]
    pub again_members: Members,
    /// Within each length of time that was asked for.
    pub within: Vec<RepurchaseWithin>,
    /// The median of the time between both orders, of those who have a second one; in whole minutes.
    pub median_gap: Option<Duration>,
    /// The median of all, estimated after Kaplan and Meier: for who has no second order, the time is longer than it has been so
    /// far. `None` if fewer than half would order again.
    pub median_of_all: Option<Duration>,
}

/// Second orders within a length of time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RepurchaseWithin {
    /// The length of time, as it is written. Its end belongs to it.
    pub within: Arc<str>,
    /// How many people have had so long since their first order.
    pub people: u64,
    /// Who they are.
    #[serde(skip)]
    pub members: Members,
    /// How many of them have ordered again within it.
    pub again: u64,
    /// Who they are.
    #[serde(skip)]
    pub again_members: Members,
    /// Their share, 0 to 1; `None` if nobody has had so long.
    pub share: Option<f64>,
    /// How many people have not had so long yet.
    pub unfinished: u64,
    /// Who they are.
    #[serde(skip)]
    pub unfinished_members: Members,
    /// How many of these have ordered again already.
    pub already: u64,
    /// Who they are.
    #[serde(skip)]
    pub already_members: Members,
}

/// Counts second orders by cohort.
pub(super) struct RepurchaseBuilder<P: Profile> {
    orders: SelectNode<P>,
    returns: Option<ReturnsNode<P>>,
    within: Vec<(Arc<str>, CalendarSpan)>,
    periods: Periods,
    from: Instant,
    until: Instant,
    population: usize,
    earlier: u64,
    all: Tally,
    cohorts: BTreeMap<i64, Tally>,
}

#[derive(Clone, Debug, Default)]
struct Tally {
    people: Gathered,
    again: Gathered,
    within: Vec<WithinTally>,
    gaps: VisitLengths,
    /// How long those who have no second order have had so far.
    open: VisitLengths,
}

#[derive(Clone, Debug, Default)]
struct WithinTally {
    people: Gathered,
    again: Gathered,
    unfinished: Gathered,
    already: Gathered,
}

impl<P: Profile> RepurchaseBuilder<P> {
    pub(super) fn new(
        repurchase: &RepurchasePlan,
        (rulebook, model): (&Rulebook, &Model<P>),
        (from, until): (Instant, Instant),
    ) -> Result<Self, BindError> {
        let calendar = rulebook.context().calendar;
        let mut binder = Binder::new(model, rulebook.schema(), calendar);
        let orders = binder.select(&repurchase.of);
        let returns = repurchase.less.as_ref();
        let returns = returns.map(|returns| ReturnsNode::bind(returns, &mut binder));
        binder.finish()?;
        Ok(RepurchaseBuilder {
            orders,
            returns,
            within: repurchase.within.clone(),
            periods: Periods::new(rulebook, repurchase.per),
            from,
            until,
            population: 0,
            earlier: 0,
            all: Tally::default(),
            cohorts: BTreeMap::new(),
        })
    }

    pub(super) fn record(&mut self, profile: &P) {
        let position = self.population;
        self.population += 1;
        let mut kept = self.kept(profile).into_iter();
        let Some(first) = kept.next() else {
            return;
        };
        if first < self.from {
            self.earlier += 1;
            return;
        }
        let orders = FirstOrders {
            position,
            first,
            second: kept.next(),
            until: self.until,
        };
        let zone = self.periods.zone();
        let cohort = self.cohorts.entry(self.periods.number(first)).or_default();
        for tally in [&mut self.all, cohort] {
            tally.add(&orders, &self.within, zone);
        }
    }

    /// The instants of the orders that were not taken back.
    fn kept(&self, profile: &P) -> Vec<Instant> {
        let orders = selected(&self.orders, profile, self.until);
        let mut is_kept = vec![true; orders.len()];
        if let Some(node) = &self.returns {
            let returns = node.of(profile, self.until);
            for taken in node.matched(&orders, &returns).into_iter().flatten() {
                if let Some(is_kept) = is_kept.get_mut(taken) {
                    *is_kept = false;
                }
            }
        }
        let kept = orders.iter().zip(is_kept);
        kept.filter(|(_, is_kept)| *is_kept)
            .map(|(order, _)| Selected::instant(order))
            .collect()
    }

    pub(super) fn build(&self) -> RepurchaseReport {
        let nobody = Tally::default();
        let cohorts = self.periods.between(self.from, self.until);
        let cohorts = cohorts.map(|number| {
            let tally = self.cohorts.get(&number).unwrap_or(&nobody);
            RepurchaseCohort {
                period: self.periods.period(number, self.from, self.until),
                figures: self.figures(tally),
            }
        });
        RepurchaseReport {
            from: self.from,
            until: self.until,
            zone: self.periods.zone(),
            per: self.periods.unit,
            earlier: self.earlier,
            all: self.figures(&self.all),
            cohorts: cohorts.collect(),
        }
    }

    fn figures(&self, tally: &Tally) -> RepurchaseFigures {
        let members = |of: &Gathered| of.members(self.population);
        let nobody = WithinTally::default();
        let within = self.within.iter().enumerate().map(|(nth, (text, _))| {
            let of = tally.within.get(nth).unwrap_or(&nobody);
            RepurchaseWithin {
                within: text.clone(),
                people: of.people.count(),
                members: members(&of.people),
                again: of.again.count(),
                again_members: members(&of.again),
                share: share(of.again.count(), of.people.count()),
                unfinished: of.unfinished.count(),
                unfinished_members: members(&of.unfinished),
                already: of.already.count(),
                already_members: members(&of.already),
            }
        });
        RepurchaseFigures {
            people: tally.people.count(),
            members: members(&tally.people),
            again: tally.again.count(),
            again_members: members(&tally.again),
            within: within.collect(),
            median_gap: tally.gaps.quantile(1, 2),
            median_of_all: tally.gaps.median_with_open(&tally.open),
        }
    }
}

/// The first two orders of a profile.
struct FirstOrders {
    position: usize,
    first: Instant,
    second: Option<Instant>,
    until: Instant,
}

impl Tally {
    fn add(&mut self, orders: &FirstOrders, within: &[(Arc<str>, CalendarSpan)], zone: Zone) {
        let position = orders.position;
        self.people.add(position);
        if let Some(second) = orders.second {
            self.again.add(position);
            self.gaps.add(orders.first, second);
        } else {
            self.open.add(orders.first, orders.until);
        }
        self.within.resize_with(within.len(), WithinTally::default);
        for (tally, (_, within)) in self.within.iter_mut().zip(within) {
            let end = Instant::from_micros(after(orders.first.micros(), *within, zone));
            let is_again = orders.second.is_some_and(|second| second <= end);
            let (people, again) = if end < orders.until {
                (&mut tally.people, &mut tally.again)
            } else {
                (&mut tally.unfinished, &mut tally.already)
            };
            people.add(position);
            if is_again {
                again.add(position);
            }
        }
    }
}

impl RepurchaseReport {
    pub(super) fn members(&self) -> Vec<(String, &Members)> {
        let mut all = Vec::new();
        self.all.list(&mut all, "");
        for cohort in &self.cohorts {
            cohort
                .figures
                .list(&mut all, &format!("{}, ", cohort.period.name));
        }
        all
    }
}

impl RepurchaseFigures {
    fn list<'r>(&'r self, all: &mut Vec<(String, &'r Members)>, of: &str) {
        all.push((format!("{of}first order"), &self.members));
        all.push((format!("{of}second order"), &self.again_members));
        for within in &self.within {
            let length = &within.within;
            all.push((format!("{of}{length} over"), &within.members));
            all.push((format!("{of}again within {length}"), &within.again_members));
            all.push((format!("{of}{length} not over"), &within.unfinished_members));
            let already = &within.already_members;
            all.push((format!("{of}{length} not over, again already"), already));
        }
    }
}

//! How two behaviours go together in time.

use super::gathered::{Gathered, share};
use super::kpi::{after, longest};
use super::periods::{Periods, ReportPeriod};
use super::selected::{Selected, selected};
use crate::eval::collection::events::SelectNode;
use crate::eval::{BindError, Binder};
use crate::ir::CalendarSpan;
use crate::population::Members;
use crate::profile::{Model, Profile};
use crate::rulebook::Rulebook;
use crate::rulebook::reports::TogetherPlan;
use crate::time::{CalendarUnit, Instant, Zone};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// How many of the people with one behaviour also have another one soon before or after it, and whether both rise and fall together.
///
/// ```
/// use segue::insight::{ReportBuilder, ReportResult};
/// use segue::profile::{Model, Record};
/// use segue::Rulebook;
///
/// let rulebook = Rulebook::from_toml(r#"
///     schema.events = { visited = {}, purchased = {} }
///     reports.r.together = { of = "visited", with = "purchased", within = "7 days" }
/// "#)?;
/// let model = Model::<Record>::for_schema(rulebook.schema());
/// let (from, until) = ("2026-03-01T00:00:00Z".parse()?, "2026-05-01T00:00:00Z".parse()?);
/// let mut report = ReportBuilder::new(&rulebook, &model, "r", from, until)?;
/// report.record(&Record::from_json(rulebook.schema(), r#"{"id": "anna", "events": [
///     {"kind": "visited", "at": "2026-03-02T10:00:00Z"},
///     {"kind": "purchased", "at": "2026-03-09T10:00:00Z"}]}"#)?);
///
/// let ReportResult::Together(together) = report.build() else { panic!("another kind") };
/// assert_eq!((together.before.people, together.after.people), (0, 1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TogetherReport {
    /// From when on events are counted (included).
    pub from: Instant,
    /// Up to when (excluded).
    pub until: Instant,
    /// The zone in which periods begin.
    pub zone: Zone,
    /// The length of the periods.
    pub per: CalendarUnit,
    /// How far apart both may be, as it is written. The end belongs to it.
    pub within: Arc<str>,
    /// How many people there are in all.
    pub everybody: u64,
    /// The one behaviour.
    pub of: Behaviour,
    /// The other.
    pub with: Behaviour,
    /// Who has both, however far apart.
    pub both: People,
    /// Of those with the one, who has the other at most `within` before one of its events.
    pub before: People,
    /// Who has it at most `within` after.
    pub after: People,
    /// Who has it at the very instant of one.
    pub at_once: People,
    /// Who does not have it after, and whose time for it is not over at `until`.
    pub unfinished: People,
    /// Both by calendar period, without gaps.
    pub periods: Vec<TogetherPeriod>,
    /// Pearson's correlation of how many people have the one and how many the other in each period, -1 to 1, over the periods that are
    /// whole; `None` of fewer than three of them, or where one of both is the same in all.
    pub correlation: Option<f64>,
}

/// A behaviour.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Behaviour {
    /// The events, as they are written.
    pub events: Arc<str>,
    /// How many events there were.
    pub count: u64,
    /// Who has one; the share is that of everybody.
    #[serde(flatten)]
    pub people: People,
}

/// Some people.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct People {
    /// How many.
    pub people: u64,
    /// Their share, 0 to 1: of those with the one behaviour, if nothing else is said. `None` if there is nobody of whom.
    pub share: Option<f64>,
    /// Who they are.
    #[serde(skip)]
    pub members: Members,
}

/// Both behaviours in one period.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TogetherPeriod {
    /// The period.
    #[serde(flatten)]
    pub period: ReportPeriod,
    /// How many events of the one.
    pub of_events: u64,
    /// How many people with the one.
    pub of_people: u64,
    /// Who they are.
    #[serde(skip)]
    pub of_members: Members,
    /// How many events of the other.
    pub with_events: u64,
    /// How many people with the other.
    pub with_people: u64,
    /// Who they are.
    #[serde(skip)]
    pub with_members: Members,
}

/// Counts two behaviours.
pub(super) struct TogetherBuilder<P: Profile> {
    texts: [Arc<str>; 2],
    of: SelectNode<P>,
    with: SelectNode<P>,
    within: (Arc<str>, CalendarSpan),
    periods: Periods,
    from: Instant,
    until: Instant,
    population: usize,
    totals: [Tally; 2],
    both: Gathered,
    before: Gathered,
    after: Gathered,
    at_once: Gathered,
    unfinished: Gathered,
    by_period: BTreeMap<i64, [Tally; 2]>,
}

#[derive(Clone, Debug, Default)]
struct Tally {
    events: u64,
    people: Gathered,
}

impl Tally {
    fn add(&mut self, position: usize) {
        self.events += 1;
        self.people.add(position);
    }
}

impl<P: Profile> TogetherBuilder<P> {
    pub(super) fn new(
        together: &TogetherPlan,
        (rulebook, model): (&Rulebook, &Model<P>),
        (from, until): (Instant, Instant),
    ) -> Result<Self, BindError> {
        let calendar = rulebook.context().calendar;
        let mut binder = Binder::new(model, rulebook.schema(), calendar);
        let of = binder.select(&together.of);
        let with = binder.select(&together.with);
        binder.finish()?;
        Ok(TogetherBuilder {
            texts: together.texts.clone(),
            of,
            with,
            within: together.within.clone(),
            periods: Periods::new(rulebook, together.per),
            from,
            until,
            population: 0,
            totals: <[Tally; 2]>::default(),
            both: Gathered::default(),
            before: Gathered::default(),
            after: Gathered::default(),
            at_once: Gathered::default(),
            unfinished: Gathered::default(),
            by_period: BTreeMap::new(),
        })
    }

    pub(super) fn record(&mut self, profile: &P) {
        let position = self.population;
        self.population += 1;
        let events = |select: &SelectNode<P>| {
            let mut events = selected(select, profile, self.until);
            events.retain(|event| event.instant() >= self.from);
            events
        };
        let (of, with) = (events(&self.of), events(&self.with));
        for (nth, events) in [&of, &with].into_iter().enumerate() {
            for event in events {
                let period = self.periods.number(event.instant());
                let tallies = self.by_period.entry(period).or_default();
                for tallies in [&mut self.totals, tallies] {
                    tallies
                        .get_mut(nth)
                        .into_iter()
                        .for_each(|of| of.add(position));
                }
            }
        }
        if of.is_empty() {
            return;
        }
        let (within, zone) = (self.within.1, self.periods.zone());
        let near = Nearness::of(&of, &with, within, zone);
        // The other event may still come where the time after one of these is not over.
        let is_open = of
            .iter()
            .any(|one| after(one.at, within, zone) >= self.until.micros());
        let found = [
            (!with.is_empty(), &mut self.both),
            (near.before, &mut self.before),
            (near.after, &mut self.after),
            (near.at_once, &mut self.at_once),
            (!near.after && is_open, &mut self.unfinished),
        ];
        for (_, people) in found.into_iter().filter(|(is_so, _)| *is_so) {
            people.add(position);
        }
    }

    pub(super) fn build(&self) -> TogetherReport {
        let everybody = u64::try_from(self.population).unwrap_or(u64::MAX);
        let [of, with] = &self.totals;
        let people = |gathered: &Gathered, of: u64| People {
            people: gathered.count(),
            share: share(gathered.count(), of),
            members: gathered.members(self.population),
        };
        let behaviour = |events: &Arc<str>, tally: &Tally| Behaviour {
            events: events.clone(),
            count: tally.events,
            people: people(&tally.people, everybody),
        };
        let of_one = |gathered: &Gathered| people(gathered, of.people.count());
        let [of_text, with_text] = &self.texts;
        let periods: Vec<_> = (self.periods.between(self.from, self.until))
            .map(|number| self.period(number))
            .collect();
        TogetherReport {
            from: self.from,
            until: self.until,
            zone: self.periods.zone(),
            per: self.periods.unit,
            within: self.within.0.clone(),
            everybody,
            of: behaviour(of_text, of),
            with: behaviour(with_text, with),
            both: of_one(&self.both),
            before: of_one(&self.before),
            after: of_one(&self.after),
            at_once: of_one(&self.at_once),
            unfinished: of_one(&self.unfinished),
            correlation: correlation(
                (periods.iter())
                    .filter(|of| of.period.whole)
                    .map(|of| (of.of_people, of.with_people)),
            ),
            periods,
        }
    }

    fn period(&self, number: i64) -> TogetherPeriod {
        let nothing = <[Tally; 2]>::default();
        let [of, with] = self.by_period.get(&number).unwrap_or(&nothing);
        TogetherPeriod {
            period: self.periods.period(number, self.from, self.until),
            of_events: of.events,
            of_people: of.people.count(),
            of_members: of.people.members(self.population),
            with_events: with.events,
            with_people: with.people.count(),
            with_members: with.people.members(self.population),
        }
    }
}

/// Whether an event of the other behaviour is near one of the one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Nearness {
    before: bool,
    after: bool,
    at_once: bool,
}

impl Nearness {
    /// Both in order of time.
    fn of<P: Profile>(
        of: &[Selected<'_, P>],
        with: &[Selected<'_, P>],
        within: CalendarSpan,
        zone: Zone,
    ) -> Self {
        let mut near = Nearness::default();
        for one in of {
            let start = with.partition_point(|other| other.at < one.at);
            let past = with.partition_point(|other| other.at <= one.at);
            near.at_once |= start < past;
            // Calendar months from an earlier day may reach farther: the nearest is not always the one that reaches.
            let before = with.get(..start).unwrap_or_default().iter().rev();
            let mut before =
                before.take_while(|other| other.at.saturating_add(longest(within)) >= one.at);
            near.before |= before.any(|other| one.at <= after(other.at, within, zone));
            let next = with.get(past);
            near.after |= next.is_some_and(|other| other.at <= after(one.at, within, zone));
        }
        near
    }
}

/// Pearson's product-moment correlation (Pearson 1895) of pairs of counts: `(n·Σxy − Σx·Σy) / √((n·Σx² − (Σx)²)·(n·Σy² − (Σy)²))`.
#[expect(clippy::cast_precision_loss, reason = "a coefficient between -1 and 1")]
fn correlation(pairs: impl Iterator<Item = (u64, u64)>) -> Option<f64> {
    const LEAST: i128 = 3;
    let (mut n, mut sums) = (0_i128, [0_i128; 5]);
    for (x, y) in pairs {
        let (x, y) = (i128::from(x), i128::from(y));
        n += 1;
        let products = [
            x,
            y,
            x.checked_mul(y)?,
            x.checked_mul(x)?,
            y.checked_mul(y)?,
        ];
        for (sum, product) in sums.iter_mut().zip(products) {
            *sum = sum.checked_add(product)?;
        }
    }
    let [x, y, xy, xx, yy] = sums;
    let moment = |ab: i128, a: i128, b: i128| n.checked_mul(ab)?.checked_sub(a.checked_mul(b)?);
    let (together, of_x, of_y) = (moment(xy, x, y)?, moment(xx, x, x)?, moment(yy, y, y)?);
    (n >= LEAST && of_x > 0 && of_y > 0).then(|| {
        let coefficient = together as f64 / ((of_x as f64).sqrt() * (of_y as f64).sqrt());
        coefficient.clamp(-1.0, 1.0)
    })
}

impl TogetherReport {
    pub(super) fn members(&self) -> Vec<(String, &Members)> {
        let (of, with) = (&self.of.events, &self.with.events);
        let mut all = vec![
            (of.to_string(), &self.of.people.members),
            (with.to_string(), &self.with.people.members),
            ("both".to_owned(), &self.both.members),
            (format!("{with} before"), &self.before.members),
            (format!("{with} after"), &self.after.members),
            (format!("{with} at once"), &self.at_once.members),
            ("time not over".to_owned(), &self.unfinished.members),
        ];
        for period in &self.periods {
            let name = &period.period.name;
            all.push((format!("{of} in {name}"), &period.of_members));
            all.push((format!("{with} in {name}"), &period.with_members));
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::correlation;

    #[test]
    fn a_correlation_by_hand() {
        let of = |pairs: &[(u64, u64)]| correlation(pairs.iter().copied());
        assert_eq!(of(&[(1, 10), (2, 20), (3, 30)]), Some(1.0));
        assert_eq!(of(&[(1, 3), (2, 2), (3, 1)]), Some(-1.0));
        // Means 2 and 2; deviations -1, 0, 1 and 0, -1, 1: 1 / √(2·2).
        let half = of(&[(1, 2), (2, 1), (3, 3)]);
        assert!(half.is_some_and(|r| (r - 0.5).abs() < 1e-12), "{half:?}");
        assert_eq!(of(&[(1, 2), (2, 1)]), None);
        assert_eq!(of(&[(1, 2), (2, 2), (3, 2)]), None);
        assert_eq!(of(&[(u64::MAX, u64::MAX), (u64::MAX, 1), (1, 1)]), None);
    }
}

//! How long it takes from one event to another, of all who wait for it.

use super::gathered::Gathered;
use super::kpi::after;
use super::report_error::{ReportError, plan_of};
use super::report_span::ReportSpan;
use crate::eval::Binder;
use crate::eval::collection::events::SelectNode;
use crate::eval::context::Ctx;
use crate::population::Members;
use crate::profile::{Event, Model, Profile};
use crate::rulebook::Rulebook;
use crate::rulebook::reports::{IntervalPlan, ReportPlan, Runs};
use crate::time::{Duration, Instant, Zone};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Builds an [`Interval`] from profiles with their events.
///
/// A wait begins with an event of `from`, if the profile is not waiting already, and ends with the first event of `to` after that; one
/// at the same instant is not after it. An event that ends a wait can begin the next.
///
/// ```
/// use segue::insight::IntervalBuilder;
/// use segue::profile::{Model, Record};
/// use segue::{Duration, Rulebook};
///
/// let rulebook = Rulebook::from_toml(r#"
///     schema.events = { followed = {}, subscribed = {} }
///     reports.fan_to_member = { interval = { from = "followed", to = "subscribed", within = "90 days" } }
/// "#)?;
/// let model = Model::<Record>::for_schema(rulebook.schema());
/// let (from, until) = ("2026-03-01T00:00:00Z".parse()?, "2026-04-01T00:00:00Z".parse()?);
/// let mut interval = IntervalBuilder::new(&rulebook, &model, "fan_to_member", from, until)?;
/// for profile in [
///     r#"{"id": "anna", "events": [{"kind": "followed", "at": "2026-03-10T10:00:00Z"},
///                                  {"kind": "subscribed", "at": "2026-03-12T10:00:00Z"}]}"#,
///     r#"{"id": "ben", "events": [{"kind": "followed", "at": "2026-03-31T10:00:00Z"}]}"#,
/// ] {
///     interval.record(&Record::from_json(rulebook.schema(), profile)?);
/// }
///
/// let interval = interval.build();
/// assert_eq!((interval.pairs, interval.waiting, interval.expired), (1, 1, 0));
/// // Ben has waited for 14 hours only, and says nothing of what comes after two days.
/// assert_eq!(interval.median, Some("2 days".parse::<Duration>()?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct IntervalBuilder<P: Profile> {
    plan: Arc<IntervalPlan>,
    span: ReportSpan,
    zone: Zone,
    from: SelectNode<P>,
    to: SelectNode<P>,
    recorded: usize,
    lengths: WaitLengths,
    pairs: WaitCount,
    waiting: WaitCount,
    expired: WaitCount,
}

/// How long it takes from one event to another.
///
/// The quantiles are estimated after Kaplan and Meier (Nonparametric estimation from incomplete observations, 1958): who waits still,
/// or has waited in vain for as long as `within` says, counts as one who waits longer than that. A quantile is the shortest time after
/// which at least that share would have come to the end; `None` if so many are not known to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Interval {
    /// From when on waits begin that count (included).
    pub from: Instant,
    /// Up to when anything is known (excluded).
    pub until: Instant,
    /// How many waits have come to their end.
    pub pairs: u64,
    /// How many last at `until`, and have time left.
    pub waiting: u64,
    /// How many have lasted as long as `within` says without coming to their end.
    pub expired: u64,
    /// The time in which a quarter comes to the end.
    pub quarter: Option<Duration>,
    /// The time in which half does.
    pub median: Option<Duration>,
    /// The time in which three quarters do.
    pub three_quarters: Option<Duration>,
    /// The time in which nine tenths do.
    pub nine_tenths: Option<Duration>,
    /// The time in which each percent does, as far as it is known: the curve of the estimate, in at most 100 points.
    pub curve: Vec<IntervalPoint>,
    /// Those with a wait that has come to its end, by position in the order in which they were recorded.
    #[serde(skip)]
    pub pair_members: Members,
    /// Those with one that lasts.
    #[serde(skip)]
    pub waiting_members: Members,
    /// Those with one that has expired.
    #[serde(skip)]
    pub expired_members: Members,
}

/// A point of the curve of an [`Interval`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct IntervalPoint {
    /// So many of a hundred come to the end …
    pub percent: u8,
    /// … within this time (included).
    pub within: Duration,
}

/// How many waits there are of a sort, and whose.
#[derive(Debug, Default)]
struct WaitCount {
    waits: u64,
    people: Gathered,
}

impl WaitCount {
    fn add(&mut self, position: usize) {
        self.waits += 1;
        self.people.add(position);
    }
}

/// How a wait has come out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Pair,
    Waiting,
    Expired,
}

/// What happens to a profile at one instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Moment {
    at: i64,
    is_from: bool,
    is_to: bool,
}

/// How many waits were how long, in microseconds: those that came to their end, and the others.
#[derive(Clone, Debug, Default)]
struct WaitLengths(BTreeMap<i64, (u64, u64)>);

impl WaitLengths {
    fn add(&mut self, length: i64, has_ended: bool) {
        let (ended, others) = self.0.entry(length).or_default();
        *(if has_ended { ended } else { others }) += 1;
    }

    /// For each percent from 1 to 100 the length at which so many would have come to their end, as far as it is known.
    ///
    /// At each length at which waits ended, the share of those that lasted so long (the waits at risk) is taken off from what is left:
    /// `S(t) = ∏ (1 - ended / at risk)` over the lengths up to `t`.
    #[expect(clippy::cast_precision_loss, reason = "shares of counts")]
    fn percentiles(&self) -> Vec<IntervalPoint> {
        let mut at_risk: u64 = self.0.values().map(|(ended, others)| ended + others).sum();
        let mut left = 1.0;
        let mut points = Vec::new();
        let mut percent: u8 = 1;
        for (length, (ended, others)) in &self.0 {
            left *= 1.0 - *ended as f64 / at_risk.max(1) as f64;
            at_risk = at_risk.saturating_sub(ended + others);
            // A share that is one percent in exact numbers counts as one percent.
            while *ended > 0 && percent <= 100 && left <= 1.0 - f64::from(percent) / 100.0 + 1e-12 {
                points.push(IntervalPoint {
                    percent,
                    within: Duration::from_micros(*length),
                });
                percent += 1;
            }
        }
        points
    }
}

impl<P: Profile> IntervalBuilder<P> {
    /// Counts waits that begin at or after `from`, by events before `until`.
    ///
    /// # Errors
    /// If the rulebook has no such report, if it is no interval, or if the profile type lacks what it reads.
    pub fn new(
        rulebook: &Rulebook,
        model: &Model<P>,
        name: &str,
        from: Instant,
        until: Instant,
    ) -> Result<Self, ReportError> {
        match plan_of(rulebook, name)? {
            ReportPlan::Interval(plan) => Self::bind(plan, rulebook, model, (from, until)),
            _ => Err(ReportError::other_kind(name, "interval")),
        }
    }

    pub(super) fn bind(
        plan: &Arc<IntervalPlan>,
        rulebook: &Rulebook,
        model: &Model<P>,
        span: (Instant, Instant),
    ) -> Result<Self, ReportError> {
        let calendar = rulebook.context().calendar;
        let mut binder = Binder::new(model, rulebook.schema(), calendar);
        let (from, to) = (binder.select(&plan.from), binder.select(&plan.to));
        binder.finish()?;
        Ok(IntervalBuilder {
            plan: plan.clone(),
            span: ReportSpan::of(span),
            zone: calendar.zone,
            from,
            to,
            recorded: 0,
            lengths: WaitLengths::default(),
            pairs: WaitCount::default(),
            waiting: WaitCount::default(),
            expired: WaitCount::default(),
        })
    }

    /// Counts the waits of a profile.
    pub fn record(&mut self, profile: &P) {
        let position = self.recorded;
        self.recorded += 1;
        let mut waits = self.waits(&self.moments(profile));
        if self.plan.runs == Runs::First {
            waits.truncate(1);
        }
        for (length, outcome) in waits {
            self.lengths.add(length, outcome == Outcome::Pair);
            match outcome {
                Outcome::Pair => self.pairs.add(position),
                Outcome::Waiting => self.waiting.add(position),
                Outcome::Expired => self.expired.add(position),
            }
        }
    }

    /// The instants of a profile at which something happens that matters, each once, in order.
    fn moments(&self, profile: &P) -> Vec<Moment> {
        let (from, until) = self.span.micros();
        let mut moments: Vec<Moment> = Vec::new();
        let mut add = |events: &SelectNode<P>, is_from: bool| {
            for kind in &events.kinds {
                for event in Ctx::new(profile, until).of_kind(*kind).iter(from, until) {
                    let at = event.at().micros();
                    if events.passes(&Ctx::new(profile, at), event) {
                        moments.push(Moment {
                            at,
                            is_from,
                            is_to: !is_from,
                        });
                    }
                }
            }
        };
        add(&self.from, true);
        add(&self.to, false);
        moments.sort_unstable();
        moments.dedup_by(|later, kept| {
            let is_same = later.at == kept.at;
            if is_same {
                kept.is_from |= later.is_from;
                kept.is_to |= later.is_to;
            }
            is_same
        });
        moments
    }

    /// The waits of a profile in order: how long each was, and how it came out.
    fn waits(&self, moments: &[Moment]) -> Vec<(i64, Outcome)> {
        let mut waits = Vec::new();
        let mut since: Option<i64> = None;
        for moment in moments {
            if let Some(start) = since {
                let end = self.end(start);
                if moment.at > end {
                    waits.push((end.saturating_sub(start), Outcome::Expired));
                    since = None;
                } else if moment.is_to {
                    waits.push((moment.at.saturating_sub(start), Outcome::Pair));
                    since = None;
                }
            }
            if moment.is_from && since.is_none() {
                since = Some(moment.at);
            }
        }
        if let Some(start) = since {
            let (end, (_, until)) = (self.end(start), self.span.micros());
            let (last, outcome) = if end < until {
                (end, Outcome::Expired)
            } else {
                (until, Outcome::Waiting)
            };
            waits.push((last.saturating_sub(start), outcome));
        }
        waits
    }

    fn end(&self, start: i64) -> i64 {
        let within = self.plan.within;
        within.map_or(i64::MAX, |within| after(start, within, self.zone))
    }

    /// The interval.
    #[must_use]
    pub fn build(&self) -> Interval {
        let curve = self.lengths.percentiles();
        let quantile = |percent: u8| {
            let point = curve.iter().find(|point| point.percent == percent);
            point.map(|point| point.within)
        };
        Interval {
            from: self.span.from,
            until: self.span.until,
            pairs: self.pairs.waits,
            waiting: self.waiting.waits,
            expired: self.expired.waits,
            quarter: quantile(25),
            median: quantile(50),
            three_quarters: quantile(75),
            nine_tenths: quantile(90),
            pair_members: self.pairs.people.members(self.recorded),
            waiting_members: self.waiting.people.members(self.recorded),
            expired_members: self.expired.people.members(self.recorded),
            curve,
        }
    }
}

impl Interval {
    /// The people behind each number, and what the number is.
    #[must_use]
    pub fn members(&self) -> Vec<(String, &Members)> {
        vec![
            ("came to the end".to_owned(), &self.pair_members),
            ("wait still".to_owned(), &self.waiting_members),
            ("waited in vain".to_owned(), &self.expired_members),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn percentile(lengths: &WaitLengths, percent: u8) -> Option<i64> {
        let points = lengths.percentiles();
        let point = points.iter().find(|point| point.percent == percent);
        point.map(|point| point.within.micros())
    }

    fn lengths(ended: &[(i64, u64)], others: &[(i64, u64)]) -> WaitLengths {
        let mut lengths = WaitLengths::default();
        for (of, has_ended) in [(ended, true), (others, false)] {
            for (length, count) in of {
                (0..*count).for_each(|_| lengths.add(*length, has_ended));
            }
        }
        lengths
    }

    #[test]
    fn quantiles_are_those_of_the_textbook() {
        // Remission times of a leukaemia trial: S is .857 from 6, .807 from 7, .753 from 10, .690 from 13, .627 from 16, .538 from
        // 22 and .448 from 23 weeks on.
        let treated = lengths(
            &[(6, 3), (7, 1), (10, 1), (13, 1), (16, 1), (22, 1), (23, 1)],
            &[
                (6, 1),
                (9, 1),
                (10, 1),
                (11, 1),
                (17, 1),
                (19, 1),
                (20, 1),
                (25, 1),
                (32, 2),
                (34, 1),
                (35, 1),
            ],
        );
        let known = [
            (14, 6),
            (15, 7),
            (19, 7),
            (20, 10),
            (25, 13),
            (50, 23),
            (55, 23),
        ];
        for (percent, length) in known {
            assert_eq!(percentile(&treated, percent), Some(length), "{percent}%");
        }
        assert_eq!(percentile(&treated, 56), None);
    }

    #[test]
    fn without_the_censored_they_are_ranks() {
        let all = lengths(&[(10, 1), (20, 1), (30, 1), (40, 1)], &[]);
        assert_eq!(percentile(&all, 25), Some(10));
        assert_eq!(percentile(&all, 26), Some(20));
        assert_eq!(percentile(&all, 50), Some(20));
        assert_eq!(percentile(&all, 100), Some(40));
        assert_eq!(WaitLengths::default().percentiles(), []);
    }
}

//! What the goal of a touchpoint comes to in a period: counts, sums and averages of events, and the share of them that others
//! follow.

use super::amount::Amount;
use crate::eval::collection::events::SelectNode;
use crate::eval::context::Ctx;
use crate::eval::value::TermNode;
use crate::eval::{Binder, given};
use crate::ir::{Calendar, CalendarSpan, Select, Term, Ty};
use crate::profile::{Profile, Val, Value};
use crate::rule::touchpoint::{Credit, Measure, Target};
use crate::time::{DAY, Instant, Zone, add_months};
use serde::{Deserialize, Serialize};

/// How what was measured stands to its target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TargetStatus {
    /// It is the target or more.
    Reached,
    /// It is less, and the period is over.
    Below,
    /// The period is not over, or its beginning is not counted, so that it is too early to say.
    Unfinished,
}

/// A measure bound to a profile type.
pub(super) struct KpiNode<P: Profile> {
    measure: MeasureNode<P>,
    events: SelectNode<P>,
    /// The type of the value.
    ty: Ty,
    target: Option<Target>,
    calendar: Calendar,
}

enum MeasureNode<P: Profile> {
    Count,
    People,
    Sum(TermNode<P>),
    Average(TermNode<P>),
    Rate {
        within: CalendarSpan,
        credit: Credit,
    },
}

/// What was measured in one period.
#[derive(Clone, Debug, Default)]
pub(super) struct Measured {
    /// Events, profiles, the sum of exact values, events of the touchpoint that are followed. `None` beyond 128 bits.
    sum: Sum,
    /// How many values were added, or how many events of the touchpoint may be followed.
    of: u64,
    /// Floating-point values, which are added in order at the end.
    reals: Vec<f64>,
}

#[derive(Clone, Copy, Debug)]
struct Sum(Option<i128>);

impl Default for Sum {
    fn default() -> Self {
        Sum(Some(0))
    }
}

impl Measured {
    fn add(&mut self, value: i128) {
        self.sum = Sum(self.sum.0.and_then(|sum| sum.checked_add(value)));
        self.of += 1;
    }

    /// Adds a number or a length of time, if it is one.
    pub(super) fn add_value(&mut self, value: &Val<'_>) {
        match value {
            Val::Whole(value) => self.add(*value),
            Val::Real(value) => self.reals.push(*value),
            Val::Missing | Val::Ratio(..) | Val::Text(_) | Val::Inline(_) | Val::Place(_) => {}
        }
    }

    /// The sum of the values that were added, which are of a type; `None` beyond what numbers hold.
    pub(super) fn sum(&self, ty: &Ty) -> Option<Amount> {
        match ty {
            Ty::Exact(scale) => Some(Amount::Exact {
                mantissa: self.sum.0?,
                scale: *scale,
            }),
            _ => Some(Amount::Real(self.real_sum())).filter(|sum| sum.real().is_finite()),
        }
    }

    /// How many values were added.
    pub(super) fn values(&self) -> u64 {
        let reals = u64::try_from(self.reals.len()).unwrap_or(u64::MAX);
        self.of.saturating_add(reals)
    }

    fn real_sum(&self) -> f64 {
        let mut reals = self.reals.clone();
        // In order, so that the order in which profiles come cannot matter.
        reals.sort_unstable_by(f64::total_cmp);
        reals.iter().sum::<f64>() + 0.0
    }

    pub(super) fn join(&mut self, other: Measured) {
        let sums = self.sum.0.zip(other.sum.0);
        self.sum = Sum(sums.and_then(|(a, b)| a.checked_add(b)));
        self.of += other.of;
        self.reals.extend(other.reals);
    }
}

impl<P: Profile> KpiNode<P> {
    pub(super) fn bind(
        measure: &Measure,
        target: Option<Target>,
        binder: &mut Binder<'_, P>,
    ) -> Self {
        let whole = Ty::Exact(0);
        let (events, measure, ty): (&Select, _, Ty) = match measure {
            Measure::Count(events) => (events, MeasureNode::Count, whole),
            Measure::People(events) => (events, MeasureNode::People, whole),
            Measure::Sum(events, of) => (events, MeasureNode::Sum(binder.term(of)), of.ty.clone()),
            Measure::Average(events, of) => (
                events,
                MeasureNode::Average(binder.term(of)),
                average_type(of),
            ),
            Measure::Rate {
                events,
                within,
                credit,
            } => {
                let (within, credit) = (*within, *credit);
                (events, MeasureNode::Rate { within, credit }, Ty::Ratio(0))
            }
        };
        KpiNode {
            measure,
            events: binder.select(events),
            ty,
            target,
            calendar: binder.calendar,
        }
    }

    /// The kinds of the events that may count, as positions in the profile type.
    pub(super) fn kinds(&self) -> &[usize] {
        &self.events.kinds
    }

    /// Whether an event counts, as things were when it happened.
    pub(super) fn counts<'a>(&'a self, ctx: &Ctx<'a, P>, kind: usize, event: &'a P::Event) -> bool {
        self.events.kinds.contains(&kind) && self.events.passes(ctx, event)
    }

    /// Adds an event that counts. A rate has its own way: [`credited`](Self::credited).
    pub(super) fn add<'a>(&'a self, ctx: &Ctx<'a, P>, event: &'a P::Event, to: &mut Measured) {
        match &self.measure {
            MeasureNode::Count => to.add(1),
            MeasureNode::People => to.sum = Sum(Some(1)),
            MeasureNode::Sum(of) | MeasureNode::Average(of) => {
                ctx.within(event, self.events.slot, |ctx| to.add_value(&of.value(ctx)));
            }
            MeasureNode::Rate { .. } => {}
        }
    }

    /// For a rate, which of the events of a touchpoint are followed: `touched` and `followers` are their instants, ascending. `None`
    /// for other measures.
    pub(super) fn credited(
        &self,
        touched: &[i64],
        followers: &[i64],
        zone: Zone,
    ) -> Option<Vec<bool>> {
        let MeasureNode::Rate { within, credit } = &self.measure else {
            return None;
        };
        let mut followed = vec![false; touched.len()];
        for follower in followers {
            // Strictly later, and none is so late that calendar months could still reach from it.
            let end = touched.partition_point(|at| at < follower);
            let start =
                touched.partition_point(|at| at.saturating_add(longest(*within)) < *follower);
            let reaches = |nth: &usize| {
                touched
                    .get(*nth)
                    .is_some_and(|at| *follower <= after(*at, *within, zone))
            };
            let mut all = (start..end).filter(reaches);
            let mut credit_to = |nth: usize| {
                if let Some(followed) = followed.get_mut(nth) {
                    *followed = true;
                }
            };
            match credit {
                Credit::First => all.next().into_iter().for_each(&mut credit_to),
                Credit::Last => all.next_back().into_iter().for_each(&mut credit_to),
                Credit::Each => all.for_each(&mut credit_to),
            }
        }
        Some(followed)
    }

    /// Adds an event of the touchpoint to a rate.
    pub(super) fn add_touched(followed: bool, to: &mut Measured) {
        to.add(i128::from(followed));
    }

    /// What was measured, as a value.
    pub(super) fn value(&self, measured: &Measured) -> Value {
        match self.number(measured) {
            Some(Number::Exact(n, d)) if self.is_ratio() => {
                given(&Val::Ratio(n, d), &self.ty, self.calendar)
            }
            Some(Number::Exact(n, _)) => given(&Val::Whole(n), &self.ty, self.calendar),
            Some(Number::Real(value)) => Value::Float(value),
            None => Value::Missing,
        }
    }

    /// What was measured, as a number that one calculates with; a length of time is none.
    pub(super) fn amount(&self, measured: &Measured) -> Option<Amount> {
        #[expect(clippy::cast_precision_loss, reason = "an average is a fraction")]
        match (self.number(measured)?, &self.ty) {
            (Number::Exact(mantissa, _), Ty::Exact(scale)) => Some(Amount::Exact {
                mantissa,
                scale: *scale,
            }),
            (Number::Exact(n, d), Ty::Ratio(scale)) => Some(Amount::Real(
                n as f64 / d as f64 / 10_f64.powi(i32::from(*scale)),
            )),
            (Number::Exact(..), _) => None,
            (Number::Real(real), _) => Some(Amount::Real(real)),
        }
    }

    fn is_ratio(&self) -> bool {
        matches!(self.ty, Ty::Ratio(_))
    }

    fn number(&self, measured: &Measured) -> Option<Number> {
        let n = measured.sum.0?;
        let of = i128::from(measured.of);
        let divides = matches!(
            self.measure,
            MeasureNode::Average(_) | MeasureNode::Rate { .. }
        );
        if self.ty == Ty::Float {
            let sum = measured.real_sum();
            #[expect(clippy::cast_precision_loss, reason = "a count of values")]
            let value = if divides {
                sum / measured.reals.len() as f64
            } else {
                sum
            };
            return value.is_finite().then_some(Number::Real(value));
        }
        Some(match (divides, of) {
            (false, _) => Number::Exact(n, 1),
            (true, 0) => return None,
            (true, of) if self.is_ratio() => Number::Exact(n, of),
            // An average of lengths of time, as `avg` gives it.
            (true, of) => Number::Exact(n.div_euclid(of), 1),
        })
    }

    /// How it stands to the target, if there is one and something was measured.
    pub(super) fn status(&self, measured: &Measured, is_over: bool) -> Option<TargetStatus> {
        let target = self.target?;
        let is_reached = self.number(measured)?.reaches(target, &self.ty);
        let grows = matches!(self.measure, MeasureNode::Count | MeasureNode::People);
        Some(match (is_reached, is_over) {
            (true, true) => TargetStatus::Reached,
            // What only grows stays reached.
            (true, false) if grows => TargetStatus::Reached,
            (_, false) => TargetStatus::Unfinished,
            (false, true) => TargetStatus::Below,
        })
    }

    /// When everything of what happened before an instant is known.
    pub(super) fn known_at(&self, end: Instant, zone: Zone) -> Instant {
        match &self.measure {
            MeasureNode::Rate { within, .. } => {
                Instant::from_micros(after(end.micros(), *within, zone))
            }
            MeasureNode::Count
            | MeasureNode::People
            | MeasureNode::Sum(_)
            | MeasureNode::Average(_) => end,
        }
    }
}

/// An average of exact numbers is a ratio.
fn average_type(of: &Term) -> Ty {
    match &of.ty {
        Ty::Exact(scale) => Ty::Ratio(*scale),
        other => other.clone(),
    }
}

/// The instant so much later.
pub(super) fn after(at: i64, span: CalendarSpan, zone: Zone) -> i64 {
    let (months, micros) = span.parts();
    let moved = if months == 0 {
        at
    } else {
        add_months(Instant::from_micros(at), months, zone).micros()
    };
    moved.saturating_add(micros)
}

/// At least as long as a span ever is.
pub(super) fn longest(span: CalendarSpan) -> i64 {
    let (months, micros) = span.parts();
    let days = months
        .saturating_mul(31)
        .saturating_add(if months == 0 { 0 } else { 2 });
    days.saturating_mul(DAY).saturating_add(micros)
}

/// What was measured, as a number.
#[derive(Clone, Copy, Debug)]
enum Number {
    /// Numerator and denominator, in units of the type's last digit.
    Exact(i128, i128),
    Real(f64),
}

impl Number {
    /// Compares without rounding where it can: `n / d / 10^s >= m / 10^t` is `n * 10^t >= m * d * 10^s`.
    #[expect(
        clippy::cast_precision_loss,
        reason = "beyond 128 bits, and beside floating point"
    )]
    fn reaches(self, target: Target, ty: &Ty) -> bool {
        let power = |digits: u8| 10_i128.checked_pow(u32::from(digits));
        let real = target.mantissa as f64 / 10_f64.powi(i32::from(target.scale));
        match self {
            Number::Real(value) => value >= real,
            Number::Exact(n, d) => {
                let scale = match ty {
                    Ty::Exact(scale) | Ty::Ratio(scale) => *scale,
                    _ => 0,
                };
                let left = power(target.scale).and_then(|power| n.checked_mul(power));
                let right = (power(scale).and_then(|power| d.checked_mul(power)))
                    .and_then(|d| d.checked_mul(i128::from(target.mantissa)));
                match (left, right) {
                    (Some(left), Some(right)) => left >= right,
                    // Beyond 128 bits rounding does not matter.
                    _ => n as f64 / d as f64 / 10_f64.powi(i32::from(scale)) >= real,
                }
            }
        }
    }
}

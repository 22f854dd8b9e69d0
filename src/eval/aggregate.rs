//! Aggregates: one value from many events.

use super::context::Ctx;
use super::scratch::with_buffer;
use super::select::SelectNode;
use super::term::TermNode;
use crate::profile::{Event, Profile, Val};
use crate::syntax::Aggregate;
use crate::value::compare_versions;
use std::cmp::Ordering;

/// An aggregate ready to run.
pub(crate) struct AggregateNode<P: Profile> {
    pub(crate) function: Aggregate,
    pub(crate) select: SelectNode<P>,
    /// The value of one event; `None` for `count(e)`.
    pub(crate) of: Option<TermNode<P>>,
    pub(crate) shape: Shape,
}

/// What the values are, as far as it matters here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// An average of exact numbers stays a ratio.
    Exact,
    /// An average of lengths of time is rounded down to a microsecond.
    Duration,
    Version,
    Real,
    Other,
}

impl<P: Profile> AggregateNode<P> {
    pub(crate) fn value<'a>(&'a self, ctx: &Ctx<'a, P>) -> Val<'a> {
        match self.function {
            Aggregate::Count => self.count(ctx),
            Aggregate::Sum => self.sum(ctx).0,
            Aggregate::Avg => self.average(ctx),
            Aggregate::Min => self.best(ctx, Ordering::Less),
            Aggregate::Max => self.best(ctx, Ordering::Greater),
            Aggregate::First => self.at_the_end(ctx, true),
            Aggregate::Last => self.at_the_end(ctx, false),
            Aggregate::Distinct => {
                self.runs(ctx, |runs| Val::Whole(i128::try_from(runs.distinct).unwrap_or(i128::MAX)))
            }
            Aggregate::Top => self.runs(ctx, |runs| runs.top),
        }
    }

    pub(crate) fn stable<'a>(&'a self, ctx: &Ctx<'a, P>) -> i64 {
        self.select.stable(ctx)
    }

    /// The value of one event, where it has one.
    fn of<'a>(&'a self, ctx: &Ctx<'a, P>, event: &'a P::Event) -> Val<'a> {
        self.of.as_ref().map_or(Val::Missing, |of| of.value(&ctx.with_event(event)))
    }

    fn each_value<'a>(&'a self, ctx: &Ctx<'a, P>, mut visit: impl FnMut(Val<'a>)) {
        self.select.each(ctx, |_, event| {
            let v = self.of(ctx, event);
            if !v.is_missing() {
                visit(v);
            }
        });
    }

    fn count<'a>(&'a self, ctx: &Ctx<'a, P>) -> Val<'a> {
        if self.of.is_none() {
            return Val::Whole(i128::try_from(self.select.count(ctx, usize::MAX)).unwrap_or(i128::MAX));
        }
        if let Some((_, n)) = self.sum_ahead(ctx) {
            return Val::Whole(n);
        }
        let mut n = 0;
        self.each_value(ctx, |_| n += 1);
        Val::Whole(n)
    }

    /// The sum and the number of values.
    fn sum<'a>(&'a self, ctx: &Ctx<'a, P>) -> (Val<'a>, i128) {
        if self.shape == Shape::Real {
            return self.real_sum(ctx);
        }
        if let Some((Some(sum), n)) = self.sum_ahead(ctx) {
            return (Val::Whole(sum), n);
        }
        let (mut sum, mut n) = (Some(0_i128), 0);
        self.each_value(ctx, |v| {
            n += 1;
            sum = v.as_whole().and_then(|v| sum?.checked_add(v));
        });
        (sum.map_or(Val::Missing, Val::Whole), n)
    }

    /// The exact sum, where there is one, and the number of values, read off a line.
    fn sum_ahead<'a>(&'a self, ctx: &Ctx<'a, P>) -> Option<(Option<i128>, i128)> {
        ctx.ahead?;
        let (low, high) = self.select.range(ctx)?;
        let value = |event| {
            let v = self.of(ctx, ctx.event_at(event)?);
            (!v.is_missing()).then(|| v.as_whole())
        };
        let (sum, n) = self.select.ahead(ctx, |line| line.sum(line.range(low, high), value))??;
        Some((sum, i128::from(n)))
    }

    /// The best value, read off a line.
    fn best_ahead<'a>(&'a self, ctx: &Ctx<'a, P>, wanted: Ordering) -> Option<Val<'a>> {
        ctx.ahead?;
        let (low, high) = self.select.range(ctx)?;
        let value = |event| ctx.event_at(event).map_or(Val::Missing, |e| self.of(ctx, e));
        let has_value = |event| !value(event).is_missing();
        let better = |a, b| self.whole_order(&value(a), &value(b)) == wanted;
        let best = self.select.ahead(ctx, |line| line.best(line.range(low, high), has_value, better))?;
        Some(best.map_or(Val::Missing, value))
    }

    fn real_sum<'a>(&'a self, ctx: &Ctx<'a, P>) -> (Val<'a>, i128) {
        with_buffer(|buffer| {
            self.each_value(ctx, |v| buffer.push((v.as_real(1.0).to_bits().cast_signed(), 0)));
            sum_of_reals(buffer)
        })
    }

    fn average<'a>(&'a self, ctx: &Ctx<'a, P>) -> Val<'a> {
        let (sum, n) = self.sum(ctx);
        average_of(sum, n, self.shape)
    }

    /// The order of two values; of versions that mean the same, however they are spelled, none comes first.
    fn order(&self, a: &Val<'_>, b: &Val<'_>) -> Ordering {
        match (self.shape, a.text(), b.text()) {
            (Shape::Version, Some(a), Some(b)) => compare_versions(a, b),
            _ => a.natural_cmp(b),
        }
    }

    /// The same, with the spellings in an order too, so that it cannot matter which event comes first.
    fn whole_order(&self, a: &Val<'_>, b: &Val<'_>) -> Ordering {
        self.order(a, b).then_with(|| a.natural_cmp(b))
    }

    fn best<'a>(&'a self, ctx: &Ctx<'a, P>, wanted: Ordering) -> Val<'a> {
        if let Some(best) = self.best_ahead(ctx, wanted) {
            return best;
        }
        let mut best = Val::Missing;
        self.each_value(ctx, |v| {
            if best.is_missing() || self.whole_order(&v, &best) == wanted {
                best = v;
            }
        });
        best
    }

    /// The greatest value among the events of the first or the last instant.
    fn at_the_end<'a>(&'a self, ctx: &Ctx<'a, P>, first: bool) -> Val<'a> {
        let mut best: Option<(i64, Val<'a>)> = None;
        let mut visit = |event: &'a P::Event| {
            let at = event.at().micros();
            let better = match &best {
                Some((best_at, _)) if at == *best_at => None,
                Some((best_at, _)) => Some((at < *best_at) == first),
                None => Some(true),
            };
            if better == Some(false) {
                return;
            }
            let v = self.of(ctx, event);
            match (&mut best, better) {
                (Some((_, held)), None) => {
                    if held.is_missing() || (!v.is_missing() && self.whole_order(&v, held) == Ordering::Greater) {
                        *held = v;
                    }
                }
                (slot, _) => *slot = Some((at, v)),
            }
        };
        let Some((low, high)) = self.select.range(ctx) else { return Val::Missing };
        for kind in &self.select.kinds {
            let window = ctx.of_kind(*kind).window(low, high);
            if !window.is_sorted {
                for event in window.iter(low, high).filter(|e| self.select.passes(ctx, e)) {
                    visit(event);
                }
                continue;
            }
            // Sorted: begin at the wanted end and stop when the instant changes.
            let mut found: Option<i64> = None;
            let mut stop_or_visit = |event: &'a P::Event| {
                let at = event.at().micros();
                if found.is_some_and(|f| f != at) {
                    return false;
                }
                if self.select.passes(ctx, event) {
                    found = Some(at);
                    visit(event);
                }
                true
            };
            if first {
                window.events.iter().all(&mut stop_or_visit);
            } else {
                window.events.iter().rev().all(&mut stop_or_visit);
            }
        }
        best.map_or(Val::Missing, |(_, v)| v)
    }

    /// Sorts the events inside by their values and looks at the runs of equal ones.
    fn runs<'a, R>(&'a self, ctx: &Ctx<'a, P>, read: impl FnOnce(Runs<'a>) -> R) -> R {
        with_buffer(|buffer| {
            self.select.each(ctx, |index, event| {
                if !self.of(ctx, event).is_missing() {
                    buffer.push((index, 0));
                }
            });
            let value = |entry: &(i64, i64)| ctx.event_at(entry.0).map_or(Val::Missing, |e| self.of(ctx, e));
            buffer.sort_unstable_by(|a, b| self.whole_order(&value(a), &value(b)));
            let mut runs = Runs { distinct: 0, top: Val::Missing };
            let (mut longest, mut i) = (0, 0);
            while let Some(first) = buffer.get(i) {
                let v = value(first);
                let rest = buffer.get(i..).unwrap_or(&[]);
                let n = rest.iter().take_while(|e| self.order(&value(e), &v) == Ordering::Equal).count().max(1);
                runs.distinct += 1;
                if n > longest {
                    (longest, runs.top) = (n, v);
                }
                i += n;
            }
            read(runs)
        })
    }
}

/// The sum of floating-point numbers, given as their bits, and their number. They are added in ascending order, so that
/// the order in which they come cannot matter.
pub(super) fn sum_of_reals<'a>(bits: &mut [(i64, i64)]) -> (Val<'a>, i128) {
    let real = |entry: &(i64, i64)| f64::from_bits(entry.0.cast_unsigned());
    bits.sort_unstable_by(|a, b| real(a).total_cmp(&real(b)));
    let sum: f64 = bits.iter().map(real).sum();
    let n = i128::try_from(bits.len()).unwrap_or(i128::MAX);
    // An empty f64 sum is -0.0 in Rust; here it is 0.
    (if sum.is_finite() { Val::Real(sum + 0.0) } else { Val::Missing }, n)
}

/// The average of `n` values.
pub(super) fn average_of<'a>(sum: Val<'_>, n: i128, shape: Shape) -> Val<'a> {
    #[expect(clippy::cast_precision_loss, reason = "a count of events")]
    match (sum, n, shape) {
        (_, 0, _) => Val::Missing,
        (Val::Whole(sum), n, Shape::Exact) => Val::Ratio(sum, n),
        (Val::Whole(sum), n, _) => Val::Whole(sum.div_euclid(n)),
        (Val::Real(sum), n, _) => Val::Real(sum / n as f64),
        _ => Val::Missing,
    }
}

struct Runs<'a> {
    distinct: usize,
    /// The value of the longest run; of several, the smallest.
    top: Val<'a>,
}

//! Aggregates: one value from many events.

use super::context::Ctx;
use super::fold::{Fold, Many, Shape};
use super::select::SelectNode;
use super::term::TermNode;
use crate::profile::{Event, Profile, Val};
use crate::syntax::Aggregate;
use std::cmp::Ordering;

/// An aggregate ready to run.
pub(crate) struct AggregateNode<P: Profile> {
    pub(crate) function: Aggregate,
    pub(crate) select: SelectNode<P>,
    /// The value of one event; `None` for `count(e)`.
    pub(crate) of: Option<TermNode<P>>,
    pub(crate) shape: Shape,
}

impl<P: Profile> AggregateNode<P> {
    pub(crate) fn value<'a>(&'a self, ctx: &Ctx<'a, P>) -> Val<'a> {
        match self.function {
            Aggregate::First => self.at_the_end(ctx, true),
            Aggregate::Last => self.at_the_end(ctx, false),
            Aggregate::Count if self.of.is_none() => {
                Val::Whole(i128::try_from(self.select.count(ctx, usize::MAX)).unwrap_or(i128::MAX))
            }
            _ => self
                .ahead(ctx)
                .unwrap_or_else(|| self.fold().value(&EventsInside { of: self, ctx })),
        }
    }

    fn fold(&self) -> Fold {
        Fold {
            function: self.function,
            shape: self.shape,
        }
    }

    /// The same, read off a line, where that can be.
    fn ahead<'a>(&'a self, ctx: &Ctx<'a, P>) -> Option<Val<'a>> {
        ctx.ahead?;
        match self.function {
            Aggregate::Count => self.sum_ahead(ctx).map(|(_, n)| Val::Whole(n)),
            Aggregate::Sum | Aggregate::Avg if self.shape != Shape::Real => {
                let (sum, n) = self.sum_ahead(ctx)?;
                Some(self.fold().of_sum(Val::Whole(sum?), n))
            }
            Aggregate::Min => self.best_ahead(ctx, Ordering::Less),
            Aggregate::Max => self.best_ahead(ctx, Ordering::Greater),
            _ => None,
        }
    }

    pub(crate) fn valid_until<'a>(&'a self, ctx: &Ctx<'a, P>) -> i64 {
        self.select.valid_until(ctx)
    }

    /// The value of one event, where it has one.
    fn of<'a>(&'a self, ctx: &Ctx<'a, P>, event: &'a P::Event) -> Val<'a> {
        self.of
            .as_ref()
            .map_or(Val::Missing, |of| of.value(&ctx.with_event(event)))
    }

    /// The exact sum, where there is one, and the number of values, read off a line.
    fn sum_ahead<'a>(&'a self, ctx: &Ctx<'a, P>) -> Option<(Option<i128>, i128)> {
        let (low, high) = self.select.range(ctx)?;
        let value = |event| {
            let v = self.of(ctx, ctx.event_at(event)?);
            (!v.is_missing()).then(|| v.as_whole())
        };
        let (sum, n) = self
            .select
            .ahead(ctx, |line| line.sum(line.range(low, high), value))??;
        Some((sum, i128::from(n)))
    }

    /// The best value, read off a line.
    fn best_ahead<'a>(&'a self, ctx: &Ctx<'a, P>, wanted: Ordering) -> Option<Val<'a>> {
        let (low, high) = self.select.range(ctx)?;
        let value = |event| {
            ctx.event_at(event)
                .map_or(Val::Missing, |e| self.of(ctx, e))
        };
        let has_value = |event| !value(event).is_missing();
        let better = |a, b| self.fold().whole_order(&value(a), &value(b)) == wanted;
        let best = self.select.ahead(ctx, |line| {
            line.best(line.range(low, high), has_value, better)
        })?;
        Some(best.map_or(Val::Missing, value))
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
                    if held.is_missing()
                        || (!v.is_missing()
                            && self.fold().whole_order(&v, held) == Ordering::Greater)
                    {
                        *held = v;
                    }
                }
                (slot, _) => *slot = Some((at, v)),
            }
        };
        let Some((low, high)) = self.select.range(ctx) else {
            return Val::Missing;
        };
        for kind in &self.select.kinds {
            let window = ctx.of_kind(*kind).window(low, high);
            if !window.is_sorted {
                for event in window
                    .iter(low, high)
                    .filter(|e| self.select.passes(ctx, e))
                {
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
}

/// The events that an aggregate is about.
struct EventsInside<'c, 'a, P: Profile> {
    of: &'a AggregateNode<P>,
    ctx: &'c Ctx<'a, P>,
}

impl<'a, P: Profile> Many<'a> for EventsInside<'_, 'a, P> {
    fn each(&self, mut visit: impl FnMut(i64, Val<'a>)) {
        self.of.select.each(self.ctx, |at, event| {
            let value = self.of.of(self.ctx, event);
            if !value.is_missing() {
                visit(at, value);
            }
        });
    }

    fn value(&self, at: i64) -> Val<'a> {
        self.ctx
            .event_at(at)
            .map_or(Val::Missing, |event| self.of.of(self.ctx, event))
    }
}

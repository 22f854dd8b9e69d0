//! Aggregates: one value from many events, or from many rows.

use super::{Inner, TermNode, Value};
use crate::eval::Binder;
use crate::eval::bounded::NextChange;
use crate::eval::collection::events::SelectNode;
use crate::eval::collection::rows::RowsNode;
use crate::eval::context::Ctx;
use crate::eval::fold::{Fold, Many, Shape};
use crate::ir::{Rows, Select, Term};
use crate::profile::{Event, Profile, Val};
use crate::syntax::Aggregate;
use crate::time::NEVER;
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
    pub(super) fn bind(
        binder: &mut Binder<'_, P>,
        function: Aggregate,
        select: &Select,
        of: Option<&Term>,
    ) -> Self {
        AggregateNode {
            function,
            select: binder.select(select),
            of: of.map(|of| binder.term(of)),
            shape: Shape::of(of),
        }
    }

    fn fold(&self) -> Fold {
        Fold {
            function: self.function,
            shape: self.shape,
        }
    }

    /// The same, read from the index, where that can be.
    fn indexed<'a>(&'a self, ctx: &Ctx<'a, P>) -> Option<Val<'a>> {
        ctx.indexes?;
        match self.function {
            Aggregate::Count => self.indexed_sum(ctx).map(|(_, n)| Val::Whole(n)),
            Aggregate::Sum | Aggregate::Avg if self.shape != Shape::Real => {
                let (sum, n) = self.indexed_sum(ctx)?;
                Some(self.fold().of_sum(Val::Whole(sum?), n))
            }
            Aggregate::Min => self.indexed_best(ctx, Ordering::Less),
            Aggregate::Max => self.indexed_best(ctx, Ordering::Greater),
            _ => None,
        }
    }

    /// The value of one event, where it has one.
    fn of<'a>(&'a self, ctx: &Ctx<'a, P>, event: &'a P::Event) -> Val<'a> {
        self.of
            .as_ref()
            .map_or(Val::Missing, |of| of.value(&ctx.with_event(event)))
    }

    /// The exact sum, where there is one, and the number of values, read from the index.
    fn indexed_sum<'a>(&'a self, ctx: &Ctx<'a, P>) -> Option<(Option<i128>, i128)> {
        let (low, high) = self.select.range(ctx)?;
        let value = |event| {
            let v = self.of(ctx, ctx.event_at(event)?);
            (!v.is_missing()).then(|| v.as_whole())
        };
        let (sum, n) = self
            .select
            .index(ctx, |index| index.sum(index.range(low, high), value))??;
        Some((sum, i128::from(n)))
    }

    /// The best value, read from the index.
    fn indexed_best<'a>(&'a self, ctx: &Ctx<'a, P>, wanted: Ordering) -> Option<Val<'a>> {
        let (low, high) = self.select.range(ctx)?;
        let value = |event| {
            ctx.event_at(event)
                .map_or(Val::Missing, |e| self.of(ctx, e))
        };
        let has_value = |event| !value(event).is_missing();
        let better = |a, b| self.fold().whole_order(&value(a), &value(b)) == wanted;
        let best = self.select.index(ctx, |index| {
            index.best(index.range(low, high), has_value, better)
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

    /// Whether a condition on the sum of what a rolling window holds is met.
    pub(crate) fn next_change_of_sum<'a>(
        &'a self,
        ctx: &Ctx<'a, P>,
        accepts: impl Fn(i128) -> bool,
    ) -> Option<NextChange> {
        let (Aggregate::Sum, Some(of @ TermNode::Property(_))) = (self.function, &self.of) else {
            return None;
        };
        if self.shape == Shape::Real {
            return None;
        }
        let recent = self.select.recent_events(ctx)?;
        let inside = recent
            .events
            .iter()
            .skip(recent.start)
            .filter(|event| self.select.passes(ctx, event));
        let value = |event: &'a P::Event| match of.value(&ctx.with_event(event)) {
            Val::Missing => Some(0),
            value => value.as_whole(),
        };
        let mut sum = 0_i128;
        for event in inside.clone() {
            sum = sum.checked_add(value(event)?)?;
        }
        let mut answer = NextChange::forever(accepts(sum));
        let mut leaving = inside.peekable();
        while let Some(event) = leaving.next() {
            sum = sum.checked_sub(value(event)?)?;
            if leaving.peek().is_some_and(|next| next.at() == event.at()) {
                continue;
            }
            match (accepts(sum) == answer.holds, answer.until) {
                (true, NEVER) => {}
                (false, NEVER) => answer = NextChange::once(answer.holds, recent.leaves(event)),
                (back, _) => answer.is_final &= !back,
            }
        }
        Some(answer)
    }
}

impl<P: Profile> Value<P> for AggregateNode<P> {
    fn value<'a>(&'a self, ctx: &Ctx<'a, P>) -> Val<'a> {
        match self.function {
            Aggregate::First => self.at_the_end(ctx, true),
            Aggregate::Last => self.at_the_end(ctx, false),
            Aggregate::Count if self.of.is_none() => {
                Val::Whole(i128::try_from(self.select.count(ctx, usize::MAX)).unwrap_or(i128::MAX))
            }
            _ => self
                .indexed(ctx)
                .unwrap_or_else(|| self.fold().value(&EventsInside { of: self, ctx })),
        }
    }

    fn valid_until<'a>(&'a self, ctx: &Ctx<'a, P>) -> i64 {
        self.select.valid_until(ctx)
    }

    fn max_change_points<'a>(&'a self, ctx: &Ctx<'a, P>, of: usize) -> usize {
        let events = self.select.max_events(ctx);
        let values = self
            .of
            .as_ref()
            .map_or(0, |value| value.max_change_points(ctx, events));
        self.select
            .max_change_points(ctx, of)
            .saturating_add(values)
    }

    fn inner(&self) -> Inner<'_, P> {
        [None, None]
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

/// One value from many rows, ready to run.
pub(crate) struct TotalNode<P: Profile> {
    pub(crate) function: Aggregate,
    pub(crate) rows: RowsNode<P>,
    /// The value of one row; `None` for `count(rows)`.
    pub(crate) of: Option<TermNode<P>>,
    pub(crate) shape: Shape,
}

impl<P: Profile> TotalNode<P> {
    pub(super) fn bind(
        binder: &mut Binder<'_, P>,
        function: Aggregate,
        rows: &Rows,
        of: Option<&Term>,
    ) -> Self {
        TotalNode {
            function,
            rows: binder.rows(rows),
            of: of.map(|of| binder.term(of)),
            shape: Shape::of(of),
        }
    }

    /// The value of one row, where it has one.
    fn of<'a>(&'a self, ctx: &Ctx<'a, P>, row: usize) -> Val<'a> {
        self.of
            .as_ref()
            .map_or(Val::Missing, |of| of.value(&ctx.with_row(row)))
    }
}

impl<P: Profile> Value<P> for TotalNode<P> {
    fn value<'a>(&'a self, ctx: &Ctx<'a, P>) -> Val<'a> {
        if self.of.is_none() {
            let rows = 0..self.rows.len(ctx);
            let n = rows.filter(|row| self.rows.passes(ctx, *row)).count();
            return Val::Whole(i128::try_from(n).unwrap_or(i128::MAX));
        }
        Fold {
            function: self.function,
            shape: self.shape,
        }
        .value(&RowsPassing { of: self, ctx })
    }

    fn valid_until<'a>(&'a self, ctx: &Ctx<'a, P>) -> i64 {
        self.rows.valid_until(ctx)
    }

    fn max_change_points<'a>(&'a self, ctx: &Ctx<'a, P>, _: usize) -> usize {
        let rows = self.rows.len(ctx);
        let values = self
            .of
            .as_ref()
            .map_or(0, |value| value.max_change_points(ctx, rows));
        self.rows.max_change_points(ctx).saturating_add(values)
    }

    fn inner(&self) -> Inner<'_, P> {
        [None, None]
    }
}

/// The rows that a value is computed from.
struct RowsPassing<'c, 'a, P: Profile> {
    of: &'a TotalNode<P>,
    ctx: &'c Ctx<'a, P>,
}

impl<'a, P: Profile> Many<'a> for RowsPassing<'_, 'a, P> {
    fn each(&self, mut visit: impl FnMut(i64, Val<'a>)) {
        for row in 0..self.of.rows.len(self.ctx) {
            if self.of.rows.passes(self.ctx, row) {
                let value = self.of.of(self.ctx, row);
                if !value.is_missing() {
                    visit(i64::try_from(row).unwrap_or(i64::MAX), value);
                }
            }
        }
    }

    fn value(&self, at: i64) -> Val<'a> {
        usize::try_from(at).map_or(Val::Missing, |row| self.of.of(self.ctx, row))
    }
}

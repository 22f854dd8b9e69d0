//! Aggregates: one value from the members of a collection, be they events or rows.

use super::{Inner, TermNode, Value};
use crate::eval::Binder;
use crate::eval::bounded::NextChange;
use crate::eval::collection::Collection;
use crate::eval::collection::events::SelectNode;
use crate::eval::collection::index::SelectionIndex;
use crate::eval::collection::rows::RowsNode;
use crate::eval::context::Ctx;
use crate::eval::fold::{self, Fold, FoldMembers, Shape};
use crate::ir::Term;
use crate::profile::{Event, Profile, Val};
use crate::syntax::Aggregate;
use crate::time::NEVER;
use std::ops::Range;

/// An aggregate ready to run.
pub(crate) struct AggregateNode<P: Profile, C> {
    fold: Fold,
    collection: C,
    /// The value of one member; `None` for `count(e)`.
    of: Option<TermNode<P>>,
}

impl<P: Profile, C: Collection<P>> AggregateNode<P, C> {
    pub(super) fn bind(
        binder: &mut Binder<'_, P>,
        function: Aggregate,
        collection: C,
        of: Option<&Term>,
    ) -> Self {
        AggregateNode {
            fold: Fold {
                function,
                shape: Shape::of(of),
            },
            collection,
            of: of.map(|of| binder.term(of)),
        }
    }
}

impl<P: Profile, C: Collection<P>> Value<P> for AggregateNode<P, C> {
    fn value<'a>(&'a self, ctx: &Ctx<'a, P>) -> Val<'a> {
        let Some(of) = &self.of else {
            return fold::count::of_members(self.collection.count(ctx));
        };
        let members = MembersOf {
            collection: &self.collection,
            of,
            ctx,
        };
        self.fold.value(&members)
    }

    fn valid_until<'a>(&'a self, ctx: &Ctx<'a, P>) -> i64 {
        self.collection.valid_until(ctx)
    }

    fn max_change_points<'a>(&'a self, ctx: &Ctx<'a, P>, of: usize) -> usize {
        let members = self.collection.max_len(ctx);
        let values = self
            .of
            .as_ref()
            .map_or(0, |value| value.max_change_points(ctx, members));
        self.collection
            .max_change_points(ctx, of)
            .saturating_add(values)
    }

    fn inner(&self) -> Inner<'_, P> {
        [None, None]
    }
}

/// One value from many events.
pub(crate) type EventAggregate<P> = AggregateNode<P, SelectNode<P>>;

/// One value from many rows.
pub(crate) type RowAggregate<P> = AggregateNode<P, RowsNode<P>>;

/// The members of a collection, and what is aggregated of each.
struct MembersOf<'c, 'a, P: Profile, C> {
    collection: &'a C,
    of: &'a TermNode<P>,
    ctx: &'c Ctx<'a, P>,
}

impl<'a, P: Profile, C: Collection<P>> FoldMembers<'a> for MembersOf<'_, 'a, P, C> {
    fn each(&self, mut visit: impl FnMut(i64, Val<'a>)) {
        self.collection.each(self.ctx, |at, scope| {
            let value = self.of.value(&scope);
            if !value.is_missing() {
                visit(at, value);
            }
        });
    }

    fn value(&self, at: i64) -> Val<'a> {
        self.collection
            .scope_at(self.ctx, at)
            .map_or(Val::Missing, |scope| self.of.value(&scope))
    }

    fn each_from_end(&self, first: bool, mut visit: impl FnMut(i64, Val<'a>)) {
        self.collection.each_from_end(self.ctx, first, |at, scope| {
            visit(at, self.of.value(&scope))
        });
    }

    fn indexed<R>(&self, read: impl FnOnce(&mut SelectionIndex, Range<usize>) -> R) -> Option<R> {
        self.collection.indexed(self.ctx, read)
    }
}

impl<P: Profile> EventAggregate<P> {
    /// Whether a condition on the sum of what a trailing window holds is met, and when that changes.
    pub(crate) fn next_change_of_sum<'a>(
        &'a self,
        ctx: &Ctx<'a, P>,
        accepts: impl Fn(i128) -> bool,
    ) -> Option<NextChange> {
        let (Aggregate::Sum, Some(of @ TermNode::Property(_))) = (self.fold.function, &self.of)
        else {
            return None;
        };
        // An index answers without going through the window.
        if self.fold.shape == Shape::Real || ctx.indexes.is_some() {
            return None;
        }
        let select = &self.collection;
        let recent = select.recent_events(ctx)?;
        let inside = recent
            .events
            .iter()
            .skip(recent.start)
            .filter(|event| select.passes(ctx, event));
        let value = |event: &'a P::Event| {
            let value = of.value(&ctx.with_event(event));
            if value.is_missing() {
                Some(0)
            } else {
                value.as_whole()
            }
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

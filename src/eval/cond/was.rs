//! What the value of a tracked attribute was at some time.

use super::compare::Comparer;
use super::logic::Const;
use super::{Condition, Node};
use crate::eval::Binder;
use crate::eval::bounded::Bounded;
use crate::eval::context::Ctx;
use crate::eval::timeline::attribute::HistoryOf;
use crate::eval::value::Literal;
use crate::eval::window::WindowNode;
use crate::ir::{FieldRef, Lit, Windows};
use crate::profile::{Profile, Val};
use crate::time::NEVER;

/// `plan was "pro" within 90 days`
pub(crate) struct WasNode<P: Profile> {
    pub(crate) history: HistoryOf<P>,
    set: Vec<Literal>,
    comparer: Comparer,
    pub(crate) windows: WindowNode<P>,
}

impl<P: Profile> WasNode<P> {
    pub(super) fn bind(
        binder: &mut Binder<'_, P>,
        value: &FieldRef,
        set: &[Lit],
        windows: &Windows,
    ) -> Node<P> {
        let Some(history) = binder.history(value) else {
            return Node::Const(Const(false));
        };
        Node::Was(Box::new(WasNode {
            history,
            set: set.iter().map(Literal::of).collect(),
            comparer: Comparer::of_field(value, binder.schema, false),
            windows: binder.windows(windows),
        }))
    }

    /// The stretches in which the value was one of the set: first and last microsecond.
    pub(crate) fn stretches<'a>(&'a self, ctx: &Ctx<'a, P>) -> impl Iterator<Item = (i64, i64)> {
        let profile = ctx.profile;
        let n = self.history.len(profile);
        (0..n)
            .filter(move |i| self.is_in_set(&self.history.value(profile, *i)))
            .map(move |i| {
                let end = if i + 1 < n {
                    self.history.at(profile, i + 1)
                } else {
                    NEVER
                };
                (self.history.at(profile, i), end - 1)
            })
    }

    fn is_in_set(&self, value: &Val<'_>) -> bool {
        let is = |lit: &Literal| self.comparer.is_equal(value, &lit.val());
        self.set.iter().any(is)
    }

    fn range<'a>(&'a self, ctx: &Ctx<'a, P>) -> Option<(i64, i64)> {
        let (low, high) = self.windows.range(ctx)?;
        Some((low, high.min(ctx.now.saturating_add(1))))
    }
}

impl<P: Profile> Condition<P> for WasNode<P> {
    fn holds<'a>(&'a self, ctx: &Ctx<'a, P>) -> bool {
        let Some((low, high)) = self.range(ctx) else {
            return false;
        };
        low < high
            && self
                .stretches(ctx)
                .any(|(first, last)| first < high && last >= low)
    }

    fn evaluate<'a>(&'a self, ctx: &Ctx<'a, P>) -> Bounded {
        Bounded::any(
            self.stretches(ctx)
                .map(|(first, last)| self.windows.overlap(ctx, first, last)),
        )
    }

    fn max_change_points<'a>(&'a self, ctx: &Ctx<'a, P>, of: usize) -> usize {
        let changes = self.history.len(ctx.profile);
        self.windows.max_change_points(ctx, changes, of)
    }

    fn cost(&self) -> u32 {
        12
    }
}

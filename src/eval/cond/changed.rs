//! Changes of a tracked attribute.

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
use crate::time::Instant;

/// `plan changed within 7 days`
pub(crate) struct ChangedNode<P: Profile> {
    pub(crate) history: HistoryOf<P>,
    from: Option<Literal>,
    pub(crate) to: Option<Literal>,
    comparer: Comparer,
    pub(crate) windows: WindowNode<P>,
}

impl<P: Profile> ChangedNode<P> {
    pub(super) fn bind(
        binder: &mut Binder<'_, P>,
        value: &FieldRef,
        from: Option<&Lit>,
        to: Option<&Lit>,
        windows: &Windows,
    ) -> Node<P> {
        let Some(history) = binder.history(value) else {
            return Node::Const(Const(false));
        };
        Node::Changed(Box::new(ChangedNode {
            history,
            from: from.map(Literal::of),
            to: to.map(Literal::of),
            comparer: Comparer::of_field(value, binder.schema, false),
            windows: binder.windows(windows),
        }))
    }

    /// The instants of the changes that are meant, whenever they are.
    pub(crate) fn changes<'a>(&'a self, ctx: &Ctx<'a, P>) -> impl Iterator<Item = i64> {
        let profile = ctx.profile;
        let is = |v: &Val<'_>, lit: &Option<Literal>| {
            lit.as_ref()
                .is_none_or(|lit| self.comparer.is_equal(v, &lit.val()))
        };
        // A value that has always been set is not a change.
        (0..self.history.len(profile))
            .filter(move |i| self.history.at(profile, *i) > Instant::MIN.micros())
            .filter_map(move |i| {
                let before = if i == 0 {
                    Val::Missing
                } else {
                    self.history.value(profile, i - 1)
                };
                let after = self.history.value(profile, i);
                let same = match (before.is_missing(), after.is_missing()) {
                    (false, false) => self.comparer.is_equal(&before, &after),
                    (a, b) => a == b,
                };
                (!same && is(&before, &self.from) && is(&after, &self.to))
                    .then(|| self.history.at(profile, i))
            })
    }
}

impl<P: Profile> Condition<P> for ChangedNode<P> {
    fn holds<'a>(&'a self, ctx: &Ctx<'a, P>) -> bool {
        let Some((low, high)) = self.windows.range(ctx) else {
            return false;
        };
        self.changes(ctx)
            .any(|at| low <= at && at < high && at <= ctx.now)
    }

    fn evaluate<'a>(&'a self, ctx: &Ctx<'a, P>) -> Bounded {
        Bounded::any(
            self.changes(ctx)
                .map(|at| self.windows.overlap(ctx, at, at)),
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

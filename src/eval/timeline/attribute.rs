//! The past of tracked attributes.

use super::{Past, StateTimeline, Step};
use crate::eval::Binder;
use crate::eval::cond::compare::Comparer;
use crate::eval::context::Ctx;
use crate::ir::FieldRef;
use crate::profile::{Accessor, HistoryAccess, Profile, Val};
use crate::time::Instant;
use std::ops::ControlFlow;
use std::sync::Arc;

/// The values of an attribute over time.
pub(crate) type HistoryOf<P> = Arc<dyn HistoryAccess<P>>;

/// The values of an attribute over time, and how they are compared.
pub(crate) struct AttributeTimeline<P: Profile> {
    pub(crate) history: HistoryOf<P>,
    pub(crate) comparer: Comparer,
}

impl<P: Profile> StateTimeline<P> for AttributeTimeline<P> {
    fn walk<'a>(
        &'a self,
        ctx: &Ctx<'a, P>,
        _: Past,
        visit: &mut dyn FnMut(Step<'a>) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let (mut before, mut is_past) = (Val::Missing, true);
        visit(Step::Is {
            since: Instant::MIN.micros(),
            value: before,
        })?;
        for i in 0..self.history.len(ctx.profile) {
            ctx.spend(1);
            let (at, after) = (
                self.history.at(ctx.profile, i),
                self.history.value(ctx.profile, i),
            );
            if is_past && at > ctx.now {
                is_past = false;
                visit(Step::Now)?;
            }
            let is_same = match (before.is_missing(), after.is_missing()) {
                (false, false) => self.comparer.is_equal(&before, &after),
                (before, after) => before == after,
            };
            if !is_same {
                visit(Step::Becomes { at, before, after })?;
            }
            before = after;
        }
        if is_past {
            visit(Step::Now)
        } else {
            ControlFlow::Continue(())
        }
    }

    fn max_changes<'a>(&'a self, ctx: &Ctx<'a, P>, _: usize) -> usize {
        self.history.len(ctx.profile)
    }
}

impl<P: Profile> Binder<'_, P> {
    /// `None` where the profile type does not keep the past of the attribute, which is reported.
    pub(crate) fn history(&mut self, field: &FieldRef) -> Option<HistoryOf<P>> {
        let FieldRef::Attribute(position) = field else {
            // INVARIANT: only attributes are tracked; the checker lets no other field be asked of its past.
            debug_assert!(false, "only attributes have a past");
            return None;
        };
        match self.attribute(*position)? {
            Accessor::History(history) => Some(history),
            Accessor::Whole(_)
            | Accessor::Text(_)
            | Accessor::Real(_)
            | Accessor::Place(_)
            | Accessor::List(_) => None,
        }
    }
}

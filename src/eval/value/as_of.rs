//! A value at an earlier instant.

use super::{Inner, TermNode, Value};
use crate::eval::Binder;
use crate::eval::as_of::AsOf;
use crate::eval::context::Ctx;
use crate::eval::window::bound::BoundNode;
use crate::ir::{CalendarSpan, Term};
use crate::profile::{Profile, Val};
use crate::time::NEVER;

/// `rfm as of 30 days ago`
pub(crate) type AsOfValue<P> = AsOf<P, TermNode<P>>;

impl<P: Profile> AsOfValue<P> {
    pub(super) fn bind(binder: &mut Binder<'_, P>, of: &Term, ago: CalendarSpan) -> Self {
        AsOf {
            of: binder.term(of),
            at: BoundNode::ago(binder.calendar, ago),
        }
    }
}

impl<P: Profile> Value<P> for AsOfValue<P> {
    fn value<'a>(&'a self, ctx: &Ctx<'a, P>) -> Val<'a> {
        self.of.value(&self.scope(ctx))
    }

    fn valid_until<'a>(&'a self, ctx: &Ctx<'a, P>) -> i64 {
        let then = self.scope(ctx);
        self.next_exit(ctx, then.now, self.of.valid_until(&then))
    }

    fn inner(&self) -> Inner<'_, P> {
        [Some(&self.of), None]
    }

    fn resets(&self) -> i64 {
        let own = !self.at.tracks_now() && self.of.now_occurrences() > 0;
        self.of.resets().saturating_add(i64::from(own))
    }

    fn is_proportional(&self) -> bool {
        self.at.tracks_now() && self.of.is_proportional()
    }

    fn adds_months(&self) -> bool {
        !self.at.tracks_now() || self.of.adds_months()
    }

    fn next_discontinuity<'a>(&'a self, ctx: &Ctx<'a, P>) -> i64 {
        let then = self.scope(ctx);
        let later = match self.of.next_discontinuity(&then) {
            NEVER => NEVER,
            next => ctx.now.saturating_add(next - then.now),
        };
        later.min(self.at.next_discontinuity(ctx))
    }
}

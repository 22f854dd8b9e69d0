//! A value at an earlier instant.

use super::TermNode;
use crate::eval::Binder;
use crate::eval::as_of::AsOf;
use crate::eval::context::Ctx;
use crate::eval::window::bound::BoundNode;
use crate::ir::{CalendarSpan, Term};
use crate::profile::{Profile, Val};

/// `rfm as of 30 days ago`
pub(crate) type AsOfValue<P> = AsOf<P, TermNode<P>>;

impl<P: Profile> AsOfValue<P> {
    pub(super) fn bind(binder: &mut Binder<'_, P>, of: &Term, ago: CalendarSpan) -> Self {
        AsOf {
            of: binder.term(of),
            at: BoundNode::ago(binder.calendar, ago),
        }
    }

    pub(crate) fn value<'a>(&'a self, ctx: &Ctx<'a, P>) -> Val<'a> {
        self.of.value(&self.scope(ctx))
    }

    pub(crate) fn valid_until<'a>(&'a self, ctx: &Ctx<'a, P>) -> i64 {
        let then = self.scope(ctx);
        self.next_exit(ctx, then.now, self.of.valid_until(&then))
    }
}

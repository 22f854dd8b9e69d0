//! A condition at an earlier instant.

use super::{Condition, Node};
use crate::eval::Binder;
use crate::eval::as_of::AsOf;
use crate::eval::bounded::Bounded;
use crate::eval::context::Ctx;
use crate::eval::window::bound::BoundNode;
use crate::ir::{CalendarSpan, Cond};
use crate::profile::Profile;

/// `(plan = pro) as of 30 days ago`
pub(crate) type AsOfNode<P> = AsOf<P, Node<P>>;

impl<P: Profile> AsOfNode<P> {
    pub(super) fn bind(binder: &mut Binder<'_, P>, of: &Cond, ago: CalendarSpan) -> Self {
        AsOf {
            of: binder.cond(of),
            at: BoundNode::ago(binder.calendar, ago),
        }
    }
}

impl<P: Profile> Condition<P> for AsOfNode<P> {
    fn holds<'a>(&'a self, ctx: &Ctx<'a, P>) -> bool {
        self.of.holds(&self.scope(ctx))
    }

    fn evaluate<'a>(&'a self, ctx: &Ctx<'a, P>) -> Bounded {
        let then = self.scope(ctx);
        let Bounded { holds, until } = self.of.evaluate(&then);
        Bounded::new(holds, self.next_exit(ctx, then.now, until))
    }

    fn max_change_points<'a>(&'a self, ctx: &Ctx<'a, P>, of: usize) -> usize {
        self.of.max_change_points(ctx, of)
    }

    fn cost(&self) -> u32 {
        self.of.cost()
    }
}

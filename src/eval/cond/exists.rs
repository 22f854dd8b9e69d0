//! `exists`: a value, or a list, is there.

use super::Condition;
use crate::eval::Binder;
use crate::eval::bounded::Bounded;
use crate::eval::context::Ctx;
use crate::eval::value::TermNode;
use crate::eval::value::list::ListNode;
use crate::ir::{FieldRef, Term};
use crate::profile::Profile;

pub(crate) struct Exists<P: Profile>(TermNode<P>);

impl<P: Profile> Exists<P> {
    pub(super) fn bind(binder: &mut Binder<'_, P>, value: &Term) -> Self {
        Exists(binder.term(value))
    }
}

impl<P: Profile> Condition<P> for Exists<P> {
    fn holds<'a>(&'a self, ctx: &Ctx<'a, P>) -> bool {
        !self.0.value(ctx).is_missing()
    }

    fn evaluate<'a>(&'a self, ctx: &Ctx<'a, P>) -> Bounded {
        let holds = self.holds(ctx);
        // A profile that has entered a stage is in one from then on: where it leads need not be followed.
        if holds && matches!(self.0, TermNode::Stage(_)) {
            return Bounded::forever(true);
        }
        Bounded::new(holds, self.0.valid_until(ctx))
    }

    fn max_change_points<'a>(&'a self, ctx: &Ctx<'a, P>, of: usize) -> usize {
        self.0.max_change_points(ctx, of)
    }

    fn cost(&self) -> u32 {
        3
    }
}

pub(crate) struct ListExists<P: Profile>(pub(crate) ListNode<P>);

impl<P: Profile> ListExists<P> {
    pub(super) fn bind(binder: &mut Binder<'_, P>, list: &FieldRef) -> Self {
        ListExists(ListNode::bind(binder, list))
    }
}

impl<P: Profile> Condition<P> for ListExists<P> {
    fn holds<'a>(&'a self, ctx: &Ctx<'a, P>) -> bool {
        self.0.len(ctx).is_some()
    }

    fn evaluate<'a>(&'a self, ctx: &Ctx<'a, P>) -> Bounded {
        Bounded::forever(self.holds(ctx))
    }

    fn max_change_points<'a>(&'a self, _: &Ctx<'a, P>, _: usize) -> usize {
        0
    }

    fn cost(&self) -> u32 {
        3
    }
}

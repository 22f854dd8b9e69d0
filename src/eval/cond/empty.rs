//! `is empty`: a string or a list that is missing or has nothing in it.

use super::Condition;
use crate::eval::Binder;
use crate::eval::bounded::Bounded;
use crate::eval::context::Ctx;
use crate::eval::value::TermNode;
use crate::eval::value::list::ListNode;
use crate::ir::{FieldRef, Term};
use crate::profile::Profile;

pub(crate) struct EmptyText<P: Profile>(TermNode<P>);

impl<P: Profile> EmptyText<P> {
    pub(super) fn bind(binder: &mut Binder<'_, P>, value: &Term) -> Self {
        EmptyText(binder.term(value))
    }
}

impl<P: Profile> Condition<P> for EmptyText<P> {
    fn holds<'a>(&'a self, ctx: &Ctx<'a, P>) -> bool {
        self.0.value(ctx).text().is_none_or(str::is_empty)
    }

    fn evaluate<'a>(&'a self, ctx: &Ctx<'a, P>) -> Bounded {
        Bounded::new(self.holds(ctx), self.0.valid_until(ctx))
    }

    fn max_change_points<'a>(&'a self, ctx: &Ctx<'a, P>, of: usize) -> usize {
        self.0.max_change_points(ctx, of)
    }

    fn cost(&self) -> u32 {
        3
    }
}

pub(crate) struct EmptyList<P: Profile>(pub(crate) ListNode<P>);

impl<P: Profile> EmptyList<P> {
    pub(super) fn bind(binder: &mut Binder<'_, P>, list: &FieldRef) -> Self {
        EmptyList(ListNode::bind(binder, list))
    }
}

impl<P: Profile> Condition<P> for EmptyList<P> {
    fn holds<'a>(&'a self, ctx: &Ctx<'a, P>) -> bool {
        self.0.len(ctx).is_none_or(|n| n == 0)
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

//! A bool value as a condition.

use super::Condition;
use crate::eval::Binder;
use crate::eval::bounded::Bounded;
use crate::eval::context::Ctx;
use crate::eval::value::TermNode;
use crate::ir::Term;
use crate::profile::Profile;

pub(crate) struct IsTrue<P: Profile>(TermNode<P>);

impl<P: Profile> IsTrue<P> {
    pub(super) fn bind(binder: &mut Binder<'_, P>, value: &Term) -> Self {
        IsTrue(binder.term(value))
    }
}

impl<P: Profile> Condition<P> for IsTrue<P> {
    fn holds<'a>(&'a self, ctx: &Ctx<'a, P>) -> bool {
        self.0.value(ctx).as_whole() == Some(1)
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

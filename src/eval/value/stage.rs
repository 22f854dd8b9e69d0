//! The present stage of a lifecycle, as a value.

use super::{Inner, Value};
use crate::eval::context::Ctx;
use crate::eval::timeline::stage::{CurrentStageNode, value_of};
use crate::profile::{Profile, Val};

impl<P: Profile> Value<P> for CurrentStageNode<P> {
    fn value<'a>(&'a self, ctx: &Ctx<'a, P>) -> Val<'a> {
        value_of(self.current_stage(ctx).stage)
    }

    fn valid_until<'a>(&'a self, ctx: &Ctx<'a, P>) -> i64 {
        self.next_transition(ctx)
    }

    fn max_change_points<'a>(&'a self, ctx: &Ctx<'a, P>, of: usize) -> usize {
        self.lifecycle.max_change_points(ctx, of)
    }

    fn inner(&self) -> Inner<'_, P> {
        [None, None]
    }
}

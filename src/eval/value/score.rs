//! Scores: the class of a value, by the cut points that held at an instant.

use super::{Literal, TermNode};
use crate::eval::context::Ctx;
use crate::profile::{Profile, Val};
use crate::time::NEVER;

/// A score ready to run.
pub(crate) struct ScoreNode<P: Profile> {
    pub(crate) value: TermNode<P>,
    /// Cut points, ascending, and the instant before which they hold, in order; the last hold for ever.
    pub(crate) eras: Vec<(i64, Vec<Literal>)>,
}

impl<P: Profile> ScoreNode<P> {
    fn era(&self, now: i64) -> Option<&(i64, Vec<Literal>)> {
        self.eras
            .get(self.eras.partition_point(|(until, _)| *until <= now))
    }

    /// 1 plus the number of cut points strictly below the value; missing where there is no value, and before the score was
    /// fitted.
    pub(crate) fn value<'a>(&'a self, ctx: &Ctx<'a, P>) -> Val<'a> {
        let Some((_, cuts)) = self.era(ctx.now).filter(|(_, cuts)| !cuts.is_empty()) else {
            return Val::Missing;
        };
        let v = self.value.value(ctx);
        if v.is_missing() {
            return Val::Missing;
        }
        let below = cuts.partition_point(|cut| v.natural_cmp(&cut.val()).is_gt());
        Val::Whole(1 + i128::try_from(below).unwrap_or(0))
    }

    pub(crate) fn valid_until<'a>(&'a self, ctx: &Ctx<'a, P>) -> i64 {
        self.value
            .valid_until(ctx)
            .min(self.era(ctx.now).map_or(NEVER, |(until, _)| *until))
    }
}

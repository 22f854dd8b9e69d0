//! Scores: the class of a value, by the cut points that held at an instant.

use super::{Inner, Literal, TermNode, Value};
use crate::eval::Binder;
use crate::eval::context::Ctx;
use crate::ir::{Lit, Score};
use crate::profile::{Profile, Val};
use crate::time::NEVER;

/// A score ready to run.
pub(crate) struct ScoreNode<P: Profile> {
    value: TermNode<P>,
    /// Cut points, ascending, and the instant before which they hold, in order; the last hold for ever.
    eras: Vec<(i64, Vec<Literal>)>,
}

impl<P: Profile> ScoreNode<P> {
    pub(super) fn bind(binder: &mut Binder<'_, P>, score: &Score) -> Self {
        let era =
            |(until, cuts): &(i64, Vec<Lit>)| (*until, cuts.iter().map(Literal::of).collect());
        ScoreNode {
            value: binder.term(&score.value),
            eras: score.eras.iter().map(era).collect(),
        }
    }

    fn era(&self, now: i64) -> Option<&(i64, Vec<Literal>)> {
        self.eras
            .get(self.eras.partition_point(|(until, _)| *until <= now))
    }
}

impl<P: Profile> Value<P> for ScoreNode<P> {
    /// 1 plus the number of cut points strictly below the value; missing where there is no value, and before the score was
    /// fitted.
    fn value<'a>(&'a self, ctx: &Ctx<'a, P>) -> Val<'a> {
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

    fn valid_until<'a>(&'a self, ctx: &Ctx<'a, P>) -> i64 {
        self.value
            .valid_until(ctx)
            .min(self.era(ctx.now).map_or(NEVER, |(until, _)| *until))
    }

    fn inner(&self) -> Inner<'_, P> {
        [Some(&self.value), None]
    }

    /// A class stands still and then leaps.
    fn next_discontinuity<'a>(&'a self, ctx: &Ctx<'a, P>) -> i64 {
        let inner = self.next_inner_discontinuity(ctx);
        if self.value.now_occurrences() == 0 {
            return inner;
        }
        self.next_other(ctx, inner)
    }
}

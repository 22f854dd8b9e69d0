//! Earlier instants: a condition or a value as it was so long ago.

use super::context::Ctx;
use super::window::bound::BoundNode;
use crate::profile::Profile;
use crate::time::{Instant, NEVER};

/// `rfm as of 30 days ago`: what it is about, evaluated as if it were then.
pub(crate) struct AsOf<P: Profile, T> {
    pub(crate) of: T,
    /// The instant that is meant.
    pub(crate) at: BoundNode<P>,
}

impl<P: Profile, T> AsOf<P, T> {
    /// The scope in which the question is asked.
    pub(crate) fn scope<'a>(&'a self, ctx: &Ctx<'a, P>) -> Ctx<'a, P> {
        let then = self.at.value(ctx).unwrap_or(ctx.now);
        ctx.at(then.max(Instant::MIN.micros()))
    }

    /// When that instant leaves a stretch that begins with it: it reaches the end, or is set back by a month's end.
    pub(crate) fn next_exit<'a>(&'a self, ctx: &Ctx<'a, P>, then: i64, end: i64) -> i64 {
        let over = if end == NEVER {
            NEVER
        } else {
            self.at.next_crossing(ctx, end.saturating_sub(1))
        };
        if self.at.tracks_now() {
            over
        } else {
            over.min(self.at.next_crossing(ctx, then.saturating_sub(1)))
        }
    }
}

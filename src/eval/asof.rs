//! Earlier instants: a condition or a value as it was so long ago.

use super::bound::BoundNode;
use super::context::Ctx;
use super::node::Node;
use super::term::TermNode;
use crate::profile::{Profile, Val};
use crate::time::{Instant, NEVER};

/// `rfm as of 30 days ago`: what it is about, judged as if it were then.
pub(crate) struct AsOfNode<P: Profile, T> {
    pub(crate) of: T,
    /// The instant that is meant.
    pub(crate) at: BoundNode<P>,
}

impl<P: Profile, T> AsOfNode<P, T> {
    /// The place in which the question is asked.
    pub(crate) fn place<'a>(&'a self, ctx: &Ctx<'a, P>) -> Ctx<'a, P> {
        let then = self.at.value(ctx).unwrap_or(ctx.now);
        ctx.at(then.max(Instant::MIN.micros()))
    }

    /// When that instant leaves a stretch that begins with it: it reaches the end, or is thrown back by a month's end.
    fn next_exit<'a>(&'a self, ctx: &Ctx<'a, P>, then: i64, end: i64) -> i64 {
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

impl<P: Profile> AsOfNode<P, Node<P>> {
    pub(crate) fn holds<'a>(&'a self, ctx: &Ctx<'a, P>) -> bool {
        self.of.holds(&self.place(ctx))
    }

    pub(crate) fn evaluate<'a>(&'a self, ctx: &Ctx<'a, P>) -> (bool, i64) {
        let place = self.place(ctx);
        let (holds, until) = self.of.evaluate(&place);
        (holds, self.next_exit(ctx, place.now, until))
    }
}

impl<P: Profile> AsOfNode<P, TermNode<P>> {
    pub(crate) fn value<'a>(&'a self, ctx: &Ctx<'a, P>) -> Val<'a> {
        self.of.value(&self.place(ctx))
    }

    pub(crate) fn valid_until<'a>(&'a self, ctx: &Ctx<'a, P>) -> i64 {
        let place = self.place(ctx);
        self.next_exit(ctx, place.now, self.of.valid_until(&place))
    }
}

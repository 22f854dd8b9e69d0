//! Having entered or left a segment: the segment is judged at past instants on the same data.

use super::bound::BoundNode;
use super::context::Ctx;
use super::node::Node;
use crate::profile::Profile;
use crate::time::{Instant, MAX_BACK, NEVER};
use std::sync::Arc;

/// `entered segment vip within 7 days`
pub(crate) struct SegmentTransitionNode<P: Profile> {
    pub(crate) segment: Arc<Node<P>>,
    pub(crate) entered: bool,
    /// Where the window starts.
    pub(crate) since: BoundNode<P>,
}

impl<P: Profile> SegmentTransitionNode<P> {
    pub(crate) fn evaluate<'a>(&'a self, ctx: &Ctx<'a, P>) -> (bool, i64) {
        // Fewer than a rule of its own has: this is asked again at each of that rule's looks.
        const MAX_PROBES: usize = 400;
        let Some(low) = self.since.value(ctx) else {
            return (false, NEVER);
        };
        // A window of months can move back, and so take in what lay just before it.
        let mut t = low.saturating_sub(MAX_BACK).max(Instant::MIN.micros());
        let (mut before, mut last) = (None, None);
        loop {
            let (holds, until) = self.segment.first_change_in(&ctx.at(t), MAX_PROBES);
            if until == NEVER {
                break;
            }
            let entered = !holds;
            if entered == self.entered {
                if until > ctx.now {
                    // The next move of the right kind.
                    return self.answer(ctx, before, last, until);
                }
                if until >= low {
                    last = Some(until);
                } else {
                    before = Some(until);
                }
            }
            t = until;
        }
        self.answer(ctx, before, last, NEVER)
    }

    fn answer<'a>(
        &'a self,
        ctx: &Ctx<'a, P>,
        before: Option<i64>,
        last: Option<i64>,
        next: i64,
    ) -> (bool, i64) {
        let leave = |x: Option<i64>| x.map_or(NEVER, |x| self.since.next_crossing(ctx, x));
        match last {
            Some(_) => (true, leave(last)),
            None => (false, next.min(leave(before))),
        }
    }
}

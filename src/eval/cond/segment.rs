//! Segments inside conditions: being in one, and having entered or left one lately.

use super::{Condition, Node};
use crate::eval::Binder;
use crate::eval::bounded::{Bounded, NextChange};
use crate::eval::context::Ctx;
use crate::eval::probe::MAX_PROBES_OF_SEGMENT;
use crate::eval::timeline::Transitions;
use crate::eval::window::bound::BoundNode;
use crate::ir::{CalendarSpan, Segment};
use crate::profile::Profile;
use crate::time::NEVER;
use std::sync::Arc;

/// `in segment vip`: bound once, however often it is named.
pub(crate) struct SegmentNode<P: Profile>(Arc<Node<P>>);

impl<P: Profile> SegmentNode<P> {
    pub(super) fn bind(binder: &mut Binder<'_, P>, segment: &Arc<Segment>) -> Self {
        SegmentNode(binder.segment(segment))
    }
}

impl<P: Profile> Condition<P> for SegmentNode<P> {
    fn holds<'a>(&'a self, ctx: &Ctx<'a, P>) -> bool {
        self.0.holds(ctx)
    }

    fn evaluate<'a>(&'a self, ctx: &Ctx<'a, P>) -> Bounded {
        self.0.evaluate(ctx)
    }

    fn fast_path<'a>(&'a self, ctx: &Ctx<'a, P>) -> Option<NextChange> {
        self.0.fast_path(ctx)
    }

    fn max_change_points<'a>(&'a self, ctx: &Ctx<'a, P>, of: usize) -> usize {
        self.0.max_change_points(ctx, of)
    }

    fn cost(&self) -> u32 {
        self.0.cost()
    }
}

impl<P: Profile> Binder<'_, P> {
    pub(crate) fn segment(&mut self, segment: &Arc<Segment>) -> Arc<Node<P>> {
        if let Some(node) = self.segments.get(&segment.cond.fingerprint()) {
            return node.clone();
        }
        let node = Arc::new(self.cond(&segment.cond));
        self.segments
            .insert(segment.cond.fingerprint(), node.clone());
        node
    }
}

/// `entered segment vip within 7 days`: the segment is evaluated at past instants on the same data.
pub(crate) struct SegmentTransitionNode<P: Profile> {
    pub(crate) segment: Arc<Node<P>>,
    entered: bool,
    /// Where the window starts.
    pub(crate) since: BoundNode<P>,
}

impl<P: Profile> SegmentTransitionNode<P> {
    pub(super) fn bind(
        binder: &mut Binder<'_, P>,
        entered: bool,
        segment: &Arc<Segment>,
        within: CalendarSpan,
    ) -> Node<P> {
        Node::SegmentTransition(Box::new(SegmentTransitionNode {
            segment: binder.segment(segment),
            entered,
            since: BoundNode::ago(binder.calendar, within),
        }))
    }
}

impl<P: Profile> Condition<P> for SegmentTransitionNode<P> {
    fn holds<'a>(&'a self, ctx: &Ctx<'a, P>) -> bool {
        self.evaluate(ctx).holds
    }

    fn evaluate<'a>(&'a self, ctx: &Ctx<'a, P>) -> Bounded {
        let Some(low) = self.since.value(ctx) else {
            // INVARIANT: the window counts from now, which is never missing.
            debug_assert!(false, "a window of transitions counts from now");
            return Bounded::forever(false);
        };
        let mut transitions = Transitions::new(low);
        let (mut t, mut next) = (transitions.start(), NEVER);
        loop {
            let change = self
                .segment
                .next_change_within(&ctx.at(t), MAX_PROBES_OF_SEGMENT);
            if change.until == NEVER {
                break;
            }
            t = change.until;
            let has_entered = !change.holds;
            if has_entered != self.entered {
                continue;
            }
            if t > ctx.now {
                next = t;
                break;
            }
            transitions.add(t);
        }
        transitions.evaluate(ctx, &self.since, || next)
    }

    fn max_change_points<'a>(&'a self, ctx: &Ctx<'a, P>, of: usize) -> usize {
        self.segment.max_change_points(ctx, of).saturating_mul(2)
    }

    fn cost(&self) -> u32 {
        500
    }
}

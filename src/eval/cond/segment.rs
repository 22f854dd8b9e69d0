//! Segments inside conditions.

use super::{Condition, Node};
use crate::eval::Binder;
use crate::eval::bounded::{Bounded, NextChange};
use crate::eval::context::Ctx;
use crate::eval::probe::MAX_PROBES_OF_SEGMENT;
use crate::eval::timeline::{Past, StateTimeline, Step};
use crate::ir::Segment;
use crate::profile::{Profile, Val};
use crate::time::{Instant, NEVER};
use std::ops::ControlFlow;
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

/// Being in the segment over time: its condition is evaluated at past instants on the same data.
impl<P: Profile> StateTimeline<P> for SegmentNode<P> {
    fn walk<'a>(
        &'a self,
        ctx: &Ctx<'a, P>,
        past: Past,
        visit: &mut dyn FnMut(Step<'a>) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let since = match past {
            Past::From(from) => from.max(Instant::MIN.micros()),
            Past::All | Past::LastChange => Instant::MIN.micros(),
        };
        let value = |holds: bool| Val::Whole(i128::from(holds));
        let becomes = |at: i64, holds: bool| Step::Becomes {
            at,
            before: value(!holds),
            after: value(holds),
        };
        let search = |ctx: &Ctx<'_, P>, at: i64, end: i64| {
            let node = &self.0;
            node.next_change_by(&ctx.at(at), end, MAX_PROBES_OF_SEGMENT)
        };
        // What was has to be known; what comes, as far as a search may look.
        let past = |at: i64| ctx.unlimited(|ctx| search(ctx, at, ctx.now));
        let mut next = past(since);
        visit(Step::Is {
            since,
            value: value(next.holds),
        })?;
        while next.until <= ctx.now {
            let at = next.until;
            visit(becomes(at, !next.holds))?;
            next = past(at);
        }
        visit(Step::Now)?;
        while next.until != NEVER {
            let at = next.until;
            let then = search(ctx, at, NEVER);
            if then.holds != next.holds {
                visit(becomes(at, then.holds))?;
            } else if ctx.is_spent() {
                return visit(Step::Unknown { from: then.until });
            }
            next = then;
        }
        ControlFlow::Continue(())
    }

    fn max_changes<'a>(&'a self, ctx: &Ctx<'a, P>, of: usize) -> usize {
        self.0.max_change_points(ctx, of)
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

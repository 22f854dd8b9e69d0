//! Conditions on stages: how long it has been, whether it ever was, what was entered and left.

use super::{Condition, Node};
use crate::eval::Binder;
use crate::eval::bounded::Bounded;
use crate::eval::context::Ctx;
use crate::eval::timeline::lifecycle::{CurrentStage, StageTransition, bit};
use crate::eval::timeline::stage::CurrentStageNode;
use crate::eval::window::bound::{BoundNode, moved};
use crate::ir::{Calendar, CalendarSpan, Held, StageOf, StageTest};
use crate::profile::Profile;
use crate::time::{Instant, MAX_BACK, NEVER};

/// `in stage decision for at least 3 days`, `ever in stage decision`, `entered stage decision within 7 days`
pub(crate) struct StageTestNode<P: Profile> {
    pub(crate) stage: CurrentStageNode<P>,
    test: StageTest,
    /// Where the window of a move starts.
    pub(crate) since: BoundNode<P>,
    calendar: Calendar,
}

impl<P: Profile> StageTestNode<P> {
    pub(super) fn bind(binder: &mut Binder<'_, P>, of: &StageOf, test: StageTest) -> Node<P> {
        let within = match test {
            StageTest::Moved { within, .. } => within,
            StageTest::Held { .. } | StageTest::Ever(_) => CalendarSpan::Micros(0),
        };
        Node::Stage(Box::new(StageTestNode {
            stage: binder.current_stage(of),
            test,
            since: BoundNode::ago(binder.calendar, within),
            calendar: binder.calendar,
        }))
    }

    /// Since when the profile has been in one of these stages, or in its present one: [`Instant::MIN`] if from the beginning,
    /// `None` where it is in none of them.
    pub(crate) fn held_since<'a>(
        &'a self,
        ctx: &Ctx<'a, P>,
        stages: Option<u64>,
    ) -> (Option<i64>, CurrentStage) {
        let Some(stages) = stages else {
            let current = self.stage.current_stage(ctx);
            return (current.stage.map(|_| current.since), current);
        };
        let inside = |stage: Option<u8>| bit(stage) & stages != 0;
        let mut since = inside(None).then(|| Instant::MIN.micros());
        let current = self.stage.transitions(ctx, |at, transition| {
            since = if inside(transition.to) {
                since.or(Some(at))
            } else {
                None
            };
        });
        (since, current)
    }

    fn held<'a>(
        &'a self,
        ctx: &Ctx<'a, P>,
        stages: Option<u64>,
        op: Held,
        duration: CalendarSpan,
    ) -> Bounded {
        let (since, current) = self.held_since(ctx, stages);
        let changes = |p: &StageTransition| {
            stages.is_none_or(|stages| (bit(p.from) & stages == 0) != (bit(p.to) & stages == 0))
        };
        let next =
            self.stage
                .lifecycle
                .next_transition_where(&self.stage.scope(ctx), current, changes);
        let Some(since) = since else {
            return Bounded::new(false, next);
        };
        let ripe = if since == Instant::MIN.micros() {
            i64::MIN
        } else {
            self.ripe(since, duration)
        };
        let (holds, turn) = match op {
            Held::MoreThan => (ripe < ctx.now, ripe.saturating_add(1)),
            Held::AtLeast => (ripe <= ctx.now, ripe),
            Held::LessThan => (ripe > ctx.now, ripe),
        };
        Bounded::new(holds, if turn > ctx.now { next.min(turn) } else { next })
    }

    /// When something that began has lasted so long.
    pub(crate) fn ripe(&self, since: i64, duration: CalendarSpan) -> i64 {
        let (months, micros) = duration.parts();
        moved(since, months, self.calendar).saturating_add(micros)
    }

    fn ever<'a>(&'a self, ctx: &Ctx<'a, P>, stages: u64) -> Bounded {
        let mut entered = 0;
        let current = self
            .stage
            .transitions(ctx, |_, transition| entered |= transition.entered);
        if entered & stages != 0 {
            return Bounded::forever(true);
        }
        let scope = self.stage.scope(ctx);
        Bounded::new(
            false,
            self.stage
                .lifecycle
                .next_transition_where(&scope, current, |p| p.entered & stages != 0),
        )
    }

    /// As a segment is entered and left; what has always been so is no transition.
    fn moved<'a>(&'a self, ctx: &Ctx<'a, P>, entered: bool, stages: u64) -> Bounded {
        let Some(low) = self.since.value(ctx) else {
            return Bounded::forever(false);
        };
        let is_meant =
            |p: &StageTransition| (if entered { p.entered } else { p.left() }) & stages != 0;
        let (mut before, mut last) = (None, None);
        let current = self.stage.transitions(ctx, |at, transition| {
            if at > Instant::MIN.micros() && is_meant(transition) {
                if at >= low {
                    last = Some(at);
                } else if at >= low.saturating_sub(MAX_BACK) {
                    // A window of months can move back, and so take in what lay just before it.
                    before = Some(at);
                }
            }
        });
        let next_crossing = |x: Option<i64>| x.map_or(NEVER, |x| self.since.next_crossing(ctx, x));
        if last.is_some() {
            return Bounded::new(true, next_crossing(last));
        }
        let scope = self.stage.scope(ctx);
        let next = self
            .stage
            .lifecycle
            .next_transition_where(&scope, current, is_meant);
        Bounded::new(false, next.min(next_crossing(before)))
    }
}

impl<P: Profile> Condition<P> for StageTestNode<P> {
    fn holds<'a>(&'a self, ctx: &Ctx<'a, P>) -> bool {
        self.evaluate(ctx).holds
    }

    fn evaluate<'a>(&'a self, ctx: &Ctx<'a, P>) -> Bounded {
        match self.test {
            StageTest::Held {
                stages,
                op,
                duration,
            } => self.held(ctx, stages, op, duration),
            StageTest::Ever(stages) => self.ever(ctx, stages),
            StageTest::Moved {
                entered, stages, ..
            } => self.moved(ctx, entered, stages),
        }
    }

    fn max_change_points<'a>(&'a self, ctx: &Ctx<'a, P>, of: usize) -> usize {
        self.stage
            .lifecycle
            .max_change_points(ctx, of)
            .saturating_mul(2)
    }

    fn cost(&self) -> u32 {
        500
    }
}

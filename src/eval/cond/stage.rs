//! Conditions on stages: how long it has been, whether it ever was, what was entered and left.

use super::{Condition, Node};
use crate::eval::Binder;
use crate::eval::bounded::Bounded;
use crate::eval::context::Ctx;
use crate::eval::timeline::lifecycle::{CurrentStage, StageTransition, bit};
use crate::eval::timeline::stage::CurrentStageNode;
use crate::eval::timeline::{HeldFor, Since, Transitions};
use crate::eval::window::bound::BoundNode;
use crate::ir::{Calendar, CalendarSpan, StageOf, StageTest};
use crate::profile::Profile;
use crate::syntax::HeldOp;
use crate::time::Instant;

/// `in stage decision for at least 3 days`, `ever in stage decision`, `entered stage decision within 7 days`
pub(crate) struct StageTestNode<P: Profile> {
    pub(crate) stage: CurrentStageNode<P>,
    test: StageTest,
    /// Where the window of a transition starts.
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

    fn held<'a>(&'a self, ctx: &Ctx<'a, P>, stages: Option<u64>, held_for: HeldFor) -> Bounded {
        let (since, current) = self.held_since(ctx, stages);
        let changes = |p: &StageTransition| {
            stages.is_none_or(|stages| (bit(p.from) & stages == 0) != (bit(p.to) & stages == 0))
        };
        let next = self.next_where(ctx, current, changes);
        held_for.evaluate(ctx.now, Since::from_instant(since), next)
    }

    /// How long it is to be, as the test says it.
    pub(crate) fn held_for(&self, op: HeldOp, duration: CalendarSpan) -> HeldFor {
        HeldFor {
            op,
            duration,
            calendar: self.calendar,
        }
    }

    /// The first transition after now that is meant.
    fn next_where<'a>(
        &'a self,
        ctx: &Ctx<'a, P>,
        current: CurrentStage,
        is_meant: impl FnMut(&StageTransition) -> bool,
    ) -> i64 {
        self.stage
            .lifecycle
            .next_transition_where(&self.stage.scope(ctx), current, is_meant)
    }

    fn ever<'a>(&'a self, ctx: &Ctx<'a, P>, stages: u64) -> Bounded {
        let mut entered = 0;
        let current = self
            .stage
            .transitions(ctx, |_, transition| entered |= transition.entered);
        if entered & stages != 0 {
            return Bounded::forever(true);
        }
        Bounded::new(
            false,
            self.next_where(ctx, current, |p| p.entered & stages != 0),
        )
    }

    /// As a segment is entered and left; what has always been so is no transition.
    fn moved<'a>(&'a self, ctx: &Ctx<'a, P>, entered: bool, stages: u64) -> Bounded {
        let Some(low) = self.since.value(ctx) else {
            // INVARIANT: the window counts from now, which is never missing.
            debug_assert!(false, "a window of transitions counts from now");
            return Bounded::forever(false);
        };
        let is_meant =
            |p: &StageTransition| (if entered { p.entered } else { p.left() }) & stages != 0;
        let mut transitions = Transitions::new(low);
        let current = self.stage.transitions(ctx, |at, transition| {
            if at > Instant::MIN.micros() && is_meant(transition) {
                transitions.add(at);
            }
        });
        transitions.evaluate(ctx, &self.since, || self.next_where(ctx, current, is_meant))
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
            } => self.held(ctx, stages, self.held_for(op, duration)),
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

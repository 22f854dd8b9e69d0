//! Conditions on stages: the present one, how long it has been, what was entered and left.

use super::bound::{BoundNode, moved};
use super::context::Ctx;
use super::lifecycle::{CurrentStage, LifecycleNode, StageTransition, bit};
use crate::ir::{Calendar, CalendarSpan, Held, StageTest};
use crate::profile::Profile;
use crate::time::{Instant, MAX_BACK, NEVER};
use std::sync::Arc;

/// The present stage of a lifecycle.
pub(crate) struct CurrentStageNode<P: Profile> {
    pub(crate) lifecycle: Arc<LifecycleNode<P>>,
    pub(crate) subject: Option<Arc<str>>,
}

impl<P: Profile> CurrentStageNode<P> {
    /// The place in which the lifecycle is judged, whatever event the question is asked of.
    pub(crate) fn place<'a>(&'a self, ctx: &Ctx<'a, P>) -> Ctx<'a, P> {
        Ctx {
            subject: self.subject.as_deref(),
            event: None,
            steps: &[],
            ..*ctx
        }
    }

    pub(crate) fn current_stage<'a>(&'a self, ctx: &Ctx<'a, P>) -> CurrentStage {
        self.lifecycle.walk(&self.place(ctx), |_| {})
    }

    /// The first instant at which the stage is another.
    pub(crate) fn until<'a>(&'a self, ctx: &Ctx<'a, P>) -> i64 {
        let place = self.place(ctx);
        let current = self.lifecycle.walk(&place, |_| {});
        self.lifecycle
            .next_transition(&place, current.stage, current.next)
    }

    /// Walks to `ctx.now`, and tells what happened at each instant of a move.
    pub(crate) fn transitions<'a>(
        &'a self,
        ctx: &Ctx<'a, P>,
        mut each: impl FnMut(i64, &StageTransition),
    ) -> CurrentStage {
        let mut at = Instant::MIN.micros();
        let mut open = StageTransition {
            from: None,
            to: None,
            entered: 0,
        };
        let current = self.lifecycle.walk(&self.place(ctx), |m| {
            if m.at != at {
                if open.entered != 0 {
                    each(at, &open);
                }
                (at, open) = (
                    m.at,
                    StageTransition {
                        from: open.to,
                        to: open.to,
                        entered: 0,
                    },
                );
            }
            open.record(m.stage);
        });
        if open.entered != 0 {
            each(at, &open);
        }
        current
    }
}

/// `in stage decision for at least 3 days`, `ever in stage decision`, `entered stage decision within 7 days`
pub(crate) struct StageTestNode<P: Profile> {
    pub(crate) stage: CurrentStageNode<P>,
    pub(crate) test: StageTest,
    /// Where the window of a move starts.
    pub(crate) since: BoundNode<P>,
    pub(crate) calendar: Calendar,
}

impl<P: Profile> StageTestNode<P> {
    pub(crate) fn evaluate<'a>(&'a self, ctx: &Ctx<'a, P>) -> (bool, i64) {
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
    ) -> (bool, i64) {
        let (since, current) = self.held_since(ctx, stages);
        let changes = |p: &StageTransition| {
            stages.is_none_or(|stages| (bit(p.from) & stages == 0) != (bit(p.to) & stages == 0))
        };
        let next = self
            .stage
            .lifecycle
            .ahead(&self.stage.place(ctx), current, changes);
        let Some(since) = since else {
            return (false, next);
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
        (holds, if turn > ctx.now { next.min(turn) } else { next })
    }

    /// When something that began has lasted so long.
    pub(crate) fn ripe(&self, since: i64, duration: CalendarSpan) -> i64 {
        let (months, micros) = duration.parts();
        moved(since, months, self.calendar).saturating_add(micros)
    }

    fn ever<'a>(&'a self, ctx: &Ctx<'a, P>, stages: u64) -> (bool, i64) {
        let mut entered = 0;
        let current = self
            .stage
            .transitions(ctx, |_, transition| entered |= transition.entered);
        if entered & stages != 0 {
            return (true, NEVER);
        }
        let place = self.stage.place(ctx);
        (
            false,
            self.stage
                .lifecycle
                .ahead(&place, current, |p| p.entered & stages != 0),
        )
    }

    /// As a segment is entered and left; what has always been so is no transition.
    fn moved<'a>(&'a self, ctx: &Ctx<'a, P>, entered: bool, stages: u64) -> (bool, i64) {
        let Some(low) = self.since.value(ctx) else {
            return (false, NEVER);
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
            return (true, next_crossing(last));
        }
        let place = self.stage.place(ctx);
        let next = self.stage.lifecycle.ahead(&place, current, is_meant);
        (false, next.min(next_crossing(before)))
    }
}

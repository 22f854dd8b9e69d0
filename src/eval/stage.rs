//! Conditions on stages: the present one, how long it has been, what was entered and left.

use super::bound::{BoundNode, moved};
use super::context::Ctx;
use super::lifecycle::{LifecycleNode, Passage, Standing, bit};
use crate::ir::{Calendar, CalendarSpan, Held, StageTest};
use crate::profile::Profile;
use crate::time::{Instant, MAX_BACK, NEVER};
use std::sync::Arc;

/// The present stage of a lifecycle.
pub(crate) struct StandingNode<P: Profile> {
    pub(crate) lifecycle: Arc<LifecycleNode<P>>,
    pub(crate) subject: Option<Arc<str>>,
}

impl<P: Profile> StandingNode<P> {
    /// The place in which the lifecycle is judged, whatever event the question is asked of.
    pub(crate) fn place<'a>(&'a self, ctx: &Ctx<'a, P>) -> Ctx<'a, P> {
        Ctx {
            subject: self.subject.as_deref(),
            event: None,
            steps: &[],
            ..*ctx
        }
    }

    pub(crate) fn standing<'a>(&'a self, ctx: &Ctx<'a, P>) -> Standing {
        self.lifecycle.walk(&self.place(ctx), |_| {})
    }

    /// The first instant at which the stage is another.
    pub(crate) fn until<'a>(&'a self, ctx: &Ctx<'a, P>) -> i64 {
        let place = self.place(ctx);
        let standing = self.lifecycle.walk(&place, |_| {});
        self.lifecycle
            .next_move(&place, standing.stage, standing.next)
    }

    /// Walks to `ctx.now`, and tells what happened at each instant of a move.
    pub(crate) fn passages<'a>(
        &'a self,
        ctx: &Ctx<'a, P>,
        mut each: impl FnMut(i64, &Passage),
    ) -> Standing {
        let mut at = Instant::MIN.micros();
        let mut open = Passage {
            from: None,
            to: None,
            entered: 0,
        };
        let standing = self.lifecycle.walk(&self.place(ctx), |m| {
            if m.at != at {
                if open.entered != 0 {
                    each(at, &open);
                }
                (at, open) = (
                    m.at,
                    Passage {
                        from: open.to,
                        to: open.to,
                        entered: 0,
                    },
                );
            }
            open.enter(m.stage);
        });
        if open.entered != 0 {
            each(at, &open);
        }
        standing
    }
}

/// `in stage decision for at least 3 days`, `ever in stage decision`, `entered stage decision within 7 days`
pub(crate) struct StageTestNode<P: Profile> {
    pub(crate) standing: StandingNode<P>,
    pub(crate) test: StageTest,
    /// Where the window of a move starts.
    pub(crate) since: BoundNode<P>,
    pub(crate) calendar: Calendar,
}

impl<P: Profile> StageTestNode<P> {
    pub(crate) fn judge<'a>(&'a self, ctx: &Ctx<'a, P>) -> (bool, i64) {
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

    /// Since when the profile has been in one of these stages, or in its present one: [`Instant::MIN`] where since ever,
    /// `None` where it is in none of them.
    pub(crate) fn held_since<'a>(
        &'a self,
        ctx: &Ctx<'a, P>,
        stages: Option<u64>,
    ) -> (Option<i64>, Standing) {
        let Some(stages) = stages else {
            let standing = self.standing.standing(ctx);
            return (standing.stage.map(|_| standing.since), standing);
        };
        let inside = |stage: Option<u8>| bit(stage) & stages != 0;
        let mut since = inside(None).then(|| Instant::MIN.micros());
        let standing = self.standing.passages(ctx, |at, passage| {
            since = if inside(passage.to) {
                since.or(Some(at))
            } else {
                None
            };
        });
        (since, standing)
    }

    fn held<'a>(
        &'a self,
        ctx: &Ctx<'a, P>,
        stages: Option<u64>,
        op: Held,
        duration: CalendarSpan,
    ) -> (bool, i64) {
        let (since, standing) = self.held_since(ctx, stages);
        let changes = |p: &Passage| {
            stages.is_none_or(|stages| (bit(p.from) & stages == 0) != (bit(p.to) & stages == 0))
        };
        let next = self
            .standing
            .lifecycle
            .ahead(&self.standing.place(ctx), standing, changes);
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
        let standing = self
            .standing
            .passages(ctx, |_, passage| entered |= passage.entered);
        if entered & stages != 0 {
            return (true, NEVER);
        }
        let place = self.standing.place(ctx);
        (
            false,
            self.standing
                .lifecycle
                .ahead(&place, standing, |p| p.entered & stages != 0),
        )
    }

    /// As a segment is entered and left; what has been so since ever is no move.
    fn moved<'a>(&'a self, ctx: &Ctx<'a, P>, entered: bool, stages: u64) -> (bool, i64) {
        let Some(low) = self.since.value(ctx) else {
            return (false, NEVER);
        };
        let is_meant = |p: &Passage| (if entered { p.entered } else { p.left() }) & stages != 0;
        let (mut before, mut last) = (None, None);
        let standing = self.standing.passages(ctx, |at, passage| {
            if at > Instant::MIN.micros() && is_meant(passage) {
                if at >= low {
                    last = Some(at);
                } else if at >= low.saturating_sub(MAX_BACK) {
                    // A window of months can move back, and so take in what lay just before it.
                    before = Some(at);
                }
            }
        });
        let cross = |x: Option<i64>| x.map_or(NEVER, |x| self.since.cross(ctx, x));
        if last.is_some() {
            return (true, cross(last));
        }
        let place = self.standing.place(ctx);
        let next = self.standing.lifecycle.ahead(&place, standing, is_meant);
        (false, next.min(cross(before)))
    }
}

//! Lifecycles: which stage a profile is in at an instant, as a function of its data.
//!
//! The conditions of the stages are evaluated at every instant at which one of them changes, from the first instant on; each
//! time the profile moves until it can move no further. What was kept of a profile's moves saves walking its past again.

use super::progress::Progress;
use super::stage_history::Move;
use crate::eval::bounded::Bounded;
use crate::eval::collection::index::IndexCache;
use crate::eval::cond::Node;
use crate::eval::context::Ctx;
use crate::eval::probe::{MAX_PROBES, ProbeBudget, sum};
use crate::ir::{MAX_STAGES, StageId, StageSet};
use crate::profile::Profile;
use crate::time::{Instant, NEVER};

/// A lifecycle ready to run.
pub(crate) struct LifecycleNode<P: Profile> {
    pub(crate) name: String,
    pub(crate) stages: Vec<StageNode<P>>,
}

/// A stage ready to run.
pub(crate) struct StageNode<P: Profile> {
    pub(crate) cond: Node<P>,
    /// From where it may be entered.
    pub(crate) from: StageSet,
}

/// The stage of a profile at an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CurrentStage {
    pub(crate) stage: Option<StageId>,
    /// When the stage was entered; [`Instant::MIN`] if it has always been so.
    pub(crate) since: i64,
    /// An instant after the one that was asked about, before which no condition changes.
    pub(crate) next: i64,
}

impl CurrentStage {
    fn of(progress: Progress, next: i64) -> Self {
        CurrentStage {
            stage: progress.stage,
            since: progress.since,
            next,
        }
    }
}

impl<P: Profile> LifecycleNode<P> {
    /// Upper bound on the instants at which the data can change the condition of a stage.
    pub(crate) fn max_change_points<'a>(&'a self, ctx: &Ctx<'a, P>, of: usize) -> usize {
        sum(self
            .stages
            .iter()
            .map(|stage| stage.cond.max_change_points(ctx, of)))
    }

    fn stages(&self) -> impl DoubleEndedIterator<Item = (StageId, &StageNode<P>)> {
        let stages = self.stages.iter().enumerate();
        stages.map(|(i, node)| (StageId::new(i), node))
    }

    /// The conditions that hold, and the first instant at which one of them changes, or, where a search ended before that, one
    /// before which none does.
    pub(crate) fn evaluate<'a>(&'a self, ctx: &Ctx<'a, P>) -> (StageSet, i64) {
        StageCursor::new(self, NEVER).evaluate(ctx)
    }

    /// The conditions that hold.
    pub(crate) fn holding<'a>(&'a self, ctx: &Ctx<'a, P>) -> StageSet {
        let holding = self.stages().filter(|(_, stage)| stage.cond.holds(ctx));
        holding.fold(StageSet::default(), |all, (id, _)| {
            all.with(StageSet::of(Some(id)))
        })
    }

    /// Moves on from a stage as far as the conditions allow. No stage is entered twice, nor the first one again.
    pub(crate) fn advance_stage(
        &self,
        stage: Option<StageId>,
        holding: StageSet,
        mut each: impl FnMut(Option<StageId>, StageId),
    ) -> Option<StageId> {
        let (mut stage, mut seen) = (stage, StageSet::of(stage));
        loop {
            let here = StageSet::of(stage);
            let enterable = |(id, node): &(StageId, &StageNode<P>)| {
                holding.contains(Some(*id)) && node.from.meets(here)
            };
            let Some((next, _)) = self.stages().find(enterable) else {
                return stage;
            };
            // To stay is no move; to come back is for another time.
            if seen.contains(Some(next)) {
                return stage;
            }
            each(stage, next);
            stage = Some(next);
            seen = seen.with(StageSet::of(stage));
        }
    }

    /// Walks to `ctx.now`, from what was stored or from the first instant, and visits each transition on the way.
    pub(crate) fn walk<'a>(&'a self, ctx: &Ctx<'a, P>, mut each: impl FnMut(Move)) -> CurrentStage {
        ctx.unlimited(|ctx| {
            let mut cursor = StageCursor::new(self, ctx.now);
            let mut progress = self.begin(ctx, &mut cursor, &mut each);
            self.walk_on(ctx, &mut cursor, &mut progress, &mut each);
            CurrentStage::of(progress, cursor.evaluate(ctx).1)
        })
    }

    /// The same without the visits. Of instants that are probed one after the other, the walk to one goes on from the last.
    pub(crate) fn current_stage<'a>(&'a self, ctx: &Ctx<'a, P>) -> CurrentStage {
        let Some(walks) = ctx.indexes.and_then(IndexCache::walks) else {
            return self.walk(ctx, |_| {});
        };
        let subject = ctx.subject.map_or(0, |subject| subject.as_ptr().addr());
        let walked = (std::ptr::from_ref(self).addr(), subject);
        ctx.unlimited(|ctx| {
            let mut cursor = StageCursor::new(self, ctx.now);
            let mut progress = walks
                .of(walked, ctx.now)
                .unwrap_or_else(|| self.begin(ctx, &mut cursor, &mut |_| {}));
            if self.walk_on(ctx, &mut cursor, &mut progress, &mut |_| {}) {
                walks.keep(walked, progress);
            }
            CurrentStage::of(progress, cursor.evaluate(ctx).1)
        })
    }

    /// Begins a walk: with the moves up to `ctx.now` that were kept, or with what holds at the first instant.
    fn begin<'a>(
        &'a self,
        ctx: &Ctx<'a, P>,
        cursor: &mut StageCursor<'a, P>,
        each: &mut impl FnMut(Move),
    ) -> Progress {
        // As in any search: only the calendar can ask for ever more probes, and then the rest is taken in one step.
        let budget = ProbeBudget::new(MAX_PROBES);
        let begin = Instant::MIN.micros();
        let kept = ctx
            .stages
            .and_then(|kept| kept.moves(&self.name, ctx.subject));
        let Some((moves, covered)) = kept else {
            let (holding, _) = cursor.evaluate(&ctx.at(begin));
            let enter = |_, to| {
                each(Move {
                    at: begin,
                    stage: to,
                })
            };
            return Progress {
                at: begin,
                stage: self.advance_stage(None, holding, enter),
                since: begin,
                budget,
            };
        };
        let end = moves.partition_point(|m| m.at <= ctx.now);
        let moves = moves.get(..end).unwrap_or(moves);
        moves.iter().for_each(|m| each(*m));
        Progress {
            at: covered.min(ctx.now),
            stage: moves.last().map(|m| m.stage),
            since: moves.last().map_or(begin, |m| m.at),
            budget,
        }
    }

    /// Walks on to `ctx.now`. Whether it came there from one change to the next: `false` where it took the rest in one step.
    fn walk_on<'a>(
        &'a self,
        ctx: &Ctx<'a, P>,
        cursor: &mut StageCursor<'a, P>,
        progress: &mut Progress,
        each: &mut impl FnMut(Move),
    ) -> bool {
        let mut every_change = true;
        let place = ctx.at(progress.at);
        let (_, next) = cursor.evaluate(&place);
        let mut next = cursor.next_relevant_change(&place, progress.stage, next);
        while next <= ctx.now {
            ctx.spend(1);
            every_change &= progress.budget.take(|| self.max_change_points(ctx, 1));
            let at = if every_change { next } else { ctx.now };
            let place = ctx.at(at);
            let (holding, change) = cursor.evaluate(&place);
            let before = progress.stage;
            let enter = |_, to| each(Move { at, stage: to });
            progress.stage = self.advance_stage(before, holding, enter);
            if progress.stage != before {
                progress.since = at;
            }
            next = cursor.next_relevant_change(&place, progress.stage, change);
        }
        progress.at = ctx.now;
        every_change
    }

    /// Walks on from the current stage, as if nothing new happened, to the first instant at which `stop` says so of a move from
    /// one stage to another; `Err` where the search for it ended before.
    pub(crate) fn next_transition_where<'a>(
        &'a self,
        ctx: &Ctx<'a, P>,
        current: CurrentStage,
        mut stop: impl FnMut(i64, Option<StageId>, StageId) -> bool,
    ) -> Result<i64, i64> {
        let (mut budget, mut cursor) =
            (ProbeBudget::new(MAX_PROBES), StageCursor::new(self, NEVER));
        let (mut stage, mut next) = (current.stage, current.next);
        while budget.take(|| self.max_change_points(ctx, 1)) {
            if next > Instant::MAX.micros() {
                return Ok(NEVER);
            }
            if ctx.is_spent() {
                return Err(next);
            }
            ctx.spend(1);
            let place = ctx.at(next);
            let (holding, then) = cursor.evaluate(&place);
            let mut stopped = false;
            stage = self.advance_stage(stage, holding, |from, to| stopped |= stop(next, from, to));
            if stopped {
                return Ok(next);
            }
            next = cursor.next_relevant_change(&place, stage, then);
        }
        Ok(NEVER)
    }

    /// The first instant from `next` on, at which a condition changes, at which that moves a profile out of its stage; where
    /// a search does not find it, one from which to look on.
    pub(crate) fn next_transition<'a>(
        &'a self,
        ctx: &Ctx<'a, P>,
        stage: Option<StageId>,
        mut next: i64,
    ) -> i64 {
        let (mut budget, mut cursor) =
            (ProbeBudget::new(MAX_PROBES), StageCursor::new(self, NEVER));
        while !ctx.is_spent() && budget.take(|| self.max_change_points(ctx, 1)) {
            if next > Instant::MAX.micros() {
                return NEVER;
            }
            ctx.spend(1);
            let Bounded { holds, until } = cursor.leaves(&ctx.at(next), stage);
            if holds {
                return next;
            }
            next = until;
        }
        next
    }
}

/// A lifecycle evaluated at one instant after another: until when the condition of a stage stays what it is, is found out anew
/// only when that has come, so that one that changes often does not make the others be searched as often.
pub(crate) struct StageCursor<'l, P: Profile> {
    lifecycle: &'l LifecycleNode<P>,
    /// The last instant that is asked about: a search does not look further ahead.
    end: i64,
    /// By stage: whether its condition holds, and until when.
    known: [Bounded; MAX_STAGES],
}

impl<'l, P: Profile> StageCursor<'l, P> {
    pub(crate) fn new(lifecycle: &'l LifecycleNode<P>, end: i64) -> Self {
        StageCursor {
            lifecycle,
            end,
            known: [Bounded::new(false, i64::MIN); MAX_STAGES],
        }
    }

    /// The conditions that hold, and the first instant at which one of them changes. Each call, also of the methods below, is
    /// for an instant not earlier than the one before, and the same data.
    pub(crate) fn evaluate<'a>(&mut self, ctx: &Ctx<'a, P>) -> (StageSet, i64)
    where
        'l: 'a,
    {
        let none = (StageSet::default(), NEVER);
        let lifecycle = self.lifecycle;
        (lifecycle.stages()).fold(none, |(holding, next), (id, _)| {
            let Bounded { holds, until } = self.stage(ctx, id);
            let stage = if holds {
                StageSet::of(Some(id))
            } else {
                StageSet::default()
            };
            (holding.with(stage), next.min(until))
        })
    }

    /// When to look again at a profile in a stage, of which `next` is the first change of any condition: what has no bearing
    /// on where it may move is passed over. (What may move already, but not twice at one instant, does so at that change.)
    pub(crate) fn next_relevant_change<'a>(
        &mut self,
        ctx: &Ctx<'a, P>,
        stage: Option<StageId>,
        next: i64,
    ) -> i64
    where
        'l: 'a,
    {
        let leaves = self.leaves(ctx, stage);
        if leaves.holds { next } else { leaves.until }
    }

    /// Whether the conditions move a profile out of its stage, and until when that is certain.
    fn leaves<'a>(&mut self, ctx: &Ctx<'a, P>, stage: Option<StageId>) -> Bounded
    where
        'l: 'a,
    {
        let mut leaves = Bounded::forever(false);
        // The first that may be entered is entered, so the later ones count where the earlier do not hold.
        let lifecycle = self.lifecycle;
        for (id, node) in lifecycle.stages().rev() {
            if !node.from.contains(stage) {
                continue;
            }
            let holds = self.stage(ctx, id);
            leaves = if stage == Some(id) {
                // To stay is no transition.
                Bounded::all([holds.negated(), leaves].into_iter())
            } else {
                Bounded::any([holds, leaves].into_iter())
            };
        }
        leaves
    }

    /// Whether the condition of a stage holds, and until when.
    fn stage<'a>(&mut self, ctx: &Ctx<'a, P>, id: StageId) -> Bounded
    where
        'l: 'a,
    {
        let stages = &self.lifecycle.stages;
        let (Some(stage), Some(known)) = (stages.get(id.index()), self.known.get_mut(id.index()))
        else {
            // INVARIANT: stages are asked for by their position, and a lifecycle has at most `MAX_STAGES`.
            debug_assert!(false, "no stage {id:?}");
            return Bounded::forever(false);
        };
        // What is said to be so for ever may only have been searched for too long.
        if known.until <= ctx.now || known.until == NEVER && stage.cond.holds(ctx) != known.holds {
            *known = stage.cond.next_change_by(ctx, self.end, MAX_PROBES);
        }
        *known
    }
}

//! The stage phase: in which stage of a lifecycle the profile is now, and which transitions brought it there.

use super::context::UpdateContext;
use crate::engine::ids::LifecycleId;
use crate::engine::live_profile::LiveProfile;
use crate::engine::output::{Cause, OutputKind, StageTransition};
use crate::engine::plan::LifecyclePlan;
use crate::engine::state::LifecycleState;
use crate::eval::context::Ctx;
use crate::eval::probe::{MAX_PROBES, ProbeBudget};
use crate::eval::timeline::lifecycle::StageCursor;
use crate::eval::timeline::stage_history::Move;
use crate::ir::{StageId, StageSet};
use crate::time::{Instant, NEVER};
use std::sync::Arc;

/// A transition that was reported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct StageChange {
    pub(super) lifecycle: LifecycleId,
    pub(super) subject: Option<Arc<str>>,
    pub(super) from: Option<StageId>,
    pub(super) to: Option<StageId>,
}

impl StageChange {
    /// What is reported of it.
    pub(super) fn output<P: LiveProfile>(&self, plan: &LifecyclePlan<P>) -> OutputKind {
        let name = |stage: Option<StageId>| plan.stages.get(stage?.index()).cloned();
        OutputKind::StageChanged(StageTransition {
            lifecycle: plan.name.clone(),
            subject: self.subject.clone(),
            from: name(self.from),
            to: name(self.to),
            version: plan.version.clone(),
        })
    }
}

/// What a change leaves of the past.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Past {
    /// An event, a dated value, or time: the data before it are what they were.
    Known,
    /// Data without a date (an attribute, a tag) have changed, and with them what held in the past.
    Changed,
    /// Other conditions hold than did in the past.
    OtherRules,
}

impl Past {
    /// What is left of the past where nothing but the cause of a change is known.
    pub(super) fn after(cause: &Cause) -> Self {
        match cause {
            Cause::Event { .. } | Cause::History | Cause::Merge | Cause::Time => Past::Known,
            Cause::Attribute { .. }
            | Cause::Tag { .. }
            | Cause::Request
            | Cause::NewProfile
            | Cause::Removal => Past::Changed,
            Cause::Rules => Past::OtherRules,
        }
    }
}

/// Updates one lifecycle after another, reports transitions and returns them.
pub(super) struct StageUpdate<'u, 'e, P: LiveProfile> {
    pub(super) context: &'u mut UpdateContext<'e, P>,
    pub(super) past: Past,
}

impl<'e, P: LiveProfile> StageUpdate<'_, 'e, P> {
    /// Updates a lifecycle after a change that took effect at `from`, which lies in the past if an event came late. Then the
    /// transitions from that instant on are undone and found again, with the event.
    pub(super) fn update(
        &mut self,
        id: LifecycleId,
        subject: Option<&str>,
        from: i64,
    ) -> Vec<StageChange> {
        let Some(plan) = self.context.plan.lifecycle(id) else {
            return Vec::new();
        };
        let states = &mut self.context.profile.stages;
        let found = states.position(&plan.name, subject);
        let (position, mut state) = match found {
            Ok(i) => match states.take(i) {
                Some(state) => (i, state),
                None => return Vec::new(),
            },
            Err(i) => {
                let state = self.begin(plan, subject, from.saturating_sub(1));
                self.context.profile.stages.make_room(i, &state);
                (i, state)
            }
        };
        // A new state was not among those that wake.
        let previous_wake = if found.is_ok() { state.wake } else { NEVER };
        let kept = state.moves.partition_point(|m| m.at < from);
        let undone: Vec<Move> = state.moves.split_off(kept);
        let before = state.stage();
        let begun_in = before.filter(|_| found.is_err());
        self.replay(plan, &mut state, &undone, from, found.is_err());
        let new = state.moves.get(kept..).unwrap_or(&[]).to_vec();
        if self.past != Past::Known
            && !new.is_empty()
            && state.undated.last() != Some(&self.context.now)
        {
            state.undated.push(self.context.now);
        }
        let (subject, stage) = (state.subject.clone(), state.stage());
        self.context
            .profile
            .stages
            .put_back(position, state, previous_wake);
        let now = self.context.now;
        let transitions = match begun_in {
            // Of a subject of which nothing was known, it is told where it is, not how it came there.
            Some(_) => vec![(now, None, stage)],
            None if *self.context.cause == Cause::History => {
                let stood = undone.last().map_or(before, |m| Some(m.stage));
                vec![(now, stood, stage)]
            }
            None => unreported(before, &undone, &new, now),
        };
        let transitions = transitions.into_iter().filter(|(_, from, to)| from != to);
        self.report(id, plan, &subject, transitions.collect())
    }

    /// Where a profile is in a lifecycle at an instant, found from all that is known of its past.
    fn begin(&self, plan: &LifecyclePlan<P>, subject: Option<&str>, at: i64) -> LifecycleState {
        let ctx = Ctx {
            stages: Some(&self.context.profile.stages),
            subject,
            ..Ctx::new(&self.context.profile.profile, at)
        };
        let mut moves = Vec::new();
        plan.node.walk(&ctx, |m| moves.push(m));
        let (holding, next) = ctx.limited(|ctx| plan.node.evaluate(ctx));
        LifecycleState {
            moves,
            covered: at,
            holding,
            next,
            wake: next,
            ..LifecycleState::empty(plan.name.clone(), subject.map(Arc::from))
        }
    }

    /// The conditions that held just before `from`; `None` if that is not known.
    fn held_before(
        &self,
        plan: &LifecyclePlan<P>,
        state: &LifecycleState,
        from: i64,
        is_new: bool,
    ) -> Option<StageSet> {
        if self.past == Past::OtherRules && !is_new {
            return None;
        }
        // Before the beginning of time there was nothing.
        if from <= Instant::MIN.micros() {
            return None;
        }
        if from > state.covered && from <= state.next {
            return Some(state.holding);
        }
        (self.past == Past::Known).then(|| {
            let ctx = Ctx {
                subject: state.subject.as_deref(),
                ..self.context.ctx()
            };
            plan.node.holding(&ctx.at(from.saturating_sub(1)))
        })
    }

    /// Adds the transitions from `from` until now to a state of which those before are left.
    ///
    /// The conditions are judged at each instant at which one of them may change, and where data without a date once caused
    /// a transition: what caused it is not to be seen in the past, so the stage is settled there in any case.
    fn replay(
        &self,
        plan: &LifecyclePlan<P>,
        state: &mut LifecycleState,
        undone: &[Move],
        from: i64,
        is_new: bool,
    ) {
        let now = self.context.now;
        let subject = state.subject.clone();
        let ctx = Ctx {
            subject: subject.as_deref(),
            ..self.context.ctx()
        };
        let held = self.held_before(plan, state, from, is_new);
        let (mut at, mut stage) = (from, state.stage());
        let mut cursor = StageCursor::new(&plan.node, now);
        let (mut holding, mut next) = cursor.evaluate(&ctx.at(at));
        // Data without a date that make no difference leave what the same instant has brought already.
        let is_same =
            self.past == Past::Changed && from == state.covered && holding == state.holding;
        if is_same {
            state.moves.extend(undone);
            stage = undone.last().map_or(stage, |m| Some(m.stage));
        } else if held != Some(holding) || state.next_undated(from.saturating_sub(1)) == from {
            stage = plan.node.advance_stage(stage, holding, |_, to| {
                state.moves.push(Move { at, stage: to })
            });
        }
        next = cursor.next_relevant_change(&ctx.at(at), stage, next);
        let mut budget = ProbeBudget::new(MAX_PROBES);
        loop {
            let due = next.min(state.next_undated(at));
            if due > now {
                break;
            }
            at = if budget.take(|| plan.node.max_change_points(&ctx, 1)) {
                due
            } else {
                now
            };
            (holding, next) = cursor.evaluate(&ctx.at(at));
            stage = plan.node.advance_stage(stage, holding, |_, to| {
                state.moves.push(Move { at, stage: to })
            });
            next = cursor.next_relevant_change(&ctx.at(at), stage, next);
        }
        (holding, next) = ctx.limited(|ctx| plan.node.evaluate(ctx));
        (state.covered, state.holding, state.next) = (now, holding, next);
        state.wake = ctx.limited(|ctx| plan.node.next_transition(ctx, stage, next));
    }

    /// Reports transitions: when, from and to.
    fn report(
        &mut self,
        id: LifecycleId,
        plan: &'e LifecyclePlan<P>,
        subject: &Option<Arc<str>>,
        transitions: Vec<(i64, Option<StageId>, Option<StageId>)>,
    ) -> Vec<StageChange> {
        let mut changes = Vec::new();
        for (at, from, to) in transitions {
            let change = StageChange {
                lifecycle: id,
                subject: subject.clone(),
                from,
                to,
            };
            self.context.emit(at, change.output(plan));
            changes.push(change);
        }
        changes
    }
}

/// The transitions that have not been reported: when, from and to. If a late event undid what was reported before, the way from
/// there to where the profile is now is one transition.
fn unreported(
    before: Option<StageId>,
    old: &[Move],
    new: &[Move],
    now: i64,
) -> Vec<(i64, Option<StageId>, Option<StageId>)> {
    let last = |moves: &[Move]| moves.last().map_or(before, |m| Some(m.stage));
    let mut stage = last(old);
    let all = match new.strip_prefix(old) {
        Some(added) => (added.iter())
            .map(|m| (m.at, stage.replace(m.stage), Some(m.stage)))
            .collect(),
        None => vec![(now, stage, last(new))],
    };
    all.into_iter().filter(|(_, from, to)| from != to).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moves(moves: &[(i64, usize)]) -> Vec<Move> {
        let moves = moves.iter();
        moves
            .map(|(at, stage)| Move {
                at: *at,
                stage: StageId::new(*stage),
            })
            .collect()
    }

    fn stage(stage: usize) -> Option<StageId> {
        Some(StageId::new(stage))
    }

    #[test]
    fn transitions_that_were_not_undone_are_not_reported_again() {
        let old = moves(&[(10, 1)]);
        let new = moves(&[(10, 1), (20, 2), (30, 0)]);
        assert_eq!(
            unreported(stage(0), &old, &new, 40),
            [(20, stage(1), stage(2)), (30, stage(2), stage(0))]
        );
        assert_eq!(unreported(stage(0), &old, &old, 40), []);
    }

    /// A late purchase at 5: the profile never was lost (stage 1) at 10, so it is active (0) again now.
    #[test]
    fn what_a_late_event_undid_is_reported_as_one_transition_now() {
        let old = moves(&[(10, 1), (20, 2)]);
        assert_eq!(
            unreported(stage(0), &old, &[], 40),
            [(40, stage(2), stage(0))]
        );
        // It took another way to the same stage.
        assert_eq!(unreported(stage(0), &old, &moves(&[(15, 2)]), 40), []);
    }
}

//! One profile at one instant: its stages and segments are brought up to date after something has happened to it.

use super::happening::{Cause, Happening, Transition, What};
use super::live::LiveProfile;
use super::plan::Plan;
use super::state::{Entry, Kept, Live};
use crate::eval::context::Ctx;
use crate::eval::lifecycle::Move;
use crate::time::{Instant, NEVER};
use std::sync::Arc;

/// The work on one profile at one instant.
pub(crate) struct Turn<'e, P: LiveProfile> {
    pub(crate) plan: &'e Plan<P>,
    pub(crate) live: &'e mut Live<P>,
    pub(crate) now: i64,
    pub(crate) cause: &'e Cause,
    /// Where it is told what happens; `None`: nothing is told.
    pub(crate) out: Option<&'e mut Vec<Happening>>,
}

impl<P: LiveProfile> Turn<'_, P> {
    fn tell(&mut self, at: i64, what: What) {
        if let Some(out) = &mut self.out {
            let (profile, cause) = (self.live.id.clone(), self.cause.clone());
            out.push(Happening { at: Instant::from_micros(at), profile, cause, what });
        }
    }

    /// Brings segments up to date. Lifecycles must be so already.
    pub(crate) fn segments(&mut self, segments: impl Iterator<Item = u32>) {
        for unit in segments {
            let Some(segment) = self.plan.segments.get(unit as usize) else { continue };
            let ctx = Ctx { stages: Some(&self.live.stages), ..Ctx::new(&self.live.profile, self.now) };
            let (holds, until) = segment.node.first_change(&ctx);
            let old = self.live.entry(unit).copied();
            let held = old.map_or(segment.blank, |e| e.holds);
            let entry = (holds != segment.blank || until != NEVER).then_some(Entry { until, segment: unit, holds });
            if entry != old {
                self.live.put(unit, entry);
            }
            if holds != held {
                let name = segment.name.clone();
                let what = if holds { What::Entered { segment: name } } else { What::Left { segment: name } };
                self.tell(self.now, what);
            }
        }
    }

    /// Brings lifecycles up to date now, for every subject that they are kept for.
    pub(crate) fn lifecycles(&mut self, lifecycles: impl Iterator<Item = usize>) {
        for index in lifecycles {
            let Some(lifecycle) = self.plan.lifecycles.get(index) else { continue };
            if lifecycle.is_per_subject() {
                let subjects: Vec<Arc<str>> = self.live.subjects(&lifecycle.name).collect();
                subjects.iter().for_each(|subject| self.lifecycle(index, Some(subject), self.now));
            } else {
                self.lifecycle(index, None, self.now);
            }
        }
    }

    /// Brings a lifecycle up to date after a change that took effect at `from`, which lies in the past where the event
    /// came late.
    pub(crate) fn lifecycle(&mut self, index: usize, subject: Option<&str>, from: i64) {
        let Some(plan) = self.plan.lifecycles.get(index) else { return };
        let place = self.live.kept(&plan.name, subject);
        let is_new = place.is_err();
        let (place, mut kept) = match place {
            Ok(i) => {
                (i, self.live.stages.get_mut(i).map(|k| std::mem::replace(k, Kept::none())).unwrap_or(Kept::none()))
            }
            Err(i) => {
                self.live.stages.insert(i, Kept::none());
                (i, self.begin(index, subject, from.saturating_sub(1)))
            }
        };
        let split = kept.moves.partition_point(|m| m.at < from);
        let tail: Vec<Move> = kept.moves.split_off(split);
        let before = kept.stage();
        let subject = kept.subject.clone();
        let ctx = Ctx {
            stages: Some(&self.live.stages),
            subject: subject.as_deref(),
            ..Ctx::new(&self.live.profile, self.now)
        };
        // What held just before: of a change without a date that is not known, for it changed the past as well.
        let held = match self.cause {
            // Other conditions held.
            Cause::Rules if !is_new => None,
            _ if from > kept.covered => Some(kept.holding),
            Cause::Event { .. } | Cause::Time => Some(plan.node.holding(&ctx.at(from.saturating_sub(1)))),
            _ => None,
        };
        let (mut at, mut stage) = (from, before);
        let (mut holding, mut next) = plan.node.judge(&ctx.at(at));
        // What undated data brought about is not to be seen in the past: there it is judged anew in any case.
        if held != Some(holding) || kept.next_undated(from.saturating_sub(1)) == from {
            stage = plan.node.settle(stage, holding, |_, to| kept.moves.push(Move { at, stage: to }));
        }
        loop {
            at = next.min(kept.next_undated(at));
            if at > self.now {
                break;
            }
            (holding, next) = plan.node.judge(&ctx.at(at));
            stage = plan.node.settle(stage, holding, |_, to| kept.moves.push(Move { at, stage: to }));
        }
        (kept.covered, kept.holding, kept.next) = (self.now, holding, next);
        let new = kept.moves.get(split..).unwrap_or(&[]).to_vec();
        let undated = !matches!(self.cause, Cause::Event { .. } | Cause::Time);
        if undated && !new.is_empty() && kept.undated.last() != Some(&self.now) {
            kept.undated.push(self.now);
        }
        if let Some(slot) = self.live.stages.get_mut(place) {
            *slot = kept;
        }
        self.tell_moves(index, subject, before, &tail, &new);
    }

    /// Tells the moves that are new. Where a late event undid what was told before, the way from there to where the
    /// profile now stands is told as one move.
    fn tell_moves(&mut self, index: usize, subject: Option<Arc<str>>, before: Option<u8>, old: &[Move], new: &[Move]) {
        let Some(plan) = self.plan.lifecycles.get(index) else { return };
        let now = self.now;
        let name = |stage: Option<u8>| stage.and_then(|s| plan.stages.get(usize::from(s))).cloned();
        let mut tell = |at: i64, from: Option<u8>, to: Option<u8>| {
            if from != to {
                let transition = Transition {
                    lifecycle: plan.name.clone(),
                    subject: subject.clone(),
                    from: name(from),
                    to: name(to),
                    version: plan.version.clone(),
                };
                self.tell(at, What::Moved(transition));
            }
        };
        let Some(added) = new.strip_prefix(old) else {
            let stood = old.last().map_or(before, |m| Some(m.stage));
            let stands = new.last().map_or(before, |m| Some(m.stage));
            return tell(now, stood, stands);
        };
        let mut stage = old.last().map_or(before, |m| Some(m.stage));
        for m in added {
            tell(m.at, stage, Some(m.stage));
            stage = Some(m.stage);
        }
    }

    /// Where a profile stands in a lifecycle at an instant, found from all that is known of its past.
    pub(crate) fn begin(&self, index: usize, subject: Option<&str>, at: i64) -> Kept {
        let Some(plan) = self.plan.lifecycles.get(index) else { return Kept::none() };
        let others = Some(&self.live.stages as _);
        let ctx = Ctx { stages: others, subject, ..Ctx::new(&self.live.profile, at) };
        let mut moves = Vec::new();
        let standing = plan.node.walk(&ctx, |m| moves.push(m));
        Kept {
            lifecycle: plan.name.clone(),
            subject: subject.map(Arc::from),
            moves,
            covered: at,
            holding: plan.node.holding(&ctx),
            next: standing.next,
            undated: Vec::new(),
        }
    }
}

impl Kept {
    /// What stands in the place of one that is worked on.
    fn none() -> Self {
        let (moves, undated) = (Vec::new(), Vec::new());
        Kept { lifecycle: "".into(), subject: None, moves, covered: 0, holding: 0, next: NEVER, undated }
    }
}

//! One profile at one instant: its stages and segments are brought up to date after something has happened to it.

use super::acts::{Due, Entry, Pending};
use super::fire::{Job, Way};
use super::live::LiveProfile;
use super::occasions::{OccasionPlan, TriggerPlan};
use super::output::{Cause, EngineOutput, OutputKind, StageTransition};
use super::plan::Plan;
use super::state::{Kept, Live, Membership};
use crate::eval::context::Ctx;
use crate::eval::exact::NextChange;
use crate::eval::lifecycle::{MAX_PROBES, Move, StageCursor};
use crate::eval::looks::ProbeBudget;
use crate::rule::trigger::Per;
use crate::time::{Instant, NEVER};
use std::sync::Arc;

/// The work on one profile at one instant.
pub(crate) struct Turn<'e, P: LiveProfile> {
    pub(crate) plan: &'e Plan<P>,
    pub(crate) live: &'e mut Live<P>,
    pub(crate) now: i64,
    pub(crate) cause: &'e Cause,
    /// Where it is told what happens; `None`: nothing is told, and no trigger fires.
    pub(crate) out: Option<&'e mut Vec<EngineOutput>>,
    /// Whether effects say why.
    pub(crate) explains: bool,
    /// What triggers have to do, by trigger.
    pub(crate) jobs: Vec<(u32, Job)>,
    /// The units that triggers have touched.
    pub(crate) touched: Vec<u32>,
    /// Whether triggers have changed data that have no past, whatever the cause was.
    has_acted: bool,
}

impl<'e, P: LiveProfile> Turn<'e, P> {
    /// Work of which nothing is told.
    pub(crate) fn silent(
        plan: &'e Plan<P>,
        live: &'e mut Live<P>,
        now: i64,
        cause: &'e Cause,
    ) -> Self {
        let (jobs, touched) = (Vec::new(), Vec::new());
        Turn {
            plan,
            live,
            now,
            cause,
            out: None,
            explains: false,
            jobs,
            touched,
            has_acted: false,
        }
    }

    /// Work of which it is told what happens, and, if wanted, why.
    pub(crate) fn telling(
        plan: &'e Plan<P>,
        live: &'e mut Live<P>,
        now: i64,
        cause: &'e Cause,
        out: &'e mut Vec<EngineOutput>,
        explains: bool,
    ) -> Self {
        Turn {
            out: Some(out),
            explains,
            ..Turn::silent(plan, live, now, cause)
        }
    }

    pub(crate) fn ctx(&self) -> Ctx<'_, P> {
        Ctx {
            stages: Some(&self.live.stages),
            ..Ctx::new(&self.live.profile, self.now)
        }
    }

    pub(crate) fn tell(&mut self, at: i64, kind: OutputKind) {
        if let Some(out) = &mut self.out {
            let (profile, cause) = (self.live.id.clone(), self.cause.clone());
            out.push(EngineOutput {
                at: Instant::from_micros(at),
                profile,
                cause,
                kind,
            });
        }
    }

    /// Brings segments up to date. Lifecycles must be so already.
    pub(crate) fn segments(&mut self, segments: impl Iterator<Item = u32>) {
        let plan = self.plan;
        for unit in segments {
            if let Some(segment) = plan.segments.get(unit as usize) {
                self.put(unit, segment.node.answer(&self.ctx()));
            }
        }
    }

    /// Brings up to date what changes now by itself.
    pub(crate) fn segments_due(&mut self, due: &[Membership]) {
        for entry in due {
            if entry.is_final {
                self.put(entry.segment, NextChange::forever(!entry.holds));
            } else {
                self.segments(std::iter::once(entry.segment));
            }
        }
    }

    /// Puts down where the profile stands with a segment, and tells it if it is new.
    fn put(
        &mut self,
        unit: u32,
        NextChange {
            holds,
            until,
            is_final,
        }: NextChange,
    ) {
        let place = self.live.place(unit);
        let old = place.ok().and_then(|i| self.live.entries.get(i)).copied();
        let blank = self.plan.is_blank_in(unit);
        let held = old.map_or(blank, |e| e.holds);
        let entry = (holds != blank || until != NEVER).then_some(Membership {
            until,
            segment: unit,
            holds,
            is_final,
        });
        if entry != old {
            self.live.put(place, entry);
        }
        if holds != held
            && let Some(segment) = self.plan.segments.get(unit as usize)
        {
            let name = segment.name.clone();
            let what = if holds {
                OutputKind::SegmentEntered { segment: name }
            } else {
                OutputKind::SegmentLeft { segment: name }
            };
            self.tell(self.now, what);
            self.raise_segment(unit, holds);
        }
    }

    /// Brings lifecycles up to date now, for every subject that they are kept for.
    pub(crate) fn lifecycles(&mut self, lifecycles: impl Iterator<Item = usize>) {
        for index in lifecycles {
            let Some(lifecycle) = self.plan.lifecycles.get(index) else {
                continue;
            };
            if lifecycle.is_per_subject() {
                let subjects: Vec<Arc<str>> = self.live.subjects(&lifecycle.name).collect();
                subjects
                    .iter()
                    .for_each(|subject| self.lifecycle(index, Some(subject), self.now));
            } else {
                self.lifecycle(index, None, self.now);
            }
        }
    }

    /// The same, also for subjects of the profile's events that none is kept for yet.
    pub(crate) fn lifecycles_of_all(&mut self, lifecycles: impl Iterator<Item = usize>) {
        for index in lifecycles {
            self.lifecycles(std::iter::once(index));
            for subject in self.plan.subjects(index, &self.live.profile) {
                let name = self.plan.lifecycles.get(index).map_or("", |l| &*l.name);
                if self.live.kept(name, Some(&subject)).is_err() {
                    self.lifecycle(index, Some(&subject), self.now);
                }
            }
        }
    }

    /// Brings a lifecycle up to date after a change that took effect at `from`, which lies in the past where the event
    /// came late.
    pub(crate) fn lifecycle(&mut self, index: usize, subject: Option<&str>, from: i64) {
        let Some(plan) = self.plan.lifecycles.get(index) else {
            return;
        };
        let place = self.live.kept(&plan.name, subject);
        let is_new = place.is_err();
        let (place, mut kept) = match place {
            Ok(i) => {
                let Some(kept) = self.live.stages.get_mut(i) else {
                    return;
                };
                (
                    i,
                    std::mem::replace(kept, Kept::none(&kept.lifecycle, &kept.subject)),
                )
            }
            Err(i) => {
                let kept = self.begin(index, subject, from.saturating_sub(1));
                self.live
                    .stages
                    .insert(i, Kept::none(&kept.lifecycle, &kept.subject));
                (
                    i,
                    Kept {
                        wake: NEVER,
                        ..kept
                    },
                )
            }
        };
        let before_wake = kept.wake;
        let split = kept.moves.partition_point(|m| m.at < from);
        let tail: Vec<Move> = kept.moves.split_off(split);
        let before = kept.stage();
        let subject = kept.subject.clone();
        let ctx = Ctx {
            subject: subject.as_deref(),
            ..self.ctx()
        };
        let is_dated = matches!(self.cause, Cause::Event { .. } | Cause::Time) && !self.has_acted;
        // What held just before: of a change without a date that is not known, for it changed the past as well.
        let held = match self.cause {
            // Other conditions held.
            Cause::Rules if !is_new => None,
            // Before the beginning of time there was nothing.
            _ if from <= Instant::MIN.micros() => None,
            _ if from > kept.covered && from <= kept.next => Some(kept.holding),
            _ if is_dated => Some(plan.node.evaluate(&ctx.at(from.saturating_sub(1))).0),
            _ => None,
        };
        let (mut at, mut stage) = (from, before);
        let mut cursor = StageCursor::new(&plan.node);
        let (mut holding, mut next) = cursor.evaluate(&ctx.at(at));
        // Data without a date that make no difference leave what the same instant has brought already.
        let is_same = !is_dated
            && *self.cause != Cause::Rules
            && from == kept.covered
            && holding == kept.holding;
        // What undated data brought about is not to be seen in the past: there it is judged anew in any case.
        if is_same {
            kept.moves.extend(&tail);
            stage = tail.last().map_or(before, |m| Some(m.stage));
        } else if held != Some(holding) || kept.next_undated(from.saturating_sub(1)) == from {
            stage = plan.node.advance_stage(stage, holding, |_, to| {
                kept.moves.push(Move { at, stage: to })
            });
        }
        next = cursor.next_relevant_change(&ctx.at(at), stage, next);
        let mut budget = ProbeBudget::new(MAX_PROBES);
        loop {
            let due = next.min(kept.next_undated(at));
            if due > self.now {
                break;
            }
            at = if budget.take(|| plan.node.max_change_points(&ctx, 1)) {
                due
            } else {
                self.now
            };
            (holding, next) = cursor.evaluate(&ctx.at(at));
            stage = plan.node.advance_stage(stage, holding, |_, to| {
                kept.moves.push(Move { at, stage: to })
            });
            next = cursor.next_relevant_change(&ctx.at(at), stage, next);
        }
        (holding, next) = cursor.evaluate(&ctx);
        (kept.covered, kept.holding, kept.next) = (self.now, holding, next);
        kept.wake = plan.node.next_transition(&ctx, stage, next);
        let new = kept.moves.get(split..).unwrap_or(&[]).to_vec();
        if !is_dated && !new.is_empty() && kept.undated.last() != Some(&self.now) {
            kept.undated.push(self.now);
        }
        self.live.put_stages(place, kept, before_wake);
        self.tell_moves(index, subject, before, &tail, &new);
    }

    /// Tells the moves that are new. Where a late event undid what was told before, the way from there to where the
    /// profile now stands is told as one move.
    fn tell_moves(
        &mut self,
        index: usize,
        subject: Option<Arc<str>>,
        before: Option<u8>,
        old: &[Move],
        new: &[Move],
    ) {
        let Some(plan) = self.plan.lifecycles.get(index) else {
            return;
        };
        let now = self.now;
        let name = |stage: Option<u8>| stage.and_then(|s| plan.stages.get(usize::from(s))).cloned();
        let mut tell = |at: i64, from: Option<u8>, to: Option<u8>| {
            if from != to {
                let transition = StageTransition {
                    lifecycle: plan.name.clone(),
                    subject: subject.clone(),
                    from: name(from),
                    to: name(to),
                    version: plan.version.clone(),
                };
                self.tell(at, OutputKind::StageChanged(transition));
                self.raise_move(index, subject.clone(), from, to);
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
        let Some(plan) = self.plan.lifecycles.get(index) else {
            return Kept::none(&"".into(), &None);
        };
        let others = Some(&self.live.stages as _);
        let ctx = Ctx {
            stages: others,
            subject,
            ..Ctx::new(&self.live.profile, at)
        };
        let mut moves = Vec::new();
        let standing = plan.node.walk(&ctx, |m| moves.push(m));
        Kept {
            lifecycle: plan.name.clone(),
            subject: subject.map(Arc::from),
            moves,
            covered: at,
            holding: plan.node.evaluate(&ctx).0,
            next: standing.next,
            wake: standing.next,
            undated: Vec::new(),
        }
    }
}

/// What triggers wait for.
impl<P: LiveProfile> Turn<'_, P> {
    /// An occasion of a trigger has come; it is acted on when everything stands as it stands now.
    pub(crate) fn raise(&mut self, trigger: u32, entry: Entry) {
        self.raise_way(trigger, entry, None);
    }

    fn raise_way(&mut self, trigger: u32, entry: Entry, way: Option<Way>) {
        if self.out.is_some() {
            self.jobs.push((trigger, Job::Fire(entry, way)));
        }
    }

    fn raise_segment(&mut self, segment: u32, holds: bool) {
        let plan = self.plan;
        for trigger in plan.of_segment.get(&segment).into_iter().flatten() {
            match plan.triggers.get(*trigger as usize).map(|t| &t.occasion) {
                Some(OccasionPlan::Segment { entered, .. }) if *entered == holds => {
                    self.raise(*trigger, Entry::at(self.now));
                }
                // Where nothing is told, all are armed in the end.
                Some(OccasionPlan::Schedule { .. }) if self.out.is_some() => self.arm(*trigger),
                _ => {}
            }
        }
    }

    fn raise_move(
        &mut self,
        lifecycle: usize,
        subject: Option<Arc<str>>,
        from: Option<u8>,
        to: Option<u8>,
    ) {
        for (trigger, t) in (0..).zip(&self.plan.triggers) {
            if t.is_move(lifecycle, from, to) {
                let key = subject
                    .clone()
                    .filter(|_| matches!(t.trigger.per, Some(Per::Subject)));
                let which = subject.clone();
                let entry = Entry {
                    which,
                    key,
                    subject: subject.clone(),
                    ..Entry::at(self.now)
                };
                self.raise_way(trigger, entry, Some((from, to)));
            }
        }
    }

    /// Sets when a trigger's date comes next, which may be now, but only once.
    pub(crate) fn arm(&mut self, trigger: u32) {
        self.arm_after(
            trigger,
            if self.live.acts().came(trigger, self.now) {
                self.now
            } else {
                self.now - 1
            },
        );
    }

    fn arm_after(&mut self, trigger: u32, after: i64) {
        let Some(t) = self.plan.triggers.get(trigger as usize) else {
            return;
        };
        let plan = self.plan;
        let is_member = |unit: u32| {
            self.live
                .entry(unit)
                .map_or_else(|| plan.is_blank_in(unit), |e| e.holds)
        };
        let next = t.next_after(&self.ctx(), &plan.timezone, after, is_member);
        self.live.acts_mut().set_next(trigger, next);
    }

    /// Waits for what comes next of all triggers: dates, and the ends of silences. For triggers or profiles that are new,
    /// what falls on this very instant is past.
    pub(crate) fn arm_all(&mut self) {
        if self.plan.triggers.is_empty() {
            return;
        }
        self.live.acts_mut().forget_silences(self.now);
        for (trigger, t) in (0..).zip(&self.plan.triggers) {
            if t.is_dated() {
                let is_due = self.live.acts().comes(trigger) == Some(self.now);
                self.arm_after(trigger, if is_due { self.now - 1 } else { self.now });
            }
            for since in t.silences_after(&self.ctx(), self.now) {
                self.live.acts_mut().wait(Pending {
                    at: t.silence_ends(since),
                    trigger,
                    what: Due::Silence { since },
                });
            }
        }
    }

    /// Takes up what is due of what triggers wait for.
    pub(crate) fn take_due(&mut self) {
        if self.live.acts().next() > self.now {
            return;
        }
        for pending in self.live.acts_mut().due(self.now) {
            let trigger = pending.trigger;
            match pending.what {
                Due::Comes => {
                    // What it was awaited for may be another by now.
                    self.arm(trigger);
                    if self.live.acts().comes(trigger) == Some(self.now) {
                        self.live.acts_mut().has_come(trigger, self.now);
                        self.raise(trigger, Entry::at(self.now));
                        self.arm(trigger);
                    }
                }
                Due::Silence { since } => {
                    let Some(t) = self.plan.triggers.get(trigger as usize) else {
                        continue;
                    };
                    for key in t.silent_since(&self.ctx(), since) {
                        self.raise(trigger, Entry::silence(pending.at, since, key));
                    }
                }
                Due::Message(waiting) => self.jobs.push((trigger, Job::Retry(*waiting))),
            }
        }
    }

    /// Lets triggers act, in their order, until what they change brings about nothing more.
    pub(crate) fn act(&mut self) {
        if self.jobs.is_empty() {
            return;
        }
        // A trigger fires once for one occasion at one instant, so that two that undo each other's work come to an end.
        let mut fired: Vec<(u32, Job)> = Vec::new();
        loop {
            // What has waited goes before what comes.
            self.jobs
                .sort_by_key(|(trigger, job)| (*trigger, matches!(job, Job::Fire(..))));
            for (trigger, job) in std::mem::take(&mut self.jobs) {
                let again = fired.iter().any(|f| *f == (trigger, job.clone()));
                if again && self.is_turning(trigger) {
                    self.refuse_repeated(trigger, &job);
                    continue;
                }
                fired.push((trigger, job.clone()));
                self.run(trigger, job);
            }
            if self.touched.is_empty() {
                return;
            }
            self.has_acted = true;
            let mut touched = std::mem::take(&mut self.touched);
            touched.sort_unstable();
            touched.dedup();
            self.bring_up_to_date(touched.iter().copied());
        }
    }

    /// Brings up to date whatever reads an attribute or a tag that has changed: lifecycles, segments, dates.
    pub(crate) fn bring_up_to_date(&mut self, units: impl Iterator<Item = u32> + Clone) {
        let plan = self.plan;
        let (segments, lifecycles) = (plan.segment_units(), plan.lifecycle_units());
        let of_lifecycles = units.clone().filter(|unit| lifecycles.contains(unit));
        self.lifecycles(of_lifecycles.map(|unit| (unit - lifecycles.start) as usize));
        self.segments(units.clone().filter(|unit| segments.contains(unit)));
        for trigger in units
            .filter(|unit| *unit >= lifecycles.end)
            .map(|unit| unit - lifecycles.end)
        {
            if plan
                .triggers
                .get(trigger as usize)
                .is_some_and(TriggerPlan::is_dated)
            {
                self.arm(trigger);
            }
        }
    }
}

impl Kept {
    /// What stands in the place of one that is worked on. No condition of a lifecycle asks for its own stages.
    fn none(lifecycle: &Arc<str>, subject: &Option<Arc<str>>) -> Self {
        let (lifecycle, subject) = (lifecycle.clone(), subject.clone());
        let (moves, undated) = (Vec::new(), Vec::new());
        Kept {
            lifecycle,
            subject,
            moves,
            covered: 0,
            holding: 0,
            next: NEVER,
            wake: NEVER,
            undated,
        }
    }
}

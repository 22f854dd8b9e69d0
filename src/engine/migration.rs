//! The state of profiles under other rules than those under which it was kept.

use super::explains::Explains;
use super::ids::{LifecycleId, SegmentId, TriggerId};
use super::live_profile::LiveProfile;
use super::metrics::Counters;
use super::outbox::Outbox;
use super::output::{Cause, EngineOutput, OutputKind, StageTransition};
use super::passage::{JourneyPassage, PassageReason};
use super::passage_event::{PassageEvent, PassedSteps};
use super::plan::{Plan, TriggerOn, TriggerPlan};
use super::rules_change::{MissingHistory, RulesChange, SegmentEdit};
use super::state::{
    EngineState, EntryTimer, EventIds, LifecycleState, ProfileState, RunPlace, SavedLifecycle,
    StateHeader, TimerKind,
};
use super::update::{Run, ToldEvent, Update};
use crate::ir::StageId;
use crate::rule::journey::StepId;
use crate::time::{Instant, NEVER};
use smol_str::SmolStr;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// How what is kept under old rules becomes what is kept under new ones. Everything is matched by name; what is new or means
/// something else is evaluated, and the difference to what was so before is reported.
pub(super) struct Migration<'m, P: LiveProfile> {
    plan: &'m Plan<P>,
    old: &'m StateHeader,
    new: StateHeader,
    /// By old number, those that mean the same.
    segments: Vec<Option<SegmentId>>,
    /// By old number.
    triggers: Vec<Option<TriggerId>>,
    edited_segments: Vec<EditedSegment>,
    edited_lifecycles: Vec<EditedLifecycle>,
    has_same_triggers: bool,
    has_same_schema: bool,
    /// Whether effects carry explanations.
    explains: Explains,
}

/// A segment that is new, gone or another than before.
struct EditedSegment {
    name: SmolStr,
    old: Option<SegmentId>,
    new: Option<SegmentId>,
}

/// A lifecycle that is new, gone or another than before.
struct EditedLifecycle {
    name: Arc<str>,
    /// The version of the old one, or of the new one if there is one.
    version: Arc<str>,
    new: Option<LifecycleId>,
}

/// Where a profile stands in what is edited.
struct Standing {
    /// By edited segment.
    segments: Vec<bool>,
    /// By edited lifecycle and subject; by name, since numbers are others under other rules.
    stages: BTreeMap<(usize, Option<Arc<str>>), Arc<str>>,
}

impl<'m, P: LiveProfile> Migration<'m, P> {
    pub(super) fn new(old: &'m StateHeader, plan: &'m Plan<P>, explains: Explains) -> Self {
        let new = plan.header();
        let triggers = old.triggers.iter().map(|old| {
            let mut new = new.triggers.iter();
            let same = new.position(|new| new.trigger == old.trigger);
            same.map(TriggerId::new)
        });
        let (segments, edited_segments) = compare_segments(old, &new);
        Migration {
            plan,
            old,
            segments,
            triggers: triggers.collect(),
            edited_segments,
            edited_lifecycles: compare_lifecycles(old, &new),
            has_same_triggers: old.triggers == new.triggers,
            has_same_schema: old.schema == new.schema,
            explains,
            new,
        }
    }

    /// What the edit is about, before anything of it is applied to profiles.
    pub(super) fn change(&self) -> RulesChange {
        let mut change = RulesChange::default();
        let edited = self.edited_segments.iter();
        change.segments = edited
            .map(|edit| (edit.name.clone(), SegmentEdit::default()))
            .collect();
        let edited = self.edited_lifecycles.iter();
        change.lifecycles = edited.map(|edit| (edit.name.clone(), 0)).collect();
        let now = Instant::from_micros(self.old.now.saturating_sub(self.old.lateness));
        let forgotten_before = self.forgotten_before();
        let kinds = self.plan.model.schema.kinds().iter();
        let missing = kinds
            .zip(&self.plan.lookback)
            .filter_map(|(kind, lookback)| {
                let (kind, kept_from) = forgotten_before.get_key_value(&*kind.name)?;
                MissingHistory::at(now, kind, Instant::from_micros(*kept_from), *lookback)
            });
        change.missing_history = missing.collect();
        change
    }

    /// By kind, the instant before which events may be missing: what the engine told so far, if no rule read that.
    fn forgotten_before(&self) -> BTreeMap<SmolStr, i64> {
        let mut forgotten = self.old.forgotten_before.clone();
        let sent = self.plan.sent_kind.filter(|_| !self.old.keeps_sent);
        let passed = (self.plan.passed_kind).filter(|_| !self.old.keeps_passages);
        let kinds = self.plan.model.schema.kinds();
        for kind in [sent, passed]
            .into_iter()
            .flatten()
            .filter_map(|kind| kinds.get(kind))
        {
            let from = self.old.now.saturating_add(1);
            let known = forgotten.entry((&*kind.name).into()).or_insert(from);
            *known = from.max(*known);
        }
        forgotten
    }

    /// The header of the state under the new rules.
    pub(super) fn into_header(self) -> StateHeader {
        StateHeader {
            forgotten_before: self.forgotten_before(),
            keeps_sent: self.new.keeps_sent,
            keeps_passages: self.new.keeps_passages,
            schema: self.new.schema,
            segments: self.new.segments,
            lifecycles: self.new.lifecycles,
            triggers: self.new.triggers,
            ..self.old.clone()
        }
    }

    /// Whether the state of profiles is another under the new rules.
    pub(super) fn changes_profiles(&self) -> bool {
        let same = self.old.segments == self.new.segments
            && self.old.lifecycles == self.new.lifecycles
            && self.has_same_triggers
            && self.has_same_schema
            && self.old.keeps_passages == self.new.keeps_passages;
        !same
    }

    /// Puts a profile under the new rules, and reports and counts what that changes.
    pub(super) fn apply(
        &self,
        profile: &mut ProfileState<P>,
        outbox: &mut Outbox<'_>,
        change: &mut RulesChange,
    ) {
        let before = self.standing_before(profile);
        if !self.has_same_schema {
            let lost = &mut |name: &str| *change.lost_values.entry(name.into()).or_default() += 1;
            let now = Instant::from_micros(self.old.now);
            (profile.profile).migrate(&self.old.schema, &self.plan.model, now, lost);
            profile.ids = EventIds::of(&profile.profile);
        }
        self.renumber(profile, change);
        let mut told = Vec::new();
        if !self.has_same_triggers {
            self.move_runs(profile, outbox, change, &mut told);
        }
        self.begin_passages(profile, &mut told);
        let mut update = Update::silent(self.plan, profile, self.old.now, &Cause::Rules);
        let lifecycles = self.edited_lifecycles.iter();
        update.lifecycles_of_all_subjects(lifecycles.filter_map(|edit| edit.new));
        let segments = self.edited_segments.iter();
        update.segments(segments.filter_map(|edit| edit.new));
        if !self.has_same_triggers {
            update.set_timers();
            update.enrol(|trigger| !self.triggers.contains(&Some(trigger)));
        }
        let after = self.standing_after(profile);
        let now = Instant::from_micros(self.old.now);
        if !told.is_empty() {
            let (now, outbox) = (self.old.now, outbox.reborrow());
            let (plan, explains) = (self.plan, self.explains);
            Update::reporting(plan, profile, now, &Cause::Rules, outbox, explains).after_told(told);
        }
        let mut due = Vec::new();
        for kind in self.differences(&before, &after) {
            change.record(&kind);
            for (trigger, run) in self.triggers_on(&kind) {
                if trigger.trigger.fires_on_edit {
                    due.push((trigger.id, run));
                } else {
                    let name = trigger.trigger.name.clone();
                    *change.silent_triggers.entry(name).or_default() += 1;
                }
            }
            outbox.put(now, &profile.id, &Cause::Rules, kind);
        }
        if !due.is_empty() {
            let (now, outbox) = (self.old.now, outbox.reborrow());
            Update::reporting(
                self.plan,
                profile,
                now,
                &Cause::Rules,
                outbox,
                self.explains,
            )
            .run(due);
        }
    }

    fn standing_before(&self, profile: &ProfileState<P>) -> Standing {
        let holds = |edit: &EditedSegment| {
            edit.old.is_some_and(|id| {
                let saved = self.old.segments.get(id.index());
                let as_blank = saved.is_some_and(|saved| saved.holds_of_blank);
                profile.memberships.of(id).map_or(as_blank, |m| m.holds)
            })
        };
        Standing {
            segments: self.edited_segments.iter().map(holds).collect(),
            stages: self.stages(profile, &self.old.lifecycles),
        }
    }

    fn standing_after(&self, profile: &ProfileState<P>) -> Standing {
        let holds = |id: SegmentId| self.plan.is_in(&profile.memberships, id);
        let segments = self.edited_segments.iter();
        Standing {
            segments: segments.map(|edit| edit.new.is_some_and(holds)).collect(),
            stages: self.stages(profile, &self.new.lifecycles),
        }
    }

    /// The stages of a profile in edited lifecycles, of which numbers count the stages in `saved`.
    fn stages(
        &self,
        profile: &ProfileState<P>,
        saved: &[SavedLifecycle],
    ) -> BTreeMap<(usize, Option<Arc<str>>), Arc<str>> {
        let states = profile.stages.iter();
        let stages = states.filter_map(|state| {
            let mut edited = self.edited_lifecycles.iter();
            let lifecycle = edited.position(|edit| edit.name == state.lifecycle)?;
            let saved = saved.iter().find(|l| l.lifecycle == state.lifecycle)?;
            let stage = saved.stages.get(state.stage()?.index())?.clone();
            Some(((lifecycle, state.subject.clone()), stage))
        });
        stages.collect()
    }

    /// What is reported: stages before segments, each by name.
    fn differences(&self, before: &Standing, after: &Standing) -> Vec<OutputKind> {
        let mut all = Vec::new();
        let gone = before.stages.keys();
        let gone = gone.filter(|of| !after.stages.contains_key(of));
        for of in after.stages.keys().chain(gone) {
            let [from, to] = [before, after].map(|standing| standing.stages.get(of).cloned());
            let (lifecycle, subject) = of;
            if from != to
                && let Some(lifecycle) = self.edited_lifecycles.get(*lifecycle)
            {
                all.push(OutputKind::StageChanged(StageTransition {
                    lifecycle: lifecycle.name.clone(),
                    subject: subject.clone(),
                    from,
                    to,
                    version: lifecycle.version.clone(),
                }));
            }
        }
        let segments = before.segments.iter().zip(&after.segments);
        for (edit, (was, is)) in self.edited_segments.iter().zip(segments) {
            let segment = edit.name.clone();
            match (was, is) {
                (false, true) => all.push(OutputKind::SegmentEntered { segment }),
                (true, false) => all.push(OutputKind::SegmentLeft { segment }),
                (false, false) | (true, true) => {}
            }
        }
        all
    }

    /// The triggers that would fire if this had happened by itself.
    fn triggers_on(&self, kind: &OutputKind) -> Vec<(&'m TriggerPlan<P>, Run)> {
        let (plan, now) = (self.plan, self.old.now);
        let all = plan.triggers.iter();
        let on_segment = |segment: &str, enters: bool| {
            let segment = plan.segment_named(segment);
            let triggers = all.clone().filter(|t| t.is_on_segment(segment, enters));
            triggers.map(|t| (t, Run::of_segment(now))).collect()
        };
        match kind {
            OutputKind::SegmentEntered { segment } => on_segment(segment, true),
            OutputKind::SegmentLeft { segment } => on_segment(segment, false),
            OutputKind::StageChanged(transition) => {
                let mut lifecycles = plan.lifecycle_ids().zip(&plan.lifecycles);
                let found = lifecycles.find(|(_, l)| l.name == transition.lifecycle);
                let Some((id, lifecycle)) = found else {
                    return Vec::new();
                };
                let stage = |name: &Option<Arc<str>>| {
                    let mut stages = lifecycle.stages.iter();
                    let stage = stages.position(|stage| Some(stage) == name.as_ref());
                    stage.map(StageId::new)
                };
                let (from, to) = (stage(&transition.from), stage(&transition.to));
                let subject = &transition.subject;
                let about = subject.as_deref();
                let triggers = all.filter(|t| t.is_on_transition(id, about, from, to));
                triggers
                    .map(|t| (t, Run::of_transition(t, subject.clone(), from, to, now)))
                    .collect()
            }
            OutputKind::JourneyPassed(_)
            | OutputKind::Effect(_)
            | OutputKind::Suppressed(_)
            | OutputKind::ProfilesMerged { .. }
            | OutputKind::IdentityConflict { .. } => Vec::new(),
        }
    }

    /// Numbers everything in the state of a profile anew, and drops what is gone.
    fn renumber(&self, profile: &mut ProfileState<P>, change: &mut RulesChange) {
        let segment = |old: SegmentId| self.segments.get(old.index()).copied().flatten();
        profile.memberships.renumber(segment);
        profile
            .stages
            .retain_mut(|state| renumber_stages(state, &self.old.lifecycles, &self.new.lifecycles));
        if !self.has_same_triggers && profile.has_trigger_state() {
            let trigger = |old: TriggerId| self.triggers.get(old.index()).copied().flatten();
            let due = |timer: &EntryTimer| due_under(self.plan, timer);
            let triggers = profile.triggers_mut();
            for gone in triggers.waiting().filter(|id| trigger(*id).is_none()) {
                if let Some(of) = self.old.triggers.get(gone.index()) {
                    *change.dropped_waits.entry(of.trigger.clone()).or_default() += 1;
                }
            }
            triggers.renumber(trigger, due);
        }
        profile.reset_derived();
    }

    /// Moves runs to the steps of the same names, and reports those whose step is gone.
    fn move_runs(
        &self,
        profile: &mut ProfileState<P>,
        outbox: &mut Outbox<'_>,
        change: &mut RulesChange,
        told: &mut Vec<ToldEvent>,
    ) {
        if !profile.has_trigger_state() || profile.triggers().runs.is_empty() {
            return;
        }
        let now = self.old.now;
        self.rename_steps(profile, told);
        // A trigger may have taken the name of a journey.
        let journey = |old: TriggerId| {
            let new = self.triggers.get(old.index()).copied().flatten()?;
            self.plan.trigger(new)?.journey.is_some().then_some(new)
        };
        let step = |old: TriggerId, step: StepId| {
            let name = self
                .old
                .triggers
                .get(old.index())?
                .steps
                .get(step.index())?;
            let new = self.plan.trigger(journey(old)?)?.trigger.journey.as_ref()?;
            new.step_named(name)
                .or_else(|| new.moved.get(name).copied())
        };
        let gone = profile.triggers_mut().runs.renumber(journey, step);
        for run in gone {
            let Some(of) = self.old.triggers.get(run.journey.index()) else {
                continue;
            };
            // What waits of it goes with it.
            if let Some(id) = journey(run.journey) {
                profile.triggers_mut().take_messages(id, &run.entry);
            }
            let Some(from) = run.step().and_then(|step| of.steps.get(step.index())) else {
                continue;
            };
            if let Some(id) = journey(run.journey) {
                let triggers = profile.triggers_mut();
                triggers
                    .update_record(id, run.entry.key.as_ref(), |record| record.left = Some(now));
            }
            let passed =
                PassedSteps::new(&of.trigger, [Some(from), None], PassageReason::Withdrawn);
            told.extend(self.add_passage(profile, &passed.event(&profile.id, &run, now)));
            *change.withdrawn_runs.entry(of.trigger.clone()).or_default() += 1;
            let passage = JourneyPassage {
                journey: of.trigger.clone(),
                version: of.version.clone(),
                entered: Instant::from_micros(run.entry.at),
                subject: run.entry.subject.clone().or_else(|| run.entry.key.clone()),
                variant: None,
                from: Some(from.clone()),
                to: None,
                because: PassageReason::Withdrawn,
                held_out: false,
            };
            let kind = OutputKind::JourneyPassed(Box::new(passage));
            outbox.put(Instant::from_micros(now), &profile.id, &Cause::Rules, kind);
        }
    }
}

impl<P: LiveProfile> Migration<'_, P> {
    /// Gives a profile the events that the steps in which its runs are have other names.
    fn rename_steps(&self, profile: &mut ProfileState<P>, told: &mut Vec<ToldEvent>) {
        for run in profile.triggers().runs.iter().cloned().collect::<Vec<_>>() {
            let RunPlace::Step { step, since } = run.place else {
                continue;
            };
            let old = self.old.triggers.get(run.journey.index());
            let from = old.and_then(|old| old.steps.get(step.index()));
            let new = self.triggers.get(run.journey.index()).copied().flatten();
            let rules = new.and_then(|new| self.plan.trigger(new)?.trigger.journey.as_ref());
            let (Some(old), Some(from), Some(rules)) = (old, from, rules) else {
                continue;
            };
            if rules.step_named(from).is_some() {
                continue;
            }
            let to = rules.moved.get(from).and_then(|to| rules.step(*to));
            if let Some(to) = to {
                let passed = PassedSteps {
                    journey: &old.trigger,
                    from: Some(from),
                    to: Some(&to.name),
                    because: "moved",
                };
                told.extend(self.add_passage(profile, &passed.event(&profile.id, &run, since)));
            }
        }
    }

    /// Where rules begin to read passages, a profile comes to the steps in which it is.
    fn begin_passages(&self, profile: &mut ProfileState<P>, told: &mut Vec<ToldEvent>) {
        let Some(kind) = self.plan.passed_kind.filter(|_| !self.old.keeps_passages) else {
            return;
        };
        // What is left of a time in which they were kept as well says nothing of where the profile is.
        if profile.profile.events_mut().forget(kind, Instant::MAX) > 0 {
            profile.ids = EventIds::of(&profile.profile);
            profile.indexes.clear();
        }
        if !profile.has_trigger_state() {
            return;
        }
        for run in profile.triggers().runs.iter().cloned().collect::<Vec<_>>() {
            let t = self.plan.trigger(run.journey);
            if let Some(t) = t
                && let Some(step) = t.step_name(run.step())
            {
                let steps = [None, Some(step)];
                let passed = PassedSteps::new(&t.trigger.name, steps, PassageReason::Entered);
                let arrival = passed.arrival(&profile.id, &run, self.old.now);
                told.extend(self.add_passage(profile, &arrival));
            }
        }
    }

    fn add_passage(
        &self,
        profile: &mut ProfileState<P>,
        passage: &PassageEvent,
    ) -> Option<ToldEvent> {
        if !self.old.keeps_passages && passage.from.is_some() {
            return None;
        }
        ToldEvent::passed(self.plan, profile, self.old.now, passage)
    }
}

impl<P: LiveProfile> EngineState<P> {
    /// Puts the state under new rules, and reports what that changes.
    pub(super) fn migrate(
        &mut self,
        plan: &Plan<P>,
        explains: Explains,
        counters: &mut Counters,
        out: &mut Vec<EngineOutput>,
    ) -> RulesChange {
        let EngineState { header, profiles } = self;
        if let Some(first) = profiles.iter().next() {
            plan.learn_blank(&P::blank(&plan.model, &first.id));
        }
        let migration = Migration::new(header, plan, explains);
        let (mut change, mut sequence) = (migration.change(), header.sequence);
        let mut outbox = Outbox {
            out,
            sequence: &mut sequence,
            counters,
        };
        if migration.changes_profiles() {
            for slot in profiles.slots() {
                profiles.touch(slot);
                if let Some(profile) = profiles.find_mut(slot) {
                    migration.apply(profile, &mut outbox, &mut change);
                }
            }
        }
        let new = migration.into_header();
        *header = StateHeader { sequence, ..new };
        change
    }
}

/// The new numbers of segments that mean the same, and the others by name.
fn compare_segments(
    old: &StateHeader,
    new: &StateHeader,
) -> (Vec<Option<SegmentId>>, Vec<EditedSegment>) {
    let numbers = |header: &StateHeader| -> HashMap<Arc<str>, SegmentId> {
        let segments = header.segments.iter().enumerate();
        segments
            .map(|(i, s)| (s.segment.clone(), SegmentId::new(i)))
            .collect()
    };
    let (old_numbers, new_numbers) = (numbers(old), numbers(new));
    let same: Vec<Option<SegmentId>> = (old.segments.iter())
        .map(|s| {
            let id = new_numbers.get(&s.segment).copied()?;
            let new = new.segments.get(id.index())?;
            (new.version == s.version).then_some(id)
        })
        .collect();
    let is_same = |old: Option<SegmentId>| {
        old.is_some_and(|old| same.get(old.index()).copied().flatten().is_some())
    };
    let names = old.segments.iter().chain(&new.segments);
    let mut edited: Vec<EditedSegment> = names
        .map(|s| EditedSegment {
            name: (&*s.segment).into(),
            old: old_numbers.get(&s.segment).copied(),
            new: new_numbers.get(&s.segment).copied(),
        })
        .filter(|edit| !is_same(edit.old))
        .collect();
    edited.sort_by(|a, b| a.name.cmp(&b.name));
    edited.dedup_by(|a, b| a.name == b.name);
    (same, edited)
}

/// The lifecycles that are new, gone or others than before, in the order in which they are updated.
fn compare_lifecycles(old: &StateHeader, new: &StateHeader) -> Vec<EditedLifecycle> {
    let added = new.lifecycles.iter().enumerate();
    let added = added
        .filter(|(_, lifecycle)| !old.lifecycles.contains(lifecycle))
        .map(|(i, lifecycle)| (lifecycle, Some(LifecycleId::new(i))));
    let is_gone = |lifecycle: &&SavedLifecycle| {
        let mut new = new.lifecycles.iter();
        new.all(|l| l.lifecycle != lifecycle.lifecycle)
    };
    let gone = old.lifecycles.iter().filter(is_gone).map(|l| (l, None));
    let edited = added.chain(gone);
    edited
        .map(|(lifecycle, new)| EditedLifecycle {
            name: lifecycle.lifecycle.clone(),
            version: lifecycle.version.clone(),
            new,
        })
        .collect()
}

/// When a timer is due under new rules; `None` if its trigger waits for something else now.
fn due_under<P: LiveProfile>(plan: &Plan<P>, timer: &EntryTimer) -> Option<i64> {
    let trigger = plan.trigger(timer.trigger)?;
    match (timer.kind, &trigger.on) {
        (TimerKind::Date, _) => trigger.is_dated().then_some(timer.at),
        (TimerKind::Enrolment, _) => trigger.enrols_members().then_some(timer.at),
        (TimerKind::Silence { since }, TriggerOn::Silence(silence)) => {
            Some(silence.end(since)).filter(|at| *at != NEVER)
        }
        (TimerKind::Change, on) => matches!(on, TriggerOn::Change(_)).then_some(timer.at),
        (
            TimerKind::Silence { .. },
            TriggerOn::Stage { .. }
            | TriggerOn::Segment { .. }
            | TriggerOn::Change(_)
            | TriggerOn::Event(_)
            | TriggerOn::Date(_)
            | TriggerOn::Schedule { .. },
        ) => None,
    }
}

/// Numbers the stages of a lifecycle anew; whether the lifecycle is still there, and about the same subjects.
fn renumber_stages(
    state: &mut LifecycleState,
    old: &[SavedLifecycle],
    new: &[SavedLifecycle],
) -> bool {
    let find = |all: &'_ [SavedLifecycle]| {
        let mut all = all.iter();
        all.find(|l| l.lifecycle == state.lifecycle).cloned()
    };
    let (Some(old), Some(new)) = (find(old), find(new)) else {
        return false;
    };
    if old.per != new.per {
        return false;
    }
    if old.stages != new.stages {
        state.moves.retain_mut(|m| {
            let name = old.stages.get(m.stage.index());
            let stage = new.stages.iter().position(|n| Some(n) == name);
            stage.map(|i| m.stage = StageId::new(i)).is_some()
        });
    }
    true
}

//! One profile is brought up to date at one instant, after something has happened to it.
//!
//! The phases are stages, segments, timers and triggers. A phase changes the profile's state, reports to the host and returns
//! what has changed; it never calls another. [`Update`] passes what stages and segments return to the triggers that wait for
//! it, and runs them when everything is as the instant leaves it. What triggers change themselves is collected, and the
//! phases go round again until nothing changes any more.

mod actions;
mod birth;
mod context;
mod events;
mod journeys;
mod messages;
mod segments;
mod stages;
mod timers;
mod told;
mod trigger_output;
mod trigger_run;

pub(crate) use birth::Standing;
pub(crate) use events::entries_of;
pub(crate) use told::ToldEvent;
pub(crate) use trigger_run::Run;

use super::explains::Explains;
use super::ids::{LifecycleId, SegmentId, TriggerId, Units};
use super::live_profile::LiveProfile;
use super::outbox::Outbox;
use super::output::Cause;
use super::plan::{Plan, TriggerOn, TriggerPlan};
use super::state::{Membership, ProfileState, TriggerEntry};
use super::values_before::ValuesBefore;
use crate::engine::suppression::SuppressionReason;
use crate::eval::bounded::End;
use crate::rule::sending::Message;
use crate::rule::trigger::Details;
use actions::Changed;
use actions::TriggerActions;
use birth::Birth;
use context::UpdateContext;
use segments::{SegmentChange, SegmentUpdate};
use stages::{Past, StageChange, StageUpdate};
use std::sync::Arc;
use timers::TimerUpdate;
use trigger_output::TriggerOutput;
use trigger_run::TriggerRun;

/// The update of one profile at one instant.
pub(crate) struct Update<'e, P: LiveProfile> {
    context: UpdateContext<'e, P>,
    /// The triggers that are due.
    queue: Vec<(TriggerId, Run)>,
    past: Past,
    /// What is told once the profile is born.
    birth: Option<Birth<'e>>,
    /// The triggers that what was told in this update has started, each with what it was about.
    answered: Vec<(TriggerId, Arc<str>)>,
}

impl<'e, P: LiveProfile> Update<'e, P> {
    /// An update that reports nothing and in which no trigger fires.
    pub(crate) fn silent(
        plan: &'e Plan<P>,
        profile: &'e mut ProfileState<P>,
        now: i64,
        cause: &'e Cause,
    ) -> Self {
        profile.updated = now;
        Update::looking(plan, profile, now, cause)
    }

    /// A look at a profile that is up to date.
    fn looking(
        plan: &'e Plan<P>,
        profile: &'e mut ProfileState<P>,
        now: i64,
        cause: &'e Cause,
    ) -> Self {
        Update {
            context: UpdateContext {
                plan,
                profile,
                now,
                cause,
                out: None,
                explains: Explains::Nothing,
                told: Vec::new(),
            },
            queue: Vec::new(),
            past: Past::after(cause),
            birth: None,
            answered: Vec::new(),
        }
    }

    /// An update that reports what happens, and, if wanted, why.
    pub(crate) fn reporting(
        plan: &'e Plan<P>,
        profile: &'e mut ProfileState<P>,
        now: i64,
        cause: &'e Cause,
        out: Outbox<'e>,
        explains: Explains,
    ) -> Self {
        let mut update = Update::silent(plan, profile, now, cause);
        update.context.out = Some(out);
        update.context.explains = explains;
        update
    }

    /// Updates a lifecycle after a change that took effect at `from`.
    pub(crate) fn lifecycle(&mut self, id: LifecycleId, subject: Option<&str>, from: i64) {
        let mut stages = StageUpdate {
            context: &mut self.context,
            past: self.past,
        };
        for change in stages.update(id, subject, from) {
            self.stage_changed(&change);
        }
    }

    /// Updates lifecycles now, for every subject that they are kept for.
    pub(crate) fn lifecycles(&mut self, ids: impl IntoIterator<Item = LifecycleId>) {
        self.lifecycles_from(ids, self.context.now);
    }

    /// The same after a change that took effect at `from`.
    fn lifecycles_from(&mut self, ids: impl IntoIterator<Item = LifecycleId>, from: i64) {
        for id in ids {
            let Some(plan) = self.context.plan.lifecycle(id) else {
                continue;
            };
            if plan.is_per_subject() {
                let subjects = self.context.profile.stages.subjects(&plan.name);
                for subject in subjects.collect::<Vec<Arc<str>>>() {
                    self.lifecycle(id, Some(&subject), from);
                }
            } else {
                self.lifecycle(id, None, from);
            }
        }
    }

    /// Updates lifecycles now, also for the subjects of the profile's events that they are not kept for yet.
    pub(crate) fn lifecycles_of_all_subjects(
        &mut self,
        ids: impl IntoIterator<Item = LifecycleId>,
    ) {
        let now = self.context.now;
        for id in ids {
            self.lifecycles([id]);
            let Some(plan) = self.context.plan.lifecycle(id) else {
                continue;
            };
            for subject in plan.subjects_of(&self.context.profile.profile) {
                let states = &self.context.profile.stages;
                if states.of(&plan.name, Some(&subject)).is_none() {
                    self.lifecycle(id, Some(&subject), now);
                }
            }
        }
    }

    /// Updates everything after the past of another profile has become that of this one: a lifecycle of a subject from the instant
    /// that `from` says.
    pub(crate) fn after_merge(&mut self, from: impl Fn(LifecycleId, Option<&str>) -> i64) {
        let plan = self.context.plan;
        for id in plan.lifecycle_ids() {
            let Some(lifecycle) = plan.lifecycle(id) else {
                continue;
            };
            if !lifecycle.is_per_subject() {
                self.lifecycle(id, None, from(id, None));
                continue;
            }
            let profile = &self.context.profile;
            let mut subjects: Vec<Arc<str>> = profile.stages.subjects(&lifecycle.name).collect();
            for subject in lifecycle.subjects_of(&profile.profile) {
                if !subjects.contains(&subject) {
                    subjects.push(subject);
                }
            }
            for subject in subjects {
                self.lifecycle(id, Some(&subject), from(id, Some(&subject)));
            }
        }
        let all = Units {
            segments: (0..plan.segments.len()).map(SegmentId::new).collect(),
            lifecycles: plan.lifecycle_ids().collect(),
            triggers: Vec::new(),
        };
        self.refresh_undated(&all);
        self.set_timers();
    }

    /// Updates segments. Lifecycles must be up to date already.
    #[inline]
    pub(crate) fn segments(&mut self, segments: impl IntoIterator<Item = SegmentId>) {
        for segment in segments {
            if let Some(change) = SegmentUpdate(&mut self.context).evaluate(segment) {
                self.segment_changed(change);
            }
        }
    }

    /// Updates segments after an event of a kind.
    #[inline]
    pub(crate) fn segments_after_event(&mut self, segments: &[SegmentId], kind: usize) {
        for segment in segments {
            let change = SegmentUpdate(&mut self.context).evaluate_after_event(*segment, kind);
            if let Some(change) = change {
                self.segment_changed(change);
            }
        }
    }

    /// Finds out until when memberships last that may end at an instant, the first at which the profile waits for anything.
    /// Whether nothing else is known to happen then.
    pub(crate) fn look_ahead(
        plan: &'e Plan<P>,
        profile: &'e mut ProfileState<P>,
        at: i64,
        now: i64,
    ) -> bool {
        let now = now.min(at).max(profile.updated);
        Update::looking(plan, profile, now, &Cause::Time).look_ahead_of(at)
    }

    fn look_ahead_of(&mut self, at: i64) -> bool {
        let profile = &mut *self.context.profile;
        let others = profile
            .stages
            .next_change()
            .min(profile.triggers().next_due());
        let due = profile.memberships.iter().filter(|m| m.until <= at);
        if others <= at || due.clone().any(|m| m.end != End::Possible) {
            return false;
        }
        for membership in due.copied().collect::<Vec<_>>() {
            SegmentUpdate(&mut self.context).look_ahead(&membership);
        }
        true
    }

    /// Updates the memberships that change now by themselves.
    pub(crate) fn expire(&mut self, memberships: &[Membership]) {
        for membership in memberships {
            if let Some(change) = SegmentUpdate(&mut self.context).expire(membership) {
                self.segment_changed(change);
            }
        }
    }

    /// The profile has an event that a trigger waits for, or that may move its date, or that begins a silence.
    pub(crate) fn event(&mut self, trigger: TriggerId, entry: TriggerEntry) {
        let Some(t) = self.context.plan.trigger(trigger) else {
            return;
        };
        match &t.on {
            TriggerOn::Event(_) => self.start(trigger, entry),
            TriggerOn::Silence(silence) => {
                let mut timers = TimerUpdate(&mut self.context);
                if let Some(entry) = timers.begin_silence(trigger, silence, entry) {
                    self.start(trigger, entry);
                }
            }
            TriggerOn::Date(_)
            | TriggerOn::Schedule { .. }
            | TriggerOn::Change(_)
            | TriggerOn::Stage { .. }
            | TriggerOn::Segment { .. } => TimerUpdate(&mut self.context).set_date(trigger),
        }
    }

    /// Sets the timers of all triggers.
    pub(crate) fn set_timers(&mut self) {
        TimerUpdate(&mut self.context).set_all();
    }

    /// Takes up the timers and instances that are due.
    pub(crate) fn take_due(&mut self) {
        let now = self.context.now;
        if self.context.profile.triggers().next_due() > now {
            return;
        }
        for (trigger, entry) in TimerUpdate(&mut self.context).take_due() {
            self.start(trigger, entry);
        }
        let instances = self.context.profile.triggers_mut().take_instances(now);
        let resumed = instances.into_iter().map(|i| (i.trigger, Run::Resume(i)));
        self.queue.extend(resumed);
        let journeys = self.context.profile.triggers().runs.due(now);
        self.queue
            .extend(journeys.into_iter().map(|id| (id, Run::Review)));
    }

    /// Those who are in the segments of journeys that are new come in, if these say so.
    pub(crate) fn enrol(&mut self, is_new: impl Fn(TriggerId) -> bool) {
        let plan = self.context.plan;
        let new = plan.triggers.iter().filter(|t| is_new(t.id));
        for t in new.filter(|t| t.enrols_members()) {
            let mut timers = TimerUpdate(&mut self.context);
            if timers.is_member(t.id) {
                timers.add_enrolment(t.id);
            }
        }
    }

    /// Updates whatever reads values that have been others since `from`, and were before what they are known to have been:
    /// those of tracked attributes.
    pub(crate) fn refresh_dated(&mut self, units: &Units, from: i64) {
        self.past = Past::Known;
        self.lifecycles_from(units.lifecycles.iter().copied(), from);
        self.segments_and_dates(units);
    }

    /// Updates whatever reads data without a date that has changed: lifecycles, segments, dates.
    pub(crate) fn refresh_undated(&mut self, units: &Units) {
        self.past = Past::Changed;
        self.lifecycles(units.lifecycles.iter().copied());
        self.segments_and_dates(units);
    }

    fn segments_and_dates(&mut self, units: &Units) {
        self.segments(units.segments.iter().copied());
        for trigger in &units.triggers {
            let t = self.context.plan.trigger(*trigger);
            if t.is_some_and(|t| t.is_dated()) {
                TimerUpdate(&mut self.context).set_date(*trigger);
            }
        }
        self.waits(&units.triggers);
    }

    /// Looks anew at what waits of triggers, because something that they read may be another: entries until an instant that the
    /// values of the profile decide, and runs of journeys.
    pub(crate) fn waits(&mut self, triggers: &[TriggerId]) {
        for trigger in triggers {
            let Some(t) = self.context.plan.trigger(*trigger) else {
                continue;
            };
            if t.journey.is_some() {
                if self.context.profile.triggers().runs.has(*trigger) {
                    self.push(*trigger, Run::Review);
                }
            } else if t.has_dated_wait() {
                TimerUpdate(&mut self.context).set_waits(*trigger);
            }
        }
    }

    /// Attributes that were something before have other values now, or the same.
    pub(crate) fn values_changed(&mut self, before: &ValuesBefore) {
        for (trigger, before) in before.iter() {
            let t = self.context.plan.trigger(*trigger);
            let Some(change) = t.and_then(TriggerPlan::change) else {
                continue;
            };
            let (now, profile) = (self.context.now, &self.context.profile.profile);
            if change.is_after(*before, profile, now) {
                self.start(*trigger, TriggerEntry::at(now));
            }
            TimerUpdate(&mut self.context).set_change(*trigger);
        }
    }

    /// Runs the triggers that are due, in their order, until what they change brings about nothing more.
    pub(crate) fn run_triggers(&mut self) {
        self.take_told();
        if self.queue.is_empty() {
            return;
        }
        let plan = self.context.plan;
        let mut changed = Changed::default();
        // Of triggers that two actions could fire for ever, one undoing the other's work, none runs twice for one entry at
        // one instant.
        let mut done: Vec<(TriggerId, Run)> = Vec::new();
        loop {
            self.queue
                .sort_by_key(|(trigger, run)| (*trigger, run.rank()));
            for (trigger, run) in std::mem::take(&mut self.queue) {
                let Some(t) = plan.trigger(trigger) else {
                    continue;
                };
                let mut phase = TriggerRun {
                    actions: TriggerActions {
                        context: &mut self.context,
                        t,
                        changed: &mut changed,
                        has_changed: false,
                    },
                };
                if t.is_on_change() && matches!(run, Run::Start { .. }) {
                    let this = (trigger, run.clone());
                    if done.contains(&this) {
                        phase.refuse_repeated(&run);
                        continue;
                    }
                    done.push(this);
                }
                phase.run(run);
            }
            self.take_told();
            if !changed.units.is_empty() {
                let Changed { mut units, before } = std::mem::take(&mut changed);
                units.normalize();
                self.refresh_undated(&units);
                self.values_changed(&before);
            } else if self.queue.is_empty() {
                return;
            }
        }
    }

    /// Something was told that a trigger waits for. At one instant it answers a message, or a passage to a step, once: one that
    /// brings about what it waits for would go on for ever.
    fn answer(&mut self, trigger: TriggerId, entry: TriggerEntry, about: &Arc<str>) {
        let Some(t) = self.context.plan.trigger(trigger) else {
            return;
        };
        let answer = (trigger, about.clone());
        if matches!(t.on, TriggerOn::Event(_)) && self.answered.contains(&answer) {
            let context = &mut self.context;
            let mut output = TriggerOutput { context, t };
            return output.suppressed(None, &entry, SuppressionReason::Repeated);
        }
        self.answered.push(answer);
        self.event(trigger, entry);
    }

    /// Runs triggers.
    pub(crate) fn run(mut self, due: Vec<(TriggerId, Run)>) {
        self.queue = due;
        self.run_triggers();
    }

    /// Sends a message because the host requests it.
    pub(crate) fn send_requested(
        &mut self,
        message: &Message,
        with: &Details,
        request: &str,
        at: i64,
    ) {
        messages::send_requested(&mut self.context, message, with, request, at);
    }

    fn start(&mut self, trigger: TriggerId, entry: TriggerEntry) {
        let transition = None;
        self.push(trigger, Run::Start { entry, transition });
    }

    /// The triggers run when everything is as the instant leaves it.
    fn push(&mut self, trigger: TriggerId, run: Run) {
        if !self.context.is_silent() {
            self.queue.push((trigger, run));
        }
    }

    fn segment_changed(&mut self, change: SegmentChange) {
        // After a silent update all timers are set in the end.
        if self.context.is_silent() {
            return;
        }
        let plan = self.context.plan;
        for trigger in plan.triggers_of(change.segment) {
            let Some(t) = plan.trigger(*trigger) else {
                continue;
            };
            if t.is_on_segment(Some(change.segment), change.entered) {
                self.push(*trigger, Run::of_segment(self.context.now));
            } else if matches!(t.on, TriggerOn::Schedule { .. }) {
                TimerUpdate(&mut self.context).set_date(*trigger);
            }
        }
    }

    fn stage_changed(&mut self, change: &StageChange) {
        let StageChange {
            lifecycle,
            subject,
            from,
            to,
        } = change;
        for t in &self.context.plan.triggers {
            if t.is_on_transition(*lifecycle, subject.as_deref(), *from, *to) {
                let now = self.context.now;
                self.push(
                    t.id,
                    Run::of_transition(t, subject.clone(), *from, *to, now),
                );
            }
        }
    }
}

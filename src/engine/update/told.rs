//! What a profile is changed by being told of it: each message that is sent, and each passage of a journey, becomes an event.
//!
//! The event is there at once, so that whatever is judged next sees it: of two triggers at one instant that both ask for `not sent
//! within 7 days`, one sends. What reads it is brought up to date when the triggers that are due have run, as after an event that
//! came in.

use super::Update;
use super::events::entries_of;
use crate::engine::ids::{LifecycleId, TriggerId, Units};
use crate::engine::live_profile::LiveProfile;
use crate::engine::passage::PassageReason;
use crate::engine::passage_event::{PassageEvent, PassedSteps};
use crate::engine::plan::{Plan, changed_by};
use crate::engine::sent_message::SentMessage;
use crate::engine::state::{JourneyRun, ProfileState, TriggerEntry};
use crate::profile::{Event, kind_index};
use std::sync::Arc;

/// An event that is to be taken in: it is among those of the profile.
#[derive(Debug)]
pub(crate) struct ToldEvent {
    /// What it is about: the message, or the journey and the step. At one instant a trigger answers it once.
    pub(super) about: Arc<str>,
    /// When it happened.
    pub(super) at: i64,
    /// The position of its kind in the model.
    pub(super) kind: usize,
    /// The lifecycles that it may move, and the subjects.
    pub(super) lifecycles: Vec<(LifecycleId, Option<Arc<str>>)>,
    /// What reads it.
    pub(super) units: Units,
    /// The entries that it starts.
    pub(super) entries: Vec<(TriggerId, TriggerEntry)>,
}

impl ToldEvent {
    /// Gives a profile the event that a message was sent if any rule reads that, unless it has it already: the same messages are
    /// sent again where a log is read again.
    pub(super) fn sent<P: LiveProfile>(
        plan: &Plan<P>,
        profile: &mut ProfileState<P>,
        now: i64,
        message: &SentMessage,
    ) -> Option<Self> {
        plan.sent_kind?;
        let event = P::sent(&plan.model, message)?;
        Self::add(plan, profile, now, event, || message.message.clone())
    }

    /// The same of a passage of a journey.
    pub(crate) fn passed<P: LiveProfile>(
        plan: &Plan<P>,
        profile: &mut ProfileState<P>,
        now: i64,
        passage: &PassageEvent,
    ) -> Option<Self> {
        plan.passed_kind?;
        let event = P::journey_passed(&plan.model, passage)?;
        let about = || {
            let to = passage.to.as_deref().unwrap_or_default();
            format!("{}/{to}", passage.journey).into()
        };
        Self::add(plan, profile, now, event, about)
    }

    fn add<P: LiveProfile>(
        plan: &Plan<P>,
        profile: &mut ProfileState<P>,
        now: i64,
        event: P::Event,
        about: impl FnOnce() -> Arc<str>,
    ) -> Option<Self> {
        if profile.is_known(&event) {
            return None;
        }
        let mut units = Units::default();
        plan.dependencies.add_by_event(&event, &mut units);
        units.normalize();
        let states = &profile.stages;
        let lifecycles = changed_by(&plan.lifecycles, &units.lifecycles, states, &event);
        let entries = entries_of(plan, profile, &units.triggers, &event, now);
        let (at, kind) = (event.at().micros(), kind_index(&event));
        profile.add(event);
        Some(ToldEvent {
            about: about(),
            at,
            kind,
            lifecycles,
            units,
            entries,
        })
    }
}

impl<P: LiveProfile> Update<'_, P> {
    /// Brings everything up to date after something was told.
    pub(super) fn take_told(&mut self) {
        let told = std::mem::take(&mut self.context.told);
        for event in &told {
            for (id, subject) in &event.lifecycles {
                self.lifecycle(*id, subject.as_deref(), event.at);
            }
            self.segments_after_event(&event.units.segments, event.kind);
            self.waits(&event.units.triggers);
        }
        for event in told {
            for (trigger, entry) in event.entries {
                self.answer(trigger, entry, &event.about);
            }
        }
    }

    /// Brings everything up to date after events that were added outside of an update. No trigger fires.
    pub(crate) fn after_told(&mut self, told: Vec<ToldEvent>) {
        self.context.told = told;
        self.take_told();
        self.set_timers();
    }

    /// Gives the profile, which has taken in another one, the events that its runs are others than before. What reads them is
    /// brought up to date with all the rest.
    pub(crate) fn add_merged_runs(&mut self, before: &[JourneyRun]) {
        let now = self.current_runs();
        let is_same = |a: &JourneyRun, b: &JourneyRun| a.journey == b.journey && a.entry == b.entry;
        for was in before
            .iter()
            .filter(|was| !now.iter().any(|run| is_same(run, was)))
        {
            self.add_passage(was, [true, false]);
        }
        for run in now
            .iter()
            .filter(|run| !before.iter().any(|was| is_same(run, was)))
        {
            self.add_passage(run, [false, true]);
        }
    }

    /// Gives the profile the event that one of its runs leaves its step, or comes to it, because of a merge.
    pub(super) fn add_passage(&mut self, run: &JourneyRun, [leaves, comes]: [bool; 2]) {
        let context = &mut self.context;
        let Some(t) = context.plan.trigger(run.journey) else {
            return;
        };
        let step = t.step_name(run.step());
        let steps = [step.filter(|_| leaves), step.filter(|_| comes)];
        let passed = PassedSteps::new(&t.trigger.name, steps, PassageReason::Merged);
        let (id, now) = (&context.profile.id, context.now);
        let event = match comes {
            true => passed.arrival(id, run, now),
            false => passed.event(id, run, now),
        };
        let _ = ToldEvent::passed(context.plan, context.profile, now, &event);
    }
}

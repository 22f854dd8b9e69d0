//! The trigger phase: one trigger runs for one entry, from its admission to its last action, or from where it waited.

use super::actions::TriggerActions;
use super::journeys::JourneyUpdate;
use crate::engine::live_profile::LiveProfile;
use crate::engine::plan::TriggerPlan;
use crate::engine::state::{Instance, Position, TriggerEntry, WaitsFor};
use crate::engine::suppression::SuppressionReason;
use crate::engine::triggers::assignment;
use crate::ir::StageId;
use std::sync::Arc;

/// A run of a trigger that is due.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Run {
    /// An entry starts.
    Start {
        entry: TriggerEntry,
        /// The stages of the transition that the trigger is on.
        transition: Option<(Option<StageId>, Option<StageId>)>,
    },
    /// An instance continues.
    Resume(Instance),
    /// The runs of a journey are looked at.
    Review,
}

impl Run {
    /// Of one trigger, what has waited goes before what starts, and messages go first.
    pub(super) fn rank(&self) -> u8 {
        match self {
            Run::Resume(instance) => match instance.waits_for {
                WaitsFor::Delivery { .. } => 0,
                WaitsFor::WaitEnd => 1,
            },
            Run::Start { .. } => 2,
            Run::Review => 0,
        }
    }

    /// A run because a segment was entered or left.
    pub(crate) fn of_segment(now: i64) -> Self {
        Run::Start {
            entry: TriggerEntry::at(now),
            transition: None,
        }
    }

    /// A run of a trigger because of a transition.
    pub(crate) fn of_transition<P: LiveProfile>(
        t: &TriggerPlan<P>,
        subject: Option<Arc<str>>,
        from: Option<StageId>,
        to: Option<StageId>,
        now: i64,
    ) -> Self {
        let entry = TriggerEntry {
            discriminator: subject.clone(),
            key: subject.clone().filter(|_| t.is_per_subject()),
            subject,
            ..TriggerEntry::at(now)
        };
        let transition = Some((from, to));
        Run::Start { entry, transition }
    }
}

/// Runs one trigger.
pub(super) struct TriggerRun<'u, 'e, P: LiveProfile> {
    pub(super) actions: TriggerActions<'u, 'e, P>,
}

impl<'u, 'e, P: LiveProfile> TriggerRun<'u, 'e, P> {
    pub(super) fn run(&mut self, run: Run) {
        match run {
            Run::Start { entry, .. } => self.start(entry),
            Run::Resume(instance) => self.resume(instance),
            Run::Review => {
                if let Some(mut journey) = self.journey() {
                    journey.review();
                }
            }
        }
    }

    /// Reports that the trigger does not run a second time for the same entry at one instant.
    pub(super) fn refuse_repeated(&mut self, run: &Run) {
        if let Run::Start { entry, .. } = run {
            self.actions
                .suppressed(None, entry, SuppressionReason::Repeated);
        }
    }

    fn start(&mut self, mut entry: TriggerEntry) {
        let (plan, t) = (self.actions.context.plan, self.actions.t);
        let end = t.wait_end(&self.actions.context.ctx(), &plan.timezone, entry.at);
        if end <= self.actions.context.now {
            return self.enter(entry, false);
        }
        let triggers = self.actions.context.profile.triggers();
        if let Some(last) = triggers.record(t.id, entry.key.as_deref())
            && let Some(reason) =
                (t.reentry).refusal_of_entry(last, self.actions.context.zone(), entry.at)
        {
            return self.actions.suppressed(None, &entry, reason);
        }
        if t.is_on_change() {
            let waiting = triggers.waiting_entries(t.id);
            let alike =
                waiting.filter(|w| w.at == entry.at && w.discriminator == entry.discriminator);
            entry.ordinal = u32::try_from(alike.count()).unwrap_or(u32::MAX);
        }
        self.await_judgement(entry, end);
    }

    fn await_judgement(&mut self, entry: TriggerEntry, due: i64) {
        let instance = Instance {
            due,
            trigger: self.actions.t.id,
            since: entry.at,
            entry,
            position: Position(0),
            waits_for: WaitsFor::WaitEnd,
        };
        self.actions
            .context
            .profile
            .triggers_mut()
            .add_instance(instance);
    }

    /// Judges an entry, which may have waited, and acts if it is admitted.
    fn enter(&mut self, mut entry: TriggerEntry, has_waited: bool) {
        // Whoever leaves at this instant may enter again.
        if let Some(mut journey) = self.journey() {
            journey.review();
        }
        entry.variant = match self.admit(&entry) {
            Ok(variant) => variant,
            Err(reason) => {
                let is_held_out = reason == SuppressionReason::Holdout { own: true };
                self.actions.suppressed(None, &entry, reason);
                if is_held_out && self.actions.t.journey.is_some() {
                    self.record_entry(&entry);
                    if let Some(mut journey) = self.journey() {
                        journey.hold_out(entry);
                    }
                }
                return;
            }
        };
        let earlier = self.record_entry(&entry);
        // Of an event, and of what has waited, the ordinal is known already.
        if self.actions.t.is_on_change() && !has_waited {
            entry.ordinal = earlier;
        }
        if let Some(mut journey) = self.journey() {
            return journey.begin(entry);
        }
        for i in 0..self.actions.t.trigger.actions.len() {
            self.actions.act(&entry, Position(i));
        }
    }

    /// The journey that the trigger begins.
    fn journey(&mut self) -> Option<JourneyUpdate<'_, 'u, 'e, P>> {
        let t = self.actions.t;
        Some(JourneyUpdate {
            plan: t.journey.as_ref()?,
            rules: t.trigger.journey.as_ref()?,
            actions: &mut self.actions,
        })
    }

    /// Records an entry; how many there were before at that instant.
    fn record_entry(&mut self, entry: &TriggerEntry) -> u32 {
        let triggers = self.actions.context.profile.triggers_mut();
        triggers.update_record(self.actions.t.id, entry.key.as_ref(), |record| {
            record.enter(entry.at)
        })
    }

    /// Whether the profile may enter, and the variant that it is assigned to.
    fn admit(&mut self, entry: &TriggerEntry) -> Result<Option<usize>, SuppressionReason> {
        let (t, now) = (self.actions.t, self.actions.context.now);
        if let Some(reason) = t.outside_campaign(now, self.actions.context.zone()) {
            return Err(reason);
        }
        if self.actions.is_guarded(entry) {
            return Err(SuppressionReason::Guard);
        }
        if let Some(reason) = self.journey().and_then(|journey| journey.refusal(entry)) {
            return Err(reason);
        }
        let last = self
            .actions
            .context
            .profile
            .triggers()
            .record(t.id, entry.key.as_deref());
        if let Some(last) = last
            && let Some(reason) =
                t.reentry
                    .refusal(last, self.actions.context.zone(), entry.at, now)
        {
            return Err(reason);
        }
        let id = || self.actions.context.profile.draw_id();
        let mut holdout = t.trigger.holdout.iter();
        if holdout.any(|group| assignment::is_in(group, id())) {
            return Err(SuppressionReason::Holdout { own: true });
        }
        let consent = &self.actions.context.plan.delivery.consent;
        if !consent.allows_processing(&self.actions.context.ctx()) {
            return Err(SuppressionReason::NoProcessingConsent);
        }
        match &t.trigger.split {
            None => Ok(None),
            Some(split) => match assignment::variant(split, id()) {
                Some(variant) => Ok(Some(variant)),
                None => Err(SuppressionReason::NoVariant),
            },
        }
    }

    /// Continues where an instance waited.
    fn resume(&mut self, instance: Instance) {
        if self.is_given_up(&instance) {
            return;
        }
        let Instance {
            entry,
            position,
            since,
            ..
        } = instance;
        match instance.waits_for {
            WaitsFor::Delivery { message, values } => {
                let place = self.place_of(&entry, &message, position);
                // Of a journey the actions may be numbered otherwise by now; of a trigger the key keeps its number.
                let position = match (&self.actions.t.journey, place) {
                    (Some(_), Some(place)) => Position(place),
                    (Some(_), None) | (None, _) => position,
                };
                (self.actions).deliver(&entry, (position, place), message, (values, since));
                if let Some(mut journey) = self.journey() {
                    journey.resume(&entry, place.map(Position));
                }
            }
            WaitsFor::WaitEnd => {
                let plan = self.actions.context.plan;
                // Where dates change too often to be foreseen, it waited for an instant to look again.
                let end = (self.actions.t).wait_end(
                    &self.actions.context.ctx(),
                    &plan.timezone,
                    entry.at,
                );
                if end > self.actions.context.now {
                    self.await_judgement(entry, end);
                } else {
                    self.enter(entry, true);
                }
            }
        }
    }

    /// Whether the goal or the exit of a journey, which come first, have ended the run that an instance belongs to. The instance
    /// stands in the state while that is judged: what ends a run reports what is given up with it.
    fn is_given_up(&mut self, instance: &Instance) -> bool {
        if self.actions.t.journey.is_none() {
            return false;
        }
        let triggers = self.actions.context.profile.triggers_mut();
        triggers.add_instance(instance.clone());
        let is_waiting = (self.journey()).is_some_and(|mut j| j.is_waiting(&instance.entry));
        let triggers = self.actions.context.profile.triggers_mut();
        let taken = triggers.take_messages(instance.trigger, &instance.entry);
        !is_waiting || taken.is_empty()
    }

    /// The place of the action that sends a message that waited: where it stood, or, if the rules have changed, the first that
    /// sends it; in a journey, of the step in which the run is.
    fn place_of(&mut self, entry: &TriggerEntry, name: &str, position: Position) -> Option<usize> {
        match self.journey() {
            Some(journey) => journey.place_of(entry, name, position),
            None => {
                let all = 0..self.actions.t.trigger.actions.len();
                self.actions.t.trigger.sends(name, position.0, &[all])
            }
        }
    }
}

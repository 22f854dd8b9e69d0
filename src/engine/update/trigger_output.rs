//! What a trigger reports: effects and suppressions.

use super::context::UpdateContext;
use crate::engine::delivery::Blocked;
use crate::engine::effect::{Effect, EffectAction};
use crate::engine::effect_key::{StepPlace, effect_key, journey_effect_key};
use crate::engine::explains::Explains;
use crate::engine::live_profile::LiveProfile;
use crate::engine::output::OutputKind;
use crate::engine::plan::TriggerPlan;
use crate::engine::sent_message::SentMessage;
use crate::engine::state::{JourneyRun, Position, TriggerEntry};
use crate::engine::suppression::{ChannelCandidate, Suppressed, SuppressionReason};
use crate::eval::Matcher;
use crate::eval::context::Ctx;
use crate::explain::Explanation;
use crate::rule::sending::MessageFacts;
use crate::time::Instant;
use std::sync::Arc;

/// Reports what one trigger does and does not do.
pub(super) struct TriggerOutput<'u, 'e, P: LiveProfile> {
    pub(super) context: &'u mut UpdateContext<'e, P>,
    pub(super) t: &'e TriggerPlan<P>,
}

impl<P: LiveProfile> TriggerOutput<'_, '_, P> {
    /// The key of the effect of an action.
    pub(super) fn key(&self, entry: &TriggerEntry, position: Position) -> Arc<str> {
        let (trigger, profile) = (&self.t.trigger, &self.context.profile.id);
        let (name, version) = (&trigger.name, trigger.version);
        let place = trigger
            .journey
            .as_ref()
            .and_then(|j| j.place_of(position.0));
        let Some((step, choice, action)) = place else {
            return effect_key(profile, name, version, entry, position);
        };
        let run = self.run_of(entry);
        let visits = run.and_then(|run| Some(run.visits(run.step()?).visits));
        let place = StepPlace {
            step: &step.name,
            visits: visits.unwrap_or_default(),
            choice,
            action,
        };
        journey_effect_key(profile, name, version, entry, place)
    }

    /// The run of the journey that an entry began.
    fn run_of(&self, entry: &TriggerEntry) -> Option<&JourneyRun> {
        self.t.journey.as_ref()?;
        let runs = &self.context.profile.triggers().runs;
        let run = runs.of(self.t.id, entry.key.as_deref());
        run.filter(|run| *run.entry == *entry)
    }

    /// The step in which that run is.
    fn step_of(&self, entry: &TriggerEntry) -> Option<Arc<str>> {
        let step = self.run_of(entry)?.step()?;
        self.t.journey.as_ref()?.names.get(step.index()).cloned()
    }

    /// The name of the trigger, or else of the journey.
    fn names(&self) -> (Option<Arc<str>>, Option<Arc<str>>) {
        let name = self.t.trigger.name.clone();
        match &self.t.journey {
            None => (Some(name), None),
            Some(_) => (None, Some(name)),
        }
    }

    /// A message that an entry sends now.
    pub(super) fn sent(
        &self,
        entry: &TriggerEntry,
        position: Position,
        message: &MessageFacts,
    ) -> SentMessage {
        let (trigger, journey) = self.names();
        SentMessage {
            trigger,
            journey,
            step: self.step_of(entry),
            campaign: self.campaign(),
            variant: self.variant_of(entry),
            ..SentMessage::requested(self.key(entry, position), self.context.now, message)
        }
    }

    /// The campaign that it belongs to.
    fn campaign(&self) -> Option<Arc<str>> {
        let campaign = self.t.trigger.campaign.as_ref()?;
        Some(campaign.name.clone())
    }

    /// The variant that an entry is assigned to.
    fn variant_of(&self, entry: &TriggerEntry) -> Option<Arc<str>> {
        let split = self.t.trigger.split.as_ref()?;
        let (name, _) = split.variants.get(entry.variant?)?;
        Some(name.clone())
    }

    /// Reports an effect, from which the cooldown counts.
    pub(super) fn effect(
        &mut self,
        entry: &TriggerEntry,
        position: Position,
        action: EffectAction,
    ) {
        let now = self.context.now;
        let has_cooldown = self.t.reentry.has_cooldown();
        let triggers = self.context.profile.triggers_mut();
        triggers.update_record(self.t.id, entry.key.as_ref(), |record| {
            // The entry may have been forgotten while its message waited.
            record.entered = record.entered.max(entry.at);
            record.acted = Some(now);
            record.actor = has_cooldown.then(|| Box::new(entry.clone()));
        });
        let why = self.t.why.as_ref();
        let why = why.filter(|_| self.context.explains != Explains::Nothing);
        let (by_trigger, by_journey) = self.names();
        let effect = Effect {
            key: self.key(entry, position),
            trigger: by_trigger,
            journey: by_journey,
            step: self.step_of(entry),
            campaign: self.campaign(),
            version: self.t.version.clone(),
            entered: Instant::from_micros(entry.at),
            subject: entry.subject.clone().or_else(|| entry.key.clone()),
            variant: self.variant_of(entry),
            action,
            why: why.map(|matcher| self.explain(matcher, entry)),
        };
        self.context.emit(now, OutputKind::Effect(Box::new(effect)));
    }

    /// Explains a condition for an entry.
    fn explain(&self, matcher: &Matcher<P>, entry: &TriggerEntry) -> Box<Explanation> {
        let ctx = Ctx::new(&self.context.profile.profile, self.context.now);
        Box::new(self.t.entries.within(entry, entry.at, |scope| {
            matcher.explain_in(&Ctx {
                entry: Some(scope),
                ..ctx
            })
        }))
    }

    /// Why the trigger's `when` does not hold, if that is to be explained.
    fn why_guarded(
        &self,
        reason: &SuppressionReason,
        entry: &TriggerEntry,
    ) -> Option<Box<Explanation>> {
        let is_asked = self.context.explains == Explains::Guards;
        if !is_asked || *reason != SuppressionReason::Guard {
            return None;
        }
        let guard = self.t.trigger.guard.as_ref()?;
        let matcher = guard.bind(&self.context.plan.model).ok()?;
        Some(self.explain(&matcher, entry))
    }

    /// Reports that the trigger, or a message of it, does not act.
    pub(super) fn suppressed(
        &mut self,
        message: Option<&Arc<str>>,
        entry: &TriggerEntry,
        reason: SuppressionReason,
    ) {
        self.report(message, entry, (reason, Vec::new()), None);
    }

    /// Reports that a message may not be sent; `until` is when it is tried again.
    pub(super) fn blocked(
        &mut self,
        message: &Arc<str>,
        entry: &TriggerEntry,
        blocked: Blocked,
        until: Option<i64>,
    ) {
        let why = (blocked.refusal.reason, blocked.candidates);
        self.report(Some(message), entry, why, until);
    }

    fn report(
        &mut self,
        message: Option<&Arc<str>>,
        entry: &TriggerEntry,
        (reason, candidates): (SuppressionReason, Vec<ChannelCandidate>),
        until: Option<i64>,
    ) {
        let (trigger, journey) = self.names();
        let suppressed = Suppressed {
            trigger,
            journey,
            step: message.and_then(|_| self.step_of(entry)),
            message: message.cloned(),
            entered: Instant::from_micros(entry.at),
            subject: entry.subject.clone().or_else(|| entry.key.clone()),
            why: self.why_guarded(&reason, entry),
            reason,
            waits_until: until.map(Instant::from_micros),
            candidates,
        };
        let kind = OutputKind::Suppressed(Box::new(suppressed));
        self.context.emit(self.context.now, kind);
    }
}

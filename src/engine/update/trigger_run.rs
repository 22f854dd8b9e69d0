//! The trigger phase: one trigger runs for one entry, from its admission to its last action, or from where it waited.

use super::context::UpdateContext;
use super::messages::MessageDelivery;
use super::trigger_output::TriggerOutput;
use crate::engine::delivery::Blocked;
use crate::engine::effect::{EffectAction, parameters, scalar};
use crate::engine::ids::Units;
use crate::engine::live_profile::LiveProfile;
use crate::engine::plan::TriggerPlan;
use crate::engine::state::{Instance, KeptValues, Position, TriggerEntry, WaitsFor};
use crate::engine::suppression::SuppressionReason;
use crate::engine::triggers::assignment;
use crate::eval::context::Ctx;
use crate::ir::StageId;
use crate::profile::Value;
use crate::rule::trigger::{ActionKind, Details, Given};
use crate::time::Instant;
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
}

impl Run {
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
    pub(super) context: &'u mut UpdateContext<'e, P>,
    pub(super) t: &'e TriggerPlan<P>,
    /// The units that read what the trigger has changed, for the update to bring up to date.
    pub(super) changed: &'u mut Units,
}

impl<'e, P: LiveProfile> TriggerRun<'_, 'e, P> {
    pub(super) fn run(&mut self, run: Run) {
        match run {
            Run::Start { entry, .. } => self.start(entry),
            Run::Resume(instance) => self.resume(instance),
        }
    }

    /// Reports that the trigger does not run a second time for the same entry at one instant.
    pub(super) fn refuse_repeated(&mut self, run: &Run) {
        if let Run::Start { entry, .. } = run {
            self.suppressed(None, entry, SuppressionReason::Repeated);
        }
    }

    fn start(&mut self, mut entry: TriggerEntry) {
        let (plan, t) = (self.context.plan, self.t);
        let end = t.wait_end(&self.context.ctx(), &plan.timezone, entry.at);
        if end <= self.context.now {
            return self.enter(entry, false);
        }
        let triggers = self.context.profile.triggers();
        if let Some(last) = triggers.record(t.id, entry.key.as_deref())
            && let Some(reason) = (t.reentry).refusal_of_entry(last, self.context.zone(), entry.at)
        {
            return self.suppressed(None, &entry, reason);
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
            trigger: self.t.id,
            entry,
            position: Position(0),
            waits_for: WaitsFor::WaitEnd,
        };
        self.context.profile.triggers_mut().add_instance(instance);
    }

    /// Judges an entry, which may have waited, and acts if it is admitted.
    fn enter(&mut self, mut entry: TriggerEntry, has_waited: bool) {
        entry.variant = match self.admit(&entry) {
            Ok(variant) => variant,
            Err(reason) => return self.suppressed(None, &entry, reason),
        };
        let triggers = self.context.profile.triggers_mut();
        let earlier = triggers.update_record(self.t.id, entry.key.as_ref(), |record| {
            record.enter(entry.at)
        });
        // Of an event, and of what has waited, the ordinal is known already.
        if self.t.is_on_change() && !has_waited {
            entry.ordinal = earlier;
        }
        for (i, action) in self.t.trigger.actions.iter().enumerate() {
            if action.variant.is_none() || action.variant == entry.variant {
                self.act(&entry, Position(i), &action.kind);
            }
        }
    }

    /// Whether the profile may enter, and the variant that it is assigned to.
    fn admit(&self, entry: &TriggerEntry) -> Result<Option<usize>, SuppressionReason> {
        let (t, now) = (self.t, self.context.now);
        if self.is_guarded(entry) {
            return Err(SuppressionReason::Guard);
        }
        let last = self
            .context
            .profile
            .triggers()
            .record(t.id, entry.key.as_deref());
        if let Some(last) = last
            && let Some(reason) = t.reentry.refusal(last, self.context.zone(), entry.at, now)
        {
            return Err(reason);
        }
        let id = || self.context.profile.profile.id();
        let mut holdout = t.trigger.holdout.iter();
        if holdout.any(|group| assignment::is_in(group, id())) {
            return Err(SuppressionReason::Holdout { own: true });
        }
        let consent = &self.context.plan.delivery.consent;
        if !consent.allows_processing(&self.context.ctx()) {
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

    /// Whether the trigger's `when` keeps it from acting.
    fn is_guarded(&self, entry: &TriggerEntry) -> bool {
        let guard = self.t.guard.as_ref();
        guard.is_some_and(|guard| self.evaluate(entry, |ctx| !guard.holds(ctx)))
    }

    /// Evaluates something for an entry.
    fn evaluate<R>(&self, entry: &TriggerEntry, evaluate: impl FnOnce(&Ctx<'_, P>) -> R) -> R {
        self.t.entries.within(entry, |scope| {
            evaluate(&Ctx {
                entry: Some(scope),
                ..self.context.ctx()
            })
        })
    }

    /// What goes along with an action as it is computed now.
    fn computed(&self, entry: &TriggerEntry, position: Position) -> Details {
        let action = self.t.actions.get(position.0);
        action.map_or_else(Vec::new, |action| {
            self.evaluate(entry, |ctx| action.details(ctx))
        })
    }

    /// The value that an action gives to an attribute, in the shape of its type; `None` if it is missing.
    fn given(
        &self,
        entry: &TriggerEntry,
        position: Position,
        attribute: usize,
        given: &Given,
    ) -> Option<Value> {
        let attributes = &self.context.plan.attributes;
        match given {
            Given::Constant(lit) => Some(attributes.value(attribute, lit)),
            Given::Computed(_) => {
                let action = self.t.actions.get(position.0)?;
                let value = self.evaluate(entry, |ctx| action.given(ctx))?;
                attributes.fitted(attribute, value)
            }
        }
    }

    fn act(&mut self, entry: &TriggerEntry, position: Position, action: &'e ActionKind) {
        match action {
            ActionKind::Send { message, with, .. } => {
                let values = self.computed(entry, position);
                self.messages(entry, position, values).send(message, with);
            }
            ActionKind::Call { name, with, .. } => {
                let values = self.computed(entry, position);
                let action = EffectAction::Call {
                    name: name.clone(),
                    with: parameters([with, &values]),
                };
                self.output().effect(entry, position, action);
            }
            ActionKind::Tag(path) => {
                self.tag(path, true);
                let action = EffectAction::Tag { path: path.clone() };
                self.output().effect(entry, position, action);
            }
            ActionKind::Untag(path) => {
                self.tag(path, false);
                let action = EffectAction::Untag { path: path.clone() };
                self.output().effect(entry, position, action);
            }
            ActionKind::Set { attribute, to } => {
                let Some(to) = self.given(entry, position, *attribute, to) else {
                    return;
                };
                let Some(shown) = scalar(&to) else {
                    return;
                };
                if let Some(attribute) = self.set(*attribute, Some(to)) {
                    let action = EffectAction::Set {
                        attribute,
                        to: shown,
                    };
                    self.output().effect(entry, position, action);
                }
            }
            ActionKind::Add { attribute, by } => {
                let Some(by) = self.given(entry, position, *attribute, by) else {
                    return;
                };
                let attributes = &self.context.plan.attributes;
                let sum = attributes.sum(*attribute, &by, &self.context.ctx());
                let Some(by) = scalar(&by) else {
                    return;
                };
                if let Some(attribute) = self.set(*attribute, sum) {
                    let action = EffectAction::Add { attribute, by };
                    self.output().effect(entry, position, action);
                }
            }
        }
    }

    fn tag(&mut self, path: &str, given: bool) {
        let now = self.context.now;
        self.context.profile.tag(path, given, now);
        self.changed.add(self.context.plan.dependencies.by_tags());
    }

    /// Sets an attribute; its name. A value that the profile type cannot take, or a sum that is no number any more, is left
    /// to the host, to whom the effect is reported in any case.
    fn set(&mut self, attribute: usize, to: Option<Value>) -> Option<Arc<str>> {
        let plan = self.context.plan;
        let name = plan.attributes.name(attribute);
        // INVARIANT: actions were checked against the schema that numbers the attributes.
        debug_assert!(name.is_some(), "no attribute {attribute}");
        let name = name?;
        if let Some(to) = to {
            let at = Instant::from_micros(self.context.now);
            let _ = self.context.profile.set(&plan.model, name, to, at);
            if let Some(units) = plan.dependencies.by_name(name) {
                self.changed.add(units);
            }
        }
        Some(name.clone())
    }

    /// Continues where an instance waited.
    fn resume(&mut self, instance: Instance) {
        let Instance {
            entry, position, ..
        } = instance;
        match instance.waits_for {
            WaitsFor::Delivery { message, values } => {
                self.deliver(entry, position, message, values);
            }
            WaitsFor::WaitEnd => {
                let plan = self.context.plan;
                // Where dates change too often to be foreseen, it waited for an instant to look again.
                let end = (self.t).wait_end(&self.context.ctx(), &plan.timezone, entry.at);
                if end > self.context.now {
                    self.await_judgement(entry, end);
                } else {
                    self.enter(entry, true);
                }
            }
        }
    }

    /// A message that waited may be sent now, unless something else has come in between.
    fn deliver(
        &mut self,
        entry: TriggerEntry,
        position: Position,
        name: Arc<str>,
        kept: KeptValues,
    ) {
        let place = self.t.trigger.sends(&name, position.0);
        let action = place.and_then(|place| self.t.trigger.actions.get(place));
        let Some(ActionKind::Send {
            message,
            with,
            refresh,
            ..
        }) = action.map(|action| &action.kind)
        else {
            return self.suppressed(Some(&name), &entry, SuppressionReason::RuleChanged);
        };
        if self.is_guarded(&entry) {
            return self.suppressed(Some(&name), &entry, SuppressionReason::Guard);
        }
        let values = match place.filter(|_| *refresh) {
            Some(place) => self.computed(&entry, Position(place)),
            None => kept.into_iter().map(|(n, v)| (n, v.into())).collect(),
        };
        let cooldown = self.cooldown_of_another(&entry);
        let mut messages = self.messages(&entry, position, values);
        match cooldown {
            Some(blocked) => drop(messages.hold_back(message, blocked)),
            None => messages.send(message, with),
        }
    }

    /// The cooldown that began when another entry acted while this one waited.
    fn cooldown_of_another(&self, entry: &TriggerEntry) -> Option<Blocked> {
        let triggers = self.context.profile.triggers();
        let last = triggers.record(self.t.id, entry.key.as_deref())?;
        if last.actor.as_deref() == Some(entry) {
            return None;
        }
        let (zone, now) = (self.context.zone(), self.context.now);
        let end = self.t.reentry.cooldown_end(last, zone, now)?;
        Some(Blocked {
            reason: SuppressionReason::Cooldown {
                next: Instant::from_micros(end),
            },
            next: Some(end),
            is_replaceable: false,
        })
    }

    fn messages<'r>(
        &'r mut self,
        entry: &'r TriggerEntry,
        position: Position,
        values: Details,
    ) -> MessageDelivery<'r, 'e, P> {
        MessageDelivery {
            context: self.context,
            t: self.t,
            entry,
            position,
            values,
        }
    }

    fn suppressed(
        &mut self,
        message: Option<&Arc<str>>,
        entry: &TriggerEntry,
        reason: SuppressionReason,
    ) {
        self.output().suppressed(message, entry, reason, None);
    }

    fn output(&mut self) -> TriggerOutput<'_, 'e, P> {
        TriggerOutput {
            context: self.context,
            t: self.t,
        }
    }
}

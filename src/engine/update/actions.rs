//! What triggers and journeys do: one action is performed, or a message that waited is sent.

use super::context::UpdateContext;
use super::messages::MessageDelivery;
use super::trigger_output::TriggerOutput;
use crate::engine::delivery::Refusal;
use crate::engine::effect::{EffectAction, parameters, scalar};
use crate::engine::ids::Units;
use crate::engine::live_profile::LiveProfile;
use crate::engine::plan::TriggerPlan;
use crate::engine::state::{KeptValues, Position, TriggerEntry};
use crate::engine::suppression::SuppressionReason;
use crate::engine::values_before::ValuesBefore;
use crate::eval::context::Ctx;
use crate::profile::Value;
use crate::rule::trigger::{ActionKind, Details, Given};
use crate::time::Instant;
use std::sync::Arc;

/// What actions have changed, for the update to bring up to date.
#[derive(Debug, Default)]
pub(super) struct Changed {
    /// What reads it.
    pub(super) units: Units,
    /// What it was.
    pub(super) before: ValuesBefore,
}

/// Performs the actions of one trigger or journey.
pub(super) struct TriggerActions<'u, 'e, P: LiveProfile> {
    pub(super) context: &'u mut UpdateContext<'e, P>,
    pub(super) t: &'e TriggerPlan<P>,
    pub(super) changed: &'u mut Changed,
    /// Whether an action has changed the profile, whatever reads that.
    pub(super) has_changed: bool,
}

impl<'e, P: LiveProfile> TriggerActions<'_, 'e, P> {
    /// Whether the trigger's `when` keeps it from acting.
    pub(super) fn is_guarded(&self, entry: &TriggerEntry) -> bool {
        let guard = self.t.guard.as_ref();
        guard.is_some_and(|guard| self.evaluate(entry, |ctx| !guard.holds(ctx)))
    }

    /// Evaluates something for an entry.
    pub(super) fn evaluate<R>(
        &self,
        entry: &TriggerEntry,
        evaluate: impl FnOnce(&Ctx<'_, P>) -> R,
    ) -> R {
        self.evaluate_in_step(entry, entry.at, evaluate)
    }

    /// Evaluates something for an entry that came to a step of a journey at an instant.
    pub(super) fn evaluate_in_step<R>(
        &self,
        entry: &TriggerEntry,
        since: i64,
        evaluate: impl FnOnce(&Ctx<'_, P>) -> R,
    ) -> R {
        self.t.entries.within(entry, since, |scope| {
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

    /// Does what an action says, unless it is for another variant.
    pub(super) fn act(&mut self, entry: &TriggerEntry, position: Position) {
        let action = self.t.trigger.actions.get(position.0);
        let is_meant = |variant: Option<usize>| variant.is_none() || variant == entry.variant;
        if let Some(action) = action.filter(|action| is_meant(action.variant)) {
            self.perform(entry, position, &action.kind);
        }
    }

    fn perform(&mut self, entry: &TriggerEntry, position: Position, action: &'e ActionKind) {
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
        self.has_changed = true;
        (self.changed.units).add(self.context.plan.dependencies.by_tags());
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
            self.has_changed = true;
            let units = plan.dependencies.by_name(name);
            let readers = units.map_or(&[][..], |units| &units.triggers);
            let (profile, now) = (&mut *self.context.profile, self.context.now);
            self.changed.before.add(plan, profile, readers, now);
            let _ = profile.set(&plan.model, name, to, Instant::from_micros(now));
            let readers = units.into_iter();
            readers.for_each(|units| self.changed.units.add(units));
        }
        Some(name.clone())
    }

    /// A message that waited at a position, and that the action at a place sends, may be sent now, unless something else has come in between.
    pub(super) fn deliver(
        &mut self,
        entry: &TriggerEntry,
        (position, place): (Position, Option<usize>),
        name: Arc<str>,
        (kept, since): (KeptValues, i64),
    ) {
        let action = place.and_then(|place| self.t.trigger.actions.get(place));
        let Some(ActionKind::Send {
            message,
            with,
            refresh,
            ..
        }) = action.map(|action| &action.kind)
        else {
            return self.suppressed(Some(&name), entry, SuppressionReason::RuleChanged);
        };
        if self.t.is_over(self.context.now, self.context.zone()) {
            let expired = SuppressionReason::expired(since, self.context.now);
            return self.suppressed(Some(&name), entry, expired);
        }
        // Whoever is in a journey was judged when it entered.
        if self.t.journey.is_none() && self.is_guarded(entry) {
            return self.suppressed(Some(&name), entry, SuppressionReason::Guard);
        }
        let values = match place.filter(|_| *refresh) {
            Some(place) => self.computed(entry, Position(place)),
            None => kept.into_iter().map(|(n, v)| (n, v.into())).collect(),
        };
        let cooldown = self.cooldown_of_another(entry);
        let mut messages = self.messages(entry, position, values);
        messages.since = since;
        match cooldown {
            Some(refusal) => messages.hold_back(message, refusal.into()),
            None => messages.send(message, with),
        }
    }

    /// The cooldown that began when another entry acted while this one waited.
    fn cooldown_of_another(&self, entry: &TriggerEntry) -> Option<Refusal> {
        let triggers = self.context.profile.triggers();
        let last = triggers.record(self.t.id, entry.key.as_deref())?;
        if last.actor.as_deref() == Some(entry) {
            return None;
        }
        let (zone, now) = (self.context.zone(), self.context.now);
        let end = self.t.reentry.cooldown_end(last, zone, now)?;
        Some(Refusal {
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
        let since = match self.t.journey {
            Some(_) => self.context.now,
            None => entry.at,
        };
        MessageDelivery {
            context: self.context,
            t: self.t,
            entry,
            position,
            values,
            since,
        }
    }

    pub(super) fn suppressed(
        &mut self,
        message: Option<&Arc<str>>,
        entry: &TriggerEntry,
        reason: SuppressionReason,
    ) {
        self.output().suppressed(message, entry, reason);
    }

    fn output(&mut self) -> TriggerOutput<'_, 'e, P> {
        TriggerOutput {
            context: self.context,
            t: self.t,
        }
    }
}

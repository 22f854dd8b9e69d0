//! Messages: sent, replaced by another, kept waiting, or dropped; by a trigger or at the host's request.

use super::context::UpdateContext;
use super::trigger_output::TriggerOutput;
use crate::engine::delivery::{Blocked, Cleared, Refusal};
use crate::engine::effect::{Effect, EffectAction};
use crate::engine::effect_key::effect_key;
use crate::engine::live_profile::LiveProfile;
use crate::engine::output::OutputKind;
use crate::engine::plan::TriggerPlan;
use crate::engine::sent_message::SentMessage;
use crate::engine::state::{Instance, Position, TriggerEntry, WaitsFor};
use crate::engine::suppression::{Suppressed, SuppressionReason};
use crate::engine::triggers::plus;
use crate::rule::sending::Message;
use crate::rule::trigger::{Details, WhenHeld};
use crate::time::Instant;
use std::sync::Arc;

/// Sends the messages of one action of a trigger.
pub(super) struct MessageDelivery<'u, 'e, P: LiveProfile> {
    pub(super) context: &'u mut UpdateContext<'e, P>,
    pub(super) t: &'e TriggerPlan<P>,
    pub(super) entry: &'u TriggerEntry,
    pub(super) position: Position,
    /// What goes along with it and was computed.
    pub(super) values: Details,
    /// From when on it is counted how long it waits: for a trigger from the entry on, in a journey since it was first held back.
    pub(super) since: i64,
}

impl<'e, P: LiveProfile> MessageDelivery<'_, 'e, P> {
    /// Sends a message, or one in its place; if none of them may be sent now, does what the trigger says.
    pub(super) fn send(&mut self, first: &'e Arc<Message>, with: &Details) {
        let replaces = matches!(self.t.trigger.held, WhenHeld::Replace { .. });
        let mut held: Vec<(&Arc<Message>, Blocked)> = Vec::new();
        let mut next = Some(first);
        while let Some(message) = next {
            let blocked = match self.context.check_delivery(message) {
                Ok(cleared) => {
                    for (message, blocked) in held {
                        self.suppressed(message, blocked, None);
                    }
                    return self.send_now(message, cleared, first, with);
                }
                Err(blocked) => blocked,
            };
            let instead = message.instead.as_ref();
            let instead = instead.filter(|_| replaces && blocked.refusal.is_replaceable);
            next = instead.and_then(|name| self.context.plan.delivery.rules.messages.get(name));
            held.push((message, blocked));
        }
        let mut held = held.into_iter();
        if let Some((message, blocked)) = held.next() {
            self.hold_back(message, blocked);
        }
        for (message, blocked) in held {
            self.suppressed(message, blocked, None);
        }
    }

    fn send_now(
        &mut self,
        message: &Arc<Message>,
        Cleared { route, candidates }: Cleared<'_>,
        first: &Arc<Message>,
        with: &Details,
    ) {
        let instead_of = (message.name != first.name).then(|| first.name.clone());
        let (entry, position) = (self.entry, self.position);
        let sent = self.output().sent(entry, position, &route.facts);
        let content = self.context.tell_content(message, &sent.key);
        let with = [with, &self.values];
        let action = EffectAction::send(&route.facts, candidates, content, instead_of, with);
        self.context.record_delivery(&route.facts, &sent);
        self.output().effect(entry, position, action);
    }

    /// A message waits until it may be sent, or is dropped.
    pub(super) fn hold_back(&mut self, message: &Message, mut blocked: Blocked) {
        let (Some(at_most), Some(next)) = (self.t.trigger.held.wait(), blocked.refusal.next) else {
            return self.suppressed(message, blocked, None);
        };
        let (since, zone) = (self.since, self.context.zone());
        let is_too_long = at_most.is_some_and(|most| next > plus(since, most, zone));
        if is_too_long || self.t.is_over(next, zone) {
            blocked.refusal.reason = SuppressionReason::expired(since, next);
            self.suppressed(message, blocked, None);
        } else {
            self.wait(message, next);
            self.suppressed(message, blocked, Some(next));
        }
    }

    fn wait(&mut self, message: &Message, due: i64) {
        let instance = Instance {
            due,
            trigger: self.t.id,
            entry: self.entry.clone(),
            position: self.position,
            since: self.since,
            waits_for: WaitsFor::Delivery {
                message: message.name.clone(),
                values: self
                    .values
                    .iter()
                    .cloned()
                    .map(|(n, v)| (n, v.into()))
                    .collect(),
            },
        };
        self.context.profile.triggers_mut().add_instance(instance);
    }

    fn suppressed(&mut self, message: &Message, blocked: Blocked, until: Option<i64>) {
        let entry = self.entry;
        self.output().blocked(&message.name, entry, blocked, until);
    }

    fn output(&mut self) -> TriggerOutput<'_, 'e, P> {
        TriggerOutput {
            context: self.context,
            t: self.t,
        }
    }
}

/// Sends a message because the host requests it. If it may not be sent now, it is dropped.
pub(super) fn send_requested<P: LiveProfile>(
    context: &mut UpdateContext<'_, P>,
    message: &Message,
    with: &Details,
    request: &str,
    at: i64,
) {
    let entry = TriggerEntry {
        discriminator: Some(request.into()),
        ..TriggerEntry::at(at)
    };
    let entered = Instant::from_micros(at);
    let key = effect_key(&context.profile.id, &message.name, 0, &entry, Position(0));
    let Cleared { route, candidates } = match check_request(context, message, &key) {
        Ok(cleared) => cleared,
        Err(blocked) => {
            let suppressed = Suppressed {
                trigger: None,
                journey: None,
                step: None,
                message: Some(message.name.clone()),
                entered,
                subject: None,
                reason: blocked.refusal.reason,
                waits_until: None,
                candidates: blocked.candidates,
                why: None,
            };
            let kind = OutputKind::Suppressed(Box::new(suppressed));
            return context.emit(context.now, kind);
        }
    };
    let content = context.tell_content(message, &key);
    let now = context.now;
    let sent = SentMessage::requested(key.clone(), now, &route.facts);
    context.record_delivery(&route.facts, &sent);
    let deliveries = &mut context.profile.triggers_mut().deliveries;
    deliveries.push_request(now, key.clone());
    let with = [with, &Vec::new()];
    let effect = Effect {
        key,
        trigger: None,
        journey: None,
        step: None,
        campaign: None,
        version: context.plan.version.clone(),
        entered,
        subject: None,
        variant: None,
        action: EffectAction::send(&route.facts, candidates, content, None, with),
        why: None,
    };
    context.emit(now, OutputKind::Effect(Box::new(effect)));
}

/// Whether a message that the host requests may be sent now.
fn check_request<'m, P: LiveProfile>(
    context: &UpdateContext<'_, P>,
    message: &'m Message,
    key: &str,
) -> Result<Cleared<'m>, Blocked> {
    if (context.profile.triggers().deliveries).was_requested(key) {
        return Err(Refusal::lasting(SuppressionReason::Repeated, false).into());
    }
    context.check_delivery(message)
}

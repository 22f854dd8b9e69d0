//! Triggers firing: who may enter, and what is done.

use super::acts::{Due, Entry, Pending, Waiting};
use super::caps::Sent;
use super::effect::{Effect, EffectAction, scalar};
use super::gate::Gated;
use super::live::LiveProfile;
use super::occasions::{OccasionPlan, TriggerPlan};
use super::output::OutputKind;
use super::reentry::{Past, plus};
use super::suppression::{Suppressed, SuppressionReason};
use super::turn::Turn;
use crate::ir::{Calendar, CalendarSpan};
use crate::profile::Value;
use crate::rule::sending::Message;
use crate::rule::trigger::{ActionKind, Details, WhenHeld};
use crate::time::{Duration, Instant, Zone};
use crate::value::Scalar;
use md5::{Digest, Md5};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Something for a trigger to do now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Job {
    /// Its occasion has come: a move, from and to, or something else.
    Fire(Entry, Option<Way>),
    /// A message that it held back may go.
    Retry(Waiting),
}

/// The stages of a move.
pub(crate) type Way = (Option<u8>, Option<u8>);

impl<'e, P: LiveProfile> Turn<'e, P> {
    /// The zone of the profile.
    pub(crate) fn zone(&self) -> Zone {
        self.plan.timezone.of(&self.live.profile, self.now)
    }

    pub(crate) fn calendar(&self) -> Calendar {
        Calendar {
            zone: self.zone(),
            ..self.plan.calendar
        }
    }

    fn plus(&self, at: i64, length: CalendarSpan) -> i64 {
        plus(at, length, self.zone())
    }

    /// Does what a trigger has to do now.
    pub(crate) fn run(&mut self, trigger: u32, job: Job) {
        let plan: &'e _ = self.plan;
        let Some(t) = plan.triggers.get(trigger as usize) else {
            return;
        };
        match job {
            Job::Fire(entry, _) => self.fire(t, entry),
            Job::Retry(Waiting {
                entry,
                action,
                message: name,
            }) => {
                let Some((message, with)) = t.trigger.sends(&name, action) else {
                    return self.hold(t, Some(&name), &entry, SuppressionReason::RuleChanged, None);
                };
                if self.guarded(t) {
                    return self.hold(t, Some(&name), &entry, SuppressionReason::Guard, None);
                }
                match self.cooling(t, &entry) {
                    Some(held) => drop(self.hold_back(t, &entry, action, message, held)),
                    None => self.send(t, &entry, action, message, with),
                }
            }
        }
    }

    /// Whether a trigger waits for something to turn, which its own actions may turn back.
    pub(crate) fn is_turning(&self, trigger: u32) -> bool {
        let occasion = self
            .plan
            .triggers
            .get(trigger as usize)
            .map(|t| &t.occasion);
        matches!(
            occasion,
            Some(OccasionPlan::Segment { .. } | OccasionPlan::Stage { .. })
        )
    }

    pub(crate) fn refuse_repeated(&mut self, trigger: u32, job: &Job) {
        let plan: &'e _ = self.plan;
        if let (Some(t), Job::Fire(entry, _)) = (plan.triggers.get(trigger as usize), job) {
            self.hold(t, None, entry, SuppressionReason::Repeated, None);
        }
    }

    /// Whether the trigger's guard keeps it from acting.
    fn guarded(&self, t: &TriggerPlan<P>) -> bool {
        t.guard
            .as_ref()
            .is_some_and(|guard| !guard.holds(&self.ctx()))
    }

    fn fire(&mut self, t: &'e TriggerPlan<P>, mut entry: Entry) {
        let variant = match self.admit(t, &entry) {
            Ok(variant) => variant,
            Err(reason) => return self.hold(t, None, &entry, reason, None),
        };
        if let Some(mark) = self.live.acts_mut().mark_mut(t.place, &entry.key) {
            let times = if mark.past.entered == entry.at {
                mark.times + 1
            } else {
                1
            };
            (mark.past.entered, mark.times) = (mark.past.entered.max(entry.at), times);
            // Of an event it is known already.
            if self.is_turning(t.place) {
                entry.nth = times - 1;
            }
        }
        entry.variant = variant;
        for (place, action) in t.trigger.actions.iter().enumerate() {
            if action.variant.is_some() && action.variant != variant {
                continue;
            }
            match &action.kind {
                ActionKind::Send { message, with } => self.send(t, &entry, place, message, with),
                ActionKind::Call { name, with } => {
                    self.tell_effect(
                        t,
                        &entry,
                        place,
                        EffectAction::Call {
                            name: name.clone(),
                            with: details(with),
                        },
                    );
                }
                ActionKind::Tag(path) => self.give_tag(t, &entry, place, path, true),
                ActionKind::Untag(path) => self.give_tag(t, &entry, place, path, false),
                ActionKind::Set { attribute, to } => {
                    let to = self.plan.value_of(*attribute, to);
                    let action = |attribute| EffectAction::Set {
                        attribute,
                        to: scalar(&to),
                    };
                    self.set(t, &entry, place, *attribute, Some(to.clone()), action);
                }
                ActionKind::Add { attribute, by } => {
                    let by = self.plan.value_of(*attribute, by);
                    let sum = self.plan.sum_of(*attribute, &by, &self.ctx());
                    self.set(t, &entry, place, *attribute, sum, |attribute| {
                        EffectAction::Add {
                            attribute,
                            by: scalar(&by),
                        }
                    });
                }
            }
        }
    }

    /// Whether the profile may enter a trigger, and its variant.
    fn admit(&self, t: &TriggerPlan<P>, entry: &Entry) -> Result<Option<usize>, SuppressionReason> {
        if self.guarded(t) {
            return Err(SuppressionReason::Guard);
        }
        let past = self
            .live
            .acts()
            .mark(t.place, entry.key.as_deref())
            .map(|mark| mark.past);
        if let Some(reason) =
            past.and_then(|past| t.trigger.refuses(&past, self.zone(), entry.at, self.now))
        {
            return Err(reason);
        }
        if t.trigger
            .holdout
            .as_ref()
            .is_some_and(|draw| draw.takes(self.live.profile.id()))
        {
            return Err(SuppressionReason::Holdout { own: true });
        }
        if self.plan.sending.refuses_processing(&self.ctx()) {
            return Err(SuppressionReason::NoProcessingConsent);
        }
        match &t.trigger.split {
            None => Ok(None),
            Some(split) => split
                .variant(self.live.profile.id())
                .map(Some)
                .ok_or(SuppressionReason::NoVariant),
        }
    }

    /// Whether another entry has acted since this one, and so lately that what of this one has waited must wait on.
    fn cooling(&self, t: &TriggerPlan<P>, entry: &Entry) -> Option<Gated> {
        let mark = self.live.acts().mark(t.place, entry.key.as_deref())?;
        if mark.actor.as_deref() == Some(entry) {
            return None;
        }
        let next = t.trigger.cools_until(&mark.past, self.zone(), self.now)?;
        let reason = SuppressionReason::Cooldown {
            next: Instant::from_micros(next),
        };
        Some(Gated {
            reason,
            next: Some(next),
            replaceable: false,
        })
    }

    /// Sends a message, or holds it back as the trigger says.
    fn send(
        &mut self,
        t: &'e TriggerPlan<P>,
        entry: &Entry,
        place: usize,
        first: &'e Arc<Message>,
        with: &Details,
    ) {
        let mut message = first;
        loop {
            let Err(held) = self.gate(message) else {
                let action = send_of(
                    message,
                    (message.name != first.name).then(|| first.name.clone()),
                    with,
                );
                let key = self.key(t, entry, place);
                self.log(Sent {
                    at: self.now,
                    message: message.name.to_string(),
                    key: key.to_string(),
                });
                return self.tell_effect(t, entry, place, action);
            };
            match self.hold_back(t, entry, place, message, held) {
                Some(instead) => message = instead,
                None => return,
            }
        }
    }

    /// Does with a message that is held back what the trigger says; the message that may go in its place.
    fn hold_back(
        &mut self,
        t: &TriggerPlan<P>,
        entry: &Entry,
        place: usize,
        message: &Arc<Message>,
        held: Gated,
    ) -> Option<&'e Arc<Message>> {
        let plan: &'e _ = self.plan;
        let until = match (t.trigger.held, held.next) {
            (WhenHeld::Replace, _) if held.replaceable => {
                self.hold(t, Some(&message.name), entry, held.reason, None);
                return message
                    .instead
                    .as_ref()
                    .and_then(|name| plan.sending.rules.messages.get(name));
            }
            (WhenHeld::Wait { at_most }, Some(next)) => {
                if at_most.is_some_and(|most| next > self.plus(entry.at, most)) {
                    let needed = Some(Duration::from_micros(next.saturating_sub(entry.at)));
                    self.hold(
                        t,
                        Some(&message.name),
                        entry,
                        SuppressionReason::Expired { needed },
                        None,
                    );
                    return None;
                }
                let waiting = Waiting {
                    entry: entry.clone(),
                    action: place,
                    message: message.name.clone(),
                };
                let what = Due::Message(Box::new(waiting));
                self.live.acts_mut().wait(Pending {
                    at: next,
                    trigger: t.place,
                    what,
                });
                Some(next)
            }
            _ => None,
        };
        self.hold(t, Some(&message.name), entry, held.reason, until);
        None
    }

    fn give_tag(
        &mut self,
        t: &TriggerPlan<P>,
        entry: &Entry,
        place: usize,
        path: &Arc<str>,
        given: bool,
    ) {
        self.live.profile.tag(path, given);
        self.touched.extend(&self.plan.tags);
        let path = path.clone();
        let action = if given {
            EffectAction::Tag { path }
        } else {
            EffectAction::Untag { path }
        };
        self.tell_effect(t, entry, place, action);
    }

    fn set(
        &mut self,
        t: &TriggerPlan<P>,
        entry: &Entry,
        place: usize,
        attribute: usize,
        to: Option<Value>,
        action: impl FnOnce(Arc<str>) -> EffectAction,
    ) {
        let Some(name) = self.plan.attribute_name(attribute) else {
            return;
        };
        // A type that cannot be set, or a sum that is no number any more, leaves it to the host, who is told in any case.
        if let Some(to) = to {
            let _ =
                self.live
                    .profile
                    .set(&self.plan.model, name, to, Instant::from_micros(self.now));
            self.touched.extend(self.plan.reading(name));
        }
        self.tell_effect(t, entry, place, action(name.into()));
    }

    fn key(&self, t: &TriggerPlan<P>, entry: &Entry, place: usize) -> Arc<str> {
        effect_key(
            &self.live.id,
            &t.trigger.name,
            t.trigger.version,
            entry,
            place,
        )
    }

    fn tell_effect(
        &mut self,
        t: &TriggerPlan<P>,
        entry: &Entry,
        place: usize,
        action: EffectAction,
    ) {
        let now = self.now;
        if let Some(mark) = self.live.acts_mut().mark_mut(t.place, &entry.key) {
            // The entry may have been forgotten while its message waited.
            mark.past = Past {
                entered: mark.past.entered.max(entry.at),
                acted: Some(now),
            };
            mark.actor = t.trigger.cooldown.map(|_| Box::new(entry.clone()));
        }
        let why = t.why.as_ref().filter(|_| self.explains);
        let effect = Effect {
            key: self.key(t, entry, place),
            trigger: Some(t.trigger.name.clone()),
            version: t.version.clone(),
            entered: Instant::from_micros(entry.at),
            subject: entry.subject.clone().or_else(|| entry.key.clone()),
            variant: t
                .trigger
                .split
                .as_ref()
                .and_then(|s| s.variants.get(entry.variant?))
                .map(|(name, _)| name.clone()),
            action,
            why: why.map(|matcher| {
                Box::new(matcher.explain(&self.live.profile, Instant::from_micros(now)))
            }),
        };
        self.tell(now, OutputKind::Effect(Box::new(effect)));
    }

    fn hold(
        &mut self,
        t: &TriggerPlan<P>,
        message: Option<&Arc<str>>,
        entry: &Entry,
        reason: SuppressionReason,
        until: Option<i64>,
    ) {
        let held = Suppressed {
            trigger: Some(t.trigger.name.clone()),
            message: message.cloned(),
            entered: Instant::from_micros(entry.at),
            subject: entry.subject.clone().or_else(|| entry.key.clone()),
            reason,
            waits_until: until.map(Instant::from_micros),
        };
        self.tell(self.now, OutputKind::Suppressed(Box::new(held)));
    }
}

/// The key of an effect: what no other has, and the same events give again.
pub(crate) fn effect_key(
    profile: &str,
    rule: &str,
    version: u32,
    entry: &Entry,
    place: usize,
) -> Arc<str> {
    let mut hash = Md5::new();
    for part in [
        Some(profile),
        Some(rule),
        entry.key.as_deref(),
        entry.which.as_deref(),
    ] {
        // Whether there is a part, and its length, before each: no two lists of parts read alike.
        hash.update([u8::from(part.is_some())]);
        let part = part.unwrap_or_default();
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    hash.update([u8::from(entry.since.is_some())]);
    hash.update(entry.since.unwrap_or_default().to_le_bytes());
    hash.update(version.to_le_bytes());
    hash.update(entry.at.to_le_bytes());
    hash.update((place as u64).to_le_bytes());
    hash.update(entry.nth.to_le_bytes());
    hash.finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect::<String>()
        .into()
}

fn details(with: &Details) -> BTreeMap<Arc<str>, Scalar> {
    with.iter().cloned().collect()
}

pub(crate) fn send_of(
    message: &Message,
    instead_of: Option<Arc<str>>,
    with: &Details,
) -> EffectAction {
    EffectAction::Send {
        message: message.name.clone(),
        channel: message.channel.name.clone(),
        class: message.class.name().into(),
        content: message.content.map(|c| c.name().into()),
        instead_of,
        with: details(with),
    }
}

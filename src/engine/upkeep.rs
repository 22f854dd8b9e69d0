//! What a host does beside the stream: asking for messages, telling what became of effects, dropping history.

use super::Engine;
use super::acts::{Acts, Entry, Mark};
use super::caps::Sent;
use super::effect::Effect;
use super::fire::{effect_key, send_of};
use super::live::LiveProfile;
use super::output::{Cause, EngineOutput, OutputKind};
use super::state::{EventIds, Live};
use super::suppression::{Suppressed, SuppressionReason};
use super::turn::Turn;
use crate::ir::Lookback;
use crate::profile::ProfileId;
use crate::rule::sending::Message;
use crate::rule::trigger::Details;
use crate::time::{DAY, Instant};
use crate::value::Scalar;
use std::sync::Arc;

/// How long a request is remembered at least.
const REMEMBERED: i64 = DAY;

/// A message was asked for that the rulebook does not declare.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no message `{0}`; declare it under `messages`")]
pub struct UnknownMessage(String);

impl<P: LiveProfile> Engine<P> {
    /// Sends a message because the host asks for it, not a trigger: consents, control group, hours and caps apply, and it
    /// counts in them. What holds it back is told, and it is dropped. `request` tells one request of the host from another
    /// at the same instant: asked for again with the same `at`, one that was sent already is held back as repeated, for a
    /// day, or for the [lateness](Engine::lateness) where that is longer.
    ///
    /// # Errors
    /// If the rulebook declares no such message.
    pub fn send<'i>(
        &mut self,
        profile: impl Into<ProfileId<'i>>,
        message: &str,
        with: &[(&str, Scalar)],
        request: &str,
        at: Instant,
        out: &mut Vec<EngineOutput>,
    ) -> Result<(), UnknownMessage> {
        let Some(message) = self.plan.sending.rules.messages.get(message).cloned() else {
            return Err(UnknownMessage(message.to_owned()));
        };
        self.reach(at.micros(), out);
        let slot = self.slot_of(&profile.into());
        let before = self.forgotten_before();
        let Engine {
            plan,
            state,
            explains,
            ..
        } = self;
        let Some(live) = state.profiles.get_mut(slot as usize) else {
            return Ok(());
        };
        live.acts_mut().forget_requests(before);
        let mut turn = Turn::telling(plan, live, state.now, &Cause::Request, out, *explains);
        let with: Details = with
            .iter()
            .map(|(name, value)| ((*name).into(), value.clone()))
            .collect();
        turn.send_at_request(&message, &with, request, at.micros());
        self.reschedule(slot);
        Ok(())
    }

    /// The instant before which requests are forgotten.
    fn forgotten_before(&self) -> i64 {
        self.state
            .now
            .saturating_sub(self.state.lateness.max(REMEMBERED))
    }

    /// A message was sent, at this instant: caps count it from then on instead of from when it was told. Whether the
    /// engine still knew its key.
    pub fn ack(&mut self, profile: &str, key: &str, at: Instant) -> bool {
        self.acts_of(profile)
            .is_some_and(|acts| acts.sent.sent_at(key, at.micros()))
    }

    /// A message could not be sent: no cap counts it any more, and where the host asked for it, it may do so again. Whether
    /// the engine still knew its key.
    pub fn fail(&mut self, profile: &str, key: &str) -> bool {
        self.acts_of(profile)
            .is_some_and(|acts| acts.take_back(key))
    }

    fn acts_of(&mut self, profile: &str) -> Option<&mut Acts> {
        let slot = self.slots.get(&ProfileId::Text(profile))?;
        self.state
            .profiles
            .get_mut(slot as usize)
            .map(Live::acts_mut)
    }

    /// Drops every event that no rule can see any more ([`Rulebook::lookback`](crate::Rulebook::lookback)), late events
    /// considered, and says how many. Nothing that is told later changes by it. What triggers remember of entries that
    /// hold nothing back any more, and requests of old, are dropped as well.
    pub fn forget(&mut self) -> usize {
        let requests = self.forgotten_before();
        let Engine { plan, state, .. } = self;
        let back = |lookback: &Lookback| match lookback {
            Lookback::None => Some(0),
            Lookback::Within(length) => Some(length.micros()),
            Lookback::Unbounded => None,
        };
        let late = state.now.saturating_sub(state.lateness);
        let kinds = plan
            .lookback
            .iter()
            .enumerate()
            .filter_map(|(kind, lookback)| Some((kind, back(lookback)?)));
        let kinds: Vec<(usize, Instant)> = kinds
            .map(|(kind, back)| {
                (
                    kind,
                    Instant::from_micros(late.saturating_sub(back).saturating_sub(1)),
                )
            })
            .collect();
        let mut dropped = 0;
        for live in &mut state.profiles {
            let of_profile: usize = kinds
                .iter()
                .map(|(kind, before)| live.profile.forget(*kind, *before))
                .sum();
            if of_profile > 0 {
                live.ids = EventIds::of(&live.profile);
            }
            dropped += of_profile;
            if live.remembers() {
                let zone = plan.timezone.of(&live.profile, state.now);
                let of = |mark: &Mark| plan.triggers.get(mark.trigger as usize).map(|t| &t.trigger);
                let acts = live.acts_mut();
                acts.keep_marks(|mark| {
                    of(mark).is_some_and(|of| of.minds(&mark.past, zone, late, state.now))
                });
                acts.forget_requests(requests);
            }
        }
        dropped
    }
}

impl<P: LiveProfile> Turn<'_, P> {
    fn send_at_request(&mut self, message: &Arc<Message>, with: &Details, request: &str, at: i64) {
        let entry = Entry {
            which: Some(request.into()),
            ..Entry::at(at)
        };
        let entered = Instant::from_micros(at);
        let key = effect_key(&self.live.id, &message.name, 0, &entry, 0);
        let refused = match self.gate(message) {
            _ if self.live.acts().was_requested(&key) => Some(SuppressionReason::Repeated),
            Err(gated) => Some(gated.reason),
            Ok(()) => None,
        };
        if let Some(reason) = refused {
            let message = Some(message.name.clone());
            let held = Suppressed {
                trigger: None,
                message,
                entered,
                subject: None,
                reason,
                waits_until: None,
            };
            return self.tell(self.now, OutputKind::Suppressed(Box::new(held)));
        }
        let sent = Sent {
            at: self.now,
            message: message.name.to_string(),
            key: key.to_string(),
        };
        self.log(sent);
        self.live.acts_mut().request(self.now, key.clone());
        let action = send_of(message, None, with);
        let version = self.plan.version.clone();
        let (subject, variant) = (None, None);
        let effect = Effect {
            key,
            trigger: None,
            version,
            entered,
            subject,
            variant,
            action,
            why: None,
        };
        self.tell(self.now, OutputKind::Effect(Box::new(effect)));
    }

    /// Puts down that a message is sent, and forgets those that no cap sees any more.
    pub(crate) fn log(&mut self, sent: Sent) {
        let (calendar, rules) = (self.calendar(), &self.plan.sending.rules);
        self.live.acts_mut().sent.forget(rules, calendar, self.now);
        self.live.acts_mut().sent.push(sent);
    }
}

#[cfg(all(test, feature = "toml"))]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use crate::Rulebook;
    use crate::profile::{Model, Record, RecordEvent};

    #[test]
    fn the_ids_of_forgotten_events_are_forgotten() {
        let rulebook = Rulebook::from_toml(
            "schema.events.viewed = {}\nschema.events.purchased = {}\nsegments.reader = 'viewed within 1 hour or purchased'",
        )
        .unwrap();
        let mut engine =
            Engine::new(&rulebook, &Model::<Record>::for_schema(rulebook.schema())).unwrap();
        for (kind, id, at) in [
            ("viewed", "v-1", "2026-03-01"),
            ("purchased", "p-1", "2026-03-01"),
            ("viewed", "v-2", "2026-03-02"),
        ] {
            let event = RecordEvent::new(rulebook.schema(), kind, at, [])
                .unwrap()
                .with_id(id);
            let _ = engine.observe("anna", event, &mut Vec::new());
        }
        assert_eq!(engine.forget(), 1);
        assert_eq!(engine.state.profiles.first().unwrap().ids.len(), 2);
    }
}

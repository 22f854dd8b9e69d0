//! What a host does beside the stream: request messages, say what became of effects, drop history.

use super::Engine;
use super::ids::ProfileSlot;
use super::input::Met;
use super::live_profile::LiveProfile;
use super::output::{Cause, EngineOutput};
use super::state::{DeliveryLog, EngineState, EventIds, ProfileState, StateHeader};
use super::update::Update;
use crate::ir::Lookback;
use crate::profile::Identifier;
use crate::rule::trigger::Details;
use crate::time::{DAY, Instant};
use crate::value::Scalar;

/// How long a request is remembered at least.
const REMEMBERED: i64 = DAY;

/// A requested message is not declared in the rulebook.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no message `{0}`; declare it under `messages`")]
pub struct UnknownMessage(String);

impl<P: LiveProfile> Engine<P> {
    /// Sends a message because the host requests it, not a trigger. Consents, control group, quiet hours and frequency caps
    /// apply, and caps count it. If something holds it back, that is reported and the message is dropped.
    ///
    /// `request` tells one request of the host from another at the same instant. The same request with the same `at` is
    /// sent once: a repetition is suppressed as [`Repeated`](super::SuppressionReason::Repeated) for a day, or for the
    /// [lateness](Engine::lateness) if that is longer.
    ///
    /// # Errors
    /// If the rulebook declares no such message.
    pub fn send<'i>(
        &mut self,
        profile: impl Into<Identifier<'i>>,
        message: &str,
        with: &[(&str, Scalar)],
        request: &str,
        at: Instant,
        out: &mut Vec<EngineOutput>,
    ) -> Result<(), UnknownMessage> {
        let Some(message) = self.plan.delivery.rules.messages.get(message).cloned() else {
            return Err(UnknownMessage(message.to_owned()));
        };
        self.advance_until(at.micros(), out);
        let Met { slot, is_birth } = self.meet(&profile.into(), out);
        let forgotten_before = self.requests_forgotten_before();
        let EngineState { header, profiles } = &mut self.state;
        let Some(state) = profiles.get_mut(slot) else {
            return Ok(());
        };
        let deliveries = &mut state.triggers_mut().deliveries;
        deliveries.forget_requests(forgotten_before);
        let with: Details = with
            .iter()
            .map(|(name, value)| ((*name).into(), value.clone()))
            .collect();
        let cause = &Cause::Request;
        let (now, outbox) = (header.now, header.outbox(&mut self.counters, out));
        let update = Update::reporting(&self.plan, state, now, cause, outbox, self.explains);
        let mut update = update.of_birth(is_birth);
        update.tell_birth();
        update.send_requested(&message, &with, request, at.micros());
        update.run_triggers();
        self.reschedule(slot);
        Ok(())
    }

    fn requests_forgotten_before(&self) -> i64 {
        let remembered = self.state.header.lateness.max(REMEMBERED);
        self.state.header.now.saturating_sub(remembered)
    }

    /// Records that a message was sent at an instant: caps count it from then on instead of from when it was reported, and so do
    /// conditions on [`sent`](crate::schema::EventKind::sent), which see it at the engine's time if that is earlier. What that
    /// changes is reported with the cause [`Cause::History`]; no trigger fires. Whether the message was known by its key.
    pub fn ack<'i>(
        &mut self,
        profile: impl Into<Identifier<'i>>,
        key: &str,
        at: Instant,
        out: &mut Vec<EngineOutput>,
    ) -> bool {
        let Some(slot) = self.state.profiles.slot(&profile.into()) else {
            return false;
        };
        let log = self.deliveries_of(slot);
        let is_counted = log.is_some_and(|log| log.acknowledge(key, at.micros()));
        self.correct_sent(slot, key, Some(at), out) || is_counted
    }

    /// Records that a message could not be sent: caps and conditions no longer count it, and if the host requested it, it may do so
    /// again. What that changes is reported with the cause [`Cause::History`]; no trigger fires. Whether the message was known
    /// by its key.
    pub fn fail<'i>(
        &mut self,
        profile: impl Into<Identifier<'i>>,
        key: &str,
        out: &mut Vec<EngineOutput>,
    ) -> bool {
        let Some(slot) = self.state.profiles.slot(&profile.into()) else {
            return false;
        };
        let log = self.deliveries_of(slot);
        let was_counted = log.is_some_and(|log| log.remove(key));
        self.correct_sent(slot, key, None, out) || was_counted
    }

    fn deliveries_of(&mut self, slot: ProfileSlot) -> Option<&mut DeliveryLog> {
        let state = self.state.profiles.get_mut(slot)?;
        state
            .has_trigger_state()
            .then(|| &mut state.triggers_mut().deliveries)
    }

    /// Drops every event that no rule can see any more ([`Rulebook::lookback`](crate::Rulebook::lookback)), late events considered,
    /// and says how many. Nothing that is reported later changes by it. Entries into triggers that hold nothing back any
    /// more, old requests, and offers that no longer stay are dropped as well.
    pub fn forget(&mut self) -> usize {
        let requests = self.requests_forgotten_before();
        let Engine { plan, state, .. } = self;
        let StateHeader { now, lateness, .. } = state.header;
        let late = now.saturating_sub(lateness);
        let unseen_before = |reach: &Lookback| match reach {
            Lookback::None => Some(late.saturating_sub(1)),
            Lookback::Within(length) => {
                Some(late.saturating_sub(length.micros()).saturating_sub(1))
            }
            Lookback::Unbounded => None,
        };
        let kinds = plan.lookback.iter().enumerate();
        let kinds: Vec<(usize, Instant)> = kinds
            .filter_map(|(kind, reach)| Some((kind, Instant::from_micros(unseen_before(reach)?))))
            .collect();
        for (kind, before) in &kinds {
            if let Some(kind) = plan.model.schema.kinds().get(*kind) {
                let known = state.header.forgotten_before.entry((&*kind.name).into());
                let known = known.or_insert(before.micros());
                *known = before.micros().max(*known);
            }
        }
        let mut dropped = 0;
        for slot in state.profiles.slots() {
            let Some(profile) = state.profiles.find_mut(slot) else {
                continue;
            };
            // What is outstanding may still see it.
            if profile.next_change() < state.header.due_before {
                continue;
            }
            let of_profile = forget_events(profile, &kinds, plan.sent_kind);
            let mut is_changed = of_profile > 0;
            dropped += of_profile;
            if profile.has_trigger_state() {
                let zone = plan.timezone.of(&profile.profile, now);
                let triggers = profile.triggers_mut();
                is_changed |= triggers.forget_records(|record| {
                    let trigger = plan.trigger(record.trigger);
                    trigger.is_some_and(|t| t.reentry.is_relevant(record, zone, late, now))
                });
                is_changed |= triggers.deliveries.forget_requests(requests);
                is_changed |= triggers.deliveries.offers.forget(now);
            }
            if is_changed {
                state.profiles.touch(slot);
            }
        }
        dropped
    }
}

/// Drops the events of kinds that happened before an instant, and says how many. Messages that caps still count stay: the host
/// may say that they were sent later.
fn forget_events<P: LiveProfile>(
    state: &mut ProfileState<P>,
    kinds: &[(usize, Instant)],
    sent_kind: Option<usize>,
) -> usize {
    let counted = state.triggers().deliveries.iter().map(|sent| sent.at);
    let counted = counted.min().map_or(Instant::MAX, Instant::from_micros);
    let events = state.profile.events_mut();
    let dropped = kinds
        .iter()
        .map(|(kind, before)| {
            let is_sent = Some(*kind) == sent_kind;
            events.forget(
                *kind,
                if is_sent {
                    counted.min(*before)
                } else {
                    *before
                },
            )
        })
        .sum();
    if dropped > 0 {
        state.ids = EventIds::of(&state.profile);
        state.indexes.clear();
    }
    dropped
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
        assert_eq!(engine.state.profiles.iter().next().unwrap().ids.len(), 2);
    }
}

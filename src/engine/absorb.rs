//! A past that turns out to be another: history that comes when its profile is known already, and messages that were sent later
//! than it was thought, or not at all.

use super::Engine;
use super::explains::Explains;
use super::ids::{LifecycleId, ProfileSlot, Units};
use super::input::Met;
use super::live_profile::LiveProfile;
use super::output::{Cause, EngineOutput};
use super::plan::{self, Plan};
use super::state::{EngineState, EventIds, ProfileState};
use super::update::Update;
use crate::profile::{Event, Identifier};
use crate::time::Instant;
use std::collections::BTreeMap;
use std::sync::Arc;

impl<P: LiveProfile> Engine<P> {
    /// Adds events of the past to a profile, however long ago they happened: the history of another system that is read while
    /// events come in. Segments and stages become what they would be had they been there, and the difference is reported at
    /// the engine's time, with the cause [`Cause::History`]. (Stages of a time of which events were
    /// [forgotten](Engine::forget) stay as they were.) No trigger fires; silences that they begin or break are waited for, or no
    /// longer. An unknown profile is created.
    ///
    /// What the profile has already, by kind and id, is not added again, so that it does not matter in which order, how often and
    /// beside which live events a history comes, if its events have ids. Returns how many were added: not those after the
    /// engine's time, which are for [`observe`](Engine::observe), and not those of no kind that rules know.
    ///
    /// ```
    /// use segue::engine::{Cause, Engine, OutputKind};
    /// use segue::profile::{Model, Record, RecordEvent};
    /// use segue::Rulebook;
    ///
    /// let rulebook = Rulebook::from_toml("[schema.events.purchased]\n[segments]\nloyal = 'purchased at least 3 times'")?;
    /// let mut engine = Engine::new(&rulebook, &Model::<Record>::for_schema(rulebook.schema()))?;
    /// let purchased = |id: &str, at: &str| {
    ///     RecordEvent::new(rulebook.schema(), "purchased", at, []).map(|event| event.with_id(id))
    /// };
    /// let mut out = Vec::new();
    /// let _ = engine.observe("anna", purchased("p-3", "2026-03-02T10:00:00Z")?, &mut out);
    /// let history = [
    ///     purchased("p-1", "2024-11-05T10:00:00Z")?,
    ///     purchased("p-2", "2025-06-20T10:00:00Z")?,
    ///     purchased("p-3", "2026-03-02T10:00:00Z")?,
    /// ];
    /// assert_eq!(engine.absorb("anna", history, &mut out), 2);
    /// assert_eq!(out[0].kind, OutputKind::SegmentEntered { segment: "loyal".into() });
    /// assert_eq!(out[0].cause, Cause::History);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn absorb<'i>(
        &mut self,
        profile: impl Into<Identifier<'i>>,
        events: impl IntoIterator<Item = P::Event>,
        out: &mut Vec<EngineOutput>,
    ) -> usize {
        let met = self.meet(&profile.into(), out);
        let now = self.state.header.now;
        self.correct_past(met, out, |plan, state, corrected| {
            let mut added = 0;
            for event in events {
                let is_past = event.at().micros() <= now;
                if event.kind().is_some() && is_past && !state.is_known(&event) {
                    corrected.note(plan, state, &event);
                    state.add(event);
                    added += 1;
                }
            }
            added
        })
        .unwrap_or(0)
    }

    /// The message with a key was sent at another instant, or (`None`) not at all: what conditions see of it. Segments and stages
    /// become what they would be, as with history that comes late. Whether there is such an event.
    pub(super) fn correct_sent(
        &mut self,
        slot: ProfileSlot,
        key: &str,
        at: Option<Instant>,
        out: &mut Vec<EngineOutput>,
    ) -> bool {
        let Some(kind) = self.plan.sent_kind else {
            return false;
        };
        let met = self.catch_up(slot, out);
        let at = at.map(|at| at.min(self.now()));
        self.correct_past(met, out, |plan, state, corrected| {
            let mut event = state.profile.events_mut().remove(kind, key)?;
            corrected.note(plan, state, &event);
            if let Some(at) = at {
                P::set_sent(&mut event, at);
                corrected.note(plan, state, &event);
                state.profile.events_mut().insert(event);
            } else {
                state.ids = EventIds::of(&state.profile);
            }
            state.indexes.clear();
            Some(())
        })
        .flatten()
        .is_some()
    }

    /// Changes a profile's past, and reports what that changes now. No trigger fires.
    fn correct_past<R>(
        &mut self,
        Met { slot, is_birth }: Met,
        out: &mut Vec<EngineOutput>,
        change: impl FnOnce(&Plan<P>, &mut ProfileState<P>, &mut CorrectedPast) -> R,
    ) -> Option<R> {
        let EngineState { header, profiles } = &mut self.state;
        let (plan, state) = (&*self.plan, profiles.get_mut(slot)?);
        let mut corrected = CorrectedPast::default();
        let changed = change(plan, state, &mut corrected);
        if corrected.has_changed || is_birth {
            let seen_from = plan.seen_from(&header.forgotten_before);
            let (now, outbox) = (header.now, header.outbox(&mut self.counters, out));
            let update =
                Update::reporting(plan, state, now, &Cause::History, outbox, Explains::Nothing);
            corrected.tell(update.of_birth(is_birth), seen_from);
        }
        self.reschedule(slot);
        Some(changed)
    }
}

/// What events that were added to the past, or taken from it, concern.
#[derive(Debug, Default)]
struct CorrectedPast {
    has_changed: bool,
    units: Units,
    /// From when on each lifecycle has to be walked again.
    lifecycles: BTreeMap<(LifecycleId, Option<Arc<str>>), i64>,
}

impl CorrectedPast {
    fn note<P: LiveProfile>(&mut self, plan: &Plan<P>, state: &ProfileState<P>, event: &P::Event) {
        let at = event.at().micros();
        self.has_changed = true;
        plan.dependencies.add_by_event(event, &mut self.units);
        self.units.normalize();
        let read = &self.units.lifecycles;
        for changed in plan::changed_by(&plan.lifecycles, read, &state.stages, event) {
            let from = self.lifecycles.entry(changed).or_insert(at);
            *from = at.min(*from);
        }
    }

    /// Brings everything up to date, and reports the difference.
    fn tell<P: LiveProfile>(self, mut update: Update<'_, P>, seen_from: i64) {
        for ((id, subject), from) in self.lifecycles {
            update.lifecycle(id, subject.as_deref(), from.max(seen_from));
        }
        update.segments(self.units.segments.iter().copied());
        update.tell_birth();
        update.set_timers();
    }
}

//! History that comes when its profile is known already.

use super::Engine;
use super::explains::Explains;
use super::ids::LifecycleId;
use super::input::Met;
use super::live_profile::LiveProfile;
use super::output::{Cause, EngineOutput};
use super::plan;
use super::state::EngineState;
use super::update::Update;
use crate::profile::{Event, Identifier};
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
        let Met { slot, is_birth } = self.meet(&profile.into(), out);
        let Engine {
            plan,
            state,
            buffers,
            counters,
            ..
        } = self;
        let EngineState { header, profiles } = state;
        let Some(state) = profiles.get_mut(slot) else {
            return 0;
        };
        let units = &mut buffers.units;
        units.clear();
        // From when on each lifecycle has to be walked again.
        let mut lifecycles: BTreeMap<(LifecycleId, Option<Arc<str>>), i64> = BTreeMap::new();
        let mut added = 0;
        for event in events {
            let at = event.at().micros();
            if event.kind().is_none() || at > header.now || state.is_known(&event) {
                continue;
            }
            plan.dependencies.add_by_event(&event, units);
            units.normalize();
            let read = &units.lifecycles;
            for changed in plan::changed_by(&plan.lifecycles, read, &state.stages, &event) {
                let from = lifecycles.entry(changed).or_insert(at);
                *from = at.min(*from);
            }
            state.add(event);
            added += 1;
        }
        let seen_from = plan.seen_from(&header.forgotten_before);
        if added > 0 || is_birth {
            let (now, outbox) = (header.now, header.outbox(counters, out));
            let update =
                Update::reporting(plan, state, now, &Cause::History, outbox, Explains::Nothing);
            let mut update = update.of_birth(is_birth);
            for ((id, subject), from) in lifecycles {
                update.lifecycle(id, subject.as_deref(), from.max(seen_from));
            }
            update.segments(units.segments.iter().copied());
            update.tell_birth();
            update.set_timers();
        }
        self.reschedule(slot);
        added
    }
}

//! Profiles that move between engines which share the work, each with its part of the profiles.

use super::Engine;
use super::live_profile::LiveProfile;
use super::output::EngineOutput;
use super::restore::{RestoreError, check};
use super::rules_change::RulesChange;
use super::state::{EngineState, EventIds, Profiles};
use crate::profile::Identifier;

impl<P: LiveProfile> Engine<P> {
    /// Takes profiles out, with everything that is known of them and waits for them, for another engine to
    /// [`import`](Engine::import). Nothing is reported: they leave no segment. Ids that the engine does not have are left out.
    pub fn export<'i>(
        &mut self,
        ids: impl IntoIterator<Item = impl Into<Identifier<'i>>>,
    ) -> EngineState<P> {
        // As it is while they are there: with the last of them goes what is known of blank profiles.
        let header = self.state.header.clone();
        let mut exported = Profiles::default();
        for id in ids {
            let id = id.into();
            let slot = self.state.profiles.slot(&id);
            let Some((slot, profile)) = slot.zip(self.state.profiles.remove(&id)) else {
                continue;
            };
            exported.put(profile);
            self.give_up(slot);
        }
        EngineState {
            header,
            profiles: exported,
        }
    }

    /// Takes over profiles that another engine has [exported](Engine::export). The engine's time is then at least that of the
    /// other; what is due of a profile in between happens at its own instant. If the other engine had other rules, what that
    /// changes is reported as by [`reload`](Engine::reload).
    ///
    /// Engines each of which has a part of the profiles do together what one does that has them all, also where profiles move in
    /// between: no rule looks at two profiles. Output numbers are those of each engine.
    ///
    /// ```
    /// use segue::engine::{Engine, OutputKind};
    /// use segue::profile::{Model, Record, RecordEvent};
    /// use segue::Rulebook;
    ///
    /// let rulebook = Rulebook::from_toml("[schema.events.viewed]\n[segments]\nlooking = 'viewed within 30 days'")?;
    /// let model = Model::<Record>::for_schema(rulebook.schema());
    /// let (mut one, mut other) = (Engine::new(&rulebook, &model)?, Engine::new(&rulebook, &model)?);
    /// let mut out = Vec::new();
    /// let _ = one.observe("anna", RecordEvent::new(rulebook.schema(), "viewed", "2026-03-02T10:00:00Z", [])?, &mut out);
    ///
    /// let moved = one.export(["anna"]);
    /// other.import(moved, &mut out)?;
    /// assert_eq!((one.next_wakeup(), other.holds("anna", "looking")), (None, Some(true)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If the engine has one of the profiles already, or the state cannot be read ([`Engine::restore`]); it then takes none.
    pub fn import(
        &mut self,
        mut state: EngineState<P>,
        out: &mut Vec<EngineOutput>,
    ) -> Result<RulesChange, RestoreError> {
        check(&state)?;
        let known = state
            .profiles
            .iter()
            .find_map(|profile| self.known_as(profile));
        if let Some(id) = known {
            return Err(RestoreError::KnownProfile { id });
        }
        state.header.sequence = self.state.header.sequence;
        let change = state.migrate(&self.plan, self.explains, &mut self.counters, out);
        let header = &mut self.state.header;
        for (kind, before) in std::mem::take(&mut state.header.forgotten_before) {
            let known = header.forgotten_before.entry(kind).or_insert(before);
            *known = before.max(*known);
        }
        header.sequence = state.header.sequence;
        header.now = header.now.max(state.header.now);
        header.due_before = header.due_before.max(state.header.due_before);
        if self.state.profiles.is_empty() {
            header.segments = state.header.segments;
        }
        for mut profile in state.profiles {
            profile.ids = EventIds::of(&profile.profile);
            profile.reset_derived();
            let slot = self.state.profiles.push(profile);
            self.reschedule(slot);
        }
        Ok(change)
    }
}

//! What has changed since the state was last saved: to be written with the host's own data, in one transaction.

use super::Engine;
use super::live_profile::LiveProfile;
use super::state::{EngineState, ProfileState, Profiles, StateHeader};
use smol_str::SmolStr;

/// What has to be written so that a store has all that the engine knows ([`Engine::unsaved`]).
///
/// Written together with the outputs and with the host's place in its source of events, in one transaction, nothing is lost and
/// nothing is done twice, wherever a process stops.
#[derive(Clone, Copy, Debug)]
pub struct Unsaved<'e, P> {
    state: &'e EngineState<P>,
}

impl<'e, P> Unsaved<'e, P> {
    /// What the engine keeps beside its profiles; to be written every time.
    #[must_use]
    pub fn header(&self) -> &'e StateHeader {
        &self.state.header
    }

    /// The profiles that have changed, in the order in which the engine met them; each takes the place of the one with its id.
    pub fn profiles(&self) -> impl Iterator<Item = &'e ProfileState<P>> + use<'e, P> {
        self.state.profiles.unsaved()
    }

    /// The ids of the profiles that were removed since the engine keeps track of that ([`Engine::with_change_tracking`]); they
    /// are to be deleted before the others are written.
    #[must_use]
    pub fn removed(&self) -> &'e [SmolStr] {
        self.state.profiles.removed()
    }
}

impl<P: LiveProfile> Engine<P> {
    /// Lets the engine keep a list of what has changed and what was removed since the last [`mark_saved`](Engine::mark_saved), so
    /// that finding it costs no look at every profile. What was [restored](Engine::restore) and has not changed counts as saved.
    #[must_use]
    pub fn with_change_tracking(mut self) -> Self {
        self.state.profiles.track();
        self
    }

    /// What has changed since [`mark_saved`](Engine::mark_saved) was last called, or since the engine was made or restored.
    ///
    /// Where writing fails, nothing is marked, and the next attempt has it all.
    ///
    /// ```
    /// use segue::engine::{Engine, EngineState, ProfileState, StateHeader};
    /// use segue::profile::{Model, Record, RecordEvent};
    /// use segue::Rulebook;
    /// use std::collections::BTreeMap;
    ///
    /// let rulebook = Rulebook::from_toml("[schema.events.viewed]\n[segments]\nlooking = 'viewed within 30 days'")?;
    /// let model = Model::<Record>::for_schema(rulebook.schema());
    /// let mut engine = Engine::new(&rulebook, &model)?.with_change_tracking();
    /// // A table of profiles, and one row beside it.
    /// let (mut table, mut header) = (BTreeMap::<String, String>::new(), String::new());
    ///
    /// for (who, at) in [("anna", "2026-03-02T10:00:00Z"), ("bruno", "2026-03-02T11:00:00Z"), ("anna", "2026-03-02T12:00:00Z")] {
    ///     let _ = engine.observe(who, RecordEvent::new(rulebook.schema(), "viewed", at, [])?, &mut Vec::new());
    ///     // One transaction.
    ///     let unsaved = engine.unsaved();
    ///     assert_eq!(unsaved.profiles().map(|p| p.id()).collect::<Vec<_>>(), [who]);
    ///     for profile in unsaved.profiles() {
    ///         table.insert(profile.id().to_owned(), serde_json::to_string(profile)?);
    ///     }
    ///     header = serde_json::to_string(unsaved.header())?;
    ///     engine.mark_saved();
    /// }
    ///
    /// let profiles = table.values().map(|kept| serde_json::from_str(kept)).collect::<Result<Vec<ProfileState<Record>>, _>>()?;
    /// let state = EngineState::from_parts(serde_json::from_str::<StateHeader>(&header)?, profiles);
    /// assert_eq!(&state, engine.state());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn unsaved(&self) -> Unsaved<'_, P> {
        Unsaved { state: &self.state }
    }

    /// Says that all that is [`unsaved`](Engine::unsaved) has been written.
    pub fn mark_saved(&mut self) {
        self.state.profiles.mark_saved();
    }
}

impl<P> EngineState<P> {
    /// A state from what was written of it: the header that was written last, and every profile as it was written last, in any
    /// order.
    #[must_use]
    pub fn from_parts(
        header: StateHeader,
        profiles: impl IntoIterator<Item = ProfileState<P>>,
    ) -> Self {
        let mut profiles: Vec<ProfileState<P>> = profiles.into_iter().collect();
        profiles.sort_by_key(|profile| profile.ordinal);
        let profiles = profiles.into_iter().collect::<Profiles<P>>();
        EngineState { header, profiles }
    }

    /// What is kept beside the profiles.
    #[must_use]
    pub fn header(&self) -> &StateHeader {
        &self.header
    }

    /// The profiles, in the order in which the engine met them.
    pub fn profiles(&self) -> impl Iterator<Item = &ProfileState<P>> {
        self.profiles.iter()
    }
}

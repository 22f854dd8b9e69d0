//! What changes the data of a profile that is known: values, tags, rows read anew, and its removal.

use super::Engine;
use super::explains::Explains;
use super::ids::Units;
use super::input::Met;
use super::live_profile::LiveProfile;
use super::output::{Cause, EngineOutput, Receipt};
use super::plan::Differences;
use super::state::{ALL_TAGS, EngineState, ProfileState};
use super::update::Update;
use super::values_before::ValuesBefore;
use crate::profile::{Identifier, Value};
use crate::time::Instant;
use smol_str::SmolStr;

/// A value could not be set.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SetError {
    /// Neither the rules nor the profile type know the name. Nothing was set.
    #[error("there is no attribute and no relation `{0}`")]
    Unknown(String),
    /// The profile type refused the value. Those that were given before it are set.
    #[error("`{name}`: {message}")]
    Refused {
        /// The name of the attribute or relation.
        name: String,
        /// Why.
        message: String,
    },
}

impl<P: LiveProfile> Engine<P> {
    /// Sets attributes and relations of a profile, as they were at an instant, and reports what that causes, after what was due
    /// before. An unknown profile is created.
    ///
    /// Of several values of an attribute, the one that was so last counts, in whatever order they come; of two at one instant,
    /// the one that comes last. A tracked attribute has the value from that instant on, also in the past
    /// ([`Receipt::Late`]); another has it from the engine's time on. [`Receipt::Stale`] says that newer values were there
    /// of all the attributes. An instant is too late or too early as that of an event is.
    ///
    /// ```
    /// use segue::engine::{Engine, Receipt};
    /// use segue::profile::{Model, Record};
    /// use segue::{Duration, Rulebook};
    ///
    /// let rulebook = Rulebook::from_toml("[schema.attributes]\nplan = \"string\"\n[segments]\npro = 'plan = \"pro\"'")?;
    /// let mut engine = Engine::new(&rulebook, &Model::<Record>::for_schema(rulebook.schema()))?
    ///     .with_lateness("1 day".parse::<Duration>()?);
    /// let mut out = Vec::new();
    /// let receipt = engine.set("anna", &[("plan", "pro".into())], "2026-03-02T10:00:00Z".parse()?, &mut out)?;
    /// assert_eq!((receipt, engine.holds("anna", "pro")), (Receipt::Accepted, Some(true)));
    /// // This was so before.
    /// let receipt = engine.set("anna", &[("plan", "free".into())], "2026-03-02T08:00:00Z".parse()?, &mut out)?;
    /// assert_eq!((receipt, engine.holds("anna", "pro")), (Receipt::Stale, Some(true)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If a name is unknown, or a value does not fit ([`LiveProfile::set`]).
    pub fn set<'i>(
        &mut self,
        profile: impl Into<Identifier<'i>>,
        values: &[(&str, Value)],
        at: Instant,
        out: &mut Vec<EngineOutput>,
    ) -> Result<Receipt, SetError> {
        let set = self.set_values(&profile.into(), values, at, out);
        set.inspect(|receipt| self.counters.change(*receipt))
    }

    fn set_values(
        &mut self,
        profile: &Identifier<'_>,
        values: &[(&str, Value)],
        at: Instant,
        out: &mut Vec<EngineOutput>,
    ) -> Result<Receipt, SetError> {
        if let Some((name, _)) = values.iter().find(|(name, _)| !self.plan.knows(name)) {
            return Err(SetError::Unknown((*name).to_owned()));
        }
        let receipt = match self.receipt_at(at.micros()) {
            Ok(receipt) => receipt,
            Err(refused) => return Ok(refused),
        };
        self.advance_until(at.micros(), out);
        let met = self.meet(profile, out);
        let plan = self.plan.clone();
        let Some(state) = self.state.profiles.get_mut(met.slot) else {
            return Ok(receipt);
        };
        let (mut set, mut refused) = (Differences::default(), None);
        let (mut was, now) = (ValuesBefore::default(), self.state.header.now);
        for (name, value) in values {
            let is_tracked = plan.is_tracked(name);
            if !is_tracked && state.change_times().is_stale(name, at.micros()) {
                continue;
            }
            let readers = plan.dependencies.by_name(name);
            let triggers = readers.map_or(&[][..], |readers| &readers.triggers);
            was.add(&plan, state, triggers, now);
            if let Err(message) = state.set(&plan.model, name, value.clone(), at) {
                let name = (*name).to_owned();
                refused = Some(SetError::Refused { name, message });
                break;
            }
            set.add(
                (*name).into(),
                is_tracked,
                readers.unwrap_or(&Units::default()),
            );
        }
        set.normalize();
        self.report(met, &set.cause(), (&set, &was), at.micros(), out);
        match refused {
            Some(error) => Err(error),
            None if set.names.is_empty() => Ok(Receipt::Stale),
            None => Ok(receipt),
        }
    }

    /// Changes attributes, relations and tags of a profile in place, and reports what that causes, after what was due before.
    /// What has changed the engine finds itself. An unknown profile is created. The change takes effect at `at`, or at the
    /// engine's time if that is later.
    ///
    /// `change` leaves the profile's id and its events alone: events are for [`Engine::observe`].
    ///
    /// ```
    /// use segue::engine::{Engine, OutputKind};
    /// use segue::profile::{Model, Record};
    /// use segue::Rulebook;
    ///
    /// let rulebook = Rulebook::from_toml("[segments]\nto_win_back = 'tagged \"winback\"'")?;
    /// let mut engine = Engine::new(&rulebook, &Model::<Record>::for_schema(rulebook.schema()))?;
    /// let mut out = Vec::new();
    /// engine.change("anna", "2026-03-02T10:00:00Z".parse()?, |anna| anna.tags_mut().push("winback".to_owned()), &mut out);
    /// assert_eq!(out[0].kind, OutputKind::SegmentEntered { segment: "to_win_back".into() });
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn change<'i>(
        &mut self,
        profile: impl Into<Identifier<'i>>,
        at: Instant,
        change: impl FnOnce(&mut P),
        out: &mut Vec<EngineOutput>,
    ) {
        self.advance_until(at.micros(), out);
        let met = self.meet(&profile.into(), out);
        let (plan, now) = (self.plan.clone(), self.state.header.now);
        let Some(state) = self.state.profiles.get_mut(met.slot) else {
            return;
        };
        let mut was = ValuesBefore::default();
        was.add(&plan, state, &plan.of_changes, now);
        let before = plan.watched.values(&state.profile);
        change(&mut state.profile);
        let after = plan.watched.values(&state.profile);
        let mut changed = plan.watched.differences(&before, &after);
        for name in &changed.names {
            state.change_times_mut().record(name, now);
        }
        // Where in its history a tracked attribute has changed is not known.
        changed.undated.add(&std::mem::take(&mut changed.dated));
        changed.normalize();
        self.report(met, &changed.cause(), (&changed, &was), now, out);
    }

    /// Takes over a row that was read anew, as it was at an instant, and reports what that causes, after what was due before:
    /// its attributes, relations and tags take the place of those of the profile with its id ([`LiveProfile::update`]). What
    /// has changed the engine finds itself. An unknown profile is added with the row's events.
    ///
    /// The events of a known profile stay: new ones are for [`Engine::observe`]. A row that is older than the last one, or
    /// than a value in which it differs, changes nothing ([`Receipt::Stale`]); read it again.
    ///
    /// ```
    /// use segue::engine::{Engine, OutputKind, Receipt};
    /// use segue::profile::{Model, Record};
    /// use segue::Rulebook;
    ///
    /// let rulebook = Rulebook::from_toml("[schema.attributes]\ncity = \"string\"\n[segments]\nromans = 'city = \"Roma\"'")?;
    /// let mut engine = Engine::new(&rulebook, &Model::<Record>::for_schema(rulebook.schema()))?;
    /// let row = |city: &str| Record::builder(rulebook.schema(), "anna").set("city", city).build();
    /// let mut out = Vec::new();
    /// let _ = engine.upsert(row("Roma")?, "2026-03-02T10:00:00Z".parse()?, &mut out);
    /// let _ = engine.upsert(row("Milano")?, "2026-03-09T10:00:00Z".parse()?, &mut out);
    /// assert_eq!(out[1].kind, OutputKind::SegmentLeft { segment: "romans".into() });
    /// // A reply that was on its way for long.
    /// assert_eq!(engine.upsert(row("Roma")?, "2026-03-05T10:00:00Z".parse()?, &mut out), Receipt::Stale);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn upsert(&mut self, row: P, at: Instant, out: &mut Vec<EngineOutput>) -> Receipt {
        let receipt = self.take_row(row, at, out);
        self.counters.change(receipt);
        receipt
    }

    fn take_row(&mut self, row: P, at: Instant, out: &mut Vec<EngineOutput>) -> Receipt {
        let receipt = match self.receipt_at(at.micros()) {
            Err(Receipt::TooEarly) => return Receipt::TooEarly,
            // Only what is newer in the engine makes a row too old.
            Err(_) => Receipt::Late,
            Ok(receipt) => receipt,
        };
        let id: SmolStr = row.id().with_text(|id| id.into());
        self.advance_until(at.micros(), out);
        let Some(slot) = self.state.profiles.slot(&Identifier::Text(&id)) else {
            let (slot, is_birth) = (self.add(row), self.state.header.tells_births);
            if let Some(state) = self.state.profiles.get_mut(slot) {
                state.change_times_mut().record_row(at.micros());
            }
            let (met, nothing) = (Met { slot, is_birth }, Differences::default());
            let was = self.before_birth(&id);
            self.report(met, &Cause::NewProfile, (&nothing, &was), at.micros(), out);
            return receipt;
        };
        self.catch_up(slot, out);
        let (plan, now) = (self.plan.clone(), self.state.header.now);
        let Some(state) = self.state.profiles.get_mut(slot) else {
            return receipt;
        };
        let mut was = ValuesBefore::default();
        was.add(&plan, state, &plan.of_changes, now);
        let before = plan.watched.values(&state.profile);
        let of_row = plan.watched.values(&row);
        let times = state.change_times();
        let is_stale = |name: &SmolStr| {
            !plan.is_tracked(name)
                && if name == ALL_TAGS {
                    times.are_tags_stale(at.micros())
                } else {
                    times.is_stale(name, at.micros())
                }
        };
        let differing = plan.watched.differences(&before, &of_row).names;
        if times.is_stale_row(at.micros()) || differing.iter().any(is_stale) {
            return Receipt::Stale;
        }
        state.change_times_mut().record_row(at.micros());
        // What is known of the past goes back no further than events may be late.
        let from = at
            .micros()
            .max(now.saturating_sub(self.state.header.lateness));
        (state.profile).update(&plan.model, row, Instant::from_micros(from));
        let after = plan.watched.values(&state.profile);
        let changed = plan.watched.differences(&before, &after);
        self.report(
            Met::known(slot),
            &changed.cause(),
            (&changed, &was),
            from,
            out,
        );
        receipt
    }

    /// Gives a tag to a profile, or takes it away ([`LiveProfile::tag`]), and reports what that causes, after what was due
    /// before. An unknown profile is created. It takes effect at `at`, or at the engine's time if that is later; where the tag
    /// was given or taken away at a later instant already, nothing changes ([`Receipt::Stale`]).
    ///
    /// ```
    /// use segue::engine::{Engine, OutputKind};
    /// use segue::profile::{Model, Record};
    /// use segue::Rulebook;
    ///
    /// let rulebook = Rulebook::from_toml("[segments]\nto_win_back = 'tagged \"winback\"'")?;
    /// let mut engine = Engine::new(&rulebook, &Model::<Record>::for_schema(rulebook.schema()))?;
    /// let mut out = Vec::new();
    /// let _ = engine.tag("anna", "winback/2026", true, "2026-03-02T10:00:00Z".parse()?, &mut out);
    /// assert_eq!(out[0].kind, OutputKind::SegmentEntered { segment: "to_win_back".into() });
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn tag<'i>(
        &mut self,
        profile: impl Into<Identifier<'i>>,
        path: &str,
        given: bool,
        at: Instant,
        out: &mut Vec<EngineOutput>,
    ) -> Receipt {
        let receipt = self.set_tag(&profile.into(), path, given, at, out);
        self.counters.change(receipt);
        receipt
    }

    fn set_tag(
        &mut self,
        profile: &Identifier<'_>,
        path: &str,
        given: bool,
        at: Instant,
        out: &mut Vec<EngineOutput>,
    ) -> Receipt {
        let receipt = match self.receipt_at(at.micros()) {
            Ok(receipt) => receipt,
            Err(refused) => return refused,
        };
        self.advance_until(at.micros(), out);
        let met = self.meet(profile, out);
        let Some(state) = self.state.profiles.get_mut(met.slot) else {
            return receipt;
        };
        if state.change_times().is_stale_tag(path, at.micros()) {
            return Receipt::Stale;
        }
        state.tag(path, given, at.micros());
        let mut changed = Differences::default();
        changed.add(ALL_TAGS.into(), false, self.plan.dependencies.by_tags());
        let cause = Cause::Tag { path: path.into() };
        let was = ValuesBefore::default();
        self.report(met, &cause, (&changed, &was), at.micros(), out);
        receipt
    }

    /// Removes a profile, with everything that is known of it and waits for it, and returns it; `None` if there is none. It is
    /// reported as leaving its segments and stages, after what was due before. No trigger fires.
    ///
    /// All ids that the profile goes by are removed, and its identifiers. An event that comes later, under any of them, makes a
    /// new profile.
    pub fn remove<'i>(
        &mut self,
        profile: impl Into<Identifier<'i>>,
        at: Instant,
        out: &mut Vec<EngineOutput>,
    ) -> Option<P> {
        let id = profile.into();
        self.advance_until(at.micros(), out);
        let slot = self.state.profiles.slot(&id)?;
        self.catch_up(slot, out);
        let mut removed = self.state.profiles.remove(&id)?;
        let now = self.state.header.now;
        let cause = Cause::Removal;
        let outbox = self.state.header.outbox(&mut self.counters, out);
        Update::reporting(
            &self.plan,
            &mut removed,
            now,
            &cause,
            outbox,
            Explains::Nothing,
        )
        .tell_end();
        self.give_up(slot);
        Some(removed.profile)
    }

    /// What the attributes of a profile are of which nothing is known yet.
    fn before_birth(&self, id: &SmolStr) -> ValuesBefore {
        let mut was = ValuesBefore::default();
        if !self.plan.of_changes.is_empty() {
            let blank = ProfileState::new(id.clone(), P::blank(&self.plan.model, id));
            was.add(
                &self.plan,
                &blank,
                &self.plan.of_changes,
                self.state.header.now,
            );
        }
        was
    }

    /// Reports what changed data cause. The values of tracked attributes have been so since `from`.
    pub(super) fn report(
        &mut self,
        met: Met,
        cause: &Cause,
        (changed, was): (&Differences, &ValuesBefore),
        from: i64,
        out: &mut Vec<EngineOutput>,
    ) {
        let EngineState { header, profiles } = &mut self.state;
        let Some(state) = profiles.get_mut(met.slot) else {
            return;
        };
        state.indexes.clear();
        let (now, outbox) = (header.now, header.outbox(&mut self.counters, out));
        let update = Update::reporting(&self.plan, state, now, cause, outbox, self.explains);
        let mut update = update.of_birth(met.is_birth);
        update.refresh_dated(&changed.dated, from);
        update.refresh_undated(&changed.undated);
        update.tell_birth();
        update.values_changed(was);
        update.run_triggers();
        self.reschedule(met.slot);
    }
}

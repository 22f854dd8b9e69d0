//! What comes in: profiles, events, changes of attributes, time.

use super::Engine;
use super::ids::{ProfileSlot, Units};
use super::live_profile::LiveProfile;
use super::output::{Cause, EngineOutput, Receipt};
use super::plan;
use super::state::{EventIds, ProfileState, each_event};
use super::update::{Update, entries_of};
use crate::profile::{Event, Identifier, kind_index};
use crate::time::Instant;
use std::sync::Arc;

/// A changed attribute does not exist.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no attribute and no relation `{0}`; what tags a profile has is called `tags`")]
pub struct UnknownAttribute(String);

/// Memory that is used again from event to event.
#[derive(Clone, Debug, Default)]
pub(super) struct InputBuffers {
    /// What an event concerns.
    units: Units,
    /// The memberships whose time is up.
    expired: Vec<super::state::Membership>,
}

impl<P: LiveProfile> Engine<P> {
    /// Adds a profile as it stands, with its past. A profile with the same id is replaced, with everything that was known of
    /// it. Nothing is reported, and no trigger fires; dates to come and the ends of silences are waited for.
    pub fn insert(&mut self, profile: P) {
        let slot = self.slot_of(&profile.id());
        let plan = self.plan.clone();
        let now = self.state.now;
        let Some(state) = self.state.profiles.get_mut(slot.index()) else {
            // INVARIANT: `slot_of` answers with the slot of a profile, which it adds if there is none.
            debug_assert!(false, "no profile in {slot:?}");
            return;
        };
        *state = ProfileState::new(state.id.clone(), profile);
        state.ids = EventIds::of(&state.profile);
        let mut units = plan.dependencies.undated().clone();
        units.segments.extend(plan.individual_segments());
        each_event(&state.profile, |event| {
            plan.dependencies.add_by_event(event, &mut units)
        });
        units.normalize();
        let mut update = Update::silent(&plan, state, now, &Cause::Time);
        update.lifecycles_of_all_subjects(plan.lifecycle_ids());
        update.segments(units.segments);
        update.set_timers();
        self.reschedule(slot);
    }

    /// Adds an event of a profile, and reports what it causes, after what was due before it. An unknown profile is created.
    pub fn observe<'i>(
        &mut self,
        profile: impl Into<Identifier<'i>>,
        event: P::Event,
        out: &mut Vec<EngineOutput>,
    ) -> Receipt {
        if event.kind().is_none() {
            return Receipt::UnknownKind;
        }
        let at = event.at().micros();
        let receipt = match self.receipt_for(at) {
            refused @ (Receipt::TooLate | Receipt::TooEarly | Receipt::UnknownKind) => {
                return refused;
            }
            accepted @ (Receipt::Accepted | Receipt::Late | Receipt::Duplicate) => accepted,
        };
        let id = profile.into();
        let known = self.index.get(&id);
        // While others are brought up to date, the profile is on its way from memory.
        if let Some(state) = known.and_then(|slot| self.state.profiles.get(slot.index())) {
            state.prefetch_header();
        }
        self.advance_until(at, out);
        let slot = known.unwrap_or_else(|| self.add_blank(&id.to_string()));
        let Engine {
            plan,
            state,
            buffers,
            explains,
            ..
        } = self;
        let now = state.now;
        let Some(state) = state.profiles.get_mut(slot.index()) else {
            // INVARIANT: the index and `add_blank` name slots of profiles, of which none is ever removed.
            debug_assert!(false, "no profile in {slot:?}");
            return receipt;
        };
        state.prefetch();
        state.prefetch_events(kind_index(&event));
        if let Some(id) = event.id()
            && state.ids.is_duplicate(id, &state.profile)
        {
            return Receipt::Duplicate;
        }
        let units = &mut buffers.units;
        units.clear();
        plan.dependencies.add_by_event(&event, units);
        units.normalize();
        let kind = kind_index(&event);
        let cause = plan.cause_of(kind);
        let named = event.id().map(|id| cause.with_id(id));
        let cause = named.as_ref().unwrap_or(cause);
        let lifecycles =
            plan::changed_by(&plan.lifecycles, &units.lifecycles, &state.stages, &event);
        let entries = entries_of(plan, state, &units.triggers, &event, now);
        state.profile.add(event);
        let mut update = Update::reporting(plan, state, now, cause, out, *explains);
        for (id, subject) in lifecycles {
            update.lifecycle(id, subject.as_deref(), at);
        }
        update.segments_after_event(&units.segments, kind);
        for (trigger, entry) in entries {
            update.event(trigger, entry);
        }
        update.run_triggers();
        self.reschedule(slot);
        receipt
    }

    /// The receipt of an event at an instant, if it is no duplicate.
    fn receipt_for(&self, at: i64) -> Receipt {
        let state = &self.state;
        let has_begun = state.now > Instant::MIN.micros();
        if at < state.now.saturating_sub(state.lateness) {
            Receipt::TooLate
        } else if has_begun && at > state.now.saturating_add(state.max_future_skew) {
            Receipt::TooEarly
        } else if at < state.now {
            Receipt::Late
        } else {
            Receipt::Accepted
        }
    }

    /// Changes attributes or relations of a profile, and reports what that causes, after what was due before.
    ///
    /// `attributes` names what `change` changes, relations by their names too, and the tags of the profile by `tags`: only
    /// rules that read one of them are evaluated. An unknown profile is created. The change takes effect at `at`, or at the
    /// engine's time if that is later.
    ///
    /// # Errors
    /// If neither the rules nor the profile type know one of the names. Then nothing is changed.
    pub fn change<'i>(
        &mut self,
        profile: impl Into<Identifier<'i>>,
        at: Instant,
        attributes: &[&str],
        change: impl FnOnce(&mut P),
        out: &mut Vec<EngineOutput>,
    ) -> Result<(), UnknownAttribute> {
        let mut units = Units::default();
        for name in attributes {
            if !self.plan.knows(name) {
                return Err(UnknownAttribute((*name).to_owned()));
            }
            self.plan.dependencies.add_by_name(name, &mut units);
        }
        units.normalize();
        let cause = Cause::Attribute {
            name: attributes.first().copied().unwrap_or_default().into(),
        };
        self.change_undated(&profile.into(), at, &cause, &units, change, out);
        Ok(())
    }

    /// Gives a tag to a profile, or takes it away ([`LiveProfile::tag`]), and reports what that causes, after what was due
    /// before. An unknown profile is created.
    ///
    /// ```
    /// use segue::engine::{Engine, OutputKind};
    /// use segue::profile::{Model, Record};
    /// use segue::Rulebook;
    ///
    /// let rulebook = Rulebook::from_toml("[segments]\nto_win_back = 'tagged \"winback\"'")?;
    /// let mut engine = Engine::new(&rulebook, &Model::<Record>::for_schema(rulebook.schema()))?;
    /// let mut out = Vec::new();
    /// engine.tag("anna", "winback/2026", true, "2026-03-02T10:00:00Z".parse()?, &mut out);
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
    ) {
        let plan = self.plan.clone();
        let cause = Cause::Tag { path: path.into() };
        let tag = |profile: &mut P| profile.tag(path, given);
        let units = plan.dependencies.by_tags();
        self.change_undated(&profile.into(), at, &cause, units, tag, out);
    }

    /// Changes data without a date, and what these units make of it.
    fn change_undated(
        &mut self,
        profile: &Identifier<'_>,
        at: Instant,
        cause: &Cause,
        units: &Units,
        change: impl FnOnce(&mut P),
        out: &mut Vec<EngineOutput>,
    ) {
        self.advance_until(at.micros(), out);
        let slot = self.slot_of(profile);
        let now = self.state.now;
        let Some(state) = self.state.profiles.get_mut(slot.index()) else {
            // INVARIANT: as in `insert`.
            debug_assert!(false, "no profile in {slot:?}");
            return;
        };
        change(&mut state.profile);
        let mut update = Update::reporting(&self.plan, state, now, cause, out, self.explains);
        update.refresh(units);
        update.run_triggers();
        self.reschedule(slot);
    }

    /// Moves time on, and reports everything that happens on the way and at `to` itself.
    pub fn advance(&mut self, to: Instant, out: &mut Vec<EngineOutput>) {
        self.run_due(to.micros().saturating_add(1), out);
        self.state.now = self.state.now.max(to.micros());
    }

    /// Moves time on to just before everything that is due at an instant.
    pub(super) fn advance_until(&mut self, at: i64, out: &mut Vec<EngineOutput>) {
        if at > self.state.now {
            self.run_due(at, out);
            self.state.now = at;
        }
    }

    /// Runs everything that is due before an instant.
    fn run_due(&mut self, end: i64, out: &mut Vec<EngineOutput>) {
        while let Some((at, slot)) = self.wakeups.first().filter(|(at, _)| *at < end) {
            let Engine {
                plan,
                state,
                buffers,
                explains,
                ..
            } = self;
            state.now = state.now.max(at);
            let now = state.now;
            let Some(state) = state.profiles.get_mut(slot.index()) else {
                // INVARIANT: wake-ups name slots of profiles, of which none is ever removed.
                debug_assert!(false, "no profile in {slot:?}");
                return;
            };
            let expired = &mut buffers.expired;
            expired.clear();
            expired.extend(state.memberships.iter().filter(|m| m.until <= at));
            let moving = moving_stages(state, at);
            let mut update = Update::reporting(plan, state, now, &Cause::Time, out, *explains);
            if !moving.is_empty() {
                for (id, lifecycle) in plan.lifecycle_ids().zip(&plan.lifecycles) {
                    let of_lifecycle = moving.iter().filter(|(name, ..)| *name == lifecycle.name);
                    for (_, subject, from) in of_lifecycle {
                        update.lifecycle(id, subject.as_deref(), *from);
                    }
                }
            }
            update.expire(expired);
            update.take_due();
            update.run_triggers();
            self.reschedule(slot);
        }
    }

    pub(super) fn reschedule(&mut self, slot: ProfileSlot) {
        self.wakeups.wait_anew(slot, &mut self.state.profiles);
    }

    /// The slot of a profile; a blank one is added if there is none.
    pub(super) fn slot_of(&mut self, id: &Identifier<'_>) -> ProfileSlot {
        self.index
            .get(id)
            .unwrap_or_else(|| self.add_blank(&id.to_string()))
    }

    fn add_blank(&mut self, id: &str) -> ProfileSlot {
        let slot = ProfileSlot::new(self.state.profiles.len());
        self.index.insert(id, slot);
        let profile = P::blank(&self.plan.model, id);
        self.plan.learn_blank(&profile);
        let mut state = ProfileState::new(id.into(), profile);
        let plan = &self.plan;
        let mut update = Update::silent(plan, &mut state, self.state.now, &Cause::Time);
        update.lifecycles(plan.lifecycle_ids());
        update.segments(plan.individual_segments().iter().copied());
        update.set_timers();
        self.state.profiles.push(state);
        slot
    }
}

/// The lifecycles in which a profile moves by itself at an instant or before: name, subject, and when.
fn moving_stages<P>(
    state: &mut ProfileState<P>,
    at: i64,
) -> Vec<(Arc<str>, Option<Arc<str>>, i64)> {
    if state.stages.next_change() > at {
        return Vec::new();
    }
    let moving = state.stages.iter().filter(|s| s.wake <= at);
    moving
        .map(|s| (s.lifecycle.clone(), s.subject.clone(), s.wake))
        .collect()
}

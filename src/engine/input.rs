//! What comes in: profiles with their past, events, time.

use super::Engine;
use super::ids::{ProfileSlot, Units};
use super::live_profile::LiveProfile;
use super::output::{Cause, EngineOutput, Receipt};
use super::plan;
use super::state::{EngineState, EventIds, ProfileState, Wakeups, each_event};
use super::update::{Update, entries_of};
use crate::profile::{Event, Identifier, kind_index};
use crate::time::{Instant, NEVER};
use smol_str::SmolStr;
use std::sync::Arc;

/// Memory that is used again from event to event.
#[derive(Clone, Debug, Default)]
pub(super) struct InputBuffers {
    /// What an event concerns.
    pub(super) units: Units,
    /// The memberships whose time is up.
    expired: Vec<super::state::Membership>,
}

/// A profile that an input is about.
#[derive(Clone, Copy, Debug)]
pub(super) struct Met {
    pub(super) slot: ProfileSlot,
    /// Whether the input makes it known, which is to be told.
    pub(super) is_birth: bool,
}

impl Met {
    pub(super) fn known(slot: ProfileSlot) -> Self {
        Met {
            slot,
            is_birth: false,
        }
    }
}

impl<P: LiveProfile> Engine<P> {
    /// Adds a profile as it stands, with its past. A profile with the same id is replaced, with everything that was known of
    /// it. Nothing is reported, and no trigger fires; dates to come and the ends of silences are waited for.
    pub fn insert(&mut self, profile: P) {
        let slot = self.add(profile);
        let now = self.state.header.now;
        if let Some(state) = self.state.profiles.get_mut(slot) {
            Update::silent(&self.plan, state, now, &Cause::Time).enrol(|_| true);
        }
        self.reschedule(slot);
    }

    /// Adds or replaces a profile as it stands.
    pub(super) fn add(&mut self, profile: P) -> ProfileSlot {
        let slot = profile.id().with_text(|id| {
            // What comes as it stands is no part of another profile.
            self.part(id);
            let id = Identifier::Text(id);
            let known = self.state.profiles.slot(&id);
            known.unwrap_or_else(|| self.add_blank(&id))
        });
        let (plan, now) = (self.plan.clone(), self.state.header.now);
        let Some(state) = self.state.profiles.get_mut(slot) else {
            return slot;
        };
        state.replace(profile);
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
        slot
    }

    /// Adds an event of a profile, and reports what it causes, after what was due before it. An unknown profile is created.
    pub fn observe<'i>(
        &mut self,
        profile: impl Into<Identifier<'i>>,
        event: P::Event,
        out: &mut Vec<EngineOutput>,
    ) -> Receipt {
        let kind = event.kind().map(|_| kind_index(&event));
        let receipt = self.take_event(&profile.into(), event, out);
        self.counters.event(kind, receipt);
        receipt
    }

    fn take_event(
        &mut self,
        id: &Identifier<'_>,
        event: P::Event,
        out: &mut Vec<EngineOutput>,
    ) -> Receipt {
        if event.kind().is_none() {
            return Receipt::UnknownKind;
        }
        let at = event.at().micros();
        let receipt = match self.receipt_at(at) {
            Ok(receipt) => receipt,
            Err(refused) => return refused,
        };
        let known = self.state.profiles.slot(id);
        // While others are brought up to date, the profile is on its way from memory.
        if let Some(state) = known.and_then(|slot| self.state.profiles.get(slot)) {
            state.prefetch_header();
        }
        self.advance_until(at, out);
        let Met { slot, is_birth } = match known {
            Some(slot) => self.catch_up(slot, out),
            None => self.meet(id, out),
        };
        let Engine {
            plan,
            state,
            buffers,
            explains,
            counters,
            ..
        } = self;
        let EngineState { header, profiles } = state;
        let now = header.now;
        let Some(state) = profiles.get_mut(slot) else {
            return receipt;
        };
        state.prefetch();
        state.prefetch_events(kind_index(&event));
        if let Some(known) = state.ids.add(&event, &state.profile) {
            return match plan.says_the_same(known, &event) {
                true => Receipt::Duplicate,
                false => Receipt::Conflict,
            };
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
        state.add(event);
        let outbox = header.outbox(counters, out);
        let update = Update::reporting(plan, state, now, cause, outbox, *explains);
        let mut update = update.of_birth(is_birth);
        for (id, subject) in lifecycles {
            update.lifecycle(id, subject.as_deref(), at);
        }
        update.segments_after_event(&units.segments, kind);
        update.tell_birth();
        update.waits(&units.triggers);
        for (trigger, entry) in entries {
            update.event(trigger, entry);
        }
        update.run_triggers();
        self.reschedule(slot);
        receipt
    }

    /// Whether an entry of a source of input, a log with ascending offsets, is new: its offset is greater than that of the last
    /// one that was accepted from this source, or it is the first. Where an entry is not new, the host leaves it out.
    ///
    /// The offsets are part of the state: whatever of a log is read again after [`restore`](Engine::restore), nothing counts twice, also
    /// where events have no ids.
    ///
    /// ```
    /// # use segue::engine::Engine;
    /// # use segue::profile::{Model, Record, RecordEvent};
    /// # use segue::Rulebook;
    /// let rulebook = Rulebook::from_toml("[schema.events.viewed]\n[segments]\nkeen = 'viewed at least twice'")?;
    /// let mut engine = Engine::new(&rulebook, &Model::<Record>::for_schema(rulebook.schema()))?;
    /// let log = ["2026-03-02T10:00:00Z", "2026-03-02T11:00:00Z"];
    /// for entry in [0, 1, 0, 1] {
    ///     if engine.accept_offset("shop-eu/3", entry as u64) {
    ///         let _ = engine.observe("anna", RecordEvent::new(rulebook.schema(), "viewed", log[entry], [])?, &mut Vec::new());
    ///     }
    /// }
    /// assert_eq!(engine.profile("anna").map(|anna| anna.events().len()), Some(2));
    /// assert_eq!(engine.state().header().offset("shop-eu/3"), Some(1));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn accept_offset(&mut self, source: &str, offset: u64) -> bool {
        self.state.header.accept_offset(source, offset)
    }

    /// The receipt of an input at an instant, if nothing else speaks against it: it is accepted, or else refused.
    pub(super) fn receipt_at(&self, at: i64) -> Result<Receipt, Receipt> {
        let state = &self.state.header;
        let has_begun = state.now > Instant::MIN.micros();
        if at < state.now.saturating_sub(state.lateness) {
            Err(Receipt::TooLate)
        } else if has_begun && at > state.now.saturating_add(state.max_future_skew) {
            Err(Receipt::TooEarly)
        } else if at < state.now {
            Ok(Receipt::Late)
        } else {
            Ok(Receipt::Accepted)
        }
    }

    /// Moves time on, and reports everything that happens on the way and at `to` itself.
    pub fn advance(&mut self, to: Instant, out: &mut Vec<EngineOutput>) {
        self.run_due(to.micros().saturating_add(1), self.max_wakeups, out);
        self.state.header.now = self.state.header.now.max(to.micros());
    }

    /// Moves time on to just before everything that is due at an instant.
    pub(super) fn advance_until(&mut self, at: i64, out: &mut Vec<EngineOutput>) {
        if at > self.state.header.now {
            self.run_due(at, self.max_wakeups, out);
            self.state.header.now = at;
        }
    }

    /// Runs what is due before an instant, so many wake-ups at the most.
    pub(super) fn run_due(&mut self, end: i64, max_wakeups: usize, out: &mut Vec<EngineOutput>) {
        let header = &mut self.state.header;
        header.due_before = header.due_before.max(end);
        for _ in 0..max_wakeups {
            let Some((at, slot)) = self.wakeups.first().filter(|(at, _)| *at < end) else {
                return;
            };
            self.state.header.now = self.state.header.now.max(at);
            self.wake(slot, at, out);
            self.reschedule(slot);
        }
    }

    /// Runs what is outstanding of a profile because a call may only work off so much.
    pub(super) fn catch_up(&mut self, slot: ProfileSlot, out: &mut Vec<EngineOutput>) -> Met {
        let due_before = self.state.header.due_before;
        let next = |engine: &mut Self| {
            let profile = engine.state.profiles.find_mut(slot);
            profile.map_or(NEVER, ProfileState::next_change)
        };
        let mut at = next(self);
        if at < due_before {
            while at < due_before {
                self.wake(slot, at, out);
                at = next(self);
            }
            self.reschedule(slot);
        }
        Met::known(slot)
    }

    /// Brings a profile up to date at the first instant at which it waits for something; what a late event has made due in the past
    /// happens when that is known.
    fn wake(&mut self, slot: ProfileSlot, at: i64, out: &mut Vec<EngineOutput>) {
        let Engine {
            plan,
            state,
            buffers,
            explains,
            counters,
            ..
        } = self;
        let EngineState { header, profiles } = state;
        let told = out.len();
        let Some(state) = profiles.get_mut(slot) else {
            return;
        };
        let now = at.max(state.updated);
        let expired = &mut buffers.expired;
        expired.clear();
        expired.extend(state.memberships.iter().filter(|m| m.until <= at));
        let moving = moving_stages(state, at);
        let outbox = header.outbox(counters, out);
        let mut update = Update::reporting(plan, state, now, &Cause::Time, outbox, *explains);
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
        counters.wakeup(out.len() == told);
    }

    /// Gives up a slot of which the profile is gone.
    pub(super) fn give_up(&mut self, slot: ProfileSlot) {
        if self.state.profiles.is_empty() {
            self.state.header.forget_blank();
        }
        if self.state.profiles.compact() {
            self.wakeups = Wakeups::of(&mut self.state.profiles);
        } else {
            self.reschedule(slot);
        }
    }

    pub(super) fn reschedule(&mut self, slot: ProfileSlot) {
        self.wakeups.wait_anew(slot, &mut self.state.profiles);
    }

    /// A profile with everything that was due, which is added as a blank one if there is none.
    pub(super) fn meet(&mut self, id: &Identifier<'_>, out: &mut Vec<EngineOutput>) -> Met {
        match self.state.profiles.slot(id) {
            Some(slot) => self.catch_up(slot, out),
            None => Met {
                slot: self.add_blank(id),
                is_birth: self.state.header.tells_births,
            },
        }
    }

    pub(super) fn add_blank(&mut self, id: &Identifier<'_>) -> ProfileSlot {
        let id: SmolStr = id.with_text(|id| id.into());
        let profile = P::blank(&self.plan.model, &id);
        if self.state.profiles.is_empty() {
            self.plan.learn_blank(&profile);
            self.state.header.segments = self.plan.header().segments;
        }
        let mut state = ProfileState::new(id, profile);
        let plan = &self.plan;
        let mut update = Update::silent(plan, &mut state, self.state.header.now, &Cause::Time);
        update.lifecycles(plan.lifecycle_ids());
        update.segments(plan.individual_segments().iter().copied());
        update.set_timers();
        self.state.profiles.push(state)
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

//! What comes in: profiles, events, changes of attributes, time.

use super::Engine;
use super::happening::{Cause, Happening, Receipt};
use super::live::LiveProfile;
use super::plan::{AnySubject, Plan};
use super::state::{EventIds, Live};
use super::turn::Turn;
use crate::profile::{Event, Events, ProfileId};
use crate::time::Instant;
use std::sync::Arc;

impl<P: LiveProfile> Engine<P> {
    /// Takes a profile as it stands, with its past. One with the same id is replaced. Nothing is told.
    pub fn insert(&mut self, profile: P) {
        let id: Arc<str> = profile.id().to_string().into();
        let slot = self.slot(&id);
        let mut ids = EventIds::default();
        each_event(&profile, |event| {
            if let Some(id) = event.id() {
                ids.add(id);
            }
        });
        let Some(live) = self.state.profiles.get_mut(slot as usize) else { return };
        (live.profile, live.ids) = (profile, ids);
        live.entries.clear();
        live.stages.clear();
        let plan = self.plan.clone();
        let units = &mut self.units;
        units.clear();
        each_event(&live.profile, |event| plan.touch.each(event, |unit| units.push(unit)));
        units.extend(plan.reading_anything().filter(|unit| plan.lifecycle_of(*unit).is_none()));
        let subjects = plan.subjects(&live.profile);
        let mut turn = Turn { plan: &plan, live, now: self.state.now, cause: &Cause::Time, out: None };
        for (index, lifecycle) in plan.lifecycles.iter().enumerate() {
            if lifecycle.is_per_subject() {
                let of_this = subjects.iter().filter(|(i, _)| *i == index);
                of_this.for_each(|(_, subject)| turn.lifecycle(index, Some(subject), turn.now));
            } else {
                turn.lifecycle(index, None, turn.now);
            }
        }
        let mut units = std::mem::take(units);
        units.sort_unstable();
        units.dedup();
        turn.segments(units.iter().copied().filter(|unit| plan.lifecycle_of(*unit).is_none()));
        self.units = units;
        self.reschedule(slot);
    }

    /// Takes in an event of a profile, and tells what it brought about; first, what was due before it. An unknown profile
    /// is made.
    pub fn observe<'i>(
        &mut self,
        profile: impl Into<ProfileId<'i>>,
        event: P::Event,
        out: &mut Vec<Happening>,
    ) -> Receipt {
        let at = event.at().micros();
        if at < self.state.now.saturating_sub(self.state.lateness) {
            return Receipt::TooLate;
        }
        let receipt = if at < self.state.now { Receipt::Late } else { Receipt::Taken };
        if at > self.state.now {
            self.run_until(at, out);
            self.state.now = at;
        }
        let slot = self.slot_of(profile.into());
        let plan = self.plan.clone();
        let Some(live) = self.state.profiles.get_mut(slot as usize) else { return receipt };
        if let Some(id) = event.id()
            && live.ids.add(id)
            && has_event(&live.profile, id)
        {
            return Receipt::Repeated;
        }
        let units = &mut self.units;
        units.clear();
        plan.touch.each(&event, |unit| units.push(unit));
        units.sort_unstable();
        units.dedup();
        let cause = Cause::Event {
            kind: plan.kinds.get(event.kind()).cloned().unwrap_or_else(|| "".into()),
            id: event.id().map(Arc::from),
        };
        let split = units.partition_point(|unit| plan.lifecycle_of(*unit).is_none());
        let (segments, lifecycles) = units.split_at_checked(split).unwrap_or((units, &[]));
        let mut moving: Vec<(usize, Option<Arc<str>>)> = Vec::new();
        for index in lifecycles.iter().filter_map(|unit| plan.lifecycle_of(*unit)) {
            match plan.lifecycles.get(index).filter(|l| l.is_per_subject()).map(|l| l.subject(&event)) {
                None => moving.push((index, None)),
                Some(Ok(subject)) => moving.extend(subject.map(|s| (index, Some(s.into())))),
                Some(Err(AnySubject)) => {
                    moving.extend(
                        live.subjects(plan.lifecycles.get(index).map_or("", |l| &l.name)).map(|s| (index, Some(s))),
                    );
                }
            }
        }
        // Whatever is known of a subject, it has a lifecycle from now on.
        for (index, lifecycle) in plan.lifecycles.iter().enumerate().filter(|(_, l)| l.is_per_subject()) {
            if let Ok(Some(subject)) = lifecycle.subject(&event)
                && live.kept(&lifecycle.name, Some(subject)).is_err()
                && !moving.iter().any(|(i, s)| *i == index && s.as_deref() == Some(subject))
            {
                moving.push((index, Some(subject.into())));
            }
        }
        moving.sort_by_key(|(index, _)| *index);
        live.profile.add(event);
        let mut turn = Turn { plan: &plan, live, now: self.state.now, cause: &cause, out: Some(out) };
        moving.iter().for_each(|(index, subject)| turn.lifecycle(*index, subject.as_deref(), at));
        turn.segments(segments.iter().copied());
        self.reschedule(slot);
        receipt
    }

    /// Changes attributes of a profile, and tells what that brought about; first, what was due before. `attributes` names
    /// what `change` changes: only rules that read one of them are looked at. An unknown profile is made.
    ///
    /// A change takes effect at `at`, or at the engine's time if that is later.
    pub fn change<'i>(
        &mut self,
        profile: impl Into<ProfileId<'i>>,
        at: Instant,
        attributes: &[&str],
        change: impl FnOnce(&mut P),
        out: &mut Vec<Happening>,
    ) {
        let at = at.micros();
        if at > self.state.now {
            self.run_until(at, out);
            self.state.now = at;
        }
        let slot = self.slot_of(profile.into());
        let plan = self.plan.clone();
        let Some(live) = self.state.profiles.get_mut(slot as usize) else { return };
        change(&mut live.profile);
        let name = attributes.first().copied().unwrap_or_default();
        let cause = Cause::Attribute { name: name.into() };
        let mut units: Vec<u32> = attributes.iter().flat_map(|name| plan.reading(name)).copied().collect();
        units.sort_unstable();
        units.dedup();
        Self::bring_up_to_date(&plan, live, self.state.now, &units, &cause, out);
        self.reschedule(slot);
    }

    fn bring_up_to_date(
        plan: &Plan<P>,
        live: &mut Live<P>,
        now: i64,
        units: &[u32],
        cause: &Cause,
        out: &mut Vec<Happening>,
    ) {
        let split = units.partition_point(|unit| plan.lifecycle_of(*unit).is_none());
        let (segments, lifecycles) = units.split_at_checked(split).unwrap_or((units, &[]));
        let mut turn = Turn { plan, live, now, cause, out: Some(out) };
        turn.lifecycles(lifecycles.iter().filter_map(|unit| plan.lifecycle_of(*unit)));
        turn.segments(segments.iter().copied());
    }

    /// Moves time on, and tells everything that happens on the way and at `to` itself.
    pub fn advance(&mut self, to: Instant, out: &mut Vec<Happening>) {
        let to = to.micros();
        self.run_until(to.saturating_add(1), out);
        self.state.now = self.state.now.max(to);
    }

    /// Everything that is due before an instant.
    fn run_until(&mut self, end: i64, out: &mut Vec<Happening>) {
        let plan = self.plan.clone();
        while let Some((at, slot)) = self.wakeups.first().filter(|(at, _)| *at < end) {
            self.state.now = self.state.now.max(at);
            let Some(live) = self.state.profiles.get_mut(slot as usize) else { return };
            let due: Vec<u32> = live.entries.iter().filter(|e| e.until <= at).map(|e| e.segment).collect();
            let moving: Vec<(Arc<str>, Option<Arc<str>>, i64)> = (live.stages.iter())
                .filter(|k| k.next <= at)
                .map(|k| (k.lifecycle.clone(), k.subject.clone(), k.next))
                .collect();
            let mut turn = Turn { plan: &plan, live, now: self.state.now, cause: &Cause::Time, out: Some(out) };
            for (index, lifecycle) in plan.lifecycles.iter().enumerate() {
                for (_, subject, from) in moving.iter().filter(|(name, ..)| *name == lifecycle.name) {
                    turn.lifecycle(index, subject.as_deref(), *from);
                }
            }
            turn.segments(due.into_iter());
            self.reschedule(slot);
        }
    }

    fn reschedule(&mut self, slot: u32) {
        if let Some(live) = self.state.profiles.get_mut(slot as usize) {
            self.wakeups.set(slot, live.soonest());
        }
    }

    fn slot_of(&mut self, id: ProfileId<'_>) -> u32 {
        match id {
            ProfileId::Text(text) => self.slot(text),
            other => self.slot(&other.to_string()),
        }
    }

    /// The slot of a profile; a blank one is made where there is none.
    fn slot(&mut self, id: &str) -> u32 {
        if let Some(slot) = self.slots.get(id) {
            return *slot;
        }
        let slot = u32::try_from(self.state.profiles.len()).unwrap_or(u32::MAX);
        let id: Arc<str> = id.into();
        self.slots.insert(id.clone(), slot);
        let profile = P::blank(&self.plan.model, &id);
        self.state.profiles.push(Live::new(id, profile));
        let plan = self.plan.clone();
        if let Some(live) = self.state.profiles.last_mut() {
            let mut turn = Turn { plan: &plan, live, now: self.state.now, cause: &Cause::Time, out: None };
            turn.lifecycles(0..plan.lifecycles.len());
            turn.segments(plan.individual.iter().copied());
        }
        slot
    }
}

pub(super) fn each_event<'p, P: LiveProfile>(profile: &'p P, mut f: impl FnMut(&'p P::Event)) {
    match profile.events() {
        Events::Slice(events) => events.iter().for_each(&mut f),
        Events::Timeline(timeline) => timeline.iter().for_each(&mut f),
    }
}

fn has_event<P: LiveProfile>(profile: &P, id: &str) -> bool {
    let mut found = false;
    each_event(profile, |event| found |= event.id() == Some(id));
    found
}

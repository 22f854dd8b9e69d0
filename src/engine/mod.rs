//! The stream: events come in and time passes, and for each profile the engine knows which segments it has just entered
//! or left and which stage of its lifecycles it is in. Depends on `rulebook`, `eval`.
//!
//! An engine has no clock, no threads and sends nothing. The host hands over events ([`Engine::observe`]) and time
//! ([`Engine::advance`]); the engine answers with what happened. The same rulebook and the same calls give the same
//! answers in the same order.
//!
//! # Time
//!
//! The engine's time is the latest instant it was given. An event later than that moves it on: everything that was due
//! before happens first. [`Engine::next_wakeup`] is the exact instant at which something changes if nothing new comes; a
//! host that calls [`Engine::advance`] then is never late and never polls. What is due at the very instant of an event
//! happens after it.
//!
//! # Late and repeated events
//!
//! An event older than the engine's time is late. It is taken in if it is not older than [`Engine::lateness`] allows, and
//! then segments and stages are what they would be had it come in time: a lifecycle is judged anew from the instant of the
//! event on. The past that was told stays told; where a stage turns out to be another, that is told as a move now. An
//! event that is too old, or whose id is there already, changes nothing, and its [`Receipt`] says so.
//!
//! # New profiles
//!
//! A profile that comes with its past ([`Engine::insert`]) is taken as it stands: nothing is told. An event or a change of
//! an unknown profile makes a blank one, of which only the id is known; what holds of a blank profile (`not purchased`)
//! has held since ever, so it is not told either. Everything after that is.

mod happening;
mod live;
mod plan;
mod state;
mod touch;
mod turn;
mod wakeups;

pub use happening::{Cause, Happening, Receipt, Transition, What};
pub use live::LiveProfile;

use crate::eval::BindError;
use crate::profile::{Event, Model, ProfileId};
use crate::rulebook::Rulebook;
use crate::time::{Duration, Instant, NEVER};
use plan::{AnySubject, Plan};
use state::{EventIds, Live};
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use turn::Turn;
use wakeups::Wakeups;

/// Profiles under a rulebook, as events come in and time passes.
///
/// ```
/// use segue::engine::{Engine, Happening, What};
/// use segue::profile::{Model, Record, RecordEvent};
/// use segue::{Instant, Rulebook};
///
/// let rulebook = Rulebook::from_toml(r#"
///     [schema.events.purchased.properties]
///     amount = "decimal(2)"
///
///     [segments]
///     recent_buyer = "purchased within 30 days"
/// "#)?;
/// let model = Model::<Record>::for_schema(rulebook.schema());
/// let mut engine = Engine::new(&rulebook, &model)?;
/// let mut out = Vec::new();
///
/// let bought = RecordEvent::new(rulebook.schema(), "purchased", "2026-03-01T10:00:00Z", [("amount", 19.90.into())])?;
/// let _ = engine.observe("anna", bought, &mut out);
/// assert_eq!(out[0].what, What::Entered { segment: "recent_buyer".into() });
///
/// let wakeup = engine.next_wakeup().unwrap();
/// assert_eq!(wakeup, "2026-03-31T10:00:00.000001Z".parse()?);
/// out.clear();
/// engine.advance(wakeup, &mut out);
/// assert_eq!(out[0].what, What::Left { segment: "recent_buyer".into() });
/// assert_eq!(engine.next_wakeup(), None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Engine<P: LiveProfile> {
    plan: Arc<Plan<P>>,
    profiles: Vec<Live<P>>,
    slots: HashMap<Arc<str>, u32>,
    wakeups: Wakeups,
    now: i64,
    lateness: i64,
    scratch: Scratch,
}

/// Room for the units that something touches.
#[derive(Debug, Default)]
struct Scratch {
    units: Vec<u32>,
}

impl<P: LiveProfile> fmt::Debug for Engine<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine")
            .field("now", &self.now())
            .field("profiles", &self.profiles.len())
            .field("next_wakeup", &self.next_wakeup())
            .finish_non_exhaustive()
    }
}

impl<P: LiveProfile> Engine<P> {
    /// An engine without profiles, at the beginning of time.
    ///
    /// # Errors
    /// If the profile type lacks something that a rule reads, or has it with another type.
    pub fn new(rulebook: &Rulebook, model: &Model<P>) -> Result<Self, BindError> {
        Ok(Engine {
            plan: Arc::new(Plan::new(rulebook, model)?),
            profiles: Vec::new(),
            slots: HashMap::new(),
            wakeups: Wakeups::default(),
            now: Instant::MIN.micros(),
            lateness: 0,
            scratch: Scratch::default(),
        })
    }

    /// Sets how late an event may come: one that is older than the engine's time by more than this is refused. Zero if
    /// nothing is said.
    #[must_use]
    pub fn with_lateness(mut self, lateness: Duration) -> Self {
        self.lateness = lateness.micros().max(0);
        self
    }

    /// How late an event may come.
    #[must_use]
    pub fn lateness(&self) -> Duration {
        Duration::from_micros(self.lateness)
    }

    /// The latest instant that the engine was given.
    #[must_use]
    pub fn now(&self) -> Instant {
        Instant::from_micros(self.now)
    }

    /// The instant at which something changes by itself first, if nothing new comes; `None`: never.
    #[must_use]
    pub fn next_wakeup(&self) -> Option<Instant> {
        self.wakeups.first().map(|(at, _)| Instant::from_micros(at))
    }

    /// How many profiles there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.profiles.len()
    }

    /// Whether there are no profiles.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.profiles.is_empty()
    }

    /// A profile by its id.
    #[must_use]
    pub fn profile(&self, id: &str) -> Option<&P> {
        self.live(id).map(|live| &live.profile)
    }

    /// Whether a profile is in a segment at the engine's time; `None` where there is no such profile or segment.
    #[must_use]
    pub fn holds(&self, id: &str, segment: &str) -> Option<bool> {
        let unit = self.plan.segments.binary_search_by(|s| (*s.name).cmp(segment)).ok()?;
        let blank = self.plan.segments.get(unit)?.blank;
        let entry = self.live(id)?.entry(u32::try_from(unit).ok()?);
        Some(entry.map_or(blank, |e| e.holds))
    }

    /// The stage of a profile in a lifecycle at the engine's time; the lifecycle of a subject where there is one for each.
    /// `None` where it is in none, or there is no such profile or lifecycle.
    #[must_use]
    pub fn stage(&self, id: &str, lifecycle: &str, subject: Option<&str>) -> Option<&str> {
        let plan = self.plan.lifecycles.iter().find(|l| *l.name == *lifecycle)?;
        let kept =
            self.live(id)?.stages.iter().find(|k| *k.lifecycle == *lifecycle && k.subject.as_deref() == subject)?;
        plan.stages.get(usize::from(kept.stage()?)).map(|s| &**s)
    }

    fn live(&self, id: &str) -> Option<&Live<P>> {
        self.slots.get(id).and_then(|slot| self.profiles.get(*slot as usize))
    }

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
        let Some(live) = self.profiles.get_mut(slot as usize) else { return };
        (live.profile, live.ids) = (profile, ids);
        live.entries.clear();
        live.stages.clear();
        let plan = self.plan.clone();
        let units = &mut self.scratch.units;
        units.clear();
        each_event(&live.profile, |event| plan.touch.each(event, |unit| units.push(unit)));
        units.extend(plan.reading_anything().filter(|unit| plan.lifecycle_of(*unit).is_none()));
        let mut subjects: Vec<(usize, Arc<str>)> = Vec::new();
        for (index, lifecycle) in plan.lifecycles.iter().enumerate().filter(|(_, l)| l.is_per_subject()) {
            each_event(&live.profile, |event| {
                if let Ok(Some(subject)) = lifecycle.subject(event) {
                    subjects.push((index, subject.into()));
                }
            });
        }
        subjects.sort_unstable();
        subjects.dedup();
        let mut turn = Turn { plan: &plan, live, now: self.now, cause: &Cause::Time, out: &mut Vec::new() };
        for (index, lifecycle) in plan.lifecycles.iter().enumerate() {
            if lifecycle.is_per_subject() {
                let of_this = subjects.iter().filter(|(i, _)| *i == index);
                of_this.for_each(|(_, subject)| turn.lifecycle(index, Some(subject), turn.now, true));
            } else {
                turn.lifecycle(index, None, turn.now, true);
            }
        }
        let mut units = std::mem::take(units);
        units.sort_unstable();
        units.dedup();
        turn.segments(units.iter().copied().filter(|unit| plan.lifecycle_of(*unit).is_none()), true);
        self.scratch.units = units;
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
        if at < self.now.saturating_sub(self.lateness) {
            return Receipt::TooLate;
        }
        let receipt = if at < self.now { Receipt::Late } else { Receipt::Taken };
        if at > self.now {
            self.run_until(at, out);
            self.now = at;
        }
        let slot = self.slot_of(profile.into());
        let plan = self.plan.clone();
        let Some(live) = self.profiles.get_mut(slot as usize) else { return receipt };
        if let Some(id) = event.id()
            && live.ids.add(id)
            && has_event(&live.profile, id)
        {
            return Receipt::Repeated;
        }
        let units = &mut self.scratch.units;
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
        live.profile.add(event);
        let mut turn = Turn { plan: &plan, live, now: self.now, cause: &cause, out };
        moving.iter().for_each(|(index, subject)| turn.lifecycle(*index, subject.as_deref(), at, false));
        turn.segments(segments.iter().copied(), false);
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
        if at > self.now {
            self.run_until(at, out);
            self.now = at;
        }
        let slot = self.slot_of(profile.into());
        let plan = self.plan.clone();
        let Some(live) = self.profiles.get_mut(slot as usize) else { return };
        change(&mut live.profile);
        let name = attributes.first().copied().unwrap_or_default();
        let cause = Cause::Attribute { name: name.into() };
        let mut units: Vec<u32> = attributes.iter().flat_map(|name| plan.reading(name)).copied().collect();
        units.sort_unstable();
        units.dedup();
        Self::bring_up_to_date(&plan, live, self.now, &units, &cause, out);
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
        let mut turn = Turn { plan, live, now, cause, out };
        for index in lifecycles.iter().filter_map(|unit| plan.lifecycle_of(*unit)) {
            let Some(lifecycle) = plan.lifecycles.get(index) else { continue };
            if lifecycle.is_per_subject() {
                let subjects: Vec<Arc<str>> = turn.live.subjects(&lifecycle.name).collect();
                subjects.iter().for_each(|subject| turn.lifecycle(index, Some(subject), now, false));
            } else {
                turn.lifecycle(index, None, now, false);
            }
        }
        turn.segments(segments.iter().copied(), false);
    }

    /// Moves time on, and tells everything that happens on the way and at `to` itself.
    pub fn advance(&mut self, to: Instant, out: &mut Vec<Happening>) {
        let to = to.micros();
        self.run_until(to.saturating_add(1), out);
        self.now = self.now.max(to);
    }

    /// Everything that is due before an instant.
    fn run_until(&mut self, end: i64, out: &mut Vec<Happening>) {
        let plan = self.plan.clone();
        while let Some((at, slot)) = self.wakeups.first().filter(|(at, _)| *at < end) {
            self.now = self.now.max(at);
            let Some(live) = self.profiles.get_mut(slot as usize) else { return };
            let due: Vec<u32> = live.entries.iter().filter(|e| e.until <= at).map(|e| e.segment).collect();
            let moving: Vec<(Arc<str>, Option<Arc<str>>, i64)> = (live.stages.iter())
                .filter(|k| k.next <= at)
                .map(|k| (k.lifecycle.clone(), k.subject.clone(), k.next))
                .collect();
            let mut turn = Turn { plan: &plan, live, now: self.now, cause: &Cause::Time, out };
            for (index, lifecycle) in plan.lifecycles.iter().enumerate() {
                for (_, subject, from) in moving.iter().filter(|(name, ..)| *name == lifecycle.name) {
                    turn.lifecycle(index, subject.as_deref(), *from, false);
                }
            }
            turn.segments(due.into_iter(), false);
            self.reschedule(slot);
        }
    }

    fn reschedule(&mut self, slot: u32) {
        if let Some(live) = self.profiles.get_mut(slot as usize) {
            live.next = live.soonest();
            self.wakeups.set(slot, live.next);
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
        let slot = u32::try_from(self.profiles.len()).unwrap_or(u32::MAX);
        let id: Arc<str> = id.into();
        self.slots.insert(id.clone(), slot);
        let profile = P::blank(&self.plan.model, &id);
        self.profiles.push(Live {
            id,
            profile,
            entries: Vec::new(),
            stages: Vec::new(),
            ids: EventIds::default(),
            next: NEVER,
        });
        let plan = self.plan.clone();
        if let Some(live) = self.profiles.last_mut() {
            let mut turn = Turn { plan: &plan, live, now: self.now, cause: &Cause::Time, out: &mut Vec::new() };
            for (index, lifecycle) in plan.lifecycles.iter().enumerate().filter(|(_, l)| !l.is_per_subject()) {
                let _ = lifecycle;
                turn.lifecycle(index, None, turn.now, true);
            }
            turn.segments(plan.individual.iter().copied(), true);
        }
        slot
    }
}

fn each_event<'p, P: LiveProfile>(profile: &'p P, mut f: impl FnMut(&'p P::Event)) {
    use crate::profile::Events;
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

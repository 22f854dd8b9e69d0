//! What comes in: profiles, events, changes of attributes, time.

use super::Engine;
use super::acts::{Due, Entry, Pending};
use super::live::LiveProfile;
use super::occasions::OccasionPlan;
use super::output::{Cause, EngineOutput, Receipt};
use super::plan::Plan;
use super::state::{EventIds, Live};
use super::turn::Turn;
use crate::eval::context::Ctx;
use crate::eval::subject::AnySubject;
use crate::profile::{Event, Events, ProfileId};
use crate::time::Instant;
use std::sync::Arc;

/// A change was announced of something that no profile has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no attribute and no relation `{0}`; what tags a profile has is called `tags`")]
pub struct UnknownAttribute(String);

impl<P: LiveProfile> Engine<P> {
    /// Takes a profile as it stands, with its past. One with the same id is replaced, with all that was known of it.
    /// Nothing is told, and no trigger fires; dates to come, and the ends of silences, are waited for.
    pub fn insert(&mut self, profile: P) {
        let slot = self.slot_of(&profile.id());
        let plan = self.plan.clone();
        let Some(live) = self.state.profiles.get_mut(slot as usize) else {
            return;
        };
        *live = Live::new(live.id.clone(), profile);
        live.ids = EventIds::of(&live.profile);
        let mut units: Vec<u32> = plan.reading_anything().collect();
        each_event(&live.profile, |event| {
            plan.touch.each(event, |unit| units.push(unit))
        });
        units.sort_unstable();
        units.dedup();
        let mut turn = Turn::silent(&plan, live, self.state.now, &Cause::Time);
        turn.lifecycles_of_all(0..plan.lifecycles.len());
        turn.segments(
            units
                .into_iter()
                .filter(|unit| plan.segment_units().contains(unit)),
        );
        turn.arm_all();
        self.reschedule(slot);
    }

    /// Takes in an event of a profile, and tells what it brought about; first, what was due before it. An unknown profile
    /// is made.
    pub fn observe<'i>(
        &mut self,
        profile: impl Into<ProfileId<'i>>,
        event: P::Event,
        out: &mut Vec<EngineOutput>,
    ) -> Receipt {
        let at = event.at().micros();
        if at < self.state.now.saturating_sub(self.state.lateness) {
            return Receipt::TooLate;
        }
        let has_begun = self.state.now > Instant::MIN.micros();
        if has_begun && at > self.state.now.saturating_add(self.state.max_future_skew) {
            return Receipt::TooEarly;
        }
        let receipt = if at < self.state.now {
            Receipt::Late
        } else {
            Receipt::Accepted
        };
        let id = profile.into();
        let known = self.slots.get(&id);
        // While others are brought up to date, the profile is on its way from memory.
        known
            .and_then(|slot| self.state.profiles.get(slot as usize))
            .into_iter()
            .for_each(Live::fetch_header);
        self.reach(at, out);
        let slot = known.unwrap_or_else(|| self.add_blank(&id.to_string()));
        let Engine {
            plan,
            state,
            units,
            explains,
            ..
        } = self;
        let Some(live) = state.profiles.get_mut(slot as usize) else {
            return receipt;
        };
        live.fetch();
        live.fetch_events(event.kind());
        if let Some(id) = event.id()
            && live.ids.add(id)
            && has_event(&live.profile, id)
        {
            return Receipt::Duplicate;
        }
        units.clear();
        plan.touch.each(&event, |unit| units.push(unit));
        units.sort_unstable();
        units.dedup();
        let named = event.id().map(|id| plan.cause_of(event.kind()).with_id(id));
        let cause = named
            .as_ref()
            .unwrap_or_else(|| plan.cause_of(event.kind()));
        let subjects = subjects_touched(plan, live, units, &event);
        let raised = raised_by(plan, live, units, &event, state.now);
        live.profile.add(event);
        let mut turn = Turn::telling(plan, live, state.now, cause, out, *explains);
        for (index, subject) in subjects {
            turn.lifecycle(index, subject.as_deref(), at);
        }
        let segments = plan.segment_units();
        turn.segments(
            units
                .iter()
                .copied()
                .take_while(|unit| segments.contains(unit)),
        );
        for (trigger, entry) in raised {
            turn.raise_event(trigger, entry);
        }
        turn.act();
        self.reschedule(slot);
        receipt
    }

    /// Changes attributes or relations of a profile, and tells what that brought about; first, what was due before.
    /// `attributes` names what `change` changes, relations by their names too, and what tags it has by `tags`: only rules
    /// that read one of them are looked at. An unknown profile is made.
    ///
    /// The change takes effect at `at`, or at the engine's time if that is later.
    ///
    /// # Errors
    /// If neither the rules nor the profile type know one of the names. Then nothing is changed.
    pub fn change<'i>(
        &mut self,
        profile: impl Into<ProfileId<'i>>,
        at: Instant,
        attributes: &[&str],
        change: impl FnOnce(&mut P),
        out: &mut Vec<EngineOutput>,
    ) -> Result<(), UnknownAttribute> {
        let plan = self.plan.clone();
        let mut units: Vec<u32> = Vec::new();
        for name in attributes {
            if !plan.knows(name) {
                return Err(UnknownAttribute((*name).to_owned()));
            }
            units.extend(plan.reading(name));
        }
        let cause = Cause::Attribute {
            name: attributes.first().copied().unwrap_or_default().into(),
        };
        self.put(&profile.into(), at, cause, units, change, out);
        Ok(())
    }

    /// Gives a tag to a profile, or takes it away ([`LiveProfile::tag`]), and tells what that brought about; first, what was
    /// due before. An unknown profile is made.
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
        profile: impl Into<ProfileId<'i>>,
        path: &str,
        given: bool,
        at: Instant,
        out: &mut Vec<EngineOutput>,
    ) {
        let units = self.plan.tags.to_vec();
        self.put(
            &profile.into(),
            at,
            Cause::Tag { path: path.into() },
            units,
            |p| p.tag(path, given),
            out,
        );
    }

    /// Changes what has no date in a profile, and what these units make of it.
    fn put(
        &mut self,
        profile: &ProfileId<'_>,
        at: Instant,
        cause: Cause,
        mut units: Vec<u32>,
        change: impl FnOnce(&mut P),
        out: &mut Vec<EngineOutput>,
    ) {
        self.reach(at.micros(), out);
        let slot = self.slot_of(profile);
        let Engine {
            plan,
            state,
            explains,
            ..
        } = self;
        let Some(live) = state.profiles.get_mut(slot as usize) else {
            return;
        };
        change(&mut live.profile);
        units.sort_unstable();
        units.dedup();
        let mut turn = Turn::telling(plan, live, state.now, &cause, out, *explains);
        turn.bring_up_to_date(units.into_iter());
        turn.act();
        self.reschedule(slot);
    }

    /// Moves time on, and tells everything that happens on the way and at `to` itself.
    pub fn advance(&mut self, to: Instant, out: &mut Vec<EngineOutput>) {
        self.run_until(to.micros().saturating_add(1), out);
        self.state.now = self.state.now.max(to.micros());
    }

    /// Moves time on to just before everything at an instant.
    pub(super) fn reach(&mut self, at: i64, out: &mut Vec<EngineOutput>) {
        if at > self.state.now {
            self.run_until(at, out);
            self.state.now = at;
        }
    }

    /// Everything that is due before an instant.
    fn run_until(&mut self, end: i64, out: &mut Vec<EngineOutput>) {
        while let Some((at, slot)) = self.wakeups.first().filter(|(at, _)| *at < end) {
            let Engine {
                plan,
                state,
                due,
                explains,
                ..
            } = self;
            state.now = state.now.max(at);
            let Some(live) = state.profiles.get_mut(slot as usize) else {
                return;
            };
            due.clear();
            due.extend(live.entries.iter().filter(|e| e.until <= at));
            let stages: &[_] = if live.moves_first() <= at {
                &live.stages
            } else {
                &[]
            };
            let moving: Vec<(Arc<str>, Option<Arc<str>>, i64)> = (stages.iter())
                .filter(|k| k.wake <= at)
                .map(|k| (k.lifecycle.clone(), k.subject.clone(), k.wake))
                .collect();
            let mut turn = Turn::telling(plan, live, state.now, &Cause::Time, out, *explains);
            for (index, lifecycle) in plan.lifecycles.iter().enumerate() {
                for (_, subject, from) in moving.iter().filter(|(name, ..)| *name == lifecycle.name)
                {
                    turn.lifecycle(index, subject.as_deref(), *from);
                }
            }
            turn.segments_due(due);
            turn.take_due();
            turn.act();
            self.reschedule(slot);
        }
    }

    pub(super) fn reschedule(&mut self, slot: u32) {
        self.wakeups.wait_anew(slot, &mut self.state.profiles);
    }

    /// The slot of a profile; a blank one is made where there is none.
    pub(super) fn slot_of(&mut self, id: &ProfileId<'_>) -> u32 {
        self.slots
            .get(id)
            .unwrap_or_else(|| self.add_blank(&id.to_string()))
    }

    fn add_blank(&mut self, id: &str) -> u32 {
        let slot = u32::try_from(self.state.profiles.len()).unwrap_or(u32::MAX);
        self.slots.insert(id, slot);
        let profile = P::blank(&self.plan.model, id);
        self.plan.meet(&profile);
        self.state.profiles.push(Live::new(id.into(), profile));
        let plan = self.plan.clone();
        if let Some(live) = self.state.profiles.last_mut() {
            let mut turn = Turn::silent(&plan, live, self.state.now, &Cause::Time);
            turn.lifecycles(0..plan.lifecycles.len());
            turn.segments(plan.individual().iter().copied());
            turn.arm_all();
        }
        slot
    }
}

/// The lifecycles that an event may move, each with the subject that it is about.
fn subjects_touched<P: LiveProfile>(
    plan: &Plan<P>,
    live: &Live<P>,
    units: &[u32],
    event: &P::Event,
) -> Vec<(usize, Option<Arc<str>>)> {
    let mut touched = Vec::new();
    if plan.lifecycles.is_empty() {
        return touched;
    }
    let range = plan.lifecycle_units();
    for index in units
        .iter()
        .filter(|unit| range.contains(unit))
        .map(|unit| (unit - range.start) as usize)
    {
        let Some(lifecycle) = plan.lifecycles.get(index) else {
            continue;
        };
        let Some(subject) = &lifecycle.subject else {
            touched.push((index, None));
            continue;
        };
        match subject.value(event) {
            Ok(subject) => touched.extend(subject.map(|s| (index, Some(Arc::from(s))))),
            Err(AnySubject) => {
                touched.extend(live.subjects(&lifecycle.name).map(|s| (index, Some(s))))
            }
        }
    }
    // Whatever is known of a subject, it has a lifecycle from now on.
    for (index, lifecycle) in plan.lifecycles.iter().enumerate() {
        if let Some(Ok(Some(subject))) = lifecycle
            .subject
            .as_ref()
            .map(|subject| subject.value(event))
            && live.kept(&lifecycle.name, Some(&subject)).is_err()
            && !touched
                .iter()
                .any(|(i, s)| *i == index && s.as_deref() == Some(&*subject))
        {
            touched.push((index, Some(Arc::from(subject))));
        }
    }
    touched.sort_by_key(|(index, _)| *index);
    touched
}

/// The triggers that wait for an event such as this, or for a silence after it.
fn raised_by<P: LiveProfile>(
    plan: &Plan<P>,
    live: &Live<P>,
    units: &[u32],
    event: &P::Event,
    now: i64,
) -> Vec<(u32, Entry)> {
    let mut raised = Vec::new();
    if plan.triggers.is_empty() {
        return raised;
    }
    let first = plan.lifecycle_units().end;
    // Units are in order, those of triggers last.
    for trigger in units
        .iter()
        .rev()
        .take_while(|unit| **unit >= first)
        .map(|unit| unit - first)
    {
        let Some(t) = plan.triggers.get(trigger as usize) else {
            continue;
        };
        let select = match &t.occasion {
            OccasionPlan::Event(select) => Some(select),
            OccasionPlan::Silence(sequence) => sequence.steps.first().map(|step| &step.select),
            _ => None,
        };
        let ctx = Ctx {
            stages: Some(&live.stages),
            ..Ctx::new(&live.profile, now)
        };
        let passes = |select: &crate::eval::select::SelectNode<P>| {
            select.kinds.contains(&event.kind()) && select.passes(&ctx, event)
        };
        if select.is_some_and(|select| !passes(select)) {
            continue;
        }
        let (at, key) = (event.at().micros(), t.key_of(event).map(Arc::from));
        // A silence that is over and was begun at that instant by another event too has been noticed.
        if t.silence_ends(at) <= now && t.silent_since(&ctx, at).contains(&key) {
            continue;
        }
        let like = |select: &crate::eval::select::SelectNode<P>| {
            let others = ctx.of_kind(event.kind()).iter(at, at.saturating_add(1));
            others
                .filter(|other| other.id().is_none() && select.passes(&ctx, other))
                .count()
        };
        let nth = select.filter(|_| event.id().is_none()).map_or(0, like);
        let (which, nth) = (
            event.id().map(Arc::from),
            u32::try_from(nth).unwrap_or(u32::MAX),
        );
        raised.push((
            trigger,
            Entry {
                which,
                nth,
                key,
                ..Entry::at(at)
            },
        ));
    }
    raised
}

impl<P: LiveProfile> Turn<'_, P> {
    /// An event has come that a trigger waits for, or that may move its date, or that begins a silence.
    fn raise_event(&mut self, trigger: u32, entry: Entry) {
        let Some(t) = self.plan.triggers.get(trigger as usize) else {
            return;
        };
        match &t.occasion {
            OccasionPlan::Event(_) => self.raise(trigger, entry),
            OccasionPlan::Silence(_) => {
                let (since, at) = (entry.at, t.silence_ends(entry.at));
                if at > self.now {
                    if !self.live.acts().waits_for_silence(trigger, since) {
                        self.live.acts_mut().wait(Pending {
                            at,
                            trigger,
                            what: Due::Silence { since },
                        });
                    }
                } else {
                    // The event came so late that the silence is over already.
                    if t.silent_since(&self.ctx(), since).contains(&entry.key) {
                        self.raise(trigger, Entry::silence(at, since, entry.key));
                    }
                }
            }
            _ => self.arm(trigger),
        }
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

impl EventIds {
    /// The ids of a profile's events.
    pub(super) fn of<P: LiveProfile>(profile: &P) -> Self {
        let mut ids = EventIds::default();
        each_event(profile, |event| {
            if let Some(id) = event.id() {
                ids.add(id);
            }
        });
        ids
    }
}

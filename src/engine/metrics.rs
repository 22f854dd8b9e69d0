//! What an engine has done, in numbers.

use super::Engine;
use super::live_profile::LiveProfile;
use super::output::{OutputKind, Receipt};
use crate::schema::Schema;
use crate::time::Instant;
use serde::Serialize;
use smol_str::SmolStr;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// What an engine has done since it was made or restored, and how it stands ([`Engine::metrics`]): plain numbers for whatever
/// system a service reports to. The engine reads no clock; how long calls take is for the host to measure.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct EngineMetrics {
    /// What became of events, by kind; those of no kind that rules know under the empty name.
    pub events: BTreeMap<SmolStr, ReceiptCounts>,
    /// What became of rows, values and tags.
    pub changes: ReceiptCounts,
    /// How many times profiles entered each segment.
    pub entered: BTreeMap<SmolStr, u64>,
    /// How many times profiles left each segment.
    pub left: BTreeMap<SmolStr, u64>,
    /// How many times profiles moved to another stage of each lifecycle.
    pub moved: BTreeMap<Arc<str>, u64>,
    /// How many profiles came into each journey.
    pub journeys_entered: BTreeMap<Arc<str>, u64>,
    /// How many times profiles left each journey.
    pub journeys_left: BTreeMap<Arc<str>, u64>,
    /// How many effects there were, by trigger or journey; those that the host requested under the empty name.
    pub effects: BTreeMap<Arc<str>, u64>,
    /// How many times triggers or messages of them were suppressed, by trigger or journey; requests under the empty name.
    pub suppressed: BTreeMap<Arc<str>, u64>,
    /// How many profiles were taken in by others.
    pub merged: u64,
    /// How many identifications said that one person is another.
    pub identity_conflicts: u64,
    /// How many wake-ups there were.
    pub wakeups: u64,
    /// How many of them found that nothing had to be reported.
    pub idle_wakeups: u64,
    /// How many profiles there are.
    pub profiles: usize,
    /// The first instant at which something was due that is outstanding
    /// ([`Engine::with_max_wakeups_per_call`]); `None` if nothing is.
    pub outstanding_since: Option<Instant>,
}

/// How many inputs there were with each [`Receipt`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ReceiptCounts {
    /// [`Receipt::Accepted`]
    pub accepted: u64,
    /// [`Receipt::Late`]
    pub late: u64,
    /// [`Receipt::UnknownKind`]
    pub unknown_kind: u64,
    /// [`Receipt::Duplicate`]
    pub duplicate: u64,
    /// [`Receipt::Conflict`]
    pub conflict: u64,
    /// [`Receipt::TooLate`]
    pub too_late: u64,
    /// [`Receipt::TooEarly`]
    pub too_early: u64,
    /// [`Receipt::Stale`]
    pub stale: u64,
}

impl ReceiptCounts {
    fn count(&mut self, receipt: Receipt) {
        let n = match receipt {
            Receipt::Accepted => &mut self.accepted,
            Receipt::Late => &mut self.late,
            Receipt::UnknownKind => &mut self.unknown_kind,
            Receipt::Duplicate => &mut self.duplicate,
            Receipt::Conflict => &mut self.conflict,
            Receipt::TooLate => &mut self.too_late,
            Receipt::TooEarly => &mut self.too_early,
            Receipt::Stale => &mut self.stale,
        };
        *n += 1;
    }
}

/// The counters of an engine.
#[derive(Clone, Debug, Default)]
pub(crate) struct Counters {
    /// By kind, as the model counts them.
    events: Vec<ReceiptCounts>,
    /// By segment: a thousand are entered and left all the time, so that finding one has to cost little.
    entered: HashMap<SmolStr, u64>,
    left: HashMap<SmolStr, u64>,
    /// Everything else.
    metrics: EngineMetrics,
}

impl Counters {
    #[inline]
    pub(crate) fn event(&mut self, kind: Option<usize>, receipt: Receipt) {
        let Some(kind) = kind else {
            return self.unknown_kind();
        };
        if self.events.len() <= kind {
            self.events.resize(kind + 1, ReceiptCounts::default());
        }
        if let Some(counts) = self.events.get_mut(kind) {
            counts.count(receipt);
        }
    }

    fn unknown_kind(&mut self) {
        let of_none = self.metrics.events.entry(SmolStr::default()).or_default();
        of_none.count(Receipt::UnknownKind);
    }

    pub(crate) fn change(&mut self, receipt: Receipt) {
        self.metrics.changes.count(receipt);
    }

    #[inline]
    pub(crate) fn wakeup(&mut self, is_idle: bool) {
        self.metrics.wakeups += 1;
        self.metrics.idle_wakeups += u64::from(is_idle);
    }

    pub(crate) fn output(&mut self, kind: &OutputKind) {
        fn one_in(counts: &mut HashMap<SmolStr, u64>, of: &SmolStr) {
            match counts.get_mut(of) {
                Some(n) => *n += 1,
                None => drop(counts.insert(of.clone(), 1)),
            }
        }
        fn one<K: Ord>(counts: &mut BTreeMap<K, u64>, of: K) {
            *counts.entry(of).or_default() += 1;
        }
        let metrics = &mut self.metrics;
        match kind {
            OutputKind::SegmentEntered { segment } => one_in(&mut self.entered, segment),
            OutputKind::SegmentLeft { segment } => one_in(&mut self.left, segment),
            OutputKind::StageChanged(t) => one(&mut metrics.moved, t.lifecycle.clone()),
            OutputKind::JourneyPassed(passage) => {
                let (journey, from, to) = (&passage.journey, &passage.from, &passage.to);
                if from.is_none() && to.is_some() {
                    one(&mut metrics.journeys_entered, journey.clone());
                } else if from.is_some() && to.is_none() {
                    one(&mut metrics.journeys_left, journey.clone());
                }
            }
            OutputKind::Effect(effect) => {
                let by = effect.trigger.as_ref().or(effect.journey.as_ref());
                one(&mut metrics.effects, by.cloned().unwrap_or_default());
            }
            OutputKind::Suppressed(held) => {
                let by = held.trigger.as_ref().or(held.journey.as_ref());
                one(&mut metrics.suppressed, by.cloned().unwrap_or_default());
            }
            OutputKind::ProfilesMerged { .. } => metrics.merged += 1,
            OutputKind::IdentityConflict { .. } => metrics.identity_conflicts += 1,
        }
    }

    /// What was counted, with the names of kinds.
    pub(crate) fn named(&self, schema: &Schema) -> EngineMetrics {
        let mut metrics = self.metrics.clone();
        let counts = |of: &HashMap<SmolStr, u64>| of.iter().map(|(k, n)| (k.clone(), *n)).collect();
        (metrics.entered, metrics.left) = (counts(&self.entered), counts(&self.left));
        for (kind, counts) in schema.kinds().iter().zip(&self.events) {
            if *counts == ReceiptCounts::default() {
                continue;
            }
            let of_kind = metrics.events.entry((&*kind.name).into()).or_default();
            of_kind.accepted += counts.accepted;
            of_kind.late += counts.late;
            of_kind.duplicate += counts.duplicate;
            of_kind.conflict += counts.conflict;
            of_kind.too_late += counts.too_late;
            of_kind.too_early += counts.too_early;
        }
        metrics
    }

    /// Counts on under a schema that numbers kinds anew.
    pub(crate) fn renumber(&mut self, old: &Schema) {
        let events = self.named(old).events;
        self.metrics.events = events;
        self.events.clear();
    }
}

impl<P: LiveProfile> Engine<P> {
    /// What the engine has done since it was made or restored, and how it stands.
    ///
    /// ```
    /// use segue::engine::Engine;
    /// use segue::profile::{Model, Record, RecordEvent};
    /// use segue::Rulebook;
    ///
    /// let rulebook = Rulebook::from_toml("[schema.events.viewed]\n[segments]\nlooking = 'viewed within 30 days'")?;
    /// let mut engine = Engine::new(&rulebook, &Model::<Record>::for_schema(rulebook.schema()))?;
    /// let viewed = RecordEvent::new(rulebook.schema(), "viewed", "2026-03-02T10:00:00Z", [])?.with_id("v-1");
    /// for _ in 0..2 {
    ///     let _ = engine.observe("anna", viewed.clone(), &mut Vec::new());
    /// }
    /// let metrics = engine.metrics();
    /// assert_eq!((metrics.events["viewed"].accepted, metrics.events["viewed"].duplicate), (1, 1));
    /// assert_eq!(metrics.entered["looking"], 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn metrics(&self) -> EngineMetrics {
        let first = self.wakeups.first().map(|(at, _)| at);
        let outstanding = first.filter(|at| *at < self.state.header.due_before);
        EngineMetrics {
            profiles: self.len(),
            outstanding_since: outstanding.map(Instant::from_micros),
            ..self.counters.named(&self.plan.model.schema)
        }
    }
}

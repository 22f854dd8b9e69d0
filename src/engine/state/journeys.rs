//! Where one profile is in its journeys.

use super::entry::TriggerEntry;
use crate::engine::ids::TriggerId;
use crate::rule::journey::StepId;
use crate::time::NEVER;
use serde::{Deserialize, Serialize};

/// The runs of a profile, by journey and key, of which there is one each.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct JourneyRuns(Vec<JourneyRun>);

/// One way of a profile through a journey.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct JourneyRun {
    /// When to look at it again: nothing happens to it by itself before.
    pub(crate) due: i64,
    pub(crate) journey: TriggerId,
    pub(crate) place: RunPlace,
    pub(crate) entry: Box<TriggerEntry>,
    /// Of steps that were come to before, or whose `go` was followed.
    pub(crate) visits: Vec<StepVisits>,
}

/// Where a run stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum RunPlace {
    /// In a step, since an instant.
    Step { step: StepId, since: i64 },
    /// At the end; the goal may still be reached.
    Ended,
    /// It never began, because the profile is held out; the goal may still be reached.
    HeldOut,
}

/// How often a run was in a step, and followed its `go`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct StepVisits {
    pub(crate) step: StepId,
    pub(crate) visits: u32,
    pub(crate) gone: u32,
}

impl JourneyRun {
    /// The step in which it is.
    pub(crate) fn step(&self) -> Option<StepId> {
        match self.place {
            RunPlace::Step { step, .. } => Some(step),
            RunPlace::Ended | RunPlace::HeldOut => None,
        }
    }

    /// How often it was in a step before, and how often it followed the step's `go`.
    pub(crate) fn visits(&self, step: StepId) -> StepVisits {
        let mut known = self.visits.iter();
        known
            .find(|v| v.step == step)
            .copied()
            .unwrap_or(StepVisits {
                step,
                visits: 0,
                gone: 0,
            })
    }

    /// How many steps it has done since it came in.
    pub(crate) fn passed(&self) -> u64 {
        self.visits.iter().map(|v| u64::from(v.visits)).sum()
    }

    /// Counts that it leaves a step, and whether by its `go`.
    pub(crate) fn count(&mut self, step: StepId, by_go: bool) {
        let mut counted = self.visits(step);
        counted.visits = counted.visits.saturating_add(1);
        counted.gone = counted.gone.saturating_add(u32::from(by_go));
        self.visits.retain(|v| v.step != step);
        self.visits.push(counted);
    }
}

impl JourneyRuns {
    pub(crate) const EMPTY: JourneyRuns = JourneyRuns(Vec::new());

    /// The first instant at which to look at one of them.
    pub(crate) fn next_due(&self) -> i64 {
        self.0.iter().map(|run| run.due).min().unwrap_or(NEVER)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &JourneyRun> {
        self.0.iter()
    }

    /// Has all runs looked at again.
    pub(crate) fn look_again(&mut self, now: i64) {
        self.0.iter_mut().for_each(|run| run.due = run.due.min(now));
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether there is a run of a journey.
    pub(crate) fn has(&self, journey: TriggerId) -> bool {
        self.0.iter().any(|run| run.journey == journey)
    }

    /// The journeys of which a run is due, each once.
    pub(crate) fn due(&self, now: i64) -> Vec<TriggerId> {
        let due = self.0.iter().filter(|run| run.due <= now);
        let mut journeys: Vec<TriggerId> = due.map(|run| run.journey).collect();
        journeys.dedup();
        journeys
    }

    fn position(&self, journey: TriggerId, key: Option<&str>) -> Result<usize, usize> {
        self.0
            .binary_search_by(|run| (run.journey, run.entry.key.as_deref()).cmp(&(journey, key)))
    }

    /// The run of a journey and a key.
    pub(crate) fn of(&self, journey: TriggerId, key: Option<&str>) -> Option<&JourneyRun> {
        self.position(journey, key).ok().and_then(|i| self.0.get(i))
    }

    /// Takes out the run of a journey and a key.
    pub(crate) fn remove(&mut self, journey: TriggerId, key: Option<&str>) {
        if let Ok(i) = self.position(journey, key) {
            self.0.remove(i);
        }
    }

    /// Puts a run in its place, instead of another of the same journey and key.
    pub(crate) fn put(&mut self, run: JourneyRun) {
        match self.position(run.journey, run.entry.key.as_deref()) {
            Ok(i) => {
                if let Some(place) = self.0.get_mut(i) {
                    *place = run;
                }
            }
            Err(i) => self.0.insert(i, run),
        }
    }

    /// Takes in the runs of another profile of the same person: of two of a journey and a key, the one that is in a step, and of
    /// two that are, the one that entered first.
    pub(crate) fn merge(&mut self, other: JourneyRuns) {
        let rank = |run: &JourneyRun| (run.step().is_none(), run.entry.at);
        for run in other.0 {
            let known = self.of(run.journey, run.entry.key.as_deref());
            if known.is_none_or(|known| rank(&run) < rank(known)) {
                self.put(run);
            }
        }
    }

    /// Whether everything belongs to known journeys, steps and instants, and is in order.
    pub(crate) fn is_sound(
        &self,
        steps_of: impl Fn(TriggerId) -> Option<usize>,
        is_instant: impl Fn(i64) -> bool,
        is_to_come: impl Fn(i64) -> bool,
    ) -> bool {
        let is_right = |run: &JourneyRun| {
            let Some(steps) = steps_of(run.journey) else {
                return false;
            };
            let place = match &run.place {
                RunPlace::Step { step, since } => step.index() < steps && is_instant(*since),
                RunPlace::Ended | RunPlace::HeldOut => true,
            };
            place
                && steps > 0
                && (run.due == NEVER || is_to_come(run.due))
                && is_instant(run.entry.at)
                && run.visits.iter().all(|v| v.step.index() < steps)
        };
        let key = |run: &JourneyRun| (run.journey, run.entry.key.clone());
        self.0.iter().all(is_right) && self.0.is_sorted_by(|a, b| key(a) < key(b))
    }

    /// Numbers journeys and steps anew; what has no number any more is taken out and returned.
    pub(crate) fn renumber(
        &mut self,
        journey: impl Fn(TriggerId) -> Option<TriggerId>,
        step: impl Fn(TriggerId, StepId) -> Option<StepId>,
    ) -> Vec<JourneyRun> {
        let mut gone = Vec::new();
        for mut run in std::mem::take(&mut self.0) {
            let old = run.journey;
            let Some(new) = journey(old) else {
                gone.push(run);
                continue;
            };
            let moved = run.step().map(|at| step(old, at));
            if moved == Some(None) {
                gone.push(run);
                continue;
            }
            if let (RunPlace::Step { step, .. }, Some(Some(new))) = (&mut run.place, moved) {
                *step = new;
            }
            run.visits.retain_mut(|visits| {
                step(old, visits.step)
                    .map(|new| visits.step = new)
                    .is_some()
            });
            run.journey = new;
            self.0.push(run);
        }
        self.0
            .sort_by(|a, b| (a.journey, &a.entry.key).cmp(&(b.journey, &b.entry.key)));
        gone
    }
}

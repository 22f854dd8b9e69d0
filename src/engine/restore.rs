//! Going on from what was kept.

use super::Engine;
use super::acts::{Due, Pending};
use super::live::LiveProfile;
use super::occasions::TriggerPlan;
use super::output::Cause;
use super::plan::Plan;
use super::slots::Slots;
use super::state::{EngineState, EventIds, Kept, Stages};
use super::turn::Turn;
use super::wakeups::Wakeups;
use crate::eval::BindError;
use crate::profile::Model;
use crate::rulebook::Rulebook;
use crate::time::{Instant, NEVER};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

impl<P: LiveProfile> Plan<P> {
    /// The state of an engine that has seen nothing yet.
    pub(crate) fn blank_state(&self) -> EngineState<P> {
        EngineState {
            now: Instant::MIN.micros(),
            lateness: 0,
            max_future_skew: NEVER,
            segments: self
                .segments
                .iter()
                .map(|s| ((&*s.name).into(), s.version.clone()))
                .collect(),
            lifecycles: (self.lifecycles.iter())
                .map(|l| Stages {
                    lifecycle: l.name.clone(),
                    per: l.per.clone(),
                    version: l.version.clone(),
                    names: l.stages.to_vec(),
                })
                .collect(),
            triggers: self
                .triggers
                .iter()
                .map(|t| (t.trigger.name.clone(), t.version.clone()))
                .collect(),
            profiles: Vec::new(),
        }
    }
}

impl<P: LiveProfile> Engine<P> {
    /// An engine that goes on from a state as the one went on that it was taken from.
    ///
    /// The rulebook may be another than the state's. Segments and lifecycles that are new or say something else are judged
    /// at the instant of the state, and nothing of that is told; stages are matched by name, and moves into stages that
    /// are no more are forgotten. What waits is kept by the name of its trigger; a silence lasts as long as the trigger now
    /// says, and dates are those it now asks for.
    ///
    /// # Errors
    /// If the profile type lacks something that a rule reads, or has it with another type.
    pub fn restore(
        rulebook: &Rulebook,
        model: &Model<P>,
        mut state: EngineState<P>,
    ) -> Result<Self, BindError> {
        let plan = Arc::new(Plan::new(rulebook, model)?);
        let fresh = plan.blank_state();
        if let Some(live) = state.profiles.first() {
            plan.meet(&P::blank(model, &live.id));
        }
        let known: HashMap<&(Arc<str>, Arc<str>), u32> = fresh.segments.iter().zip(0..).collect();
        let places: Vec<Option<u32>> = state
            .segments
            .iter()
            .map(|s| known.get(s).copied())
            .collect();
        let old: HashSet<&(Arc<str>, Arc<str>)> = state.segments.iter().collect();
        let new_segments: Vec<u32> = fresh
            .segments
            .iter()
            .zip(0..)
            .filter(|(s, _)| !old.contains(s))
            .map(|(_, unit)| unit)
            .collect();
        let changed: Vec<usize> = (fresh.lifecycles.iter().enumerate())
            .filter(|(_, l)| !state.lifecycles.contains(l))
            .map(|(i, _)| i)
            .collect();
        let same_triggers = state.triggers == fresh.triggers;
        let of_triggers: Vec<Option<u32>> = (state.triggers.iter())
            .map(|(name, _)| {
                fresh
                    .triggers
                    .iter()
                    .position(|(n, _)| n == name)
                    .and_then(|i| u32::try_from(i).ok())
            })
            .collect();
        let mut slots = Slots::default();
        let mut wakeups = Wakeups::default();
        for (slot, live) in (0..).zip(&mut state.profiles) {
            if live.id.is_empty() {
                live.id = live.profile.id().to_string().into();
            }
            slots.insert(&live.id, slot);
            live.ids = EventIds::of(&live.profile);
            live.begin_anew();
            live.entries.retain_mut(|entry| {
                match places.get(entry.segment as usize).copied().flatten() {
                    Some(unit) => {
                        entry.segment = unit;
                        true
                    }
                    None => false,
                }
            });
            live.entries.sort_unstable_by_key(|e| e.segment);
            live.stages
                .retain_mut(|kept| rename(kept, &state.lifecycles, &fresh.lifecycles));
            live.stages.sort_unstable_by(|a, b| {
                (&a.lifecycle, &a.subject).cmp(&(&b.lifecycle, &b.subject))
            });
            if !same_triggers {
                live.acts_mut()
                    .rename(|trigger| of_triggers.get(trigger as usize).copied().flatten());
                live.acts_mut()
                    .retime(|pending| plan.triggers.get(pending.trigger as usize)?.due(pending));
            }
            let mut turn = Turn::silent(&plan, live, state.now, &Cause::Rules);
            turn.lifecycles_of_all(changed.iter().copied());
            turn.segments(new_segments.iter().copied());
            if !same_triggers {
                turn.arm_all();
            }
            wakeups.wait(slot, live);
        }
        (state.segments, state.lifecycles, state.triggers) =
            (fresh.segments, fresh.lifecycles, fresh.triggers);
        Ok(Engine {
            plan,
            state,
            slots,
            wakeups,
            units: Vec::new(),
            due: Vec::new(),
            explains: true,
        })
    }
}

impl<P: LiveProfile> TriggerPlan<P> {
    /// When something that waits is due, by the trigger as it now is; `None` where it waits for something else now.
    fn due(&self, pending: &Pending) -> Option<i64> {
        match &pending.what {
            Due::Comes => self.is_dated().then_some(pending.at),
            Due::Silence { since } => Some(self.silence_ends(*since)).filter(|at| *at != NEVER),
            Due::Message(_) => Some(pending.at),
        }
    }
}

/// Counts the stages of kept moves anew; whether the lifecycle is there still, and about the same.
fn rename(kept: &mut Kept, old: &[Stages], new: &[Stages]) -> bool {
    let find = |all: &'_ [Stages]| all.iter().find(|l| l.lifecycle == kept.lifecycle).cloned();
    let (Some(old), Some(new)) = (find(old), find(new)) else {
        return false;
    };
    if old.per != new.per {
        return false;
    }
    if old.names != new.names {
        kept.moves.retain_mut(|m| {
            let name = old.names.get(usize::from(m.stage));
            let place = new
                .names
                .iter()
                .position(|n| Some(n) == name)
                .and_then(|i| u8::try_from(i).ok());
            place.map(|i| m.stage = i).is_some()
        });
    }
    true
}

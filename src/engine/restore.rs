//! Continuing from a kept state, under the same rulebook or another.

use super::Engine;
use super::ids::{LifecycleId, SegmentId, TriggerId};
use super::input::InputBuffers;
use super::live_profile::LiveProfile;
use super::output::Cause;
use super::plan::{Plan, TriggerOn};
use super::state::{
    EngineState, EntryTimer, EventIds, LifecycleState, ProfileState, SavedLifecycle, TimerKind,
    Wakeups,
};
use super::update::Update;
use crate::eval::BindError;
use crate::ir::StageId;
use crate::profile::Model;
use crate::rulebook::Rulebook;
use crate::time::NEVER;
use std::collections::HashMap;
use std::sync::Arc;

impl<P: LiveProfile> Engine<P> {
    /// An engine that continues from a state as the one did that it was taken from.
    ///
    /// The rulebook may be another than the state's. Segments and lifecycles that are new or mean something else are
    /// evaluated at the instant of the state, and nothing of that is reported; stages are matched by name, and transitions
    /// into stages that are gone are forgotten. What waits is kept by the name of its trigger; a silence lasts as long as
    /// the trigger now says, and dates are those it now asks for.
    ///
    /// # Errors
    /// If the profile type lacks something that a rule reads, or has it with another type.
    pub fn restore(
        rulebook: &Rulebook,
        model: &Model<P>,
        mut state: EngineState<P>,
    ) -> Result<Self, BindError> {
        let plan = Arc::new(Plan::new(rulebook, model)?);
        if let Some(first) = state.profiles.iter().next() {
            plan.learn_blank(&P::blank(model, &first.id));
        }
        let migration = Migration::new(&state, plan.blank_state());
        for (_, profile) in state.profiles.iter_mut() {
            profile.ids = EventIds::of(&profile.profile);
            migration.renumber(profile, &plan);
            let mut update = Update::silent(&plan, profile, state.now, &Cause::Rules);
            update.lifecycles_of_all_subjects(migration.changed_lifecycles.iter().copied());
            update.segments(migration.changed_segments.iter().copied());
            if !migration.has_same_triggers {
                update.set_timers();
            }
        }
        let wakeups = Wakeups::of(&mut state.profiles);
        let new = migration.new;
        (state.segments, state.lifecycles, state.triggers) =
            (new.segments, new.lifecycles, new.triggers);
        Ok(Engine {
            plan,
            state,
            wakeups,
            buffers: InputBuffers::default(),
            explains: true,
        })
    }
}

/// How the numbers of one rulebook become those of another.
struct Migration<P> {
    /// By old number.
    segments: Vec<Option<SegmentId>>,
    /// By old number.
    triggers: Vec<Option<TriggerId>>,
    old_lifecycles: Vec<SavedLifecycle>,
    /// A blank state under the new rulebook.
    new: EngineState<P>,
    changed_segments: Vec<SegmentId>,
    changed_lifecycles: Vec<LifecycleId>,
    has_same_triggers: bool,
}

impl<P: LiveProfile> Migration<P> {
    fn new(old: &EngineState<P>, new: EngineState<P>) -> Self {
        let known: HashMap<_, usize> = new.segments.iter().zip(0..).collect();
        let segments = old.segments.iter();
        let triggers = old.triggers.iter().map(|(old_name, _)| {
            let names = &mut new.triggers.iter().map(|(name, _)| name);
            names.position(|name| name == old_name).map(TriggerId::new)
        });
        Migration {
            segments: segments
                .map(|s| known.get(s).map(|i| SegmentId::new(*i)))
                .collect(),
            triggers: triggers.collect(),
            old_lifecycles: old.lifecycles.clone(),
            changed_segments: added(&old.segments, &new.segments)
                .map(SegmentId::new)
                .collect(),
            changed_lifecycles: added(&old.lifecycles, &new.lifecycles)
                .map(LifecycleId::new)
                .collect(),
            has_same_triggers: old.triggers == new.triggers,
            new,
        }
    }

    /// Numbers everything in the state of a profile anew, and drops what is gone.
    fn renumber(&self, profile: &mut ProfileState<P>, plan: &Plan<P>) {
        let segment = |old: SegmentId| self.segments.get(old.index()).copied().flatten();
        profile.memberships.renumber(segment);
        profile
            .stages
            .retain_mut(|state| renumber_stages(state, &self.old_lifecycles, &self.new.lifecycles));
        if !self.has_same_triggers {
            let trigger = |old: TriggerId| self.triggers.get(old.index()).copied().flatten();
            let due = |timer: &EntryTimer| due_under(plan, timer);
            profile.triggers_mut().renumber(trigger, due);
        }
        profile.reset_derived();
    }
}

/// The positions of what is not among the old.
fn added<T: PartialEq + std::hash::Hash + Eq>(old: &[T], new: &[T]) -> impl Iterator<Item = usize> {
    let old: std::collections::HashSet<&T> = old.iter().collect();
    let new = new.iter().enumerate();
    new.filter(move |(_, item)| !old.contains(item))
        .map(|(i, _)| i)
}

/// When a timer is due under new rules; `None` if its trigger waits for something else now.
fn due_under<P: LiveProfile>(plan: &Plan<P>, timer: &EntryTimer) -> Option<i64> {
    let trigger = plan.trigger(timer.trigger)?;
    match (timer.kind, &trigger.on) {
        (TimerKind::Date, _) => trigger.is_dated().then_some(timer.at),
        (TimerKind::Silence { since }, TriggerOn::Silence(silence)) => {
            Some(silence.end(since)).filter(|at| *at != NEVER)
        }
        (
            TimerKind::Silence { .. },
            TriggerOn::Stage { .. }
            | TriggerOn::Segment { .. }
            | TriggerOn::Event(_)
            | TriggerOn::Date(_)
            | TriggerOn::Schedule { .. },
        ) => None,
    }
}

/// Numbers the stages of a lifecycle anew; whether the lifecycle is still there, and about the same subjects.
fn renumber_stages(
    state: &mut LifecycleState,
    old: &[SavedLifecycle],
    new: &[SavedLifecycle],
) -> bool {
    let find = |all: &'_ [SavedLifecycle]| {
        let mut all = all.iter();
        all.find(|l| l.lifecycle == state.lifecycle).cloned()
    };
    let (Some(old), Some(new)) = (find(old), find(new)) else {
        return false;
    };
    if old.per != new.per {
        return false;
    }
    if old.stages != new.stages {
        state.moves.retain_mut(|m| {
            let name = old.stages.get(m.stage.index());
            let stage = new.stages.iter().position(|n| Some(n) == name);
            stage.map(|i| m.stage = StageId::new(i)).is_some()
        });
    }
    true
}

//! Journeys, checked: steps, what each waits for and does, and where it goes on.

use super::Rule;
use super::wait::Wait;
use crate::ir::CalendarSpan;
use crate::schema::ids::ids;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

ids! {
    /// A step of a journey, by its position.
    StepId,
}

/// What becomes of a profile that a trigger lets in. The actions of all steps stand in the trigger, one behind the other.
#[derive(Clone, Debug)]
pub(crate) struct JourneyRules {
    /// In order; there is at least one.
    pub(crate) steps: Vec<JourneyStep>,
    /// Ends it wherever the profile is.
    pub(crate) exit: Option<Rule>,
    pub(crate) goal: Option<Goal>,
    /// Whether those who are in its segment when it is new are let in.
    pub(crate) enrols_members: bool,
    /// The steps that stand for others of former versions.
    pub(crate) moved: BTreeMap<Arc<str>, StepId>,
}

/// What a journey is to bring about.
#[derive(Clone, Debug)]
pub(crate) struct Goal {
    pub(crate) when: Rule,
    /// How long after entering it counts, the end included; as long as the profile is in the journey if nothing is said.
    pub(crate) within: Option<CalendarSpan>,
}

/// A step: it waits, acts and goes on.
#[derive(Clone, Debug)]
pub(crate) struct JourneyStep {
    pub(crate) name: Arc<str>,
    pub(crate) wait: StepWait,
    /// By their places in the trigger.
    pub(crate) actions: Range<usize>,
    /// The first that holds is taken.
    pub(crate) choices: Vec<Choice>,
    pub(crate) next: Next,
    /// The step that stands behind this one.
    pub(crate) following: Target,
}

/// What a step waits for before it acts.
#[derive(Clone, Debug)]
pub(crate) enum StepWait {
    Nothing,
    /// An instant.
    Time(Wait),
    /// A condition.
    Answer {
        rule: Rule,
        /// The end included; for ever if nothing is said.
        at_most: Option<CalendarSpan>,
        /// Where it goes on if that did not come in time.
        otherwise: Target,
    },
}

/// One case of a step.
#[derive(Clone, Debug)]
pub(crate) struct Choice {
    pub(crate) when: Rule,
    /// By their places in the trigger.
    pub(crate) actions: Range<usize>,
    pub(crate) go: Option<Target>,
}

/// Where a step goes on when it has acted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Next {
    pub(crate) target: Target,
    /// How often in one run; from then on the following step is next.
    pub(crate) times: Option<u16>,
}

/// A step, or the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    Step(StepId),
    End,
}

impl JourneyRules {
    /// Whether the goal counts for those as well who are not in the journey: those who have left, and those who are held out.
    pub(crate) fn has_timed_goal(&self) -> bool {
        self.goal.as_ref().is_some_and(|goal| goal.within.is_some())
    }

    pub(crate) fn step(&self, id: StepId) -> Option<&JourneyStep> {
        self.steps.get(id.index())
    }

    pub(crate) fn step_named(&self, name: &str) -> Option<StepId> {
        let found = self.steps.iter().position(|step| *step.name == *name);
        found.map(StepId::new)
    }

    /// The step of an action, the case in it, and the action's place there.
    pub(crate) fn place_of(&self, action: usize) -> Option<(&JourneyStep, Option<usize>, usize)> {
        self.steps.iter().find_map(|step| {
            let choices = step.choices.iter().enumerate();
            let mut ranges = std::iter::once((None, &step.actions))
                .chain(choices.map(|(i, choice)| (Some(i), &choice.actions)));
            let (choice, range) = ranges.find(|(_, range)| range.contains(&action))?;
            Some((step, choice, action - range.start))
        })
    }

    /// The conditions that have a run go on: the exit, the goal, and what steps wait for.
    pub(crate) fn awaited(&self) -> impl Iterator<Item = &Rule> {
        let steps = self.steps.iter().filter_map(|step| match &step.wait {
            StepWait::Answer { rule, .. } => Some(rule),
            StepWait::Nothing | StepWait::Time(_) => None,
        });
        let goal = self.goal.iter().map(|goal| &goal.when);
        self.exit.iter().chain(goal).chain(steps)
    }

    /// All conditions.
    pub(crate) fn conditions(&self) -> impl Iterator<Item = &Rule> {
        let choices = self.steps.iter().flat_map(|step| &step.choices);
        self.awaited().chain(choices.map(|choice| &choice.when))
    }

    /// How long steps wait at most, and how long the goal counts.
    pub(crate) fn lengths(&self) -> impl Iterator<Item = CalendarSpan> {
        let steps = self.steps.iter().filter_map(|step| match step.wait {
            StepWait::Answer { at_most, .. } => at_most,
            StepWait::Nothing | StepWait::Time(_) => None,
        });
        steps.chain(self.goal.iter().filter_map(|goal| goal.within))
    }

    /// The instants that steps wait for.
    pub(crate) fn waits(&self) -> impl Iterator<Item = &Wait> {
        self.steps.iter().filter_map(|step| match &step.wait {
            StepWait::Time(wait) => Some(wait),
            StepWait::Nothing | StepWait::Answer { .. } => None,
        })
    }
}

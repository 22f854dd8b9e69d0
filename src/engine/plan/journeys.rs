//! The journeys of a rulebook, bound to a profile type.

use crate::engine::live_profile::LiveProfile;
use crate::engine::triggers::WaitPlan;
use crate::eval::Binder;
use crate::eval::cond::Node;
use crate::ir::CalendarSpan;
use crate::rule::Rule;
use crate::rule::journey::{JourneyRules, JourneyStep, StepId, StepWait};
use std::sync::Arc;

/// A journey ready to run.
pub(crate) struct JourneyPlan<P: LiveProfile> {
    steps: Box<[StepPlan<P>]>,
    pub(crate) exit: Option<Node<P>>,
    pub(crate) goal: Option<Node<P>>,
    /// Whether `at_most` or the time of the goal counts months, which the zone moves.
    has_months: bool,
    /// The names of the steps.
    pub(crate) names: Box<[Arc<str>]>,
}

/// A step ready to run.
pub(crate) struct StepPlan<P: LiveProfile> {
    pub(crate) wait: StepWaitPlan<P>,
    /// The conditions of its cases.
    pub(crate) choices: Box<[Node<P>]>,
}

/// What a step waits for.
pub(crate) enum StepWaitPlan<P: LiveProfile> {
    Nothing,
    Time(WaitPlan<P>),
    Answer(Node<P>),
}

impl<P: LiveProfile> JourneyPlan<P> {
    pub(super) fn new(journey: &JourneyRules, binder: &mut Binder<'_, P>) -> Self {
        let mut bind = |rule: &Rule| binder.cond(rule.root());
        let exit = journey.exit.as_ref().map(&mut bind);
        let goal = journey.goal.as_ref().map(|goal| bind(&goal.when));
        let steps = journey.steps.iter();
        JourneyPlan {
            exit,
            goal,
            has_months: journey
                .lengths()
                .any(|l| matches!(l, CalendarSpan::Months(_))),
            names: steps.clone().map(|step| step.name.clone()).collect(),
            steps: steps.map(|step| StepPlan::new(step, binder)).collect(),
        }
    }

    pub(crate) fn step(&self, id: StepId) -> Option<&StepPlan<P>> {
        let step = self.steps.get(id.index());
        // INVARIANT: ids are positions in the journey that gave them out; restoring a state renumbers them.
        debug_assert!(step.is_some(), "no step {id:?}");
        step
    }

    /// Whether it may end at another instant once the profile has other values.
    pub(crate) fn has_dated_wait(&self) -> bool {
        let mut waits = self.steps.iter().map(|step| &step.wait);
        self.has_months
            || waits.any(|wait| matches!(wait, StepWaitPlan::Time(wait) if wait.is_dated()))
    }
}

impl<P: LiveProfile> StepPlan<P> {
    fn new(step: &JourneyStep, binder: &mut Binder<'_, P>) -> Self {
        StepPlan {
            wait: match &step.wait {
                StepWait::Nothing => StepWaitPlan::Nothing,
                StepWait::Time(wait) => StepWaitPlan::Time(WaitPlan::bind(wait, binder)),
                StepWait::Answer { rule, .. } => StepWaitPlan::Answer(binder.cond(rule.root())),
            },
            choices: (step.choices.iter())
                .map(|choice| binder.cond(choice.when.root()))
                .collect(),
        }
    }
}

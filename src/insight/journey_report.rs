//! The flow through journeys: who came in, where they went on to, where they are, and whether the goal was reached.

use super::durations::{StageDurations, VisitLengths};
use crate::engine::{EngineOutput, JourneyPassage, OutputKind, PassageReason, SuppressionReason};
use crate::rulebook::Rulebook;
use crate::time::Instant;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// Builds [`JourneyReport`]s from the output of an engine: by step, how many came to it, are in it and left it, and why; and how
/// many of those who entered, and of those who were held out, reached the goal.
///
/// It is given everything that an engine reports, in that order ([`record`](Self::record)). Flow and stock balance: who came to a
/// step has left it or is in it.
///
/// ```
/// use segue::engine::Engine;
/// use segue::insight::JourneyReportBuilder;
/// use segue::profile::{Model, Record, RecordEvent};
/// use segue::Rulebook;
///
/// let rulebook = Rulebook::from_toml(r#"
///     schema.events = { subscribed = {}, purchased = {} }
///     channels.email = {}
///     messages.letter = { channel = "email" }
///
///     [journeys.welcome]
///     on = "subscribed"
///     goal = { when = "purchased since entered", within = "14 days" }
///     steps = [
///         { name = "first", wait = "1 day", do = [{ send = "letter" }] },
///         { name = "second", wait = "1 day", do = [{ send = "letter" }] },
///     ]
/// "#)?;
/// let mut engine = Engine::new(&rulebook, &Model::<Record>::for_schema(rulebook.schema()))?;
/// let mut out = Vec::new();
/// for (customer, kind, at) in [
///     ("anna", "subscribed", "2026-03-02T10:00:00Z"),
///     ("ben", "subscribed", "2026-03-03T10:00:00Z"),
///     ("anna", "purchased", "2026-03-04T08:00:00Z"),
/// ] {
///     let _ = engine.observe(customer, RecordEvent::new(rulebook.schema(), kind, at, [])?, &mut out);
/// }
/// engine.advance("2026-03-05T09:00:00Z".parse()?, &mut out);
///
/// let mut report = JourneyReportBuilder::new(&rulebook);
/// out.iter().for_each(|output| report.record(output));
/// let welcome = &report.build(engine.now())[0];
/// assert_eq!((welcome.entered, welcome.ended_by["goal"]), (2, 1));
/// let second = &welcome.steps[1];
/// assert_eq!((second.entered, second.present, second.left_by["goal"]), (2, 1, 1));
/// assert_eq!((welcome.goal.reached, welcome.goal.of), (1, 2));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct JourneyReportBuilder {
    journeys: Vec<JourneyCounts>,
}

/// The flow through one journey.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct JourneyReport {
    /// The journey's name.
    pub journey: Arc<str>,
    /// How many runs there were: how often a profile entered.
    pub entered: u64,
    /// How many runs there are now.
    pub present: u64,
    /// How many runs are over, by the reason ([`PassageReason::name`]).
    pub ended_by: BTreeMap<Arc<str>, u64>,
    /// The steps, in their order.
    pub steps: Vec<StepFlow>,
    /// Of those who entered, how many reached the goal in its time.
    pub goal: GoalRate,
    /// The same of those who were held out.
    pub held_out: GoalRate,
}

/// What went through one step of a journey.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct StepFlow {
    /// The step's name.
    pub step: Arc<str>,
    /// How many times a run came to it.
    pub entered: u64,
    /// How many runs are in it now.
    pub present: u64,
    /// How many times a run left it, by the reason ([`PassageReason::name`]).
    pub left_by: BTreeMap<Arc<str>, u64>,
    /// How long runs stayed in it.
    pub stay: StageDurations,
}

/// How many of some runs reached the goal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct GoalRate {
    /// How many reached it.
    pub reached: u64,
    /// Of how many.
    pub of: u64,
}

#[derive(Clone, Debug)]
struct JourneyCounts {
    name: Arc<str>,
    steps: Vec<StepCounts>,
    entered: u64,
    ended_by: BTreeMap<PassageReason, u64>,
    goal: GoalRate,
    held_out: GoalRate,
    /// Where each run is, by profile and subject.
    current: HashMap<(Arc<str>, Option<Arc<str>>), CurrentStep>,
}

#[derive(Clone, Debug)]
struct CurrentStep {
    name: Arc<str>,
    since: Instant,
}

#[derive(Clone, Debug, Default)]
struct StepCounts {
    name: Arc<str>,
    entered: u64,
    left_by: BTreeMap<PassageReason, u64>,
    stays: VisitLengths,
}

impl JourneyReportBuilder {
    /// Counts the journeys of a rulebook.
    #[must_use]
    pub fn new(rulebook: &Rulebook) -> Self {
        let journeys = rulebook.journeys().map(|journey| JourneyCounts {
            name: journey.name().into(),
            steps: (journey.steps())
                .map(|step| StepCounts {
                    name: step.into(),
                    ..StepCounts::default()
                })
                .collect(),
            entered: 0,
            ended_by: BTreeMap::new(),
            goal: GoalRate::default(),
            held_out: GoalRate::default(),
            current: HashMap::new(),
        });
        JourneyReportBuilder {
            journeys: journeys.collect(),
        }
    }

    /// Counts an output of the engine. Only passages, and the entries of those who were held out, matter.
    pub fn record(&mut self, output: &EngineOutput) {
        if let OutputKind::JourneyPassed(passage) = &output.kind
            && let Some(counts) = self.counts_mut(&passage.journey)
        {
            counts.record(output, passage);
        }
        if let OutputKind::Suppressed(held) = &output.kind
            && held.reason == (SuppressionReason::Holdout { own: true })
            && let Some(counts) = held.journey.as_ref().and_then(|name| self.counts_mut(name))
        {
            counts.held_out.of += 1;
        }
    }

    /// The reports, in the order of the rulebook. Stays that last at `until` have lasted until then.
    #[must_use]
    pub fn build(&self, until: Instant) -> Vec<JourneyReport> {
        let journeys = self.journeys.iter();
        journeys.map(|counts| counts.report(until)).collect()
    }

    fn counts_mut(&mut self, journey: &str) -> Option<&mut JourneyCounts> {
        self.journeys.iter_mut().find(|c| *c.name == *journey)
    }
}

impl JourneyCounts {
    fn record(&mut self, output: &EngineOutput, passage: &JourneyPassage) {
        let reached = passage.because == PassageReason::Goal;
        if passage.held_out {
            self.held_out.reached += u64::from(reached);
            return;
        }
        self.goal.reached += u64::from(reached);
        if passage.because == PassageReason::Entered {
            self.entered += 1;
            self.goal.of += 1;
        }
        // It goes on in a run of another profile, which has left for the same reason.
        if passage.because == PassageReason::Merged && passage.from.is_none() {
            self.entered += 1;
        }
        let key = (Arc::from(&*output.profile), passage.subject.clone());
        let before = self.current.remove(&key);
        if let Some(from) = passage.from.as_ref().and_then(|from| self.step_mut(from)) {
            *from.left_by.entry(passage.because).or_default() += 1;
            if let Some(before) = before {
                from.stays.add(before.since, output.at);
            }
        }
        if let Some(to) = &passage.to {
            if let Some(step) = self.step_mut(to) {
                step.entered += 1;
            }
            let current = CurrentStep {
                name: to.clone(),
                since: output.at,
            };
            self.current.insert(key, current);
        } else if passage.from.is_some() {
            *self.ended_by.entry(passage.because).or_default() += 1;
        }
    }

    fn step_mut(&mut self, name: &str) -> Option<&mut StepCounts> {
        self.steps.iter_mut().find(|step| *step.name == *name)
    }

    fn report(&self, until: Instant) -> JourneyReport {
        let named = |counts: &BTreeMap<PassageReason, u64>| {
            let counts = counts.iter();
            counts
                .map(|(reason, n)| (reason.name().into(), *n))
                .collect()
        };
        let steps = self.steps.iter().map(|step| {
            let here = self.current.values().filter(|c| c.name == step.name);
            let open = here.map(|current| Some(current.since));
            let stay = step.stays.durations(step.name.clone(), open, until);
            StepFlow {
                step: step.name.clone(),
                entered: step.entered,
                present: stay.open,
                left_by: named(&step.left_by),
                stay,
            }
        });
        JourneyReport {
            journey: self.name.clone(),
            entered: self.entered,
            present: u64::try_from(self.current.len()).unwrap_or(u64::MAX),
            ended_by: named(&self.ended_by),
            steps: steps.collect(),
            goal: self.goal,
            held_out: self.held_out,
        }
    }
}

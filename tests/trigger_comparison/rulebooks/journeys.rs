//! Journeys of random rulebooks: triggers whose actions stand in steps.

use super::document::{clock, hours};
use super::{Again, Occasion, Trigger};
use segue_test_support::random::Rng;
use serde_json::{Value as Json, json};
use std::ops::Range;

#[derive(Clone, Debug)]
pub(crate) struct Journey {
    pub(crate) exit: Option<&'static str>,
    /// The condition, and within how many hours.
    pub(crate) goal: Option<(&'static str, Option<i64>)>,
    /// Whether members of its segment are let in when it is new.
    pub(crate) enrols: bool,
    pub(crate) steps: Vec<JourneyStep>,
}

#[derive(Clone, Debug)]
pub(crate) struct JourneyStep {
    pub(crate) wait: StepWait,
    /// By their places among the acts of the trigger.
    pub(crate) acts: Range<usize>,
    pub(crate) choices: Vec<Choice>,
    pub(crate) go: Option<Target>,
    pub(crate) times: Option<u16>,
}

#[derive(Clone, Debug)]
pub(crate) enum StepWait {
    Nothing,
    Hours(i64),
    /// So many days, at so many quarters after midnight.
    Days(i64, i64),
    /// Until so many quarters after midnight.
    Clock(i64),
    /// A condition, `{}` standing where events without a window are; at most so many hours.
    Answer {
        text: &'static str,
        at_most: Option<i64>,
        otherwise: Option<Target>,
    },
}

#[derive(Clone, Debug)]
pub(crate) struct Choice {
    pub(crate) when: &'static str,
    pub(crate) acts: Range<usize>,
    pub(crate) go: Option<Target>,
}

/// A step by its number, or the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    Step(usize),
    End,
}

/// What steps wait for.
const ANSWERS: [&str; 8] = [
    "viewed{}",
    "purchased(category = \"tv\"){}",
    "viewed at least 2 times{}",
    "viewed{} or purchased{}",
    "not viewed within 2 hours",
    "sent(\"offer\"){}",
    "points >= 2",
    "purchased since entered and not viewed within 1 hour",
];

const EXITS: [&str; 6] = [
    "purchased since entered",
    "status = \"lapsed\"",
    "not viewed within 3 hours",
    "count(sent since entered) >= 2",
    "tagged \"winback\"",
    "points >= 3",
];

const GOALS: [&str; 3] = [
    "purchased(category = \"tv\") since entered",
    "points >= 2",
    "viewed at least 2 times since entered",
];

/// The name of a step.
pub(crate) fn name_of(step: usize) -> String {
    format!("step_{step}")
}

impl Journey {
    /// Puts the acts of a trigger into steps.
    pub(super) fn random(rng: &mut Rng, trigger: &Trigger) -> Journey {
        let count = 1 + rng.below(4);
        let mut rest = 0..trigger.acts.len();
        let mut some = |rng: &mut Rng| {
            let n = rng.below(3).min(rest.len());
            let taken = rest.start..rest.start + n;
            rest.start += n;
            taken
        };
        let steps = (0..count).map(|i| {
            let ahead = |rng: &mut Rng| match rng.below(3) {
                0 => None,
                1 => Some(Target::End),
                _ => Some(if i + 1 < count {
                    Target::Step(i + 1 + rng.below(count - 1 - i))
                } else {
                    Target::End
                }),
            };
            let wait = match rng.below(8) {
                0 | 1 => StepWait::Nothing,
                2 | 3 => StepWait::Hours(rng.pick(&[1, 2, 5, 24])),
                4 => StepWait::Days(rng.pick(&[1, 2]), rng.pick(&[0, 9, 10, 36])),
                5 => StepWait::Clock(rng.pick(&[1, 9, 36, 72])),
                _ => {
                    let at_most = rng.pick(&[None, Some(1), Some(3), Some(3)]);
                    StepWait::Answer {
                        text: rng.pick(&ANSWERS),
                        otherwise: at_most.and_then(|_| ahead(rng)),
                        at_most,
                    }
                }
            };
            let acts = some(rng);
            let choices = (0..rng.pick(&[0, 0, 1, 2])).map(|_| Choice {
                when: rng.pick(&[
                    "points >= 1",
                    "viewed within 2 hours",
                    "status = \"lapsed\"",
                ]),
                acts: some(rng),
                go: ahead(rng),
            });
            let choices = choices.collect();
            let (go, times) = match &wait {
                // The way back leads over a wait.
                StepWait::Hours(_) if rng.percent(40) => (
                    Some(Target::Step(rng.below(i + 1))),
                    Some(rng.pick(&[1, 2])),
                ),
                _ => (ahead(rng), None),
            };
            JourneyStep {
                wait,
                acts,
                choices,
                go,
                times,
            }
        });
        Journey {
            steps: steps.collect(),
            exit: rng.percent(50).then(|| rng.pick(&EXITS)),
            goal: rng
                .percent(50)
                .then(|| (rng.pick(&GOALS), rng.pick(&[None, Some(5), Some(30)]))),
            enrols: matches!(trigger.on, Occasion::Segment { entered: true, .. })
                && rng.percent(40),
        }
    }

    /// Has some steps wait for the segment that asks for the place in a journey.
    pub(super) fn wait_for_place(&mut self, rng: &mut Rng) {
        for step in &mut self.steps {
            if let StepWait::Answer { text, .. } = &mut step.wait
                && rng.percent(40)
            {
                *text = rng.pick(&["in segment idle", "not in segment idle"]);
            }
        }
    }

    /// Whether a condition of it has this in its text.
    pub(super) fn asks_for(&self, part: &str) -> bool {
        let texts = self.exit.into_iter().chain(self.goal.map(|goal| goal.0));
        let mut all = texts.chain(self.steps.iter().filter_map(|step| match step.wait {
            StepWait::Answer { text, .. } => Some(text),
            _ => None,
        }));
        all.any(|text| text.contains(part))
    }

    /// What is added to the document of the trigger, in which `acts` are what it does.
    pub(super) fn document(&self, mut of: Json, acts: &[Json]) -> Json {
        let target = |target: Option<Target>| match target {
            None => Json::Null,
            Some(Target::End) => json!("end"),
            Some(Target::Step(step)) => json!(name_of(step)),
        };
        let some = |range: &Range<usize>| json!(acts[range.clone()]);
        let step = |(i, step): (usize, &JourneyStep)| {
            let mut of = json!({"name": name_of(i), "do": some(&step.acts), "go": target(step.go), "times": step.times});
            match &step.wait {
                StepWait::Nothing => {}
                StepWait::Hours(n) => of["wait"] = json!(hours(*n)),
                StepWait::Days(n, at) => of["wait"] = json!(format!("{n} days at {}", clock(*at))),
                StepWait::Clock(at) => of["wait"] = json!(format!("until {}", clock(*at))),
                StepWait::Answer {
                    text,
                    at_most,
                    otherwise,
                } => {
                    of["wait_for"] = json!(text.replace("{}", ""));
                    of["at_most"] = json!(at_most.map(hours));
                    of["otherwise"] = target(*otherwise);
                }
            }
            let choice =
                |c: &Choice| json!({"when": c.when, "do": some(&c.acts), "go": target(c.go)});
            of["choose"] = step.choices.iter().map(choice).collect();
            of
        };
        of["steps"] = self.steps.iter().enumerate().map(step).collect();
        of["exit"] = json!(self.exit);
        if let Some((when, within)) = self.goal {
            of["goal"] = json!({"when": when, "within": within.map(hours)});
        }
        if self.enrols {
            of["enrol"] = json!("everybody");
        }
        of
    }
}

/// A trigger that is a journey.
pub(super) fn journey(rng: &mut Rng, mut trigger: Trigger) -> Trigger {
    trigger.name = format!("journey_{}", trigger.name);
    (trigger.cooldown, trigger.wait) = (None, None);
    if rng.percent(20) {
        trigger.holdout = Some(60);
    }
    trigger.again = match trigger.again {
        Again::Hours(n) if rng.percent(50) => Again::HoursAfterLeaving(n),
        again => again,
    };
    let mut journey = Journey::random(rng, &trigger);
    if trigger.holdout.is_some() {
        // Of those who are held out, this is all that is told.
        journey.goal = Some((rng.pick(&GOALS), Some(30)));
    }
    trigger.journey = Some(journey);
    trigger
}

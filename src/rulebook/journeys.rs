//! Loading journeys: what lets a profile in, the steps, and where each goes on. Their shape is checked in `shape`.

mod shape;

use super::actions::Actions;
use super::campaigns::Campaigns;
use super::document::{
    ActionDocument, ChoiceDocument, GoalDocument, JourneyDocument, RulebookDocument, StepDocument,
    TriggerDocument,
};
use super::reader::{KeyedText, Reader, quoted};
use super::triggers::Loading;
use crate::check::EntryNames;
use crate::check::trigger::Stages;
use crate::diagnostic::Diagnostic;
use crate::rule::Rule;
use crate::rule::journey::{
    Choice, Goal, JourneyRules, JourneyStep, Next, StepId, StepWait, Target,
};
use crate::rule::sending::Sending;
use crate::rule::trigger::{Action, Occasion, Trigger};
use crate::span::Span;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

/// The word for the end of a journey where a step is named.
const END: &str = "end";

/// The journeys in order of declaration.
pub(super) fn load(
    document: &RulebookDocument,
    stages: &Stages<'_>,
    (sending, campaigns): (&Sending, &Campaigns),
    reader: &mut Reader<'_>,
) -> Vec<Trigger> {
    let mut journeys = Vec::with_capacity(document.journeys.len());
    for (name, journey) in &document.journeys {
        let loader = JourneyLoader {
            name,
            journey,
            document,
            sending,
            campaigns,
            reader,
            actions: Vec::new(),
        };
        journeys.extend(loader.load(stages));
    }
    journeys
}

/// What lets a profile into a journey, as a trigger says it.
fn entrance(journey: &JourneyDocument) -> TriggerDocument {
    let journey = journey.clone();
    TriggerDocument {
        on: journey.on,
        when: journey.when,
        campaign: journey.campaign,
        priority: journey.priority,
        again: journey.again,
        per: journey.per,
        split: journey.split,
        holdout: journey.holdout,
        salt: journey.salt,
        held: journey.held,
        wait_at_most: journey.wait_at_most,
        version: journey.version,
        ..TriggerDocument::default()
    }
}

struct JourneyLoader<'a, 'r, 'c> {
    name: &'a str,
    journey: &'a JourneyDocument,
    document: &'a RulebookDocument,
    sending: &'a Sending,
    campaigns: &'a Campaigns,
    reader: &'r mut Reader<'c>,
    /// Those of the steps so far.
    actions: Vec<Action>,
}

impl<'a> JourneyLoader<'a, '_, '_> {
    fn load(mut self, stages: &Stages<'_>) -> Option<Trigger> {
        self.name_is_free();
        let document = entrance(self.journey);
        let mut loading = Loading {
            table: "journeys",
            name: self.name,
            trigger: &document,
            document: self.document,
            sending: self.sending,
            campaigns: self.campaigns,
            reader: self.reader,
        };
        let (occasion, entry) = loading.occasion(stages);
        let entrance = loading.entrance(occasion, &entry);
        let exit = self.journey.exit.as_ref();
        let exit = exit.map(|exit| self.condition(&["exit"], exit, &entry));
        let goal = self.journey.goal.as_ref();
        let goal = goal.map(|goal| self.goal(goal, &entry));
        let steps = self.steps(&entry)?;
        let moved = self.moved(&steps);
        let entrance = entrance?;
        let journey = JourneyRules {
            exit: transposed(exit)?,
            goal: transposed(goal)?,
            enrols_members: self.enrols_members(&entrance.occasion)?,
            moved,
            steps,
        };
        shape::check(&journey, self.name, self.journey, self.reader);
        Some(Trigger {
            journey: Some(Box::new(journey)),
            actions: self.actions,
            ..entrance
        })
    }

    /// Effects are told apart by the names of triggers and journeys.
    fn name_is_free(&mut self) {
        if self.document.triggers.contains_key(self.name) {
            let message = format!("`{}` is a trigger already", self.name);
            let diagnostic = Diagnostic::error("E0333", Span::default(), message)
                .help("choose another name: effects are told apart by it");
            let findings = &mut self.reader.findings;
            findings.about_name(&["journeys", self.name], diagnostic);
        }
    }

    /// The path of something in this journey.
    fn path<'p>(&self, below: &[&'p str]) -> Vec<&'p str>
    where
        'a: 'p,
    {
        [&["journeys", self.name], below].concat()
    }

    fn condition(&mut self, below: &[&str], text: &str, entry: &EntryNames) -> Option<Rule> {
        let path = self.path(below);
        self.reader
            .condition_for(KeyedText::new(&path, text), Some(entry))
    }

    fn goal(&mut self, goal: &GoalDocument, entry: &EntryNames) -> Option<Goal> {
        let when = self.condition(&["goal", "when"], &goal.when, entry);
        let within = goal.within.as_ref().map(|within| {
            let path = self.path(&["goal", "within"]);
            self.reader.length(KeyedText::new(&path, within))
        });
        if self.journey.holdout.is_some() && goal.within.is_none() {
            let message = "whether those in `holdout` reach the goal is not known: they are not in the journey";
            let diagnostic = Diagnostic::warning("W0333", Span::default(), message)
                .help("say how long after entering it counts: `within = \"14 days\"`");
            let path = self.path(&["goal"]);
            self.reader.note(KeyedText::new(&path, ""), diagnostic);
        }
        Some(Goal {
            when: when?,
            within: transposed(within)?,
        })
    }

    fn enrols_members(&mut self, occasion: &Occasion) -> Option<bool> {
        let Some(text) = &self.journey.enrol else {
            return Some(false);
        };
        let path = self.path(&["enrol"]);
        let words = [("newcomers", false), ("everybody", true)];
        let all = self.reader.word(KeyedText::new(&path, text), &words)?;
        match occasion {
            Occasion::Segment { entered: true, .. } => Some(all),
            Occasion::Segment { .. }
            | Occasion::Stage { .. }
            | Occasion::Change(_)
            | Occasion::Event(_)
            | Occasion::Silence { .. }
            | Occasion::Date(_)
            | Occasion::Schedule { .. } => {
                let message = "nobody is in what this journey waits for already";
                let help = "leave `enrol` out: it goes with `on = \"enter segment …\"`";
                self.reader.complain(&path, "E0334", message, help)
            }
        }
    }

    /// All steps, if all of them are right.
    fn steps(&mut self, entry: &EntryNames) -> Option<Vec<JourneyStep>> {
        if self.journey.steps.is_empty() {
            let path = self.path(&[]);
            let help = "write `steps = [{ name = \"first\", wait = \"2 days\", do = [{ send = \"…\" }] }]`";
            let message = "a journey has at least one step";
            return self.reader.complain(&path, "E0330", message, help);
        }
        self.names_are_right();
        let steps = self.journey.steps.iter().enumerate();
        let steps: Vec<Option<JourneyStep>> = steps
            .map(|(i, step)| {
                StepLoader {
                    place: i,
                    step,
                    entry,
                    journey: &mut *self,
                }
                .load()
            })
            .collect();
        steps.into_iter().collect()
    }

    fn names_are_right(&mut self) {
        let steps = &self.journey.steps;
        for (i, step) in steps.iter().enumerate() {
            let name = step.name.as_str();
            let wrong = if name == END {
                Some("`end` is the end of the journey, and cannot be the name of a step".into())
            } else if name.is_empty() {
                Some("a step needs a name".to_owned())
            } else {
                let earlier = steps.iter().take(i);
                let is_taken = earlier.clone().any(|other| other.name == name);
                is_taken.then(|| format!("there is a step `{name}` already"))
            };
            if let Some(message) = wrong {
                let i = i.to_string();
                let path = self.path(&["steps", &i, "name"]);
                let at = KeyedText::new(&path, name);
                let help = "choose another name: a name says where those go on who wait in it";
                self.reader.note(at, at.error("E0330", message).help(help));
            }
        }
    }

    fn moved(&mut self, steps: &[JourneyStep]) -> BTreeMap<Arc<str>, StepId> {
        let mut moved = BTreeMap::new();
        for (old, new) in &self.journey.moved {
            let position = steps.iter().position(|step| *step.name == **new);
            match position {
                Some(position) => {
                    moved.insert(old.as_str().into(), StepId::new(position));
                }
                None => {
                    let path = self.path(&["moved", old]);
                    let known: Vec<&str> = steps.iter().map(|step| &*step.name).collect();
                    let at = KeyedText::new(&path, new);
                    self.reader.unknown::<()>(at, "step", &known);
                }
            }
        }
        moved
    }

    /// Adds actions to those of the journey; their places.
    fn actions(
        &mut self,
        below: &[&str],
        actions: &[ActionDocument],
        entry: &EntryNames,
    ) -> Range<usize> {
        let path = self.path(below);
        let loaded = Actions {
            document: self.document,
            sending: self.sending,
            split: &self.journey.split,
            replaces: self.journey.held.as_deref() == Some("replace"),
            entry,
            reader: self.reader,
        }
        .load(&path, actions);
        let start = self.actions.len();
        self.actions.extend(loaded);
        start..self.actions.len()
    }
}

/// What may be absent, and is right if it is there.
fn transposed<T>(part: Option<Option<T>>) -> Option<Option<T>> {
    match part {
        None => Some(None),
        Some(part) => part.map(Some),
    }
}

/// Loads one step.
struct StepLoader<'a, 's, 'r, 'c> {
    place: usize,
    step: &'a StepDocument,
    entry: &'s EntryNames,
    journey: &'s mut JourneyLoader<'a, 'r, 'c>,
}

impl StepLoader<'_, '_, '_, '_> {
    fn load(mut self) -> Option<JourneyStep> {
        let following = self.following();
        let wait = self.wait(following);
        let place = self.place.to_string();
        let actions = self
            .journey
            .actions(&["steps", &place], &self.step.actions, self.entry);
        let choices: Vec<Option<Choice>> = (self.step.choose.iter().enumerate())
            .map(|(i, choice)| self.choice(&i.to_string(), choice))
            .collect();
        let next = self.next(following);
        Some(JourneyStep {
            name: self.step.name.as_str().into(),
            wait: wait?,
            actions,
            choices: choices.into_iter().collect::<Option<_>>()?,
            next: next?,
            following,
        })
    }

    /// The step that stands behind this one.
    fn following(&self) -> Target {
        let next = self.place + 1;
        if next < self.journey.journey.steps.len() {
            Target::Step(StepId::new(next))
        } else {
            Target::End
        }
    }

    fn wait(&mut self, following: Target) -> Option<StepWait> {
        let StepDocument {
            wait,
            wait_for,
            at_most,
            otherwise,
            ..
        } = self.step;
        if wait_for.is_none() && (at_most.is_some() || otherwise.is_some()) {
            let key = if at_most.is_some() {
                "at_most"
            } else {
                "otherwise"
            };
            let message = format!("`{key}` goes with `wait_for`, which this step has not");
            return self.complain(
                key,
                &message,
                "leave it out, or say what the step waits for",
            );
        }
        match (wait, wait_for) {
            (None, None) => Some(StepWait::Nothing),
            (Some(wait), None) => {
                let place = self.place.to_string();
                let path = self.journey.path(&["steps", &place, "wait"]);
                let wait = self.journey.reader.wait(KeyedText::new(&path, wait));
                wait.map(StepWait::Time)
            }
            (None, Some(awaited)) => self.answer(awaited, following),
            (Some(_), Some(_)) => {
                let message = "a step waits for an instant or for a condition, not for both";
                self.complain("wait_for", message, "make two steps of it")
            }
        }
    }

    fn answer(&mut self, awaited: &str, following: Target) -> Option<StepWait> {
        let place = self.place.to_string();
        let path = self.journey.path(&["steps", &place, "wait_for"]);
        let at = KeyedText::new(&path, awaited);
        let rule = self.journey.reader.awaited(at, self.entry);
        let path = self.journey.path(&["steps", &place, "at_most"]);
        let at_most = self.step.at_most.as_ref();
        let at_most =
            at_most.map(|at_most| self.journey.reader.length(KeyedText::new(&path, at_most)));
        let otherwise = match &self.step.otherwise {
            None => Some(following),
            Some(_) if self.step.at_most.is_none() => {
                let message = "without `at_most` the step waits for ever, and never goes there";
                let help = "say how long it waits: `at_most = \"3 days\"`";
                self.complain("otherwise", message, help)
            }
            Some(name) => self.target(&["otherwise"], name),
        };
        Some(StepWait::Answer {
            rule: rule?,
            at_most: transposed(at_most)?,
            otherwise: otherwise?,
        })
    }

    fn choice(&mut self, i: &str, choice: &ChoiceDocument) -> Option<Choice> {
        let place = self.place.to_string();
        let when = self.journey.condition(
            &["steps", &place, "choose", i, "when"],
            &choice.when,
            self.entry,
        );
        let below = ["steps", &place, "choose", i];
        let actions = self.journey.actions(&below, &choice.actions, self.entry);
        let go = choice.go.as_ref();
        let go = go.map(|go| self.target(&["choose", i, "go"], go));
        Some(Choice {
            when: when?,
            actions,
            go: transposed(go)?,
        })
    }

    fn next(&mut self, following: Target) -> Option<Next> {
        let times = self.step.times;
        let Some(go) = &self.step.go else {
            if times.is_some() {
                let message = "`times` says how often `go` is followed, which this step has not";
                return self.complain("times", message, "leave it out");
            }
            return Some(Next {
                target: following,
                times: None,
            });
        };
        if times == Some(0) {
            let message = "`go` is never followed";
            return self.complain("times", message, "leave `go` and `times` out");
        }
        let target = self.target(&["go"], go)?;
        Some(Next { target, times })
    }

    /// The step of a name, or the end.
    fn target(&mut self, below: &[&str], name: &str) -> Option<Target> {
        if name == END {
            return Some(Target::End);
        }
        let steps = &self.journey.journey.steps;
        if let Some(position) = steps.iter().position(|step| step.name == name) {
            return Some(Target::Step(StepId::new(position)));
        }
        let mut known: Vec<&str> = steps.iter().map(|step| step.name.as_str()).collect();
        known.push(END);
        let place = self.place.to_string();
        let path = self
            .journey
            .path(&[&["steps", place.as_str()], below].concat());
        let at = KeyedText::new(&path, name);
        self.journey.reader.unknown(at, "step", &known)
    }

    fn complain<T>(&mut self, key: &str, message: &str, help: &str) -> Option<T> {
        let place = self.place.to_string();
        let path = self.journey.path(&["steps", &place, key]);
        let message = format!("{message} (step {})", quoted(&self.step.name));
        self.journey.reader.complain(&path, "E0330", message, help)
    }
}

/// A journey of a rulebook: what lets a profile in, and the steps that it goes through.
///
/// ```
/// use segue::Rulebook;
/// let rulebook = Rulebook::from_toml(r#"
///     schema.events.subscribed = { subject = "topic", properties = { topic = "string" } }
///     [journeys.welcome]
///     on = "subscribed"
///     per = "topic"
///     steps = [{ name = "rest", wait = "2 days" }, { name = "ask", do = [{ call = "crm.task" }] }]
/// "#)?;
/// let welcome = rulebook.journey("welcome").unwrap();
/// assert_eq!(welcome.steps().collect::<Vec<_>>(), ["rest", "ask"]);
/// assert_eq!(welcome.per(), Some("topic"));
/// # Ok::<(), segue::rulebook::LoadError>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Journey<'r> {
    trigger: &'r Trigger,
    rules: &'r JourneyRules,
    document: &'r JourneyDocument,
}

impl<'r> Journey<'r> {
    pub(super) fn of(trigger: &'r Trigger, document: &'r RulebookDocument) -> Option<Self> {
        Some(Journey {
            trigger,
            rules: trigger.journey.as_deref()?,
            document: document.journeys.get(&*trigger.name)?,
        })
    }

    /// The name.
    #[must_use]
    pub fn name(self) -> &'r str {
        &self.trigger.name
    }

    /// What the journey is for.
    #[must_use]
    pub fn description(self) -> Option<&'r str> {
        self.document.description.as_deref()
    }

    /// The property (or `subject`) of which each value goes through the journey by itself.
    #[must_use]
    pub fn per(self) -> Option<&'r str> {
        self.document.per.as_deref()
    }

    /// The names of the steps, in order.
    pub fn steps(self) -> impl Iterator<Item = &'r str> + Clone {
        self.rules.steps.iter().map(|step| &*step.name)
    }

    /// The condition of the exit.
    #[must_use]
    pub fn exit(self) -> Option<&'r Rule> {
        self.rules.exit.as_ref()
    }

    /// The condition of the goal.
    #[must_use]
    pub fn goal(self) -> Option<&'r Rule> {
        self.rules.goal.as_ref().map(|goal| &goal.when)
    }
}

//! Where a profile is in journeys, found by looking at every run at every instant.

use super::actions::in_scope;
use super::{Entry, Job, Outcome, OutcomeKind, ReferenceTriggers};
use crate::delivery::{midnight, quarters};
use crate::rulebooks::HOUR;
use crate::rulebooks::journeys::{Journey, JourneyStep, StepWait, Target, name_of};
use segue::Instant;
use segue::engine::{PassageReason, SuppressionReason};
use segue::syntax::parse;
use segue_test_support::reference::Event;
use segue_test_support::reference::calendar::Micros;
use segue_test_support::reference::value::Value;
use std::collections::BTreeMap;
use std::ops::Range;

/// One way of the profile through a journey.
#[derive(Clone, Debug)]
pub(super) struct JourneyRun {
    journey: usize,
    entry: Entry,
    place: Place,
    /// When it came to its step.
    since: Micros,
    /// How often the `go` of each step was followed.
    gone: BTreeMap<usize, u16>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Step(usize),
    Ended,
    HeldOut,
}

/// What became of a run that was looked at.
enum Course {
    Stays,
    Moves,
    Ends,
}

impl<'a> ReferenceTriggers<'a> {
    fn journey(&self, i: usize) -> &'a Journey {
        let trigger = self.triggers[i];
        trigger.journey.as_ref().unwrap()
    }

    /// The journeys that are to be looked at.
    pub(super) fn reviews(&self) -> Vec<(usize, Job)> {
        let journeys = self.triggers.iter().enumerate();
        let journeys = journeys.filter(|(i, _)| self.runs.iter().any(|run| run.journey == *i));
        journeys.map(|(i, _)| (i, Job::Review)).collect()
    }

    /// Why the profile cannot come in, if the reason lies in the journey.
    pub(super) fn journey_refusal(&self, i: usize, entry: &Entry) -> Option<SuppressionReason> {
        let journey = self.triggers[i].journey.as_ref()?;
        let mut runs = self.runs.iter();
        let is_in = |run: &JourneyRun| {
            let is_in = matches!(run.place, Place::Step(_) | Place::HeldOut);
            run.journey == i && run.entry.key == entry.key && is_in
        };
        if runs.any(is_in) {
            return Some(SuppressionReason::InJourney);
        }
        let goal = journey.goal.map(|(when, _)| when);
        let ends = |when: &str| self.is_so(entry, when, entry.at);
        let leaves = goal.into_iter().chain(journey.exit).any(ends);
        leaves.then_some(SuppressionReason::JourneyOver)
    }

    /// Whether a condition holds for a run that came to its step at an instant.
    fn is_so(&self, entry: &Entry, when: &str, since: Micros) -> bool {
        let since = format!(" since {}", Instant::from_micros(since + 1));
        let expr = parse(&when.replace("{}", &since)).unwrap();
        in_scope(entry).holds(&self.world, &self.profile, &expr, self.now)
    }

    pub(super) fn begin_run(&mut self, i: usize, entry: Entry) -> bool {
        let (key, since) = (entry.key.clone(), entry.at);
        self.runs
            .retain(|run| !(run.journey == i && run.entry.key == key));
        let run = JourneyRun {
            journey: i,
            entry,
            place: Place::Step(0),
            since,
            gone: BTreeMap::new(),
        };
        self.pass(&run, None, Some(0), PassageReason::Entered);
        self.runs.push(run);
        self.go_on(i, &key)
    }

    pub(super) fn hold_out(&mut self, i: usize, entry: Entry) {
        let is_measured = matches!(self.journey(i).goal, Some((_, Some(_))));
        let mut runs = self.runs.iter();
        let key = entry.key.clone();
        if is_measured && !runs.any(|run| run.journey == i && run.entry.key == key) {
            self.runs.push(JourneyRun {
                journey: i,
                since: entry.at,
                entry,
                place: Place::HeldOut,
                gone: BTreeMap::new(),
            });
            self.go_on(i, &key);
        }
    }

    /// Looks at every run of a journey; whether the profile has changed.
    pub(super) fn review(&mut self, i: usize) -> bool {
        let mut keys: Vec<Option<String>> = (self.runs.iter())
            .filter(|run| run.journey == i)
            .map(|run| run.entry.key.clone())
            .collect();
        keys.sort();
        let mut changed = false;
        for key in keys {
            changed |= self.go_on(i, &key);
        }
        changed
    }

    /// A message of a run is out of the way.
    pub(super) fn behind(&mut self, i: usize, entry: &Entry, place: usize) -> bool {
        let mut runs = self.runs.iter();
        let Some(run) = runs
            .find(|run| run.journey == i && run.entry == *entry)
            .cloned()
        else {
            return false;
        };
        if self.is_waiting(&run) {
            return false;
        }
        let (course, changed) = self.act_in_step(run, Some(place));
        match course {
            Course::Moves if !changed => self.go_on(i, &entry.key),
            _ => changed,
        }
    }

    /// Has a run go on as far as it gets; whether the profile has changed, with which it stops.
    pub(super) fn go_on(&mut self, i: usize, key: &Option<String>) -> bool {
        loop {
            let mut runs = self.runs.iter();
            let Some(run) = runs.find(|run| run.journey == i && run.entry.key == *key) else {
                return false;
            };
            let (course, changed) = self.look(run.clone());
            match course {
                Course::Moves if !changed => {}
                _ => return changed,
            }
        }
    }

    fn look(&mut self, run: JourneyRun) -> (Course, bool) {
        let journey = self.journey(run.journey);
        let is_in = matches!(run.place, Place::Step(_));
        let end = journey
            .goal
            .map(|(_, within)| within.map_or(Micros::MAX, |n| run.entry.at + n * HOUR));
        match (journey.goal, end) {
            (Some((when, _)), Some(end)) => {
                if self.now <= end && self.is_so(&run.entry, when, run.entry.at) {
                    self.give_up(&run);
                    let from = step_of(&run);
                    self.pass(&run, from, None, PassageReason::Goal);
                    self.end(&run, is_in);
                    return (Course::Ends, false);
                }
                if !is_in && self.is_time_over(end, run.entry.at) {
                    self.end(&run, false);
                    return (Course::Ends, false);
                }
            }
            _ if !is_in => {
                self.end(&run, false);
                return (Course::Ends, false);
            }
            _ => {}
        }
        let Some(at) = step_of(&run) else {
            return (Course::Stays, false);
        };
        if journey
            .exit
            .is_some_and(|when| self.is_so(&run.entry, when, run.since))
        {
            self.leave(run, PassageReason::Exit);
            return (Course::Ends, false);
        }
        if self.is_waiting(&run) {
            return (Course::Stays, false);
        }
        let step = &journey.steps[at];
        let is_done = match &step.wait {
            StepWait::Nothing => true,
            StepWait::Hours(n) => self.is_time_over(run.since + n * HOUR, run.since),
            StepWait::Days(days, clock) => {
                let calendar = self.calendar();
                let day = midnight(calendar.date(run.since)) + chrono::Duration::days(*days);
                self.is_time_over(calendar.instant(day + quarters(*clock)), run.since)
            }
            StepWait::Clock(clock) => {
                let calendar = self.calendar();
                let today = midnight(calendar.date(run.since));
                let days = (-1..=2).map(|n| today + chrono::Duration::days(n) + quarters(*clock));
                let ends = days.map(|day| calendar.instant(day));
                let end = ends.filter(|end| *end > run.since).min().unwrap();
                self.is_time_over(end, run.since)
            }
            StepWait::Answer {
                text,
                at_most,
                otherwise,
            } => {
                let is_so = self.is_so(&run.entry, text, run.since);
                let end = at_most.map_or(Micros::MAX, |n| run.since + n * HOUR);
                if !is_so && self.is_time_over(end, run.since) {
                    let to = otherwise.unwrap_or(following(journey, at));
                    let course = self.move_on(run, to, PassageReason::TimeOver, false);
                    return (course, false);
                }
                is_so
            }
        };
        if is_done {
            self.act_in_step(run, None)
        } else {
            (Course::Stays, false)
        }
    }

    /// "At its very end events come first; what it brings comes with time alone."
    fn is_time_over(&self, end: Micros, since: Micros) -> bool {
        end < self.now || end == self.now && (self.is_time || end <= since)
    }

    fn act_in_step(&mut self, run: JourneyRun, behind: Option<usize>) -> (Course, bool) {
        let journey = self.journey(run.journey);
        let Some(at) = step_of(&run) else {
            return (Course::Stays, false);
        };
        let step = &journey.steps[at];
        let mut changed = false;
        let in_choice =
            behind.and_then(|place| step.choices.iter().position(|c| c.acts.contains(&place)));
        let chosen = match (in_choice, behind) {
            (Some(chosen), Some(place)) => {
                let rest = place + 1..step.choices[chosen].acts.end;
                if self.perform(&run, rest, &mut changed) {
                    return (Course::Stays, changed);
                }
                Some(chosen)
            }
            _ => {
                let start = behind.map_or(step.acts.start, |place| place + 1);
                if self.perform(&run, start..step.acts.end, &mut changed) {
                    return (Course::Stays, changed);
                }
                let mut choices = step.choices.iter();
                let chosen = choices.position(|c| self.is_so(&run.entry, c.when, run.since));
                if let Some(chosen) = chosen
                    && self.perform(&run, step.choices[chosen].acts.clone(), &mut changed)
                {
                    return (Course::Stays, changed);
                }
                chosen
            }
        };
        let (to, because, by_go) = way(journey, step, at, chosen, &run);
        (self.move_on(run, to, because, by_go), changed)
    }

    /// Performs acts; whether one of them waits.
    fn perform(&mut self, run: &JourneyRun, acts: Range<usize>, changed: &mut bool) -> bool {
        for place in acts {
            *changed |= self.act_at(run.journey, &run.entry, place);
            if self.is_waiting(run) {
                return true;
            }
        }
        false
    }

    fn move_on(
        &mut self,
        run: JourneyRun,
        to: Target,
        because: PassageReason,
        by_go: bool,
    ) -> Course {
        let from = step_of(&run);
        match to {
            Target::End => {
                self.leave(run, because);
                Course::Ends
            }
            Target::Step(to) => {
                self.pass(&run, from, Some(to), because);
                let now = self.now;
                let mine = |other: &&mut JourneyRun| {
                    other.journey == run.journey && other.entry == run.entry
                };
                if let Some(run) = self.runs.iter_mut().find(mine) {
                    (run.place, run.since) = (Place::Step(to), now);
                    if let (true, Some(from)) = (by_go, from) {
                        *run.gone.entry(from).or_default() += 1;
                    }
                }
                Course::Moves
            }
        }
    }

    /// The run leaves the journey; its goal may still be reached.
    fn leave(&mut self, run: JourneyRun, because: PassageReason) {
        self.give_up(&run);
        self.pass(&run, step_of(&run), None, because);
        self.end(&run, true);
        if matches!(self.journey(run.journey).goal, Some((_, Some(_)))) {
            let run = JourneyRun {
                place: Place::Ended,
                ..run
            };
            self.runs.push(run.clone());
            self.look(run);
        }
    }

    fn end(&mut self, run: &JourneyRun, has_left: bool) {
        let (journey, key) = (run.journey, &run.entry.key);
        self.runs
            .retain(|other| !(other.journey == journey && other.entry.key == *key));
        if has_left {
            self.left.push((journey, key.clone(), self.now));
        }
    }

    fn is_waiting(&self, run: &JourneyRun) -> bool {
        let mut waiting = self.waiting.iter();
        waiting.any(|(_, i, job)| {
            *i == run.journey && matches!(job, Job::Again(entry, ..) if *entry == run.entry)
        })
    }

    /// The messages that wait are given up.
    fn give_up(&mut self, run: &JourneyRun) {
        let waiting = std::mem::take(&mut self.waiting);
        for (at, i, job) in waiting {
            match &job {
                Job::Again(entry, place, ..) if i == run.journey && *entry == run.entry => {
                    let message = self.message_at(i, *place);
                    let reason = SuppressionReason::JourneyOver;
                    self.hold(Some(i), Some(&message), entry, reason, None);
                }
                _ => self.waiting.push((at, i, job)),
            }
        }
    }

    fn pass(
        &mut self,
        run: &JourneyRun,
        from: Option<usize>,
        to: Option<usize>,
        because: PassageReason,
    ) {
        self.told.push(Outcome {
            at: self.now,
            trigger: Some(self.triggers[run.journey].name.clone()),
            entered: run.entry.at,
            subject: run.entry.subject.clone().or_else(|| run.entry.key.clone()),
            what: OutcomeKind::Passed {
                from: from.map(name_of),
                to: to.map(name_of),
                because,
                held_out: run.place == Place::HeldOut,
            },
        });
        if self.rules.reads_passages() {
            self.keep_passage(run, from, to, because);
        }
    }

    /// The passage as an event: "Whoever comes to a step comes at the instant from which its wait counts."
    fn keep_passage(
        &mut self,
        run: &JourneyRun,
        from: Option<usize>,
        to: Option<usize>,
        because: PassageReason,
    ) {
        let name = &self.triggers[run.journey].name;
        let text = |text: String| Some(Value::Text(text));
        let props = [
            ("journey", text(name.clone())),
            ("from", from.map(name_of).and_then(text)),
            ("to", to.map(name_of).and_then(text)),
            ("because", text(because.name().to_owned())),
            ("key", run.entry.key.clone().and_then(text)),
            ("entered", Some(Value::Instant(run.entry.at))),
            ("since", from.map(|_| Value::Instant(run.since))),
        ];
        let props = props.into_iter();
        let event = Event {
            kind: "journey_passed".to_owned(),
            at: match (from, to) {
                (None, Some(_)) => run.since,
                _ => self.now,
            },
            id: None,
            props: props
                .filter_map(|(name, value)| Some((name.to_owned(), value?)))
                .collect(),
        };
        let about = format!("{name}/{}", to.map(name_of).unwrap_or_default());
        self.happened(event, about);
    }
}

fn step_of(run: &JourneyRun) -> Option<usize> {
    match run.place {
        Place::Step(step) => Some(step),
        Place::Ended | Place::HeldOut => None,
    }
}

fn following(journey: &Journey, step: usize) -> Target {
    if step + 1 < journey.steps.len() {
        Target::Step(step + 1)
    } else {
        Target::End
    }
}

/// Where a run goes on when a step is done.
fn way(
    journey: &Journey,
    step: &JourneyStep,
    at: usize,
    chosen: Option<usize>,
    run: &JourneyRun,
) -> (Target, PassageReason, bool) {
    if let Some(to) = chosen.and_then(|chosen| step.choices[chosen].go) {
        return (to, PassageReason::Chosen, false);
    }
    let because = if matches!(step.wait, StepWait::Answer { .. }) {
        PassageReason::Happened
    } else {
        PassageReason::Done
    };
    let gone = run.gone.get(&at).copied().unwrap_or_default();
    match (step.go, step.times) {
        (Some(to), None) => (to, because, false),
        (Some(to), Some(times)) if gone < times => (to, because, true),
        _ => (following(journey, at), because, false),
    }
}

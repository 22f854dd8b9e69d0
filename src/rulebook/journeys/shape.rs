//! The shape of a journey: which step follows which, and whether everybody comes to an end.

use crate::diagnostic::Diagnostic;
use crate::ir::{Bound, CondKind, EntryPart, Select, TermKind};
use crate::rule::journey::{JourneyRules, JourneyStep, StepId, StepWait, Target};
use crate::rule::wait::Wait;
use crate::rulebook::document::JourneyDocument;
use crate::rulebook::reader::{KeyedText, Reader};
use crate::span::Span;

/// Notes what is wrong with the shape of a journey.
pub(super) fn check(
    journey: &JourneyRules,
    name: &str,
    document: &JourneyDocument,
    reader: &mut Reader<'_>,
) {
    let mut shape = Shape {
        journey,
        name,
        document,
        reader,
    };
    let reached = shape.reached();
    shape.unreached(&reached);
    shape.circles();
    shape.endless(&reached);
    shape.idle();
}

/// A way from a step to another, or to the end.
#[derive(Clone, Copy)]
struct Way {
    to: Target,
    /// Whether time passes for sure before it is taken, counted from when the profile came to the step.
    takes_time: bool,
}

/// The ways that lead out of a step.
fn ways(step: &JourneyStep) -> Vec<Way> {
    let takes_time = takes_time(&step.wait);
    let way = |to| Way { to, takes_time };
    let mut ways: Vec<Way> = step.choices.iter().filter_map(|c| c.go).map(way).collect();
    ways.push(way(step.next.target));
    if step.next.times.is_some() {
        ways.push(way(step.following));
    }
    if let StepWait::Answer {
        at_most: Some(_),
        otherwise,
        ..
    } = step.wait
    {
        ways.push(Way {
            to: otherwise,
            takes_time: true,
        });
    }
    ways
}

/// Whether a step never acts at the instant at which the profile came to it.
fn takes_time(wait: &StepWait) -> bool {
    match wait {
        StepWait::Nothing => false,
        // A date that has passed is not waited for.
        StepWait::Time(wait) => match wait {
            Wait::Length(_) | Wait::Days { .. } | Wait::Clock { .. } => true,
            Wait::Date(_) => false,
        },
        // An event without a window is one that comes later; anything else may hold already.
        StepWait::Answer { rule, .. } => {
            matches!(&rule.root().kind, CondKind::Happened(select) if comes_later(select))
        }
    }
}

/// Whether an event is one since the profile came to the step.
fn comes_later(select: &Select) -> bool {
    let mut bounds = select.windows.lower.iter().filter_map(Bound::term);
    bounds.any(|term| matches!(term.kind, TermKind::Entry(EntryPart::StepBegan)))
}

struct Shape<'a, 'r, 'c> {
    journey: &'a JourneyRules,
    name: &'a str,
    document: &'a JourneyDocument,
    reader: &'r mut Reader<'c>,
}

impl Shape<'_, '_, '_> {
    fn ways(&self, step: usize) -> Vec<Way> {
        self.journey.steps.get(step).map_or_else(Vec::new, ways)
    }

    /// Whether each step can be reached from the first.
    fn reached(&self) -> Vec<bool> {
        let mut reached = vec![false; self.journey.steps.len()];
        let mut open = vec![0];
        while let Some(step) = open.pop() {
            let Some(seen) = reached.get_mut(step) else {
                continue;
            };
            if !std::mem::replace(seen, true) {
                let steps = self.ways(step).into_iter();
                open.extend(steps.filter_map(|way| position(way.to)));
            }
        }
        reached
    }

    fn unreached(&mut self, reached: &[bool]) {
        for (step, _) in reached.iter().enumerate().filter(|(_, reached)| !**reached) {
            let message = "no step goes on to this one";
            let help = "name it in the `go` of another step, or leave it out";
            self.note(
                step,
                "name",
                Diagnostic::warning("W0330", Span::default(), message),
                help,
            );
        }
    }

    /// Circles in which no time passes: a profile would go round for ever at one instant.
    fn circles(&mut self) {
        #[derive(Clone, Copy, PartialEq)]
        enum State {
            New,
            Open,
            Done,
        }
        let mut states = vec![State::New; self.journey.steps.len()];
        for start in 0..states.len() {
            if states.get(start) != Some(&State::New) {
                continue;
            }
            // Each step on the way, with the ways out of it that are not tried yet.
            let mut path: Vec<(usize, Vec<Way>)> = vec![(start, self.ways(start))];
            while let Some((step, left)) = path.last_mut() {
                let step = *step;
                if let Some(state) = states.get_mut(step) {
                    *state = State::Open;
                }
                let Some(way) = left.pop() else {
                    if let Some(state) = states.get_mut(step) {
                        *state = State::Done;
                    }
                    path.pop();
                    continue;
                };
                let Some(next) = position(way.to).filter(|_| !way.takes_time) else {
                    continue;
                };
                match states.get(next) {
                    Some(State::New) => {
                        let ways = self.ways(next);
                        path.push((next, ways));
                    }
                    Some(State::Open) => self.circle(step, next),
                    Some(State::Done) | None => {}
                }
            }
        }
    }

    fn circle(&mut self, step: usize, back: usize) {
        let of = |step: usize| self.journey.steps.get(step).map_or("", |step| &*step.name);
        let message = format!(
            "from `{}` the journey comes back to `{}` without a wait",
            of(step),
            of(back)
        );
        let help = "let one of the steps on this way wait: `wait = \"1 day\"`";
        let diagnostic = Diagnostic::error("E0331", Span::default(), message);
        let has_go = self
            .document
            .steps
            .get(step)
            .is_some_and(|s| s.go.is_some());
        self.note(step, if has_go { "go" } else { "name" }, diagnostic, help);
    }

    /// Steps from which nobody comes to an end.
    fn endless(&mut self, reached: &[bool]) {
        if self.journey.exit.is_some() || self.journey.goal.is_some() {
            return;
        }
        let n = self.journey.steps.len();
        let mut ends = vec![false; n];
        // In each round the end is seen from one step farther away.
        for _ in 0..n {
            for step in 0..n {
                let leads = self
                    .ways(step)
                    .into_iter()
                    .any(|way| match position(way.to) {
                        None => true,
                        Some(next) => ends.get(next) == Some(&true),
                    });
                if leads && let Some(end) = ends.get_mut(step) {
                    *end = true;
                }
            }
        }
        let first = (0..n).find(|i| reached.get(*i) == Some(&true) && ends.get(*i) == Some(&false));
        if let Some(step) = first {
            let message = "from this step the journey never ends";
            let help = "say how often `go` is followed (`times = 3`), or give the journey an `exit` or a `goal`";
            self.note(
                step,
                "name",
                Diagnostic::error("E0332", Span::default(), message),
                help,
            );
        }
        for (step, of) in self.journey.steps.iter().enumerate() {
            if let StepWait::Answer { at_most: None, .. } = of.wait {
                let message = "those for whom this never comes stay in the step for ever";
                let help = "say how long it waits (`at_most = \"30 days\"`), or give the journey an `exit`";
                self.note(
                    step,
                    "wait_for",
                    Diagnostic::warning("W0332", Span::default(), message),
                    help,
                );
            }
        }
    }

    /// Steps that might as well not be there.
    fn idle(&mut self) {
        for (i, step) in self.journey.steps.iter().enumerate() {
            if matches!(step.wait, StepWait::Nothing)
                && step.actions.is_empty()
                && step.choices.is_empty()
                && self
                    .document
                    .steps
                    .get(i)
                    .is_some_and(|s| s.actions.is_empty() && s.go.is_none())
            {
                let message = "this step does nothing";
                let help = "write what it does: `do = [{ send = \"…\" }]`";
                self.note(
                    i,
                    "name",
                    Diagnostic::warning("W0331", Span::default(), message),
                    help,
                );
            }
        }
    }

    fn note(&mut self, step: usize, key: &str, diagnostic: Diagnostic, help: &str) {
        let step = step.to_string();
        let path = ["journeys", self.name, "steps", &step, key];
        let at = KeyedText::new(&path, "");
        self.reader.note(at, diagnostic.help(help));
    }
}

fn position(target: Target) -> Option<usize> {
    match target {
        Target::Step(step) => Some(StepId::index(step)),
        Target::End => None,
    }
}

//! How far a profile comes through the steps of a funnel.
//!
//! One pass over the events, instant by instant, keeps for each step the attempts that have come there and may go on. What decides how
//! an attempt goes on is the instant of its last event and when its time is over; so of those that come to a step at one instant,
//! the one that has the most time left is as good as all of them. Only where later steps read an event by its name, there is one
//! for each choice of those events.

use super::FunnelProgress;
use super::node::{FunnelNode, StepEvent, StepNode};
use crate::eval::context::{Ctx, NamedEvents};
use crate::ir::MAX_SLOTS;
use crate::profile::Profile;
use crate::rulebook::reports::{BetweenSteps, MAX_STEPS, Ties};
use std::cmp::Ordering;

/// An attempt that may go on: the last instant at which it may, and those of its steps.
#[derive(Clone)]
struct Attempt {
    end: i64,
    times: StepTimes,
    /// The positions of the events that are held.
    held: Vec<usize>,
}

/// The instants of the steps that are done.
#[derive(Clone, Copy, Default)]
struct StepTimes {
    at: [i64; MAX_STEPS],
    len: usize,
}

impl StepTimes {
    fn push(&mut self, at: i64) {
        if let Some(place) = self.at.get_mut(self.len) {
            *place = at;
            self.len += 1;
        }
    }

    fn as_slice(&self) -> &[i64] {
        self.at.get(..self.len).unwrap_or(&self.at)
    }

    fn len(&self) -> usize {
        self.len
    }
}

impl Attempt {
    fn origin(&self) -> i64 {
        self.times.as_slice().first().copied().unwrap_or(i64::MIN)
    }

    /// Which of two that are at the same step at the same instant has more time left; then, which began later.
    fn compare(&self, other: &Attempt) -> Ordering {
        (self.end, self.origin()).cmp(&(other.end, other.origin()))
    }
}

/// How far a profile comes by these events, one step after the other.
pub(super) fn progress<P: Profile>(
    node: &FunnelNode<P>,
    profile: &P,
    all: &[StepEvent<'_, P::Event>],
    until: i64,
) -> FunnelProgress {
    let n = node.steps.len();
    // By how many steps are done; whoever has done all of them need not be known of any more.
    let mut live: Vec<Vec<Attempt>> = vec![Vec::new(); n];
    let mut best = FunnelProgress::default();
    let mut start = 0;
    for group in all.chunk_by(|a, b| a.at == b.at) {
        let view = View {
            node,
            profile,
            all,
            group,
            start,
        };
        let came = match node.ties {
            Ties::NotInOrder => view.one_by_one(&live),
            Ties::InAnyOrder => view.together(&live),
        };
        for live in &mut live {
            live.retain(|attempt| !view.interrupts(attempt));
        }
        best.reach(&came);
        if best.times.len() == n {
            return best;
        }
        for attempt in came {
            if let Some(live) = live.get_mut(attempt.times.len()) {
                keep(live, attempt);
            }
        }
        start += group.len();
    }
    best.is_open =
        node.within.is_some() && live.iter().flatten().any(|attempt| attempt.end >= until);
    best
}

/// Adds an attempt to those at a step, of which one is kept for each choice of events that are held.
fn keep(live: &mut Vec<Attempt>, attempt: Attempt) {
    match live.binary_search_by(|other| other.held.cmp(&attempt.held)) {
        Ok(at) => {
            if let Some(other) = live
                .get_mut(at)
                .filter(|other| other.compare(&attempt).is_lt())
            {
                *other = attempt;
            }
        }
        Err(at) => live.insert(at, attempt),
    }
}

impl FunnelProgress {
    /// Takes note of attempts that have come further; of those that come equally far at one instant, of the one that began last.
    fn reach(&mut self, came: &[Attempt]) {
        let furthest = came
            .iter()
            .max_by(|a, b| a.times.len().cmp(&b.times.len()).then(a.compare(b)));
        if let Some(attempt) = furthest.filter(|attempt| attempt.times.len() > self.times.len()) {
            self.times = attempt.times.as_slice().to_vec();
        }
    }
}

/// The events of one instant, of which the first stands at `start`.
struct View<'v, P: Profile> {
    node: &'v FunnelNode<P>,
    profile: &'v P,
    all: &'v [StepEvent<'v, P::Event>],
    group: &'v [StepEvent<'v, P::Event>],
    start: usize,
}

impl<P: Profile> View<'_, P> {
    /// Whether an event is a step, or ends an attempt: by itself (`bit`), or beside the events of an attempt that it reads.
    fn is(
        &self,
        step: &StepNode<P>,
        bit: bool,
        event: &StepEvent<'_, P::Event>,
        attempt: Option<&Attempt>,
    ) -> bool {
        if !step.reads {
            return bit;
        }
        if !step.events.kinds.contains(&event.kind) {
            return false;
        }
        let mut named: NamedEvents<'_, P> = [None; MAX_SLOTS];
        for (step, happening) in attempt.into_iter().flat_map(|attempt| self.held(attempt)) {
            let place = step.slot.and_then(|slot| named.get_mut(slot.index()));
            if let Some(place) = place {
                *place = Some(happening.event);
            }
        }
        let ctx = Ctx {
            steps: &named,
            ..Ctx::new(self.profile, event.at)
        };
        step.events.passes(&ctx, event.event)
    }

    /// The steps of an attempt whose events are held, and these.
    fn held<'s>(
        &'s self,
        attempt: &'s Attempt,
    ) -> impl Iterator<Item = (&'s StepNode<P>, &'s StepEvent<'s, P::Event>)> {
        let steps = self
            .node
            .held
            .get(attempt.times.len())
            .into_iter()
            .flatten();
        let held = steps.zip(&attempt.held);
        held.filter_map(|(step, position)| {
            Some((self.node.steps.get(*step)?, self.all.get(*position)?))
        })
    }

    /// What comes of the attempts with these events, of which none follows another.
    fn one_by_one(&self, live: &[Vec<Attempt>]) -> Vec<Attempt> {
        let mut came = Vec::new();
        for (i, event) in self.group.iter().enumerate() {
            for (done, step) in self.node.steps.iter().enumerate() {
                let bit = event.steps >> done & 1 == 1;
                if done == 0 {
                    let is_first = self.is(step, bit, event, None);
                    came.extend(is_first.then(|| self.begun(self.start + i, event.at)));
                    continue;
                }
                let attempts = live.get(done).into_iter().flatten();
                for attempt in attempts.filter(|attempt| event.at <= attempt.end) {
                    if self.is(step, bit, event, Some(attempt)) {
                        came.push(self.gone_on(attempt, self.start + i, event.at));
                    }
                }
            }
        }
        came
    }

    /// The same where these events may follow one another in any order, each once. No step reads another then.
    fn together(&self, live: &[Vec<Attempt>]) -> Vec<Attempt> {
        let Some(at) = self.group.first().map(|event| event.at) else {
            return Vec::new();
        };
        let mut came = Vec::new();
        let begin = Attempt {
            end: self.node.end(at),
            times: StepTimes::default(),
            held: Vec::new(),
        };
        let attempts = live.iter().flatten().filter(|attempt| at <= attempt.end);
        for attempt in std::iter::once(&begin).chain(attempts) {
            let mut attempt = attempt.clone();
            let mut taken = vec![None; self.group.len()];
            for step in attempt.times.len()..self.node.steps.len() {
                let mut seen = vec![false; self.group.len()];
                if !self.take(step, &mut taken, &mut seen) {
                    break;
                }
                attempt.times.push(at);
                came.push(attempt.clone());
            }
        }
        came
    }

    /// Finds an event for a step, if need be by giving other events to those steps that have one (an augmenting path of a
    /// bipartite matching).
    fn take(&self, step: usize, taken: &mut [Option<usize>], seen: &mut [bool]) -> bool {
        for (i, event) in self.group.iter().enumerate() {
            let is_new = seen.get(i).is_some_and(|seen| !seen);
            if !is_new || event.steps >> step & 1 == 0 {
                continue;
            }
            if let Some(seen) = seen.get_mut(i) {
                *seen = true;
            }
            let other = taken.get(i).copied().flatten();
            if other.is_none_or(|other| self.take(other, taken, seen)) {
                if let Some(taken) = taken.get_mut(i) {
                    *taken = Some(step);
                }
                return true;
            }
        }
        false
    }

    /// Whether one of these events may not lie behind the last step of an attempt.
    fn interrupts(&self, attempt: &Attempt) -> bool {
        let node = self.node;
        let last = attempt.times.len().saturating_sub(1);
        let repeats = |event: &StepEvent<'_, P::Event>| {
            let bit = event.steps >> last & 1 == 1;
            let step = node.steps.get(last);
            step.is_some_and(|step| self.is(step, bit, event, Some(attempt)))
        };
        let ends = |event: &StepEvent<'_, P::Event>| {
            let without = node.without.as_ref();
            without.is_some_and(|without| self.is(without, event.ends, event, Some(attempt)))
        };
        self.group.iter().any(|event| {
            let is_foreign = match node.between {
                BetweenSteps::Anything => false,
                BetweenSteps::Repeats => !repeats(event),
                BetweenSteps::Nothing => true,
            };
            is_foreign || ends(event)
        })
    }

    fn begun(&self, position: usize, at: i64) -> Attempt {
        let is_held = self.node.held.get(1).is_some_and(|held| held.contains(&0));
        let mut times = StepTimes::default();
        times.push(at);
        Attempt {
            end: self.node.end(at),
            times,
            held: if is_held { vec![position] } else { Vec::new() },
        }
    }

    fn gone_on(&self, attempt: &Attempt, position: usize, at: i64) -> Attempt {
        let done = attempt.times.len();
        let before = self.node.held.get(done).into_iter().flatten();
        let before: Vec<(usize, usize)> = before
            .copied()
            .zip(attempt.held.iter().copied())
            .chain([(done, position)])
            .collect();
        let now = self.node.held.get(done + 1).into_iter().flatten();
        let held = now.filter_map(|step| {
            let of_step = before.iter().find(|(held, _)| held == step);
            of_step.map(|(_, position)| *position)
        });
        let mut times = attempt.times;
        times.push(at);
        Attempt {
            end: attempt.end,
            held: held.collect(),
            times,
        }
    }
}

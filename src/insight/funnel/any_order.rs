//! How many different steps a profile does in whatever order.

use super::FunnelProgress;
use super::node::{FunnelNode, StepEvent};
use crate::profile::Profile;
use std::cmp::Reverse;

/// How many of the steps a profile does in whatever order, each with an event of its own, and when it comes to each number.
pub(super) fn progress<P: Profile>(
    node: &FunnelNode<P>,
    events: &[StepEvent<'_, P::Event>],
    until: i64,
) -> FunnelProgress {
    let mut best = FunnelProgress::default();
    let mut is_open = false;
    for (i, first) in events
        .iter()
        .enumerate()
        .filter(|(_, first)| first.steps != 0)
    {
        let mut end = node.end(first.at);
        let ending = events.iter().skip(i).find(|e| e.ends && e.at > first.at);
        if let Some(ending) = ending {
            end = end.min(ending.at);
        }
        let mut matching = Matching::of(node.steps.len());
        // Those of the same instant that come earlier in the list belong to it as well.
        let same = events.iter().take(i).rev().take_while(|e| e.at == first.at);
        let later = events.iter().skip(i + 1).take_while(|e| e.at <= end);
        let all = std::iter::once(first).chain(same).chain(later);
        let mut times = Vec::new();
        for event in all {
            if matching.is_full() {
                break;
            }
            if matching.add(event.steps) {
                times.push(event.at);
            }
        }
        let is_full = matching.is_full();
        is_open |= ending.is_none() && !is_full && node.within.is_some() && end >= until;
        let rank = |times: &[i64]| {
            let (first, last) = (times.first().copied(), times.last().copied());
            (times.len(), Reverse(last), first)
        };
        if rank(&times) > rank(&best.times) {
            best.times = times;
        }
    }
    best.is_open = is_open && best.times.len() < node.steps.len();
    best
}

/// Steps and the events that were found for them.
struct Matching {
    /// The bits of the event that a step has.
    events: Vec<Option<u32>>,
    /// Bits of events for which no step was free, nor ever will be.
    surplus: Vec<u32>,
}

impl Matching {
    fn of(steps: usize) -> Self {
        Matching {
            events: vec![None; steps],
            surplus: Vec::new(),
        }
    }

    fn is_full(&self) -> bool {
        self.events.iter().all(Option::is_some)
    }

    /// Adds an event that may be some of the steps; whether one more step is done by it.
    fn add(&mut self, steps: u32) -> bool {
        if steps == 0 || self.surplus.contains(&steps) {
            return false;
        }
        let mut seen = 0;
        let is_taken = self.give(steps, &mut seen);
        if !is_taken {
            self.surplus.push(steps);
        }
        is_taken
    }

    /// Gives an event to a step, if need be by finding another step for the event that it had (an augmenting path).
    fn give(&mut self, event: u32, seen: &mut u32) -> bool {
        for step in 0..self.events.len() {
            let bit = 1 << step;
            if event & bit == 0 || *seen & bit != 0 {
                continue;
            }
            *seen |= bit;
            let other = self.events.get(step).copied().flatten();
            if other.is_none_or(|other| self.give(other, seen)) {
                if let Some(place) = self.events.get_mut(step) {
                    *place = Some(event);
                }
                return true;
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::Matching;

    #[test]
    fn an_event_makes_room_for_another() {
        let mut matching = Matching::of(3);
        // The first may be each of the first two steps, and moves on when one comes that can only be the first.
        assert!(matching.add(0b011));
        assert!(matching.add(0b001));
        assert!(!matching.add(0b011));
        assert!(!matching.is_full());
        assert!(matching.add(0b110));
        assert!(matching.is_full());
    }
}

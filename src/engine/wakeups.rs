//! When to look at which profile again: a heap with one entry for each profile that will change by itself.

use crate::time::NEVER;

/// The next instant of each slot, and the least of them at hand. A slot costs 16 bytes whether or not it waits.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wakeups {
    /// By slot: the instant; [`NEVER`] where it does not wait.
    at: Vec<i64>,
    /// By slot: its place in the heap.
    place: Vec<u32>,
    /// Slots, each not later than its children, of which it has [`ARITY`].
    heap: Vec<u32>,
}

/// Four children lie in one cache line's reach, and the heap is half as deep as a binary one.
const ARITY: usize = 4;
const NOWHERE: u32 = u32::MAX;

impl Wakeups {
    /// Sets when a slot is due; [`NEVER`] takes it out.
    pub(crate) fn set(&mut self, slot: u32, at: i64) {
        let i = slot as usize;
        if i >= self.at.len() {
            self.at.resize(i + 1, NEVER);
            self.place.resize(i + 1, NOWHERE);
        }
        let (Some(old), Some(place)) = (self.at.get_mut(i), self.place.get(i).copied()) else { return };
        if *old == at {
            return;
        }
        let earlier = at < *old;
        *old = at;
        if at == NEVER {
            self.remove(place as usize);
        } else if place == NOWHERE {
            self.heap.push(slot);
            self.up(self.heap.len() - 1);
        } else if earlier {
            self.up(place as usize);
        } else {
            self.down(place as usize);
        }
    }

    /// The slot that is due first, and when; of several at one instant, the least slot.
    pub(crate) fn first(&self) -> Option<(i64, u32)> {
        self.heap.first().map(|slot| self.key(*slot))
    }

    /// By what slots are ordered.
    fn key(&self, slot: u32) -> (i64, u32) {
        (self.at.get(slot as usize).copied().unwrap_or(NEVER), slot)
    }

    fn key_at(&self, place: usize) -> Option<(i64, u32)> {
        self.heap.get(place).map(|slot| self.key(*slot))
    }

    fn put(&mut self, place: usize, slot: u32) {
        if let Some(cell) = self.heap.get_mut(place) {
            *cell = slot;
        }
        if let Some(cell) = self.place.get_mut(slot as usize) {
            *cell = u32::try_from(place).unwrap_or(NOWHERE);
        }
    }

    fn remove(&mut self, place: usize) {
        let (Some(slot), Some(last)) = (self.heap.get(place).copied(), self.heap.pop()) else { return };
        if let Some(cell) = self.place.get_mut(slot as usize) {
            *cell = NOWHERE;
        }
        if place < self.heap.len() {
            self.put(place, last);
            self.up(place);
            let place = self.place.get(last as usize).map_or(0, |p| *p as usize);
            self.down(place);
        }
    }

    fn up(&mut self, mut place: usize) {
        let Some(slot) = self.heap.get(place).copied() else { return };
        let key = self.key(slot);
        while place > 0 {
            let parent = (place - 1) / ARITY;
            match self.key_at(parent) {
                Some(above) if key < above => self.put(place, above.1),
                _ => break,
            }
            place = parent;
        }
        self.put(place, slot);
    }

    fn down(&mut self, mut place: usize) {
        let Some(slot) = self.heap.get(place).copied() else { return };
        let key = self.key(slot);
        loop {
            let first = place * ARITY + 1;
            let least = (first..first + ARITY)
                .filter_map(|p| self.key_at(p).map(|key| (key, p)))
                .min()
                .filter(|(k, _)| *k < key);
            let Some((below, at)) = least else { break };
            self.put(place, below.1);
            place = at;
        }
        self.put(place, slot);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        #[test]
        fn the_first_is_that_of_a_sorted_map(moves in prop::collection::vec((0_u32..40, prop::option::of(0_i64..30)), 1..400)) {
            let (mut wakeups, mut map) = (Wakeups::default(), BTreeMap::new());
            for (slot, at) in moves {
                wakeups.set(slot, at.unwrap_or(NEVER));
                match at {
                    Some(at) => map.insert(slot, at),
                    None => map.remove(&slot),
                };
                prop_assert_eq!(wakeups.first(), map.iter().map(|(slot, at)| (*at, *slot)).min());
            }
            while let Some((at, slot)) = wakeups.first() {
                prop_assert_eq!(map.remove(&slot), Some(at));
                wakeups.set(slot, NEVER);
            }
            prop_assert!(map.is_empty());
        }
    }
}

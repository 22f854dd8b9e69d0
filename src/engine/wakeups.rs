//! When to look at which profile again: a heap with one entry for each profile that will change by itself.

use crate::time::NEVER;
use std::cmp::Ordering;

/// The slots that wait, the first to be due at hand. One that waits costs 20 bytes, one that does not 4.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wakeups {
    /// Instants and slots, each not later than its children, of which it has [`ARITY`].
    heap: Vec<(i64, u32)>,
    /// By slot: its place in the heap.
    places: Vec<u32>,
}

/// Four children lie in one cache line, and the heap is half as deep as a binary one.
const ARITY: usize = 4;
const NOWHERE: u32 = u32::MAX;

impl Wakeups {
    /// Sets when a slot is due; [`NEVER`] takes it out.
    pub(crate) fn set(&mut self, slot: u32, at: i64) {
        let i = slot as usize;
        if i >= self.places.len() {
            self.places.resize(i + 1, NOWHERE);
        }
        let place = self.places.get(i).map_or(usize::MAX, |p| *p as usize);
        match self.heap.get(place).map(|(old, _)| at.cmp(old)) {
            None if at == NEVER => {}
            None => {
                self.heap.push((at, slot));
                self.up(self.heap.len() - 1, (at, slot));
            }
            Some(_) if at == NEVER => self.remove(place),
            Some(Ordering::Less) => self.up(place, (at, slot)),
            Some(Ordering::Equal) => {}
            Some(Ordering::Greater) => self.down(place, (at, slot)),
        }
    }

    /// The slot that is due first, and when; of several at one instant, the least slot.
    #[inline]
    pub(crate) fn first(&self) -> Option<(i64, u32)> {
        self.heap.first().copied()
    }

    fn put(&mut self, place: usize, key: (i64, u32)) {
        if let Some(cell) = self.heap.get_mut(place) {
            *cell = key;
        }
        if let Some(cell) = self.places.get_mut(key.1 as usize) {
            *cell = u32::try_from(place).unwrap_or(NOWHERE);
        }
    }

    fn remove(&mut self, place: usize) {
        let (Some((_, slot)), Some(last)) = (self.heap.get(place).copied(), self.heap.pop()) else { return };
        if let Some(cell) = self.places.get_mut(slot as usize) {
            *cell = NOWHERE;
        }
        if place < self.heap.len() {
            let parent = self.heap.get(place.saturating_sub(1) / ARITY);
            if place > 0 && parent.is_some_and(|above| last < *above) {
                self.up(place, last);
            } else {
                self.down(place, last);
            }
        }
    }

    /// Puts a key in a place, or as far above as it belongs.
    fn up(&mut self, mut place: usize, key: (i64, u32)) {
        while place > 0 {
            let parent = (place - 1) / ARITY;
            match self.heap.get(parent).copied() {
                Some(above) if key < above => self.put(place, above),
                _ => break,
            }
            place = parent;
        }
        self.put(place, key);
    }

    /// Puts a key in a place, or as far below as it belongs.
    fn down(&mut self, mut place: usize, key: (i64, u32)) {
        loop {
            let first = place * ARITY + 1;
            let end = (first + ARITY).min(self.heap.len());
            let children = self.heap.get(first..end).unwrap_or(&[]).iter().copied().zip(first..);
            let Some((below, at)) = children.min().filter(|(below, _)| *below < key) else { break };
            self.put(place, below);
            place = at;
        }
        self.put(place, key);
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

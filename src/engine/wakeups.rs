//! When to look at which profile again.

use super::state::Live;
use crate::time::NEVER;

/// The slots of profiles that wait, the first to be due at hand.
///
/// Most are due later than it was thought at first, because something new came in between. They stay where they are in
/// the heap until they come first; only what is first is always true. So a slot may stand in it more than once: the entry
/// that counts is the one at the instant that its profile is [queued](Live::queued) for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wakeups {
    /// Instants and slots, each not later than its children, of which it has [`ARITY`].
    heap: Vec<(i64, u32)>,
}

/// Four children lie in one or two cache lines, and the heap is half as deep as a binary one.
const ARITY: usize = 4;

impl Wakeups {
    /// The slot that is due first, and when; of several at one instant, the least slot.
    #[inline]
    pub(crate) fn first(&self) -> Option<(i64, u32)> {
        self.heap.first().copied()
    }

    /// Waits for a profile, which is in this slot.
    pub(crate) fn wait<P>(&mut self, slot: u32, live: &mut Live<P>) {
        let at = live.soonest();
        if at < live.queued {
            live.queued = at;
            self.push(at, slot);
        }
    }

    /// The same where the profile may have waited for something else before.
    pub(crate) fn wait_anew<P>(&mut self, slot: u32, profiles: &mut [Live<P>]) {
        if let Some(live) = profiles.get_mut(slot as usize) {
            self.wait(slot, live);
        }
        if self.first().is_none_or(|(_, first)| first != slot) {
            return;
        }
        while let Some((at, slot)) = self.first()
            && let Some(live) = profiles.get_mut(slot as usize)
        {
            let due = live.soonest();
            if live.queued != at {
                self.remove_first();
            } else if due == at {
                return;
            } else {
                live.queued = due;
                if due == NEVER { self.remove_first() } else { self.replace_first((due, slot)) }
            }
        }
    }

    fn push(&mut self, at: i64, slot: u32) {
        let key = (at, slot);
        let mut place = self.heap.len();
        self.heap.push(key);
        while let Some(below) = place.checked_sub(1)
            && let Some(above) = self.heap.get(below / ARITY).copied()
            && key < above
        {
            self.put(place, above);
            place = below / ARITY;
        }
        self.put(place, key);
    }

    /// Takes the first out.
    fn remove_first(&mut self) {
        if let Some(last) = self.heap.pop()
            && !self.heap.is_empty()
        {
            self.replace_first(last);
        }
    }

    /// Puts another in the place of the first.
    fn replace_first(&mut self, key: (i64, u32)) {
        let mut place = 0;
        loop {
            let first = place * ARITY + 1;
            let (mut least, mut at) = (key, place);
            for (i, child) in self.heap.get(first..).unwrap_or(&[]).iter().take(ARITY).enumerate() {
                if *child < least {
                    (least, at) = (*child, first + i);
                }
            }
            self.put(place, least);
            if at == place {
                return;
            }
            place = at;
        }
    }

    fn put(&mut self, place: usize, key: (i64, u32)) {
        if let Some(cell) = self.heap.get_mut(place) {
            *cell = key;
        }
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
        fn the_first_is_that_of_a_sorted_list(moves in prop::collection::vec((0_u32..40, 0_i64..30, 0_u8..4), 1..400)) {
            let (mut wakeups, mut counts) = (Wakeups::default(), BTreeMap::new());
            for (slot, at, what) in moves {
                let first = counts.keys().next().copied();
                match (what, first) {
                    (0, Some(first)) => {
                        wakeups.remove_first();
                        take(&mut counts, first);
                    }
                    (1, Some(first)) => {
                        wakeups.replace_first((at, slot));
                        take(&mut counts, first);
                        *counts.entry((at, slot)).or_insert(0) += 1;
                    }
                    _ => {
                        wakeups.push(at, slot);
                        *counts.entry((at, slot)).or_insert(0) += 1;
                    }
                }
                prop_assert_eq!(wakeups.first(), counts.keys().next().copied());
            }
        }
    }

    fn take(counts: &mut BTreeMap<(i64, u32), u32>, key: (i64, u32)) {
        let n = counts.get_mut(&key).unwrap();
        *n -= 1;
        if *n == 0 {
            counts.remove(&key);
        }
    }
}

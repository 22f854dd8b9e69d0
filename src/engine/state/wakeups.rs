//! The profiles that wait, by when they are due: a calendar queue (R. Brown, CACM 31(10), 1988).

use super::{ProfileState, Profiles};
use crate::engine::ids::ProfileSlot;
use crate::time::NEVER;
use std::collections::BTreeMap;

/// The slots of profiles that wait; the first to be due is known.
///
/// Time is cut into stretches. Only what is due in the first stretch that has anything is kept in order, in a heap that is
/// small enough to stay in the cache; what comes later waits unsorted for its stretch.
///
/// Most profiles are due later than it seemed at first, because something new came in between. Their entries stay where they
/// are until they come first; only the first entry is always true. So a slot may have several entries: the one that counts
/// is at the instant that its profile is [queued](ProfileState::queued) for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wakeups {
    near: Heap,
    /// The last instant of what is near.
    last: i64,
    /// What is due later, by stretch. There is none while nothing is near.
    far: BTreeMap<i64, Vec<(i64, ProfileSlot)>>,
    /// How many entries there are in all.
    len: usize,
}

/// The microseconds of a stretch, as a power of two: an hour and some minutes.
const STRETCH: u32 = 32;

/// How many entries that no longer count are nothing to care about.
const ROOM: usize = 64;

impl Wakeups {
    /// The slot that is due first, and when; of several at one instant, the least slot.
    #[inline]
    pub(crate) fn first(&self) -> Option<(i64, ProfileSlot)> {
        self.near.first()
    }

    /// Waits for the next changes of all profiles.
    pub(crate) fn of<P>(profiles: &mut Profiles<P>) -> Self {
        let mut wakeups = Wakeups::default();
        for (slot, profile) in profiles.iter_mut() {
            profile.queued = NEVER;
            wakeups.wait(slot, profile);
        }
        wakeups
    }

    /// Waits for the next change of a profile, which is in this slot.
    pub(crate) fn wait<P>(&mut self, slot: ProfileSlot, profile: &mut ProfileState<P>) {
        let at = profile.next_change();
        if at < profile.queued {
            profile.queued = at;
            self.push(at, slot);
        }
    }

    /// The same for a profile that may have waited for something else before.
    pub(crate) fn wait_anew<P>(&mut self, slot: ProfileSlot, profiles: &mut Profiles<P>) {
        // Entries that no longer count are gone at the latest when there are as many as others.
        if self.len > profiles.len().saturating_mul(2).saturating_add(ROOM) {
            *self = Wakeups::of(profiles);
        }
        if let Some(profile) = profiles.find_mut(slot) {
            self.wait(slot, profile);
        }
        if self.first().is_none_or(|(_, first)| first != slot) {
            return;
        }
        while let Some((at, slot)) = self.first() {
            let Some(profile) = profiles.find_mut(slot) else {
                self.remove_first();
                continue;
            };
            let due = profile.next_change();
            if profile.queued != at {
                self.remove_first();
            } else if due == at {
                break;
            } else {
                profile.queued = due;
                if due == NEVER {
                    self.remove_first()
                } else {
                    self.replace_first((due, slot))
                }
            }
        }
        // Meanwhile, what is due next is on its way from memory.
        let mut soon = self.near.soon().filter_map(|slot| profiles.get(slot));
        soon.next().into_iter().for_each(ProfileState::prefetch);
        soon.for_each(ProfileState::prefetch_header);
    }

    fn push(&mut self, at: i64, slot: ProfileSlot) {
        self.len += 1;
        if self.near.is_empty() {
            self.last = at | ((1 << STRETCH) - 1);
        }
        if at <= self.last {
            self.near.push((at, slot));
        } else {
            self.far.entry(at >> STRETCH).or_default().push((at, slot));
        }
    }

    /// Takes the first out.
    fn remove_first(&mut self) {
        self.len = self.len.saturating_sub(1);
        self.near.remove_first();
        if self.near.is_empty()
            && let Some((stretch, entries)) = self.far.pop_first()
        {
            self.last = (stretch << STRETCH) | ((1 << STRETCH) - 1);
            self.near = Heap::of(entries);
        }
    }

    /// Puts another in the place of the first.
    fn replace_first(&mut self, key: (i64, ProfileSlot)) {
        if key.0 <= self.last {
            self.near.replace_first(key);
        } else {
            self.push(key.0, key.1);
            self.remove_first();
        }
    }
}

/// Instants and slots, each not later than its children, of which it has [`ARITY`].
#[derive(Clone, Debug, Default)]
struct Heap(Vec<(i64, ProfileSlot)>);

/// Four children lie in one or two cache lines, and the heap is half as deep as a binary one.
const ARITY: usize = 4;

impl Heap {
    fn of(mut entries: Vec<(i64, ProfileSlot)>) -> Self {
        entries.sort_unstable();
        Heap(entries)
    }

    #[inline]
    fn first(&self) -> Option<(i64, ProfileSlot)> {
        self.0.first().copied()
    }

    /// The slots that are due next: the first, and others in no order.
    fn soon(&self) -> impl Iterator<Item = ProfileSlot> {
        self.0.iter().take(1 + ARITY).map(|(_, slot)| *slot)
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn push(&mut self, key: (i64, ProfileSlot)) {
        let mut place = self.0.len();
        self.0.push(key);
        while let Some(below) = place.checked_sub(1)
            && let Some(above) = self.0.get(below / ARITY).copied()
            && key < above
        {
            self.put(place, above);
            place = below / ARITY;
        }
        self.put(place, key);
    }

    fn remove_first(&mut self) {
        if let Some(last) = self.0.pop()
            && !self.0.is_empty()
        {
            self.replace_first(last);
        }
    }

    fn replace_first(&mut self, key: (i64, ProfileSlot)) {
        let mut place = 0;
        loop {
            let first = place * ARITY + 1;
            let (mut least, mut at) = (key, place);
            for (i, child) in self
                .0
                .get(first..)
                .unwrap_or(&[])
                .iter()
                .take(ARITY)
                .enumerate()
            {
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

    fn put(&mut self, place: usize, key: (i64, ProfileSlot)) {
        if let Some(cell) = self.0.get_mut(place) {
            *cell = key;
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use crate::engine::ids::SegmentId;
    use crate::engine::state::Membership;
    use crate::eval::bounded::End;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_first_is_that_of_a_sorted_list(moves in prop::collection::vec((0_usize..40, 0_i64..30, 0_u8..4), 1..400)) {
            let (mut wakeups, mut counts) = (Wakeups::default(), BTreeMap::new());
            for (slot, at, what) in moves {
                let slot = ProfileSlot::new(slot);
                // Half a stretch apart, so that they fall into many.
                let at = at << (STRETCH - 1);
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

    #[test]
    fn what_comes_and_goes_beside_what_is_far_away_leaves_nothing_behind() {
        let slot = ProfileSlot::new(0);
        let mut profiles: Profiles<()> =
            [ProfileState::new("anna".into(), ())].into_iter().collect();
        let mut wakeups = Wakeups::default();
        let membership = |segment, until| Membership {
            until,
            segment: SegmentId::new(segment),
            holds: true,
            end: End::Certain,
            idle_looks: 0,
        };
        profiles
            .find_mut(slot)
            .unwrap()
            .memberships
            .set(Err(0), Some(membership(0, 1 << 50)));
        for minute in 1..100_000 {
            let due = minute * 60_000_000;
            profiles
                .find_mut(slot)
                .unwrap()
                .memberships
                .set(Err(1), Some(membership(1, due)));
            wakeups.wait_anew(slot, &mut profiles);
            assert_eq!(wakeups.first(), Some((due, slot)));
            profiles
                .find_mut(slot)
                .unwrap()
                .memberships
                .set(Ok(1), None);
            wakeups.wait_anew(slot, &mut profiles);
            assert_eq!(wakeups.first(), Some((1 << 50, slot)));
            assert!(wakeups.len <= ROOM + 4, "{}", wakeups.len);
        }
    }

    fn take(counts: &mut BTreeMap<(i64, ProfileSlot), u32>, key: (i64, ProfileSlot)) {
        if let Some(n) = counts.get_mut(&key) {
            *n -= 1;
            if *n == 0 {
                counts.remove(&key);
            }
        }
    }
}

//! The segments of one profile.

use super::least::Least;
use crate::engine::ids::SegmentId;
use crate::eval::bounded::End;
use crate::time::NEVER;
use serde::{Deserialize, Serialize};
use std::ops::Deref;

/// The segments that a profile is in and a blank profile is not, or the other way round, or that will change by themselves;
/// in the order of segments.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Memberships {
    all: Vec<Membership>,
    /// The least `until`.
    #[serde(skip)]
    first: Least,
}

/// Whether a profile is in a segment, and until when that is certain if nothing new comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Membership {
    pub(crate) until: i64,
    pub(crate) segment: SegmentId,
    pub(crate) holds: bool,
    pub(crate) end: End,
    /// How many looks one after the other have found that nothing changed, since something new came.
    pub(crate) idle_looks: u16,
}

impl PartialEq for Memberships {
    fn eq(&self, other: &Self) -> bool {
        self.all == other.all
    }
}

impl Deref for Memberships {
    type Target = [Membership];

    fn deref(&self) -> &[Membership] {
        &self.all
    }
}

impl Memberships {
    /// The position of a segment, or where it would be.
    #[inline]
    pub(crate) fn position(&self, segment: SegmentId) -> Result<usize, usize> {
        self.all.binary_search_by_key(&segment, |m| m.segment)
    }

    pub(crate) fn of(&self, segment: SegmentId) -> Option<&Membership> {
        self.position(segment).ok().and_then(|i| self.all.get(i))
    }

    /// Something new may have put off the end of a membership, but cannot bring it on.
    #[inline]
    pub(crate) fn put_off(&mut self, position: usize) {
        if let Some(membership) = self.all.get_mut(position)
            && membership.until != NEVER
        {
            (membership.end, membership.idle_looks) = (End::Possible, 0);
        }
    }

    /// Sets the membership at its [position](Self::position); `None` if the profile is like a blank one from now on.
    #[inline]
    pub(crate) fn set(&mut self, position: Result<usize, usize>, membership: Option<Membership>) {
        let until = membership.map_or(NEVER, |m| m.until);
        let old = match (position, membership) {
            (Ok(i), Some(membership)) => self
                .all
                .get_mut(i)
                .map_or(NEVER, |old| std::mem::replace(old, membership).until),
            (Ok(i), None) => self.all.remove(i).until,
            (Err(i), Some(membership)) => {
                self.all.insert(i, membership);
                NEVER
            }
            (Err(_), None) => NEVER,
        };
        self.first.replace(old, until);
    }

    /// The first instant at which a membership changes by itself.
    #[inline]
    pub(crate) fn next_change(&mut self) -> i64 {
        self.first.of(self.all.iter().map(|m| m.until))
    }

    /// Numbers segments anew; those without a new number are dropped.
    pub(crate) fn renumber(&mut self, new: impl Fn(SegmentId) -> Option<SegmentId>) {
        self.all
            .retain_mut(|m| new(m.segment).map(|id| m.segment = id).is_some());
        self.all.sort_unstable_by_key(|m| m.segment);
    }

    pub(super) fn reset_derived(&mut self) {
        self.first = Least::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn membership(segment: usize, until: i64) -> Membership {
        Membership {
            until,
            segment: SegmentId::new(segment),
            holds: true,
            end: End::Certain,
            idle_looks: 0,
        }
    }

    #[test]
    fn memberships_are_set_in_order_and_the_first_change_is_known() {
        let mut all = Memberships::default();
        for (segment, until) in [(4, 70), (1, 90), (2, 80)] {
            let new = membership(segment, until);
            all.set(all.position(new.segment), Some(new));
        }
        assert!(all.iter().map(|m| m.segment.index()).eq([1, 2, 4]));
        assert_eq!(all.next_change(), 70);
        all.set(all.position(SegmentId::new(4)), None);
        assert_eq!(all.next_change(), 80);
        assert_eq!(all.of(SegmentId::new(4)), None);
    }

    #[test]
    fn segments_that_are_gone_are_dropped() {
        let mut all = Memberships::default();
        for segment in 0..3 {
            all.set(Err(segment), Some(membership(segment, NEVER)));
        }
        // The first is gone, the others have changed places.
        all.renumber(|id| [None, Some(1), Some(0)][id.index()].map(SegmentId::new));
        assert!(all.iter().map(|m| m.segment.index()).eq([0, 1]));
    }
}

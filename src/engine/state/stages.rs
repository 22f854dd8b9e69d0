//! The stages of one profile in its lifecycles.

use super::least::Least;
use crate::eval::timeline::stage_history::{Move, StageHistory};
use crate::ir::{StageId, StageSet};
use crate::time::NEVER;
use serde::{Deserialize, Serialize};
use std::ops::Deref;
use std::sync::Arc;

/// The states of a profile's lifecycles, by lifecycle and subject.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
#[repr(C)]
pub(crate) struct LifecycleStates {
    /// The least `wake`.
    #[serde(skip)]
    first: Least,
    all: Vec<LifecycleState>,
}

/// Where a profile is in a lifecycle, and how it came there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LifecycleState {
    pub(crate) lifecycle: Arc<str>,
    pub(crate) subject: Option<Arc<str>>,
    pub(crate) moves: Vec<Move>,
    /// The last instant that the moves take into account.
    pub(crate) covered: i64,
    /// The conditions that hold, from `covered` until `next`.
    pub(crate) holding: StageSet,
    /// When one of the conditions changes by itself.
    pub(crate) next: i64,
    /// When that moves the profile into another stage.
    pub(crate) wake: i64,
    /// The instants at which data without dates (an attribute, a tag) or other rules caused a move, ascending.
    pub(crate) undated: Vec<i64>,
}

impl LifecycleState {
    /// A state that was not in any stage yet. It also stands in the place of one that is being updated: no condition of a
    /// lifecycle asks for the lifecycle's own stages.
    pub(crate) fn empty(lifecycle: Arc<str>, subject: Option<Arc<str>>) -> Self {
        LifecycleState {
            lifecycle,
            subject,
            moves: Vec::new(),
            covered: 0,
            holding: StageSet::default(),
            next: NEVER,
            wake: NEVER,
            undated: Vec::new(),
        }
    }

    pub(crate) fn stage(&self) -> Option<StageId> {
        self.moves.last().map(|m| m.stage)
    }

    /// The first instant after another at which undated data caused a move.
    pub(crate) fn next_undated(&self, after: i64) -> i64 {
        let i = self.undated.partition_point(|at| *at <= after);
        self.undated.get(i).copied().unwrap_or(NEVER)
    }
}

/// What has come to a profile's states from another profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct JoinedStates {
    /// The first instant at which what has no date changed a stage of the other, if both have the state.
    pub(crate) first_undated: i64,
    /// The states that only the other has: lifecycle and subject.
    pub(crate) theirs: Vec<(Arc<str>, Option<Arc<str>>)>,
}

impl Default for JoinedStates {
    fn default() -> Self {
        JoinedStates {
            first_undated: NEVER,
            theirs: Vec::new(),
        }
    }
}

impl PartialEq for LifecycleStates {
    fn eq(&self, other: &Self) -> bool {
        self.all == other.all
    }
}

impl Deref for LifecycleStates {
    type Target = [LifecycleState];

    fn deref(&self) -> &[LifecycleState] {
        &self.all
    }
}

impl LifecycleStates {
    /// The position of a lifecycle's state, or where it would be.
    pub(crate) fn position(&self, lifecycle: &str, subject: Option<&str>) -> Result<usize, usize> {
        self.all.binary_search_by(|state| {
            (&*state.lifecycle, state.subject.as_deref()).cmp(&(lifecycle, subject))
        })
    }

    pub(crate) fn of(&self, lifecycle: &str, subject: Option<&str>) -> Option<&LifecycleState> {
        self.position(lifecycle, subject)
            .ok()
            .and_then(|i| self.all.get(i))
    }

    /// The subjects for which a lifecycle is kept.
    pub(crate) fn subjects(&self, lifecycle: &str) -> impl Iterator<Item = Arc<str>> {
        self.all
            .iter()
            .filter(move |state| *state.lifecycle == *lifecycle)
            .filter_map(|state| state.subject.clone())
    }

    /// Takes a state out to be updated; an empty one is left in its place until it is [put back](Self::put_back).
    pub(crate) fn take(&mut self, position: usize) -> Option<LifecycleState> {
        let state = self.all.get_mut(position)?;
        let empty = LifecycleState::empty(state.lifecycle.clone(), state.subject.clone());
        Some(std::mem::replace(state, empty))
    }

    /// Makes room for a new state at its position.
    pub(crate) fn make_room(&mut self, position: usize, state: &LifecycleState) {
        let empty = LifecycleState::empty(state.lifecycle.clone(), state.subject.clone());
        self.all.insert(position, empty);
    }

    /// Puts a state at its position, which woke at `previous_wake` before it was taken out.
    pub(crate) fn put_back(&mut self, position: usize, state: LifecycleState, previous_wake: i64) {
        self.first.replace(previous_wake, state.wake);
        debug_assert!(position < self.all.len(), "it was taken out here");
        if let Some(place) = self.all.get_mut(position) {
            *place = state;
        }
    }

    /// Takes in the states of another profile of the same person: those that only the other has, and of the others the instants at
    /// which what has no date changed a stage. All are to be updated then.
    pub(crate) fn merge(&mut self, other: LifecycleStates) -> JoinedStates {
        let mut joined = JoinedStates::default();
        for theirs in other.all {
            let subject = theirs.subject.as_deref();
            match self.position(&theirs.lifecycle, subject) {
                Ok(i) => {
                    let Some(ours) = self.all.get_mut(i) else {
                        continue;
                    };
                    joined.first_undated = joined
                        .first_undated
                        .min(theirs.undated.first().copied().unwrap_or(NEVER));
                    ours.undated.extend(theirs.undated);
                    ours.undated.sort_unstable();
                    ours.undated.dedup();
                }
                Err(i) => {
                    let id = (theirs.lifecycle.clone(), theirs.subject.clone());
                    joined.theirs.push(id);
                    self.all.insert(i, theirs);
                }
            }
        }
        self.first = Least::default();
        joined
    }

    /// The first instant at which a stage changes by itself.
    #[inline]
    pub(crate) fn next_change(&mut self) -> i64 {
        self.first.of(self.all.iter().map(|state| state.wake))
    }

    /// Keeps and changes states as `keep` says, after lifecycles have changed.
    pub(crate) fn retain_mut(&mut self, keep: impl FnMut(&mut LifecycleState) -> bool) {
        self.all.retain_mut(keep);
        self.all
            .sort_unstable_by(|a, b| (&a.lifecycle, &a.subject).cmp(&(&b.lifecycle, &b.subject)));
    }

    pub(super) fn reset_derived(&mut self) {
        self.first = Least::default();
    }
}

/// The moves as evaluation sees them.
impl StageHistory for LifecycleStates {
    fn moves(&self, lifecycle: &str, subject: Option<&str>) -> Option<(&[Move], i64)> {
        let state = self.of(lifecycle, subject)?;
        Some((&state.moves, state.covered))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn a_state_is_taken_out_and_put_back() {
        let mut states = LifecycleStates::default();
        let new = LifecycleState::empty("recency".into(), Some("tv".into()));
        let position = states.position("recency", Some("tv")).unwrap_err();
        states.make_room(position, &new);
        states.put_back(position, LifecycleState { wake: 5, ..new }, NEVER);
        assert_eq!(states.next_change(), 5);
        let taken = states.take(position).unwrap();
        assert_eq!((taken.wake, states[position].wake), (5, NEVER));
        states.put_back(position, LifecycleState { wake: 9, ..taken }, 5);
        assert_eq!(states.next_change(), 9);
        assert!(states.subjects("recency").eq([Arc::from("tv")]));
    }

    #[test]
    fn states_of_two_profiles_are_one_by_lifecycle_and_subject() {
        let state = |subject: Option<&str>, undated: &[i64], wake: i64| LifecycleState {
            undated: undated.to_vec(),
            wake,
            ..LifecycleState::empty("recency".into(), subject.map(Arc::from))
        };
        let states = |all: Vec<LifecycleState>| LifecycleStates {
            first: Least::default(),
            all,
        };
        let mut ours = states(vec![state(None, &[3, 9], 20)]);
        assert_eq!(ours.next_change(), 20);
        let theirs = states(vec![state(None, &[3, 5], 10), state(Some("tv"), &[], 7)]);
        let joined = ours.merge(theirs);
        assert_eq!(joined.first_undated, 3);
        assert_eq!(joined.theirs, [("recency".into(), Some("tv".into()))]);
        assert_eq!(ours.next_change(), 7);
        assert_eq!((&*ours[0].undated, ours[0].wake), (&[3, 5, 9][..], 20));
    }

    #[test]
    fn undated_moves_are_found_in_order() {
        let mut state = LifecycleState::empty("recency".into(), None);
        state.undated = vec![3, 7];
        assert_eq!(
            [2, 3, 7].map(|after| state.next_undated(after)),
            [3, 7, NEVER]
        );
    }
}

//! Stages by their positions, and sets of them.

use crate::schema::ids::ids;
use serde::{Deserialize, Serialize};

/// The most stages of a lifecycle.
pub(crate) const MAX_STAGES: usize = 63;

ids! {
    /// A stage of a lifecycle. Where there is none, a profile is in no stage.
    StageId,
}

impl StageId {
    /// The stage as a value.
    pub(crate) fn whole(self) -> i128 {
        i128::try_from(self.index()).unwrap_or(i128::MAX)
    }
}

/// Some stages of a lifecycle by their positions; to be in no stage counts as one more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct StageSet(u64);

impl StageSet {
    pub(crate) const ALL: StageSet = StageSet(u64::MAX);

    /// The first stages of a lifecycle, so many of them.
    pub(crate) fn of_first(stages: usize) -> Self {
        StageSet((1 << stages.min(MAX_STAGES)) - 1)
    }

    /// One stage; `None` is no stage.
    pub(crate) fn of(stage: Option<StageId>) -> Self {
        let stage = stage.map(StageId::index);
        // INVARIANT: a lifecycle with more stages is refused.
        debug_assert!(stage.is_none_or(|stage| stage < MAX_STAGES), "{stage:?}");
        StageSet(1 << stage.unwrap_or(MAX_STAGES).min(MAX_STAGES))
    }

    /// The stages before one, without no stage.
    pub(crate) fn before(stage: StageId) -> Self {
        StageSet((1 << stage.index().min(MAX_STAGES)) - 1)
    }

    #[inline]
    pub(crate) fn contains(self, stage: Option<StageId>) -> bool {
        self.meets(StageSet::of(stage))
    }

    /// Whether some stage is in both.
    #[inline]
    pub(crate) fn meets(self, other: StageSet) -> bool {
        self.0 & other.0 != 0
    }

    pub(crate) fn is_within(self, other: StageSet) -> bool {
        self.0 & !other.0 == 0
    }

    #[must_use]
    pub(crate) fn with(self, other: StageSet) -> Self {
        StageSet(self.0 | other.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_stage_is_a_member_like_any_other() {
        let [first, second, third] = [0, 1, 2].map(StageId::new);
        let forward = StageSet::before(third).with(StageSet::of(None));
        let members = [None, Some(first), Some(second), Some(third)];
        let members = members.map(|stage| forward.contains(stage));
        assert_eq!(members, [true, true, true, false]);
        assert!(forward.is_within(StageSet::ALL) && !StageSet::ALL.is_within(forward));
        assert!(!forward.meets(StageSet::of(Some(third))));
        assert_eq!(StageSet::before(first), StageSet::default());
    }
}

//! Sets of stages.

use serde::{Deserialize, Serialize};

/// The most stages of a lifecycle.
pub(crate) const MAX_STAGES: usize = 63;

/// Some stages of a lifecycle by their positions; to be in no stage counts as one more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct StageSet(u64);

impl StageSet {
    pub(crate) const ALL: StageSet = StageSet(u64::MAX);

    /// One stage; `None` is no stage.
    pub(crate) fn of(stage: Option<usize>) -> Self {
        // INVARIANT: a lifecycle with more stages is refused.
        debug_assert!(stage.is_none_or(|stage| stage < MAX_STAGES), "{stage:?}");
        StageSet(1 << stage.unwrap_or(MAX_STAGES).min(MAX_STAGES))
    }

    /// The stages before one, without no stage.
    pub(crate) fn before(stage: usize) -> Self {
        StageSet((1 << stage.min(MAX_STAGES)) - 1)
    }

    #[inline]
    pub(crate) fn contains(self, stage: Option<usize>) -> bool {
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
        let forward = StageSet::before(2).with(StageSet::of(None));
        let members = [None, Some(0), Some(1), Some(2)].map(|stage| forward.contains(stage));
        assert_eq!(members, [true, true, true, false]);
        assert!(forward.is_within(StageSet::ALL) && !StageSet::ALL.is_within(forward));
        assert!(!forward.meets(StageSet::of(Some(2))));
        assert_eq!(StageSet::before(0), StageSet::default());
    }
}

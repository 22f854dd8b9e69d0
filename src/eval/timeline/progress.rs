//! How far a walk through a lifecycle has come.

use crate::eval::probe::ProbeBudget;
use crate::ir::StageId;
use std::cell::Cell;

/// Where a walk stands after everything that happens at `at`.
#[derive(Clone, Copy)]
pub(crate) struct Progress {
    pub(crate) at: i64,
    pub(crate) stage: Option<StageId>,
    /// When the stage was entered.
    pub(crate) since: i64,
    /// The probes that the rest of the walk may take.
    pub(crate) budget: ProbeBudget,
}

/// A lifecycle and the subject that it is about, by their places in memory.
pub(crate) type Walked = (usize, usize);

/// How far the latest walks of one search have come. A search probes one instant after another, and each asks for the stage:
/// from where the walk to the one before ended it is a step, from the beginning it is all of the past again.
#[derive(Default)]
pub(crate) struct ProgressCache(Cell<[Option<(Walked, Progress)>; ProgressCache::LEN]>);

impl ProgressCache {
    /// Lifecycles may ask for one another; for more of them than that, walks begin at the beginning.
    const LEN: usize = 4;

    /// The progress of a walk that is not beyond `now`.
    pub(crate) fn of(&self, walked: Walked, now: i64) -> Option<Progress> {
        let mut known = self.0.get().into_iter().flatten();
        let found = known.find(|(of, progress)| *of == walked && progress.at <= now);
        found.map(|(_, progress)| progress)
    }

    /// Remembers the progress of a walk, the latest first.
    pub(crate) fn keep(&self, walked: Walked, progress: Progress) {
        let mut all = self.0.get();
        let same = |known: &Option<(Walked, Progress)>| known.is_none_or(|(of, _)| of == walked);
        let place = all.iter().position(same).unwrap_or(Self::LEN - 1);
        if let Some(known) = all.get_mut(..=place) {
            known.rotate_right(1);
        }
        if let Some(first) = all.first_mut() {
            *first = Some((walked, progress));
        }
        self.0.set(all);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_walks_are_remembered() {
        let cache = ProgressCache::default();
        let progress = |at| Progress {
            at,
            stage: None,
            since: at,
            budget: ProbeBudget::new(1),
        };
        for lifecycle in 0..=ProgressCache::LEN {
            cache.keep((lifecycle, 0), progress(10));
        }
        cache.keep((2, 0), progress(20));
        let at = |lifecycle, now| cache.of((lifecycle, 0), now).map(|progress| progress.at);
        // The first was the least recent.
        assert_eq!(at(0, 30), None);
        assert_eq!(at(1, 30), Some(10));
        assert_eq!(at(2, 30), Some(20));
        // A walk does not go back.
        assert_eq!(at(2, 19), None);
        assert_eq!(cache.of((2, 7), 30).map(|progress| progress.at), None);
    }
}

//! The people of a figure, gathered one after another.

use crate::population::Members;

/// The positions of some of the profiles that a report is given, ascending.
#[derive(Clone, Debug, Default)]
pub(super) struct Gathered(Vec<usize>);

impl Gathered {
    /// Adds the profile at a position, which is not before those that were added.
    pub(super) fn add(&mut self, position: usize) {
        if self.0.last() != Some(&position) {
            self.0.push(position);
        }
    }

    pub(super) fn count(&self) -> u64 {
        u64::try_from(self.0.len()).unwrap_or(u64::MAX)
    }

    /// The same among everybody who was recorded.
    pub(super) fn members(&self, population: usize) -> Members {
        Members::from_positions(population, self.0.iter().copied())
    }
}

/// What share of a number another is; `None` of 0.
#[expect(clippy::cast_precision_loss, reason = "a share of counts")]
pub(super) fn share(part: u64, of: u64) -> Option<f64> {
    (of > 0).then(|| part as f64 / of as f64)
}

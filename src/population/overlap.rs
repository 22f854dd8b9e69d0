//! How much sets of members have in common.

use super::Members;
use serde::Serialize;

/// How much sets of members have in common: of each two, how many are in both.
///
/// ```
/// use segue::population::{Members, Overlap};
/// let (active, loyal) = (Members::from_positions(8, [0, 1, 2, 3]), Members::from_positions(8, [2, 3]));
/// let overlap = Overlap::of(8, [("active", &active), ("loyal", &loyal)]);
/// assert_eq!(overlap.counts, [[4, 2], [2, 2]]);
/// assert_eq!(overlap.share(0, 1), Some(0.5)); // of the active, half are loyal
/// assert_eq!(overlap.share(1, 0), Some(1.0)); // all who are loyal are active
/// assert_eq!(overlap.lift(0, 1), Some(2.0));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Overlap {
    /// How many profiles the population has.
    pub population: usize,
    /// The names of the sets.
    pub names: Vec<String>,
    /// By two positions among the names: how many are in both sets; by one position twice, how many are in that set.
    pub counts: Vec<Vec<usize>>,
}

impl Overlap {
    /// Compares each two of some sets of members of a population.
    pub fn of<'m, N: Into<String>>(
        population: usize,
        sets: impl IntoIterator<Item = (N, &'m Members)>,
    ) -> Self {
        let (names, sets): (Vec<String>, Vec<&Members>) = sets
            .into_iter()
            .map(|(name, members)| (name.into(), members))
            .unzip();
        let mut counts = vec![vec![0; sets.len()]; sets.len()];
        for (i, a) in sets.iter().enumerate() {
            for (j, b) in sets.iter().enumerate().skip(i) {
                let common = a.count_common(b);
                for (row, column) in [(i, j), (j, i)] {
                    if let Some(cell) = counts.get_mut(row).and_then(|of| of.get_mut(column)) {
                        *cell = common;
                    }
                }
            }
        }
        Overlap {
            population,
            names,
            counts,
        }
    }

    /// How many are in both of two sets.
    #[must_use]
    pub fn count(&self, a: usize, b: usize) -> Option<usize> {
        self.counts.get(a)?.get(b).copied()
    }

    /// The share of one set that is in another, from 0 to 1; `None` where nobody is in the one.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a share is a float")]
    pub fn share(&self, of: usize, within: usize) -> Option<f64> {
        let size = self.count(of, of).filter(|size| *size > 0)?;
        Some(self.count(of, within)? as f64 / size as f64)
    }

    /// How many times as many are in both as would be if the sets had nothing to do with each other: above 1 they attract each other,
    /// below they repel. `None` where nobody is in one of them.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a ratio is a float")]
    pub fn lift(&self, a: usize, b: usize) -> Option<f64> {
        let size = self.count(b, b).filter(|size| *size > 0)?;
        Some(self.share(a, b)? * self.population as f64 / size as f64)
    }
}

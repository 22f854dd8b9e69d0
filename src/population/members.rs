//! Who is in: a bitmap over the positions of a population.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use std::iter::FusedIterator;
use std::ops::{BitAnd, BitOr, Not, Sub};

const BITS: usize = u64::BITS as usize;

/// Some of a population, by position.
///
/// Positions go from 0 (included) to [`population`](Members::population) (excluded), in the order in which profiles were added. `&`,
/// `|`, `!` and `-` are those in both, in either, in none of them, and in the first alone; where two populations have different
/// sizes, the result has the larger, and nobody is at a position that the other does not have.
///
/// ```
/// use segue::population::Members;
///
/// let active = Members::from_positions(6, [0, 2, 3]);
/// let loyal = Members::from_positions(6, [2, 5]);
/// assert_eq!((&active & &loyal).iter().collect::<Vec<_>>(), [2]);
/// assert_eq!((&active - &loyal).iter().collect::<Vec<_>>(), [0, 3]);
/// assert_eq!((&active | &loyal).count(), 4);
/// assert_eq!((!&active).iter().collect::<Vec<_>>(), [1, 4, 5]);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Members {
    /// INVARIANT: as many words as the population needs, and no bit beyond it.
    words: Vec<u64>,
    population: usize,
}

impl Members {
    /// Nobody of a population.
    #[must_use]
    pub fn none(population: usize) -> Self {
        Members {
            words: vec![0; population.div_ceil(BITS)],
            population,
        }
    }

    /// Everybody of a population.
    #[must_use]
    pub fn all(population: usize) -> Self {
        let mut members = Members {
            words: vec![u64::MAX; population.div_ceil(BITS)],
            population,
        };
        members.trim();
        members
    }

    /// Those at some positions of a population. Positions beyond it are left out.
    #[must_use]
    pub fn from_positions(population: usize, positions: impl IntoIterator<Item = usize>) -> Self {
        let mut members = Members::none(population);
        for position in positions {
            members.insert(position);
        }
        members
    }

    /// Members from bits, 64 positions a word, the lowest bit first. What is missing at the end is nobody; what is beyond the
    /// population is left out.
    #[must_use]
    pub(crate) fn from_words(population: usize, mut words: Vec<u64>) -> Self {
        words.resize(population.div_ceil(BITS), 0);
        let mut members = Members { words, population };
        members.trim();
        members
    }

    /// Clears the bits beyond the population.
    fn trim(&mut self) {
        let used = self.population % BITS;
        if used > 0
            && let Some(last) = self.words.last_mut()
        {
            *last &= (1 << used) - 1;
        }
    }

    /// How many positions there are: of members and of others.
    #[must_use]
    pub fn population(&self) -> usize {
        self.population
    }

    /// How many are in.
    #[must_use]
    pub fn count(&self) -> usize {
        self.words.iter().map(|w| w.count_ones() as usize).sum()
    }

    /// Whether nobody is in.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.words.iter().all(|w| *w == 0)
    }

    /// Whether the profile at a position is in. Nobody is at a position beyond the population.
    #[must_use]
    pub fn contains(&self, position: usize) -> bool {
        let word = self.words.get(position / BITS);
        word.is_some_and(|w| w >> (position % BITS) & 1 == 1)
    }

    /// Takes somebody in; `false` where they are in already, or the population has no such position.
    pub fn insert(&mut self, position: usize) -> bool {
        if position >= self.population {
            return false;
        }
        self.words.get_mut(position / BITS).is_some_and(|word| {
            let bit = 1 << (position % BITS);
            let is_new = *word & bit == 0;
            *word |= bit;
            is_new
        })
    }

    /// Adds one position to the population, and says whether who stands there is in.
    pub fn push(&mut self, is_in: bool) {
        let position = self.population;
        self.population += 1;
        self.words.resize(self.population.div_ceil(BITS), 0);
        if is_in {
            self.insert(position);
        }
    }

    /// Makes the population as large as given, if it is smaller; whoever is added is not in.
    pub fn grow(&mut self, population: usize) {
        if population > self.population {
            self.population = population;
            self.words.resize(population.div_ceil(BITS), 0);
        }
    }

    /// How many are in both, without making a set of them.
    #[must_use]
    pub fn count_common(&self, other: &Members) -> usize {
        let both = self.words.iter().zip(&other.words);
        both.map(|(a, b)| (a & b).count_ones() as usize).sum()
    }

    /// The positions of the members, ascending.
    #[must_use]
    pub fn iter(&self) -> MembersIter<'_> {
        MembersIter {
            words: &self.words,
            nth: 0,
            rest: self.words.first().copied().unwrap_or(0),
        }
    }

    fn combined(&self, other: &Members, combine: impl Fn(u64, u64) -> u64) -> Members {
        let population = self.population.max(other.population);
        let word = |of: &Members, nth: usize| of.words.get(nth).copied().unwrap_or(0);
        let words = (0..population.div_ceil(BITS)).map(|n| combine(word(self, n), word(other, n)));
        Members {
            words: words.collect(),
            population,
        }
    }
}

impl BitAnd for &Members {
    type Output = Members;

    fn bitand(self, other: &Members) -> Members {
        self.combined(other, |a, b| a & b)
    }
}

impl BitOr for &Members {
    type Output = Members;

    fn bitor(self, other: &Members) -> Members {
        self.combined(other, |a, b| a | b)
    }
}

impl Sub for &Members {
    type Output = Members;

    fn sub(self, other: &Members) -> Members {
        self.combined(other, |a, b| a & !b)
    }
}

impl Not for &Members {
    type Output = Members;

    fn not(self) -> Members {
        let words = self.words.iter().map(|w| !w).collect();
        Members::from_words(self.population, words)
    }
}

impl<'m> IntoIterator for &'m Members {
    type Item = usize;
    type IntoIter = MembersIter<'m>;

    fn into_iter(self) -> MembersIter<'m> {
        self.iter()
    }
}

/// The positions of [`Members`], ascending.
#[derive(Clone, Debug)]
pub struct MembersIter<'m> {
    words: &'m [u64],
    /// Which word is looked at, and what of it is to come.
    nth: usize,
    rest: u64,
}

impl Iterator for MembersIter<'_> {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        while self.rest == 0 {
            self.nth += 1;
            self.rest = *self.words.get(self.nth)?;
        }
        let bit = self.rest.trailing_zeros() as usize;
        self.rest &= self.rest - 1;
        Some(self.nth * BITS + bit)
    }
}

impl FusedIterator for MembersIter<'_> {}

/// As they are written: `{"population": 6, "positions": [0, 2, 3]}`.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    population: usize,
    positions: Vec<usize>,
}

impl Serialize for Members {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (population, positions) = (self.population, self.iter().collect());
        let written = Written {
            population,
            positions,
        };
        written.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Members {
    /// Refuses positions beyond the population, and a population beyond `u32::MAX`, so that a damaged number allocates nothing.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Written {
            population,
            positions,
        } = Written::deserialize(deserializer)?;
        if u32::try_from(population).is_err() {
            return Err(D::Error::custom(format!(
                "a population of {population} is too large"
            )));
        }
        if let Some(beyond) = positions.iter().find(|p| **p >= population) {
            return Err(D::Error::custom(format!(
                "a population of {population} has no position {beyond}"
            )));
        }
        Ok(Members::from_positions(population, positions))
    }
}

#[cfg(test)]
mod tests {
    use super::Members;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn positions(of: &Members) -> Vec<usize> {
        of.iter().collect()
    }

    proptest! {
        #[test]
        fn they_are_sets(
            population in 0_usize..200,
            a in prop::collection::btree_set(0_usize..200, 0..60),
            b in prop::collection::btree_set(0_usize..200, 0..60),
        ) {
            let within = |of: &BTreeSet<usize>| of.iter().copied().filter(|p| *p < population).collect();
            let (a, b): (BTreeSet<usize>, BTreeSet<usize>) = (within(&a), within(&b));
            let of = |set: &BTreeSet<usize>| Members::from_positions(population, set.iter().copied());
            let (left, right) = (of(&a), of(&b));
            prop_assert_eq!(left.count(), a.len());
            prop_assert_eq!(&left & &right, of(&(&a & &b)));
            prop_assert_eq!(left.count_common(&right), (&a & &b).len());
            prop_assert_eq!(&left | &right, of(&(&a | &b)));
            prop_assert_eq!(&left - &right, of(&(&a - &b)));
            prop_assert_eq!(positions(&!&left), (0..population).filter(|p| !a.contains(p)).collect::<Vec<_>>());
            prop_assert_eq!(positions(&left), a.iter().copied().collect::<Vec<_>>());
            prop_assert!((0..250).all(|p| left.contains(p) == a.contains(&p)));
            let written = serde_json::to_string(&left).expect("it is written");
            prop_assert_eq!(serde_json::from_str::<Members>(&written).expect("it is read"), left);
        }
    }

    #[test]
    fn they_grow_one_by_one() {
        let mut members = Members::default();
        (0..130).for_each(|n| members.push(n % 64 == 0));
        assert_eq!(
            (members.population(), positions(&members)),
            (130, vec![0, 64, 128])
        );
        assert!(members.insert(1) && !members.insert(1) && !members.insert(130));
        members.grow(200);
        assert_eq!((!&members).iter().last(), Some(199));
    }

    #[test]
    fn the_larger_population_counts() {
        let (few, many) = (Members::all(3), Members::from_positions(100, [1, 99]));
        assert_eq!((&few & &many), Members::from_positions(100, [1]));
        assert_eq!(positions(&(&few | &many)), [0, 1, 2, 99]);
    }

    #[test]
    fn damaged_members_are_refused() {
        for (text, error) in [
            (
                r#"{"population": 3, "positions": [3]}"#,
                "a population of 3 has no position 3",
            ),
            (
                r#"{"population": 99999999999, "positions": []}"#,
                "a population of 99999999999 is too large",
            ),
        ] {
            let refused = serde_json::from_str::<Members>(text).expect_err("it is damaged");
            assert!(refused.to_string().starts_with(error), "{refused}");
        }
    }
}

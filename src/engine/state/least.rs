//! The least of a changing set of instants.

use crate::time::NEVER;

/// The least of some instants, or [`UNKNOWN`](Self::UNKNOWN) until somebody asks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Least(i64);

impl Default for Least {
    fn default() -> Self {
        Least(Self::UNKNOWN)
    }
}

impl Least {
    /// No instant is as early.
    const UNKNOWN: i64 = i64::MIN;

    /// One of the instants takes the place of another. The least stays known, unless it was this one and now is not: of 3, 5
    /// and 8, 5 may become 9 or 2, but once 3 becomes 4, 4 need not be the least.
    pub(super) fn replace(&mut self, old: i64, new: i64) {
        if self.0 != Self::UNKNOWN {
            self.0 = if new <= self.0 {
                new
            } else if old > self.0 {
                self.0
            } else {
                Self::UNKNOWN
            };
        }
    }

    /// The least; it is found among `all` if it is not known.
    pub(super) fn of(&mut self, all: impl Iterator<Item = i64>) -> i64 {
        if self.0 == Self::UNKNOWN {
            self.0 = all.min().unwrap_or(NEVER);
        }
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_is_looked_for_only_where_it_may_have_gone() {
        let mut least = Least::default();
        assert_eq!(least.of([3, 5, 8].into_iter()), 3);
        let unasked = || std::iter::once_with(|| -> i64 { unreachable!("it is known") });
        least.replace(5, 9);
        assert_eq!(least.of(unasked()), 3);
        least.replace(9, 2);
        assert_eq!(least.of(unasked()), 2);
        least.replace(2, 4);
        assert_eq!(least.of([3, 4, 8].into_iter()), 3);
        least.replace(3, NEVER);
        assert_eq!(least.of(std::iter::empty()), NEVER);
    }
}

//! How much an evaluation has done, and how much a search for a change may do.
//!
//! That a condition holds is found out whatever that takes. When it next changes is asked at one instant after another, and
//! within an instant of each event: a search that counted these instants alone could take minutes. So what is counted is work,
//! and a search that has done so much of it says how far it came: its answer is certain until then at least.

use std::cell::Cell;

/// How many steps a search takes before it ends: some tenths of a second. (Where 2,000 rows leave a window one by one, and each time
/// all of them are gone through, that takes 12 million.)
pub(crate) const MAX_WORK: u64 = 16_000_000;

/// What it takes to find out a value at another instant, in steps: mostly the calendar is asked.
pub(crate) const MOVE: usize = 8;

/// Steps of an evaluation: each event, row or change that is looked at is one.
pub(crate) struct Work {
    done: Cell<u64>,
    /// Where a search ends.
    limit: Cell<u64>,
}

impl Default for Work {
    /// Nothing done yet, and no limit.
    fn default() -> Self {
        Work {
            done: Cell::new(0),
            limit: Cell::new(u64::MAX),
        }
    }
}

impl Work {
    /// How many steps have been done.
    pub(crate) fn done(&self) -> u64 {
        self.done.get()
    }

    #[inline]
    pub(crate) fn spend(&self, steps: usize) {
        let steps = u64::try_from(steps).unwrap_or(u64::MAX);
        self.done.set(self.done.get().saturating_add(steps));
    }

    #[inline]
    pub(crate) fn is_spent(&self) -> bool {
        self.done.get() >= self.limit.get()
    }

    /// Runs something with another limit.
    pub(crate) fn with_limit<R>(&self, limit: u64, run: impl FnOnce() -> R) -> R {
        let outer = self.limit.replace(limit);
        let result = run();
        self.limit.set(outer);
        result
    }
}

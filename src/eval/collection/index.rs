//! Indexes of selections: where many instants are probed one after the other, the events of a selection are sorted once,
//! with prefix sums and a segment tree of their values, so that what a window holds at each instant is read off instead of
//! gone through again.

use crate::eval::scratch::{Buffer, Entry, pooled, with_buffer};
use crate::eval::timeline::progress::ProgressCache;
use std::cell::RefCell;
use std::ops::Range;

/// The indexes of one search, and how far its walks through lifecycles have come.
pub(crate) struct IndexCache {
    indexes: RefCell<Vec<SelectionIndex>>,
    pub(crate) walks: ProgressCache,
}

/// More selections than that are gone through each time; so finding an index stays cheap.
const MAX_INDEXES: usize = 64;

/// The events of a selection that pass its tests, of all times.
pub(crate) struct SelectionIndex {
    of: Selection,
    /// Their instants and positions, in order.
    events: Buffer<Entry>,
    /// The sum and the number of values before each event, and after the last.
    sums: Buffer<(i128, i64)>,
    /// Whether the values can be summed exactly.
    summable: bool,
    /// The best event of each pair, of each pair of pairs, and so on; the events themselves from the middle on.
    best: Buffer<i64>,
}

/// A selection and the subject that it is about, by their places in memory.
type Selection = (usize, usize);

pooled!(SelectionIndex, (i128, i64));

/// No event, in a tree of the best.
const NONE: i64 = -1;

impl IndexCache {
    /// Runs `work` with room for indexes.
    pub(crate) fn with<R>(work: impl FnOnce(&IndexCache) -> R) -> R {
        with_buffer(|indexes| {
            let cache = IndexCache {
                indexes: RefCell::new(std::mem::take(indexes)),
                walks: ProgressCache::default(),
            };
            let result = work(&cache);
            *indexes = cache.indexes.into_inner();
            // The last made is the first to go, so that the next time each index finds the room that it had.
            while indexes.pop().is_some() {}
            result
        })
    }

    /// Reads the index of a selection, which `gather` makes where there is none yet; `None` where there is no room for it.
    pub(crate) fn read<S, R>(
        &self,
        select: &S,
        subject: Option<&str>,
        gather: impl FnOnce(&mut Vec<Entry>),
        read: impl FnOnce(&mut SelectionIndex) -> R,
    ) -> Option<R> {
        let of: Selection = (
            std::ptr::from_ref(select).addr(),
            subject.map_or(0, |s| s.as_ptr().addr()),
        );
        let found = self
            .indexes
            .try_borrow()
            .ok()?
            .iter()
            .position(|index| index.of == of);
        if found.is_none() {
            if self.indexes.try_borrow().ok()?.len() >= MAX_INDEXES {
                return None;
            }
            // Nothing is borrowed here: tests of events may read indexes of their own.
            let mut events = Buffer::new();
            gather(&mut events);
            events.sort_unstable();
            let index = SelectionIndex {
                of,
                events,
                sums: Buffer::new(),
                summable: true,
                best: Buffer::new(),
            };
            self.indexes.try_borrow_mut().ok()?.push(index);
        }
        let mut indexes = self.indexes.try_borrow_mut().ok()?;
        let index = match found {
            Some(i) => indexes.get_mut(i)?,
            None => indexes.iter_mut().rev().find(|index| index.of == of)?,
        };
        Some(read(index))
    }
}

impl SelectionIndex {
    /// Which events have `low <= at < high`.
    pub(crate) fn range(&self, low: i64, high: i64) -> Range<usize> {
        let start = self.events.partition_point(|(at, _)| *at < low);
        let end = self.events.partition_point(|(at, _)| *at < high);
        start..end.max(start)
    }

    /// The instant of an event.
    pub(crate) fn at(&self, nth: usize) -> Option<i64> {
        self.events.get(nth).map(|(at, _)| *at)
    }

    /// The sum (where there is an exact one) and the number of the values of some events. `value` gives whether an event
    /// has a value, and the value where it is whole.
    pub(crate) fn sum(
        &mut self,
        range: Range<usize>,
        value: impl Fn(i64) -> Option<Option<i128>>,
    ) -> Option<(Option<i128>, i64)> {
        if self.sums.is_empty() {
            let (mut sum, mut n) = (0_i128, 0);
            self.sums.push((sum, n));
            for (_, event) in self.events.iter() {
                if let Some(value) = value(*event) {
                    n += 1;
                    match value.and_then(|v| sum.checked_add(v)) {
                        Some(more) => sum = more,
                        None => self.summable = false,
                    }
                }
                self.sums.push((sum, n));
            }
        }
        let ((before, m), (after, n)) = (self.sums.get(range.start)?, self.sums.get(range.end)?);
        Some((after.checked_sub(*before).filter(|_| self.summable), n - m))
    }

    /// The best of some events that have a value. `better` is asked of two of them.
    pub(crate) fn best(
        &mut self,
        range: Range<usize>,
        has_value: impl Fn(i64) -> bool,
        better: impl Fn(i64, i64) -> bool,
    ) -> Option<i64> {
        let best_of = |a: i64, b: i64| {
            if a == NONE || (b != NONE && better(b, a)) {
                b
            } else {
                a
            }
        };
        let n = self.events.len();
        let node = |tree: &[i64], i: usize| tree.get(i).copied().unwrap_or(NONE);
        if self.best.is_empty() && n > 0 {
            self.best.resize(n, NONE);
            self.best.extend(
                self.events
                    .iter()
                    .map(|(_, event)| if has_value(*event) { *event } else { NONE }),
            );
            for i in (1..n).rev() {
                let best = best_of(node(&self.best, 2 * i), node(&self.best, 2 * i + 1));
                if let Some(slot) = self.best.get_mut(i) {
                    *slot = best;
                }
            }
        }
        let (mut best, mut low, mut high) = (NONE, range.start + n, range.end + n);
        while low < high {
            if low % 2 == 1 {
                best = best_of(best, node(&self.best, low));
                low += 1;
            }
            if high % 2 == 1 {
                high -= 1;
                best = best_of(best, node(&self.best, high));
            }
            (low, high) = (low / 2, high / 2);
        }
        (best != NONE).then_some(best)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Events at 10, 20, 20 and 40 with the values 5, 1, none and 7.
    fn read<R>(read: impl FnOnce(&mut SelectionIndex) -> R) -> Option<R> {
        let gather = |events: &mut Vec<Entry>| events.extend([(40, 3), (20, 1), (20, 2), (10, 0)]);
        IndexCache::with(|cache| cache.read(&(), None, gather, read))
    }

    fn value(event: i64) -> Option<i128> {
        match event {
            0 => Some(5),
            1 => Some(1),
            3 => Some(7),
            _ => None,
        }
    }

    #[test]
    fn a_window_is_a_range_of_the_sorted_events() {
        let ranges = read(|index| {
            [
                index.range(10, 20),
                index.range(20, 41),
                index.range(21, 40),
            ]
        });
        assert_eq!(ranges, Some([0..1, 1..4, 3..3]));
    }

    #[test]
    fn a_sum_is_the_difference_of_two_prefixes() {
        // From 20 on: 1 and 7; the event without a value is not counted.
        let sum = read(|index| index.sum(1..4, |event| value(event).map(Some)));
        assert_eq!(sum, Some(Some((Some(8), 2))));
        // Of values that are not whole there is no exact sum, but a number.
        let sum = read(|index| index.sum(1..4, |event| value(event).map(|_| None)));
        assert_eq!(sum, Some(Some((None, 2))));
    }

    #[test]
    fn the_best_of_a_range_is_read_from_the_tree() {
        let greatest = |range| {
            read(|index| {
                let better = |a, b| value(a) > value(b);
                index.best(range, |event| value(event).is_some(), better)
            })
        };
        assert_eq!(greatest(0..4), Some(Some(3)));
        assert_eq!(greatest(0..3), Some(Some(0)));
        assert_eq!(greatest(2..3), Some(None));
        assert_eq!(greatest(1..1), Some(None));
    }
}

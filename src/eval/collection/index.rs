//! Indexes of selections: where many instants are probed one after the other, the events of a selection are sorted once,
//! with prefix sums and their values in order, so that what a window holds at each instant is read off, or follows from what it
//! held at the one before.
//!
//! An engine keeps the indexes of a profile from one event to the next: then only what is new is added to them.

use super::looks::{Look, SequenceLooks};
use super::slide::{Slide, Values};
use crate::eval::scratch::{Buffer, Entry, pooled, with_buffer};
use crate::eval::timeline::progress::ProgressCache;
use std::cell::RefCell;
use std::cmp::Ordering;
use std::fmt;
use std::ops::Range;

/// The indexes of one search, and how far its walks through lifecycles have come.
pub(crate) struct IndexCache {
    indexes: RefCell<Vec<SelectionIndex>>,
    /// What sequences were found to be.
    pub(crate) looks: SequenceLooks,
    /// `None` where the indexes are kept: a stage may be another once new data has arrived.
    walks: Option<ProgressCache>,
}

/// More selections than that are gone through each time; so finding an index stays cheap.
const MAX_INDEXES: usize = 64;

/// The events of a selection that pass its tests, of all times.
pub(crate) struct SelectionIndex {
    of: Selection,
    /// How many events of each kind have been gone through.
    known: Buffer<usize>,
    /// Their instants and positions, in order.
    events: Buffer<Entry>,
    /// The sum and the number of values before each event, and after the last, as far as they have been asked for.
    sums: Buffer<(i128, i64)>,
    /// Whether the values can be summed exactly.
    summable: bool,
    /// The values of those that were last asked of.
    slide: Slide,
}

/// A selection and the subject that it is about, by their places in memory.
type Selection = (usize, usize);

pooled!(SelectionIndex, (i128, i64));

/// The indexes of a profile, kept from one event to the next. They follow from its events, and a copy of it makes its own.
///
/// They hold for as long as events are only added at the end of their kinds.
#[derive(Default)]
pub(crate) struct KeptIndexes(Option<Box<Kept>>);

/// A block of its own, which few profiles need.
#[derive(Default)]
struct Kept {
    indexes: Vec<SelectionIndex>,
    looks: Vec<Look>,
}

impl KeptIndexes {
    /// Runs `work` with the indexes; it may add some.
    pub(crate) fn with<R>(&mut self, work: impl FnOnce(&IndexCache) -> R) -> R {
        let kept = self.0.get_or_insert_default();
        let cache = IndexCache {
            indexes: RefCell::new(std::mem::take(&mut kept.indexes)),
            looks: SequenceLooks::of(std::mem::take(&mut kept.looks)),
            walks: None,
        };
        let result = work(&cache);
        kept.indexes = cache.indexes.into_inner();
        kept.looks = cache.looks.into_inner();
        result
    }

    pub(crate) fn clear(&mut self) {
        self.0 = None;
    }
}

impl Clone for KeptIndexes {
    fn clone(&self) -> Self {
        KeptIndexes::default()
    }
}

impl fmt::Debug for KeptIndexes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeptIndexes").finish_non_exhaustive()
    }
}

impl IndexCache {
    /// Runs `work` with room for indexes.
    pub(crate) fn with<R>(work: impl FnOnce(&IndexCache) -> R) -> R {
        with_buffer(|indexes| {
            let mut looks = Buffer::new();
            let cache = IndexCache {
                indexes: RefCell::new(std::mem::take(indexes)),
                looks: SequenceLooks::of(std::mem::take(&mut looks)),
                walks: Some(ProgressCache::default()),
            };
            let result = work(&cache);
            *indexes = cache.indexes.into_inner();
            *looks = cache.looks.into_inner();
            // The last made is the first to go, so that the next time each index finds the room that it had.
            while indexes.pop().is_some() {}
            result
        })
    }

    /// Whether the indexes are kept while new events arrive.
    pub(crate) fn is_kept(&self) -> bool {
        self.walks.is_none()
    }

    /// How far walks through lifecycles have come.
    pub(crate) fn walks(&self) -> Option<&ProgressCache> {
        self.walks.as_ref()
    }

    /// Reads the index of a selection, which `gather` makes where there is none yet: it adds what it does not know yet. `None`
    /// where there is no room for it.
    pub(crate) fn read<S, R>(
        &self,
        select: &S,
        subject: Option<&str>,
        gather: impl FnOnce(&mut Vec<usize>, &mut Vec<Entry>),
        read: impl FnOnce(&mut SelectionIndex) -> R,
    ) -> Option<R> {
        let of: Selection = (
            std::ptr::from_ref(select).addr(),
            subject.map_or(0, |s| s.as_ptr().addr()),
        );
        let mut indexes = self.indexes.try_borrow_mut().ok()?;
        if let Some(i) = indexes.iter().position(|index| index.of == of) {
            let index = indexes.get_mut(i)?;
            if self.is_kept() {
                index.extend(gather);
            }
            return Some(read(index));
        }
        if indexes.len() >= MAX_INDEXES {
            return None;
        }
        // Nothing is borrowed here: tests of events may read indexes of their own.
        drop(indexes);
        let mut index = SelectionIndex::new(of);
        index.extend(gather);
        let mut indexes = self.indexes.try_borrow_mut().ok()?;
        indexes.push(index);
        indexes.last_mut().map(read)
    }
}

impl SelectionIndex {
    fn new(of: Selection) -> Self {
        SelectionIndex {
            of,
            known: Buffer::new(),
            events: Buffer::new(),
            sums: Buffer::new(),
            summable: true,
            slide: Slide::new(),
        }
    }

    /// Adds the events that are not known yet. Mostly they are later than the others.
    fn extend(&mut self, gather: impl FnOnce(&mut Vec<usize>, &mut Vec<Entry>)) {
        let old = self.events.len();
        gather(&mut self.known, &mut self.events);
        let (before, new) = self.events.split_at_mut(old);
        new.sort_unstable();
        if let (Some((last, _)), Some((next, _))) = (before.last(), new.first())
            && next < last
        {
            self.events.sort_unstable();
            self.sums.clear();
            self.summable = true;
            self.slide.clear();
        }
    }

    /// Which events have `low <= at < high`.
    pub(crate) fn range(&self, low: i64, high: i64) -> Range<usize> {
        let start = self.events.partition_point(|(at, _)| *at < low);
        let end = self.events.partition_point(|(at, _)| *at < high);
        start..end.max(start)
    }

    /// Everything in it, in order.
    pub(crate) fn entries(&self) -> &[Entry] {
        &self.events
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
        let (mut sum, mut n) = self.sums.last().copied().unwrap_or_default();
        if self.sums.is_empty() {
            self.sums.push((sum, n));
        }
        for (_, event) in self.events.iter().skip(self.sums.len() - 1) {
            if let Some(value) = value(*event) {
                n += 1;
                match value.and_then(|v| sum.checked_add(v)) {
                    Some(more) => sum = more,
                    None => self.summable = false,
                }
            }
            self.sums.push((sum, n));
        }
        let ((before, m), (after, n)) = (self.sums.get(range.start)?, self.sums.get(range.end)?);
        Some((after.checked_sub(*before).filter(|_| self.summable), n - m))
    }

    /// The values of some events, in order.
    pub(crate) fn values(
        &mut self,
        range: Range<usize>,
        has_value: impl Fn(i64) -> bool,
        order: impl Fn(i64, i64) -> Ordering,
    ) -> &mut Slide {
        let values = Values { has_value, order };
        self.slide.move_to(range, &self.events, &values);
        &mut self.slide
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Events at 10, 20, 20 and 40 with the values 5, 1, none and 7.
    fn read<R>(read: impl FnOnce(&mut SelectionIndex) -> R) -> Option<R> {
        let gather = |_: &mut Vec<usize>, events: &mut Vec<Entry>| {
            events.extend([(40, 3), (20, 1), (20, 2), (10, 0)]);
        };
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
    fn the_values_of_a_range_are_in_order() {
        let greatest = |range| {
            read(|index| {
                let values = index.values(
                    range,
                    |event| value(event).is_some(),
                    |a, b| value(a).cmp(&value(b)),
                );
                values
                    .len()
                    .checked_sub(1)
                    .and_then(|last| values.nth(last))
            })
        };
        assert_eq!(greatest(0..4), Some(Some(3)));
        assert_eq!(greatest(0..3), Some(Some(0)));
        assert_eq!(greatest(2..3), Some(None));
        assert_eq!(greatest(1..1), Some(None));
    }

    #[test]
    fn a_kept_index_takes_what_is_new() {
        let mut kept = KeptIndexes::default();
        let mut sum_of = |all: &[Entry]| {
            kept.with(|cache| {
                let gather = |known: &mut Vec<usize>, events: &mut Vec<Entry>| {
                    known.resize(1, 0);
                    events.extend_from_slice(&all[known[0]..]);
                    known[0] = all.len();
                };
                let sum = |index: &mut SelectionIndex| {
                    let range = index.range(15, 100);
                    index.sum(range, |event| Some(Some(i128::from(event))))
                };
                cache.read(&(), None, gather, sum)
            })
        };
        assert_eq!(sum_of(&[(10, 1), (20, 2)]), Some(Some((Some(2), 1))));
        assert_eq!(
            sum_of(&[(10, 1), (20, 2), (30, 3)]),
            Some(Some((Some(5), 2)))
        );
        // Of another kind, but earlier.
        let late = [(10, 1), (20, 2), (30, 3), (16, 4)];
        assert_eq!(sum_of(&late), Some(Some((Some(9), 3))));
    }
}

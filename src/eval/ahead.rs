//! Looking far ahead: where many instants are looked at one after the other, the events of a selection are lined up once,
//! so that what a window holds at each instant is read off instead of gone through again.

use super::context::Ctx;
use super::scratch::{Buffer, Entry, with_buffer};
use crate::profile::Profile;
use std::cell::RefCell;
use std::ops::Range;

/// The lines of one look ahead.
pub(crate) struct IndexCache(RefCell<Vec<SelectionIndex>>);

/// More selections than that are gone through each time; so finding a line stays cheap.
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

/// No event, in a tree of the best.
const NONE: i64 = -1;

impl IndexCache {
    /// Runs `work` with room for lines.
    pub(crate) fn with<R>(work: impl FnOnce(&IndexCache) -> R) -> R {
        with_buffer(|lines| {
            let ahead = IndexCache(RefCell::new(std::mem::take(lines)));
            let result = work(&ahead);
            *lines = ahead.0.into_inner();
            // The last made is the first to go, so that the next time each line finds the room that it had.
            while lines.pop().is_some() {}
            result
        })
    }

    /// Reads the line of a selection, which `gather` makes where there is none yet; `None` where there is no room for it.
    pub(crate) fn read<S, P: Profile, R>(
        &self,
        select: &S,
        ctx: &Ctx<'_, P>,
        gather: impl FnOnce(&mut Vec<Entry>),
        read: impl FnOnce(&mut SelectionIndex) -> R,
    ) -> Option<R> {
        let of: Selection = (
            std::ptr::from_ref(select).addr(),
            ctx.subject.map_or(0, |s| s.as_ptr().addr()),
        );
        let found = self
            .0
            .try_borrow()
            .ok()?
            .iter()
            .position(|line| line.of == of);
        if found.is_none() {
            if self.0.try_borrow().ok()?.len() >= MAX_INDEXES {
                return None;
            }
            // Nothing is borrowed here: tests of events may read lines of their own.
            let mut events = Buffer::new();
            gather(&mut events);
            events.sort_unstable();
            let line = SelectionIndex {
                of,
                events,
                sums: Buffer::new(),
                summable: true,
                best: Buffer::new(),
            };
            self.0.try_borrow_mut().ok()?.push(line);
        }
        let mut lines = self.0.try_borrow_mut().ok()?;
        let line = match found {
            Some(i) => lines.get_mut(i)?,
            None => lines.iter_mut().rev().find(|line| line.of == of)?,
        };
        Some(read(line))
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

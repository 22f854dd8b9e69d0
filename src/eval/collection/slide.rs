//! The values of a stretch of events, in order, while the stretch moves on: what a window holds an instant later is mostly
//! what it held, less its oldest events and with some newer ones.

use crate::eval::scratch::{Buffer, Entry, pooled, with_buffer};
use std::cmp::Ordering;
use std::ops::Range;

/// The values of some events in ascending order, equal ones together. A value is known by the position of an event that has it.
///
/// They lie in chunks, so that adding one moves few others, and what is asked of all is asked of each chunk: of 200,000 values
/// some hundreds are touched.
pub(crate) struct Slide {
    /// The events whose values these are.
    inside: Range<usize>,
    chunks: Buffer<Chunk>,
    /// How many values there are, and how many different ones.
    len: usize,
    distinct: usize,
}

/// Values in ascending order.
struct Chunk {
    values: Buffer<Counted>,
    /// How often they occur in all.
    len: usize,
    /// The first of those that occur most often, where that is known.
    longest: Option<Counted>,
}

/// A value and how often it occurs.
#[derive(Clone, Copy, Default)]
struct Counted {
    position: i64,
    n: usize,
}

pooled!(Chunk, Counted);

/// A chunk with so many different values is cut in two.
const MAX_CHUNK: usize = 128;

/// What is asked of the values: whether an event has one, and the order of those of two.
pub(crate) struct Values<H, O> {
    pub(crate) has_value: H,
    pub(crate) order: O,
}

impl Slide {
    pub(crate) fn new() -> Self {
        Slide {
            inside: 0..0,
            chunks: Buffer::new(),
            len: 0,
            distinct: 0,
        }
    }

    /// Moves to another stretch of `events`.
    pub(crate) fn move_to(
        &mut self,
        inside: Range<usize>,
        events: &[Entry],
        values: &Values<impl Fn(i64) -> bool, impl Fn(i64, i64) -> Ordering>,
    ) {
        let old = std::mem::replace(&mut self.inside, inside.clone());
        let moves = old.start.abs_diff(inside.start) + old.end.abs_diff(inside.end);
        let with_value = |range: Range<usize>| {
            let events = events.get(range).unwrap_or(&[]).iter();
            events
                .map(|(_, position)| *position)
                .filter(|position| (values.has_value)(*position))
        };
        if moves > inside.len() {
            return self.fill(with_value(inside), &values.order);
        }
        for gone in [
            old.start..inside.start.min(old.end),
            inside.end.max(old.start)..old.end,
        ] {
            with_value(gone).for_each(|position| self.remove(position, &values.order));
        }
        for new in [
            inside.start..old.start.min(inside.end),
            old.end.max(inside.start)..inside.end,
        ] {
            with_value(new).for_each(|position| self.add(position, &values.order));
        }
    }

    /// How many different values there are.
    pub(crate) fn distinct(&self) -> usize {
        self.distinct
    }

    /// How many values there are.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// The value at a rank, counted from 0.
    pub(crate) fn nth(&self, rank: usize) -> Option<i64> {
        let mut before = 0;
        let chunk = self.chunks.iter().find(|chunk| {
            before += chunk.len;
            rank < before
        })?;
        let mut before = before - chunk.len;
        let mut values = chunk.values.iter();
        let found = values.find(|value| {
            before += value.n;
            rank < before
        });
        found.map(|value| value.position)
    }

    /// The most frequent value; of several, the least.
    pub(crate) fn top(&mut self) -> Option<i64> {
        let mut top: Option<Counted> = None;
        for chunk in self.chunks.iter_mut() {
            let values = &chunk.values;
            let of_chunk = *chunk
                .longest
                .get_or_insert_with(|| longest(values.iter().copied()).unwrap_or_default());
            top = longest(top.into_iter().chain([of_chunk]));
        }
        top.map(|value| value.position)
    }

    /// Every value, as often as it occurs, in ascending order.
    pub(crate) fn ascending(&self) -> impl Iterator<Item = i64> {
        let values = self.chunks.iter().flat_map(|chunk| chunk.values.iter());
        values.flat_map(|value| std::iter::repeat_n(value.position, value.n))
    }

    /// Forgets everything.
    pub(crate) fn clear(&mut self) {
        self.chunks.clear();
        (self.inside, self.len, self.distinct) = (0..0, 0, 0);
    }

    /// Holds these values and no others.
    fn fill(
        &mut self,
        positions: impl Iterator<Item = i64>,
        order: &impl Fn(i64, i64) -> Ordering,
    ) {
        self.chunks.clear();
        (self.len, self.distinct) = (0, 0);
        with_buffer(|sorted: &mut Vec<i64>| {
            sorted.extend(positions);
            sorted.sort_unstable_by(|a, b| order(*a, *b));
            self.len = sorted.len();
            for run in sorted.chunk_by(|a, b| order(*a, *b).is_eq()) {
                let Some(position) = run.first().copied() else {
                    continue;
                };
                if self.distinct.is_multiple_of(MAX_CHUNK / 2) {
                    self.chunks.push(Chunk::new());
                }
                self.distinct += 1;
                if let Some(chunk) = self.chunks.last_mut() {
                    let n = run.len();
                    chunk.values.push(Counted { position, n });
                    chunk.len += n;
                }
            }
        });
    }

    fn add(&mut self, position: i64, order: &impl Fn(i64, i64) -> Ordering) {
        if self.chunks.is_empty() {
            self.chunks.push(Chunk::new());
        }
        let at = self.chunk_of(position, order);
        let Some(chunk) = self.chunks.get_mut(at) else {
            return;
        };
        self.len += 1;
        chunk.len += 1;
        chunk.longest = None;
        match chunk.place(position, order) {
            Ok(i) => {
                if let Some(value) = chunk.values.get_mut(i) {
                    value.n += 1;
                }
            }
            Err(i) => {
                self.distinct += 1;
                chunk.values.insert(i, Counted { position, n: 1 });
                if chunk.values.len() > MAX_CHUNK {
                    let upper = chunk.split();
                    self.chunks.insert(at + 1, upper);
                }
            }
        }
    }

    fn remove(&mut self, position: i64, order: &impl Fn(i64, i64) -> Ordering) {
        let at = self.chunk_of(position, order);
        let Some(chunk) = self.chunks.get_mut(at) else {
            return;
        };
        let found = chunk.place(position, order);
        // INVARIANT: the value of an event that is inside has been added.
        debug_assert!(found.is_ok(), "no value of the event at {position}");
        let Some((i, value)) = found.ok().and_then(|i| Some((i, chunk.values.get_mut(i)?))) else {
            return;
        };
        value.n -= 1;
        let is_last = value.n == 0;
        self.len -= 1;
        chunk.len -= 1;
        chunk.longest = None;
        if is_last {
            self.distinct -= 1;
            chunk.values.remove(i);
            if chunk.values.is_empty() {
                self.chunks.remove(at);
            }
        }
    }

    /// The chunk in which a value is, or would be.
    fn chunk_of(&self, position: i64, order: &impl Fn(i64, i64) -> Ordering) -> usize {
        let begins_above = |chunk: &Chunk| {
            let first = chunk.values.first();
            first.is_some_and(|first| order(first.position, position).is_gt())
        };
        let above = self.chunks.partition_point(|chunk| !begins_above(chunk));
        above.saturating_sub(1)
    }
}

impl Chunk {
    fn new() -> Self {
        let mut values = Buffer::new();
        // All are of one size, so that any of them has room for any values.
        values.reserve(MAX_CHUNK + 1);
        Chunk {
            values,
            len: 0,
            longest: None,
        }
    }

    /// Where a value is, or would be.
    fn place(&self, position: i64, order: &impl Fn(i64, i64) -> Ordering) -> Result<usize, usize> {
        self.values
            .binary_search_by(|value| order(value.position, position))
    }

    /// Gives away the upper half of the values.
    fn split(&mut self) -> Chunk {
        let mut upper = Chunk::new();
        upper.values.extend(self.values.drain(MAX_CHUNK / 2..));
        upper.len = upper.values.iter().map(|value| value.n).sum();
        self.len -= upper.len;
        upper
    }
}

/// The first of the values that occur most often.
fn longest(values: impl Iterator<Item = Counted>) -> Option<Counted> {
    values.reduce(|best, value| if value.n > best.n { value } else { best })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn values(of: &[Option<u8>]) -> Values<impl Fn(i64) -> bool, impl Fn(i64, i64) -> Ordering> {
        let value = |position: i64| of.get(usize::try_from(position).ok()?).copied().flatten();
        Values {
            has_value: move |position| value(position).is_some(),
            order: move |a, b| value(a).cmp(&value(b)),
        }
    }

    proptest! {
        #[test]
        fn a_stretch_that_moves_holds_what_one_made_anew_holds(
            of in prop::collection::vec(prop::option::of(0_u8..=255), 0..900),
            stretches in prop::collection::vec((0_usize..900, 0_usize..900), 1..20),
        ) {
            let events: Vec<Entry> = (0..of.len()).map(|i| (i as i64, i as i64)).collect();
            let value = |position: Option<i64>| position.and_then(|p| of[p as usize]);
            let mut slide = Slide::new();
            for (a, b) in stretches {
                let (a, b) = (a.min(of.len()), b.min(of.len()));
                let inside = a.min(b)..a.max(b);
                slide.move_to(inside.clone(), &events, &values(&of));
                let mut expected: Vec<u8> = of[inside].iter().copied().flatten().collect();
                expected.sort_unstable();
                let all: Vec<u8> = slide.ascending().filter_map(|p| value(Some(p))).collect();
                prop_assert_eq!(&all, &expected);
                prop_assert_eq!(slide.len(), expected.len());
                for rank in [0, expected.len() / 2, expected.len().saturating_sub(1)] {
                    prop_assert_eq!(value(slide.nth(rank)), expected.get(rank).copied());
                }
                let runs = || expected.chunk_by(|a, b| a == b);
                prop_assert_eq!(slide.distinct(), runs().count());
                let top = runs().rev().max_by_key(|run| run.len()).map(|run| run[0]);
                prop_assert_eq!(value(slide.top()), top);
            }
        }
    }
}

//! Sorted events, in which every window is a binary search.

use super::kinds::NO_KIND;
use super::{Event, kind_index};
use crate::time::Instant;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::HashSet;
use std::ops::Range;

/// The events of one profile, sorted by kind and time, with one event per id; those of no kind at the end.
///
/// ```
/// # use segue::{profile::Timeline, Event, Instant};
/// #[derive(Event)]
/// struct Visit { at: Instant }
///
/// let visits = [30, 10, 20].map(|s| Visit { at: Instant::from_micros(s) });
/// let timeline: Timeline<Visit> = visits.into_iter().collect();
/// assert_eq!(timeline.iter().map(|v| v.at.micros()).collect::<Vec<_>>(), [10, 20, 30]);
/// ```
#[derive(Clone, Debug)]
pub struct Timeline<E> {
    events: Vec<E>,
    ends: KindEnds,
}

impl<E: PartialEq> PartialEq for Timeline<E> {
    fn eq(&self, other: &Self) -> bool {
        self.events == other.events
    }
}

impl<E> Default for Timeline<E> {
    fn default() -> Self {
        Timeline {
            events: Vec::new(),
            ends: KindEnds::default(),
        }
    }
}

impl<E: Event> Timeline<E> {
    /// Sorts events. Of events with the same id, it keeps the earliest; at the same instant, that of the first kind, and
    /// then the least by [`Event::tiebreak`]. So the order of the input does not matter.
    #[must_use]
    pub fn new(mut events: Vec<E>) -> Self {
        if events.iter().any(|e| e.id().is_some()) {
            events.sort_by(|a, b| {
                (a.at(), kind_index(a))
                    .cmp(&(b.at(), kind_index(b)))
                    .then_with(|| a.tiebreak(b))
            });
            let mut seen = HashSet::new();
            let keep: Vec<bool> = events
                .iter()
                .map(|e| kind_index(e) == NO_KIND || e.id().is_none_or(|id| seen.insert(id)))
                .collect();
            drop(seen);
            let mut keep = keep.into_iter();
            events.retain(|_| keep.next().unwrap_or(true));
        }
        events.sort_by(|a, b| {
            (kind_index(a), a.at())
                .cmp(&(kind_index(b), b.at()))
                .then_with(|| a.tiebreak(b))
        });
        let mut ends = KindEnds::default();
        events.iter().for_each(|e| ends.add(kind_index(e)));
        Timeline { events, ends }
    }

    /// Inserts one event at its position. Does not check whether an event with the same id exists.
    ///
    /// ```
    /// # use segue::{profile::Timeline, Event, Instant};
    /// # #[derive(Event)]
    /// # struct Visit { at: Instant }
    /// let mut visits = Timeline::default();
    /// for seconds in [30, 10, 20] {
    ///     visits.insert(Visit { at: Instant::from_micros(seconds) });
    /// }
    /// assert_eq!(visits.iter().map(|v| v.at.micros()).collect::<Vec<_>>(), [10, 20, 30]);
    /// assert_eq!(visits.forget(0, Instant::from_micros(20)), 1);
    /// assert_eq!(visits.len(), 2);
    /// ```
    pub fn insert(&mut self, event: E) {
        let (kind, at) = (kind_index(&event), event.at());
        let Range { start, mut end } = self.ends.of(kind);
        if kind == NO_KIND {
            end = self.events.len();
        }
        let of_kind = self.events.get(start..end).unwrap_or(&[]);
        let comes_after = |before: &E| {
            before
                .at()
                .cmp(&at)
                .then_with(|| before.tiebreak(&event))
                .is_gt()
        };
        // Events mostly come in order.
        let after = match of_kind.last() {
            Some(last) if comes_after(last) => {
                of_kind.partition_point(|before| !comes_after(before))
            }
            _ => of_kind.len(),
        };
        self.events.insert(start + after, event);
        self.ends.add(kind);
    }

    /// Drops the events of a kind before an instant (exclusive), and returns their number.
    pub fn forget(&mut self, kind: usize, before: Instant) -> usize {
        let Range { start, end } = self.ends.of(kind);
        let old = self
            .events
            .get(start..end)
            .map_or(0, |events| events.partition_point(|e| e.at() < before));
        self.events.drain(start..start + old);
        self.ends.take(kind, old);
        old
    }

    /// Returns the events in a `Vec`.
    #[must_use]
    pub fn into_events(self) -> Vec<E> {
        self.events
    }

    /// Iterates over the events, by kind and then by time.
    pub fn iter(&self) -> std::slice::Iter<'_, E> {
        self.events.iter()
    }

    /// The number of events.
    #[must_use]
    pub fn len(&self) -> usize {
        self.events.len()
    }

    /// Whether there are no events.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    /// All events, by kind and then by time.
    pub(crate) fn as_slice(&self) -> &[E] {
        &self.events
    }

    /// The events of a kind in chronological order, and the index of the first.
    #[inline]
    pub(crate) fn of_kind(&self, kind: usize) -> (&[E], usize) {
        let range = self.ends.of(kind);
        let base = range.start;
        (self.events.get(range).unwrap_or(&[]), base)
    }
}

/// The end index of the events of each kind: those of kind `k` are `ends[k - 1]..ends[k]`. Kinds beyond have none.
#[derive(Clone, Debug)]
enum KindEnds {
    /// Inline, because every scan of events begins here.
    Few([u32; FEW]),
    Many(Vec<u32>),
}

const FEW: usize = 7;

impl Default for KindEnds {
    fn default() -> Self {
        KindEnds::Few([0; FEW])
    }
}

impl KindEnds {
    #[inline]
    fn ends(&self) -> &[u32] {
        match self {
            KindEnds::Few(ends) => ends,
            KindEnds::Many(ends) => ends,
        }
    }

    /// The ends of a kind and of those after it.
    fn from(&mut self, kind: usize) -> &mut [u32] {
        let ends: &mut [u32] = match self {
            KindEnds::Few(ends) => ends,
            KindEnds::Many(ends) => ends,
        };
        ends.get_mut(kind..).unwrap_or(&mut [])
    }

    /// The positions of the events of a kind.
    #[inline]
    fn of(&self, kind: usize) -> Range<usize> {
        let ends = self.ends();
        let last = ends.last().copied().unwrap_or(0);
        let end = |kind: usize| ends.get(kind).copied().unwrap_or(last) as usize;
        kind.checked_sub(1).map_or(0, end)..end(kind)
    }

    /// Counts one more event of a kind. Those of no kind stand at the end, and are not counted.
    fn add(&mut self, kind: usize) {
        if kind == NO_KIND {
            return;
        }
        let known = self.ends().len();
        if kind >= known {
            let mut ends = self.ends().to_vec();
            ends.resize(kind + 1, ends.last().copied().unwrap_or(0));
            *self = KindEnds::Many(ends);
        }
        self.from(kind)
            .iter_mut()
            .for_each(|end| *end = end.saturating_add(1));
    }

    /// Counts `n` fewer events of a kind.
    fn take(&mut self, kind: usize, n: usize) {
        let n = u32::try_from(n).unwrap_or(u32::MAX);
        self.from(kind)
            .iter_mut()
            .for_each(|end| *end = end.saturating_sub(n));
    }
}

impl<E: Event> FromIterator<E> for Timeline<E> {
    fn from_iter<I: IntoIterator<Item = E>>(events: I) -> Self {
        Timeline::new(events.into_iter().collect())
    }
}

impl<E: Serialize> Serialize for Timeline<E> {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        self.events.serialize(s)
    }
}

impl<'de, E: Event + Deserialize<'de>> Deserialize<'de> for Timeline<E> {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        Vec::deserialize(d).map(Timeline::new)
    }
}

impl<'a, E: Event> IntoIterator for &'a Timeline<E> {
    type Item = &'a E;
    type IntoIter = std::slice::Iter<'a, E>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// The events of a profile, in the form in which it stores them.
#[derive(Debug)]
pub enum Events<'a, E> {
    /// In any order, each event once. Every evaluation scans all of them.
    Slice(&'a [E]),
    /// Sorted, so that a window is a binary search.
    Timeline(&'a Timeline<E>),
}

impl<E: Event> Events<'_, E> {
    /// The number of events.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Events::Slice(events) => events.len(),
            Events::Timeline(timeline) => timeline.len(),
        }
    }

    /// Whether there are no events.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl<E> Clone for Events<'_, E> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<E> Copy for Events<'_, E> {}

/// A container of events for a field marked `#[segue(events)]`: a [`Timeline`], a `Vec` or a boxed slice.
pub trait EventStore {
    /// The type of an event.
    type Event: Event;

    /// The events.
    fn events(&self) -> Events<'_, Self::Event>;
}

impl<E: Event> EventStore for Timeline<E> {
    type Event = E;

    fn events(&self) -> Events<'_, E> {
        Events::Timeline(self)
    }
}

impl<E: Event> EventStore for Vec<E> {
    type Event = E;

    fn events(&self) -> Events<'_, E> {
        Events::Slice(self)
    }
}

impl<E: Event> EventStore for Box<[E]> {
    type Event = E;

    fn events(&self) -> Events<'_, E> {
        Events::Slice(self)
    }
}

//! Sorted events, in which every window is a binary search.

use super::kinds::NO_KIND;
use super::{Event, kind_index};
use crate::time::Instant;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::HashSet;
use std::iter::{Chain, Flatten};
use std::ops::Range;
use std::slice;

/// The events of one profile, sorted by kind and time, with one event per kind and id; those of no kind at the end.
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
    /// All of them in one block, so that few cache lines are touched, or, where there are [many](MANY), none.
    events: Vec<E>,
    ends: KindEnds,
    many: Option<Box<ByKind<E>>>,
}

/// From so many events on, each kind has a block of its own: in one block, each new event would move those of all later kinds. Few
/// are many in a debug build, so that random profiles have both forms.
const MANY: usize = if cfg!(debug_assertions) { 8 } else { 128 };

#[derive(Clone, Debug)]
struct ByKind<E> {
    kinds: Vec<Vec<E>>,
    /// Those of no kind.
    unknown: Vec<E>,
}

impl<E: PartialEq> PartialEq for Timeline<E> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other)
    }
}

impl<E> Default for Timeline<E> {
    fn default() -> Self {
        Timeline {
            events: Vec::new(),
            ends: KindEnds::default(),
            many: None,
        }
    }
}

impl<E: Event> Timeline<E> {
    /// Sorts events. Of events of one kind with the same id, it keeps the earliest; at the same instant, the least by
    /// [`Event::tiebreak`]. So the order of the input does not matter.
    #[must_use]
    pub fn new(events: Vec<E>) -> Self {
        Self::with_rest(events).0
    }

    /// The timeline of events, and those of them that it does not keep.
    pub(crate) fn with_rest(mut events: Vec<E>) -> (Self, Vec<E>) {
        events.sort_by(|a, b| {
            (kind_index(a), a.at())
                .cmp(&(kind_index(b), b.at()))
                .then_with(|| a.tiebreak(b))
        });
        let mut rest = Vec::new();
        if events.iter().any(|e| e.id().is_some()) {
            let mut seen = HashSet::new();
            let keep: Vec<bool> = events
                .iter()
                .map(|e| match kind_index(e) {
                    NO_KIND => true,
                    kind => e.id().is_none_or(|id| seen.insert((kind, id))),
                })
                .collect();
            drop(seen);
            let mut keep = keep.into_iter();
            rest.extend(events.extract_if(.., |_| !keep.next().unwrap_or(true)));
        }
        let mut ends = KindEnds::default();
        events.iter().for_each(|e| ends.add(kind_index(e), 1));
        let many = None;
        let mut timeline = Timeline { events, ends, many };
        timeline.part_if_many();
        (timeline, rest)
    }

    /// Becomes the timeline of other events, which come by kind and then by time, each kind known and none twice. The blocks and the
    /// events in them are used again, so that it allocates nothing once it has been as long.
    pub(crate) fn refill<T>(
        &mut self,
        sorted: impl Iterator<Item = T>,
        kind: impl Fn(&T) -> usize,
        make: impl Fn(T) -> E,
        set: impl Fn(&mut E, T),
    ) {
        self.many = None;
        self.ends.clear();
        let (mut len, mut of_kind) = (0, None);
        for one in sorted {
            let kind = kind(&one);
            match &mut of_kind {
                Some((same, n)) if *same == kind => *n += 1,
                other => {
                    if let Some((before, n)) = other.replace((kind, 1)) {
                        self.ends.add(before, n);
                    }
                }
            }
            match self.events.get_mut(len) {
                Some(event) => set(event, one),
                None => self.events.push(make(one)),
            }
            len += 1;
        }
        if let Some((last, n)) = of_kind {
            self.ends.add(last, n);
        }
        self.events.truncate(len);
    }

    /// Gives each kind a block of its own where there are many events.
    fn part_if_many(&mut self) {
        if self.many.is_some() || self.events.len() < MANY {
            return;
        }
        let mut many = ByKind {
            kinds: Vec::new(),
            unknown: Vec::new(),
        };
        for event in std::mem::take(&mut self.events) {
            many.of(kind_index(&event)).push(event);
        }
        self.ends = KindEnds::default();
        self.many = Some(Box::new(many));
    }

    /// Inserts one event at its position. Does not check whether an event of its kind with the same id exists.
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
        let kind = kind_index(&event);
        self.part_if_many();
        if let Some(many) = &mut self.many {
            let of_kind = many.of(kind);
            return of_kind.insert(place_of(&event, of_kind), event);
        }
        let Range { start, mut end } = self.ends.of(kind);
        if kind == NO_KIND {
            end = self.events.len();
        }
        let of_kind = self.events.get(start..end).unwrap_or(&[]);
        self.events.insert(start + place_of(&event, of_kind), event);
        self.ends.add(kind, 1);
    }

    /// Drops the events of a kind before an instant (exclusive), and returns their number.
    pub fn forget(&mut self, kind: usize, before: Instant) -> usize {
        let is_old = |e: &E| e.at() < before;
        if let Some(many) = &mut self.many {
            let Some(of_kind) = many.kinds.get_mut(kind) else {
                return 0;
            };
            let old = of_kind.partition_point(is_old);
            of_kind.drain(..old);
            return old;
        }
        let Range { start, end } = self.ends.of(kind);
        let of_kind = self.events.get(start..end).unwrap_or(&[]);
        let old = of_kind.partition_point(is_old);
        self.events.drain(start..start + old);
        self.ends.take(kind, old);
        old
    }

    /// Takes out the event of a kind with an id.
    pub(crate) fn remove(&mut self, kind: usize, id: &str) -> Option<E> {
        let of_kind = self.of_kind(kind);
        let is_it = |e: &E| e.id().is_some_and(|of| of.with_text(|of| of == id));
        // What is sought came lately.
        let place = of_kind.iter().rposition(is_it)?;
        if let Some(many) = &mut self.many {
            return Some(many.of(kind).remove(place));
        }
        let event = self.events.remove(self.ends.of(kind).start + place);
        self.ends.take(kind, 1);
        Some(event)
    }

    /// Returns the events in a `Vec`.
    #[must_use]
    pub fn into_events(self) -> Vec<E> {
        let Some(many) = self.many else {
            return self.events;
        };
        let mut events: Vec<E> = many.kinds.into_iter().flatten().collect();
        events.extend(many.unknown);
        events
    }

    /// The events of a kind in chronological order.
    #[inline]
    pub(crate) fn of_kind(&self, kind: usize) -> &[E] {
        match &self.many {
            Some(many) => many.kinds.get(kind).map_or(&[], Vec::as_slice),
            None => self.events.get(self.ends.of(kind)).unwrap_or(&[]),
        }
    }

    /// How many events stand before those of a kind.
    pub(crate) fn len_before_kind(&self, kind: usize) -> usize {
        match &self.many {
            Some(many) => many.kinds.iter().take(kind).map(Vec::len).sum(),
            None => self.ends.of(kind).start,
        }
    }
}

impl<E> Timeline<E> {
    /// Iterates over the events, by kind and then by time.
    pub fn iter(&self) -> TimelineIter<'_, E> {
        let (kinds, last): (&[Vec<E>], &[E]) = match &self.many {
            Some(many) => (&many.kinds, &many.unknown),
            None => (&[], &self.events),
        };
        TimelineIter {
            events: kinds.iter().flatten().chain(last),
            len: kinds.iter().map(Vec::len).sum::<usize>() + last.len(),
        }
    }

    /// The number of events.
    #[must_use]
    pub fn len(&self) -> usize {
        self.iter().len()
    }

    /// Whether there are no events.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl<E> ByKind<E> {
    /// The events of a kind, or those of none.
    fn of(&mut self, kind: usize) -> &mut Vec<E> {
        if kind == NO_KIND {
            return &mut self.unknown;
        }
        if self.kinds.len() <= kind {
            self.kinds.resize_with(kind + 1, Vec::new);
        }
        match self.kinds.get_mut(kind) {
            Some(of_kind) => of_kind,
            // INVARIANT: there is room for the kind now.
            None => &mut self.unknown,
        }
    }
}

/// The position of an event among those of its kind, at which it keeps them in order. Events mostly come in order.
fn place_of<E: Event>(event: &E, of_kind: &[E]) -> usize {
    let comes_after = |before: &E| {
        before
            .at()
            .cmp(&event.at())
            .then_with(|| before.tiebreak(event))
            .is_gt()
    };
    match of_kind.last() {
        Some(last) if comes_after(last) => of_kind.partition_point(|before| !comes_after(before)),
        Some(_) | None => of_kind.len(),
    }
}

/// The events of a [`Timeline`], by kind and then by time.
#[derive(Clone, Debug)]
pub struct TimelineIter<'a, E> {
    events: Chain<Flatten<slice::Iter<'a, Vec<E>>>, slice::Iter<'a, E>>,
    len: usize,
}

impl<'a, E> Iterator for TimelineIter<'a, E> {
    type Item = &'a E;

    fn next(&mut self) -> Option<&'a E> {
        let event = self.events.next()?;
        self.len -= 1;
        Some(event)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.len, Some(self.len))
    }
}

impl<E> DoubleEndedIterator for TimelineIter<'_, E> {
    fn next_back(&mut self) -> Option<Self::Item> {
        let event = self.events.next_back()?;
        self.len -= 1;
        Some(event)
    }
}

impl<E> ExactSizeIterator for TimelineIter<'_, E> {}

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

    /// No kind has an event.
    fn clear(&mut self) {
        self.from(0).fill(0);
    }

    /// Counts `n` more events of a kind. Those of no kind stand at the end, and are not counted.
    fn add(&mut self, kind: usize, n: u32) {
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
            .for_each(|end| *end = end.saturating_add(n));
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
        s.collect_seq(self)
    }
}

impl<'de, E: Event + Deserialize<'de>> Deserialize<'de> for Timeline<E> {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        Vec::deserialize(d).map(Timeline::new)
    }
}

impl<'a, E> IntoIterator for &'a Timeline<E> {
    type Item = &'a E;
    type IntoIter = TimelineIter<'a, E>;

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

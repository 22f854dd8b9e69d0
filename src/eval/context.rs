//! What an evaluation reads: one profile at one instant, and, inside the condition of an event or a row, that one.

use super::collection::index::IndexCache;
use super::entry::EntryScope;
use super::timeline::stage_history::StageHistory;
use super::work::{MAX_WORK, Work};
use crate::ir::{MAX_SLOTS, SlotId};
use crate::profile::{Event, Events, Profile, kind_index};

/// The scope of an evaluation. `'a` is the profile's; bound steps may live shorter, which only shortens what is returned.
pub(crate) struct Ctx<'a, P: Profile> {
    pub(crate) profile: &'a P,
    pub(crate) events: Events<'a, P::Event>,
    pub(crate) now: i64,
    /// The event under test.
    pub(crate) event: Option<&'a P::Event>,
    /// The position of the row under test.
    pub(crate) row: Option<usize>,
    /// The events that have names here: of the steps so far, and those in whose parentheses this stands.
    pub(crate) steps: &'a [Option<&'a P::Event>],
    /// What the lifecycle under evaluation is about, where there is one for each value of a property.
    pub(crate) subject: Option<&'a str>,
    /// The entry of a trigger that this is evaluated for.
    pub(crate) entry: Option<&'a EntryScope<'a>>,
    /// Stages as they were kept; where nothing is kept, they are found by replaying the profile's past.
    pub(crate) stages: Option<&'a dyn StageHistory>,
    /// Where many instants are probed, or the same events are asked of again: the indexes that were made for it.
    pub(crate) indexes: Option<&'a IndexCache>,
    /// What counts the work, and limits that of a search; where nobody searches, nothing is counted.
    pub(crate) work: Option<&'a Work>,
}

/// A place for each named event.
pub(crate) type NamedEvents<'a, P> = [Option<&'a <P as Profile>::Event>; MAX_SLOTS];

impl<P: Profile> Clone for Ctx<'_, P> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<P: Profile> Copy for Ctx<'_, P> {}

impl<'a, P: Profile> Ctx<'a, P> {
    #[inline]
    pub(crate) fn new(profile: &'a P, now: i64) -> Self {
        Ctx {
            profile,
            events: profile.events(),
            now,
            event: None,
            row: None,
            steps: &[],
            subject: None,
            entry: None,
            stages: None,
            indexes: None,
            work: None,
        }
    }

    pub(crate) fn at(self, now: i64) -> Self {
        Ctx { now, ..self }
    }

    pub(crate) fn with_event(self, event: &'a P::Event) -> Self {
        Ctx {
            event: Some(event),
            ..self
        }
    }

    /// Asks something in the parentheses of an event, which is kept in its slot where it has a name.
    #[inline]
    pub(crate) fn within<R>(
        &self,
        event: &'a P::Event,
        slot: Option<SlotId>,
        ask: impl FnOnce(&Ctx<'_, P>) -> R,
    ) -> R {
        let Some(slot) = slot else {
            return ask(&self.with_event(event));
        };
        let mut steps = self.named_events();
        if let Some(kept) = steps.get_mut(slot.index()) {
            *kept = Some(event);
        }
        ask(&Ctx {
            steps: &steps,
            ..self.with_event(event)
        })
    }

    /// The events that have names here, to be added to.
    pub(crate) fn named_events(&self) -> NamedEvents<'a, P> {
        let mut events = [None; MAX_SLOTS];
        for (kept, event) in events.iter_mut().zip(self.steps) {
            *kept = *event;
        }
        events
    }

    #[inline]
    pub(crate) fn with_row(self, row: usize) -> Self {
        Ctx {
            row: Some(row),
            ..self
        }
    }

    pub(crate) fn step(&self, slot: SlotId) -> Option<&'a P::Event> {
        self.steps.get(slot.index()).copied().flatten()
    }

    /// Whether no event of a kind is later than now, where that is at hand.
    #[inline]
    pub(crate) fn is_past(&self, kind: usize) -> bool {
        let stretch = self.of_kind(kind);
        stretch.is_sorted
            && stretch
                .events
                .last()
                .is_none_or(|last| last.at().micros() <= self.now)
    }

    /// The events of one kind.
    #[inline]
    pub(crate) fn of_kind(&self, kind: usize) -> EventSlice<'a, P::Event> {
        match self.events {
            Events::Slice(events) => EventSlice {
                events,
                is_sorted: false,
                kind,
                base: 0,
            },
            Events::Timeline(timeline) => EventSlice {
                events: timeline.of_kind(kind),
                is_sorted: true,
                kind,
                base: i64::try_from(kind).unwrap_or(i64::MAX) << KIND_SHIFT,
            },
        }
    }

    /// The event at a position that [`EventSlice::indexed`] gave.
    pub(crate) fn event_at(&self, position: i64) -> Option<&'a P::Event> {
        let of_kind = |kind: i64| self.of_kind(usize::try_from(kind).unwrap_or(usize::MAX));
        let (events, nth) = match self.events {
            Events::Slice(events) => (events, position),
            Events::Timeline(_) => {
                let kind = position >> KIND_SHIFT;
                (of_kind(kind).events, position - (kind << KIND_SHIFT))
            }
        };
        events.get(usize::try_from(nth).ok()?)
    }

    /// How many of all events of the profile stand before one at a position.
    pub(crate) fn rank(&self, position: i64) -> usize {
        let (before, nth) = match self.events {
            Events::Slice(_) => (0, position),
            Events::Timeline(timeline) => {
                let kind = position >> KIND_SHIFT;
                let kind_index = usize::try_from(kind).unwrap_or(usize::MAX);
                (
                    timeline.len_before_kind(kind_index),
                    position - (kind << KIND_SHIFT),
                )
            }
        };
        before.saturating_add(usize::try_from(nth).unwrap_or(0))
    }
}

impl<P: Profile> Ctx<'_, P> {
    /// Counts steps.
    #[inline]
    pub(crate) fn spend(&self, steps: usize) {
        if let Some(work) = self.work {
            work.spend(steps);
        }
    }

    /// Whether a search has done all that it may. It then says how far it came, if only by one instant.
    #[inline]
    pub(crate) fn is_spent(&self) -> bool {
        self.work.is_some_and(Work::is_spent)
    }

    /// Runs a search, which may do so much work and no more.
    pub(crate) fn limited<R>(&self, search: impl FnOnce(&Ctx<'_, P>) -> R) -> R {
        self.counted(|ctx, work| {
            let limit = work.done().saturating_add(MAX_WORK);
            work.with_limit(limit, || search(ctx))
        })
    }

    /// Runs what has to come to its end, also in the midst of a search: what was.
    pub(crate) fn unlimited<R>(&self, run: impl FnOnce(&Ctx<'_, P>) -> R) -> R {
        self.counted(|ctx, work| work.with_limit(u64::MAX, || run(ctx)))
    }

    fn counted<R>(&self, run: impl FnOnce(&Ctx<'_, P>, &Work) -> R) -> R {
        if let Some(work) = self.work {
            return run(self, work);
        }
        let work = Work::default();
        let ctx = Ctx {
            work: Some(&work),
            ..*self
        };
        run(&ctx, &work)
    }
}

/// The position of an event in a timeline is its kind and, in the bits below, its place among those of the kind: it stays the
/// same when events of other kinds are added, and when later ones of its own are.
const KIND_SHIFT: u32 = 40;

/// Events among which those of one kind are meant: sorted and of that kind only, or as the profile keeps them.
pub(crate) struct EventSlice<'a, E> {
    pub(crate) events: &'a [E],
    pub(crate) is_sorted: bool,
    pub(crate) kind: usize,
    /// The position of the first.
    base: i64,
}

impl<'a, E: Event> EventSlice<'a, E> {
    /// The part with `low <= at < high`; of unsorted events all, to be tested one by one.
    #[inline]
    pub(crate) fn window(&self, low: i64, high: i64) -> EventSlice<'a, E> {
        if !self.is_sorted {
            return EventSlice { ..*self };
        }
        let end = first_not_below(self.events, high);
        let start = first_not_below(self.events.get(..end).unwrap_or(self.events), low);
        EventSlice {
            events: self.events.get(start..end).unwrap_or(&[]),
            base: self.base + i64::try_from(start).unwrap_or(0),
            ..*self
        }
    }

    /// The events of the kind with `low <= at < high`, with their positions.
    pub(crate) fn indexed(
        &self,
        low: i64,
        high: i64,
    ) -> impl Iterator<Item = (i64, &'a E)> + use<'a, E> {
        let window = self.window(low, high);
        let (kind, sorted) = (self.kind, self.is_sorted);
        (window.base..).zip(window.events).filter(move |(_, e)| {
            sorted || (kind_index(*e) == kind && (low..high).contains(&e.at().micros()))
        })
    }

    /// The events of the kind from the `known`th on, with their positions; then all are known.
    pub(crate) fn indexed_from(
        &self,
        known: &mut usize,
    ) -> impl Iterator<Item = (i64, &'a E)> + use<'a, E> {
        let start = std::mem::replace(known, self.events.len());
        let (kind, sorted) = (self.kind, self.is_sorted);
        let first = self.base + i64::try_from(start).unwrap_or(0);
        (first..)
            .zip(self.events.get(start..).unwrap_or(&[]))
            .filter(move |(_, e)| sorted || kind_index(*e) == kind)
    }

    /// The events of the kind with `low <= at < high`.
    pub(crate) fn iter(&self, low: i64, high: i64) -> impl Iterator<Item = &'a E> + use<'a, E> {
        self.indexed(low, high).map(|(_, e)| e)
    }
}

/// The position of the first event at `x` or later in a sorted slice. Windows mostly reach back from the end, so the
/// search gallops from there: its cost grows with the logarithm of what lies behind the position.
#[inline]
pub(crate) fn first_not_below<E: Event>(events: &[E], x: i64) -> usize {
    let n = events.len();
    let mut step = 1;
    let mut high = n;
    // INVARIANT: every event from `high` on is at x or later.
    while high > 0 {
        let probe = high.saturating_sub(step);
        match events.get(probe) {
            Some(event) if event.at().micros() >= x => high = probe,
            _ => {
                let middle = events.get(probe + 1..high).unwrap_or(&[]);
                return probe + 1 + middle.partition_point(|event| event.at().micros() < x);
            }
        }
        step *= 2;
    }
    0
}

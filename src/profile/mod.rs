//! Profiles: the traits that a service's own types implement, the dynamic [`Record`], and [`Timeline`]s of events. Depends
//! on `schema`, `value`, `time`.

mod access;
mod derive;
mod field;
mod fields;
mod history;
mod key;
mod model;
mod record;
mod relation;
mod scan;
mod timeline;
mod val;

#[doc(hidden)]
pub use derive::__private;
pub use derive::{Enumeration, Nested};
pub use field::{FieldValue, Item};
pub use fields::{Describe, EventKinds, Fields, NewField, NewKind};
pub use history::{History, ValueChange};
pub use model::Model;
pub use record::{EventLine, Record, RecordBuilder, RecordError, RecordEvent, RecordReader, Value};
pub use relation::{Row, RowStore};
pub use timeline::{EventStore, Timeline};

pub(crate) use access::{Accessor, HistoryAccess, ListAccess, Predicate, RowAccess, changes_until};
pub(crate) use record::Cell;
pub(crate) use scan::{AllEvents, EventScan, Newest};
pub(crate) use val::{Digits, Val};

use crate::time::Instant;
use std::cmp::Ordering;
use std::fmt;

/// Everything that is known about one customer.
///
/// `#[derive(Profile)]` implements it, as does [`Record`]. Rules read a profile in place, through the accessors that
/// [`Describe::describe`] registers or, for a [`Record`], that its schema determines.
pub trait Profile: Sized + Send + Sync + 'static {
    /// The type of its events; [`NoEvent`] if it has none.
    type Event: Event;

    /// The identifier, which `id`, fixed lists and samples read.
    fn id(&self) -> ProfileId<'_>;

    /// The events, in any order.
    fn events(&self) -> Events<'_, Self::Event>;
}

/// Something that happened to a profile.
pub trait Event: Sized + Send + Sync + 'static {
    /// The index of its kind among those that [`Event::describe`] registers.
    fn kind(&self) -> usize;

    /// When it happened.
    fn at(&self) -> Instant;

    /// The identifier, if it has one. A [`Timeline`] keeps one event per id.
    fn id(&self) -> Option<&str> {
        None
    }

    /// Registers the kinds and their properties, in the order of the indexes that [`Event::kind`] returns.
    fn describe(kinds: &mut EventKinds<Self>);

    /// Orders events of the same kind and instant. Of several with the same id, a [`Timeline`] keeps the least, or by
    /// default the first.
    fn tiebreak(&self, _other: &Self) -> Ordering {
        Ordering::Equal
    }
}

/// The event type of profiles that have no events. It has no values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoEvent {}

impl Event for NoEvent {
    fn kind(&self) -> usize {
        match *self {}
    }

    fn at(&self) -> Instant {
        match *self {}
    }

    fn describe(_: &mut EventKinds<Self>) {}
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

/// The identifier of a profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ProfileId<'a> {
    /// A string.
    Text(&'a str),
    /// A number, which means its decimal digits.
    Number(u64),
    /// A signed number, which means its decimal digits, with a minus sign if it is negative.
    Signed(i64),
}

impl fmt::Display for ProfileId<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ProfileId::Text(text) => f.write_str(text),
            ProfileId::Number(n) => write!(f, "{n}"),
            ProfileId::Signed(n) => write!(f, "{n}"),
        }
    }
}

impl<'a> From<&'a str> for ProfileId<'a> {
    fn from(text: &'a str) -> Self {
        ProfileId::Text(text)
    }
}

impl<'a> From<&'a String> for ProfileId<'a> {
    fn from(text: &'a String) -> Self {
        ProfileId::Text(text)
    }
}

impl From<u64> for ProfileId<'_> {
    fn from(n: u64) -> Self {
        ProfileId::Number(n)
    }
}

impl From<u32> for ProfileId<'_> {
    fn from(n: u32) -> Self {
        ProfileId::Number(u64::from(n))
    }
}

impl From<i64> for ProfileId<'_> {
    fn from(n: i64) -> Self {
        ProfileId::Signed(n)
    }
}

impl<'a> From<&'a i64> for ProfileId<'a> {
    fn from(n: &'a i64) -> Self {
        ProfileId::Signed(*n)
    }
}

impl<'a> From<&'a u64> for ProfileId<'a> {
    fn from(n: &'a u64) -> Self {
        ProfileId::Number(*n)
    }
}

impl<'a> From<&'a u32> for ProfileId<'a> {
    fn from(n: &'a u32) -> Self {
        ProfileId::Number(u64::from(*n))
    }
}

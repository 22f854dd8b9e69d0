//! Customers as the library sees them: the traits a service's own types implement, the dynamic [`Record`], and
//! [`Timeline`]s of events. Depends on `schema`, `value`, `time`.

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
pub use fields::{Describe, Fields, Kinds, NewField, NewKind};
pub use history::{History, ValueChange};
pub use model::Model;
pub use record::{EventLine, Record, RecordBuilder, RecordError, RecordEvent, RecordReader, Value};
pub use relation::{Row, RowStore};
pub use timeline::{EventStore, Timeline};

pub(crate) use access::{Accessor, HistoryAccess, ListAccess, Predicate, RowAccess, changes_until};
pub(crate) use record::Cell;
pub(crate) use scan::{AllEvents, EventScan};
pub(crate) use val::{Digits, Val};

use crate::time::Instant;
use std::cmp::Ordering;
use std::fmt;

/// One customer.
///
/// Implemented by `#[derive(Profile)]`, by hand, and by [`Record`]. Rules read it in place, through the accessors that
/// [`Describe::describe`] registers (or, for a [`Record`], that its schema gives).
pub trait Profile: Sized + Send + Sync + 'static {
    /// What its events are; [`NoEvent`] where it has none.
    type Event: Event;

    /// Its identifier, which `id`, static lists and random shares read.
    fn id(&self) -> ProfileId<'_>;

    /// Its events, in any order.
    fn events(&self) -> Events<'_, Self::Event>;
}

/// Something that happened to a customer.
pub trait Event: Sized + Send + Sync + 'static {
    /// Which kind it is: the position of the kind in what [`Event::describe`] registers.
    fn kind(&self) -> usize;

    /// When it happened.
    fn at(&self) -> Instant;

    /// Its identifier, if it has one: a [`Timeline`] keeps one event of each.
    fn id(&self) -> Option<&str> {
        None
    }

    /// Registers the kinds and their properties, in the order that [`Event::kind`] counts.
    fn describe(kinds: &mut Kinds<Self>);

    /// An order of events of one kind at one instant. Where several share an id but not their content, a [`Timeline`]
    /// keeps the least; without it, the first given.
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

    fn describe(_: &mut Kinds<Self>) {}
}

/// Where a profile keeps its events.
#[derive(Debug)]
pub enum Events<'a, E> {
    /// In any order, each event once. Every evaluation looks at all of them.
    Slice(&'a [E]),
    /// Sorted once: a window is found by binary search.
    Timeline(&'a Timeline<E>),
}

impl<E: Event> Events<'_, E> {
    /// How many events there are.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Events::Slice(events) => events.len(),
            Events::Timeline(timeline) => timeline.len(),
        }
    }

    /// Whether there are none.
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

/// What a profile is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ProfileId<'a> {
    /// A text.
    Text(&'a str),
    /// A number; it means its decimal digits.
    Number(u64),
    /// A number that may be negative; it means its decimal digits, behind a minus sign where it is negative.
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

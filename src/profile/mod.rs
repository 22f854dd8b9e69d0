//! Profiles: the traits that a service's own types implement, the dynamic [`Record`], and [`Timeline`]s of events. Depends
//! on `schema`, `value`, `time`.

mod access;
mod derive;
mod enumeration;
mod field;
mod fields;
mod getter;
mod history;
mod identifier;
mod key;
mod kinds;
mod merge;
mod model;
mod reading;
mod record;
mod relation;
mod scalar;
mod scan;
mod timeline;
mod val;

#[doc(hidden)]
pub use derive::__private;
pub use derive::{EventBody, EventFields, Nested};
pub use enumeration::Enumeration;
pub use field::{FieldValue, ValuesByName};
pub use fields::{Describe, Fields, NewField};
pub use getter::Getter;
pub use history::{History, ValueChange};
pub use identifier::{IdValue, Identifier, OptionalId};
pub use kinds::{EventKinds, KindIndex, Kinds, NewKind};
pub use merge::{MergePolicy, MergeRules};
pub use model::Model;
pub use reading::Reading;
pub use record::{EventLine, Record, RecordBuilder, RecordError, RecordEvent, RecordReader, Value};
pub use relation::{Row, RowStore};
pub use scalar::{Readable, Scalar};
pub use timeline::{EventStore, Events, Timeline, TimelineIter};

pub(crate) use access::{Accessor, HistoryAccess, ListAccess, Predicate, RowAccess, changes_until};
pub(crate) use record::Cell;
pub(crate) use scan::{AllEvents, EventScan, Newest};
pub(crate) use val::Val;

use crate::time::Instant;
use kinds::NO_KIND;
use std::cmp::Ordering;

/// Everything that is known about one customer.
///
/// `#[derive(Profile)]` implements it, as does [`Record`]. Rules read a profile in place, through the accessors that
/// [`Describe::describe`] registers or, for a [`Record`], that its schema determines.
pub trait Profile: Sized + Send + Sync + 'static {
    /// The type of its events; [`NoEvent`] if it has none.
    type Event: Event;

    /// The identifier, which `id`, fixed lists and samples read.
    fn id(&self) -> Identifier<'_>;

    /// The events, in any order.
    fn events(&self) -> Events<'_, Self::Event>;
}

/// Something that happened to a profile.
///
/// `#[derive(Event)]` implements it for an enum, or for a struct. By hand, for an enum of another crate that may get further
/// variants:
///
/// ```
/// # mod payments {
/// #     #[non_exhaustive]
/// #     pub enum Notice { Charged { at: i64, cents: i64 }, Refunded { at: i64 }, Ping }
/// # }
/// use segue::{Enumeration, Instant, profile::{Event, EventKinds}};
///
/// struct Payment(payments::Notice);
///
/// #[derive(Enumeration)]
/// enum PaymentKind { Charged, Refunded }
///
/// impl Event for Payment {
///     type Kind = PaymentKind;
///
///     fn kind(&self) -> Option<PaymentKind> {
///         match self.0 {
///             payments::Notice::Charged { .. } => Some(PaymentKind::Charged),
///             payments::Notice::Refunded { .. } => Some(PaymentKind::Refunded),
///             _ => None,
///         }
///     }
///
///     fn at(&self) -> Instant {
///         match self.0 {
///             payments::Notice::Charged { at, .. } | payments::Notice::Refunded { at } => Instant::from_micros(at),
///             _ => Instant::MIN,
///         }
///     }
///
///     fn describe(kinds: &mut EventKinds<Self>) {
///         let cents = |payment: &Payment| match &payment.0 {
///             payments::Notice::Charged { cents, .. } => Some(*cents),
///             _ => None,
///         };
///         kinds.of(PaymentKind::Charged).computed("amount", cents, |field| field.decimal(2));
///     }
/// }
/// # let _ = Payment(payments::Notice::Ping);
/// ```
pub trait Event: Sized + Send + Sync + 'static {
    /// Its kinds: an enum that derives [`Enumeration`], whose names are those of the kinds.
    type Kind: Kinds;

    /// Its kind. `None` means that rules know nothing of it: it is kept, counts for nothing, and its instant does not matter.
    fn kind(&self) -> Option<Self::Kind>;

    /// When it happened.
    fn at(&self) -> Instant;

    /// The identifier, if it has one. A [`Timeline`] keeps one event per kind and id.
    fn id(&self) -> Option<Identifier<'_>> {
        None
    }

    /// Registers the properties of the kinds. A kind of which nothing is said has none.
    fn describe(kinds: &mut EventKinds<Self>);

    /// Orders events of the same kind and instant. Of several with the same id, a
    /// [`Timeline`] keeps the least, or by
    /// default the first.
    fn tiebreak(&self, _other: &Self) -> Ordering {
        Ordering::Equal
    }
}

/// The event type of profiles that have no events. It has no values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoEvent {}

impl Event for NoEvent {
    type Kind = KindIndex;

    fn kind(&self) -> Option<KindIndex> {
        match *self {}
    }

    fn at(&self) -> Instant {
        match *self {}
    }

    fn describe(_: &mut EventKinds<Self>) {}
}

/// The position of an event's kind among those of its type; [`NO_KIND`] where it has none.
#[inline]
pub(crate) fn kind_index<E: Event>(event: &E) -> usize {
    event.kind().map_or(NO_KIND, |kind| kind.position())
}

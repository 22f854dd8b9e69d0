//! The traits and functions that derived code uses.

use super::EventKinds;
use super::History;
use super::fields::Fields;
use crate::time::{Date, Instant};
use chrono::{DateTime, NaiveDate, TimeZone};
use std::borrow::Cow;
use std::collections::{BTreeSet, HashSet, VecDeque};
use std::num::{
    NonZeroI8, NonZeroI16, NonZeroI32, NonZeroI64, NonZeroU8, NonZeroU16, NonZeroU32, NonZeroU64,
    NonZeroUsize,
};
use std::sync::Arc;

/// A nested struct of a profile or event, whose fields become attributes with dotted names: `consent.email`.
///
/// `#[derive(Nested)]` implements it; a field of such a type says `#[segue(nested)]`, or `#[segue(flatten)]` where its
/// fields are to have no prefix. An `Option` of it is a part that may be missing.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no fields that segue knows",
    label = "this type does not derive `Nested`",
    note = "write `#[derive(segue::Nested)]` on `{Self}`, or remove `nested` or `flatten` here"
)]
pub trait Nested: Sized + 'static {
    /// Registers its fields as fields of `T`, with `prefix` before their names; `present` is whether every `T` has this part.
    fn describe<T: 'static>(
        fields: &mut Fields<T>,
        prefix: &str,
        present: bool,
        get: impl Fn(&T) -> Option<&Self> + Clone + Send + Sync + 'static,
    );
}

impl<N: Nested> Nested for Option<N> {
    fn describe<T: 'static>(
        fields: &mut Fields<T>,
        prefix: &str,
        _: bool,
        get: impl Fn(&T) -> Option<&Self> + Clone + Send + Sync + 'static,
    ) {
        N::describe(fields, prefix, false, move |of| {
            get(of).and_then(Option::as_ref)
        });
    }
}

impl<N: Nested> Nested for Box<N> {
    fn describe<T: 'static>(
        fields: &mut Fields<T>,
        prefix: &str,
        present: bool,
        get: impl Fn(&T) -> Option<&Self> + Clone + Send + Sync + 'static,
    ) {
        N::describe(fields, prefix, present, move |of| {
            get(of).map(|part| &**part)
        });
    }
}

/// What happened, without when: an enum, of which each variant is a kind, or a struct. `#[derive(EventBody)]` implements it, and so
/// does `#[derive(Event)]`.
///
/// ```
/// use segue::{Event, EventBody, Instant};
///
/// #[derive(Event)]
/// struct Envelope {
///     #[segue(id)]
///     id: u64,
///     at: Instant,
///     #[segue(body)]
///     body: Body,
/// }
///
/// #[derive(EventBody)]
/// enum Body {
///     Viewed { #[segue(subject)] category: String },
///     Purchased(Purchase),
///     /// No event for rules.
///     #[segue(skip)]
///     Heartbeat,
/// }
///
/// #[derive(EventBody)]
/// struct Purchase { #[segue(subject)] category: String, #[segue(decimal = 2)] amount: i64 }
/// # let _ = (Body::Viewed { category: String::new() }, Body::Heartbeat);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no kinds of events that segue knows",
    label = "this type derives neither `Event` nor `EventBody`",
    note = "write `#[derive(segue::EventBody)]` on `{Self}`, or implement `Event` by hand for the type around it"
)]
pub trait EventBody: Sized + 'static {
    /// How many kinds there are.
    const KINDS: usize;

    /// The position of its kind among them; `None` if rules know nothing of it.
    fn kind_index(&self) -> Option<usize>;

    /// Registers the kinds as kinds of `T`.
    fn describe<T: 'static>(
        kinds: &mut EventKinds<T>,
        get: impl Fn(&T) -> Option<&Self> + Clone + Send + Sync + 'static,
    );
}

impl<B: EventBody> EventBody for Box<B> {
    const KINDS: usize = B::KINDS;

    fn kind_index(&self) -> Option<usize> {
        B::kind_index(self)
    }

    fn describe<T: 'static>(
        kinds: &mut EventKinds<T>,
        get: impl Fn(&T) -> Option<&Self> + Clone + Send + Sync + 'static,
    ) {
        B::describe(kinds, move |of| get(of).map(|body| &**body));
    }
}

/// A struct whose fields are the properties of one kind of events. `#[derive(Event)]` and `#[derive(EventBody)]` implement it for a
/// struct.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no properties that segue knows",
    label = "no struct that derives `Event` or `EventBody`",
    note = "write `#[derive(segue::Event)]` on `{Self}`, if it says when it happened, or else `#[derive(segue::EventBody)]`; where it \
            is an enum with kinds of its own, say `#[segue(flatten)]` at the variant"
)]
pub trait EventFields: Sized + 'static {
    /// The subject, which `viewed("tv")` compares, if there is one.
    const SUBJECT: Option<&'static str>;

    /// Registers the properties as fields of `T`.
    fn describe<T: 'static>(
        fields: &mut Fields<T>,
        get: impl Fn(&T) -> Option<&Self> + Clone + Send + Sync + 'static,
    );
}

impl<F: EventFields> EventFields for Box<F> {
    const SUBJECT: Option<&'static str> = F::SUBJECT;

    fn describe<T: 'static>(
        fields: &mut Fields<T>,
        get: impl Fn(&T) -> Option<&Self> + Clone + Send + Sync + 'static,
    ) {
        F::describe(fields, move |of| get(of).map(|body| &**body));
    }
}

/// A type that says when an event happened.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say when an event happened",
    label = "not an instant",
    note = "`at` is a `segue::Instant` or a `chrono::DateTime`"
)]
pub trait AtValue {
    /// The instant.
    fn instant(&self) -> Instant;
}

impl AtValue for Instant {
    #[inline]
    fn instant(&self) -> Instant {
        *self
    }
}

impl<Z: TimeZone> AtValue for DateTime<Z> {
    #[inline]
    fn instant(&self) -> Instant {
        Instant::from(self.to_utc())
    }
}

/// A type that may be marked `#[segue(decimal = 2)]`.
#[diagnostic::on_unimplemented(
    message = "`decimal` does not fit `{Self}`",
    label = "no exact number",
    note = "a decimal is a `rust_decimal::Decimal` (with the feature `rust_decimal`) or an integer that counts the smallest unit, such as cents in an `i64`; a floating-point number is never exact"
)]
pub trait DecimalField {}

/// A type that may be marked `#[segue(yearly)]`.
#[diagnostic::on_unimplemented(
    message = "`yearly` does not fit `{Self}`",
    label = "not a date",
    note = "a `segue::Date` or `chrono::NaiveDate` can come back every year"
)]
pub trait YearlyField {}

/// A type that may be marked `#[segue(version)]`.
#[diagnostic::on_unimplemented(
    message = "`version` does not fit `{Self}`",
    label = "not a string",
    note = "a version is a text such as `2.10.1`"
)]
pub trait VersionField {}

macro_rules! mark {
    ($mark:ident: $($rust:ty),*) => {
        $(impl $mark for $rust {})*
        impl<V: $mark> $mark for Option<V> {}
        impl<V: $mark> $mark for Vec<V> {}
        impl<V: $mark> $mark for VecDeque<V> {}
        impl<V: $mark> $mark for BTreeSet<V> {}
        impl<V: $mark, S> $mark for HashSet<V, S> {}
        impl<V: $mark> $mark for Box<[V]> {}
        impl<V: $mark> $mark for Arc<[V]> {}
        impl<V: $mark, const N: usize> $mark for [V; N] {}
        impl<V: $mark> $mark for History<V> {}
    };
}

mark!(DecimalField:
    i8, i16, i32, i64, u8, u16, u32, u64, usize, NonZeroI8, NonZeroI16, NonZeroI32, NonZeroI64, NonZeroU8, NonZeroU16, NonZeroU32,
    NonZeroU64, NonZeroUsize
);
#[cfg(feature = "rust_decimal")]
impl DecimalField for rust_decimal::Decimal {}
mark!(VersionField: String, &'static str, Box<str>, Arc<str>, Cow<'static, str>);

impl YearlyField for Date {}
impl YearlyField for NaiveDate {}
impl<V: YearlyField> YearlyField for Option<V> {}
impl<V: YearlyField> YearlyField for History<V> {}

/// What derived code names. Not part of the public interface.
#[doc(hidden)]
pub mod __private {
    pub use super::super::field::{FieldValue, ValuesByName};
    pub use super::super::getter::Getter;
    pub use super::super::reading::Reading;
    pub use super::super::scalar::{Readable, Scalar};
    pub use super::super::{
        Describe, Enumeration, Event, EventKinds, EventStore, Events, Fields, IdValue, Identifier,
        KindIndex, NoEvent, OptionalId, Profile,
    };
    pub use super::super::{Row, RowStore};
    pub use super::{
        AtValue, DecimalField, EventBody, EventFields, Nested, VersionField, YearlyField,
    };
    pub use crate::time::Instant;
    pub use crate::value::Type;
    pub use core::clone::Clone;
    pub use core::convert::From;
    pub use core::marker::{Send, Sync};
    pub use core::ops::Fn;
    pub use core::option::Option::{self, None, Some};

    /// The type of an enum.
    #[must_use]
    pub fn enumeration<E: Enumeration>() -> Type {
        super::super::enumeration::type_of::<E>()
    }

    /// An enum's value as rules read it.
    #[inline]
    pub fn position<E: Enumeration>(of: &E) -> Reading<'static> {
        Reading::of_whole(of.index() as u64)
    }

    /// A name within a part.
    #[must_use]
    pub fn join(prefix: &str, name: &str) -> String {
        [prefix, name].concat()
    }

    /// Fails to compile for types that cannot be a decimal.
    #[inline]
    pub fn decimal<V: DecimalField>() {}

    /// Fails to compile for types that are not dates.
    #[inline]
    pub fn yearly<V: YearlyField>() {}

    /// Fails to compile for types that are not strings.
    #[inline]
    pub fn version<V: VersionField>() {}
}

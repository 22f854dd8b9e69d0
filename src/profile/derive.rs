//! The traits and functions that derived code uses.

use super::fields::Fields;
use super::{History, ProfileId};
use crate::time::{Date, Instant};
use crate::value::{EnumType, Type};
use chrono::{DateTime, NaiveDate, Utc};
use std::borrow::Cow;
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
        get: impl Fn(&T) -> Option<&Self> + Copy + Send + Sync + 'static,
    );
}

impl<N: Nested> Nested for Option<N> {
    fn describe<T: 'static>(
        fields: &mut Fields<T>,
        prefix: &str,
        _: bool,
        get: impl Fn(&T) -> Option<&Self> + Copy + Send + Sync + 'static,
    ) {
        N::describe(fields, prefix, false, move |of| {
            get(of).and_then(Option::as_ref)
        });
    }
}

/// A closed set of names, as a Rust enum without data. `#[derive(Enumeration)]` implements it, and makes the enum usable
/// as a field of a profile or event.
///
/// ```
/// use segue::{Enumeration, profile::Enumeration as _};
///
/// #[derive(Enumeration)]
/// #[segue(ordered)]
/// enum Stage { Awareness, FirstPurchase, #[segue(rename = "忠诚")] Loyal }
///
/// assert_eq!(Stage::NAMES, ["awareness", "first_purchase", "忠诚"]);
/// assert_eq!(Stage::FirstPurchase.index(), 1);
/// assert!(Stage::ORDERED);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an enum that segue knows",
    label = "this type does not derive `Enumeration`",
    note = "write `#[derive(segue::Enumeration)]` on `{Self}`"
)]
pub trait Enumeration: Sized + 'static {
    /// The names, in their declared order.
    const NAMES: &'static [&'static str];
    /// Whether `<` and `>` compare by the declared order.
    const ORDERED: bool;

    /// The index of this value among the names.
    fn index(&self) -> usize;
}

/// A type that identifies a profile.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the id of a profile",
    label = "not a string or an unsigned integer",
    note = "an id is a `String`, `Box<str>`, `Arc<str>` or an unsigned integer; implement `Profile` by hand for others"
)]
pub trait IdValue {
    /// The id.
    fn profile_id(&self) -> ProfileId<'_>;
}

/// A type that identifies an event.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the id of an event",
    label = "not a string",
    note = "an id is a `String`, `Box<str>` or `Arc<str>`, or an `Option` of one; implement `Event` by hand for others"
)]
pub trait EventIdValue {
    /// The id, if there is one.
    fn event_id(&self) -> Option<&str>;
}

/// A type that says when an event happened.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say when an event happened",
    label = "not an instant",
    note = "`at` is a `segue::Instant` or a `chrono::DateTime<Utc>`"
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

impl AtValue for DateTime<Utc> {
    #[inline]
    fn instant(&self) -> Instant {
        Instant::from(*self)
    }
}

macro_rules! text_ids {
    ($($rust:ty),*) => {$(
        impl IdValue for $rust {
            fn profile_id(&self) -> ProfileId<'_> {
                ProfileId::Text(self)
            }
        }

        impl EventIdValue for $rust {
            fn event_id(&self) -> Option<&str> {
                Some(self)
            }
        }
    )*};
}

text_ids!(String, &'static str, Box<str>, Arc<str>, Cow<'static, str>);

impl<I: EventIdValue> EventIdValue for Option<I> {
    fn event_id(&self) -> Option<&str> {
        self.as_ref().and_then(I::event_id)
    }
}

macro_rules! number_ids {
    ($($rust:ty),*) => {$(
        impl IdValue for $rust {
            fn profile_id(&self) -> ProfileId<'_> {
                ProfileId::Number(u64::from(*self))
            }
        }
    )*};
}

number_ids!(u8, u16, u32, u64);

macro_rules! signed_ids {
    ($($rust:ty),*) => {$(
        impl IdValue for $rust {
            fn profile_id(&self) -> ProfileId<'_> {
                ProfileId::Signed(i64::from(*self))
            }
        }
    )*};
}

signed_ids!(i8, i16, i32, i64);

/// A type that may be marked `#[segue(decimal = 2)]`.
#[diagnostic::on_unimplemented(
    message = "`decimal` does not fit `{Self}`",
    label = "not an integer",
    note = "a decimal is an integer that counts the smallest unit, such as cents in an `i64`; a floating-point number is never exact"
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
        impl<V: $mark> $mark for History<V> {}
    };
}

mark!(DecimalField: i8, i16, i32, i64, u8, u16, u32, u64, usize);
mark!(VersionField: String, &'static str, Box<str>, Arc<str>, Cow<'static, str>);

impl YearlyField for Date {}
impl YearlyField for NaiveDate {}
impl<V: YearlyField> YearlyField for Option<V> {}
impl<V: YearlyField> YearlyField for History<V> {}

/// What derived code names. Not part of the public interface.
#[doc(hidden)]
pub mod __private {
    pub use super::super::field::{FieldValue, Item, ItemValue, Sealed, whole_accessor};
    pub use super::super::{
        Describe, Event, EventKinds, EventStore, Events, Fields, NoEvent, Profile, ProfileId,
    };
    pub use super::super::{Row, RowStore};
    pub use super::{
        AtValue, DecimalField, Enumeration, EventIdValue, IdValue, Nested, VersionField,
        YearlyField,
    };
    pub use crate::time::Instant;
    pub use crate::value::Type;
    pub use core::marker::{Copy, Send, Sync};
    pub use core::ops::Fn;
    pub use core::option::Option::{self, None, Some};

    /// The type of an enum.
    #[must_use]
    pub fn enumeration<E: Enumeration>() -> Type {
        super::enumeration::<E>()
    }

    /// The position of an enum's value, as rules read it.
    #[inline]
    pub fn position<E: Enumeration>(of: &E) -> i64 {
        i64::try_from(of.index()).unwrap_or(i64::MAX)
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

fn enumeration<E: Enumeration>() -> Type {
    Type::Enum(EnumType {
        values: E::NAMES.iter().map(|n| (*n).to_owned()).collect(),
        ordered: E::ORDERED,
    })
}

//! What identifies a profile or an event.

use super::val::{InlineText, Val};
use std::borrow::Cow;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::num::{
    NonZeroI8, NonZeroI16, NonZeroI32, NonZeroI64, NonZeroU8, NonZeroU16, NonZeroU32, NonZeroU64,
};
use std::sync::Arc;

/// The identifier of a profile or an event. Two are equal if they are written alike: the number 17 is the text `"17"`.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Identifier<'a> {
    /// A string.
    Text(&'a str),
    /// A number, which means its decimal digits.
    Number(u64),
    /// A signed number, which means its decimal digits, with a minus sign if it is negative.
    Signed(i64),
    /// A UUID, which means its 32 lowercase hexadecimal digits with four hyphens.
    Uuid(u128),
}

impl<'a> Identifier<'a> {
    /// The identifier as a text.
    pub(crate) fn val(self) -> Val<'a> {
        match self {
            Identifier::Text(text) => Val::Text(text),
            Identifier::Number(n) => Val::Inline(InlineText::unsigned(n)),
            Identifier::Signed(n) => Val::Inline(InlineText::signed(n)),
            Identifier::Uuid(bits) => Val::Inline(InlineText::uuid(bits)),
        }
    }

    /// What a function makes of the text.
    pub(crate) fn with_text<R>(self, f: impl FnOnce(&str) -> R) -> R {
        f(self.val().text().unwrap_or_default())
    }
}

impl fmt::Display for Identifier<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.with_text(|text| f.write_str(text))
    }
}

impl PartialEq for Identifier<'_> {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Identifier::Number(a), Identifier::Number(b)) => a == b,
            (Identifier::Uuid(a), Identifier::Uuid(b)) => a == b,
            _ => self.val().text() == other.val().text(),
        }
    }
}

impl Eq for Identifier<'_> {}

impl Hash for Identifier<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.with_text(|text| text.hash(state));
    }
}

/// A type that identifies a profile or an event. Implement it for your own.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be an id",
    label = "no id",
    note = "an id is a `String`, `Box<str>` or `Arc<str>`, a whole number, a `uuid::Uuid` (with the feature `uuid`), a struct of one \
            of them that derives `segue::Scalar`, or a type of yours that implements `segue::profile::IdValue`; that of an event may \
            be an `Option`"
)]
pub trait IdValue {
    /// The identifier.
    fn identifier(&self) -> Identifier<'_>;
}

/// What may identify an event: an [`IdValue`], or an `Option` of one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be an id",
    label = "no id",
    note = "an id is a `String`, `Box<str>` or `Arc<str>`, a whole number, a `uuid::Uuid` (with the feature `uuid`), a struct of one \
            of them that derives `segue::Scalar`, or a type of yours that implements `segue::profile::IdValue`; that of an event may \
            be an `Option`"
)]
pub trait OptionalId {
    /// The identifier, if there is one.
    fn optional_id(&self) -> Option<Identifier<'_>>;
}

impl<I: IdValue> OptionalId for I {
    fn optional_id(&self) -> Option<Identifier<'_>> {
        Some(self.identifier())
    }
}

impl<I: IdValue> OptionalId for Option<I> {
    fn optional_id(&self) -> Option<Identifier<'_>> {
        self.as_ref().map(I::identifier)
    }
}

impl<'a> From<&'a str> for Identifier<'a> {
    fn from(text: &'a str) -> Self {
        Identifier::Text(text)
    }
}

impl<'a, I: IdValue> From<&'a I> for Identifier<'a> {
    fn from(id: &'a I) -> Self {
        id.identifier()
    }
}

macro_rules! texts {
    ($($rust:ty),*) => {$(
        impl IdValue for $rust {
            fn identifier(&self) -> Identifier<'_> {
                Identifier::Text(self)
            }
        }
    )*};
}

texts!(String, &'static str, Box<str>, Arc<str>, Cow<'static, str>);

/// Identifiers that are copied.
macro_rules! copied {
    ($($rust:ty => |$v:ident| $identifier:expr),* $(,)?) => {$(
        impl IdValue for $rust {
            #[inline]
            fn identifier(&self) -> Identifier<'_> {
                Identifier::from(*self)
            }
        }

        impl From<$rust> for Identifier<'_> {
            #[inline]
            fn from($v: $rust) -> Self {
                $identifier
            }
        }
    )*};
}

copied!(
    u8 => |n| Identifier::Number(n.into()), u16 => |n| Identifier::Number(n.into()),
    u32 => |n| Identifier::Number(n.into()), u64 => |n| Identifier::Number(n),
    i8 => |n| Identifier::Signed(n.into()), i16 => |n| Identifier::Signed(n.into()),
    i32 => |n| Identifier::Signed(n.into()), i64 => |n| Identifier::Signed(n),
    NonZeroU8 => |n| n.get().into(), NonZeroU16 => |n| n.get().into(),
    NonZeroU32 => |n| n.get().into(), NonZeroU64 => |n| n.get().into(),
    NonZeroI8 => |n| n.get().into(), NonZeroI16 => |n| n.get().into(),
    NonZeroI32 => |n| n.get().into(), NonZeroI64 => |n| n.get().into(),
);

#[cfg(feature = "uuid")]
copied!(uuid::Uuid => |id| Identifier::Uuid(id.as_u128()));

impl<I: IdValue> IdValue for Box<I> {
    fn identifier(&self) -> Identifier<'_> {
        I::identifier(self)
    }
}

impl<I: IdValue> IdValue for Arc<I> {
    fn identifier(&self) -> Identifier<'_> {
        I::identifier(self)
    }
}

//! The Rust types of one value: what a field, an item of a list or a value of a history may be.

use super::reading::Reading;
use super::val::Val;
use crate::time::{Date, Duration, Instant};
use crate::value::{GeoPoint, Type};
use chrono::{DateTime, NaiveDate, TimeDelta, TimeZone};
use std::borrow::Cow;
use std::num::{
    NonZeroI8, NonZeroI16, NonZeroI32, NonZeroI64, NonZeroU8, NonZeroU16, NonZeroU32, NonZeroU64,
    NonZeroUsize,
};
use std::sync::Arc;

/// A Rust type that is one value of the language. Implement it for your own; [`FieldValue`](super::FieldValue) lists those that
/// implement it already.
///
/// `#[derive(Scalar)]` implements it for a struct with one field, and `#[derive(Enumeration)]` for an enum. By hand:
///
/// ```
/// use segue::{profile::{Reading, Scalar}, Type};
///
/// /// An amount in cents.
/// struct Money { cents: i64, currency: Currency }
/// # struct Currency;
///
/// impl Scalar for Money {
///     fn ty() -> Type { Type::Decimal(2) }
///     fn read(&self) -> Reading<'_> { self.cents.into() }
/// }
/// # let _ = Money { cents: 1, currency: Currency }.currency;
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a type that segue can read",
    label = "no value of the language",
    note = "leave the field out with `#[segue(skip)]`, read it through a function with `#[segue(get = \"…\")]`, derive \
            `segue::Enumeration` on an enum without data, `segue::Scalar` on a struct of one field, or `segue::Nested` on one of \
            several and say `#[segue(nested)]`"
)]
pub trait Scalar: Sized + Send + Sync + 'static {
    /// Its type in the language, which is no list. An `int` may become a decimal, and a `string` a version, by what is said of
    /// the field ([`NewField`](super::NewField)).
    fn ty() -> Type;

    /// The value: of that type, or missing. An enum's is the position among its values. It is read as often as rules ask.
    fn read(&self) -> Reading<'_>;
}

/// What a function that computes a value may return: a bool, a number, a date, an instant, a duration, a place or an enum that derives
/// [`Enumeration`](super::Enumeration); a `&str`; a reference to any [`Scalar`]; or an `Option` of one. A text is borrowed, so that
/// reading allocates nothing.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a value that segue can read",
    label = "no value of the language",
    note = "a function that computes a value returns a bool, a number, a date, an instant, a duration, a place or an enum that \
            derives `segue::Enumeration`; a `&str`; a reference to anything that a field may be; or an `Option` of one. A `String` \
            that it makes would have to live on: keep it in the struct"
)]
pub trait Readable<'a>: Into<Reading<'a>> {
    /// Whether it is never missing.
    const REQUIRED: bool = true;

    /// Its type in the language.
    fn ty() -> Type;
}

impl<'a, R: Readable<'a>> Readable<'a> for Option<R> {
    const REQUIRED: bool = false;

    fn ty() -> Type {
        R::ty()
    }
}

impl<'a> Readable<'a> for &'a str {
    fn ty() -> Type {
        Type::String
    }
}

impl<'a, V: Scalar> From<&'a V> for Reading<'a> {
    #[inline]
    fn from(value: &'a V) -> Self {
        value.read()
    }
}

impl<'a, V: Scalar> Readable<'a> for &'a V {
    fn ty() -> Type {
        V::ty()
    }
}

/// Types that are copied into a reading.
macro_rules! copied {
    ($ty:expr; $($rust:ty => |$v:ident| $reading:expr),* $(,)?) => {$(
        impl Scalar for $rust {
            fn ty() -> Type {
                $ty
            }

            #[inline]
            fn read(&self) -> Reading<'_> {
                Reading::from(*self)
            }
        }

        impl From<$rust> for Reading<'_> {
            #[inline]
            fn from($v: $rust) -> Self {
                $reading
            }
        }

        impl<'a> Readable<'a> for $rust {
            fn ty() -> Type {
                $ty
            }
        }
    )*};
}

copied!(Type::Bool; bool => |v| Reading::of_whole(i64::from(v)));
copied!(Type::Int;
    i8 => |v| Reading::of_whole(v), i16 => |v| Reading::of_whole(v), i32 => |v| Reading::of_whole(v),
    i64 => |v| Reading::of_whole(v), u8 => |v| Reading::of_whole(v), u16 => |v| Reading::of_whole(v),
    u32 => |v| Reading::of_whole(v), u64 => |v| Reading::of_whole(v), usize => |v| Reading::of_whole(v as u64),
    NonZeroI8 => |v| v.get().into(), NonZeroI16 => |v| v.get().into(), NonZeroI32 => |v| v.get().into(),
    NonZeroI64 => |v| v.get().into(), NonZeroU8 => |v| v.get().into(), NonZeroU16 => |v| v.get().into(),
    NonZeroU32 => |v| v.get().into(), NonZeroU64 => |v| v.get().into(), NonZeroUsize => |v| v.get().into(),
);
copied!(Type::Float; f32 => |v| Reading::new(Val::real(f64::from(v))), f64 => |v| Reading::new(Val::real(v)));
copied!(Type::Date; Date => |v| Reading::of_whole(v.days()), NaiveDate => |v| Date::from(v).into());
copied!(Type::Instant; Instant => |v| Reading::of_whole(v.micros()));
copied!(Type::Duration;
    Duration => |v| Reading::of_whole(v.micros()), TimeDelta => |v| Duration::from(v).into(),
    std::time::Duration => |v| Reading::of_whole(i64::try_from(v.as_micros()).unwrap_or(i64::MAX)),
);
copied!(Type::Place; GeoPoint => |v| Reading::new(Val::Place(v)));

impl<Z: TimeZone + 'static> Scalar for DateTime<Z>
where
    Z::Offset: Send + Sync,
{
    fn ty() -> Type {
        Type::Instant
    }

    #[inline]
    fn read(&self) -> Reading<'_> {
        Instant::from(self.to_utc()).into()
    }
}

impl<Z: TimeZone> From<DateTime<Z>> for Reading<'_> {
    fn from(at: DateTime<Z>) -> Self {
        Instant::from(at.to_utc()).into()
    }
}

impl<'a, Z: TimeZone> Readable<'a> for DateTime<Z> {
    fn ty() -> Type {
        Type::Instant
    }
}

macro_rules! text {
    ($($rust:ty),*) => {$(
        impl Scalar for $rust {
            fn ty() -> Type {
                Type::String
            }

            #[inline]
            fn read(&self) -> Reading<'_> {
                Reading::from(&**self)
            }
        }
    )*};
}

text!(String, &'static str, Box<str>, Arc<str>, Cow<'static, str>);

macro_rules! pointer {
    ($($rust:ident),*) => {$(
        impl<V: Scalar> Scalar for $rust<V> {
            fn ty() -> Type {
                V::ty()
            }

            #[inline]
            fn read(&self) -> Reading<'_> {
                V::read(self)
            }
        }
    )*};
}

pointer!(Box, Arc);

#[cfg(feature = "uuid")]
copied!(Type::String; uuid::Uuid => |v| Reading::uuid(v.as_u128()));

/// The digits after the point of a `rust_decimal::Decimal` of which a field does not say how many it has.
#[cfg(feature = "rust_decimal")]
const DECIMAL_SCALE: u8 = 6;

#[cfg(feature = "rust_decimal")]
copied!(Type::Decimal(DECIMAL_SCALE); rust_decimal::Decimal => |v| Reading::decimal(v.mantissa(), v.scale()));

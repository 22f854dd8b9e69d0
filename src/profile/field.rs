//! The Rust types that a field of a service's own struct may have.

use super::access::{Accessor, LargeField, ListAccess, RealField, WholeField};
use super::val::Val;
use crate::time::{Date, Duration, Instant};
use crate::value::{GeoPoint, Type};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use std::borrow::Cow;
use std::sync::Arc;

/// A Rust type that a field of a profile or an event may have.
///
/// | Rust | language |
/// |---|---|
/// | `bool` | bool |
/// | `i8` … `i64`, `u8` … `u64`, `usize` | int, or decimal with [`NewField::decimal`](super::NewField::decimal) |
/// | `f32`, `f64` | float; NaN is missing |
/// | `String`, `&'static str`, `Box<str>`, `Arc<str>`, `Cow<'static, str>` | string |
/// | enums with `#[derive(Enumeration)]` | enum |
/// | [`Date`], `chrono::NaiveDate` | date |
/// | [`Instant`], `chrono::DateTime<Utc>` | instant |
/// | [`Duration`], `chrono::TimeDelta` | duration |
/// | [`GeoPoint`] | place |
/// | `Vec` of an [`Item`] | list of it |
/// | [`History`](super::History) of an [`Item`] | tracked |
/// | `Option` of any of these | the same, and may be missing |
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a type that segue can read",
    label = "no value of the language",
    note = "leave the field out with `#[segue(skip)]`, derive `segue::Enumeration` on an enum without data, or derive \
            `segue::Nested` on a struct and say `#[segue(nested)]`"
)]
pub trait FieldValue: Sized + 'static {
    /// Whether it is never missing.
    const REQUIRED: bool = true;
    /// Whether it keeps its history.
    const TRACKED: bool = false;

    /// Its type in the language.
    fn ty() -> Type;

    /// The accessor of a field of this type.
    #[doc(hidden)]
    fn accessor<T: 'static>(
        get: impl Fn(&T) -> Option<&Self> + Copy + Send + Sync + 'static,
    ) -> Sealed<T>;
}

/// Keeps accessors out of the public interface.
#[doc(hidden)]
pub struct Sealed<T>(pub(crate) Accessor<T>);

/// A Rust type that may be an item of a list or a value of a [`History`](super::History).
pub trait Item: Sized + Send + Sync + 'static {
    /// Its type in the language.
    fn ty() -> Type;

    /// The value.
    #[doc(hidden)]
    fn item(&self) -> ItemValue<'_>;
}

/// Keeps values out of the public interface.
#[doc(hidden)]
pub struct ItemValue<'a>(pub(crate) Val<'a>);

impl<'a> ItemValue<'a> {
    #[doc(hidden)]
    #[must_use]
    pub fn whole(v: i64) -> Self {
        ItemValue(Val::Whole(i128::from(v)))
    }

    #[doc(hidden)]
    #[must_use]
    pub fn text(v: &'a str) -> Self {
        ItemValue(Val::Text(v))
    }
}

#[doc(hidden)]
pub fn whole_accessor<T: 'static>(
    get: impl Fn(&T) -> Option<i64> + Copy + Send + Sync + 'static,
) -> Sealed<T> {
    Sealed(Accessor::Whole(Arc::new(WholeField(get))))
}

macro_rules! whole {
    ($ty:expr; $($rust:ty => |$v:ident| $to:expr),* $(,)?) => {$(
        impl FieldValue for $rust {
            fn ty() -> Type {
                $ty
            }

            fn accessor<T: 'static>(get: impl Fn(&T) -> Option<&Self> + Copy + Send + Sync + 'static) -> Sealed<T> {
                whole_accessor(move |of| get(of).map(|$v| $to))
            }
        }

        impl Item for $rust {
            fn ty() -> Type {
                $ty
            }

            fn item(&self) -> ItemValue<'_> {
                let $v = self;
                ItemValue::whole($to)
            }
        }
    )*};
}

whole!(Type::Bool; bool => |v| i64::from(*v));
whole!(Type::Int;
    i8 => |v| i64::from(*v), i16 => |v| i64::from(*v), i32 => |v| i64::from(*v), i64 => |v| *v,
    u8 => |v| i64::from(*v), u16 => |v| i64::from(*v), u32 => |v| i64::from(*v),
);
macro_rules! large {
    ($($rust:ty),*) => {$(
        impl FieldValue for $rust {
            fn ty() -> Type {
                Type::Int
            }

            fn accessor<T: 'static>(get: impl Fn(&T) -> Option<&Self> + Copy + Send + Sync + 'static) -> Sealed<T> {
                let clamped = move |of: &T| get(of).map(|v| i64::try_from(*v).unwrap_or(i64::MAX));
                let exact = move |of: &T| get(of).and_then(|v| i128::try_from(*v).ok());
                Sealed(Accessor::Whole(Arc::new(LargeField { clamped: WholeField(clamped), exact })))
            }
        }

        impl Item for $rust {
            fn ty() -> Type {
                Type::Int
            }

            fn item(&self) -> ItemValue<'_> {
                ItemValue(i128::try_from(*self).map_or(Val::Missing, Val::Whole))
            }
        }
    )*};
}

large!(u64, usize);
whole!(Type::Date; Date => |v| i64::from(v.days()), NaiveDate => |v| i64::from(Date::from(*v).days()));
whole!(Type::Instant; Instant => |v| v.micros(), DateTime<Utc> => |v| Instant::from(*v).micros());
whole!(Type::Duration; Duration => |v| v.micros(), TimeDelta => |v| Duration::from(*v).micros());

macro_rules! text {
    ($($rust:ty),*) => {$(
        impl FieldValue for $rust {
            fn ty() -> Type {
                Type::String
            }

            fn accessor<T: 'static>(get: impl Fn(&T) -> Option<&Self> + Copy + Send + Sync + 'static) -> Sealed<T> {
                Sealed(Accessor::text(move |of: &T| get(of).map(|v| &**v)))
            }
        }

        impl Item for $rust {
            fn ty() -> Type {
                Type::String
            }

            fn item(&self) -> ItemValue<'_> {
                ItemValue::text(self)
            }
        }
    )*};
}

text!(String, &'static str, Box<str>, Arc<str>, Cow<'static, str>);

macro_rules! real {
    ($($rust:ty),*) => {$(
        impl FieldValue for $rust {
            fn ty() -> Type {
                Type::Float
            }

            fn accessor<T: 'static>(get: impl Fn(&T) -> Option<&Self> + Copy + Send + Sync + 'static) -> Sealed<T> {
                let read = move |of: &T| get(of).map(|v| f64::from(*v)).filter(|v| !v.is_nan());
                Sealed(Accessor::Real(Arc::new(RealField(read))))
            }
        }

        impl Item for $rust {
            fn ty() -> Type {
                Type::Float
            }

            fn item(&self) -> ItemValue<'_> {
                ItemValue(Val::real(f64::from(*self)))
            }
        }
    )*};
}

real!(f32, f64);

impl FieldValue for GeoPoint {
    fn ty() -> Type {
        Type::Place
    }

    fn accessor<T: 'static>(
        get: impl Fn(&T) -> Option<&Self> + Copy + Send + Sync + 'static,
    ) -> Sealed<T> {
        Sealed(Accessor::Place(Arc::new(move |of| get(of).copied())))
    }
}

impl<V: FieldValue> FieldValue for Option<V> {
    const REQUIRED: bool = false;
    const TRACKED: bool = V::TRACKED;

    fn ty() -> Type {
        V::ty()
    }

    fn accessor<T: 'static>(
        get: impl Fn(&T) -> Option<&Self> + Copy + Send + Sync + 'static,
    ) -> Sealed<T> {
        V::accessor(move |of| get(of).and_then(Option::as_ref))
    }
}

impl<V: Item> FieldValue for Vec<V> {
    fn ty() -> Type {
        Type::List(Box::new(V::ty()))
    }

    fn accessor<T: 'static>(
        get: impl Fn(&T) -> Option<&Self> + Copy + Send + Sync + 'static,
    ) -> Sealed<T> {
        Sealed(Accessor::List(Arc::new(List(get))))
    }
}

struct List<F>(F);

impl<T: 'static, V: Item, F: Fn(&T) -> Option<&Vec<V>> + Send + Sync> ListAccess<T> for List<F> {
    fn len(&self, of: &T) -> Option<usize> {
        (self.0)(of).map(Vec::len)
    }

    fn item<'a>(&self, of: &'a T, index: usize) -> Val<'a> {
        (self.0)(of)
            .and_then(|list| list.get(index))
            .map_or(Val::Missing, |v| v.item().0)
    }
}

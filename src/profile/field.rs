//! The Rust types that a field of a service's own struct may have.

use super::access::{Accessor, ListAccess};
use super::reading::Reading;
use super::scalar::Scalar;
use super::val::Val;
use crate::value::Type;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::hash::{BuildHasher, Hash};
use std::sync::Arc;

/// A Rust type that a field of a profile or an event may have.
///
/// | Rust | language |
/// |---|---|
/// | `bool` | bool |
/// | `i8` … `i64`, `u8` … `u64`, `usize`, their `NonZero…` | int, or decimal with [`NewField::decimal`](super::NewField::decimal) |
/// | `rust_decimal::Decimal` (feature `rust_decimal`) | decimal with 6 digits after the point, or as many as said |
/// | `f32`, `f64` | float; NaN is missing |
/// | `String`, `&'static str`, `Box<str>`, `Arc<str>`, `Cow<'static, str>` | string |
/// | `uuid::Uuid` (feature `uuid`) | string, such as `"67e55044-10b1-426f-9247-bb680e5fe0c8"` |
/// | enums with `#[derive(Enumeration)]` | enum |
/// | [`Date`](crate::Date), `chrono::NaiveDate` | date |
/// | [`Instant`](crate::Instant), `chrono::DateTime` of any zone | instant |
/// | [`Duration`](crate::Duration), `chrono::TimeDelta`, `std::time::Duration` | duration |
/// | [`GeoPoint`](crate::GeoPoint) | place |
/// | structs with `#[derive(Scalar)]`, your own [`Scalar`]s, a `Box` or `Arc` of any | as they say |
/// | `Vec`, `Box<[_]>`, `Arc<[_]>`, `[_; N]`, `VecDeque`, `BTreeSet`, `HashSet` of a [`Scalar`] | list of it |
/// | [`History`](super::History) of a [`Scalar`] | tracked |
/// | `Option` of any of these | the same, and may be missing |
///
/// Implement [`Scalar`] for a type of your own.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a type that segue can read",
    label = "no value of the language",
    note = "leave the field out with `#[segue(skip)]`, read it through a function with `#[segue(get = \"…\")]`, derive \
            `segue::Enumeration` on an enum without data, `segue::Scalar` on a struct of one field, or `segue::Nested` on one of \
            several and say `#[segue(nested)]`"
)]
pub trait FieldValue: Sized + 'static {
    /// Whether it is never missing.
    const REQUIRED: bool = true;
    /// Whether it keeps its history.
    const TRACKED: bool = false;

    /// Its type in the language.
    fn ty() -> Type;

    /// The accessor of a field of this Rust type that has the type `ty` in the language.
    #[doc(hidden)]
    fn accessor<T: 'static>(
        get: impl Fn(&T) -> Option<&Self> + Clone + Send + Sync + 'static,
        ty: &Type,
    ) -> Sealed<T>;
}

/// Keeps accessors out of the public interface.
#[doc(hidden)]
pub struct Sealed<T>(pub(crate) Accessor<T>);

impl<V: Scalar> FieldValue for V {
    fn ty() -> Type {
        V::ty()
    }

    fn accessor<T: 'static>(
        get: impl Fn(&T) -> Option<&Self> + Clone + Send + Sync + 'static,
        ty: &Type,
    ) -> Sealed<T> {
        let units = V::ty().digits();
        Sealed(Accessor::scalar(ty, move |of| {
            get(of).map_or(Reading::MISSING, V::read).in_units(units)
        }))
    }
}

impl<V: FieldValue> FieldValue for Option<V> {
    const REQUIRED: bool = false;
    const TRACKED: bool = V::TRACKED;

    fn ty() -> Type {
        V::ty()
    }

    fn accessor<T: 'static>(
        get: impl Fn(&T) -> Option<&Self> + Clone + Send + Sync + 'static,
        ty: &Type,
    ) -> Sealed<T> {
        V::accessor(move |of| get(of).and_then(Option::as_ref), ty)
    }
}

/// Several values of one type.
trait Collection: 'static {
    type Item: Scalar;

    fn count(&self) -> usize;
    fn items(&self) -> impl Iterator<Item = &Self::Item>;
}

struct ListField<F> {
    get: F,
    /// The digits after the point, where the items are decimals.
    scale: u8,
    /// Those of their Rust type.
    units: Option<u8>,
}

impl<T: 'static, C: Collection, F: Fn(&T) -> Option<&C> + Send + Sync> ListAccess<T>
    for ListField<F>
{
    fn len(&self, of: &T) -> Option<usize> {
        (self.get)(of).map(C::count)
    }

    fn any<'a>(&self, of: &'a T, test: &mut dyn FnMut(Val<'a>) -> bool) -> bool {
        let list = (self.get)(of);
        list.is_some_and(|list| {
            list.items()
                .any(|item| test(Scalar::read(item).in_units(self.units).val(self.scale)))
        })
    }
}

macro_rules! collection {
    ($([$($parameters:tt)*] $rust:ty),* $(,)?) => {$(
        impl<V: Scalar, $($parameters)*> Collection for $rust {
            type Item = V;

            fn count(&self) -> usize {
                self.len()
            }

            fn items(&self) -> impl Iterator<Item = &V> {
                self.iter()
            }
        }

        impl<V: Scalar, $($parameters)*> FieldValue for $rust {
            fn ty() -> Type {
                Type::List(Box::new(V::ty()))
            }

            fn accessor<T: 'static>(
                get: impl Fn(&T) -> Option<&Self> + Clone + Send + Sync + 'static,
                ty: &Type,
            ) -> Sealed<T> {
                let (scale, units) = (ty.scale(), V::ty().digits());
                Sealed(Accessor::List(Arc::new(ListField { get, scale, units })))
            }
        }
    )*};
}

collection!(
    [] Vec<V>, [] Box<[V]>, [] Arc<[V]>, [const N: usize] [V; N], [] VecDeque<V>, [] BTreeSet<V>,
    [S: 'static] HashSet<V, S>,
);

/// Values by their names, of which a struct says which are attributes: `#[segue(keys("colour", "size"))]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no values by name",
    label = "not a map with text keys",
    note = "`keys` stands at a `HashMap` or `BTreeMap` with `String` keys"
)]
pub trait ValuesByName: 'static {
    /// The type of each value.
    type Value: FieldValue;

    /// The value of a name, if there is one.
    fn value_of(&self, name: &str) -> Option<&Self::Value>;
}

impl<K, V, S> ValuesByName for HashMap<K, V, S>
where
    K: std::borrow::Borrow<str> + Hash + Eq + 'static,
    V: FieldValue,
    S: BuildHasher + 'static,
{
    type Value = V;

    fn value_of(&self, name: &str) -> Option<&V> {
        self.get(name)
    }
}

impl<M: ValuesByName> ValuesByName for Option<M> {
    type Value = M::Value;

    fn value_of(&self, name: &str) -> Option<&M::Value> {
        self.as_ref().and_then(|map| map.value_of(name))
    }
}

impl<K, V> ValuesByName for BTreeMap<K, V>
where
    K: std::borrow::Borrow<str> + Ord + 'static,
    V: FieldValue,
{
    type Value = V;

    fn value_of(&self, name: &str) -> Option<&V> {
        self.get(name)
    }
}

//! Accessors: how a bound rule reads a field of a type `T` in place.
//!
//! The closure that reads a field has a known type where it is wrapped, so every test that is built here inlines the read:
//! a leaf of a rule costs one indirect call, and a scan over events costs one for the whole scan.

use super::Event;
use super::key::{Codes, KeySet, TextKey};
use super::reading::Reading;
use super::scan::{EventScan, TextScan, WholeScan};
use super::val::Val;
use crate::time::NEVER;
use crate::value::{GeoPoint, Type};
use std::sync::Arc;

/// A test of one value, with everything it needs inside.
pub(crate) type Predicate<T> = Box<dyn Fn(&T) -> bool + Send + Sync>;

/// How a place is read.
pub(crate) type PlaceAccess<T> = dyn Fn(&T) -> Option<GeoPoint> + Send + Sync;

/// How a field of `T` is read, by the shape of its values.
pub(crate) enum Accessor<T> {
    Whole(Arc<dyn WholeAccess<T>>),
    Text(Arc<dyn TextAccess<T>>),
    Real(Arc<dyn RealAccess<T>>),
    Place(Arc<PlaceAccess<T>>),
    List(Arc<dyn ListAccess<T>>),
    History(Arc<dyn HistoryAccess<T>>),
}

impl<T> Clone for Accessor<T> {
    fn clone(&self) -> Self {
        match self {
            Accessor::Whole(a) => Accessor::Whole(a.clone()),
            Accessor::Text(a) => Accessor::Text(a.clone()),
            Accessor::Real(a) => Accessor::Real(a.clone()),
            Accessor::Place(a) => Accessor::Place(a.clone()),
            Accessor::List(a) => Accessor::List(a.clone()),
            Accessor::History(a) => Accessor::History(a.clone()),
        }
    }
}

impl<T: 'static> Accessor<T> {
    /// The accessor of a field of one value, whose type is no list.
    pub(crate) fn scalar(
        ty: &Type,
        read: impl Fn(&T) -> Reading<'_> + Clone + Send + Sync + 'static,
    ) -> Self {
        match ty {
            Type::Float => Accessor::Real(Arc::new(RealField(read))),
            Type::String | Type::Version => Accessor::Text(Arc::new(TextField(read))),
            Type::Place => Accessor::Place(Arc::new(move |of| {
                if let Val::Place(place) = read(of).val(0) {
                    Some(place)
                } else {
                    None
                }
            })),
            Type::Bool
            | Type::Int
            | Type::Decimal(_)
            | Type::Enum(_)
            | Type::Date
            | Type::Instant
            | Type::Duration
            | Type::List(_) => {
                debug_assert!(!matches!(ty, Type::List(_)), "a list is no scalar");
                let scale = ty.scale();
                Accessor::Whole(Arc::new(WholeField { read, scale }))
            }
        }
    }
}

impl<T> Accessor<T> {
    /// The value at `now`; missing for a list.
    pub(crate) fn get<'a>(&self, of: &'a T, now: i64) -> Val<'a> {
        match self {
            Accessor::Whole(a) => a.get(of).map_or(Val::Missing, Val::Whole),
            Accessor::Text(a) => a.get(of),
            Accessor::Real(a) => a.get(of).map_or(Val::Missing, Val::real),
            Accessor::Place(a) => a(of).map_or(Val::Missing, Val::Place),
            Accessor::History(a) => value_at(&**a, of, now),
            Accessor::List(_) => Val::Missing,
        }
    }

    /// The first instant after `now` at which the value may be another; [`NEVER`] where only its owner can change it.
    pub(crate) fn valid_until(&self, of: &T, now: i64) -> i64 {
        let Accessor::History(history) = self else {
            return NEVER;
        };
        let next = changes_until(&**history, of, now);
        if next < history.len(of) {
            history.at(of, next)
        } else {
            NEVER
        }
    }
}

/// The value that a history gives at an instant: that of the last change not after it.
pub(crate) fn value_at<'a, T>(history: &dyn HistoryAccess<T>, of: &'a T, now: i64) -> Val<'a> {
    changes_until(history, of, now)
        .checked_sub(1)
        .map_or(Val::Missing, |last| history.value(of, last))
}

/// The number of changes at or before an instant. Most queries are about the present, so the search gallops from the end.
pub(crate) fn changes_until<T>(history: &dyn HistoryAccess<T>, of: &T, now: i64) -> usize {
    let (mut step, mut high) = (1, history.len(of));
    // INVARIANT: every change from `high` on is after `now`.
    while high > 0 {
        let probe = high.saturating_sub(step);
        if history.at(of, probe) > now {
            (high, step) = (probe, step.saturating_mul(2));
            continue;
        }
        let mut low = probe + 1;
        while low < high {
            let middle = low + (high - low) / 2;
            if history.at(of, middle) > now {
                high = middle
            } else {
                low = middle + 1
            }
        }
        return low;
    }
    0
}

/// Bools, ints, decimals, enums, dates, instants and durations, all as one integer. A missing value passes negated tests
/// only.
///
/// A field may hold values above `i64::MAX` (`u64`). `get` gives them as they are; the tests take them for `i64::MAX`, so a
/// test may ask for a value below `i64::MAX` or for a bound that is at most `i64::MAX`, and is exact then.
pub(crate) trait WholeAccess<T>: Send + Sync {
    fn get(&self, of: &T) -> Option<i128>;
    /// Whether the value lies between two bounds, both included.
    fn in_range(&self, low: i64, high: i64, negated: bool) -> Predicate<T>;
    /// Whether the value is one of a sorted set.
    fn in_set(&self, sorted: Arc<[i64]>, negated: bool) -> Predicate<T>;
    /// Whether the value, as a bit number, is set in the mask.
    fn in_mask(&self, mask: u64, negated: bool) -> Predicate<T>;
    /// A scan over events for those with this value.
    fn scan(&self, value: i64) -> Box<dyn EventScan<T>>
    where
        T: Event;
}

#[derive(Clone)]
pub(crate) struct WholeField<F> {
    pub(crate) read: F,
    /// The digits after the point of a decimal.
    pub(crate) scale: u8,
}

impl<T: 'static, F> WholeAccess<T> for WholeField<F>
where
    F: Fn(&T) -> Reading<'_> + Clone + Send + Sync + 'static,
{
    #[inline]
    fn get(&self, of: &T) -> Option<i128> {
        (self.read)(of).whole(self.scale)
    }

    fn in_range(&self, low: i64, high: i64, negated: bool) -> Predicate<T> {
        let WholeField { read, scale } = self.clone();
        Box::new(move |of| {
            read(of)
                .clamped(scale)
                .is_some_and(|v| low <= v && v <= high)
                != negated
        })
    }

    fn in_set(&self, sorted: Arc<[i64]>, negated: bool) -> Predicate<T> {
        let WholeField { read, scale } = self.clone();
        Box::new(move |of| {
            let is_in = |v: i64| sorted.binary_search(&v).is_ok();
            read(of).clamped(scale).is_some_and(is_in) != negated
        })
    }

    fn in_mask(&self, mask: u64, negated: bool) -> Predicate<T> {
        let WholeField { read, scale } = self.clone();
        Box::new(move |of| {
            let is_in = |v: i64| (0..64).contains(&v) && mask >> v & 1 == 1;
            read(of).clamped(scale).is_some_and(is_in) != negated
        })
    }

    fn scan(&self, value: i64) -> Box<dyn EventScan<T>>
    where
        T: Event,
    {
        let WholeField { read, scale } = self.clone();
        Box::new(WholeScan { read, scale, value })
    }
}

/// Strings and versions.
pub(crate) trait TextAccess<T>: Send + Sync {
    fn get<'a>(&self, of: &'a T) -> Val<'a>;
    fn is(&self, literal: Arc<str>, negated: bool) -> Predicate<T>;
    /// Whether the value is one of a set, sorted bytewise.
    fn in_set(&self, sorted: Arc<[Arc<str>]>, negated: bool) -> Predicate<T>;
    /// A scan over events for those whose value is `literal`.
    fn scan(&self, literal: Arc<str>) -> Box<dyn EventScan<T>>
    where
        T: Event;
}

struct TextField<F>(F);

/// A test of what a text field reads.
fn text_test<T>(
    read: impl Fn(&T) -> Reading<'_> + Send + Sync + 'static,
    negated: bool,
    test: impl Fn(&str) -> bool + Send + Sync + 'static,
) -> Predicate<T> {
    Box::new(move |of| read(of).val(0).text().is_some_and(&test) != negated)
}

impl<T: 'static, F> TextAccess<T> for TextField<F>
where
    F: Fn(&T) -> Reading<'_> + Clone + Send + Sync + 'static,
{
    #[inline]
    fn get<'a>(&self, of: &'a T) -> Val<'a> {
        (self.0)(of).val(0)
    }

    fn is(&self, literal: Arc<str>, negated: bool) -> Predicate<T> {
        let key = TextKey::new(literal);
        text_test(self.0.clone(), negated, move |v| key.is(v))
    }

    fn in_set(&self, sorted: Arc<[Arc<str>]>, negated: bool) -> Predicate<T> {
        let read = self.0.clone();
        if let Some(set) = Codes::new(&sorted) {
            return text_test(read, negated, move |v| set.contains(v));
        }
        if let Some(set) = KeySet::new(&sorted) {
            return text_test(read, negated, move |v| set.contains(v));
        }
        text_test(read, negated, move |v| {
            sorted.binary_search_by(|s| (**s).cmp(v)).is_ok()
        })
    }

    fn scan(&self, literal: Arc<str>) -> Box<dyn EventScan<T>>
    where
        T: Event,
    {
        let (read, key) = (self.0.clone(), TextKey::new(literal));
        Box::new(TextScan { read, key })
    }
}

/// Floating-point numbers; NaN is missing.
pub(crate) trait RealAccess<T>: Send + Sync {
    fn get(&self, of: &T) -> Option<f64>;
    /// Whether the value lies between two bounds, both included.
    fn in_range(&self, low: f64, high: f64, negated: bool) -> Predicate<T>;
}

struct RealField<F>(F);

#[inline]
fn real(reading: Reading<'_>) -> Option<f64> {
    if let Val::Real(v) = reading.val(0) {
        Some(v)
    } else {
        None
    }
}

impl<T: 'static, F> RealAccess<T> for RealField<F>
where
    F: Fn(&T) -> Reading<'_> + Clone + Send + Sync + 'static,
{
    #[inline]
    fn get(&self, of: &T) -> Option<f64> {
        real((self.0)(of))
    }

    fn in_range(&self, low: f64, high: f64, negated: bool) -> Predicate<T> {
        let read = self.0.clone();
        Box::new(move |of| real(read(of)).is_some_and(|v| low <= v && v <= high) != negated)
    }
}

/// Lists of scalars.
pub(crate) trait ListAccess<T>: Send + Sync {
    /// How many items; `None` where the list is missing.
    fn len(&self, of: &T) -> Option<usize>;
    /// Whether a test holds of any item; the items are tested in their order until it does.
    fn any<'a>(&self, of: &'a T, test: &mut dyn FnMut(Val<'a>) -> bool) -> bool;

    /// The items, in their order.
    fn items<'a>(&self, of: &'a T) -> Vec<Val<'a>> {
        let mut items = Vec::new();
        self.any(of, &mut |item| {
            items.push(item);
            false
        });
        items
    }
}

/// The changes of a tracked attribute, in ascending order of their instants.
pub(crate) trait HistoryAccess<T>: Send + Sync {
    fn len(&self, of: &T) -> usize;
    fn at(&self, of: &T, index: usize) -> i64;
    fn value<'a>(&self, of: &'a T, index: usize) -> Val<'a>;
}

/// Reads the rows of a relation of `P`.
pub(crate) trait RowAccess<P>: Send + Sync {
    /// How many rows there are.
    fn len(&self, of: &P) -> usize;
    fn value<'a>(&self, of: &'a P, row: usize, property: usize) -> Val<'a>;
    /// How many items a list has; `None` where it is missing.
    fn list_len(&self, of: &P, row: usize, property: usize) -> Option<usize>;
    /// Whether a test holds of any item of a list.
    fn any_item<'a>(
        &self,
        of: &'a P,
        row: usize,
        property: usize,
        test: &mut dyn FnMut(Val<'a>) -> bool,
    ) -> bool;
}

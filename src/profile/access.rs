//! How a compiled rule reads a field of a type `T` in place.
//!
//! A field is read by a closure that its description registered. The closure's type is known where it is wrapped, so
//! every test that is built here has the read inlined: a leaf of a rule costs one indirect call, and a scan over events
//! one for the whole scan.

use super::Event;
use super::key::{Codes, Key, KeySet};
use crate::time::NEVER;
use crate::value::Place;
use std::sync::Arc;

/// A test of one value, with everything it needs inside.
pub(crate) type Predicate<T> = Box<dyn Fn(&T) -> bool + Send + Sync>;

/// A value while a rule is evaluated. Which of the language's types it is was settled by the checker.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Val<'a> {
    Missing,
    /// bool, int, decimal (its mantissa), enum (its position), date (days), instant and duration (microseconds)
    Whole(i128),
    /// `numerator / denominator`, the denominator positive: an exact average
    Ratio(i128, i128),
    Real(f64),
    Text(&'a str),
    /// A text that is a number's decimal digits.
    Digits(Digits),
    Place(Place),
}

impl<'a> Val<'a> {
    pub(crate) fn whole(v: Option<i64>) -> Self {
        v.map_or(Val::Missing, |v| Val::Whole(i128::from(v)))
    }

    pub(crate) fn real(v: f64) -> Self {
        if v.is_nan() {
            Val::Missing
        } else {
            Val::Real(v)
        }
    }

    pub(crate) fn is_missing(&self) -> bool {
        matches!(self, Val::Missing)
    }

    pub(crate) fn as_whole(&self) -> Option<i128> {
        if let Val::Whole(v) = self {
            Some(*v)
        } else {
            None
        }
    }

    /// The value as microseconds or days.
    pub(crate) fn as_i64(&self) -> Option<i64> {
        self.as_whole().and_then(|v| i64::try_from(v).ok())
    }

    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Val::Text(text) => Some(text),
            Val::Digits(digits) => Some(digits.as_str()),
            _ => None,
        }
    }

    /// A number as floating point; an exact one is divided by its power of ten.
    #[expect(clippy::cast_precision_loss, reason = "a float is what is asked for")]
    pub(crate) fn as_real(&self, power: f64) -> f64 {
        match self {
            Val::Whole(v) => *v as f64 / power,
            Val::Ratio(n, d) => *n as f64 / *d as f64 / power,
            Val::Real(v) => *v,
            _ => f64::NAN,
        }
    }

    /// The order of two values of one type and scale; equal where they cannot be compared.
    pub(crate) fn natural_cmp(&self, other: &Val<'_>) -> std::cmp::Ordering {
        match (self, other) {
            (Val::Whole(a), Val::Whole(b)) => a.cmp(b),
            (Val::Real(a), Val::Real(b)) => a.total_cmp(b),
            (
                Val::Whole(_) | Val::Ratio(..) | Val::Real(_),
                Val::Whole(_) | Val::Ratio(..) | Val::Real(_),
            ) => self.as_real(1.0).total_cmp(&other.as_real(1.0)),
            _ => self.text().cmp(&other.text()),
        }
    }
}

/// How a place is read.
pub(crate) type PlaceAccess<T> = dyn Fn(&T) -> Option<Place> + Send + Sync;

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
    pub(crate) fn text(get: impl Fn(&T) -> Option<&str> + Copy + Send + Sync + 'static) -> Self {
        Accessor::Text(Arc::new(Text(get)))
    }
}

impl<T> Accessor<T> {
    /// The value now; of a list, nothing.
    pub(crate) fn get<'a>(&self, of: &'a T, now: i64) -> Val<'a> {
        match self {
            Accessor::Whole(a) => Val::whole(a.get(of)),
            Accessor::Text(a) => a.get(of).map_or(Val::Missing, Val::Text),
            Accessor::Real(a) => a.get(of).map_or(Val::Missing, Val::real),
            Accessor::Place(a) => a(of).map_or(Val::Missing, Val::Place),
            Accessor::History(a) => value_at(&**a, of, now),
            Accessor::List(_) => Val::Missing,
        }
    }

    /// The first instant after `now` at which the value may be another; [`NEVER`] where only its owner can change it.
    pub(crate) fn stable(&self, of: &T, now: i64) -> i64 {
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

/// How many changes of a history are not after an instant. Mostly the present is asked about, so the search gallops from
/// the end.
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
pub(crate) trait WholeAccess<T>: Send + Sync {
    fn get(&self, of: &T) -> Option<i64>;
    /// Whether the value lies between two bounds, both included.
    fn in_range(&self, low: i64, high: i64, negated: bool) -> Predicate<T>;
    /// Whether the value is one of a sorted set.
    fn in_set(&self, sorted: Arc<[i64]>, negated: bool) -> Predicate<T>;
    /// Whether the value, as a bit number, is set in the mask.
    fn in_mask(&self, mask: u64, negated: bool) -> Predicate<T>;
    /// A scan over events for those with this value.
    fn scan(&self, value: i64) -> Box<dyn RowScan<T>>
    where
        T: Event;
}

pub(crate) struct Whole<F>(pub(crate) F);

impl<T: 'static, F: Fn(&T) -> Option<i64> + Copy + Send + Sync + 'static> WholeAccess<T>
    for Whole<F>
{
    #[inline]
    fn get(&self, of: &T) -> Option<i64> {
        (self.0)(of)
    }

    fn in_range(&self, low: i64, high: i64, negated: bool) -> Predicate<T> {
        let get = self.0;
        Box::new(move |of| get(of).is_some_and(|v| low <= v && v <= high) != negated)
    }

    fn in_set(&self, sorted: Arc<[i64]>, negated: bool) -> Predicate<T> {
        let get = self.0;
        Box::new(move |of| get(of).is_some_and(|v| sorted.binary_search(&v).is_ok()) != negated)
    }

    fn in_mask(&self, mask: u64, negated: bool) -> Predicate<T> {
        let get = self.0;
        Box::new(move |of| {
            get(of).is_some_and(|v| (0..64).contains(&v) && mask >> v & 1 == 1) != negated
        })
    }

    fn scan(&self, value: i64) -> Box<dyn RowScan<T>>
    where
        T: Event,
    {
        Box::new(WholeScan { get: self.0, value })
    }
}

/// Strings and versions.
pub(crate) trait TextAccess<T>: Send + Sync {
    fn get<'a>(&self, of: &'a T) -> Option<&'a str>;
    fn is(&self, literal: Arc<str>, negated: bool) -> Predicate<T>;
    /// Whether the value is one of a set, sorted bytewise.
    fn in_set(&self, sorted: Arc<[Arc<str>]>, negated: bool) -> Predicate<T>;
    /// A scan over events for those whose value is `literal`.
    fn scan(&self, literal: Arc<str>) -> Box<dyn RowScan<T>>
    where
        T: Event;
}

pub(crate) struct Text<F>(pub(crate) F);

impl<T: 'static, F> TextAccess<T> for Text<F>
where
    F: Fn(&T) -> Option<&str> + Copy + Send + Sync + 'static,
{
    #[inline]
    fn get<'a>(&self, of: &'a T) -> Option<&'a str> {
        (self.0)(of)
    }

    fn is(&self, literal: Arc<str>, negated: bool) -> Predicate<T> {
        let (get, key) = (self.0, Key::new(literal));
        Box::new(move |of| get(of).is_some_and(|v| key.is(v)) != negated)
    }

    fn in_set(&self, sorted: Arc<[Arc<str>]>, negated: bool) -> Predicate<T> {
        let get = self.0;
        if let Some(set) = Codes::new(&sorted) {
            return Box::new(move |of| get(of).is_some_and(|v| set.contains(v)) != negated);
        }
        if let Some(set) = KeySet::new(&sorted) {
            return Box::new(move |of| get(of).is_some_and(|v| set.contains(v)) != negated);
        }
        Box::new(move |of| {
            get(of).is_some_and(|v| sorted.binary_search_by(|s| (**s).cmp(v)).is_ok()) != negated
        })
    }

    fn scan(&self, literal: Arc<str>) -> Box<dyn RowScan<T>>
    where
        T: Event,
    {
        Box::new(TextScan {
            get: self.0,
            key: Key::new(literal),
        })
    }
}

/// Floating-point numbers; NaN is missing.
pub(crate) trait RealAccess<T>: Send + Sync {
    fn get(&self, of: &T) -> Option<f64>;
    /// Whether the value lies between two bounds, both included.
    fn in_range(&self, low: f64, high: f64, negated: bool) -> Predicate<T>;
}

pub(crate) struct Real<F>(pub(crate) F);

impl<T: 'static, F: Fn(&T) -> Option<f64> + Copy + Send + Sync + 'static> RealAccess<T>
    for Real<F>
{
    fn get(&self, of: &T) -> Option<f64> {
        (self.0)(of)
    }

    fn in_range(&self, low: f64, high: f64, negated: bool) -> Predicate<T> {
        let get = self.0;
        Box::new(move |of| get(of).is_some_and(|v| low <= v && v <= high) != negated)
    }
}

/// Lists of scalars.
pub(crate) trait ListAccess<T>: Send + Sync {
    /// How many items; `None` where the list is missing.
    fn len(&self, of: &T) -> Option<usize>;
    fn item<'a>(&self, of: &'a T, index: usize) -> Val<'a>;
}

/// The changes of a tracked attribute, in ascending order of their instants.
pub(crate) trait HistoryAccess<T>: Send + Sync {
    fn len(&self, of: &T) -> usize;
    fn at(&self, of: &T, index: usize) -> i64;
    fn value<'a>(&self, of: &'a T, index: usize) -> Val<'a>;
}

/// A pass over events with a first test fused into the loop.
pub(crate) trait RowScan<E: Event>: Send + Sync {
    /// The fused test alone.
    fn test(&self, event: &E) -> bool;

    /// Counts the events of one kind between two instants (the second excluded) that pass this test and `rest`, up to `limit`.
    fn count(
        &self,
        events: &[E],
        kind: usize,
        low: i64,
        high: i64,
        limit: usize,
        rest: &dyn Fn(&E) -> bool,
    ) -> usize {
        let mut n = 0;
        for e in events {
            // The window comes last but one: most events fail the fused test, and reading their instant would be in vain.
            if e.kind() == kind && self.test(e) && (low..high).contains(&e.at().micros()) && rest(e)
            {
                n += 1;
                if n == limit {
                    break;
                }
            }
        }
        n
    }

    /// The position of the `n`th event from the end that passes this test and `rest`. All are of the kind that is meant.
    fn nth_back(&self, events: &[E], n: usize, rest: &dyn Fn(&E) -> bool) -> Option<usize> {
        let Some(nth) = n.checked_sub(1) else {
            return Some(events.len());
        };
        let newest_first = events.iter().enumerate().rev();
        newest_first
            .filter(|(_, e)| self.test(e) && rest(e))
            .nth(nth)
            .map(|(i, _)| i)
    }

    /// Whether any event of one kind between two instants (the second excluded) passes this test.
    fn any_plain(&self, events: &[E], kind: usize, low: i64, high: i64) -> bool {
        events
            .iter()
            .any(|e| e.kind() == kind && self.test(e) && (low..high).contains(&e.at().micros()))
    }

    /// The same count where nothing more is asked of an event.
    fn count_plain(&self, events: &[E], kind: usize, low: i64, high: i64, limit: usize) -> usize {
        let mut n = 0;
        for e in events {
            if e.kind() == kind && self.test(e) && (low..high).contains(&e.at().micros()) {
                n += 1;
                if n == limit {
                    break;
                }
            }
        }
        n
    }
}

/// Takes every event.
pub(crate) struct Everything;

impl<E: Event> RowScan<E> for Everything {
    #[inline]
    fn test(&self, _: &E) -> bool {
        true
    }
}

struct TextScan<F> {
    get: F,
    key: Key,
}

impl<E: Event, F> RowScan<E> for TextScan<F>
where
    F: Fn(&E) -> Option<&str> + Copy + Send + Sync + 'static,
{
    #[inline]
    fn test(&self, event: &E) -> bool {
        (self.get)(event).is_some_and(|v| self.key.is(v))
    }
}

struct WholeScan<F> {
    get: F,
    value: i64,
}

impl<E: Event, F> RowScan<E> for WholeScan<F>
where
    F: Fn(&E) -> Option<i64> + Copy + Send + Sync + 'static,
{
    #[inline]
    fn test(&self, event: &E) -> bool {
        (self.get)(event) == Some(self.value)
    }
}

/// The decimal digits of a number, without an allocation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Digits {
    bytes: [u8; 20],
    start: u8,
}

impl Digits {
    pub(crate) fn new(mut n: u64) -> Self {
        let mut digits = Digits {
            bytes: [b'0'; 20],
            start: 20,
        };
        for slot in digits.bytes.iter_mut().rev() {
            *slot = b'0' + u8::try_from(n % 10).unwrap_or(0);
            digits.start -= 1;
            n /= 10;
            if n == 0 {
                break;
            }
        }
        digits
    }

    pub(crate) fn signed(n: i64) -> Self {
        let mut digits = Digits::new(n.unsigned_abs());
        if n < 0 {
            digits.start -= 1;
            if let Some(slot) = digits.bytes.get_mut(usize::from(digits.start)) {
                *slot = b'-';
            }
        }
        digits
    }

    pub(crate) fn as_str(&self) -> &str {
        self.bytes
            .get(usize::from(self.start)..)
            .and_then(|b| std::str::from_utf8(b).ok())
            .unwrap_or("")
    }
}

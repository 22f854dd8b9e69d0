//! The history of a tracked attribute.

use super::access::{Accessor, HistoryAccess};
use super::field::{FieldValue, Sealed};
use super::scalar::Scalar;
use super::val::Val;
use crate::time::Instant;
use crate::value::Type;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A dated value of an attribute.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ValueChange<V> {
    /// The instant from which the attribute has the value.
    pub at: Instant,
    /// The value; `None` if the attribute is missing from `at` on.
    pub value: Option<V>,
}

/// The values of an attribute over time. The value at an instant is that of the last change at or before it.
///
/// ```
/// use segue::{History, Instant};
/// let t = |s: &str| s.parse::<Instant>().unwrap();
/// let mut plan = History::new();
/// plan.set(t("2026-03-01T00:00:00Z"), "pro".to_owned());
/// plan.set(t("2026-01-01T00:00:00Z"), "free".to_owned());
/// assert_eq!(plan.at(t("2026-02-01T00:00:00Z")).map(String::as_str), Some("free"));
/// assert_eq!(plan.at(t("2025-12-31T00:00:00Z")), None);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    from = "Vec<ValueChange<V>>",
    into = "Vec<ValueChange<V>>",
    bound = "V: Clone + Serialize + for<'a> Deserialize<'a>"
)]
pub struct History<V> {
    changes: Vec<ValueChange<V>>,
}

impl<V> Default for History<V> {
    fn default() -> Self {
        History {
            changes: Vec::new(),
        }
    }
}

impl<V> From<Vec<ValueChange<V>>> for History<V> {
    /// Sorts the changes. Of several at the same instant, the last in the list wins.
    fn from(mut changes: Vec<ValueChange<V>>) -> Self {
        changes.sort_by_key(|c| c.at);
        let mut kept: Vec<ValueChange<V>> = Vec::with_capacity(changes.len());
        for change in changes {
            match kept.last_mut() {
                Some(last) if last.at == change.at => *last = change,
                _ => kept.push(change),
            }
        }
        History { changes: kept }
    }
}

impl<V> From<History<V>> for Vec<ValueChange<V>> {
    fn from(history: History<V>) -> Self {
        history.changes
    }
}

impl<V> History<V> {
    /// Creates a history without values: the attribute is missing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the value from `at` until the next change, and replaces a change at the same instant.
    pub fn set(&mut self, at: Instant, value: V) {
        self.change(at, Some(value));
    }

    /// Makes the attribute missing from `at` until the next change.
    pub fn clear(&mut self, at: Instant) {
        self.change(at, None);
    }

    fn change(&mut self, at: Instant, value: Option<V>) {
        let change = ValueChange { at, value };
        match self.changes.binary_search_by_key(&at, |c| c.at) {
            Ok(i) => {
                if let Some(slot) = self.changes.get_mut(i) {
                    *slot = change;
                }
            }
            Err(i) => self.changes.insert(i, change),
        }
    }

    /// The value at an instant, if there is one.
    #[must_use]
    pub fn at(&self, at: Instant) -> Option<&V> {
        let n = self.changes.partition_point(|c| c.at <= at);
        self.changes.get(n.checked_sub(1)?)?.value.as_ref()
    }

    /// All changes, in chronological order.
    #[must_use]
    pub fn changes(&self) -> &[ValueChange<V>] {
        &self.changes
    }
}

impl<V: Scalar> FieldValue for History<V> {
    const REQUIRED: bool = false;
    const TRACKED: bool = true;

    fn ty() -> Type {
        V::ty()
    }

    fn accessor<T: 'static>(
        get: impl Fn(&T) -> Option<&Self> + Clone + Send + Sync + 'static,
        ty: &Type,
    ) -> Sealed<T> {
        let (scale, units) = (ty.scale(), V::ty().digits());
        let history = HistoryField { get, scale, units };
        Sealed(Accessor::History(Arc::new(history)))
    }
}

struct HistoryField<F> {
    get: F,
    /// The digits after the point, where the values are decimals.
    scale: u8,
    /// Those of their Rust type.
    units: Option<u8>,
}

impl<T: 'static, V: Scalar, F: Fn(&T) -> Option<&History<V>> + Send + Sync> HistoryAccess<T>
    for HistoryField<F>
{
    fn len(&self, of: &T) -> usize {
        (self.get)(of).map_or(0, |h| h.changes.len())
    }

    fn at(&self, of: &T, index: usize) -> i64 {
        (self.get)(of)
            .and_then(|h| h.changes.get(index))
            .map_or(i64::MAX, |c| c.at.micros())
    }

    fn value<'a>(&self, of: &'a T, index: usize) -> Val<'a> {
        let value = (self.get)(of)
            .and_then(|h| h.changes.get(index))
            .and_then(|c| c.value.as_ref());
        value.map_or(Val::Missing, |v| {
            v.read().in_units(self.units).val(self.scale)
        })
    }
}

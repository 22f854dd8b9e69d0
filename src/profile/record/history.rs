//! The histories of a record's tracked attributes.

use super::cell::Cell;
use crate::profile::{History, ValueChange};
use crate::schema::Schema;
use crate::time::Instant;

/// The history of a value that has been there since the beginning.
pub(super) fn constant(value: Cell) -> History<Cell> {
    if value.is_missing() {
        return History::new();
    }
    History::from(vec![ValueChange {
        at: Instant::MIN,
        value: Some(value),
    }])
}

/// One entry of a history; a missing value ends the one before.
pub(super) fn change(at: Instant, value: Cell) -> ValueChange<Cell> {
    ValueChange {
        at,
        value: (!value.is_missing()).then_some(value),
    }
}

/// The rank of a tracked attribute among the tracked ones.
pub(super) fn tracked_rank(schema: &Schema, attribute: usize) -> Option<usize> {
    let attributes = schema.attributes();
    let tracked = attributes.get(attribute).is_some_and(|f| f.tracked);
    tracked.then(|| {
        attributes
            .iter()
            .take(attribute)
            .filter(|f| f.tracked)
            .count()
    })
}

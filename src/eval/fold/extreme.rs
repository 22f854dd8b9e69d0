//! `min(e.p)` and `max(e.p)`.

use super::{Fold, Members};
use crate::profile::Val;
use std::cmp::Ordering;

/// The value that is `wanted` compared with every other.
pub(super) fn value<'a>(fold: Fold, of: &impl Members<'a>, wanted: Ordering) -> Val<'a> {
    let has_value = |event| !of.value(event).is_missing();
    let better = |a, b| fold.whole_order(&of.value(a), &of.value(b)) == wanted;
    if let Some(best) = of.indexed(|index, inside| index.best(inside, has_value, better)) {
        return best.map_or(Val::Missing, |event| of.value(event));
    }
    let mut best = Val::Missing;
    of.each(|_, v| {
        if best.is_missing() || fold.whole_order(&v, &best) == wanted {
            best = v;
        }
    });
    best
}

//! `min(e.p)` and `max(e.p)`.

use super::{Fold, FoldMembers};
use crate::profile::Val;
use std::cmp::Ordering;

/// The value that is `wanted` compared with every other.
pub(super) fn value<'a>(fold: Fold, of: &impl FoldMembers<'a>, wanted: Ordering) -> Val<'a> {
    let extreme = of.indexed(|index, inside| {
        let values = fold.in_order(of, index, inside);
        match wanted {
            Ordering::Less | Ordering::Equal => values.nth(0),
            Ordering::Greater => values
                .len()
                .checked_sub(1)
                .and_then(|last| values.nth(last)),
        }
    });
    if let Some(extreme) = extreme {
        return extreme.map_or(Val::Missing, |event| of.value(event));
    }
    let mut best = Val::Missing;
    of.each(|_, v| {
        if best.is_missing() || fold.whole_order(&v, &best) == wanted {
            best = v;
        }
    });
    best
}

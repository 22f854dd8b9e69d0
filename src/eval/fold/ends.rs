//! `first(e.p)` and `last(e.p)`: the value at the first or the last instant.

use super::{Fold, FoldMembers};
use crate::profile::Val;
use std::cmp::Ordering;

/// Of several values at that instant, the greatest.
pub(super) fn value<'a>(fold: Fold, of: &impl FoldMembers<'a>, first: bool) -> Val<'a> {
    let mut best: Option<(i64, Val<'a>)> = None;
    of.each_from_end(first, |at, value| match &mut best {
        Some((best_at, held)) if at == *best_at => {
            let is_greater = || fold.whole_order(&value, held) == Ordering::Greater;
            if held.is_missing() || (!value.is_missing() && is_greater()) {
                *held = value;
            }
        }
        Some((best_at, _)) if (at < *best_at) != first => {}
        _ => best = Some((at, value)),
    });
    best.map_or(Val::Missing, |(_, value)| value)
}

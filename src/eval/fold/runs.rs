//! `distinct(e.p)` and `top(e.p)`: runs of equal values.

use super::{Fold, FoldMembers};
use crate::eval::scratch::with_buffer;
use crate::profile::Val;

/// How many different values there are.
pub(super) fn distinct<'a>(fold: Fold, of: &impl FoldMembers<'a>) -> Val<'a> {
    if fold.tells_all_apart()
        && let Some(n) = of.indexed(|index, inside| fold.in_order(of, index, inside).distinct())
    {
        return Val::Whole(i128::try_from(n).unwrap_or(i128::MAX));
    }
    let mut n = 0;
    each_run(fold, of, |_| n += 1);
    Val::Whole(n)
}

/// The most frequent value; of several, the smallest.
pub(super) fn top<'a>(fold: Fold, of: &impl FoldMembers<'a>) -> Val<'a> {
    if fold.tells_all_apart()
        && let Some(top) = of.indexed(|index, inside| fold.in_order(of, index, inside).top())
    {
        return top.map_or(Val::Missing, |event| of.value(event));
    }
    let (mut top, mut longest) = (Val::Missing, 0);
    each_run(fold, of, |run| {
        if run.len() > longest {
            longest = run.len();
            top = run.first().map_or(Val::Missing, |at| of.value(*at));
        }
    });
    top
}

/// Visits the positions of equal values together, the smallest values first.
fn each_run<'a>(fold: Fold, of: &impl FoldMembers<'a>, visit: impl FnMut(&[i64])) {
    with_buffer(|positions| {
        of.each(|at, _| positions.push(at));
        positions.sort_unstable_by(|a: &i64, b| fold.whole_order(&of.value(*a), &of.value(*b)));
        positions
            .chunk_by(|a, b| fold.order(&of.value(*a), &of.value(*b)).is_eq())
            .for_each(visit);
    });
}

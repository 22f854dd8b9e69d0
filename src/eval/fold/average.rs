//! `avg(e.p)`: a ratio where the values are exact.

use super::sum::sum;
use super::{Fold, FoldMembers, Shape};
use crate::profile::Val;

pub(super) fn value<'a>(fold: Fold, of: &impl FoldMembers<'a>) -> Val<'a> {
    let (sum, n) = sum(fold, of);
    #[expect(clippy::cast_precision_loss, reason = "a count of values")]
    match (sum, n, fold.shape) {
        (_, 0, _) => Val::Missing,
        (Val::Whole(sum), n, Shape::Exact) => Val::Ratio(sum, n),
        (Val::Whole(sum), n, _) => Val::Whole(sum.div_euclid(n)),
        (Val::Real(sum), n, _) => Val::Real(sum / n as f64),
        _ => Val::Missing,
    }
}

//! Percentiles by nearest rank: a value that occurs, never one between two.

use super::{Fold, FoldMembers};
use crate::eval::scratch::with_buffer;
use crate::profile::Val;

/// The value at rank `ceil(percent * n / 100)` of the `n` values in ascending order; missing where there are none.
///
/// Cut points of fitted scores are found by the same rule, so `median(purchased.amount)` of one profile and a median
/// fitted over a population mean the same.
pub(super) fn value<'a>(fold: Fold, of: &impl FoldMembers<'a>, percent: u8) -> Val<'a> {
    let nth = of.indexed(|index, inside| {
        let values = fold.in_order(of, index, inside);
        values.nth(nearest_rank(percent, values.len()).checked_sub(1)?)
    });
    if let Some(nth) = nth {
        return nth.map_or(Val::Missing, |event| of.value(event));
    }
    with_buffer(|positions| {
        of.each(|at, _| positions.push(at));
        let rank = nearest_rank(percent, positions.len());
        let Some(index) = rank.checked_sub(1).filter(|i| *i < positions.len()) else {
            return Val::Missing;
        };
        let order = |a: &i64, b: &i64| fold.whole_order(&of.value(*a), &of.value(*b));
        let (_, at, _) = positions.select_nth_unstable_by(index, order);
        of.value(*at)
    })
}

/// The rank, counted from 1, of a percentile among `n` values; 0 where there are none.
fn nearest_rank(percent: u8, n: usize) -> usize {
    n.saturating_mul(usize::from(percent)).div_ceil(100)
}

#[cfg(test)]
mod tests {
    use super::nearest_rank;

    #[test]
    fn of_two_middle_values_the_smaller_is_the_median() {
        assert_eq!(
            [1, 2, 3, 4, 5].map(|n| nearest_rank(50, n)),
            [1, 1, 2, 2, 3]
        );
    }

    #[test]
    fn the_ninetieth_of_ten_is_the_ninth_and_of_eleven_the_tenth() {
        assert_eq!(nearest_rank(90, 10), 9);
        assert_eq!(nearest_rank(90, 11), 10);
        assert_eq!(nearest_rank(100, 11), 11);
        assert_eq!(nearest_rank(1, 3), 1);
        assert_eq!(nearest_rank(90, 0), 0);
    }
}

//! `sum(e.p)`: exact where the values are.

use super::{Fold, FoldMembers, Shape};
use crate::eval::scratch::with_buffer;
use crate::profile::Val;

pub(super) fn value<'a>(fold: Fold, of: &impl FoldMembers<'a>) -> Val<'a> {
    sum(fold, of).0
}

/// The sum, missing where it overflows, and the number of values.
pub(super) fn sum<'a>(fold: Fold, of: &impl FoldMembers<'a>) -> (Val<'a>, i128) {
    if fold.shape == Shape::Real {
        let real = |event| of.value(event).as_real(1.0);
        let indexed = of.indexed(|index, inside| {
            let values = fold.in_order(of, index, inside);
            sum_in_order(values.ascending().map(real), values.len())
        });
        if let Some(sum) = indexed {
            return sum;
        }
        return with_buffer(|bits| {
            of.each(|_, v| bits.push(v.as_real(1.0).to_bits().cast_signed()));
            sum_of_reals(bits)
        });
    }
    let value = |event| {
        let value = of.value(event);
        (!value.is_missing()).then(|| value.as_whole())
    };
    if let Some(Some((Some(sum), n))) = of.indexed(|index, inside| index.sum(inside, value)) {
        return (Val::Whole(sum), i128::from(n));
    }
    let (mut sum, mut n) = (Some(0_i128), 0);
    of.each(|_, v| {
        n += 1;
        sum = v.as_whole().and_then(|v| sum?.checked_add(v));
    });
    (sum.map_or(Val::Missing, Val::Whole), n)
}

/// The sum of floating-point numbers, given as their bits, and their number. They are added in ascending order, so that
/// the order in which they come cannot matter.
fn sum_of_reals<'a>(bits: &mut [i64]) -> (Val<'a>, i128) {
    let real = |bits: &i64| f64::from_bits(bits.cast_unsigned());
    bits.sort_unstable_by(|a, b| real(a).total_cmp(&real(b)));
    sum_in_order(bits.iter().map(real), bits.len())
}

/// The sum of numbers that ascend, and their number.
fn sum_in_order<'a>(numbers: impl Iterator<Item = f64>, n: usize) -> (Val<'a>, i128) {
    let sum: f64 = numbers.sum();
    // An empty f64 sum is -0.0 in Rust; here it is 0.
    let sum = if sum.is_finite() {
        Val::Real(sum + 0.0)
    } else {
        Val::Missing
    };
    (sum, i128::try_from(n).unwrap_or(i128::MAX))
}

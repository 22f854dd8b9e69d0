//! One value from many, be they of events or of rows.

use super::scratch::with_buffer;
use crate::ir::{Term, Ty};
use crate::profile::Val;
use crate::syntax::Aggregate;
use crate::value::compare_versions;
use std::cmp::Ordering;

/// What the values are, as far as it matters here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// An average of exact numbers stays a ratio.
    Exact,
    /// An average of lengths of time is rounded down to a microsecond.
    Duration,
    Version,
    Real,
    Other,
}

impl Shape {
    pub(crate) fn of(value: Option<&Term>) -> Self {
        match value.map(|value| &value.ty) {
            Some(Ty::Exact(_)) => Shape::Exact,
            Some(Ty::Duration) => Shape::Duration,
            Some(Ty::Version) => Shape::Version,
            Some(Ty::Float) => Shape::Real,
            Some(
                Ty::Bool
                | Ty::Ratio(_)
                | Ty::String
                | Ty::Enum(_)
                | Ty::Named(_)
                | Ty::Date
                | Ty::Instant
                | Ty::Period(_)
                | Ty::Place,
            )
            | None => Shape::Other,
        }
    }
}

/// A function of values of one shape.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fold {
    pub(crate) function: Aggregate,
    pub(crate) shape: Shape,
}

/// The events or the rows whose values are meant. Nothing depends on their order.
pub(crate) trait Many<'a> {
    /// Calls back with the position of each and its value, where it has one.
    fn each(&self, visit: impl FnMut(i64, Val<'a>));
    /// The value at a position.
    fn value(&self, at: i64) -> Val<'a>;
}

impl Fold {
    /// Of `first` and `last` there is none: they look at the order of events as well.
    pub(crate) fn value<'a>(self, of: &impl Many<'a>) -> Val<'a> {
        match self.function {
            Aggregate::Count => {
                let mut n = 0;
                of.each(|_, _| n += 1);
                Val::Whole(n)
            }
            Aggregate::Sum | Aggregate::Avg => {
                let (sum, n) = self.sum(of);
                self.of_sum(sum, n)
            }
            Aggregate::Min => self.best(of, Ordering::Less),
            Aggregate::Max => self.best(of, Ordering::Greater),
            Aggregate::Distinct => self.runs(of).0,
            Aggregate::Top => self.runs(of).1,
            Aggregate::First | Aggregate::Last => Val::Missing,
        }
    }

    /// The sum or the average of `n` values.
    pub(crate) fn of_sum<'a>(self, sum: Val<'a>, n: i128) -> Val<'a> {
        if self.function == Aggregate::Sum {
            return sum;
        }
        #[expect(clippy::cast_precision_loss, reason = "a count of values")]
        match (sum, n, self.shape) {
            (_, 0, _) => Val::Missing,
            (Val::Whole(sum), n, Shape::Exact) => Val::Ratio(sum, n),
            (Val::Whole(sum), n, _) => Val::Whole(sum.div_euclid(n)),
            (Val::Real(sum), n, _) => Val::Real(sum / n as f64),
            _ => Val::Missing,
        }
    }

    /// The sum and the number of values.
    fn sum<'a>(self, of: &impl Many<'a>) -> (Val<'a>, i128) {
        if self.shape == Shape::Real {
            return with_buffer(|bits| {
                of.each(|_, v| bits.push(v.as_real(1.0).to_bits().cast_signed()));
                sum_of_reals(bits)
            });
        }
        let (mut sum, mut n) = (Some(0_i128), 0);
        of.each(|_, v| {
            n += 1;
            sum = v.as_whole().and_then(|v| sum?.checked_add(v));
        });
        (sum.map_or(Val::Missing, Val::Whole), n)
    }

    /// The order of two values; of versions that mean the same, however they are spelled, none comes first.
    fn order(self, a: &Val<'_>, b: &Val<'_>) -> Ordering {
        match (self.shape, a.text(), b.text()) {
            (Shape::Version, Some(a), Some(b)) => compare_versions(a, b),
            _ => a.natural_cmp(b),
        }
    }

    /// The same, with the spellings in an order too, so that it cannot matter which value comes first.
    pub(crate) fn whole_order(self, a: &Val<'_>, b: &Val<'_>) -> Ordering {
        self.order(a, b).then_with(|| a.natural_cmp(b))
    }

    fn best<'a>(self, of: &impl Many<'a>, wanted: Ordering) -> Val<'a> {
        let mut best = Val::Missing;
        of.each(|_, v| {
            if best.is_missing() || self.whole_order(&v, &best) == wanted {
                best = v;
            }
        });
        best
    }

    /// How many different values there are, and the most frequent one; of several, the smallest.
    fn runs<'a>(self, of: &impl Many<'a>) -> (Val<'a>, Val<'a>) {
        with_buffer(|positions| {
            of.each(|at, _| positions.push(at));
            positions.sort_unstable_by(|a: &i64, b| self.whole_order(&of.value(*a), &of.value(*b)));
            let (mut distinct, mut top, mut longest) = (0_i128, Val::Missing, 0);
            for run in positions.chunk_by(|a, b| self.order(&of.value(*a), &of.value(*b)).is_eq()) {
                distinct += 1;
                if run.len() > longest {
                    (longest, top) = (
                        run.len(),
                        run.first().map_or(Val::Missing, |at| of.value(*at)),
                    );
                }
            }
            (Val::Whole(distinct), top)
        })
    }
}

/// The sum of floating-point numbers, given as their bits, and their number. They are added in ascending order, so that
/// the order in which they come cannot matter.
fn sum_of_reals<'a>(bits: &mut [i64]) -> (Val<'a>, i128) {
    let real = |bits: &i64| f64::from_bits(bits.cast_unsigned());
    bits.sort_unstable_by(|a, b| real(a).total_cmp(&real(b)));
    let sum: f64 = bits.iter().map(real).sum();
    let n = i128::try_from(bits.len()).unwrap_or(i128::MAX);
    // An empty f64 sum is -0.0 in Rust; here it is 0.
    (
        if sum.is_finite() {
            Val::Real(sum + 0.0)
        } else {
            Val::Missing
        },
        n,
    )
}

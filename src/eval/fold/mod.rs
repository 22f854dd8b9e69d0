//! One value from many, be they events or rows; one aggregate a file.

mod average;
pub(crate) mod count;
mod ends;
mod extreme;
mod percentile;
mod runs;
mod sum;

use super::collection::index::SelectionIndex;
use super::collection::slide::Slide;
use crate::ir::{Term, Ty};
use crate::profile::Val;
use crate::syntax::Aggregate;
use crate::value::compare_versions;
use std::cmp::Ordering;
use std::ops::Range;

/// What the values are, as far as it matters here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// An average of exact numbers stays a ratio.
    Exact,
    /// An average of durations is rounded down to a microsecond.
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

/// The values of the members of a collection. Only `first` and `last` depend on an order.
pub(crate) trait FoldMembers<'a> {
    /// Visits the position of each member and its value, where it has one.
    fn each(&self, visit: impl FnMut(i64, Val<'a>));

    /// The value at a position.
    fn value(&self, at: i64) -> Val<'a>;

    /// Visits the instants and values of some members, the first or the last among them, and values that are missing too.
    fn each_from_end(&self, first: bool, visit: impl FnMut(i64, Val<'a>));

    /// Reads the index of the members, and which of them are inside, where there is one.
    fn indexed<R>(&self, read: impl FnOnce(&mut SelectionIndex, Range<usize>) -> R) -> Option<R>;
}

impl Fold {
    pub(crate) fn value<'a>(self, of: &impl FoldMembers<'a>) -> Val<'a> {
        match self.function {
            Aggregate::Count => count::value(of),
            Aggregate::Sum => sum::value(self, of),
            Aggregate::Avg => average::value(self, of),
            Aggregate::Min => extreme::value(self, of, Ordering::Less),
            Aggregate::Max => extreme::value(self, of, Ordering::Greater),
            Aggregate::Median => percentile::value(self, of, 50),
            Aggregate::Percentile(percent) => percentile::value(self, of, percent),
            Aggregate::Distinct => runs::distinct(self, of),
            Aggregate::Top => runs::top(self, of),
            Aggregate::First => ends::value(self, of, true),
            Aggregate::Last => ends::value(self, of, false),
        }
    }

    /// The order of two values; of versions that mean the same, however they are spelled, none comes first.
    fn order(self, a: &Val<'_>, b: &Val<'_>) -> Ordering {
        match (self.shape, a.text(), b.text()) {
            (Shape::Version, Some(a), Some(b)) => compare_versions(a, b),
            _ => a.natural_cmp(b),
        }
    }

    /// The same, with the spellings in an order too, so that it cannot matter which value comes first.
    fn whole_order(self, a: &Val<'_>, b: &Val<'_>) -> Ordering {
        self.order(a, b).then_with(|| a.natural_cmp(b))
    }

    /// Whether values that are equal are the same, as versions need not be.
    fn tells_all_apart(self) -> bool {
        self.shape != Shape::Version
    }

    /// The values of the members inside, in their whole order.
    fn in_order<'i, 'a>(
        self,
        of: &impl FoldMembers<'a>,
        index: &'i mut SelectionIndex,
        inside: Range<usize>,
    ) -> &'i mut Slide {
        let has_value = |event| !of.value(event).is_missing();
        let order = |a, b| self.whole_order(&of.value(a), &of.value(b));
        index.values(inside, has_value, order)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values at instants; every third of the instants has two of them.
    struct Listed(&'static [(i64, Val<'static>)]);

    impl FoldMembers<'static> for Listed {
        fn each(&self, mut visit: impl FnMut(i64, Val<'static>)) {
            for (position, (_, value)) in (0..).zip(self.0) {
                visit(position, *value);
            }
        }

        fn value(&self, at: i64) -> Val<'static> {
            let found = usize::try_from(at).ok().and_then(|at| self.0.get(at));
            found.map_or(Val::Missing, |(_, value)| *value)
        }

        fn each_from_end(&self, _: bool, mut visit: impl FnMut(i64, Val<'static>)) {
            for (at, value) in self.0 {
                visit(*at, *value);
            }
        }

        fn indexed<R>(&self, _: impl FnOnce(&mut SelectionIndex, Range<usize>) -> R) -> Option<R> {
            None
        }
    }

    fn of(function: Aggregate, shape: Shape, values: &'static [(i64, Val<'static>)]) -> String {
        format!("{:?}", Fold { function, shape }.value(&Listed(values)))
    }

    fn shown(value: &Val<'_>) -> String {
        format!("{value:?}")
    }

    const NUMBERS: &[(i64, Val<'static>)] = &[
        (10, Val::Whole(5)),
        (20, Val::Whole(1)),
        (20, Val::Whole(5)),
        (30, Val::Whole(4)),
    ];

    #[test]
    fn each_aggregate_of_a_few_numbers() {
        for (function, expected) in [
            (Aggregate::Count, Val::Whole(4)),
            (Aggregate::Sum, Val::Whole(15)),
            (Aggregate::Avg, Val::Ratio(15, 4)),
            (Aggregate::Min, Val::Whole(1)),
            (Aggregate::Max, Val::Whole(5)),
            (Aggregate::Distinct, Val::Whole(3)),
            (Aggregate::Top, Val::Whole(5)),
            (Aggregate::First, Val::Whole(5)),
            (Aggregate::Last, Val::Whole(4)),
        ] {
            let value = of(function, Shape::Exact, NUMBERS);
            assert_eq!(value, shown(&expected), "{function:?}");
        }
    }

    #[test]
    fn what_nothing_is_known_of() {
        for (function, expected) in [
            (Aggregate::Count, Val::Whole(0)),
            (Aggregate::Sum, Val::Whole(0)),
            (Aggregate::Avg, Val::Missing),
            (Aggregate::Max, Val::Missing),
            (Aggregate::Last, Val::Missing),
        ] {
            let value = of(function, Shape::Exact, &[]);
            assert_eq!(value, shown(&expected), "{function:?}");
        }
    }

    #[test]
    fn an_average_of_durations_is_whole_and_one_of_reals_is_real() {
        assert_eq!(
            of(Aggregate::Avg, Shape::Duration, NUMBERS),
            shown(&Val::Whole(3))
        );
        // However they are ordered, the smallest are added first.
        const REALS: &[(i64, Val<'static>)] = &[
            (10, Val::Real(1e16)),
            (20, Val::Real(1.0)),
            (30, Val::Real(1.0)),
        ];
        assert_eq!(
            of(Aggregate::Sum, Shape::Real, REALS),
            shown(&Val::Real(1e16 + 2.0))
        );
    }
}

//! How values move as time passes, and when a comparison of them comes out otherwise.

use super::TermNode;
use crate::profile::Profile;
use crate::time::MAX_BACK;

/// How the two sides of a comparison move with `now`, while nothing else that they read changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Monotonicity {
    /// They do not.
    Constant,
    /// Their difference moves one way.
    Monotone,
    /// Their difference moves one way on the whole, but each time a month's end is passed it is set back, by less than
    /// it moves in this time.
    MonotoneWithResets(i64),
    /// Between two resets or steps the difference moves one way; on the whole it may go to and fro.
    PiecewiseMonotone,
    /// A part of the calendar that comes again and again; within this time every value that it has has come up.
    Periodic(i64),
}

impl Monotonicity {
    pub(crate) fn of<P: Profile>(left: &TermNode<P>, right: &TermNode<P>) -> Self {
        let resets = left.resets() + right.resets();
        let now_occurrences = left
            .now_occurrences()
            .saturating_add(right.now_occurrences());
        match (now_occurrences, left.cycle().or(right.cycle())) {
            (0, _) => Monotonicity::Constant,
            (1, Some(cycle)) => Monotonicity::Periodic(cycle),
            _ if left.changes_direction() || right.changes_direction() => {
                Monotonicity::PiecewiseMonotone
            }
            (1, None) if resets == 0 => Monotonicity::Monotone,
            (1, None) => Monotonicity::MonotoneWithResets(MAX_BACK.saturating_mul(resets)),
            // Where two clocks run, one that stands still and then leaps falls behind the other and overtakes it.
            _ if left.is_proportional() && right.is_proportional() => Monotonicity::Monotone,
            _ => Monotonicity::PiecewiseMonotone,
        }
    }
}

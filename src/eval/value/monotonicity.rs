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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Rule;
    use crate::eval::Binder;
    use crate::ir::CondKind;
    use crate::profile::{Model, Record};
    use crate::schema::{Field, Schema};
    use crate::time::DAY;
    use crate::value::Type;

    /// How the sides of a comparison move.
    fn of(text: &str) -> Monotonicity {
        let schema = Schema::builder()
            .attribute(Field::new("age", Type::Int))
            .attribute(Field::new("signup", Type::Instant))
            .attribute(Field::new("renewal", Type::Instant))
            .build()
            .unwrap();
        let rule = Rule::check(text, &schema).unwrap();
        let CondKind::Compare { left, right, .. } = &rule.root().kind else {
            panic!("`{text}` is no comparison");
        };
        let model = Model::<Record>::for_schema(&schema);
        let mut binder = Binder::new(&model, &schema, rule.calendar());
        Monotonicity::of(&binder.term(left), &binder.term(right))
    }

    #[test]
    fn what_does_not_read_now_is_constant() {
        assert_eq!(of("age > 3"), Monotonicity::Constant);
        assert_eq!(of("renewal - signup > 3 days"), Monotonicity::Constant);
    }

    #[test]
    fn a_difference_to_now_moves_one_way() {
        assert_eq!(of("now - signup > 30 days"), Monotonicity::Monotone);
        // Two that move in proportion to `now` keep their distance or change it one way.
        assert_eq!(
            of("(now - signup) * 2 > now - renewal"),
            Monotonicity::Monotone
        );
    }

    #[test]
    fn the_absolute_of_a_difference_turns() {
        assert_eq!(
            of("abs(now - signup) > 3 days"),
            Monotonicity::PiecewiseMonotone
        );
    }

    #[test]
    fn a_part_of_the_calendar_comes_again() {
        assert_eq!(of("now.hour + age > 9"), Monotonicity::Periodic(3 * DAY));
        assert_eq!(
            of("now.weekday = signup.weekday"),
            Monotonicity::Periodic(15 * DAY)
        );
    }
}

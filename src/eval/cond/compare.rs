//! Comparisons of two values.

use super::count;
use super::truth::IsTrue;
use super::{Condition, Node};
use crate::eval::Binder;
use crate::eval::bounded::{Bounded, NextChange};
use crate::eval::context::Ctx;
use crate::eval::probe::sum;
use crate::eval::search::{first_where, first_with_resets};
use crate::eval::value::TermNode;
use crate::eval::value::monotonicity::Monotonicity;
use crate::eval::work::MOVE;
use crate::ir::{FieldRef, Order, Term, Ty, is_true};
use crate::profile::{Profile, Val};
use crate::schema::Schema;
use crate::time::NEVER;
use crate::value::{compare_versions, folded};
use std::cmp::Ordering;

pub(super) fn bind<P: Profile>(
    binder: &mut Binder<'_, P>,
    op: Order,
    left: &Term,
    right: &Term,
    ignoring_case: bool,
) -> Node<P> {
    if let Some(node) = count::bind_comparison(binder, op, left, right) {
        return node;
    }
    if op == Order::Eq && is_true(right) {
        return Node::IsTrue(IsTrue::bind(binder, left));
    }
    let comparer = Comparer::of(&left.ty, &right.ty, ignoring_case);
    let (left, right) = (binder.term(left), binder.term(right));
    let monotonicity = Monotonicity::of(&left, &right);
    Node::Compare(Box::new(CompareNode {
        op,
        left,
        right,
        comparer,
        monotonicity,
    }))
}

pub(crate) struct CompareNode<P: Profile> {
    op: Order,
    left: TermNode<P>,
    right: TermNode<P>,
    comparer: Comparer,
    monotonicity: Monotonicity,
}

impl<P: Profile> CompareNode<P> {
    fn order<'a>(&'a self, ctx: &Ctx<'a, P>) -> Option<Ordering> {
        let left = self.left.value(ctx);
        if left.is_missing() {
            return None;
        }
        self.comparer.compare(&left, &self.right.value(ctx))
    }
}

/// Whether two values stand in an order, and until when that is certain. `sides` are those that may change, `monotonicity` is
/// how they move, `order` is how they compare at an instant.
pub(crate) fn evaluate<'a, P: Profile>(
    ctx: &Ctx<'a, P>,
    op: Order,
    sides: &[&'a TermNode<P>],
    monotonicity: Monotonicity,
    order: impl Fn(&Ctx<'a, P>) -> Option<Ordering>,
) -> Bounded {
    let earliest = |of: fn(&'a TermNode<P>, &Ctx<'a, P>) -> i64, at: &Ctx<'a, P>| {
        sides.iter().fold(NEVER, |t, side| t.min(of(side, at)))
    };
    let holds = |order: Option<Ordering>| order.is_some_and(|order| op.accepts(order));
    let now = order(ctx);
    let valid_until = earliest(TermNode::valid_until, ctx);
    let order_at = |t: i64| {
        ctx.spend(MOVE);
        order(&ctx.at(t))
    };
    let changed = |t: i64| order_at(t) != now;
    let discontinuity = |t: i64| earliest(TermNode::next_discontinuity, &ctx.at(t));
    let until = match monotonicity {
        Monotonicity::Constant => valid_until,
        Monotonicity::Monotone => first_where(ctx.now, valid_until, changed),
        Monotonicity::MonotoneWithResets(back) => {
            first_with_resets(ctx.now, valid_until, back, discontinuity, changed)
        }
        Monotonicity::PiecewiseMonotone => {
            first_where(ctx.now, valid_until.min(discontinuity(ctx.now)), changed)
        }
        Monotonicity::Periodic(cycle) => {
            // Where a part of the calendar makes no difference in a whole cycle, it never does.
            let inputs = earliest(TermNode::inputs_valid_until, ctx);
            let end = inputs.min(ctx.now.saturating_add(cycle));
            let mut t = ctx.now;
            loop {
                t = earliest(TermNode::valid_until, &ctx.at(t)).max(t.saturating_add(1));
                if t >= end {
                    break inputs;
                }
                if holds(order_at(t)) != holds(now) || ctx.is_spent() {
                    break t;
                }
            }
        }
    };
    Bounded::new(holds(now), until)
}

impl<P: Profile> Condition<P> for CompareNode<P> {
    fn holds<'a>(&'a self, ctx: &Ctx<'a, P>) -> bool {
        self.order(ctx).is_some_and(|order| self.op.accepts(order))
    }

    fn evaluate<'a>(&'a self, ctx: &Ctx<'a, P>) -> Bounded {
        let sides = [&self.left, &self.right];
        let order = |at: &Ctx<'a, P>| self.order(at);
        evaluate(ctx, self.op, &sides, self.monotonicity, order)
    }

    /// An exact sum or the balance of a ledger beside a constant.
    fn fast_path<'a>(&'a self, ctx: &Ctx<'a, P>) -> Option<NextChange> {
        let TermNode::Literal(bound) = &self.right else {
            return None;
        };
        let accepts = |value| {
            self.comparer
                .compare(&Val::Whole(value), &bound.val())
                .is_some_and(|order| self.op.accepts(order))
        };
        if let TermNode::Aggregate(sum) = &self.left {
            return sum.next_change_of_sum(ctx, accepts);
        }
        self.left.ledger()?.next_change_of_balance(ctx, accepts)
    }

    fn max_change_points<'a>(&'a self, ctx: &Ctx<'a, P>, of: usize) -> usize {
        let sides = [&self.left, &self.right].map(|side| side.max_change_points(ctx, of));
        sum(sides.into_iter().chain([of]))
    }

    fn cost(&self) -> u32 {
        3
    }
}

/// How two values of known types are compared.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Comparer {
    /// Exact numbers (and all that is counted whole), brought to one scale by these factors.
    Whole {
        left: i128,
        right: i128,
    },
    /// At least one is floating point; exact ones are divided by these powers of ten.
    Real {
        left: f64,
        right: f64,
    },
    Text,
    TextIgnoringCase,
    Version,
}

impl Comparer {
    pub(crate) fn of(left: &Ty, right: &Ty, ignoring_case: bool) -> Self {
        let scale = |ty: &Ty| {
            if let Ty::Exact(s) | Ty::Ratio(s) = ty {
                *s
            } else {
                0
            }
        };
        let (l, r) = (scale(left), scale(right));
        if matches!(left, Ty::Float) || matches!(right, Ty::Float) {
            return Comparer::Real {
                left: 10_f64.powi(i32::from(l)),
                right: 10_f64.powi(i32::from(r)),
            };
        }
        match left {
            Ty::String if ignoring_case => Comparer::TextIgnoringCase,
            Ty::String => Comparer::Text,
            Ty::Version => Comparer::Version,
            Ty::Bool
            | Ty::Exact(_)
            | Ty::Ratio(_)
            | Ty::Float
            | Ty::Enum(_)
            | Ty::Named(_)
            | Ty::Date
            | Ty::Instant
            | Ty::Duration
            | Ty::Period(_)
            | Ty::Place => {
                let common = l.max(r);
                Comparer::Whole {
                    left: 10_i128.pow(u32::from(common - l)),
                    right: 10_i128.pow(u32::from(common - r)),
                }
            }
        }
    }

    /// How values of a field are compared with each other; of a list, its items.
    pub(crate) fn of_field(field: &FieldRef, schema: &Schema, ignoring_case: bool) -> Self {
        let ty = field.value_type(schema);
        Comparer::of(&ty, &ty, ignoring_case)
    }

    /// Whether both are there and equal. Places have no order, but may be the same.
    pub(crate) fn is_equal(self, a: &Val<'_>, b: &Val<'_>) -> bool {
        if let (Val::Place(a), Val::Place(b)) = (a, b) {
            return a == b;
        }
        self.compare(a, b).is_some_and(Ordering::is_eq)
    }

    /// `None` where a side is missing (or a number overflows).
    #[inline]
    pub(crate) fn compare(self, a: &Val<'_>, b: &Val<'_>) -> Option<Ordering> {
        match (self, a, b) {
            (_, Val::Missing, _) | (_, _, Val::Missing) => None,
            (Comparer::Whole { left, right }, Val::Whole(a), Val::Whole(b)) => {
                Some(a.checked_mul(left)?.cmp(&b.checked_mul(right)?))
            }
            (Comparer::Whole { left, right }, a, b) => {
                let ((an, ad), (bn, bd)) = (a.as_ratio()?, b.as_ratio()?);
                Some(
                    an.checked_mul(left)?
                        .checked_mul(bd)?
                        .cmp(&bn.checked_mul(right)?.checked_mul(ad)?),
                )
            }
            (Comparer::Real { left, right }, a, b) => {
                a.as_real(left).partial_cmp(&b.as_real(right))
            }
            (Comparer::Text, a, b) => Some(a.text()?.cmp(b.text()?)),
            (Comparer::TextIgnoringCase, a, b) => Some(folded(a.text()?).cmp(folded(b.text()?))),
            (Comparer::Version, a, b) => Some(compare_versions(a.text()?, b.text()?)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_different_scales_are_brought_to_one() {
        // 12.50 beside 12.5, and beside 13.
        let to_tenths = Comparer::of(&Ty::Exact(2), &Ty::Exact(1), false);
        assert_eq!(
            to_tenths.compare(&Val::Whole(1250), &Val::Whole(125)),
            Some(Ordering::Equal)
        );
        let to_whole = Comparer::of(&Ty::Exact(2), &Ty::Exact(0), false);
        assert_eq!(
            to_whole.compare(&Val::Whole(1250), &Val::Whole(13)),
            Some(Ordering::Less)
        );
        assert_eq!(to_whole.compare(&Val::Missing, &Val::Whole(13)), None);
        // An average of 25 / 2 is not rounded before it is compared.
        assert_eq!(
            to_whole.compare(&Val::Ratio(2501, 2), &Val::Whole(13)),
            Some(Ordering::Less)
        );
    }
}

//! Comparisons of two values, and of instants with windows.

use super::bound::BoundNode;
use super::context::Ctx;
use super::motion::{Monotonicity, bounds_next_discontinuity, first_where, first_with_resets};
use super::select::WindowNode;
use super::term::TermNode;
use crate::ir::Order;
use crate::profile::{Profile, Val};
use crate::time::MAX_BACK;
use crate::value::compare_versions;
use std::cmp::Ordering;

pub(crate) struct CompareNode<P: Profile> {
    pub(crate) op: Order,
    pub(crate) left: TermNode<P>,
    pub(crate) right: TermNode<P>,
    pub(crate) comparer: Comparer,
    pub(crate) motion: Monotonicity,
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
    /// `None` where a side is missing (or a number overflows).
    #[inline]
    pub(crate) fn compare(self, a: &Val<'_>, b: &Val<'_>) -> Option<Ordering> {
        match (self, a, b) {
            (_, Val::Missing, _) | (_, _, Val::Missing) => None,
            (Comparer::Whole { left, right }, Val::Whole(a), Val::Whole(b)) => {
                Some(a.checked_mul(left)?.cmp(&b.checked_mul(right)?))
            }
            (Comparer::Whole { left, right }, a, b) => {
                let parts = |v: &Val<'_>| match v {
                    Val::Whole(v) => Some((*v, 1)),
                    Val::Ratio(n, d) => Some((*n, *d)),
                    _ => None,
                };
                let ((an, ad), (bn, bd)) = (parts(a)?, parts(b)?);
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
            (Comparer::TextIgnoringCase, a, b) => {
                Some(super::text::folded(a.text()?).cmp(super::text::folded(b.text()?)))
            }
            (Comparer::Version, a, b) => Some(compare_versions(a.text()?, b.text()?)),
        }
    }
}

impl<P: Profile> CompareNode<P> {
    pub(crate) fn order<'a>(&'a self, ctx: &Ctx<'a, P>) -> Option<Ordering> {
        let left = self.left.value(ctx);
        if left.is_missing() {
            return None;
        }
        self.comparer.compare(&left, &self.right.value(ctx))
    }

    pub(crate) fn evaluate<'a>(&'a self, ctx: &Ctx<'a, P>) -> (bool, i64) {
        let order = self.order(ctx);
        let holds = order.is_some_and(|o| self.op.accepts(o));
        let valid_until = self.left.valid_until(ctx).min(self.right.valid_until(ctx));
        let changed = |t: i64| self.order(&ctx.at(t)) != order;
        let next_discontinuity = |t: i64| {
            self.left
                .next_discontinuity(&ctx.at(t))
                .min(self.right.next_discontinuity(&ctx.at(t)))
        };
        let until = match self.motion {
            Monotonicity::Constant => valid_until,
            Monotonicity::Monotone => first_where(ctx.now, valid_until, changed),
            Monotonicity::MonotoneWithResets(back) => {
                first_with_resets(ctx.now, valid_until, back, next_discontinuity, changed)
            }
            Monotonicity::PiecewiseMonotone => first_where(
                ctx.now,
                valid_until.min(next_discontinuity(ctx.now)),
                changed,
            ),
            Monotonicity::Periodic(cycle) => self.next_in_cycle(ctx, holds, cycle),
        };
        (holds, until)
    }

    /// The first instant at which a part of the calendar makes a difference; where it makes none in a whole cycle, it never does.
    fn next_in_cycle<'a>(&'a self, ctx: &Ctx<'a, P>, holds: bool, cycle: i64) -> i64 {
        let inputs_valid_until = self
            .left
            .inputs_valid_until(ctx)
            .min(self.right.inputs_valid_until(ctx));
        let end = inputs_valid_until.min(ctx.now.saturating_add(cycle));
        let mut t = ctx.now;
        loop {
            let then = ctx.at(t);
            t = self
                .left
                .valid_until(&then)
                .min(self.right.valid_until(&then))
                .max(t.saturating_add(1));
            if t >= end {
                return inputs_valid_until;
            }
            if self.order(&ctx.at(t)).is_some_and(|o| self.op.accepts(o)) != holds {
                return t;
            }
        }
    }
}

/// Before, inside or after the windows; `None` where a value is missing.
pub(crate) fn side<'a, P: Profile>(
    value: &'a TermNode<P>,
    windows: &'a WindowNode<P>,
    ctx: &Ctx<'a, P>,
) -> Option<Ordering> {
    let v = value.value(ctx).as_i64()?;
    let (low, high) = windows.range(ctx)?;
    Some(if v >= high {
        Ordering::Greater
    } else if v < low {
        Ordering::Less
    } else {
        Ordering::Equal
    })
}

pub(crate) fn evaluate_timed<'a, P: Profile>(
    value: &'a TermNode<P>,
    windows: &'a WindowNode<P>,
    depends_on_now: bool,
    ctx: &Ctx<'a, P>,
) -> (bool, i64) {
    let now = side(value, windows, ctx);
    let holds = now == Some(Ordering::Equal);
    let valid_until = value.valid_until(ctx).min(windows.valid_until(ctx));
    let Some(v) = value.value(ctx).as_i64() else {
        return (holds, valid_until);
    };
    if depends_on_now {
        let bounds = || windows.lower.iter().chain(&windows.upper);
        let next_discontinuity = |t: i64| {
            value
                .next_discontinuity(&ctx.at(t))
                .min(bounds_next_discontinuity(bounds(), &ctx.at(t)))
        };
        let changed = |t: i64| side(value, windows, &ctx.at(t)) != now;
        if bounds().any(BoundNode::moves)
            || value.changes_direction()
            || (value.now_occurrences() > 1 && !value.is_proportional())
        {
            return (
                holds,
                first_where(
                    ctx.now,
                    valid_until.min(next_discontinuity(ctx.now)),
                    changed,
                ),
            );
        }
        let back = MAX_BACK.saturating_mul(value.resets());
        return (
            holds,
            first_with_resets(ctx.now, valid_until, back, next_discontinuity, changed),
        );
    }
    let moved = if holds {
        windows.next_exit(ctx, v, v)
    } else {
        windows.next_entry(ctx, v)
    };
    (holds, valid_until.min(moved))
}

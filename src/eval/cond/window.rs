//! An instant, or a date, that lies in a window.

use super::{Condition, Node};
use crate::eval::Binder;
use crate::eval::bounded::Bounded;
use crate::eval::context::Ctx;
use crate::eval::search::{first_where, first_with_resets};
use crate::eval::value::TermNode;
use crate::eval::window::WindowNode;
use crate::eval::window::bound::BoundNode;
use crate::eval::work::MOVE;
use crate::ir::{Term, Windows};
use crate::profile::Profile;
use crate::time::{MAX_BACK, NEVER};
use std::cmp::Ordering;

/// `signup within 30 days`
pub(crate) struct TimedNode<P: Profile> {
    pub(crate) value: TermNode<P>,
    pub(crate) windows: WindowNode<P>,
    /// Whether the value moves with `now`.
    depends_on_now: bool,
}

impl<P: Profile> TimedNode<P> {
    pub(super) fn bind(binder: &mut Binder<'_, P>, value: &Term, windows: &Windows) -> Node<P> {
        Node::Timed(Box::new(TimedNode {
            value: binder.term(value),
            windows: binder.windows(windows),
            depends_on_now: value.depends_on_now,
        }))
    }

    /// Of a value that does not move with `now`.
    pub(super) fn of(value: TermNode<P>, windows: WindowNode<P>) -> Node<P> {
        Node::Timed(Box::new(TimedNode {
            value,
            windows,
            depends_on_now: false,
        }))
    }

    /// Before, inside or after the windows; `None` where a value is missing.
    fn side<'a>(&'a self, ctx: &Ctx<'a, P>) -> Option<Ordering> {
        let value = self.value.value(ctx).as_i64()?;
        let (low, high) = self.windows.range(ctx)?;
        Some(if value >= high {
            Ordering::Greater
        } else if value < low {
            Ordering::Less
        } else {
            Ordering::Equal
        })
    }

    fn bounds(&self) -> impl Iterator<Item = &BoundNode<P>> {
        self.windows.lower.iter().chain(&self.windows.upper)
    }

    /// The first instant before `end` at which a value that moves with `now` is on another side than `side`.
    fn next_side<'a>(&'a self, ctx: &Ctx<'a, P>, side: Option<Ordering>, end: i64) -> i64 {
        let discontinuity = |t: i64| {
            let then = ctx.at(t);
            let of_bounds = self.bounds().map(|bound| bound.next_discontinuity(&then));
            of_bounds
                .min()
                .unwrap_or(NEVER)
                .min(self.value.next_discontinuity(&then))
        };
        let changed = |t: i64| {
            ctx.spend(MOVE);
            self.side(&ctx.at(t)) != side
        };
        let is_piecewise = self.bounds().any(BoundNode::moves)
            || self.value.changes_direction()
            || (self.value.now_occurrences() > 1 && !self.value.is_proportional());
        if is_piecewise {
            return first_where(ctx.now, end.min(discontinuity(ctx.now)), changed);
        }
        let back = MAX_BACK.saturating_mul(self.value.resets());
        first_with_resets(ctx.now, end, back, discontinuity, changed)
    }
}

impl<P: Profile> Condition<P> for TimedNode<P> {
    fn holds<'a>(&'a self, ctx: &Ctx<'a, P>) -> bool {
        self.side(ctx) == Some(Ordering::Equal)
    }

    fn evaluate<'a>(&'a self, ctx: &Ctx<'a, P>) -> Bounded {
        let side = self.side(ctx);
        let holds = side == Some(Ordering::Equal);
        let inputs = self
            .value
            .valid_until(ctx)
            .min(self.windows.valid_until(ctx));
        let Some(value) = self.value.value(ctx).as_i64() else {
            return Bounded::new(holds, inputs);
        };
        if self.depends_on_now {
            return Bounded::new(holds, self.next_side(ctx, side, inputs));
        }
        let crossing = if holds {
            self.windows.next_exit(ctx, value, value)
        } else {
            self.windows.next_entry(ctx, value)
        };
        Bounded::new(holds, inputs.min(crossing))
    }

    fn max_change_points<'a>(&'a self, ctx: &Ctx<'a, P>, of: usize) -> usize {
        self.value
            .max_change_points(ctx, of)
            .saturating_add(self.windows.max_change_points(ctx, of, of))
    }

    fn cost(&self) -> u32 {
        6
    }
}

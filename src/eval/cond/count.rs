//! How many events are inside: at least so many, or just so many.

use super::logic::{Const, Not};
use super::{Condition, Node};
use crate::eval::Binder;
use crate::eval::bounded::{Bounded, NextChange};
use crate::eval::collection::Collection;
use crate::eval::collection::events::SelectNode;
use crate::eval::context::Ctx;
use crate::ir::{Lit, Order, Select, Term, TermKind, Ty};
use crate::profile::Profile;
use crate::syntax::Aggregate;
use std::cmp::Ordering;

/// A count beside a constant stops counting at the constant, and knows which event matters.
pub(super) fn bind_comparison<P: Profile>(
    binder: &mut Binder<'_, P>,
    op: Order,
    left: &Term,
    right: &Term,
) -> Option<Node<P>> {
    if matches!(left.kind, TermKind::Lit(_)) && !matches!(right.kind, TermKind::Lit(_)) {
        return bind_comparison(binder, op.flipped(), right, left);
    }
    let TermKind::Aggregate {
        function: Aggregate::Count,
        select,
        of: None,
    } = &left.kind
    else {
        return None;
    };
    let (TermKind::Lit(Lit::Whole(n)), Ty::Exact(scale)) = (&right.kind, &right.ty) else {
        return None;
    };
    let unit = 10_i128.checked_pow(u32::from(*scale))?;
    let (floor, is_whole) = (n.div_euclid(unit), n.rem_euclid(unit) == 0);
    let ceil = if is_whole { floor } else { floor + 1 };
    let mut at_least = |n: i128| {
        if n <= 0 {
            return Node::Const(Const(true));
        }
        Node::AtLeast(AtLeast::bind(
            binder,
            select,
            usize::try_from(n).unwrap_or(usize::MAX),
        ))
    };
    let not = |node| Node::Not(Not(Box::new(node)));
    Some(match op {
        Order::Ge => at_least(ceil),
        Order::Gt => at_least(floor + 1),
        Order::Lt => not(at_least(ceil)),
        Order::Le => not(at_least(floor + 1)),
        Order::Eq if !is_whole || floor < 0 => Node::Const(Const(false)),
        Order::Eq => Node::Exactly(Exactly {
            select: Box::new(binder.select(select)),
            n: usize::try_from(floor).unwrap_or(usize::MAX),
        }),
    })
}

/// `viewed("x") at least 3 times within 30 days`
pub(crate) struct AtLeast<P: Profile> {
    select: Box<SelectNode<P>>,
    n: usize,
}

impl<P: Profile> AtLeast<P> {
    pub(super) fn bind(binder: &mut Binder<'_, P>, select: &Select, n: usize) -> Self {
        AtLeast {
            select: Box::new(binder.select(select)),
            n,
        }
    }
}

impl<P: Profile> Condition<P> for AtLeast<P> {
    #[inline]
    fn holds<'a>(&'a self, ctx: &Ctx<'a, P>) -> bool {
        self.select.at_least(ctx, self.n)
    }

    fn evaluate<'a>(&'a self, ctx: &Ctx<'a, P>) -> Bounded {
        if let Some(change) = self.fast_path(ctx) {
            return Bounded::new(change.holds, change.until);
        }
        if self.holds(ctx) {
            Bounded::new(true, self.select.next_below(ctx, self.n))
        } else {
            Bounded::new(false, self.select.next_entry(ctx))
        }
    }

    fn fast_path<'a>(&'a self, ctx: &Ctx<'a, P>) -> Option<NextChange> {
        self.select.next_change_of_at_least(ctx, self.n)
    }

    fn max_change_points<'a>(&'a self, ctx: &Ctx<'a, P>, of: usize) -> usize {
        self.select.max_change_points(ctx, of)
    }

    fn cost(&self) -> u32 {
        8
    }
}

/// `viewed("x") 3 times within 30 days`
pub(crate) struct Exactly<P: Profile> {
    select: Box<SelectNode<P>>,
    n: usize,
}

impl<P: Profile> Condition<P> for Exactly<P> {
    fn holds<'a>(&'a self, ctx: &Ctx<'a, P>) -> bool {
        self.select.exactly(ctx, self.n)
    }

    fn evaluate<'a>(&'a self, ctx: &Ctx<'a, P>) -> Bounded {
        let (select, n) = (&self.select, self.n);
        match select.count_up_to(ctx, n.saturating_add(1)).cmp(&n) {
            Ordering::Less => Bounded::new(false, select.next_entry(ctx)),
            Ordering::Equal => {
                Bounded::new(true, select.next_entry(ctx).min(select.next_below(ctx, n)))
            }
            Ordering::Greater => Bounded::new(false, select.next_below(ctx, n.saturating_add(1))),
        }
    }

    fn max_change_points<'a>(&'a self, ctx: &Ctx<'a, P>, of: usize) -> usize {
        self.select.max_change_points(ctx, of)
    }

    fn cost(&self) -> u32 {
        8
    }
}

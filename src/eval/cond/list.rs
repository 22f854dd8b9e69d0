//! `contains`: a list has any, or all, of some values.

use super::compare::{self, Comparer};
use super::{Condition, Node};
use crate::eval::Binder;
use crate::eval::bounded::Bounded;
use crate::eval::context::Ctx;
use crate::eval::probe::sum;
use crate::eval::value::list::ListNode;
use crate::eval::value::monotonicity::Monotonicity;
use crate::eval::value::{Literal, TermNode};
use crate::ir::{FieldRef, Lit, Order, Term};
use crate::profile::{Profile, Val};

pub(crate) struct ContainsNode<P: Profile> {
    pub(crate) list: ListNode<P>,
    items: Vec<Literal>,
    values: Vec<ItemNode<P>>,
    all: bool,
    /// How an element is compared with an item.
    comparer: Comparer,
}

/// An item that is a value, of the type of the list's items.
struct ItemNode<P: Profile> {
    value: TermNode<P>,
    monotonicity: Monotonicity,
}

impl<P: Profile> ContainsNode<P> {
    pub(super) fn bind(
        binder: &mut Binder<'_, P>,
        list: &FieldRef,
        (items, values): (&[Lit], &[Term]),
        all: bool,
        ignoring_case: bool,
    ) -> Node<P> {
        let comparer = Comparer::of_field(list, binder.schema, ignoring_case);
        let list = ListNode::bind(binder, list);
        let value = |term| ItemNode::bind(binder, term);
        Node::Contains(Box::new(ContainsNode {
            list,
            items: items.iter().map(Literal::of).collect(),
            values: values.iter().map(value).collect(),
            all,
            comparer,
        }))
    }

    fn has<'a>(&'a self, ctx: &Ctx<'a, P>, wanted: &Val<'_>) -> bool {
        self.list
            .any(ctx, &mut |item| self.comparer.is_equal(wanted, &item))
    }

    /// Whether the list has the item, which may change when the item does; each element is a comparison of its own.
    fn has_value<'a>(&'a self, ctx: &Ctx<'a, P>, item: &'a ItemNode<P>) -> Bounded {
        let mut found = Bounded::forever(false);
        self.list.any(ctx, &mut |element| {
            let order = |at: &Ctx<'a, P>| self.comparer.compare(&item.value.value(at), &element);
            let equal = compare::evaluate(ctx, Order::Eq, &[&item.value], item.monotonicity, order);
            found = found.or(equal);
            found == Bounded::forever(true)
        });
        found
    }
}

impl<P: Profile> ItemNode<P> {
    fn bind(binder: &mut Binder<'_, P>, term: &Term) -> Self {
        let value = binder.term(term);
        // An element of the list does not move.
        let element = TermNode::Literal(Literal::Whole(0));
        ItemNode {
            monotonicity: Monotonicity::of(&value, &element),
            value,
        }
    }
}

impl<P: Profile> Condition<P> for ContainsNode<P> {
    fn holds<'a>(&'a self, ctx: &Ctx<'a, P>) -> bool {
        if self.list.len(ctx).is_none() {
            return false;
        }
        let constant = |item: &'a Literal| self.has(ctx, &item.val());
        let value = |item: &'a ItemNode<P>| self.has(ctx, &item.value.value(ctx));
        if self.all {
            self.items.iter().all(constant) && self.values.iter().all(value)
        } else {
            self.items.iter().any(constant) || self.values.iter().any(value)
        }
    }

    fn evaluate<'a>(&'a self, ctx: &Ctx<'a, P>) -> Bounded {
        if self.values.is_empty() || self.list.len(ctx).is_none() {
            return Bounded::forever(self.holds(ctx));
        }
        let constants = self
            .items
            .iter()
            .map(|item| Bounded::forever(self.has(ctx, &item.val())));
        let values = self.values.iter().map(|item| self.has_value(ctx, item));
        let parts = constants.chain(values);
        if self.all {
            Bounded::all(parts)
        } else {
            Bounded::any(parts)
        }
    }

    fn max_change_points<'a>(&'a self, ctx: &Ctx<'a, P>, of: usize) -> usize {
        if self.values.is_empty() {
            return 0;
        }
        // A value may come to be equal to each element, and cease to be.
        let n = self.list.len(ctx).unwrap_or(0);
        let each = self.values.iter().map(|item| {
            item.value
                .max_change_points(ctx, of)
                .saturating_add(of.saturating_mul(n))
        });
        sum(each)
    }

    fn cost(&self) -> u32 {
        6
    }
}

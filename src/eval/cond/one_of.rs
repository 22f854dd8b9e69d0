//! `in (…)`: a value that is one of several constants.

use super::compare::{self, Comparer};
use super::logic::{Any, Parts};
use super::text::TextNode;
use super::{Condition, Node};
use crate::eval::Binder;
use crate::eval::bounded::{Bounded, NextChange};
use crate::eval::context::Ctx;
use crate::eval::value::field::id_of;
use crate::eval::value::{Literal, TermNode};
use crate::ir::{Lit, Order, Term, TermKind};
use crate::profile::Profile;
use std::cmp::Ordering;
use std::sync::Arc;

pub(super) fn bind<P: Profile>(
    binder: &mut Binder<'_, P>,
    value: &Term,
    set: &[Lit],
    ignoring_case: bool,
) -> Node<P> {
    if ignoring_case {
        return TextNode::bind_one_of(binder, value, texts(set));
    }
    if matches!(value.kind, TermKind::Id) {
        return Node::IdIn(IdIn::new(texts(set)));
    }
    if value.depends_on_now {
        // A value that moves with `now` is compared one by one: comparisons solve for when they change.
        let equal = |lit: &Lit| {
            let right = Term::new(TermKind::Lit(lit.clone()), value.ty.clone(), value.span);
            compare::bind(binder, Order::Eq, value, &right, false)
        };
        return Node::Any(Any(Parts::of(set.iter().map(equal).collect())));
    }
    Node::OneOf(Box::new(OneOf {
        value: binder.term(value),
        set: set.iter().map(Literal::of).collect(),
        comparer: Comparer::of(&value.ty, &value.ty, false),
    }))
}

fn texts(set: &[Lit]) -> Vec<Arc<str>> {
    let text = |lit: &Lit| match lit {
        Lit::Text(text) => Some(text.clone()),
        Lit::Whole(_) | Lit::Real(_) => None,
    };
    set.iter().filter_map(text).collect()
}

pub(crate) struct OneOf<P: Profile> {
    value: TermNode<P>,
    set: Vec<Literal>,
    comparer: Comparer,
}

impl<P: Profile> Condition<P> for OneOf<P> {
    fn holds<'a>(&'a self, ctx: &Ctx<'a, P>) -> bool {
        let value = self.value.value(ctx);
        self.set.iter().any(|lit| {
            self.comparer
                .compare(&value, &lit.val())
                .is_some_and(Ordering::is_eq)
        })
    }

    fn evaluate<'a>(&'a self, ctx: &Ctx<'a, P>) -> Bounded {
        Bounded::new(self.holds(ctx), self.value.valid_until(ctx))
    }

    fn max_change_points<'a>(&'a self, ctx: &Ctx<'a, P>, of: usize) -> usize {
        self.value.max_change_points(ctx, of)
    }

    fn cost(&self) -> u32 {
        3
    }
}

/// The profile's id is one of these, sorted.
pub(crate) struct IdIn(Vec<Arc<str>>);

impl IdIn {
    fn new(mut ids: Vec<Arc<str>>) -> Self {
        ids.sort_unstable();
        IdIn(ids)
    }
}

impl<P: Profile> Condition<P> for IdIn {
    fn holds<'a>(&'a self, ctx: &Ctx<'a, P>) -> bool {
        id_of(ctx.profile)
            .text()
            .is_some_and(|id| self.0.binary_search_by(|i| (**i).cmp(id)).is_ok())
    }

    fn evaluate<'a>(&'a self, ctx: &Ctx<'a, P>) -> Bounded {
        Bounded::forever(self.holds(ctx))
    }

    fn fast_path<'a>(&'a self, ctx: &Ctx<'a, P>) -> Option<NextChange> {
        Some(NextChange::forever(self.holds(ctx)))
    }

    fn max_change_points<'a>(&'a self, _: &Ctx<'a, P>, _: usize) -> usize {
        0
    }

    fn cost(&self) -> u32 {
        3
    }
}

//! `contains`: a list has any, or all, of some values.

use super::{Condition, Node};
use crate::eval::Binder;
use crate::eval::bounded::Bounded;
use crate::eval::context::Ctx;
use crate::eval::value::Literal;
use crate::eval::value::list::ListNode;
use crate::ir::{FieldRef, Lit};
use crate::profile::Profile;
use crate::value::folded;

pub(crate) struct ContainsNode<P: Profile> {
    pub(crate) list: ListNode<P>,
    items: Vec<Literal>,
    all: bool,
    ignoring_case: bool,
}

impl<P: Profile> ContainsNode<P> {
    pub(super) fn bind(
        binder: &mut Binder<'_, P>,
        list: &FieldRef,
        items: &[Lit],
        all: bool,
        ignoring_case: bool,
    ) -> Node<P> {
        Node::Contains(Box::new(ContainsNode {
            list: ListNode::bind(binder, list),
            items: items.iter().map(Literal::of).collect(),
            all,
            ignoring_case,
        }))
    }
}

impl<P: Profile> Condition<P> for ContainsNode<P> {
    fn holds<'a>(&'a self, ctx: &Ctx<'a, P>) -> bool {
        let Some(n) = self.list.len(ctx) else {
            return false;
        };
        let contains = |item: &'a Literal| {
            let wanted = item.val();
            (0..n).any(|i| {
                let value = self.list.item(ctx, i);
                match (self.ignoring_case, value.text(), wanted.text()) {
                    (true, Some(a), Some(b)) => folded(a).eq(folded(b)),
                    _ => !value.is_missing() && value.natural_cmp(&wanted).is_eq(),
                }
            })
        };
        if self.all {
            self.items.iter().all(contains)
        } else {
            self.items.iter().any(contains)
        }
    }

    fn evaluate<'a>(&'a self, ctx: &Ctx<'a, P>) -> Bounded {
        Bounded::forever(self.holds(ctx))
    }

    fn max_change_points<'a>(&'a self, _: &Ctx<'a, P>, _: usize) -> usize {
        0
    }

    fn cost(&self) -> u32 {
        6
    }
}

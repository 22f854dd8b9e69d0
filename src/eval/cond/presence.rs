//! `exists` and `is empty`: whether a value, or a list, is there, or has nothing in it.

use super::Condition;
use crate::eval::Binder;
use crate::eval::bounded::Bounded;
use crate::eval::context::Ctx;
use crate::eval::value::TermNode;
use crate::eval::value::list::ListNode;
use crate::ir::Operand;
use crate::profile::Profile;
use crate::time::NEVER;

pub(crate) struct PresenceNode<P: Profile> {
    pub(crate) of: OperandNode<P>,
    /// Whether it is asked that nothing is in it, as where it is missing.
    empty: bool,
}

pub(crate) enum OperandNode<P: Profile> {
    Term(TermNode<P>),
    List(ListNode<P>),
}

impl<P: Profile> PresenceNode<P> {
    pub(super) fn bind(binder: &mut Binder<'_, P>, of: &Operand, empty: bool) -> Self {
        let of = match of {
            Operand::Term(term) => OperandNode::Term(binder.term(term)),
            Operand::List(list) => OperandNode::List(ListNode::bind(binder, list)),
        };
        PresenceNode { of, empty }
    }
}

impl<P: Profile> Condition<P> for PresenceNode<P> {
    fn holds<'a>(&'a self, ctx: &Ctx<'a, P>) -> bool {
        match (&self.of, self.empty) {
            (OperandNode::Term(term), false) => !term.value(ctx).is_missing(),
            (OperandNode::Term(term), true) => term.value(ctx).text().is_none_or(str::is_empty),
            (OperandNode::List(list), false) => list.len(ctx).is_some(),
            (OperandNode::List(list), true) => list.len(ctx).is_none_or(|n| n == 0),
        }
    }

    fn evaluate<'a>(&'a self, ctx: &Ctx<'a, P>) -> Bounded {
        let holds = self.holds(ctx);
        let until = match &self.of {
            // A profile that has entered a stage is in one from then on: where it leads need not be followed.
            OperandNode::Term(TermNode::Stage(_)) if holds => NEVER,
            OperandNode::Term(term) => term.valid_until(ctx),
            OperandNode::List(_) => NEVER,
        };
        Bounded::new(holds, until)
    }

    fn max_change_points<'a>(&'a self, ctx: &Ctx<'a, P>, of: usize) -> usize {
        match &self.of {
            OperandNode::Term(term) => term.max_change_points(ctx, of),
            OperandNode::List(_) => 0,
        }
    }

    fn cost(&self) -> u32 {
        3
    }
}

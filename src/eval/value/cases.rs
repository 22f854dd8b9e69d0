//! Values that depend on conditions.

use super::{Inner, Literal, TermNode, Value};
use crate::eval::Binder;
use crate::eval::cond::Node;
use crate::eval::context::Ctx;
use crate::eval::probe::sum;
use crate::ir::{Case, Cond, Lit, Term};
use crate::profile::{Profile, Val};
use crate::time::NEVER;

/// The value of the first case that holds.
pub(crate) struct Cases<P: Profile> {
    cases: Vec<(Node<P>, Literal)>,
    otherwise: Option<Literal>,
}

impl<P: Profile> Cases<P> {
    pub(super) fn bind(
        binder: &mut Binder<'_, P>,
        cases: &[Case],
        otherwise: Option<&Lit>,
    ) -> Self {
        let case = |case: &Case| (binder.cond(&case.cond), Literal::of(&case.value));
        Cases {
            cases: cases.iter().map(case).collect(),
            otherwise: otherwise.map(Literal::of),
        }
    }
}

impl<P: Profile> Cases<P> {
    /// The first instant after `ctx.now` at which another case is the first that holds.
    pub(crate) fn next_choice<'a>(&'a self, ctx: &Ctx<'a, P>) -> i64 {
        let mut next = NEVER;
        for (node, _) in &self.cases {
            let change = node.next_change(ctx);
            next = next.min(change.until);
            if change.holds {
                break;
            }
        }
        next
    }
}

impl<P: Profile> Value<P> for Cases<P> {
    fn value<'a>(&'a self, ctx: &Ctx<'a, P>) -> Val<'a> {
        let held = self.cases.iter().find(|(node, _)| node.holds(ctx));
        held.map(|(_, value)| value)
            .or(self.otherwise.as_ref())
            .map_or(Val::Missing, Literal::val)
    }

    /// Cases after the first that holds have no say.
    fn valid_until<'a>(&'a self, ctx: &Ctx<'a, P>) -> i64 {
        let mut valid_until = NEVER;
        for (node, _) in &self.cases {
            let answer = node.evaluate(ctx);
            valid_until = valid_until.min(answer.until);
            if answer.holds {
                break;
            }
        }
        valid_until
    }

    fn max_change_points<'a>(&'a self, ctx: &Ctx<'a, P>, of: usize) -> usize {
        let cases = self.cases.iter();
        sum(cases.map(|(node, _)| node.max_change_points(ctx, of)))
    }

    fn inner(&self) -> Inner<'_, P> {
        [None, None]
    }
}

/// The value where a condition holds; missing elsewhere.
pub(crate) struct OnlyIf<P: Profile> {
    node: Box<Node<P>>,
    of: Box<TermNode<P>>,
}

impl<P: Profile> OnlyIf<P> {
    pub(super) fn bind(binder: &mut Binder<'_, P>, cond: &Cond, of: &Term) -> Self {
        OnlyIf {
            node: Box::new(binder.cond(cond)),
            of: Box::new(binder.term(of)),
        }
    }
}

impl<P: Profile> Value<P> for OnlyIf<P> {
    fn value<'a>(&'a self, ctx: &Ctx<'a, P>) -> Val<'a> {
        if self.node.holds(ctx) {
            self.of.value(ctx)
        } else {
            Val::Missing
        }
    }

    fn valid_until<'a>(&'a self, ctx: &Ctx<'a, P>) -> i64 {
        self.node.evaluate(ctx).until.min(self.of.valid_until(ctx))
    }

    fn max_change_points<'a>(&'a self, ctx: &Ctx<'a, P>, of: usize) -> usize {
        self.node.max_change_points(ctx, of)
    }

    fn inner(&self) -> Inner<'_, P> {
        [Some(&self.of), None]
    }

    fn is_proportional(&self) -> bool {
        self.of.is_proportional()
    }
}

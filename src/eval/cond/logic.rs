//! `and`, `or`, `not`, and what always or never holds.

use super::{Condition, Node};
use crate::eval::Binder;
use crate::eval::bounded::{Bounded, NextChange};
use crate::eval::context::Ctx;
use crate::eval::probe::sum;
use crate::ir::Cond;
use crate::profile::{Predicate, Profile};
use crate::time::NEVER;
use std::cmp::Ordering;

pub(crate) struct Const(pub(crate) bool);

impl<P: Profile> Condition<P> for Const {
    fn holds<'a>(&'a self, _: &Ctx<'a, P>) -> bool {
        self.0
    }

    fn evaluate<'a>(&'a self, _: &Ctx<'a, P>) -> Bounded {
        Bounded::forever(self.0)
    }

    fn fast_path<'a>(&'a self, _: &Ctx<'a, P>) -> Option<NextChange> {
        Some(NextChange::forever(self.0))
    }

    fn max_change_points<'a>(&'a self, _: &Ctx<'a, P>, _: usize) -> usize {
        0
    }

    fn cost(&self) -> u32 {
        0
    }
}

/// The parts of an `and` or an `or`.
pub(crate) struct Parts<P: Profile> {
    pub(crate) leaves: Vec<Predicate<P>>,
    /// Everything else, the cheap ones first.
    pub(crate) rest: Vec<Node<P>>,
}

impl<P: Profile> Parts<P> {
    /// Evaluation has no effects, so the order of the parts is free: the cheap ones come first.
    pub(crate) fn bind(binder: &mut Binder<'_, P>, parts: &[Cond]) -> Self {
        let (mut leaves, mut rest) = (Vec::new(), Vec::new());
        for part in parts {
            let node = binder.cond(part);
            if let Node::Leaf(leaf) = node {
                leaves.push(leaf.0);
            } else {
                rest.push(node);
            }
        }
        rest.sort_by_key(Node::cost);
        Parts { leaves, rest }
    }

    /// Parts of which none is a leaf.
    pub(crate) fn of(rest: Vec<Node<P>>) -> Self {
        Parts {
            leaves: Vec::new(),
            rest,
        }
    }

    /// Whether a leaf, which never changes, settles that all parts hold or that (`any`) one does.
    fn decided_by_leaf(&self, profile: &P, any: bool) -> bool {
        self.leaves.iter().any(|test| test(profile) == any)
    }

    /// `all` parts hold, or (`any`) one does. A part that decides does so until it changes; if others change before, only a
    /// probe can tell what then holds.
    fn fast_path<'a>(&'a self, ctx: &Ctx<'a, P>, any: bool) -> Option<NextChange> {
        if self.decided_by_leaf(ctx.profile, any) {
            return Some(NextChange::forever(any));
        }
        let mut decided: Option<NextChange> = None;
        let mut others = NextChange::forever(!any);
        for part in &self.rest {
            let change = part.fast_path(ctx)?;
            if change.holds != any {
                // The first to change decides from then on, and for ever if one of them does.
                others = match change.until.cmp(&others.until) {
                    Ordering::Less => change,
                    Ordering::Equal => NextChange {
                        is_final: change.is_final || others.is_final,
                        ..others
                    },
                    Ordering::Greater => others,
                };
            } else if change.until == NEVER {
                return Some(change);
            } else if decided.replace(change).is_some() {
                return None;
            }
        }
        match decided {
            None => Some(others),
            Some(change) if change.until < others.until => Some(NextChange {
                is_final: change.is_final && others.until == NEVER,
                ..change
            }),
            Some(_) => None,
        }
    }

    fn max_change_points<'a>(&'a self, ctx: &Ctx<'a, P>, of: usize) -> usize {
        sum(self.rest.iter().map(|part| part.max_change_points(ctx, of)))
    }

    fn cost(&self) -> u32 {
        self.rest
            .iter()
            .map(Node::cost)
            .fold(2, u32::saturating_add)
    }
}

pub(crate) struct All<P: Profile>(pub(crate) Parts<P>);

impl<P: Profile> All<P> {
    pub(super) fn bind(binder: &mut Binder<'_, P>, parts: &[Cond]) -> Self {
        All(Parts::bind(binder, parts))
    }
}

impl<P: Profile> Condition<P> for All<P> {
    #[inline]
    fn holds<'a>(&'a self, ctx: &Ctx<'a, P>) -> bool {
        self.0.leaves.iter().all(|test| test(ctx.profile))
            && self.0.rest.iter().all(|part| part.holds(ctx))
    }

    fn evaluate<'a>(&'a self, ctx: &Ctx<'a, P>) -> Bounded {
        if self.0.decided_by_leaf(ctx.profile, false) {
            return Bounded::forever(false);
        }
        Bounded::all(self.0.rest.iter().map(|part| part.evaluate(ctx)))
    }

    fn fast_path<'a>(&'a self, ctx: &Ctx<'a, P>) -> Option<NextChange> {
        self.0.fast_path(ctx, false)
    }

    fn max_change_points<'a>(&'a self, ctx: &Ctx<'a, P>, of: usize) -> usize {
        self.0.max_change_points(ctx, of)
    }

    fn cost(&self) -> u32 {
        self.0.cost()
    }
}

pub(crate) struct Any<P: Profile>(pub(crate) Parts<P>);

impl<P: Profile> Any<P> {
    pub(super) fn bind(binder: &mut Binder<'_, P>, parts: &[Cond]) -> Self {
        Any(Parts::bind(binder, parts))
    }
}

impl<P: Profile> Condition<P> for Any<P> {
    #[inline]
    fn holds<'a>(&'a self, ctx: &Ctx<'a, P>) -> bool {
        self.0.leaves.iter().any(|test| test(ctx.profile))
            || self.0.rest.iter().any(|part| part.holds(ctx))
    }

    fn evaluate<'a>(&'a self, ctx: &Ctx<'a, P>) -> Bounded {
        if self.0.decided_by_leaf(ctx.profile, true) {
            return Bounded::forever(true);
        }
        Bounded::any(self.0.rest.iter().map(|part| part.evaluate(ctx)))
    }

    fn fast_path<'a>(&'a self, ctx: &Ctx<'a, P>) -> Option<NextChange> {
        self.0.fast_path(ctx, true)
    }

    fn max_change_points<'a>(&'a self, ctx: &Ctx<'a, P>, of: usize) -> usize {
        self.0.max_change_points(ctx, of)
    }

    fn cost(&self) -> u32 {
        self.0.cost()
    }
}

pub(crate) struct Not<P: Profile>(pub(crate) Box<Node<P>>);

impl<P: Profile> Not<P> {
    pub(super) fn bind(binder: &mut Binder<'_, P>, part: &Cond) -> Self {
        Not(Box::new(binder.cond(part)))
    }
}

impl<P: Profile> Condition<P> for Not<P> {
    #[inline]
    fn holds<'a>(&'a self, ctx: &Ctx<'a, P>) -> bool {
        !self.0.holds(ctx)
    }

    fn evaluate<'a>(&'a self, ctx: &Ctx<'a, P>) -> Bounded {
        self.0.evaluate(ctx).negated()
    }

    fn fast_path<'a>(&'a self, ctx: &Ctx<'a, P>) -> Option<NextChange> {
        self.0.fast_path(ctx).map(NextChange::negated)
    }

    fn max_change_points<'a>(&'a self, ctx: &Ctx<'a, P>, of: usize) -> usize {
        self.0.max_change_points(ctx, of)
    }

    fn cost(&self) -> u32 {
        self.0.cost()
    }
}

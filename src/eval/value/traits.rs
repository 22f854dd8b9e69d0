//! Traits of the rulebook: bound once, however often they are named.

use super::{Inner, TermNode, Value};
use crate::eval::Binder;
use crate::eval::context::Ctx;
use crate::ir::Trait;
use crate::profile::{Profile, Val};
use std::sync::Arc;

pub(crate) struct TraitNode<P: Profile>(Arc<TermNode<P>>);

impl<P: Profile> TraitNode<P> {
    pub(super) fn bind(binder: &mut Binder<'_, P>, named: &Arc<Trait>) -> Self {
        if let Some(node) = binder.traits.get(&named.term.fingerprint()) {
            return TraitNode(node.clone());
        }
        let node = Arc::new(binder.term(&named.term));
        binder.traits.insert(named.term.fingerprint(), node.clone());
        TraitNode(node)
    }
}

impl<P: Profile> TraitNode<P> {
    pub(super) fn of(&self) -> &TermNode<P> {
        &self.0
    }
}

impl<P: Profile> Value<P> for TraitNode<P> {
    fn value<'a>(&'a self, ctx: &Ctx<'a, P>) -> Val<'a> {
        self.0.value(ctx)
    }

    fn valid_until<'a>(&'a self, ctx: &Ctx<'a, P>) -> i64 {
        self.0.valid_until(ctx)
    }

    fn inner(&self) -> Inner<'_, P> {
        [Some(&self.0), None]
    }

    fn is_proportional(&self) -> bool {
        self.0.is_proportional()
    }

    fn cycle(&self) -> Option<i64> {
        self.0.cycle()
    }

    fn inputs_valid_until<'a>(&'a self, ctx: &Ctx<'a, P>) -> i64 {
        self.0.inputs_valid_until(ctx)
    }
}

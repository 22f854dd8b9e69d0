//! What actions compute, bound to a profile type.

use crate::engine::effect::scalar;
use crate::eval::context::Ctx;
use crate::eval::value::TermNode;
use crate::eval::{Binder, given};
use crate::profile::{Profile, Value};
use crate::rule::ValueRule;
use crate::rule::trigger::{ActionKind, Details};
use std::sync::Arc;

/// What an action computes.
pub(crate) struct ActionPlan<P: Profile> {
    /// What goes along with it.
    details: Vec<(Arc<str>, ComputedValue<P>)>,
    /// What an attribute is set to, or what is added to it.
    given: Option<ComputedValue<P>>,
}

struct ComputedValue<P: Profile> {
    term: TermNode<P>,
    rule: ValueRule,
}

impl<P: Profile> ComputedValue<P> {
    fn new(rule: &ValueRule, binder: &mut Binder<'_, P>) -> Self {
        ComputedValue {
            term: binder.term(rule.term()),
            rule: rule.clone(),
        }
    }

    fn value(&self, ctx: &Ctx<'_, P>) -> Value {
        given(
            &self.term.value(ctx),
            &self.rule.term().ty,
            self.rule.calendar(),
        )
    }
}

impl<P: Profile> ActionPlan<P> {
    pub(super) fn new(action: &ActionKind, binder: &mut Binder<'_, P>) -> Self {
        let details: &[_] = match action {
            ActionKind::Send { values, .. } | ActionKind::Call { values, .. } => values,
            ActionKind::Tag(_)
            | ActionKind::Untag(_)
            | ActionKind::Set { .. }
            | ActionKind::Add { .. } => &[],
        };
        let given = match action {
            ActionKind::Set { to: given, .. } | ActionKind::Add { by: given, .. } => {
                given.computed()
            }
            ActionKind::Send { .. }
            | ActionKind::Call { .. }
            | ActionKind::Tag(_)
            | ActionKind::Untag(_) => None,
        };
        let details = details.iter();
        ActionPlan {
            details: details
                .map(|(name, rule)| (name.clone(), ComputedValue::new(rule, binder)))
                .collect(),
            given: given.map(|rule| ComputedValue::new(rule, binder)),
        }
    }

    /// What goes along with the action as it is computed now; what is missing is left out.
    pub(crate) fn details(&self, ctx: &Ctx<'_, P>) -> Details {
        let details = self.details.iter();
        details
            .filter_map(|(name, computed)| Some((name.clone(), scalar(&computed.value(ctx))?)))
            .collect()
    }

    /// What an attribute is set to, or what is added to it, if that is computed.
    pub(crate) fn given(&self, ctx: &Ctx<'_, P>) -> Option<Value> {
        self.given.as_ref().map(|computed| computed.value(ctx))
    }
}

//! The present stage of a lifecycle, and how a profile came to it.

use super::lifecycle::{CurrentStage, LifecycleNode, StageNode, StageTransition};
use crate::eval::Binder;
use crate::eval::context::Ctx;
use crate::ir::{Lifecycle, StageOf};
use crate::profile::Profile;
use crate::time::Instant;
use std::sync::Arc;

/// The present stage of a lifecycle.
pub(crate) struct CurrentStageNode<P: Profile> {
    pub(crate) lifecycle: Arc<LifecycleNode<P>>,
    pub(crate) subject: Option<Arc<str>>,
}

impl<P: Profile> CurrentStageNode<P> {
    /// The scope in which the lifecycle is evaluated, whatever event the question is asked of.
    pub(crate) fn scope<'a>(&'a self, ctx: &Ctx<'a, P>) -> Ctx<'a, P> {
        Ctx {
            subject: self.subject.as_deref(),
            event: None,
            steps: &[],
            ..*ctx
        }
    }

    pub(crate) fn current_stage<'a>(&'a self, ctx: &Ctx<'a, P>) -> CurrentStage {
        self.lifecycle.current_stage(&self.scope(ctx))
    }

    /// The first instant at which the stage is another.
    pub(crate) fn next_transition<'a>(&'a self, ctx: &Ctx<'a, P>) -> i64 {
        let scope = self.scope(ctx);
        let current = self.lifecycle.current_stage(&scope);
        self.lifecycle
            .next_transition(&scope, current.stage, current.next)
    }

    /// Walks to `ctx.now`, and visits what happened at each instant of a transition.
    pub(crate) fn transitions<'a>(
        &'a self,
        ctx: &Ctx<'a, P>,
        mut each: impl FnMut(i64, &StageTransition),
    ) -> CurrentStage {
        let mut at = Instant::MIN.micros();
        let mut open = StageTransition {
            from: None,
            to: None,
            entered: 0,
        };
        let current = self.lifecycle.walk(&self.scope(ctx), |m| {
            if m.at != at {
                if open.entered != 0 {
                    each(at, &open);
                }
                (at, open) = (
                    m.at,
                    StageTransition {
                        from: open.to,
                        to: open.to,
                        entered: 0,
                    },
                );
            }
            open.record(m.stage);
        });
        if open.entered != 0 {
            each(at, &open);
        }
        current
    }
}

impl<P: Profile> Binder<'_, P> {
    pub(crate) fn current_stage(&mut self, of: &StageOf) -> CurrentStageNode<P> {
        CurrentStageNode {
            lifecycle: self.lifecycle(&of.lifecycle),
            subject: of.subject.clone(),
        }
    }

    pub(crate) fn lifecycle(&mut self, lifecycle: &Arc<Lifecycle>) -> Arc<LifecycleNode<P>> {
        let fingerprint = lifecycle.fingerprint();
        if let Some(node) = self.lifecycles.get(&fingerprint) {
            return node.clone();
        }
        let stages = lifecycle
            .stages
            .iter()
            .map(|stage| StageNode {
                cond: self.cond(&stage.cond),
                from: stage.from,
            })
            .collect();
        let node = Arc::new(LifecycleNode {
            name: lifecycle.name.clone(),
            stages,
        });
        self.lifecycles.insert(fingerprint, node.clone());
        node
    }
}

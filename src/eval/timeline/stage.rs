//! The present stage of a lifecycle, and how a profile came to it.

use super::lifecycle::{CurrentStage, LifecycleNode, StageNode};
use super::stage_history::Move;
use super::{Past, StateTimeline, Step};
use crate::eval::Binder;
use crate::eval::context::Ctx;
use crate::ir::{Lifecycle, StageId, StageOf};
use crate::profile::{Profile, Val};
use crate::time::Instant;
use std::ops::ControlFlow;
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
}

impl<P: Profile> StateTimeline<P> for CurrentStageNode<P> {
    fn walk<'a>(
        &'a self,
        ctx: &Ctx<'a, P>,
        past: Past,
        visit: &mut dyn FnMut(Step<'a>) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let scope = self.scope(ctx);
        let present = if let Past::LastChange = past {
            let present = self.lifecycle.current_stage(&scope);
            visit(Step::Is {
                since: present.since,
                value: value_of(present.stage),
            })?;
            present
        } else {
            let mut flow = visit(Step::Is {
                since: Instant::MIN.micros(),
                value: Val::Missing,
            });
            let mut before = None;
            let present = self.lifecycle.walk(&scope, |Move { at, stage }| {
                if flow.is_continue() {
                    flow = visit(moved(at, before, stage));
                }
                before = Some(stage);
            });
            flow?;
            present
        };
        visit(Step::Now)?;
        let end = self
            .lifecycle
            .next_transition_where(&scope, present, |at, from, to| {
                visit(moved(at, from, to)).is_break()
            });
        match end {
            Ok(_) => ControlFlow::Continue(()),
            Err(from) => visit(Step::Unknown { from }),
        }
    }

    fn max_changes<'a>(&'a self, ctx: &Ctx<'a, P>, of: usize) -> usize {
        self.lifecycle.max_change_points(ctx, of)
    }
}

fn moved<'v>(at: i64, from: Option<StageId>, to: StageId) -> Step<'v> {
    Step::Becomes {
        at,
        before: value_of(from),
        after: value_of(Some(to)),
    }
}

/// A stage as a value.
pub(crate) fn value_of<'v>(stage: Option<StageId>) -> Val<'v> {
    stage.map_or(Val::Missing, |stage| Val::Whole(stage.whole()))
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

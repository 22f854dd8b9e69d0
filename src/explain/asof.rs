//! What was so: explained as of then.

use super::report::{ExplanationNode, PartKind};
use super::source::name;
use super::value::instant;
use super::walk::{Explainer, Facts, Query};
use crate::eval::cond::Node;
use crate::eval::value::TermNode;
use crate::ir::{Cond, Term, TermKind};
use crate::profile::Profile;
use std::mem::take;

impl<P: Profile> Explainer<'_, P> {
    pub(super) fn as_of(
        &mut self,
        cond: &Cond,
        inner: &Cond,
        query: Query<'_, '_, P>,
        facts: &mut Facts,
    ) {
        let node = self.binder.cond(cond);
        let Node::AsOf(node) = &node else { return };
        let then = node.scope(query.ctx);
        facts.read("then", Some(instant(then.now, self.calendar.zone)), None);
        let part = self.of_another_time(|explainer| explainer.cond(inner, query.text, &then).part);
        facts.parts.push(past(part));
    }

    /// What a value rested on then.
    pub(super) fn collect_as_of(
        &mut self,
        term: &Term,
        inner: &Term,
        query: Query<'_, '_, P>,
        facts: &mut Facts,
    ) {
        let node = self.binder.term(term);
        let TermNode::AsOf(node) = &node else { return };
        let then = node.scope(query.ctx);
        let mut inside = Facts::default();
        self.of_another_time(|explainer| {
            explainer.collect_term(
                inner,
                false,
                Query {
                    ctx: &then,
                    ..query
                },
                &mut inside,
            )
        });
        facts.readings.append(&mut inside.readings);
        facts.evidence.append(&mut inside.evidence);
        let called = name(term, query.text, self.schema);
        facts.parts.extend(
            inside
                .parts
                .into_iter()
                .map(past)
                .map(|part| match part.kind {
                    PartKind::Trait { value, .. } if matches!(inner.kind, TermKind::Trait(_)) => {
                        ExplanationNode {
                            kind: PartKind::Trait {
                                name: called.clone(),
                                value,
                            },
                            ..part
                        }
                    }
                    PartKind::All
                    | PartKind::Any
                    | PartKind::Not
                    | PartKind::Test
                    | PartKind::Segment { .. }
                    | PartKind::Tag { .. }
                    | PartKind::Trait { .. }
                    | PartKind::Case { .. }
                    | PartKind::Step { .. } => part,
                }),
        );
    }

    /// What was explained of the present says nothing of another time, nor the other way round.
    fn of_another_time<R>(&mut self, work: impl FnOnce(&mut Self) -> R) -> R {
        let known = (
            take(&mut self.segments),
            take(&mut self.traits),
            take(&mut self.case_counterfactuals),
        );
        let result = work(self);
        (self.segments, self.traits, self.case_counterfactuals) = known;
        result
    }
}

/// What has passed: when it would have changed does not matter any more, and nothing can be done about it.
fn past(part: ExplanationNode) -> ExplanationNode {
    let parts = part.parts.into_iter().map(past).collect();
    ExplanationNode {
        until: None,
        changes: Vec::new(),
        parts,
        ..part
    }
}

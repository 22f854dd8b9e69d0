//! What was so: explained as of then.

use super::report::{Part, PartKind};
use super::source::name;
use super::value::instant;
use super::walk::{Asked, Explainer, Found};
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
        asked: Asked<'_, '_, P>,
        found: &mut Found,
    ) {
        let node = self.binder.cond(cond);
        let Node::AsOf(node) = &node else { return };
        let then = node.scope(asked.ctx);
        found.read("then", Some(instant(then.now, self.calendar.zone)), None);
        let part = self.of_another_time(|explainer| explainer.cond(inner, asked.text, &then).part);
        found.parts.push(past(part));
    }

    /// What a value rested on then.
    pub(super) fn facts_as_of(
        &mut self,
        term: &Term,
        inner: &Term,
        asked: Asked<'_, '_, P>,
        found: &mut Found,
    ) {
        let node = self.binder.term(term);
        let TermNode::AsOf(node) = &node else { return };
        let then = node.scope(asked.ctx);
        let mut inside = Found::default();
        self.of_another_time(|explainer| {
            explainer.facts(
                inner,
                false,
                Asked {
                    ctx: &then,
                    ..asked
                },
                &mut inside,
            )
        });
        found.readings.append(&mut inside.readings);
        found.evidence.append(&mut inside.evidence);
        let called = name(term, asked.text, self.schema);
        found.parts.extend(
            inside
                .parts
                .into_iter()
                .map(past)
                .map(|part| match part.kind {
                    PartKind::Trait { value, .. } if matches!(inner.kind, TermKind::Trait(_)) => {
                        Part {
                            kind: PartKind::Trait {
                                name: called.clone(),
                                value,
                            },
                            ..part
                        }
                    }
                    _ => part,
                }),
        );
    }

    /// What was explained of the present says nothing of another time, nor the other way round.
    fn of_another_time<R>(&mut self, work: impl FnOnce(&mut Self) -> R) -> R {
        let known = (
            take(&mut self.segments),
            take(&mut self.traits),
            take(&mut self.case_turns),
        );
        let result = work(self);
        (self.segments, self.traits, self.case_turns) = known;
        result
    }
}

/// What has passed: when it would have changed does not matter any more, and nothing can be done about it.
fn past(part: Part) -> Part {
    let parts = part.parts.into_iter().map(past).collect();
    Part {
        until: None,
        changes: Vec::new(),
        parts,
        ..part
    }
}

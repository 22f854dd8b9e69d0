//! Stages of lifecycles: the present one, since when, and what is next.

use super::report::PartKind;
use super::source::stage_words;
use super::value::{instant, rough};
use super::walk::{Explainer, Facts, Query};
use crate::eval::cond::Node;
use crate::eval::timeline::lifecycle::{CurrentStage, bit};
use crate::eval::timeline::stage::CurrentStageNode;
use crate::ir::{Cond, StageOf, StageTest};
use crate::profile::Profile;
use crate::syntax::{HeldOp, quoted_name};
use crate::time::{Instant, NEVER};

fn stage_name(of: &StageOf, stage: Option<u8>) -> Option<String> {
    of.lifecycle
        .names
        .values
        .get(usize::from(stage?))
        .map(|name| quoted_name(name))
}

impl<P: Profile> Explainer<'_, P> {
    fn since(&self, at: i64) -> String {
        if at == Instant::MIN.micros() {
            "ever".to_owned()
        } else {
            instant(at, self.calendar.zone)
        }
    }

    /// The present stage, since when, and what comes next if nothing new happens.
    pub(super) fn present_stage(
        &mut self,
        of: &StageOf,
        query: Query<'_, '_, P>,
        facts: &mut Facts,
    ) {
        let node = self.binder.current_stage(of);
        let standing = node.current_stage(query.ctx);
        let name = stage_words(of);
        let since = standing
            .stage
            .map(|_| format!("since {}", self.since(standing.since)));
        facts.read(name.clone(), stage_name(of, standing.stage), since);
        self.next_stage(of, &node, standing, query, facts);
        // Why it is this one: the conditions of the stages that may be entered from here, up to the one that keeps it.
        let place = node.scope(query.ctx);
        let here = bit(standing.stage);
        for (stage, name) in of
            .lifecycle
            .stages
            .iter()
            .zip(of.lifecycle.names.values.iter())
        {
            if stage.from & here == 0 {
                continue;
            }
            let explained = self.cond(&stage.cond, &stage.text, &place);
            let (holds, until) = (explained.part.holds, explained.part.until);
            let kind = PartKind::Case {
                value: quoted_name(name),
            };
            let text = explained.part.text.clone();
            facts.parts.push(self.part(
                kind,
                text,
                holds,
                until,
                &explained.counterfactual,
                vec![explained.part],
            ));
            if holds {
                break;
            }
        }
    }

    fn next_stage(
        &mut self,
        of: &StageOf,
        node: &CurrentStageNode<P>,
        standing: CurrentStage,
        query: Query<'_, '_, P>,
        facts: &mut Facts,
    ) {
        let mut to = None;
        let at =
            node.lifecycle
                .next_transition_where(&node.scope(query.ctx), standing, |passage| {
                    to = passage.to;
                    true
                });
        if at != NEVER {
            let when = Some(format!("at {}", instant(at, self.calendar.zone)));
            facts.read(
                format!("next {}", stage_words(of)),
                stage_name(of, to),
                when,
            );
        }
    }

    /// How long a stage has been, whether it ever was, when it was entered or left.
    pub(super) fn stage_test(
        &mut self,
        cond: &Cond,
        of: &StageOf,
        test: StageTest,
        query: Query<'_, '_, P>,
        facts: &mut Facts,
    ) {
        let node = self.binder.cond(cond);
        let Node::Stage(node) = &node else { return };
        match test {
            StageTest::Held {
                stages,
                op,
                duration,
            } => {
                let (since, _) = node.held_since(query.ctx, stages);
                let now = query.now();
                let value = since.map(|since| match since == Instant::MIN.micros() {
                    true => "ever".to_owned(),
                    false => format!(
                        "{}, since {}",
                        rough(now.saturating_sub(since)),
                        self.since(since)
                    ),
                });
                let margin = since
                    .filter(|s| *s > Instant::MIN.micros() && !query.inner())
                    .map(|since| {
                        let ripe = node.held_for(op, duration).reached(since);
                        match op {
                            HeldOp::LessThan => {
                                format!("{} too long", rough(now.saturating_sub(ripe)))
                            }
                            HeldOp::MoreThan | HeldOp::AtLeast => {
                                let more = i64::from(op == HeldOp::MoreThan);
                                format!(
                                    "{} short",
                                    rough(ripe.saturating_sub(now).saturating_add(more))
                                )
                            }
                        }
                    });
                facts.read("how long it has been so", value, margin);
            }
            StageTest::Ever(stages) => {
                let mut first = None;
                node.stage.transitions(query.ctx, |at, passage| {
                    if passage.entered & stages != 0 {
                        first = first.or(Some(at));
                    }
                });
                facts.read(
                    "first entered",
                    Some(first.map_or_else(|| "never".to_owned(), |at| self.since(at))),
                    None,
                );
            }
            StageTest::Moved {
                entered, stages, ..
            } => {
                let mut last = None;
                node.stage.transitions(query.ctx, |at, passage| {
                    let moved = if entered {
                        passage.entered
                    } else {
                        passage.left()
                    };
                    if at > Instant::MIN.micros() && moved & stages != 0 {
                        last = Some(at);
                    }
                });
                let low = node.since.value(query.ctx).unwrap_or(i64::MIN);
                let margin = last
                    .filter(|at| *at < low)
                    .map(|at| format!("{} too long ago", rough(low.saturating_sub(at))));
                let name = if entered { "last entered" } else { "last left" };
                facts.read(
                    name,
                    Some(last.map_or_else(|| "never".to_owned(), |at| self.since(at))),
                    margin,
                );
            }
        }
        self.present_stage(of, query, facts);
    }
}

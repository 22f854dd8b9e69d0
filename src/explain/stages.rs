//! Stages of lifecycles: the present one, since when, and what is next.

use super::report::PartKind;
use super::source::stage_words;
use super::value::instant;
use super::walk::{Explainer, Facts, Query};
use crate::eval::timeline::lifecycle::CurrentStage;
use crate::eval::timeline::stage::CurrentStageNode;
use crate::ir::{StageId, StageOf};
use crate::profile::Profile;
use crate::syntax::quoted_name;
use crate::time::{Instant, NEVER};

fn stage_name(of: &StageOf, stage: Option<StageId>) -> Option<String> {
    of.lifecycle
        .names
        .values
        .get(stage?.index())
        .map(|name| quoted_name(name))
}

impl<P: Profile> Explainer<'_, P> {
    pub(super) fn since(&self, at: i64) -> String {
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
        for (stage, name) in of
            .lifecycle
            .stages
            .iter()
            .zip(of.lifecycle.names.values.iter())
        {
            if !stage.from.contains(standing.stage) {
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
        let (scope, mut to) = (node.scope(query.ctx), None);
        let stop = |_, _, stage| {
            to = Some(stage);
            true
        };
        let at = scope.limited(|scope| node.lifecycle.next_transition_where(scope, standing, stop));
        if let Ok(at) = at
            && at != NEVER
        {
            let when = Some(format!("at {}", instant(at, self.calendar.zone)));
            facts.read(
                format!("next {}", stage_words(of)),
                stage_name(of, to),
                when,
            );
        }
    }
}

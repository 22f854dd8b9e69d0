//! Conditions on the stages of a lifecycle.

use super::checker::Checker;
use super::history::moved;
use super::resolve::stage_term;
use super::suggest::suggest_whole;
use super::types::Expected;
use crate::diagnostic::Diagnostic;
use crate::ir::{
    Between, CalendarSpan, Cond, CondKind, Lit, Operand, Order, StageId, StageOf, StateOf,
    StateTest, StateValues, Term, TermKind, Windows,
};
use crate::span::Span;
use crate::syntax::{Expr, ExprKind, HeldOp, Name, OfLifecycle, TimeSpan};

impl Checker<'_> {
    fn stage_id(&mut self, of: &StageOf, stage: &Name) -> Option<StageId> {
        let names = &of.lifecycle.names;
        if let Some(i) = names.index_of(&stage.text) {
            return Some(StageId::new(i));
        }
        let known: Vec<&str> = names.values.iter().map(String::as_str).collect();
        let message = format!("`{}` has no stage `{}`", of.lifecycle.name, stage.text);
        self.report(suggest_whole(
            Diagnostic::error("E0104", stage.span, message),
            stage.span,
            &stage.text,
            &known,
        ))
    }

    /// `in stage decision`, `ever in stage decision`
    pub(super) fn in_stage(
        &mut self,
        ever: bool,
        stage: &Name,
        of: Option<&OfLifecycle>,
        span: Span,
    ) -> Option<Cond> {
        if !ever
            && of.is_none()
            && let Some(value) = self.named_stage(span)
            && !matches!(value.kind, TermKind::Stage(_))
        {
            // An attribute of this name.
            let lit = self.literal_of(
                &Expr {
                    kind: ExprKind::Path(vec![stage.clone()]),
                    span: stage.span,
                },
                Expected::like(&value),
            )?;
            let right = Term::new(TermKind::Lit(lit), value.ty.clone(), stage.span);
            return self.comparison(Order::Eq, value, right, false, span);
        }
        let of = self.lifecycle(of, span)?;
        let id = self.stage_id(&of, stage)?;
        if ever {
            let kind = CondKind::State {
                of: StateOf::Stage(of),
                test: StateTest::Was {
                    values: values([Some(id)]),
                    windows: Windows::default(),
                },
            };
            return Some(Cond::new(kind, span));
        }
        let left = stage_term(of, span);
        let lit = Lit::Whole(id.whole());
        let right = Term::new(TermKind::Lit(lit), left.ty.clone(), stage.span);
        Some(Cond::new(
            CondKind::Compare {
                op: Order::Eq,
                left,
                right,
                ignoring_case: false,
            },
            span,
        ))
    }

    /// `entered stage decision within 7 days`
    pub(super) fn stage_move(
        &mut self,
        entered: bool,
        stage: &Name,
        of: Option<&OfLifecycle>,
        within: TimeSpan,
        span: Span,
    ) -> Option<CondKind> {
        let of = self.lifecycle(of, span)?;
        let stage = values([Some(self.stage_id(&of, stage)?)]);
        let within = self.calendar_span(within, span)?;
        Some(moved(StateOf::Stage(of), entered, stage, within))
    }

    /// `in stage for more than 3 days`: the lifecycle, if the expression is its stage and no attribute.
    pub(super) fn whole_stage(&mut self, e: &Expr) -> Option<StageOf> {
        let term = if let ExprKind::Stage(of) = &e.kind {
            self.stage_of(of, e.span)?
        } else if let ExprKind::Path(names) = &e.kind
            && let [name] = names.as_slice()
        {
            if self.named_stage(e.span).is_none() && self.is_stage(&name.text) {
                self.bare_stage(e.span)?
            } else {
                self.named(&name.text, e.span)?
            }
        } else {
            return None;
        };
        if let TermKind::Stage(of) = term.kind {
            Some(of)
        } else {
            None
        }
    }
}

/// Stages as values; `None` is no stage.
fn values(stages: impl IntoIterator<Item = Option<StageId>>) -> StateValues {
    let value = |stage: Option<StageId>| stage.map(|stage| Lit::Whole(stage.whole()));
    stages.into_iter().map(value).collect()
}

/// A condition on nothing but one lifecycle's stage: the stages in which it holds.
pub(super) fn stages_of(cond: &Cond) -> Option<(StageOf, StateValues)> {
    let of = |term: &Term| {
        if let TermKind::Stage(of) = &term.kind {
            Some(of.clone())
        } else {
            None
        }
    };
    let index = |lit: &Lit| {
        if let Lit::Whole(v) = lit {
            usize::try_from(*v).ok().map(StageId::new)
        } else {
            None
        }
    };
    let all = |of: &StageOf| of.lifecycle.stage_ids().map(Some);
    let those = |of: &StageOf, test: &dyn Fn(StageId) -> bool| {
        values(all(of).filter(|stage| stage.is_some_and(test)))
    };
    if let CondKind::Compare {
        op, left, right, ..
    } = &cond.kind
    {
        let (of, op, lit) = match (of(left), &right.kind, of(right), &left.kind) {
            (Some(of), TermKind::Lit(lit), ..) => (of, *op, lit),
            (.., Some(of), TermKind::Lit(lit)) => (of, op.flipped(), lit),
            _ => return None,
        };
        let wanted = index(lit)?;
        let stages = those(&of, &|i| op.accepts(i.cmp(&wanted)));
        Some((of, stages))
    } else if let Some(Between { value, low, high }) = cond.as_between() {
        let (TermKind::Lit(low), TermKind::Lit(high)) = (&low.kind, &high.kind) else {
            return None;
        };
        let (of, low, high) = (of(value)?, index(low)?, index(high)?);
        let stages = those(&of, &|i| (low..=high).contains(&i));
        Some((of, stages))
    } else if let CondKind::OneOf { value, set, .. } = &cond.kind {
        let of = of(value)?;
        let stages = those(&of, &|i| set.iter().any(|lit| index(lit) == Some(i)));
        Some((of, stages))
    } else if let CondKind::Present(Operand::Term(value)) = &cond.kind {
        let of = of(value)?;
        let stages = those(&of, &|_| true);
        Some((of, stages))
    } else if let CondKind::Not(inner) = &cond.kind {
        let (of, stages) = stages_of(inner)?;
        let mut others = values(all(&of).chain([None]));
        others.retain(|stage| !stages.contains(stage));
        Some((of, others))
    } else {
        None
    }
}

/// `stage >= decision for at least 3 days`
pub(super) fn held(
    of: StageOf,
    values: Option<StateValues>,
    op: HeldOp,
    duration: CalendarSpan,
) -> CondKind {
    CondKind::State {
        of: StateOf::Stage(of),
        test: StateTest::Held {
            values,
            op,
            duration,
        },
    }
}

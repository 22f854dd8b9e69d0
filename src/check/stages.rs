//! Conditions on the stages of a lifecycle.

use super::checker::Checker;
use super::resolve::stage_term;
use super::suggest::suggest_whole;
use super::types::Expected;
use crate::diagnostic::Diagnostic;
use crate::ir::{
    Between, CalendarSpan, Cond, CondKind, Lit, MAX_STAGES, Operand, Order, StageOf, StageTest,
    Term, TermKind,
};
use crate::span::Span;
use crate::syntax::{Expr, ExprKind, HeldOp, Name, OfLifecycle, TimeSpan};

impl Checker<'_> {
    fn stage_index(&mut self, of: &StageOf, stage: &Name) -> Option<usize> {
        let names = &of.lifecycle.names;
        if let Some(i) = names.index_of(&stage.text) {
            return Some(i);
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
        let index = self.stage_index(&of, stage)?;
        if ever {
            return Some(Cond::new(
                CondKind::Stage {
                    of,
                    test: StageTest::Ever(1 << index),
                },
                span,
            ));
        }
        let left = stage_term(of, span);
        let lit = Lit::Whole(i128::try_from(index).ok()?);
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
        let stages = 1 << self.stage_index(&of, stage)?;
        let within = self.calendar_span(within, span)?;
        Some(CondKind::Stage {
            of,
            test: StageTest::Moved {
                entered,
                stages,
                within,
            },
        })
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

/// A condition on nothing but one lifecycle's stage: the stages in which it holds.
pub(super) fn stages_of(cond: &Cond) -> Option<(StageOf, u64)> {
    let of = |term: &Term| {
        if let TermKind::Stage(of) = &term.kind {
            Some(of.clone())
        } else {
            None
        }
    };
    let index = |lit: &Lit| {
        if let Lit::Whole(v) = lit {
            usize::try_from(*v).ok()
        } else {
            None
        }
    };
    let those = |of: &StageOf, test: &dyn Fn(usize) -> bool| {
        (0..of.lifecycle.stages.len())
            .filter(|i| test(*i))
            .fold(0_u64, |bits, i| bits | 1 << i)
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
        let all = those(&of, &|_| true) | 1 << MAX_STAGES;
        Some((of, all & !stages))
    } else {
        None
    }
}

/// `stage >= decision for at least 3 days`
pub(super) fn held(
    of: StageOf,
    stages: Option<u64>,
    op: HeldOp,
    duration: CalendarSpan,
) -> CondKind {
    CondKind::Stage {
        of,
        test: StageTest::Held {
            stages,
            op,
            duration,
        },
    }
}

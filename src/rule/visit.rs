//! A walk over everything in a typed rule, through what it refers to.

use super::ir::{Anchor, Bound, Cond, CondKind, FieldRef, Operand, Select, Term, TermKind, Windows};

/// Something in a rule.
#[derive(Clone, Copy)]
pub(crate) enum Seen<'a> {
    Cond(&'a Cond),
    Term(&'a Term),
    Field(&'a FieldRef),
    Select(&'a Select),
    Bound(&'a Bound),
}

pub(crate) fn visit_cond<'a>(cond: &'a Cond, f: &mut dyn FnMut(Seen<'a>)) {
    f(Seen::Cond(cond));
    match &cond.kind {
        CondKind::Const(_) | CondKind::Sample { .. } | CondKind::Tagged(_) => {}
        CondKind::All(parts) | CondKind::Any(parts) => parts.iter().for_each(|p| visit_cond(p, f)),
        CondKind::Not(part) | CondKind::Held { condition: part, .. } => visit_cond(part, f),
        CondKind::Compare { left, right, .. } => {
            visit_term(left, f);
            visit_term(right, f);
        }
        CondKind::Between { value, low, high } => [value, low, high].into_iter().for_each(|t| visit_term(t, f)),
        CondKind::OneOf { value, .. }
        | CondKind::Text { value, .. }
        | CondKind::Substring { value, .. }
        | CondKind::Near { value, .. }
        | CondKind::Truth(value)
        | CondKind::Upcoming { value, .. } => visit_term(value, f),
        CondKind::Contains { list, .. } => f(Seen::Field(list)),
        CondKind::Present(operand) | CondKind::Empty(operand) => match operand {
            Operand::Term(term) => visit_term(term, f),
            Operand::List(field) => f(Seen::Field(field)),
        },
        CondKind::Timed { value, windows } => {
            visit_term(value, f);
            visit_windows(windows, f);
        }
        CondKind::Happened(select) | CondKind::Regularly { select, .. } => visit_select(select, f),
        CondKind::Sequence(steps) => steps.iter().for_each(|s| visit_select(&s.select, f)),
        CondKind::Segment(segment) | CondKind::Moved { segment, .. } => visit_cond(&segment.cond, f),
        CondKind::Was { value, windows, .. } | CondKind::Changed { value, windows, .. } => {
            f(Seen::Field(value));
            visit_windows(windows, f);
        }
    }
}

pub(crate) fn visit_term<'a>(term: &'a Term, f: &mut dyn FnMut(Seen<'a>)) {
    f(Seen::Term(term));
    match &term.kind {
        TermKind::Lit(_) | TermKind::Id | TermKind::At(_) | TermKind::Now | TermKind::Today(_) => {}
        TermKind::Field(field) => f(Seen::Field(field)),
        TermKind::Part { of, .. }
        | TermKind::PlusMonths { of, .. }
        | TermKind::Negate(of)
        | TermKind::Call { of, .. } => {
            visit_term(of, f);
        }
        TermKind::Aggregate { select, of, .. } => {
            visit_select(select, f);
            if let Some(of) = of {
                visit_term(of, f);
            }
        }
        TermKind::Arithmetic { left, right, .. } => {
            visit_term(left, f);
            visit_term(right, f);
        }
        TermKind::Cases { cases, .. } => cases.iter().for_each(|c| visit_cond(&c.cond, f)),
        TermKind::OnlyIf { cond, of } => {
            visit_cond(cond, f);
            visit_term(of, f);
        }
        TermKind::Trait(named) => visit_term(&named.term, f),
        TermKind::Score(score) => visit_term(&score.value, f),
    }
}

pub(crate) fn visit_select<'a>(select: &'a Select, f: &mut dyn FnMut(Seen<'a>)) {
    f(Seen::Select(select));
    select.filter.iter().for_each(|c| visit_cond(c, f));
    visit_windows(&select.windows, f);
}

pub(crate) fn visit_windows<'a>(windows: &'a Windows, f: &mut dyn FnMut(Seen<'a>)) {
    for bound in windows.lower.iter().chain(&windows.upper) {
        f(Seen::Bound(bound));
        if let Anchor::Term { term, .. } = &bound.anchor {
            visit_term(term, f);
        }
    }
}

impl Seen<'_> {
    /// Whether it looks at the event of a named step.
    pub(crate) fn is_step(self) -> bool {
        match self {
            Seen::Field(FieldRef::StepProperty(..)) => true,
            Seen::Term(term) => matches!(term.kind, TermKind::At(Some(_))),
            _ => false,
        }
    }
}

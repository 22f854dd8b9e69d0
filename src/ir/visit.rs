//! A walk over everything in a typed rule, through what it refers to.

use super::field::{FieldRef, PropertyRef};
use super::form::{Bound, Cond, CondKind, Operand, Rows, Select, StageOf, Term, TermKind, Windows};

/// Something in a rule.
#[derive(Clone, Copy)]
pub(crate) enum Seen<'a> {
    Cond(&'a Cond),
    Term(&'a Term),
    Field(&'a FieldRef),
    /// A property of the event under test.
    Property(&'a PropertyRef),
    Select(&'a Select),
    Rows(&'a Rows),
    Bound(&'a Bound),
}

/// Visits a condition and everything in it, through what it refers to.
pub(crate) fn visit_cond<'a>(cond: &'a Cond, f: &mut dyn FnMut(Seen<'a>)) {
    visit(cond, true, f);
}

/// Visits a condition and what is written in it, not through what it refers to.
pub(crate) fn visit_written<'a>(cond: &'a Cond, f: &mut dyn FnMut(Seen<'a>)) {
    visit(cond, false, f);
}

/// Visits a value and what is written in it, not through what it refers to.
pub(crate) fn visit_written_term<'a>(term: &'a Term, f: &mut dyn FnMut(Seen<'a>)) {
    visit_value(term, false, f);
}

/// Visits a value and everything in it, through what it refers to.
pub(crate) fn visit_term<'a>(term: &'a Term, f: &mut dyn FnMut(Seen<'a>)) {
    visit_value(term, true, f);
}

/// Visits the bounds of windows and the values they count from.
pub(crate) fn visit_windows<'a>(windows: &'a Windows, f: &mut dyn FnMut(Seen<'a>)) {
    visit_bounds(windows, true, f);
}

fn visit<'a>(cond: &'a Cond, follow: bool, f: &mut dyn FnMut(Seen<'a>)) {
    f(Seen::Cond(cond));
    match &cond.kind {
        CondKind::Const(_) | CondKind::Sample { .. } | CondKind::Tagged(_) => {}
        CondKind::OfSubject(property) => f(Seen::Property(property)),
        CondKind::All(parts) | CondKind::Any(parts) => {
            parts.iter().for_each(|p| visit(p, follow, f))
        }
        CondKind::Not(part)
        | CondKind::Held {
            condition: part, ..
        }
        | CondKind::AsOf { of: part, .. } => visit(part, follow, f),
        CondKind::Compare { left, right, .. } => {
            visit_value(left, follow, f);
            visit_value(right, follow, f);
        }
        CondKind::Between { value, low, high } => [value, low, high]
            .into_iter()
            .for_each(|t| visit_value(t, follow, f)),
        CondKind::OneOf { value, .. }
        | CondKind::Text { value, .. }
        | CondKind::Inside { value, .. }
        | CondKind::Truth(value)
        | CondKind::Upcoming { value, .. } => visit_value(value, follow, f),
        CondKind::Substring { value, values, .. } => std::iter::once(value)
            .chain(values)
            .for_each(|t| visit_value(t, follow, f)),
        CondKind::Contains { list, values, .. } => {
            f(Seen::Field(list));
            values.iter().for_each(|t| visit_value(t, follow, f));
        }
        CondKind::Present(operand) | CondKind::Empty(operand) => match operand {
            Operand::Term(term) => visit_value(term, follow, f),
            Operand::List(field) => f(Seen::Field(field)),
        },
        CondKind::Timed { value, windows } => {
            visit_value(value, follow, f);
            visit_bounds(windows, follow, f);
        }
        CondKind::Happened(select) | CondKind::Regularly { select, .. } => {
            visit_select(select, follow, f)
        }
        CondKind::Rows { rows, .. } => visit_rows(rows, follow, f),
        CondKind::Sequence(steps) => steps
            .iter()
            .for_each(|s| visit_select(&s.select, follow, f)),
        CondKind::Segment(segment) | CondKind::Moved { segment, .. } => {
            if follow {
                visit(&segment.cond, follow, f);
            }
        }
        CondKind::Stage { of, .. } => visit_stages(of, follow, f),
        CondKind::Was { value, windows, .. } | CondKind::Changed { value, windows, .. } => {
            f(Seen::Field(value));
            visit_bounds(windows, follow, f);
        }
    }
}

fn visit_value<'a>(term: &'a Term, follow: bool, f: &mut dyn FnMut(Seen<'a>)) {
    f(Seen::Term(term));
    match &term.kind {
        TermKind::Lit(_) | TermKind::Id | TermKind::At(_) | TermKind::Now | TermKind::Today(_) => {}
        TermKind::Field(field) => f(Seen::Field(field)),
        TermKind::Part { of, .. }
        | TermKind::AsOf { of, .. }
        | TermKind::PlusMonths { of, .. }
        | TermKind::Negate(of)
        | TermKind::Call { of, .. } => {
            visit_value(of, follow, f);
        }
        TermKind::Aggregate { select, of, .. } => {
            visit_select(select, follow, f);
            if let Some(of) = of {
                visit_value(of, follow, f);
            }
        }
        TermKind::Total { rows, of, .. } => {
            visit_rows(rows, follow, f);
            if let Some(of) = of {
                visit_value(of, follow, f);
            }
        }
        TermKind::Arithmetic { left, right, .. } => {
            visit_value(left, follow, f);
            visit_value(right, follow, f);
        }
        TermKind::Cases { cases, .. } => cases.iter().for_each(|c| visit(&c.cond, follow, f)),
        TermKind::OnlyIf { cond, of } => {
            visit(cond, follow, f);
            visit_value(of, follow, f);
        }
        TermKind::Stage(of) => visit_stages(of, follow, f),
        TermKind::Trait(named) => {
            if follow {
                visit_value(&named.term, follow, f);
            }
        }
        TermKind::Score(score) => {
            if follow {
                visit_value(&score.value, follow, f);
            }
        }
    }
}

fn visit_stages<'a>(of: &'a StageOf, follow: bool, f: &mut dyn FnMut(Seen<'a>)) {
    if follow {
        of.lifecycle
            .stages
            .iter()
            .for_each(|stage| visit(&stage.cond, follow, f));
    }
}

fn visit_select<'a>(select: &'a Select, follow: bool, f: &mut dyn FnMut(Seen<'a>)) {
    f(Seen::Select(select));
    select.filter.iter().for_each(|c| visit(c, follow, f));
    visit_bounds(&select.windows, follow, f);
}

fn visit_rows<'a>(rows: &'a Rows, follow: bool, f: &mut dyn FnMut(Seen<'a>)) {
    f(Seen::Rows(rows));
    rows.filter.iter().for_each(|c| visit(c, follow, f));
}

fn visit_bounds<'a>(windows: &'a Windows, follow: bool, f: &mut dyn FnMut(Seen<'a>)) {
    for bound in windows.lower.iter().chain(&windows.upper) {
        f(Seen::Bound(bound));
        if let Some(term) = bound.term() {
            visit_value(term, follow, f);
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

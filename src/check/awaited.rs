//! What a step of a journey waits for: events without a window are those since the profile came to the step.

use super::{Context, EntryNames};
use crate::check::CheckError;
use crate::ir::{Anchor, Bound, Cond, CondKind, Edge, EntryPart, Select, Step, Term, TermKind, Ty};
use crate::rule::Rule;
use crate::syntax::Aggregate;

impl Rule {
    /// Checks what a step waits for. `opened("letter_1")` is true of whoever has ever opened it; a step waits for somebody to
    /// open it now. So an event without a window counts if it comes after the profile has come to the step, its very instant
    /// excluded: the event that led there is no answer.
    pub(crate) fn check_awaited(
        text: &str,
        context: &Context,
        entry: &EntryNames,
    ) -> Result<Rule, CheckError> {
        let rule = Rule::check_for(text, context, Some(entry))?;
        Ok(rule.with_root(since_arrival))
    }
}

/// The condition, in which events without a window are those since the step began. Those in the parentheses of others, and in
/// what is named (segments, traits), mean what they do elsewhere; and where a profile is in a journey is no event.
fn since_arrival(cond: &Cond) -> Cond {
    let span = cond.span;
    let again = |kind| Cond::new(kind, span);
    let all = |parts: &[Cond]| parts.iter().map(since_arrival).collect();
    if cond.as_journey_place().is_some() {
        cond.clone()
    } else if let CondKind::All(parts) = &cond.kind {
        again(CondKind::All(all(parts)))
    } else if let CondKind::Any(parts) = &cond.kind {
        again(CondKind::Any(all(parts)))
    } else if let CondKind::Not(part) = &cond.kind {
        again(CondKind::Not(Box::new(since_arrival(part))))
    } else if let CondKind::Happened(select) = &cond.kind {
        again(CondKind::Happened(from_arrival(select)))
    } else if let CondKind::Sequence(steps) = &cond.kind {
        let steps = steps.iter().enumerate().map(|(i, step)| match i {
            0 => Step {
                select: from_arrival(&step.select),
                ..step.clone()
            },
            _ => step.clone(),
        });
        again(CondKind::Sequence(steps.collect()))
    } else if let CondKind::Compare {
        op,
        left,
        right,
        ignoring_case,
    } = &cond.kind
    {
        again(CondKind::Compare {
            op: *op,
            left: counted(left),
            right: counted(right),
            ignoring_case: *ignoring_case,
        })
    } else {
        cond.clone()
    }
}

/// A number of events, or another value of them, since the step began.
fn counted(term: &Term) -> Term {
    let TermKind::Aggregate {
        function,
        select,
        of,
    } = &term.kind
    else {
        return term.clone();
    };
    let kind = TermKind::Aggregate {
        function: Aggregate::clone(function),
        select: Box::new(from_arrival(select)),
        of: of.clone(),
    };
    Term::new(kind, term.ty.clone(), term.span)
}

fn from_arrival(select: &Select) -> Select {
    let mut select = select.clone();
    let windows = &mut select.windows;
    if windows.lower.is_empty() && windows.upper.is_empty() {
        let arrival = TermKind::Entry(EntryPart::StepBegan);
        let term = Box::new(Term::new(arrival, Ty::Instant, select.span));
        let anchor = Anchor::Term {
            term,
            edge: Edge::Exact,
        };
        windows.lower.push(Bound {
            anchor,
            months: 0,
            micros: 1,
        });
    }
    select
}

//! Terms taken apart: the one behind a trait, and the aggregates in it.

use crate::ir::{Select, Term, TermKind};

/// A constant of the rule.
pub(super) fn is_lit(term: &Term) -> bool {
    matches!(term.kind, TermKind::Lit(_))
}

/// Whether a term is a trait that is another name for a term.
pub(super) fn is_alias(term: &Term) -> bool {
    matches!(&term.kind, TermKind::Trait(named) if !matches!(named.term.kind, TermKind::Cases { .. }))
}

/// The term that a trait is another name for.
pub(super) fn core(term: &Term) -> &Term {
    match &term.kind {
        TermKind::Trait(named) if !matches!(named.term.kind, TermKind::Cases { .. }) => {
            core(&named.term)
        }
        TermKind::Lit(_)
        | TermKind::Id
        | TermKind::Field(_)
        | TermKind::At(_)
        | TermKind::Now
        | TermKind::Today(_)
        | TermKind::Part { .. }
        | TermKind::Aggregate { .. }
        | TermKind::Total { .. }
        | TermKind::Arithmetic { .. }
        | TermKind::PlusMonths { .. }
        | TermKind::Negate(_)
        | TermKind::Call { .. }
        | TermKind::Cases { .. }
        | TermKind::OnlyIf { .. }
        | TermKind::AsOf { .. }
        | TermKind::Stage(_)
        | TermKind::Trait(_)
        | TermKind::Score(_) => term,
    }
}

/// The text that the spans of [`core`] point into.
pub(super) fn core_text<'t>(term: &'t Term, text: &'t str) -> &'t str {
    match &term.kind {
        TermKind::Trait(named) if !matches!(named.term.kind, TermKind::Cases { .. }) => {
            core_text(&named.term, &named.text)
        }
        TermKind::Lit(_)
        | TermKind::Id
        | TermKind::Field(_)
        | TermKind::At(_)
        | TermKind::Now
        | TermKind::Today(_)
        | TermKind::Part { .. }
        | TermKind::Aggregate { .. }
        | TermKind::Total { .. }
        | TermKind::Arithmetic { .. }
        | TermKind::PlusMonths { .. }
        | TermKind::Negate(_)
        | TermKind::Call { .. }
        | TermKind::Cases { .. }
        | TermKind::OnlyIf { .. }
        | TermKind::AsOf { .. }
        | TermKind::Stage(_)
        | TermKind::Trait(_)
        | TermKind::Score(_) => text,
    }
}

/// The aggregates of a term, with the texts that their spans point into.
pub(super) fn aggregates_in<'t>(term: &'t Term, text: &'t str, out: &mut Vec<(&'t Term, &'t str)>) {
    match &term.kind {
        TermKind::Aggregate { .. } => out.push((term, text)),
        TermKind::Arithmetic { left, right, .. } => {
            aggregates_in(left, text, out);
            aggregates_in(right, text, out);
        }
        TermKind::Part { of, .. }
        | TermKind::PlusMonths { of, .. }
        | TermKind::Negate(of)
        | TermKind::Call { of, .. } => {
            aggregates_in(of, text, out);
        }
        TermKind::Trait(_) if is_alias(term) => {
            aggregates_in(core(term), core_text(term, text), out)
        }
        TermKind::Lit(_)
        | TermKind::Id
        | TermKind::Field(_)
        | TermKind::At(_)
        | TermKind::Now
        | TermKind::Today(_)
        | TermKind::Total { .. }
        | TermKind::Cases { .. }
        | TermKind::OnlyIf { .. }
        | TermKind::AsOf { .. }
        | TermKind::Stage(_)
        | TermKind::Trait(_)
        | TermKind::Score(_) => {}
    }
}

/// Whether a value is taken of events of kinds that are selected too, so that more of them may make it another one.
pub(super) fn reads_any_of(value: &Term, selected: &Select) -> bool {
    let mut aggregates = Vec::new();
    aggregates_in(value, "", &mut aggregates);
    aggregates.iter().any(|(term, _)| match &term.kind {
        TermKind::Aggregate { select, .. } => select
            .kinds
            .iter()
            .any(|kind| selected.kinds.contains(kind)),
        TermKind::Lit(_)
        | TermKind::Id
        | TermKind::Field(_)
        | TermKind::At(_)
        | TermKind::Now
        | TermKind::Today(_)
        | TermKind::Part { .. }
        | TermKind::Total { .. }
        | TermKind::Arithmetic { .. }
        | TermKind::PlusMonths { .. }
        | TermKind::Negate(_)
        | TermKind::Call { .. }
        | TermKind::Cases { .. }
        | TermKind::OnlyIf { .. }
        | TermKind::AsOf { .. }
        | TermKind::Stage(_)
        | TermKind::Trait(_)
        | TermKind::Score(_) => false,
    })
}

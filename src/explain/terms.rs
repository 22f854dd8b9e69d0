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
    if let TermKind::Trait(named) = &term.kind
        && is_alias(term)
    {
        core(&named.term)
    } else {
        term
    }
}

/// The text that the spans of [`core`] point into.
pub(super) fn core_text<'t>(term: &'t Term, text: &'t str) -> &'t str {
    if let TermKind::Trait(named) = &term.kind
        && is_alias(term)
    {
        core_text(&named.term, &named.text)
    } else {
        text
    }
}

/// The aggregates of a term, with the texts that their spans point into.
pub(super) fn aggregates_in<'t>(term: &'t Term, text: &'t str, out: &mut Vec<(&'t Term, &'t str)>) {
    if let TermKind::Aggregate { .. } = &term.kind {
        out.push((term, text));
    } else if is_alias(term) {
        aggregates_in(core(term), core_text(term, text), out);
    } else {
        let operands = term.kind.operands();
        operands.for_each(|of| aggregates_in(of, text, out));
    }
}

/// Whether a value is taken of events of kinds that are selected too, so that more of them may make it another one.
pub(super) fn reads_any_of(value: &Term, selected: &Select) -> bool {
    let mut aggregates = Vec::new();
    aggregates_in(value, "", &mut aggregates);
    aggregates.iter().any(|(term, _)| {
        let TermKind::Aggregate { select, .. } = &term.kind else {
            return false;
        };
        let mut kinds = select.kinds.iter();
        kinds.any(|kind| selected.kinds.contains(kind))
    })
}

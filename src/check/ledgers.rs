//! Points of a ledger: those that were earned, and those that expire.

use super::checker::Checker;
use super::suggest::suggest_whole;
use crate::diagnostic::Diagnostic;
use crate::ir::{LedgerValue, Term, TermKind, Ty};
use crate::span::Span;
use crate::syntax::{Name, TimeSpan};

impl Checker<'_> {
    /// `earned points within 30 days`, and, not `earned`, `points expiring within 30 days`
    pub(super) fn points(
        &mut self,
        name: &Name,
        earned: bool,
        within: TimeSpan,
        span: Span,
    ) -> Option<Term> {
        let ledger = match self.context.traits.get(&name.text).map(|of| &of.term.kind) {
            Some(TermKind::Ledger { ledger, .. }) => ledger.clone(),
            // It has an error of its own.
            None if self.context.declared_values.contains(&name.text)
                && self.context.defining.as_ref() != Some(&name.text) =>
            {
                return None;
            }
            _ => return self.report(self.no_ledger(name)),
        };
        let length = self.calendar_span(within, span)?;
        let value = if earned {
            LedgerValue::Earned(length)
        } else {
            LedgerValue::Expiring(length)
        };
        let kind = TermKind::Ledger { ledger, value };
        Some(Term::new(kind, Ty::Exact(0), span))
    }

    fn no_ledger(&self, name: &Name) -> Diagnostic {
        let traits = self.context.traits.iter();
        let ledgers = traits.filter(|(_, of)| matches!(of.term.kind, TermKind::Ledger { .. }));
        let known: Vec<&str> = ledgers.map(|(name, _)| name.as_str()).collect();
        let message = format!("there is no ledger `{}`", name.text);
        let diagnostic = Diagnostic::error("E0101", name.span, message);
        match known.as_slice() {
            [] => diagnostic.help("declare it under `ledgers`"),
            known => suggest_whole(diagnostic, name.span, &name.text, known),
        }
    }
}

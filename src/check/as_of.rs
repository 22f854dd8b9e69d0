//! What was so: `rfm as of 30 days ago = champion`, `(in segment vip) as of 1 month ago`.

use super::checker::Checker;
use super::types::Expected;
use crate::diagnostic::Diagnostic;
use crate::ir::visit::{Seen, visit_cond, visit_term};
use crate::ir::{CalendarSpan, CondKind, FieldRef, StateOf, Term, TermKind, Ty};
use crate::span::Span;
use crate::syntax::{Expr, ExprKind, TimeSpan};

impl Checker<'_> {
    /// A condition, asked of an earlier instant.
    pub(super) fn cond_as_of(&mut self, of: &Expr, ago: TimeSpan, span: Span) -> Option<CondKind> {
        let ago = self.calendar_span(ago, span);
        let inner = self.cond(of)?;
        let mut known = false;
        visit_cond(&inner, &mut |seen| known |= self.has_a_past(seen));
        self.refuse_present(known, of)?;
        Some(CondKind::AsOf {
            of: Box::new(inner),
            ago: ago?,
        })
    }

    /// A value, asked of an earlier instant.
    pub(super) fn term_as_of(
        &mut self,
        of: &Expr,
        ago: TimeSpan,
        span: Span,
        expected: Option<Expected<'_>>,
    ) -> Option<Term> {
        self.refuse_constant(of, span, expected)?;
        let length = self.calendar_span(ago, span);
        let inner = self.any_term(of)?;
        let mut known = false;
        visit_term(&inner, &mut |seen| known |= self.has_a_past(seen));
        self.refuse_present(known, of)?;
        let (ago, ty) = (length?, inner.ty.clone());
        if inner.depends_on_now && matches!(ago, CalendarSpan::Months(_)) {
            return self.report(
                Diagnostic::error(
                    "E0123",
                    span,
                    format!(
                        "it is not known when this changes: `{}` changes with `now`, and months differ in length",
                        self.source(of.span)
                    ),
                )
                .help("write a fixed length: `as of 30 days ago`"),
            );
        }
        Some(Term::new(
            TermKind::AsOf {
                of: Box::new(inner),
                ago,
            },
            ty,
            span,
        ))
    }

    /// `as of` belongs to what stands right before it: `rfm = champion as of 30 days ago` asks for the past of a constant.
    fn refuse_constant(
        &mut self,
        of: &Expr,
        span: Span,
        expected: Option<Expected<'_>>,
    ) -> Option<()> {
        let word = expected.is_some_and(|e| matches!(e.ty, Ty::Enum(_) | Ty::Named(_)))
            && self.is_bare_unknown(of);
        if !word && !matches!(of.kind, ExprKind::Literal(_)) {
            return Some(());
        }
        let source = self.source(of.span);
        self.report(
            Diagnostic::error("E0116", span, format!("`{source}` has no history"))
                .help("`as of` follows the name whose history is asked for, or a condition in parentheses: `(frequency = frequent) as of 30 days ago`"),
        )
    }

    /// Whether something may have been otherwise at an earlier instant.
    fn has_a_past(&self, seen: Seen<'_>) -> bool {
        match seen {
            Seen::Select(_) => true,
            Seen::Bound(bound) => bound.moves(),
            Seen::Field(FieldRef::Attribute(i)) => self
                .context
                .schema()
                .attribute_of(*i)
                .is_some_and(|attribute| attribute.tracked),
            Seen::Field(_) | Seen::Rows(_) | Seen::Definition(_) => false,
            // A score has a past where it was fitted more than once.
            Seen::Term(term) => {
                matches!(
                    term.kind,
                    TermKind::Now
                        | TermKind::Today(_)
                        | TermKind::Stage(_)
                        | TermKind::Score(_)
                        | TermKind::Ledger { .. }
                )
            }
            Seen::Cond(cond) => matches!(
                cond.kind,
                CondKind::Upcoming { .. }
                    | CondKind::State {
                        of: StateOf::Attribute(_) | StateOf::Stage(_),
                        ..
                    }
            ),
        }
    }

    fn refuse_present(&mut self, known: bool, of: &Expr) -> Option<()> {
        if known {
            return Some(());
        }
        let source = self.source(of.span);
        self.report(
            Diagnostic::error("E0116", of.span, format!("`{source}` has no history")).help(
                "events have a history, and so do attributes with `tracked = true` in the schema",
            ),
        )
    }
}

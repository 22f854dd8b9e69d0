//! Texts that name events and nothing else: what is counted of touchpoints, of channels, and in reports.

use super::reader::{KeyedText, Reader};
use crate::check::check_value;
use crate::diagnostic::Diagnostic;
use crate::ir::{Term, TermKind};
use crate::syntax::{self, Aggregate, Expr, ExprKind};

/// A text as an expression.
pub(super) fn parsed(at: KeyedText<'_>, reader: &mut Reader<'_>) -> Option<Expr> {
    reader.findings.joined_comments(at.path, at.text);
    match syntax::parse(at.text) {
        Ok(expr) => Some(expr),
        Err(found) => {
            found.into_iter().for_each(|found| reader.note(at, found));
            None
        }
    }
}

/// Whether an expression says when its events happened.
pub(super) fn has_window(expr: &Expr) -> bool {
    matches!(expr.kind, ExprKind::Windowed { .. })
}

/// What an aggregate makes of the events that an expression names; `code` is that of the error where it names none.
pub(super) fn aggregated(
    function: Aggregate,
    argument: Expr,
    code: &str,
    at: KeyedText<'_>,
    reader: &mut Reader<'_>,
) -> Option<Term> {
    let (span, source) = (argument.span, syntax::format(&argument));
    let call = Expr {
        span,
        kind: ExprKind::Aggregate {
            function,
            argument: Box::new(argument),
        },
    };
    let mut found = Vec::new();
    let term = check_value(&call, at.text, reader.context, &mut found);
    reader.context.place_names(at.path, at.text);
    let is_wrong = found.iter().any(Diagnostic::is_error);
    found.into_iter().for_each(|found| reader.note(at, found));
    let term = term.filter(|_| !is_wrong)?;
    if let TermKind::Aggregate { .. } = term.kind {
        return Some(term);
    }
    let diagnostic = Diagnostic::error(code, span, format!("`{source}` is not events"));
    reader.report(
        at,
        diagnostic.help("write a kind of events, such as `visited(\"home\")`"),
    )
}

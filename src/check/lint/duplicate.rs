//! W0103: the same part twice in one `and` or `or`.

use crate::check::checker::Checker;
use crate::diagnostic::Diagnostic;
use crate::ir::Cond;
use crate::syntax::{Expr, ExprKind};

/// So many parts are compared with one another; the time is the square of it.
const MAX_COMPARED: usize = 64;

pub(super) fn lint(_: &Cond, expr: &Expr, checker: &mut Checker<'_>) {
    walk(expr, checker);
}

fn walk(expr: &Expr, checker: &mut Checker<'_>) {
    let (parts, word) = if let ExprKind::And(parts) = &expr.kind {
        (parts, "and")
    } else if let ExprKind::Or(parts) = &expr.kind {
        (parts, "or")
    } else if let ExprKind::Not(part) = &expr.kind {
        return walk(part, checker);
    } else {
        return;
    };
    for (i, part) in parts.iter().enumerate().take(MAX_COMPARED) {
        if parts.iter().take(i).any(|p| p == part) {
            let source = checker.source(part.span);
            checker.found.push(
                Diagnostic::warning(
                    "W0103",
                    part.span,
                    format!("`{source}` stands twice in this `{word}`"),
                )
                .help("remove one"),
            );
        }
        walk(part, checker);
    }
}

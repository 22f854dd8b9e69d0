//! W0102: a comparison that comes out the same for everybody.

use crate::check::checker::Checker;
use crate::diagnostic::Diagnostic;
use crate::ir::visit::{Seen, visit_written};
use crate::ir::{Cond, CondKind, Lit, Order, Term, TermKind};
use crate::span::Span;
use crate::syntax::{Aggregate, Expr};

pub(super) fn lint(cond: &Cond, _: &Expr, checker: &mut Checker<'_>) {
    // Of `between`, one end alone says nothing about the whole.
    let mut between = None;
    visit_written(Seen::Cond(cond), &mut |seen| {
        let Seen::Cond(cond) = seen else { return };
        if cond.as_between().is_some() {
            between = Some(cond.span);
        }
        if let CondKind::Compare {
            op, left, right, ..
        } = &cond.kind
            && between.is_none_or(|span: Span| !span.is_at(cond.span))
            && let Some((always, why)) = settled(*op, left, right)
        {
            let always = if always { "true" } else { "false" };
            let message = format!("this condition is always {always}: {why}");
            let warning = Diagnostic::warning("W0102", cond.span, message);
            checker
                .found
                .push(warning.help("remove it, or correct the bound"));
        }
    });
}

/// Whether a comparison comes out the same for everybody.
fn settled(op: Order, left: &Term, right: &Term) -> Option<(bool, &'static str)> {
    let (term, op, lit) = match (&left.kind, &right.kind) {
        (kind, TermKind::Lit(Lit::Whole(v))) => (kind, op, *v),
        (TermKind::Lit(Lit::Whole(v)), kind) => (kind, op.flipped(), *v),
        _ => return None,
    };
    let counts = |function: &Aggregate| matches!(function, Aggregate::Count | Aggregate::Distinct);
    if !matches!(term, TermKind::Aggregate { function, .. } | TermKind::Total { function, .. } if counts(function))
    {
        return None;
    }
    const WHY: &str = "a count is never below 0";
    let always = match op {
        Order::Ge => (lit <= 0).then_some(true),
        Order::Gt => (lit < 0).then_some(true),
        Order::Lt => (lit <= 0).then_some(false),
        Order::Le | Order::Eq => (lit < 0).then_some(false),
    };
    Some((always?, WHY))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use crate::rule::Rule;
    use crate::schema::{EventKind, Schema};

    #[test]
    fn one_end_of_between_says_nothing_of_the_whole() {
        let schema = Schema::builder().kind(EventKind::new("viewed"));
        let schema = schema.build().unwrap();
        let warnings = |text: &str| Rule::check(text, &schema).unwrap().warnings().len();
        assert_eq!(warnings("count(viewed) >= 0 and count(viewed) <= 5"), 1);
        assert_eq!(warnings("count(viewed) between 0 and 5"), 0);
    }
}

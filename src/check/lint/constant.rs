//! W0102: a comparison that comes out the same for everybody.
//!
//! A count is never below 0, and a `decimal(2)` never 19.999.

use crate::check::checker::Checker;
use crate::diagnostic::Diagnostic;
use crate::ir::visit::{Seen, visit_written};
use crate::ir::{Cond, CondKind, Lit, Order, Term, TermKind, Ty};
use crate::span::Span;
use crate::syntax::{Aggregate, Expr};
use crate::value::decimal_text;

pub(super) fn lint(cond: &Cond, _: &Expr, checker: &mut Checker<'_>) {
    // Of `between`, one end alone says nothing about the whole.
    let mut between = None;
    visit_written(Seen::Cond(cond), &mut |seen| {
        let Seen::Cond(cond) = seen else { return };
        if cond.as_between().is_some() {
            between = Some(cond.span);
        }
        let CondKind::Compare {
            op, left, right, ..
        } = &cond.kind
        else {
            return;
        };
        if *op == Order::Eq
            && let Some(warning) = between_digits(cond.span, left, right)
        {
            checker.found.push(warning);
        }
        if between.is_none_or(|span: Span| !span.is_at(cond.span))
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

/// Warns of a constant that lies between two neighbours among the values that a number can have: 19.999 is neither 19.99 nor 20.00.
/// What is not equal to it is found here too, as the negation.
fn between_digits(span: Span, left: &Term, right: &Term) -> Option<Diagnostic> {
    let (term, lit, constant) = match (&left.kind, &right.kind) {
        (_, TermKind::Lit(Lit::Whole(v))) => (left, *v, right),
        (TermKind::Lit(Lit::Whole(v)), _) => (right, *v, left),
        _ => return None,
    };
    let (Ty::Exact(has), Ty::Exact(wanted)) = (&term.ty, &constant.ty) else {
        return None;
    };
    let step = 10_i128.checked_pow(u32::from(wanted.checked_sub(*has)?))?;
    let below = lit.div_euclid(step);
    if below * step == lit {
        return None;
    }
    let message = format!(
        "no {} is equal to `{}`",
        term.ty.words(),
        decimal_text(lit, *wanted)
    );
    let [below, above] = [below, below + 1].map(|v| decimal_text(v, *has));
    let help = format!("its neighbours are `{below}` and `{above}`; or compare by `<` or `>`");
    Some(Diagnostic::warning("W0102", span, message).help(help))
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
    use crate::schema::{EventKind, Field, Schema};
    use crate::value::Type;

    #[test]
    fn digits_that_say_nothing_do_no_harm() {
        let price = Field::new("price", Type::Decimal(2));
        let schema = Schema::builder().attribute(price).build().unwrap();
        let warnings = |text: &str| Rule::check(text, &schema).unwrap().warnings().len();
        for text in ["price = 19.900", "price < 19.999", "price * 0.1 = 1.999"] {
            assert_eq!(warnings(text), 0, "{text}");
        }
        assert_eq!(warnings("price = 19.999"), 1);
        assert_eq!(warnings("price * 0.1 = 1.9999"), 1);
    }

    #[test]
    fn one_end_of_between_says_nothing_of_the_whole() {
        let schema = Schema::builder().kind(EventKind::new("viewed"));
        let schema = schema.build().unwrap();
        let warnings = |text: &str| Rule::check(text, &schema).unwrap().warnings().len();
        assert_eq!(warnings("count(viewed) >= 0 and count(viewed) <= 5"), 1);
        assert_eq!(warnings("count(viewed) between 0 and 5"), 0);
    }
}

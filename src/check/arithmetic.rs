//! Sums, differences, products and quotients of values.

use super::anchor::is_clock_time;
use super::checker::Checker;
use super::duration::normal;
use super::types::start_of_day;
use crate::diagnostic::Diagnostic;
use crate::ir::{CalendarSpan, Lit, Term, TermKind, Ty};
use crate::span::Span;
use crate::syntax::{ArithmeticOp, Expr, ExprKind, Literal};
use crate::time::DAY;

impl Checker<'_> {
    pub(super) fn arithmetic(
        &mut self,
        op: ArithmeticOp,
        left: &Expr,
        right: &Expr,
        span: Span,
    ) -> Option<Term> {
        if let ExprKind::Literal(Literal::Duration(length)) = &right.kind
            && let Some(CalendarSpan::Months(n)) = normal(*length)
        {
            let of = self.any_term(left)?;
            let sign = match (op, &of.ty) {
                (ArithmeticOp::Add, Ty::Instant | Ty::Date) => 1,
                (ArithmeticOp::Subtract, Ty::Instant | Ty::Date) => -1,
                _ => {
                    return self.report(
                        Diagnostic::error(
                            "E0115",
                            right.span,
                            "months, quarters and years have no fixed length",
                        )
                        .help("they can be added to a date or an instant only"),
                    );
                }
            };
            let ty = of.ty.clone();
            return Some(Term::new(
                TermKind::PlusMonths {
                    of: Box::new(of),
                    months: sign * n,
                },
                ty,
                span,
            ));
        }
        for side in [left, right] {
            if self.is_events(side) {
                self.any_term(side)?;
            }
        }
        let clock = |e: &Expr| matches!(&e.kind, ExprKind::Literal(Literal::Duration(l)) if is_clock_time(l.unit));
        let (by_left, by_right) = (clock(left), clock(right));
        let (mut left, mut right) = self.pair(left, right)?;
        // A date moved by hours is an instant, whatever their number.
        if by_right && left.ty == Ty::Date {
            left = start_of_day(left);
        } else if by_left && right.ty == Ty::Date {
            right = start_of_day(right);
        }
        self.arithmetic_of(op, left, right, span)
    }

    pub(super) fn arithmetic_of(
        &mut self,
        op: ArithmeticOp,
        left: Term,
        right: Term,
        span: Span,
    ) -> Option<Term> {
        use ArithmeticOp::{Add, Divide, Multiply, Subtract};
        let ty = match (op, &left.ty, &right.ty) {
            (_, a, b) if number(a) && number(b) => type_of_numbers(op, a, b),
            (Subtract, Ty::Instant, Ty::Instant) | (Subtract, Ty::Date, Ty::Date) => Ty::Duration,
            (Subtract, Ty::Instant, Ty::Date) => {
                let right = start_of_day(right);
                return self.arithmetic_of(op, left, right, span);
            }
            (Subtract, Ty::Date, Ty::Instant) => {
                let left = start_of_day(left);
                return self.arithmetic_of(op, left, right, span);
            }
            (Add | Subtract, Ty::Instant, Ty::Duration) => Ty::Instant,
            (Add, Ty::Duration, Ty::Instant | Ty::Date) => {
                return self.arithmetic_of(op, right, left, span);
            }
            (Add | Subtract, Ty::Date, Ty::Duration) => {
                if let TermKind::Lit(Lit::Whole(v)) = right.kind
                    && v % i128::from(DAY) == 0
                {
                    if let TermKind::Today(days) = left.kind {
                        let by = i64::try_from(v / i128::from(DAY)).ok()?;
                        let days = days.saturating_add(if op == Add { by } else { -by });
                        return Some(Term::new(TermKind::Today(days), Ty::Date, span));
                    }
                    Ty::Date
                } else {
                    let left = start_of_day(left);
                    return self.arithmetic_of(op, left, right, span);
                }
            }
            (Add | Subtract, Ty::Duration, Ty::Duration) => Ty::Duration,
            (Multiply, Ty::Duration, n) if number(n) => Ty::Duration,
            (Multiply, n, Ty::Duration) if number(n) => {
                return self.arithmetic_of(op, right, left, span);
            }
            (Divide, Ty::Duration, n) if number(n) => Ty::Duration,
            (Divide, Ty::Duration, Ty::Duration) => Ty::Float,
            _ => {
                let diagnostic = self.not_for(op, &left, &right, span);
                return self.report(diagnostic);
            }
        };
        if (op == Multiply && left.depends_on_now && right.depends_on_now)
            || (op == Divide && right.depends_on_now)
        {
            return self.report(
                Diagnostic::error(
                    "E0123",
                    span,
                    "it is not known when this changes: `now` is multiplied with itself, or divided by",
                )
                .help("compare the parts one by one"),
            );
        }
        let kind = TermKind::Arithmetic {
            op,
            left: Box::new(left),
            right: Box::new(right),
        };
        Some(Term::new(kind, ty, span))
    }

    /// The finding about two values with which this cannot be done.
    fn not_for(&self, op: ArithmeticOp, left: &Term, right: &Term, span: Span) -> Diagnostic {
        use ArithmeticOp::{Add, Divide, Multiply, Subtract};
        let (l, r) = (self.source(left.span), self.source(right.span));
        let verb = match op {
            Add => "added",
            Subtract => "subtracted",
            Multiply => "multiplied",
            Divide => "divided",
        };
        let help = match (op, &left.ty, &right.ty) {
            (Add | Subtract, Ty::Date | Ty::Instant, n) if number(n) => {
                format!("write a duration with its unit: `{r} days`")
            }
            _ => "numbers go with numbers; an instant minus an instant is a `duration`".to_owned(),
        };
        let message = format!(
            "`{l}` is {}, and `{r}` is {}: they cannot be {verb}",
            left.ty.words(),
            right.ty.words()
        );
        let diagnostic = Diagnostic::error("E0105", span, message).help(help);
        if number(&left.ty) {
            self.retyped(diagnostic, &left.ty, right)
        } else {
            diagnostic
        }
    }
}

/// Whether a type counts as a number; weekdays and months do.
fn number(ty: &Ty) -> bool {
    ty.is_number() || matches!(ty, Ty::Named(_))
}

/// The type of what two numbers come to: exact as long as its digits fit.
fn type_of_numbers(op: ArithmeticOp, left: &Ty, right: &Ty) -> Ty {
    const MAX_DIGITS: u8 = 18;
    let scale = |ty: &Ty| {
        if let Ty::Exact(scale) = ty {
            return Some(*scale);
        }
        matches!(ty, Ty::Named(_)).then_some(0)
    };
    match (op, scale(left), scale(right)) {
        (ArithmeticOp::Multiply, Some(a), Some(b)) if a + b <= MAX_DIGITS => Ty::Exact(a + b),
        (ArithmeticOp::Add | ArithmeticOp::Subtract, Some(a), Some(b)) => Ty::Exact(a.max(b)),
        _ => Ty::Float,
    }
}

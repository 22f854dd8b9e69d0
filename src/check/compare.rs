//! Comparisons: `age > 50`, `age between 20 and 30`.

use super::checker::Checker;
use super::resolve::Collection;
use super::types::{negate, same_kind};
use crate::diagnostic::Diagnostic;
use crate::ir::{Cond, CondKind, Lit, Order, Term, TermKind, Ty};
use crate::span::Span;
use crate::syntax::{CompareOp, Expr, ExprKind};

impl Checker<'_> {
    pub(super) fn compare(
        &mut self,
        e: &Expr,
        op: CompareOp,
        left: &Expr,
        right: &Expr,
        ignoring_case: bool,
    ) -> Option<Cond> {
        let span = e.span;
        for (side, other) in [(left, right), (right, left)] {
            match self.collection(side) {
                Some(Collection::Events) => return self.events_compared(side, other),
                // Opposite anything else the name may be a value.
                Some(Collection::Rows(_)) if matches!(other.kind, ExprKind::Literal(_)) => {
                    return self.report(self.compared_rows(side, other));
                }
                Some(Collection::Rows(_)) | None => {}
            }
        }
        let (order, negated) = match op {
            CompareOp::Eq => (Order::Eq, false),
            CompareOp::Ne => (Order::Eq, true),
            CompareOp::Lt => (Order::Lt, false),
            CompareOp::Le => (Order::Le, false),
            CompareOp::Gt => (Order::Gt, false),
            CompareOp::Ge => (Order::Ge, false),
        };
        let (left, right) = self.pair(left, right)?;
        let cond = self.comparison(order, left, right, ignoring_case, span)?;
        Some(negate(negated, cond))
    }

    fn events_compared(&mut self, events: &Expr, other: &Expr) -> Option<Cond> {
        if let ExprKind::Event { kinds, conditions } = &events.kind {
            self.kinds(kinds, conditions)?;
        }
        self.report(self.compared_events(events, other))
    }

    /// A comparison of two values that are known.
    pub(super) fn comparison(
        &mut self,
        op: Order,
        left: Term,
        right: Term,
        ignoring_case: bool,
        span: Span,
    ) -> Option<Cond> {
        match (&left.ty, &right.ty) {
            (Ty::Instant, Ty::Date) => return self.instant_against_date(op, left, right, span),
            (Ty::Date, Ty::Instant) => {
                return self.instant_against_date(op.flipped(), right, left, span);
            }
            _ => {}
        }
        if !self.comparable(&left, &right, span) {
            return None;
        }
        if op != Order::Eq {
            let unordered = match &left.ty {
                Ty::Bool | Ty::Place => true,
                Ty::Enum(e) => !e.ordered,
                _ => false,
            };
            if unordered {
                return self.report(
                    Diagnostic::error(
                        "E0109",
                        span,
                        format!("the values of `{}` have no order", self.source(left.span)),
                    )
                    .help("compare with `=`, `!=` or `in`; an enum gets an order by `ordered = true` in the schema"),
                );
            }
        }
        Some(Cond {
            kind: CondKind::Compare {
                op,
                left,
                right,
                ignoring_case,
            },
            span,
        })
    }

    /// Whether two values can be compared; reports why not.
    pub(super) fn comparable(&mut self, left: &Term, right: &Term, span: Span) -> bool {
        if same_kind(&left.ty, &right.ty) {
            return true;
        }
        let (l, r) = (self.source(left.span), self.source(right.span));
        let (message, help) = match (&left.ty, &right.ty) {
            (Ty::Enum(_), Ty::Enum(_)) => (
                format!("`{l}` and `{r}` do not have the same values"),
                "two enums can be compared where they have the same values in the same order"
                    .to_owned(),
            ),
            (a, b) => {
                let help = match (a, b) {
                    (Ty::Date | Ty::Instant, Ty::Duration) if left.depends_on_now => {
                        format!("compare the time since something: `{l} - … > {r}`")
                    }
                    (Ty::Date | Ty::Instant, Ty::Duration) => {
                        format!(
                            "write `{l} before {r} ago`, or compare the time since: `now - {l} > {r}`"
                        )
                    }
                    (Ty::Place, _) | (_, Ty::Place) => {
                        "ask for a distance: `home within 5 km of (48.85, 2.35)`".to_owned()
                    }
                    (Ty::Bool, _) => format!("write `{l}` alone, or `{l} = false`"),
                    _ => "both sides of a comparison must be of one type".to_owned(),
                };
                (
                    format!("`{l}` is {}, but `{r}` is {}", a.words(), b.words()),
                    help,
                )
            }
        };
        let diagnostic = self.retyped(
            Diagnostic::error("E0105", span, message).help(help),
            &left.ty,
            right,
        );
        self.found.push(diagnostic);
        false
    }

    pub(super) fn between_values(
        &mut self,
        value: &Expr,
        low: &Expr,
        high: &Expr,
        span: Span,
    ) -> Option<Cond> {
        let value = self.any_term(value)?;
        let ends = (
            self.term(low, Some(&value.ty)),
            self.term(high, Some(&value.ty)),
        );
        let (low, high) = (ends.0?, ends.1?);
        let mixed = |t: &Term| {
            matches!(
                (&value.ty, &t.ty),
                (Ty::Instant, Ty::Date) | (Ty::Date, Ty::Instant)
            )
        };
        if mixed(&low) || mixed(&high) {
            let least = self.comparison(Order::Ge, value.clone(), low, false, span)?;
            let most = self.comparison(Order::Le, value, high, false, span)?;
            return Some(Cond {
                kind: CondKind::All(vec![least, most]),
                span,
            });
        }
        let (a, b) = (
            self.comparable(&value, &low, span),
            self.comparable(&value, &high, span),
        );
        if !a || !b {
            return None;
        }
        // Orders are checked where a comparison is built.
        self.comparison(Order::Ge, value.clone(), low.clone(), false, span)?;
        if let (TermKind::Lit(Lit::Whole(a)), TermKind::Lit(Lit::Whole(b))) =
            (&low.kind, &high.kind)
            && low.ty == high.ty
            && a > b
        {
            self.found.push(
                Diagnostic::warning(
                    "W0102",
                    span,
                    "this never holds: the lower end is above the upper end",
                )
                .help(format!(
                    "write `between {} and {}`",
                    self.source(high.span),
                    self.source(low.span)
                )),
            );
        }
        Some(Cond {
            kind: CondKind::Between { value, low, high },
            span,
        })
    }
}

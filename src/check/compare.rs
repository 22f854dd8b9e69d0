//! Comparisons: `age > 50`, `age between 20 and 30`.

use super::TOO_LARGE_HELP;
use super::checker::Checker;
use super::resolve::{Collection, joined, member_of};
use super::signature::has_order;
use super::types::{Expected, negate, same_kind};
use super::unresolved::is_null;
use crate::diagnostic::Diagnostic;
use crate::ir::{Cond, CondKind, Lit, Order, Term, TermKind, Ty, Weight};
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
        if order == Order::Eq {
            self.refuse_null(e, negated, left, right)?;
        }
        let (left, right) = self.pair(left, right)?;
        let cond = self.comparison(order, left, right, ignoring_case, span)?;
        Some(negate(negated, cond))
    }

    /// `city = null`: nothing is equal to a missing value.
    fn refuse_null(&mut self, e: &Expr, negated: bool, left: &Expr, null: &Expr) -> Option<()> {
        let ExprKind::Path(names) = &null.kind else {
            return Some(());
        };
        let name = joined(names);
        if !is_null(&name) || !self.is_bare_unknown(null) {
            return Some(());
        }
        let value = self.any_term(left)?;
        if member_of(&name, &value.ty).is_some() {
            return Some(());
        }
        let test = if negated { "exists" } else { "is missing" };
        let written = format!("{} {test}", self.source(left.span));
        let message = format!("`{name}` is not a value");
        let diagnostic = Diagnostic::error("E0101", null.span, message);
        self.report(
            diagnostic
                .help(format!("write `{written}`"))
                .fix(e.span, written),
        )
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
        if !self.comparable(op, &left, &right) {
            return None;
        }
        if op != Order::Eq && !has_order(&left.ty) {
            let message = format!("the values of `{}` have no order", self.source(left.span));
            return self.report(Diagnostic::error("E0109", span, message).help(
                "compare with `=`, `!=` or `in`; an enum gets an order by `ordered = true` in the schema",
            ));
        }
        self.note_sent_name(&left, &right);
        Some(Cond::new(
            CondKind::Compare {
                op,
                left,
                right,
                ignoring_case,
            },
            span,
        ))
    }

    /// Whether two values can be compared; reports why not.
    pub(super) fn comparable(&mut self, op: Order, left: &Term, right: &Term) -> bool {
        if same_kind(&left.ty, &right.ty) {
            return true;
        }
        let diagnostic = self.incomparable(op, left, right);
        self.found.push(diagnostic);
        false
    }

    fn incomparable(&self, op: Order, left: &Term, right: &Term) -> Diagnostic {
        if let (Ty::Enum(_), Ty::Enum(_)) = (&left.ty, &right.ty) {
            let (l, r) = (self.source(left.span), self.source(right.span));
            let message = format!("`{l}` and `{r}` do not have the same values");
            return Diagnostic::error("E0105", right.span, message).help(
                "two enums can be compared where they have the same values in the same order",
            );
        }
        // A constant is wrong beside a name; of two names the second is.
        let constant = |term: &Term| matches!(term.kind, TermKind::Lit(_));
        let (given, other) = if constant(left) && !constant(right) {
            (left, right)
        } else {
            (right, left)
        };
        let words = other.ty.words();
        let diagnostic = self
            .mismatch(&words, given)
            .secondary(other.span, format!("this is {words}"))
            .help(self.comparison_help(left, right));
        let diagnostic = self.retyped(diagnostic, &other.ty, given);
        if op != Order::Eq && other.ty == Ty::String && given.ty.is_number() {
            return diagnostic.help(format!(
                "strings are compared letter by letter, \"10\" before \"9\"; to compare numbers, declare `{}` as {} in the schema",
                self.source(other.span),
                given.ty.words()
            ));
        }
        diagnostic
    }

    fn comparison_help(&self, left: &Term, right: &Term) -> String {
        let (l, r) = (self.source(left.span), self.source(right.span));
        match (&left.ty, &right.ty) {
            (Ty::Date | Ty::Instant, Ty::Duration) if left.depends_on_now => {
                format!("compare the time since something: `{l} - … > {r}`")
            }
            (Ty::Date | Ty::Instant, Ty::Duration) => {
                format!("write `{l} before {r} ago`, or compare the time since: `now - {l} > {r}`")
            }
            (Ty::Place, _) | (_, Ty::Place) => {
                "ask for a distance: `home within 5 km of (48.85, 2.35)`".to_owned()
            }
            (Ty::Bool, _) => format!("write `{l}` alone, or `{l} = false`"),
            _ => "both sides of a comparison must have the same type".to_owned(),
        }
    }

    /// Refuses a value that is too large to be compared with both ends of a range. Ranges may be nested, in the parentheses of
    /// events, and each writes its value out twice: 30 levels would be 2^30 values.
    pub(super) fn fits_twice(&mut self, value: &Term, span: Span) -> Option<()> {
        match Weight::of_term(value).complaint() {
            None => Some(()),
            Some(complaint) => {
                self.report(Diagnostic::error("E0209", span, complaint).help(TOO_LARGE_HELP))
            }
        }
    }

    pub(super) fn between_values(
        &mut self,
        value: &Expr,
        low: &Expr,
        high: &Expr,
        span: Span,
    ) -> Option<Cond> {
        let value = self.any_term(value)?;
        self.fits_twice(&value, span)?;
        let ends = (
            self.term(low, Some(Expected::like(&value))),
            self.term(high, Some(Expected::like(&value))),
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
            return Some(Cond::new(CondKind::All(vec![least, most]), span));
        }
        let (a, b) = (
            self.comparable(Order::Ge, &value, &low),
            self.comparable(Order::Le, &value, &high),
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
                    "this condition is always false: the lower end is above the upper end",
                )
                .help(format!(
                    "write `between {} and {}`",
                    self.source(high.span),
                    self.source(low.span)
                )),
            );
        }
        Some(Cond::between(value, low, high, span))
    }
}

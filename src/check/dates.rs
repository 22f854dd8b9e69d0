//! Instants compared with dates: a date stands for its whole day.

use super::anchor::Point;
use super::checker::Checker;
use super::types::start_of_day;
use crate::ir::{Cond, CondKind, Edge, Lit, Order, Term, TermKind, Ty, Windows};
use crate::span::Span;
use crate::syntax::ArithmeticOp;
use crate::time::DAY;

impl Checker<'_> {
    /// The same for a date such as `today - 2 months`, which no window can follow: its day's ends are compared as instants.
    fn instant_against_moving_date(
        &mut self,
        op: Order,
        instant: Term,
        date: Term,
        span: Span,
    ) -> Option<Cond> {
        let day = Term::new(
            TermKind::Lit(Lit::Whole(i128::from(DAY))),
            Ty::Duration,
            span,
        );
        let next = self.arithmetic_of(ArithmeticOp::Add, date.clone(), day, span)?;
        let (start, end) = (start_of_day(date), start_of_day(next));
        let compare = |op, right: &Term| {
            let (left, right) = (instant.clone(), right.clone());
            Cond::new(
                CondKind::Compare {
                    op,
                    left,
                    right,
                    ignoring_case: false,
                },
                span,
            )
        };
        Some(match op {
            Order::Lt => compare(Order::Lt, &start),
            Order::Le => compare(Order::Lt, &end),
            Order::Gt => compare(Order::Ge, &end),
            Order::Ge => compare(Order::Ge, &start),
            Order::Eq => Cond::new(
                CondKind::All(vec![compare(Order::Ge, &start), compare(Order::Lt, &end)]),
                span,
            ),
        })
    }

    /// `instant < date` and the like: a date stands for its whole day.
    pub(super) fn instant_against_date(
        &mut self,
        op: Order,
        instant: Term,
        date: Term,
        span: Span,
    ) -> Option<Cond> {
        if date.depends_on_now && !matches!(date.kind, TermKind::Today(_)) {
            return self.instant_against_moving_date(op, instant, date, span);
        }
        let point = Point::of_term(date);
        let start = self.bound(&point, Edge::DayStart);
        let end = self.bound(&point, Edge::DayEnd);
        let (lower, upper) = match op {
            Order::Eq => (vec![start], vec![end]),
            Order::Lt => (vec![], vec![start]),
            Order::Le => (vec![], vec![end]),
            Order::Gt => (vec![end], vec![]),
            Order::Ge => (vec![start], vec![]),
        };
        Some(Cond::new(
            CondKind::Timed {
                value: instant,
                windows: Windows { lower, upper },
            },
            span,
        ))
    }
}

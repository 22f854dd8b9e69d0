//! How often: `purchased at least 3 times`, `at least once per month in 3 of last 6 months`.

use super::checker::Checker;
use crate::diagnostic::Diagnostic;
use crate::ir::{Anchor, Bound, CondKind, Lit, Order, Term, TermKind, Ty};
use crate::span::Span;
use crate::syntax::{Aggregate, Expr, Regularity, Times};

impl Checker<'_> {
    /// `purchased at least 3 times within 30 days`
    pub(super) fn times(&mut self, count: &Times, events: &Expr, span: Span) -> Option<CondKind> {
        self.needs_times(count, events, span)?;
        let select = self.select(events, &[])?;
        let (least, most) = range_of(count);
        let number = |n: u64| {
            let lit = TermKind::Lit(Lit::Whole(i128::from(n)));
            Term::new(lit, Ty::Exact(0), span)
        };
        let counted = TermKind::Aggregate {
            function: Aggregate::Count,
            select: Box::new(select),
            of: None,
        };
        let counted = Term::new(counted, Ty::Exact(0), events.span);
        if least > most {
            self.found.push(
                Diagnostic::warning(
                    "W0102",
                    span,
                    "this condition is always false: the least number of times is above the greatest",
                )
                .help("the smaller number stands first: `between 2 and 5 times`"),
            );
        }
        let compare = |op, n| CondKind::Compare {
            op,
            left: counted.clone(),
            right: number(n),
            ignoring_case: false,
        };
        Some(match (least, most) {
            (n, u64::MAX) => compare(Order::Ge, n),
            (0, n) => compare(Order::Le, n),
            (a, b) if a == b => compare(Order::Eq, a),
            (a, b) => CondKind::Between {
                low: number(a),
                high: number(b),
                value: counted,
            },
        })
    }

    /// `purchased at least 2 times per month in 3 of last 6 months`
    pub(super) fn regularly(
        &mut self,
        whole: &Expr,
        count: &Times,
        events: &Expr,
        Regularity { unit, periods, of }: Regularity,
    ) -> Option<CondKind> {
        const MAX_PERIODS: u32 = 1200;
        self.needs_time(events, whole)?;
        let select = self.select(events, &[])?;
        let (least, most) = range_of(count);
        if least > most || of == 0 || periods > of || of > MAX_PERIODS {
            let message = "this condition is always false";
            return self.report(Diagnostic::error("E0127", whole.span, message).help(
                "`in 3 of last 6 months`: the first number may not exceed the second, and the second is between 1 and 1200",
            ));
        }
        let start = |offset| Bound {
            anchor: Anchor::Period {
                unit,
                offset,
                micros: 0,
            },
            months: 0,
            micros: 0,
        };
        Some(CondKind::Regularly {
            select,
            least,
            most,
            end: Some(start(0)),
            starts: (1..=i64::from(of)).map(|back| start(-back)).collect(),
            periods,
        })
    }
}

fn range_of(count: &Times) -> (u64, u64) {
    match *count {
        Times::AtLeast(n) => (n.into(), u64::MAX),
        Times::AtMost(n) => (0, n.into()),
        Times::MoreThan(n) => (u64::from(n) + 1, u64::MAX),
        Times::FewerThan(n) => (u64::from(n == 0), u64::from(n.saturating_sub(1))),
        Times::Exactly(n) => (n.into(), n.into()),
        Times::Between(a, b) => (a.into(), b.into()),
    }
}

//! How often: `purchased at least 3 times`, `at least once per month in 3 of last 6 months`.

use super::checker::Checker;
use super::window::{from_now, start_of_period};
use crate::diagnostic::Diagnostic;
use crate::ir::{Bound, CalendarSpan, Cond, CondKind, Lit, Order, Term, TermKind, Ty};
use crate::span::Span;
use crate::syntax::{Aggregate, Expr, PeriodLength, Regularity, Times};
use crate::time::CalendarUnit;

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
            (a, b) => {
                self.fits_twice(&counted, span)?;
                Cond::between(counted, number(a), number(b), span).kind
            }
        })
    }

    /// `purchased at least 2 times per month in 3 of last 6 months`, `per 30 days in 3 of last 6 periods`
    pub(super) fn regularly(
        &mut self,
        whole: &Expr,
        count: &Times,
        events: &Expr,
        Regularity {
            length,
            periods,
            of,
        }: Regularity,
    ) -> Option<CondKind> {
        const MAX_PERIODS: u32 = 1200;
        self.needs_time(events, whole)?;
        let select = self.select(events, &[])?;
        let (least, most) = range_of(count);
        let length = match length {
            PeriodLength::Calendar(unit) => PastPeriods::Calendar(unit),
            PeriodLength::Rolling(span) => {
                PastPeriods::Rolling(self.calendar_span(span, whole.span)?)
            }
        };
        let message = "this condition is always false";
        let diagnostic = Diagnostic::error("E0127", whole.span, message);
        if least > most || of == 0 || periods > of || of > MAX_PERIODS {
            return self.report(diagnostic.help(
                "`in 3 of last 6 months`: the first number may not exceed the second, and the second is between 1 and 1200",
            ));
        }
        if matches!(length, PastPeriods::Rolling(span) if span.parts() == (0, 0)) {
            return self.report(
                diagnostic
                    .help("a period needs a length, as in `per 30 days in 3 of last 6 periods`"),
            );
        }
        Some(CondKind::Regularly {
            select,
            least,
            most,
            end: length.newest_end(),
            starts: (1..=i64::from(of)).map(|nth| length.start(nth)).collect(),
            periods,
        })
    }
}

/// Periods that follow one another back from `now`.
enum PastPeriods {
    Calendar(CalendarUnit),
    Rolling(CalendarSpan),
}

impl PastPeriods {
    /// Where the newest ends; `None`: it includes `now`.
    fn newest_end(&self) -> Option<Bound> {
        match self {
            PastPeriods::Calendar(_) => Some(self.start(0)),
            PastPeriods::Rolling(_) => None,
        }
    }

    /// Where the `nth` of them starts; the newest is the first.
    fn start(&self, nth: i64) -> Bound {
        match *self {
            PastPeriods::Calendar(unit) => start_of_period(unit, -nth),
            PastPeriods::Rolling(span) => from_now(span, -nth, 0),
        }
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

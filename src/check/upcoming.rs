//! Dates to come and gone by: `birthday in next 7 days`.

use super::checker::Checker;
use crate::diagnostic::Diagnostic;
use crate::ir::{Anchor, Bound, CalendarSpan, CondKind, Ty};
use crate::span::Span;
use crate::syntax::{DayRange, Expr};
use crate::time::{DAY, Instant};

impl Checker<'_> {
    pub(super) fn upcoming(
        &mut self,
        whole: &Expr,
        anniversary: bool,
        value: &Expr,
        days: DayRange,
    ) -> Option<CondKind> {
        let span = whole.span;
        self.needs_time(value, whole)?;
        if self.is_events(value) {
            return self.upcoming_events(value, days, span);
        }
        let term = self.any_term(value)?;
        let range = self.range(days, span)?;
        let yearly = anniversary || self.is_yearly(&term);
        if term.ty == Ty::Instant && anniversary {
            let source = self.source(value.span);
            return self.report(
                Diagnostic::error(
                    "E0105",
                    value.span,
                    format!("`{source}` is an instant; only a date has anniversaries"),
                )
                .help(format!("write `anniversary of {source}.date in next …`")),
            );
        }
        if !matches!(term.ty, Ty::Date | Ty::Instant) {
            let diagnostic = self.mismatch("`date` or `instant`", &term);
            return self.report(diagnostic.help(
                    "`in next 7 days` asks about a date or an instant; for events write `within 7 days`",
                ));
        }
        if term.depends_on_now {
            return self.report(
                Diagnostic::error("E0114", value.span, "this changes with `now` itself")
                    .help("ask about an attribute or an event"),
            );
        }
        let (first, end) = if term.ty == Ty::Instant {
            range.instants()
        } else if yearly && range.has_every_date() {
            // Some anniversary lies in the range, unless the date itself comes after it.
            (at(Anchor::At(Instant::MIN.micros()), 0), range.days().1)
        } else {
            range.days()
        };
        Some(CondKind::Upcoming {
            value: term,
            yearly,
            first,
            end,
        })
    }

    fn upcoming_events<T>(&mut self, events: &Expr, days: DayRange, span: Span) -> Option<T> {
        match days {
            DayRange::Next(_) => self.in_future(span),
            DayRange::Last(_) => {
                let source = self.source(events.span);
                self.report(
                    Diagnostic::error("E0113", span, "`in last` is about dates and instants")
                        .help(format!("for events write `{source} within 7 days`")),
                )
            }
        }
    }

    fn range(&mut self, days: DayRange, span: Span) -> Option<Range> {
        Some(match days {
            DayRange::Next(length) => Range::Next(self.calendar_span(length, span)?),
            DayRange::Last(length) => Range::Last(self.calendar_span(length, span)?),
        })
    }
}

/// A stretch of time around `now`.
#[derive(Clone, Copy)]
enum Range {
    Next(CalendarSpan),
    Last(CalendarSpan),
}

impl Range {
    /// The first instant of it, and the first after it.
    fn instants(self) -> (Bound, Bound) {
        match self {
            Range::Next(length) => (
                at(now(CalendarSpan::Micros(0), 1), 1),
                at(now(length, 1), 1),
            ),
            Range::Last(length) => (
                at(now(length, -1), 0),
                at(now(CalendarSpan::Micros(0), 1), 1),
            ),
        }
    }

    /// The start of its first day, and the end of its last.
    fn days(self) -> (Bound, Bound) {
        let today = |days| {
            let moves = vec![(0, days)];
            at(Anchor::Day { moves }, 0)
        };
        let day_of = |anchor, offset| {
            let of = Box::new(at(anchor, 0));
            at(Anchor::DayOf { of, offset }, 0)
        };
        match self {
            Range::Next(length) => (today(0), day_of(now(length, 1), 1)),
            Range::Last(length) => (day_of(now(length, -1), 0), today(1)),
        }
    }

    /// Whether every day of the year is in it, whenever it begins: anniversaries are at most 366 days apart.
    fn has_every_date(self) -> bool {
        match self {
            Range::Next(length) | Range::Last(length) => {
                let (months, micros) = length.parts();
                months >= 12 || micros >= 366 * DAY
            }
        }
    }
}

/// `now` and so much more (`sign` 1) or less (-1).
fn now(length: CalendarSpan, sign: i64) -> Anchor {
    let (months, micros) = length.parts();
    Anchor::Now {
        months: sign * months,
        micros: sign * micros,
    }
}

fn at(anchor: Anchor, micros: i64) -> Bound {
    Bound {
        micros,
        ..Bound::at(anchor)
    }
}

//! Dates to come and gone by: `birthday in next 7 days`.

use super::checker::Checker;
use super::window::{from_now, just_after_now, offsets, start_of_period};
use crate::diagnostic::Diagnostic;
use crate::ir::{Anchor, Bound, CalendarSpan, CondKind, Ty};
use crate::span::Span;
use crate::syntax::{DayRange, Expr, Period};
use crate::time::{CalendarUnit, DAY, Instant};

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
                .help(format!("its day has: write `{source}.date`"))
                .fix(value.span, format!("{source}.date")),
            );
        }
        if !matches!(term.ty, Ty::Date | Ty::Instant) {
            let diagnostic = self.mismatch("`date` or `instant`", &term);
            return self.report(diagnostic.help(
                    "`today` and `in next 7 days` ask about a date or an instant; for events write `during today`, `within 7 days`",
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
            (Bound::at(Anchor::At(Instant::MIN.micros())), range.days().1)
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
            DayRange::Next(_) | DayRange::In(_) | DayRange::Today(1..) | DayRange::During(_) => {
                self.in_future(span)
            }
            DayRange::Today(_) => {
                let (events, day) = (self.source(events.span), self.source(span));
                let day = day.strip_prefix(&events).unwrap_or_default().trim();
                let message = format!("`{day}` without `during` is about dates and instants");
                let written = format!("{events} during {day}");
                self.report(Diagnostic::error("E0113", span, message).fix(span, written))
            }
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
            DayRange::Today(offset) => Range::Day(0, offset.into()),
            DayRange::During(period) => Range::Periods(period),
            DayRange::In(length) => match self.calendar_span(length, span)? {
                CalendarSpan::Micros(n) if n % DAY != 0 => {
                    let message =
                        "one day is so many whole days, weeks, months, quarters or years ahead";
                    let diagnostic = Diagnostic::error("E0115", span, message);
                    return self.report(diagnostic.help(
                        "for all days up to then write `in next …`, as in `in next 36 hours`",
                    ));
                }
                CalendarSpan::Micros(n) => Range::Day(0, n / DAY),
                CalendarSpan::Months(n) => Range::Day(n, 0),
            },
        })
    }
}

/// A stretch of time around `now`.
#[derive(Clone, Copy)]
enum Range {
    Next(CalendarSpan),
    Last(CalendarSpan),
    /// Today moved by months, then by days.
    Day(i64, i64),
    Periods(Period),
}

impl Range {
    /// The first instant of it, and the first after it.
    fn instants(self) -> (Bound, Bound) {
        match self {
            Range::Next(length) => (just_after_now(), from_now(length, 1, 1)),
            Range::Last(length) => (from_now(length, -1, 0), just_after_now()),
            Range::Day(..) | Range::Periods(_) => self.days(),
        }
    }

    /// The start of its first day, and the end of its last.
    fn days(self) -> (Bound, Bound) {
        let day = |months, days| {
            let moves = vec![(months, days)];
            Bound::at(Anchor::Day { moves })
        };
        let day_of = |bound, offset| {
            let of = Box::new(bound);
            Bound::at(Anchor::DayOf { of, offset })
        };
        match self {
            Range::Next(length) => (day(0, 0), day_of(from_now(length, 1, 0), 1)),
            Range::Last(length) => (day_of(from_now(length, -1, 0), 0), day(0, 1)),
            Range::Day(months, days) => (day(months, days), day(months, days + 1)),
            Range::Periods(period) => {
                let (unit, first, end) = offsets(period);
                (start_of_period(unit, first), start_of_period(unit, end))
            }
        }
    }

    /// Whether every day of the year is in it, whenever it begins: anniversaries are at most 366 days apart.
    fn has_every_date(self) -> bool {
        match self {
            Range::Next(length) | Range::Last(length) => {
                let (months, micros) = length.parts();
                months >= 12 || micros >= 366 * DAY
            }
            Range::Day(..) => false,
            Range::Periods(period) => {
                let (unit, first, end) = offsets(period);
                let of_a_year = match unit {
                    CalendarUnit::Day => 366,
                    CalendarUnit::Week => 53,
                    CalendarUnit::Month => 12,
                    CalendarUnit::Quarter => 4,
                    CalendarUnit::Year => 1,
                };
                end - first >= of_a_year
            }
        }
    }
}

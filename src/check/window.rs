//! Windows: the stretches of time that events, dates and instants are to lie in.

use super::checker::Checker;
use super::empty_window::{is_empty, is_never};
use super::types::start_of_day;
use crate::diagnostic::Diagnostic;
use crate::ir::{Anchor, Bound, CalendarSpan, Cond, CondKind, Edge, TermKind, Ty, Windows};
use crate::span::Span;
use crate::syntax::{Expr, ExprKind, Period, Window, WindowKind};
use crate::time::CalendarUnit;

impl Checker<'_> {
    /// A date or an instant with windows.
    pub(super) fn timed(&mut self, subject: &Expr, windows: &[Window], span: Span) -> Option<Cond> {
        let value = self.any_term(subject)?;
        let value = if value.ty == Ty::Instant {
            value
        } else if value.ty == Ty::Date {
            start_of_day(value)
        } else {
            let help = if matches!(subject.kind, ExprKind::Aggregate { .. }) {
                "a window on the events stands inside the parentheses: `count(purchased within 30 days)`"
            } else {
                "windows follow events, dates and instants"
            };
            let message = format!("expected `date` or `instant`, found {}", value.ty.words());
            let diagnostic = Diagnostic::error("E0113", subject.span, message);
            return self.report(diagnostic.help(help));
        };
        if matches!(value.kind, TermKind::Now)
            && windows
                .iter()
                .all(|w| matches!(w.kind, WindowKind::Within(_)))
        {
            self.found.push(
                Diagnostic::warning(
                    "W0102",
                    span,
                    "this condition is always true: `now` is within any duration of itself",
                )
                .help("say what is to have happened then: `purchased within 30 days`"),
            );
        }
        let windows = self.windows(windows, false)?;
        Some(Cond::new(CondKind::Timed { value, windows }, span))
    }

    pub(super) fn windows(&mut self, windows: &[Window], of_events: bool) -> Option<Windows> {
        let mut bounds = Windows::default();
        let mut whole = true;
        for window in windows {
            whole &= self.window(window, of_events, &mut bounds).is_some();
        }
        if whole && windows.len() > 1 && is_empty(&bounds) {
            self.ends_before_it_begins(windows);
        }
        whole.then_some(bounds)
    }

    /// Several windows that leave nothing between them: `since today before yesterday`.
    fn ends_before_it_begins(&mut self, windows: &[Window]) {
        let (Some(first), Some(last)) = (windows.first(), windows.last()) else {
            return;
        };
        let message = "this condition is always false: the window ends before it begins";
        self.found.push(
            Diagnostic::warning("W0102", first.span.to(last.span), message)
                .help("`since` and `after` name the earlier end, `before` the later one"),
        );
    }

    fn window(&mut self, window: &Window, of_events: bool, bounds: &mut Windows) -> Option<()> {
        let span = window.span;
        match &window.kind {
            WindowKind::Within(length) => {
                let length = self.calendar_span(*length, span)?;
                bounds.lower.push(from_now(length, -1, 0));
                if !of_events {
                    bounds.upper.push(just_after_now());
                }
            }
            WindowKind::WithinNext(_) if of_events => return self.in_future(span),
            WindowKind::WithinNext(length) => {
                let length = self.calendar_span(*length, span)?;
                bounds.lower.push(just_after_now());
                bounds.upper.push(from_now(length, 1, 1));
            }
            WindowKind::Since(x) => {
                let point = self.point(x)?;
                bounds.lower.push(self.bound(&point, Edge::DayStart));
            }
            WindowKind::Before(x) => {
                let point = self.point(x)?;
                bounds.upper.push(self.bound(&point, Edge::DayStart));
            }
            WindowKind::After(x) => {
                let point = self.point(x)?;
                bounds.lower.push(self.bound(&point, Edge::DayEnd));
            }
            WindowKind::Between(x, y) => {
                let (lower, upper) = self.between_points(x, y, span)?;
                bounds.lower.push(lower);
                bounds.upper.push(upper);
            }
            WindowKind::On(x) => {
                let point = self.point(x)?;
                let (lower, upper) = self.day_of(&point);
                bounds.lower.push(lower);
                bounds.upper.push(upper);
            }
            WindowKind::WithinAfter(length, x) => {
                let length = self.calendar_span(*length, span)?;
                let point = self.point(x)?;
                bounds.lower.push(self.bound(&point, Edge::DayEnd));
                bounds.upper.push(self.shifted(&point, true, length, 1));
            }
            WindowKind::WithinBefore(length, x) => {
                let length = match self.calendar_span(*length, span)? {
                    CalendarSpan::Micros(n) => CalendarSpan::Micros(-n),
                    CalendarSpan::Months(n) => CalendarSpan::Months(-n),
                };
                let point = self.point(x)?;
                bounds.lower.push(self.shifted(&point, false, length, 0));
                bounds.upper.push(self.bound(&point, Edge::DayStart));
            }
            WindowKind::During(period) => {
                let (unit, first, end) = offsets(*period);
                if of_events && first > 0 {
                    return self.in_future(span);
                }
                bounds.lower.push(start_of_period(unit, first));
                bounds.upper.push(start_of_period(unit, end));
            }
        }
        Some(())
    }

    /// `between 2024-01-01 and 2024-03-31`: both days belong.
    fn between_points(&mut self, x: &Expr, y: &Expr, span: Span) -> Option<(Bound, Bound)> {
        let points = (self.point(x), self.point(y));
        let (low, high) = (points.0?, points.1?);
        let lower = self.bound(&low, Edge::DayStart);
        let upper = self.bound(&high, Edge::DayEnd);
        if is_never(&lower, &upper) {
            self.empty_window(x, y, span);
        }
        Some((lower, upper))
    }

    pub(super) fn in_future<T>(&mut self, span: Span) -> Option<T> {
        self.report(
            Diagnostic::error("E0113", span, "events later than now are never seen").help(
                "a window on events looks back: `within 30 days`; `in next 7 days` is for dates",
            ),
        )
    }

    fn empty_window(&mut self, low: &Expr, high: &Expr, span: Span) {
        self.found.push(
            Diagnostic::warning(
                "W0102",
                span,
                "this condition is always false: the window ends before it begins",
            )
            .help(format!(
                "the earlier end stands first: `between {} and {}`",
                self.source(high.span),
                self.source(low.span)
            )),
        );
    }
}

/// `now` moved by so many `times` a length (negative: back), and then by microseconds.
pub(super) fn from_now(length: CalendarSpan, times: i64, micros: i64) -> Bound {
    let (months, by) = length.parts();
    let anchor = Anchor::Now {
        months: months.saturating_mul(times),
        micros: by.saturating_mul(times),
    };
    Bound {
        micros,
        ..Bound::at(anchor)
    }
}

/// The first instant after `now`.
pub(super) fn just_after_now() -> Bound {
    from_now(CalendarSpan::Micros(0), 1, 1)
}

/// How far from the present period of its unit a stretch of periods begins, and how far from it the next begins.
pub(super) fn offsets(period: Period) -> (CalendarUnit, i64, i64) {
    match period {
        Period::Single { unit, offset } => (unit, i64::from(offset), i64::from(offset) + 1),
        Period::Last { unit, count } => (unit, -i64::from(count), 0),
        Period::Next { unit, count } => (unit, 1, 1 + i64::from(count)),
    }
}

/// Where the period begins that is so far from the present one.
pub(super) fn start_of_period(unit: CalendarUnit, offset: i64) -> Bound {
    Bound::at(Anchor::Period {
        unit,
        offset,
        micros: 0,
    })
}

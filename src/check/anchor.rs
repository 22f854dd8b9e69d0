//! What a window counts from: `30 days ago`, `today - 1 month`, `first(purchased).at + 3 days`.

use super::checker::Checker;
use super::types::start_of_day;
use crate::diagnostic::Diagnostic;
use crate::ir::{Anchor, Bound, CalendarSpan, Edge, Lit, Term, TermKind, Ty};
use crate::syntax::{ArithmeticOp, Expr, ExprKind, Literal};
use crate::time::{CalendarUnit, TimeUnit};
use crate::time::{DAY, Date, Instant, Zone, add_months, date_plus_months};

/// How many times months may be added to a point that moves with `now`: each time makes the search for its crossings longer.
const MAX_MONTHS: usize = 4;

/// A date or an instant, and the lengths by which it is moved as an instant, in the order in which they are written.
pub(super) struct Point {
    base: Base,
    moves: Vec<CalendarSpan>,
}

enum Base {
    Date(i32),
    At(i64),
    Now,
    /// The date in the zone, moved by months and then by days, pair by pair.
    Today(Vec<(i64, i64)>),
    Term(Term),
}

impl Point {
    pub(super) fn of_term(term: Term) -> Self {
        let base = match (&term.kind, &term.ty) {
            (TermKind::Lit(Lit::Whole(v)), Ty::Date) => {
                i32::try_from(*v).map_or(Base::Term(term), Base::Date)
            }
            (TermKind::Lit(Lit::Whole(v)), Ty::Instant) => {
                i64::try_from(*v).map_or(Base::Term(term), Base::At)
            }
            (TermKind::Today(days), _) => Base::Today(vec![(0, *days)]),
            (TermKind::Now, _) => Base::Now,
            _ => Base::Term(term),
        };
        Point {
            base,
            moves: Vec::new(),
        }
    }

    /// Whether it stands for a whole day.
    fn is_date(&self) -> bool {
        let date = match &self.base {
            Base::Date(_) | Base::Today(_) => true,
            Base::At(_) | Base::Now => false,
            Base::Term(term) => term.ty == Ty::Date,
        };
        date && self.moves.is_empty()
    }

    /// How many times months are added on the way from `now`.
    fn months(&self) -> usize {
        let of_date = match &self.base {
            Base::Date(_) | Base::At(_) | Base::Term(_) => return 0,
            Base::Now => 0,
            Base::Today(moves) => moves.iter().filter(|(months, _)| *months != 0).count(),
        };
        of_date
            + self
                .moves
                .iter()
                .filter(|length| matches!(length, CalendarSpan::Months(_)))
                .count()
    }

    /// Moved further. A date moved by days, weeks, months … stays a date; by hours (`clock`) it is an instant.
    fn moved(self, length: CalendarSpan, clock: bool, zone: Zone) -> Self {
        let clock = clock || matches!(length, CalendarSpan::Micros(n) if n % DAY != 0);
        if self.is_date() && !clock {
            return Point {
                base: self.base.later(length),
                moves: Vec::new(),
            };
        }
        let base = match self.base {
            Base::Date(days) => Base::At(zone.start_of(Date::from_days(days))),
            Base::Term(term) if term.ty == Ty::Date => Base::Term(start_of_day(term)),
            base @ (Base::At(_) | Base::Now | Base::Today(_) | Base::Term(_)) => base,
        };
        let mut moves = self.moves;
        match (moves.last_mut(), length) {
            (Some(CalendarSpan::Micros(last)), CalendarSpan::Micros(n)) => {
                *last = last.saturating_add(n)
            }
            // Two moves by months are not one: each is clamped to the end of its month.
            _ => moves.push(length),
        }
        Point { base, moves }
    }
}

impl Base {
    /// A date moved by whole days or by months.
    fn later(self, length: CalendarSpan) -> Self {
        match (self, length) {
            (Base::Date(days), CalendarSpan::Months(n)) => {
                Base::Date(date_plus_months(Date::from_days(days), n).days())
            }
            (Base::Date(days), CalendarSpan::Micros(n)) => {
                let by = i32::try_from(n / DAY).unwrap_or(if n < 0 { i32::MIN } else { i32::MAX });
                Base::Date(Date::from_days(days.saturating_add(by)).days())
            }
            (Base::Today(mut moves), CalendarSpan::Months(n)) => {
                moves.push((n, 0));
                Base::Today(moves)
            }
            (Base::Today(mut moves), CalendarSpan::Micros(n)) => {
                if let Some((_, days)) = moves.last_mut() {
                    *days = days.saturating_add(n / DAY);
                }
                Base::Today(moves)
            }
            (Base::Term(term), length) => {
                let span = term.span;
                let kind = match length {
                    CalendarSpan::Months(n) => TermKind::PlusMonths {
                        of: Box::new(term),
                        months: n,
                    },
                    CalendarSpan::Micros(n) => {
                        let by = TermKind::Lit(Lit::Whole(i128::from(n)));
                        let by = Term::new(by, Ty::Duration, span);
                        TermKind::Arithmetic {
                            op: ArithmeticOp::Add,
                            left: Box::new(term),
                            right: Box::new(by),
                        }
                    }
                };
                Base::Term(Term::new(kind, Ty::Date, span))
            }
            (base, _) => base,
        }
    }
}

impl Bound {
    pub(super) fn at(anchor: Anchor) -> Self {
        Bound {
            anchor,
            months: 0,
            micros: 0,
        }
    }

    fn moved(self, length: CalendarSpan, zone: Zone) -> Self {
        let is_plain = self.months == 0 && self.micros == 0;
        match (self.anchor, length) {
            (Anchor::At(at), CalendarSpan::Months(n)) => {
                let at = Instant::from_micros(at.saturating_add(self.micros));
                Bound::at(Anchor::At(add_months(at, n, zone).micros()))
            }
            (
                Anchor::Now {
                    months: 0,
                    micros: 0,
                },
                CalendarSpan::Months(months),
            ) if is_plain => Bound::at(Anchor::Now { months, micros: 0 }),
            (Anchor::Now { months, micros }, CalendarSpan::Micros(n)) if is_plain => {
                Bound::at(Anchor::Now {
                    months,
                    micros: micros.saturating_add(n),
                })
            }
            (anchor, CalendarSpan::Micros(n)) => Bound {
                anchor,
                months: self.months,
                micros: self.micros.saturating_add(n),
            },
            (anchor, CalendarSpan::Months(months)) if is_plain => Bound {
                anchor,
                months,
                micros: 0,
            },
            (anchor, CalendarSpan::Months(months)) => Bound {
                anchor: Anchor::Bound(Box::new(Bound { anchor, ..self })),
                months,
                micros: 0,
            },
        }
    }
}

impl Checker<'_> {
    /// What a window counts from.
    pub(super) fn point(&mut self, e: &Expr) -> Option<Point> {
        if let ExprKind::Relative { duration, past } = &e.kind {
            let length = signed(self.calendar_span(*duration, e.span)?, !past);
            return Some(Point {
                base: Base::Now,
                moves: vec![length],
            });
        }
        if let ExprKind::Literal(Literal::Duration(_)) = &e.kind {
            let message = "expected a point in time, found `duration`";
            let diagnostic = Diagnostic::error("E0114", e.span, message);
            return self.report(diagnostic.help(format!("write `{} ago`", self.source(e.span))));
        }
        if let ExprKind::Arithmetic {
            op: op @ (ArithmeticOp::Add | ArithmeticOp::Subtract),
            left,
            right,
        } = &e.kind
            && let ExprKind::Literal(Literal::Duration(duration)) = &right.kind
        {
            let length = self.calendar_span(*duration, right.span)?;
            let length = signed(length, *op == ArithmeticOp::Add);
            let zone = self.context.calendar.zone;
            let point = self.point(left)?;
            let point = point.moved(length, is_clock_time(duration.unit), zone);
            if point.months() <= MAX_MONTHS {
                return Some(point);
            }
            let message = format!("months are added here more than {MAX_MONTHS} times");
            let diagnostic = Diagnostic::error("E0114", e.span, message);
            return self.report(diagnostic.help("add them up: `5 months ago - 3 days`"));
        }
        self.point_of_term(e)
    }

    fn point_of_term(&mut self, e: &Expr) -> Option<Point> {
        let term = self.any_term(e)?;
        if !matches!(term.ty, Ty::Date | Ty::Instant) {
            let message = format!("expected a point in time, found {}", term.ty.words());
            let diagnostic = Diagnostic::error("E0114", e.span, message).help(
                "write a date, an instant, `30 days ago`, an attribute that is one, or `last(…).at`",
            );
            let wanted = if let TermKind::Lit(Lit::Text(text)) = &term.kind
                && text.parse::<Date>().is_err()
            {
                Ty::Instant
            } else {
                Ty::Date
            };
            let diagnostic = self.retyped(diagnostic, &wanted, &term);
            return self.report(diagnostic);
        }
        let point = Point::of_term(term);
        if let Base::Term(term) = &point.base
            && term.depends_on_now
        {
            let source = self.source(e.span);
            let message =
                format!("`{source}` changes with `now` in a way that a window cannot follow");
            let diagnostic = Diagnostic::error("E0114", e.span, message);
            return self.report(diagnostic.help("write `30 days ago`"));
        }
        Some(point)
    }

    /// A point as a bound. Of a date, its start or its end; of an instant, itself, and as an end one microsecond more.
    pub(super) fn bound(&self, point: &Point, edge: Edge) -> Bound {
        let end = edge == Edge::DayEnd;
        let mut bound = self.edge_of(point, end);
        bound.micros = bound
            .micros
            .saturating_add(i64::from(end && !point.is_date()));
        bound
    }

    /// A point (of a date, its end or its start) moved by a length, as a bound.
    pub(super) fn shifted(
        &self,
        point: &Point,
        end: bool,
        length: CalendarSpan,
        micros: i64,
    ) -> Bound {
        let mut bound = self
            .edge_of(point, end)
            .moved(length, self.context.calendar.zone);
        bound.micros = bound.micros.saturating_add(micros);
        bound
    }

    /// The instant that a point is; of a date, the start or the end.
    fn edge_of(&self, point: &Point, end: bool) -> Bound {
        let zone = self.context.calendar.zone;
        let is_date = point.is_date();
        let later = i64::from(end && is_date);
        let anchor = match &point.base {
            Base::Date(days) => Anchor::At(
                zone.start_of(Date::from_days(days.saturating_add(i32::from(later > 0)))),
            ),
            Base::At(micros) => Anchor::At(*micros),
            Base::Now => Anchor::Now {
                months: 0,
                micros: 0,
            },
            Base::Today(moves) => match moves.as_slice() {
                [(0, days)] => Anchor::Period {
                    unit: CalendarUnit::Day,
                    offset: days.saturating_add(later),
                    micros: 0,
                },
                moves => {
                    let end = (later > 0).then_some((0, later));
                    Anchor::Day {
                        moves: moves.iter().copied().chain(end).collect(),
                    }
                }
            },
            Base::Term(term) => {
                let edge = match (term.ty == Ty::Date, end) {
                    (true, true) => Edge::DayEnd,
                    (true, false) => Edge::DayStart,
                    (false, _) => Edge::Exact,
                };
                Anchor::Term {
                    term: Box::new(term.clone()),
                    edge,
                }
            }
        };
        point.moves.iter().fold(Bound::at(anchor), |bound, length| {
            bound.moved(*length, zone)
        })
    }

    /// The day that holds a point: its start and its end.
    pub(super) fn day_of(&self, point: &Point) -> (Bound, Bound) {
        let zone = self.context.calendar.zone;
        if point.is_date() {
            return (
                self.bound(point, Edge::DayStart),
                self.bound(point, Edge::DayEnd),
            );
        }
        let bound = self.edge_of(point, false);
        let day = |offset: i64| match &bound {
            Bound {
                anchor: Anchor::At(at),
                micros,
                ..
            } => {
                let date = zone.date(Instant::from_micros(at.saturating_add(*micros)).micros());
                let days = date.days().saturating_add(i32::from(offset > 0));
                Bound::at(Anchor::At(zone.start_of(Date::from_days(days))))
            }
            Bound {
                anchor: Anchor::Now { months: 0, micros },
                months: 0,
                micros: 0,
            } => Bound::at(Anchor::Period {
                unit: CalendarUnit::Day,
                offset,
                micros: *micros,
            }),
            bound => Bound::at(Anchor::DayOf {
                of: Box::new(bound.clone()),
                offset,
            }),
        };
        (day(0), day(1))
    }
}

fn signed(length: CalendarSpan, forward: bool) -> CalendarSpan {
    match length {
        _ if forward => length,
        CalendarSpan::Micros(n) => CalendarSpan::Micros(-n),
        CalendarSpan::Months(n) => CalendarSpan::Months(-n),
    }
}

/// Whether a date moved by so many of these is no date any more.
pub(super) fn is_clock_time(unit: TimeUnit) -> bool {
    matches!(unit, TimeUnit::Second | TimeUnit::Minute | TimeUnit::Hour)
}

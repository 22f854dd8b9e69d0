//! W0105: the day of a yearly date, where its anniversaries are likely to be meant.
//!
//! `birthday during next month` holds for those who are born next month, `birthday = today` for those who are born today.

use crate::check::checker::Checker;
use crate::diagnostic::Diagnostic;
use crate::ir::visit::{Seen, visit_written};
use crate::ir::{Anchor, Cond, CondKind, Function, Order, Term, TermKind};
use crate::span::Span;
use crate::syntax::Expr;
use crate::syntax::vocabulary::calendar_word;
use crate::time::CalendarUnit;

pub(super) fn lint(cond: &Cond, _: &Expr, checker: &mut Checker<'_>) {
    let mut places: Vec<Place> = Vec::new();
    visit_written(Seen::Cond(cond), &mut |seen| {
        let Seen::Cond(cond) = seen else { return };
        if !places.last().is_some_and(|p| p.span.is_at(cond.span)) {
            places.push(Place::at(cond.span));
        }
        let Some(place) = places.last_mut() else {
            return;
        };
        if let CondKind::Not(part) = &cond.kind
            && part.span.is_at(cond.span)
        {
            // `birthday != today` is the negation of a condition at the same place.
            place.negated = true;
        } else if let CondKind::Any(parts) = &cond.kind
            && parts.iter().all(|part| part.span.is_at(cond.span))
        {
            // So are the values of `birthday in (today, tomorrow)`.
        } else if let Some((date, days)) = days_around_now(cond)
            && checker.is_yearly(date)
        {
            let name = checker.source(date.span);
            place.written.push(match days {
                Days::Near(words) => format!("{name} {words}"),
                Days::Period(words) => format!("anniversary of {name} during {words}"),
            });
            place.name = name.to_owned();
        } else {
            place.has_others = true;
        }
    });
    let warnings = places.iter().filter_map(Place::warning);
    checker.found.extend(warnings.collect::<Vec<_>>());
}

/// One test as its author wrote it, which may be several conditions.
struct Place {
    span: Span,
    negated: bool,
    /// The date.
    name: String,
    /// What asks for its anniversaries.
    written: Vec<String>,
    /// Whether anything else is asked here.
    has_others: bool,
}

impl Place {
    fn at(span: Span) -> Self {
        Place {
            span,
            negated: false,
            name: String::new(),
            written: Vec::new(),
            has_others: false,
        }
    }

    fn warning(&self) -> Option<Diagnostic> {
        let name = &self.name;
        let written = match (&self.written[..], self.negated) {
            ([], _) => return None,
            ([one], false) => one.clone(),
            ([one], true) => format!("not {one}"),
            (several, false) => format!("({})", several.join(" or ")),
            (several, true) => format!("not ({})", several.join(" or ")),
        };
        let message = format!("this asks for the day `{name}` itself, not for its anniversaries");
        let warning = Diagnostic::warning("W0105", self.span, message)
            .help(format!("for anniversaries write `{written}`"));
        Some(match self.has_others {
            true => warning,
            false => warning.suggestion(self.span, written),
        })
    }
}

/// Days around the present one.
enum Days {
    /// `tomorrow`, `in 2 days`
    Near(String),
    /// `next month`, behind `during`
    Period(String),
}

/// Where a condition asks whether a date lies on certain days around the present one: the date and the days.
fn days_around_now(cond: &Cond) -> Option<(&Term, Days)> {
    if let CondKind::Compare {
        op: Order::Eq,
        left,
        right,
        ..
    } = &cond.kind
    {
        return match (&left.kind, &right.kind) {
            (_, TermKind::Today(days)) => Some((left, near(*days, 1)?)),
            (TermKind::Today(days), _) => Some((right, near(*days, 1)?)),
            _ => None,
        };
    }
    let CondKind::Timed { value, windows } = &cond.kind else {
        return None;
    };
    // A date counts as the start of its day.
    let TermKind::Call {
        function: Function::DayStart,
        of,
    } = &value.kind
    else {
        return None;
    };
    let ([lower], [upper]) = (&windows.lower[..], &windows.upper[..]) else {
        return None;
    };
    let (
        Anchor::Period {
            unit,
            offset: first,
            micros: 0,
        },
        Anchor::Period {
            unit: unit_of_end,
            offset: end,
            micros: 0,
        },
    ) = (&lower.anchor, &upper.anchor)
    else {
        return None;
    };
    let n = end - first;
    if unit != unit_of_end {
        return None;
    }
    let near = if *unit == CalendarUnit::Day {
        near(*first, n)
    } else {
        None
    };
    Some((of, near.or_else(|| period(*unit, *first, n))?))
}

/// So many days, the first of them so long after today.
fn near(first: i64, n: i64) -> Option<Days> {
    Some(Days::Near(match (first, n) {
        (0, 1) => "today".to_owned(),
        (1, 1) => "tomorrow".to_owned(),
        (-1, 1) => "yesterday".to_owned(),
        (2.., 1) => format!("in {first} days"),
        _ => return None,
    }))
}

/// So many periods, the first of them so long after the present one.
fn period(unit: CalendarUnit, first: i64, n: i64) -> Option<Days> {
    let word = calendar_word(unit);
    Some(Days::Period(match (first, n) {
        (0, 1) => format!("this {word}"),
        (1, 1) => format!("next {word}"),
        (-1, 1) => format!("last {word}"),
        (1, 2..) => format!("next {n} {word}s"),
        (..0, 2..) if first + n == 0 => format!("last {n} {word}s"),
        _ => return None,
    }))
}

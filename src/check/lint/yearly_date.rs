//! W0105: the day of a yearly date, where its anniversaries are likely to be meant.
//!
//! `birthday during next month` holds for those who are born next month, `birthday = today` for those who are born today.

use crate::check::checker::Checker;
use crate::diagnostic::Diagnostic;
use crate::ir::visit::{Seen, visit_written};
use crate::ir::{Anchor, Cond, CondKind, Function, Order, Term, TermKind};
use crate::syntax::Expr;
use crate::syntax::vocabulary::calendar_word;
use crate::time::CalendarUnit;

pub(super) fn lint(cond: &Cond, _: &Expr, checker: &mut Checker<'_>) {
    // `birthday != today` is the negation of a condition at the same place.
    let mut negated = None;
    visit_written(Seen::Cond(cond), &mut |seen| {
        let Seen::Cond(cond) = seen else { return };
        if let CondKind::Not(part) = &cond.kind {
            let is_one_test = part.span.is_at(cond.span);
            negated = is_one_test.then_some(part.fingerprint());
        } else if let Some((date, days)) = days_around_now(cond)
            && checker.is_yearly(date)
        {
            let name = checker.source(date.span);
            let not = if negated == Some(cond.fingerprint()) {
                "not "
            } else {
                ""
            };
            let written = match days {
                Days::Near(words) => format!("{not}{name} {words}"),
                Days::Period(words) => format!("{not}anniversary of {name} during {words}"),
            };
            let message =
                format!("this asks for the day `{name}` itself, not for its anniversaries");
            checker.found.push(
                Diagnostic::warning("W0105", cond.span, message)
                    .help(format!("for anniversaries write `{written}`"))
                    .suggestion(cond.span, written),
            );
        }
    });
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

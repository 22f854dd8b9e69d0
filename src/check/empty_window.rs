//! Windows in which no instant lies, whatever `now` is: as far as can be told without data and without a calendar.

use crate::ir::{Anchor, Bound, Edge, Windows};
use crate::time::{CalendarUnit, DAY};
use std::ops::RangeInclusive;

/// Whether no instant lies within all bounds.
pub(super) fn is_empty(windows: &Windows) -> bool {
    let mut lower = windows.lower.iter();
    lower.any(|lower| windows.upper.iter().any(|upper| is_never(lower, upper)))
}

/// Whether the lower bound is never below the upper one:
/// `after 2025-03-01 before 2025-02-01`, `within 3 days before 30 days ago` (`now - 3 days <= at < now - 30 days`),
/// `since last_login before last_login - 3 days`.
pub(super) fn is_never(lower: &Bound, upper: &Bound) -> bool {
    let moved = lower.months != 0 || upper.months != 0;
    match (&lower.anchor, &upper.anchor) {
        (Anchor::At(a), Anchor::At(b)) if !moved => {
            a.saturating_add(lower.micros) >= b.saturating_add(upper.micros)
        }
        (
            Anchor::Term { term, edge },
            Anchor::Term {
                term: to_term,
                edge: to_edge,
            },
        ) if !moved => {
            let not_before = edge == to_edge || *edge == Edge::DayEnd;
            term == to_term && not_before && lower.micros >= upper.micros
        }
        // A later month begins later, however long the months are.
        (
            Anchor::Now { months, micros },
            Anchor::Now {
                months: to_months,
                micros: to_micros,
            },
        ) if !moved
            && months >= to_months
            && micros.saturating_add(lower.micros) >= to_micros.saturating_add(upper.micros) =>
        {
            true
        }
        (
            Anchor::Period {
                unit,
                offset,
                micros,
            },
            Anchor::Period {
                unit: to_unit,
                offset: to_offset,
                micros: to_micros,
            },
        ) if !moved
            && unit == to_unit
            && micros == to_micros
            && offset >= to_offset
            && lower.micros >= upper.micros =>
        {
            true
        }
        _ => match (around_now(lower), around_now(upper)) {
            (Some(lower), Some(upper)) => lower.start() >= upper.end(),
            _ => false,
        },
    }
}

/// Between which distances from `now` a bound lies, in microseconds, whatever the date and the zone: `yesterday` begins between one
/// and two days ago. A day more on either side is for clocks that are changed, by up to a day where a zone skips one.
fn around_now(bound: &Bound) -> Option<RangeInclusive<i64>> {
    let anchor = match &bound.anchor {
        Anchor::Now { months, micros } if *months == 0 => *micros..=*micros,
        Anchor::Now { months, micros } => moved(around(*micros), *months),
        Anchor::Period {
            unit,
            offset,
            micros,
        } => {
            let (least, most) = lengths(*unit);
            let begun = micros.saturating_sub(most).saturating_sub(DAY);
            let now = micros.saturating_add(DAY);
            let (short, long) = (offset.saturating_mul(least), offset.saturating_mul(most));
            begun.saturating_add(short.min(long))..=now.saturating_add(short.max(long))
        }
        Anchor::Day { moves } => {
            let today = around(0);
            let start = today.start().saturating_sub(DAY)..=*today.end();
            moves.iter().fold(start, |range, (months, days)| {
                by(moved(range, *months), days.saturating_mul(DAY))
            })
        }
        Anchor::Bound(of) => around_now(of)?,
        Anchor::DayOf { .. } | Anchor::At(_) | Anchor::Term { .. } => return None,
    };
    let anchor = match bound.months {
        0 => anchor,
        months => by(moved(anchor, months), 0),
    };
    Some(by(anchor, bound.micros))
}

fn around(micros: i64) -> RangeInclusive<i64> {
    micros.saturating_sub(DAY)..=micros.saturating_add(DAY)
}

fn by(range: RangeInclusive<i64>, micros: i64) -> RangeInclusive<i64> {
    range.start().saturating_add(micros)..=range.end().saturating_add(micros)
}

/// Moved by months, of 28 to 31 days each.
fn moved(range: RangeInclusive<i64>, months: i64) -> RangeInclusive<i64> {
    let (least, most) = lengths(CalendarUnit::Month);
    let (short, long) = (months.saturating_mul(least), months.saturating_mul(most));
    let slack = if months == 0 { 0 } else { DAY };
    let start = range.start().saturating_add(short.min(long));
    let end = range.end().saturating_add(short.max(long));
    start.saturating_sub(slack)..=end.saturating_add(slack)
}

/// How long a period is at least and at most.
fn lengths(unit: CalendarUnit) -> (i64, i64) {
    let (least, most) = match unit {
        CalendarUnit::Day => (1, 1),
        CalendarUnit::Week => (7, 7),
        CalendarUnit::Month => (28, 31),
        CalendarUnit::Quarter => (90, 92),
        CalendarUnit::Year => (365, 366),
    };
    (least * DAY, most * DAY)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ago(days: i64, months: i64) -> Bound {
        Bound::at(Anchor::Now {
            months: -months,
            micros: -days * DAY,
        })
    }

    fn day(offset: i64) -> Bound {
        Bound::at(Anchor::Period {
            unit: CalendarUnit::Day,
            offset,
            micros: 0,
        })
    }

    /// Today began at most 24 hours ago, or a little more; that is later than 3 days ago, and may be earlier than 1.
    #[test]
    fn a_calendar_day_and_a_distance_from_now_can_be_compared_where_they_are_far_apart() {
        assert!(is_never(&day(0), &ago(3, 0)));
        assert!(is_never(&day(-1), &ago(3, 0)));
        assert!(!is_never(&day(0), &ago(1, 0)));
        assert!(!is_never(&ago(3, 0), &day(0)));
        assert!(is_never(&ago(0, 0), &day(-1)));
    }

    /// A month has at least 28 days.
    #[test]
    fn so_can_days_and_months() {
        assert!(is_never(&ago(10, 0), &ago(0, 1)));
        assert!(!is_never(&ago(29, 0), &ago(0, 1)));
        assert!(is_never(&ago(0, 1), &ago(40, 0)));
    }
}

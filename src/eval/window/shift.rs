//! Instants and dates moved by months and days, and when what is moved passes another.

use crate::ir::Calendar;
use crate::time::{
    CalendarUnit, Date, Instant, NEVER, Zone, add_months, date_plus_months, period_number,
};

/// A date so many days later.
pub(super) fn days(date: Date, more: i64) -> Date {
    let days = i64::from(date.days()).saturating_add(more);
    Date::from_days(i32::try_from(days).unwrap_or(if days < 0 { i32::MIN } else { i32::MAX }))
}

/// A date moved by months and then by days, pair by pair. What is later stays later, or falls on the same day.
pub(super) fn later(date: Date, moves: &[(i64, i64)]) -> Date {
    moves.iter().fold(date, |date, (months, more)| {
        days(
            if *months == 0 {
                date
            } else {
                date_plus_months(date, *months)
            },
            *more,
        )
    })
}

/// When the date of `now`, moved, is first after `last`, if it is not yet.
pub(super) fn next_day_crossing(today: Date, moves: &[(i64, i64)], zone: Zone, last: Date) -> i64 {
    let after = |date: i32| later(Date::from_days(date), moves) > last;
    if after(today.days()) || !after(Date::MAX.days()) {
        return NEVER;
    }
    let (mut same, mut other) = (today.days(), Date::MAX.days());
    while other - same > 1 {
        let middle = same + (other - same) / 2;
        if after(middle) {
            other = middle
        } else {
            same = middle
        }
    }
    zone.start_of(Date::from_days(other))
}

/// The number of the period that holds an instant.
pub(crate) fn number_at(micros: i64, unit: CalendarUnit, calendar: Calendar) -> i64 {
    period_number(unit, calendar.zone.date(clamp(micros)), calendar.week_start)
}

/// An instant moved by months.
pub(crate) fn moved(micros: i64, months: i64, calendar: Calendar) -> i64 {
    if months == 0 {
        micros
    } else {
        add_months(Instant::from_micros(micros), months, calendar.zone).micros()
    }
}

pub(super) fn clamp(micros: i64) -> i64 {
    Instant::from_micros(micros).micros()
}

/// The first instant after `now` at which `bound <= x` changes, which is `about` then. The bound moves forward with `now` except
/// where a month's end or a clock change sets it back, so only the days around the crossing are searched. `continuous_until` gives the end of a
/// stretch from an instant on in which it is not set back.
pub(super) fn next_month_crossing(
    now: i64,
    bound: impl Fn(i64) -> i64,
    about: i64,
    most_back: i64,
    continuous_until: impl Fn(i64) -> i64,
    x: i64,
) -> i64 {
    let inside = bound(now) <= x;
    if !inside && bound(now).saturating_sub(most_back) > x {
        return NEVER;
    }
    let mut t = now;
    if inside {
        t = t.max(about.saturating_sub(most_back));
        if t > now && (bound(t) <= x) != inside {
            // The margin was too small to be trusted; search everything.
            t = now;
        }
    }
    loop {
        if t >= Instant::MAX.micros() {
            return NEVER;
        }
        let end = continuous_until(t);
        if end <= t {
            // The last day of time has no end.
            return NEVER;
        }
        if (bound(end - 1) <= x) != inside {
            let (mut same, mut other) = (t, end - 1);
            while other - same > 1 {
                let middle = same + (other - same) / 2;
                if (bound(middle) <= x) == inside {
                    same = middle
                } else {
                    other = middle
                }
            }
            return other;
        }
        if (bound(end) <= x) != inside {
            return end;
        }
        t = end;
        if !inside && bound(t).saturating_sub(most_back) > x {
            return NEVER;
        }
    }
}

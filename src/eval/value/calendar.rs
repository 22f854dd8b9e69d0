//! Parts of the calendar, and dates moved by months.

use crate::eval::window::bound::number_at;
use crate::ir::{Calendar, Part};
use crate::time::{
    CalendarUnit, Date, HOUR, NEVER, day_of_month, hour_of, month_of_year, period_start, weekday,
};

/// A date moved by months, as days.
pub(super) fn plus_months(days: i64, months: i64) -> i64 {
    let date = Date::from_days(i32::try_from(days).unwrap_or(i32::MAX));
    i64::from(crate::time::date_plus_months(date, months).days())
}

/// A part of the calendar. `v` is microseconds, or days where it is a date.
pub(crate) fn part_of(part: Part, v: i64, of_date: bool, calendar: Calendar) -> i64 {
    let date = || {
        if of_date {
            Date::from_days(i32::try_from(v).unwrap_or(i32::MAX))
        } else {
            calendar.zone.date(v)
        }
    };
    match part {
        Part::Date => i64::from(date().days()),
        Part::Period(unit) => crate::time::period_number(unit, date(), calendar.week_start),
        Part::MonthOfYear => month_of_year(date()),
        Part::DayOfMonth => day_of_month(date()),
        Part::Weekday => weekday(date()) + 1,
        Part::Hour => hour_of(v, calendar.zone),
    }
}

/// When a part of a value that moves with `now` changes next; [`NEVER`] for the parts that only grow, which whoever
/// compares them solves for.
pub(super) fn next_part(part: Part, v: i64, of_date: bool, now: i64, calendar: Calendar) -> i64 {
    if matches!(part, Part::Date | Part::Period(_)) {
        return NEVER;
    }
    if of_date {
        // The date of today, perhaps moved: it changes at midnight.
        let tomorrow = Date::from_days(calendar.zone.date(now).days() + 1);
        return calendar.zone.start_of(tomorrow).max(now + 1);
    }
    if part == Part::Hour {
        let to_hour = HOUR - calendar.zone.local(v).rem_euclid(HOUR);
        let end = calendar.zone.stretch_end(v);
        return now.saturating_add(to_hour.min(end - v).max(1));
    }
    let unit = if part == Part::MonthOfYear {
        CalendarUnit::Month
    } else {
        CalendarUnit::Day
    };
    let next = period_start(
        unit,
        number_at(v, unit, calendar).saturating_add(1),
        calendar.week_start,
        calendar.zone,
    );
    if next <= v {
        NEVER
    } else {
        now.saturating_add(next - v)
    }
}

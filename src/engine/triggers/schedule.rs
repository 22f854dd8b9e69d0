//! When dates and schedules come, in a profile's zone. A time of day that clocks skip means the first instant after the gap;
//! one that comes twice means the first.

use crate::ir::CalendarSpan;
use crate::rule::trigger::{Clock, Every};
use crate::time::{
    CalendarUnit, DAY, Date, HOUR, Zone, date_plus_months, first_of_period, period_number, weekday,
};
use chrono::Datelike;

/// A time of day on a date.
pub(super) fn on(date: Date, at: Clock, zone: Zone) -> i64 {
    zone.instant(i64::from(date.days()) * DAY + at.0)
}

/// The first time after an instant at which a schedule comes; `None` beyond the year 9999.
pub(crate) fn next_scheduled(every: Every, at: Clock, zone: Zone, after: i64) -> Option<i64> {
    // The time of day may have passed on this date already, or, where clocks went back, be still to come on the last.
    let mut date = Date::from_days(zone.date(after).days().saturating_sub(1));
    loop {
        date = next_day(every, date)?;
        let time = match every {
            Every::Hours(n) => next_hour(date, n, zone, after),
            Every::Day
            | Every::Weekday(_)
            | Every::WorkingDay
            | Every::DayOfMonth(_)
            | Every::NthWeekday { .. }
            | Every::DayOfQuarter(_)
            | Every::DayOfYear { .. }
            | Every::Weeks { .. }
            | Every::Days { .. } => Some(on(date, at, zone)).filter(|time| *time > after),
        };
        if time.is_some() {
            return time;
        }
        date = tomorrow(date)?;
    }
}

/// The first time after an instant at which clocks show a multiple of so many hours on a date. What they show twice counts
/// once, but where each hour counts: between two and two o'clock lies one.
fn next_hour(date: Date, n: u8, zone: Zone, after: i64) -> Option<i64> {
    let hours = (0..24).step_by(usize::from(n.max(1)));
    let local = hours.map(|hour| i64::from(date.days()) * DAY + hour * HOUR);
    let times = local.flat_map(|local| {
        let again = (n == 1).then(|| zone.last_instant(local));
        [Some(zone.instant(local)), again]
    });
    times.flatten().filter(|time| *time > after).min()
}

fn tomorrow(date: Date) -> Option<Date> {
    (date < Date::MAX).then(|| Date::from_days(date.days() + 1))
}

/// The first day of a schedule at or after a date.
fn next_day(every: Every, date: Date) -> Option<Date> {
    let day = i64::from(date.days());
    let to = |weekday_wanted: u8, from: i64| {
        let weekday = (from + 3).rem_euclid(7);
        from + (i64::from(weekday_wanted) - weekday).rem_euclid(7)
    };
    let in_period = |unit: CalendarUnit, day_of: &dyn Fn(i64) -> Date| {
        let period = period_number(unit, date, 0);
        let this = day_of(period);
        let found = if this >= date {
            this
        } else {
            day_of(period + 1)
        };
        i64::from(found.days())
    };
    let found = match every {
        Every::Day | Every::Hours(_) => day,
        Every::Weekday(wanted) => to(wanted, day),
        Every::WorkingDay => match weekday(date) {
            5 | 6 => to(0, day),
            _ => day,
        },
        Every::Weeks { n, day: of, from } => {
            let (n, anchor) = (i64::from(n), from.map_or(0, |from| i64::from(from.days())));
            let first = to(of, from.map_or(day, |_| day.max(anchor)));
            first + (week(anchor) - week(first)).rem_euclid(n) * 7
        }
        Every::Days { n, from } => {
            let from = i64::from(from.days());
            day.max(from) + (from - day).min(0).rem_euclid(i64::from(n))
        }
        Every::DayOfMonth(of) => in_period(CalendarUnit::Month, &|month| day_of(month, of)),
        Every::NthWeekday { nth, day } => {
            in_period(CalendarUnit::Month, &|month| nth_weekday(month, nth, day))
        }
        Every::DayOfQuarter(of) => in_period(CalendarUnit::Quarter, &|quarter| {
            day_of_quarter(quarter, of)
        }),
        Every::DayOfYear { month, day: of } => in_period(CalendarUnit::Year, &|year| {
            let first = first_of_period(CalendarUnit::Year, year, 0);
            let first = date_plus_months(first, i64::from(month) - 1);
            day_of(period_number(CalendarUnit::Month, first, 0), of)
        }),
    };
    // At the end of the calendar a later day is the last one, which need not be one of the schedule.
    let found = Date::from_days(i32::try_from(found).ok()?);
    let is_found = found >= date && (found < Date::MAX || next_day_is(every, found));
    is_found.then_some(found)
}

/// Whether the last date of the calendar is a day of a schedule.
fn next_day_is(every: Every, last: Date) -> bool {
    match every {
        Every::Day | Every::Hours(_) | Every::WorkingDay => true,
        Every::Weekday(day) => weekday(last) == i64::from(day),
        Every::DayOfMonth(day) => day == 31,
        Every::DayOfYear { month, day } => (month, day) == (12, 31),
        Every::DayOfQuarter(day) => day == 92,
        // What comes so rarely that nobody waits for it is left out there.
        Every::NthWeekday { .. } | Every::Weeks { .. } | Every::Days { .. } => false,
    }
}

/// The number of the week of a day, from Monday on; that of 1 January 1970 is 0.
fn week(day: i64) -> i64 {
    (day + 3).div_euclid(7)
}

/// A weekday of a month: the first, second, third, fourth, or last.
fn nth_weekday(month: i64, nth: u8, day: u8) -> Date {
    let (first, last) = (day_of(month, 1), day_of(month, 31));
    let back = (weekday(last) - i64::from(day)).rem_euclid(7);
    let ahead = (i64::from(day) - weekday(first)).rem_euclid(7);
    let days = if nth == Every::LAST {
        i64::from(last.days()) - back
    } else {
        i64::from(first.days()) + ahead + 7 * (i64::from(nth) - 1)
    };
    Date::from_days(i32::try_from(days).unwrap_or(i32::MAX))
}

/// A day of a quarter, or its last day where it is shorter.
fn day_of_quarter(quarter: i64, day: u8) -> Date {
    let first = first_of_period(CalendarUnit::Quarter, quarter, 0);
    let month = period_number(CalendarUnit::Month, first, 0);
    let last = day_of(month + 2, 31);
    Date::from_days((first.days() + i32::from(day) - 1).min(last.days()))
}

/// A day of a month, or its last day where it is shorter.
fn day_of(month: i64, day: u8) -> Date {
    let first = first_of_period(CalendarUnit::Month, month, 0);
    let last = date_plus_months(first, 1).days() - 1;
    let last = if first.to_naive().month() == 12 {
        first.days() + 30
    } else {
        last
    };
    Date::from_days((first.days() + i32::from(day) - 1).min(last))
}

/// The first time after an instant at which a date of the profile comes, moved by `lead`; a yearly one comes back every
/// year from its own on, on the 28th of February where there is no 29th.
pub(crate) fn next_dated(
    date: Date,
    lead: CalendarSpan,
    at: Clock,
    yearly: bool,
    zone: Zone,
    after: i64,
) -> Option<i64> {
    let occurrence = |years: i32| {
        on(
            moved(date_plus_months(date, i64::from(years) * 12), lead),
            at,
            zone,
        )
    };
    if !yearly {
        return Some(occurrence(0)).filter(|time| *time > after);
    }
    // The times of later years are never earlier: the first that is late enough lies between these two.
    let (mut early, mut late) = (-1, 9999 - date.to_naive().year());
    if occurrence(late) <= after {
        return None;
    }
    while late - early > 1 {
        let middle = early + (late - early) / 2;
        if occurrence(middle) > after {
            late = middle
        } else {
            early = middle
        }
    }
    Some(occurrence(late))
}

/// A date, moved by whole days or months.
pub(super) fn moved(date: Date, lead: CalendarSpan) -> Date {
    match lead {
        CalendarSpan::Months(months) => date_plus_months(date, months),
        CalendarSpan::Micros(micros) => {
            let days = i64::from(date.days()).saturating_add(micros / DAY);
            Date::from_days(i32::try_from(days).unwrap_or(if micros < 0 {
                i32::MIN
            } else {
                i32::MAX
            }))
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use crate::time::{Instant, MINUTE};
    use proptest::prelude::*;

    fn at(text: &str) -> i64 {
        text.parse::<Instant>().unwrap().micros()
    }

    fn scheduled(every: Every, clock: &str, zone: &str, after: &str) -> String {
        let next = next_scheduled(
            every,
            Clock::parse(clock).unwrap(),
            zone.parse().unwrap(),
            at(after),
        );
        next.map_or("never".to_owned(), |next| {
            Instant::from_micros(next).to_string()
        })
    }

    fn dated(date: &str, lead: CalendarSpan, yearly: bool, after: &str) -> String {
        let clock = Clock::parse("09:00").unwrap();
        let next = next_dated(
            date.parse().unwrap(),
            lead,
            clock,
            yearly,
            "Europe/Rome".parse().unwrap(),
            at(after),
        );
        next.map_or("never".to_owned(), |next| {
            Instant::from_micros(next).to_string()
        })
    }

    #[test]
    fn schedules_come_round_strictly_later() {
        let rome = "Europe/Rome";
        assert_eq!(
            scheduled(Every::Day, "09:00", rome, "2026-01-14T07:59:59Z"),
            "2026-01-14T08:00:00Z"
        );
        assert_eq!(
            scheduled(Every::Day, "09:00", rome, "2026-01-14T08:00:00Z"),
            "2026-01-15T08:00:00Z"
        );
        // 2026-01-14 is a Wednesday.
        assert_eq!(
            scheduled(Every::Weekday(0), "09:00", rome, "2026-01-14T12:00:00Z"),
            "2026-01-19T08:00:00Z"
        );
        assert_eq!(
            scheduled(Every::Weekday(2), "09:00", rome, "2026-01-14T08:00:00Z"),
            "2026-01-21T08:00:00Z"
        );
    }

    #[test]
    fn a_day_beyond_the_months_end_is_its_last() {
        let on_31st = |after: &str| scheduled(Every::DayOfMonth(31), "00:00", "UTC", after);
        assert_eq!(on_31st("2026-01-31T00:00:00Z"), "2026-02-28T00:00:00Z");
        assert_eq!(on_31st("2028-02-01T00:00:00Z"), "2028-02-29T00:00:00Z");
        assert_eq!(on_31st("2026-03-31T00:00:00Z"), "2026-04-30T00:00:00Z");
        assert_eq!(on_31st("2026-12-01T00:00:00Z"), "2026-12-31T00:00:00Z");
        assert_eq!(
            scheduled(Every::DayOfMonth(1), "09:00", "UTC", "2026-12-31T23:00:00Z"),
            "2027-01-01T09:00:00Z"
        );
    }

    #[test]
    fn where_clocks_change() {
        let daily = |zone, after| scheduled(Every::Day, "02:30", zone, after);
        assert_eq!(
            daily("Europe/Rome", "2026-03-28T12:00:00Z"),
            "2026-03-29T01:00:00Z"
        );
        assert_eq!(
            daily("Europe/Rome", "2026-03-29T01:00:00Z"),
            "2026-03-30T00:30:00Z"
        );
        assert_eq!(
            daily("Europe/Rome", "2026-10-24T12:00:00Z"),
            "2026-10-25T00:30:00Z"
        );
        // The second 02:30 of that night is none.
        assert_eq!(
            daily("Europe/Rome", "2026-10-25T00:30:00Z"),
            "2026-10-26T01:30:00Z"
        );
        assert_eq!(
            daily("America/New_York", "2026-03-08T06:00:00Z"),
            "2026-03-08T07:00:00Z"
        );
    }

    #[test]
    fn hours_are_those_that_clocks_show() {
        let all = |n: u8, zone: &str, from: &str, to: &str| {
            let (zone, mut now, mut all) = (zone.parse().unwrap(), at(from) - 1, Vec::new());
            while let Some(next) = next_scheduled(Every::Hours(n), Clock(0), zone, now)
                && next < at(to)
            {
                all.push(Instant::from_micros(next).to_string()[11..16].to_owned());
                now = next;
            }
            all.join(" ")
        };
        let (rome, spring, autumn) = ("Europe/Rome", "2026-03-29", "2026-10-25");
        let night = |day: &str| (format!("{day}T00:00:00Z"), format!("{day}T04:00:00Z"));
        let (from, to) = night(spring);
        assert_eq!(all(1, rome, &from, &to), "00:00 01:00 02:00 03:00");
        assert_eq!(
            all(2, rome, &from, &to),
            "01:00 02:00",
            "02:00, left out, and 04:00"
        );
        let (from, to) = night(autumn);
        // Two o'clock comes twice: an hour lies between.
        assert_eq!(all(1, rome, &from, &to), "00:00 01:00 02:00 03:00");
        assert_eq!(
            all(2, rome, &from, &to),
            "00:00 03:00",
            "02:00 once, and 04:00"
        );
        let whole = |n: u8| all(n, rome, "2026-07-01T22:00:00Z", "2026-07-02T22:00:00Z");
        assert_eq!(whole(6), "22:00 04:00 10:00 16:00");
        assert_eq!(whole(12), "22:00 10:00");
    }

    #[test]
    fn weeks_are_counted_over_the_new_year() {
        let (n, day) = (2, 0);
        let from = |from: Option<&str>, after: &str| {
            let from = from.map(|from| from.parse().unwrap());
            scheduled(Every::Weeks { n, day, from }, "09:00", "Europe/Rome", after)
        };
        assert_eq!(from(None, "2026-12-28T08:00:00Z"), "2027-01-11T08:00:00Z");
        assert_eq!(from(None, "2027-03-22T08:00:00Z"), "2027-04-05T07:00:00Z");
        let seventh = Some("2026-12-09");
        assert_eq!(
            from(seventh, "2026-01-01T00:00:00Z"),
            "2026-12-21T08:00:00Z"
        );
    }

    #[test]
    fn dates_come_once_or_every_year() {
        let none = CalendarSpan::Micros(0);
        assert_eq!(
            dated("2026-05-20", none, false, "2026-01-01T00:00:00Z"),
            "2026-05-20T07:00:00Z"
        );
        assert_eq!(
            dated("2026-05-20", none, false, "2026-05-20T07:00:00Z"),
            "never"
        );
        assert_eq!(
            dated("1968-05-20", none, true, "2026-05-20T06:59:59Z"),
            "2026-05-20T07:00:00Z"
        );
        assert_eq!(
            dated("1968-05-20", none, true, "2026-05-20T07:00:00Z"),
            "2027-05-20T07:00:00Z"
        );
        assert_eq!(
            dated("2028-02-29", none, true, "2028-03-01T00:00:00Z"),
            "2029-02-28T08:00:00Z"
        );
        assert_eq!(
            dated("2030-05-20", none, true, "2026-01-01T00:00:00Z"),
            "2030-05-20T07:00:00Z",
            "not before its own year"
        );
        assert_eq!(
            dated(
                "2026-01-10",
                CalendarSpan::Micros(-14 * DAY),
                false,
                "2025-01-01T00:00:00Z"
            ),
            "2025-12-27T08:00:00Z"
        );
        assert_eq!(
            dated(
                "1968-01-10",
                CalendarSpan::Micros(-14 * DAY),
                true,
                "2026-01-01T00:00:00Z"
            ),
            "2026-12-27T08:00:00Z"
        );
        assert_eq!(
            dated(
                "2026-01-31",
                CalendarSpan::Months(1),
                false,
                "2026-01-01T00:00:00Z"
            ),
            "2026-02-28T08:00:00Z"
        );
        assert_eq!(
            dated(
                "9999-12-31",
                CalendarSpan::Micros(0),
                true,
                "9999-12-31T12:00:00Z"
            ),
            "never"
        );
    }

    #[test]
    fn the_calendar_ends() {
        for every in [
            Every::Day,
            Every::Weekday(3),
            Every::DayOfMonth(31),
            Every::DayOfMonth(1),
            Every::WorkingDay,
            Every::Hours(6),
            Every::DayOfQuarter(92),
            Every::DayOfQuarter(1),
            Every::NthWeekday {
                nth: Every::LAST,
                day: 4,
            },
            Every::DayOfYear { month: 12, day: 31 },
            Every::DayOfYear { month: 2, day: 29 },
            Every::Weeks {
                n: 2,
                day: 4,
                from: None,
            },
            Every::Days {
                n: 3,
                from: Date::from_days(0),
            },
        ] {
            let clock = Clock::parse("09:00").unwrap();
            assert_eq!(
                next_scheduled(every, clock, Zone::UTC, Instant::MAX.micros()),
                None,
                "{every:?}"
            );
        }
    }

    /// The first minute at which clocks show the time of day, or that lies behind where they leave it out.
    fn slowly(every: Every, at: Clock, zone: Zone, after: i64) -> i64 {
        let mut day = zone.date(after).days() - 2;
        loop {
            let date = Date::from_days(day);
            let naive = date.to_naive();
            let last = date_plus_months(date, 1)
                .to_naive()
                .with_day(1)
                .unwrap()
                .pred_opt()
                .unwrap()
                .day();
            let meant = match every {
                Every::Day => true,
                Every::Weekday(day) => naive.weekday().num_days_from_monday() == u32::from(day),
                Every::DayOfMonth(day) => naive.day() == u32::from(day).min(last),
                Every::WorkingDay => naive.weekday().num_days_from_monday() < 5,
                Every::NthWeekday { nth, day } => {
                    let is_last = naive.day() + 7 > last;
                    naive.weekday().num_days_from_monday() == u32::from(day)
                        && (if nth == Every::LAST {
                            is_last
                        } else {
                            naive.day().div_ceil(7) == u32::from(nth)
                        })
                }
                Every::DayOfQuarter(day) => {
                    let first = naive
                        .with_day(1)
                        .unwrap()
                        .with_month0(naive.month0() / 3 * 3)
                        .unwrap();
                    let next = first.checked_add_months(chrono::Months::new(3)).unwrap();
                    let length = (next - first).num_days();
                    (naive - first).num_days() + 1 == i64::from(day).min(length)
                }
                Every::DayOfYear { month, day } => {
                    naive.month() == u32::from(month) && naive.day() == u32::from(day).min(last)
                }
                Every::Weeks { n, day: of, from } => {
                    let monday = |days: i32| days - (days + 3).rem_euclid(7);
                    let from_day = from.map_or(0, |from| from.days());
                    naive.weekday().num_days_from_monday() == u32::from(of)
                        && from.is_none_or(|from| from.days() <= day)
                        && (monday(day) - monday(from_day)) % (7 * i32::from(n)) == 0
                }
                Every::Days { n, from } => {
                    day >= from.days() && (day - from.days()) % i32::from(n) == 0
                }
                Every::Hours(_) => unreachable!("hours have a test of their own"),
            };
            let wanted = i64::from(day) * DAY + at.0;
            let mut minute = wanted - 26 * HOUR;
            while meant && minute < wanted + 26 * HOUR {
                // Local readings of some minutes before may be greater only where clocks went back.
                if zone.local(minute) >= wanted {
                    break;
                }
                minute += MINUTE;
            }
            if meant && minute > after {
                return minute;
            }
            day += 1;
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]
        #[test]
        fn schedules_are_those_of_the_slow_way(
            every in prop_oneof![
                Just(Every::Day),
                Just(Every::WorkingDay),
                (0..7_u8).prop_map(Every::Weekday),
                (1..=31_u8).prop_map(Every::DayOfMonth),
                (1..=92_u8).prop_map(Every::DayOfQuarter),
                (1..=5_u8, 0..7_u8).prop_map(|(nth, day)| Every::NthWeekday { nth, day }),
                (1..=12_u8, 1..=31_u8).prop_map(|(month, day)| Every::DayOfYear { month, day }),
                (1..=4_u16, 0..7_u8, prop::option::of(17_400..17_800))
                    .prop_map(|(n, day, from)| Every::Weeks { n, day, from: from.map(Date::from_days) }),
                (1..=40_u16, 17_400..17_800).prop_map(|(n, from)| Every::Days { n, from: Date::from_days(from) }),
            ],
            quarter in prop_oneof![0..16_i64, 0..96_i64],
            zone in prop::sample::select(vec!["Europe/Rome", "America/New_York", "Australia/Lord_Howe", "America/Sao_Paulo", "-03:30"]),
            hours in 0..2 * 366 * 24_i64,
        ) {
            let (zone, clock): (Zone, _) = (zone.parse().unwrap(), Clock(quarter * 15 * MINUTE));
            let after = super::tests::at("2017-10-01T00:15:00Z") + hours * HOUR;
            prop_assert_eq!(next_scheduled(every, clock, zone, after), Some(slowly(every, clock, zone, after)));
        }
    }
}

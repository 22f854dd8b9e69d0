//! When dates and schedules come, in a profile's zone. A time of day that clocks skip means the first instant after the gap;
//! one that comes twice means the first.

use crate::ir::CalendarSpan;
use crate::rule::trigger::{Clock, Every};
use crate::time::{
    CalendarUnit, DAY, Date, Zone, date_plus_months, first_of_period, period_number, weekday,
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
        let time = on(date, at, zone);
        if time > after {
            return Some(time);
        }
        date = tomorrow(date)?;
    }
}

fn tomorrow(date: Date) -> Option<Date> {
    (date < Date::MAX).then(|| Date::from_days(date.days() + 1))
}

/// The first day of a schedule at or after a date.
fn next_day(every: Every, date: Date) -> Option<Date> {
    let found = match every {
        Every::Day => i64::from(date.days()),
        Every::Weekday(day) => {
            i64::from(date.days()) + (i64::from(day) - weekday(date)).rem_euclid(7)
        }
        Every::DayOfMonth(day) => {
            let month = period_number(CalendarUnit::Month, date, 0);
            let this = day_of(month, day);
            i64::from(
                if this >= date {
                    this
                } else {
                    day_of(month + 1, day)
                }
                .days(),
            )
        }
    };
    let found = Date::from_days(i32::try_from(found).ok()?);
    // At the end of the calendar a later day is the last one.
    (found >= date && falls(every, found)).then_some(found)
}

fn falls(every: Every, date: Date) -> bool {
    match every {
        Every::Day => true,
        Every::Weekday(day) => weekday(date) == i64::from(day),
        Every::DayOfMonth(day) => day_of(period_number(CalendarUnit::Month, date, 0), day) == date,
    }
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
    use crate::time::{HOUR, Instant, MINUTE};
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
            every in prop_oneof![Just(Every::Day), (0..7_u8).prop_map(Every::Weekday), (1..=31_u8).prop_map(Every::DayOfMonth)],
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

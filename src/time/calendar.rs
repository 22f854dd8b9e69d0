//! Calendar arithmetic: months, and the periods days, weeks, months, quarters, years.

use super::{CalendarUnit, DAY, Date, HOUR, Instant, Zone};
use chrono::{Datelike, NaiveDate};

/// `t` moved by a number of calendar months in a zone: the same clock time on the same day of another month, or on the
/// month's last day where it is shorter.
///
/// ```
/// use segue::{Instant, Zone, time::add_months};
/// let t: Instant = "2026-01-31T12:00:00Z".parse()?;
/// assert_eq!(add_months(t, 1, Zone::UTC).to_string(), "2026-02-28T12:00:00Z");
/// # Ok::<(), segue::ParseTimeError>(())
/// ```
#[must_use]
pub fn add_months(t: Instant, months: i64, zone: Zone) -> Instant {
    let local = zone.local(t.micros());
    let date = Date::from_days(i32::try_from(local.div_euclid(DAY)).unwrap_or(i32::MAX));
    let moved = date_plus_months(date, months);
    Instant::from_micros(zone.instant(i64::from(moved.days()) * DAY + local.rem_euclid(DAY)))
}

/// A date moved by months, clamped to the month's last day and to the years 1 to 9999.
pub(crate) fn date_plus_months(date: Date, months: i64) -> Date {
    let naive = date.to_naive();
    let number = i64::from(naive.year()) * 12 + i64::from(naive.month0());
    let number = number.saturating_add(months).clamp(12, 9999 * 12 + 11);
    let (year, month) = (
        i32::try_from(number / 12).unwrap_or(9999),
        u32::try_from(number % 12).unwrap_or(0) + 1,
    );
    (0..4)
        .find_map(|back| NaiveDate::from_ymd_opt(year, month, naive.day() - back))
        .map_or(date, Date::from)
}

/// The number of the period that holds a date; periods of a unit are numbered without gaps.
pub(crate) fn period_number(unit: CalendarUnit, date: Date, week_start: u8) -> i64 {
    let month0 = || i64::from(date.to_naive().month0());
    let year = || i64::from(date.to_naive().year());
    match unit {
        CalendarUnit::Day => i64::from(date.days()),
        // 1970-01-01 was a Thursday, day 3 of a week that starts on Monday.
        CalendarUnit::Week => (i64::from(date.days()) + 3 - i64::from(week_start)).div_euclid(7),
        CalendarUnit::Month => year() * 12 + month0(),
        CalendarUnit::Quarter => year() * 4 + month0() / 3,
        CalendarUnit::Year => year(),
    }
}

/// The first date of a period, the inverse of [`period_number`].
pub(crate) fn first_of_period(unit: CalendarUnit, number: i64, week_start: u8) -> Date {
    let ymd = |year: i64, month: i64| {
        let year = i32::try_from(year).unwrap_or(if year < 0 { 1 } else { 9999 });
        let date = NaiveDate::from_ymd_opt(
            year.clamp(1, 9999),
            u32::try_from(month).unwrap_or(0) + 1,
            1,
        );
        date.map_or(Date::MIN, Date::from)
    };
    let days = |n: i64| {
        Date::from_days(i32::try_from(n).unwrap_or(if n < 0 { i32::MIN } else { i32::MAX }))
    };
    match unit {
        CalendarUnit::Day => days(number),
        CalendarUnit::Week => days(
            number
                .saturating_mul(7)
                .saturating_sub(3)
                .saturating_add(i64::from(week_start)),
        ),
        CalendarUnit::Month => ymd(number.div_euclid(12), number.rem_euclid(12)),
        CalendarUnit::Quarter => ymd(number.div_euclid(4), number.rem_euclid(4) * 3),
        CalendarUnit::Year => ymd(number, 0),
    }
}

/// The first instant of a period.
pub(crate) fn period_start(unit: CalendarUnit, number: i64, week_start: u8, zone: Zone) -> i64 {
    zone.start_of(first_of_period(unit, number, week_start))
}

/// 0 to 23, as clocks show it.
pub(crate) fn hour_of(micros: i64, zone: Zone) -> i64 {
    zone.local(micros).rem_euclid(DAY) / HOUR
}

/// 1 (January) to 12.
pub(crate) fn month_of_year(date: Date) -> i64 {
    i64::from(date.to_naive().month())
}

/// 1 to 31.
pub(crate) fn day_of_month(date: Date) -> i64 {
    i64::from(date.to_naive().day())
}

/// 0 (Monday) to 6 (Sunday).
pub(crate) fn weekday(date: Date) -> i64 {
    (i64::from(date.days()) + 3).rem_euclid(7)
}

#[cfg(test)]
mod tests {
    use super::{date_plus_months, first_of_period, period_number};
    use crate::time::{CalendarUnit, Date};
    use chrono::NaiveDate;

    fn date(year: i32, month: u32, day: u32) -> Date {
        NaiveDate::from_ymd_opt(year, month, day).map_or(Date::MIN, Date::from)
    }

    /// A month's end stays within its month, so that going there and back does not lead back: 31 January, 29 February,
    /// 29 January.
    #[test]
    fn months_are_clamped_to_their_last_day() {
        let leap = date_plus_months(date(2024, 1, 31), 1);
        assert_eq!(leap, date(2024, 2, 29));
        assert_eq!(date_plus_months(leap, -1), date(2024, 1, 29));
        assert_eq!(date_plus_months(date(9999, 12, 31), 1), date(9999, 12, 31));
        assert_eq!(date_plus_months(date(1, 1, 1), -1), date(1, 1, 1));
    }

    #[test]
    fn every_date_lies_in_the_period_of_its_number() {
        use CalendarUnit::{Day, Month, Quarter, Week, Year};
        for unit in [Day, Week, Month, Quarter, Year] {
            for day in -800..800 {
                let day = Date::from_days(day);
                let number = period_number(unit, day, 6);
                assert!(first_of_period(unit, number, 6) <= day, "{unit:?} {day}");
                assert!(first_of_period(unit, number + 1, 6) > day, "{unit:?} {day}");
            }
        }
    }

    /// 2026-11-29 is a Sunday: the first day of a week that starts on Sunday, the last of one that starts on Monday.
    #[test]
    fn weeks_start_where_they_are_told_to() {
        let sunday = date(2026, 11, 29);
        let start = |week_start| {
            let number = period_number(CalendarUnit::Week, sunday, week_start);
            first_of_period(CalendarUnit::Week, number, week_start)
        };
        assert_eq!(start(6), sunday);
        assert_eq!(start(0), date(2026, 11, 23));
    }
}

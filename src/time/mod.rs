//! Instants, dates, zones, calendar periods and lengths of time. Depends on nothing but chrono and its zone tables.
//!
//! The library never reads a clock: every instant comes from the caller.

mod calendar;
mod day_cache;
mod instant;
mod units;
mod zone;

pub use calendar::add_months;
pub(crate) use calendar::{
    date_plus_months, day_of_month, first_of_period, hour_of, month_of_year, period_number,
    period_start, weekday,
};
pub use instant::{Date, Duration, Instant, ParseTimeError};
pub use units::{CalendarUnit, TimeUnit};
pub(crate) use units::{MONTHS, WEEKDAYS};
pub use zone::{ParseZoneError, Zone};

/// Microseconds in a second.
pub(crate) const SECOND: i64 = 1_000_000;
/// Microseconds in a minute.
pub(crate) const MINUTE: i64 = 60 * SECOND;
/// Microseconds in an hour.
pub(crate) const HOUR: i64 = 60 * MINUTE;
/// Microseconds in a day of 24 hours.
pub(crate) const DAY: i64 = 24 * HOUR;
/// How far a move by months can lead backwards while time passes: at a month's end, and where clocks are set back.
pub(crate) const MAX_BACK: i64 = 5 * DAY;
/// What stands for "never" where an instant in microseconds is expected.
pub(crate) const NEVER: i64 = i64::MAX;

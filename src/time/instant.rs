//! The scalar times: an instant, a date, a length.

use super::{DAY, HOUR, MINUTE, SECOND};
use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::fmt;
use std::str::FromStr;

/// A text is not an instant, a date or a length of time.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not {expected}")]
pub struct ParseTimeError {
    text: String,
    expected: &'static str,
}

/// A point in time: microseconds since 1970-01-01T00:00:00Z, between the years 1 and 9999.
///
/// ```
/// use segue::Instant;
/// let now: Instant = "2026-01-31T12:00:00Z".parse()?;
/// assert_eq!(now.to_string(), "2026-01-31T12:00:00Z");
/// assert_eq!(Instant::from_micros(now.micros()), now);
/// # Ok::<(), segue::ParseTimeError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(i64);

impl Instant {
    /// The first instant of the year 1.
    pub const MIN: Instant = Instant(-62_135_596_800 * SECOND);
    /// The last microsecond of the year 9999.
    pub const MAX: Instant = Instant(253_402_300_800 * SECOND - 1);

    /// The instant this many microseconds after 1970-01-01T00:00:00Z; beyond the years 1 to 9999 the nearest end of them.
    #[must_use]
    pub const fn from_micros(micros: i64) -> Self {
        if micros < Self::MIN.0 {
            Self::MIN
        } else if micros > Self::MAX.0 {
            Self::MAX
        } else {
            Instant(micros)
        }
    }

    /// Microseconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// This instant as chrono's.
    #[must_use]
    pub fn to_utc(self) -> DateTime<Utc> {
        DateTime::from_timestamp_micros(self.0).unwrap_or(DateTime::UNIX_EPOCH)
    }
}

impl From<DateTime<Utc>> for Instant {
    /// Whole microseconds, rounded down; beyond the years 1 to 9999 the nearest end of them.
    fn from(t: DateTime<Utc>) -> Self {
        Instant::from_micros(t.timestamp_micros())
    }
}

impl From<Instant> for DateTime<Utc> {
    fn from(t: Instant) -> Self {
        t.to_utc()
    }
}

impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let utc = self.to_utc();
        if self.0.rem_euclid(SECOND) == 0 {
            write!(f, "{}", utc.format("%Y-%m-%dT%H:%M:%SZ"))
        } else {
            write!(f, "{}", utc.format("%Y-%m-%dT%H:%M:%S%.6fZ"))
        }
    }
}

impl fmt::Debug for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Instant {
    type Err = ParseTimeError;

    /// RFC 3339 with an offset (`2026-01-31T12:00:00Z`, `…+02:00`), or a date, which stands for its start in UTC. In data and rules
    /// a date stands for its start in the rulebook's zone: [`Zone::parse_instant`](super::Zone::parse_instant).
    fn from_str(text: &str) -> Result<Self, ParseTimeError> {
        let error = || ParseTimeError {
            text: text.to_owned(),
            expected: "an instant such as `2026-01-31T12:00:00Z`",
        };
        if let Some(micros) = parse_utc(text.as_bytes()) {
            return Ok(Instant(micros));
        }
        if let Ok(t) = DateTime::parse_from_rfc3339(text) {
            let micros = t.timestamp_micros();
            return if (Self::MIN.0..=Self::MAX.0).contains(&micros) {
                Ok(Instant(micros))
            } else {
                Err(error())
            };
        }
        let date: Date = text.parse().map_err(|_| error())?;
        Ok(Instant(i64::from(date.days()) * DAY))
    }
}

/// The common form `YYYY-MM-DDThh:mm:ssZ`, which is read millions of times when data are loaded.
fn parse_utc(b: &[u8]) -> Option<i64> {
    let &[
        y0,
        y1,
        y2,
        y3,
        b'-',
        m0,
        m1,
        b'-',
        d0,
        d1,
        b'T',
        h0,
        h1,
        b':',
        i0,
        i1,
        b':',
        s0,
        s1,
        b'Z',
    ] = b
    else {
        return None;
    };
    let two = |a: u8, b: u8| -> Option<u32> {
        (a.is_ascii_digit() && b.is_ascii_digit())
            .then(|| u32::from(a - b'0') * 10 + u32::from(b - b'0'))
    };
    let year = two(y0, y1)? * 100 + two(y2, y3)?;
    if year == 0 {
        return None;
    }
    let date = NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, two(m0, m1)?, two(d0, d1)?)?;
    let (h, i, s) = (two(h0, h1)?, two(i0, i1)?, two(s0, s1)?);
    (h < 24 && i < 60 && s < 60).then(|| {
        i64::from(Date::from(date).days()) * DAY
            + i64::from(h) * HOUR
            + i64::from(i) * MINUTE
            + i64::from(s) * SECOND
    })
}

impl Serialize for Instant {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Instant {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(de::Error::custom)
    }
}

const EPOCH_FROM_CE: i32 = 719_163;

/// A day of the calendar: days since 1970-01-01, between the years 1 and 9999.
///
/// ```
/// use segue::Date;
/// let leap: Date = "2024-02-29".parse()?;
/// assert_eq!(leap.to_string(), "2024-02-29");
/// assert!("2023-02-29".parse::<Date>().is_err());
/// # Ok::<(), segue::ParseTimeError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date(i32);

impl Date {
    /// 0001-01-01
    pub const MIN: Date = Date(-719_162);
    /// 9999-12-31
    pub const MAX: Date = Date(2_932_896);

    /// The date this many days after 1970-01-01; beyond the years 1 to 9999 the nearest end of them.
    #[must_use]
    pub const fn from_days(days: i32) -> Self {
        if days < Self::MIN.0 {
            Self::MIN
        } else if days > Self::MAX.0 {
            Self::MAX
        } else {
            Date(days)
        }
    }

    /// Days since 1970-01-01.
    #[must_use]
    pub const fn days(self) -> i32 {
        self.0
    }

    /// This date as chrono's.
    #[must_use]
    pub fn to_naive(self) -> NaiveDate {
        NaiveDate::from_num_days_from_ce_opt(self.0 + EPOCH_FROM_CE).unwrap_or(NaiveDate::MIN)
    }
}

impl From<NaiveDate> for Date {
    fn from(d: NaiveDate) -> Self {
        Date::from_days(d.num_days_from_ce() - EPOCH_FROM_CE)
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.to_naive().format("%Y-%m-%d"))
    }
}

impl fmt::Debug for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Date {
    type Err = ParseTimeError;

    fn from_str(text: &str) -> Result<Self, ParseTimeError> {
        let error = || ParseTimeError {
            text: text.to_owned(),
            expected: "a date such as `2026-01-31`",
        };
        if text.len() != 10 {
            return Err(error());
        }
        let date = NaiveDate::parse_from_str(text, "%Y-%m-%d").map_err(|_| error())?;
        if (1..=9999).contains(&date.year()) {
            Ok(date.into())
        } else {
            Err(error())
        }
    }
}

impl Serialize for Date {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Date {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(de::Error::custom)
    }
}

/// A fixed length of time in microseconds; may be negative.
///
/// ```
/// use segue::Duration;
/// let d: Duration = "36 hours".parse()?;
/// assert_eq!(d.micros(), 36 * 3_600_000_000);
/// assert_eq!(d.to_string(), "1 day 12 hours");
/// # Ok::<(), segue::ParseTimeError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Duration(i64);

impl Duration {
    /// This many microseconds.
    #[must_use]
    pub const fn from_micros(micros: i64) -> Self {
        Duration(micros)
    }

    /// The length in microseconds.
    #[must_use]
    pub const fn micros(self) -> i64 {
        self.0
    }
}

impl From<TimeDelta> for Duration {
    /// Whole microseconds; beyond what they can count the greatest of them.
    fn from(d: TimeDelta) -> Self {
        Duration(d.num_microseconds().unwrap_or(if d < TimeDelta::zero() {
            i64::MIN
        } else {
            i64::MAX
        }))
    }
}

impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 0 {
            return f.write_str("0 seconds");
        }
        let mut rest = self.0.unsigned_abs();
        let mut first = true;
        if self.0 < 0 {
            f.write_str("-")?;
        }
        for (name, size) in [("day", DAY), ("hour", HOUR), ("minute", MINUTE)] {
            let size = size.unsigned_abs();
            let n = rest / size;
            rest %= size;
            if n > 0 {
                write!(
                    f,
                    "{}{n} {name}{}",
                    if first { "" } else { " " },
                    if n == 1 { "" } else { "s" }
                )?;
                first = false;
            }
        }
        if rest > 0 {
            let space = if first { "" } else { " " };
            let (whole, micros) = (rest / 1_000_000, rest % 1_000_000);
            if micros == 0 {
                write!(
                    f,
                    "{space}{whole} second{}",
                    if whole == 1 { "" } else { "s" }
                )?;
            } else {
                let digits = format!("{micros:06}");
                write!(f, "{space}{whole}.{} seconds", digits.trim_end_matches('0'))?;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Duration {
    type Err = ParseTimeError;

    /// Numbers with units, as [`Display`](fmt::Display) prints them: `3 days`, `1 day 12 hours`, `-2.5 seconds`.
    /// The units are seconds, minutes, hours, days (of 24 hours) and weeks.
    fn from_str(text: &str) -> Result<Self, ParseTimeError> {
        let error = || ParseTimeError {
            text: text.to_owned(),
            expected: "a duration such as `3 days` or `1 hour 30 minutes`",
        };
        let (negative, rest) = match text.trim().strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.trim()),
        };
        let mut total: i128 = 0;
        let mut words = rest.split_whitespace();
        let mut any = false;
        while let Some(number) = words.next() {
            let unit = match words.next().map(|w| w.strip_suffix('s').unwrap_or(w)) {
                Some("second") => SECOND,
                Some("minute") => MINUTE,
                Some("hour") => HOUR,
                Some("day") => DAY,
                Some("week") => 7 * DAY,
                _ => return Err(error()),
            };
            let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
            if whole.is_empty()
                || fraction.len() > 9
                || !(whole.bytes().chain(fraction.bytes())).all(|b| b.is_ascii_digit())
            {
                return Err(error());
            }
            let digits: i128 = format!("{whole}{fraction}").parse().map_err(|_| error())?;
            let scale = 10_i128.pow(u32::try_from(fraction.len()).unwrap_or(0));
            total = digits
                .checked_mul(i128::from(unit))
                .and_then(|d| total.checked_add(d / scale))
                .ok_or_else(error)?;
            any = true;
        }
        if !any {
            return Err(error());
        }
        i64::try_from(if negative { -total } else { total })
            .map(Duration)
            .map_err(|_| error())
    }
}

impl Serialize for Duration {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Duration {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(de::Error::custom)
    }
}

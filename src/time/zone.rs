//! Time zones: where a day starts.

use super::{DAY, Date, HOUR, Instant, MINUTE, ParseTimeError, SECOND, day_cache};
use chrono::{DateTime, FixedOffset, LocalResult, NaiveDateTime, Offset, TimeZone, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::fmt;
use std::str::FromStr;

/// A text names no time zone.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` is not a time zone; write a name such as `Europe/Rome`, or an offset such as `+02:00`"
)]
pub struct ParseZoneError {
    text: String,
}

/// A time zone: UTC, a named zone of the IANA database, or a fixed offset.
///
/// Where clocks are set back, a local time that comes twice means the first; where they are set forward, a local time
/// that is left out means the first instant after the gap.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Zone(Kind);

#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
enum Kind {
    #[default]
    Utc,
    Named(Tz),
    Fixed(FixedOffset),
}

impl Zone {
    /// Coordinated Universal Time.
    pub const UTC: Zone = Zone(Kind::Utc);

    /// Reads an instant: RFC 3339, or a date, which stands for its start in this zone.
    ///
    /// ```
    /// use segue::{Instant, Zone};
    /// let rome: Zone = "Europe/Rome".parse()?;
    /// assert_eq!(rome.parse_instant("2026-06-01")?, "2026-05-31T22:00:00Z".parse::<Instant>()?);
    /// assert_eq!(rome.parse_instant("2026-06-01T00:00:00Z")?, "2026-06-01".parse::<Instant>()?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If the text is neither.
    pub fn parse_instant(self, text: &str) -> Result<Instant, ParseTimeError> {
        match text.parse::<Date>() {
            Ok(date) => Ok(Instant::from_micros(self.start_of(date))),
            Err(_) => text.parse(),
        }
    }

    /// The date on which an instant falls.
    ///
    /// ```
    /// use segue::Zone;
    /// let rome: Zone = "Europe/Rome".parse()?;
    /// assert_eq!(rome.date_at("2026-05-31T22:00:00Z".parse()?).to_string(), "2026-06-01");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn date_at(self, at: Instant) -> Date {
        self.date(at.micros())
    }

    /// The offset from UTC at an instant, in microseconds.
    pub(crate) fn offset(self, micros: i64) -> i64 {
        match self.0 {
            Kind::Utc => 0,
            Kind::Fixed(offset) => i64::from(offset.local_minus_utc()) * SECOND,
            Kind::Named(tz) => {
                let utc = DateTime::<Utc>::from_timestamp_micros(micros)
                    .unwrap_or_default()
                    .naive_utc();
                i64::from(tz.offset_from_utc_datetime(&utc).fix().local_minus_utc()) * SECOND
            }
        }
    }

    /// What clocks show at an instant, as microseconds on a calendar without zones.
    pub(crate) fn local(self, micros: i64) -> i64 {
        micros.saturating_add(self.offset(micros))
    }

    /// The first instant at which clocks show `local`, or, where they never do, the first at which they show more.
    pub(crate) fn instant(self, local: i64) -> i64 {
        let tz = match self.0 {
            Kind::Utc => return local,
            Kind::Fixed(offset) => {
                return local.saturating_sub(i64::from(offset.local_minus_utc()) * SECOND);
            }
            Kind::Named(tz) => tz,
        };
        let naive: NaiveDateTime = DateTime::<Utc>::from_timestamp_micros(local)
            .unwrap_or_default()
            .naive_utc();
        match tz.offset_from_local_datetime(&naive) {
            LocalResult::Single(o) | LocalResult::Ambiguous(o, _) => {
                local.saturating_sub(i64::from(o.fix().local_minus_utc()) * SECOND)
            }
            LocalResult::None => {
                // A gap: the instant of the change lies between the readings before and after it.
                let (mut before, mut after) =
                    (local.saturating_sub(2 * DAY), local.saturating_add(2 * DAY));
                while after - before > 1 {
                    let middle = before + (after - before) / 2;
                    if self.local(middle) < local {
                        before = middle
                    } else {
                        after = middle
                    }
                }
                after
            }
        }
    }

    /// The last instant at which clocks show `local`, or, where they never do, the first at which they show more.
    pub(crate) fn last_instant(self, local: i64) -> i64 {
        if let Kind::Named(tz) = self.0 {
            let naive: NaiveDateTime = DateTime::<Utc>::from_timestamp_micros(local)
                .unwrap_or_default()
                .naive_utc();
            if let LocalResult::Ambiguous(_, last) = tz.offset_from_local_datetime(&naive) {
                return local.saturating_sub(i64::from(last.fix().local_minus_utc()) * SECOND);
            }
        }
        self.instant(local)
    }

    /// The first instant of a date.
    pub(crate) fn start_of(self, date: Date) -> i64 {
        let find = || self.instant(i64::from(date.days()) * DAY);
        match self.0 {
            Kind::Named(tz) => day_cache::start_of(tz, date, find),
            Kind::Utc | Kind::Fixed(_) => find(),
        }
    }

    /// The date that holds an instant: the latest that has started.
    #[inline]
    pub(crate) fn date(self, micros: i64) -> Date {
        match self.0 {
            Kind::Named(tz) => day_cache::date(tz, micros, || {
                let date = self.find_date(micros);
                let next = Date::from_days(date.days() + 1);
                (date, self.start_of(date), self.start_of(next))
            }),
            Kind::Utc | Kind::Fixed(_) => self.local_date(micros),
        }
    }

    /// The same without what is known of days that were asked for before.
    fn find_date(self, micros: i64) -> Date {
        let date = self.local_date(micros);
        // Where clocks went back over midnight, the new date had started before they did.
        let next = Date::from_days(date.days() + 1);
        if next != date && self.start_of(next) <= micros {
            next
        } else {
            date
        }
    }

    /// The date that clocks show.
    fn local_date(self, micros: i64) -> Date {
        let days = self.local(micros).div_euclid(DAY);
        Date::from_days(i32::try_from(days).unwrap_or(i32::MAX))
    }

    /// The end of the stretch that holds `micros` in which both the shown date and the offset stay the same.
    pub(crate) fn stretch_end(self, micros: i64) -> i64 {
        let offset = self.offset(micros);
        let next_midnight = (micros + offset)
            .div_euclid(DAY)
            .saturating_add(1)
            .saturating_mul(DAY)
            .saturating_sub(offset);
        if self.offset(next_midnight - 1) == offset {
            return next_midnight;
        }
        let (mut same, mut other) = (micros, next_midnight - 1);
        while other - same > 1 {
            let middle = same + (other - same) / 2;
            if self.offset(middle) == offset {
                same = middle
            } else {
                other = middle
            }
        }
        other
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Kind::Utc => f.write_str("UTC"),
            Kind::Named(tz) => f.write_str(tz.name()),
            Kind::Fixed(offset) => write!(f, "{offset}"),
        }
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Zone {
    type Err = ParseZoneError;

    fn from_str(text: &str) -> Result<Self, ParseZoneError> {
        if matches!(text, "UTC" | "Z" | "Etc/UTC") {
            return Ok(Zone::UTC);
        }
        if let Ok(tz) = text.parse::<Tz>() {
            return Ok(Zone(Kind::Named(tz)));
        }
        let error = || ParseZoneError {
            text: text.to_owned(),
        };
        let (sign, rest) = match (text.strip_prefix('+'), text.strip_prefix('-')) {
            (Some(rest), _) => (1, rest),
            (_, Some(rest)) => (-1, rest),
            _ => return Err(error()),
        };
        let (hours, minutes) = rest.split_once(':').ok_or_else(error)?;
        let part = |s: &str, limit: i64| {
            s.parse::<i64>()
                .ok()
                .filter(|n| s.len() == 2 && (0..limit).contains(n))
                .ok_or_else(error)
        };
        let micros = sign * (part(hours, 24)? * HOUR + part(minutes, 60)? * MINUTE);
        let offset = i32::try_from(micros / SECOND)
            .ok()
            .and_then(FixedOffset::east_opt)
            .ok_or_else(error)?;
        Ok(Zone(Kind::Fixed(offset)))
    }
}

impl From<Tz> for Zone {
    fn from(tz: Tz) -> Self {
        if tz == Tz::UTC {
            Zone::UTC
        } else {
            Zone(Kind::Named(tz))
        }
    }
}

impl Serialize for Zone {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Zone {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::Zone;
    use crate::time::{DAY, HOUR, Instant, MINUTE};

    /// Whatever was asked before, and in zones that left out days, had them twice, or began them late.
    #[test]
    fn a_day_that_is_known_is_the_one_that_would_be_found() {
        let zones = [
            "Europe/Rome",
            "America/New_York",
            "America/Sao_Paulo",
            "Pacific/Apia",
            "Pacific/Kwajalein",
            "Asia/Manila",
            "America/Sitka",
            "Africa/Monrovia",
            "Antarctica/Troll",
        ];
        for name in zones {
            let zone: Zone = name.parse().unwrap_or_default();
            // Three hours and some, so that every day of 1840 to 2040 is asked for at other times.
            let mut at = micros("1840-01-01T00:00:00Z");
            while at < micros("2040-01-01T00:00:00Z") {
                let date = zone.find_date(at);
                assert_eq!(
                    zone.date(at),
                    date,
                    "{name} at {}",
                    Instant::from_micros(at)
                );
                assert_eq!(
                    zone.start_of(date),
                    zone.instant(i64::from(date.days()) * DAY)
                );
                at += 3 * HOUR + 17 * MINUTE + 1;
            }
        }
    }

    fn rome() -> Zone {
        "Europe/Rome".parse().unwrap_or_default()
    }

    fn micros(text: &str) -> i64 {
        text.parse().map_or(0, Instant::micros)
    }

    /// On 2026-03-29 clocks in Rome go from 02:00 to 03:00, at 01:00 UTC.
    #[test]
    fn a_local_time_that_is_left_out_means_the_end_of_the_gap() {
        let shown = micros("2026-03-29T02:30:00Z");
        assert_eq!(rome().instant(shown), micros("2026-03-29T01:00:00Z"));
        assert_eq!(rome().last_instant(shown), micros("2026-03-29T01:00:00Z"));
    }

    /// On 2026-10-25 clocks in Rome go from 03:00 back to 02:00, at 01:00 UTC.
    #[test]
    fn a_local_time_that_comes_twice_has_a_first_and_a_last_instant() {
        let shown = micros("2026-10-25T02:30:00Z");
        assert_eq!(rome().instant(shown), micros("2026-10-25T00:30:00Z"));
        assert_eq!(rome().last_instant(shown), micros("2026-10-25T01:30:00Z"));
    }

    /// The day on which clocks go back has two stretches: to the change, and from it to midnight.
    #[test]
    fn a_stretch_ends_at_midnight_or_where_the_offset_changes() {
        let end = |text| rome().stretch_end(micros(text));
        assert_eq!(end("2026-10-24T23:00:00Z"), micros("2026-10-25T01:00:00Z"));
        assert_eq!(end("2026-10-25T01:00:00Z"), micros("2026-10-25T23:00:00Z"));
    }
}

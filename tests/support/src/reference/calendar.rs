//! Days, months and clocks of a zone, from chrono alone: nothing here is shared with the library's own calendar.

use chrono::{
    DateTime, Datelike, Days, FixedOffset, LocalResult, Months, NaiveDate, NaiveDateTime,
    NaiveTime, Offset, TimeZone, Timelike, Weekday,
};
use chrono_tz::Tz;
use segue::syntax::{CalendarUnit, Period, TimeSpan, TimeUnit};

/// Microseconds since 1970-01-01T00:00:00Z, as everywhere in the reference.
pub type Micros = i64;

/// The first instant of the year 1 and the last of the year 9999: instants do not leave them.
pub const FIRST: Micros = -62_135_596_800_000_000;
pub const LAST: Micros = 253_402_300_799_999_999;

/// The zone and the week that a rulebook reckons with.
#[derive(Clone, Debug)]
pub struct Calendar {
    pub zone: Zone,
    pub week_start: Weekday,
}

#[derive(Clone, Debug)]
pub enum Zone {
    Named(Tz),
    Fixed(FixedOffset),
}

impl Zone {
    /// `Europe/Rome`, or an offset such as `+05:30`.
    pub fn parse(text: &str) -> Zone {
        match text.parse() {
            Ok(tz) => Zone::Named(tz),
            Err(_) => Zone::Fixed(
                text.parse()
                    .unwrap_or_else(|_| panic!("`{text}` is no zone")),
            ),
        }
    }
}

impl Calendar {
    pub fn new(zone: &str, week_start: Weekday) -> Calendar {
        Calendar {
            zone: Zone::parse(zone),
            week_start,
        }
    }

    /// What clocks show.
    pub fn local(&self, t: Micros) -> NaiveDateTime {
        let utc = DateTime::from_timestamp_micros(t)
            .expect("an instant of chrono")
            .naive_utc();
        match &self.zone {
            Zone::Named(tz) => utc + tz.offset_from_utc_datetime(&utc).fix(),
            Zone::Fixed(offset) => utc + *offset,
        }
    }

    /// Decisions: "gap -> first instant after the gap; ambiguous -> first".
    pub fn instant(&self, local: NaiveDateTime) -> Micros {
        let found = |local: &NaiveDateTime| match &self.zone {
            Zone::Named(tz) => match tz.offset_from_local_datetime(local) {
                LocalResult::Single(offset) | LocalResult::Ambiguous(offset, _) => {
                    Some(*local - offset.fix())
                }
                LocalResult::None => None,
            },
            Zone::Fixed(offset) => Some(*local - *offset),
        };
        if let Some(utc) = found(&local) {
            return utc.and_utc().timestamp_micros();
        }
        // In a gap. Gaps end at a whole minute: the first minute that exists again is the first instant after the gap.
        let mut minute = local
            .with_second(0)
            .and_then(|l| l.with_nanosecond(0))
            .expect("a whole minute");
        loop {
            minute += chrono::TimeDelta::minutes(1);
            if let Some(utc) = found(&minute) {
                return utc.and_utc().timestamp_micros();
            }
        }
    }

    /// Decisions: "a day D of the zone is [start(D), start(D+1)), start = first instant showing midnight".
    pub fn start(&self, day: NaiveDate) -> Micros {
        self.instant(day.and_time(NaiveTime::MIN))
    }

    /// Decisions: "date(t) = latest day that has started".
    pub fn date(&self, t: Micros) -> NaiveDate {
        let mut day = self.local(t).date() + Days::new(1);
        while self.start(day) > t {
            day = day - Days::new(1);
        }
        day
    }

    /// 0 to 23, as clocks show it.
    pub fn hour(&self, t: Micros) -> u32 {
        self.local(t).hour()
    }

    /// Section 4: "`seconds minutes hours days weeks` are fixed lengths (a day is 24 hours); `months quarters years` are
    /// calendar arithmetic in the time zone, clamped to the month's last day." `times` is 1 or -1.
    pub fn shift(&self, t: Micros, span: TimeSpan, times: i64) -> Micros {
        let moved = match months(span) {
            None => t.saturating_add(times * length(span)),
            Some(months) => {
                let local = self.local(t);
                match shift_months(local.date(), times * months) {
                    Some(day) => self.instant(day.and_time(local.time())),
                    None => t.saturating_add(times * i64::MAX),
                }
            }
        };
        moved.clamp(FIRST, LAST)
    }

    /// The first day of the period that holds a day.
    pub fn first_day(&self, unit: CalendarUnit, day: NaiveDate) -> NaiveDate {
        let first = |month: u32| {
            NaiveDate::from_ymd_opt(day.year(), month, 1).expect("the first of a month")
        };
        match unit {
            CalendarUnit::Day => day,
            CalendarUnit::Week => day.week(self.week_start).first_day(),
            CalendarUnit::Month => first(day.month()),
            CalendarUnit::Quarter => first(day.month0() / 3 * 3 + 1),
            CalendarUnit::Year => first(1),
        }
    }

    /// The first day of the period `n` periods after the one that begins on `first`.
    pub fn later_period(&self, unit: CalendarUnit, first: NaiveDate, n: i64) -> NaiveDate {
        let days = |n: i64| first.checked_add_signed(chrono::TimeDelta::try_days(n)?);
        let moved = match unit {
            CalendarUnit::Day => days(n),
            CalendarUnit::Week => days(7 * n),
            CalendarUnit::Month => add_months(first, n),
            CalendarUnit::Quarter => add_months(first, 3 * n),
            CalendarUnit::Year => add_months(first, 12 * n),
        };
        // Beyond all instants it does not matter how far.
        let (least, most) = (
            NaiveDate::from_ymd_opt(-1, 1, 1),
            NaiveDate::from_ymd_opt(10_001, 1, 1),
        );
        moved
            .or(if n < 0 { least } else { most })
            .expect("a date")
            .clamp(least.expect("a date"), most.expect("a date"))
    }

    /// Decisions: "`during …`: whole calendar periods in the zone. `last 3 months` = the three whole months before the
    /// current one." The first instant and the last.
    pub fn period(&self, period: Period, now: Micros) -> (Micros, Micros) {
        let (unit, from, to) = match period {
            Period::Single { unit, offset } => (unit, i64::from(offset), i64::from(offset) + 1),
            Period::Last { unit, count } => (unit, -i64::from(count), 0),
            Period::Next { unit, count } => (unit, 1, 1 + i64::from(count)),
        };
        let present = self.first_day(unit, self.date(now));
        (
            self.start(self.later_period(unit, present, from)),
            self.start(self.later_period(unit, present, to)) - 1,
        )
    }
}

/// A date moved by months, clamped to the month's last day.
pub fn shift_months(day: NaiveDate, months: i64) -> Option<NaiveDate> {
    add_months(day, months).filter(|day| (1..=9999).contains(&day.year()))
}

fn add_months(day: NaiveDate, months: i64) -> Option<NaiveDate> {
    let by = Months::new(u32::try_from(months.unsigned_abs()).ok()?);
    if months < 0 {
        day.checked_sub_months(by)
    } else {
        day.checked_add_months(by)
    }
}

/// How many months a calendar length has; `None` for a fixed one.
pub fn months(span: TimeSpan) -> Option<i64> {
    match span.unit {
        TimeUnit::Month => Some(span.mantissa),
        TimeUnit::Quarter => Some(span.mantissa.saturating_mul(3)),
        TimeUnit::Year => Some(span.mantissa.saturating_mul(12)),
        _ => None,
    }
}

/// The microseconds of a fixed length, rounded down.
pub fn length(span: TimeSpan) -> Micros {
    let seconds = match span.unit {
        TimeUnit::Second => 1,
        TimeUnit::Minute => 60,
        TimeUnit::Hour => 3600,
        TimeUnit::Day => 86_400,
        TimeUnit::Week => 7 * 86_400,
        unit => panic!("{unit:?} has no fixed length"),
    };
    let micros =
        i128::from(span.mantissa) * seconds * 1_000_000 / 10_i128.pow(u32::from(span.scale));
    i64::try_from(micros).unwrap_or(i64::MAX)
}

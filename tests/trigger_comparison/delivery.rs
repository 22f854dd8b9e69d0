//! When a message may be sent, by the documents: hours quarter by quarter, caps counted from the beginning.

use crate::rulebooks::{Cap, Channel, DAY, HOUR, Message, Period, QUARTER, Stretch};
use chrono::{Datelike, Duration, NaiveDate, NaiveDateTime, NaiveTime};
use segue::Instant;
use segue::engine::SuppressionReason;
use segue::syntax::CalendarUnit;
use segue_test_support::reference::calendar::{Calendar, Micros};

/// A message that was sent, and which of the effects told it.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    pub(crate) at: Micros,
    pub(crate) message: Message,
    pub(crate) effect: usize,
}

pub(crate) fn midnight(day: NaiveDate) -> NaiveDateTime {
    day.and_time(NaiveTime::MIN)
}

pub(crate) fn quarters(n: i64) -> Duration {
    Duration::microseconds(n * QUARTER)
}

/// The quarters of an hour around an instant, and itself.
fn around(t: Micros, before: i64, after: i64) -> impl Iterator<Item = Micros> {
    let first = t.div_euclid(QUARTER);
    (first - before..=first + after)
        .map(|q| q * QUARTER)
        .chain([t])
}

/// The nights and days of a stretch that may hold an instant: from when to when, as clocks show it.
fn lasts(stretch: &Stretch, local: NaiveDateTime) -> Vec<(NaiveDateTime, NaiveDateTime)> {
    let days = (-2..=1).map(|n| local.date() + Duration::days(n));
    let of_stretch =
        days.filter(|day| stretch.days >> day.weekday().num_days_from_monday() & 1 == 1);
    of_stretch
        .map(|day| {
            (
                midnight(day) + quarters(stretch.start),
                midnight(day) + quarters(stretch.end),
            )
        })
        .collect()
}

/// "A window is open whenever clocks show a time in it; quiet hours last from the first time that clocks show their start
/// to the last that they show less than their end."
pub(crate) fn is_open(channel: &Channel, calendar: &Calendar, t: Micros) -> bool {
    let local = calendar.local(t);
    let shown = |w: &Stretch| {
        lasts(w, local)
            .iter()
            .any(|(start, end)| *start <= local && local < *end)
    };
    let quiet = |q: &Stretch| {
        lasts(q, local).iter().any(|(start, end)| {
            around(t, 12, 0).any(|then| then <= t && calendar.local(then) >= *start)
                && around(t, 0, 12).any(|then| then >= t && calendar.local(then) < *end)
        })
    };
    (channel.windows.is_empty() || channel.windows.iter().any(shown))
        && !channel.quiet.iter().any(quiet)
}

pub(crate) fn covers(cap: &Cap, message: &Message) -> bool {
    let class = cap.class.map_or(message.class != "transactional", |class| {
        class == message.class
    });
    let under = |tag: &str| message.tag == tag || message.tag.starts_with(&format!("{tag}/"));
    class && cap.channel.is_none_or(|c| c == message.channel) && cap.tag.is_none_or(under)
}

/// Whether a cap allows a message at an instant.
pub(crate) fn allows(
    cap: &Cap,
    message: &Message,
    sent: &[Sent],
    calendar: &Calendar,
    t: Micros,
) -> bool {
    let counted = sent.iter().filter(|s| counts(cap, s, calendar, t));
    !covers(cap, message) || counted.count() < cap.most as usize
}

/// Whether a cap counts at an instant what was sent.
pub(crate) fn counts(cap: &Cap, sent: &Sent, calendar: &Calendar, t: Micros) -> bool {
    let same = |unit, then| {
        let first = |t| calendar.first_day(unit, calendar.date(t));
        first(then) == first(t)
    };
    covers(cap, &sent.message)
        && match cap.period {
            Period::Day => same(CalendarUnit::Day, sent.at),
            Period::Week => same(CalendarUnit::Week, sent.at),
            Period::Month => same(CalendarUnit::Month, sent.at),
            Period::Hours(n) => t < later_by_clock(calendar, sent.at, n),
        }
}

/// So many hours later; whole days are those of the calendar.
pub(crate) fn later_by_clock(calendar: &Calendar, at: Micros, hours: i64) -> Micros {
    if hours % 24 != 0 {
        return at + hours * HOUR;
    }
    let before = calendar.local(at - 1) + Duration::microseconds(1);
    calendar.instant(calendar.local(at).min(before) + Duration::hours(hours))
}

/// The instants at or after one at which something may open: quarters, and the end of a cap's length.
fn later(caps: &[Cap], sent: &[Sent], calendar: &Calendar, t: Micros, days: i64) -> Vec<Micros> {
    let mut all: Vec<Micros> = around(t, 0, days * DAY / QUARTER)
        .filter(|then| *then >= t)
        .collect();
    for cap in caps {
        if let Period::Hours(n) = cap.period {
            all.extend(
                sent.iter()
                    .map(|s| later_by_clock(calendar, s.at, n))
                    .filter(|then| *then >= t),
            );
        }
    }
    all.sort_unstable();
    all
}

/// What of time keeps a message back, and when that lets it go.
pub(crate) fn closed(
    message: &Message,
    channel: &Channel,
    caps: &[Cap],
    sent: &[Sent],
    calendar: &Calendar,
    now: Micros,
) -> Option<(SuppressionReason, Option<Micros>)> {
    let by_hours = |t: Micros| message.class != "transactional" && !is_open(channel, calendar, t);
    let by_caps = |t: Micros| {
        caps.iter()
            .any(|cap| !allows(cap, message, sent, calendar, t))
    };
    if !by_hours(now) && !by_caps(now) {
        return None;
    }
    // What is shut for two weeks is shut for ever, but a month may pass before a cap lets go.
    let opens = later(&[], &[], calendar, now, 15)
        .into_iter()
        .find(|t| !by_hours(*t));
    let next = opens.and_then(|_| {
        later(caps, sent, calendar, now, 50)
            .into_iter()
            .find(|t| !by_caps(*t) && !by_hours(*t))
    });
    if by_hours(now) {
        return Some((
            SuppressionReason::QuietHours {
                channel: channel.name.into(),
                next: opens.map(Instant::from_micros),
            },
            next,
        ));
    }
    let ends = caps
        .iter()
        .enumerate()
        .filter(|(_, cap)| !allows(cap, message, sent, calendar, now))
        .map(|(i, cap)| {
            let end = later(caps, sent, calendar, now, 33)
                .into_iter()
                .find(|t| allows(cap, message, sent, calendar, *t))
                .unwrap();
            (end, i)
        });
    let (end, cap) = ends
        .max_by_key(|(end, i)| (*end, std::cmp::Reverse(*i)))
        .unwrap();
    let reason = SuppressionReason::FrequencyCap {
        cap: cap + 1,
        most: caps[cap].most,
        next: Instant::from_micros(end),
    };
    Some((reason, next))
}

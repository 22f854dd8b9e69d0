//! The days of named zones that were asked for last. Where a day starts takes several searches through a zone's table, and
//! whoever evaluates a stream asks for the same few days again and again.
//!
//! What is kept follows from zone and day alone, so that nobody can tell from an answer whether it was kept.

use super::Date;
use chrono_tz::Tz;
use std::cell::Cell;

/// So many days side by side; two that are a multiple of it apart take turns.
const LEN: usize = 512;

/// A day of a zone and its first instant.
type Start = Option<(Tz, Date, i64)>;

/// A day of a zone, its first instant, and the first after it.
type Day = Option<(Tz, Date, i64, i64)>;

thread_local! {
    static STARTS: [Cell<Start>; LEN] = const { [const { Cell::new(None) }; LEN] };
    static LAST: Cell<Day> = const { Cell::new(None) };
}

/// The first instant of a date, which `find` finds.
pub(super) fn start_of(tz: Tz, date: Date, find: impl FnOnce() -> i64) -> i64 {
    let slot = usize::try_from(date.days().rem_euclid(LEN as i32)).unwrap_or(0);
    let known = STARTS.try_with(|starts| starts.get(slot)?.get());
    match known.ok().flatten() {
        Some((zone, day, start)) if zone == tz && day == date => start,
        _ => {
            let start = find();
            _ = STARTS.try_with(|starts| {
                if let Some(place) = starts.get(slot) {
                    place.set(Some((tz, date, start)));
                }
            });
            start
        }
    }
}

/// The date that holds an instant; `find` finds it, with the first instants of it and of the next.
pub(super) fn date(tz: Tz, micros: i64, find: impl FnOnce() -> (Date, i64, i64)) -> Date {
    match LAST.try_with(Cell::get).ok().flatten() {
        Some((zone, date, start, end)) if zone == tz && (start..end).contains(&micros) => date,
        _ => {
            let (date, start, end) = find();
            _ = LAST.try_with(|last| last.set(Some((tz, date, start, end))));
            date
        }
    }
}

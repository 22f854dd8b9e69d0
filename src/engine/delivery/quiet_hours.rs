//! Quiet hours and send windows: whether something may be sent at an instant, and from when on it may.
//!
//! A window is open while clocks show a time in it: an hour that comes twice is open twice, one that is skipped never. Quiet
//! hours last from the first instant at which clocks show their start (or, if that is skipped, more) until the last one at
//! which they show less than their end, whatever they show in between.

use crate::rule::sending::{Hours, Stretch};
use crate::time::{DAY, Zone};

/// Every week is like the others, except where clocks change: what is shut for two weeks is shut for ever.
const LONGEST: i64 = 15 * DAY;

/// The first instant at or after `at` at which something may be sent; `None` if that never comes.
///
/// With quiet hours from 21:00 to 8:00 and a window from 9:00 to 18:00, 22:30 is first moved to 8:00, where the quiet hours
/// end, and then to 9:00, where the window opens.
pub(crate) fn next_open(hours: &Hours, zone: Zone, at: i64) -> Option<i64> {
    let mut t = at;
    while t <= at.saturating_add(LONGEST) {
        let quiet = hours.quiet.iter();
        if let Some(end) = quiet.filter_map(|quiet| quiet_until(quiet, zone, t)).max() {
            t = end;
            continue;
        }
        let local = zone.local(t);
        if hours.windows.is_empty() || hours.windows.iter().any(|window| shows(window, local)) {
            return Some(t);
        }
        // Until then clocks run evenly, on one date.
        let even = zone.stretch_end(t);
        let starts = hours
            .windows
            .iter()
            .filter_map(|window| start_after(window, local));
        t = starts
            .map(|start| t + (start - local))
            .filter(|start| *start < even)
            .min()
            .unwrap_or(even);
    }
    None
}

/// The midnight of a day (as clocks show it), if the stretch starts on that day.
fn midnight(stretch: &Stretch, day: i64) -> Option<i64> {
    // 1970-01-01 was a Thursday.
    (stretch.days >> (day + 3).rem_euclid(7) & 1 == 1).then_some(day * DAY)
}

/// Whether clocks show a time in the stretch.
fn shows(stretch: &Stretch, local: i64) -> bool {
    let day = local.div_euclid(DAY);
    [day - 1, day]
        .into_iter()
        .filter_map(|day| midnight(stretch, day))
        .any(|midnight| (midnight + stretch.start..midnight + stretch.end).contains(&local))
}

/// The next start on the date that clocks show.
fn start_after(stretch: &Stretch, local: i64) -> Option<i64> {
    let start = midnight(stretch, local.div_euclid(DAY))? + stretch.start;
    Some(start).filter(|start| *start > local)
}

/// When the quiet hours that contain an instant end.
fn quiet_until(quiet: &Stretch, zone: Zone, t: i64) -> Option<i64> {
    let today = zone.local(t).div_euclid(DAY);
    let days = (today - 2..=today + 1).filter_map(|day| midnight(quiet, day));
    let ends = days.filter_map(|midnight| {
        // The last instant that shows less; if clocks skip that, the first after the gap.
        let last = zone.last_instant(midnight + quiet.end - 1);
        let end = if zone.local(last) < midnight + quiet.end {
            last + 1
        } else {
            last
        };
        (zone.instant(midnight + quiet.start)..end)
            .contains(&t)
            .then_some(end)
    });
    ends.max()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use crate::time::{HOUR, Instant, MINUTE};
    use proptest::prelude::*;

    const WEEKDAYS: u8 = 0b1_1111;
    const DAILY: u8 = 0x7f;

    fn stretch(days: u8, start: i64, end: i64) -> Stretch {
        Stretch {
            days,
            start: start * MINUTE,
            end: end * MINUTE,
        }
    }

    /// `21:00`, in minutes.
    fn clock(hour: i64, minute: i64) -> i64 {
        hour * 60 + minute
    }

    fn next(hours: &Hours, zone: &str, at: &str) -> String {
        let at: Instant = at.parse().unwrap();
        let next = next_open(hours, zone.parse().unwrap(), at.micros());
        next.map_or("never".to_owned(), |next| {
            Instant::from_micros(next).to_string()
        })
    }

    #[test]
    fn nights_are_quiet_from_their_start_until_just_before_their_end() {
        let hours = Hours {
            quiet: vec![stretch(DAILY, clock(21, 0), clock(32, 0))],
            windows: vec![],
        };
        for (at, open) in [
            ("2026-01-14T19:59:59.999999Z", "2026-01-14T19:59:59.999999Z"),
            ("2026-01-14T20:00:00Z", "2026-01-15T07:00:00Z"),
            ("2026-01-15T06:59:59.999999Z", "2026-01-15T07:00:00Z"),
            ("2026-01-15T07:00:00Z", "2026-01-15T07:00:00Z"),
        ] {
            assert_eq!(next(&hours, "Europe/Rome", at), open, "{at}");
        }
    }

    #[test]
    fn windows_open_on_their_days() {
        let hours = Hours {
            quiet: vec![],
            windows: vec![
                stretch(WEEKDAYS, clock(9, 0), clock(18, 0)),
                stretch(1 << 5, clock(10, 0), clock(14, 0)),
            ],
        };
        // 2026-01-16 is a Friday.
        for (at, open) in [
            ("2026-01-16T16:59:59Z", "2026-01-16T16:59:59Z"),
            ("2026-01-16T17:00:00Z", "2026-01-17T09:00:00Z"),
            ("2026-01-17T13:00:00Z", "2026-01-19T08:00:00Z"),
        ] {
            assert_eq!(next(&hours, "Europe/Rome", at), open, "{at}");
        }
    }

    /// A night that starts on Friday is quiet on Saturday morning; one that starts on Saturday is not.
    #[test]
    fn a_night_belongs_to_the_day_on_which_it_starts() {
        let hours = Hours {
            quiet: vec![stretch(1 << 4, clock(22, 0), clock(24 + 9, 0))],
            windows: vec![],
        };
        assert_eq!(
            next(&hours, "UTC", "2026-01-17T03:00:00Z"),
            "2026-01-17T09:00:00Z"
        );
        assert_eq!(
            next(&hours, "UTC", "2026-01-18T03:00:00Z"),
            "2026-01-18T03:00:00Z"
        );
    }

    #[test]
    fn where_clocks_change() {
        let half_past_two = clock(2, 30);
        let window = Hours {
            quiet: vec![],
            windows: vec![stretch(DAILY, half_past_two, clock(6, 0))],
        };
        // 02:30 is left out: the window opens with the first instant after the gap.
        assert_eq!(
            next(&window, "Europe/Rome", "2026-03-29T00:59:00Z"),
            "2026-03-29T01:00:00Z"
        );
        // 02:30 comes twice: the window opens with the first, shuts at the change and opens again with the second.
        assert_eq!(
            next(&window, "Europe/Rome", "2026-10-25T00:00:00Z"),
            "2026-10-25T00:30:00Z"
        );
        assert_eq!(
            next(&window, "Europe/Rome", "2026-10-25T01:00:00Z"),
            "2026-10-25T01:30:00Z"
        );
        let quiet = Hours {
            quiet: vec![stretch(DAILY, clock(21, 0), 24 * 60 + half_past_two)],
            windows: vec![],
        };
        // The quiet ends with the second 02:30, and with the first instant after the gap.
        assert_eq!(
            next(&quiet, "Europe/Rome", "2026-10-25T00:45:00Z"),
            "2026-10-25T01:30:00Z"
        );
        assert_eq!(
            next(&quiet, "Europe/Rome", "2026-03-29T00:30:00Z"),
            "2026-03-29T01:00:00Z"
        );
        // The hour that comes twice begins with the end: neither time is quiet.
        let quiet_until_two = Hours {
            quiet: vec![stretch(DAILY, clock(21, 0), clock(26, 0))],
            windows: vec![],
        };
        assert_eq!(
            next(&quiet_until_two, "Europe/Rome", "2026-10-24T23:59:00Z"),
            "2026-10-25T00:00:00Z"
        );
        assert_eq!(
            next(&quiet_until_two, "Europe/Rome", "2026-10-25T01:00:00Z"),
            "2026-10-25T01:00:00Z"
        );
        // Half an hour of Lord Howe is left out in October: 02:00 becomes 02:30.
        assert_eq!(
            next(&quiet, "Australia/Lord_Howe", "2026-10-03T15:00:00Z"),
            "2026-10-03T15:30:00Z"
        );
        // 01:30 to 02:00 comes twice there in April.
        let quiet = Hours {
            quiet: vec![stretch(DAILY, 0, clock(1, 45))],
            windows: vec![],
        };
        assert_eq!(
            next(&quiet, "Australia/Lord_Howe", "2026-04-04T14:50:00Z"),
            "2026-04-04T15:15:00Z"
        );
        // A window that is left out altogether opens a week later.
        let sunday = Hours {
            quiet: vec![],
            windows: vec![stretch(1 << 6, clock(2, 0), clock(3, 0))],
        };
        assert_eq!(
            next(&sunday, "Europe/Rome", "2026-03-23T00:00:00Z"),
            "2026-04-05T00:00:00Z"
        );
    }

    #[test]
    fn what_is_quiet_all_through_its_windows_never_opens() {
        let hours = Hours {
            quiet: vec![stretch(DAILY, clock(1, 0), clock(4, 0))],
            windows: vec![stretch(DAILY, clock(2, 0), clock(3, 0))],
        };
        assert_eq!(
            next(&hours, "America/New_York", "2026-10-31T00:00:00Z"),
            "never"
        );
    }

    /// What clocks show at each minute of some days: `(instant, local)`.
    fn minutes(zone: Zone, from: i64, days: i64) -> Vec<(i64, i64)> {
        (0..days * DAY / MINUTE)
            .map(|i| from + i * MINUTE)
            .map(|t| (t, zone.local(t)))
            .collect()
    }

    /// Minute by minute, from what clocks show alone: a window is open where they show it; the quiet of a day lasts where
    /// they have shown its start already and will still show less than its end.
    fn open_minutes(hours: &Hours, minutes: &[(i64, i64)]) -> Vec<bool> {
        let mut shown_before = Vec::new();
        for (_, local) in minutes {
            shown_before.push((*local).max(shown_before.last().copied().unwrap_or(i64::MIN)));
        }
        let mut shown_later = vec![i64::MAX; minutes.len() + 1];
        for (i, (_, local)) in minutes.iter().enumerate().rev() {
            shown_later[i] = (*local).min(shown_later[i + 1]);
        }
        let starts = |stretch: &Stretch, local: i64| -> Vec<i64> {
            let day = local.div_euclid(DAY);
            let on = |day: &i64| stretch.days >> ((day + 3).rem_euclid(7)) & 1 == 1;
            (day - 3..=day + 3)
                .filter(on)
                .map(|day| day * DAY)
                .collect()
        };
        let mut open = Vec::new();
        for (i, (_, local)) in minutes.iter().enumerate() {
            let shown = |w: &Stretch| {
                starts(w, *local)
                    .iter()
                    .any(|day| day + w.start <= *local && *local < day + w.end)
            };
            let quiet = |q: &Stretch| {
                starts(q, *local)
                    .iter()
                    .any(|day| day + q.start <= shown_before[i] && shown_later[i] < day + q.end)
            };
            open.push(
                (hours.windows.is_empty() || hours.windows.iter().any(shown))
                    && !hours.quiet.iter().any(quiet),
            );
        }
        open
    }

    fn any_stretch() -> impl Strategy<Value = Stretch> {
        // Quarters of an hour, most of them near the changes of clocks.
        let quarter = prop_oneof![0..16_i64, 0..96_i64];
        (1..=DAILY, quarter.clone(), quarter).prop_filter_map("some length", |(days, a, b)| {
            (a != b).then(|| stretch(days, a * 15, if b > a { b * 15 } else { b * 15 + 24 * 60 }))
        })
    }

    fn any_hours() -> impl Strategy<Value = Hours> {
        (
            prop::collection::vec(any_stretch(), 0..3),
            prop::collection::vec(any_stretch(), 0..3),
        )
            .prop_map(|(quiet, windows)| Hours { quiet, windows })
    }

    /// Days around changes of clocks: an hour, half an hour, at midnight, forward and back; and none.
    const CHANGES: [(&str, &str); 9] = [
        ("Europe/Rome", "2026-03-27"),
        ("Europe/Rome", "2026-10-23"),
        ("America/New_York", "2026-03-06"),
        ("America/New_York", "2026-10-30"),
        ("Australia/Lord_Howe", "2026-04-03"),
        ("Australia/Lord_Howe", "2026-10-02"),
        ("America/Sao_Paulo", "2018-02-15"),
        ("America/Sao_Paulo", "2018-11-02"),
        ("+05:45", "2026-05-01"),
    ];

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(96))]
        #[test]
        fn every_minute_is_judged_as_clocks_show_it(hours in any_hours(), (zone, from) in prop::sample::select(&CHANGES[..])) {
            let zone: Zone = zone.parse().unwrap();
            let from = from.parse::<Instant>().unwrap().micros();
            // Three days before and eleven behind, so that no edge is seen.
            let all = minutes(zone, from - 3 * DAY, 14);
            let open = open_minutes(&hours, &all);
            let mut first = None;
            for i in (3 * 24 * 60..11 * 24 * 60).rev() {
                let t = all[i].0;
                if open[i] {
                    first = Some(t);
                }
                if i >= 8 * 24 * 60 {
                    continue;
                }
                let found = next_open(&hours, zone, t);
                match first {
                    Some(next) => prop_assert_eq!(found, Some(next), "{}", Instant::from_micros(t)),
                    None => prop_assert!(found.is_none_or(|found| found >= all[11 * 24 * 60].0)),
                }
            }
        }
    }

    #[test]
    fn seconds_and_less_are_kept() {
        let hours = Hours {
            quiet: vec![],
            windows: vec![stretch(DAILY, clock(9, 0), clock(18, 0))],
        };
        let zone = "Europe/Rome".parse().unwrap();
        let nine = "2026-01-14T08:00:00Z".parse::<Instant>().unwrap().micros();
        assert_eq!(next_open(&hours, zone, nine - 1), Some(nine));
        assert_eq!(next_open(&hours, zone, nine + 1), Some(nine + 1));
        assert_eq!(
            next_open(&hours, zone, nine + 9 * HOUR - 1),
            Some(nine + 9 * HOUR - 1)
        );
        assert_eq!(next_open(&hours, zone, nine + 9 * HOUR), Some(nine + DAY));
    }
}

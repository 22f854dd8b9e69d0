//! Intervals: by hand, and against a slow count.

use crate::common::{Seen, events, load, record, report};
use segue::Duration;
use segue::insight::{Interval, ReportResult};
use segue_test_support::random::Rng;

fn interval(settings: &str, people: &[Vec<Seen>], from: i64, until: i64) -> Interval {
    let rulebook = load(&format!("[reports.r]\ninterval = {{ {settings} }}"));
    let people = people.iter().enumerate();
    let records: Vec<_> = people
        .map(|(i, own)| record(&rulebook, i, "Rome", own))
        .collect();
    match report(&rulebook, &records, from, until) {
        ReportResult::Interval(interval) => interval,
        other => panic!("{other:?}"),
    }
}

fn seen(events: &[(i64, char)]) -> Vec<Seen> {
    let events = events.iter();
    events
        .map(|(at, kind)| Seen {
            at: *at,
            kind: *kind,
            x: 1,
        })
        .collect()
}

fn counts(interval: &Interval) -> (u64, u64, u64) {
    (interval.pairs, interval.waiting, interval.expired)
}

fn seconds(n: i64) -> Option<Duration> {
    Some(Duration::from_micros(n * 1_000_000))
}

#[test]
fn a_wait_goes_from_the_first_event_to_the_first_that_ends_it() {
    let people = [seen(&[
        (0, 'a'),
        (1, 'a'),
        (3, 'b'),
        (4, 'b'),
        (5, 'a'),
        (6, 'b'),
    ])];
    let all = interval("from = 'a', to = 'b'", &people, 0, 20);
    assert_eq!(
        (counts(&all), all.median, all.nine_tenths),
        ((2, 0, 0), seconds(1), seconds(3))
    );
    let first = interval("from = 'a', to = 'b', runs = 'first'", &people, 0, 20);
    assert_eq!((counts(&first), first.median), ((1, 0, 0), seconds(3)));
    // An event can end one wait and begin the next.
    let gaps = interval("from = 'a', to = 'a'", &people, 0, 20);
    assert_eq!((counts(&gaps), gaps.median), ((2, 1, 0), seconds(4)));
    // Whoever has no `a` does not wait.
    let none = interval("from = 'c', to = 'b'", &people, 0, 20);
    assert_eq!(
        (counts(&none), none.median, none.curve.len()),
        ((0, 0, 0), None, 0)
    );
}

#[test]
fn ends_belong_to_it_and_the_same_instant_is_not_later() {
    let settings = "from = 'a', to = 'b', within = '5 seconds'";
    let of = |b: i64, until: i64| {
        counts(&interval(
            settings,
            &[seen(&[(0, 'a'), (b, 'b')])],
            0,
            until,
        ))
    };
    assert_eq!(of(0, 20), (0, 0, 1));
    assert_eq!(of(5, 20), (1, 0, 0));
    assert_eq!(of(6, 20), (0, 0, 1));
    // What is at `until` is not known any more.
    assert_eq!(of(4, 4), (0, 1, 0));
    assert_eq!(of(4, 5), (1, 0, 0));
    assert_eq!((of(9, 5), of(9, 6)), ((0, 1, 0), (0, 0, 1)));
}

#[test]
fn who_waits_still_makes_it_longer() {
    let people = [
        seen(&[(0, 'a'), (4, 'b')]),
        seen(&[(0, 'a'), (8, 'b')]),
        // Has waited for 6 seconds when the report ends.
        seen(&[(14, 'a')]),
        seen(&[(0, 'a'), (10, 'b')]),
    ];
    let of = interval("from = 'a', to = 'b'", &people, 0, 20);
    // At 4, one of four: 3/4 are left. At 8, one of two: 3/8 are. At 10, the last.
    assert_eq!(
        (of.quarter, of.median, of.three_quarters),
        (seconds(4), seconds(8), seconds(10))
    );
    assert_eq!(
        (counts(&of), of.waiting_members.iter().collect::<Vec<_>>()),
        ((3, 1, 0), vec![2])
    );
}

/// Each wait: how long it was, and whether it has ended; or has expired.
fn slow(own: &[Seen], within: Option<i64>, from: i64, until: i64) -> Vec<(i64, Option<bool>)> {
    let known: Vec<&Seen> = own
        .iter()
        .filter(|e| from <= e.at && e.at < until)
        .collect();
    let (mut waits, mut free) = (Vec::new(), i64::MIN);
    for start in known.iter().filter(|e| e.kind == 'a') {
        // The instant at which the wait before ended, and could begin anew, or after which it was over.
        if start.at < free {
            continue;
        }
        let end = within.map_or(i64::MAX, |within| start.at + within);
        let to = known
            .iter()
            .filter(|e| e.kind == 'b' && start.at < e.at && e.at <= end);
        match to.map(|e| e.at).min() {
            Some(to) => {
                waits.push((to - start.at, Some(true)));
                free = to;
            }
            None if end < until => {
                waits.push((end - start.at, None));
                free = end + 1;
            }
            None => {
                waits.push((until - start.at, Some(false)));
                free = i64::MAX;
            }
        }
    }
    waits
}

/// The least time at which the estimate of Kaplan and Meier leaves so much or less: the product anew for each time, in fractions.
fn quantile(waits: &[(i64, Option<bool>)], percent: i128) -> Option<i64> {
    let mut times: Vec<i64> = waits.iter().map(|(length, _)| *length).collect();
    times.sort_unstable();
    times.into_iter().find(|time| {
        let (mut left, mut of) = (1_i128, 1_i128);
        for t in 0..=*time {
            let at_risk = waits.iter().filter(|(length, _)| *length >= t).count() as i128;
            let ended = waits
                .iter()
                .filter(|wait| **wait == (t, Some(true)))
                .count() as i128;
            if ended > 0 {
                (left, of) = (left * (at_risk - ended), of * at_risk);
                let divisor = (1..=left.max(1))
                    .rev()
                    .find(|d| left % d == 0 && of % d == 0);
                (left, of) = (left / divisor.unwrap_or(1), of / divisor.unwrap_or(1));
            }
        }
        left * 100 <= of * (100 - percent)
    })
}

#[test]
fn waits_are_those_of_the_slow_count() {
    for seed in 0..1500 {
        let mut rng = Rng(seed);
        let people: Vec<Vec<Seen>> = (0..4)
            .map(|_| events(&mut rng, 6, &['a', 'b', 'd']))
            .collect();
        let within = rng.percent(60).then(|| rng.between(1, 6));
        let (from, until) = (rng.between(0, 3), rng.between(8, 14));
        let first = rng.percent(30);
        let mut settings = "from = 'a', to = 'b'".to_owned();
        settings += &within.map_or_else(String::new, |within| {
            format!(", within = '{within} seconds'")
        });
        settings += if first { ", runs = 'first'" } else { "" };
        let found = interval(&settings, &people, from, until);
        let waits: Vec<(i64, Option<bool>)> = people
            .iter()
            .flat_map(|own| {
                let waits = slow(own, within, from, until);
                waits.into_iter().take(if first { 1 } else { usize::MAX })
            })
            .collect();
        let of = |outcome: Option<bool>| waits.iter().filter(|w| w.1 == outcome).count() as u64;
        let context = format!("seed {seed}, {settings} of {people:?}");
        let expected = (of(Some(true)), of(Some(false)), of(None));
        assert_eq!(counts(&found), expected, "{context}");
        for percent in [10, 25, 50, 75, 90, 100] {
            let point = found
                .curve
                .iter()
                .find(|point| i128::from(point.percent) == percent);
            let within = point.map(|point| point.within.micros() / 1_000_000);
            assert_eq!(within, quantile(&waits, percent), "{percent}%, {context}");
        }
    }
}

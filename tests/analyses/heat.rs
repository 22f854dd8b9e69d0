use crate::data::*;
use chrono::Datelike;
use segue::insight::{HeatMap, ReportResult};
use segue::{Duration, Rulebook};
use segue_test_support::random::Rng;
use std::collections::BTreeMap;

fn heat(rulebook: &Rulebook, people: &[Person], from: &str, until: &str) -> HeatMap {
    let records = records(rulebook, people);
    match report(rulebook, &records, at(from), at(until)) {
        ReportResult::Heat(heat) => heat,
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_hour_of_the_week_is_that_of_the_slow_count() {
    let mut total = 0;
    for seed in 0..150 {
        let (week, first) = week(seed);
        let rulebook = rulebook("heat = 'any of (visited, purchased)'", week);
        let people = people(&mut Rng(seed));
        // Both lie on quarters of an hour.
        let (from, until) = ("2026-01-10T09:15:00Z", UNTIL);
        let found = heat(&rulebook, &people, from, until);
        let calendar = calendar(first);
        let cell = |at: i64| {
            let day = calendar.date(at).weekday();
            (day.num_days_from_monday(), calendar.hour(at))
        };
        let (from, until) = (at(from).micros(), at(until).micros());
        let mut events: BTreeMap<(u32, u32), (u64, Vec<usize>)> = BTreeMap::new();
        for (who, person) in people.iter().enumerate() {
            for did in &person.did {
                if did.kind != "returned" && (from..until).contains(&did.at) {
                    let (n, of) = events.entry(cell(did.at)).or_default();
                    *n += 1;
                    of.push(who);
                    of.dedup();
                    total += 1;
                }
            }
        }
        let mut open: BTreeMap<(u32, u32), i64> = BTreeMap::new();
        let mut now = from;
        while seed < 2 && now < until {
            *open.entry(cell(now)).or_default() += 15 * MINUTE;
            now += 15 * MINUTE;
        }
        let names: Vec<&str> = found.days.iter().map(|day| &*day.weekday).collect();
        assert_eq!((names.len(), names[0]), (7, week));
        let mut sum = 0;
        for (nth, day) in found.days.iter().enumerate() {
            let weekday = (nth as u32 + first.num_days_from_monday()) % 7;
            assert_eq!(day.hours.len(), 24);
            for hour in &day.hours {
                let key = (weekday, u32::from(hour.hour));
                let context = format!("seed {seed}, {} {}", day.weekday, hour.hour);
                let (n, of) = events.get(&key).cloned().unwrap_or_default();
                assert_eq!(hour.events, n, "{context}");
                assert_people(hour.people, &hour.members, &of, &context);
                if seed < 2 {
                    assert_eq!(hour.open.micros(), open[&key], "{context}");
                }
                sum += hour.events;
            }
        }
        assert_eq!(found.events, sum);
        let spans = found.days.iter().flat_map(|day| &day.hours);
        assert_eq!(
            spans.map(|hour| hour.open.micros()).sum::<i64>(),
            until - from
        );
    }
    assert!(total > 1_000, "only {total}");
}

/// In Rome clocks go from 02:00 to 03:00 on 2026-03-29, and from 03:00 back to 02:00 on 2026-10-25. Both are Sundays.
#[test]
fn clock_changes_are_told() {
    let rulebook = rulebook("heat = 'visited'", "monday");
    let visit = |time: &str| ("visited", time.to_owned());
    let all = [
        visit("2026-03-29T00:59:59Z"),
        visit("2026-03-29T01:00:00Z"),
        visit("2026-10-25T00:30:00Z"),
        visit("2026-10-25T01:30:00Z"),
    ];
    let all: Vec<(&str, &str)> = all.iter().map(|(kind, at)| (*kind, at.as_str())).collect();
    let record = by_hand(&rulebook, "anna", &all);
    let of = |from: &str, until: &str| match report(
        &rulebook,
        std::slice::from_ref(&record),
        at(from),
        at(until),
    ) {
        ReportResult::Heat(heat) => heat,
        other => panic!("{other:?}"),
    };
    let sunday = |heat: &HeatMap, hour: usize| heat.days[6].hours[hour].clone();
    let hours = |n: i64| Duration::from_micros(n * HOUR);

    let spring = of("2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z");
    let events = [1, 2, 3].map(|hour| sunday(&spring, hour).events);
    assert_eq!(events, [1, 0, 1]);
    let open = [1, 2, 3].map(|hour| sunday(&spring, hour).open);
    assert_eq!(open, [hours(1), hours(0), hours(1)]);
    assert!(spring.doubled.is_empty());
    let [skipped] = spring.skipped.as_slice() else {
        panic!("{:?}", spring.skipped)
    };
    assert_eq!(skipped.at, at("2026-03-29T01:00:00Z"));
    assert_eq!(
        (&*skipped.from, &*skipped.until),
        ("2026-03-29 02:00", "2026-03-29 03:00")
    );
    assert_eq!((&*skipped.weekday, skipped.hour), ("sunday", 2));

    let autumn = of("2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z");
    assert_eq!(
        (sunday(&autumn, 2).events, sunday(&autumn, 2).people),
        (2, 1)
    );
    assert_eq!(sunday(&autumn, 2).open, hours(2));
    let [doubled] = autumn.doubled.as_slice() else {
        panic!("{:?}", autumn.doubled)
    };
    assert_eq!(
        (&*doubled.from, &*doubled.until),
        ("2026-10-25 02:00", "2026-10-25 03:00")
    );
    assert_eq!((&*doubled.weekday, doubled.hour), ("sunday", 2));

    // A change at the very beginning or end is none of the range.
    let after = of("2026-03-29T01:00:00Z", "2026-10-25T01:00:00Z");
    assert!(after.skipped.is_empty() && after.doubled.is_empty());
    assert_eq!(of("2026-03-29T01:00:00Z", "2026-03-29T01:00:00Z").events, 0);
}

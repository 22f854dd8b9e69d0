use crate::data::*;
use segue::Rulebook;
use segue::insight::{ReportResult, TogetherReport};
use segue::profile::Record;
use segue::syntax::{TimeSpan, TimeUnit};
use segue_test_support::random::Rng;

fn together(rulebook: &Rulebook, records: &[Record], from: &str, until: &str) -> TogetherReport {
    match report(rulebook, records, at(from), at(until)) {
        ReportResult::Together(together) => together,
        other => panic!("{other:?}"),
    }
}

#[test]
fn everybody_is_where_the_slow_count_has_them() {
    let lengths = [
        (
            "1 day",
            TimeSpan {
                mantissa: 1,
                scale: 0,
                unit: TimeUnit::Day,
            },
        ),
        (
            "3 days",
            TimeSpan {
                mantissa: 3,
                scale: 0,
                unit: TimeUnit::Day,
            },
        ),
        (
            "1 month",
            TimeSpan {
                mantissa: 1,
                scale: 0,
                unit: TimeUnit::Month,
            },
        ),
    ];
    let (mut near, mut correlated) = (0, 0);
    for seed in 0..300 {
        let mut rng = Rng(seed);
        let ((week, first_day), (per, unit)) = (week(seed), rng.pick(&UNITS));
        let (length_text, length) = rng.pick(&lengths);
        let table = format!(
            "together = {{ of = 'visited', with = 'purchased', within = '{length_text}', per = '{per}' }}"
        );
        let rulebook = rulebook(&table, week);
        let people = people(&mut rng);
        let (from_text, until_text) = ("2026-01-20T10:00:00Z", UNTIL);
        let (from, until) = (at(from_text).micros(), at(until_text).micros());
        let found = together(
            &rulebook,
            &records(&rulebook, &people),
            from_text,
            until_text,
        );
        let periods = Periods {
            calendar: calendar(first_day),
            unit,
        };
        let end = |at: i64| periods.calendar.shift(at, length, 1);
        let lives: Vec<[Vec<i64>; 2]> = (people.iter())
            .map(|person| {
                ["visited", "purchased"].map(|kind| {
                    let times = person.of(kind).into_iter().map(|did| did.at);
                    times.filter(|at| (from..until).contains(at)).collect()
                })
            })
            .collect();
        let who = |is: &dyn Fn(&[i64], &[i64]) -> bool| -> Vec<usize> {
            let such = lives
                .iter()
                .enumerate()
                .filter(|(_, [of, with])| is(of, with));
            such.map(|(who, _)| who).collect()
        };
        let pair = |of: &[i64], with: &[i64], is: &dyn Fn(i64, i64) -> bool| {
            of.iter()
                .any(|one| with.iter().any(|other| is(*one, *other)))
        };
        let is_after = |one: i64, other: i64| one < other && other <= end(one);
        let expected = [
            (&found.of.people, who(&|of, _| !of.is_empty())),
            (&found.with.people, who(&|_, with| !with.is_empty())),
            (
                &found.both,
                who(&|of, with| !of.is_empty() && !with.is_empty()),
            ),
            (
                &found.before,
                who(&|of, with| pair(of, with, &|one, other| other < one && one <= end(other))),
            ),
            (&found.after, who(&|of, with| pair(of, with, &is_after))),
            (
                &found.at_once,
                who(&|of, with| pair(of, with, &|one, other| one == other)),
            ),
            (
                &found.unfinished,
                who(&|of, with| {
                    !pair(of, with, &is_after) && of.iter().any(|one| end(*one) >= until)
                }),
            ),
        ];
        for (nth, (people, expected)) in expected.iter().enumerate() {
            let context = format!("seed {seed}, {length_text}, {nth}");
            assert_people(people.people, &people.members, expected, &context);
        }
        near += found.before.people + found.after.people + found.at_once.people;
        let starts = periods.all(from, until);
        assert_eq!(found.periods.len(), starts.len());
        let mut whole = Vec::new();
        for (period, start) in found.periods.iter().zip(starts) {
            let next = periods.later(start, 1);
            let inside =
                |times: &[i64]| times.iter().filter(|at| (start..next).contains(at)).count();
            let context = format!("seed {seed}, {}", period.period.name);
            let of: usize = lives.iter().map(|[of, _]| inside(of)).sum();
            let with: usize = lives.iter().map(|[_, with]| inside(with)).sum();
            assert_eq!(
                (period.of_events, period.with_events),
                (of as u64, with as u64),
                "{context}"
            );
            assert_people(
                period.of_people,
                &period.of_members,
                &who(&|of, _| inside(of) > 0),
                &context,
            );
            assert_people(
                period.with_people,
                &period.with_members,
                &who(&|_, with| inside(with) > 0),
                &context,
            );
            if start >= from && next <= until {
                whole.push((period.of_people as f64, period.with_people as f64));
            }
        }
        let expected = pearson(&whole);
        match (found.correlation, expected) {
            (Some(found), Some(expected)) => {
                assert!(
                    (found - expected).abs() < 1e-9,
                    "seed {seed}: {found}, not {expected}"
                );
                correlated += 1;
            }
            (found, expected) => assert_eq!(found, expected, "seed {seed}"),
        }
    }
    assert!(near > 300 && correlated > 100, "only {near}, {correlated}");
}

/// By means and deviations.
fn pearson(pairs: &[(f64, f64)]) -> Option<f64> {
    let n = pairs.len() as f64;
    let (x, y) = pairs
        .iter()
        .fold((0.0, 0.0), |(x, y), of| (x + of.0 / n, y + of.1 / n));
    let sum = |of: &dyn Fn(&(f64, f64)) -> f64| pairs.iter().map(of).sum::<f64>();
    let (xx, yy) = (sum(&|of| (of.0 - x).powi(2)), sum(&|of| (of.1 - y).powi(2)));
    let same = |of: &dyn Fn(&(f64, f64)) -> f64| pairs.iter().all(|pair| of(pair) == of(&pairs[0]));
    (pairs.len() >= 3 && !same(&|of| of.0) && !same(&|of| of.1))
        .then(|| sum(&|of| (of.0 - x) * (of.1 - y)) / (xx * yy).sqrt())
}

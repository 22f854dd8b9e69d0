use crate::data::*;
use segue::Rulebook;
use segue::insight::{ReportResult, RetentionReport};
use segue::profile::Record;
use segue_test_support::random::Rng;

fn retention(rulebook: &Rulebook, records: &[Record], from: &str, until: &str) -> RetentionReport {
    match report(rulebook, records, at(from), at(until)) {
        ReportResult::Retention(retention) => retention,
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_cohort_is_that_of_the_slow_count() {
    let mut cells = 0;
    for seed in 0..300 {
        let mut rng = Rng(seed);
        let ((week, first_day), (per, unit)) = (week(seed), rng.pick(&UNITS));
        let (again_text, same) =
            rng.pick(&[("purchased", true), ("any of (visited, purchased)", false)]);
        let reach = rng.between(1, 4);
        let table = format!(
            "retention = {{ first = 'purchased(channel exists)', again = '{again_text}', per = '{per}', periods = {reach} }}"
        );
        let rulebook = rulebook(&table, week);
        let people = people(&mut rng);
        let (from_text, until_text) = ("2026-01-10T10:00:00Z", UNTIL);
        let (from, until) = (at(from_text).micros(), at(until_text).micros());
        let found = retention(
            &rulebook,
            &records(&rulebook, &people),
            from_text,
            until_text,
        );
        let periods = Periods {
            calendar: calendar(first_day),
            unit,
        };

        // Of each person: the first event, and the instants of the others that count.
        let lives: Vec<Option<(i64, Vec<i64>)>> = (people.iter())
            .map(|person| {
                let known: Vec<&_> = person.did.iter().filter(|did| did.at < until).collect();
                let is_first = |did: &&&_| {
                    let did: &Did = did;
                    did.kind == "purchased" && did.channel.is_some()
                };
                let first = known.iter().position(|did| is_first(&did))?;
                let others = known.iter().enumerate().filter(|(nth, did)| {
                    let counts = did.kind == "purchased" || (!same && did.kind == "visited");
                    *nth != first && counts && did.at >= known[first].at
                });
                Some((known[first].at, others.map(|(_, did)| did.at).collect()))
            })
            .collect();
        let counted = |start: i64, end: i64| -> Vec<usize> {
            let inside = lives.iter().enumerate().filter(|(_, life)| {
                let first = life.as_ref().map(|life| life.0);
                first.is_some_and(|first| first >= from && (start..end).contains(&first))
            });
            inside.map(|(who, _)| who).collect()
        };
        assert_people(found.people, &found.members, &counted(from, until), "all");
        let earlier = lives.iter().flatten().filter(|life| life.0 < from).count();
        assert_eq!(found.earlier, earlier as u64);
        let starts = periods.all(from, until);
        assert_eq!(found.cohorts.len(), starts.len());
        let mut sizes = 0;
        for (cohort, start) in found.cohorts.iter().zip(starts) {
            let end = periods.later(start, 1);
            let context = format!("seed {seed}, {per} {}", cohort.period.name);
            assert_eq!(cohort.period.from.micros(), start.max(from), "{context}");
            assert_eq!(cohort.period.until.micros(), end.min(until), "{context}");
            assert_eq!(
                cohort.period.whole,
                start >= from && end <= until,
                "{context}"
            );
            let who = counted(start, end);
            assert_people(cohort.size, &cohort.members, &who, &context);
            sizes += cohort.size;
            for after in 0..=reach {
                let (low, high) = (periods.later(start, after), periods.later(start, after + 1));
                let cell = cohort.cells.get(after as usize);
                let Some(cell) = cell else {
                    assert!(low >= until, "{context}");
                    continue;
                };
                assert!(low < until, "{context}");
                let again = who.iter().filter(|who| {
                    let others = &lives[**who].as_ref().unwrap().1;
                    others.iter().any(|at| (low..high).contains(at))
                });
                let again: Vec<usize> = again.copied().collect();
                assert_people(
                    cell.people,
                    &cell.members,
                    &again,
                    &format!("{context}, {after}"),
                );
                assert_eq!(cell.unfinished, high > until, "{context}");
                cells += usize::from(!again.is_empty());
            }
        }
        assert_eq!(sizes, found.people, "cohorts are parts of everybody");
        for total in &found.overall {
            let finished = found.cohorts.iter().filter_map(|cohort| {
                let cell = cohort.cells.get(total.after as usize)?;
                (!cell.unfinished).then_some((cohort.size, cell.people))
            });
            let sum = finished.fold((0, 0), |sum, of| (sum.0 + of.0, sum.1 + of.1));
            assert_eq!((total.size, total.people), sum);
        }
    }
    assert!(cells > 250, "only {cells}");
}

/// In Rome, March begins at 23:00 UTC. Of two purchases at one instant the second is another one.
#[test]
fn a_triangle_by_hand() {
    let rulebook = rulebook(
        "retention = { first = 'purchased', per = 'month', periods = 3 }",
        "monday",
    );
    let purchased = |id: &str, times: &[&str]| {
        let events: Vec<(&str, &str)> = times.iter().map(|at| ("purchased", *at)).collect();
        by_hand(&rulebook, id, &events)
    };
    let records = [
        purchased(
            "anna",
            &[
                "2026-02-28T22:59:59Z",
                "2026-02-28T23:00:00Z",
                "2026-04-10T10:00:00Z",
            ],
        ),
        purchased("ben", &["2026-02-10T10:00:00Z", "2026-02-10T10:00:00Z"]),
        purchased("carl", &["2026-03-10T10:00:00Z"]),
        purchased("dora", &["2025-12-10T10:00:00Z", "2026-02-10T10:00:00Z"]),
        purchased("emil", &[]),
    ];
    let of = |until: &str| retention(&rulebook, &records, "2026-01-31T23:00:00Z", until);
    let found = of("2026-04-30T22:00:00Z");
    let rows: Vec<(&str, u64, Vec<u64>)> = (found.cohorts.iter())
        .map(|of| {
            let cells = of.cells.iter().map(|cell| cell.people).collect();
            (of.period.name.as_str(), of.size, cells)
        })
        .collect();
    assert_eq!(
        rows,
        [
            ("2026-02", 2, vec![1, 1, 1]),
            ("2026-03", 1, vec![0, 0]),
            ("2026-04", 0, vec![0])
        ]
    );
    assert_eq!((found.people, found.earlier), (3, 1));
    assert!(
        found
            .cohorts
            .iter()
            .all(|of| of.cells.iter().all(|cell| !cell.unfinished))
    );
    assert_eq!(found.cohorts[0].cells[1].share, Some(0.5));
    assert_eq!(found.cohorts[2].cells[0].share, None);
    let overall: Vec<(u64, u64)> = found
        .overall
        .iter()
        .map(|of| (of.size, of.people))
        .collect();
    assert_eq!(overall, [(3, 1), (3, 1), (2, 1), (0, 0)]);

    // A microsecond earlier, April is not over: who is missing may still come, and the shares of all leave it out.
    let found = of("2026-04-30T21:59:59.999999Z");
    let unfinished: Vec<Vec<bool>> = (found.cohorts.iter())
        .map(|of| of.cells.iter().map(|cell| cell.unfinished).collect())
        .collect();
    assert_eq!(
        unfinished,
        [vec![false, false, true], vec![false, true], vec![true]]
    );
    let overall: Vec<(u64, u64)> = found
        .overall
        .iter()
        .map(|of| (of.size, of.people))
        .collect();
    assert_eq!(overall, [(3, 1), (2, 1), (0, 0), (0, 0)]);
    assert!(!found.cohorts[2].period.whole);
}

use crate::data::*;
use segue::Rulebook;
use segue::insight::{ReportResult, SeriesFigure, SeriesReport};
use segue::profile::Record;
use segue::value::Scalar;
use segue_test_support::random::Rng;
use std::collections::BTreeMap;

fn series(rulebook: &Rulebook, records: &[Record], from: &str, until: &str) -> SeriesReport {
    match report(rulebook, records, at(from), at(until)) {
        ReportResult::Series(series) => series,
        other => panic!("{other:?}"),
    }
}

const FIGURES: [&str; 6] = [
    "people(purchased)",
    "count(visited(page = \"home\"))",
    "sum(purchased.amount) - sum(returned.amount)",
    "sum(purchased.amount) / count(purchased)",
    "avg(purchased(channel = \"online\").amount)",
    "-count(returned) * 2.5 + 1",
];

/// What a figure comes to over some events, each with who did it; and whose events were counted.
fn figure(nth: usize, did: &[(usize, &Did)]) -> (Option<f64>, Vec<usize>) {
    let of = |kind: &str| -> Vec<(usize, &Did)> {
        did.iter()
            .filter(|(_, did)| did.kind == kind)
            .copied()
            .collect()
    };
    let who = |all: &[(usize, &Did)]| {
        let mut who: Vec<usize> = all.iter().map(|(who, _)| *who).collect();
        who.sort_unstable();
        who.dedup();
        who
    };
    let sum = |all: &[(usize, &Did)]| {
        let cents: i64 = all.iter().filter_map(|(_, did)| did.cents).sum();
        cents as f64 / 100.0
    };
    let (orders, returns) = (of("purchased"), of("returned"));
    let both = [orders.as_slice(), &returns].concat();
    match nth {
        0 => (Some(who(&orders).len() as f64), who(&orders)),
        1 => {
            let mut home = of("visited");
            home.retain(|(_, did)| did.page == Some("home"));
            (Some(home.len() as f64), who(&home))
        }
        2 => (Some(sum(&orders) - sum(&returns)), who(&both)),
        3 => {
            let n = orders.len() as f64;
            ((n > 0.0).then(|| sum(&orders) / n), who(&orders))
        }
        4 => {
            let mut online = orders;
            online.retain(|(_, did)| did.channel == Some("online"));
            let n = online.iter().filter(|(_, did)| did.cents.is_some()).count();
            ((n > 0).then(|| sum(&online) / n as f64), who(&online))
        }
        5 => (Some(-(returns.len() as f64) * 2.5 + 1.0), who(&returns)),
        other => panic!("{other}"),
    }
}

pub(crate) fn number(value: &Scalar) -> f64 {
    match value {
        Scalar::Whole(n) => *n as f64,
        Scalar::Real(n) => *n,
        Scalar::Text(text) => text.parse().unwrap(),
        Scalar::Bool(_) | Scalar::Unsigned(_) => panic!("{value:?}"),
    }
}

/// The habit of somebody at an instant, by the trait.
fn habit(person: &Person, now: i64) -> &'static str {
    let n = person
        .of("purchased")
        .iter()
        .filter(|did| did.at <= now)
        .count();
    ["never", "once", "regular"][n.min(2)]
}

#[test]
fn every_figure_is_that_of_the_slow_count() {
    let (mut values, mut groups) = (0, 0);
    for seed in 0..200 {
        let mut rng = Rng(seed);
        let ((week, first_day), (per, unit)) = (week(seed), rng.pick(&UNITS));
        let by = rng.pick(&["", "purchased.channel", "gender", "habit"]);
        let by_key = if by.is_empty() {
            String::new()
        } else {
            format!("by = '{by}'")
        };
        let table = format!("series = {FIGURES:?}\nper = '{per}'\n{by_key}");
        let rulebook = rulebook(&table, week);
        let people = people(&mut rng);
        let (from_text, until_text) = ("2026-02-10T10:00:00Z", UNTIL);
        let (from, until) = (at(from_text).micros(), at(until_text).micros());
        let found = series(
            &rulebook,
            &records(&rulebook, &people),
            from_text,
            until_text,
        );
        let periods = Periods {
            calendar: calendar(first_day),
            unit,
        };
        let starts = periods.all(from, until);
        assert_eq!(found.periods.len(), starts.len());

        let mut by_group: BTreeMap<Option<&str>, Vec<(usize, &Did)>> = BTreeMap::new();
        let mut all = Vec::new();
        for (who, person) in people.iter().enumerate() {
            for did in person
                .did
                .iter()
                .filter(|did| (from..until).contains(&did.at))
            {
                let group = match by {
                    "purchased.channel" => did.channel,
                    "gender" => person.gender,
                    "habit" => Some(habit(person, did.at)),
                    _ => None,
                };
                // Only what some figure counts makes a group.
                if did.kind != "visited" || did.page == Some("home") {
                    by_group.entry(group).or_default().push((who, did));
                }
                all.push((who, did));
            }
        }
        let mut check = |figures: &[SeriesFigure], did: &[(usize, &Did)], of: &str| {
            assert_eq!(figures.len(), FIGURES.len());
            for (nth, line) in figures.iter().enumerate() {
                let inside = |low: i64, high: i64| -> Vec<(usize, &Did)> {
                    let inside = did.iter().filter(|(_, did)| (low..high).contains(&did.at));
                    inside.copied().collect()
                };
                let spans = starts
                    .iter()
                    .map(|start| (*start, periods.later(*start, 1)));
                let spans = std::iter::once((from, until)).chain(spans);
                let points = std::iter::once(&line.total).chain(&line.points);
                for (point, (low, high)) in points.zip(spans) {
                    let context = format!("seed {seed}, {of}, {}, {low}", line.figure);
                    let (value, who) = figure(nth, &inside(low, high));
                    assert_people(point.people, &point.members, &who, &context);
                    match (point.value.as_ref().map(number), value) {
                        (Some(found), Some(value)) => {
                            assert!(
                                (found - value).abs() < 1e-9,
                                "{context}: {found}, not {value}"
                            );
                            values += 1;
                        }
                        (found, value) => assert_eq!(found, value, "{context}"),
                    }
                }
            }
        };
        check(&found.all, &all, "all");
        if by.is_empty() {
            assert!(found.groups.is_empty() && found.by.is_none());
            continue;
        }
        let found_groups: Vec<Option<String>> = (found.groups.iter())
            .map(|group| {
                group.value.as_ref().map(|value| match value {
                    Scalar::Text(text) => text.clone(),
                    other => panic!("{other:?}"),
                })
            })
            .collect();
        // Who has no value comes last; the classes of a trait are in their order.
        let mut expected: Vec<Option<String>> =
            by_group.keys().map(|key| key.map(str::to_owned)).collect();
        let order = |key: &Option<String>| {
            let habits = ["regular", "once", "never"];
            let place = key
                .as_ref()
                .map(|key| habits.iter().position(|of| of == key));
            (key.is_none(), place.flatten(), key.clone())
        };
        expected.sort_by_key(order);
        let mut sorted = found_groups.clone();
        sorted.sort_by_key(order);
        assert_eq!(sorted, expected, "seed {seed}");
        assert!(found_groups.iter().rev().skip(1).all(Option::is_some));
        for (group, name) in found.groups.iter().zip(&found_groups) {
            check(
                &group.figures,
                &by_group[&name.as_deref()],
                name.as_deref().unwrap_or("none"),
            );
            groups += 1;
        }
    }
    assert!(values > 10_000 && groups > 200, "only {values}, {groups}");
}

/// Followers gained less those lost; a decimal stays exact, a week without anything is 0, an average of nothing is none.
#[test]
fn figures_by_hand() {
    let text = r#"
        schema.events = { followed = {}, unfollowed = {}, bought = { properties = { amount = "decimal(2)", stay = "duration" } } }
        reports.r.series = ["count(followed) - count(unfollowed)", "sum(bought.amount)", "avg(bought.amount)", "sum(bought.stay)"]
        reports.r.per = "week"
    "#;
    let rulebook = load(text).unwrap();
    let json = r#"{"id": "anna", "events": [
        {"kind": "followed", "at": "2026-03-02T10:00:00Z"},
        {"kind": "unfollowed", "at": "2026-03-10T10:00:00Z"},
        {"kind": "unfollowed", "at": "2026-03-10T11:00:00Z"},
        {"kind": "bought", "at": "2026-03-03T10:00:00Z", "props": {"amount": 0.10, "stay": "90 minutes"}},
        {"kind": "bought", "at": "2026-03-04T10:00:00Z", "props": {"amount": 0.20}}]}"#;
    let record = Record::from_json(rulebook.schema(), json).unwrap();
    let found = series(&rulebook, &[record], "2026-03-02", "2026-03-23");
    let names: Vec<&str> = found.periods.iter().map(|of| of.name.as_str()).collect();
    assert_eq!(names, ["2026-03-02", "2026-03-09", "2026-03-16"]);
    let values = |nth: usize| -> Vec<Option<Scalar>> {
        found.all[nth]
            .points
            .iter()
            .map(|point| point.value.clone())
            .collect()
    };
    let (whole, text) = (
        |n| Some(Scalar::Whole(n)),
        |t: &str| Some(Scalar::Text(t.to_owned())),
    );
    assert_eq!(values(0), [whole(1), whole(-2), whole(0)]);
    assert_eq!(values(1), [text("0.30"), text("0.00"), text("0.00")]);
    assert_eq!(values(2)[1..], [None, None]);
    assert_eq!(values(3)[0], text("1 hour 30 minutes"));
    assert_eq!(found.all[0].total.value, whole(-1));
}

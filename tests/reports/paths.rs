//! Paths: by hand, and against a slow count.

use crate::common::{Seen, events, load, record, report};
use segue::insight::{Paths, ReportResult};
use segue_test_support::random::Rng;
use std::collections::{BTreeMap, BTreeSet};

type Edge = (i16, Option<String>, Option<String>);

fn paths(settings: &str, people: &[Vec<Seen>], from: i64, until: i64) -> Paths {
    let rulebook = load(&format!("[reports.r]\npaths = {{ {settings} }}"));
    let people = people.iter().enumerate();
    let records: Vec<_> = people
        .map(|(i, own)| record(&rulebook, i, "Rome", own))
        .collect();
    match report(&rulebook, &records, from, until) {
        ReportResult::Paths(paths) => paths,
        other => panic!("{other:?}"),
    }
}

fn edges(paths: &Paths) -> Vec<(Edge, u64, u64)> {
    let name = |name: &Option<std::sync::Arc<str>>| name.as_ref().map(ToString::to_string);
    let edges = paths.edges.iter();
    edges
        .map(|edge| {
            (
                (edge.step, name(&edge.from), name(&edge.to)),
                edge.people,
                edge.times,
            )
        })
        .collect()
}

fn edge(step: i16, from: &str, to: &str) -> Edge {
    let name = |name: &str| (name != "-").then(|| name.to_owned());
    (step, name(from), name(to))
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

#[test]
fn paths_have_beginnings_and_ends() {
    let people = [
        seen(&[(1, 'b'), (2, 'a'), (3, 'c'), (4, 'b')]),
        seen(&[(2, 'a'), (3, 'c')]),
        seen(&[(2, 'b')]),
    ];
    let found = paths("around = 'a', before = 2, after = 2", &people, 0, 20);
    assert_eq!((found.paths, found.people, found.open), (2, 2, 0));
    let expected = [
        (edge(-2, "-", "b"), 1, 1),
        (edge(-1, "-", "a"), 1, 1),
        (edge(-1, "b", "a"), 1, 1),
        (edge(0, "a", "c"), 2, 2),
        (edge(1, "c", "-"), 1, 1),
        (edge(1, "c", "b"), 1, 1),
    ];
    assert_eq!(edges(&found), expected);
    let of: Vec<usize> = found.edges[3].members.iter().collect();
    assert_eq!(of, [0, 1]);
}

#[test]
fn the_ends_of_the_time_belong_to_it_and_what_is_not_over_has_no_end() {
    let people = [seen(&[(0, 'b'), (5, 'a'), (10, 'c')])];
    let within = |seconds: i64, until: i64| {
        let settings = format!("around = 'a', before = 1, after = 1, within = '{seconds} seconds'");
        let found = paths(&settings, &people, 0, until);
        (
            edges(&found)
                .into_iter()
                .map(|(edge, ..)| edge)
                .collect::<Vec<_>>(),
            found.open,
        )
    };
    assert_eq!(
        within(5, 20),
        (vec![edge(-1, "b", "a"), edge(0, "a", "c")], 0)
    );
    assert_eq!(
        within(4, 20),
        (vec![edge(-1, "-", "a"), edge(0, "a", "-")], 0)
    );
    assert_eq!(within(5, 10), (vec![edge(-1, "b", "a")], 1));
}

#[test]
fn what_paths_are_made_of_is_chosen_and_called_by_a_property() {
    let rules = r#"
        [reports.r]
        paths = { around = "d", before = 1, after = 2, of = "page.name" }
        [schema.events.page.properties]
        name = "string"
    "#;
    let rulebook = load(rules);
    let line = r#"{"id": "p", "events": [
        {"kind": "page", "at": "1970-01-01T00:00:01Z", "props": {"name": "home"}},
        {"kind": "a", "at": "1970-01-01T00:00:02Z", "props": {"x": 1}},
        {"kind": "d", "at": "1970-01-01T00:00:03Z"},
        {"kind": "page", "at": "1970-01-01T00:00:04Z", "props": {"name": "shop"}},
        {"kind": "page", "at": "1970-01-01T00:00:05Z"}]}"#;
    let record = segue::profile::Record::from_json(rulebook.schema(), line).unwrap();
    let ReportResult::Paths(found) = report(&rulebook, &[record], 0, 20) else {
        panic!("they are paths")
    };
    // A page without a name is called as its kind.
    let expected = [
        edge(-1, "home", "d"),
        edge(0, "d", "shop"),
        edge(1, "shop", "page"),
    ];
    let found: Vec<Edge> = edges(&found).into_iter().map(|(edge, ..)| edge).collect();
    assert_eq!(found, expected);
}

#[test]
fn edges_are_those_of_the_slow_count() {
    for seed in 0..1500 {
        let mut rng = Rng(seed);
        let people: Vec<Vec<Seen>> = (0..4)
            .map(|_| events(&mut rng, 7, &['a', 'b', 'c', 'd']))
            .collect();
        let (before, after) = (rng.below(4), rng.below(4));
        let within = rng.percent(60).then(|| rng.between(1, 5));
        let of = rng.pick(&["any event", "any of (b, c)", "any of (a, b)"]);
        let (from, until) = (rng.between(0, 3), rng.between(8, 14));
        let mut settings = format!("around = 'a', before = {before}, after = {after}, of = '{of}'");
        settings += &within.map_or_else(String::new, |within| {
            format!(", within = '{within} seconds'")
        });
        let mut counted: BTreeMap<Edge, (BTreeSet<usize>, u64)> = BTreeMap::new();
        let (mut all, mut open) = (0, 0);
        for (who, own) in people.iter().enumerate() {
            let mut stops: Vec<&Seen> = own.iter().filter(|e| e.at < until).collect();
            stops.sort_by_key(|e| (e.at, e.kind));
            let is_stop = |e: &Seen| {
                of == "any event"
                    || of.contains(&format!("({}", e.kind))
                    || of.contains(&format!(" {})", e.kind))
            };
            for (center, event) in stops.iter().enumerate() {
                if event.kind != 'a' || event.at < from {
                    continue;
                }
                all += 1;
                let near =
                    |e: &&&Seen| within.is_none_or(|within| (e.at - event.at).abs() <= within);
                let back: Vec<char> = stops[..center]
                    .iter()
                    .rev()
                    .filter(|e| is_stop(e))
                    .take_while(near)
                    .map(|e| e.kind)
                    .collect();
                let on: Vec<char> = stops[center + 1..]
                    .iter()
                    .filter(|e| is_stop(e))
                    .take_while(near)
                    .map(|e| e.kind)
                    .collect();
                let mut add = |step: usize, back: bool, from: Option<char>, to: Option<char>| {
                    let step = i16::try_from(step).unwrap();
                    let name = |c: Option<char>| c.map(|c| c.to_string());
                    let key = (if back { -step } else { step }, name(from), name(to));
                    let (people, times) = counted.entry(key).or_default();
                    people.insert(who);
                    *times += 1;
                };
                let back: Vec<char> = std::iter::once('a').chain(back).collect();
                for step in 1..=before.min(back.len()) {
                    add(step, true, back.get(step).copied(), Some(back[step - 1]));
                }
                let on: Vec<char> = std::iter::once('a').chain(on).collect();
                for step in 0..after.min(on.len()) {
                    let to = on.get(step + 1).copied();
                    if to.is_none() && within.is_some_and(|within| event.at + within >= until) {
                        open += 1;
                    } else {
                        add(step, false, Some(on[step]), to);
                    }
                }
            }
        }
        let found = paths(&settings, &people, from, until);
        let context = format!("seed {seed}, {settings} of {people:?}");
        assert_eq!((found.paths, found.open), (all, open), "{context}");
        let mut expected: Vec<(Edge, u64, u64)> = (counted.into_iter())
            .map(|(edge, (people, times))| (edge, people.len() as u64, times))
            .collect();
        expected.sort_by(|a, b| {
            (a.0.0, b.1, b.2, &a.0.1, &a.0.2).cmp(&(b.0.0, a.1, a.2, &b.0.1, &b.0.2))
        });
        assert_eq!(edges(&found), expected, "{context}");
    }
}

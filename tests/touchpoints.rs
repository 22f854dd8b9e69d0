//! Touchpoints: what is counted is what a slow count by hand gives, and no event is lost between them.

#![cfg(feature = "toml")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use segue::insight::{TargetStatus, TouchpointReport, TouchpointReportBuilder};
use segue::profile::{Model, Record, RecordEvent};
use segue::rulebook::Format;
use segue::time::CalendarUnit;
use segue::value::Scalar;
use segue::{Instant, Rulebook};
use segue_test_support::random::Rng;
use std::collections::{BTreeMap, BTreeSet};

const HOUR: i64 = 3_600_000_000;
const DAY: i64 = 24 * HOUR;

fn at(text: &str) -> Instant {
    text.parse().unwrap()
}

fn load(text: &str) -> Rulebook {
    Rulebook::from_toml(text).unwrap_or_else(|e| panic!("{e}"))
}

/// Home, shop and mail share no event; `all_pages` overlaps the first two.
const RULES: &str = r#"
    timezone = "Europe/Rome"

    [schema.attributes]
    city = "string"
    [schema.events.visited]
    subject = "page"
    properties = { page = "string", stay = "duration" }
    [schema.events.opened]
    [schema.events.purchased.properties]
    amount = "decimal(2)"
    weight = "float"
    [schema.events.called]

    [touchpoints.home]
    events = 'visited("home")'
    seeks = "information"
    role = "help"
    answers = ["chat"]
    goal = "traffic"
    kpi = { people = 'visited("home")', per = "week", target = 3 }

    [touchpoints.shop]
    events = 'visited(page starts with "shop")'
    goal = "sales"
    kpi = { sum = "purchased(amount > 20).amount", target = "200.50" }

    [touchpoints.mail]
    events = "opened"
    goal = "conversion"
    kpi = { rate = "purchased within 3 days", credit = "CREDIT", per = "month", target = "25%" }
"#;

const OVERLAPPING: &str = r#"
    [touchpoints.all_pages]
    events = "visited"
    kpi = { avg = "purchased.amount", per = "quarter", target = 50 }

    [touchpoints.weighed]
    events = "purchased(weight exists)"
    kpi = { sum = "purchased.weight", per = "year" }

    [touchpoints.calls]
    events = "called"
    kpi = { count = "called", per = "day", target = 1 }

    [touchpoints.stays]
    events = "visited(stay exists)"
    kpi = { avg = "visited.stay", per = "year", target = "10 minutes" }
"#;

/// One event of one profile, as the slow count sees it.
#[derive(Clone, Debug)]
struct Seen {
    who: usize,
    at: i64,
    kind: &'static str,
    page: Option<&'static str>,
    /// In minutes.
    stay: Option<i64>,
    cents: Option<i64>,
    weight: Option<f64>,
}

fn events(rng: &mut Rng) -> Vec<Seen> {
    let start = at("2026-01-01T00:00:00+01:00").micros();
    let n = rng.between(0, 80);
    let event = |_| {
        let kind = rng.pick(&["visited", "visited", "opened", "purchased", "called"]);
        let bought = kind == "purchased";
        Seen {
            who: rng.below(5),
            // Hours meet, also at exactly three days.
            at: start + rng.between(-40, 130) * DAY + rng.between(0, 3) * 8 * HOUR,
            kind,
            page: (kind == "visited").then(|| rng.pick(&["home", "shop/tv", "shop", "blog"])),
            stay: (kind == "visited" && rng.percent(50)).then(|| rng.between(1, 20)),
            cents: (bought && rng.percent(80)).then(|| rng.between(500, 9_000)),
            weight: (bought && rng.percent(50)).then(|| rng.between(1, 99) as f64 / 10.0),
        }
    };
    (0..n).map(event).collect()
}

fn profiles(rulebook: &Rulebook, events: &[Seen]) -> Vec<Record> {
    let schema = rulebook.schema();
    let profile = |who: usize| {
        let mut record = Record::from_json(schema, &format!(r#"{{"id": "p{who}"}}"#)).unwrap();
        let own = events.iter().filter(|event| event.who == who);
        record.add_events(own.map(|event| {
            let mut properties: Vec<(&str, segue::profile::Value)> = Vec::new();
            properties.extend(event.page.map(|page| ("page", page.into())));
            let stay = event
                .stay
                .map(|stay| segue::Duration::from_micros(stay * 60_000_000));
            properties.extend(stay.map(|stay| ("stay", stay.into())));
            let amount = event.cents.map(|cents| segue::Decimal::new(cents, 2));
            properties.extend(amount.map(|amount| ("amount", amount.into())));
            properties.extend(event.weight.map(|weight| ("weight", weight.into())));
            let at = Instant::from_micros(event.at);
            RecordEvent::new(schema, event.kind, at, properties).unwrap()
        }));
        record
    };
    (0..5).map(profile).collect()
}

fn report(
    rulebook: &Rulebook,
    profiles: &[Record],
    from: Instant,
    until: Instant,
) -> TouchpointReport {
    let model = Model::<Record>::for_schema(rulebook.schema());
    let mut report = TouchpointReportBuilder::new(rulebook, &model, from, until).unwrap();
    profiles.iter().for_each(|profile| report.record(profile));
    report.build()
}

fn is_at(touchpoint: &str, event: &Seen) -> bool {
    match touchpoint {
        "home" => event.page == Some("home"),
        "shop" => event.page.is_some_and(|page| page.starts_with("shop")),
        "mail" => event.kind == "opened",
        "all_pages" => event.kind == "visited",
        "weighed" => event.weight.is_some(),
        "calls" => event.kind == "called",
        "stays" => event.stay.is_some(),
        other => panic!("{other}"),
    }
}

/// What the KPI of a touchpoint comes to over some events, of which those before `from` and after `until` are only credited to.
fn kpi(touchpoint: &str, credit: &str, all: &[Seen], from: i64, until: i64) -> Option<f64> {
    let inside: Vec<&Seen> = all
        .iter()
        .filter(|e| (from..until).contains(&e.at))
        .collect();
    let sum = |values: &[f64]| values.iter().sum::<f64>();
    let avg = |values: &[f64]| (!values.is_empty()).then(|| sum(values) / values.len() as f64);
    let amounts = |least: i64| -> Vec<f64> {
        let cents = inside
            .iter()
            .filter_map(|e| e.cents)
            .filter(|cents| *cents > least);
        cents.map(|cents| cents as f64 / 100.0).collect()
    };
    match touchpoint {
        "home" => {
            let people: BTreeSet<usize> = inside
                .iter()
                .filter(|e| is_at("home", e))
                .map(|e| e.who)
                .collect();
            Some(people.len() as f64)
        }
        "shop" => Some(sum(&amounts(2_000))),
        "all_pages" => avg(&amounts(-1)),
        "weighed" => Some(sum(&inside
            .iter()
            .filter_map(|e| e.weight)
            .collect::<Vec<_>>())),
        "calls" => Some(inside.iter().filter(|e| e.kind == "called").count() as f64),
        "stays" => {
            let stays: Vec<i64> = inside.iter().filter_map(|e| e.stay).collect();
            let total: i64 = stays.iter().sum::<i64>() * 60_000_000;
            let n = i64::try_from(stays.len()).unwrap();
            (n > 0).then(|| total.div_euclid(n) as f64)
        }
        "mail" => {
            let opened: Vec<(usize, &Seen)> = all
                .iter()
                .enumerate()
                .filter(|(_, e)| e.kind == "opened")
                .collect();
            let mut followed: BTreeSet<usize> = BTreeSet::new();
            for bought in all.iter().filter(|e| e.kind == "purchased") {
                let before = opened.iter().filter(|(_, o)| {
                    o.who == bought.who && o.at < bought.at && bought.at <= o.at + 3 * DAY
                });
                let mut before: Vec<(i64, usize)> = before.map(|(i, o)| (o.at, *i)).collect();
                before.sort_unstable();
                match credit {
                    "first" => followed.extend(before.first().map(|(_, i)| *i)),
                    "last" => followed.extend(before.last().map(|(_, i)| *i)),
                    _ => followed.extend(before.iter().map(|(_, i)| *i)),
                }
            }
            let counted: Vec<usize> = (opened.iter())
                .filter(|(_, e)| (from..until).contains(&e.at))
                .map(|(i, _)| *i)
                .collect();
            // Of two letters opened at one instant it is no matter which is credited.
            let n = counted.iter().filter(|i| followed.contains(i)).count();
            (!counted.is_empty()).then(|| n as f64 / counted.len() as f64)
        }
        other => panic!("{other}"),
    }
}

fn number(value: &Scalar) -> f64 {
    match value {
        Scalar::Whole(n) => *n as f64,
        Scalar::Real(n) => *n,
        Scalar::Text(text) => text
            .parse::<f64>()
            .unwrap_or_else(|_| text.parse::<segue::Duration>().unwrap().micros() as f64),
        Scalar::Bool(_) | Scalar::Unsigned(_) => panic!("{value:?}"),
    }
}

#[test]
fn every_figure_is_that_of_the_slow_count() {
    let (mut values, mut statuses) = (0, BTreeMap::<_, u32>::new());
    for seed in 0..300 {
        let mut rng = Rng(seed);
        let credit = rng.pick(&["first", "last", "each"]);
        let rulebook = load(&format!("{RULES}{OVERLAPPING}").replace("CREDIT", credit));
        let (from, until) = (at("2026-01-07T00:00:00Z"), at("2026-04-20T12:00:00Z"));
        let events = events(&mut rng);
        let known: Vec<Seen> = events
            .iter()
            .filter(|e| e.at < until.micros())
            .cloned()
            .collect();
        let report = report(&rulebook, &profiles(&rulebook, &events), from, until);
        for of in &report.touchpoints {
            let mut total = 0;
            for period in &of.periods {
                let (low, high) = (period.from.micros(), period.until.micros());
                let here: Vec<&Seen> = (known.iter())
                    .filter(|e| (low..high).contains(&e.at) && is_at(&of.touchpoint, e))
                    .collect();
                let people: BTreeSet<usize> = here.iter().map(|e| e.who).collect();
                let context = format!("seed {seed}, {} {}", of.touchpoint, period.name);
                assert_eq!(period.events, here.len() as u64, "{context}");
                assert_eq!(period.people, people.len() as u64, "{context}");
                let stay: i64 = here.iter().filter_map(|e| e.stay).sum();
                let time = period.time_spent.map(|time| time.micros() / 60_000_000);
                assert_eq!(time.unwrap_or(0), stay, "{context}");
                total += period.events;
                let expected = kpi(&of.touchpoint, credit, &known, low, high);
                let value = period.value.as_ref().map(number);
                match (value, expected) {
                    (Some(value), Some(expected)) => {
                        assert!(
                            (value - expected).abs() < 1e-9,
                            "{context}: {value}, not {expected}"
                        );
                        values += 1;
                    }
                    (value, expected) => assert_eq!(value, expected, "{context}"),
                }
                *statuses.entry(format!("{:?}", period.status)).or_default() += 1;
            }
            assert_eq!(of.total, total);
        }
    }
    assert!(values > 10_000, "only {values}");
    assert_eq!(statuses.len(), 4, "{statuses:?}");
}

#[test]
fn disjoint_touchpoints_and_the_unmapped_make_all_events() {
    let rulebook = load(&RULES.replace("CREDIT", "last"));
    for seed in 0..200 {
        let events = events(&mut Rng(seed));
        let (from, until) = (at("2026-01-01T00:00:00Z"), at("2026-03-01T00:00:00Z"));
        let report = report(&rulebook, &profiles(&rulebook, &events), from, until);
        let inside = events
            .iter()
            .filter(|e| (from.micros()..until.micros()).contains(&e.at));
        assert_eq!(report.coverage.events, inside.count() as u64);
        let mapped: u64 = report.touchpoints.iter().map(|of| of.total).sum();
        assert_eq!(mapped + report.coverage.unmapped, report.coverage.events);
        let by: u64 = report.coverage.unmapped_by.iter().map(|of| of.events).sum();
        assert_eq!(by, report.coverage.unmapped);
        assert!(report.overlaps.is_empty());
    }
}

#[test]
fn overlaps_count_the_events_of_both() {
    let rulebook = load(&format!("{RULES}{OVERLAPPING}").replace("CREDIT", "last"));
    let events = events(&mut Rng(7));
    let (from, until) = (at("2025-01-01T00:00:00Z"), at("2027-01-01T00:00:00Z"));
    let report = report(&rulebook, &profiles(&rulebook, &events), from, until);
    let names: Vec<&str> = rulebook.touchpoints().collect();
    for (i, one) in names.iter().enumerate() {
        for other in &names[i + 1..] {
            let both = events
                .iter()
                .filter(|e| is_at(one, e) && is_at(other, e))
                .count() as u64;
            let found = report
                .overlaps
                .iter()
                .find(|of| &*of.touchpoints[0] == *one && &*of.touchpoints[1] == *other);
            assert_eq!(found.map_or(0, |of| of.events), both, "{one}, {other}");
        }
    }
}

/// The last letter before a purchase gets the credit, and a period is over when the three days after it are.
#[test]
fn a_rate_by_hand() {
    let last = load(&RULES.replace("CREDIT", "last"));
    let letter = |at: &str| format!(r#"{{"kind": "opened", "at": "{at}"}}"#);
    let bought = |at: &str| format!(r#"{{"kind": "purchased", "at": "{at}"}}"#);
    let all = [
        // The end of the three days belongs to them.
        letter("2026-01-30T10:00:00Z"),
        bought("2026-02-02T10:00:00Z"),
        // The same instant does not follow.
        letter("2026-02-10T10:00:00Z"),
        bought("2026-02-10T10:00:00Z"),
        // Two letters, two purchases: the last gets both.
        letter("2026-02-20T10:00:00Z"),
        letter("2026-02-21T10:00:00Z"),
        bought("2026-02-22T10:00:00Z"),
        bought("2026-02-22T11:00:00Z"),
    ];
    let json = format!(r#"{{"id": "anna", "events": [{}]}}"#, all.join(", "));
    let anna = Record::from_json(last.schema(), &json).unwrap();
    let periods = |rulebook: &Rulebook, until: &str| {
        let from = at("2026-01-01T00:00:00+01:00");
        let report = report(rulebook, std::slice::from_ref(&anna), from, at(until));
        let mail = report
            .touchpoints
            .into_iter()
            .find(|of| &*of.touchpoint == "mail")
            .unwrap();
        let periods = mail.periods.into_iter();
        periods
            .map(|p| (p.value.as_ref().map(number), p.status))
            .collect::<Vec<_>>()
    };
    let (reached, unfinished) = (Some(TargetStatus::Reached), Some(TargetStatus::Unfinished));
    assert_eq!(
        periods(&last, "2026-03-04T00:00:00+01:00"),
        [
            (Some(1.0), reached),
            (Some(1.0 / 3.0), reached),
            (None, None)
        ]
    );
    let early = periods(&last, "2026-03-03T23:59:00+01:00");
    assert_eq!(early[1], (Some(1.0 / 3.0), unfinished));
    let each = load(&RULES.replace("CREDIT", "each"));
    assert_eq!(
        periods(&each, "2026-04-01T00:00:00+01:00")[1].0,
        Some(2.0 / 3.0)
    );
}

#[test]
fn the_control_group_and_strangers_are_counted_apart() {
    let rulebook = load(
        &format!(
            "[holdout]\nshare = \"50%\"\nsalt = \"s\"\n{}",
            RULES.replace("CREDIT", "last")
        )
        .replacen("    timezone = \"Europe/Rome\"", "", 1),
    );
    let model = Model::<Record>::for_schema(rulebook.schema());
    let (from, until) = (at("2026-01-01T00:00:00Z"), at("2026-02-01T00:00:00Z"));
    let mut report = TouchpointReportBuilder::new(&rulebook, &model, from, until)
        .unwrap()
        .by(CalendarUnit::Day);
    let in_control = segue::Rule::check_in("in sample(50%, \"s\")", rulebook.context()).unwrap();
    let in_control = in_control.bind(&model).unwrap();
    let mut control = 0;
    for n in 0..40 {
        let json = format!(
            r#"{{"id": "p{n}", "events": [{{"kind": "opened", "at": "2026-01-05T10:00:00Z"}}]}}"#
        );
        let profile = Record::from_json(rulebook.schema(), &json).unwrap();
        control += u64::from(in_control.holds(&profile, until));
        if n < 10 {
            report.record_unknown(&profile);
        } else {
            report.record(&profile);
        }
    }
    let report = report.build();
    let mail = report
        .touchpoints
        .iter()
        .find(|of| &*of.touchpoint == "mail")
        .unwrap();
    assert_eq!(mail.periods[0].events, 40);
    assert_eq!(mail.periods[0].control.as_ref().unwrap().people, control);
    assert!((5..35).contains(&control));
    let audit = report.audit();
    assert_eq!((audit.events, audit.unknown, audit.unmapped), (40, 10, 0));
    assert_eq!(audit.without_actions, ["home".into(), "shop".into()]);
    assert_eq!(audit.without_time, ["mail".into()]);
    assert!(audit.without_goal.is_empty() && audit.without_kpi.is_empty());
}

/// Nothing but a touchpoint reads `visited`; nobody reads `rated`. What the engine adds itself is not the author's to leave out.
#[test]
fn what_touchpoints_count_is_read() {
    let rulebook = Rulebook::loader()
        .warn_of_unread()
        .load(
            Format::Toml,
            r#"
            [schema.events.visited.properties]
            page = "string"
            [schema.events.purchased.properties]
            amount = "decimal(2)"
            [schema.events.rated]
            [channels.email]
            [messages.offer]
            channel = "email"
            [touchpoints.home]
            events = 'visited(page = "home")'
            kpi = { sum = "purchased.amount", per = "month", target = 1000 }
            "#,
        )
        .unwrap();
    let said: Vec<&str> = rulebook.warnings().iter().map(|w| w.key.as_str()).collect();
    assert_eq!(said, ["schema.events.rated"]);
}

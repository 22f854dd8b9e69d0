//! Portraits: each part against what the rulebook says of it alone, on the corpus and on random cases, and `until` against the
//! portraits just before it and at it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use segue::profile::{Model, Record, Value};
use segue::rulebook::{Portrait, PortraitPart, PortraitStage};
use segue::{Instant, Rulebook, ValueRule};
use segue_test_support::corpus::{self, Book};
use segue_test_support::random::search::number;
use segue_test_support::random::{Gen, Style};
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};

/// How many random cases where `SEGUE_CASES` does not say.
const CASES: u64 = 200;

/// The rulebook of a case, unless the checker refuses a part of it.
fn rulebook(schema: &segue::Schema, book: &Book) -> Option<Rulebook> {
    let document = serde_json::from_value(book.document()).unwrap();
    let loader = Rulebook::loader().schema(schema.clone());
    loader.load_document(document).ok()
}

/// What each part of a portrait is alone, and the first instant at which one of them changes.
struct Parts<'r> {
    rulebook: &'r Rulebook,
    model: Model<Record>,
    record: &'r Record,
    now: Instant,
    until: Option<Instant>,
    is_exact: bool,
}

impl Parts<'_> {
    fn value(&mut self, rule: &ValueRule) -> Value {
        let found = rule.bind(&self.model).unwrap().at(self.record, self.now);
        self.changes(found.until, found.is_exact);
        found.value
    }

    fn changes(&mut self, until: Option<Instant>, is_exact: bool) {
        let earliest = self.until.into_iter().chain(until).min();
        if until == earliest && until.is_some() {
            self.is_exact = is_exact || self.until == until && self.is_exact;
        }
        self.until = earliest;
    }

    fn holds(&mut self, rule: &segue::Rule) -> bool {
        let verdict = rule.bind(&self.model).unwrap();
        let verdict = verdict.verdict(self.record, self.now);
        self.changes(verdict.until, verdict.is_exact);
        verdict.holds
    }

    /// `stage of life`, or `stage of life for "tv"`.
    fn stage(&mut self, expression: &str) -> Option<String> {
        let rule = ValueRule::check_in(expression, self.rulebook.context()).unwrap();
        match self.value(&rule) {
            Value::Text(stage) => Some(stage),
            _ => None,
        }
    }
}

/// The instants of the events about each subject that a profile's events have, and whether it is the first.
fn subjects(profile: &Json, per: &str) -> BTreeMap<String, Instant> {
    let mut first: BTreeMap<String, Instant> = BTreeMap::new();
    for event in profile["events"].as_array().into_iter().flatten() {
        let at: Instant = event["at"].as_str().unwrap().parse().unwrap();
        if let Some(subject) = event["props"][per].as_str() {
            let known = first.entry(subject.to_owned()).or_insert(at);
            *known = at.min(*known);
        }
    }
    first
}

fn check(rulebook: &Rulebook, profile: &Json, now: Instant) -> Result<Option<Instant>, String> {
    let schema = rulebook.schema();
    let record = Record::from_json(schema, &profile.to_string()).unwrap();
    let model = Model::<Record>::for_schema(schema);
    let portraits = rulebook.portrait().bind(&model).unwrap();
    let portrait = portraits.at(&record, now);
    let mut parts = Parts {
        rulebook,
        model,
        record: &record,
        now,
        until: None,
        is_exact: true,
    };
    for (name, found) in &portrait.traits {
        let alone = parts.value(&rulebook.value(name).unwrap());
        same(&format!("trait {name}"), found, &alone)?;
    }
    same(
        "the names of traits",
        &portrait.traits.keys().map(String::as_str).collect(),
        &rulebook.traits().collect::<Vec<_>>(),
    )?;
    let holding = rulebook.segments().filter(|(_, rule)| parts.holds(rule));
    let holding: Vec<&str> = holding.map(|(name, _)| name).collect();
    same(
        "segments",
        &portrait.segments.iter().map(String::as_str).collect(),
        &holding,
    )?;
    for (name, lifecycle) in rulebook.lifecycles() {
        let alone = match lifecycle.per() {
            None => PortraitStage::Whole(parts.stage(&format!("stage of {name}"))),
            Some(per) => {
                let mut each = BTreeMap::new();
                for (subject, first) in subjects(profile, per) {
                    let expression = format!("stage of {name} for {subject:?}");
                    if first <= now {
                        let stage = parts.stage(&expression);
                        each.extend(stage.map(|stage| (subject, stage)));
                        continue;
                    }
                    // Nothing is known of it before its first event.
                    let (before, known) = (parts.until.take(), parts.is_exact);
                    parts.now = first;
                    let then = parts.stage(&expression);
                    let appears = then.map_or(parts.until, |_| Some(first));
                    let is_exact = appears == Some(first) || parts.is_exact;
                    (parts.now, parts.until, parts.is_exact) = (now, before, known);
                    parts.changes(appears, is_exact);
                }
                PortraitStage::Each(each)
            }
        };
        same(&format!("stage of {name}"), &portrait.stages[name], &alone)?;
    }
    let given = profile["tags"].as_array().into_iter().flatten();
    let mut tags: BTreeSet<String> = given.map(|t| t.as_str().unwrap().to_owned()).collect();
    let by_rule = rulebook.tags().filter(|(_, rule)| parts.holds(rule));
    tags.extend(by_rule.map(|(path, _)| path.to_owned()));
    let paths = portrait.tags.iter().map(|tag| tag.path.clone());
    same(
        "tags",
        &paths.collect(),
        &tags.into_iter().collect::<Vec<_>>(),
    )?;
    same("until", &portrait.until, &parts.until)?;
    same("is_exact", &portrait.is_exact, &(parts.is_exact))?;
    if let Some(until) = portrait.until {
        let just_before = Instant::from_micros(until.micros() - 1);
        let before = portraits.at(&record, just_before);
        same("just before until", &shown(&before), &shown(&portrait))?;
        let then = portraits.at(&record, until);
        if portrait.is_exact && shown(&then) == shown(&portrait) {
            return Err(format!("nothing changes at {until}: {}", shown(&portrait)));
        }
    }
    Ok(portrait.until)
}

/// What a portrait shows.
fn shown(portrait: &Portrait) -> String {
    let mut json = serde_json::to_value(portrait).unwrap();
    let parts = json.as_object_mut().unwrap();
    for key in ["at", "until", "at_least"] {
        parts.remove(key);
    }
    json.to_string()
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, found: &T, alone: &T) -> Result<(), String> {
    if found == alone {
        return Ok(());
    }
    Err(format!("{what}: {found:?}, but alone it is {alone:?}"))
}

/// Follows a portrait from one change to the next.
fn follow(rulebook: &Rulebook, profile: &Json, now: i64) -> Result<(), String> {
    let mut now = Instant::from_micros(now);
    for _ in 0..4 {
        let next = check(rulebook, profile, now).map_err(|e| format!("at {now}: {e}"))?;
        let Some(next) = next else { break };
        now = next;
    }
    Ok(())
}

#[test]
fn each_part_is_what_it_is_alone_on_the_corpus() {
    let schema = corpus::schema();
    let mut seen = BTreeSet::new();
    for row in corpus::rows() {
        let rulebook = rulebook(&schema, &row.book).unwrap();
        let key = format!("{}{}{}", row.now, row.profile, row.book.document());
        if seen.insert(key) {
            follow(&rulebook, &row.profile, row.now)
                .unwrap_or_else(|e| panic!("{}: {e}", row.place));
        }
    }
    println!("{} profiles", seen.len());
    assert!(seen.len() > 100);
}

#[test]
fn each_part_is_what_it_is_alone_on_random_cases() {
    let (mut followed, cases) = (0, number("SEGUE_CASES").unwrap_or(CASES));
    for seed in 0..cases {
        let case = Gen::case(seed, Style::Everything);
        let Some(rulebook) = rulebook(&case.schema, &case.book) else {
            continue;
        };
        follow(&rulebook, &case.profile, case.now).unwrap_or_else(|e| {
            panic!(
                "seed {seed}: {e}\n{}\n{}",
                case.book.document(),
                case.profile
            )
        });
        let rules = rulebook.segments().count() + rulebook.tags().count();
        let named = rulebook.traits().count() + rulebook.lifecycles().count();
        followed += u64::from(rules + named > 0);
    }
    assert!(followed * 5 > cases, "{followed} of {cases} were followed");
}

const SHOP: &str = r#"
    timezone = "Europe/Rome"
    schema.attributes = { signup = "instant", home = "place" }
    [schema.events.viewed]
    subject = "category"
    properties = { category = "string" }
    [schema.events.purchased.properties]
    amount = "decimal(2)"

    [traits]
    spent = "sum(purchased.amount within 30 days)"
    usual = "avg(purchased.amount)"
    home_then = "home"
    favourite = 'top(viewed.category)'
    [tags]
    "interest/tv" = 'viewed("tv") within 7 days'
    [segments]
    active = "purchased within 7 days"
    nobody = "purchased at least 100 times"
    [scores.money]
    value = "spent"
    classes = 3
    cuts = ["10.00", "100.00"]
    [lifecycles.buying]
    stages = [{ name = "customer", when = "purchased" }]
    [lifecycles.interest]
    per = "category"
    stages = [{ name = "aware", when = "viewed" }, { name = "keen", when = "viewed at least 2 times" }]
"#;

fn anna(rulebook: &Rulebook) -> Record {
    let json = r#"{"id": "anna", "home": {"lat": 45.46, "lon": 9.19}, "tags": ["newsletter", "interest/tv"], "events": [
        {"kind": "purchased", "at": "2026-03-15T10:00:00Z", "props": {"amount": 25}},
        {"kind": "viewed", "at": "2026-03-16T10:00:00Z", "props": {"category": "tv"}},
        {"kind": "viewed", "at": "2026-03-17T10:00:00Z", "props": {"category": "tv"}},
        {"kind": "viewed", "at": "2026-03-19T10:00:00Z", "props": {"category": "sofa"}}]}"#;
    Record::from_json(rulebook.schema(), json).unwrap()
}

#[test]
fn as_json() {
    let rulebook = Rulebook::from_toml(SHOP).unwrap();
    let portraits = rulebook
        .portrait()
        .bind(&Model::for_schema(rulebook.schema()))
        .unwrap();
    let portrait = portraits.at(&anna(&rulebook), "2026-03-18T12:00:00Z".parse().unwrap());
    // The sofa is first seen on the 19th, which is the first thing to change.
    let expected = r#"{"id":"anna","at":"2026-03-18T12:00:00Z",
        "traits":{"favourite":"tv","home_then":{"lat":45.46,"lon":9.19},"spent":"25.00","usual":25.0},
        "segments":["active"],
        "stages":{"buying":"customer","interest":{"tv":"keen"}},"scores":{"money":2},
        "tags":[{"path":"interest/tv","by":"rule"},{"path":"newsletter"}],
        "until":"2026-03-19T10:00:00Z"}"#;
    let expected: String = expected.lines().map(str::trim_start).collect();
    assert_eq!(serde_json::to_string(&portrait).unwrap(), expected);
}

#[test]
fn of_whom_nothing_is_known_every_part_is_there() {
    let rulebook = Rulebook::from_toml(SHOP).unwrap();
    let model = Model::for_schema(rulebook.schema());
    let nobody = Record::from_json(rulebook.schema(), r#"{"id": 1}"#).unwrap();
    let now = "2026-03-18T12:00:00Z".parse().unwrap();
    let portrait = rulebook.portrait().bind(&model).unwrap().at(&nobody, now);
    assert_eq!(
        serde_json::to_string(&portrait).unwrap(),
        concat!(
            r#"{"id":"1","at":"2026-03-18T12:00:00Z","traits":{"favourite":null,"home_then":null,"spent":"0.00","usual":null},"#,
            r#""segments":[],"stages":{"buying":null,"interest":{}},"scores":{"money":1},"tags":[],"until":null}"#
        )
    );
}

#[test]
fn what_is_not_asked_for_is_not_shown_and_not_read() {
    let rulebook = Rulebook::from_toml(SHOP).unwrap();
    let model = Model::for_schema(rulebook.schema());
    let parts = rulebook.portrait().only(|part| {
        matches!(
            part,
            PortraitPart::Segment("active") | PortraitPart::Stage("interest")
        )
    });
    assert_eq!(parts.reads().attributes().count(), 0);
    assert!(parts.reads().kinds().eq(["purchased", "viewed"]));
    assert_eq!(parts.reads().properties("purchased").count(), 0);
    assert!(parts.reads().properties("viewed").eq(["category"]));
    let now = "2026-03-20T12:00:00Z".parse().unwrap();
    let portrait = parts.bind(&model).unwrap().at(&anna(&rulebook), now);
    assert_eq!(
        serde_json::to_string(&portrait).unwrap(),
        concat!(
            r#"{"id":"anna","at":"2026-03-20T12:00:00Z","segments":["active"],"#,
            r#""stages":{"interest":{"sofa":"aware","tv":"keen"}},"until":"2026-03-22T10:00:00.000001Z"}"#
        )
    );
    let nothing = rulebook.portrait().only(|_| false).bind(&model).unwrap();
    assert_eq!(
        serde_json::to_string(&nothing.at(&anna(&rulebook), now)).unwrap(),
        r#"{"id":"anna","at":"2026-03-20T12:00:00Z","until":null}"#
    );
}

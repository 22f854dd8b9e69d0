//! Random people of a shop, as the library and as the slow counts see them.

use chrono::Weekday;
use segue::insight::{ReportBuilder, ReportResult};
use segue::population::Members;
use segue::profile::{Model, Record};
use segue::syntax::CalendarUnit;
use segue::{Instant, Rulebook};
use segue_test_support::random::Rng;
use segue_test_support::reference::calendar::Calendar;
use serde_json::{Value as Json, json};

pub(crate) const MINUTE: i64 = 60_000_000;
pub(crate) const HOUR: i64 = 60 * MINUTE;
pub(crate) const DAY: i64 = 24 * HOUR;

/// The end of all reports here, in the midst of a day, a week, a month.
pub(crate) const UNTIL: &str = "2026-06-17T09:15:00Z";

pub(crate) fn at(text: &str) -> Instant {
    text.parse().unwrap()
}

/// Something that somebody did.
#[derive(Clone, Debug)]
pub(crate) struct Did {
    pub(crate) at: i64,
    pub(crate) kind: &'static str,
    pub(crate) page: Option<&'static str>,
    pub(crate) source: Option<&'static str>,
    pub(crate) channel: Option<&'static str>,
    pub(crate) order: Option<&'static str>,
    pub(crate) cents: Option<i64>,
}

#[derive(Clone, Debug)]
pub(crate) struct Person {
    pub(crate) gender: Option<&'static str>,
    pub(crate) topics: Vec<&'static str>,
    /// Sorted by time; of one instant as they were drawn.
    pub(crate) did: Vec<Did>,
}

impl Person {
    pub(crate) fn of(&self, kind: &str) -> Vec<&Did> {
        self.did.iter().filter(|did| did.kind == kind).collect()
    }
}

/// People whose events meet the edges: the same instants, borders of periods, clock changes, exact lengths of time between them.
pub(crate) fn people(rng: &mut Rng) -> Vec<Person> {
    let starts = ["2026-01-01T00:00:00+01:00", "2026-03-28T12:00:00+01:00"].map(|t| at(t).micros());
    let person = |rng: &mut Rng| {
        let n = rng.below(13);
        let mut did: Vec<Did> = (0..n)
            .map(|_| {
                let kind = rng.pick(&["visited", "visited", "purchased", "purchased", "returned"]);
                let (is_visit, is_order) = (kind == "visited", kind != "visited");
                let (start, days) = if rng.percent(80) {
                    (starts[0], rng.between(-20, 180))
                } else {
                    (starts[1], rng.between(0, 2))
                };
                Did {
                    at: start
                        + days * DAY
                        + rng.pick(&[0, 0, 1, 6, 13, 14, 23]) * HOUR
                        + rng.pick(&[0, 0, 15, 45]) * MINUTE,
                    kind,
                    page: is_visit.then(|| rng.pick(&["home", "shop"])),
                    source: (is_visit && rng.percent(80))
                        .then(|| rng.pick(&["ads", "mail", "web"])),
                    channel: rng.percent(80).then(|| rng.pick(&["shop", "online"])),
                    order: (is_order && rng.percent(80)).then(|| rng.pick(&["A", "B", "C"])),
                    cents: (is_order && rng.percent(85)).then(|| rng.between(1, 9_999)),
                }
            })
            .collect();
        did.sort_by_key(|did| did.at);
        Person {
            gender: rng.percent(80).then(|| rng.pick(&["female", "male"])),
            topics: ["tv", "radio", "tv"]
                .into_iter()
                .filter(|_| rng.percent(40))
                .collect(),
            did,
        }
    };
    let n = rng.below(9);
    (0..n).map(|_| person(rng)).collect()
}

pub(crate) const SCHEMA: &str = r#"
    timezone = "Europe/Rome"
    week_starts = "WEEK"

    [schema.attributes]
    gender = { type = "enum", values = ["female", "male", "other"] }
    topics = "list of string"
    age = "int"
    [schema.events.visited]
    subject = "page"
    properties = { page = "string", source = "string", channel = "string" }
    [schema.events.purchased.properties]
    amount = "decimal(2)"
    order = "string"
    channel = "string"
    [schema.events.returned.properties]
    amount = "decimal(2)"
    order = "string"
    channel = "string"

    [traits.habit]
    cases = [{ is = "regular", when = "purchased at least 2 times" }, { is = "once", when = "purchased" }]
    otherwise = "never"
"#;

pub(crate) fn load(text: &str) -> Result<Rulebook, String> {
    Rulebook::from_toml(text).map_err(|e| e.to_string())
}

/// A rulebook with a report `r`, whose table is this.
pub(crate) fn rulebook(table: &str, week: &str) -> Rulebook {
    let text = format!("{}\n[reports.r]\n{table}\n", SCHEMA.replace("WEEK", week));
    load(&text).unwrap_or_else(|e| panic!("{e}"))
}

fn json(person: &Person, position: usize) -> Json {
    let events = person.did.iter().map(|did| {
        let mut props = serde_json::Map::new();
        for (name, value) in [
            ("page", did.page),
            ("source", did.source),
            ("channel", did.channel),
            ("order", did.order),
        ] {
            props.extend(value.map(|value| (name.to_owned(), Json::from(value))));
        }
        let amount = did.cents.map(|cents| cents as f64 / 100.0);
        props.extend(amount.map(|amount| ("amount".to_owned(), Json::from(amount))));
        json!({"kind": did.kind, "at": Instant::from_micros(did.at).to_string(), "props": props})
    });
    let events: Vec<Json> = events.collect();
    let mut all = json!({"id": format!("p{position}"), "topics": person.topics, "events": events});
    if let Some(gender) = person.gender {
        all["gender"] = gender.into();
    }
    all
}

pub(crate) fn records(rulebook: &Rulebook, people: &[Person]) -> Vec<Record> {
    let people = people.iter().enumerate();
    people
        .map(|(n, person)| {
            Record::from_json(rulebook.schema(), &json(person, n).to_string())
                .unwrap_or_else(|e| panic!("{e}"))
        })
        .collect()
}

/// The report `r` on some records.
pub(crate) fn report(
    rulebook: &Rulebook,
    records: &[Record],
    from: Instant,
    until: Instant,
) -> ReportResult {
    let model = Model::<Record>::for_schema(rulebook.schema());
    let mut report = ReportBuilder::new(rulebook, &model, "r", from, until).unwrap();
    records.iter().for_each(|record| report.record(record));
    let result = report.build();
    // Whatever it is, it can be written and read again, but for who the people are; and everybody named is somebody.
    let written = serde_json::to_string(&result).unwrap();
    let read: ReportResult =
        serde_json::from_str(&written).unwrap_or_else(|e| panic!("{e}: {written}"));
    let plain: Json = serde_json::from_str(&written).unwrap();
    assert!(serde_json::to_value(&read).unwrap() == plain, "{written}");
    for (name, members) in result.members() {
        assert_eq!(members.population(), records.len(), "{name}");
    }
    result
}

/// A record by hand: kinds and instants.
pub(crate) fn by_hand(rulebook: &Rulebook, id: &str, events: &[(&str, &str)]) -> Record {
    let events = events
        .iter()
        .map(|(kind, at)| json!({"kind": kind, "at": at}));
    let json = json!({"id": id, "events": events.collect::<Vec<_>>()});
    Record::from_json(rulebook.schema(), &json.to_string()).unwrap()
}

/// The week of a seed, as rule files and chrono call its first day.
pub(crate) fn week(seed: u64) -> (&'static str, Weekday) {
    if seed.is_multiple_of(2) {
        ("monday", Weekday::Mon)
    } else {
        ("sunday", Weekday::Sun)
    }
}

pub(crate) fn calendar(week_start: Weekday) -> Calendar {
    Calendar::new("Europe/Rome", week_start)
}

pub(crate) const UNITS: [(&str, CalendarUnit); 5] = [
    ("day", CalendarUnit::Day),
    ("week", CalendarUnit::Week),
    ("month", CalendarUnit::Month),
    ("quarter", CalendarUnit::Quarter),
    ("year", CalendarUnit::Year),
];

/// The periods of a calendar, by hand.
pub(crate) struct Periods {
    pub(crate) calendar: Calendar,
    pub(crate) unit: CalendarUnit,
}

impl Periods {
    /// The start of the period that holds an instant.
    pub(crate) fn start(&self, at: i64) -> i64 {
        let first = self.calendar.first_day(self.unit, self.calendar.date(at));
        self.calendar.start(first)
    }

    /// The start of the period `n` after the one that begins at an instant.
    pub(crate) fn later(&self, start: i64, n: i64) -> i64 {
        let first = self.calendar.date(start);
        let later = self.calendar.later_period(self.unit, first, n);
        self.calendar.start(later)
    }

    /// The starts of all periods between two instants.
    pub(crate) fn all(&self, from: i64, until: i64) -> Vec<i64> {
        let mut starts = vec![self.start(from)];
        loop {
            let next = self.later(starts[starts.len() - 1], 1);
            if next >= until {
                return starts;
            }
            starts.push(next);
        }
    }
}

pub(crate) fn positions(members: &Members) -> Vec<usize> {
    members.iter().collect()
}

/// Checks a number of people, and who they are.
#[track_caller]
pub(crate) fn assert_people(n: u64, members: &Members, expected: &[usize], context: &str) {
    assert_eq!(positions(members), expected, "{context}");
    assert_eq!(n, expected.len() as u64, "{context}");
}

//! Small populations, and how a report is asked for.

use segue::insight::{ReportBuilder, ReportResult};
use segue::profile::{Model, Record, RecordEvent, Value};
use segue::{Instant, Rulebook};
use segue_test_support::random::Rng;

pub(crate) const SECOND: i64 = 1_000_000;

/// Four kinds of events, each with a number.
pub(crate) const SCHEMA: &str = r#"
    [schema.attributes]
    city = "string"
    [schema.events]
    a.properties = { x = "int" }
    b.properties = { x = "int" }
    c.properties = { x = "int" }
    d.properties = { x = "int" }
"#;

/// An event as the slow counts see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    /// In seconds.
    pub(crate) at: i64,
    pub(crate) kind: char,
    pub(crate) x: i64,
}

pub(crate) fn load(text: &str) -> Rulebook {
    Rulebook::from_toml(&format!("{text}\n{SCHEMA}")).unwrap_or_else(|e| panic!("{e}"))
}

pub(crate) fn instant(seconds: i64) -> Instant {
    Instant::from_micros(seconds * SECOND)
}

/// Events in seconds of which several are the same.
pub(crate) fn events(rng: &mut Rng, most: i64, kinds: &[char]) -> Vec<Seen> {
    let n = rng.between(0, most);
    let mut events: Vec<Seen> = (0..n)
        .map(|_| Seen {
            at: rng.between(0, 12),
            kind: rng.pick(kinds),
            x: rng.between(1, 2),
        })
        .collect();
    events.sort_by_key(|event| event.at);
    events
}

pub(crate) fn record(rulebook: &Rulebook, id: usize, city: &str, events: &[Seen]) -> Record {
    let schema = rulebook.schema();
    let profile = format!(r#"{{"id": "p{id}", "city": "{city}"}}"#);
    let mut record = Record::from_json(schema, &profile).unwrap();
    record.add_events(events.iter().map(|event| {
        let properties = [("x", Value::from(event.x))];
        let at = instant(event.at);
        RecordEvent::new(schema, &event.kind.to_string(), at, properties).unwrap()
    }));
    record
}

/// The report `r` on some profiles, of seconds.
pub(crate) fn report(
    rulebook: &Rulebook,
    records: &[Record],
    from: i64,
    until: i64,
) -> ReportResult {
    let model = Model::<Record>::for_schema(rulebook.schema());
    let (from, until) = (instant(from), instant(until));
    let mut report = ReportBuilder::new(rulebook, &model, "r", from, until).unwrap();
    records.iter().for_each(|record| report.record(record));
    report.build()
}

//! Driving engines through random streams.

use crate::reference::{Outcome, TIME, in_out, moved};
use segue::engine::{Cause, Engine, EngineOutput, OutputKind, Receipt};
use segue::profile::{Model, Record, RecordEvent, Value};
use segue::schema::Schema;
use segue::{Duration, Instant};
use segue_test_support::random::streams::{Act, Stream};
use serde_json::{Value as Json, json};

pub(crate) fn record(schema: &Schema, profile: &Json) -> Record {
    Record::from_json(schema, &profile.to_string()).unwrap_or_else(|e| panic!("{profile}: {e}"))
}

pub(crate) fn event(schema: &Schema, event: &Json) -> RecordEvent {
    let profile = record(schema, &json!({"id": "of an event", "events": [event]}));
    profile
        .events()
        .iter()
        .next()
        .cloned()
        .unwrap_or_else(|| panic!("{event} is no event"))
}

pub(crate) fn value(schema: &Schema, attribute: &str, value: &Json) -> Value {
    record(schema, &json!({"id": "of a value", attribute: value})).get(
        schema,
        attribute,
        Instant::MAX,
    )
}

/// An engine at the beginning of a stream.
pub(crate) fn begin(stream: &Stream) -> Engine<Record> {
    let mut engine = empty(stream);
    for profile in &stream.profiles {
        engine.insert(record(&stream.schema, profile));
    }
    engine
}

/// An engine at the beginning of a stream, without profiles.
pub(crate) fn empty(stream: &Stream) -> Engine<Record> {
    let model = Model::<Record>::for_schema(&stream.schema);
    let engine =
        Engine::new(&stream.rulebook(), &model).unwrap_or_else(|e| panic!("not bound: {e}"));
    let mut engine = engine.with_lateness(Duration::from_micros(stream.lateness));
    let mut out = Vec::new();
    engine.advance(Instant::from_micros(stream.start), &mut out);
    assert_eq!(out, []);
    engine
}

/// Does one thing, and then lets happen what is due at its very instant.
pub(crate) fn act(
    engine: &mut Engine<Record>,
    schema: &Schema,
    act: &Act,
) -> (Option<Receipt>, Vec<EngineOutput>) {
    let mut out = Vec::new();
    let receipt = act_without_rest(engine, schema, act, &mut out);
    let now = engine.now();
    engine.advance(now, &mut out);
    (receipt, out)
}

/// Does one thing.
pub(crate) fn act_without_rest(
    engine: &mut Engine<Record>,
    schema: &Schema,
    act: &Act,
    out: &mut Vec<EngineOutput>,
) -> Option<Receipt> {
    match act {
        Act::Observe {
            profile,
            event: json,
        } => Some(engine.observe(profile.as_str(), event(schema, json), out)),
        Act::Change {
            profile,
            at,
            attribute,
            value: json,
        } => {
            let at = Instant::from_micros(*at);
            let value = value(schema, attribute, json);
            let values = [(attribute.as_str(), value)];
            Some(engine.set(profile.as_str(), &values, at, out).unwrap())
        }
        Act::Advance { to } => {
            engine.advance(Instant::from_micros(*to), out);
            None
        }
        Act::Wake { before } => {
            if let Some(wakeup) = engine.next_wakeup() {
                engine.advance(Instant::from_micros(wakeup.micros() - before), out);
            }
            None
        }
    }
}

/// What an engine told, in the words of the reference.
pub(crate) fn outcomes(outputs: &[EngineOutput]) -> Vec<Outcome> {
    let outcome = |h: &EngineOutput| Outcome {
        at: h.at.micros(),
        profile: h.profile.to_string(),
        what: match &h.kind {
            OutputKind::SegmentEntered { segment } => in_out(true, segment),
            OutputKind::SegmentLeft { segment } => in_out(false, segment),
            OutputKind::StageChanged(t) => moved(
                &t.lifecycle,
                t.subject.as_deref(),
                t.from.as_deref(),
                t.to.as_deref(),
            ),
            other => panic!("{other:?} is unknown to the reference"),
        },
        cause: match &h.cause {
            Cause::Event { kind, id: Some(id) } => format!("{kind} {id}"),
            Cause::Event { kind, id: None } => kind.to_string(),
            Cause::Attribute { name } => name.to_string(),
            Cause::Time => TIME.to_owned(),
            other => format!("{other:?}"),
        },
        or_time: false,
    };
    outputs.iter().map(outcome).collect()
}

/// Where a profile stands by an engine, in the words of the reference.
pub(crate) fn standing(
    engine: &Engine<Record>,
    stream: &Stream,
    id: &str,
    subjects: &[String],
) -> Vec<String> {
    let mut all = Vec::new();
    for segment in stream.book.segments.keys() {
        if engine.holds(id, segment) == Some(true) {
            all.push(format!("in {segment}"));
        }
    }
    for (lifecycle, document) in &stream.lifecycles {
        let keys: Vec<Option<&str>> = match document["per"].is_null() {
            true => vec![None],
            false => subjects.iter().map(|s| Some(s.as_str())).collect(),
        };
        for subject in keys {
            if let Some(stage) = engine.stage(id, lifecycle, subject) {
                all.push(format!(
                    "{stage} in {lifecycle} for {:?}",
                    subject.map(str::to_owned)
                ));
            }
        }
    }
    all
}

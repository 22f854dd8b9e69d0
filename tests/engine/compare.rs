//! The engine against the reference engine on random streams.
//!
//! `SEGUE_CASES=10000 cargo test --release --test engine agrees` runs more of them (`SEGUE_FIRST=…` begins elsewhere),
//! `SEGUE_SEED=…` one alone; after `SEGUE_FAILURES` of them, or 5, it stops.

use crate::reference::{Outcome, ReferenceEngine, TIME};
use crate::run::{self, act, begin, outcomes};
use crate::shrink::shrink;
use segue::engine::Receipt;
use segue::schema::Schema;
use segue_test_support::random::Gen;
use segue_test_support::random::search::{caught, number, search, seeds};
use segue_test_support::random::streams::{Act, Stream};
use segue_test_support::reference::until::show;
use segue_test_support::reference::value::DAY;
use segue_test_support::reference::{Event, Profile, World};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;

/// How many streams are run where `SEGUE_CASES` does not say: about 30 seconds on one core.
const CASES: u64 = if cfg!(debug_assertions) { 100 } else { 1500 };

/// The subjects that random events may have.
pub(crate) fn subjects(stream: &Stream) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    let acts = stream.acts.iter().filter_map(|a| {
        if let Act::Observe { event, .. } = a {
            Some(event)
        } else {
            None
        }
    });
    let past = stream
        .profiles
        .iter()
        .flat_map(|p| p["events"].as_array().into_iter().flatten());
    for event in acts.chain(past) {
        all.extend(
            event["props"]
                .as_object()
                .into_iter()
                .flatten()
                .filter_map(|(_, v)| v.as_str().map(str::to_owned)),
        );
    }
    all.sort();
    all.dedup();
    all
}

fn event_of(schema: &Schema, event: &Json) -> Event {
    Profile::from_json(schema, &json!({"id": "of an event", "events": [event]}))
        .events
        .remove(0)
}

/// Gives an attribute of the reference's profile another value.
fn set(profile: &mut Profile, schema: &Schema, attribute: &str, at: i64, value: &Json) {
    let tracked = schema.attribute(attribute).is_some_and(|f| f.tracked);
    let mut other = Profile::from_json(schema, &json!({"id": "of a value", attribute: value}));
    if tracked {
        let value = other
            .histories
            .remove(attribute)
            .and_then(|mut h| h.pop())
            .and_then(|(_, value)| value);
        let history = profile.histories.entry(attribute.to_owned()).or_default();
        history.retain(|(then, _)| *then != at);
        history.push((at, value));
        history.sort_by_key(|(at, _)| *at);
    } else {
        profile.attributes.remove(attribute);
        profile.attributes.extend(
            other
                .attributes
                .remove(attribute)
                .map(|value| (attribute.to_owned(), value)),
        );
    }
}

/// Nothing where both engines tell the same, or what differs; and how much was told.
fn compare(stream: &Stream) -> Result<Tally, String> {
    let mut engine = begin(stream);
    let world = World::new(stream.schema.clone(), &stream.book);
    let mut reference = ReferenceEngine::new(world, &stream.lifecycles, stream.lateness);
    reference.advance(stream.start);
    for profile in &stream.profiles {
        reference.insert(Profile::from_json(&stream.schema, profile));
    }
    let subjects = subjects(stream);
    let mut tally = Tally::default();
    for (i, next) in stream.acts.iter().enumerate() {
        let wakeup = engine.next_wakeup();
        let now = engine.now().micros();
        let (receipt, outputs) = act(&mut engine, &stream.schema, next);
        let (expected_receipt, expected) = match next {
            Act::Observe { profile, event } => {
                let (receipt, outcomes) =
                    reference.observe(profile, event_of(&stream.schema, event));
                (Some(receipt), outcomes)
            }
            Act::Change {
                profile,
                at,
                attribute,
                value,
            } => {
                let change = |p: &mut Profile| set(p, &stream.schema, attribute, *at, value);
                let (receipt, outcomes) = reference.change(profile, *at, attribute, change);
                (Some(receipt), outcomes)
            }
            Act::Advance { to } => (None, reference.advance(*to)),
            Act::Wake { before } => (
                None,
                wakeup
                    .map(|at| reference.advance((at.micros() - before).max(now)))
                    .unwrap_or_default(),
            ),
        };
        let (actual, expected) = agreed(outcomes(&outputs), expected, |id| reference.place(id));
        tally.count(&actual, receipt);
        let list = |all: &[Outcome]| {
            all.iter()
                .map(|t| format!("\n      {t}"))
                .collect::<String>()
        };
        if actual != expected || receipt != expected_receipt {
            return Err(format!(
                "act {i} at {}: {next:?}\n    the engine tells {receipt:?}{}\n    the reference {expected_receipt:?}{}",
                show(engine.now().micros()),
                list(&actual),
                list(&expected)
            ));
        }
        for id in ["anna", "bruno"] {
            let (here, there) = (
                run::standing(&engine, stream, id, &subjects),
                reference.standing(id),
            );
            if here != there {
                return Err(format!(
                    "after act {i}, {next:?}: {id} is {here:?}, by the reference {there:?}"
                ));
            }
        }
    }
    Ok(tally)
}

/// Both lists in one order: where time alone would have brought something about too, the engine's word counts; lifecycles
/// of one profile at one instant may come in any order. `place` is that of a profile among all.
fn agreed(
    mut actual: Vec<Outcome>,
    mut expected: Vec<Outcome>,
    place: impl Fn(&str) -> usize,
) -> (Vec<Outcome>, Vec<Outcome>) {
    let mut by_time = Vec::new();
    expected.retain_mut(|outcome| {
        let or_time = std::mem::take(&mut outcome.or_time);
        let as_time = Outcome {
            cause: TIME.to_owned(),
            ..outcome.clone()
        };
        let moves_away = or_time && actual.contains(&as_time);
        if moves_away {
            by_time.push(as_time);
        }
        !moves_away
    });
    if let Some(at) = by_time.first().map(|t| t.at) {
        // What time brings about at the instant of an event comes after what the event does.
        let is_after = |t: &Outcome| t.cause == TIME && t.at == at;
        let split = expected
            .iter()
            .rposition(|t| !is_after(t))
            .map_or(0, |i| i + 1);
        expected.extend(by_time);
        expected[split..].sort_by_key(|t| place(&t.profile));
    }
    for all in [&mut actual, &mut expected] {
        let is_move = |t: &Outcome| t.what.contains(':');
        let together = |a: &Outcome, b: &Outcome| {
            let at_once = a.at == b.at || a.cause != TIME;
            // Of what a newcomer is told to be in, some would hold of a blank profile and some is because of the input.
            let at_birth = [a, b].iter().any(|t| t.cause == "NewProfile");
            let of_one = a.profile == b.profile && (a.cause == b.cause || at_birth);
            is_move(a) && is_move(b) && of_one && at_once
        };
        for moves in all.chunk_by_mut(together) {
            moves.sort_by_key(|t| t.what.split(": ").next().unwrap_or_default().to_owned());
        }
    }
    (actual, expected)
}

/// How often something came up.
#[derive(Default)]
pub(crate) struct Tally(BTreeMap<String, u64>);

impl Tally {
    fn count(&mut self, outcomes: &[Outcome], receipt: Option<Receipt>) {
        for t in outcomes {
            let what = if t.what.contains(':') {
                "moved"
            } else {
                t.what.split(' ').next().unwrap_or_default()
            };
            let cause = if t.cause == TIME {
                "by time"
            } else {
                "by data"
            };
            *self.0.entry(format!("{what} {cause}")).or_default() += 1;
            if t.what.contains("Some(") {
                *self.0.entry("moved of a subject".into()).or_default() += 1;
            }
        }
        *self
            .0
            .entry(receipt.map_or("no receipt".into(), |r| format!("{r:?}")))
            .or_default() += 1;
    }

    fn add(&mut self, other: Tally) {
        other
            .0
            .into_iter()
            .for_each(|(name, n)| *self.0.entry(name).or_default() += n);
    }
}

/// A failing stream, made as small as it can be.
pub(crate) fn report(stream: &Stream, fails: impl Fn(&Stream) -> Option<String>) -> String {
    let (small, error) = shrink(stream, fails);
    let acts: String = small.acts.iter().map(|a| format!("\n    {a:?}")).collect();
    format!(
        "seed {}\n  rules:    {}\n  lateness: {} s, start {}\n  profiles: {:?}\n  acts:{acts}\n  {error}",
        small.seed,
        small.document(),
        small.lateness / 1_000_000,
        show(small.start),
        small
            .profiles
            .iter()
            .map(Json::to_string)
            .collect::<Vec<_>>(),
    )
}

/// Whether somebody entered or left a segment takes the reference too long to find out over many days; for a stage, which is
/// replayed at every instant, over few.
fn takes_too_long(stream: &Stream) -> bool {
    let asks = |rules: &str| rules.contains("entered segment") || rules.contains("left segment");
    let end = stream.acts.iter().map(|act| match act {
        Act::Observe { event, .. } => event_of(&stream.schema, event).at,
        Act::Change { at, .. } => *at,
        Act::Advance { to } => *to,
        Act::Wake { .. } => stream.start,
    });
    let days = (end.max().unwrap_or(stream.start) - stream.start) / DAY;
    let of_stages = stream.lifecycles.values().any(|l| asks(&l.to_string()));
    days > 3 && of_stages || days > 10 && asks(&stream.document().to_string())
}

#[test]
fn the_engine_agrees_with_the_reference() {
    let attempt = |seed| {
        let stream = Gen::stream(seed);
        if takes_too_long(&stream) {
            Ok(Tally::default())
        } else {
            compare(&stream)
        }
    };
    let fails = |stream: &Stream| caught(|| compare(stream)).err();
    let found = search(seeds(CASES), 5, attempt, |seed| {
        report(&Gen::stream(seed), fails)
    });
    let mut tally = Tally::default();
    found.passed.into_iter().for_each(|of| tally.add(of));
    println!("{:?}", tally.0);
    assert!(
        found.failed.is_empty(),
        "{} streams differ:\n\n{}",
        found.failed.len(),
        found.failed.join("\n\n")
    );
    if number("SEGUE_SEED").is_none() {
        let expected =
            ["entered", "left", "moved"].map(|w| [format!("{w} by data"), format!("{w} by time")]);
        let others = [
            "Accepted",
            "Late",
            "Duplicate",
            "Conflict",
            "TooLate",
            "moved of a subject",
        ]
        .map(str::to_owned);
        let rare: Vec<_> = expected
            .as_flattened()
            .iter()
            .chain(&others)
            .filter(|w| !tally.0.contains_key(*w))
            .collect();
        assert!(rare.is_empty(), "these do not come up: {rare:?}");
    }
}

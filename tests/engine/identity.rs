//! Profiles that turn out to be one person: laws on random streams.

use crate::compare::subjects;
use crate::laws::{equal, forgets, law, restored};
use crate::run::{act, act_without_rest, begin, standing};
use segue::engine::{Engine, EngineOutput, Receipt};
use segue::profile::{Model, Record};
use segue::{Duration, Instant, Rulebook};
use segue_test_support::random::Rng;
use segue_test_support::random::streams::{Act, Stream};
use segue_test_support::reference::value::DAY;
use std::collections::BTreeMap;

/// The other half of a profile that is cut in two.
fn half(profile: &str) -> String {
    format!("{profile}-2")
}

/// The same act of the other half.
fn of_half(act: &Act) -> Act {
    let mut act = act.clone();
    match &mut act {
        Act::Observe { profile, .. } | Act::Change { profile, .. } => *profile = half(profile),
        Act::Advance { .. } | Act::Wake { .. } => {}
    }
    act
}

/// Whether an act goes to the other half: events with one id stay together, since the first of them counts.
fn goes_to_half(act: &Act, seed: u64, number: usize) -> bool {
    let id = match act {
        Act::Observe { event, .. } => event["id"].as_str(),
        Act::Change { .. } | Act::Advance { .. } | Act::Wake { .. } => None,
    };
    let text = id.map_or_else(|| number.to_string(), str::to_owned);
    let hash = text.bytes().fold(seed, |hash, b| {
        hash.wrapping_mul(31).wrapping_add(u64::from(b))
    });
    Rng(hash).below(2) == 1
}

fn join_halves(engine: &mut Engine<Record>) -> Vec<EngineOutput> {
    let (now, mut out) = (engine.now(), Vec::new());
    for id in ["anna", "bruno"] {
        if engine.profile(&half(id)).is_some() {
            let _ = engine.merge(half(id).as_str(), id, now, &mut out).unwrap();
        }
    }
    out
}

/// Segments, stages, data, and until when all of it lasts.
fn equal_to_whole(
    cut: &mut Engine<Record>,
    whole: &mut Engine<Record>,
    stream: &Stream,
) -> Result<(), String> {
    let subjects = subjects(stream);
    for id in ["anna", "bruno"] {
        equal("the data", cut.profile(id), whole.profile(id))?;
        let of = |engine: &Engine<Record>| standing(engine, stream, id, &subjects);
        equal(id, of(cut), of(whole))?;
    }
    // Further on a search may end before it has found anything, and says from where it would go on.
    let soon = Instant::from_micros(whole.now().micros().saturating_add(100 * 366 * DAY));
    let wakeup = |engine: &mut Engine<Record>| engine.next_wakeup().filter(|at| *at < soon);
    equal("the next wake-up", wakeup(cut), wakeup(whole))
}

#[test]
fn a_profile_that_is_cut_in_two_and_joined_is_the_whole() {
    law(|stream| {
        if forgets(stream) {
            return Ok(());
        }
        let (mut whole, mut cut) = (begin(stream), begin(stream));
        let joined_at = Rng(stream.seed).below(stream.acts.len() + 1);
        for (i, next) in stream.acts.iter().enumerate() {
            if i == joined_at {
                join_halves(&mut cut);
                equal_to_whole(&mut cut, &mut whole, stream)?;
            }
            let (_, told) = act(&mut whole, &stream.schema, next);
            // What is due of each half is another matter.
            let of_cut = match next {
                Act::Wake { .. } => Act::Advance {
                    to: whole.now().micros(),
                },
                next if goes_to_half(next, stream.seed, i) => of_half(next),
                next => next.clone(),
            };
            let (_, told_of_cut) = act(&mut cut, &stream.schema, &of_cut);
            // What is told later is told of the whole, too.
            for id in ["anna", "bruno"]
                .into_iter()
                .filter(|id| cut.ids_of(id).count() == 2)
            {
                let of = |told: &[EngineOutput]| -> Vec<String> {
                    let of_profile = told.iter().filter(|output| output.profile == id);
                    of_profile
                        .map(|output| format!("{} {:?}", output.at, output.kind))
                        .collect()
                };
                equal("told after joining", of(&told_of_cut), of(&told))?;
            }
        }
        join_halves(&mut cut);
        equal_to_whole(&mut cut, &mut whole, stream)?;
        // Again, and the other way round: nothing.
        equal("once more", join_halves(&mut cut), Vec::new())?;
        if cut.ids_of("anna").count() == 2 {
            let (now, mut out) = (cut.now(), Vec::new());
            let again = cut.merge("anna", half("anna").as_str(), now, &mut out);
            equal(
                "a circle",
                (again, out),
                (Ok(Receipt::Duplicate), Vec::new()),
            )?;
        }
        Ok(())
    });
}

/// A profile, its identifiers, and when it was said.
type Said = (String, Vec<(&'static str, String)>, Instant);

/// Some identifications that do not contradict each other: who has the same number has the same identifiers.
fn identifications(rng: &mut Rng, from: Instant) -> Vec<Said> {
    let ids = ["anna", "bruno", "c-1", "c-2", "c-3"];
    let person: Vec<usize> = ids.iter().map(|_| rng.below(2)).collect();
    let number = 4 + rng.below(5);
    let one = |_| {
        let i = rng.below(ids.len());
        let mut identifiers = Vec::new();
        for name in ["customer", "email"] {
            if rng.below(2) == 0 {
                identifiers.push((name, format!("{name} of {}", person[i])));
            }
        }
        let at =
            Instant::from_micros(from.micros() + i64::try_from(rng.below(4)).unwrap() * 1_000_000);
        (ids[i].to_owned(), identifiers, at)
    };
    (0..number).map(one).collect()
}

fn with_identity(stream: &Stream, named_by: bool) -> Rulebook {
    let mut document = stream.rulebook().document().clone();
    document.identity = Some(segue::rulebook::IdentityDocument {
        strong: vec!["customer".into(), "email".into()],
        named_by: named_by.then(|| "customer".to_owned()),
        ..Default::default()
    });
    Rulebook::loader()
        .schema(stream.schema.clone())
        .load_document(document)
        .unwrap()
}

#[test]
fn identifications_in_any_order_give_one_result() {
    law(|stream| {
        if forgets(stream) {
            return Ok(());
        }
        let mut rng = Rng(stream.seed);
        let rulebook = with_identity(stream, rng.below(2) == 0);
        let mut engine = begin(stream).with_lateness(Duration::from_micros(86_400_000_000));
        engine
            .reload(
                &rulebook,
                &Model::for_schema(&stream.schema),
                &mut Vec::new(),
            )
            .unwrap();
        for (i, next) in stream.acts.iter().enumerate() {
            let next = if goes_to_half(next, stream.seed, i) {
                let mut next = next.clone();
                if let Act::Observe { profile, .. } | Act::Change { profile, .. } = &mut next {
                    *profile = format!("c-{}", 1 + rng.below(3));
                }
                next
            } else {
                next.clone()
            };
            act(&mut engine, &stream.schema, &next);
        }
        let said = identifications(&mut rng, engine.now());
        let state = engine.state().clone();
        let end = Instant::from_micros(engine.now().micros() + 5_000_000);
        let mut results = Vec::new();
        for _ in 0..2 {
            let (mut other, _) = Engine::restore(
                &rulebook,
                &Model::for_schema(&stream.schema),
                state.clone(),
                &mut Vec::new(),
            )
            .unwrap();
            let mut order: Vec<usize> = (0..said.len()).collect();
            for i in (1..order.len()).rev() {
                order.swap(i, rng.below(i + 1));
            }
            for i in order {
                let (id, identifiers, at) = &said[i];
                let identifiers: Vec<(&str, &str)> =
                    identifiers.iter().map(|(n, v)| (*n, v.as_str())).collect();
                let receipt = other
                    .identify(id.as_str(), &identifiers, *at, &mut Vec::new())
                    .unwrap();
                assert_ne!(receipt, Receipt::Conflict);
            }
            other.advance(end, &mut Vec::new());
            results.push(result(&mut other, stream));
        }
        let [one, two] = [0, 1].map(|i| &results[i]);
        equal("in another order", one, two)
    });
}

/// Who there is, with all that is known of them.
fn result(
    engine: &mut Engine<Record>,
    stream: &Stream,
) -> (BTreeMap<String, Vec<String>>, Option<Instant>) {
    let subjects = subjects(stream);
    let ids: Vec<String> = engine.profiles().map(|(id, _)| id.to_owned()).collect();
    let all = ids.into_iter().map(|id| {
        let mut known = standing(engine, stream, &id, &subjects);
        known.extend(engine.ids_of(&id).map(str::to_owned));
        known.extend(
            engine
                .identifiers_of(&id)
                .map(|(name, value)| format!("{name}={value}")),
        );
        let events = engine
            .profile(&id)
            .map_or(0, |profile| profile.events().len());
        known.push(format!("{events} events"));
        (id, known)
    });
    (all.collect(), engine.next_wakeup())
}

#[test]
fn merged_profiles_go_on_from_what_was_kept_of_them() {
    law(|stream| {
        let mut engine = begin(stream);
        let mut rng = Rng(stream.seed);
        let (before, after) = stream.acts.split_at(rng.below(stream.acts.len() + 1));
        for (i, next) in before.iter().enumerate() {
            let next = if goes_to_half(next, stream.seed, i) {
                of_half(next)
            } else {
                next.clone()
            };
            act_without_rest(&mut engine, &stream.schema, &next, &mut Vec::new());
        }
        join_halves(&mut engine);
        let json = serde_json::to_string(engine.state()).unwrap();
        let mut kept = restored(stream, serde_json::from_str(&json).unwrap());
        let mut from_binary = restored(
            stream,
            postcard::from_bytes(&postcard::to_stdvec(engine.state()).unwrap()).unwrap(),
        );
        for (i, next) in after.iter().enumerate() {
            let next = if goes_to_half(next, stream.seed, i) {
                of_half(next)
            } else {
                next.clone()
            };
            let expected = act(&mut engine, &stream.schema, &next);
            equal(
                "after JSON",
                &expected,
                &act(&mut kept, &stream.schema, &next),
            )?;
            equal(
                "after a binary format",
                &expected,
                &act(&mut from_binary, &stream.schema, &next),
            )?;
        }
        equal("the end", engine.state(), kept.state())?;
        equal("the end", engine.state(), from_binary.state())
    });
}

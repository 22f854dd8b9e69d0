//! What holds of the engine whatever the rules say, on random streams, without the reference.

use crate::compare::{report, subjects};
use crate::run::{act, act_without_rest, begin, empty, event, outcomes, record, standing};
use segue::engine::{Engine, EngineOutput, EngineState, OutputKind, StageTransition};
use segue::profile::{Model, Record};
use segue::schema::Schema;
use segue::{Duration, Event, Instant, Matcher};
use segue_test_support::random::search::{caught, search, seeds};
use segue_test_support::random::streams::{Act, Stream};
use segue_test_support::random::{Gen, Rng};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// How many streams each law is tried on where `SEGUE_CASES` does not say.
const CASES: u64 = if cfg!(debug_assertions) { 100 } else { 2000 };

const PROFILES: [&str; 2] = ["anna", "bruno"];

/// Tries a law on many streams.
pub(crate) fn law(holds: impl Fn(&Stream) -> Result<(), String> + Sync) {
    let fails = |stream: &Stream| caught(|| holds(stream)).err();
    let found = search(
        seeds(CASES),
        1,
        |seed| holds(&Gen::stream(seed)),
        |seed| report(&Gen::stream(seed), fails),
    );
    assert!(found.failed.is_empty(), "{}", found.failed.join("\n"));
}

pub(crate) fn equal<T: PartialEq + std::fmt::Debug>(
    what: &str,
    one: T,
    other: T,
) -> Result<(), String> {
    if one == other {
        Ok(())
    } else {
        Err(format!("{what}:\n    {one:?}\n    {other:?}"))
    }
}

pub(crate) fn restored(stream: &Stream, state: EngineState<Record>) -> Engine<Record> {
    Engine::restore(
        &stream.rulebook(),
        &Model::for_schema(&stream.schema),
        state,
        &mut Vec::new(),
    )
    .unwrap()
    .0
}

/// Every stage of a profile and every segment that it is in.
fn all_standings(engine: &Engine<Record>, stream: &Stream) -> Vec<Vec<String>> {
    let subjects = subjects(stream);
    PROFILES
        .iter()
        .map(|id| standing(engine, stream, id, &subjects))
        .collect()
}

/// Whether a stream sets attributes that have no past: what was then is not to be found in the data.
pub(crate) fn forgets(stream: &Stream) -> bool {
    let undated = |a: &Act| matches!(a, Act::Change { attribute, .. } if stream.schema.attribute(attribute).is_none_or(|f| !f.tracked));
    stream.acts.iter().any(undated)
}

#[test]
fn the_stream_says_what_one_profile_says() {
    law(|stream| {
        let (rulebook, model) = (
            stream.rulebook(),
            Model::<Record>::for_schema(&stream.schema),
        );
        let matchers: BTreeMap<&String, Matcher<Record>> = (stream.book.segments.keys())
            .map(|name| (name, rulebook.segment(name).unwrap().bind(&model).unwrap()))
            .collect();
        let mut engine = begin(stream);
        for next in &stream.acts {
            act(&mut engine, &stream.schema, next);
            let now = engine.now();
            let mut soonest = None;
            for id in PROFILES {
                let Some(profile) = engine.profile(id) else {
                    continue;
                };
                for (name, matcher) in &matchers {
                    let verdict = matcher.verdict(profile, now);
                    equal(
                        &format!("{id} in {name} at {now}"),
                        engine.holds(id, name),
                        Some(verdict.holds),
                    )?;
                    soonest = [soonest, verdict.until].into_iter().flatten().min();
                }
            }
            let wakeup = engine.next_wakeup();
            let is_early =
                wakeup.is_some() && soonest.is_none_or(|soonest| wakeup <= Some(soonest));
            if stream.lifecycles.is_empty() || !is_early {
                equal("the next wake-up", wakeup, soonest)?;
            }
        }
        if !forgets(stream) {
            let mut anew = Engine::new(&rulebook, &model).unwrap();
            anew.advance(engine.now(), &mut Vec::new());
            PROFILES
                .iter()
                .filter_map(|id| engine.profile(id))
                .for_each(|p| anew.insert(p.clone()));
            equal(
                "replayed",
                all_standings(&engine, stream),
                all_standings(&anew, stream),
            )?;
        }
        Ok(())
    });
}

#[test]
fn an_engine_goes_on_from_what_was_kept_of_it() {
    law(|stream| {
        let mut engine = begin(stream);
        let mut rng = Rng(stream.seed);
        let (kept, rest) = stream.acts.split_at(rng.below(stream.acts.len() + 1));
        for next in kept {
            // What is due at the very instant may be outstanding.
            act_without_rest(&mut engine, &stream.schema, next, &mut Vec::new());
        }
        let json = serde_json::to_string(engine.state()).unwrap();
        let binary = postcard::to_stdvec(engine.state()).unwrap();
        let mut from_json = restored(stream, serde_json::from_str(&json).unwrap());
        let mut from_binary = restored(stream, postcard::from_bytes(&binary).unwrap());
        for next in rest {
            let expected = act(&mut engine, &stream.schema, next);
            equal(
                "after JSON",
                &expected,
                &act(&mut from_json, &stream.schema, next),
            )?;
            equal(
                "after a binary format",
                &expected,
                &act(&mut from_binary, &stream.schema, next),
            )?;
        }
        for other in [&mut from_json, &mut from_binary] {
            equal(
                "the next wake-up",
                engine.next_wakeup(),
                other.next_wakeup(),
            )?;
        }
        equal("the end", engine.state(), from_json.state())?;
        equal("the end", engine.state(), from_binary.state())
    });
}

/// Where profiles stand by what was told, rules that are edited in between included.
#[test]
fn what_is_told_of_an_edit_is_the_difference() {
    law(|stream| {
        let mut rng = Rng(stream.seed);
        let Some(edited) = stream.edited(&mut rng) else {
            return Ok(());
        };
        let mut engine = begin(stream);
        let mut told: BTreeSet<(String, String)> = standings(&engine, stream);
        let (before, after) = stream.acts.split_at(rng.below(stream.acts.len() + 1));
        for next in before {
            follow(&mut told, &act(&mut engine, &stream.schema, next).1)?;
        }
        equal("before", &told, &standings(&engine, stream))?;

        let (rulebook, model) = (edited.rulebook(), Model::for_schema(&stream.schema));
        let (mut out, mut of_restored) = (Vec::new(), Vec::new());
        let state = engine.state().clone();
        let (restored, _) = Engine::restore(&rulebook, &model, state, &mut of_restored).unwrap();
        let preview = engine.preview(&rulebook, &model).unwrap();
        let change = engine.reload(&rulebook, &model, &mut out).unwrap();
        equal("foreseen", &preview, &change)?;
        equal("restored and reloaded", &of_restored, &out)?;
        equal("the state", restored.state(), engine.state())?;
        follow(&mut told, &out)?;
        equal("after the edit", &told, &standings(&engine, &edited))?;

        for next in after {
            follow(&mut told, &act(&mut engine, &stream.schema, next).1)?;
        }
        equal("after", &told, &standings(&engine, &edited))
    });
}

/// Every stage of every profile and every segment that it is in.
fn standings(engine: &Engine<Record>, stream: &Stream) -> BTreeSet<(String, String)> {
    let all = PROFILES.iter().zip(all_standings(engine, stream));
    all.flat_map(|(id, all)| all.into_iter().map(|standing| ((*id).to_owned(), standing)))
        .collect()
}

/// Adds what was told to where profiles stood.
fn follow(told: &mut BTreeSet<(String, String)>, out: &[EngineOutput]) -> Result<(), String> {
    for output in out {
        let profile = output.profile.to_string();
        let of_lifecycle = |stage: &Option<Arc<str>>, t: &StageTransition| {
            let stage = stage.as_ref()?;
            let subject = t.subject.as_deref().map(str::to_owned);
            Some(format!("{stage} in {} for {subject:?}", t.lifecycle))
        };
        let (left, entered) = match &output.kind {
            OutputKind::SegmentEntered { segment } => (None, Some(format!("in {segment}"))),
            OutputKind::SegmentLeft { segment } => (Some(format!("in {segment}")), None),
            OutputKind::StageChanged(t) => (of_lifecycle(&t.from, t), of_lifecycle(&t.to, t)),
            other => return Err(format!("{other:?}")),
        };
        let is_true = left.is_none_or(|left| told.remove(&(profile.clone(), left)))
            && entered.is_none_or(|entered| told.insert((profile.clone(), entered)));
        if !is_true {
            return Err(format!("{output:?} does not follow from {told:?}"));
        }
    }
    Ok(())
}

/// Whoever writes what is unsaved after each input has everything.
#[test]
fn what_is_unsaved_makes_up_the_state() {
    law(|stream| {
        let mut engine = begin(stream).with_change_tracking();
        let mut rng = Rng(stream.seed);
        let mut table: BTreeMap<String, String> = BTreeMap::new();
        for next in &stream.acts {
            act_without_rest(&mut engine, &stream.schema, next, &mut Vec::new());
            match rng.below(6) {
                0 => drop(engine.forget()),
                1 => drop(engine.next_wakeup()),
                2 => drop(engine.remove(rng.pick(&PROFILES), engine.now(), &mut Vec::new())),
                _ => {}
            }
            if rng.percent(30) {
                continue;
            }
            let unsaved = engine.unsaved();
            for id in unsaved.removed() {
                table.remove(id.as_str());
            }
            for profile in unsaved.profiles() {
                let kept = serde_json::to_string(profile).unwrap();
                table.insert(profile.id().to_owned(), kept);
            }
            let header = serde_json::to_string(unsaved.header()).unwrap();
            engine.mark_saved();
            equal("nothing is left", engine.unsaved().profiles().count(), 0)?;
            let profiles = table
                .values()
                .map(|kept| serde_json::from_str(kept).unwrap());
            let header = serde_json::from_str(&header).unwrap();
            let state: EngineState<Record> = EngineState::from_parts(header, profiles);
            equal("the state", &state, engine.state())?;
            if rng.percent(20) {
                engine = restored(stream, state).with_change_tracking();
                equal("nothing is new", engine.unsaved().profiles().count(), 0)?;
            }
        }
        Ok(())
    });
}

/// Of each profile the same happens at the same instants, in the same order, whether calls work off all that is due or a part.
#[test]
fn what_is_outstanding_happens_as_if_it_had_not_waited() {
    law(|stream| {
        let mut rng = Rng(stream.seed);
        let max = rng.below(3);
        let (mut whole, mut bounded) =
            (begin(stream), begin(stream).with_max_wakeups_per_call(max));
        let (mut expected, mut told) = (Vec::new(), Vec::new());
        for next in &stream.acts {
            if matches!(next, Act::Wake { .. }) {
                continue;
            }
            act_without_rest(&mut whole, &stream.schema, next, &mut expected);
            act_without_rest(&mut bounded, &stream.schema, next, &mut told);
            if rng.percent(20) {
                let kept = serde_json::to_string(bounded.state()).unwrap();
                bounded = restored(stream, serde_json::from_str(&kept).unwrap())
                    .with_max_wakeups_per_call(max);
            }
            if rng.percent(10) {
                // Of what is outstanding nothing is forgotten yet.
                let _ = (whole.forget(), bounded.forget());
            }
        }
        whole.advance(whole.now(), &mut expected);
        bounded = bounded.with_max_wakeups_per_call(1 + max);
        while (bounded.next_wakeup()).is_some_and(|wakeup| wakeup <= bounded.now()) {
            bounded.advance(bounded.now(), &mut told);
        }
        for id in PROFILES {
            let of = |out: &[EngineOutput]| {
                let out = outcomes(out).into_iter();
                out.filter(|outcome| outcome.profile == id)
                    .collect::<Vec<_>>()
            };
            equal(id, of(&expected), of(&told))?;
        }
        let numbers: BTreeSet<u64> = told.iter().map(|output| output.sequence).collect();
        equal("numbers", numbers.len(), told.len())?;
        equal(
            "standings",
            all_standings(&whole, stream),
            all_standings(&bounded, stream),
        )?;
        equal("the next", whole.next_wakeup(), bounded.next_wakeup())
    });
}

/// Engines that share the profiles tell of each what one tells that has them all, also if profiles move from one to the other.
#[test]
fn engines_that_share_the_profiles_are_as_one() {
    law(|stream| {
        let mut rng = Rng(stream.seed);
        let (mut whole, mut expected) = (begin(stream), Vec::new());
        // The first has whoever is there at the beginning.
        let mut shards = [begin(stream), empty(stream)];
        let mut told = Vec::new();
        let mut homes: BTreeMap<&str, usize> = PROFILES.iter().map(|id| (*id, 0)).collect();
        for next in &stream.acts {
            let of = match next {
                Act::Observe { profile, .. } | Act::Change { profile, .. } => profile.as_str(),
                Act::Advance { .. } => PROFILES[0],
                Act::Wake { .. } => continue,
            };
            act_without_rest(&mut whole, &stream.schema, next, &mut expected);
            if rng.percent(30) {
                let id = rng.pick(&PROFILES);
                let home = homes.entry(id).or_default();
                let moved = shards[*home].export([id]);
                let kept = serde_json::to_string(&moved).unwrap();
                *home = 1 - *home;
                let moved = serde_json::from_str(&kept).unwrap();
                let change = shards[*home].import(moved, &mut told).unwrap();
                equal("the same rules", change.is_empty(), true)?;
            }
            act_without_rest(&mut shards[homes[of]], &stream.schema, next, &mut told);
            // Time is the same for all: how late something is, is judged by it.
            let now = whole.now();
            for shard in &mut shards {
                shard.advance(now, &mut told);
            }
            whole.advance(now, &mut expected);
        }
        for id in PROFILES {
            let of = |out: &[EngineOutput]| {
                let out = outcomes(out).into_iter();
                out.filter(|outcome| outcome.profile == id)
                    .collect::<Vec<_>>()
            };
            equal(id, of(&expected), of(&told))?;
            let home = &shards[homes[id]];
            for segment in stream.book.segments.keys() {
                equal(segment, whole.holds(id, segment), home.holds(id, segment))?;
            }
        }
        Ok(())
    });
}

/// Some events come live and the others later as history, some of them as both: profiles stand as if all had come live, and what
/// was told leads there.
#[test]
fn history_that_is_absorbed_counts_as_if_it_had_been_there() {
    law(|stream| {
        let mut rng = Rng(stream.seed);
        let ages = Duration::from_micros(i64::MAX);
        let mut whole = begin(stream).with_lateness(ages);
        let mut engine = begin(stream).with_lateness(ages);
        let mut told = standings(&engine, stream);
        let (mut history, mut seen) = (Vec::new(), BTreeSet::new());
        let mut end = engine.now();
        for next in &stream.acts {
            let Act::Observe {
                profile,
                event: json,
            } = next
            else {
                continue;
            };
            let read = event(&stream.schema, json);
            // Of events with one id and other content the first counts, wherever it comes from.
            let key = json["id"]
                .as_str()
                .map(|id| (profile, json["kind"].clone().to_string(), id));
            if key.is_some_and(|key| !seen.insert(key)) {
                continue;
            }
            end = end.max(read.at());
            act_without_rest(&mut whole, &stream.schema, next, &mut Vec::new());
            let is_history = rng.percent(50);
            if !is_history {
                let mut out = Vec::new();
                act_without_rest(&mut engine, &stream.schema, next, &mut out);
                follow(&mut told, &out)?;
            }
            if is_history || (rng.percent(30) && !json["id"].is_null()) {
                history.push((profile, read));
            }
        }
        whole.advance(end, &mut Vec::new());
        let mut out = Vec::new();
        engine.advance(end, &mut out);
        for i in (1..history.len()).rev() {
            history.swap(i, rng.below(i + 1));
        }
        for round in 0..2 {
            for (profile, read) in &history {
                if round == 0 || read.id().is_some() {
                    engine.absorb(profile.as_str(), [read.clone()], &mut out);
                }
            }
        }
        follow(&mut told, &out)?;
        equal(
            "standings",
            all_standings(&whole, stream),
            all_standings(&engine, stream),
        )?;
        equal("told", &told, &standings(&engine, stream))?;
        equal("the next", whole.next_wakeup(), engine.next_wakeup())
    });
}

/// One number of a kept state is another: that is an error, or another state from which an engine goes on.
#[test]
fn a_state_that_was_damaged_stops_nobody() {
    law(|stream| {
        let mut engine = begin(stream);
        for next in &stream.acts {
            act_without_rest(&mut engine, &stream.schema, next, &mut Vec::new());
        }
        let whole = serde_json::to_value(engine.state()).unwrap();
        let mut rng = Rng(stream.seed);
        for _ in 0..5 {
            let mut damaged = whole.clone();
            let mut numbers = Vec::new();
            collect_numbers(&mut damaged, &mut numbers);
            let place = rng.below(numbers.len());
            let number = numbers[place].as_i64().unwrap_or_default();
            let others = [
                -1,
                0,
                7,
                number.wrapping_add(1),
                number.wrapping_sub(1),
                number.wrapping_mul(1000),
                i64::MIN,
                i64::MAX - 1,
            ];
            *numbers[place] = json!(rng.pick(&others));
            let Ok(state) = serde_json::from_value::<EngineState<Record>>(damaged.clone()) else {
                continue;
            };
            let model = Model::for_schema(&stream.schema);
            let read = Engine::restore(&stream.rulebook(), &model, state, &mut Vec::new());
            let Ok((mut engine, _)) = read else {
                continue;
            };
            let mut out = Vec::new();
            for next in stream.acts.iter().take(3) {
                act_without_rest(&mut engine, &stream.schema, next, &mut out);
            }
            engine = engine.with_max_wakeups_per_call(100);
            engine.advance(
                Instant::from_micros(stream.start + 800 * 86_400_000_000),
                &mut out,
            );
        }
        Ok(())
    });
}

fn collect_numbers<'j>(json: &'j mut serde_json::Value, all: &mut Vec<&'j mut serde_json::Value>) {
    match json {
        serde_json::Value::Number(_) => all.push(json),
        serde_json::Value::Array(items) => {
            items.iter_mut().for_each(|item| collect_numbers(item, all))
        }
        serde_json::Value::Object(fields) => {
            fields
                .values_mut()
                .for_each(|field| collect_numbers(field, all));
        }
        _ => {}
    }
}

#[test]
fn events_may_come_in_any_order() {
    law(|stream| {
        let mut ids = BTreeSet::new();
        let events: Vec<Act> = (stream.acts.iter())
            .filter(|a| {
                matches!(a, Act::Observe { profile, event }
                    if event["id"].is_null() || ids.insert((profile.clone(), event["id"].to_string())))
            })
            .cloned()
            .collect();
        let at = |a: &Act| match a {
            Act::Observe { event, .. } => {
                event["at"].as_str().and_then(|t| t.parse::<Instant>().ok())
            }
            _ => None,
        };
        let Some(end) = events.iter().filter_map(at).max() else {
            return Ok(());
        };
        let ages = Duration::from_micros(i64::MAX);
        let end = end.max(Instant::from_micros(stream.start));
        let mut rng = Rng(stream.seed);
        let mut standings = Vec::new();
        for round in 0..3 {
            let mut engine = begin(stream).with_lateness(ages);
            let mut order = events.clone();
            match round {
                0 => order.sort_by_key(at),
                _ => (1..order.len())
                    .rev()
                    .for_each(|i| order.swap(i, rng.below(i + 1))),
            }
            for next in &order {
                act_without_rest(&mut engine, &stream.schema, next, &mut Vec::new());
                if round == 2 {
                    engine.advance(end, &mut Vec::new());
                }
            }
            engine.advance(end, &mut Vec::new());
            standings.push(all_standings(&engine, stream));
        }
        equal("in order and shuffled", &standings[0], &standings[1])?;
        equal("in order and all late", &standings[0], &standings[2])
    });
}

#[test]
fn stock_is_what_came_in_less_what_went_out() {
    law(|stream| {
        let mut engine = begin(stream);
        let mut told: Vec<EngineOutput> = Vec::new();
        for next in &stream.acts {
            told.extend(act(&mut engine, &stream.schema, next).1);
        }
        // Where a profile stood when nothing had been told of it, and where it stands by what was told.
        let mut courses: BTreeMap<_, (Option<_>, Option<_>)> = BTreeMap::new();
        let (mut stock, mut flow) = (BTreeMap::new(), BTreeMap::new());
        for output in &told {
            let OutputKind::StageChanged(t) = &output.kind else {
                continue;
            };
            let key = (&output.profile, &t.lifecycle, &t.subject);
            let (_, stands) = courses
                .entry(key)
                .or_insert_with(|| (t.from.clone(), t.from.clone()));
            equal(
                &format!("{key:?} leaves the stage that it is in"),
                stands.as_ref(),
                t.from.as_ref(),
            )?;
            *stands = t.to.clone();
            *flow.entry((&t.lifecycle, t.from.clone())).or_insert(0) -= 1;
            *flow.entry((&t.lifecycle, t.to.clone())).or_insert(0) += 1;
        }
        for ((profile, lifecycle, subject), (first, stands)) in &courses {
            let stage = engine.stage(profile, lifecycle, subject.as_deref());
            equal(
                &format!("{profile} in {lifecycle} for {subject:?}"),
                stage,
                stands.as_deref(),
            )?;
            *stock
                .entry((*lifecycle, stage.map(Into::into)))
                .or_insert(0) += 1;
            *stock.entry((*lifecycle, first.clone())).or_insert(0) -= 1;
        }
        for all in [&mut stock, &mut flow] {
            all.retain(|_, n: &mut i64| *n != 0);
        }
        equal("stock and flow", stock, flow)
    });
}

#[test]
fn segments_are_entered_and_left_in_turn() {
    law(|stream| {
        let mut engine = begin(stream);
        let mut inside: BTreeMap<(String, String), bool> = BTreeMap::new();
        for next in &stream.acts {
            for output in act(&mut engine, &stream.schema, next).1 {
                let (segment, entered) = match output.kind {
                    OutputKind::SegmentEntered { segment } => (segment, true),
                    OutputKind::SegmentLeft { segment } => (segment, false),
                    _ => continue,
                };
                let old = inside.insert((output.profile.to_string(), segment.to_string()), entered);
                equal(
                    &format!("{} in {segment}", output.profile),
                    old.unwrap_or(!entered),
                    !entered,
                )?;
            }
        }
        for ((profile, segment), entered) in inside {
            equal(
                &format!("{profile} in {segment}"),
                engine.holds(&profile, &segment),
                Some(entered),
            )?;
        }
        Ok(())
    });
}

/// Just before a wake-up nothing happens; at it something does.
#[test]
fn the_next_wakeup_is_exact() {
    law(|stream| {
        let mut engine = begin(stream);
        for next in &stream.acts {
            act(&mut engine, &stream.schema, next);
            let Some(wakeup) = engine.next_wakeup() else {
                continue;
            };
            if wakeup <= engine.now() {
                return Err(format!("{wakeup} is not after {}", engine.now()));
            }
            let mut other = restored(stream, engine.state().clone());
            let mut out = Vec::new();
            other.advance(Instant::from_micros(wakeup.micros() - 1), &mut out);
            equal(
                "just before the wake-up",
                (out.len(), other.next_wakeup()),
                (0, Some(wakeup)),
            )?;
            other.advance(wakeup, &mut out);
            if let Some(told) = out.iter().find(|h| h.at != wakeup) {
                return Err(format!("{told:?} does not happen at the wake-up, {wakeup}"));
            }
            if out.is_empty() {
                return Err(format!("nothing happens at {wakeup}"));
            }
        }
        Ok(())
    });
}

#[test]
fn the_same_calls_give_the_same_answers() {
    law(|stream| {
        let (mut one, mut other) = (begin(stream), begin(stream));
        for next in &stream.acts {
            equal(
                "told",
                act(&mut one, &stream.schema, next),
                act(&mut other, &stream.schema, next),
            )?;
        }
        equal("kept", one.state(), other.state())
    });
}

/// However often the host looks, the same happens at the same instants.
#[test]
fn looking_often_is_looking_once() {
    law(|stream| {
        let (mut seldom, mut often) = (begin(stream), begin(stream));
        for next in &stream.acts {
            let mut out = Vec::new();
            if let Act::Observe { .. } | Act::Change { .. } = next {
                let to = match next {
                    Act::Observe { event, .. } => {
                        event["at"].as_str().and_then(|t| t.parse().ok()).unwrap()
                    }
                    Act::Change { at, .. } => Instant::from_micros(*at),
                    Act::Advance { .. } | Act::Wake { .. } => often.now(),
                };
                // A look at each wake-up on the way, but at most so many.
                for _ in 0..50 {
                    let Some(wakeup) = often.next_wakeup().filter(|at| *at < to) else {
                        break;
                    };
                    often.advance(wakeup, &mut out);
                }
            }
            let (receipt, told) = act(&mut often, &stream.schema, next);
            out.extend(told);
            let expected = act(&mut seldom, &stream.schema, next);
            equal("told", &expected, &(receipt, out))?;
        }
        equal(
            "where they stand",
            all_standings(&seldom, stream),
            all_standings(&often, stream),
        )
    });
}

/// A schema with one more kind of events, of which none will come.
fn with_returns(schema: &Schema) -> Schema {
    let mut document = serde_json::to_value(schema).unwrap();
    document["events"]["zz_returned"] = json!({});
    serde_json::from_value(document).unwrap()
}

#[test]
fn rules_about_other_things_change_nothing() {
    law(|stream| {
        let mut other = Stream {
            schema: with_returns(&stream.schema),
            ..stream.clone()
        };
        let rules = [
            ("zz_returner", "zz_returned within 3 days"),
            (
                "zz_unhappy",
                "zz_returned at least twice and not in segment zz_returner",
            ),
        ];
        other
            .book
            .segments
            .extend(rules.map(|(name, rule)| (name.to_owned(), rule.to_owned())));
        let lifecycle = json!({"stages": [{"name": "unhappy", "when": "zz_returned"}]});
        other.lifecycles.insert("zz_service".into(), lifecycle);
        // Functions over all events want what all kinds have; `in any segment` asks for all of them.
        let text = stream.document().to_string();
        if text.contains("any event") || text.contains("any segment") || text.contains("no segment")
        {
            return Ok(());
        }
        let (mut alone, mut among) = (begin(stream), begin(&other));
        for next in &stream.acts {
            let (expected, actual) = (
                act(&mut alone, &stream.schema, next),
                act(&mut among, &other.schema, next),
            );
            // The versions of rules are another schema's.
            equal(
                "told",
                (expected.0, outcomes(&expected.1)),
                (actual.0, outcomes(&actual.1)),
            )?;
            equal("the next wake-up", alone.next_wakeup(), among.next_wakeup())?;
        }
        Ok(())
    });
}

/// A profile that comes in again is taken as it stands, whatever was known of it.
#[test]
fn a_profile_that_is_inserted_anew_replaces_the_old_one() {
    law(|stream| {
        let mut engine = begin(stream);
        for next in &stream.acts {
            act(&mut engine, &stream.schema, next);
        }
        let other = record(&stream.schema, &json!({"id": "anna"}));
        let mut alone =
            Engine::new(&stream.rulebook(), &Model::for_schema(&stream.schema)).unwrap();
        alone.advance(engine.now(), &mut Vec::new());
        engine.insert(other.clone());
        alone.insert(other);
        let subjects = subjects(stream);
        equal(
            "anna",
            standing(&engine, stream, "anna", &subjects),
            standing(&alone, stream, "anna", &subjects),
        )
    });
}

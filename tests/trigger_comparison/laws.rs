//! What holds of triggers whatever the rules say, found in what the engine tells alone.

use crate::delivery::{Sent, allows, is_open};
use crate::rulebooks::{DAY, HOUR, Message, schema};
use crate::shrink::report;
use crate::streams::{PROFILES, Run, Step, Stream, instant_of};
use chrono::Weekday;
use segue::engine::{Effect, EffectAction, EngineOutput, MessageOffer, OutputKind, Suppressed};
use segue::insight::JourneyReportBuilder;
use segue::profile::{Record, Value};
use segue::{Instant, engine::SuppressionReason};
use segue_test_support::random::search::{caught, search, seeds};
use segue_test_support::reference::calendar::{Calendar, Micros};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// How many streams each law is tried on where `SEGUE_CASES` does not say.
const CASES: u64 = if cfg!(debug_assertions) { 100 } else { 2000 };

fn law(holds: impl Fn(&Stream) -> Result<(), String> + Sync) {
    let fails = |stream: &Stream| caught(|| holds(stream)).err();
    let found = search(
        seeds(CASES),
        1,
        |seed| holds(&Stream::random(seed)),
        |seed| report(&Stream::random(seed), fails),
    );
    assert!(found.failed.is_empty(), "{}", found.failed.join("\n"));
}

fn effects(told: &[EngineOutput]) -> impl Iterator<Item = (&EngineOutput, &Effect)> {
    told.iter().filter_map(|h| {
        if let OutputKind::Effect(e) = &h.kind {
            Some((h, &**e))
        } else {
            None
        }
    })
}

/// Everything that a stream brings about.
fn all(stream: &Stream, rests: bool) -> Vec<EngineOutput> {
    let mut run = Run::begin(stream);
    run.rests = rests;
    stream
        .steps
        .iter()
        .flat_map(|step| run.step(step).0)
        .collect()
}

/// A message that went, and the profile as it was then.
struct Went {
    sent: Sent,
    record: Record,
    calendar: Calendar,
}

/// The messages of each profile. Nobody says what became of them.
fn messages(stream: &Stream) -> BTreeMap<String, Vec<Went>> {
    let mut all: BTreeMap<String, Vec<Went>> = BTreeMap::new();
    let mut run = Run::begin(stream);
    let schema = schema();
    for step in stream
        .steps
        .iter()
        .filter(|s| !matches!(s, Step::Heard { .. }))
    {
        let before: BTreeMap<&str, Record> = PROFILES
            .iter()
            .filter_map(|id| Some((*id, run.engine.profile(id)?.clone())))
            .collect();
        let told = run.step(step).0;
        // What a profile that comes in anew was sent before is not known any more.
        if let Step::Insert { profile } = step {
            all.remove(profile["id"].as_str().unwrap());
        }
        for (h, effect) in effects(&told) {
            let EffectAction::Send {
                message, channel, ..
            } = &effect.action
            else {
                continue;
            };
            let changed = matches!(step, Step::Change { at, .. } if h.at.micros() >= *at);
            let id = &*h.profile;
            let now = run.engine.profile(id).unwrap();
            let record = if changed {
                now
            } else {
                before.get(id).unwrap_or(now)
            }
            .clone();
            let zone = match record.get(&schema, "timezone", h.at) {
                Value::Text(name) if name.parse::<chrono_tz::Tz>().is_ok() => name,
                _ => stream.rules.book.zone.clone(),
            };
            let message = stream
                .rules
                .messages
                .iter()
                .find(|m| m.name == &**message)
                .unwrap();
            let channels = stream.rules.channels.iter().map(|channel| channel.name);
            let message = Message {
                channel: channels
                    .into_iter()
                    .find(|name| *name == &**channel)
                    .unwrap(),
                ..message.clone()
            };
            let sent = Sent {
                at: h.at.micros(),
                message,
                effect: 0,
            };
            let calendar = Calendar::new(&zone, Weekday::Mon);
            all.entry(id.to_owned()).or_default().push(Went {
                sent,
                record,
                calendar,
            });
        }
    }
    all
}

fn each_message(
    stream: &Stream,
    holds: impl Fn(&Message, &Went, &[Sent]) -> bool,
) -> Result<(), String> {
    for (id, went) in messages(stream) {
        let mut before: Vec<Sent> = Vec::new();
        for one in &went {
            if !holds(&one.sent.message, one, &before) {
                let (at, name) = (Instant::from_micros(one.sent.at), one.sent.message.name);
                return Err(format!("{id} gets {name} at {at}"));
            }
            before.push(one.sent.clone());
        }
    }
    Ok(())
}

#[test]
fn no_two_effects_have_one_key() {
    law(|stream| {
        let mut keys = BTreeSet::new();
        // A profile that comes in anew has its whole past, and what was done for it, from now on.
        let told = all(
            &without(
                stream,
                |s| matches!(s, Step::Insert { profile } if profile["id"] == "bruno"),
            ),
            true,
        );
        for (h, effect) in effects(&told) {
            if effect.key.len() != 32 || !keys.insert(effect.key.clone()) {
                return Err(format!("{h:?} has a key that came before"));
            }
        }
        Ok(())
    });
}

fn without(stream: &Stream, out: impl Fn(&Step) -> bool) -> Stream {
    let mut stream = stream.clone();
    stream.steps.retain(|step| !out(step));
    stream
}

/// Who came to a step has left it or is in it, and so it is with each journey.
#[test]
fn stock_and_flow_of_journeys_balance() {
    law(|stream| {
        // A profile that is replaced leaves without a word.
        let stream = without(
            stream,
            |s| matches!(s, Step::Insert { profile } if profile["id"] == "bruno"),
        );
        let mut run = Run::begin(&stream);
        let mut builder = JourneyReportBuilder::new(&stream.rules.rulebook());
        for step in &stream.steps {
            run.step(step)
                .0
                .iter()
                .for_each(|told| builder.record(told));
        }
        for report in builder.build(run.engine.now()) {
            let visits = run.engine.journey_visits();
            let inside = visits.filter(|visit| *visit.journey == *report.journey);
            let ended: u64 = report.ended_by.values().sum();
            let found = u64::try_from(inside.count()).unwrap();
            if report.present != found || report.entered != report.present + ended {
                return Err(format!("{found} are inside: {report:?}"));
            }
            for step in &report.steps {
                let left: u64 = step.left_by.values().sum();
                if step.entered != step.present + left {
                    return Err(format!("{step:?} does not balance"));
                }
            }
        }
        Ok(())
    });
}

#[test]
fn a_replay_tells_the_same_with_the_same_keys() {
    law(|stream| {
        if all(stream, true) == all(stream, true) {
            Ok(())
        } else {
            Err("another run tells something else".into())
        }
    });
}

#[test]
fn a_night_on_disk_and_forgotten_events_change_nothing() {
    law(|stream| {
        let (with, without) = (all(stream, true), all(stream, false));
        let other = with.iter().zip(&without).find(|(a, b)| a != b);
        match (other, with.len() == without.len()) {
            (None, true) => Ok(()),
            (other, _) => Err(format!("{} and {}: {other:?}", with.len(), without.len())),
        }
    });
}

#[test]
fn events_that_come_again_bring_nothing_about() {
    law(|stream| {
        let mut steps = Vec::new();
        let mut seen: BTreeSet<String> = BTreeSet::new();
        for step in &stream.steps {
            steps.push(step.clone());
            if let Step::Observe { id, event } = step
                && let Some(key) = event["id"].as_str()
                && seen.insert(format!("{id} {key}"))
            {
                steps.push(step.clone());
            }
        }
        let twice = Stream {
            steps,
            ..stream.clone()
        };
        if all(stream, true) == all(&twice, true) {
            Ok(())
        } else {
            Err("a second delivery is told".into())
        }
    });
}

#[test]
fn no_more_messages_go_than_caps_allow() {
    law(|stream| {
        each_message(stream, |message, went, before| {
            stream
                .rules
                .caps
                .iter()
                .all(|cap| allows(cap, message, before, &went.calendar, went.sent.at))
        })
    });
}

#[test]
fn nothing_goes_in_quiet_hours_or_outside_windows() {
    law(|stream| {
        each_message(stream, |message, went, _| {
            let channel = stream
                .rules
                .channels
                .iter()
                .find(|c| c.name == message.channel)
                .unwrap();
            message.class == "transactional" || is_open(channel, &went.calendar, went.sent.at)
        })
    });
}

/// Whoever is told an offer hears the same until its time is over, unless a message was not sent after all.
#[test]
fn an_offer_that_was_told_stays() {
    law(|stream| {
        let stream = without(stream, |step| matches!(step, Step::Heard { .. }));
        let told = all(&stream, false);
        let mut first: BTreeMap<(&str, Arc<str>), (Micros, &MessageOffer)> = BTreeMap::new();
        for (output, effect) in effects(&told) {
            let Some(offer) = effect.action.offer() else {
                continue;
            };
            let rules = stream.rules.offers.iter().find(|o| *o.name == *offer.name);
            let Some(keeps) = rules.and_then(|o| o.keeps) else {
                continue;
            };
            let at = output.at.micros();
            let began = first
                .entry((&output.profile, offer.name.clone()))
                .or_insert((at, offer));
            if at >= began.0 + keeps * HOUR {
                *began = (at, offer);
            }
            if began.1 != offer {
                return Err(format!(
                    "{} is told {offer:?} after {:?}",
                    output.profile, began.1
                ));
            }
        }
        Ok(())
    });
}

#[test]
fn nothing_goes_without_consent() {
    law(|stream| {
        let schema = schema();
        each_message(stream, |message, went, _| {
            let given = |name| {
                went.record
                    .get(&schema, name, Instant::from_micros(went.sent.at))
                    == Value::Bool(true)
            };
            let channel = stream
                .rules
                .channels
                .iter()
                .find(|c| c.name == message.channel)
                .unwrap();
            let communication =
                message.class == "transactional" || !channel.consent || given("consent.email");
            communication && (!stream.rules.processing || given("consent.processing"))
        })
    });
}

/// A message that waits is told of again, at the instant that was named or not at all before the host looks.
#[test]
fn what_waits_is_told_of_again_at_the_instant_that_was_named() {
    law(|stream| {
        let stream = without(
            stream,
            |s| matches!(s, Step::Insert { profile } if profile["id"] == "bruno"),
        );
        let told = all(&stream, true);
        let end = stream.steps.iter().filter_map(|s| match s {
            Step::Advance { to } => Some(*to),
            Step::Observe { event, .. } => Some(instant_of(event)),
            _ => None,
        });
        let end: Micros = end.max().unwrap_or(stream.start).max(stream.start);
        // A journey that is over gives its messages up before.
        let is_told_of = |of: &Suppressed, id: &str, until: Instant| {
            let is_of = |trigger: &Option<Arc<str>>, journey: &Option<Arc<str>>, entered| {
                (trigger, journey) == (&of.trigger, &of.journey) && entered == of.entered
            };
            let mut of_profile = told.iter().filter(|h| *h.profile == *id);
            of_profile.any(|h| match &h.kind {
                OutputKind::Effect(e) => h.at == until && is_of(&e.trigger, &e.journey, e.entered),
                OutputKind::Suppressed(e) => {
                    let is_over = e.reason == SuppressionReason::JourneyOver && h.at <= until;
                    (h.at == until || is_over) && is_of(&e.trigger, &e.journey, e.entered)
                }
                _ => false,
            })
        };
        for h in &told {
            let OutputKind::Suppressed(held) = &h.kind else {
                continue;
            };
            let Some(until) = held.waits_until else {
                continue;
            };
            let named = match &held.reason {
                SuppressionReason::QuietHours { next, .. } => *next,
                SuppressionReason::FrequencyCap { next, .. }
                | SuppressionReason::Cooldown { next } => Some(*next),
                other => return Err(format!("{other:?} waits")),
            };
            if named.is_none_or(|named| until < named) || until.micros() - h.at.micros() > 50 * DAY
            {
                return Err(format!("{held:?} waits until another instant"));
            }
            if until.micros() <= end && !is_told_of(held, &h.profile, until) {
                return Err(format!("{held:?} is not looked at again"));
            }
        }
        Ok(())
    });
}

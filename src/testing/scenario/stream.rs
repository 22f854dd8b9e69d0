//! A scenario's profiles and events, run through the engine, and what is expected of that.

use super::document::Scenario;
use super::expectation::{Problems, Until, instant, known};
use super::expected::EffectDocument;
use super::given::Given;
use super::report::{Mismatch, Report};
use super::standing::{Found, Standing};
use super::words::{shown, shown_instant, unknown};
use crate::engine::{
    Effect, Engine, EngineOutput, MessageOffer, OutputKind, Suppressed, SuppressionReason,
};
use crate::profile::{Event, Model, Record, RecordEvent};
use crate::rulebook::{MessageDocument, Rulebook};
use crate::testing::moment::Moment;
use crate::time::Instant;
use crate::value::Scalar;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Compares what is expected of the stream with what the engine tells.
pub(super) fn check(
    scenario: &Scenario,
    rulebook: &Rulebook,
    moment: &Moment,
    profiles: &BTreeMap<&str, Record>,
    report: &mut Report,
) -> Result<(), Problems> {
    let is_still = scenario.stages.is_empty() && scenario.journeys.is_empty();
    if is_still && scenario.effects.is_empty() && scenario.stream.is_none() {
        return Ok(());
    }
    let stream = Stream::read(scenario, rulebook, moment, profiles)?;
    let (told, found) = stream.run(rulebook, profiles)?;
    for ((expected, at), found) in stream.standings.iter().zip(found) {
        report.checked += 1;
        let mismatch = expected.mismatch(*at, &found, moment);
        report.mismatches.extend(mismatch);
    }
    report.checked += stream.effects.len();
    compare_effects(
        scenario.effects.exact,
        &stream.effects,
        &told,
        rulebook,
        moment,
        report,
    );
    Ok(())
}

/// What is to be run, and what is expected of it.
struct Stream<'s> {
    from: Instant,
    until: Instant,
    standings: Vec<(Standing<'s>, Instant)>,
    effects: Vec<(&'s EffectDocument, Option<Until>)>,
}

impl<'s> Stream<'s> {
    fn read(
        scenario: &'s Scenario,
        rulebook: &Rulebook,
        moment: &Moment,
        profiles: &BTreeMap<&str, Record>,
    ) -> Result<Self, Problems> {
        let mut problems = Vec::new();
        let document = scenario.stream.clone().unwrap_or_default();
        let mut read = |what: &str, given: &Option<Given>| {
            let at = given
                .as_ref()
                .map(|given| instant(moment, given))
                .transpose();
            at.unwrap_or_else(|problem| {
                problems.push(format!("`{what}`: {problem}"));
                None
            })
        };
        let (from, until) = (
            read("stream.from", &document.from),
            read("stream.until", &document.until),
        );
        let standings = Standing::read(scenario, rulebook, moment, &mut problems);
        let now = moment.now.unwrap_or(Instant::from_micros(0));
        let mut effects = Vec::new();
        for expected in &scenario.effects.expected {
            problems.extend(known(&expected.profile, "effects", scenario).err());
            problems.extend(unknown_names(expected, rulebook));
            match expected
                .at
                .as_ref()
                .map(|given| Until::read(given, moment, now))
                .transpose()
            {
                Ok(at) => effects.push((expected, at)),
                Err(problem) => problems.push(format!(
                    "`at` of `{}` in `effects`: {problem}",
                    expected.profile
                )),
            }
        }
        let first = profiles
            .values()
            .flat_map(|p| p.events().iter().map(Event::at))
            .min();
        let from = from.or_else(|| first.into_iter().chain(moment.now).min());
        let Some(from) = from else {
            problems.push(
                "there is no event and no `now` to begin with; say `now`, or `stream.from`"
                    .to_owned(),
            );
            return Err(problems);
        };
        // A date is over with its day.
        let ends = effects
            .iter()
            .filter_map(|(_, at)| at.as_ref()?.latest(moment));
        let last = standings
            .iter()
            .map(|(_, at)| *at)
            .chain(ends)
            .chain(moment.now)
            .max();
        for (expected, at) in standings.iter().filter(|(_, at)| *at < from) {
            problems.push(expected.too_early(*at, from, moment));
        }
        let until = until.or(last).unwrap_or(from).max(from);
        if problems.is_empty() {
            Ok(Stream {
                from,
                until,
                standings,
                effects,
            })
        } else {
            Err(problems)
        }
    }

    /// Everything that the engine tells, and the stages that were asked for.
    fn run(
        &self,
        rulebook: &Rulebook,
        profiles: &BTreeMap<&str, Record>,
    ) -> Result<(Vec<EngineOutput>, Vec<Found>), Problems> {
        let model = Model::<Record>::for_schema(rulebook.schema());
        let mut engine = Engine::new(rulebook, &model)
            .map_err(|e| vec![e.to_string()])?
            .without_explanations();
        let mut told = Vec::new();
        engine.advance(
            Instant::from_micros(self.from.micros().saturating_sub(1)),
            &mut told,
        );
        let mut coming: Vec<(Instant, &str, RecordEvent)> = Vec::new();
        for (id, record) in profiles {
            let mut record = record.clone();
            let events = std::mem::take(record.timeline_mut()).into_events();
            let (past, new): (Vec<_>, Vec<_>) =
                events.into_iter().partition(|event| event.at() < self.from);
            record.add_events(past);
            coming.extend(new.into_iter().map(|event| (event.at(), *id, event)));
            engine.insert(record);
        }
        coming.sort_by_key(|(at, ..)| *at);
        let mut coming = coming.into_iter().peekable();
        let mut order: Vec<usize> = (0..self.standings.len()).collect();
        order.sort_by_key(|place| self.standings.get(*place).map(|(_, at)| *at));
        let mut found: Vec<(usize, Found)> = Vec::new();
        for place in order {
            let Some((expected, at)) = self.standings.get(place) else {
                continue;
            };
            while let Some((_, id, event)) = coming.next_if(|(t, ..)| t <= at) {
                let _ = engine.observe(id, event, &mut told);
            }
            engine.advance(*at, &mut told);
            found.push((place, expected.found(&engine)));
        }
        while let Some((_, id, event)) = coming.next_if(|(t, ..)| *t <= self.until) {
            let _ = engine.observe(id, event, &mut told);
        }
        engine.advance(self.until, &mut told);
        found.sort_by_key(|(place, _)| *place);
        Ok((told, found.into_iter().map(|(_, found)| found).collect()))
    }
}

/// The names that an expectation uses and the rules do not know.
fn unknown_names(e: &EffectDocument, rulebook: &Rulebook) -> Vec<String> {
    let mut problems = Vec::new();
    if let Some(trigger) = e
        .trigger
        .as_ref()
        .filter(|name| !rulebook.triggers().any(|t| t == *name))
    {
        problems.push(unknown("trigger", trigger, rulebook.triggers()));
    }
    if let Some(name) = &e.journey {
        match rulebook.journey(name) {
            None => problems.push(unknown(
                "journey",
                name,
                rulebook.journeys().map(|j| j.name()),
            )),
            Some(journey) => {
                let step = e.step.as_ref();
                if let Some(step) = step.filter(|step| !journey.steps().any(|s| s == *step)) {
                    problems.push(unknown("step", step, journey.steps()));
                }
            }
        }
    }
    if let Some(message) = e
        .send
        .as_ref()
        .filter(|name| !rulebook.messages().any(|m| m == *name))
    {
        problems.push(unknown("message", message, rulebook.messages()));
    }
    if let Some(channel) = e
        .channel
        .as_ref()
        .filter(|name| !rulebook.channels().any(|c| c == *name))
    {
        problems.push(unknown("channel", channel, rulebook.channels()));
    }
    if let Some(reason) = e
        .held
        .as_ref()
        .filter(|reason| !SuppressionReason::NAMES.contains(&reason.as_str()))
    {
        let reasons = SuppressionReason::NAMES
            .map(|r| format!("`{r}`"))
            .join(", ");
        problems.push(format!(
            "nothing is held back because of `{reason}`; the reasons are {reasons}"
        ));
    }
    problems
}

/// The effect's or the held message's side of a output.
enum Told<'h> {
    Effect(&'h Effect),
    Held(&'h Suppressed),
}

fn told(output: &EngineOutput) -> Option<Told<'_>> {
    match &output.kind {
        OutputKind::Effect(effect) => Some(Told::Effect(effect)),
        OutputKind::Suppressed(held) => Some(Told::Held(held)),
        _ => None,
    }
}

fn compare_effects(
    exact: bool,
    expected: &[(&EffectDocument, Option<Until>)],
    told: &[EngineOutput],
    rulebook: &Rulebook,
    moment: &Moment,
    report: &mut Report,
) {
    let mut free: Vec<&EngineOutput> = told.iter().filter(|h| self::told(h).is_some()).collect();
    // Who says most chooses first, so that a vague expectation does not take what a precise one needs.
    let mut order: Vec<_> = expected.iter().enumerate().collect();
    order.sort_by_key(|(_, (e, _))| std::cmp::Reverse(said(e)));
    let mut missing = Vec::new();
    for (place, (expected, at)) in order {
        let met = free.iter().position(|h| {
            agreement(expected, at.as_ref(), h, rulebook, moment) == Some(said(expected))
        });
        match met {
            Some(i) => drop(free.remove(i)),
            None => missing.push((place, *expected, at.as_ref())),
        }
    }
    missing.sort_by_key(|(place, ..)| *place);
    for (_, expected, at) in missing {
        let score = |h: &&&EngineOutput| {
            let distance = at.and_then(|at| at.distance(h.at, moment)).unwrap_or(0);
            (
                agreement(expected, at, h, rulebook, moment).unwrap_or(0),
                std::cmp::Reverse(distance),
            )
        };
        // Of equals the first.
        let nearest = free
            .iter()
            .rev()
            .filter(|h| *h.profile == *expected.profile)
            .max_by_key(score);
        report.mismatches.push(Mismatch {
            profile: expected.profile.clone(),
            expected: effect_text(expected),
            found: match nearest {
                Some(_) => "nothing of the kind".to_owned(),
                None => "nothing else that a trigger did or held back".to_owned(),
            },
            nearest: nearest.map(|h| output_text(h, moment)),
        });
    }
    if exact {
        let others: Vec<&EngineOutput> = free
            .into_iter()
            .filter(|h| matches!(h.kind, OutputKind::Effect(_)))
            .collect();
        report.checked += others.len().max(1);
        report
            .mismatches
            .extend(others.into_iter().map(|other| Mismatch {
                profile: other.profile.to_string(),
                expected: "no other effects".to_owned(),
                found: output_text(other, moment),
                nearest: None,
            }));
    }
}

/// How many things an expectation says.
fn said(e: &EffectDocument) -> usize {
    let texts = [
        &e.trigger,
        &e.send,
        &e.call,
        &e.tag,
        &e.untag,
        &e.set,
        &e.add,
        &e.channel,
        &e.variant,
        &e.content_variant,
        &e.subject,
        &e.journey,
        &e.step,
    ];
    2 + texts.iter().filter(|text| text.is_some()).count()
        + usize::from(e.at.is_some())
        + usize::from(!e.offer.is_empty())
}

/// How many of the things that an expectation says are so; `None`: it is about somebody else. Whether something was held
/// back, and why, counts as one.
fn agreement(
    e: &EffectDocument,
    at: Option<&Until>,
    h: &EngineOutput,
    rulebook: &Rulebook,
    moment: &Moment,
) -> Option<usize> {
    if *h.profile != *e.profile {
        return None;
    }
    let mut same = 1 + at.map_or(0, |at| usize::from(at.accepts(Some(h.at), moment)));
    let mut text = |wanted: &Option<String>, found: Option<&str>| {
        same += usize::from(wanted.is_some() && wanted.as_deref() == found);
    };
    match told(h)? {
        Told::Effect(effect) => {
            text(&e.trigger, effect.trigger.as_deref());
            text(&e.journey, effect.journey.as_deref());
            text(&e.step, effect.step.as_deref());
            text(&e.variant, effect.variant.as_deref());
            text(&e.subject, effect.subject.as_deref());
            let action = &effect.action;
            for (wanted, of) in [
                (&e.send, "send"),
                (&e.call, "call"),
                (&e.tag, "tag"),
                (&e.untag, "untag"),
                (&e.set, "set"),
                (&e.add, "add"),
            ] {
                text(wanted, (action.verb() == of).then_some(action.name()));
            }
            text(&e.channel, action.channel().map(|c| &**c));
            text(&e.content_variant, action.content_variant().map(|v| &**v));
            same += usize::from(e.held.is_none());
            same += usize::from(action.offer().is_some_and(|offer| makes(offer, &e.offer)));
        }
        Told::Held(held) => {
            text(&e.trigger, held.trigger.as_deref());
            text(&e.journey, held.journey.as_deref());
            text(&e.step, held.step.as_deref());
            text(&e.send, held.message.as_deref());
            text(&e.subject, held.subject.as_deref());
            let message = held
                .message
                .as_ref()
                .and_then(|name| rulebook.document().messages.get(&**name));
            text(&e.channel, message.and_then(|m| channel_of(m, &e.channel)));
            same += usize::from(e.held.as_deref() == Some(held.reason.name()));
        }
    }
    Some(same)
}

/// The channel of a message, or of several the one that is expected if it is among them.
fn channel_of<'m>(message: &'m MessageDocument, expected: &Option<String>) -> Option<&'m str> {
    let mut channels = message.channel.iter().chain(&message.channels);
    let is_expected = |channel: &&String| Some(*channel) == expected.as_ref();
    let found = channels
        .clone()
        .find(is_expected)
        .or_else(|| channels.next());
    found.map(String::as_str)
}

/// Whether an offer is the one that is expected, if any is.
fn makes(offer: &MessageOffer, expected: &BTreeMap<String, Scalar>) -> bool {
    let is_so = |(key, expected): (&String, &Scalar)| match (key.as_str(), expected) {
        ("name", Scalar::Text(name)) => **name == *offer.name,
        (key, value) => offer.values.get(key) == Some(value),
    };
    !expected.is_empty() && expected.iter().all(is_so)
}

/// `winback sends coupon on email at 2026-04-18`
fn effect_text(e: &EffectDocument) -> String {
    let mut parts = Vec::new();
    parts.extend(e.trigger.as_ref().map(|t| format!("trigger `{t}`")));
    parts.extend(e.journey.as_ref().map(|j| format!("journey `{j}`")));
    parts.extend(e.step.as_ref().map(|s| format!("step `{s}`")));
    let actions = [
        (&e.send, "send"),
        (&e.call, "call"),
        (&e.tag, "tag"),
        (&e.untag, "untag"),
        (&e.set, "set"),
        (&e.add, "add"),
    ];
    for (name, what) in actions {
        parts.extend(name.as_ref().map(|name| format!("{what} `{name}`")));
    }
    parts.extend(e.channel.as_ref().map(|c| format!("channel `{c}`")));
    parts.extend(e.variant.as_ref().map(|v| format!("variant `{v}`")));
    let content = e.content_variant.as_ref();
    parts.extend(content.map(|v| format!("content variant `{v}`")));
    if !e.offer.is_empty() {
        parts.push(offer_text(e.offer.iter()));
    }
    parts.extend(e.subject.as_ref().map(|s| format!("subject `{s}`")));
    parts.extend(
        e.held
            .as_ref()
            .map(|reason| format!("held back because of `{reason}`")),
    );
    if let Some(Given::Text(at)) = &e.at {
        parts.push(format!("at {at}"));
    }
    if parts.is_empty() {
        "an effect".to_owned()
    } else {
        parts.join(", ")
    }
}

/// `offer { name = "spring", percent = 15 }`
fn offer_text<'v, N: AsRef<str>>(values: impl Iterator<Item = (N, &'v Scalar)>) -> String {
    let values = values.map(|(name, value)| {
        let value = serde_json::to_string(value).unwrap_or_default();
        format!("{} = {value}", name.as_ref())
    });
    format!("offer {{ {} }}", values.collect::<Vec<_>>().join(", "))
}

fn output_text(h: &EngineOutput, moment: &Moment) -> String {
    let at = shown(h.at, moment);
    let named = |what: &str, name: Option<&Arc<str>>| {
        name.map_or_else(String::new, |name| format!("{what} `{name}`, "))
    };
    let by = |trigger: Option<&Arc<str>>, journey: Option<&Arc<str>>, step: Option<&Arc<str>>| {
        named("trigger", trigger) + &named("journey", journey) + &named("step", step)
    };
    match told(h) {
        Some(Told::Effect(effect)) => {
            let (what, name) = (effect.action.verb(), effect.action.name());
            let channel = effect
                .action
                .channel()
                .map(|c| format!(", channel `{c}`"))
                .unwrap_or_default();
            let content = effect.action.content_variant();
            let content = content.map_or_else(String::new, |v| format!(", content variant `{v}`"));
            let offer = effect.action.offer().map(|offer| {
                let name = Scalar::Text(offer.name.to_string());
                let values = offer.values.iter();
                let values = values.map(|(name, value)| (&**name, value));
                format!(
                    ", {}",
                    offer_text([("name", &name)].into_iter().chain(values))
                )
            });
            let offer = offer.unwrap_or_default();
            format!(
                "{}{what} `{name}`{channel}{content}{offer}, {at}",
                by(
                    effect.trigger.as_ref(),
                    effect.journey.as_ref(),
                    effect.step.as_ref()
                )
            )
        }
        Some(Told::Held(held)) => {
            let message = held
                .message
                .as_ref()
                .map(|m| format!("send `{m}`, "))
                .unwrap_or_default();
            let waits = held
                .waits_until
                .map(|t| format!(", waits until {}", shown_instant(t, moment)));
            format!(
                "{}{message}held back because of `{}`, {at}{}",
                by(
                    held.trigger.as_ref(),
                    held.journey.as_ref(),
                    held.step.as_ref()
                ),
                held.reason.name(),
                waits.unwrap_or_default()
            )
        }
        None => at,
    }
}

//! Journeys through the engine, as stories: each of what marketing systems are known to get wrong about entering, waiting,
//! leaving and entering again.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use segue::engine::{Engine, EngineOutput, OutputKind, Receipt};
use segue::profile::{Model, Record, RecordEvent, Value};
use segue::{Duration, Instant, Rulebook};

mod edits;
mod goals;
mod messages;
mod passages;
mod reentry;
mod waits;

/// What a shop in Rome knows of its customers.
const SHOP: &str = r#"
timezone = "Europe/Rome"
profile_timezone = "timezone"

[schema.attributes]
timezone = "string"
renewal = "date"
status = "string"
"consent.email" = "bool"
"consent.sms" = "bool"

[schema.events.subscribed]
subject = "topic"
properties = { topic = "string" }
[schema.events.viewed]
subject = "topic"
properties = { topic = "string" }
[schema.events.purchased]
subject = "topic"
properties = { topic = "string" }
[schema.events.opened]
subject = "message"
properties = { message = "string" }

[channels.email]
[channels.sms]
[messages.letter_1]
channel = "email"
[messages.letter_2]
channel = "email"
[messages.letter_3]
channel = "email"
[messages.text]
channel = "sms"
"#;

struct Shop {
    source: String,
    rulebook: Rulebook,
    engine: Engine<Record>,
    out: Vec<EngineOutput>,
}

fn t(text: &str) -> Instant {
    text.parse().unwrap_or_else(|_| panic!("{text}"))
}

fn load(source: &str) -> Rulebook {
    Rulebook::from_toml(source).unwrap_or_else(|e| panic!("{e}"))
}

impl Shop {
    fn with(rules: &str) -> Self {
        let source = format!("{SHOP}{rules}");
        let rulebook = load(&source);
        let model = Model::<Record>::for_schema(rulebook.schema());
        let engine = Engine::new(&rulebook, &model).unwrap();
        Shop {
            source,
            rulebook,
            engine,
            out: Vec::new(),
        }
    }

    /// The shop goes on from what was kept, under other rules if they are others.
    fn restored(&mut self, source: &str) {
        let state = serde_json::to_string(self.engine.state()).unwrap();
        self.rulebook = load(source);
        let model = Model::<Record>::for_schema(self.rulebook.schema());
        let state = serde_json::from_str(&state).unwrap();
        let (engine, _) = Engine::restore(&self.rulebook, &model, state, &mut self.out).unwrap();
        self.engine = engine;
    }

    /// Somebody does something about a topic (or a message), written `kind topic`.
    fn does(&mut self, who: &str, what: &str, at: &str) {
        let (kind, about) = what.split_once(' ').unwrap_or((what, "skin"));
        let property = if kind == "opened" { "message" } else { "topic" };
        let properties = [(property, Value::from(about))];
        let event = RecordEvent::new(self.rulebook.schema(), kind, at, properties).unwrap();
        let receipt = self.engine.observe(who, event, &mut self.out);
        assert!(
            matches!(receipt, Receipt::Accepted | Receipt::Late),
            "{receipt:?}"
        );
    }

    fn set(&mut self, who: &str, attribute: &str, value: impl Into<Value>, at: &str) {
        let values = [(attribute, value.into())];
        let receipt = self.engine.set(who, &values, t(at), &mut self.out);
        assert_eq!(receipt, Ok(Receipt::Accepted));
    }

    fn until(&mut self, at: &str) {
        self.engine.advance(t(at), &mut self.out);
    }

    fn late_by_up_to(mut self, length: &str) -> Self {
        let lateness: Duration = length.parse().unwrap();
        self.engine = self.engine.with_lateness(lateness);
        self
    }

    /// What was told of journeys and messages since the last time, a line each.
    fn told(&mut self) -> Vec<String> {
        let out = std::mem::take(&mut self.out);
        out.iter().filter_map(line).collect()
    }
}

/// `2026-03-04T09:00:00Z first -> second: done`, `2026-03-04T09:00:00Z send letter_1 in first`
fn line(output: &EngineOutput) -> Option<String> {
    let at = output.at;
    Some(match &output.kind {
        OutputKind::JourneyPassed(p) => {
            let of = p
                .subject
                .as_ref()
                .map_or(String::new(), |s| format!(" of {s}"));
            let held_out = if p.held_out { " (held out)" } else { "" };
            let name = |step: &Option<std::sync::Arc<str>>| {
                step.as_deref().unwrap_or("outside").to_owned()
            };
            let (from, to) = (name(&p.from), name(&p.to));
            format!("{at} {from} -> {to}{of}: {}{held_out}", p.because.name())
        }
        OutputKind::Effect(e) => {
            let step = e.step.as_deref().unwrap_or("no step");
            format!("{at} {} {} in {step}", e.action.verb(), e.action.name())
        }
        OutputKind::Suppressed(s) => {
            let message = s.message.as_deref().unwrap_or("entry");
            let until = s
                .waits_until
                .map_or(String::new(), |at| format!(" until {at}"));
            format!("{at} held {message}: {}{until}", s.reason.name())
        }
        _ => return None,
    })
}

#[track_caller]
fn same(told: &[String], wanted: &str) {
    let wanted: Vec<&str> = wanted
        .lines()
        .map(str::trim)
        .filter(|l| !l.is_empty())
        .collect();
    assert_eq!(told, wanted);
}

/// Three letters on her topic, two days apart, until she buys.
const DRIP: &str = r#"
[journeys.getting_to_know]
on = "subscribed"
exit = "purchased since entered"
steps = [
    { name = "first", wait = "2 days at 10:00", do = [{ send = "letter_1" }] },
    { name = "second", wait = "2 days at 10:00", do = [{ send = "letter_2" }] },
    { name = "third", wait = "2 days at 10:00", do = [{ send = "letter_3" }] },
]
"#;

#[test]
fn three_letters_go_out_two_days_apart() {
    let mut shop = Shop::with(DRIP);
    shop.does("anna", "subscribed", "2026-03-02T15:00:00Z");
    assert_eq!(shop.engine.next_wakeup(), Some(t("2026-03-04T09:00:00Z")));
    shop.until("2026-03-31T00:00:00Z");
    same(
        &shop.told(),
        "2026-03-02T15:00:00Z outside -> first: entered
         2026-03-04T09:00:00Z send letter_1 in first
         2026-03-04T09:00:00Z first -> second: done
         2026-03-06T09:00:00Z send letter_2 in second
         2026-03-06T09:00:00Z second -> third: done
         2026-03-08T09:00:00Z send letter_3 in third
         2026-03-08T09:00:00Z third -> outside: done",
    );
    assert_eq!(shop.engine.next_wakeup(), None);
}

/// Elsewhere the exit is looked at only where a step ends, up to weeks late.
#[test]
fn whoever_buys_leaves_at_that_instant() {
    let mut shop = Shop::with(DRIP);
    shop.does("anna", "purchased", "2026-03-01T09:00:00Z");
    shop.does("anna", "subscribed", "2026-03-02T15:00:00Z");
    shop.does("anna", "purchased", "2026-03-04T09:00:00.000001Z");
    shop.until("2026-03-31T00:00:00Z");
    same(
        &shop.told(),
        "2026-03-02T15:00:00Z outside -> first: entered
         2026-03-04T09:00:00Z send letter_1 in first
         2026-03-04T09:00:00Z first -> second: done
         2026-03-04T09:00:00.000001Z second -> outside: exit",
    );
}

#[test]
fn events_of_an_instant_come_before_what_time_brings_at_it() {
    let mut shop = Shop::with(DRIP);
    shop.does("anna", "subscribed", "2026-03-02T15:00:00Z");
    shop.does("anna", "purchased", "2026-03-04T09:00:00Z");
    shop.until("2026-03-31T00:00:00Z");
    same(
        &shop.told(),
        "2026-03-02T15:00:00Z outside -> first: entered
         2026-03-04T09:00:00Z first -> outside: exit",
    );
}

/// An exit that time alone brings about has a wake-up of its own.
#[test]
fn an_exit_may_come_by_itself() {
    let mut shop = Shop::with(
        r#"
[journeys.winback]
on = "purchased"
exit = "not viewed within 30 days"
steps = [{ name = "waiting", wait = "1 year", do = [{ send = "letter_1" }] }]
"#,
    );
    shop.does("anna", "viewed", "2026-03-02T15:00:00Z");
    shop.does("anna", "purchased", "2026-03-02T16:00:00Z");
    shop.does("anna", "viewed", "2026-03-10T15:00:00Z");
    shop.until("2026-12-31T00:00:00Z");
    same(
        &shop.told(),
        "2026-03-02T16:00:00Z outside -> waiting: entered
         2026-04-09T15:00:00.000001Z waiting -> outside: exit",
    );
}

#[test]
fn each_topic_is_a_journey_of_its_own() {
    let mut shop = Shop::with(
        r#"
[journeys.drip]
on = "subscribed as s"
per = "topic"
exit = "purchased(topic = s.topic) since entered"
steps = [
    { name = "first", wait = "1 day", do = [{ send = "letter_1", values = { topic = "s.topic" } }] },
    { name = "second", wait = "1 day", do = [{ send = "letter_2", values = { topic = "s.topic" } }] },
]
"#,
    );
    shop.does("anna", "subscribed tv", "2026-03-02T10:00:00Z");
    shop.does("anna", "subscribed skin", "2026-03-02T12:00:00Z");
    shop.does("anna", "subscribed tv", "2026-03-02T13:00:00Z");
    shop.does("anna", "purchased tv", "2026-03-03T11:00:00Z");
    shop.until("2026-03-31T00:00:00Z");
    same(
        &shop.told(),
        "2026-03-02T10:00:00Z outside -> first of tv: entered
         2026-03-02T12:00:00Z outside -> first of skin: entered
         2026-03-02T13:00:00Z held entry: in_journey
         2026-03-03T10:00:00Z send letter_1 in first
         2026-03-03T10:00:00Z first -> second of tv: done
         2026-03-03T11:00:00Z second -> outside of tv: exit
         2026-03-03T12:00:00Z send letter_1 in first
         2026-03-03T12:00:00Z first -> second of skin: done
         2026-03-04T12:00:00Z send letter_2 in second
         2026-03-04T12:00:00Z second -> outside of skin: done",
    );
}

#[test]
fn a_removed_profile_leaves_its_journeys() {
    let mut shop = Shop::with(DRIP);
    shop.does("anna", "subscribed", "2026-03-02T15:00:00Z");
    shop.told();
    let at = t("2026-03-02T15:00:00Z");
    shop.engine.remove("anna", at, &mut shop.out).unwrap();
    same(
        &shop.told(),
        "2026-03-02T15:00:00Z first -> outside: removed",
    );
    shop.until("2026-03-31T00:00:00Z");
    same(&shop.told(), "");
}

#[test]
fn the_first_case_that_holds_is_taken() {
    let mut shop = Shop::with(
        r#"
[journeys.hello]
on = "subscribed"
steps = [
    { name = "greet", choose = [
        { when = "consent.email", do = [{ send = "letter_1" }] },
        { when = "consent.sms", do = [{ send = "text" }], go = "end" },
    ] },
    { name = "more", wait = "1 day", do = [{ send = "letter_2" }] },
]
"#,
    );
    shop.set("anna", "consent.email", true, "2026-03-01T00:00:00Z");
    shop.set("anna", "consent.sms", true, "2026-03-01T00:00:00Z");
    shop.set("bruno", "consent.sms", true, "2026-03-01T00:00:00Z");
    for who in ["anna", "bruno", "carla"] {
        shop.does(who, "subscribed", "2026-03-02T15:00:00Z");
    }
    same(
        &shop.told(),
        "2026-03-02T15:00:00Z outside -> greet: entered
         2026-03-02T15:00:00Z send letter_1 in greet
         2026-03-02T15:00:00Z greet -> more: done
         2026-03-02T15:00:00Z outside -> greet: entered
         2026-03-02T15:00:00Z send text in greet
         2026-03-02T15:00:00Z greet -> outside: chosen
         2026-03-02T15:00:00Z outside -> greet: entered
         2026-03-02T15:00:00Z greet -> more: done",
    );
}

/// What a step changes is worked off before the next step, and with it the exit.
#[test]
fn a_step_may_bring_about_the_exit() {
    let mut shop = Shop::with(
        r#"
[segments]
done = 'tagged "drip/done"'
[journeys.hello]
on = "subscribed"
exit = "in segment done"
steps = [
    { name = "mark", do = [{ tag = "drip/done" }] },
    { name = "never", do = [{ send = "letter_1" }] },
]
"#,
    );
    shop.does("anna", "subscribed", "2026-03-02T15:00:00Z");
    same(
        &shop.told(),
        "2026-03-02T15:00:00Z outside -> mark: entered
         2026-03-02T15:00:00Z tag drip/done in mark
         2026-03-02T15:00:00Z mark -> never: done
         2026-03-02T15:00:00Z never -> outside: exit",
    );
}

#[test]
fn a_way_back_is_taken_so_many_times() {
    let mut shop = Shop::with(
        r#"
[journeys.reminders]
on = "subscribed"
steps = [
    { name = "remind", wait = "1 day", do = [{ send = "letter_1" }], go = "remind", times = 2 },
    { name = "last", wait = "1 day", do = [{ send = "letter_2" }] },
]
"#,
    );
    shop.does("anna", "subscribed", "2026-03-02T10:00:00Z");
    shop.until("2026-03-31T00:00:00Z");
    let keys: std::collections::BTreeSet<_> = (shop.out.iter())
        .filter_map(|output| match &output.kind {
            OutputKind::Effect(effect) => Some(effect.key.clone()),
            _ => None,
        })
        .collect();
    assert_eq!(keys.len(), 4, "each letter has a key of its own");
    same(
        &shop.told(),
        "2026-03-02T10:00:00Z outside -> remind: entered
         2026-03-03T10:00:00Z send letter_1 in remind
         2026-03-03T10:00:00Z remind -> remind: done
         2026-03-04T10:00:00Z send letter_1 in remind
         2026-03-04T10:00:00Z remind -> remind: done
         2026-03-05T10:00:00Z send letter_1 in remind
         2026-03-05T10:00:00Z remind -> last: done
         2026-03-06T10:00:00Z send letter_2 in last
         2026-03-06T10:00:00Z last -> outside: done",
    );
}

//! `segue plan`: what will be sent if nothing new happens.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod common;

use common::{folder, ok, refused, words};
use serde_json::{Value as Json, json};
use tempfile::TempDir;

const RULES: &str = r#"
timezone = "Europe/Rome"
caps = [{ most = 1, per = "day" }]

[schema.attributes]
renewal = "date"
"consent.email" = "bool"
[schema.events.subscribed]
[schema.events.purchased]

[channels.email]
consent = "consent.email"
quiet = ["21:00-08:00"]

[messages.digest]
channel = "email"
[messages.renewal]
channel = "email"
[messages.welcome]
channel = "email"

[segments]
everybody = "true"
buyers = "purchased within 30 days"

[triggers.digest]
on = "every monday at 09:00 in segment everybody"
priority = 1
do = [{ send = "digest" }]
[triggers.renewal]
on = "7 days before renewal at 07:00"
held = "wait"
do = [{ send = "renewal" }]

[journeys.welcome]
on = "subscribed"
steps = [{ name = "first", wait = "3 days at 10:00", do = [{ send = "welcome" }] }]
"#;

// 6 July 2026 is a Monday.
const PROFILES: &str = r#"{"id":"anna","consent":{"email":true},"renewal":"2026-07-13"}
{"id":"ben","consent":{"email":true}}
{"id":"carla","consent":{"email":false}}
{"id":"dario","consent":{"email":true},"renewal":"2026-07-15"}
"#;

const EVENTS: &str = r#"{"profile":"ben","kind":"purchased","at":"2026-06-08T10:00:00Z"}
{"profile":"ben","kind":"subscribed","at":"2026-07-03T10:00:00Z"}
{"profile":"dario","kind":"subscribed","at":"2026-07-02T10:00:00Z"}
{"profile":"anna","kind":"purchased","at":"2026-07-07T10:00:00Z"}
"#;

fn shop() -> TempDir {
    folder(&[
        ("rules.toml", RULES),
        ("profiles.ndjson", PROFILES),
        ("events.ndjson", EVENTS),
    ])
}

const PLAN: &str = "plan --rules rules.toml --profiles profiles.ndjson --events events.ndjson";

fn plan(rest: &str) -> Json {
    let out = ok(
        shop().path(),
        &words(&format!("{PLAN} --format json {rest}")),
    );
    serde_json::from_str(&out).unwrap()
}

/// Day, message, segment, sent, held by cap, hours and consent, dropped.
fn rows(plan: &Json) -> Vec<(String, String, Option<String>, [u64; 5])> {
    let row = |of: &Json| {
        let text = |key: &str| of[key].as_str().map(str::to_owned);
        let held = |key: &str| of["held"][key].as_u64().unwrap();
        let numbers = [
            of["sent"].as_u64().unwrap(),
            held("cap"),
            held("hours"),
            held("consent"),
            held("dropped"),
        ];
        (
            text("day").unwrap(),
            text("message").unwrap(),
            text("segment"),
            numbers,
        )
    };
    plan["messages"]
        .as_array()
        .unwrap()
        .iter()
        .map(row)
        .collect()
}

fn row(day: &str, message: &str, numbers: [u64; 5]) -> (String, String, Option<String>, [u64; 5]) {
    (day.to_owned(), message.to_owned(), None, numbers)
}

#[test]
fn dates_schedules_and_waits_of_journeys_run_ahead_on_the_real_people() {
    let plan = plan("--from 2026-07-04 --until 2026-07-13");
    assert_eq!(
        rows(&plan),
        [
            // Dario subscribed on Thursday: three days later is Sunday at ten.
            row("2026-07-05", "welcome", [1, 0, 0, 0, 0]),
            // Ben's welcome meets the digest.
            row("2026-07-06", "digest", [2, 1, 0, 1, 2]),
            // Seven days before the 13th, at eight, when the night is over.
            row("2026-07-06", "renewal", [1, 0, 1, 0, 0]),
            row("2026-07-06", "welcome", [0, 1, 0, 0, 1]),
            row("2026-07-08", "renewal", [1, 0, 1, 0, 0]),
            row("2026-07-13", "digest", [3, 0, 0, 1, 1]),
        ]
    );
    assert_eq!(
        plan["clashes"],
        json!([
            {"cap": 1, "won": "digest", "lost": "welcome", "people": 1},
            {"cap": 1, "won": "renewal", "lost": "digest", "people": 1},
        ])
    );
    assert_eq!(
        (&plan["profiles"], &plan["from"], &plan["until"]),
        (
            &json!(4),
            &json!("2026-07-03T22:00:00Z"),
            &json!("2026-07-13T21:59:59.999999Z")
        )
    );
}

/// Ben bought on 8 June, so that he is no buyer any more from noon of 8 July on.
#[test]
fn members_of_a_segment_are_counted_as_they_are_on_the_day() {
    let plan = plan("--from 2026-07-04 --until 2026-07-13 --segment buyers");
    let of_buyers = rows(&plan).into_iter().filter(|(_, _, of, _)| of.is_some());
    let of_buyers: Vec<_> = of_buyers
        .map(|(day, message, _, n)| (day, message, n))
        .collect();
    let row = |day: &str, message: &str, n| (day.to_owned(), message.to_owned(), n);
    assert_eq!(
        of_buyers,
        [
            row("2026-07-06", "digest", [1, 0, 0, 0, 0]),
            row("2026-07-06", "welcome", [0, 1, 0, 0, 1]),
        ]
    );
    let text = refused(
        shop().path(),
        &words(&format!(
            "{PLAN} --from 2026-07-04 --until 2026-07-13 --segment byers"
        )),
    );
    assert!(text.contains("no segment `byers`"), "{text}");
}

/// The same people and the same time, by the plan and by a run over the same files.
#[test]
fn the_plan_is_what_a_run_without_further_events_tells() {
    let past: String = EVENTS
        .lines()
        .take(3)
        .map(|line| format!("{line}\n"))
        .collect();
    let folder = folder(&[
        ("rules.toml", RULES),
        ("profiles.ndjson", PROFILES),
        ("events.ndjson", &past),
    ]);
    let run = "simulate --rules rules.toml --profiles profiles.ndjson --events events.ndjson --sort \
               --until 2026-08-31T21:59:59.999999Z --only effect --summary none";
    let out = ok(folder.path(), &words(run));
    let effects = out
        .lines()
        .map(|line| serde_json::from_str::<Json>(line).unwrap());
    let is_planned = |effect: &Json| effect["at"].as_str() >= Some("2026-07-03T22:00:00Z");
    let effects = effects.filter(is_planned).count();
    let plan = plan("--from 2026-07-04 --until 2026-08-31");
    let sent: u64 = rows(&plan).iter().map(|(.., numbers)| numbers[0]).sum();
    assert_eq!(u64::try_from(effects).unwrap(), sent);
}

#[test]
fn what_comes_later_is_ignored_and_said() {
    let ran = common::run(
        shop().path(),
        &words(&format!("{PLAN} --from 2026-07-04 --until 2026-07-05")),
    );
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(
        ran.err.contains("1 line at or after `--from`, and ignored"),
        "{}",
        ran.err
    );
    let turned = refused(
        shop().path(),
        &words(&format!("{PLAN} --from 2026-07-04 --until 2026-07-03")),
    );
    assert!(turned.contains("is before `--from`"), "{turned}");
}

#[test]
fn the_table_is_for_people() {
    let out = ok(
        shop().path(),
        &words(&format!("{PLAN} --from 2026-07-06 --until 2026-07-06")),
    );
    let expected = "\
4 profiles from 2026-07-05T22:00:00Z to 2026-07-06T21:59:59.999999Z; days of Europe/Rome
";
    assert!(out.starts_with(expected), "{out}");
    for part in ["digest", "renewal", "clashes", "is held back"] {
        assert!(out.contains(part), "{out}");
    }
    let none = ok(
        shop().path(),
        &words(&format!("{PLAN} --from 2026-07-09 --until 2026-07-10")),
    );
    assert!(none.contains("Nothing is sent."), "{none}");
}

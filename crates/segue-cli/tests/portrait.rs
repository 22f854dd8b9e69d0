//! `segue portrait` on the CDNOW sample, against `segue eval`, and on a few profiles.

#![allow(clippy::unwrap_used, reason = "a test that fails")]

mod common;

use common::{RULES, cdnow, folder, ok, refused, run, words};
use serde_json::Value as Json;
use std::fmt::Write as _;

const SHOP: &str = r#"
timezone = "Europe/Rome"
[schema.attributes]
city = "string"
[schema.events.viewed]
subject = "category"
properties = { category = "string" }
[schema.events.purchased.properties]
amount = "decimal(2)"

[traits]
spent = "sum(purchased.amount within 30 days)"
idle = "now - last(purchased).at"
[tags]
"risk/inactive" = "not purchased within 7 days"
[segments]
active = "purchased within 7 days"
milanese = 'city = "Milano"'
[lifecycles.interest]
per = "category"
stages = [{ name = "aware", when = "viewed" }]
"#;

const PROFILES: &str = r#"{"id":"carl"}
{"id":"anna","city":"Milano","tags":["newsletter"]}
"#;

const EVENTS: &str = r#"{"profile":"anna","kind":"purchased","at":"2026-03-15T10:00:00Z","props":{"amount":25}}
{"profile":"anna","at":"2026-03-16T10:00:00Z","tag":"winback"}
{"profile":"anna","kind":"viewed","at":"2026-03-16T10:00:00Z","props":{"category":"tv"}}
"#;

fn shop() -> tempfile::TempDir {
    folder(&[
        ("rules.toml", SHOP),
        ("profiles.ndjson", PROFILES),
        ("events.ndjson", EVENTS),
    ])
}

const CALL: &str = "portrait --rules rules.toml --profiles profiles.ndjson --events events.ndjson --now 2026-03-18";

#[test]
fn a_line_for_each_profile() {
    let shop = shop();
    let out = ok(shop.path(), &words(CALL));
    let now = "2026-03-17T23:00:00Z";
    let expected = [
        format!(
            r#"{{"id":"anna","at":"{now}","traits":{{"idle":"2 days 13 hours","spent":"25.00"}},"segments":["active","milanese"],"#
        ) + r#""stages":{"interest":{"tv":"aware"}},"tags":[{"path":"newsletter"},{"path":"winback"}],"#
            + r#""until":"2026-03-17T23:00:00.000001Z"}"#,
        format!(
            r#"{{"id":"carl","at":"{now}","traits":{{"idle":null,"spent":"0.00"}},"segments":[],"stages":{{"interest":{{}}}},"#
        ) + r#""tags":[{"path":"risk/inactive","by":"rule"}],"until":null}"#,
    ];
    assert_eq!(out.lines().collect::<Vec<_>>(), expected);
}

#[test]
fn only_what_is_asked_for() {
    let shop = shop();
    let call = format!("{CALL} --only traits,segments --traits spent --segments active");
    let out = ok(shop.path(), &words(&call));
    let anna = out.lines().next().unwrap();
    assert_eq!(
        anna,
        concat!(
            r#"{"id":"anna","at":"2026-03-17T23:00:00Z","traits":{"spent":"25.00"},"segments":["active"],"#,
            r#""until":"2026-03-22T10:00:00.000001Z"}"#
        )
    );
}

#[test]
fn a_name_that_the_rules_do_not_have_is_refused() {
    let shop = shop();
    let err = refused(shop.path(), &words(&format!("{CALL} --traits spend,idle")));
    assert!(
        err.contains("no trait `spend`; its traits are idle, spent"),
        "{err}"
    );
    let err = refused(shop.path(), &words(&format!("{CALL} --segments vip")));
    assert!(
        err.contains("no segment `vip`; its segments are active, milanese"),
        "{err}"
    );
}

#[test]
fn a_wrong_line_stops_the_run_or_is_skipped() {
    let shop = shop();
    let wrong = format!("{PROFILES}{}\n", r#"{"id":"dora","city":7}"#);
    std::fs::write(shop.path().join("profiles.ndjson"), wrong).unwrap();
    let err = refused(shop.path(), &words(CALL));
    assert!(err.contains("profiles.ndjson:3: `city`"), "{err}");
    let ran = run(shop.path(), &words(&format!("{CALL} --on-error skip")));
    assert_eq!((ran.code, ran.out.lines().count()), (0, 3), "{}", ran.err);
}

/// The members of a segment are those in whose portrait it stands, and it ends no earlier than the portrait.
#[test]
fn segments_are_those_of_eval() {
    let data = "--profiles profiles.ndjson.gz --events events.ndjson.gz --now 1998-07-01T00:00:00Z";
    let call = format!("portrait --rules {RULES} {data} --only segments");
    let portraits: Vec<Json> = ok(&cdnow(), &words(&call))
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    for segment in ["bought_once", "active", "dormant", "top_spenders"] {
        let call = format!("eval --rules {RULES} {data} --segment {segment} --format ids");
        let mut members = String::new();
        for portrait in &portraits {
            let segments = portrait["segments"].as_array().unwrap();
            if segments.iter().any(|s| s == segment) {
                let _ = writeln!(members, "{}", portrait["id"].as_str().unwrap());
            }
        }
        assert_eq!(ok(&cdnow(), &words(&call)), members, "{segment}");
    }
}

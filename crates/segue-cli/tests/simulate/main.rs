//! `segue simulate`: events and time run through the rules.

#![allow(clippy::unwrap_used, reason = "a test that fails")]

#[path = "../common/mod.rs"]
mod common;
mod identity;
mod input;
mod output;
mod pictures;
mod population;

use common::{Ran, cdnow, folder, ok, refused, words};
use serde_json::Value;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

/// The rules and the data of real customers.
const CDNOW: &str =
    "--rules lifecycle.toml --profiles profiles.ndjson.gz --events events.ndjson.gz";

const SHOP: &str = r#"
[schema.attributes]
plan = { type = "enum", values = ["free", "pro"] }
"consent.email" = "bool"
[schema.events.purchased.properties]
amount = "decimal(2)"

[segments]
recent = "purchased within 30 days"

[lifecycles.recency]
from = "any"
stages = [{ name = "active", when = "purchased within 30 days" }, { name = "lost", when = "purchased" }]

[channels.email]
consent = "consent.email"
[messages.winback]
channel = "email"

[triggers.winback]
on = "enter stage lost of recency"
do = [{ send = "winback" }]
"#;

/// A run of the shop.
const CALL: &str = "simulate --rules rules.toml --events events.ndjson";

/// A profile that may be written to.
const ANNA: &str = "{\"id\":\"anna\",\"consent.email\":true}\n";

/// A folder with the rules of a shop and its events.
fn shop(events: &str) -> TempDir {
    folder(&[("rules.toml", SHOP), ("events.ndjson", events)])
}

fn purchase(customer: &str, at: &str) -> String {
    format!(
        "{{\"profile\":\"{customer}\",\"kind\":\"purchased\",\"at\":\"{at}\",\"props\":{{\"amount\":19.90}}}}\n"
    )
}

/// The JSON summary, the last line of stderr.
fn summary(ran: &Ran) -> Value {
    serde_json::from_str(ran.err.lines().last().unwrap()).unwrap()
}

/// What was printed, a value a line.
fn lines(out: &str) -> Vec<Value> {
    out.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// What happened, as `instant profile what detail`.
fn said(folder: &Path, args: &[&str]) -> Vec<String> {
    let told = |v: &Value| {
        let what = v["what"].as_str().unwrap();
        let detail = match what {
            "moved" => v["to"].as_str().unwrap_or("none").to_owned(),
            "held" => v["reason"]["because"].as_str().unwrap().to_owned(),
            "effect" => v["message"].as_str().unwrap_or_default().to_owned(),
            _ => v["segment"].as_str().unwrap().to_owned(),
        };
        format!(
            "{} {} {what} {detail}",
            v["at"].as_str().unwrap(),
            v["profile"].as_str().unwrap()
        )
    };
    lines(&ok(folder, args)).iter().map(told).collect()
}

#[test]
fn calls_that_make_no_sense_are_refused() {
    let folder = folder(&[
        ("rules.toml", SHOP),
        ("profiles.ndjson", "{\"id\":\"anna\"}\n"),
        ("state.json", "{}"),
    ]);
    let people = words("simulate --rules rules.toml --profiles profiles.ndjson");
    let err = refused(folder.path(), &people);
    assert!(err.contains("set `--from`"), "{err}");
    let restored = words("simulate --rules rules.toml --restore state.json");
    let err = refused(folder.path(), &restored);
    assert!(
        err.contains("state.json: this is not a state written by `--save`"),
        "{err}"
    );
    let soon = [&people[..], &["--lateness", "soon"]].concat();
    let err = refused(folder.path(), &soon);
    assert!(err.contains("a duration such as `3 days`"), "{err}");
    // Time alone.
    let month = words("--from 2026-01-01 --until 2026-02-01");
    assert_eq!(ok(folder.path(), &[people, month].concat()), "");
}

/// The calls on the page of streams print what the page says; `…` stands for more of the same.
#[test]
fn the_page_of_streams_is_true() {
    let page =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/streams.md"))
            .unwrap();
    let folder = tempfile::tempdir().unwrap();
    for file in ["lifecycle.toml", "events.ndjson.gz"] {
        fs::copy(cdnow().join(file), folder.path().join(file)).unwrap();
    }
    let mut calls = 0;
    for block in page.split("```console\n").skip(1) {
        let (call, rest) = block.split_once('\n').unwrap();
        let expected = rest.split("```").next().unwrap();
        let out = ok(
            folder.path(),
            &words(call.strip_prefix("$ segue ").unwrap()),
        );
        match expected.strip_suffix("…\n") {
            Some(beginning) => assert!(
                out.starts_with(beginning) && out.len() > beginning.len(),
                "{call}\n{out}"
            ),
            None => assert_eq!(out, expected, "{call}"),
        }
        calls += 1;
    }
    assert_eq!(calls, 4);
}

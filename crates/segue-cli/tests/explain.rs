//! `segue explain` and `segue test`: why, and whether it is as expected.

#![allow(clippy::unwrap_used, reason = "a test that fails")]

mod common;

use common::{RULES, cdnow, folder, golden, ok, refused, run, words};
use std::fs;

/// The data of real customers.
const DATA: &str = "--profiles profiles.ndjson.gz --events events.ndjson.gz";

/// A call about one of them.
fn about<'a>(id: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let one = ["--now", "1998-07-01", "--id", id];
    [&["explain"], &words(DATA)[..], &one, more].concat()
}

#[test]
fn an_answer_is_explained() {
    let explain = |more: &[&str]| ok(&cdnow(), &about("07595", more));
    let text = explain(&["--expr", "purchase(amount > 10) within 300 days"]);
    assert!(
        text.starts_with("✗ 07595 is out at 1998-07-01T00:00:00Z"),
        "{text}"
    );
    assert!(
        text.contains("1997-01-29T00:00:00Z") && text.contains("218 days too old"),
        "{text}"
    );
    let both = explain(&["--rules", RULES, "--segment", "lost", "--expr", "purchase"]);
    assert!(
        both.contains("`lost` at 1998-07-01") && both.contains("✓ 07595 is in at"),
        "{both}"
    );
    let summary = explain(&["--rules", RULES, "--segment", "lost", "--format", "summary"]);
    assert!(
        summary.starts_with("07595 is in `lost` on 1998-07-01 at 00:00.")
            && summary.lines().count() == 1,
        "{summary}"
    );
}

#[test]
fn an_explanation_is_data_too() {
    let asked = words("--segment lost --format json --expr");
    let more = [&["--rules", RULES], &asked[..], &["count(purchase) > 7"]].concat();
    let out = ok(&cdnow(), &about("07595", &more));
    let lines: Vec<serde_json::Value> = out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(
        (&lines[0]["name"], &lines[0]["holds"], &lines[0]["profile"]),
        (&"lost".into(), &true.into(), &"07595".into())
    );
    assert_eq!(
        (&lines[1]["rule"], &lines[1]["holds"]),
        (&"count(purchase) > 7".into(), &false.into())
    );
}

#[test]
fn a_profile_that_is_not_there_is_told() {
    let none = refused(&cdnow(), &about("7595", &["--expr", "purchase"]));
    assert_eq!(
        none,
        "error: there is no profile `7595` in profiles.ndjson.gz\n"
    );
    let call = "explain --events events.ndjson.gz --now 1998-07-01 --expr purchase --id";
    let events = |id| [&words(call)[..], &[id]].concat();
    assert!(ok(&cdnow(), &events("07595")).starts_with("✓ 07595 is in"));
    assert_eq!(
        refused(&cdnow(), &events("x")),
        "error: there is no profile `x` in events.ndjson.gz\n"
    );
    let asked = "<--segment <NAME>|--expr <EXPR>|--trigger <NAME>|--journey <NAME>>";
    assert!(refused(&cdnow(), &about("07595", &[])).contains(asked));
    assert!(
        refused(&cdnow(), &about("07595", &["--expr", "purchse"]))
            .contains("did you mean `purchase`?")
    );
}

const SCENARIO: &str = r#"
rules = "rules.toml"
now = 1998-07-01T00:00:00Z
[profiles.a]
attributes = { in_sample = true }
events = ['purchase(amount = 10.00, quantity = 1) at 1997-02-03', 'purchase(amount = 10.00, quantity = 1) at 1997-03-03']
[segments]
lapsed_regular = ["a"]
active = []
"#;

#[test]
fn scenarios_run_beside_their_rules() {
    let rules = fs::read_to_string(RULES).unwrap();
    let unmet = SCENARIO.replace("active = []", "active = [\"a\"]");
    let unknown = SCENARIO.replace("active = []", "activ = []");
    let folder = folder(&[]);
    let inner = folder.path().join("scenarios");
    fs::create_dir(&inner).unwrap();
    for (name, text) in [
        ("rules.toml", &*rules),
        ("good.toml", SCENARIO),
        ("unmet.toml", &unmet),
        ("unknown.toml", &unknown),
    ] {
        fs::write(inner.join(name), text).unwrap();
    }
    let good = run(folder.path(), &["test", "scenarios/good.toml"]);
    assert_eq!(
        (good.code, good.out.as_str(), good.err.as_str()),
        (
            0,
            "✓ scenarios/good.toml: 2 expectations met\n",
            "1 scenario, 0 failed\n"
        )
    );
    let all = words("test scenarios/good.toml scenarios/unmet.toml scenarios/unknown.toml");
    let bad = run(folder.path(), &all);
    assert_eq!((bad.code, bad.err.as_str()), (1, "3 scenarios, 2 failed\n"));
    for part in [
        "✗ scenarios/unmet.toml: 1 of 2 expectations not met",
        "`a` in `active`: expected in, found out",
        "did you mean `active`?",
    ] {
        assert!(bad.out.contains(part), "{part}\n{}", bad.out);
    }
    let unmet = words("test scenarios/unmet.toml --format json");
    let json = run(folder.path(), &unmet);
    let report: serde_json::Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!(
        (
            json.code,
            &report["checked"],
            report["failures"].as_array().map(Vec::len)
        ),
        (1, &2.into(), Some(1))
    );
}

/// The rule file of a service has no schema: its structs are the schema.
#[test]
fn rules_without_a_schema_take_one_beside_them() {
    let scenario = "now = 2026-03-18\nrules = \"rules.toml\"\n[profiles.a]\nattributes = { age = 20 }\n[segments]\nadult = [\"a\"]\n";
    let folder = folder(&[
        ("rules.toml", "[segments]\nadult = \"age >= 18\"\n"),
        ("schema.toml", "[schema.attributes]\nage = \"int\"\n"),
        ("bare.toml", scenario),
        (
            "named.toml",
            &format!("schema = \"schema.toml\"\n{scenario}"),
        ),
    ]);
    ok(folder.path(), &["test", "named.toml"]);
    ok(
        folder.path(),
        &["test", "bare.toml", "--schema", "schema.toml"],
    );
    let error = refused(folder.path(), &["test", "bare.toml"]);
    assert!(error.contains("there is no attribute `age`"), "{error}");
}

#[test]
fn scenarios_that_cannot_be_read_are_told() {
    let folder = folder(&[
        ("a.toml", SCENARIO),
        ("b.yaml", "now: [\n"),
        ("c.json", "{\"nwo\":1}"),
        ("rules.toml", "[segments]\na = 'x >'\n"),
    ]);
    let broken = refused(folder.path(), &["test", "a.toml"]);
    assert!(
        broken.contains("--> rules.toml:2:8, segments.a"),
        "{broken}"
    );
    fs::remove_file(folder.path().join("rules.toml")).unwrap();
    let told = refused(folder.path(), &words("test a.toml b.yaml c.json d.toml"));
    for part in [
        "error: rules.toml: no such file\n",
        "error: b.yaml:",
        "error: c.json:1:2: unknown key `nwo`; did you mean `now`?",
        "error: d.toml: no such file\n",
    ] {
        assert!(told.contains(part), "{part}\n{told}");
    }
}

/// Every occasion with what was decided and why, the condition, and what comes next.
#[test]
fn what_a_trigger_did_is_told() {
    let explain = |more: &str| {
        let call =
            format!("explain {DATA} --rules lifecycle.toml --trigger winback --id 05883 {more}");
        ok(&cdnow(), &words(&call))
    };
    golden("trigger.txt", &explain("--now 1998-07-01"));
    let summary = explain("--now 1997-02-01 --format summary");
    assert!(summary.contains("It was never triggered."), "{summary}");
    assert!(
        summary.contains("✗ 1997-04-23T00:00:00.000001Z: no action: its guard did not hold"),
        "{summary}"
    );
    let json = explain("--now 1998-07-01 --format json");
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let told: Vec<&str> = json["decisions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|d| d["what"].as_str().unwrap())
        .collect();
    assert_eq!(told, ["held", "effect", "held", "effect"]);
    assert_eq!(
        (&json["stages"][0]["stage"], &json["condition"]["holds"]),
        (&"active".into(), &true.into())
    );
    // With the same files `segue simulate` gives the same effects.
    let call = format!(
        "simulate {DATA} --rules lifecycle.toml --until 1998-07-01 --only effect --summary none"
    );
    let all = ok(&cdnow(), &words(&call));
    let keys: Vec<serde_json::Value> = all
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
        .filter(|v| v["profile"] == "05883" && v["trigger"] == "winback")
        .map(|v| v["key"].clone())
        .collect();
    assert_eq!(
        keys,
        [
            json["decisions"][1]["key"].clone(),
            json["decisions"][3]["key"].clone()
        ]
    );
}

#[test]
fn every_reason_has_its_words() {
    let rules = r#"
        [schema.attributes]
        "consent.email" = "bool"
        [schema.events.purchased.properties]
        amount = "decimal(2)"
        [channels.email]
        consent = "consent.email"
        [messages.thanks]
        channel = "email"
        [messages.voucher]
        channel = "email"
        [[caps]]
        most = 1
        per = "day"
        [triggers.thanks]
        on = "purchased"
        when = "count(purchased) < 5"
        cooldown = "3 hours"
        do = [{ send = "thanks" }]
        [triggers.voucher]
        on = "purchased(amount > 100)"
        again = "once"
        held = "wait"
        wait_at_most = "1 hour"
        do = [{ send = "voucher" }]
        [triggers.large]
        on = "purchased as p"
        when = "p.amount > 500"
        do = [{ send = "voucher" }]
    "#;
    let bought = |at: &str, amount: u32| {
        format!(
            "{{\"profile\":7,\"kind\":\"purchased\",\"at\":\"2026-03-{at}:00Z\",\"props\":{{\"amount\":{amount}}}}}\n"
        )
    };
    let events = bought("02T10:00", 20)
        + "{\"profile\":7,\"at\":\"2026-03-03\",\"set\":{\"consent.email\":true}}\n"
        + &bought("03T10:00", 200)
        + &bought("03T11:00", 200)
        + &bought("03T15:00", 20)
        + &bought("04T15:00", 20);
    let folder = folder(&[("rules.toml", rules), ("events.ndjson", &events)]);
    let call = "explain --rules rules.toml --events events.ndjson --now 2026-03-10";
    let ask = |trigger: &str| {
        let call = format!("{call} --id 7 --trigger {trigger}");
        ok(folder.path(), &words(&call))
    };
    let thanks = ask("thanks");
    for words in [
        "from 2026-03-02T10:00:00Z to 2026-03-10T00:00:00Z: triggered 5 times",
        "`thanks` not sent: there is no consent for `email`\n      ✗ 7 is out",
        "✓ 2026-03-03T10:00:00Z: `thanks` sent through `email`",
        "no action: its cooldown ends at 2026-03-03T13:00:00Z",
        "`thanks` not sent: frequency cap 1 (at most 1 per day) is reached until 2026-03-04T00:00:00Z",
        "no action: its guard did not hold\n      ✗ 7 is out at 2026-03-04T15:00:00Z",
        "If no new data arrives, it does nothing more.",
    ] {
        assert!(thanks.contains(words), "{words}\n{thanks}");
    }
    let voucher = ask("voucher");
    for words in [
        "it would have to wait 14 hours, longer than 1 hour",
        "re-entry is not allowed",
    ] {
        assert!(voucher.contains(words), "{words}\n{voucher}");
    }
    let large = ask("large");
    let why = "p.amount > 500: p.amount is 200.00, 300.01 short";
    assert!(large.contains(why), "{why}\n{large}");
    let nobody = format!("{call} --id 8 --trigger thanks");
    let err = refused(folder.path(), &words(&nobody));
    assert_eq!(err, "error: there is no profile `8` in events.ndjson\n");
    let slip = format!("{call} --id 7 --trigger thank");
    let err = refused(folder.path(), &words(&slip));
    assert_eq!(
        err,
        "error: the rule file has no trigger `thank`; its triggers are thanks, voucher, large\n"
    );
}

#[test]
fn the_channels_among_which_there_was_a_choice_are_listed() {
    let rules = r#"
        [schema.attributes]
        "consent.sms" = "bool"
        [schema.events.purchased]
        [schema.events.clicked]
        subject = "channel"
        properties = { channel = "string" }
        [channels.email]
        cost = 0.002
        reacted = 'clicked("email")'
        [channels.sms]
        consent = "consent.sms"
        cost = 0.07
        reacted = 'clicked("sms")'
        [choice]
        within = "90 days"
        worth = 2
        [[caps]]
        most = 1
        per = "day"
        [messages.thanks]
        channels = ["email", "sms"]
        [triggers.thanks]
        on = "purchased"
        do = [{ send = "thanks" }]
    "#;
    let events = r#"
        {"profile":"7","kind":"clicked","at":"2026-03-01T10:00:00Z","props":{"channel":"email"}}
        {"profile":"7","kind":"purchased","at":"2026-03-02T10:00:00Z"}
        {"profile":"7","kind":"purchased","at":"2026-03-02T11:00:00Z"}
    "#;
    let events = events.replace("        ", "");
    let folder = folder(&[
        ("rules.toml", rules),
        ("events.ndjson", events.trim_start()),
    ]);
    let call = "explain --rules rules.toml --events events.ndjson --now 2026-03-10 --id 7 --trigger thanks";
    let text = ok(folder.path(), &words(call));
    let cap = "frequency cap 1 (at most 1 per day) is reached until 2026-03-03T00:00:00Z";
    let expected = format!(
        "\
  ✓ 2026-03-02T10:00:00Z: `thanks` sent through `email`
      → `email`: 1 reaction to 0 messages, cost 0.002, worth 0.198
      · `sms`: 0 reactions to 0 messages, cost 0.07, worth 0.03; not now: there is no consent for `sms`

2026-03-02T11:00:00Z: triggered by an event `purchased`
  ✗ 2026-03-02T11:00:00Z: `thanks` not sent: {cap}
      · `email`: 1 reaction to 1 message, cost 0.002, worth 0.188476; not now: {cap}
      · `sms`: 0 reactions to 0 messages, cost 0.07, worth 0.03; not now: there is no consent for `sms`
"
    );
    assert!(text.contains(&expected), "{text}");
}

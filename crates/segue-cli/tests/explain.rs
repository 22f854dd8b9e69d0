//! `segue explain` and `segue test`: why, and whether it is as expected.

#![allow(clippy::unwrap_used, reason = "a test that fails")]

mod common;

use common::{RULES, cdnow, folder, ok, refused, run};
use std::fs;

const ONE: &[&str] = &[
    "explain",
    "--profiles",
    "profiles.ndjson.gz",
    "--events",
    "events.ndjson.gz",
    "--now",
    "1998-07-01",
    "--id",
    "07595",
];

#[test]
fn an_answer_is_explained() {
    let text = ok(&cdnow(), &[ONE, &["--expr", "purchase(amount > 10) within 300 days"]].concat());
    assert!(text.starts_with("✗ 07595 is out at 1998-07-01T00:00:00Z"), "{text}");
    assert!(text.contains("1997-01-29T00:00:00Z") && text.contains("218 days too old"), "{text}");
    let both = ok(&cdnow(), &[ONE, &["--rules", RULES, "--segment", "lost", "--expr", "purchase"]].concat());
    assert!(both.contains("`lost` at 1998-07-01") && both.contains("✓ 07595 is in at"), "{both}");
    let summary = ok(&cdnow(), &[ONE, &["--rules", RULES, "--segment", "lost", "--format", "summary"]].concat());
    assert!(
        summary.starts_with("07595 is in `lost` on 1998-07-01 at 00:00.") && summary.lines().count() == 1,
        "{summary}"
    );
}

#[test]
fn an_explanation_is_data_too() {
    let args =
        [ONE, &["--rules", RULES, "--segment", "lost", "--expr", "count(purchase) > 7", "--format", "json"]].concat();
    let out = ok(&cdnow(), &args);
    let lines: Vec<serde_json::Value> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(
        (&lines[0]["name"], &lines[0]["holds"], &lines[0]["profile"]),
        (&"lost".into(), &true.into(), &"07595".into())
    );
    assert_eq!((&lines[1]["rule"], &lines[1]["holds"]), (&"count(purchase) > 7".into(), &false.into()));
}

#[test]
fn a_profile_that_is_not_there_is_told() {
    let none = refused(&cdnow(), &[&ONE[..ONE.len() - 1], &["7595", "--expr", "purchase"]].concat());
    assert_eq!(none, "error: there is no profile `7595` in profiles.ndjson.gz\n");
    let events = ["explain", "--events", "events.ndjson.gz", "--now", "1998-07-01", "--expr", "purchase", "--id"];
    assert!(ok(&cdnow(), &[&events[..], &["07595"]].concat()).starts_with("✓ 07595 is in"));
    assert_eq!(
        refused(&cdnow(), &[&events[..], &["x"]].concat()),
        "error: there is no profile `x` in events.ndjson.gz\n"
    );
    assert!(refused(&cdnow(), ONE).contains("<--segment <NAME>|--expr <EXPR>>"));
    assert!(refused(&cdnow(), &[ONE, &["--expr", "purchse"]].concat()).contains("did you mean `purchase`?"));
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
    for (name, text) in
        [("rules.toml", &*rules), ("good.toml", SCENARIO), ("unmet.toml", &unmet), ("unknown.toml", &unknown)]
    {
        fs::write(inner.join(name), text).unwrap();
    }
    let good = run(folder.path(), &["test", "scenarios/good.toml"]);
    assert_eq!(
        (good.code, good.out.as_str(), good.err.as_str()),
        (0, "✓ scenarios/good.toml: 2 expectations met\n", "1 scenario, 0 failed\n")
    );
    let bad = run(folder.path(), &["test", "scenarios/good.toml", "scenarios/unmet.toml", "scenarios/unknown.toml"]);
    assert_eq!((bad.code, bad.err.as_str()), (1, "3 scenarios, 2 failed\n"));
    for part in [
        "✗ scenarios/unmet.toml: 1 of 2 expectations not met",
        "`a` in `active`: expected in, found out",
        "did you mean `active`?",
    ] {
        assert!(bad.out.contains(part), "{part}\n{}", bad.out);
    }
    let json = run(folder.path(), &["test", "scenarios/unmet.toml", "--format", "json"]);
    let report: serde_json::Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!((json.code, &report["checked"], report["failures"].as_array().map(Vec::len)), (1, &2.into(), Some(1)));
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
    assert!(broken.contains("--> rules.toml:2, segments.a:1:3"), "{broken}");
    fs::remove_file(folder.path().join("rules.toml")).unwrap();
    let told = refused(folder.path(), &["test", "a.toml", "b.yaml", "c.json", "d.toml"]);
    for part in [
        "error: rules.toml: there is no such file\n",
        "error: b.yaml:",
        "error: c.json:1: unknown field `nwo`",
        "error: d.toml: there is no such file\n",
    ] {
        assert!(told.contains(part), "{part}\n{told}");
    }
}

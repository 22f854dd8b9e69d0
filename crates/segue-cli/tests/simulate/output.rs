//! What is written, where, and what is forgotten.

use crate::common::{folder, ok, refused, words};
use crate::{ANNA, CALL, SHOP, lines, purchase, said, shop};
use serde_json::Value;
use std::fs;
use std::path::Path;

#[test]
fn what_happened_before_is_known_but_not_told() {
    let events = purchase("anna", "2026-01-05T10:00:00Z")
        + "{\"profile\":\"anna\",\"at\":\"2026-01-06\",\"set\":{\"consent\":{\"email\":true}}}\n"
        + &purchase("ben", "2026-01-20T10:00:00Z");
    let folder = shop(&events);
    let said = |more: &str| {
        let call = format!("{CALL} --summary none {more}");
        said(folder.path(), &words(&call))
    };
    let all = said("--until 2026-03-01");
    assert_eq!(
        all,
        [
            "2026-01-05T10:00:00Z anna moved active",
            "2026-01-20T10:00:00Z ben moved active",
            "2026-02-04T10:00:00.000001Z anna moved lost",
            "2026-02-04T10:00:00.000001Z anna effect winback",
            "2026-02-19T10:00:00.000001Z ben moved lost",
            "2026-02-19T10:00:00.000001Z ben held no_consent",
        ]
    );
    assert_eq!(said("--from 2026-01-10 --until 2026-03-01"), all[1..]);
    let segments = said("--only left,entered --until 2026-02-05");
    assert_eq!(
        segments,
        [
            "2026-01-05T10:00:00Z anna entered recent",
            "2026-01-20T10:00:00Z ben entered recent",
            "2026-02-04T10:00:00.000001Z anna left recent",
        ]
    );
    let dates = "--from 2026-01-10 --until 2026-03-01";
    let call = format!("{CALL} {dates} --output out.ndjson --summary json");
    let summary: Value = serde_json::from_str(&ok(folder.path(), &words(&call))).unwrap();
    assert_eq!(summary["lifecycles"][0]["start"][0]["stock"], 1);
    assert_eq!(
        (&summary["events"]["past"], &summary["events"]["taken"]),
        (&2.into(), &1.into())
    );
    assert_eq!(
        fs::read_to_string(folder.path().join("out.ndjson"))
            .unwrap()
            .lines()
            .count(),
        5
    );
}

#[test]
fn effects_say_why_if_asked() {
    let events = purchase("anna", "2026-01-05T10:00:00Z");
    let folder = folder(&[
        ("rules.toml", SHOP),
        ("events.ndjson", &events),
        ("profiles.ndjson", ANNA),
    ]);
    let call = format!("{CALL} --profiles profiles.ndjson --until 2026-03-01 --only effect");
    let plain = lines(&ok(folder.path(), &words(&call)));
    assert!(plain.len() == 1 && plain[0]["why"].is_null());
    let explained = format!("{call} --explain");
    let why = lines(&ok(folder.path(), &words(&explained)));
    assert_eq!(why[0]["why"]["holds"], true, "{}", why[0]);
}

/// What was sent is remembered as long as a cap can see it, and no longer.
#[test]
fn what_no_cap_can_see_is_forgotten() {
    let rules = SHOP.to_owned()
        + r#"
        [messages.thanks]
        channel = "email"
        [triggers.thanks]
        on = "purchased"
        do = [{ send = "thanks" }]
        [[caps]]
        most = 5
        within = "3 days"
        "#;
    let events: String = (1..=28)
        .map(|day| purchase("anna", &format!("2026-01-{day:02}T10:00:00Z")))
        .collect();
    let folder = folder(&[
        ("rules.toml", &rules),
        ("events.ndjson", &events),
        ("profiles.ndjson", ANNA),
    ]);
    let call = format!("{CALL} --profiles profiles.ndjson --save state.json --only effect");
    let out = ok(folder.path(), &words(&call));
    assert_eq!(out.lines().count(), 28);
    let state: Value =
        serde_json::from_str(&fs::read_to_string(folder.path().join("state.json")).unwrap())
            .unwrap();
    let sent = state["state"]["profiles"][0]["triggers"]["deliveries"]["sent"]
        .as_array()
        .unwrap()
        .len();
    assert_eq!(sent, 4, "the last three days and the message itself");
}

/// What stood in the file before stays there until the run is through.
#[test]
fn what_happened_is_kept_whole_or_not_at_all() {
    let events =
        purchase("anna", "2026-01-05T10:00:00Z") + &purchase("bruno", "2026-01-06T10:00:00Z");
    let broken =
        format!("{events}{{\"profile\":\"carla\",\"kind\":\"purchased\",\"at\":\"yesterday\"}}\n");
    let folder = folder(&[
        ("rules.toml", SHOP),
        ("good.ndjson", &events),
        ("broken.ndjson", &broken),
    ]);
    let call = |events| format!("simulate --rules rules.toml --events {events}.ndjson");
    let good = call("good") + " --output out.ndjson --summary none";
    let broken = call("broken") + " --output out.ndjson";
    let files = || {
        let mut names: Vec<_> = fs::read_dir(folder.path())
            .unwrap()
            .map(|f| f.unwrap().file_name())
            .collect();
        names.sort();
        names
    };
    let before = files();
    let error = refused(folder.path(), &words(&broken));
    assert!(error.contains("broken.ndjson:3"), "{error}");
    assert_eq!(files(), before);
    ok(folder.path(), &words(&good));
    let written = || fs::read_to_string(folder.path().join("out.ndjson")).unwrap();
    let whole = written();
    assert_eq!(
        lines(&whole).iter().filter(|v| v["to"] == "active").count(),
        2,
        "{whole}"
    );
    refused(folder.path(), &words(&broken));
    assert_eq!(written(), whole);
    // What is no ordinary file is written as it comes.
    if Path::new("/dev/null").exists() {
        let call = call("good") + " --output /dev/null --summary none";
        ok(folder.path(), &words(&call));
    }
}

/// Files of the user's that happen to stand beside are no business of a run, whatever they are called.
/// Whoever goes on from a state needs the output up to it, and whoever has the output the state.
#[test]
fn output_and_state_are_put_in_their_places_together() {
    let folder = shop(&purchase("anna", "2026-01-05T10:00:00Z"));
    let call = format!("{CALL} --summary none --output out.ndjson --save nowhere/state.json");
    let error = refused(folder.path(), &words(&call));
    assert!(
        error.starts_with("error: nowhere/state.json: cannot be written"),
        "{error}"
    );
    assert!(!folder.path().join("out.ndjson").exists());
    ok(folder.path(), &words(&call.replace("nowhere/", "")));
    assert!(folder.path().join("out.ndjson").exists() && folder.path().join("state.json").exists());
    let hidden = fs::read_dir(folder.path()).unwrap();
    let hidden = hidden.filter(|entry| {
        entry
            .as_ref()
            .unwrap()
            .file_name()
            .to_string_lossy()
            .starts_with('.')
    });
    assert_eq!(hidden.count(), 0);
}

#[test]
fn nothing_beside_the_output_is_touched() {
    let events = purchase("anna", "2026-01-05T10:00:00Z");
    let folder = folder(&[
        ("rules.toml", SHOP),
        ("events.ndjson", &events),
        ("out.ndjson.segue-new", "mine"),
    ]);
    fs::write(folder.path().join("plain"), "").unwrap();
    let call = format!("{CALL} --summary none --output out.ndjson --save state.json");
    ok(folder.path(), &words(&call));
    let text = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
    assert_eq!(text("out.ndjson.segue-new"), "mine");
    assert!(text("out.ndjson").contains("anna") && text("state.json").contains("anna"));
    let rights = |name: &str| {
        fs::metadata(folder.path().join(name))
            .unwrap()
            .permissions()
    };
    assert_eq!(
        rights("out.ndjson"),
        rights("plain"),
        "a new file may be read by whom the user lets read new files"
    );
}

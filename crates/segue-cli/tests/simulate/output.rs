//! What is written, where, and what is forgotten.

use crate::common::{folder, ok, refused, run, words};
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
    let sent = state["content"]["profiles"][0]["triggers"]["deliveries"]["sent"]
        .as_array()
        .unwrap()
        .len();
    assert_eq!(sent, 3, "the last three days, with the message itself");
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

/// A state of another program's making, or one that was altered, is not gone on from.
#[test]
fn a_state_that_was_altered_is_an_error() {
    let events = purchase("anna", "2026-01-05T10:00:00Z");
    let folder = shop(&events);
    let call = format!("{CALL} --summary none --output out.ndjson --save state.json");
    ok(folder.path(), &words(&call));
    let state = fs::read_to_string(folder.path().join("state.json")).unwrap();
    let restore = words(
        "simulate --rules rules.toml --restore state.json --until 2026-03-01 --only moved --summary none",
    );
    assert_eq!(ok(folder.path(), &restore).lines().count(), 1);
    let said = |text: &str| {
        fs::write(folder.path().join("state.json"), text).unwrap();
        refused(folder.path(), &restore)
    };
    for altered in [
        state.replace("anna", "anne"),
        state.replace("active", "activ"),
    ] {
        let error = said(&altered);
        assert!(
            error.starts_with("error: state.json: the state was altered"),
            "{error}"
        );
    }
    let error = said(&state.replace("\"version\":1,\"content\"", "\"version\":2,\"content\""));
    assert!(
        error.contains("`segue state` of version 2, and not"),
        "{error}"
    );
    let half = state.get(..state.len() / 2).unwrap();
    let error = said(half);
    assert!(
        error.contains("this is not a state written by `--save`"),
        "{error}"
    );
    // Where a run goes on is not to be chosen.
    fs::write(folder.path().join("state.json"), &state).unwrap();
    let error = refused(
        folder.path(),
        &[&restore[..], &["--from", "2026-02-01"]].concat(),
    );
    let why = "error: `--from` says where a run begins, and one that goes on from `--restore` begins where that was saved, \
               after 2026-01-05T10:00:00Z";
    assert!(error.starts_with(why), "{error}");
}

/// Between two runs the rules are edited, and the schema grows.
#[test]
fn a_run_goes_on_under_other_rules_and_says_what_they_change() {
    let folder = shop(&purchase("anna", "2026-01-05T10:00:00Z"));
    let call = format!("{CALL} --until 2026-01-20 --summary none --save state.json");
    ok(folder.path(), &words(&call));
    let edited = SHOP
        .replace(
            "recent = \"purchased within 30 days\"",
            "recent = \"purchased within 7 days\"\nbuyer = \"purchased\"",
        )
        .replace("amount = ", "account = \"string\"\namount = ")
        + "[triggers.missed]\non = \"leave segment recent\"\ndo = [{ call = \"crm.task\" }]\n";
    fs::write(folder.path().join("rules.toml"), edited).unwrap();
    let restore = words(
        "simulate --rules rules.toml --restore state.json --until 2026-01-21 --summary none --only entered,left",
    );
    let ran = run(folder.path(), &restore);
    let told: Vec<(String, Value)> = lines(&ran.out)
        .into_iter()
        .map(|line| {
            (
                line["what"].as_str().unwrap().to_owned(),
                line["cause"].clone(),
            )
        })
        .collect();
    let rules = Value::from("rules");
    assert_eq!(
        told,
        [
            ("entered".to_owned(), rules.clone()),
            ("left".to_owned(), rules)
        ]
    );
    assert_eq!(
        ran.err.trim(),
        "note: the rules have changed: `missed` does not fire for that; it would have once"
    );
}

/// A run that is interrupted leaves nothing beside its output.
#[cfg(unix)]
#[test]
fn an_interrupted_run_leaves_no_files() {
    use std::process::{Command, Stdio};
    let folder = shop("");
    let mut run = Command::new(assert_cmd::cargo::cargo_bin("segue"))
        .current_dir(folder.path())
        .args(words(
            "simulate --rules rules.toml --events - --output out.ndjson --summary none",
        ))
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    // As long as this is open, there may be more events.
    let events = run.stdin.take();
    let hidden = || {
        let names = fs::read_dir(folder.path()).unwrap();
        let names = names.map(|entry| entry.unwrap().file_name());
        names
            .filter(|name| name.to_string_lossy().starts_with('.'))
            .count()
    };
    while hidden() == 0 {
        assert_eq!(run.try_wait().unwrap(), None, "it waits for events");
        std::thread::yield_now();
    }
    let kill = Command::new("kill")
        .args(["-INT", &run.id().to_string()])
        .status();
    assert!(kill.unwrap().success());
    assert_eq!(run.wait().unwrap().code(), Some(130));
    drop(events);
    assert_eq!(hidden(), 0);
    assert!(!folder.path().join("out.ndjson").exists());
}

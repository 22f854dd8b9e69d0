//! What is written, where, and what is forgotten.

use crate::common::{folder, ok, refused};
use crate::{SHOP, lines, purchase, said};
use serde_json::Value;
use std::fs;
use std::path::Path;

#[test]
fn what_happened_before_is_known_but_not_told() {
    let events = purchase("anna", "2026-01-05T10:00:00Z")
        + "{\"profile\":\"anna\",\"at\":\"2026-01-06\",\"set\":{\"consent\":{\"email\":true}}}\n"
        + &purchase("ben", "2026-01-20T10:00:00Z");
    let folder = folder(&[("rules.toml", SHOP), ("events.ndjson", &events)]);
    let args = [
        "simulate",
        "--rules",
        "rules.toml",
        "--events",
        "events.ndjson",
        "--summary",
        "none",
    ];
    let all = said(
        folder.path(),
        &[&args[..], &["--until", "2026-03-01"]].concat(),
    );
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
    let later = said(
        folder.path(),
        &[
            &args[..],
            &["--from", "2026-01-10", "--until", "2026-03-01"],
        ]
        .concat(),
    );
    assert_eq!(later, all[1..]);
    let segments = said(
        folder.path(),
        &[
            &args[..],
            &["--only", "left,entered", "--until", "2026-02-05"],
        ]
        .concat(),
    );
    assert_eq!(
        segments,
        [
            "2026-01-05T10:00:00Z anna entered recent",
            "2026-01-20T10:00:00Z ben entered recent",
            "2026-02-04T10:00:00.000001Z anna left recent",
        ]
    );
    let json = ok(
        folder.path(),
        &[
            &args[..5],
            &[
                "--from",
                "2026-01-10",
                "--until",
                "2026-03-01",
                "--output",
                "out.ndjson",
                "--summary",
                "json",
            ],
        ]
        .concat(),
    );
    let summary: Value = serde_json::from_str(&json).unwrap();
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
    let profiles = "{\"id\":\"anna\",\"consent.email\":true}\n";
    let folder = folder(&[
        ("rules.toml", SHOP),
        ("events.ndjson", &events),
        ("profiles.ndjson", profiles),
    ]);
    let args = [
        "simulate",
        "--rules",
        "rules.toml",
        "--events",
        "events.ndjson",
        "--profiles",
        "profiles.ndjson",
    ];
    let args = [&args[..], &["--until", "2026-03-01", "--only", "effect"]].concat();
    let plain = lines(&ok(folder.path(), &args));
    assert!(plain.len() == 1 && plain[0]["why"].is_null());
    let why = lines(&ok(folder.path(), &[&args[..], &["--explain"]].concat()));
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
    let profiles = "{\"id\":\"anna\",\"consent.email\":true}\n";
    let folder = folder(&[
        ("rules.toml", &rules),
        ("events.ndjson", &events),
        ("profiles.ndjson", profiles),
    ]);
    let args = [
        "simulate",
        "--rules",
        "rules.toml",
        "--events",
        "events.ndjson",
        "--profiles",
        "profiles.ndjson",
    ];
    let out = ok(
        folder.path(),
        &[&args[..], &["--save", "state.json", "--only", "effect"]].concat(),
    );
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
    let args = |events| {
        [
            "simulate",
            "--rules",
            "rules.toml",
            "--events",
            events,
            "--output",
            "out.ndjson",
        ]
    };
    let files = || {
        let mut names: Vec<_> = fs::read_dir(folder.path())
            .unwrap()
            .map(|f| f.unwrap().file_name())
            .collect();
        names.sort();
        names
    };
    let before = files();
    let error = refused(folder.path(), &args("broken.ndjson"));
    assert!(error.contains("broken.ndjson:3"), "{error}");
    assert_eq!(files(), before);
    let summary = [&args("good.ndjson")[..], &["--summary", "none"]].concat();
    ok(folder.path(), &summary);
    let written = || fs::read_to_string(folder.path().join("out.ndjson")).unwrap();
    let whole = written();
    assert_eq!(
        lines(&whole).iter().filter(|v| v["to"] == "active").count(),
        2,
        "{whole}"
    );
    refused(folder.path(), &args("broken.ndjson"));
    assert_eq!(written(), whole);
    // What is no ordinary file is written as it comes.
    if Path::new("/dev/null").exists() {
        let args = [
            "simulate",
            "--rules",
            "rules.toml",
            "--events",
            "good.ndjson",
            "--output",
            "/dev/null",
        ];
        ok(folder.path(), &[&args[..], &["--summary", "none"]].concat());
    }
}

/// Files of the user's that happen to stand beside are no business of a run, whatever they are called.
#[test]
fn nothing_beside_the_output_is_touched() {
    let events = purchase("anna", "2026-01-05T10:00:00Z");
    let folder = folder(&[
        ("rules.toml", SHOP),
        ("events.ndjson", &events),
        ("out.ndjson.segue-new", "mine"),
    ]);
    fs::write(folder.path().join("plain"), "").unwrap();
    let args = [
        "simulate",
        "--rules",
        "rules.toml",
        "--events",
        "events.ndjson",
        "--summary",
        "none",
    ];
    ok(
        folder.path(),
        &[
            &args[..],
            &["--output", "out.ndjson", "--save", "state.json"],
        ]
        .concat(),
    );
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

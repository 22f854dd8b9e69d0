//! `segue simulate`: events and time run through the rules.

#![allow(clippy::unwrap_used, reason = "a test that fails")]

mod common;

use common::{cdnow, folder, golden, ok, packed, refused, run, unpacked};
use serde_json::Value;
use std::fs;
use std::path::Path;

const CDNOW: &[&str] = &[
    "simulate",
    "--rules",
    "lifecycle.toml",
    "--profiles",
    "profiles.ndjson.gz",
    "--events",
    "events.ndjson.gz",
];

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

fn purchase(customer: &str, at: &str) -> String {
    format!(
        "{{\"profile\":\"{customer}\",\"kind\":\"purchased\",\"at\":\"{at}\",\"props\":{{\"amount\":19.90}}}}\n"
    )
}

/// What happened, as (instant, profile, what, the rest).
fn lines(out: &str) -> Vec<Value> {
    out.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

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

/// A year and a half of real customers: at the end of every month each stage has as many members as `segue eval` finds
/// for the same condition.
#[test]
fn stages_have_the_members_that_eval_finds() {
    let scratch = tempfile::tempdir().unwrap();
    let output = scratch
        .path()
        .join("out.ndjson")
        .to_string_lossy()
        .into_owned();
    let end = "1998-06-30T23:59:59.999999Z";
    let summary = ok(
        &cdnow(),
        &[
            CDNOW,
            &["--until", end, "--summary", "json", "--output", &output],
        ]
        .concat(),
    );
    let summary: Value = serde_json::from_str(&summary).unwrap();
    assert_eq!(
        (&summary["events"]["taken"], &summary["profiles"]),
        (&18224.into(), &6041.into())
    );
    let months = summary["lifecycles"][0]["periods"].as_array().unwrap();
    assert_eq!(months.len(), 18);
    for (at, month) in months.iter().enumerate() {
        let next = months
            .get(at + 1)
            .map_or("1998-07-01T00:00:00Z", |m| m["from"].as_str().unwrap());
        let now = segue::Instant::from_micros(next.parse::<segue::Instant>().unwrap().micros() - 1)
            .to_string();
        let asked = [
            "--segment",
            "active",
            "--segment",
            "sleeping",
            "--segment",
            "lost",
            "--format",
            "count",
            "--now",
            &now,
        ];
        let found = ok(&cdnow(), &[&["eval"], &CDNOW[1..], &asked].concat());
        let stock = |place: usize| {
            (
                month["stages"][place]["stage"].as_str().unwrap(),
                month["stages"][place]["stock"].as_u64().unwrap(),
            )
        };
        let told: String = (0..3)
            .map(|i| format!("{}\t{}\n", stock(i).0, stock(i).1))
            .collect();
        assert_eq!(told, found, "at {now}");
    }
    // Effects: nothing in quiet hours, nobody twice in half a year.
    let told = lines(&fs::read_to_string(&output).unwrap());
    let sent: Vec<&Value> = told.iter().filter(|v| v["do"] == "send").collect();
    assert!(sent.len() > 1000);
    // Until eight, or until a cap's hundred and eighty days after an eight o'clock are over, which takes a microsecond more.
    let at_eight = |v: &&Value| {
        v["at"]
            .as_str()
            .unwrap()
            .split_once('T')
            .unwrap()
            .1
            .starts_with("08:00:00")
    };
    assert!(sent.iter().all(at_eight), "everybody waits until eight");
    let mut keys: Vec<&str> = told.iter().filter_map(|v| v["key"].as_str()).collect();
    let all = keys.len();
    keys.sort_unstable();
    keys.dedup();
    assert_eq!(keys.len(), all, "no key comes twice");
}

#[test]
fn the_summary_is_a_page() {
    let ran = run(
        &cdnow(),
        &[CDNOW, &["--until", "1998-07-01", "--only", "entered"]].concat(),
    );
    assert_eq!(ran.code, 0, "{}", ran.err);
    golden("cdnow-summary.txt", &ran.err);
}

#[test]
fn two_runs_are_the_same_and_a_run_may_be_cut_in_two() {
    let scratch = tempfile::tempdir().unwrap();
    let path = |name: &str| scratch.path().join(name).to_string_lossy().into_owned();
    let state = path("state.json");
    let quiet = [
        "--only",
        "entered,left,moved,effect,held",
        "--summary",
        "none",
    ];
    let whole = ok(
        &cdnow(),
        &[CDNOW, &quiet, &["--until", "1998-07-01"]].concat(),
    );
    assert_eq!(
        whole,
        ok(
            &cdnow(),
            &[CDNOW, &quiet, &["--until", "1998-07-01"]].concat()
        )
    );
    let first = ok(
        &cdnow(),
        &[CDNOW, &quiet, &["--until", "1997-10-04", "--save", &state]].concat(),
    );
    let rest: String = unpacked(&cdnow().join("events.ndjson.gz"))
        .lines()
        .filter(|line| {
            serde_json::from_str::<Value>(line).unwrap()["at"]
                .as_str()
                .unwrap()
                > "1997-10-04T00:00:00Z"
        })
        .map(|line| format!("{line}\n"))
        .collect();
    fs::write(path("rest.ndjson.gz"), packed(&rest)).unwrap();
    let rest = path("rest.ndjson.gz");
    let on = [
        "simulate",
        "--rules",
        "lifecycle.toml",
        "--events",
        &rest,
        "--restore",
        &state,
        "--until",
        "1998-07-01",
    ];
    let second = ok(&cdnow(), &[&on[..], &quiet].concat());
    assert!(!first.is_empty() && !second.is_empty());
    // What was there already changes nothing.
    let again = [
        "simulate",
        "--rules",
        "lifecycle.toml",
        "--events",
        "events.ndjson.gz",
        "--restore",
        &state,
    ];
    assert!(
        second
            == ok(
                &cdnow(),
                &[&again[..], &["--until", "1998-07-01"], &quiet].concat()
            )
    );
    assert!(whole == first + &second);
}

fn lines_without_cause(text: &str) -> Vec<String> {
    let without = |mut line: Value| {
        line.as_object_mut().unwrap().remove("cause");
        line.to_string()
    };
    lines(text).into_iter().map(without).collect()
}

/// Every fourth purchase is heard of two weeks late: in the end everybody stands where they stand without that.
#[test]
fn late_events_end_in_the_same_stages() {
    let events = unpacked(&cdnow().join("events.ndjson.gz"));
    let day = |line: &str| {
        let at = line
            .split("\"at\":\"")
            .nth(1)
            .unwrap()
            .split('"')
            .next()
            .unwrap();
        at.parse::<segue::Instant>().unwrap().micros()
    };
    let mut delayed: Vec<(i64, &str)> = (events.lines().enumerate())
        .map(|(place, line)| {
            (
                day(line)
                    + if place % 4 == 0 {
                        14 * 86_400_000_000
                    } else {
                        0
                    },
                line,
            )
        })
        .collect();
    delayed.sort();
    let folder = tempfile::tempdir().unwrap();
    let late: String = delayed
        .iter()
        .map(|(_, line)| format!("{line}\n"))
        .collect();
    fs::write(folder.path().join("late.ndjson"), late).unwrap();
    let late = folder
        .path()
        .join("late.ndjson")
        .to_string_lossy()
        .into_owned();
    let out = folder
        .path()
        .join("out.ndjson")
        .to_string_lossy()
        .into_owned();
    let summary = |events: &[&str]| {
        let args = [
            "simulate",
            "--rules",
            "lifecycle.toml",
            "--from",
            "1997-01-01",
            "--until",
            "1998-07-15",
        ];
        let json = ok(
            &cdnow(),
            &[&args[..], events, &["--summary", "json", "--output", &out]].concat(),
        );
        serde_json::from_str::<Value>(&json).unwrap()
    };
    let stock = |summary: &Value| -> Vec<u64> {
        let last = summary["lifecycles"][0]["periods"]
            .as_array()
            .unwrap()
            .last()
            .unwrap()
            .clone();
        last["stages"]
            .as_array()
            .unwrap()
            .iter()
            .map(|s| s["stock"].as_u64().unwrap())
            .collect()
    };
    let in_time = summary(&["--events", "events.ndjson.gz"]);
    let told_in_time = fs::read_to_string(&out).unwrap();
    let late_ones = summary(&["--events", &late, "--lateness", "14 days"]);
    assert!(
        late_ones["events"]["late"].as_u64().unwrap() > 3000,
        "{}",
        late_ones["events"]
    );
    assert_eq!(stock(&late_ones), stock(&in_time));
    // Put in order first, they are told as if they had never been late.
    let sorted = summary(&["--events", &late, "--sort"]);
    assert_eq!(sorted["lifecycles"], in_time["lifecycles"]);
    // Which of two purchases of one day comes first is for the files to say.
    let ordered = |text: &str| {
        let mut told = lines_without_cause(text);
        told.sort();
        told
    };
    assert!(ordered(&fs::read_to_string(&out).unwrap()) == ordered(&told_in_time));
}

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

#[test]
fn lines_out_of_order_are_refused_allowed_for_or_sorted() {
    let events = purchase("anna", "2026-01-05T10:00:00Z")
        + &purchase("ben", "2026-01-20T10:00:00Z")
        + &purchase("cleo", "2026-01-18T10:00:00Z");
    let folder = folder(&[("rules.toml", SHOP), ("events.ndjson", &events)]);
    let args = [
        "simulate",
        "--rules",
        "rules.toml",
        "--events",
        "events.ndjson",
        "--summary",
        "json",
        "--only",
        "moved",
    ];
    let ran = run(folder.path(), &args);
    assert_eq!(ran.code, 2);
    assert_eq!(
        ran.err,
        "error: events.ndjson:3: `at`: 2026-01-18T10:00:00Z is 2 days before a line that came earlier \
         (2026-01-20T10:00:00Z); sort the lines by `at`, allow for it with `--lateness \"2 days\"`, or use `--sort`\n"
    );
    let receipts = |more: &[&str]| {
        let ran = run(folder.path(), &[&args[..], more].concat());
        assert_eq!(ran.code, 0, "{}", ran.err);
        let json: Value = serde_json::from_str(ran.err.lines().last().unwrap()).unwrap();
        let of = |what: &str| json["events"][what].as_u64().unwrap();
        (
            of("taken"),
            of("late"),
            of("too_late"),
            ran.out.lines().count(),
        )
    };
    assert_eq!(receipts(&["--lateness", "2 days"]), (2, 1, 0, 3));
    assert_eq!(receipts(&["--sort"]), (3, 0, 0, 3));
    assert_eq!(receipts(&["--on-error", "skip"]), (2, 0, 1, 2));
}

/// What is older than the run allows for changes nothing, whether it is an event or a change of attributes.
#[test]
fn changes_that_come_too_late_are_counted_and_left_out() {
    let plan = |plan: &str, at: &str| {
        format!("{{\"profile\":\"anna\",\"at\":\"{at}\",\"set\":{{\"plan\":\"{plan}\"}}}}\n")
    };
    let january = plan("pro", "2026-01-10T10:00:00Z") + &purchase("anna", "2026-01-20T10:00:00Z");
    let february = plan("free", "2026-01-05T10:00:00Z") + &purchase("anna", "2026-02-01T10:00:00Z");
    let rules = SHOP.replace("[segments]", "[segments]\npaying = \"plan = pro\"");
    let folder = folder(&[
        ("rules.toml", &rules),
        ("january.ndjson", &january),
        ("february.ndjson", &february),
    ]);
    let args = [
        "simulate",
        "--rules",
        "rules.toml",
        "--only",
        "entered,left",
        "--summary",
        "json",
    ];
    ok(
        folder.path(),
        &[
            &args[..],
            &["--events", "january.ndjson", "--save", "state.json"],
        ]
        .concat(),
    );
    let on = |more: &[&str]| {
        let on = ["--restore", "state.json", "--events", "february.ndjson"];
        let ran = run(folder.path(), &[&args[..], &on, more].concat());
        assert_eq!(ran.code, 0, "{}", ran.err);
        let json: Value = serde_json::from_str(ran.err.lines().last().unwrap()).unwrap();
        let counts = ["late", "too_late"].map(|what| json["events"][what].as_u64().unwrap());
        let left = lines(&ran.out)
            .iter()
            .filter(|v| v["what"] == "left" && v["segment"] == "paying")
            .count();
        (counts, json["changes"].as_u64().unwrap(), left, ran.err)
    };
    let (counts, changes, left, err) = on(&[]);
    assert_eq!((counts, changes, left), ([0, 1], 0, 0), "{err}");
    assert!(
        err.starts_with("note: 1 line too late and ignored (see `--lateness`)\n"),
        "{err}"
    );
    // Where there is time for it, it is the latest that is known.
    let (counts, changes, left, err) = on(&["--lateness", "20 days"]);
    assert_eq!((counts, changes, left), ([1, 0], 0, 1), "{err}");
}

#[test]
fn lines_give_tags_and_take_them_away() {
    let rules = "[schema.events.purchased]\n[segments]\nwinback = 'tagged \"winback\"'\nkeen = 'tagged \"interest\"'\n";
    let line = |day: u8, change: &str| {
        format!("{{\"profile\":\"anna\",\"at\":\"2026-01-0{day}T10:00:00Z\",{change}}}\n")
    };
    let events = line(1, "\"tag\":\"interest/tv\"")
        + &line(2, "\"tag\":[\"winback/2026\"],\"untag\":\"interest/tv\"")
        + &line(3, "\"untag\":[\"winback/2026\"]");
    let folder = folder(&[("rules.toml", rules), ("events.ndjson", &events)]);
    let args = [
        "simulate",
        "--rules",
        "rules.toml",
        "--events",
        "events.ndjson",
        "--only",
        "entered,left",
    ];
    let told = |more: &[&str]| {
        let told = lines(&ok(folder.path(), &[&args[..], more].concat()));
        let one = |json: &Value| {
            format!(
                "{} {} {}",
                &json["at"].as_str().unwrap()[..10],
                json["what"],
                json["segment"]
            )
        };
        told.iter()
            .map(one)
            .collect::<Vec<_>>()
            .join("\n")
            .replace('"', "")
    };
    let rest = "2026-01-02 left keen\n2026-01-02 entered winback\n2026-01-03 left winback";
    assert_eq!(told(&[]), format!("2026-01-01 entered keen\n{rest}"));
    // What was given before the run begins is known.
    assert_eq!(told(&["--from", "2026-01-02"]), rest);
    let wrong = line(4, "\"tag\":\"interest//tv\"");
    fs::write(folder.path().join("events.ndjson"), wrong).unwrap();
    let said = "error: events.ndjson:1: `tag`: `interest//tv` is not a tag path; write it as \"interest/tv\"\n";
    assert_eq!(run(folder.path(), &args).err, said);
}

#[test]
fn a_line_from_a_clock_that_is_wrong_is_refused_where_that_is_asked_for() {
    let events = purchase("anna", "2026-01-05T10:00:00Z")
        + &purchase("ben", "2099-01-20T10:00:00Z")
        + &purchase("cleo", "2026-01-06T10:00:00Z");
    let folder = folder(&[("rules.toml", SHOP), ("events.ndjson", &events)]);
    let args = [
        "simulate",
        "--rules",
        "rules.toml",
        "--events",
        "events.ndjson",
        "--summary",
        "json",
        "--only",
        "moved",
    ];
    let led = |more: &[&str]| {
        run(
            folder.path(),
            &[&args[..], &["--lead", "2 days"], more].concat(),
        )
    };
    let ran = led(&[]);
    assert_eq!(ran.code, 2);
    let line = "error: events.ndjson:2: `at`: 2099-01-20T10:00:00Z is 26678 days after what came before it \
                (2026-01-05T10:00:00Z), more than `--lead` allows;";
    assert!(ran.err.starts_with(line), "{}", ran.err);
    for more in [["--on-error", "skip"].as_slice(), &["--sort"]] {
        let ran = led(more);
        assert_eq!(ran.code, 0, "{}", ran.err);
        let json: Value = serde_json::from_str(ran.err.lines().last().unwrap()).unwrap();
        let of = |what: &str| json["events"][what].as_u64().unwrap();
        assert_eq!(
            (of("taken"), of("too_late"), of("too_early")),
            (2, 0, 1),
            "{more:?}"
        );
        assert_eq!(json["until"], "2026-01-06T10:00:00Z");
    }
    // Where the run begins after it.
    let ran = led(&["--from", "2026-01-05", "--on-error", "skip"]);
    let json: Value = serde_json::from_str(ran.err.lines().last().unwrap()).unwrap();
    assert_eq!(
        (&json["events"]["taken"], &json["events"]["too_early"]),
        (&2.into(), &1.into())
    );
}

#[test]
fn a_wrong_line_is_named() {
    let rules = ("rules.toml", SHOP);
    let wrong = |line: &str| {
        let events = purchase("anna", "2026-01-05T10:00:00Z") + line + "\n";
        let folder = folder(&[rules, ("events.ndjson", &events)]);
        let ran = run(
            folder.path(),
            &[
                "simulate",
                "--rules",
                "rules.toml",
                "--events",
                "events.ndjson",
            ],
        );
        assert_eq!(ran.code, 2, "{line}");
        ran.err.trim().to_owned()
    };
    let plan = wrong(r#"{"profile":"17","at":"2026-01-06","set":{"plan":"gold"}}"#);
    assert!(
        plan.starts_with("error: events.ndjson:2: `set.plan`: ") && plan.contains("gold"),
        "{plan}"
    );
    assert_eq!(
        wrong(r#"{"profile":"17","at":"2026-01-06","set":{"plam":"pro"}}"#),
        "error: events.ndjson:2: `set.plam`: the schema has no such attribute"
    );
    let nobody = wrong(r#"{"at":"2026-01-06","set":{"plan":"pro"}}"#);
    assert!(
        nobody.contains("events.ndjson:2: `profile` is missing"),
        "{nobody}"
    );
    let never = wrong(r#"{"profile":17,"set":{"plan":"pro"}}"#);
    assert!(
        never.contains("events.ndjson:2: `at` is missing"),
        "{never}"
    );
    let amount =
        wrong(r#"{"profile":"17","kind":"purchased","at":"2026-01-06","props":{"amount":"much"}}"#);
    assert!(
        amount.contains("events.ndjson:2: `props.amount`"),
        "{amount}"
    );
}

/// A slip in the name of a kind does not read as a quiet month.
#[test]
fn events_of_unknown_kinds_are_told() {
    let slip = |at: &str| purchase("anna", at).replace("purchased", "purchsed");
    let opened = slip("2026-01-07T10:00:00Z").replace("purchsed", "app_opened");
    let events = purchase("anna", "2026-01-05T10:00:00Z")
        + &slip("2026-01-06T10:00:00Z")
        + &opened
        + &slip("2026-01-08");
    let tags = "{\"profile\":\"anna\",\"at\":\"2026-01-09\",\"tag\":\"interest/tv\"}\n";
    let profiles = "{\"id\":\"anna\",\"events\":[{\"kind\":\"purchsed\",\"at\":\"2026-01-01\"}]}\n";
    let folder = folder(&[
        ("rules.toml", SHOP),
        ("events.ndjson", &events),
        ("tags.ndjson", tags),
        ("profiles.ndjson", profiles),
    ]);
    let data = [
        "--rules",
        "rules.toml",
        "--profiles",
        "profiles.ndjson",
        "--events",
        "events.ndjson",
    ];
    let note = "note: skipped 1 event of a kind that the schema does not have: `purchsed` (first at profiles.ndjson:1)\n\
                note: skipped 3 events of kinds that the schema does not have: `purchsed` (first at events.ndjson:2), \
                `app_opened` (first at events.ndjson:3)\n";
    for order in [&[][..], &["--sort", "--threads", "3"]] {
        let all = [
            &["simulate"],
            &data[..],
            &["--events", "tags.ndjson", "--summary", "json"],
            order,
        ]
        .concat();
        let ran = run(folder.path(), &all);
        let (told, summary) = ran.err.split_at(ran.err.len().min(note.len()));
        assert_eq!((ran.code, told), (0, note));
        let summary: Value = serde_json::from_str(summary).unwrap();
        assert_eq!(
            (
                &summary["events"]["taken"],
                &summary["events"]["unknown_kind"]
            ),
            (&1.into(), &3.into())
        );
    }
    let table = run(folder.path(), &[&["simulate"], &data[..]].concat());
    let counted =
        |line: &str| line.contains("events of unknown kinds") && line.ends_with("┆      3 │");
    assert!(table.err.lines().any(counted), "{}", table.err);
    // What the rules at hand do not ask for is no slip.
    let asked = ["--now", "2026-01-20", "--expr", "plan = pro or purchased"];
    let eval = run(folder.path(), &[&["eval"], &data[..], &asked].concat());
    assert_eq!((eval.code, eval.out.as_str()), (0, "anna\n"));
    assert!(eval.err.starts_with(note), "{}", eval.err);
    let other = run(
        folder.path(),
        &[
            &["eval"],
            &data[..],
            &["--now", "2026-01-20", "--expr", "plan = pro"],
        ]
        .concat(),
    );
    assert_eq!(
        (other.code, other.out.as_str(), other.err.as_str()),
        (0, "", note)
    );
    let why = [
        "--id",
        "anna",
        "--now",
        "2026-01-20",
        "--trigger",
        "winback",
    ];
    assert_eq!(
        run(folder.path(), &[&["explain"], &data[..], &why].concat()).err,
        note
    );
    // A schema that was inferred knows them all.
    let eval = run(
        folder.path(),
        &[
            &["eval"],
            &data[2..],
            &["--now", "2026-01-20", "--expr", "purchsed"],
        ]
        .concat(),
    );
    assert_eq!(
        (eval.code, eval.out.as_str(), eval.err.as_str()),
        (0, "anna\n", "")
    );
}

#[test]
fn calls_that_make_no_sense_are_refused() {
    let folder = folder(&[
        ("rules.toml", SHOP),
        ("profiles.ndjson", "{\"id\":\"anna\"}\n"),
        ("state.json", "{}"),
    ]);
    let args = ["simulate", "--rules", "rules.toml"];
    let err = refused(
        folder.path(),
        &[&args[..], &["--profiles", "profiles.ndjson"]].concat(),
    );
    assert!(err.contains("set `--from`"), "{err}");
    let err = refused(
        folder.path(),
        &[&args[..], &["--restore", "state.json"]].concat(),
    );
    assert!(
        err.contains("state.json: this is not a state written by `--save`"),
        "{err}"
    );
    let err = refused(
        folder.path(),
        &[
            &args[..],
            &["--profiles", "profiles.ndjson", "--lateness", "soon"],
        ]
        .concat(),
    );
    assert!(err.contains("a length of time such as `3 days`"), "{err}");
    // Time alone.
    let out = ok(
        folder.path(),
        &[
            &args[..],
            &[
                "--profiles",
                "profiles.ndjson",
                "--from",
                "2026-01-01",
                "--until",
                "2026-02-01",
            ],
        ]
        .concat(),
    );
    assert_eq!(out, "");
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
        let args: Vec<&str> = call.strip_prefix("$ segue ").unwrap().split(' ').collect();
        let out = ok(folder.path(), &args);
        match expected.strip_suffix("…\n") {
            Some(beginning) => assert!(
                out.starts_with(beginning) && out.len() > beginning.len(),
                "{call}\n{out}"
            ),
            None => assert_eq!(out, expected, "{call}"),
        }
        calls += 1;
    }
    assert_eq!(calls, 3);
}

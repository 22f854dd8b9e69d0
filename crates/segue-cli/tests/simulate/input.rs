//! The lines that are read: their order, what is wrong with them, and what they may say.

use crate::common::{folder, ok, run, words};
use crate::{CALL, SHOP, lines, purchase, shop, summary};
use serde_json::Value;
use std::fs;

#[test]
fn lines_out_of_order_are_refused_allowed_for_or_sorted() {
    let events = purchase("anna", "2026-01-05T10:00:00Z")
        + &purchase("ben", "2026-01-20T10:00:00Z")
        + &purchase("cleo", "2026-01-18T10:00:00Z");
    let folder = shop(&events);
    let call = format!("{CALL} --summary json --only moved");
    let args = words(&call);
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
        let json = summary(&ran);
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
    let after = |line: String| line + &purchase("anna", "2026-02-01T10:00:00Z");
    let february = after(plan("free", "2026-01-05T10:00:00Z"));
    let newer = after(plan("free", "2026-01-15T10:00:00Z"));
    let rules = SHOP.replace("[segments]", "[segments]\npaying = \"plan = pro\"");
    let folder = folder(&[
        ("rules.toml", &rules),
        ("january.ndjson", &january),
        ("february.ndjson", &february),
        ("newer.ndjson", &newer),
    ]);
    let call = "simulate --rules rules.toml --only entered,left --summary json";
    let first = format!("{call} --events january.ndjson --save state.json");
    ok(folder.path(), &words(&first));
    let on = |events: &str, more: &[&str]| {
        let second = format!("{call} --events {events}.ndjson --restore state.json");
        let ran = run(folder.path(), &[&words(&second), more].concat());
        assert_eq!(ran.code, 0, "{}", ran.err);
        let json = summary(&ran);
        let counts = ["late", "too_late"].map(|what| json["events"][what].as_u64().unwrap());
        let left = lines(&ran.out)
            .iter()
            .filter(|v| v["what"] == "left" && v["segment"] == "paying")
            .count();
        (counts, json["changes"].as_u64().unwrap(), left, ran.err)
    };
    let (counts, changes, left, err) = on("february", &[]);
    assert_eq!((counts, changes, left), ([0, 1], 0, 0), "{err}");
    assert!(
        err.starts_with("note: 1 line too late and ignored (see `--lateness`)\n"),
        "{err}"
    );
    // Where there is time for it, what was so later still counts.
    let (counts, changes, left, err) = on("february", &["--lateness", "20 days"]);
    assert_eq!((counts, changes, left), ([1, 0], 0, 0), "{err}");
    let (counts, changes, left, err) = on("newer", &["--lateness", "20 days"]);
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
    let call = format!("{CALL} --only entered,left");
    let args = words(&call);
    let moves = |more: &[&str]| {
        let told = lines(&ok(folder.path(), &[&args, more].concat()));
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
    assert_eq!(moves(&[]), format!("2026-01-01 entered keen\n{rest}"));
    // What was given before the run begins is known.
    assert_eq!(moves(&["--from", "2026-01-02"]), rest);
    let wrong = line(4, "\"tag\":\"interest//tv\"");
    fs::write(folder.path().join("events.ndjson"), wrong).unwrap();
    let said = "error: events.ndjson:1: `tag`: `interest//tv` is not a tag path; write it as \"interest/tv\"\n";
    assert_eq!(run(folder.path(), &args).err, said);
}

/// What a line says of a profile beside its event is so before the event, at the same instant.
#[test]
fn a_line_may_be_a_change_and_an_event() {
    let rules = "[schema.attributes]\nplan = \"string\"\n[schema.events.pageview]\n[segments]\npro = 'plan = \"pro\"'\n\
                 seen = 'tagged \"seen\"'\n[triggers.thanks]\non = \"pageview\"\nwhen = \"in segment pro\"\n\
                 do = [{ call = \"thanks\" }]\n";
    let line = |day: u8, kind: &str| {
        format!(
            "{{\"profile\":\"d\",\"kind\":\"{kind}\",\"id\":\"{day}\",\"at\":\"2026-05-{day}T10:00:00Z\",\
             \"set\":{{\"plan\":\"pro\"}},\"tag\":\"seen\"}}\n"
        )
    };
    let folder = folder(&[
        ("rules.toml", rules),
        ("events.ndjson", &line(21, "pageview")),
        ("unknown.ndjson", &line(21, "scrolled")),
        (
            "late.ndjson",
            &(line(21, "pageview") + &line(20, "pageview")),
        ),
    ]);
    let call = |more: &str, lateness: &str| {
        let call =
            format!("simulate --rules rules.toml --summary json --only entered,left,effect {more}");
        let args = [&words(&call)[..], &["--lateness", lateness]].concat();
        run(folder.path(), &args)
    };
    let told = |more: &str, lateness: &str| {
        let ran = call(more, lateness);
        assert_eq!(ran.code, 0, "{}", ran.err);
        let what = |json: &Value| json["what"].as_str().unwrap().to_owned();
        let json = summary(&ran);
        let of = |what: &str| json["events"][what].as_u64().unwrap();
        let counts = [of("taken"), of("late"), of("too_late"), of("unknown_kind")];
        let changes = json["changes"].as_u64().unwrap();
        let told: Vec<_> = lines(&ran.out).iter().map(what).collect();
        (told, counts, changes)
    };
    let all = ["entered", "entered", "effect"].map(str::to_owned).to_vec();
    assert_eq!(
        told("--events events.ndjson", "0 days"),
        (all.clone(), [1, 0, 0, 0], 1)
    );
    // The change is one also where the event is of no kind that the rules know.
    let changed = all[..2].to_vec();
    assert_eq!(
        told("--events unknown.ndjson", "0 days"),
        (changed, [0, 0, 0, 1], 1)
    );
    // A line that is late counts once.
    let again = [&all[..], &all[2..]].concat();
    assert_eq!(
        told("--events late.ndjson", "2 days"),
        (again, [1, 1, 0, 0], 1)
    );
    let ran = call("--events late.ndjson --on-error skip", "1 hour");
    assert_eq!(summary(&ran)["events"]["too_late"], 1, "{}", ran.err);
    // What was before the run is known in it.
    let later = told(
        "--events events.ndjson --from 2026-05-22 --until 2026-05-23",
        "0 days",
    );
    assert_eq!(later, (Vec::new(), [0, 0, 0, 0], 0));
    for (question, call) in [("pro", "eval"), ("seen", "eval"), ("pro", "explain --id d")] {
        let call =
            format!("{call} --rules rules.toml --events events.ndjson --segment {question} --now");
        let on = |day: &str| ok(folder.path(), &words(&format!("{call} {day}")));
        let (before, after) = (on("2026-05-21T09:00:00Z"), on("2026-05-21T10:00:00Z"));
        assert_ne!(before, after, "{call}");
        let expected = if call.starts_with("eval") {
            "d\n"
        } else {
            "✓"
        };
        assert!(after.starts_with(expected), "{call}: {after}");
    }
    let call = "explain --rules rules.toml --events events.ndjson --id d --trigger thanks --now 2026-05-22";
    let account = ok(folder.path(), &words(call));
    let called = "✓ 2026-05-21T10:00:00Z: `thanks` called";
    assert!(account.contains(called), "{account}");
}

#[test]
fn a_line_from_a_clock_that_is_wrong_is_refused_where_that_is_asked_for() {
    let events = purchase("anna", "2026-01-05T10:00:00Z")
        + &purchase("ben", "2099-01-20T10:00:00Z")
        + &purchase("cleo", "2026-01-06T10:00:00Z");
    let folder = shop(&events);
    let call = format!("{CALL} --summary json --only moved");
    let args = words(&call);
    let run_with_lead = |more: &[&str]| {
        let lead = ["--lead", "2 days"];
        run(folder.path(), &[&args[..], &lead, more].concat())
    };
    let ran = run_with_lead(&[]);
    assert_eq!(ran.code, 2);
    let line = "error: events.ndjson:2: `at`: 2099-01-20T10:00:00Z is 26678 days after what came before it \
                (2026-01-05T10:00:00Z), more than `--lead` allows;";
    assert!(ran.err.starts_with(line), "{}", ran.err);
    for more in [["--on-error", "skip"].as_slice(), &["--sort"]] {
        let ran = run_with_lead(more);
        assert_eq!(ran.code, 0, "{}", ran.err);
        let json = summary(&ran);
        let of = |what: &str| json["events"][what].as_u64().unwrap();
        assert_eq!(
            (of("taken"), of("too_late"), of("too_early")),
            (2, 0, 1),
            "{more:?}"
        );
        assert_eq!(json["until"], "2026-01-06T10:00:00Z");
    }
    // Where the run begins after it.
    let ran = run_with_lead(&["--from", "2026-01-05", "--on-error", "skip"]);
    let json = summary(&ran);
    assert_eq!(
        (&json["events"]["taken"], &json["events"]["too_early"]),
        (&2.into(), &1.into())
    );
}

/// A wrong clock is alone with its time; after a quiet night the next line agrees.
#[test]
fn a_quiet_night_is_no_wrong_clock() {
    let events = purchase("anna", "2026-01-05T21:00:00Z")
        + &purchase("wrong", "2026-01-20T11:36:12Z")
        + &purchase("ben", "2026-01-05T21:30:00Z")
        + &purchase("cleo", "2026-01-06T06:30:00Z")
        + &purchase("dora", "2026-01-06T06:40:00Z");
    let folder = shop(&events);
    let call = format!("{CALL} --summary json --only moved");
    let args = words(&call);
    let run_with = |more: &[&str]| {
        run(
            folder.path(),
            &[&args[..], &["--lead", "1 hour"], more].concat(),
        )
    };
    let stopped = run_with(&[]);
    assert_eq!(stopped.code, 2);
    assert!(
        stopped
            .err
            .starts_with("error: events.ndjson:2: `at`: 2026-01-20T11:36:12Z is 14 days"),
        "{}",
        stopped.err
    );
    for more in [
        ["--on-error", "skip"].as_slice(),
        &["--sort"],
        &["--on-error", "skip", "--from", "2026-01-05"],
    ] {
        let ran = run_with(more);
        let json = summary(&ran);
        let of = |what: &str| json["events"][what].as_u64().unwrap();
        assert_eq!(
            (of("taken"), of("too_early")),
            (4, 1),
            "{more:?}: {}",
            ran.err
        );
        assert_eq!(json["until"], "2026-01-06T06:40:00Z", "{more:?}");
    }
    // Nothing tells whether the clock of the last line is right.
    let last = purchase("anna", "2026-01-05T21:00:00Z") + &purchase("ben", "2026-01-06T06:30:00Z");
    fs::write(folder.path().join("events.ndjson"), last).unwrap();
    assert!(
        run_with(&[]).err.starts_with(
            "error: events.ndjson:2: `at`: 2026-01-06T06:30:00Z is 9 hours 30 minutes"
        )
    );
}

#[test]
fn a_wrong_line_is_named() {
    let wrong = |line: &str| {
        let events = purchase("anna", "2026-01-05T10:00:00Z") + line + "\n";
        let ran = run(shop(&events).path(), &words(CALL));
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
    let data = words("--rules rules.toml --profiles profiles.ndjson --events events.ndjson");
    let note = "note: skipped 1 event of a kind that the schema does not have: `purchsed` (first at profiles.ndjson:1)\n\
                note: skipped 3 events of kinds that the schema does not have: `purchsed` (first at events.ndjson:2), \
                `app_opened` (first at events.ndjson:3)\n";
    let tags = words("--events tags.ndjson --summary json");
    for order in [&[][..], &["--sort", "--threads", "3"]] {
        let ran = run(
            folder.path(),
            &[&["simulate"], &data[..], &tags, order].concat(),
        );
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
    let asked = ["--now", "2026-01-20", "--expr", "plan = pro"];
    let other = run(folder.path(), &[&["eval"], &data[..], &asked].concat());
    assert_eq!(
        (other.code, other.out.as_str(), other.err.as_str()),
        (0, "", note)
    );
    let why = words("--id anna --now 2026-01-20 --trigger winback");
    assert_eq!(
        run(folder.path(), &[&["explain"], &data[..], &why].concat()).err,
        note
    );
    // A schema that was inferred knows them all.
    let asked = words("--now 2026-01-20 --expr purchsed");
    let eval = run(folder.path(), &[&["eval"], &data[2..], &asked].concat());
    assert_eq!(
        (eval.code, eval.out.as_str(), eval.err.as_str()),
        (0, "anna\n", "")
    );
}

//! What data mean as they are read: dates, values that are wrong, changes, composed letters.

#![allow(clippy::unwrap_used, reason = "a test fails where that does")]

mod common;

use common::{folder, ok, refused, run, words};

/// A call with more arguments, which may hold spaces.
fn with<'c>(call: &'c str, more: &[&'c str]) -> Vec<&'c str> {
    [&words(call), more].concat()
}

const RULES: &str = r#"
timezone = "Europe/Rome"
profile_timezone = "zone"
[schema.attributes]
age = "int"
city = "string"
joined = "instant"
zone = "string"
plan = { type = "string", tracked = true }
[schema.relations.pets.properties]
age = "int"
[schema.events.bought]
subject = "what"
[schema.events.bought.properties]
what = "string"
price = "decimal(2)"
[schema.events.seen]
"#;

#[test]
fn a_date_is_its_start_in_the_zone_of_the_rules_wherever_it_stands() {
    let folder = folder(&[
        ("rules.toml", RULES),
        (
            "profiles.ndjson",
            "{\"id\":\"a\",\"joined\":\"2026-06-01\",\
             \"history\":{\"plan\":[{\"at\":\"2026-06-01\",\"value\":\"pro\"}]}}\n",
        ),
        (
            "events.ndjson",
            "{\"profile\":\"a\",\"kind\":\"seen\",\"at\":\"2026-06-01\"}\n",
        ),
    ]);
    let ask = |now: &str, expr: &str| {
        let call = format!(
            "eval --rules rules.toml --profiles profiles.ndjson --events events.ndjson --now {now} --expr"
        );
        ok(folder.path(), &with(&call, &[expr]))
    };
    for expr in [
        "joined on 2026-06-01",
        "joined = 2026-05-31T22:00:00Z",
        "seen on 2026-06-01",
        "last(seen).at = 2026-05-31T22:00:00Z",
        "plan was \"pro\" before 2026-05-31T22:00:01Z",
    ] {
        assert_eq!(ask("2026-06-02", expr), "a\n", "{expr}");
    }
    assert_eq!(ask("2026-06-02", "now = 2026-06-01T22:00:00Z"), "a\n");
    // The event of that day is there at its start.
    assert_eq!(ask("2026-06-01", "seen"), "a\n");
    assert_eq!(ask("2026-05-31T21:59:59Z", "seen"), "");
    let call = "eval --rules rules.toml --profiles profiles.ndjson --now 2026-06-01 --timezone +05:00 --expr";
    let call = with(
        call,
        &["joined = 2026-05-31T19:00:00Z and now = 2026-05-31T19:00:00Z"],
    );
    assert_eq!(ok(folder.path(), &call), "a\n");
}

#[test]
fn a_stream_begins_and_ends_with_the_day_of_the_rules() {
    let rules = format!("{RULES}\n[segments]\nfresh = \"seen\"\n");
    let folder = folder(&[
        ("rules.toml", &rules),
        (
            "events.ndjson",
            "{\"profile\":\"a\",\"kind\":\"seen\",\"at\":\"2026-05-31T21:59:59Z\"}\n\
             {\"profile\":\"b\",\"kind\":\"seen\",\"at\":\"2026-06-01\"}\n\
             {\"profile\":\"c\",\"kind\":\"seen\",\"at\":\"2026-06-01T22:00:01Z\"}\n",
        ),
    ]);
    let call = "simulate --rules rules.toml --events events.ndjson --from 2026-06-01 --until 2026-06-02 --only entered \
                --summary none";
    let out = ok(folder.path(), &words(call));
    assert_eq!(out.lines().count(), 1, "{out}");
    assert!(
        out.contains("\"at\":\"2026-05-31T22:00:00Z\",\"profile\":\"b\""),
        "{out}"
    );
}

/// Two of four profiles have a value that is wrong, and one event has: each answer is the same, whatever else is asked.
#[test]
fn a_wrong_value_that_is_skipped_counts_as_missing() {
    let folder = folder(&[
        ("rules.toml", RULES),
        (
            "profiles.ndjson",
            "{\"id\":\"a\",\"age\":5,\"city\":\"Roma\"}\n\
             {\"id\":\"b\",\"age\":\"old\",\"city\":\"Roma\"}\n\
             {\"id\":\"c\",\"age\":7,\"city\":\"Roma\",\"pets\":[{\"age\":\"young\"},{\"age\":3}]}\n\
             {\"id\":\"d\",\"city\":5,\n",
        ),
        (
            "events.ndjson",
            "{\"profile\":\"a\",\"kind\":\"bought\",\"at\":\"2026-01-01\",\"props\":{\"what\":\"tv\",\"price\":\"much\"}}\n",
        ),
    ]);
    let questions = [
        ("city = \"Roma\"", "a\nb\nc\n"),
        ("age > 1", "a\nc\n"),
        ("age is missing", "b\n"),
        ("pets(age = 3)", "c\n"),
        ("count(pets) = 2", "c\n"),
        ("bought(\"tv\")", "a\n"),
        ("bought(price > 1)", ""),
    ];
    let call = "eval --rules rules.toml --profiles profiles.ndjson --events events.ndjson --now 2026-02-01";
    let mut together = with(call, &["--on-error", "skip"]);
    for (expr, expected) in questions {
        let alone = with(call, &["--on-error", "skip", "--expr", expr]);
        assert_eq!(ok(folder.path(), &alone), expected, "{expr}");
        together.extend(["--expr", expr]);
    }
    let ran = run(folder.path(), &together);
    let expected: String = questions
        .iter()
        .flat_map(|(expr, ids)| ids.lines().map(move |id| format!("{expr}\t{id}\n")))
        .collect();
    assert_eq!(ran.out, expected);
    assert_eq!(
        ran.err,
        "note: 1 line was skipped\n  \
         profiles.ndjson:4: not valid JSON: EOF while parsing a value at column 19\n\
         note: 2 values are wrong and count as missing\n  \
         profiles.ndjson:2: `age`: `old` is a string, not `int`; write it as `47`, or change the type in the schema\n  \
         profiles.ndjson:3: `pets[0].age`: `young` is a string, not `int`; write it as `47`, or change the type in the schema\n\
         note: 1 value is wrong and counts as missing\n  \
         events.ndjson:1: `props.price`: `much` is a string, not `decimal(2)`; write it as `19.90`, or change the type in the schema\n"
    );
    let error = refused(folder.path(), &with(call, &["--expr", "age > 1"]));
    assert!(
        error.contains("profiles.ndjson:2: `age`: `old` is a string"),
        "{error}"
    );
}

/// `u1` has no purchase, and is there because it was seen.
#[test]
fn whoever_has_an_event_is_asked_whatever_the_questions_read() {
    let folder = folder(&[
        ("rules.toml", RULES),
        (
            "events.ndjson",
            "{\"profile\":\"u1\",\"kind\":\"seen\",\"at\":\"2026-01-01\"}\n\
             {\"profile\":\"u2\",\"kind\":\"bought\",\"at\":\"2026-01-01\"}\n\
             {\"profile\":\"u3\",\"kind\":\"baught\",\"at\":\"2026-01-01\"}\n",
        ),
    ]);
    let call = "eval --rules rules.toml --events events.ndjson --now 2026-02-01 --expr";
    let ask = |more: &[&str]| ok(folder.path(), &with(call, more));
    assert_eq!(ask(&["not bought"]), "u1\n");
    assert_eq!(
        ask(&["not bought", "--expr", "seen"]),
        "not bought\tu1\nseen\tu1\n"
    );
}

#[test]
fn a_time_zone_that_does_not_exist_is_said() {
    let folder = folder(&[
        ("rules.toml", RULES),
        (
            "profiles.ndjson",
            "{\"id\":\"a\",\"zone\":\"Europe/Paris\"}\n{\"id\":\"b\",\"zone\":\"Europe/Pariss\"}\n",
        ),
        (
            "events.ndjson",
            "{\"profile\":\"a\",\"kind\":\"seen\",\"at\":\"2026-01-01\"}\n",
        ),
    ]);
    let call = "simulate --rules rules.toml --profiles profiles.ndjson --events events.ndjson --summary none";
    let error = "profiles.ndjson:2: `zone`: `Europe/Pariss` is not a time zone; write a name such as `Europe/Rome`, or an offset \
                 such as `+02:00`\n";
    assert_eq!(
        refused(folder.path(), &words(call)),
        format!("error: {error}")
    );
    let skipped = run(folder.path(), &words(&format!("{call} --on-error skip")));
    assert_eq!(
        skipped.err,
        format!("note: 1 value is wrong and counts as missing\n  {error}")
    );
    assert_eq!(skipped.code, 0);
}

#[test]
fn changes_count_in_the_order_of_time_up_to_now() {
    let folder = folder(&[
        ("rules.toml", RULES),
        (
            "profiles.ndjson",
            "{\"id\":\"a\",\"age\":5,\"plan\":\"free\"}\n{\"id\":\"b\",\"age\":5}\n",
        ),
        (
            "events.ndjson",
            "{\"profile\":\"a\",\"at\":\"2026-03-01\",\"set\":{\"age\":7,\"plan\":\"team\"}}\n\
             {\"profile\":\"a\",\"at\":\"2026-02-01\",\"set\":{\"age\":6,\"plan\":\"pro\"},\"tag\":\"vip\"}\n\
             {\"profile\":\"a\",\"kind\":\"seen\",\"at\":\"2026-02-01\"}\n\
             {\"profile\":\"a\",\"at\":\"2026-02-15\",\"untag\":\"vip\"}\n",
        ),
    ]);
    let ask = |now: &str, expr: &str| {
        let call = format!(
            "eval --rules rules.toml --profiles profiles.ndjson --events events.ndjson --now {now} --expr"
        );
        ok(folder.path(), &with(&call, &[expr]))
    };
    assert_eq!(ask("2026-01-31", "age = 5"), "a\nb\n");
    assert_eq!(
        ask(
            "2026-02-10",
            "age = 6 and tagged \"vip\" and plan = \"pro\""
        ),
        "a\n"
    );
    assert_eq!(ask("2026-02-20", "age = 6 and not tagged \"vip\""), "a\n");
    assert_eq!(
        ask(
            "2026-03-01",
            "age = 7 and plan changed from \"pro\" within 1 day"
        ),
        "a\n"
    );
    let explained = with(
        "explain --rules rules.toml --profiles profiles.ndjson --events events.ndjson --now 2026-02-10 --id a --expr",
        &["age = 6"],
    );
    assert!(ok(folder.path(), &explained).starts_with("✓ a is in"));
    // Whether a change is right does not depend on what is asked.
    let wrong = "{\"profile\":\"a\",\"at\":\"2026-02-01\",\"set\":{\"city\":5}}\n";
    std::fs::write(folder.path().join("events.ndjson"), wrong).unwrap();
    let call = with(
        "eval --rules rules.toml --profiles profiles.ndjson --events events.ndjson --now 2026-02-10 --expr",
        &["age = 5"],
    );
    let error = refused(folder.path(), &call);
    assert!(
        error.contains("events.ndjson:1: `set.city`: `5` is a number"),
        "{error}"
    );
}

#[test]
fn letters_are_composed_as_data_are_read() {
    let folder = folder(&[
        ("rules.toml", RULES),
        (
            "profiles.ndjson",
            "{\"id\":\"composed\",\"city\":\"M\u{e1}laga\"}\n{\"id\":\"decomposed\",\"city\":\"Ma\u{301}laga\"}\n",
        ),
    ]);
    let ask = |expr: &str| {
        let call = "eval --rules rules.toml --profiles profiles.ndjson --now 2026-01-31 --expr";
        run(folder.path(), &with(call, &[expr]))
    };
    for expr in [
        "city = \"M\u{e1}laga\"",
        "city = \"M\u{c1}LAGA\" ignoring case",
        "length(city) = 6",
    ] {
        assert_eq!(ask(expr).out, "composed\ndecomposed\n", "{expr}");
    }
    let decomposed = ask("city = \"Ma\u{301}laga\"");
    assert_eq!(decomposed.out, "");
    assert!(
        decomposed.err.contains("warning[W0004]"),
        "{}",
        decomposed.err
    );
}

/// `\u{1b}[2J` clears a screen, `\u{202e}` turns the direction of what follows.
#[test]
fn what_is_read_does_not_steer_a_terminal() {
    const BAD: &str = "x\\u001b[2J\\u202e";
    let profile = format!("{{\"id\":\"{BAD}\",\"age\":5,\"city\":\"{BAD}\",\"zone\":\"{BAD}\"}}\n");
    let folder = folder(&[
        ("rules.toml", RULES),
        ("profiles.ndjson", &profile.repeat(2)),
        ("wrong.ndjson", &profile.replace("5", &format!("\"{BAD}\""))),
        (
            "events.ndjson",
            &format!("{{\"profile\":\"{BAD}\",\"kind\":\"{BAD}\",\"at\":\"2026-01-01\"}}\n"),
        ),
        (
            "names.toml",
            "[schema.attributes]\n\"a\\u001Bb\" = \"int\"\n[segments]\ns = 'c\u{202e}d > \"1\"'\n",
        ),
    ]);
    let eval = "eval --rules rules.toml --profiles profiles.ndjson --events events.ndjson --now 2026-02-01 --expr";
    let explain = "explain --rules rules.toml --profiles profiles.ndjson --now 2026-02-01 --id x\u{1b}[2J\u{202e} --format";
    let with = |call: &str, more: &[&str]| {
        let ran = run(folder.path(), &[&words(call), more].concat());
        let shown = ran.out + &ran.err;
        assert!(
            shown.contains("\\u{1b}") || shown.contains("\\u{202e}"),
            "{call}: {shown:?}"
        );
        assert!(!shown.contains(['\u{1b}', '\u{202e}']), "{call}: {shown:?}");
    };
    with(eval, &["age = 6"]);
    let wrong = eval.replace("profiles.ndjson", "wrong.ndjson");
    with(&wrong, &["age > 1"]);
    with(&wrong, &["age > 1", "--on-error", "skip"]);
    for format in ["text", "summary"] {
        with(explain, &[format, "--expr", "city = \"a\" and age = 5"]);
    }
    with(
        "simulate --rules rules.toml --profiles profiles.ndjson --events events.ndjson --from 2026-01-01",
        &[],
    );
    with("check names.toml", &[]);
}

/// An order and its return have one number.
#[test]
fn an_id_names_an_event_among_those_of_its_kind() {
    let event = |kind: &str, day: u8| {
        format!(
            "{{\"profile\":\"a\",\"kind\":\"{kind}\",\"id\":\"SN-1\",\"at\":\"2026-05-{day}T10:00:00Z\"}}\n"
        )
    };
    let events = event("ordered", 20) + &event("returned", 25) + &event("returned", 26);
    let rules = "[schema.events]\nordered = {}\nreturned = {}\n";
    let folder = folder(&[("r.toml", rules), ("e.ndjson", &events)]);
    let call =
        words("eval --rules r.toml --events e.ndjson --now 2026-06-01 --format count --expr");
    for (expr, expected) in [
        ("ordered and not returned", "0\n"),
        ("ordered", "1\n"),
        ("returned", "1\n"),
        ("count(returned) = 1 and count(any event) = 2", "1\n"),
    ] {
        let counted = ok(folder.path(), &[&call[..], &[expr]].concat());
        assert_eq!(counted, expected, "{expr}");
    }
}

/// A shop sends its orders again whenever their status changes. The same line again is nothing new.
#[test]
fn an_event_that_says_something_else_under_a_known_id_is_told() {
    let order = |id: &str, minute: u8, status: &str| {
        format!(
            "{{\"profile\":\"d\",\"kind\":\"order\",\"id\":\"{id}\",\"at\":\"2026-05-01T10:{minute:02}:00Z\",\
             \"props\":{{\"total\":500,\"status\":\"{status}\"}}}}\n"
        )
    };
    let again = order("o4", 0, "paid") + &order("o4", 0, "paid");
    let pending = again.clone() + &order("o5", 1, "pending") + &order("o5", 6, "paid");
    let rules = "[schema.events.order.properties]\ntotal = \"decimal(2)\"\nstatus = \"string\"\n\
                 [segments]\nvip = 'sum(order(status = \"paid\").total) >= 1000'\n\
                 [triggers.thanks]\non = \"order\"\ndo = [{ call = \"thanks\" }]\n";
    let folder = folder(&[
        ("r.toml", rules),
        ("again.ndjson", &again),
        ("pending.ndjson", &pending),
    ]);
    let note = "note: 1 event does not count: it has the id of another one of that kind, but other content (first: `order` \
                of profile `d` at 2026-05-01T10:06:00Z)\n";
    for call in [
        "eval --now 2026-06-01 --segment vip",
        "explain --now 2026-06-01 --id d --segment vip --format summary",
        "explain --now 2026-06-01 --id d --trigger thanks --format summary",
        "simulate --summary none",
        "simulate --summary none --from 2026-05-02 --until 2026-05-03",
    ] {
        let said = |events: &str| {
            let (command, rest) = call.split_once(' ').unwrap();
            let call = format!("{command} --rules r.toml --events {events}.ndjson {rest}");
            let ran = run(folder.path(), &words(&call));
            assert_eq!(ran.code, 0, "{call}: {}", ran.err);
            ran.err
        };
        assert_eq!(said("again"), "", "{call}");
        assert_eq!(said("pending"), note, "{call}");
    }
    let call = "simulate --rules r.toml --events pending.ndjson --summary json --output out.ndjson";
    let json: serde_json::Value = serde_json::from_str(&ok(folder.path(), &words(call))).unwrap();
    let counts = ["taken", "repeated", "conflicting"].map(|of| json["events"][of].as_u64());
    assert_eq!(counts, [Some(2), Some(1), Some(1)]);
}

#[test]
fn a_value_that_its_field_does_not_accept_is_wrong() {
    let rules = "[schema.attributes]\nage = { type = \"int\", between = [0, 120] }\n\
                 email = { type = \"string\", matches = \"@\" }\n";
    let profiles = "{\"id\":\"anna\",\"age\":470,\"email\":\"a@b\"}\n{\"id\":\"ben\",\"age\":47,\"email\":\"ben\"}\n";
    let folder = folder(&[("r.toml", rules), ("p.ndjson", profiles)]);
    let call = "eval --rules r.toml --profiles p.ndjson --now 2026-06-01 --expr";
    let asked = |expr, more: &str| {
        run(
            folder.path(),
            &[&words(call)[..], &[expr], &words(more)].concat(),
        )
    };
    let ran = asked("age > 100", "");
    let message = "p.ndjson:1: `age`: `470` is not between 0 and 120; correct it, or change `between` in the schema";
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains(message), "{}", ran.err);
    // What is not asked for is not looked at.
    let ran = asked("email exists", "");
    assert!(
        ran.err
            .contains("p.ndjson:2: `email`: `\"ben\"` does not match `@`"),
        "{}",
        ran.err
    );
    let ran = asked("age is missing", "--on-error skip");
    assert_eq!((ran.code, ran.out.as_str()), (0, "anna\n"));
    assert!(ran.err.contains("1 value"), "{}", ran.err);
}

//! `segue check` and `segue fmt`: rule files, whatever they are written in.

#![allow(clippy::unwrap_used, reason = "a test that fails")]

mod common;

use common::{RULES, cdnow, folder, ok, refused, run};
use std::fs;
#[cfg(unix)]
use std::process::Command;

const TOML: &str = r#"# café
[schema.attributes]
age = "int" # years
bio = "string"
[schema.events.viewed]
subject = "category"
properties = { category = "string" }
[traits.frequency]
cases = [ { is = "loyal", when = "viewed   at least 12 times within 12 months" }, # c
  { is = "x", when='count( viewed )>1' } ]
[tags]
"interest/tv" = 'viewed("tv")within 30 days'
[scores.s]
value = "count( viewed )"
over = 'age>3'
classes = 2
cuts = [1]
[segments]
vip = """
    frequency=loyal and age>30 and -- rich
    viewed("tv") within 30 days and viewed( "radio" ) within 60 days and viewed("book") within 9 days
"""   # keep
lit = '''
age>3
'''
long = "age>30 and viewed(\"tv\") within 30 days and viewed( \"radio\" ) within 60 days and viewed(\"book\") within 9 days"
apos = "viewed(\"women's\")and   age>3"
kept = "age > 3"
[segments.t]
description = "age>50"
when = 'in   segment vip'
"#;

const TOML_DONE: &str = r#"# café
[schema.attributes]
age = "int" # years
bio = "string"
[schema.events.viewed]
subject = "category"
properties = { category = "string" }
[traits.frequency]
cases = [ { is = "loyal", when = "viewed at least 12 times within 12 months" }, # c
  { is = "x", when='count(viewed) > 1' } ]
[tags]
"interest/tv" = 'viewed("tv") within 30 days'
[scores.s]
value = "count(viewed)"
over = 'age > 3'
classes = 2
cuts = [1]
[segments]
vip = """
    frequency = loyal
      and age > 30 -- rich
      and viewed("tv") within 30 days
      and viewed("radio") within 60 days
      and viewed("book") within 9 days
"""   # keep
lit = '''
age > 3
'''
long = "age > 30 and viewed(\"tv\") within 30 days and viewed(\"radio\") within 60 days and viewed(\"book\") within 9 days"
apos = "viewed(\"women's\") and age > 3"
kept = "age > 3"
[segments.t]
description = "age>50"
when = 'in segment vip'
"#;

const YAML: &str = r#"schema: # s
  attributes: {age: int, bio: string}
  events:
    viewed: {subject: category, properties: {category: string}}
segments:
  a: age>50   # c
  b: 'age>50 and bio = "it''s"'
  c: "age>50 and viewed( \"é\" )"
  d: |
      age>50 and age < 60 and viewed("tv")   within 30 days and viewed("tv")   within 40 days
      and viewed("radio") within 50 days

  e: >-
    age>50
    and viewed("tv")
  f: age>50
    and bio = "x"
  g: &x age>3
  h: *x
  i: {when: age>5, description: "age>5"}
  j: {when: 'age in(5,6)'}
  k: age>5 and not in  segment a
  l:
    when: |-
      age>1
"#;

const YAML_DONE: &str = r#"schema: # s
  attributes: {age: int, bio: string}
  events:
    viewed: {subject: category, properties: {category: string}}
segments:
  a: age > 50   # c
  b: 'age > 50 and bio = "it''s"'
  c: "age > 50 and viewed(\"é\")"
  d: |
      age > 50
        and age < 60
        and viewed("tv") within 30 days
        and viewed("tv") within 40 days
        and viewed("radio") within 50 days

  e: >-
    age > 50 and viewed("tv")
  f: age > 50 and bio = "x"
  g: &x age > 3
  h: *x
  i: {when: age > 5, description: "age>5"}
  j: {when: 'age in (5, 6)'}
  k: age > 5 and not in segment a
  l:
    when: |-
      age > 1
"#;

const JSON: &str = r#"{"schema":{"attributes":{"age":"int","\u5e74":"int"}},
 "segments": {"a":  "age>50" , "b": "\u5e74 > 3", "c": {"when":"(age>5)", "description" : "age>5"}}}
"#;

const JSON_DONE: &str = r#"{"schema":{"attributes":{"age":"int","\u5e74":"int"}},
 "segments": {"a":  "age > 50" , "b": "\u5e74 > 3", "c": {"when":"age > 5", "description" : "age>5"}}}
"#;

const FILES: &[(&str, &str)] = &[("r.toml", TOML), ("r.yaml", YAML), ("r.json", JSON)];

#[test]
fn good_files_pass() {
    let folder = folder(FILES);
    let checked = ok(folder.path(), &["check", "r.toml", "r.yaml", "r.json"]);
    assert_eq!(
        checked,
        "r.toml: 6 segments, 1 trait, 1 tag, 1 score, no findings\nr.yaml: 12 segments, no findings\n\
         r.json: 3 segments, no findings\n"
    );
    assert_eq!(
        ok(folder.path(), &["check", "r.toml", "--format", "json"]),
        ""
    );
    assert_eq!(
        ok(&cdnow(), &["check", "lifecycle.toml"]),
        "lifecycle.toml: 4 segments, 1 lifecycle, 3 triggers, no findings\n"
    );
    assert!(ok(&cdnow(), &["check", RULES, "--deny-warnings"]).ends_with("no findings\n"));
}

#[test]
fn all_errors_of_all_files_are_found() {
    let toml = "[schema.attributes]\nage = \"int\"\n[segments]\na = \"agee > 3 and bio = 1\"\nb = '''\nage >\n'''\n";
    let yaml = "schema: {attributes: {age: int}}\nsegments:\n  c: age > \"x\"\n";
    let folder = folder(&[("r.toml", toml), ("r.yaml", yaml)]);
    let ran = run(folder.path(), &["check", "r.toml", "r.yaml"]);
    assert_eq!((ran.code, ran.err.as_str()), (1, ""));
    for part in [
        "--> r.toml:4:6, segments.a",
        "did you mean `age`?",
        "--> r.toml:4:19, segments.a",
        "--> r.toml:6:5, segments.b",
        "--> r.yaml:3:12, segments.c",
        "\n4 errors and 0 warnings\n",
    ] {
        assert!(ran.out.contains(part), "{part}\n{}", ran.out);
    }
    let json = run(
        folder.path(),
        &["check", "r.toml", "r.yaml", "--format", "json"],
    );
    assert_eq!(json.code, 1);
    let lines: Vec<serde_json::Value> = json
        .out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 4);
    let first = lines
        .iter()
        .find(|l| l["diagnostic"]["span"]["start"] == 0 && l["key"] == "segments.a")
        .unwrap();
    assert_eq!(
        (&first["file"], &first["line"], &first["diagnostic"]["code"]),
        (&"r.toml".into(), &4.into(), &"E0101".into())
    );
    assert_eq!(first["diagnostic"]["fix"]["replacement"], "age");
}

#[test]
fn warnings_fail_only_when_asked_to() {
    let folder = folder(&[(
        "r.toml",
        "[schema.attributes]\nplan = \"string\"\n[segments]\na = 'plan != \"free\"'\n",
    )]);
    let ran = run(folder.path(), &["check", "r.toml"]);
    assert_eq!(ran.code, 0);
    assert!(
        ran.out.starts_with("warning[W0101]") && ran.out.ends_with("0 errors and 1 warning\n"),
        "{}",
        ran.out
    );
    assert_eq!(
        run(folder.path(), &["check", "r.toml", "--deny-warnings"]).code,
        1
    );
}

#[test]
fn files_that_are_no_rule_files_are_told() {
    let folder = folder(&[
        ("a.toml", "[segments\n"),
        ("b.yaml", "segments:\n  a: [1\n"),
        ("c.json", "{\"segmnts\":{}}"),
        ("d.txt", ""),
    ]);
    for (file, part) in [
        ("a.toml", "--> a.toml:1"),
        ("b.yaml", "--> b.yaml:"),
        ("c.json", "unknown key `segmnts`"),
    ] {
        let ran = run(folder.path(), &["check", file]);
        assert!(
            ran.code == 1 && ran.out.contains("error[E0201]") && ran.out.contains(part),
            "{}",
            ran.out
        );
    }
    assert!(refused(folder.path(), &["check", "d.txt"]).contains("d.txt: unknown file extension"));
    assert_eq!(
        refused(folder.path(), &["check", "e.toml"]),
        "error: e.toml: no such file\n"
    );
    fs::write(folder.path().join("f.toml"), b"a = 1\n\xff").unwrap();
    assert_eq!(
        refused(folder.path(), &["check", "f.toml"]),
        "error: f.toml:2: this is not UTF-8 text\n"
    );
    assert!(refused(folder.path(), &["check"]).contains("<FILE>..."));
}

#[test]
fn a_schema_may_come_from_another_file() {
    let folder = folder(&[
        ("r.toml", "[segments]\na = 'age > 3'\n"),
        ("s.yaml", "schema: {attributes: {age: int}}\n"),
    ]);
    assert_eq!(
        ok(folder.path(), &["check", "r.toml", "--schema", "s.yaml"]),
        "r.toml: 1 segment, no findings\n"
    );
    let ran = run(folder.path(), &["check", "r.toml"]);
    assert_eq!(
        (ran.code, ran.err.as_str()),
        (
            1,
            "note: r.toml has no schema; `--schema` names a file that has one\n"
        )
    );
}

#[test]
fn colours_are_for_terminals_or_on_demand() {
    let folder = folder(&[("r.toml", "[segments]\na = 'age > 3'\n")]);
    let ask = |colour: &str| run(folder.path(), &["--color", colour, "check", "r.toml"]).out;
    assert!(!ask("auto").contains('\u{1b}') && !ask("never").contains('\u{1b}'));
    let painted = ask("always");
    assert!(
        painted.starts_with("\u{1b}[1m\u{1b}[31merror[E0101]\u{1b}[0m: "),
        "{painted:?}"
    );
    assert!(
        painted.contains("\u{1b}[31m      ^^^\u{1b}[0m"),
        "{painted:?}"
    );
}

#[test]
fn expressions_are_spelled_anew_and_nothing_else_changes() {
    let folder = folder(FILES);
    let names = ["r.toml", "r.yaml", "r.json"];
    let checked = run(folder.path(), &[&["fmt", "--check"], &names[..]].concat());
    assert_eq!(
        (checked.code, checked.err.as_str()),
        (1, "3 files, 3 to be changed\n")
    );
    assert!(
        checked
            .out
            .contains("r.json: would be reformatted: segments.a, segments.c.when\n"),
        "{}",
        checked.out
    );
    for (name, text) in FILES {
        assert_eq!(
            fs::read_to_string(folder.path().join(name)).unwrap(),
            *text,
            "--check writes nothing"
        );
    }
    let done = run(folder.path(), &[&["fmt"], &names[..]].concat());
    assert_eq!((done.code, done.err.as_str()), (0, "3 files, 3 changed\n"));
    for (name, text) in [
        ("r.toml", TOML_DONE),
        ("r.yaml", YAML_DONE),
        ("r.json", JSON_DONE),
    ] {
        assert_eq!(
            fs::read_to_string(folder.path().join(name)).unwrap(),
            text,
            "{name}"
        );
    }
    let again = run(folder.path(), &[&["fmt", "--check"], &names[..]].concat());
    assert_eq!(
        (again.code, again.out.as_str(), again.err.as_str()),
        (0, "", "3 files, 0 to be changed\n")
    );
    assert_eq!(
        ok(folder.path(), &["check", "r.yaml"]),
        "r.yaml: 12 segments, no findings\n"
    );
}

#[test]
fn what_triggers_wait_for_is_spelled_anew() {
    let text = "[triggers.greeting]\non = 'birthday  at 9:00'\nwhen = 'age>17'\n\n[channels.email]\nconsent = '(age>17)'\n";
    let done = "[triggers.greeting]\non = 'birthday at 09:00'\nwhen = 'age > 17'\n\n[channels.email]\nconsent = 'age > 17'\n";
    let folder = folder(&[
        ("r.toml", text),
        ("g.toml", "[triggers.greeting]\non = 'birthday at noon'\n"),
    ]);
    let ran = run(folder.path(), &["fmt", "r.toml"]);
    let keys = "triggers.greeting.on, triggers.greeting.when, channels.email.consent";
    assert_eq!(
        (ran.code, ran.out),
        (0, format!("r.toml: spelled anew: {keys}\n"))
    );
    assert_eq!(
        fs::read_to_string(folder.path().join("r.toml")).unwrap(),
        done
    );
    let ran = run(folder.path(), &["fmt", "g.toml"]);
    assert!(
        ran.code == 2 && ran.err.contains("error[E0301]"),
        "{}",
        ran.err
    );
}

#[test]
fn a_file_with_a_broken_expression_is_left_alone() {
    let broken = "[segments]\na = 'age>3'\nb = 'age >'\n";
    let folder = folder(&[("r.toml", broken), ("g.toml", "[segments]\na = 'age>3'\n")]);
    let ran = run(folder.path(), &["fmt", "r.toml", "g.toml"]);
    assert_eq!(
        (ran.code, ran.out.as_str()),
        (2, "g.toml: spelled anew: segments.a\n")
    );
    assert!(ran.err.contains("--> r.toml:3:10"), "{}", ran.err);
    assert_eq!(
        fs::read_to_string(folder.path().join("r.toml")).unwrap(),
        broken
    );
    assert!(
        fs::read_dir(folder.path()).unwrap().count() == 2,
        "nothing is left beside the files"
    );
}

/// A file that cannot be written is named beside what was done with the others.
#[test]
#[cfg(unix)]
fn one_file_that_cannot_be_written_stops_no_other() {
    let rules = "[segments]\na = 'age>3'\n";
    let long = format!("{rules}# {}\n", "all customers over three ".repeat(400));
    let broken = "[segments]\na = 'age >'\n";
    let files = [
        ("first.toml", rules),
        ("long.toml", &*long),
        ("broken.toml", broken),
        ("last.toml", rules),
    ];
    let folder = folder(&files);
    // No file may grow beyond a few kilobytes; to try is an error, not the end of the program.
    let call =
        "trap '' XFSZ; ulimit -f 4; exec \"$0\" fmt first.toml long.toml broken.toml last.toml";
    let program = assert_cmd::cargo::cargo_bin("segue");
    let done = Command::new("sh")
        .arg("-c")
        .arg(call)
        .arg(program)
        .current_dir(folder.path())
        .output()
        .unwrap();
    let (out, err) = (
        String::from_utf8(done.stdout).unwrap(),
        String::from_utf8(done.stderr).unwrap(),
    );
    assert_eq!(done.status.code(), Some(2), "{err}");
    assert_eq!(
        out,
        "first.toml: spelled anew: segments.a\nlast.toml: spelled anew: segments.a\n"
    );
    assert!(
        err.contains("error: long.toml: cannot be written: "),
        "{err}"
    );
    assert!(err.contains("--> broken.toml:2:10"), "{err}");
    let now = files.map(|(name, _)| fs::read_to_string(folder.path().join(name)).unwrap());
    let spelled = rules.replace("age>3", "age > 3");
    assert_eq!(now, [&spelled, &*long, broken, &spelled]);
}

#[test]
fn an_expression_alone_is_printed() {
    let folder = folder(&[]);
    let ask = |more: &[&str]| run(folder.path(), &[&["fmt", "--expr"], more].concat());
    assert_eq!(
        ask(&["age>50 and viewed( \"tv\" )within 30 days"]).out,
        "age > 50 and viewed(\"tv\") within 30 days\n"
    );
    assert_eq!(ask(&["age>50", "--check"]).code, 1);
    assert_eq!(ask(&["age > 50", "--check"]).code, 0);
    let wrong = ask(&["age >"]);
    assert_eq!((wrong.code, wrong.out.as_str()), (2, ""));
    assert!(wrong.err.starts_with("error[E0014]"), "{}", wrong.err);
    assert_eq!(ask(&["age > 3", "r.toml"]).code, 2);
}

const SENDING: &str = r#"
profile_timezone = "zone"
[schema.attributes]
zone = "string"
birthday = { type = "date", yearly = true, purpose = ["communication"] }
income = { type = "int", purpose = ["credit check"] }
city = "string"
consent = "bool"
fax = { type = "string", kind = "reference" }
points = "int"
[schema.events.purchased.properties]
amount = "decimal(2)"
channel = "string"
[schema.events.opened]
[schema.relations.pets.properties]
species = "string"
name = "string"
[schema.relations.cars.properties]
brand = "string"
[traits]
spent = "sum(purchased.amount)"
[segments]
owner = 'pets(species = "dog")'
rich = "income > 100000"
[channels.email]
consent = "consent"
[messages.card]
channel = "email"
variants = [{ name = "town", when = 'city = "Roma"' }]
otherwise = "plain"
[messages.bill]
channel = "email"
class = "transactional"
[triggers.birthday]
on = "birthday at 09:00"
when = "in segment rich and spent > 10 and consent"
do = [{ send = "card" }, { add = "points", by = 5 }]
[triggers.bill]
on = "purchased"
when = "income > 1"
do = [{ send = "bill" }]
[journeys.dogs]
on = "enter segment owner"
steps = [{ name = "first", wait = "1 day", do = [{ send = "card" }] }]
"#;

/// The codes of the findings, and their keys.
fn found(folder: &std::path::Path, more: &[&str]) -> Vec<String> {
    let args = [&["check", "rules.toml", "--format", "json"], more].concat();
    let ran = run(folder, &args);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    let keys = ran.out.lines().map(|line| {
        let finding: serde_json::Value = serde_json::from_str(line).unwrap();
        let part = |part: &str| finding[part].as_str().unwrap().to_owned();
        assert!(finding["line"].is_u64(), "{line}");
        let code = finding["diagnostic"]["code"].as_str().unwrap().to_owned();
        format!("{code} {}", part("key"))
    });
    keys.collect()
}

#[test]
fn what_no_rule_reads_is_listed_on_demand() {
    let folder = folder(&[("rules.toml", SENDING)]);
    assert_eq!(found(folder.path(), &[]), [] as [&str; 0]);
    assert_eq!(
        found(folder.path(), &["--unread"]),
        [
            "W0120 schema.attributes.fax",
            "W0120 schema.events.purchased.properties.channel",
            "W0120 schema.events.opened",
            "W0120 schema.relations.pets.properties.name",
            "W0120 schema.relations.cars",
        ]
    );
    let ran = run(
        folder.path(),
        &["check", "rules.toml", "--unread", "--deny-warnings"],
    );
    assert_eq!(ran.code, 1);
    assert!(
        ran.out
            .contains("no rule reads the property `channel` of `purchased`"),
        "{}",
        ran.out
    );
}

/// The bill is no communication, the consent a permission, and points are only given.
#[test]
fn what_decides_on_mail_without_being_given_for_it_is_listed_on_demand() {
    let folder = folder(&[("rules.toml", SENDING)]);
    assert_eq!(
        found(folder.path(), &["--purpose"]),
        [
            "W0340 schema.attributes.income",
            "W0340 schema.attributes.city",
            "W0340 schema.events.purchased.properties.amount",
            "W0340 schema.relations.pets.properties.species",
        ]
    );
    let ran = run(folder.path(), &["check", "rules.toml", "--purpose"]);
    let message = "`income` decides what `birthday` sends, and was not given for `communication`: only for `credit check`";
    assert!(ran.out.contains(message), "{}", ran.out);
    let message = "`species` of `pets` decides what `dogs` sends";
    assert!(ran.out.contains(message), "{}", ran.out);
}

//! Rule files that include others: every command reads them from their folder, and tells mistakes where they are.

#![allow(clippy::unwrap_used, reason = "a test that fails")]

mod common;

use common::{ok, refused, run};
use std::fs;
use tempfile::TempDir;

const PACK: &str = r#"
[schema.attributes]
age = "int"
[schema.events.purchased.properties]
amount = "decimal(2)"
[segments]
regular = "purchased  at least 2 times within 30 days"
[triggers.thanks]
on = "purchased(amount > 100)"
do = [{ call = "thanks" }]
"#;

const RULES: &str = r#"
include = ["../packs/loyalty.toml"]
timezone = "Europe/Rome"
[packs.loyalty.rename]
purchased = "ordered"
"purchased.amount" = "ordered.total"
[segments]
rich = "sum(ordered.total) > 100"
"#;

const EVENTS: &str = r#"{"profile":"anna","kind":"ordered","at":"2026-03-01T10:00:00Z","props":{"total":120.00}}
{"profile":"anna","kind":"ordered","at":"2026-03-02T10:00:00Z","props":{"total":5.00}}
{"profile":"ben","kind":"ordered","at":"2026-03-02T11:00:00Z","props":{"total":5.00}}
"#;

const SCENARIO: &str = r#"
rules = "../shop/rules.toml"
now = 2026-03-02T12:00:00Z
[profiles.anna]
events = ['ordered(total = 120.00) 2 days ago', 'ordered(total = 1.00) 1 day ago']
[profiles.ben]
events = ['ordered(total = 1.00) 1 day ago']
[segments]
regular = ["anna"]
rich = ["anna"]
"#;

/// A shop whose rule file includes a pack of another folder.
fn shop() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [
        ("packs/loyalty.toml", PACK),
        ("shop/rules.toml", RULES),
        ("shop/events.ndjson", EVENTS),
        ("tests/scenario.toml", SCENARIO),
    ] {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

#[test]
fn every_command_reads_what_is_included() {
    let shop = shop();
    let at = shop.path();
    let checked = ok(at, &["check", "shop/rules.toml"]);
    assert_eq!(
        checked,
        "shop/rules.toml: 2 segments, 1 trigger, no findings\n"
    );
    let data = [
        "--rules",
        "shop/rules.toml",
        "--events",
        "shop/events.ndjson",
    ];
    let with = |first: &[&'static str], more: &[&'static str]| [first, &data, more].concat();
    let now = ["--now", "2026-03-02T12:00:00Z"];
    let members = ok(
        at,
        &with(&["eval"], &[&now[..], &["--segment", "regular"]].concat()),
    );
    assert_eq!(members, "anna\n");
    let why = ok(
        at,
        &with(
            &["explain", "--id", "anna"],
            &[&now[..], &["--segment", "regular"]].concat(),
        ),
    );
    assert!(
        why.contains("ordered at least 2 times within 30 days"),
        "{why}"
    );
    let told = ok(at, &with(&["simulate"], &["--until", "2026-03-03"]));
    assert!(told.contains("\"name\":\"thanks\""), "{told}");
    let tested = ok(at, &["test", "tests/scenario.toml"]);
    assert!(tested.contains("4 expectations met"), "{tested}");
}

/// Formatting is about the file that is named, and leaves what it includes to itself.
#[test]
fn a_file_is_formatted_by_itself() {
    let shop = shop();
    let at = shop.path();
    let _ = ok(at, &["fmt", "shop/rules.toml"]);
    assert_eq!(
        fs::read_to_string(at.join("packs/loyalty.toml")).unwrap(),
        PACK
    );
    let _ = ok(at, &["fmt", "packs/loyalty.toml"]);
    let pack = fs::read_to_string(at.join("packs/loyalty.toml")).unwrap();
    assert_eq!(pack, PACK.replace("purchased  at", "purchased at"));
    let rules = fs::read_to_string(at.join("shop/rules.toml")).unwrap();
    assert_eq!(rules, RULES);
}

#[test]
fn mistakes_are_told_in_the_file_that_has_them() {
    let shop = shop();
    let at = shop.path();
    fs::write(
        at.join("packs/loyalty.toml"),
        PACK.replace("amount > 100", "amout > 100"),
    )
    .unwrap();
    let ran = run(at, &["check", "shop/rules.toml"]);
    assert_eq!(ran.code, 1);
    assert!(
        ran.out
            .contains("--> packs/loyalty.toml:9:17, triggers.thanks.on"),
        "{}",
        ran.out
    );
    let ran = run(at, &["check", "--format", "json", "shop/rules.toml"]);
    assert!(
        ran.out.contains("\"file\":\"packs/loyalty.toml\""),
        "{}",
        ran.out
    );
    fs::remove_file(at.join("packs/loyalty.toml")).unwrap();
    let ran = run(at, &["check", "shop/rules.toml"]);
    let said = "`../packs/loyalty.toml` cannot be included: no such file";
    assert!(ran.out.contains(said), "{}", ran.out);
}

/// A rule file whose schema is in what it includes needs none from the data.
#[test]
fn a_schema_may_be_in_an_included_file() {
    let shop = shop();
    let at = shop.path();
    fs::write(
        at.join("shop/more.yaml"),
        "include: [rules.toml]\nsegments: {grown_up: age >= 18}\n",
    )
    .unwrap();
    let ran = run(at, &["check", "shop/more.yaml"]);
    // The file that is included has a time zone, which is for the one that includes.
    assert!(
        ran.out.contains("an included file has no `timezone`"),
        "{}",
        ran.out
    );
    fs::write(
        at.join("shop/rules.toml"),
        RULES.replace("timezone = \"Europe/Rome\"", ""),
    )
    .unwrap();
    assert_eq!(
        ok(at, &["check", "shop/more.yaml"]),
        "shop/more.yaml: 3 segments, 1 trigger, no findings\n"
    );
}

#[test]
fn packs_are_printed() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let list = ok(at, &["pack"]);
    assert!(list.contains("\nretail     A shop\n"), "{list}");
    for name in ["customer", "retail", "beauty"] {
        fs::write(at.join(format!("{name}.toml")), ok(at, &["pack", name])).unwrap();
    }
    let checked = ok(at, &["check", "beauty.toml"]);
    assert!(checked.ends_with("no findings\n"), "{checked}");
    let said = refused(at, &["pack", "shoes"]);
    assert!(
        said.contains("there is no pack `shoes`; there are customer, retail"),
        "{said}"
    );
}

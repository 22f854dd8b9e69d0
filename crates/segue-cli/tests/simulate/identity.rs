//! Lines that say who somebody is, in a run and in what else is asked of the same files.

use crate::common::{folder, ok, refused, run, words};
use crate::{lines, said};
use tempfile::TempDir;

const RULES: &str = r#"
[schema.attributes]
city = "string"
[schema.events.viewed]
subject = "category"
properties = { category = "string" }
[schema.events.purchased]
[segments]
converted = 'viewed("tv") at least 2 times and viewed("tv") then purchased'
milanese = 'city = "Milano"'
[triggers.thanks]
on = "purchased"
when = "in segment converted"
do = [{ call = "thanks" }]
[identity]
strong = ["customer", "email"]
named_by = "customer"
"#;

const VISITS: &str = r#"{"profile":"anon-1","kind":"viewed","at":"2026-05-01T10:00:00Z","props":{"category":"tv"},"set":{"city":"Milano"}}
{"profile":"anon-1","kind":"viewed","at":"2026-05-01T10:05:00Z","props":{"category":"tv"}}
"#;
const SIGNED_IN: &str = r#"{"profile":"anon-1","at":"2026-05-01T10:06:00Z","is":{"customer":"u-7"}}
"#;
const BOUGHT: &str = r#"{"profile":"u-7","kind":"purchased","at":"2026-05-01T10:07:00Z"}
"#;

fn visitors(lines: &[&str]) -> TempDir {
    folder(&[("rules.toml", RULES), ("events.ndjson", &lines.concat())])
}

const RUN: &str = "simulate --rules rules.toml --events events.ndjson --summary none";

#[test]
fn the_views_of_a_visitor_are_those_of_the_customer() {
    let by_id = SIGNED_IN.replace(r#"{"customer":"u-7"}"#, "\"u-7\"");
    for is in [SIGNED_IN, &by_id] {
        let folder = visitors(&[VISITS, is, BOUGHT]);
        let told = said(folder.path(), &words(&format!("{RUN} --only entered,left")));
        assert_eq!(
            told,
            [
                "2026-05-01T10:00:00Z anon-1 entered milanese",
                "2026-05-01T10:06:00Z anon-1 left milanese",
                "2026-05-01T10:06:00Z u-7 entered milanese",
                "2026-05-01T10:07:00Z u-7 entered converted",
            ]
        );
    }
    let folder = visitors(&[VISITS, SIGNED_IN]);
    let out = ok(folder.path(), &words(&format!("{RUN} --only merged")));
    let told = lines(&out);
    assert_eq!(
        (&told[0]["from"], &told[0]["by"], told.len()),
        (&"anon-1".into(), &"customer".into(), 1)
    );
}

/// The line may come with the event that it explains.
#[test]
fn who_somebody_is_comes_before_what_they_do() {
    let both = r#"{"profile":"anon-1","kind":"purchased","at":"2026-05-01T10:07:00Z","is":{"customer":"u-7"}}
"#;
    let folder = visitors(&[VISITS, both]);
    let told = said(folder.path(), &words(&format!("{RUN} --only entered")));
    assert_eq!(
        told.last().unwrap(),
        "2026-05-01T10:07:00Z u-7 entered converted"
    );
}

#[test]
fn what_is_known_before_a_run_is_one_person_too() {
    let folder = visitors(&[VISITS, SIGNED_IN, BOUGHT]);
    let from = format!("{RUN} --only entered,left,merged --from");
    let told = said(
        folder.path(),
        &words(&format!("{from} 2026-05-01T10:06:30Z")),
    );
    assert_eq!(told, ["2026-05-01T10:07:00Z u-7 entered converted"]);
    // And in a run that goes on from another.
    let first = format!("{RUN} --until 2026-05-01T10:06:30Z --save state.json");
    ok(folder.path(), &words(&first));
    let rest = folder.path().join("rest.ndjson");
    std::fs::write(rest, BOUGHT.replace("u-7", "anon-1")).unwrap();
    let second = "simulate --rules rules.toml --events rest.ndjson --summary none --restore state.json --only entered";
    assert_eq!(
        said(folder.path(), &words(second)),
        ["2026-05-01T10:07:00Z u-7 entered converted"]
    );
}

#[test]
fn eval_and_explain_see_one_person() {
    let other = r#"{"profile":"u-9","kind":"viewed","at":"2026-05-01T10:07:00Z","props":{"category":"tv"}}
"#;
    let folder = visitors(&[VISITS, SIGNED_IN, BOUGHT, other]);
    let eval =
        "eval --rules rules.toml --events events.ndjson --segment converted --format ids --now";
    assert_eq!(
        ok(folder.path(), &words(&format!("{eval} 2026-05-02"))),
        "u-7\n"
    );
    // Not yet.
    assert_eq!(
        ok(
            folder.path(),
            &words(&format!("{eval} 2026-05-01T10:05:30Z"))
        ),
        ""
    );
    let explain = "explain --rules rules.toml --events events.ndjson --now 2026-05-02 --id anon-1";
    let of_segment = ok(
        folder.path(),
        &words(&format!("{explain} --segment converted --format summary")),
    );
    assert!(
        of_segment.starts_with("u-7 is in `converted`"),
        "{of_segment}"
    );
    let of_trigger = ok(
        folder.path(),
        &words(&format!("{explain} --trigger thanks --format summary")),
    );
    assert!(of_trigger.contains("triggered 1 time"), "{of_trigger}");
    assert!(
        of_trigger.contains("✓ 2026-05-01T10:07:00Z"),
        "{of_trigger}"
    );
}

#[test]
fn what_identifies_nobody_is_said() {
    let nobody = SIGNED_IN.replace("u-7", "undefined");
    let folder = visitors(&[VISITS, &nobody]);
    let ran = run(folder.path(), &words(RUN));
    assert!(
        ran.err.contains("note: 1 line that names nobody"),
        "{}",
        ran.err
    );
    for (is, message) in [
        (
            r#"{"phone":"1"}"#,
            "`is.phone`: the rules have no such identifier; declare it in `identity` as strong or weak",
        ),
        (
            r#"{"email":true}"#,
            "`is.email` is neither a string nor a number",
        ),
        ("[]", "`is` says nobody"),
        ("{}", "`is` says nobody"),
    ] {
        let folder = visitors(&[VISITS, &SIGNED_IN.replace(r#"{"customer":"u-7"}"#, is)]);
        let err = refused(folder.path(), &words(RUN));
        assert!(
            err.contains("events.ndjson:3") && err.contains(message),
            "{err}"
        );
    }
}

//! `segue members`, `count`, `overlap`, `trend` and `diff`: on a few profiles by hand, and on the CDNOW sample against `segue eval`.

#![allow(clippy::unwrap_used, reason = "a test that fails")]

mod common;
#[cfg(feature = "parquet")]
mod parquet;

use common::{RULES, cdnow, folder, ok, refused, words};
use serde_json::{Value as Json, json};

const SHOP: &str = r#"
timezone = "Europe/Rome"
[schema.attributes]
city = "string"
[schema.events.viewed]
subject = "category"
properties = { category = "string" }
[schema.events.purchased.properties]
amount = "decimal(2)"

[traits]
spent = "sum(purchased.amount within 30 days)"
[tags]
"risk/inactive" = "not purchased within 7 days"
[segments]
active = "purchased within 7 days"
milanese = 'city = "Milano"'
[lifecycles.interest]
per = "category"
stages = [{ name = "aware", when = "viewed" }]
"#;

const PROFILES: &str = r#"{"id":"carl","city":"Milano"}
{"id":"anna","city":"Milano","tags":["press"]}
{"id":"ben"}
"#;

const EVENTS: &str = r#"{"profile":"anna","kind":"purchased","at":"2026-03-15T10:00:00Z","props":{"amount":25}}
{"profile":"ben","kind":"purchased","at":"2026-03-10T10:00:00Z","props":{"amount":7.5}}
{"profile":"anna","kind":"viewed","at":"2026-03-16T10:00:00Z","props":{"category":"tv"}}
"#;

fn shop() -> tempfile::TempDir {
    folder(&[
        ("rules.toml", SHOP),
        (
            "edited.toml",
            &SHOP.replace(
                "active = \"purchased within 7 days\"",
                "active = \"purchased within 10 days\"\nbuyers = \"purchased\"",
            ),
        ),
        ("profiles.ndjson", PROFILES),
        ("events.ndjson", EVENTS),
    ])
}

const DATA: &str = "--profiles profiles.ndjson --events events.ndjson";

fn answer(call: &str) -> String {
    ok(shop().path(), &words(&format!("{call} {DATA}")))
}

fn json(call: &str) -> Json {
    serde_json::from_str(&answer(&format!("{call} --format json"))).unwrap()
}

#[test]
fn members_of_all_and_of_any() {
    let call = "members --rules rules.toml --now 2026-03-18 --segment active --segment milanese";
    assert_eq!(answer(call), "anna\n");
    assert_eq!(answer(&format!("{call} --any")), "anna\ncarl\n");
    assert_eq!(answer(&format!("{call} --any --format count")), "2\n");
    let found = json(call);
    assert_eq!(
        found,
        json!({"at": "2026-03-17T23:00:00Z", "population": 3, "count": 1, "members": ["anna"]})
    );
}

#[test]
fn everything_that_the_rules_say_is_counted() {
    let found = json("count --rules rules.toml --now 2026-03-18");
    assert_eq!(found["segments"], json!({"active": 1, "milanese": 2}));
    assert_eq!(
        found["stages"]["interest"]["tv"],
        json!({"values": [{"value": "aware", "count": 1}], "distinct": 1, "others": 0, "missing": 2})
    );
    let tags = json!([{"value": "press", "count": 1}, {"value": "risk", "count": 2}, {"value": "risk/inactive", "count": 2}]);
    assert_eq!(found["tags"]["values"], tags);
    let spent = &found["traits"]["spent"];
    let values = json!([{"value": "0.00", "count": 1}, {"value": "7.50", "count": 1}, {"value": "25.00", "count": 1}]);
    assert_eq!(spent["values"], values);
    assert_eq!(
        (&spent["spread"]["median"], &spent["spread"]["max"]),
        (&json!("7.50"), &json!("25.00"))
    );
    let text = answer("count --rules rules.toml --now 2026-03-18");
    assert!(text.starts_with("3 profiles at 2026-03-18\n"), "{text}");
    for line in [
        "│ active   ┆       1 ┆ 33.3% │",
        "│ milanese ┆       2 ┆ 66.7% │",
        "│ aware          ┆        1 ┆ 33.3% │",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
}

#[test]
fn each_two_segments_are_compared() {
    let found = json("overlap --rules rules.toml --now 2026-03-18");
    let expected =
        json!({"population": 3, "names": ["active", "milanese"], "counts": [[1, 1], [1, 2]]});
    assert_eq!(found, expected);
    let found = json("overlap --rules rules.toml --now 2026-03-18 --segments milanese");
    assert_eq!(found["counts"], json!([[2]]));
    let text = answer("overlap --rules rules.toml --now 2026-03-18");
    assert!(text.contains("100.0%") && text.contains("50.0%"), "{text}");
}

#[test]
fn a_trend_counts_day_by_day() {
    let found = json(
        "trend --rules rules.toml --segment active --from 2026-03-10 --until 2026-03-24 --every 7",
    );
    let point = |at: &str, [count, entered, left]: [u8; 3]| json!({"at": at, "count": count, "entered": entered, "left": left});
    let points = json!([
        point("2026-03-09T23:00:00Z", [0, 0, 0]),
        point("2026-03-16T23:00:00Z", [2, 2, 0]),
        point("2026-03-23T23:00:00Z", [0, 0, 2]),
    ]);
    assert_eq!(
        found["trends"],
        json!([{"segment": "active", "points": points}])
    );
    let text =
        answer("trend --rules rules.toml --segment active --from 2026-03-17 --until 2026-03-17");
    assert!(
        text.contains("│ 2026-03-17 ┆       2 ┆ 66.7% ┆       0 ┆    0 │"),
        "{text}"
    );
}

#[test]
fn an_edit_names_whom_it_moves() {
    let found = json("diff rules.toml edited.toml --now 2026-03-18");
    let segments = json!({
        "active": {"entered": ["ben"], "left": [], "same": 1},
        "buyers": {"entered": ["anna", "ben"], "left": [], "same": 0},
        "milanese": {"entered": [], "left": [], "same": 2},
    });
    assert_eq!(found["segments"], segments);
    assert_eq!(
        found["traits"]["spent"],
        json!({"same": 3, "moves": [], "others": []})
    );
    let text = answer("diff rules.toml edited.toml --now 2026-03-18");
    assert!(
        text.contains("│ active  ┆      1 ┆      +1 ┆   -0 ┆     2 │"),
        "{text}"
    );
    assert!(!text.contains("milanese"), "{text}");
    let same = answer("diff rules.toml rules.toml --now 2026-03-18");
    assert!(same.ends_with("both say the same of everybody\n"), "{same}");
}

#[test]
fn what_cannot_be_asked_is_refused() {
    let shop = shop();
    let refusal = |call: &str| refused(shop.path(), &words(&format!("{call} {DATA}")));
    let error = refusal("overlap --rules rules.toml --now 2026-03-18 --segments vip");
    assert!(
        error.contains("no segment `vip`; its segments are active, milanese"),
        "{error}"
    );
    let error =
        refusal("trend --rules rules.toml --segment active --from 2026-03-10 --until 2026-03-09");
    assert!(
        error.contains("`--until 2026-03-09` is before `--from 2026-03-10`"),
        "{error}"
    );
    let error =
        refusal("trend --rules rules.toml --segment active --from 1900-01-01 --until 2026-03-09");
    assert!(error.contains("make `--every` greater"), "{error}");
}

/// Columns and profiles say the same of a real population.
#[test]
fn segments_are_those_of_eval() {
    let data = "--profiles profiles.ndjson.gz --events events.ndjson.gz";
    let now = "--now 1998-07-01T00:00:00Z";
    let call = |call: &str| ok(&cdnow(), &words(&format!("{call} --rules {RULES} {data}")));
    let counts: Json = serde_json::from_str(&call(&format!("count {now} --format json"))).unwrap();
    let segments = counts["segments"].as_object().unwrap();
    assert!(segments.len() > 5, "{segments:?}");
    let asked = ["bought_once", "active", "dormant", "top_spenders"];
    for name in asked {
        let members = call(&format!("members {now} --segment {name}"));
        assert_eq!(
            members,
            call(&format!("eval {now} --segment {name}")),
            "{name}"
        );
        assert_eq!(segments[name], json!(members.lines().count()), "{name}");
    }
    let trend = call("trend --segment active --from 1998-07-01 --until 1998-07-01 --format json");
    let trend: Json = serde_json::from_str(&trend).unwrap();
    assert_eq!(trend["trends"][0]["points"][0]["count"], segments["active"]);
}

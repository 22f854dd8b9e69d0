//! `segue report`: reports of a rule file, as tables and as data, and the people behind the numbers.

#![allow(clippy::unwrap_used, reason = "a test that fails")]

mod common;

use common::{cdnow, folder, ok, refused};
use serde_json::{Value, json};

const REPORTS: &str = r#"
[schema.attributes]
in_sample = "bool"
[schema.events.purchase.properties]
quantity = "int"
amount = "decimal(2)"

[segments]
again = "purchase at least 2 times"

[lifecycles.recency]
from = "any"
stages = [
    { name = "active", when = "purchase within 90 days" },
    { name = "sleeping", when = "purchase within 270 days" },
    { name = "lost", when = "purchase" },
]

[reports.three_orders]
funnel = ["purchase", "purchase", "purchase"]
within = "90 days"
by = "in_sample"

[reports.second_order]
interval = { from = "purchase", to = "purchase", runs = "first" }

[reports.large_order]
paths = { around = "purchase(amount > 500)", before = 1, after = 1 }
"#;

/// The numbers were counted with a program of a few lines in another language: days of purchase by person, and products of fractions.
#[test]
fn reports_on_the_customers_of_a_music_shop() {
    let place = folder(&[("reports.toml", REPORTS)]);
    let sample = cdnow();
    let path = |name: &str| sample.join(name).to_str().unwrap().to_owned();
    let (profiles, events) = (path("profiles.ndjson.gz"), path("events.ndjson.gz"));
    let report = |name: &str| -> Value {
        let args = [
            "report",
            name,
            "--rules",
            "reports.toml",
            "--profiles",
            &profiles,
            "--events",
            &events,
            "--until",
            "1998-07-01",
            "--format",
            "json",
        ];
        serde_json::from_str(&ok(place.path(), &args)).unwrap()
    };
    let funnel = report("three_orders");
    let column = |steps: &Value, key: &str| -> Vec<u64> {
        let steps = steps.as_array().unwrap().iter();
        steps.map(|step| step[key].as_u64().unwrap()).collect()
    };
    assert_eq!(column(&funnel["steps"], "people"), [6041, 2261, 1043]);
    assert_eq!(column(&funnel["steps"], "lost"), [3780, 1218, 0]);
    assert_eq!(column(&funnel["steps"], "open"), [150, 250, 0]);
    let groups = funnel["groups"].as_array().unwrap().iter();
    let sum: u64 = groups
        .map(|group| column(&group["steps"], "people")[1])
        .sum();
    assert_eq!(sum, 2261);

    let interval = report("second_order");
    assert_eq!(
        (&interval["pairs"], &interval["waiting"]),
        (&json!(2965), &json!(3076))
    );
    assert_eq!(
        (&interval["quarter"], &interval["median"]),
        (&json!("58 days"), &Value::Null)
    );

    let segments = report("segments");
    assert_eq!(segments["people"], 6041);
    let stock = report("stock of recency");
    let people = column(&stock["stages"], "people");
    assert_eq!(
        people.iter().sum::<u64>() + stock["in_none"].as_u64().unwrap(),
        6041
    );
    let paths = report("large_order");
    let times: u64 = (paths["edges"].as_array().unwrap().iter())
        .filter(|edge| edge["step"] == 0)
        .map(|edge| edge["times"].as_u64().unwrap())
        .sum();
    assert_eq!(paths["paths"].as_u64(), Some(times));
}

const SMALL: &str = r#"
[schema.events]
viewed = {}
purchased = {}
[reports.sales]
funnel = ["viewed", "purchased"]
within = "7 days"
"#;

const EVENTS: &str = r#"{"profile": "anna", "kind": "viewed", "at": "2026-03-01T10:00:00Z"}
{"profile": "anna", "kind": "purchased", "at": "2026-03-03T10:00:00Z"}
{"profile": "ben", "kind": "viewed", "at": "2026-03-02T10:00:00Z"}
"#;

#[test]
fn the_people_behind_the_numbers_are_named_on_demand() {
    let place = folder(&[("rules.toml", SMALL), ("events.ndjson", EVENTS)]);
    let args = [
        "report",
        "sales",
        "--rules",
        "rules.toml",
        "--events",
        "events.ndjson",
        "--members",
    ];
    let table = ok(place.path(), &args);
    for line in [
        "step 1 (viewed): came to it: anna, ben",
        "step 1 (viewed): came no further: ben",
        "step 1 (viewed): still have time: ben",
        "step 2 (purchased): came to it: anna",
    ] {
        assert!(table.contains(line), "{table}");
    }
    assert!(table.contains("2 days"), "{table}");
    let json = ok(place.path(), &[&args[..], &["--format", "json"]].concat());
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["kind"], "funnel");
    let lost = json!({"number": "step 1 (viewed): came no further", "ids": ["ben"]});
    assert_eq!(json["members"][1], lost);
}

#[test]
fn what_cannot_be_reported_is_said() {
    let place = folder(&[("rules.toml", SMALL), ("events.ndjson", EVENTS)]);
    let of = |name: &str, more: &[&str]| {
        let args = [
            "report",
            name,
            "--rules",
            "rules.toml",
            "--events",
            "events.ndjson",
        ];
        refused(place.path(), &[&args[..], more].concat())
    };
    let unknown = of("sale", &[]);
    assert!(
        unknown.contains("there is no report `sale`; did you mean `sales`?"),
        "{unknown}"
    );
    let per = of("sales", &["--per", "week"]);
    assert!(per.contains("`--per` is for `touchpoints`"), "{per}");
    let members = of("touchpoints", &["--members"]);
    assert!(members.contains("leave `--members` out"), "{members}");
}

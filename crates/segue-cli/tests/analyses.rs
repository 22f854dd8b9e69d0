//! Reports on what the customers of a music shop did. Every number was also found with DuckDB 1.4, from the definitions in
//! `docs/reports.md`.

mod common;

use common::{cdnow, folder, ok};
use serde_json::{Value as Json, json};

const RULES: &str = r#"
    [schema.attributes]
    in_sample = "bool"
    [schema.events.purchase.properties]
    quantity = "int"
    amount = "decimal(2)"

    [scores.f]
    value = "count(purchase)"
    over = "purchase"
    classes = 5
    [scores.m]
    value = "sum(purchase.amount)"
    over = "purchase"
    classes = 5
    [scores.r]
    value = "last(purchase).at"
    classes = 5

    [reports.comes_back]
    retention = { first = "purchase", per = "month", periods = 6 }
    [reports.hours]
    heat = "purchase"
    [reports.turnover]
    series = ["count(purchase)", "people(purchase)", "sum(purchase.amount)"]
    per = "quarter"
    [reports.again]
    repurchase = { of = "purchase", within = ["30 days", "90 days"] }
    [reports.orders]
    orders = { of = "purchase.amount", per = "year" }
    [reports.sample]
    spread = ["in_sample"]
    [reports.often]
    together = { of = "purchase(quantity > 5)", with = "purchase(quantity = 1)", within = "30 days" }
    [reports.classes]
    rfm = { recency = "r", frequency = "f", monetary = "m" }
"#;

fn report(name: &str, timezone: &str, format: &str) -> String {
    let rules = folder(&[("rules.toml", RULES)]);
    let file = |name: &str| cdnow().join(name).to_str().unwrap_or_default().to_owned();
    let (profiles, events) = (file("profiles.ndjson.gz"), file("events.ndjson.gz"));
    let args = [
        "report",
        name,
        "--rules",
        "rules.toml",
        "--profiles",
        &profiles,
        "--events",
        &events,
        "--from",
        "1997-01-01T00:00:00Z",
        "--until",
        "1998-07-01T00:00:00Z",
        "--timezone",
        timezone,
        "--format",
        format,
    ];
    ok(rules.path(), &args)
}

fn json(name: &str) -> Json {
    serde_json::from_str(&report(name, "UTC", "json")).unwrap_or_default()
}

#[test]
fn who_comes_back() {
    let found = json("comes_back");
    assert_eq!(
        (&found["people"], &found["earlier"]),
        (&json!(6041), &json!(0))
    );
    let expected = [
        ("1997-01", 1988, [231, 299, 247, 214, 191, 209, 197]),
        ("1997-02", 2192, [217, 353, 271, 207, 214, 225, 168]),
        ("1997-03", 1861, [228, 267, 190, 189, 176, 132, 152]),
    ];
    let cohorts = found["cohorts"].as_array().cloned().unwrap_or_default();
    assert_eq!(cohorts.len(), 18);
    for (cohort, (name, size, again)) in cohorts.iter().zip(expected) {
        assert_eq!(
            (&cohort["name"], &cohort["size"]),
            (&json!(name), &json!(size))
        );
        let cells = cohort["cells"].as_array().cloned().unwrap_or_default();
        let people: Vec<&Json> = cells.iter().map(|cell| &cell["people"]).collect();
        assert_eq!(people, again.map(|n| json!(n)).iter().collect::<Vec<_>>());
    }
    // Nobody is new after March.
    assert!(cohorts.iter().skip(3).all(|cohort| cohort["size"] == 0));
    let text = report("comes_back", "UTC", "table");
    assert!(text.contains("6041 people who first came"), "{text}");
    assert!(text.contains("299 (15.0%)"), "{text}");
}

/// Every purchase is known by its day in UTC: in New York that is 19:00 of the day before in winter, 20:00 in summer.
#[test]
fn when_they_buy() {
    let found: Json =
        serde_json::from_str(&report("hours", "America/New_York", "json")).unwrap_or_default();
    assert_eq!(
        (&found["events"], &found["people"]),
        (&json!(18224), &json!(6041))
    );
    let cell = |day: usize, hour: usize| {
        let cell = &found["days"][day]["hours"][hour];
        (cell["events"].clone(), cell["people"].clone())
    };
    let expected = [
        [(1754, 1424), (1059, 722)],
        [(1664, 1382), (896, 656)],
        [(1711, 1383), (954, 624)],
        [(1573, 1315), (838, 624)],
        [(1622, 1338), (886, 620)],
        [(1674, 1347), (917, 630)],
        [(1668, 1363), (1008, 693)],
    ];
    for (day, hours) in expected.iter().enumerate() {
        for (hour, (events, people)) in [19, 20].into_iter().zip(hours) {
            assert_eq!(
                cell(day, hour),
                (json!(events), json!(people)),
                "{day} {hour}"
            );
        }
    }
    // Clocks went forward twice and back once.
    let changes = ["skipped", "doubled"].map(|key| found[key].as_array().map_or(0, Vec::len));
    assert_eq!(changes, [2, 1]);
    let text = report("hours", "America/New_York", "table");
    assert!(
        text.contains("shown twice by the clocks: 1997-10-26 01:00 to 1997-10-26 02:00, a sunday"),
        "{text}"
    );
}

#[test]
fn how_much_they_buy() {
    let found = json("turnover");
    let expected = [
        ("1997-Q1", 8187, 6041, "272929.23"),
        ("1997-Q2", 2626, 1394, "99983.13"),
        ("1997-Q3", 2087, 1144, "75912.27"),
        ("1997-Q4", 2032, 1083, "78183.73"),
        ("1998-Q1", 1742, 950, "63370.09"),
        ("1998-Q2", 1550, 858, "55295.52"),
    ];
    for (nth, (name, orders, people, sum)) in expected.into_iter().enumerate() {
        assert_eq!(found["periods"][nth]["name"], name);
        let value = |figure: usize| &found["all"][figure]["points"][nth]["value"];
        assert_eq!(
            (value(0), value(1), value(2)),
            (&json!(orders), &json!(people), &json!(sum))
        );
    }
    let orders = json("orders");
    let total = &orders["all"]["total"];
    assert_eq!(
        (&total["orders"], &total["buyers"]),
        (&json!(18224), &json!(6041))
    );
    assert_eq!(
        (&total["turnover"], &total["net"]),
        (&json!("645673.97"), &json!("645673.97"))
    );
}

#[test]
fn who_buys_again() {
    let all = &json("again")["all"];
    assert_eq!(
        (&all["people"], &all["again"]),
        (&json!(6041), &json!(2999))
    );
    let within = |nth: usize| {
        (
            &all["within"][nth]["again"],
            &all["within"][nth]["unfinished"],
        )
    };
    assert_eq!(within(0), (&json!(1140), &json!(0)));
    assert_eq!(within(1), (&json!(1849), &json!(0)));
    assert_eq!(all["median_gap"], "53 days");
}

/// Each kind has a table of its own, and no number of people is more than there are.
#[test]
fn every_kind_is_a_table() {
    for (name, said) in [
        ("turnover", "sum(purchase.amount)"),
        ("again", "median gap"),
        ("orders", "the largest order"),
        ("sample", "in_sample"),
        ("often", "correlation over the whole periods"),
        ("classes", "cut points of r, found among them"),
    ] {
        let text = report(name, "UTC", "table");
        assert!(text.contains(said) && text.contains('│'), "{name}: {text}");
    }
}

//! `segue report --html`: pages of pictures.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use common::{cdnow, folder, ok, refused, words};
use serde_json::Value;
use std::fs;

const DATA: &str = "--profiles profiles.ndjson.gz --events events.ndjson.gz --until 1998-07-01";

/// The page that a call makes.
fn page(call: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("page.html");
    let mut args = words(call);
    args.extend(["--html", file.to_str().unwrap()]);
    assert_eq!(ok(&cdnow(), &args), "");
    fs::read_to_string(file).unwrap()
}

/// The rows of the table of a figure, by its title.
fn table(html: &str, title: &str) -> Vec<Vec<String>> {
    let from = html.find(&format!("<h3>{title}</h3>")).unwrap();
    let body = html[from..].split("<tbody>").nth(1).unwrap();
    let body = body.split("</tbody>").next().unwrap();
    let cells = |row: &str| -> Vec<String> {
        let cells = row
            .split('>')
            .skip(1)
            .filter_map(|part| part.strip_suffix("</th").or(part.strip_suffix("</td")));
        cells.map(str::to_owned).collect()
    };
    body.split("<tr>").skip(1).map(cells).collect()
}

fn number(text: &str) -> u64 {
    text.replace(',', "").parse().unwrap()
}

/// Segments of the page have the members that `segue eval` finds, now and a year ago.
#[test]
fn a_page_shows_the_population_as_a_whole() {
    let html = page(&format!("report --rules rules.toml {DATA}"));
    assert!(html.len() < 500_000, "{}", html.len());
    for title in [
        "Which segments overlap",
        "frequency",
        "coming back",
        "until the second",
    ] {
        assert!(html.contains(&format!("<h3>{title}</h3>")), "{title}");
    }
    let counted = |now: &str, segment: &str| {
        let call = format!(
            "eval --rules rules.toml --profiles profiles.ndjson.gz --events events.ndjson.gz --now {now} --segment {segment} --format count"
        );
        number(
            ok(&cdnow(), &words(&call))
                .split_whitespace()
                .last()
                .unwrap(),
        )
    };
    let sizes = table(&html, "How many are in each segment");
    assert_eq!(sizes.len(), 10);
    let segments = ["active", "champions", "lapsed_loyal"];
    let trend = table(&html, "How the segments went");
    assert_eq!(
        (trend.len(), trend[0][0].as_str(), trend[12][0].as_str()),
        (13, "Jun 1997", "Jun 1998")
    );
    for segment in segments {
        let row = sizes.iter().position(|row| row[0] == segment).unwrap();
        let now = counted("1998-06-30T23:59:59.999999Z", segment);
        assert_eq!(number(&sizes[row][1]), now, "{segment}");
        assert_eq!(number(&trend[12][row + 1]), now, "{segment}");
        let then = counted("1997-09-30T23:59:59.999999Z", segment);
        assert_eq!(number(&trend[3][row + 1]), then, "{segment}");
    }
    // The values of an enum stand in its order, and everybody has one.
    let frequency = table(&html, "frequency");
    let values: Vec<&str> = frequency.iter().map(|row| row[0].as_str()).collect();
    assert_eq!(values, ["once", "sporadic", "frequent", "loyal"]);
    let people: u64 = frequency.iter().map(|row| number(&row[1])).sum();
    assert_eq!(people, 6041);
}

/// Time that passes over profiles with all their events moves them as a stream of these events does.
#[test]
fn stages_are_those_of_a_simulation() {
    let html = page(&format!("report --rules lifecycle.toml {DATA}"));
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("output");
    let call = "simulate --rules lifecycle.toml --profiles profiles.ndjson.gz --events events.ndjson.gz --until 1998-06-30T23:59:59.999999Z --summary json --output";
    let mut args = words(call);
    args.push(output.to_str().unwrap());
    let summary: Value = serde_json::from_str(&ok(&cdnow(), &args)).unwrap();
    let periods = summary["lifecycles"][0]["periods"].as_array().unwrap();
    let stock = table(&html, "recency: how many are in each stage");
    assert_eq!(stock.len(), 18);
    for (row, period) in stock.iter().zip(periods) {
        let stages = period["stages"].as_array().unwrap();
        let expected: Vec<u64> = stages
            .iter()
            .map(|stage| stage["stock"].as_u64().unwrap())
            .collect();
        let found: Vec<u64> = row[1..].iter().map(|cell| number(cell)).collect();
        assert_eq!(found, expected, "{}", row[0]);
    }
    let moves = table(&html, "recency: from which stage to which");
    for of in summary["lifecycles"][0]["moves"].as_array().unwrap() {
        let name = |key: &str| of[key].as_str().unwrap_or("(no stage)").to_owned();
        let row = moves
            .iter()
            .find(|row| row[0] == name("from") && row[1] == name("to"))
            .unwrap();
        assert_eq!(number(&row[2]), of["count"].as_u64().unwrap(), "{row:?}");
    }
}

#[test]
fn a_board_has_its_reports_in_order() {
    let html = page(&format!("report --board monday --rules rules.toml {DATA}"));
    assert!(html.contains("<h1>Monday</h1>"));
    let at = |title: &str| html.find(&format!("<h3>{title}</h3>")).unwrap();
    assert!(at("How many are in each segment") < at("coming back"));
    assert!(at("coming back") < at("until the second"));
    assert!(!html.contains("<h3>frequency</h3>"));
    // The same as tables and as data.
    let text = ok(
        &cdnow(),
        &words(&format!("report --board monday --rules rules.toml {DATA}")),
    );
    assert!(
        text.starts_with("segments\n") && text.contains("\ncoming_back\n"),
        "{text}"
    );
    let call = format!("report --board monday --format json --rules rules.toml {DATA}");
    let json: Value = serde_json::from_str(&ok(&cdnow(), &words(&call))).unwrap();
    let steps = json["coming_back"]["steps"].as_array().unwrap();
    let rows = table(&html, "coming back");
    for (row, step) in rows.iter().zip(steps) {
        assert_eq!(number(&row[1]), step["people"].as_u64().unwrap());
    }
    let one = page(&format!("report coming_back --rules rules.toml {DATA}"));
    assert_eq!(table(&one, "coming back"), rows);
}

/// Pictures of analyses have the numbers that the program prints as JSON.
#[test]
fn analyses_are_drawn_with_their_numbers() {
    let json = |name: &str| -> Value {
        let call = format!("report {name} --format json --rules rules.toml {DATA}");
        serde_json::from_str(&ok(&cdnow(), &words(&call))).unwrap()
    };
    let html = |name: &str| page(&format!("report {name} --rules rules.toml {DATA}"));
    let (report, drawn) = (json("months_after"), html("months_after"));
    let rows = table(&drawn, "months after");
    // A month in which nobody came first has no row.
    let cohorts = report["cohorts"].as_array().unwrap().iter();
    let cohorts: Vec<&Value> = cohorts.filter(|cohort| cohort["size"] != 0).collect();
    assert_eq!((rows.len(), cohorts.len()), (3, 3));
    for (row, cohort) in rows.iter().zip(cohorts) {
        assert_eq!(number(&row[1]), cohort["size"].as_u64().unwrap());
        let later = cohort["cells"].as_array().unwrap().iter().skip(1);
        for (cell, of) in row[2..].iter().zip(later) {
            let people = cell.split(' ').next().unwrap();
            assert_eq!(number(people), of["people"].as_u64().unwrap(), "{}", row[0]);
            assert_eq!(
                cell.contains("so far"),
                of["unfinished"].as_bool().unwrap(),
                "{cell}"
            );
        }
    }
    let (report, drawn) = (json("people"), html("people"));
    let rows = table(&drawn, "people");
    let points = report["all"][0]["points"].as_array().unwrap();
    assert_eq!(rows.len(), points.len());
    for (row, point) in rows.iter().zip(points) {
        assert_eq!(
            number(&row[1]),
            point["value"].as_u64().unwrap(),
            "{}",
            row[0]
        );
    }
    let (report, drawn) = (json("orders"), html("orders"));
    let rows = table(&drawn, "orders: how much");
    for (row, period) in rows
        .iter()
        .zip(report["all"]["periods"].as_array().unwrap())
    {
        assert_eq!(
            row[1].replace(',', ""),
            period["turnover"].as_str().unwrap(),
            "{}",
            row[0]
        );
    }
    let (report, drawn) = (json("rfm"), html("rfm"));
    let rows = table(&drawn, "rfm: r");
    for (row, class) in rows
        .iter()
        .zip(report["scores"][0]["classes"].as_array().unwrap())
    {
        assert_eq!(
            number(&row[1]),
            class["people"].as_u64().unwrap(),
            "{}",
            row[0]
        );
    }
    let rows = table(&html("second_orders"), "second orders");
    let within = &json("second_orders")["all"]["within"];
    for (row, of) in rows.iter().zip(within.as_array().unwrap()) {
        let share = of["share"].as_f64().unwrap();
        assert_eq!(row[1], format!("{:.1} %", share * 100.0), "{}", row[0]);
    }
}

#[test]
fn calls_that_make_no_sense_are_refused() {
    let err = refused(
        &cdnow(),
        &words(&format!("report --board tuesday --rules rules.toml {DATA}")),
    );
    assert!(
        err.contains("there is no board `tuesday`; there are: monday"),
        "{err}"
    );
    let err = refused(
        &cdnow(),
        &words(&format!("report --rules rules.toml {DATA}")),
    );
    assert!(err.contains("required"), "{err}");
    let err = refused(
        &cdnow(),
        &words(&format!(
            "report --html nowhere/page.html --rules rules.toml {DATA}"
        )),
    );
    assert!(
        err.contains("nowhere/page.html: cannot be written"),
        "{err}"
    );
}

/// Values as numbers, names and none at all; names that are markup.
#[test]
fn traits_of_all_sorts_have_a_spread() {
    let rules = r#"
[schema.attributes]
age = "int"
city = "string"
[schema.events.visited]

[traits]
age_now = "age"
city_now = "city"
"#;
    let mut people = String::new();
    for age in 0..60 {
        people += &format!("{{\"id\":\"{age}\",\"age\":{age},\"city\":\"<b>Rome</b>\"}}\n");
    }
    people += "{\"id\":\"nobody\"}\n";
    let event = "{\"profile\":\"1\",\"kind\":\"visited\",\"at\":\"2026-01-05T10:00:00Z\"}\n";
    let place = folder(&[
        ("rules.toml", rules),
        ("people", &people),
        ("events", event),
    ]);
    ok(
        place.path(),
        &words("report --html page.html --rules rules.toml --profiles people --events events"),
    );
    let html = fs::read_to_string(place.path().join("page.html")).unwrap();
    let ages = table(&html, "age_now");
    assert_eq!(
        ages[0][..2],
        ["0 to less than 10".to_owned(), "10".to_owned()]
    );
    assert_eq!(
        ages.last().unwrap()[..2],
        ["(none)".to_owned(), "1".to_owned()]
    );
    assert_eq!(ages.iter().map(|row| number(&row[1])).sum::<u64>(), 61);
    let cities = table(&html, "city_now");
    assert_eq!(
        cities[0][..2],
        ["&lt;b&gt;Rome&lt;/b&gt;".to_owned(), "60".to_owned()]
    );
    assert!(!html.contains("<b>"));
}

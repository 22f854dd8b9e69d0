//! The table of what the founding documents ask for, `docs/features.md`, is true to the repository, and what no other test
//! shows of it is shown here.

#![cfg(feature = "toml")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail")]

use segue::Rulebook;
use segue::engine::{EffectAction, Engine, OutputKind};
use segue::insight::LifecycleReportBuilder;
use segue::profile::{Model, Record, RecordEvent, Value};
use segue::rulebook::Format;
use segue::testing::scenario::{self, Scenario};
use segue_test_support::read_file;
use std::path::Path;

const PAGE: &str = "docs/features.md";

/// A row of the page, cell by cell.
struct Row {
    number: usize,
    from: String,
    read: String,
    shown_by: String,
    status: String,
}

impl Row {
    fn of_line(line: &str) -> Option<Row> {
        let cells: Vec<&str> = line.strip_prefix("| ")?.split(" | ").collect();
        let number = cells[0].parse().ok()?;
        let [_, from, _, _, read, shown_by, status] = cells[..] else {
            panic!("row {number} has {} cells", cells.len());
        };
        let status = status.strip_suffix(" |").unwrap();
        let [from, read, shown_by, status] = [from, read, shown_by, status].map(str::to_owned);
        Some(Row {
            number,
            from,
            read,
            shown_by,
            status,
        })
    }

    /// `works`, `in part` or `not yet`.
    fn word(&self) -> &str {
        self.status
            .split_once(": ")
            .map_or(&*self.status, |(word, _)| word)
    }
}

fn rows() -> Vec<Row> {
    read_file(PAGE).lines().filter_map(Row::of_line).collect()
}

/// What is wrong with a test that a row names: `tests/laws.rs: until_is_exact`, or a file alone.
fn problem_of_test(named: &str) -> Option<String> {
    let (path, function) = match named.split_once(": ") {
        Some((path, function)) => (path, Some(function)),
        None => (named, None),
    };
    if !Path::new(env!("CARGO_MANIFEST_DIR")).join(path).is_file() {
        return Some(format!("there is no file `{path}`"));
    }
    let Some(function) = function else {
        // A file of Rust has many tests, of which one has to be named.
        return path
            .ends_with(".rs")
            .then(|| format!("`{path}` without the name of a test"));
    };
    let text = read_file(path);
    let is_there = text.contains(&format!("fn {function}("));
    (!is_there).then(|| format!("there is no `{function}` in `{path}`"))
}

/// What is wrong with a link, seen from `docs/`: `language.md#16-until`, `../packs/retail.toml`.
fn problem_of_link(link: &str) -> Option<String> {
    let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
    if !folder.join(file).is_file() {
        return Some(format!("there is no `{file}`"));
    }
    let slug = |heading: &str| {
        let heading = heading.trim_start_matches('#').trim().to_lowercase();
        let kept = heading
            .chars()
            .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-'));
        kept.collect::<String>().replace(' ', "-")
    };
    let text = read_file(&format!("docs/{file}"));
    let mut headings = text.lines().filter(|line| line.starts_with('#'));
    let is_there = anchor.is_empty() || headings.any(|heading| slug(heading) == anchor);
    (!is_there).then(|| format!("there is no heading `{link}`"))
}

#[test]
fn every_feature_has_one_row() {
    let numbers: Vec<usize> = rows().iter().map(|row| row.number).collect();
    assert_eq!(numbers, (1..=121).collect::<Vec<_>>());
    for row in rows() {
        let mut documents = row.from.split(", ");
        let known = ["000", "001", "002", "003", "004"];
        assert!(
            documents.all(|document| known.contains(&document)),
            "row {}: {}",
            row.number,
            row.from
        );
    }
}

#[test]
fn every_status_is_one_of_three_and_says_what_is_missing() {
    let (mut works, mut in_part, mut not_yet) = (0, 0, 0);
    for row in rows() {
        let (number, status) = (row.number, &row.status);
        match row.word() {
            "works" => works += 1,
            "in part" => in_part += 1,
            "not yet" => not_yet += 1,
            _ => panic!("row {number}: {status}"),
        }
        let says_more = status.len() > row.word().len() + 2;
        assert_eq!(says_more, row.word() == "in part", "row {number}: {status}");
    }
    let totals = format!("Of the 121, {works} work, {in_part} in part, {not_yet} not yet.");
    assert!(
        read_file(PAGE).replace('\n', " ").contains(&totals),
        "{totals}"
    );
}

#[test]
fn what_a_row_names_is_there() {
    let mut problems = Vec::new();
    for row in rows() {
        let tests: Vec<&str> = row.shown_by.split('`').skip(1).step_by(2).collect();
        let links: Vec<&str> = (row.read.split("](").skip(1))
            .filter_map(|rest| rest.split(')').next())
            .collect();
        if tests.is_empty() != (row.word() == "not yet") || links.is_empty() {
            problems.push(format!("row {}: a test or a link is missing", row.number));
        }
        let found = tests
            .into_iter()
            .filter_map(problem_of_test)
            .chain(links.into_iter().filter_map(problem_of_link));
        problems.extend(found.map(|problem| format!("row {}: {problem}", row.number)));
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn the_scenarios_hold() {
    let read = |file: &str| read_file(&format!("tests/features/{file}.toml"));
    for (name, rules) in [
        ("buyers", "buyer-rules"),
        ("relation", "buyer-rules"),
        ("hour", "hour-rules"),
        ("content", "content-rules"),
    ] {
        let book = Rulebook::loader()
            .find_with(|file| Ok(read_file(&format!("tests/features/{file}"))))
            .load(Format::Toml, &read(rules))
            .unwrap_or_else(|error| panic!("{error}"));
        let scenario = Scenario::load(Format::Toml, &read(name)).unwrap_or_else(|e| panic!("{e}"));
        let report = scenario::run(&scenario, Some(&book));
        assert!(report.passed(), "{report}");
    }
}

/// Row 45.
#[test]
fn a_topic_that_was_named_goes_before_one_that_was_looked_at() {
    let rulebook = Rulebook::from_toml(
        r#"
[schema.events.registered.properties]
topic = "string"
[schema.events.viewed.properties]
topic = "string"

[channels.email]
[messages.article]
channel = "email"
[messages.bestseller]
channel = "email"

[journeys.getting_to_know]
on = "registered as r"
steps = [
    { name = "article", wait = "2 days", choose = [
        { when = "r.topic exists", do = [{ send = "article", values = { topic = "r.topic" } }] },
        { when = "viewed", do = [{ send = "article", values = { topic = "top(viewed.topic)" } }] },
        { when = "true", do = [{ send = "bestseller" }] },
    ] },
]
"#,
    )
    .unwrap_or_else(|error| panic!("{error}"));
    let schema = rulebook.schema();
    let mut engine = Engine::<Record>::new(&rulebook, &Model::for_schema(schema)).unwrap();
    let mut out = Vec::new();
    let events = [
        ("anna", "viewed", "2026-06-01T09:00:00Z", Some("photo")),
        ("anna", "registered", "2026-06-01T10:00:00Z", Some("audio")),
        ("ben", "registered", "2026-06-01T11:00:00Z", None),
        ("carla", "registered", "2026-06-01T12:00:00Z", None),
        ("ben", "viewed", "2026-06-02T10:00:00Z", Some("photo")),
        ("ben", "viewed", "2026-06-02T10:01:00Z", Some("photo")),
        ("ben", "viewed", "2026-06-02T10:02:00Z", Some("audio")),
    ];
    for (who, kind, at, topic) in events {
        let topic = topic.map(|topic| ("topic", Value::from(topic)));
        let event = RecordEvent::new(schema, kind, at, topic).unwrap();
        let _ = engine.observe(who, event, &mut out);
    }
    engine.advance("2026-06-15T12:00:00Z".parse().unwrap(), &mut out);
    let sent: Vec<String> = out
        .iter()
        .filter_map(|output| match &output.kind {
            OutputKind::Effect(effect) => match &effect.action {
                EffectAction::Send { message, with, .. } => {
                    let with = serde_json::to_string(with).unwrap();
                    Some(format!("{} {message} {with}", output.profile))
                }
                _ => None,
            },
            _ => None,
        })
        .collect();
    assert_eq!(
        sent,
        [
            r#"anna article {"topic":"audio"}"#,
            r#"ben article {"topic":"photo"}"#,
            "carla bestseller {}",
        ]
    );
}

/// Row 65.
#[test]
fn a_cell_with_too_few_people_is_named() {
    let rulebook = Rulebook::from_toml(
        r#"
schema.events = { purchased = {}, clicked = {} }

[traits.buying]
cases = [{ is = "much", when = "purchased" }]
otherwise = "little"
[traits.talking]
cases = [{ is = "much", when = "clicked" }]
otherwise = "little"

[lifecycles.activity]
template = "matrix"
with = { rows = "buying", columns = "talking" }
least = 2
"#,
    )
    .unwrap_or_else(|error| panic!("{error}"));
    let schema = rulebook.schema();
    let mut engine = Engine::<Record>::new(&rulebook, &Model::for_schema(schema)).unwrap();
    let start = "2026-06-01T00:00:00Z".parse().unwrap();
    let mut builder = LifecycleReportBuilder::new(&rulebook, start);
    let mut out = Vec::new();
    for (who, kind) in [
        ("anna", "purchased"),
        ("ben", "purchased"),
        ("carla", "clicked"),
    ] {
        let event = RecordEvent::new(schema, kind, "2026-06-01T10:00:00Z", []).unwrap();
        let _ = engine.observe(who, event, &mut out);
    }
    out.iter().for_each(|output| builder.record(output));
    let reports = builder.build(engine.now());
    let too_small = reports[0].too_small.as_ref().unwrap();
    let named: Vec<&str> = too_small.stages.iter().map(|stage| &**stage).collect();
    assert_eq!(too_small.least, 2);
    assert_eq!(named, ["much_much", "little_much", "little_little"]);
}

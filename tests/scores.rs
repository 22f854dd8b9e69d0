//! Scores whose cut points change with time: each instant goes by those that held then.

#![cfg(feature = "toml")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail")]

use segue::profile::{Model, Record};
use segue::{Instant, Rule, Rulebook};

const BOOK: &str = r#"
    [schema.events.purchased.properties]
    amount = "int"

    [scores.spent]
    value = "sum(purchased.amount)"
    classes = 3
    cuts = [200, 400]
    earlier = [
        { until = "2026-01-01T00:00:00Z", cuts = [50, 100] },
        { until = "2026-02-01T00:00:00Z", cuts = [100, 200] },
    ]

    [segments]
    best = "spent = 3"
"#;

/// Bought for 150 in December, for 100 more in February.
const ANNA: &str = r#"{"id": "anna", "events": [
    {"kind": "purchased", "at": "2025-12-10T10:00:00Z", "props": {"amount": 150}},
    {"kind": "purchased", "at": "2026-02-20T10:00:00Z", "props": {"amount": 100}}]}"#;

fn at(text: &str) -> Instant {
    text.parse().unwrap()
}

fn book() -> Rulebook {
    Rulebook::from_toml(BOOK).unwrap()
}

fn anna(book: &Rulebook) -> Record {
    Record::from_json(book.schema(), ANNA).unwrap()
}

/// Whether an expression holds for Anna, and until when.
fn verdict(book: &Rulebook, expression: &str, now: &str) -> (bool, Option<String>) {
    let rule = Rule::check_in(expression, book.context()).unwrap_or_else(|e| panic!("{e}"));
    let verdict = rule
        .bind(&Model::for_schema(book.schema()))
        .unwrap()
        .verdict(&anna(book), at(now));
    (verdict.holds, verdict.until.map(|until| until.to_string()))
}

#[test]
fn a_score_goes_by_the_cut_points_of_the_instant() {
    let book = book();
    let rows = [
        (
            "spent = 3",
            "2025-12-31T00:00:00Z",
            true,
            Some("2026-01-01T00:00:00Z"),
        ),
        (
            "spent = 2",
            "2026-01-01T00:00:00Z",
            true,
            Some("2026-02-01T00:00:00Z"),
        ),
        (
            "spent = 1",
            "2026-02-01T00:00:00Z",
            true,
            Some("2026-02-20T10:00:00Z"),
        ),
        ("spent >= 2", "2026-03-01T00:00:00Z", true, None),
        (
            "spent as of 60 days ago > spent",
            "2026-02-25T00:00:00Z",
            true,
            Some("2026-03-02T00:00:00Z"),
        ),
        (
            "spent as of 1 month ago = spent",
            "2026-02-25T00:00:00Z",
            true,
            Some("2026-03-01T00:00:00Z"),
        ),
        (
            "left segment best within 7 days",
            "2026-01-05T00:00:00Z",
            true,
            Some("2026-01-08T00:00:00.000001Z"),
        ),
        (
            "in segment best as of 30 days ago",
            "2026-01-05T00:00:00Z",
            false,
            Some("2026-01-09T10:00:00Z"),
        ),
    ];
    for (expression, now, holds, until) in rows {
        assert_eq!(
            verdict(&book, expression, now),
            (holds, until.map(str::to_owned)),
            "{expression} at {now}"
        );
    }
}

#[test]
fn the_explanation_shows_the_cut_points_of_the_instant() {
    let book = book();
    let rule = Rule::check_in("spent = 3", book.context()).unwrap();
    let matcher = rule.bind(&Model::for_schema(book.schema())).unwrap();
    let told = |now| matcher.explain(&anna(&book), at(now)).to_string();
    assert!(
        told("2026-01-05T00:00:00Z").contains("cut points (100, 200)"),
        "{}",
        told("2026-01-05T00:00:00Z")
    );
    assert!(told("2026-03-05T00:00:00Z").contains("cut points (200, 400)"));
}

/// Whoever asks a rule again only when told to is told when cut points change.
#[test]
fn a_score_over_what_never_changes_depends_on_now_once_it_has_been_fitted_twice() {
    let once = "[schema.attributes]\nage = \"int\"\n[scores.senior]\nvalue = \"age\"\nclasses = 2\ncuts = [50]\n";
    let twice =
        format!("{once}[[scores.senior.earlier]]\nuntil = \"2026-01-01T00:00:00Z\"\ncuts = [60]\n");
    for (text, depends) in [(once, false), (&twice, true)] {
        let book = Rulebook::from_toml(text).unwrap();
        let rule = Rule::check_in("senior = 2", book.context()).unwrap();
        assert_eq!(rule.reads().depends_on_now(), depends);
        let clara = Record::from_json(book.schema(), r#"{"id": "clara", "age": 55}"#).unwrap();
        let matcher = rule.bind(&Model::for_schema(book.schema())).unwrap();
        let verdict = matcher.verdict(&clara, at("2025-07-01T00:00:00Z"));
        assert_eq!(
            (verdict.holds, verdict.until.is_some()),
            (!depends, depends)
        );
        assert!(matcher.holds(&clara, at("2026-01-01T00:00:00Z")));
    }
}

/// "Before that nobody has the score."
#[test]
fn nobody_has_a_score_that_was_not_fitted() {
    let text =
        "[schema.attributes]\nage = \"int\"\n[scores.senior]\nvalue = \"age\"\nclasses = 2\n";
    let book = Rulebook::from_toml(text).unwrap();
    let rule = Rule::check_in("senior exists", book.context()).unwrap();
    let clara = Record::from_json(book.schema(), r#"{"id": "clara", "age": 55}"#).unwrap();
    assert!(
        !rule
            .bind(&Model::for_schema(book.schema()))
            .unwrap()
            .holds(&clara, at("2026-01-01T00:00:00Z"))
    );
}

#[test]
fn fitting_anew_keeps_what_held_before() {
    let book = book();
    let model = Model::for_schema(book.schema());
    let population = [
        anna(&book),
        Record::from_json(
            book.schema(),
            r#"{"id": "ben", "events": [{"kind": "purchased", "at": "2026-01-02T10:00:00Z", "props": {"amount": 30}}]}"#,
        )
        .unwrap(),
        Record::from_json(book.schema(), r#"{"id": "chiara"}"#).unwrap(),
    ];
    let now = at("2026-04-01T00:00:00Z");
    let fitted = book.refit(&model, &population, now).unwrap();
    let score = &fitted.document().scores["spent"];
    let untils: Vec<&str> = score.earlier.iter().map(|e| e.until.as_str()).collect();
    assert_eq!(
        untils,
        [
            "2026-01-01T00:00:00Z",
            "2026-02-01T00:00:00Z",
            "2026-04-01T00:00:00Z"
        ]
    );
    assert_eq!(
        verdict(&fitted, "spent = 2", "2026-03-31T00:00:00Z"),
        (true, Some("2026-04-01T00:00:00Z".to_owned()))
    );
    assert_eq!(
        verdict(&fitted, "spent = 3", "2026-04-01T00:00:00Z"),
        (true, None)
    );
    // Once more at the same instant: what held from then on has held for no time.
    let again = fitted.refit(&model, &population, now).unwrap();
    assert_eq!(again.document(), fitted.document());
    // What is fitted without keeping leaves former times as they were said to be.
    let plain = book.fit(&model, &population, now).unwrap();
    assert_eq!(
        plain.document().scores["spent"].earlier,
        book.document().scores["spent"].earlier
    );
}

//! Rules that refer to rules: how far, and how much.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use segue::profile::{Model, Record};
use segue::schema::{EventKind, Schema};
use segue::{Rule, Rulebook};
use std::fmt::Write;

/// Segments of which each refers to the one before, so many times.
fn chain(length: usize, times: usize) -> String {
    let mut text = "[schema.attributes]\nage = \"int\"\n[segments]\ns0 = \"age > 50\"\n".to_owned();
    for i in 1..length {
        let reference = vec![format!("in segment s{}", i - 1); times].join(" and age < 90 or ");
        writeln!(text, "s{i} = \"{reference}\"").unwrap();
    }
    text
}

#[test]
fn a_chain_of_64_is_evaluated_on_a_small_stack() {
    let work = || {
        let rulebook = Rulebook::from_toml(&chain(65, 1)).unwrap();
        let anna = Record::from_json(rulebook.schema(), r#"{"id": "anna", "age": 57}"#).unwrap();
        let last = rulebook
            .segment("s64")
            .unwrap()
            .bind(&Model::for_schema(rulebook.schema()))
            .unwrap();
        let now = "2026-01-01T00:00:00Z".parse().unwrap();
        assert!(last.verdict(&anna, now).holds);
        assert!(last.explain(&anna, now).holds);
    };
    std::thread::Builder::new()
        .stack_size(2 << 20)
        .spawn(work)
        .unwrap()
        .join()
        .unwrap();
}

#[test]
fn a_longer_chain_is_refused() {
    let work = || {
        for length in [66, 67, 5_000] {
            let error = Rulebook::from_toml(&chain(length, 1)).unwrap_err();
            assert!(
                error
                    .findings()
                    .iter()
                    .any(|f| f.diagnostic.code == "E0209" && f.key == "segments.s65"),
                "{error}"
            );
        }
    };
    std::thread::Builder::new()
        .stack_size(2 << 20)
        .spawn(work)
        .unwrap()
        .join()
        .unwrap();
}

#[test]
fn what_doubles_with_each_reference_is_refused() {
    assert!(Rulebook::from_toml(&chain(12, 2)).is_ok());
    let error = Rulebook::from_toml(&chain(40, 2)).unwrap_err();
    assert!(
        error
            .findings()
            .iter()
            .any(|f| f.diagnostic.code == "E0209"),
        "{error}"
    );
}

/// A range compares its value with two ends, so each level writes the one inside it out twice.
#[test]
fn what_doubles_with_each_range_is_refused() {
    let schema = Schema::builder()
        .kind(EventKind::new("viewed"))
        .build()
        .unwrap();
    let nested = |levels: usize, range: fn(String) -> String| {
        let first = "viewed".to_owned();
        let text = (0..levels).fold(first, |inside, _| range(inside));
        Rule::check(&text, &schema).map_err(|error| error.diagnostics()[0].code)
    };
    let ranges: [fn(String) -> String; 2] = [
        |inside| format!("viewed({inside}) between 2 and 5 times"),
        |inside| format!("count(viewed({inside})) between 2 and 5"),
    ];
    for range in ranges {
        assert!(nested(8, range).is_ok());
        assert_eq!(nested(30, range).unwrap_err(), "E0209");
    }
}

/// Whoever is in no other segment: the segment itself is not among those that it asks for.
#[test]
fn a_segment_may_be_of_those_in_no_other() {
    let text = "[schema.attributes]\nage = \"int\"\n[segments]\nold = \"age > 50\"\n\
                rest = \"in no segment\"\nvery_old = \"age > 80\"\n";
    let rulebook = Rulebook::from_toml(text).unwrap();
    let model = Model::<Record>::for_schema(rulebook.schema());
    let rest = rulebook.segment("rest").unwrap().bind(&model).unwrap();
    for (age, expected) in [(40, true), (60, false), (90, false)] {
        let json = format!(r#"{{"id": "anna", "age": {age}}}"#);
        let anna = Record::from_json(rulebook.schema(), &json).unwrap();
        assert_eq!(
            rest.holds(&anna, "2026-01-01T00:00:00Z".parse().unwrap()),
            expected,
            "{age}"
        );
    }
    // Two of the kind ask for each other.
    let two = format!("{text}nobody = \"in no segment\"\n");
    let error = Rulebook::from_toml(&two).unwrap_err().to_string();
    assert!(error.contains("definitions form a cycle"), "{error}");
    let itself = text.replace("in no segment", "not in segment rest");
    assert!(Rulebook::from_toml(&itself).is_err());
}

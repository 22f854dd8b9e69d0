//! What a schema says of a field beside its type: which values of records it accepts, where its data come from, what they are for.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use segue::profile::{Record, RecordReader, Value};
use segue::schema::{DataKind, EventKind, Field, Relation, Schema};
use segue::{Date, Instant, Type};
use serde_json::json;

fn list_of(item: Type) -> Type {
    Type::List(Box::new(item))
}

fn schema() -> Schema {
    let history = Field::new("weight", Type::Decimal(1)).between("0.5", 300);
    Schema::builder()
        .attribute(Field::new("age", Type::Int).between(0, 120))
        .attribute(Field::new("rate", Type::Float).between(-0.5, 0.5))
        .attribute(history.tracked())
        .attribute(Field::new("born", Type::Date).between("1900-01-01", "2030-12-31"))
        .attribute(
            Field::new("seen", Type::Instant).between("2020-01-01", "2026-01-01T12:00:00+01:00"),
        )
        .attribute(Field::new("nap", Type::Duration).between("1 minute", "2 hours"))
        .attribute(Field::new("sizes", list_of(Type::Int)).between(30, 50))
        .attribute(Field::new("email", Type::String).matches("^[^@ ]+@[^@ ]+$"))
        .attribute(Field::new("codes", list_of(Type::String)).matches("[0-9]"))
        .kind(
            EventKind::new("ordered")
                .property(Field::new("amount", Type::Decimal(2)).between(0, 1000)),
        )
        .relation(Relation::new("pets").property(Field::new("legs", Type::Int).between(0, 8)))
        .build()
        .unwrap()
}

/// What is wrong with a profile, if anything is.
fn refusal(json: serde_json::Value) -> Option<String> {
    let mut json = json;
    json["id"] = json!("anna");
    Record::from_json(&schema(), &json.to_string())
        .err()
        .map(|e| e.to_string())
}

#[test]
fn both_ends_are_accepted_and_nothing_beyond() {
    for (accepted, refused) in [
        (json!({"age": 0}), json!({"age": -1})),
        (json!({"age": 120}), json!({"age": 121})),
        (
            json!({"age": null}),
            json!({"age": 18_446_744_073_709_551_615_u64}),
        ),
        (json!({"rate": 0.5}), json!({"rate": 0.500_000_1})),
        (json!({"weight": 0.5}), json!({"weight": 0.4})),
        (json!({"weight": 300}), json!({"weight": 300.1})),
        (json!({"born": "1900-01-01"}), json!({"born": "1899-12-31"})),
        (json!({"born": "2030-12-31"}), json!({"born": "2031-01-01"})),
        (
            json!({"seen": "2026-01-01T11:00:00Z"}),
            json!({"seen": "2026-01-01T11:00:00.000001Z"}),
        ),
        (
            json!({"nap": "2 hours"}),
            json!({"nap": "2 hours 1 second"}),
        ),
        (json!({"sizes": [30, 50]}), json!({"sizes": [30, 51]})),
        (json!({"sizes": []}), json!({"sizes": [29]})),
        (
            json!({"email": "anna@example.com"}),
            json!({"email": "anna"}),
        ),
        (json!({"codes": ["a1"]}), json!({"codes": ["a1", "b"]})),
        (
            json!({"events": [{"kind": "ordered", "at": "2026-01-01", "props": {"amount": 1000}}]}),
            json!({"events": [{"kind": "ordered", "at": "2026-01-01", "props": {"amount": 1000.01}}]}),
        ),
        (
            json!({"pets": [{"legs": 8}]}),
            json!({"pets": [{"legs": 8}, {"legs": 9}]}),
        ),
    ] {
        assert_eq!(refusal(accepted.clone()), None, "{accepted}");
        assert!(refusal(refused.clone()).is_some(), "{refused}");
    }
}

#[test]
fn a_refusal_names_the_place_and_the_remedy() {
    let change = "correct it, or change";
    for (json, message) in [
        (
            json!({"age": 470}),
            format!("`age`: `470` is not between 0 and 120; {change} `between` in the schema"),
        ),
        (
            json!({"born": "1879-03-14"}),
            format!(
                "`born`: `\"1879-03-14\"` is not between 1900-01-01 and 2030-12-31; {change} `between` in the schema"
            ),
        ),
        (
            json!({"email": "anna"}),
            format!(
                "`email`: `\"anna\"` does not match `^[^@ ]+@[^@ ]+$`; {change} `matches` in the schema"
            ),
        ),
        (
            json!({"sizes": [36, 7]}),
            format!("`sizes`: `7` is not between 30 and 50; {change} `between` in the schema"),
        ),
        (
            json!({"history": {"weight": [{"at": "2026-01-01", "value": 60}, {"at": "2026-02-01", "value": 600.5}]}}),
            format!(
                "`history.weight[1].value`: `600.5` is not between 0.5 and 300; {change} `between` in the schema"
            ),
        ),
        (
            json!({"events": [{"kind": "ordered", "at": "2026-01-01", "props": {"amount": -1}}]}),
            format!(
                "`events[0].props.amount`: `-1.00` is not between 0 and 1000; {change} `between` in the schema"
            ),
        ),
        (
            json!({"pets": [{}, {"legs": 100}]}),
            format!(
                "`pets[1].legs`: `100` is not between 0 and 8; {change} `between` in the schema"
            ),
        ),
    ] {
        assert_eq!(refusal(json).unwrap(), message);
    }
}

#[test]
fn what_a_program_gives_is_asked_too() {
    let schema = schema();
    let refused = |build: Result<Record, segue::profile::RecordError>| build.unwrap_err().field;
    let anna = || Record::builder(&schema, "anna");
    assert!(anna().set("age", 120).build().is_ok());
    assert_eq!(refused(anna().set("age", 121).build()), "age");
    assert_eq!(
        refused(anna().history("weight", [("2026-01-01", 1000)]).build()),
        "weight"
    );
    let event = anna().event("ordered", "2026-01-01", [("amount", (-1).into())]);
    assert_eq!(refused(event.build()), "ordered.amount");
    assert_eq!(
        refused(anna().row("pets", [("legs", 9.into())]).build()),
        "pets.legs"
    );
    let mut record = anna().build().unwrap();
    assert!(
        record
            .set(&schema, "email", "nobody", Instant::MIN)
            .is_err()
    );
    assert_eq!(record.get(&schema, "email", Instant::MAX), Value::Missing);
}

#[test]
fn a_tolerant_reader_reads_it_as_missing_and_says_so() {
    let schema = schema();
    let mut reader = RecordReader::new(&schema).tolerant();
    let record = reader
        .profile(r#"{"id": 1, "age": 121, "email": "a@b"}"#)
        .unwrap();
    assert_eq!(record.get(&schema, "age", Instant::MAX), Value::Missing);
    assert_eq!(record.get(&schema, "email", Instant::MAX), "a@b".into());
    let faults: Vec<_> = reader.faults().map(|fault| fault.field.as_str()).collect();
    assert_eq!(faults, ["age"]);
}

#[test]
fn a_schema_says_what_its_fields_accept_and_what_they_are_for() {
    let text = json!({"attributes": {
        "age": {"type": "int", "kind": "reference", "purpose": ["communication", "statistics"], "between": [0, 120]},
        "born": {"type": "date", "between": ["1900-01-01", "2030-12-31"]},
        "city": "string",
        "email": {"type": "string", "matches": "@"},
        "logins": {"type": "int", "kind": "transactional"},
        "rate": {"type": "float", "between": [-0.5, 0.5]},
    }});
    let schema: Schema = serde_json::from_value(text.clone()).unwrap();
    assert_eq!(serde_json::to_value(&schema).unwrap(), text);
    let age = schema.attribute("age").unwrap();
    assert_eq!(age.kind, Some(DataKind::Reference));
    assert_eq!(age.purpose, ["communication", "statistics"]);
    // Data that are there stay what they are.
    assert_eq!(*age, Field::new("age", Type::Int));
}

#[test]
fn what_cannot_be_asked_of_a_field_is_refused() {
    let message = |field: Field| {
        Schema::builder()
            .attribute(field)
            .build()
            .unwrap_err()
            .to_string()
    };
    let named = |ty: Type| Field::new("x", ty);
    for (field, expected) in [
        (
            named(Type::String).between(0, 1),
            "attribute `x` is string; only numbers, dates, instants and durations can be `between` two ends",
        ),
        (
            named(Type::Int).between(0, 1.5),
            "attribute `x`: `1.5` is not `int`; the ends of `between` are values of that type, the lower one first",
        ),
        (
            named(Type::Decimal(2)).between("0.001", 1),
            "attribute `x`: `0.001` is not `decimal(2)`; the ends of `between` are values of that type, the lower one first",
        ),
        (
            named(Type::Date).between(1900, 2030),
            "attribute `x`: `1900` is not `date`; the ends of `between` are values of that type, the lower one first",
        ),
        (
            named(Type::Int).between(120, 0),
            "attribute `x`: nothing is `between` 120 and 0; write the lower end first",
        ),
        (
            named(Type::Int).matches("[0-9]"),
            "attribute `x` is int; only a string can have `matches`",
        ),
        (
            named(Type::String).matches("(@"),
            "attribute `x`: the regular expression `(@` cannot be used: unclosed group",
        ),
        (
            named(Type::Int).purpose(" "),
            "attribute `x`: a purpose is a name, such as `communication`",
        ),
    ] {
        assert_eq!(message(field), expected);
    }
    let kind = EventKind::new("ordered").property(named(Type::Bool).between(0, 1));
    let error = Schema::builder()
        .kind(kind)
        .build()
        .unwrap_err()
        .to_string();
    assert!(error.starts_with("property `x` is bool"), "{error}");
    // A date is no text.
    let schema = Schema::builder()
        .attribute(named(Type::Date).between("2026-01-01", "2026-01-01"))
        .build()
        .unwrap();
    let day: Date = "2026-01-01".parse().unwrap();
    assert!(
        Record::builder(&schema, "anna")
            .set("x", Value::Date(day))
            .build()
            .is_ok()
    );
}

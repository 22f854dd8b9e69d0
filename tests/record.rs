//! Records: what is read from JSON, what is refused and how, and that the same goes out again.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use segue::profile::{Model, Record, RecordError, RecordEvent, RecordReader, Value};
use segue::schema::{EventKind, Field, Projection, Schema, one_of, ordered};
use segue::{Date, Decimal, Duration, Event, GeoPoint, Instant, Type};

fn schema() -> Schema {
    let list = |of: Type| Type::List(Box::new(of));
    Schema::builder()
        .attribute(Field::new("年龄", Type::Int))
        .attribute(Field::new("active", Type::Bool))
        .attribute(Field::new("credit", Type::Decimal(2)))
        .attribute(Field::new("score", Type::Float))
        .attribute(Field::new("المدينة", Type::String))
        .attribute(Field::new("пол", one_of(["женщина", "мужчина"])))
        .attribute(Field::new(
            "frequency",
            ordered(["rare", "frequent", "loyal"]),
        ))
        .attribute(Field::new("birthday", Type::Date).yearly())
        .attribute(Field::new("seen", Type::Instant))
        .attribute(Field::new("patience", Type::Duration))
        .attribute(Field::new("app", Type::Version))
        .attribute(Field::new("home", Type::Place))
        .attribute(Field::new("languages", list(Type::String)))
        .attribute(Field::new("amounts", list(Type::Decimal(2))))
        .attribute(Field::new("consent.email", Type::Bool))
        .attribute(Field::new("consent.by.phone", Type::Bool))
        .attribute(Field::new("plan", Type::String).tracked())
        .attribute(Field::new("subscription.seats", Type::Int).tracked())
        .kind(EventKind::new("viewed").subject(Field::new("category", Type::String)))
        .kind(
            EventKind::new("购买")
                .subject(Field::new("category", Type::String))
                .property(Field::new("amount", Type::Decimal(2)))
                .property(Field::new("ship.country", Type::String))
                .property(Field::new("ends", Type::Date)),
        )
        .build()
        .unwrap()
}

fn at(text: &str) -> Instant {
    text.parse().unwrap()
}

const NOW: Instant = Instant::from_micros(1_800_000_000_000_000);

fn profile(json: &str) -> Result<Record, RecordError> {
    Record::from_json(&schema(), json)
}

#[track_caller]
fn value(json: &str, attribute: &str) -> Value {
    profile(json).unwrap().get(&schema(), attribute, NOW)
}

#[track_caller]
fn refused(json: &str, field: &str, message: &str) {
    let error = profile(json).unwrap_err();
    assert_eq!(error.field, field, "{error}");
    assert!(error.message.starts_with(message), "{error}");
}

#[test]
fn every_type_is_read_by_its_schema() {
    let json = r#" {"id":"c-17","年龄":47,"active":true,"credit":20.06,"score":0.1,"المدينة":"القاهرة","пол":"мужчина",
        "frequency":"loyal","birthday":"1979-02-28","seen":"2026-01-31T14:00:00+02:00","patience":"1 day 12 hours","app":"2.10.1",
        "home":{"lat":52.52,"lon":13.4},"languages":["de","\u0440\u0443"],"amounts":[1,2.5],
        "consent":{"email":false,"by":{"phone":true}},"plan":"pro","unknown":{"a":[1,{}]},"consent.sms":1} "#;
    let expected: [(&str, Value); 17] = [
        ("年龄", Value::Int(47)),
        ("active", Value::Bool(true)),
        ("credit", Value::Decimal(Decimal::new(2006, 2))),
        ("score", Value::Float(0.1)),
        ("المدينة", "القاهرة".into()),
        ("пол", "мужчина".into()),
        ("frequency", "loyal".into()),
        ("birthday", "1979-02-28".parse::<Date>().unwrap().into()),
        ("seen", at("2026-01-31T12:00:00Z").into()),
        ("patience", Duration::from_micros(36 * 3_600_000_000).into()),
        ("app", "2.10.1".into()),
        (
            "home",
            GeoPoint {
                lat: 52.52,
                lon: 13.4,
            }
            .into(),
        ),
        ("languages", ["de", "ру"].into()),
        (
            "amounts",
            [Decimal::new(100, 2), Decimal::new(250, 2)].into(),
        ),
        ("consent.email", false.into()),
        ("consent.by.phone", true.into()),
        ("plan", "pro".into()),
    ];
    let record = profile(json).unwrap();
    assert_eq!(record.id(), "c-17");
    for (name, value) in expected {
        assert_eq!(record.get(&schema(), name, NOW), value, "{name}");
    }
    assert_eq!(record.get(&schema(), "unknown", NOW), Value::Missing);
    assert_eq!(profile(&record.to_json(&schema())).unwrap(), record);
}

#[test]
fn nested_and_dotted_names_are_the_same() {
    for json in [
        r#"{"id":"1","consent":{"by":{"phone":true}}}"#,
        r#"{"id":"1","consent":{"by.phone":true}}"#,
        r#"{"id":"1","consent.by":{"phone":true}}"#,
        r#"{"id":"1","consent.by.phone":true}"#,
        r#"{"id":"1","consen\u0074.by.phone":true}"#,
    ] {
        assert_eq!(value(json, "consent.by.phone"), Value::Bool(true), "{json}");
    }
    refused(
        r#"{"id":"1","consent":{"email":true},"consent.email":true}"#,
        "consent.email",
        "is given twice",
    );
}

#[test]
fn numbers_are_exact() {
    let credit = |text: &str| value(&format!(r#"{{"id":"1","credit":{text}}}"#), "credit");
    let cents = |n| Value::Decimal(Decimal::new(n, 2));
    for (text, expected) in [
        ("20.06", 2006),
        ("-0.01", -1),
        ("7", 700),
        ("1.150", 115),
        ("1.5e1", 1500),
        ("90071992547409.93", 9_007_199_254_740_993),
    ] {
        assert_eq!(credit(text), cents(expected), "{text}");
    }
    refused(
        r#"{"id":"1","credit":20.065}"#,
        "credit",
        "`20.065` has more than 2 digits after the decimal point; round it, or declare the type as `decimal(3)`",
    );
    refused(
        r#"{"id":"1","credit":99999999999999999}"#,
        "credit",
        "`99999999999999999` is out of range for `decimal(2)`",
    );
    assert_eq!(
        value(r#"{"id":"1","年龄":-9223372036854775808}"#, "年龄"),
        Value::Int(i64::MIN)
    );
    assert_eq!(value(r#"{"id":"1","年龄":3.0}"#, "年龄"), Value::Int(3));
    refused(
        r#"{"id":"1","年龄":3.25}"#,
        "年龄",
        "`3.25` is not an `int`; round it, or declare the type as `decimal(2)`",
    );
    for (id, exact) in [
        ("9223372036854775808", 1 << 63),
        ("18446744073709551615", u64::MAX),
    ] {
        assert_eq!(
            value(&format!(r#"{{"id":"1","年龄":{id}}}"#), "年龄"),
            Value::Unsigned(exact)
        );
        assert_eq!(Value::from(exact), Value::Unsigned(exact));
    }
    assert_eq!(Value::from(47_u64), Value::Int(47));
    refused(
        r#"{"id":"1","年龄":18446744073709551616}"#,
        "年龄",
        "`18446744073709551616` is out of range for `int` (-9223372036854775808 to 18446744073709551615)",
    );
    refused(
        r#"{"id":"1","score":1e999}"#,
        "score",
        "`1e999` is out of range for `float`",
    );
    assert_eq!(value(r#"{"id":"1","score":3}"#, "score"), Value::Float(3.0));
}

#[test]
fn a_value_of_another_type_is_refused_with_the_remedy() {
    for (json, field, message) in [
        (
            r#""年龄":"47""#,
            "年龄",
            "`47` is a string, not `int`; write it as `47`",
        ),
        (r#""年龄":true"#, "年龄", "`true` is a bool, not `int`"),
        (r#""active":1"#, "active", "`1` is a number, not `bool`"),
        (
            r#""المدينة":7"#,
            "المدينة",
            "`7` is a number, not `string`; write it in quotes",
        ),
        (
            r#""пол":"other""#,
            "пол",
            "`other` is not one of its values (женщина, мужчина); correct it, or add it to `values`",
        ),
        (
            r#""birthday":"28.02.1979""#,
            "birthday",
            "`28.02.1979` is not a date such as `2026-01-31`",
        ),
        (
            r#""birthday":"2023-02-29""#,
            "birthday",
            "`2023-02-29` is not a date",
        ),
        (
            r#""birthday":"2026-01-31T12:00:00Z""#,
            "birthday",
            "`2026-01-31T12:00:00Z` is not a date",
        ),
        (
            r#""seen":1769860800"#,
            "seen",
            "`1769860800` is a number, not `instant`; write it as `\"2026-01-31T12:00:00Z\"`",
        ),
        (
            r#""seen":"2026-01-31T12:00:00""#,
            "seen",
            "`2026-01-31T12:00:00` is not an instant",
        ),
        (
            r#""patience":"soon""#,
            "patience",
            "`soon` is not a duration",
        ),
        (
            r#""home":{"lat":91,"lon":0}"#,
            "home",
            "`91, 0` is not a place on the earth",
        ),
        (r#""home":[1,2]"#, "home", "`[1,2]` is a list, not `place`"),
        (
            r#""languages":"de""#,
            "languages",
            "`de` is a string, not `list of string`; write it in brackets",
        ),
        (
            r#""languages":["de",1]"#,
            "languages",
            "`1` is a number, not `string`",
        ),
        (
            r#""languages":["de",null]"#,
            "languages",
            "an item of the list is `null`; leave it out",
        ),
        (
            r#""credit":{"amount":1}"#,
            "credit",
            "`{\"amount\":1}` is an object, not `decimal(2)`",
        ),
        (
            r#""consent":{"by":{"phone":"yes"}}"#,
            "consent.by.phone",
            "`yes` is a string, not `bool`",
        ),
        (r#""tags":"a""#, "tags", "is not a list of strings"),
        (r#""plan":1"#, "plan", "`1` is a number, not `string`"),
    ] {
        refused(&format!(r#"{{"id":"1",{json}}}"#), field, message);
    }
    let long = format!(r#"{{"id":"1","年龄":"{}"}}"#, "й".repeat(500));
    assert!(
        profile(&long).unwrap_err().message.len() < 300,
        "a message stays readable"
    );
}

#[test]
fn missing_is_null_or_absent() {
    let record = profile(
        r#"{"id":"1","年龄":null,"home":null,"languages":null,"consent":null,"plan":null,"tags":null,"history":{"plan":null}}"#,
    );
    let record = record.unwrap();
    for field in schema().attributes() {
        assert_eq!(
            record.get(&schema(), &field.name, NOW),
            Value::Missing,
            "{}",
            field.name
        );
    }
    assert_eq!(
        value(r#"{"id":"1","languages":[]}"#, "languages"),
        Value::List(Vec::new()),
        "an empty list is there"
    );
}

#[test]
fn an_id_is_a_string_or_a_whole_number() {
    for (raw, id) in [
        (r#""a\"b""#, "a\"b"),
        ("17", "17"),
        ("18446744073709551616", "18446744073709551616"),
        (r#""客户""#, "客户"),
    ] {
        assert_eq!(profile(&format!(r#"{{"id":{raw}}}"#)).unwrap().id(), id);
    }
    refused("{}", "id", "is missing; every profile has one");
    refused(r#"{"id":null}"#, "id", "is missing");
    refused(
        r#"{"id":1.5}"#,
        "id",
        "`1.5` is neither a string nor an integer",
    );
    refused(r#"{"id":"1","id":"2"}"#, "id", "is given twice; remove one");
    refused(
        r#"{"id":"1","年龄":1,"年龄":2}"#,
        "年龄",
        "is given twice; remove one",
    );
}

#[test]
fn what_is_no_json_object_is_refused() {
    for json in [
        "",
        "{",
        "[]",
        "17",
        "null",
        r#"{"id":"1"} x"#,
        r#"{"id":"1","年龄":01}"#,
        "{\"id\":\"\u{1}\"}",
    ] {
        let error = profile(json).unwrap_err();
        assert!(
            error.field.is_empty() && error.message.contains("JSON"),
            "{json}: {error:?}"
        );
    }
    // Depth is no danger: what nobody asked for is skipped without recursion, or refused.
    let deep = format!(
        r#"{{"id":"1","x":{}1{}}}"#,
        "[".repeat(200_000),
        "]".repeat(200_000)
    );
    let _ = profile(&deep);
    let deep = format!(
        r#"{{"id":"1","languages":{}1{}}}"#,
        "[".repeat(200_000),
        "]".repeat(200_000)
    );
    assert!(profile(&deep).is_err());
    let deep = format!(
        r#"{{"id":"1",{}1{}}}"#,
        r#""consent":{"#.repeat(100_000),
        "}".repeat(100_000)
    );
    let _ = profile(&deep);
}

#[test]
fn a_tracked_attribute_has_a_past() {
    let json = r#"{"id":"1","plan":"ignored","history":{
        "plan":[{"at":"2026-03-01T00:00:00Z","value":"pro"},{"value":"free","at":"2026-01-01"},{"at":"2026-05-01","value":null}],
        "subscription":{"seats":[{"at":"2026-01-01","value":3}]},"elsewhere":[1]}}"#;
    let record = profile(json).unwrap();
    let plan = |t: &str| record.get(&schema(), "plan", at(t));
    assert_eq!(plan("2025-12-31T23:59:59Z"), Value::Missing);
    assert_eq!(
        [plan("2026-01-01"), plan("2026-02-01")],
        ["free".into(), "free".into()]
    );
    assert_eq!(
        [plan("2026-03-01"), plan("2026-05-01")],
        ["pro".into(), Value::Missing]
    );
    assert_eq!(
        record.get(&schema(), "subscription.seats", NOW),
        Value::Int(3)
    );
    assert_eq!(profile(&record.to_json(&schema())).unwrap(), record);

    let ever = profile(r#"{"id":"1","plan":"pro"}"#).unwrap();
    assert_eq!(
        ever.get(&schema(), "plan", Instant::MIN),
        "pro".into(),
        "a plain value has always been there"
    );
    assert_eq!(ever.to_json(&schema()), r#"{"id":"1","plan":"pro"}"#);

    refused(
        r#"{"id":"1","history":{"年龄":[]}}"#,
        "history.年龄",
        "has a history, and the schema does not track it",
    );
    refused(
        r#"{"id":"1","history":{"plan":"pro"}}"#,
        "history.plan",
        "is not a list of changes",
    );
    refused(
        r#"{"id":"1","history":{"plan":[{"value":"a"}]}}"#,
        "history.plan[0].at",
        "is missing; it says from when on",
    );
    refused(
        r#"{"id":"1","history":{"plan":[{"at":"2026-01-01"}]}}"#,
        "history.plan[0].value",
        "is missing",
    );
    refused(
        r#"{"id":"1","history":{"plan":[{"at":"2026-01-01","value":"a"},{"at":"2026-01-02","value":2}]}}"#,
        "history.plan[1].value",
        "`2` is a number, not `string`",
    );
}

#[test]
fn events_stand_within_a_profile_or_alone() {
    let schema = schema();
    let json = r#"{"id":"c","events":[
        {"kind":"购买","at":"2026-01-05","props":{"category":"tv","amount":499.90,"ship":{"country":"DE"}}},
        {"props":{"amount":1},"at":"2026-01-04T10:00:00Z","kind":"购买","id":7},
        {"kind":"unheard of","at":"whenever"},
        {"kind":"viewed","at":"2026-01-03T00:00:00Z","props":null}]}"#;
    let record = profile(json).unwrap();
    let events: Vec<_> = record
        .events()
        .iter()
        .map(|e| (e.kind_name(&schema), e.at().to_string(), e.id()))
        .collect();
    assert_eq!(
        events,
        [
            ("viewed", "2026-01-03T00:00:00Z".into(), None),
            ("购买", "2026-01-04T10:00:00Z".into(), Some("7".into())),
            ("购买", "2026-01-05T00:00:00Z".into(), None),
        ]
    );
    let last = record.events().iter().next_back().unwrap();
    let get = |p| last.get(&schema, p);
    assert_eq!(
        [get("amount"), get("ship.country")],
        [Decimal::new(49990, 2).into(), "DE".into()]
    );
    assert_eq!(
        [get("ends"), get("nothing")],
        [Value::Missing, Value::Missing]
    );
    assert_eq!(
        Record::from_json(&schema, &record.to_json(&schema)).unwrap(),
        record
    );

    let mut reader = RecordReader::new(&schema);
    let line = last.to_json(&schema, "c");
    let read = reader.event(&line).unwrap().unwrap();
    assert_eq!((&*read.profile, &read.event), ("c", last));
    assert_eq!(reader.event(r#"{"kind":"unheard of"}"#), Ok(None));
    assert_eq!(reader.unknown_kinds().collect::<Vec<_>>(), ["unheard of"]);
    assert!(
        reader.event(&line).unwrap().is_some() && reader.unknown_kinds().next().is_none(),
        "of the last call alone"
    );
    let json = r#"{"id":"1","events":[{"kind":"vewed","at":"2026-01-01"},{"kind":"viewed","at":"2026-01-02"},{"kind":"opened"},
        {"kind":"vewed"}]}"#;
    assert_eq!(reader.profile(json).unwrap().events().len(), 1);
    assert_eq!(
        reader.unknown_kinds().collect::<Vec<_>>(),
        ["vewed", "opened", "vewed"]
    );
}

#[test]
fn a_wrong_event_is_refused_with_the_place() {
    let schema = schema();
    let mut reader = RecordReader::new(&schema);
    for (json, field, message) in [
        (
            r#"{"profile":"1","at":"2026-01-01"}"#,
            "kind",
            "is missing; it says what happened",
        ),
        (
            r#"{"profile":"1","kind":"viewed"}"#,
            "at",
            "is missing; it says when it happened",
        ),
        (
            r#"{"profile":"1","kind":"viewed","at":null}"#,
            "at",
            "is missing",
        ),
        (
            r#"{"kind":"viewed","at":"2026-01-01"}"#,
            "profile",
            "is missing; it says whose event it is",
        ),
        (
            r#"{"profile":{},"kind":"viewed","at":"2026-01-01"}"#,
            "profile",
            "`{}` is neither a string nor an integer",
        ),
        (
            r#"{"profile":"1","kind":3,"at":"2026-01-01"}"#,
            "kind",
            "`3` is not a string; write it in quotes",
        ),
        (
            r#"{"profile":"1","kind":"viewed","at":"today"}"#,
            "at",
            "`today` is not an instant such as `2026-01-31T12:00:00Z`",
        ),
        (
            r#"{"profile":"1","kind":"viewed","at":true}"#,
            "at",
            "`true` is a bool, not `instant`; write it as `\"2026-01-31T12:00:00Z\"`",
        ),
        (
            r#"{"profile":"1","kind":"viewed","kind":"viewed","at":"2026-01-01"}"#,
            "kind",
            "is given twice; remove one",
        ),
        (
            r#"{"profile":"1","kind":"viewed","at":"2026-01-01","props":{},"props":{}}"#,
            "props",
            "is given twice",
        ),
        (
            r#"{"profile":"1","kind":"viewed","at":"2026-01-01","props":[1]}"#,
            "props",
            "not the expected JSON",
        ),
        (
            r#"{"profile":"1","props":7,"kind":"viewed","at":"2026-01-01"}"#,
            "props",
            "not the expected JSON",
        ),
        (
            r#"{"profile":"1","kind":"购买","at":"2026-01-01","props":{"amount":20.065}}"#,
            "props.amount",
            "`20.065` has more than 2",
        ),
        (
            r#"{"props":{"amount":"1"},"profile":"1","kind":"购买","at":"2026-01-01"}"#,
            "props.amount",
            "`1` is a string",
        ),
        (
            r#"{"profile":"1","kind":"购买","at":"2026-01-01","props":{"amount":1,"amount":1}}"#,
            "props.amount",
            "is given twice",
        ),
    ] {
        let error = reader.event(json).unwrap_err();
        assert_eq!(error.field, field, "{json}: {error}");
        assert!(error.message.starts_with(message), "{json}: {error}");
        // The schema has no say in the type of an event's instant.
        let of_schema = error.message.contains("change the type in the schema");
        assert!(field != "at" || !of_schema, "{json}: {error}");
    }
    let json =
        r#"{"id":"1","events":[{"kind":"viewed","at":"2026-01-01"},{"kind":"viewed","at":7}]}"#;
    refused(json, "events[1].at", "`7` is a number, not `instant`");
    assert_eq!(
        profile(json).unwrap_err().to_string().split(';').next(),
        Some("`events[1].at`: `7` is a number, not `instant`")
    );
}

#[test]
fn a_projection_skips_the_rest_unseen() {
    let schema = schema();
    let wanted = Projection::nothing()
        .attribute("consent.email")
        .attribute("plan")
        .property("购买", "amount");
    let mut reader = RecordReader::new(&schema).only(&wanted);
    let record = reader.profile(
        r#"{"id":"1","年龄":"no number","consent":{"email":true,"by":{"phone":7}},"plan":"pro","tags":["a"]}"#,
    );
    let record = record.unwrap();
    assert_eq!(record.get(&schema, "consent.email", NOW), Value::Bool(true));
    assert_eq!(
        [
            record.get(&schema, "plan", NOW),
            record.get(&schema, "年龄", NOW)
        ],
        ["pro".into(), Value::Missing]
    );
    assert_eq!(record.tags(), ["a"]);
    let line =
        r#"{"profile":"1","kind":"购买","at":"2026-01-01","props":{"category":7,"amount":3}}"#;
    let event = reader.event(line).unwrap().unwrap().event;
    assert_eq!(
        [event.get(&schema, "amount"), event.get(&schema, "category")],
        [Decimal::new(300, 2).into(), Value::Missing]
    );
    assert_eq!(
        reader.event(r#"{"profile":"1","kind":"viewed","at":"never"}"#),
        Ok(None)
    );
    assert_eq!(
        reader.unknown_kinds().next(),
        None,
        "it is left out, not unknown"
    );
    let part = Schema::builder()
        .kind(schema.kinds()[schema.kind_index("购买").unwrap()].clone())
        .build()
        .unwrap();
    let mut reader = RecordReader::new(&part).part_of(&schema);
    for (kind, unknown) in [("viewed", None), ("vewed", Some("vewed"))] {
        assert_eq!(
            reader.event(&format!(
                r#"{{"profile":"1","kind":"{kind}","at":"2026-01-01"}}"#
            )),
            Ok(None)
        );
        assert_eq!(reader.unknown_kinds().next(), unknown);
    }
}

#[test]
fn attributes_named_like_the_other_keys_are_attributes() {
    let schema = Schema::builder()
        .attribute(Field::new("tags", Type::Int))
        .attribute(Field::new("events", Type::String))
        .attribute(Field::new("history.pages", Type::Int))
        .build()
        .unwrap();
    let record = Record::from_json(
        &schema,
        r#"{"id":"1","tags":3,"events":"many","history":{"pages":4}}"#,
    )
    .unwrap();
    let get = |name| record.get(&schema, name, NOW);
    assert_eq!(
        [get("tags"), get("events"), get("history.pages")],
        [3.into(), "many".into(), 4.into()]
    );
}

#[test]
fn the_builder_tells_the_first_thing_that_does_not_fit() {
    let schema = schema();
    let new = || Record::builder(&schema, "1");
    let viewed = |at: &str| new().event("viewed", at, [("category", "tv".into())]);
    assert!(viewed("2026-01-01").build().is_ok());
    let cases = [
        (
            new().set("agee", 47).set("年龄", "x"),
            "agee",
            "the schema has no such attribute",
        ),
        (new().set("年龄", "x"), "年龄", "`x` is a string, not `int`"),
        (
            new().set("credit", 0.125),
            "credit",
            "`0.125` has more than 2 digits",
        ),
        (
            new().set("active", Decimal::new(1, 0)),
            "active",
            "`1` is a number, not `bool`",
        ),
        (
            new().set("languages", ["a"]).set("languages", "a"),
            "languages",
            "`a` is a string, not `list of string`",
        ),
        (
            new().event("bought", "2026-01-01", []),
            "kind",
            "the schema has no event kind `bought`",
        ),
        (
            new().event("viewed", "2026-01-01", [("page", 1.into())]),
            "viewed.page",
            "`viewed` has no such property",
        ),
        (
            new().event("viewed", "2026-01-01", [("category", 1.into())]),
            "viewed.category",
            "`1` is a number, not `string`",
        ),
        (viewed("soon"), "at", "`soon` is not an instant"),
        (
            new().event("viewed", Value::Missing, []),
            "at",
            "is missing",
        ),
        (
            new().history("年龄", [("2026-01-01", 3)]),
            "年龄",
            "has a history, and the schema does not track it",
        ),
        (
            new().history("plan", [("2026-01-01", 3)]),
            "plan",
            "`3` is a number, not `string`",
        ),
    ];
    for (builder, field, message) in cases {
        let error = builder.build().unwrap_err();
        assert_eq!(error.field, field, "{error}");
        assert!(error.message.starts_with(message), "{error}");
    }
}

#[test]
fn the_builder_and_json_make_the_same() {
    let schema = schema();
    let built = Record::builder(&schema, "1")
        .set("年龄", 47)
        .set("credit", 20.06)
        .set("score", 3)
        .set("пол", "женщина")
        .set("birthday", "1979-02-28")
        .set("seen", "2026-01-31".parse::<Date>().unwrap())
        .set("patience", "3 days")
        .set("home", GeoPoint { lat: 1.0, lon: 2.0 })
        .set("amounts", [1.5, 2.0])
        .set("active", None::<bool>)
        .set("score", 2.5)
        .history("plan", [("2026-01-01", Some("free")), ("2026-02-01", None)])
        .set("subscription.seats", 3)
        .tag("interest/skincare")
        .event_with_id(
            "e",
            "购买",
            at("2026-01-05T00:00:00Z"),
            [("ends", "2026-02-01".into()), ("amount", 5.into())],
        )
        .event("viewed", "2026-01-01", [])
        .build()
        .unwrap();
    let json = r#"{"id":1,"年龄":47,"credit":20.06,"score":2.5,"пол":"женщина","birthday":"1979-02-28","seen":"2026-01-31",
        "patience":"72 hours","home":{"lat":1,"lon":2},"amounts":[1.5,2],"tags":["interest/skincare"],"subscription.seats":3,
        "history":{"plan":[{"at":"2026-01-01","value":"free"},{"at":"2026-02-01","value":null}]},
        "events":[{"kind":"viewed","at":"2026-01-01"},{"id":"e","kind":"购买","at":"2026-01-05","props":{"amount":5,"ends":"2026-02-01"}}]}"#;
    assert_eq!(built, profile(json).unwrap());
    assert_eq!(profile(&built.to_json(&schema)).unwrap(), built);
}

#[test]
fn a_record_can_be_changed() {
    let schema = schema();
    let mut record = profile(r#"{"id":"1","年龄":47,"plan":"free"}"#).unwrap();
    record.set(&schema, "年龄", 48, NOW).unwrap();
    record.set(&schema, "plan", "pro", NOW).unwrap();
    record.tags_mut().push("vip".into());
    assert_eq!(record.get(&schema, "年龄", Instant::MIN), 48.into());
    let before = Instant::from_micros(NOW.micros() - 1);
    assert_eq!(
        [
            record.get(&schema, "plan", before),
            record.get(&schema, "plan", NOW)
        ],
        ["free".into(), "pro".into()]
    );
    record.set(&schema, "plan", Value::Missing, NOW).unwrap();
    assert_eq!(record.get(&schema, "plan", NOW), Value::Missing);
    assert_eq!(
        record.set(&schema, "plan", 1, NOW).unwrap_err().field,
        "plan"
    );
    assert_eq!(record.tags(), ["vip"]);
}

/// Every order of the same events gives the same timeline, whichever of those that share an id differ in content. Of two kinds
/// they are two events.
#[test]
fn the_order_of_arrival_does_not_matter() {
    let schema = schema();
    let event = |id: Option<&str>, kind: &str, at: &str, amount: Option<i64>| {
        let properties = amount.map(|a| ("amount", Value::Int(a)));
        let event = RecordEvent::new(&schema, kind, at, properties).unwrap();
        match id {
            Some(id) => event.with_id(id),
            None => event,
        }
    };
    let events = [
        event(Some("a"), "购买", "2026-01-02", Some(5)),
        event(Some("a"), "购买", "2026-01-02", Some(3)),
        event(Some("a"), "viewed", "2026-01-02", None),
        event(Some("b"), "购买", "2026-01-03", None),
        event(Some("b"), "购买", "2026-01-04", None),
        event(None, "购买", "2026-01-03", Some(1)),
    ];
    let mut results = std::collections::HashSet::new();
    let mut order = [0, 1, 2, 3, 4, 5];
    permutations(&mut order, 0, &mut |order| {
        let mut record = Record::builder(&schema, "1").build().unwrap();
        let (first, rest) = order.split_at(2);
        for part in [first, rest] {
            record.add_events(part.iter().map(|i| events[*i].clone()));
        }
        let mut whole = Record::builder(&schema, "1").build().unwrap();
        whole.add_events(order.iter().map(|i| events[*i].clone()));
        assert_eq!(whole, record, "added at once or bit by bit");
        results.insert(record.to_json(&schema));
    });
    let expected = r#"{"id":"1","events":[{"id":"a","kind":"viewed","at":"2026-01-02T00:00:00Z"},{"id":"a","kind":"购买","at":"2026-01-02T00:00:00Z","props":{"amount":3.00}},{"id":"b","kind":"购买","at":"2026-01-03T00:00:00Z"},{"kind":"购买","at":"2026-01-03T00:00:00Z","props":{"amount":1.00}}]}"#;
    assert_eq!(results.into_iter().collect::<Vec<_>>(), [expected]);
}

fn permutations(of: &mut [usize; 6], from: usize, visit: &mut impl FnMut(&[usize; 6])) {
    if from == of.len() {
        visit(of);
    }
    for i in from..of.len() {
        of.swap(from, i);
        permutations(of, from + 1, visit);
        of.swap(from, i);
    }
}

#[test]
fn a_name_is_one_however_its_letters_are_composed() {
    // "é" as one character in the schema, as "e" and an accent in the data, and the other way round.
    let (composed, decomposed) = ("caf\u{e9}", "cafe\u{301}");
    for (declared, written) in [(composed, decomposed), (decomposed, composed)] {
        let schema = Schema::builder()
            .attribute(Field::new(declared, Type::Int))
            .kind(
                EventKind::new(format!("{declared}_visit"))
                    .property(Field::new(declared, Type::Int)),
            )
            .build()
            .unwrap();
        let json = format!(
            r#"{{"id": "1", "{written}": 3, "events": [{{"kind": "{written}_visit", "at": "2026-01-01", "props": {{"{written}": 4}}}}]}}"#
        );
        let record = Record::from_json(&schema, &json).unwrap();
        let rule = segue::Rule::check(
            &format!("{written} = 3 and {written}_visit({declared} = 4)"),
            &schema,
        )
        .unwrap();
        let now = "2026-02-01T00:00:00Z".parse().unwrap();
        assert!(
            rule.bind(&Model::for_schema(&schema))
                .unwrap()
                .holds(&record, now),
            "{declared:?} {written:?}"
        );
    }
}

//! What the accessors of a model read: the same values from a record and from a service's own struct.

use super::cell::Cell;
use crate::profile::{
    Accessor, History, Model, Profile, Record, RecordEvent, RecordReader, Val, kind_index,
};
use crate::schema::{EventKind, Field, Schema, one_of, ordered};
use crate::time::{Date, Duration, Instant};
use crate::value::{GeoPoint, Type};
use std::sync::Arc;

fn show<T>(accessor: &Accessor<T>, of: &T, now: i64) -> String {
    let value = |v: Val<'_>| match v {
        Val::Missing => "-".to_owned(),
        Val::Whole(v) => v.to_string(),
        Val::Real(v) => format!("{v:?}"),
        Val::Text(v) => format!("{v:?}"),
        Val::Place(p) => format!("{},{}", p.lat, p.lon),
        other => format!("{other:?}"),
    };
    match accessor {
        Accessor::List(list) => match list.len(of) {
            Some(_) => format!(
                "{:?}",
                list.items(of).into_iter().map(value).collect::<Vec<_>>()
            ),
            None => "-".to_owned(),
        },
        other => value(other.get(of, now)),
    }
}

fn attributes<P: Profile>(model: &Model<P>, of: &P, now: Instant) -> Vec<String> {
    model
        .attributes
        .iter()
        .map(|a| show(a, of, now.micros()))
        .collect()
}

fn properties<P: Profile>(model: &Model<P>, event: &P::Event) -> Vec<String> {
    model.properties[kind_index(event)]
        .iter()
        .map(|a| show(a, event, 0))
        .collect()
}

fn at(text: &str) -> Instant {
    text.parse().unwrap()
}

fn schema() -> Schema {
    let list = |of: Type| Type::List(Box::new(of));
    Schema::builder()
        .attribute(Field::new("age", Type::Int))
        .attribute(Field::new("active", Type::Bool))
        .attribute(Field::new("credit", Type::Decimal(2)))
        .attribute(Field::new("score", Type::Float))
        .attribute(Field::new("城市", Type::String))
        .attribute(Field::new("пол", one_of(["женщина", "мужчина"])))
        .attribute(Field::new("birthday", Type::Date))
        .attribute(Field::new("seen", Type::Instant))
        .attribute(Field::new("patience", Type::Duration))
        .attribute(Field::new("app", Type::Version))
        .attribute(Field::new("home", Type::Place))
        .attribute(Field::new("languages", list(Type::String)))
        .attribute(Field::new(
            "stages",
            list(ordered(["awareness", "decision"])),
        ))
        .attribute(Field::new("plan", Type::String).tracked())
        .attribute(Field::new("seats", Type::Int).tracked())
        .attribute(Field::new("consent.email", Type::Bool))
        .kind(
            EventKind::new("viewed")
                .subject(Field::new("category", Type::String))
                .property(Field::new("price", Type::Decimal(2))),
        )
        .kind(EventKind::new("left"))
        .build()
        .unwrap()
}

fn record(json: &str) -> Record {
    Record::from_json(&schema(), json).unwrap()
}

const FULL: &str = r#"{"id":"1","age":47,"active":true,"credit":20.06,"score":0.5,"城市":"广州","пол":"мужчина","birthday":"1970-01-02",
    "seen":"1970-01-01T00:00:01Z","patience":"2 seconds","app":"2.10.1","home":{"lat":52.5,"lon":13.4},"languages":["de","ру"],
    "stages":["decision"],"history":{"plan":[{"at":"2026-01-01","value":"free"},{"at":"2026-03-01","value":"pro"}],
    "seats":[{"at":"2026-01-01","value":3},{"at":"2026-02-01","value":null}]},"consent":{"email":false},"tags":["a","b/c"]}"#;

const VALUES: [&str; 16] = [
    "47",
    "1",
    "2006",
    "0.5",
    "\"广州\"",
    "1",
    "1",
    "1000000",
    "2000000",
    "\"2.10.1\"",
    "52.5,13.4",
    r#"["\"de\"", "\"ру\""]"#,
    r#"["1"]"#,
    "\"free\"",
    "3",
    "0",
];

#[test]
fn a_record_is_read_by_position() {
    let model = Model::for_schema(&schema());
    let full = record(FULL);
    assert_eq!(attributes(&model, &full, at("2026-01-15")), VALUES);
    assert_eq!(
        show(model.tags.as_ref().unwrap(), &full, 0),
        r#"["\"a\"", "\"b/c\""]"#
    );
    let empty = record(r#"{"id":"1"}"#);
    assert_eq!(attributes(&model, &empty, at("2026-01-15")), ["-"; 16]);
    assert_eq!(show(model.tags.as_ref().unwrap(), &empty, 0), "[]");
}

#[test]
fn a_history_is_read_at_an_instant() {
    let model = Model::for_schema(&schema());
    let full = record(FULL);
    let plan_and_seats = |t: &str| attributes(&model, &full, at(t))[13..15].join(" ");
    assert_eq!(plan_and_seats("2025-12-31T23:59:59Z"), "- -");
    assert_eq!(plan_and_seats("2026-01-01"), "\"free\" 3");
    assert_eq!(plan_and_seats("2026-02-01"), "\"free\" -");
    assert_eq!(plan_and_seats("2026-03-01"), "\"pro\" -");
    let ever = record(r#"{"id":"1","plan":"pro"}"#);
    let Accessor::History(history) = &model.attributes[13] else {
        panic!("it is tracked")
    };
    assert_eq!(
        (history.len(&ever), history.at(&ever, 0)),
        (1, Instant::MIN.micros())
    );
}

#[test]
fn properties_are_read_by_position() {
    let model = Model::for_schema(&schema());
    let event = |json: &str| RecordEvent::from_json(&schema(), json).unwrap().unwrap();
    let both =
        event(r#"{"kind":"viewed","at":"2026-01-01","props":{"price":1.5,"category":"tv"}}"#);
    assert_eq!(properties(&model, &both), ["\"tv\"", "150"]);
    let one = event(r#"{"kind":"viewed","at":"2026-01-01","props":{"category":"tv"}}"#);
    assert_eq!(
        (properties(&model, &one), one.cells.len()),
        (vec!["\"tv\"".to_owned(), "-".to_owned()], 1)
    );
    assert_eq!(
        properties(&model, &event(r#"{"kind":"left","at":"2026-01-01"}"#)),
        [""; 0]
    );
}

#[test]
fn texts_that_come_again_share_one_allocation() {
    let mut reader = RecordReader::new(&schema());
    let mut city = |json: &str| match reader.profile(json).unwrap().cells[4].clone() {
        Cell::Text(text) => text,
        other => panic!("{other:?}"),
    };
    let (a, b) = (
        city(r#"{"id":"1","城市":"广州"}"#),
        city(r#"{"id":"2","城市":"广州"}"#),
    );
    assert!(Arc::ptr_eq(&a, &b));
}

#[cfg(feature = "derive")]
mod derived {
    use super::*;
    use segue_derive::{Enumeration, Event, Nested, Profile};

    #[derive(Profile)]
    #[segue(crate = "crate")]
    struct Customer {
        id: u32,
        age: Option<u8>,
        active: bool,
        #[segue(decimal = 2)]
        credit: i64,
        score: f32,
        #[segue(rename = "城市")]
        city: Option<String>,
        #[segue(rename = "пол")]
        gender: Gender,
        birthday: Date,
        seen: chrono::DateTime<chrono::Utc>,
        patience: Duration,
        #[segue(version)]
        app: &'static str,
        home: Option<GeoPoint>,
        languages: Option<Vec<String>>,
        stages: Vec<Stage>,
        plan: History<String>,
        seats: Option<History<u32>>,
        #[segue(nested)]
        consent: Option<Consent>,
        #[segue(tags)]
        tags: Vec<String>,
        #[segue(events)]
        events: Vec<Activity>,
    }

    #[derive(Enumeration)]
    #[segue(crate = "crate")]
    enum Gender {
        #[segue(rename = "женщина")]
        #[expect(
            dead_code,
            reason = "the second is looked at, since the first is 0 anyway"
        )]
        Female,
        #[segue(rename = "мужчина")]
        Male,
    }

    #[derive(Enumeration)]
    #[segue(crate = "crate", ordered)]
    enum Stage {
        #[expect(dead_code, reason = "as above")]
        Awareness,
        Decision,
    }

    #[derive(Nested)]
    #[segue(crate = "crate")]
    struct Consent {
        email: bool,
    }

    #[derive(Event)]
    #[segue(crate = "crate")]
    enum Activity {
        Viewed {
            at: Instant,
            #[segue(subject)]
            category: String,
            #[segue(decimal = 2)]
            price: Option<i64>,
        },
        Left {
            at: Instant,
        },
    }

    fn full() -> Customer {
        let mut plan = History::new();
        plan.set(at("2026-03-01"), "pro".to_owned());
        plan.set(at("2026-01-01"), "free".to_owned());
        let mut seats = History::new();
        seats.set(at("2026-01-01"), 3);
        seats.clear(at("2026-02-01"));
        Customer {
            id: 1,
            age: Some(47),
            active: true,
            credit: 2006,
            score: 0.5,
            city: Some("广州".into()),
            gender: Gender::Male,
            birthday: Date::from_days(1),
            seen: at("1970-01-01T00:00:01Z").into(),
            patience: Duration::from_micros(2_000_000),
            app: "2.10.1",
            home: Some(GeoPoint {
                lat: 52.5,
                lon: 13.4,
            }),
            languages: Some(vec!["de".into(), "ру".into()]),
            stages: vec![Stage::Decision],
            plan,
            seats: Some(seats),
            consent: Some(Consent { email: false }),
            tags: vec!["a".into(), "b/c".into()],
            events: vec![
                Activity::Viewed {
                    at: at("2026-01-01"),
                    category: "tv".into(),
                    price: None,
                },
                Activity::Left {
                    at: at("2026-01-02"),
                },
            ],
        }
    }

    #[test]
    fn a_struct_is_read_like_a_record() {
        let model = Model::<Customer>::new().unwrap();
        let names = |s: &Schema| {
            s.attributes()
                .iter()
                .map(|f| (f.name.clone(), f.ty.clone(), f.tracked))
                .collect::<Vec<_>>()
        };
        assert_eq!(
            names(model.schema()),
            names(&schema()),
            "both have the same attributes"
        );
        assert_eq!(attributes(&model, &full(), at("2026-01-15")), VALUES);
        assert_eq!(
            attributes(&model, &full(), at("2026-03-01"))[13..15],
            ["\"pro\"", "-"]
        );
        assert_eq!(
            show(model.tags.as_ref().unwrap(), &full(), 0),
            r#"["\"a\"", "\"b/c\""]"#
        );
        let bare = Customer {
            age: None,
            score: f32::NAN,
            city: None,
            home: None,
            languages: None,
            seats: None,
            plan: History::new(),
            consent: None,
            ..full()
        };
        let missing = |v: &String| v == "-";
        let positions: Vec<_> = attributes(&model, &bare, at("2026-03-01"))
            .iter()
            .enumerate()
            .filter(|(_, v)| missing(v))
            .map(|(i, _)| i)
            .collect();
        assert_eq!(positions, [0, 3, 4, 10, 11, 13, 14, 15]);
    }

    #[test]
    fn properties_are_read_from_their_variant_only() {
        let model = Model::<Customer>::new().unwrap();
        let customer = full();
        assert_eq!(properties(&model, &customer.events[0]), ["\"tv\"", "-"]);
        assert_eq!(properties(&model, &customer.events[1]), [""; 0]);
        assert_eq!(
            show(&model.properties[0][0], &customer.events[1], 0),
            "-",
            "another variant has no category"
        );
        assert_eq!(customer.id().to_string(), "1");
    }
}

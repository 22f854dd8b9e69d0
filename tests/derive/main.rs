//! What the derive macros make of a service's own types. Names are in several scripts, as their owners write them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]
#![cfg(feature = "derive")]

mod mistakes;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use segue::profile::{Events, History, Identifier, KindIndex, Model, Timeline};
use segue::schema::Field;
use segue::{Date, Duration, Enumeration, Event, GeoPoint, Instant, Nested, Profile, Rule};
use std::sync::Arc;

fn at(text: &str) -> Instant {
    text.parse().unwrap()
}

/// The position of an event's kind.
fn position<E: Event<Kind = KindIndex>>(event: &E) -> usize {
    event.kind().unwrap().get()
}

fn describe(field: &Field) -> String {
    let mut text = format!("{}: {}", field.name, field.ty);
    for (flag, word) in [
        (field.required, "required"),
        (field.tracked, "tracked"),
        (field.yearly, "yearly"),
    ] {
        if flag {
            text.push(' ');
            text.push_str(word);
        }
    }
    text
}

fn attributes<P: segue::profile::Describe>() -> Vec<String> {
    Model::<P>::new()
        .unwrap()
        .schema()
        .attributes()
        .iter()
        .map(describe)
        .collect()
}

fn kinds<P: segue::profile::Describe>() -> Vec<(String, Vec<String>, Option<usize>)> {
    let model = Model::<P>::new().unwrap();
    let kind = |k: &segue::schema::EventKind| {
        (
            k.name.clone(),
            k.properties.iter().map(describe).collect(),
            k.subject,
        )
    };
    model.schema().kinds().iter().map(kind).collect()
}

#[derive(Enumeration, Clone, Copy, Debug, PartialEq)]
enum Gender {
    Female,
    Male,
}

#[derive(Enumeration)]
#[segue(ordered, rename_all = "SCREAMING-KEBAB-CASE")]
enum Stage {
    Awareness,
    FirstPurchase,
    #[segue(rename = "忠诚")]
    Loyal,
}

#[derive(Nested)]
struct Consent {
    email: bool,
    #[segue(rename = "короткие сообщения")]
    sms: Option<bool>,
    #[segue(nested)]
    partners: Option<Partners>,
}

#[derive(Nested)]
#[segue(rename_all = "camelCase")]
struct Partners {
    how_many: u8,
    #[segue(skip)]
    _names: Vec<std::net::IpAddr>,
}

#[derive(Profile)]
struct Customer {
    #[segue(id)]
    number: u64,
    #[segue(rename = "年龄")]
    age: Option<u8>,
    gender: Gender,
    stage: Option<Stage>,
    #[segue(yearly, rename = "день_рождения")]
    birthday: Option<Date>,
    joined: NaiveDate,
    seen: Option<DateTime<Utc>>,
    patience: TimeDelta,
    pause: Duration,
    #[segue(decimal = 2)]
    credit: i64,
    #[segue(decimal = 3)]
    past_credits: Vec<i64>,
    score: f32,
    #[segue(version)]
    app: History<String>,
    #[segue(rename = "المدينة")]
    city: Arc<str>,
    languages: Vec<&'static str>,
    home: Option<GeoPoint>,
    r#type: Box<str>,
    #[segue(nested)]
    consent: Consent,
    #[segue(flatten)]
    more: Option<Partners>,
    #[segue(tags)]
    tags: Vec<String>,
    #[segue(events)]
    events: Timeline<Activity>,
    #[segue(skip)]
    _address: std::net::IpAddr,
}

#[derive(Event)]
enum Activity {
    Viewed {
        at: Instant,
        #[segue(subject)]
        category: String,
    },
    #[segue(rename = "购买", rename_all = "kebab-case")]
    Purchased {
        #[segue(at)]
        when: DateTime<Utc>,
        #[segue(id)]
        order: String,
        product_group: Option<Gender>,
        #[segue(decimal = 2, subject)]
        amount: Option<i64>,
        #[segue(nested)]
        consent: Partners,
        #[segue(skip)]
        _at: (),
    },
    AddedToCart {
        at: Instant,
        #[segue(id)]
        id: Option<Arc<str>>,
    },
}

#[test]
fn a_struct_says_its_attributes_with_their_types() {
    assert_eq!(
        attributes::<Customer>(),
        [
            "年龄: int",
            "gender: enum (female, male) required",
            "stage: enum (AWARENESS, FIRST-PURCHASE, 忠诚)",
            "день_рождения: date yearly",
            "joined: date required",
            "seen: instant",
            "patience: duration required",
            "pause: duration required",
            "credit: decimal(2) required",
            "past_credits: list of decimal(3) required",
            "score: float required",
            "app: version tracked",
            "المدينة: string required",
            "languages: list of string required",
            "home: place",
            "type: string required",
            "consent.email: bool required",
            "consent.короткие сообщения: bool",
            "consent.partners.howMany: int",
            "howMany: int",
        ]
    );
}

#[test]
fn each_variant_of_an_enum_is_a_kind() {
    let text = |all: &[&str]| all.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>();
    assert_eq!(
        kinds::<Customer>(),
        [
            (
                "viewed".to_owned(),
                text(&["category: string required"]),
                Some(0)
            ),
            (
                "购买".to_owned(),
                text(&[
                    "product-group: enum (female, male)",
                    "amount: decimal(2)",
                    "consent.howMany: int required"
                ]),
                Some(1)
            ),
            ("added_to_cart".to_owned(), text(&[]), None),
        ]
    );
}

fn purchase(order: &str, when: &str) -> Activity {
    let consent = Partners {
        how_many: 2,
        _names: Vec::new(),
    };
    let when = at(when).to_utc();
    Activity::Purchased {
        when,
        order: order.into(),
        product_group: Some(Gender::Male),
        amount: Some(1999),
        consent,
        _at: (),
    }
}

#[test]
fn events_say_their_kind_instant_and_id() {
    let viewed = Activity::Viewed {
        at: at("2026-01-01T00:00:00Z"),
        category: "tv".into(),
    };
    assert_eq!(
        (position(&viewed), viewed.at(), viewed.id()),
        (0, at("2026-01-01T00:00:00Z"), None)
    );
    let bought = purchase("o-1", "2026-02-01T10:00:00Z");
    assert_eq!(
        (position(&bought), bought.at(), bought.id()),
        (1, at("2026-02-01T10:00:00Z"), Some("o-1".into()))
    );
    let added = |id: Option<&str>| Activity::AddedToCart {
        at: at("2026-01-01"),
        id: id.map(Arc::from),
    };
    assert_eq!(
        (
            position(&added(Some("c"))),
            added(Some("c")).id(),
            added(None).id()
        ),
        (2, Some("c".into()), None)
    );
}

#[test]
fn a_profile_gives_its_id_and_its_events() {
    let events = [
        purchase("o-2", "2026-02-02"),
        purchase("o-1", "2026-02-01"),
        purchase("o-2", "2026-02-03"),
    ];
    let customer = Customer {
        number: 17,
        age: Some(47),
        gender: Gender::Female,
        stage: None,
        birthday: None,
        joined: NaiveDate::from_ymd_opt(2020, 2, 29).unwrap(),
        seen: None,
        patience: TimeDelta::hours(1),
        pause: Duration::from_micros(1),
        credit: 250,
        past_credits: vec![1],
        score: 0.5,
        app: History::new(),
        city: "القاهرة".into(),
        languages: vec!["ar"],
        home: None,
        r#type: "b2c".into(),
        consent: Consent {
            email: true,
            sms: None,
            partners: None,
        },
        more: None,
        tags: vec!["interest/skincare".into()],
        events: events.into_iter().collect(),
        _address: std::net::Ipv4Addr::LOCALHOST.into(),
    };
    assert_eq!(customer.id(), Identifier::Number(17));
    let Events::Timeline(timeline) = Profile::events(&customer) else {
        panic!("a timeline was kept")
    };
    let ids: Vec<_> = timeline
        .iter()
        .map(|e| e.id().unwrap().to_string())
        .collect();
    assert_eq!(ids, ["o-1", "o-2"], "the id that came twice is kept once");
}

#[test]
fn an_enumeration_knows_its_names_and_positions() {
    assert_eq!(Gender::NAMES, ["female", "male"]);
    const { assert!(!Gender::ORDERED && Stage::ORDERED) };
    assert_eq!(
        [
            Stage::Awareness.index(),
            Stage::FirstPurchase.index(),
            Stage::Loyal.index()
        ],
        [0, 1, 2]
    );
}

#[derive(Enumeration)]
enum Action {
    Opened,
    Clicked,
}

/// One struct for all kinds.
#[derive(Event)]
#[segue(rename_all = "UPPERCASE")]
struct Touch {
    #[segue(kind)]
    action: Action,
    at: Instant,
    #[segue(id)]
    message: Box<str>,
    #[segue(subject)]
    campaign: String,
    #[segue(flatten)]
    partners: Partners,
}

/// A struct that is one kind.
#[derive(Event)]
#[segue(rename = "посещение")]
struct Visit {
    at: Instant,
}

#[derive(Event)]
struct PageView {
    at: Instant,
}

#[derive(Profile)]
#[segue(rename_all = "PascalCase")]
struct Member<E> {
    id: Arc<str>,
    postal_code: Option<String>,
    #[segue(events)]
    events: Box<[E]>,
}

#[derive(Profile)]
struct Lead {
    #[segue(id)]
    mail: String,
    size: usize,
}

#[test]
fn a_struct_can_be_every_kind_or_one() {
    let properties = vec![
        "CAMPAIGN: string required".to_owned(),
        "howMany: int required".to_owned(),
    ];
    let expected = ["opened", "clicked"].map(|k| (k.to_owned(), properties.clone(), Some(0)));
    assert_eq!(kinds::<Member<Touch>>(), expected);
    assert_eq!(
        kinds::<Member<Visit>>(),
        [("посещение".to_owned(), vec![], None)]
    );
    assert_eq!(
        kinds::<Member<PageView>>(),
        [("page_view".to_owned(), vec![], None)]
    );
    assert_eq!(kinds::<Lead>(), []);

    let partners = Partners {
        how_many: 0,
        _names: Vec::new(),
    };
    assert_eq!(Action::Opened.index(), 0);
    let touch = Touch {
        action: Action::Clicked,
        at: at("2026-01-01"),
        message: "m".into(),
        campaign: "c".into(),
        partners,
    };
    assert_eq!((position(&touch), touch.id()), (1, Some("m".into())));
    let member = Member {
        id: "x".into(),
        postal_code: None,
        events: [touch].into(),
    };
    assert_eq!(member.id(), Identifier::Text("x"));
    assert!(matches!(Profile::events(&member), Events::Slice([_])));
    assert_eq!(attributes::<Member<Visit>>(), ["PostalCode: string"]);
    assert_eq!(attributes::<Lead>(), ["size: int required"]);
    assert!(matches!(
        Profile::events(&Lead {
            mail: "a@b".into(),
            size: 1
        }),
        Events::Slice([])
    ));
}

mod parameters {
    use super::*;
    use segue::profile::FieldValue;

    /// Bounds that the author gave stay, and those that the fields need are added.
    #[derive(Profile)]
    struct Keyed<K, V, const N: usize>
    where
        K: Clone,
    {
        #[segue(id)]
        key: String,
        value: Option<V>,
        #[segue(skip)]
        _kept: [K; N],
    }

    fn first_type<V: FieldValue + Send + Sync>() -> String {
        attributes::<Keyed<u8, V, 2>>()[0].clone()
    }

    #[test]
    fn type_parameters_pass_through() {
        assert_eq!(first_type::<Gender>(), "value: enum (female, male)");
        assert_eq!(first_type::<History<Date>>(), "value: date tracked");
        let keyed = Keyed::<u8, bool, 1> {
            key: "k".into(),
            value: None,
            _kept: [1],
        };
        assert_eq!(keyed.id(), Identifier::Text("k"));
    }
}

mod clashes {
    use super::*;

    #[derive(Profile)]
    struct Clashing {
        #[segue(id)]
        number: u32,
        #[segue(rename = "consent.email")]
        email: bool,
        #[segue(nested)]
        consent: Consent,
    }

    #[test]
    fn names_that_only_meet_when_nested_are_refused_by_the_model() {
        let error = Model::<Clashing>::new().unwrap_err();
        assert_eq!(
            error.to_string(),
            "attribute `consent.email` is declared twice; remove one"
        );
        let _ = |c: Clashing| (c.number, c.email, c.consent);
    }
}

/// The same customer as a struct and as a record: every rule gives the same verdict.
mod evaluated {
    use super::*;
    use segue::profile::Record;
    use segue::{Rule, Verdict};

    #[derive(Profile)]
    struct Shopper {
        id: String,
        #[segue(rename = "年龄")]
        age: u8,
        gender: Option<Gender>,
        stage: Stage,
        #[segue(yearly, rename = "день_рождения")]
        birthday: Date,
        #[segue(decimal = 2)]
        credit: i64,
        #[segue(rename = "المدينة")]
        city: Arc<str>,
        plan: History<String>,
        #[segue(nested)]
        consent: Option<Consent>,
        #[segue(tags)]
        tags: Vec<String>,
        #[segue(events)]
        events: Vec<Bought>,
    }

    #[derive(Event)]
    #[segue(rename = "купил")]
    struct Bought {
        at: Instant,
        #[segue(subject)]
        category: &'static str,
        #[segue(decimal = 2)]
        amount: Option<i64>,
    }

    fn shopper() -> Shopper {
        let mut plan = History::new();
        plan.set(at("2026-01-01"), "free".to_owned());
        plan.set(at("2026-02-20"), "pro".to_owned());
        let bought = |day: &str, category, amount| Bought {
            at: at(day),
            category,
            amount,
        };
        Shopper {
            id: "c-17".into(),
            age: 47,
            gender: Some(Gender::Female),
            stage: Stage::FirstPurchase,
            birthday: "1979-03-05".parse().unwrap(),
            credit: 2006,
            city: "القاهرة".into(),
            plan,
            consent: Some(Consent {
                email: true,
                sms: None,
                partners: None,
            }),
            tags: vec!["interest/skincare".into()],
            events: vec![
                bought("2026-02-10", "tv", Some(49_990)),
                bought("2026-02-01", "tv", None),
                bought("2025-12-01", "خبز", Some(1)),
            ],
        }
    }

    const JSON: &str = r#"{"id":"c-17","年龄":47,"gender":"female","stage":"FIRST-PURCHASE","день_рождения":"1979-03-05","credit":20.06,
        "المدينة":"القاهرة","consent":{"email":true},"tags":["interest/skincare"],
        "history":{"plan":[{"at":"2026-01-01","value":"free"},{"at":"2026-02-20","value":"pro"}]},
        "events":[{"kind":"купил","at":"2026-02-10","props":{"category":"tv","amount":499.90}},
            {"kind":"купил","at":"2026-02-01","props":{"category":"tv"}},{"kind":"купил","at":"2025-12-01","props":{"category":"خبز","amount":0.01}}]}"#;

    #[test]
    fn a_struct_and_a_record_give_the_same_verdicts() {
        let now = at("2026-03-01T00:00:00Z");
        let model = Model::<Shopper>::new().unwrap();
        let records = Model::for_schema(model.schema());
        let record = Record::from_json(model.schema(), JSON).unwrap();
        let day = |d: &str| Some(at(d));
        let micro_after = |d: &str| Some(Instant::from_micros(at(d).micros() + 1));
        for (text, holds, until) in [
            ("年龄 > 46", true, None),
            ("id = \"c-17\"", true, None),
            ("gender = female and stage < `忠诚`", true, None),
            ("stage >= `忠诚`", false, None),
            ("credit = 20.06", true, None),
            ("المدينة = \"القاهرة\"", true, None),
            (
                "consent.email and `consent.короткие сообщения` is missing",
                true,
                None,
            ),
            ("consent.partners.howMany exists", false, None),
            ("tagged \"interest\"", true, None),
            (
                "день_рождения in next 7 days",
                true,
                day("2026-03-06T00:00:00Z"),
            ),
            (
                "plan = \"pro\" for more than 14 days",
                false,
                micro_after("2026-03-06T00:00:00Z"),
            ),
            (
                "купил(\"tv\") within 30 days",
                true,
                micro_after("2026-03-12T00:00:00Z"),
            ),
            (
                "count(купил) >= 3 and sum(купил.amount) = 499.91",
                true,
                None,
            ),
            ("купил(\"خبز\", amount = 0.01)", true, None),
        ] {
            let rule = Rule::check(text, model.schema()).unwrap_or_else(|e| panic!("{text}: {e}"));
            let expected = Verdict {
                holds,
                until,
                is_exact: true,
            };
            assert_eq!(
                rule.bind(&model).unwrap().verdict(&shopper(), now),
                expected,
                "{text}"
            );
            assert_eq!(
                rule.bind(&records).unwrap().verdict(&record, now),
                expected,
                "{text}, of a record"
            );
        }
    }
}

#[derive(Profile)]
struct Account {
    id: i64,
    credit: i64,
}

/// A system of bookings may count its accounts from below zero.
#[test]
fn ids_may_be_negative() {
    let model = Model::<Account>::new().unwrap();
    let now = "2026-03-01T00:00:00Z".parse().unwrap();
    let holds = |id: i64, rule: &str| {
        let account = Account { id, credit: 3 };
        Rule::check(rule, model.schema())
            .unwrap()
            .bind(&model)
            .unwrap()
            .holds(&account, now)
    };
    assert!(holds(
        -7,
        r#"id = "-7" and id in ("12", "-7") and credit = 3"#
    ));
    assert!(
        holds(i64::MIN, r#"id = "-9223372036854775808""#)
            && holds(12, r#"id = "12""#)
            && holds(0, r#"id = "0""#)
    );
    // MD5 of "spring:-7" begins with 8e37c2b9, 55.6 % of the way; that of "spring:7" with 1c953875, 11.2 %.
    let in_share = |id: i64, percent: u8| holds(id, &format!("in sample({percent}%, \"spring\")"));
    assert!(in_share(-7, 56) && !in_share(-7, 55) && in_share(7, 12) && !in_share(7, 11));
    assert_eq!(Identifier::from(-7_i64).to_string(), "-7");
}

/// Ids of 64 bits without a sign.
mod unsigned {
    use super::*;
    use segue::RuleSet;

    #[derive(Profile)]
    struct Session {
        id: u32,
        hash: u64,
        visits: Option<usize>,
        partners: Vec<u64>,
        device: History<u64>,
        #[segue(decimal = 2)]
        credit: u64,
        #[segue(events)]
        events: Vec<Paid>,
    }

    #[derive(Event)]
    struct Paid {
        at: Instant,
        order: u64,
    }

    const ABOVE: u64 = 1 << 63;

    fn session() -> Session {
        let mut device = History::new();
        device.set(at("2026-01-01"), ABOVE);
        device.set(at("2026-02-01"), u64::MAX);
        let paid = |day: &str, order| Paid { at: at(day), order };
        Session {
            id: 1,
            hash: u64::MAX,
            visits: Some(3),
            partners: vec![ABOVE, 7],
            device,
            credit: u64::MAX,
            events: vec![paid("2026-01-05", ABOVE), paid("2026-01-06", u64::MAX)],
        }
    }

    #[test]
    fn values_above_those_with_a_sign_are_compared_exactly() {
        let model = Model::<Session>::new().unwrap();
        let now = at("2026-03-01");
        let rules = [
            ("hash = 18446744073709551615", true),
            ("hash = 18446744073709551614", false),
            ("hash = 9223372036854775807", false),
            ("hash >= 9223372036854775807", true),
            ("hash > 9223372036854775807", true),
            ("hash <= 9223372036854775807", false),
            ("hash < 18446744073709551615", false),
            ("hash > 5", true),
            ("hash < 5", false),
            ("hash in (5, 18446744073709551615)", true),
            ("hash in (5, 9223372036854775807)", false),
            ("hash between 5 and 18446744073709551614", false),
            ("visits = 3 and visits < 18446744073709551615", true),
            ("partners contains 9223372036854775808", true),
            ("partners contains 9223372036854775807", false),
            ("partners contains hash", false),
            ("device = 18446744073709551615", true),
            ("device was 9223372036854775808", true),
            ("device was 9223372036854775807", false),
            ("credit > 92233720368547758", true),
            ("credit > 184467440737095516", true),
            ("credit = 184467440737095516", false),
            ("credit < 184467440737095517", true),
            ("paid(order = 9223372036854775808)", true),
            ("paid(order = 9223372036854775807)", false),
            ("count(paid(order >= 9223372036854775807)) = 2", true),
            ("paid(order = hash)", true),
        ];
        let checked = |text: &str| {
            Rule::check(text, model.schema()).unwrap_or_else(|e| panic!("{text}: {e}"))
        };
        for (text, holds) in rules {
            let rule = checked(text).bind(&model).unwrap();
            assert_eq!(rule.holds(&session(), now), holds, "{text}");
        }
        // Many rules at once search among constants instead of asking each.
        let together = RuleSet::new(&model, rules.map(|(text, _)| (text, checked(text)))).unwrap();
        let holding: Vec<_> = rules
            .iter()
            .filter(|(_, holds)| *holds)
            .map(|(text, _)| *text)
            .collect();
        assert!(together.matches(&session(), now).eq(holding));
    }
}

#[derive(Profile)]
#[segue(computed(
    name = "spent",
    get = "Labelled::spent",
    decimal = 2,
    label = "spent this year",
    unit = "EUR"
))]
struct Labelled {
    id: u64,
    #[segue(label = "age of the customer", unit = "years")]
    age: Option<u8>,
    #[segue(nested)]
    home: LabelledHome,
    #[segue(events)]
    events: Vec<LabelledOrder>,
}

#[derive(Nested)]
struct LabelledHome {
    #[segue(label = "ville")]
    city: String,
}

#[derive(Event)]
#[segue(rename = "ordered")]
struct LabelledOrder {
    at: Instant,
    #[segue(decimal = 2, unit = "EUR")]
    amount: i64,
}

impl Labelled {
    fn spent(&self) -> i64 {
        self.events.iter().map(|order| order.amount).sum()
    }
}

#[test]
fn labels_and_units_are_those_of_the_fields() {
    let model = Model::<Labelled>::new().unwrap();
    let words = |field: &Field| {
        let words = [&field.label, &field.unit].map(|w| w.clone().unwrap_or_default());
        format!("{}: {}", field.name, words.join(", "))
    };
    let attributes: Vec<String> = model.schema().attributes().iter().map(words).collect();
    assert_eq!(
        attributes,
        [
            "age: age of the customer, years",
            "home.city: ville, ",
            "spent: spent this year, EUR"
        ]
    );
    let ordered = model.schema().kind("ordered").unwrap();
    assert_eq!(
        ordered.properties.iter().map(words).collect::<Vec<_>>(),
        ["amount: , EUR"]
    );

    let (home, events) = (
        LabelledHome {
            city: "Paris".into(),
        },
        Vec::new(),
    );
    let anna = Labelled {
        id: 1,
        age: Some(47),
        home,
        events,
    };
    let rule = Rule::check("age > 50", model.schema())
        .unwrap()
        .bind(&model)
        .unwrap();
    let explanation = rule.explain(&anna, at("2026-03-18T12:00:00Z")).to_string();
    assert!(
        explanation.contains("age of the customer is 47 years, 4 short"),
        "{explanation}"
    );
}

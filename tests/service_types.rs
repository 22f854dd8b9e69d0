//! A shop's own types, as they stand in a service: ids and amounts of other crates, newtypes, sets, maps, getters, envelopes,
//! and events that another crate may add to.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]
#![cfg(all(feature = "derive", feature = "uuid", feature = "rust_decimal"))]

use chrono::{DateTime, FixedOffset, Utc};
use rust_decimal::Decimal;
use segue::engine::{Engine, LiveProfile, Receipt};
use segue::profile::{EventKinds, Identifier, Model, Reading, Record, Timeline};
use segue::{Enumeration, Event, EventBody, Instant, Nested, Profile, Row, Rule, Scalar, Type};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::num::NonZeroU32;
use std::sync::Arc;
use uuid::Uuid;

/// What the shop gets from elsewhere, and cannot derive anything on.
#[allow(unreachable_pub, reason = "it stands for another crate")]
mod crm {
    #[derive(Clone, Copy)]
    pub enum Plan {
        Free,
        Pro,
    }

    pub struct Address {
        pub city: String,
        pub zip: u32,
    }

    #[non_exhaustive]
    pub enum Notice {
        Charged { at: i64, cents: i64 },
        Refunded { at: i64 },
        Pinged,
    }
}

#[derive(Scalar, Clone, Copy, PartialEq, Eq, Hash)]
#[segue(transparent)]
struct CustomerId(Uuid);

#[derive(Scalar)]
struct Mail(String);

#[derive(Scalar)]
struct Cents(i64);

/// An amount with its currency: read by hand.
struct Money {
    units: i64,
    scale: u32,
}

impl Scalar for Money {
    fn ty() -> Type {
        Type::Decimal(2)
    }

    fn read(&self) -> Reading<'_> {
        Reading::decimal(self.units.into(), self.scale)
    }
}

#[derive(Enumeration, Clone, Copy)]
#[segue(ordered)]
enum Plan {
    Free,
    Pro,
}

fn plan_of(plan: &crm::Plan) -> Plan {
    match plan {
        crm::Plan::Free => Plan::Free,
        crm::Plan::Pro => Plan::Pro,
    }
}

fn city_of(address: &crm::Address) -> &str {
    &address.city
}

fn zip_of(address: &crm::Address) -> Option<u32> {
    Some(address.zip).filter(|zip| *zip > 0)
}

#[derive(Profile)]
#[segue(
    computed(name = "orders.total", get = "Customer::total", decimal = 2),
    computed(name = "domain", get = "Customer::domain"),
    computed(name = "zip", get = "Customer::zip")
)]
struct Customer {
    id: CustomerId,
    mail: Mail,
    #[segue(decimal = 2)]
    credit: Decimal,
    rate: Decimal,
    #[segue(decimal = 2)]
    spent: Cents,
    saved: Option<Money>,
    last_login: Option<DateTime<FixedOffset>>,
    joined: DateTime<chrono_tz::Tz>,
    patience: std::time::Duration,
    seats: NonZeroU32,
    session: Option<Uuid>,
    nickname: Cow<'static, str>,
    region: Arc<str>,
    referrer: Box<Arc<str>>,
    interests: BTreeSet<String>,
    channels: HashSet<Channel>,
    last_amounts: VecDeque<i64>,
    favourites: Arc<[String]>,
    top_three: [u8; 3],
    #[segue(keys("size", "colour"))]
    custom: HashMap<String, String>,
    #[segue(flatten, keys("visits"))]
    counters: Option<BTreeMap<String, u32>>,
    #[segue(get = "plan_of")]
    plan: crm::Plan,
    #[segue(get = "plan_of", rename = "last_plan")]
    former: Option<crm::Plan>,
    #[segue(rename = "city", get = "city_of")]
    address: crm::Address,
    #[segue(tags)]
    tags: BTreeSet<String>,
    #[segue(rows)]
    lines: Vec<Line>,
    #[segue(events)]
    events: Timeline<Envelope>,
}

#[derive(Enumeration, PartialEq, Eq, Hash)]
enum Channel {
    Email,
    Sms,
}

#[derive(Row)]
#[segue(computed(name = "total", get = "Line::total", decimal = 2))]
struct Line {
    #[segue(subject)]
    product: String,
    #[segue(decimal = 2)]
    price: i64,
    number: i64,
}

impl Line {
    fn total(&self) -> i64 {
        self.price * self.number
    }
}

impl Customer {
    fn total(&self) -> Decimal {
        let amounts = self.events.iter().filter_map(|event| match &event.body {
            Body::OrderPlaced(order) => Some(order.amount),
            _ => None,
        });
        amounts.sum()
    }

    fn domain(&self) -> Option<&str> {
        self.mail.0.split_once('@').map(|(_, domain)| domain)
    }

    fn zip(&self) -> Option<u32> {
        zip_of(&self.address)
    }
}

#[derive(Event)]
struct Envelope {
    #[segue(id)]
    id: Uuid,
    at: DateTime<Utc>,
    #[segue(body)]
    body: Body,
    device: Option<String>,
}

#[derive(EventBody)]
enum Body {
    Viewed {
        #[segue(subject)]
        category: String,
    },
    OrderPlaced(Box<Order>),
    #[segue(flatten)]
    Mail(MailEvent),
    LoggedOut,
    #[segue(skip)]
    Heartbeat,
}

#[derive(EventBody)]
struct Order {
    #[segue(subject)]
    category: String,
    #[segue(decimal = 2)]
    amount: Decimal,
    #[segue(nested)]
    shipping: Shipping,
}

#[derive(Nested)]
#[segue(computed(name = "is_far", get = "Shipping::is_far"))]
struct Shipping {
    country: String,
}

impl Shipping {
    fn is_far(&self) -> bool {
        self.country != "IT"
    }
}

#[derive(EventBody)]
enum MailEvent {
    MailOpened { campaign: String },
    MailClicked { campaign: String },
}

fn at(text: &str) -> Instant {
    text.parse().unwrap()
}

fn time(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn envelope(id: u128, when: &str, body: Body) -> Envelope {
    Envelope {
        id: Uuid::from_u128(id),
        at: time(when),
        body,
        device: Some("phone".into()),
    }
}

fn anna() -> Customer {
    let order = |category: &str, amount: Decimal| {
        Body::OrderPlaced(Box::new(Order {
            category: category.into(),
            amount,
            shipping: Shipping {
                country: "DE".into(),
            },
        }))
    };
    let opened = |campaign: &str| {
        Body::Mail(MailEvent::MailOpened {
            campaign: campaign.into(),
        })
    };
    let clicked = Body::Mail(MailEvent::MailClicked {
        campaign: "spring".into(),
    });
    let viewed = Body::Viewed {
        category: "tv".into(),
    };
    Customer {
        id: CustomerId(Uuid::from_u128(0x67e5_5044_10b1_426f_9247_bb68_0e5f_e0c8)),
        mail: Mail("anna@example.org".into()),
        credit: Decimal::new(19_999, 3),
        rate: Decimal::new(123_456_789, 8),
        spent: Cents(12_50),
        saved: Some(Money { units: 5, scale: 1 }),
        last_login: Some("2026-03-17T23:30:00-02:00".parse().unwrap()),
        joined: time("2020-02-29T12:00:00Z").with_timezone(&chrono_tz::Europe::Rome),
        patience: std::time::Duration::from_secs(90),
        seats: NonZeroU32::new(12).unwrap(),
        session: Some(Uuid::from_u128(255)),
        nickname: "Ann".into(),
        region: "north".into(),
        referrer: Box::new("search".into()),
        interests: ["music".to_owned(), "tv".to_owned()].into(),
        channels: [Channel::Email, Channel::Sms].into(),
        last_amounts: [5, 7].into(),
        favourites: ["tv".to_owned()].into(),
        top_three: [1, 2, 3],
        custom: HashMap::from([("size".to_owned(), "M".to_owned())]),
        counters: Some([("visits".to_owned(), 4)].into()),
        plan: crm::Plan::Pro,
        former: Some(crm::Plan::Free),
        address: crm::Address {
            city: "Milano".into(),
            zip: 20_121,
        },
        tags: ["interest/skincare".to_owned()].into(),
        lines: vec![Line {
            product: "lamp".into(),
            price: 2_50,
            number: 4,
        }],
        events: [
            envelope(1, "2026-03-01T10:00:00Z", order("tv", Decimal::new(499, 0))),
            envelope(2, "2026-03-02T10:00:00Z", viewed),
            envelope(3, "2026-03-03T10:00:00Z", opened("spring")),
            envelope(4, "2026-03-04T10:00:00Z", clicked),
            envelope(5, "2026-03-05T10:00:00Z", Body::Heartbeat),
            envelope(6, "2026-03-06T10:00:00Z", Body::LoggedOut),
            // The same id again: the earlier counts.
            envelope(
                1,
                "2026-03-07T10:00:00Z",
                order("radio", Decimal::new(1, 0)),
            ),
        ]
        .into_iter()
        .collect(),
    }
}

const NOW: &str = "2026-03-18T12:00:00Z";

#[track_caller]
fn check(rule: &str, customer: &Customer, holds: bool) {
    let model = Model::<Customer>::new().unwrap();
    let rule = Rule::check(rule, model.schema()).unwrap_or_else(|e| panic!("{e}"));
    let matcher = rule.bind(&model).unwrap();
    assert_eq!(matcher.holds(customer, at(NOW)), holds, "{rule}");
    assert_eq!(matcher.verdict(customer, at(NOW)).holds, holds, "{rule}");
}

#[test]
fn the_fields_are_attributes_of_the_types_that_they_have() {
    let model = Model::<Customer>::new().unwrap();
    let attributes = model.schema().attributes().iter();
    let described: Vec<String> = attributes
        .map(|a| {
            let required = if a.required { "" } else { "?" };
            format!("{}{required}: {}", a.name, a.ty)
        })
        .collect();
    assert_eq!(
        described,
        [
            "mail: string",
            "credit: decimal(2)",
            "rate: decimal(6)",
            "spent: decimal(2)",
            "saved?: decimal(2)",
            "last_login?: instant",
            "joined: instant",
            "patience: duration",
            "seats: int",
            "session?: string",
            "nickname: string",
            "region: string",
            "referrer: string",
            "interests: list of string",
            "channels: list of enum (email, sms)",
            "last_amounts: list of int",
            "favourites: list of string",
            "top_three: list of int",
            "custom.size?: string",
            "custom.colour?: string",
            "visits?: int",
            "plan: enum (free, pro)",
            "last_plan?: enum (free, pro)",
            "city: string",
            "orders.total: decimal(2)",
            "domain?: string",
            "zip?: int",
        ]
    );
}

#[test]
fn rules_read_each_of_them() {
    let anna = anna();
    for (rule, holds) in [
        (r#"id = "67e55044-10b1-426f-9247-bb680e5fe0c8""#, true),
        (r#"id in ("67e55044-10b1-426f-9247-bb680e5fe0c8")"#, true),
        (r#"id starts with "67e55044""#, true),
        (r#"mail ends with "example.org""#, true),
        // Digits beyond the field's are cut off, so that these are exact.
        ("credit >= 20", false),
        ("credit >= 19.99", true),
        ("credit < 20", true),
        ("rate = 1.234567", true),
        ("spent = 12.50", true),
        ("saved = 0.50 and saved < 1", true),
        ("last_login.date = 2026-03-18", true),
        ("joined before 2021-01-01", true),
        ("patience = 90 seconds", true),
        ("seats between 10 and 20", true),
        (r#"session = "00000000-0000-0000-0000-0000000000ff""#, true),
        (r#"session != "x" and session exists"#, true),
        (
            r#"session in ("a", "00000000-0000-0000-0000-0000000000ff")"#,
            true,
        ),
        (r#"session contains "00ff""#, true),
        (
            r#"nickname = "ANN" ignoring case and region = "north""#,
            true,
        ),
        (r#"referrer = "search""#, true),
        (r#"interests contains "tv""#, true),
        (r#"interests contains all of ("tv", "music")"#, true),
        (r#"interests contains city"#, false),
        ("channels contains email", true),
        ("not (channels contains all of (email, sms))", false),
        ("last_amounts contains 7", true),
        (r#"favourites contains "tv" and top_three contains 3"#, true),
        (r#"custom.size = "M" and custom.colour is missing"#, true),
        ("visits > 3", true),
        ("plan >= pro and last_plan = free", true),
        (r#"city = "Milano""#, true),
        ("zip = 20121", true),
        ("orders.total = 499", true),
        (r#"domain = "example.org""#, true),
        (r#"domain in ("example.com", "example.org")"#, true),
        (r#"tagged "interest""#, true),
        (r#"lines("lamp", total = 10)"#, true),
        ("sum(lines.total) > 10", false),
    ] {
        check(rule, &anna, holds);
    }
}

#[test]
fn kinds_come_from_the_body_and_its_parts() {
    let model = Model::<Customer>::new().unwrap();
    let kinds = model.schema().kinds().iter();
    let described: Vec<String> = kinds
        .map(|kind| {
            let names: Vec<&str> = kind.properties.iter().map(|p| &*p.name).collect();
            let subject = kind.subject.and_then(|i| names.get(i)).unwrap_or(&"-");
            format!("{}({}) {subject}", kind.name, names.join(", "))
        })
        .collect();
    assert_eq!(
        described,
        [
            "viewed(category, device) category",
            "order_placed(category, amount, shipping.country, shipping.is_far, device) category",
            "mail_opened(campaign, device) -",
            "mail_clicked(campaign, device) -",
            "logged_out(device) -",
        ]
    );
    let anna = anna();
    for (rule, holds) in [
        (
            r#"order_placed("tv", amount >= 499, shipping.is_far) exactly once"#,
            true,
        ),
        (r#"order_placed("radio")"#, false),
        (r#"viewed("tv", device = "phone")"#, true),
        (
            r#"mail_opened(campaign = "spring") then mail_clicked within 2 days"#,
            true,
        ),
        ("logged_out within 30 days", true),
        (
            "count(any of (viewed, order_placed, mail_opened, mail_clicked, logged_out)) = 5",
            true,
        ),
    ] {
        check(rule, &anna, holds);
    }
}

#[test]
fn an_id_is_a_text_wherever_it_is_one() {
    let anna = anna();
    let text = "67e55044-10b1-426f-9247-bb680e5fe0c8";
    assert_eq!(anna.id(), Identifier::Text(text));
    assert_eq!(anna.id().to_string(), text);
    let ids: HashSet<Identifier<'_>> = [anna.id(), text.into(), 17_u64.into(), 17_i64.into()]
        .into_iter()
        .chain([Identifier::Text("17"), Identifier::Signed(-17)])
        .collect();
    assert_eq!(ids.len(), 3);
}

/// Another crate's events, of which some may be unknown.
struct Payment(crm::Notice);

#[derive(Enumeration, Debug, PartialEq)]
enum PaymentKind {
    Refunded,
    Charged,
}

impl Event for Payment {
    type Kind = PaymentKind;

    fn kind(&self) -> Option<PaymentKind> {
        match self.0 {
            crm::Notice::Charged { .. } => Some(PaymentKind::Charged),
            crm::Notice::Refunded { .. } => Some(PaymentKind::Refunded),
            crm::Notice::Pinged => None,
        }
    }

    fn at(&self) -> Instant {
        match self.0 {
            crm::Notice::Charged { at, .. } | crm::Notice::Refunded { at } => {
                Instant::from_micros(at)
            }
            crm::Notice::Pinged => Instant::MAX,
        }
    }

    // The order does not matter, and a kind may be left out.
    fn describe(kinds: &mut EventKinds<Self>) {
        let cents = |payment: &Payment| match &payment.0 {
            crm::Notice::Charged { cents, .. } => Some(*cents),
            _ => None,
        };
        kinds
            .of(PaymentKind::Charged)
            .computed("amount", cents, |field| field.decimal(2));
    }
}

#[derive(Profile)]
struct Payer {
    id: u64,
    #[segue(events)]
    payments: Timeline<Payment>,
}

#[test]
fn an_event_of_an_unknown_kind_is_none() {
    let minute = 60_000_000;
    let payments = [
        crm::Notice::Pinged,
        crm::Notice::Charged {
            at: minute,
            cents: 19_90,
        },
        crm::Notice::Pinged,
        crm::Notice::Refunded { at: 2 * minute },
    ];
    let mut payer = Payer {
        id: 1,
        payments: payments.into_iter().map(Payment).collect(),
    };
    payer.payments.insert(Payment(crm::Notice::Pinged));
    payer.payments.insert(Payment(crm::Notice::Charged {
        at: 3 * minute,
        cents: 10,
    }));
    assert_eq!(payer.payments.len(), 6);
    let kinds: Vec<_> = payer.payments.iter().map(Payment::kind).collect();
    assert_eq!(
        kinds,
        [
            Some(PaymentKind::Refunded),
            Some(PaymentKind::Charged),
            Some(PaymentKind::Charged),
            None,
            None,
            None
        ]
    );
    let model = Model::<Payer>::new().unwrap();
    let now = Instant::from_micros(10 * minute);
    for rule in [
        "count(charged) = 2 and count(refunded) = 1",
        "sum(charged.amount) = 20 and charged(amount = 19.90)",
        "count(any of (charged, refunded)) = 3",
        "charged then refunded",
        "refunded at most once",
    ] {
        let rule = Rule::check(rule, model.schema()).unwrap();
        let verdict = rule.bind(&model).unwrap().verdict(&payer, now);
        assert!(verdict.holds && verdict.until.is_none(), "{rule}");
    }
}

impl LiveProfile for Payer {
    fn blank(_: &Model<Self>, id: &str) -> Self {
        Payer {
            id: id.parse().unwrap_or_default(),
            payments: Timeline::default(),
        }
    }

    fn add(&mut self, payment: Payment) {
        self.payments.insert(payment);
    }
}

#[test]
fn the_engine_says_of_an_unknown_kind_that_it_is_one() {
    let rulebook = segue::Rulebook::from_json(
        r#"{"schema": {"events": {"charged": {"properties": {"amount": "decimal(2)"}}}}, "segments": {"payer": "charged(amount > 10)"}}"#,
    )
    .unwrap();
    let mut engine = Engine::new(&rulebook, &Model::<Payer>::new().unwrap()).unwrap();
    let mut out = Vec::new();
    // Its instant is the end of time, which it must not become.
    let receipt = engine.observe(17_u64, Payment(crm::Notice::Pinged), &mut out);
    assert_eq!(receipt, Receipt::UnknownKind);
    assert!(out.is_empty() && engine.profile("17").is_none());
    let charged = crm::Notice::Charged {
        at: 60_000_000,
        cents: 19_90,
    };
    let receipt = engine.observe(17_u64, Payment(charged), &mut out);
    assert_eq!(receipt, Receipt::Accepted);
    assert_eq!(engine.now(), Instant::from_micros(60_000_000));
    assert_eq!(out.len(), 1);
}

#[test]
fn what_an_envelope_says_is_said_of_its_own_kinds() {
    #[derive(Event)]
    enum Activity {
        Signed {
            at: Instant,
        },
        #[segue(flatten)]
        Mail(MailEnvelope),
        Left {
            at: Instant,
        },
    }

    #[derive(Event)]
    struct MailEnvelope {
        at: Instant,
        #[segue(body)]
        body: MailEvent,
        #[segue(subject)]
        device: String,
    }

    #[derive(Profile)]
    struct Reader {
        id: u64,
        #[segue(events)]
        events: Vec<Activity>,
    }
    let model = Model::<Reader>::new().unwrap();
    let kinds = model.schema().kinds().iter();
    let described: Vec<String> = kinds
        .map(|kind| {
            let names: Vec<&str> = kind.properties.iter().map(|p| &*p.name).collect();
            format!("{}({}) {:?}", kind.name, names.join(", "), kind.subject)
        })
        .collect();
    assert_eq!(
        described,
        [
            "signed() None",
            "mail_opened(campaign, device) Some(1)",
            "mail_clicked(campaign, device) Some(1)",
            "left() None",
        ]
    );
    let mail = |body| {
        Activity::Mail(MailEnvelope {
            at: at("2026-03-02"),
            body,
            device: "phone".into(),
        })
    };
    let opened = MailEvent::MailOpened {
        campaign: "spring".into(),
    };
    let clicked = MailEvent::MailClicked {
        campaign: "spring".into(),
    };
    let reader = Reader {
        id: 1,
        events: vec![
            Activity::Signed {
                at: at("2026-03-01"),
            },
            mail(opened),
            mail(clicked),
            Activity::Left {
                at: at("2026-03-03"),
            },
        ],
    };
    let rule =
        r#"signed then mail_opened("phone") and mail_clicked(campaign = "spring") then left"#;
    let rule = Rule::check(rule, model.schema()).unwrap();
    assert!(rule.bind(&model).unwrap().holds(&reader, at(NOW)));
}

#[test]
fn an_event_of_no_kind_takes_no_id_from_another() {
    let viewed = || Body::Viewed {
        category: "tv".into(),
    };
    let beat = || envelope(7, "2026-03-01T09:00:00Z", Body::Heartbeat);
    let look = || envelope(7, "2026-03-01T10:00:00Z", viewed());
    let other = || envelope(8, "2026-02-01T10:00:00Z", Body::Heartbeat);
    let all: Timeline<Envelope> = [look(), beat(), other()].into_iter().collect();
    let mut inserted = Timeline::default();
    for event in [beat(), look(), other()] {
        inserted.insert(event);
    }
    let seen = |timeline: &Timeline<Envelope>| -> Vec<(bool, Instant)> {
        let each = timeline.iter().map(|e| (e.kind().is_some(), Event::at(e)));
        each.collect()
    };
    let expected = [
        (true, at("2026-03-01T10:00:00Z")),
        (false, at("2026-02-01T10:00:00Z")),
        (false, at("2026-03-01T09:00:00Z")),
    ];
    assert_eq!(seen(&all), expected);
    assert_eq!(seen(&inserted), expected);
}

#[test]
fn a_decimal_of_a_service_has_the_digits_of_its_field() {
    /// In cents, whatever the field has.
    struct Price(i64);

    impl Scalar for Price {
        fn ty() -> Type {
            Type::Decimal(2)
        }

        fn read(&self) -> Reading<'_> {
            self.0.into()
        }
    }

    struct Product {
        price: Price,
        prices: Vec<Price>,
    }

    impl Row for Product {
        fn describe(fields: &mut segue::profile::Fields<Self>) {
            fields.field("price", |p| &p.price).decimal(4);
            fields.field("prices", |p| &p.prices).decimal(1);
            fields.computed("whole", |p: &Product| p.price.0 / 100);
        }
    }

    #[derive(Profile)]
    struct Shop {
        id: u64,
        #[segue(rows)]
        products: Vec<Product>,
    }
    let model = Model::<Shop>::new().unwrap();
    let shop = Shop {
        id: 1,
        products: vec![Product {
            price: Price(19_90),
            prices: vec![Price(19_99)],
        }],
    };
    let rule =
        "products(price = 19.90 and price < 19.9001 and prices contains 19.9 and whole = 19)";
    let rule = Rule::check(rule, model.schema()).unwrap();
    assert!(rule.bind(&model).unwrap().holds(&shop, at(NOW)));
}

#[test]
fn tags_are_strings() {
    #[derive(Profile)]
    struct Tagged<T> {
        id: u64,
        #[segue(tags)]
        tags: T,
    }
    let _ = Tagged { id: 1, tags: 1_u8 }.tags;
    let wrong = |error: segue::schema::SchemaError| error.to_string().contains("list of strings");
    assert!(Model::<Tagged<Option<Vec<Arc<str>>>>>::new().is_ok());
    assert!(wrong(Model::<Tagged<String>>::new().unwrap_err()));
    assert!(wrong(Model::<Tagged<Vec<u8>>>::new().unwrap_err()));
}

#[test]
fn keys_may_be_known_only_when_the_program_runs() {
    #[derive(Profile)]
    struct Member {
        id: String,
        #[segue(skip)]
        custom: HashMap<String, String>,
    }
    let keys = ["size", "colour"].map(String::from);
    let model = Model::<Member>::extended(|fields| {
        for key in keys {
            let name = format!("custom.{key}");
            fields.optional(name, move |member| member.custom.get(&key));
        }
        fields.computed("custom.number", |member: &Member| member.custom.len());
    })
    .unwrap();
    let rule = r#"custom.size = "M" and custom.colour is missing and custom.number = 1"#;
    let matcher = Rule::check(rule, model.schema()).unwrap();
    let member = Member {
        id: "m".into(),
        custom: HashMap::from([("size".to_owned(), "M".to_owned())]),
    };
    assert!(matcher.bind(&model).unwrap().holds(&member, at(NOW)));
    // A name twice is an error, not the last that was said.
    let twice = Model::<Member>::extended(|fields| {
        fields.computed("size", |_: &Member| 1_u8);
        fields.computed("size", |_: &Member| 2_u8);
    });
    assert!(twice.unwrap_err().to_string().contains("`size`"));
}

mod names_of_serde {
    use super::*;
    use serde::Serialize;

    #[derive(Profile, Serialize)]
    #[segue(serde)]
    #[serde(rename_all = "camelCase")]
    struct Customer {
        id: u64,
        first_name: String,
        #[serde(rename = "cityOfBirth", default)]
        city: Option<String>,
        #[serde(rename(serialize = "visitCount", deserialize = "visits"))]
        visits: u32,
        #[serde(skip)]
        _session: Option<std::net::IpAddr>,
        // Serde is told to leave it out, and rules to read it.
        #[serde(skip)]
        #[segue(decimal = 2)]
        margin: i64,
        #[segue(nested)]
        consent: Consent,
        #[serde(flatten)]
        address: Address,
        status: Status,
        #[segue(events)]
        events: Vec<Action>,
    }

    #[derive(Nested, Serialize)]
    #[segue(serde)]
    struct Consent {
        #[serde(rename = "e-mail")]
        email: bool,
    }

    #[derive(Nested, Serialize)]
    #[segue(serde)]
    #[serde(rename_all = "UPPERCASE")]
    struct Address {
        zip: u32,
    }

    #[derive(Enumeration, Serialize)]
    #[segue(serde)]
    #[serde(rename_all = "kebab-case")]
    enum Status {
        NewLead,
        Won,
    }

    #[derive(Event, Serialize)]
    #[segue(serde)]
    #[serde(tag = "kind", rename_all_fields = "UPPERCASE")]
    enum Action {
        SignedIn {
            #[serde(rename = "at")]
            at: Instant,
            device: String,
        },
        #[serde(rename = "bought", rename_all = "camelCase")]
        Purchased {
            at: Instant,
            #[segue(subject)]
            product_name: String,
        },
    }

    #[test]
    fn are_those_of_rules_where_a_type_says_so() {
        let model = Model::<Customer>::new().unwrap();
        let names: Vec<_> = (model.schema().attributes().iter())
            .map(|a| a.name.as_str())
            .collect();
        assert_eq!(
            names,
            [
                "firstName",
                "cityOfBirth",
                "visitCount",
                "margin",
                "consent.e-mail",
                "ZIP",
                "status"
            ]
        );
        let kinds: Vec<_> = model.schema().kinds().iter().map(|k| &*k.name).collect();
        assert_eq!(kinds, ["SignedIn", "bought"]);
        let signed_in = model.schema().kinds()[0].properties.iter();
        assert_eq!(signed_in.map(|p| &*p.name).collect::<Vec<_>>(), ["DEVICE"]);
        let anna = Customer {
            id: 17,
            first_name: "Anna".into(),
            city: None,
            visits: 3,
            _session: None,
            margin: 12_50,
            consent: Consent { email: true },
            address: Address { zip: 20_121 },
            status: Status::NewLead,
            events: vec![
                Action::SignedIn {
                    at: at("2026-03-01"),
                    device: "phone".into(),
                },
                Action::Purchased {
                    at: at("2026-03-02"),
                    product_name: "tv".into(),
                },
            ],
        };
        let _ = Status::Won;
        let rule = r#"firstName = "Anna" and visitCount = 3 and `consent.e-mail` and ZIP = 20121 and status = "new-lead" and cityOfBirth is missing"#;
        let rule = Rule::check(rule, model.schema()).unwrap_or_else(|e| panic!("{e}"));
        assert!(rule.bind(&model).unwrap().holds(&anna, at(NOW)));
        // What serde writes is read as the same.
        let record = Record::from_serialize(model.schema(), &anna).unwrap();
        let records = Model::for_schema(model.schema());
        assert!(rule.bind(&records).unwrap().holds(&record, at(NOW)));
        assert_eq!(record.id(), "17");
    }
}

#[test]
fn what_cannot_be_written_is_an_error_that_says_so() {
    let schema = Model::<Payer>::new().unwrap().schema().clone();
    let error = Record::from_serialize(&schema, &HashMap::from([((1, 2), 3)])).unwrap_err();
    assert_eq!(
        error.to_string(),
        "cannot be written as JSON: key must be a string"
    );
    let error = Record::from_serialize(&schema, &HashMap::from([("name", 3)])).unwrap_err();
    assert!(error.to_string().contains("`id`"), "{error}");
}

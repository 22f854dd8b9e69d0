//! A shop's own types, as they stand in a service: ids and amounts of other crates, newtypes, sets, maps, getters, envelopes,
//! and events that another crate may add to.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]
#![cfg(all(feature = "derive", feature = "uuid", feature = "rust_decimal"))]

mod described;
mod serde_names;
mod unknown_kinds;

use chrono::{DateTime, FixedOffset, Utc};
use rust_decimal::Decimal;
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

//! A shop's own customer record, as a service would have it before it ever heard of a rule engine.
//!
//! Everything that is compared starts from these structs. What an engine needs besides (a map, an arena, a scope) is
//! built from them, and timed.

use segue::profile::EventKinds;
use segue::{Enumeration, Event, Instant, Profile};

/// Microseconds in a day of 24 hours.
pub const DAY: i64 = 24 * 60 * 60 * 1_000_000;

/// The instant at which every rule is asked: 2026-11-01T00:00:00Z, in microseconds.
pub const NOW: i64 = 1_793_491_200_000_000;

/// How often a customer buys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Enumeration)]
#[segue(ordered)]
pub enum Frequency {
    /// Now and then.
    Occasional,
    /// Every few weeks.
    Frequent,
    /// For years.
    Loyal,
    /// By name.
    Vip,
}

impl Frequency {
    /// The name that a rule uses.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Occasional => "occasional",
            Self::Frequent => "frequent",
            Self::Loyal => "loyal",
            Self::Vip => "vip",
        }
    }
}

/// What the customer told the shop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
pub enum Gender {
    /// A woman.
    Female,
    /// A man.
    Male,
    /// Neither, or not said.
    Other,
}

impl Gender {
    /// The name that a rule uses.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Female => "female",
            Self::Male => "male",
            Self::Other => "other",
        }
    }
}

/// The tier in the loyalty programme.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Enumeration)]
#[segue(ordered)]
pub enum Tier {
    /// A member.
    Bronze,
    /// From 500 points.
    Silver,
    /// From 2,000 points.
    Gold,
    /// From 10,000 points.
    Platinum,
}

impl Tier {
    /// The name that a rule uses.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bronze => "bronze",
            Self::Silver => "silver",
            Self::Gold => "gold",
            Self::Platinum => "platinum",
        }
    }
}

/// What a customer did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
pub enum ActivityKind {
    /// Looked at a category.
    Viewed,
    /// Bought from a category.
    Purchased,
}

impl ActivityKind {
    /// The name that a rule uses.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Viewed => "viewed",
            Self::Purchased => "purchased",
        }
    }
}

/// One thing that a customer did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Activity {
    /// What was done.
    pub kind: ActivityKind,
    /// To which category of goods.
    pub category: String,
    /// For how much, in cents; nothing for a view.
    pub amount: i64,
    /// When, in microseconds.
    pub at: i64,
}

/// By hand, because the service keeps instants as microseconds of its own.
impl Event for Activity {
    type Kind = ActivityKind;

    fn kind(&self) -> Option<ActivityKind> {
        Some(self.kind)
    }

    fn at(&self) -> Instant {
        Instant::from_micros(self.at)
    }

    fn describe(kinds: &mut EventKinds<Self>) {
        kinds
            .of(ActivityKind::Viewed)
            .property("category", |a| Some(&a.category))
            .subject("category");
        kinds
            .of(ActivityKind::Purchased)
            .property("category", |a| Some(&a.category))
            .property_with("amount", |a| Some(&a.amount), |field| field.decimal(2))
            .subject("category");
    }
}

/// A customer, with everything that the three rules read.
#[derive(Clone, Debug, PartialEq, Eq, Profile)]
pub struct Customer {
    /// The shop's key.
    pub id: String,
    /// In whole years.
    pub age: u32,
    /// What the customer told the shop.
    pub gender: Gender,
    /// ISO 3166 code.
    pub country: String,
    /// As printed on a parcel.
    pub city: String,
    /// ISO 639 code.
    pub language: String,
    /// The subscription: `basic` or `plus`.
    pub plan: String,
    /// The tier in the loyalty programme.
    pub tier: Tier,
    /// How often the customer buys.
    pub frequency: Frequency,
    /// Spent in twelve months, in cents.
    #[segue(decimal = 2)]
    pub spend: i64,
    /// Orders in twelve months.
    pub orders: u32,
    /// May we write?
    pub email_consent: bool,
    /// What the customer did, oldest first.
    #[segue(events)]
    pub events: Vec<Activity>,
}

impl Customer {
    /// The categories viewed, in the order in which they were.
    pub fn viewed(&self) -> impl Iterator<Item = &str> {
        self.events
            .iter()
            .filter(|event| event.kind == ActivityKind::Viewed)
            .map(|event| event.category.as_str())
    }
}

/// A customer for whom all twelve terms of the newsletter rule have to be looked at, and hold.
#[must_use]
pub fn reader() -> Customer {
    Customer {
        id: "customer-0042".to_owned(),
        age: 52,
        gender: Gender::Female,
        country: "LU".to_owned(),
        city: "Luxembourg".to_owned(),
        language: "fr".to_owned(),
        plan: "basic".to_owned(),
        tier: Tier::Gold,
        frequency: Frequency::Frequent,
        spend: 31_250,
        orders: 9,
        email_consent: true,
        events: Vec::new(),
    }
}

/// A customer who fails the newsletter rule by the city alone: its last term, and with two strings of equal length the
/// dearest, so that neither the written order nor an order by cost comes to the answer early.
#[must_use]
pub fn near_reader() -> Customer {
    Customer {
        city: "Berlin".to_owned(),
        ..reader()
    }
}

/// A customer who viewed twelve categories, `anti-aging` as the ninth.
#[must_use]
pub fn viewer() -> Customer {
    const CATEGORIES: [&str; 12] = [
        "fragrance",
        "hair care",
        "make-up",
        "sun cream",
        "body care",
        "men's care",
        "nail polish",
        "baby care",
        "anti-aging",
        "day cream",
        "serum",
        "gift boxes",
    ];
    let events = (1..)
        .zip(CATEGORIES)
        .map(|(nth, category)| Activity {
            kind: ActivityKind::Viewed,
            category: category.to_owned(),
            amount: 0,
            at: NOW - (40 - nth) * DAY,
        })
        .collect();
    Customer { events, ..reader() }
}

/// A customer with fifty events, one a week: 25 of them in the last 180 days, three of these the purchases sought.
///
/// Every tenth event is a view, the others are purchases in turn from six categories and of seven amounts.
#[must_use]
pub fn buyer() -> Customer {
    const CATEGORIES: [&str; 6] = [
        "tv",
        "anti-aging",
        "books",
        "day cream",
        "garden",
        "gift boxes",
    ];
    const AMOUNTS: [i64; 7] = [2_650, 4_500, 899, 2_000, 7_995, 1_850, 2_350];
    let events = (0_i64..)
        .zip(CATEGORIES.iter().cycle())
        .zip(AMOUNTS.iter().cycle())
        .take(50)
        .map(|((nth, category), amount)| {
            let viewed = nth % 10 == 4;
            Activity {
                kind: if viewed {
                    ActivityKind::Viewed
                } else {
                    ActivityKind::Purchased
                },
                category: (*category).to_owned(),
                amount: if viewed { 0 } else { *amount },
                at: NOW - (50 - nth) * 7 * DAY,
            }
        })
        .collect();
    Customer { events, ..reader() }
}

/// Customers on both sides of every border of rule A.
#[must_use]
pub fn around_viewer() -> Vec<Customer> {
    let [mut less_one, mut bought] = [viewer(), viewer()];
    less_one.events.remove(8);
    bought.events[8].kind = ActivityKind::Purchased;
    vec![
        viewer(),
        reader(),
        less_one,
        bought,
        Customer {
            age: 50,
            ..viewer()
        },
        Customer {
            age: 51,
            ..viewer()
        },
        Customer {
            frequency: Frequency::Vip,
            ..viewer()
        },
    ]
}

/// Customers on both sides of every border of rule B.
#[must_use]
pub fn around_reader() -> Vec<Customer> {
    let text = str::to_owned;
    vec![
        reader(),
        near_reader(),
        Customer {
            country: text("ES"),
            ..reader()
        },
        Customer {
            country: text("AT"),
            ..reader()
        },
        Customer {
            language: text("it"),
            ..reader()
        },
        Customer {
            language: text("de"),
            ..reader()
        },
        Customer {
            gender: Gender::Other,
            ..reader()
        },
        Customer {
            age: 29,
            ..reader()
        },
        Customer {
            age: 30,
            ..reader()
        },
        Customer {
            age: 64,
            ..reader()
        },
        Customer {
            age: 65,
            ..reader()
        },
        Customer {
            tier: Tier::Bronze,
            ..reader()
        },
        Customer {
            tier: Tier::Platinum,
            ..reader()
        },
        Customer {
            frequency: Frequency::Occasional,
            ..reader()
        },
        Customer {
            frequency: Frequency::Vip,
            ..reader()
        },
        Customer {
            spend: 24_999,
            ..reader()
        },
        Customer {
            spend: 25_000,
            ..reader()
        },
        Customer {
            spend: 0,
            plan: text("plus"),
            ..reader()
        },
        Customer {
            orders: 2,
            ..reader()
        },
        Customer {
            orders: 3,
            ..reader()
        },
        Customer {
            orders: 40,
            ..reader()
        },
        Customer {
            orders: 41,
            ..reader()
        },
        Customer {
            email_consent: false,
            ..reader()
        },
        Customer {
            city: text("Paris"),
            ..reader()
        },
        Customer {
            city: text("Wien"),
            ..reader()
        },
    ]
}

/// Customers on both sides of every border of rule C.
#[must_use]
pub fn around_buyer() -> Vec<Customer> {
    // Of the three purchases sought, the 26th, 44th and 50th events, one is put aside, then two; then one of the two left
    // is changed in all that makes it sought.
    let with = |change: fn(&mut Vec<Activity>)| {
        let mut customer = buyer();
        change(&mut customer.events);
        customer
    };
    vec![
        buyer(),
        reader(),
        viewer(),
        with(|events| events.truncate(49)),
        with(|events| events.truncate(43)),
        with(|events| {
            events.truncate(49);
            events[43].amount = 2_000;
        }),
        with(|events| {
            events.truncate(49);
            events[43].amount = 2_001;
        }),
        with(|events| {
            events.truncate(49);
            events[43].kind = ActivityKind::Viewed;
        }),
        with(|events| {
            events.truncate(49);
            events[43].category = "day cream".to_owned();
        }),
        with(|events| {
            events.truncate(49);
            events[25].at = NOW - 180 * DAY;
        }),
        with(|events| {
            events.truncate(49);
            events[25].at = NOW - 180 * DAY - 1;
        }),
    ]
}

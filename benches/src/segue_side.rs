//! segue's side of the comparison: the rules in its language, and what runs them on the service's own structs.

use crate::customer::Customer;
use segue::profile::{Describe, EventKinds, Events, Fields, Identifier, Model, Timeline};
use segue::{Enumeration, Event, Instant, Matcher, Profile, Rule};

/// Rule A: a few cheap terms, one of them over events.
pub const VIEWERS: &str = r#"age > 50 and viewed("anti-aging") and frequency = frequent"#;

/// Rule B: twelve terms over eleven attributes.
pub const NEWSLETTER: &str = r#"country in ("AT", "BE", "CH", "DE", "FR", "IT", "LU", "NL")
  and (language = "de" or language = "fr")
  and gender = female
  and age between 30 and 64
  and tier in (silver, gold, platinum)
  and frequency in (frequent, loyal, vip)
  and (plan = "plus" or spend >= 250)
  and orders between 3 and 40
  and email_consent
  and city not in ("Berlin", "Paris", "Wien")"#;

/// Rule C: a count of events in a window.
pub const BUYERS: &str = r#"count(purchased("anti-aging", amount > 20) within 180 days) >= 2"#;

/// The text of a rule by the name that the benchmarks call it.
///
/// # Panics
/// If there is no such rule.
#[must_use]
pub fn text_of(name: &str) -> &'static str {
    match name {
        "viewers" => VIEWERS,
        "newsletter" => NEWSLETTER,
        "buyers" => BUYERS,
        other => panic!("no rule is called `{other}`"),
    }
}

/// The service's own struct as segue sees it.
#[must_use]
pub fn model() -> Model<Customer> {
    Model::new().expect("the customer describes itself without contradiction")
}

/// A rule from text to something that runs on the service's own struct.
#[must_use]
pub fn matcher(text: &str) -> Matcher<Customer> {
    let model = model();
    let rule = Rule::check(text, model.schema()).unwrap_or_else(|error| panic!("{error}"));
    assert!(rule.warnings().is_empty(), "{:?}", rule.warnings());
    rule.bind(&model)
        .expect("it was checked against the same schema")
}

/// A purchase of which nothing but the instant is known.
#[derive(Clone, Copy, Debug)]
pub struct Purchase {
    at: i64,
}

/// The one kind.
#[derive(Clone, Copy, Debug, Enumeration)]
pub enum PurchaseKind {
    /// Something was bought.
    Purchased,
}

impl Event for Purchase {
    type Kind = PurchaseKind;

    fn kind(&self) -> Option<PurchaseKind> {
        Some(PurchaseKind::Purchased)
    }

    fn at(&self) -> Instant {
        Instant::from_micros(self.at)
    }

    fn describe(_: &mut EventKinds<Self>) {}
}

/// Someone with a sorted timeline of purchases.
#[derive(Debug)]
pub struct Buyer {
    purchases: Timeline<Purchase>,
}

impl Buyer {
    /// Someone who bought at these instants, in microseconds.
    #[must_use]
    pub fn new(instants: &[i64]) -> Self {
        Buyer {
            purchases: instants.iter().map(|at| Purchase { at: *at }).collect(),
        }
    }

    /// The window rule, ready to run.
    #[must_use]
    pub fn matcher(text: &str) -> Matcher<Self> {
        let model = Model::<Self>::new().expect("one kind and nothing else");
        let rule = Rule::check(text, model.schema()).unwrap_or_else(|error| panic!("{error}"));
        rule.bind(&model)
            .expect("it was checked against the same schema")
    }
}

impl Profile for Buyer {
    type Event = Purchase;

    fn id(&self) -> Identifier<'_> {
        1_u64.into()
    }

    fn events(&self) -> Events<'_, Purchase> {
        Events::Timeline(&self.purchases)
    }
}

impl Describe for Buyer {
    fn describe(_: &mut Fields<Self>) {}
}

//! The shop's own types, as rules read them: ids and amounts of other crates, custom attributes, and events of another team.

use crate::till::Notice;
use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use segue::engine::LiveProfile;
use segue::profile::{EventKinds, Identifier, Model, Timeline, Value};
use segue::{Enumeration, Event, Instant, Nested, Profile};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use uuid::Uuid;

/// A customer, with everything that rules ask.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Profile)]
pub struct Customer {
    /// The number under which all systems of the shop know the customer.
    pub id: Uuid,
    /// What the shop owes, in euros.
    #[segue(decimal = 2)]
    #[serde(default)]
    pub credit: Decimal,
    /// Loyalty points, which rules add.
    #[serde(default)]
    pub points: i64,
    /// The day of birth.
    #[segue(yearly)]
    #[serde(default)]
    pub birthday: Option<NaiveDate>,
    /// What the customer has agreed to.
    #[segue(nested)]
    #[serde(default)]
    pub consent: Consent,
    /// What the newsletter team keeps beside: `custom.size` and `custom.colour`.
    #[segue(keys("size", "colour"))]
    #[serde(default)]
    pub custom: BTreeMap<String, String>,
    /// Tags that rules give.
    #[segue(tags)]
    #[serde(default)]
    pub tags: Vec<String>,
    /// What the customer did.
    #[segue(events)]
    #[serde(default)]
    pub facts: Timeline<Fact>,
}

/// What a customer has agreed to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Nested)]
pub struct Consent {
    /// To get mail.
    pub email: bool,
}

/// Something that a customer did: a notice in its envelope.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fact {
    /// Tells the fact from others of its kind.
    pub id: Uuid,
    /// When it happened.
    pub at: DateTime<Utc>,
    /// What it was.
    pub notice: Notice,
}

/// The kinds of notices that rules know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
pub enum Kind {
    /// [`Notice::Viewed`]
    Viewed,
    /// [`Notice::AddedToCart`]
    AddedToCart,
    /// [`Notice::Ordered`]
    Ordered,
}

impl Event for Fact {
    type Kind = Kind;

    fn kind(&self) -> Option<Kind> {
        match self.notice {
            Notice::Viewed { .. } => Some(Kind::Viewed),
            Notice::AddedToCart { .. } => Some(Kind::AddedToCart),
            Notice::Ordered { .. } => Some(Kind::Ordered),
            // Also what the other team will add.
            _ => None,
        }
    }

    fn at(&self) -> Instant {
        self.at.into()
    }

    fn id(&self) -> Option<Identifier<'_>> {
        Some((&self.id).into())
    }

    fn describe(kinds: &mut EventKinds<Self>) {
        // `None` says that the event is of another kind.
        fn category(fact: &Fact) -> Option<&String> {
            match &fact.notice {
                Notice::Viewed { category }
                | Notice::AddedToCart { category }
                | Notice::Ordered { category, .. } => Some(category),
                _ => None,
            }
        }
        fn amount(fact: &Fact) -> Option<&Decimal> {
            match &fact.notice {
                Notice::Ordered { amount, .. } => Some(amount),
                _ => None,
            }
        }
        for kind in [Kind::Viewed, Kind::AddedToCart] {
            let kind = kinds.of(kind).property("category", category);
            kind.subject("category");
        }
        let ordered = kinds.of(Kind::Ordered).property("category", category);
        let ordered = ordered.property_with("amount", amount, |field| field.decimal(2));
        ordered.subject("category");
    }
}

impl LiveProfile for Customer {
    fn blank(_: &Model<Self>, id: &str) -> Self {
        Customer {
            // Ids come from entries, where they are UUIDs.
            id: id.parse().unwrap_or_default(),
            credit: Decimal::ZERO,
            points: 0,
            birthday: None,
            consent: Consent::default(),
            custom: BTreeMap::new(),
            tags: Vec::new(),
            facts: Timeline::default(),
        }
    }

    fn events_mut(&mut self) -> &mut Timeline<Fact> {
        &mut self.facts
    }

    /// A row says what the shop's database has. Points and tags are the rules' own, and the facts come by themselves.
    fn update(&mut self, _: &Model<Self>, row: Self, _: Instant) {
        let Customer {
            credit,
            birthday,
            consent,
            custom,
            ..
        } = row;
        (self.credit, self.birthday, self.consent, self.custom) =
            (credit, birthday, consent, custom);
    }

    fn set(&mut self, _: &Model<Self>, name: &str, value: Value, _: Instant) -> Result<(), String> {
        match (name, value) {
            ("points", Value::Int(points)) => self.points = points,
            _ => return Err(format!("`{name}` is not for rules to set")),
        }
        Ok(())
    }

    fn tag(&mut self, path: &str, given: bool) {
        self.tags.retain(|tag| tag != path);
        if given {
            self.tags.push(path.to_owned());
        }
    }
}

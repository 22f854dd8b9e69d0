//! Members as the shop's service keeps them, and how they grow.

use segue::engine::LiveProfile;
use segue::profile::{Model, Timeline, Value};
use segue::{Date, Event, Instant, Nested, Profile};
use serde::{Deserialize, Serialize};

/// A member, or somebody who may become one.
#[derive(Clone, Debug, PartialEq, Profile, Serialize, Deserialize)]
pub(crate) struct Member {
    pub(crate) id: String,
    #[segue(nested)]
    pub(crate) consent: Consent,
    pub(crate) coupon_expires: Option<Date>,
    pub(crate) points: i64,
    #[segue(tags)]
    pub(crate) tags: Vec<String>,
    #[segue(events)]
    pub(crate) events: Timeline<Activity>,
}

#[derive(Clone, Debug, Default, PartialEq, Nested, Serialize, Deserialize)]
pub(crate) struct Consent {
    pub(crate) sms: bool,
}

/// What members do, at the counters and in the mini-program.
#[derive(Clone, Debug, PartialEq, Event, Serialize, Deserialize)]
pub(crate) enum Activity {
    Scanned {
        at: Instant,
        #[segue(subject)]
        counter: String,
    },
    Followed {
        at: Instant,
    },
    Unfollowed {
        at: Instant,
    },
    BoundAccount {
        at: Instant,
    },
    AddedToCart {
        at: Instant,
        #[segue(subject)]
        product: String,
    },
    Ordered {
        at: Instant,
        order: String,
        #[segue(subject)]
        product: String,
        /// In fen.
        #[segue(decimal = 2)]
        amount: i64,
    },
    Paid {
        at: Instant,
        order: String,
    },
    Cancelled {
        at: Instant,
        order: String,
    },
}

impl LiveProfile for Member {
    fn blank(_: &Model<Self>, id: &str) -> Self {
        Member {
            id: id.to_owned(),
            consent: Consent::default(),
            coupon_expires: None,
            points: 0,
            tags: Vec::new(),
            events: Timeline::default(),
        }
    }

    fn events_mut(&mut self) -> &mut Timeline<Activity> {
        &mut self.events
    }

    fn set(
        &mut self,
        _: &Model<Self>,
        attribute: &str,
        value: Value,
        _: Instant,
    ) -> Result<(), String> {
        match (attribute, value) {
            ("points", Value::Int(points)) => self.points = points,
            _ => return Err(format!("`{attribute}` is not set by rules")),
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

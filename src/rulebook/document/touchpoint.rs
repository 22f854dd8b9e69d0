//! Touchpoints and goals as they stand in a rule file.

use serde::{Deserialize, Serialize};

/// A touchpoint: a place where a customer meets the brand, what each of the two wants there, and how that is measured.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct TouchpointDocument {
    /// What the touchpoint is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The events at the touchpoint, without a window: `visited("home")`, `any of (purchased, returned)(channel = store)`.
    pub events: String,
    /// What the customer wants there: `information`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seeks: Option<String>,
    /// What the company is there for: `help`, `offer` or `advise`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schemars", schemars(extend("enum" = ["help", "offer", "advise", null])))]
    pub role: Option<String>,
    /// How the company reacts there: `write`, `call`, `chat`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub answers: Vec<String>,
    /// What the company wants there: `traffic`, `engagement`, `conversion`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub goal: Option<String>,
    /// How the goal is measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kpi: Option<KpiDocument>,
}

/// How a goal is measured: exactly one of `count`, `people`, `sum`, `avg` and `rate`, for each calendar period.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct KpiDocument {
    /// How many events: `purchased("tv")`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<String>,
    /// How many profiles have such an event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub people: Option<String>,
    /// The sum of a property of events: `purchased.amount`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sum: Option<String>,
    /// The average of a property of events.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub avg: Option<String>,
    /// Which share of the events of the touchpoint is followed by such an event: `purchased within 3 days`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<String>,
    /// Beside `rate`, to which events of the touchpoint one that follows several is credited: the `last` of them (if nothing is
    /// said), the `first`, or `each`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schemars", schemars(extend("enum" = ["first", "last", "each", null])))]
    pub credit: Option<String>,
    /// The calendar period: `day`, `week`, `month` (if nothing is said), `quarter`, `year`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schemars", schemars(extend("enum" = ["day", "week", "month", "quarter", "year", null])))]
    pub per: Option<String>,
    /// What is to be reached in each period: a number, or a text that says one exactly: `"9.99"`, `"2%"`, `"3 minutes"`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<TargetDocument>,
}

/// What is to be reached: a number, or a text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum TargetDocument {
    /// A whole number.
    Whole(i64),
    /// Another number.
    Real(f64),
    /// `9.99`, `2%`, `3 minutes`
    Text(String),
}

impl std::fmt::Display for TargetDocument {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            TargetDocument::Whole(n) => n.fmt(f),
            TargetDocument::Real(n) => n.fmt(f),
            TargetDocument::Text(text) => text.fmt(f),
        }
    }
}

//! Ledgers as they stand in a rule file.

use serde::{Deserialize, Serialize};

/// A ledger of points: what earns them, what takes them, and from how many on a profile has which level.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct LedgerDocument {
    /// What the points are for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// What earns points.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub earn: Vec<EarnDocument>,
    /// What takes some.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub take: Vec<TakeDocument>,
    /// The levels, the lowest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub levels: Vec<LevelDocument>,
}

/// Events that earn points.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct EarnDocument {
    /// The events, perhaps with a name: `purchased(amount > 20) as p`.
    pub on: String,
    /// How many points each of them earns: a number, or a value of the event such as `round(p.amount)`.
    pub points: PointsDocument,
    /// How long after the event its points are gone: `12 months`. They stay if nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<String>,
    /// How many events earn something in each calendar period, the first ones of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_most: Option<u32>,
    /// The period of `at_most`: `day`, `week`, `month`, `quarter`, `year`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per: Option<String>,
}

/// Events that take points.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct TakeDocument {
    /// The events, perhaps with a name: `returned as r`.
    pub on: String,
    /// How many points each of them takes.
    pub points: PointsDocument,
}

/// A number of points, or an expression of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum PointsDocument {
    /// So many.
    Number(i64),
    /// As many as the value of an expression, which reads the event by the name that `on` gives it.
    Value(String),
}

impl PointsDocument {
    /// As an expression.
    pub(crate) fn text(&self) -> String {
        match self {
            PointsDocument::Number(points) => points.to_string(),
            PointsDocument::Value(text) => text.clone(),
        }
    }
}

/// A level.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct LevelDocument {
    /// Its name.
    pub name: String,
    /// The least number of points of those who have it.
    pub from: i64,
}

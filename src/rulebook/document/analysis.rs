//! The tables of reports on what people do over time, as they are written in a rule file.

use serde::{Deserialize, Serialize};

/// Who comes again, by the calendar period in which they first came.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RetentionDocument {
    /// The events of which the first decides to which cohort somebody belongs: `registered`.
    pub first: String,
    /// The events by which they come again; those of `first` if nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub again: Option<String>,
    /// The calendar period: `day`, `week`, `month` (if nothing is said), `quarter`, `year`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schemars", schemars(extend("enum" = ["day", "week", "month", "quarter", "year", null])))]
    pub per: Option<String>,
    /// How many periods after the first are looked at; 12 if nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub periods: Option<u32>,
}

/// Who orders a second time, and how soon.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RepurchaseDocument {
    /// The orders: `purchased`.
    pub of: String,
    /// Lengths of time from the first order: `30 days`. The end belongs to each.
    pub within: Vec<String>,
    /// The events that take back an order: `returned`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub less: Option<String>,
    /// The property that an order and its return have in common, such as `order`. If nothing is said, a return takes back the latest
    /// order before it that is left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub same: Option<String>,
    /// The calendar period of first orders that are shown together: `day`, `week`, `month` (if nothing is said), `quarter`, `year`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schemars", schemars(extend("enum" = ["day", "week", "month", "quarter", "year", null])))]
    pub per: Option<String>,
}

/// Orders, returns and what they are worth, by period and group.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct OrdersDocument {
    /// What each order is worth: `purchased.amount`.
    pub of: String,
    /// What each return is worth: `returned.amount`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub less: Option<String>,
    /// The property that an order and its return have in common, such as `order`. If nothing is said, a return takes back the latest
    /// order before it that is left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub same: Option<String>,
    /// The calendar period: `day`, `week`, `month` (if nothing is said), `quarter`, `year`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schemars", schemars(extend("enum" = ["day", "week", "month", "quarter", "year", null])))]
    pub per: Option<String>,
    /// By what orders are kept apart: a property of theirs (`purchased.channel`), or a value of the profile when they were made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// Instead of `by`: the property of an event that went before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<SourceDocument>,
}

/// Where an order came from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SourceDocument {
    /// The property that names a source: `visited.source`. Events without it are no sources.
    pub of: String,
    /// Which of several events at or before the order is its source: the `last` (if nothing is said) or the `first`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schemars", schemars(extend("enum" = ["first", "last", null])))]
    pub credit: Option<String>,
    /// How long before the order it may have been, such as `30 days`. The end belongs to it; without it, there is no end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within: Option<String>,
}

/// How two behaviours go together in time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct TogetherDocument {
    /// The one behaviour: `visited("blog")`.
    pub of: String,
    /// The other: `purchased`.
    pub with: String,
    /// How far apart both may be, such as `7 days`. The end belongs to it.
    pub within: String,
    /// The calendar period by which both are counted: `day`, `week`, `month` (if nothing is said), `quarter`, `year`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schemars", schemars(extend("enum" = ["day", "week", "month", "quarter", "year", null])))]
    pub per: Option<String>,
}

/// How recently, how often and for how much people buy, in classes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RfmDocument {
    /// The score of how recently, of `scores`.
    pub recency: String,
    /// The score of how often.
    pub frequency: String,
    /// The score of how much.
    pub monetary: String,
    /// The segments that are counted beside the classes: `champions`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<String>,
}

//! Reports and boards as they are written in a rule file.

use super::analysis::{
    OrdersDocument, RepurchaseDocument, RetentionDocument, RfmDocument, TogetherDocument,
};
use serde::{Deserialize, Serialize};

/// An analysis of many profiles: exactly one of the keys that name a kind of report (`funnel`, `interval`, `paths`), and beside it
/// what that kind takes.
///
/// ```
/// use segue::rulebook::{ReportDocument, RulebookDocument};
/// use segue::Rulebook;
///
/// let in_code = ReportDocument {
///     within: Some("7 days".to_owned()),
///     ..ReportDocument::funnel(["viewed", "purchased"])
/// };
/// let in_a_file: RulebookDocument = serde_json::from_str(
///     r#"{"reports": {"sales": {"funnel": ["viewed", "purchased"], "within": "7 days"}}}"#,
/// )?;
/// assert_eq!(in_a_file.reports["sales"], in_code);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ReportDocument {
    /// What the report is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,

    /// A funnel: how many come to each of these steps, one after the other. Each is an event, such as `viewed("tv")`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub funnel: Option<Vec<String>>,
    /// How long it takes from one event to another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval: Option<IntervalDocument>,
    /// What comes before and after an event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paths: Option<PathsDocument>,
    /// When in the week events happen: the events, such as `visited`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heat: Option<String>,
    /// Who comes again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retention: Option<RetentionDocument>,
    /// Figures by calendar period: `count(purchased)`, `people(purchased)`, `sum(purchased.amount)`, `avg(purchased.amount)`, and what is
    /// calculated from them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub series: Option<Vec<String>>,
    /// Who orders a second time, and how soon.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repurchase: Option<RepurchaseDocument>,
    /// Orders, returns and what they are worth.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub orders: Option<OrdersDocument>,
    /// How people spread over values: attributes, traits, scores, `stage of` a lifecycle, `tags`, `segments`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spread: Option<Vec<String>>,
    /// How two behaviours go together in time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub together: Option<TogetherDocument>,
    /// How recently, how often and for how much people buy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rfm: Option<RfmDocument>,

    /// Of a funnel: how long after the first step the others may come, such as `7 days`. The end belongs to it; without it they
    /// may always come.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within: Option<String>,
    /// Of a funnel: what may happen between two steps: `anything` (if nothing is said), `nothing else` than what the step before
    /// is, or `nothing`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub between: Option<String>,
    /// Of a funnel: whether the steps come `as written` (if nothing is said), or in `any` order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<String>,
    /// Of a funnel: the events that end an attempt, if they come between two of its steps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub without: Option<String>,
    /// Of a funnel: what events of the same instant are: `not in order` (if nothing is said), so that none of them follows another,
    /// or `in any order`, so that each may follow the others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ties: Option<String>,
    /// The value by which people are told apart, such as an attribute or a trait.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// Of a series: the calendar period: `day`, `week`, `month` (if nothing is said), `quarter`, `year`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schemars", schemars(extend("enum" = ["day", "week", "month", "quarter", "year", null])))]
    pub per: Option<String>,
}

impl ReportDocument {
    /// A funnel of these steps.
    #[must_use]
    pub fn funnel<S: Into<String>>(steps: impl IntoIterator<Item = S>) -> Self {
        ReportDocument {
            funnel: Some(steps.into_iter().map(Into::into).collect()),
            ..ReportDocument::default()
        }
    }

    /// How long it takes from one event to another.
    #[must_use]
    pub fn interval(interval: IntervalDocument) -> Self {
        ReportDocument {
            interval: Some(interval),
            ..ReportDocument::default()
        }
    }

    /// What comes before and after an event.
    #[must_use]
    pub fn paths(paths: PathsDocument) -> Self {
        ReportDocument {
            paths: Some(paths),
            ..ReportDocument::default()
        }
    }
}

/// How long it takes from one event to another.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct IntervalDocument {
    /// The events with which a wait begins.
    pub from: String,
    /// The events with which it ends.
    pub to: String,
    /// How long is waited at most, such as `90 days`. The end belongs to it; without it, there is no end of waiting.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within: Option<String>,
    /// Which waits of a profile count: `all` (if nothing is said), or the `first`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub runs: Option<String>,
}

/// What comes before and after an event.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PathsDocument {
    /// The events around which one looks.
    pub around: String,
    /// How many events before it are followed back; none if nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<u8>,
    /// How many events after it are followed; 3 if neither this nor `before` is said, else none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<u8>,
    /// The events that paths are made of, and the property that says what each is called, such as `visited.page`; without a
    /// property they are called as their kind. Every event if nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<String>,
    /// How long before and after the event one looks, such as `1 hour`. The ends belong to it; without it, there is no end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within: Option<String>,
}

/// Reports that are looked at together.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct BoardDocument {
    /// What stands above it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The names of the reports, in order. `segments` and, for each lifecycle, `stock of` its name are reports that need no table.
    pub reports: Vec<String>,
}

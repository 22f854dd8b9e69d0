//! Triggers as they stand in a rule file.

use crate::value::Scalar;
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

/// A trigger: what it waits for, under which conditions it fires, and what it does then.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct TriggerDocument {
    /// What the trigger is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// What it waits for: `enter stage lost of recency`, `purchased("tv")`, `birthday at 09:00`.
    pub on: String,
    /// How long it waits before it looks at its condition and acts: `1 hour`, `2 days at 10:00`, `until friday at 09:00`,
    /// `until 3 days before renewal at 09:00`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wait: Option<String>,
    /// The condition under which it fires, at the end of the wait if there is one; judged again when a message that was held back is
    /// let go. It may read the event that `on` names (`purchased as p`: `p.amount`), `entered` and `subject`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<String>,
    /// Of triggers that fire at one instant the one with the higher number goes first, then the one that is declared
    /// first. 0 if nothing is said.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub priority: i64,
    /// How often one profile may enter: `always` (if nothing is said), `once`, or `after 30 days`, counted from the last
    /// time it entered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub again: Option<String>,
    /// The property of the event, or `subject` for that of a lifecycle, of which each value counts by itself in `again` and
    /// `cooldown`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per: Option<String>,
    /// How long it does nothing after its last effect: `7 days`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cooldown: Option<String>,
    /// Variants and their shares in percent; who is in none of them is in the control group.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub split: IndexMap<String, ShareDocument>,
    /// The share that gets nothing, so that the rest can be measured against it: `10%`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holdout: Option<String>,
    /// What `split` and `holdout` are drawn by; the trigger's name if nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub salt: Option<String>,
    /// What becomes of a message that caps or quiet hours hold back: `skip` (if nothing is said), `wait`, `replace`, or
    /// `replace_or_wait`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schemars", schemars(extend("enum" = ["skip", "wait", "replace", "replace_or_wait", null])))]
    pub held: Option<String>,
    /// How long a message waits before it is given up: `3 days`. For ever if nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wait_at_most: Option<String>,
    /// What it does where the rules are edited and that moves profiles into or out of what it waits for: `silent` (if nothing is
    /// said) or `fire`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schemars", schemars(extend("enum" = ["silent", "fire", null])))]
    pub on_edit: Option<String>,
    /// The campaign that it belongs to: it fires on the days of that one alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub campaign: Option<String>,
    /// What it does, in order.
    #[serde(rename = "do", default, skip_serializing_if = "Vec::is_empty")]
    pub actions: Vec<ActionDocument>,
    /// Raise it where a changed trigger is to count as a new one; it is part of every effect's key. 1 if nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u32>,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde asks for a reference"
)]
pub(super) fn is_zero(n: &i64) -> bool {
    *n == 0
}

/// A share in percent: `50`, `12.5` or `12.5%`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum ShareDocument {
    /// `50`
    Whole(u32),
    /// `12.5`
    Real(f64),
    /// `12.5%`
    Text(String),
}

/// One thing that a trigger does: exactly one of `send`, `call`, `tag`, `untag`, `set` and `add`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ActionDocument {
    /// Sends a message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub send: Option<String>,
    /// Asks the host for something else, by a name that it knows: `crm.task`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call: Option<String>,
    /// Gives a tag: `interest/winback`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
    /// Takes a tag away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub untag: Option<String>,
    /// Sets an attribute, to the value under `to`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub set: Option<String>,
    /// Adds to a number, what stands under `by`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub add: Option<String>,
    /// What `set` sets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Scalar>,
    /// What `add` adds; may be negative.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Scalar>,
    /// An expression, instead of `to` or `by`: `round(p.amount)`. Where it has no value, nothing is set and nothing added.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// What goes along with `send` and `call`.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub with: IndexMap<String, Scalar>,
    /// What goes along as well, as expressions: `{ product = "c.product" }`. What has no value is left out.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub values: IndexMap<String, String>,
    /// Whether a message that has waited asks for its `values` again when it goes. It keeps them if nothing is said.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub refresh: bool,
    /// Only for this variant of the trigger's `split`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variant: Option<String>,
}

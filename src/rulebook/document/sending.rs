//! What stands in a rule file about sending: consent, channels, messages, caps, the control group.

use serde::{Deserialize, Serialize};

/// Consents that hold for everything.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ConsentDocument {
    /// The condition under which a profile's data may be processed: without it no trigger fires. Everybody's if nothing is
    /// said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub processing: Option<String>,
}

/// A channel: who may be written to on it, when, and what it costs and brings.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ChannelDocument {
    /// What the channel is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The condition under which a profile may be written to on this channel. Everybody if nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consent: Option<String>,
    /// When nothing is sent: `21:00-08:00`, `sat-sun 00:00-24:00`. The start belongs to it, the end does not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub quiet: Vec<String>,
    /// When alone something is sent: `mon-fri 09:00-18:00`. Always if nothing is said.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub windows: Vec<String>,
    /// Which messages may go on it. All if nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allows: Option<AllowsDocument>,
    /// What a message on it costs: not negative, in the same money as the `worth` of the choice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<AmountDocument>,
    /// The events that are messages on it, without a window. If nothing is said: `sent(channel = "NAME")`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sent: Option<String>,
    /// The events that are reactions to messages on it, without a window: `message_clicked(channel = "sms")`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reacted: Option<String>,
}

/// Which messages a channel is for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct AllowsDocument {
    /// The classes. All if nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<Vec<String>>,
    /// The contents that it is not for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_content: Vec<String>,
}

/// How one of the `channels` of a message is chosen for each profile: that on which the message is expected to be worth most.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ChannelChoiceDocument {
    /// How far back messages and reactions count: `90 days`.
    pub within: String,
    /// What a reaction is worth: more than nothing.
    pub worth: AmountDocument,
    /// What is taken for known of those of whom nothing is. If nothing is said: 1 reaction to 20 messages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prior: Option<PriorDocument>,
}

/// So many reactions to so many messages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PriorDocument {
    /// The reactions.
    pub reacted: u32,
    /// The messages; at least 1, and no fewer than reactions.
    pub of: u32,
}

/// A sum of money of at most six decimal places, as a number or a text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum AmountDocument {
    /// A whole number.
    Whole(i64),
    /// Another number.
    Real(f64),
    /// `0.07`
    Text(String),
}

impl std::fmt::Display for AmountDocument {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            AmountDocument::Whole(n) => n.fmt(f),
            AmountDocument::Real(n) => n.fmt(f),
            AmountDocument::Text(text) => text.fmt(f),
        }
    }
}

/// A message: on which channel it goes, and of what sort it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct MessageDocument {
    /// What the message is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The channel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// Several channels instead, of which one is chosen for each profile when the message goes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub channels: Vec<String>,
    /// `promotional` (if nothing is said), `newsletter`, or `transactional`: what the customer asked for or must be told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schemars", schemars(extend("enum" = ["promotional", "newsletter", "transactional", null])))]
    pub class: Option<String>,
    /// `greeting`, `informational`, `reactivation` or `service`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schemars", schemars(extend("enum" = ["greeting", "informational", "reactivation", "service", null])))]
    pub content: Option<String>,
    /// Paths that caps can name: `winback`, `season/christmas`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// The message that goes in its place where it is held back and its trigger says `held = "replace"`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instead: Option<String>,
    /// What it says to whom: a profile gets the first variant whose condition holds when the message goes. Not to be confused with
    /// the variants that a trigger's `split` draws.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub variants: Vec<ContentVariantDocument>,
    /// The variant of everybody else; required where there are `variants`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub otherwise: Option<String>,
    /// The offer that it makes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offer: Option<String>,
}

/// A variant of a message's content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ContentVariantDocument {
    /// The name by which the host knows it.
    pub name: String,
    /// The condition under which a profile gets it.
    pub when: String,
}

/// A cap: how many messages a profile gets at most, in a period of the calendar (`per`) or in a length of time that rolls
/// on (`within`).
///
/// It is about the messages that meet everything it names, or about every message but transactional ones if it names no
/// class.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CapDocument {
    /// How many.
    pub most: u32,
    /// The period of the profile's calendar: `day`, `week` or `month`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schemars", schemars(extend("enum" = ["day", "week", "month", null])))]
    pub per: Option<String>,
    /// The length of time: `7 days`. A message counts from when it is sent until exactly this long after.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within: Option<String>,
    /// Only messages on this channel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// Only messages of this class.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schemars", schemars(extend("enum" = ["promotional", "newsletter", "transactional", null])))]
    pub class: Option<String>,
    /// Only messages of this content.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schemars", schemars(extend("enum" = ["greeting", "informational", "reactivation", "service", null])))]
    pub content: Option<String>,
    /// Only messages with this tag, or one under it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
}

/// The global control group: profiles that get no message but transactional ones, so that what messages bring can be
/// measured.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct HoldoutDocument {
    /// How many of all profiles: `5%`.
    pub share: String,
    /// Which of them: another salt draws another group. It is the group of `in sample(5%, "salt")`.
    pub salt: String,
}

//! What triggers do.

use super::suppression::ChannelCandidate;
use crate::explain::Explanation;
use crate::profile::Value;
use crate::rule::sending::MessageFacts;
use crate::rule::trigger::Details;
use crate::time::Instant;
use crate::value::Scalar;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Something for the host to carry out, or a change that the engine has made to the profile.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Effect {
    /// An idempotency key of 32 hexadecimal digits, unique to the effect: the MD5 of the profile, the trigger with its
    /// declared version, the entry and the action. The same events give the same key again, so a host that has carried out
    /// a key need not do so a second time.
    pub key: Arc<str>,
    /// The trigger; `None` if a journey acted, or the host requested the message itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trigger: Option<Arc<str>>,
    /// The journey, if it is one and not a trigger that acted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub journey: Option<Arc<str>>,
    /// The step of the journey.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<Arc<str>>,
    /// The campaign that the trigger or the journey belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub campaign: Option<Arc<str>>,
    /// The version of the trigger's rules: eight hexadecimal digits.
    pub version: Arc<str>,
    /// When the profile met the trigger's `on`. A message that had to wait is sent later.
    pub entered: Instant,
    /// The subject, if the trigger or its lifecycle is kept per value of a property.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<Arc<str>>,
    /// The variant of the trigger's or journey's `split` that the profile is assigned to by chance. What a message says to whom is
    /// [`content_variant`](EffectAction::Send::content_variant).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variant: Option<Arc<str>>,
    /// What to do.
    #[serde(flatten)]
    pub action: EffectAction,
    /// Why the condition that the trigger waits for ([`Rulebook::awaited`](crate::Rulebook::awaited)) held at that instant, or
    /// ceased to hold if the trigger fires on leaving; for a trigger on an event or a date, why its `when` held. `None` if it
    /// has neither, and if the engine was built [without explanations](super::Engine::without_explanations).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<Box<Explanation>>,
}

/// What an [`Effect`] does. Its serde form names the action under `do`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "do")]
#[non_exhaustive]
pub enum EffectAction {
    /// Send a message.
    Send {
        /// The message's name.
        message: Arc<str>,
        /// The channel's name.
        channel: Arc<str>,
        /// The channels among which this one was chosen, if the message has several; in the order in which the message names them.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        chosen: Vec<ChannelCandidate>,
        /// `promotional`, `newsletter` or `transactional`.
        class: Arc<str>,
        /// `greeting`, `informational`, `reactivation` or `service`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        content: Option<Arc<str>>,
        /// The variant of the message that the profile gets, by the conditions under `variants` as they hold when it goes. It is not
        /// drawn: those who get one are not comparable to those who get another, as those of [`Effect::variant`] are.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        content_variant: Option<Arc<str>>,
        /// What the message offers.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        offer: Option<MessageOffer>,
        /// The message that this one replaces.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        instead_of: Option<Arc<str>>,
        /// Its parameters.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        with: BTreeMap<Arc<str>, Scalar>,
    },
    /// Do something that the host knows by name: call a webhook, create a task.
    Call {
        /// Its name.
        name: Arc<str>,
        /// Its parameters.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        with: BTreeMap<Arc<str>, Scalar>,
    },
    /// A tag was given to the profile.
    Tag {
        /// The tag's path.
        path: Arc<str>,
    },
    /// A tag was taken from the profile.
    Untag {
        /// The tag's path.
        path: Arc<str>,
    },
    /// An attribute was given a value.
    Set {
        /// The attribute.
        attribute: Arc<str>,
        /// The value, as text where JSON has no such type.
        to: Scalar,
    },
    /// A number was added to an attribute: points.
    Add {
        /// The attribute.
        attribute: Arc<str>,
        /// How much.
        by: Scalar,
    },
}

/// The offer that a message makes: its name and, beside it in the serde form, its values. Every message that makes the offer to a
/// profile makes it with the same values, as long as the rulebook's `keeps` says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MessageOffer {
    /// The offer's name.
    pub name: Arc<str>,
    /// What is offered: `percent` and 15.
    #[serde(flatten)]
    pub values: BTreeMap<Arc<str>, Scalar>,
}

/// What a message says to a profile.
#[derive(Debug, Default)]
pub(crate) struct MessageContent {
    pub(crate) variant: Option<Arc<str>>,
    pub(crate) offer: Option<MessageOffer>,
}

impl EffectAction {
    /// Send a message that says this, on one of several channels if there are candidates, in place of another if that is named.
    pub(crate) fn send(
        message: &MessageFacts,
        chosen: Vec<ChannelCandidate>,
        content: MessageContent,
        instead_of: Option<Arc<str>>,
        with: [&Details; 2],
    ) -> Self {
        EffectAction::Send {
            message: message.name.clone(),
            channel: message.channel.clone(),
            chosen,
            class: message.class.name().into(),
            content: message.content.map(|c| c.name().into()),
            content_variant: content.variant,
            offer: content.offer,
            instead_of,
            with: parameters(with),
        }
    }

    /// The name of the action in rule files: `send`, `call`, `tag`, `untag`, `set`, `add`.
    #[must_use]
    pub fn verb(&self) -> &'static str {
        match self {
            EffectAction::Send { .. } => "send",
            EffectAction::Call { .. } => "call",
            EffectAction::Tag { .. } => "tag",
            EffectAction::Untag { .. } => "untag",
            EffectAction::Set { .. } => "set",
            EffectAction::Add { .. } => "add",
        }
    }

    /// The name that it is about: the message, the call, the tag's path or the attribute.
    #[must_use]
    pub fn name(&self) -> &Arc<str> {
        match self {
            EffectAction::Send { message: name, .. }
            | EffectAction::Call { name, .. }
            | EffectAction::Tag { path: name }
            | EffectAction::Untag { path: name }
            | EffectAction::Set {
                attribute: name, ..
            }
            | EffectAction::Add {
                attribute: name, ..
            } => name,
        }
    }

    /// The variant of the message that the profile gets, if the action sends one that has variants.
    #[must_use]
    pub fn content_variant(&self) -> Option<&Arc<str>> {
        if let EffectAction::Send {
            content_variant, ..
        } = self
        {
            content_variant.as_ref()
        } else {
            None
        }
    }

    /// The offer that the message makes, if the action sends one that makes one.
    #[must_use]
    pub fn offer(&self) -> Option<&MessageOffer> {
        if let EffectAction::Send { offer, .. } = self {
            offer.as_ref()
        } else {
            None
        }
    }

    /// The channel, if the action sends a message.
    #[must_use]
    pub fn channel(&self) -> Option<&Arc<str>> {
        if let EffectAction::Send { channel, .. } = self {
            Some(channel)
        } else {
            None
        }
    }

    /// The channels among which that of the message was chosen, if the action sends one that has several.
    #[must_use]
    pub fn chosen(&self) -> &[ChannelCandidate] {
        if let EffectAction::Send { chosen, .. } = self {
            chosen
        } else {
            &[]
        }
    }
}

/// The parameters of an action as an effect reports them: those that are written, and those that were computed.
pub(crate) fn parameters(with: [&Details; 2]) -> BTreeMap<Arc<str>, Scalar> {
    with.into_iter().flatten().cloned().collect()
}

/// A value as an effect reports it; `None` if there is none.
pub(crate) fn scalar(value: &Value) -> Option<Scalar> {
    Some(match value {
        Value::Bool(v) => Scalar::Bool(*v),
        Value::Int(v) => Scalar::Whole(*v),
        Value::Unsigned(v) => Scalar::Unsigned(*v),
        Value::Float(v) => Scalar::Real(*v),
        Value::Text(v) => Scalar::Text(v.clone()),
        Value::Decimal(v) => Scalar::Text(v.to_string()),
        Value::Date(v) => Scalar::Text(v.to_string()),
        Value::Instant(v) => Scalar::Text(v.to_string()),
        Value::Duration(v) => Scalar::Text(v.to_string()),
        Value::Place(v) => Scalar::Text(format!("{},{}", v.lat, v.lon)),
        Value::Missing | Value::List(_) | Value::Rows(_) => return None,
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn verbs_are_those_of_the_serde_forms() {
        let (name, to): (Arc<str>, _) = ("email".into(), Scalar::Whole(5));
        let message = EffectAction::Send {
            message: "coupon".into(),
            channel: name.clone(),
            chosen: Vec::new(),
            class: "promotional".into(),
            content: None,
            content_variant: None,
            offer: None,
            instead_of: None,
            with: BTreeMap::new(),
        };
        let actions = [
            message,
            EffectAction::Call {
                name: name.clone(),
                with: BTreeMap::new(),
            },
            EffectAction::Tag { path: name.clone() },
            EffectAction::Untag { path: name.clone() },
            EffectAction::Set {
                attribute: name.clone(),
                to: to.clone(),
            },
            EffectAction::Add {
                attribute: name,
                by: to,
            },
        ];
        for action in actions {
            assert_eq!(serde_json::to_value(&action).unwrap()["do"], action.verb());
        }
    }
}

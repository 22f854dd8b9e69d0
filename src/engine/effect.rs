//! What triggers do, and why they do nothing.

use crate::eval::Explanation;
use crate::profile::Value;
use crate::time::{Duration, Instant};
use crate::value::Scalar;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Something for the host to carry out, or that the engine has done to the profile.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Effect {
    /// 32 hexadecimal digits that no other effect has: the MD5 of profile, trigger (with its declared version), entry and action. The same events give
    /// the same key again, so a host that has carried out a key need not do so a second time.
    pub key: Arc<str>,
    /// The trigger; none where the host asked for the message itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trigger: Option<Arc<str>>,
    /// Eight hexadecimal digits that stand for the trigger as it was.
    pub version: Arc<str>,
    /// When the occasion was. A message that had to wait is sent later.
    pub entered: Instant,
    /// What the occasion was about, where the trigger or its lifecycle is kept for each value of a property.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<Arc<str>>,
    /// The variant that the profile is in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variant: Option<Arc<str>>,
    /// What to do.
    #[serde(flatten)]
    pub action: Action,
    /// Why the condition of the occasion ([`Rulebook::awaited`](crate::Rulebook::awaited)) held at that instant, or no longer
    /// did where it was left; where the occasion was an event or a date, why the trigger's `when` held. None where there is
    /// neither, and where the engine was asked not to explain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<Box<Explanation>>,
}

/// What an effect is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "do")]
#[non_exhaustive]
pub enum Action {
    /// Send a message.
    Send {
        /// The message's name.
        message: Arc<str>,
        /// The channel's name.
        channel: Arc<str>,
        /// `promotional`, `newsletter` or `transactional`.
        class: Arc<str>,
        /// `greeting`, `informational`, `reactivation` or `service`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        content: Option<Arc<str>>,
        /// The message in whose place this one goes.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        instead_of: Option<Arc<str>>,
        /// What goes along with it.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        with: BTreeMap<Arc<str>, Scalar>,
    },
    /// Anything else that the host knows by name: a webhook, a task.
    Call {
        /// Its name.
        name: Arc<str>,
        /// What goes along with it.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        with: BTreeMap<Arc<str>, Scalar>,
    },
    /// The profile was given a tag.
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

impl Action {
    /// What it is, as rule files call it: `send`, `call`, `tag`, `untag`, `set`, `add`.
    #[must_use]
    pub fn verb(&self) -> &'static str {
        match self {
            Action::Send { .. } => "send",
            Action::Call { .. } => "call",
            Action::Tag { .. } => "tag",
            Action::Untag { .. } => "untag",
            Action::Set { .. } => "set",
            Action::Add { .. } => "add",
        }
    }

    /// What it is about: the message, the call, the tag's path, the attribute.
    #[must_use]
    pub fn name(&self) -> &Arc<str> {
        match self {
            Action::Send { message: name, .. }
            | Action::Call { name, .. }
            | Action::Tag { path: name }
            | Action::Untag { path: name }
            | Action::Set {
                attribute: name, ..
            }
            | Action::Add {
                attribute: name, ..
            } => name,
        }
    }

    /// The channel of a message.
    #[must_use]
    pub fn channel(&self) -> Option<&Arc<str>> {
        if let Action::Send { channel, .. } = self {
            Some(channel)
        } else {
            None
        }
    }
}

/// A trigger, or a message of one, that did nothing, and why.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Held {
    /// The trigger; none where the host asked for the message itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trigger: Option<Arc<str>>,
    /// The message; none where the trigger as a whole did nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<Arc<str>>,
    /// When the occasion was.
    pub entered: Instant,
    /// What the occasion was about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<Arc<str>>,
    /// What held it back.
    pub reason: Reason,
    /// Where it waits: the instant at which it is looked at again. `None`: it is dropped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waits_until: Option<Instant>,
}

/// What holds a trigger or a message back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "because")]
#[non_exhaustive]
pub enum Reason {
    /// The trigger's `when` did not hold.
    Guard,
    /// It has fired at this instant already.
    Repeated,
    /// The trigger's `again` does not let the profile enter; `next` is when it would, if ever.
    Again {
        /// When it may enter again.
        next: Option<Instant>,
    },
    /// The trigger's last effect is too recent.
    Cooldown {
        /// When the cooldown ends.
        next: Instant,
    },
    /// The profile is in a control group: the trigger's, or the rulebook's.
    Holdout {
        /// Whether the group is the trigger's own.
        own: bool,
    },
    /// The shares of the trigger's variants leave the profile out.
    NoVariant,
    /// The profile's data may not be processed.
    NoProcessingConsent,
    /// The profile may not be written to on the channel.
    NoConsent {
        /// The channel.
        channel: Arc<str>,
    },
    /// The channel is silent now.
    Hours {
        /// The channel.
        channel: Arc<str>,
        /// When it opens; `None`: never.
        next: Option<Instant>,
    },
    /// As many messages were sent as a cap allows.
    Cap {
        /// The cap's place in the rulebook, counted from 1.
        cap: usize,
        /// How many messages it allows.
        most: u32,
        /// When it allows one more, if nothing else is sent.
        next: Instant,
    },
    /// It had waited as long as it may.
    Expired {
        /// How long it would have had to wait in all.
        needed: Option<Duration>,
    },
    /// It waited, and the rules have changed meanwhile: its trigger does not send it any more.
    Withdrawn,
}

impl Reason {
    /// All names of reasons.
    pub(crate) const NAMES: [&str; 12] = [
        "guard",
        "repeated",
        "again",
        "cooldown",
        "holdout",
        "no_variant",
        "no_processing_consent",
        "no_consent",
        "hours",
        "cap",
        "expired",
        "withdrawn",
    ];

    /// Its name, which its serde form has under `because`: `cap`, `no_consent`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Reason::Guard => "guard",
            Reason::Repeated => "repeated",
            Reason::Again { .. } => "again",
            Reason::Cooldown { .. } => "cooldown",
            Reason::Holdout { .. } => "holdout",
            Reason::NoVariant => "no_variant",
            Reason::NoProcessingConsent => "no_processing_consent",
            Reason::NoConsent { .. } => "no_consent",
            Reason::Hours { .. } => "hours",
            Reason::Cap { .. } => "cap",
            Reason::Expired { .. } => "expired",
            Reason::Withdrawn => "withdrawn",
        }
    }
}

/// The value of an attribute as an effect tells it.
pub(crate) fn scalar(value: &Value) -> Scalar {
    match value {
        Value::Bool(v) => Scalar::Bool(*v),
        Value::Int(v) => Scalar::Whole(*v),
        Value::Float(v) => Scalar::Real(*v),
        Value::Text(v) => Scalar::Text(v.clone()),
        Value::Decimal(v) => Scalar::Text(v.to_string()),
        Value::Date(v) => Scalar::Text(v.to_string()),
        Value::Instant(v) => Scalar::Text(v.to_string()),
        Value::Duration(v) => Scalar::Text(v.to_string()),
        Value::Missing | Value::Place(_) | Value::List(_) | Value::Rows(_) => {
            Scalar::Text(String::new())
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_serde_forms() {
        let next = Instant::from_micros(0);
        let channel: Arc<str> = "email".into();
        let reasons = [
            Reason::Guard,
            Reason::Repeated,
            Reason::Again { next: None },
            Reason::Cooldown { next },
            Reason::Holdout { own: true },
            Reason::NoVariant,
            Reason::NoProcessingConsent,
            Reason::NoConsent {
                channel: channel.clone(),
            },
            Reason::Hours {
                channel: channel.clone(),
                next: None,
            },
            Reason::Cap {
                cap: 1,
                most: 1,
                next,
            },
            Reason::Expired { needed: None },
            Reason::Withdrawn,
        ];
        let written = |reason: &Reason| serde_json::to_value(reason).unwrap()["because"].clone();
        assert_eq!(reasons.each_ref().map(Reason::name), Reason::NAMES);
        assert_eq!(
            reasons.each_ref().map(written),
            Reason::NAMES.map(serde_json::Value::from)
        );

        let (name, to) = (channel.clone(), Scalar::Whole(5));
        let message = Action::Send {
            message: "coupon".into(),
            channel,
            class: "promotional".into(),
            content: None,
            instead_of: None,
            with: BTreeMap::new(),
        };
        let actions = [
            message,
            Action::Call {
                name: name.clone(),
                with: BTreeMap::new(),
            },
            Action::Tag { path: name.clone() },
            Action::Untag { path: name.clone() },
            Action::Set {
                attribute: name.clone(),
                to: to.clone(),
            },
            Action::Add {
                attribute: name,
                by: to,
            },
        ];
        for action in actions {
            assert_eq!(serde_json::to_value(&action).unwrap()["do"], action.verb());
        }
    }
}

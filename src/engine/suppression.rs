//! Why a trigger or a message of it did not act, or a message did not go on one of its channels.

use crate::explain::Explanation;
use crate::time::{Duration, Instant};
use crate::value::Decimal;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A trigger, or one message of it, that did not act, and the reason.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Suppressed {
    /// The trigger; `None` if it is a journey, or the host requested the message itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trigger: Option<Arc<str>>,
    /// The journey, if it is one and not a trigger that did not act.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub journey: Option<Arc<str>>,
    /// The step of the journey; `None` if the profile could not enter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<Arc<str>>,
    /// The message; `None` if the trigger as a whole did not act.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<Arc<str>>,
    /// When the profile met the trigger's `on`.
    pub entered: Instant,
    /// The subject, if the trigger or its lifecycle is kept per value of a property.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<Arc<str>>,
    /// The reason.
    pub reason: SuppressionReason,
    /// The instant at which the message is tried again; `None` if it is dropped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waits_until: Option<Instant>,
    /// The channels among which there was a choice, each with why the message could not go on it; none if the message has one channel, or
    /// was held back whatever the channel.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub candidates: Vec<ChannelCandidate>,
    /// Why the trigger's `when` did not hold, if the engine [explains that](super::Engine::with_explained_guards).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<Box<Explanation>>,
}

/// One of the channels of a message, and what spoke for and against it when one was to be chosen for a profile.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ChannelCandidate {
    /// The channel's name.
    pub channel: Arc<str>,
    /// How many times the profile has reacted, within the time that the rulebook's `choice` says.
    pub reacted: u64,
    /// How many messages it got on the channel, within the same time.
    pub sent: u64,
    /// What a message on the channel costs.
    pub cost: Decimal,
    /// What a message on the channel is expected to be worth: `worth * (reacted + prior.reacted) / (sent + prior.of) - cost`, rounded to six
    /// decimal places, halves away from zero. Channels are compared by the exact fraction.
    pub worth: Decimal,
    /// Why the message could not go on the channel; `None` if it could.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<SuppressionReason>,
}

/// Why a trigger or a message did not act. Its serde form names the reason under `because`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "because", rename_all = "snake_case")]
#[non_exhaustive]
pub enum SuppressionReason {
    /// The trigger's `when` did not hold.
    Guard,
    /// The trigger belongs to a campaign, and it fired on none of its days.
    #[serde(rename = "campaign")]
    OutsideCampaign {
        /// The campaign.
        campaign: Arc<str>,
        /// When the campaign begins in the profile's calendar; `None` if it is over.
        next: Option<Instant>,
    },
    /// The trigger has fired at this instant already, or the host requested the same message again.
    Repeated,
    /// The trigger's `again` does not let the profile enter.
    #[serde(rename = "again")]
    Reentry {
        /// When the profile may enter again; `None` if never.
        next: Option<Instant>,
    },
    /// The trigger's last effect is too recent.
    Cooldown {
        /// When the cooldown ends.
        next: Instant,
    },
    /// The profile is in a control group.
    Holdout {
        /// Whether the group is the trigger's own; otherwise it is the rulebook's.
        own: bool,
    },
    /// The shares of the trigger's variants leave the profile out.
    NoVariant,
    /// The profile has not consented to processing.
    NoProcessingConsent,
    /// The profile has not consented to messages on the channel.
    NoConsent {
        /// The channel.
        channel: Arc<str>,
    },
    /// The channel is not for messages of this class or content.
    NotAllowed {
        /// The channel.
        channel: Arc<str>,
    },
    /// The channel has quiet hours, or none of its send windows is open.
    #[serde(rename = "hours")]
    QuietHours {
        /// The channel.
        channel: Arc<str>,
        /// When the channel opens; `None` if never.
        next: Option<Instant>,
    },
    /// A frequency cap is reached.
    #[serde(rename = "cap")]
    FrequencyCap {
        /// The position of the cap in the rulebook, counted from 1.
        cap: usize,
        /// How many messages the cap allows.
        most: u32,
        /// When the cap allows one more, if nothing else is sent.
        next: Instant,
    },
    /// The message would have had to wait longer than the trigger's `wait_at_most` allows, or beyond the end of its campaign.
    Expired {
        /// How long it would have had to wait in all.
        needed: Option<Duration>,
    },
    /// The rules changed while the message waited: its trigger does not send it any more.
    #[serde(rename = "withdrawn")]
    RuleChanged,
    /// The profile is in the journey already.
    InJourney,
    /// The exit of the journey holds, or its goal: whoever enters would leave at once, and whoever leaves gets nothing more.
    JourneyOver,
}

impl SuppressionReason {
    /// The names of all reasons.
    pub(crate) const NAMES: [&str; 16] = [
        "guard",
        "campaign",
        "repeated",
        "again",
        "cooldown",
        "holdout",
        "no_variant",
        "no_processing_consent",
        "no_consent",
        "not_allowed",
        "hours",
        "cap",
        "expired",
        "withdrawn",
        "in_journey",
        "journey_over",
    ];

    /// A message has waited since an instant, and would have to until another, which is too long.
    pub(crate) fn expired(since: i64, until: i64) -> Self {
        let needed = Some(Duration::from_micros(until.saturating_sub(since)));
        SuppressionReason::Expired { needed }
    }

    /// The channel that is shut, if that is the reason.
    pub(crate) fn channel(&self) -> Option<&Arc<str>> {
        match self {
            SuppressionReason::NoConsent { channel }
            | SuppressionReason::NotAllowed { channel }
            | SuppressionReason::QuietHours { channel, .. } => Some(channel),
            SuppressionReason::Guard
            | SuppressionReason::OutsideCampaign { .. }
            | SuppressionReason::Repeated
            | SuppressionReason::Reentry { .. }
            | SuppressionReason::Cooldown { .. }
            | SuppressionReason::Holdout { .. }
            | SuppressionReason::NoVariant
            | SuppressionReason::NoProcessingConsent
            | SuppressionReason::FrequencyCap { .. }
            | SuppressionReason::Expired { .. }
            | SuppressionReason::RuleChanged
            | SuppressionReason::InJourney
            | SuppressionReason::JourneyOver => None,
        }
    }

    /// The name of the reason, as its serde form has it under `because`: `cap`, `no_consent`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            SuppressionReason::Guard => "guard",
            SuppressionReason::OutsideCampaign { .. } => "campaign",
            SuppressionReason::Repeated => "repeated",
            SuppressionReason::Reentry { .. } => "again",
            SuppressionReason::Cooldown { .. } => "cooldown",
            SuppressionReason::Holdout { .. } => "holdout",
            SuppressionReason::NoVariant => "no_variant",
            SuppressionReason::NoProcessingConsent => "no_processing_consent",
            SuppressionReason::NoConsent { .. } => "no_consent",
            SuppressionReason::NotAllowed { .. } => "not_allowed",
            SuppressionReason::QuietHours { .. } => "hours",
            SuppressionReason::FrequencyCap { .. } => "cap",
            SuppressionReason::Expired { .. } => "expired",
            SuppressionReason::RuleChanged => "withdrawn",
            SuppressionReason::InJourney => "in_journey",
            SuppressionReason::JourneyOver => "journey_over",
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
            SuppressionReason::Guard,
            SuppressionReason::OutsideCampaign {
                campaign: channel.clone(),
                next: None,
            },
            SuppressionReason::Repeated,
            SuppressionReason::Reentry { next: None },
            SuppressionReason::Cooldown { next },
            SuppressionReason::Holdout { own: true },
            SuppressionReason::NoVariant,
            SuppressionReason::NoProcessingConsent,
            SuppressionReason::NoConsent {
                channel: channel.clone(),
            },
            SuppressionReason::NotAllowed {
                channel: channel.clone(),
            },
            SuppressionReason::QuietHours {
                channel,
                next: None,
            },
            SuppressionReason::FrequencyCap {
                cap: 1,
                most: 1,
                next,
            },
            SuppressionReason::Expired { needed: None },
            SuppressionReason::RuleChanged,
            SuppressionReason::InJourney,
            SuppressionReason::JourneyOver,
        ];
        let written =
            |reason: &SuppressionReason| serde_json::to_value(reason).unwrap()["because"].clone();
        assert_eq!(
            reasons.each_ref().map(SuppressionReason::name),
            SuppressionReason::NAMES
        );
        assert_eq!(
            reasons.each_ref().map(written),
            SuppressionReason::NAMES.map(serde_json::Value::from)
        );
    }
}

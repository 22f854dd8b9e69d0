//! Whether a message may be sent, and on which of its channels: "that on which it is expected to be worth most, of those that are open".

use super::ReferenceTriggers;
use super::actions::sample;
use crate::delivery::closed;
use crate::rulebooks::{Channel, Choice, Message};
use segue::engine::{ChannelCandidate, SuppressionReason};
use segue::syntax::parse;
use segue_test_support::reference::calendar::Micros;
use segue_test_support::reference::value;
use segue_test_support::reference::value::{Ratio, Value};
use serde_json::json;
use std::cmp::Ordering;

/// What keeps a message back.
pub(super) struct Refusal {
    pub(super) reason: SuppressionReason,
    /// When nothing but time would let it go.
    pub(super) next: Option<Micros>,
    /// Whether another might go in its place.
    pub(super) is_replaceable: bool,
    pub(super) candidates: Vec<ChannelCandidate>,
}

impl Refusal {
    pub(super) fn of_time(reason: SuppressionReason, next: Option<Micros>) -> Self {
        Refusal {
            reason,
            next,
            is_replaceable: true,
            candidates: Vec::new(),
        }
    }

    fn lasting(reason: SuppressionReason, is_replaceable: bool) -> Self {
        Refusal {
            is_replaceable,
            ..Refusal::of_time(reason, None)
        }
    }
}

/// One of several channels, as the definition sees it.
struct Weighed {
    message: Message,
    worth: Ratio,
    refusal: Option<Refusal>,
}

impl ReferenceTriggers<'_> {
    /// A message on the channel that it may be sent on now, and the candidates if it has several; or what keeps it back.
    pub(super) fn gate(
        &self,
        message: &Message,
    ) -> Result<(Message, Vec<ChannelCandidate>), Refusal> {
        let holdout = self
            .rules
            .holdout
            .filter(|_| message.class != "transactional");
        if holdout.is_some_and(|share| sample("2026", &self.profile.id) < f64::from(share)) {
            let reason = SuppressionReason::Holdout { own: false };
            return Err(Refusal::lasting(reason, false));
        }
        if self.rules.processing && !self.is("consent.processing") {
            let reason = SuppressionReason::NoProcessingConsent;
            return Err(Refusal::lasting(reason, false));
        }
        match (&self.rules.choice, message.channels.as_slice()) {
            (Some(choice), [_, _, ..]) => self.choose(message, choice),
            _ => match self.shut(message) {
                None => Ok((message.clone(), Vec::new())),
                Some(refusal) => Err(refusal),
            },
        }
    }

    /// Why a message may not go on its channel.
    fn shut(&self, message: &Message) -> Option<Refusal> {
        let channel = self.channel(message.channel);
        let name = || channel.name.into();
        let asked_for = message.class == "transactional";
        if !channel.allows.is_empty() && !channel.allows.contains(&message.class) {
            let reason = SuppressionReason::NotAllowed { channel: name() };
            return Some(Refusal::lasting(reason, true));
        }
        if !asked_for && channel.consent && !self.is("consent.email") {
            let reason = SuppressionReason::NoConsent { channel: name() };
            return Some(Refusal::lasting(reason, true));
        }
        let (caps, calendar) = (&self.rules.caps, self.calendar());
        let (reason, next) = closed(message, channel, caps, &self.sent, &calendar, self.now)?;
        Some(Refusal::of_time(reason, next))
    }

    fn channel(&self, name: &str) -> &Channel {
        let mut channels = self.rules.channels.iter();
        channels.find(|channel| channel.name == name).unwrap()
    }

    fn choose(
        &self,
        message: &Message,
        choice: &Choice,
    ) -> Result<(Message, Vec<ChannelCandidate>), Refusal> {
        let mut candidates = Vec::new();
        let mut all = Vec::new();
        for name in &message.channels {
            let channel = self.channel(name);
            let message = Message {
                channel: name,
                ..message.clone()
            };
            let own = format!("sent(channel = \"{name}\")");
            let sent = self.count(channel.sent.unwrap_or(&own), choice.hours);
            let reacted = self.count(channel.reacted, choice.hours);
            let worth = expected(choice, (reacted, sent), channel.cost);
            let refusal = self.shut(&message);
            // The candidates of a choice are made by an engine alone.
            let mut candidate = json!({"channel": name, "reacted": reacted, "sent": sent, "cost": channel.cost, "worth": rounded(worth)});
            if let Some(refusal) = &refusal {
                candidate["refused"] = serde_json::to_value(&refusal.reason).unwrap();
            }
            candidates.push(serde_json::from_value(candidate).unwrap());
            all.push(Weighed {
                message,
                worth,
                refusal,
            });
        }
        // Ties stay in the order of the file.
        all.sort_by(|a, b| order(b.worth, a.worth));
        all.sort_by_key(|of| match &of.refusal {
            None => (0, 0),
            Some(Refusal { next: Some(at), .. }) => (1, *at),
            Some(Refusal { next: None, .. }) => (2, 0),
        });
        let Weighed {
            message, refusal, ..
        } = all.remove(0);
        match refusal {
            None => Ok((message, candidates)),
            Some(refusal) => Err(Refusal {
                candidates,
                ..refusal
            }),
        }
    }

    /// How many events there were in the last hours.
    fn count(&self, events: &str, hours: i64) -> i128 {
        let count = parse(&format!("count({events} within {hours} hours)")).unwrap();
        match value(&self.world, &self.profile, &count, self.now) {
            Some(Value::Exact(Ratio(count, 1))) => count,
            other => panic!("{other:?} is no count"),
        }
    }
}

/// `worth * (reacted + prior.reacted) / (sent + prior.of) - cost`
fn expected(choice: &Choice, (reacted, sent): (i128, i128), cost: &str) -> Ratio {
    let (prior_reacted, prior_of) = choice.prior;
    let share = Ratio::new(
        reacted + i128::from(prior_reacted),
        sent + i128::from(prior_of),
    );
    let worth = share.unwrap().times(amount(choice.worth)).unwrap();
    worth.plus(amount(cost).negative().unwrap()).unwrap()
}

fn amount(text: &str) -> Ratio {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits: i128 = format!("{whole}{fraction}").parse().unwrap();
    Ratio::decimal(digits, u8::try_from(fraction.len()).unwrap())
}

fn order(a: Ratio, b: Ratio) -> Ordering {
    a.plus(b.negative().unwrap()).unwrap().0.cmp(&0)
}

/// To six places, halves away from zero, without zeros at the end.
fn rounded(worth: Ratio) -> String {
    let millionths = worth.0 * 1_000_000;
    let (size, below) = (millionths.abs(), worth.1);
    let whole = size / below + i128::from(size % below * 2 >= below);
    let text = format!("{}.{:06}", whole / 1_000_000, whole % 1_000_000);
    let text = text.trim_end_matches('0').trim_end_matches('.');
    let sign = if millionths < 0 && whole > 0 { "-" } else { "" };
    format!("{sign}{text}")
}

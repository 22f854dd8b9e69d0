//! The messages that were sent to one profile.

use super::offers::ToldOffers;
use crate::rule::sending::{Message, MessageFacts};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A message that was sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Delivery {
    pub(crate) at: i64,
    /// The message as it was declared then.
    pub(crate) message: Arc<MessageFacts>,
    /// The key of the effect.
    pub(crate) key: String,
}

/// A message that the host requested and that was sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Request {
    at: i64,
    /// The key of the effect.
    key: Arc<str>,
}

/// The messages that were sent to one profile, as far as a frequency cap can still see them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct DeliveryLog {
    sent: Vec<Delivery>,
    requested: Vec<Request>,
    /// What they offered, as long as it stays.
    #[serde(default)]
    pub(crate) offers: ToldOffers,
}

impl DeliveryLog {
    pub(crate) const EMPTY: DeliveryLog = DeliveryLog {
        sent: Vec::new(),
        requested: Vec::new(),
        offers: ToldOffers::EMPTY,
    };

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Delivery> {
        self.sent.iter()
    }

    /// When everything was sent, requested and offered.
    pub(crate) fn instants(&self) -> impl Iterator<Item = i64> {
        let sent = self.sent.iter().map(|sent| sent.at);
        let requested = self.requested.iter().map(|request| request.at);
        sent.chain(requested).chain(self.offers.instants())
    }

    /// Keeps what is declared of messages once, if it is still what it was when they were sent: it was read for each.
    pub(crate) fn share(&mut self, messages: &BTreeMap<Arc<str>, Arc<Message>>) {
        for sent in &mut self.sent {
            let declared = messages.get(&sent.message.name);
            let declared = declared.and_then(|message| message.facts_on(&sent.message.channel));
            if let Some(declared) = declared.filter(|declared| **declared == sent.message) {
                sent.message = declared.clone();
            }
        }
    }

    pub(crate) fn push(&mut self, delivery: Delivery) {
        self.sent.push(delivery);
    }

    pub(crate) fn retain(&mut self, keep: impl FnMut(&Delivery) -> bool) {
        self.sent.retain(keep);
    }

    /// Records when a message was really sent; whether its key is known.
    pub(crate) fn acknowledge(&mut self, key: &str, at: i64) -> bool {
        self.sent
            .iter_mut()
            .find(|sent| sent.key == key)
            .map(|sent| sent.at = at)
            .is_some()
    }

    /// Removes a message that was not sent after all, and an offer that it alone has told; whether its key is known.
    pub(crate) fn remove(&mut self, key: &str) -> bool {
        let before = self.sent.len() + self.requested.len();
        self.sent.retain(|sent| sent.key != key);
        self.requested.retain(|request| *request.key != *key);
        let has_offered = self.offers.take_back(key);
        has_offered || self.sent.len() + self.requested.len() < before
    }

    /// Whether there is anything.
    pub(crate) fn is_empty(&self) -> bool {
        self.sent.is_empty() && self.requested.is_empty() && self.offers.is_empty()
    }

    /// Takes in what was sent to another profile of the same person: caps count both.
    pub(crate) fn merge(&mut self, other: DeliveryLog, now: i64) {
        for sent in other.sent {
            if self.sent.iter().all(|known| known.key != sent.key) {
                self.sent.push(sent);
            }
        }
        self.sent.sort_by_key(|sent| sent.at);
        for request in other.requested {
            if !self.was_requested(&request.key) {
                self.requested.push(request);
            }
        }
        self.requested.sort_by_key(|request| request.at);
        self.offers.merge(other.offers, now);
    }

    /// Whether a message with this key was sent at the host's request, as far as is remembered.
    pub(crate) fn was_requested(&self, key: &str) -> bool {
        self.requested.iter().any(|request| *request.key == *key)
    }

    pub(crate) fn push_request(&mut self, at: i64, key: Arc<str>) {
        self.requested.push(Request { at, key });
    }

    /// Forgets the requests before an instant; whether there were any.
    pub(crate) fn forget_requests(&mut self, before: i64) -> bool {
        let n = self.requested.len();
        self.requested.retain(|request| request.at >= before);
        self.requested.len() != n
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use crate::rule::sending::{Class, Content};

    fn log() -> DeliveryLog {
        let mut log = DeliveryLog::default();
        log.push(Delivery {
            at: 5,
            message: Arc::new(MessageFacts {
                name: "coupon".into(),
                channel: "email".into(),
                class: Class::Newsletter,
                content: Some(Content::Greeting),
                tags: vec!["season/spring".into()],
            }),
            key: "a".into(),
        });
        log.push_request(6, "b".into());
        log
    }

    #[test]
    fn failed_messages_are_removed_whoever_asked_for_them() {
        let mut log = log();
        assert!(log.acknowledge("a", 7) && !log.acknowledge("b", 7));
        assert_eq!(log.iter().next().unwrap().at, 7);
        assert!(log.remove("a") && log.remove("b") && !log.remove("a"));
        assert_eq!(log, DeliveryLog::default());
    }

    #[test]
    fn requests_are_remembered_from_an_instant_on() {
        let mut log = log();
        log.forget_requests(6);
        assert!(log.was_requested("b"));
        log.forget_requests(7);
        assert!(!log.was_requested("b"));
    }

    #[test]
    fn what_was_sent_to_both_is_there_once() {
        let mut both = log();
        let mut other = log();
        let earlier = other.sent[0].clone();
        other.push(Delivery {
            at: 3,
            key: "c".into(),
            ..earlier
        });
        both.merge(other, 10);
        assert_eq!(
            both.iter().map(|sent| &*sent.key).collect::<Vec<_>>(),
            ["c", "a"]
        );
        assert_eq!(both.requested.len(), 1);
    }

    #[test]
    fn a_log_is_written_and_read() {
        let json = serde_json::to_string(&log()).unwrap();
        assert_eq!(serde_json::from_str::<DeliveryLog>(&json).unwrap(), log());
    }
}

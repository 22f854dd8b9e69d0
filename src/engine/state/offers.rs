//! The offers that one profile was told.

use super::entry_event::KeptValues;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// An offer as it was told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct ToldOffer {
    pub(crate) offer: Arc<str>,
    /// When it was told first.
    pub(crate) at: i64,
    /// Until when it stays; does not belong to it.
    pub(crate) until: i64,
    /// The key of the effect that told it first.
    pub(crate) key: Arc<str>,
    /// Whether another effect has told it again.
    pub(crate) is_repeated: bool,
    pub(crate) values: KeptValues,
}

/// The offers that one profile was told and that stay, by name.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct ToldOffers(Vec<ToldOffer>);

impl ToldOffers {
    pub(crate) const EMPTY: ToldOffers = ToldOffers(Vec::new());

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// When each was told.
    pub(crate) fn instants(&self) -> impl Iterator<Item = i64> {
        self.0.iter().map(|told| told.at)
    }

    /// An offer that stays at an instant, to be told again.
    pub(crate) fn repeat(&mut self, offer: &str, now: i64) -> Option<&ToldOffer> {
        let mut all = self.0.iter_mut();
        let told = all.find(|told| *told.offer == *offer && now < told.until)?;
        told.is_repeated = true;
        Some(told)
    }

    /// Keeps an offer that is told for the first time, and forgets those that are over.
    pub(crate) fn push(&mut self, told: ToldOffer) {
        self.forget(told.at);
        let place = self.0.partition_point(|other| other.offer < told.offer);
        self.0.insert(place, told);
    }

    /// Forgets an offer whose message was not sent after all, unless another one has told it; whether there was one.
    pub(crate) fn take_back(&mut self, key: &str) -> bool {
        let before = self.0.len();
        self.0.retain(|told| *told.key != *key || told.is_repeated);
        self.0.len() < before
    }

    /// Forgets those that are over at an instant; whether there were any.
    pub(crate) fn forget(&mut self, now: i64) -> bool {
        let before = self.0.len();
        self.0.retain(|told| now < told.until);
        self.0.len() < before
    }

    /// Takes in what another profile of the same person was told: of two that stay, the earlier.
    pub(crate) fn merge(&mut self, other: ToldOffers, now: i64) {
        self.forget(now);
        for theirs in other.0.into_iter().filter(|told| now < told.until) {
            match self.0.iter_mut().find(|told| told.offer == theirs.offer) {
                None => {
                    let place = self.0.partition_point(|told| told.offer < theirs.offer);
                    self.0.insert(place, theirs);
                }
                Some(ours) if (theirs.at, &theirs.key) < (ours.at, &ours.key) => *ours = theirs,
                Some(_) => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::state::KeptValue;

    fn told(offer: &str, at: i64, until: i64, key: &str) -> ToldOffer {
        ToldOffer {
            offer: offer.into(),
            at,
            until,
            key: key.into(),
            is_repeated: false,
            values: vec![("percent".into(), KeptValue::Whole(at))],
        }
    }

    fn keys(told: &ToldOffers) -> Vec<&str> {
        told.0.iter().map(|told| &*told.key).collect()
    }

    #[test]
    fn an_offer_stays_until_its_end_and_not_at_it() {
        let mut offers = ToldOffers::default();
        offers.push(told("spring", 5, 10, "a"));
        assert_eq!(offers.repeat("spring", 9).map(|told| told.at), Some(5));
        assert_eq!(offers.repeat("autumn", 9), None);
        assert_eq!(offers.repeat("spring", 10), None);
        offers.push(told("spring", 10, 15, "b"));
        assert_eq!(keys(&offers), ["b"]);
        assert!(offers.forget(15) && offers.is_empty());
    }

    #[test]
    fn what_was_not_sent_was_not_told_unless_another_message_told_it_too() {
        let mut offers = ToldOffers::default();
        offers.push(told("spring", 5, 10, "a"));
        offers.push(told("autumn", 5, 10, "b"));
        let _ = offers.repeat("autumn", 6);
        assert!(offers.take_back("a") && !offers.take_back("b") && !offers.take_back("c"));
        assert_eq!(keys(&offers), ["b"]);
    }

    /// In whichever order two profiles are joined: of what stays, the earlier counts.
    #[test]
    fn of_two_profiles_what_was_told_earlier_stays() {
        let of = |all: &[(&str, i64, i64, &str)]| {
            let mut offers = ToldOffers::default();
            let all = all.iter();
            all.for_each(|(offer, at, until, key)| offers.push(told(offer, *at, *until, key)));
            offers
        };
        let one = of(&[
            ("autumn", 1, 50, "a"),
            ("spring", 3, 40, "b"),
            ("winter", 4, 40, "c"),
        ]);
        let other = of(&[
            ("autumn", 2, 60, "d"),
            ("spring", 3, 40, "a"),
            ("summer", 5, 40, "f"),
        ]);
        for (mut ours, theirs) in [(one.clone(), other.clone()), (other, one)] {
            ours.merge(theirs, 10);
            assert_eq!(keys(&ours), ["a", "a", "f", "c"]);
        }
        let mut over = of(&[("autumn", 1, 10, "a")]);
        over.merge(of(&[("autumn", 2, 12, "b")]), 10);
        assert_eq!(keys(&over), ["b"]);
    }
}

//! Who a profile is, beside the id that it goes by.

use crate::time::NEVER;
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;
use std::collections::{BTreeMap, BTreeSet};

/// The ids and identifiers of a profile that is known by more than its id. It is a part of the profile's state, so that it is
/// saved, moved and removed with it; how others find it is an index ([`Profiles`](super::Profiles)).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ProfileIdentity {
    /// The ids that the profile goes by; its own is among them if something is known of it.
    ids: BTreeMap<SmolStr, KnownId>,
    /// By name and value.
    identifiers: BTreeSet<(SmolStr, SmolStr)>,
    /// The id by which control groups and variants are drawn, if it is not the profile's own.
    drawn_as: Option<SmolStr>,
}

/// What is known of an id.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct KnownId {
    /// When it was first said whose it is.
    identified: Option<i64>,
    /// Whether the host has said that it stands for another one.
    is_superseded: bool,
}

impl ProfileIdentity {
    pub(crate) const EMPTY: ProfileIdentity = ProfileIdentity {
        ids: BTreeMap::new(),
        identifiers: BTreeSet::new(),
        drawn_as: None,
    };

    /// The ids of which something is known.
    pub(crate) fn ids(&self) -> impl Iterator<Item = &SmolStr> {
        self.ids.keys()
    }

    /// The identifiers: name and value.
    pub(crate) fn identifiers(&self) -> impl Iterator<Item = &(SmolStr, SmolStr)> {
        self.identifiers.iter()
    }

    /// The value of an identifier of which there is one.
    pub(crate) fn value(&self, name: &str) -> Option<&SmolStr> {
        let mut all = self.identifiers.iter();
        all.find(|(known, _)| known == name).map(|(_, value)| value)
    }

    pub(crate) fn drawn_as(&self) -> Option<&SmolStr> {
        self.drawn_as.as_ref()
    }

    pub(crate) fn draw_as(&mut self, id: &SmolStr) {
        self.drawn_as = Some(id.clone());
    }

    /// Of the profile's own id and the others, the one that the profile should go by: the first that was identified, of two at one
    /// instant and of those that never were the least; one that stands for another only if all do. So it does not matter in
    /// which order profiles are found to be one.
    pub(crate) fn best_id(&self, own: &SmolStr) -> SmolStr {
        let own = (!self.ids.contains_key(own)).then_some((own, None));
        let others = self.ids.iter().map(|(id, known)| (id, Some(known)));
        let rank = |(id, known): &(&SmolStr, Option<&KnownId>)| {
            let identified = known.and_then(|known| known.identified);
            let is_superseded = known.is_some_and(|known| known.is_superseded);
            (is_superseded, identified.unwrap_or(NEVER), (*id).clone())
        };
        let all = own.into_iter().chain(others);
        all.map(|id| rank(&id))
            .min()
            .map_or_else(SmolStr::default, |(.., id)| id)
    }

    /// Adds an id.
    pub(super) fn add_id(&mut self, id: &SmolStr) {
        self.ids.entry(id.clone()).or_default();
    }

    /// Removes an id that is another person's from now on.
    pub(super) fn remove_id(&mut self, id: &str) {
        self.ids.remove(id);
    }

    /// Notes that it was said at an instant whose an id is; whether that is news.
    pub(crate) fn identify(&mut self, id: &SmolStr, at: i64) -> bool {
        let known = self.ids.entry(id.clone()).or_default();
        let is_news = known.identified.is_none_or(|before| at < before);
        if is_news {
            known.identified = Some(at);
        }
        is_news
    }

    /// Notes that an id stands for another one.
    pub(crate) fn supersede(&mut self, id: &SmolStr) {
        self.ids.entry(id.clone()).or_default().is_superseded = true;
    }

    /// Adds an identifier; whether that is news.
    pub(super) fn add_identifier(&mut self, name: &str, value: &str) -> bool {
        self.identifiers.insert((name.into(), value.into()))
    }

    pub(super) fn remove_identifier(&mut self, name: &str, value: &str) {
        self.identifiers.remove(&(name.into(), value.into()));
    }

    /// What is known of both. `own` and `theirs` are the ids of the two profiles.
    pub(crate) fn united(&self, own: &SmolStr, other: &Self, theirs: &SmolStr) -> Self {
        let mut all = self.clone();
        all.ids.entry(own.clone()).or_default();
        all.ids.entry(theirs.clone()).or_default();
        for (id, known) in &other.ids {
            let same = all.ids.entry(id.clone()).or_default();
            let instants = [same.identified, known.identified];
            same.identified = instants.into_iter().flatten().min();
            same.is_superseded |= known.is_superseded;
        }
        all.identifiers.extend(other.identifiers.iter().cloned());
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity(ids: &[(&str, Option<i64>)]) -> ProfileIdentity {
        let mut identity = ProfileIdentity::default();
        for (id, at) in ids {
            identity.add_id(&(*id).into());
            if let Some(at) = at {
                identity.identify(&(*id).into(), *at);
            }
        }
        identity
    }

    #[test]
    fn the_id_that_was_identified_first_names_the_profile() {
        let own = SmolStr::new("m");
        assert_eq!(ProfileIdentity::default().best_id(&own), "m");
        assert_eq!(identity(&[("z", None)]).best_id(&own), "m");
        assert_eq!(identity(&[("a", None)]).best_id(&own), "a");
        assert_eq!(identity(&[("a", None), ("z", Some(5))]).best_id(&own), "z");
        let mut two = identity(&[("y", Some(5)), ("z", Some(4)), ("m", Some(6))]);
        assert_eq!(two.best_id(&own), "z");
        two.supersede(&"z".into());
        assert_eq!(two.best_id(&own), "y");
        two.supersede(&"y".into());
        two.supersede(&own);
        assert_eq!(two.best_id(&own), "z");
    }

    #[test]
    fn what_is_known_of_both_is_kept_in_any_order() {
        let (a, b) = (
            identity(&[("a", Some(5)), ("c", None)]),
            identity(&[("b", Some(3)), ("c", Some(9))]),
        );
        let (own, theirs) = (SmolStr::new("a"), SmolStr::new("b"));
        let both = a.united(&own, &b, &theirs);
        assert_eq!(both, b.united(&theirs, &a, &own));
        assert_eq!(both.best_id(&own), "b");
        assert_eq!(both.ids().collect::<Vec<_>>(), ["a", "b", "c"]);
    }

    #[test]
    fn an_earlier_instant_is_news() {
        let mut known = identity(&[("a", Some(5))]);
        assert!(!known.identify(&"a".into(), 6) && known.identify(&"a".into(), 4));
        assert!(known.add_identifier("email", "a@x") && !known.add_identifier("email", "a@x"));
        assert_eq!(known.value("email").map(SmolStr::as_str), Some("a@x"));
        known.remove_identifier("email", "a@x");
        assert_eq!(known.value("email"), None);
    }
}

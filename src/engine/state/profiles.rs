//! The profiles that an engine keeps.

use super::{ProfileIndex, ProfileState};
use crate::engine::ids::ProfileSlot;
use crate::profile::Identifier;
use serde::ser::SerializeSeq;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use smol_str::SmolStr;
use std::collections::{BTreeMap, HashMap};

/// How many empty slots are nothing to care about.
const ROOM: usize = 64;

/// The profiles in the order in which the engine met them, each in a slot. The slot of one that was removed stays empty, so that
/// the others keep theirs, until there are more empty ones than others.
#[derive(Clone, Debug)]
pub(crate) struct Profiles<P> {
    slots: Vec<Option<ProfileState<P>>>,
    /// By every id that a profile goes by.
    index: ProfileIndex,
    /// Who has an identifier, by its name and value.
    owners: BTreeMap<SmolStr, HashMap<SmolStr, ProfileSlot>>,
    len: usize,
    /// The ordinal of the next.
    next: u64,
    changes: Option<Changes>,
}

/// What has changed since the profiles were last saved.
#[derive(Clone, Debug, Default)]
struct Changes {
    /// Those of flagged profiles; some may be empty by now.
    slots: Vec<ProfileSlot>,
    removed: Vec<SmolStr>,
}

impl<P> Default for Profiles<P> {
    fn default() -> Self {
        Profiles {
            slots: Vec::new(),
            index: ProfileIndex::default(),
            owners: BTreeMap::new(),
            len: 0,
            next: 0,
            changes: None,
        }
    }
}

/// The profiles in their order; which slots they have does not matter.
impl<P: PartialEq> PartialEq for Profiles<P> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl<P> FromIterator<ProfileState<P>> for Profiles<P> {
    fn from_iter<I: IntoIterator<Item = ProfileState<P>>>(profiles: I) -> Self {
        let mut all = Profiles::default();
        profiles.into_iter().for_each(|profile| {
            all.put(profile);
        });
        all
    }
}

impl<P> Profiles<P> {
    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The slot of the profile with an id.
    #[inline]
    pub(crate) fn slot(&self, id: &Identifier<'_>) -> Option<ProfileSlot> {
        self.index.get(id)
    }

    #[inline]
    pub(crate) fn get(&self, slot: ProfileSlot) -> Option<&ProfileState<P>> {
        self.slots.get(slot.index())?.as_ref()
    }

    /// The profile in a slot that is not empty, to be changed.
    #[inline]
    pub(crate) fn get_mut(&mut self, slot: ProfileSlot) -> Option<&mut ProfileState<P>> {
        self.touch(slot);
        let profile = self.find_mut(slot);
        // INVARIANT: slots are those that the index, `push` or the first wake-up name.
        debug_assert!(profile.is_some(), "no profile in {slot:?}");
        profile
    }

    /// Notes that a profile has changed.
    #[inline]
    pub(crate) fn touch(&mut self, slot: ProfileSlot) {
        if let Some(Some(profile)) = self.slots.get_mut(slot.index())
            && !profile.is_unsaved
        {
            profile.is_unsaved = true;
            if let Some(changes) = &mut self.changes {
                changes.slots.push(slot);
            }
        }
    }

    /// The profile in a slot, if it is still there; nothing that is kept may be changed.
    #[inline]
    pub(crate) fn find_mut(&mut self, slot: ProfileSlot) -> Option<&mut ProfileState<P>> {
        self.slots.get_mut(slot.index())?.as_mut()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &ProfileState<P>> {
        self.slots.iter().flatten()
    }

    /// The profiles, of which nothing that is kept may be changed.
    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = (ProfileSlot, &mut ProfileState<P>)> {
        let slots = self.slots.iter_mut().enumerate();
        slots.filter_map(|(i, profile)| Some((ProfileSlot::new(i), profile.as_mut()?)))
    }

    /// All slots, empty ones among them.
    pub(crate) fn slots(&self) -> impl Iterator<Item = ProfileSlot> + use<P> {
        (0..self.slots.len()).map(ProfileSlot::new)
    }

    /// Keeps a list of what has changed, from now on also of what is removed.
    pub(crate) fn track(&mut self) {
        let slots = self.unsaved_slots();
        let removed = Vec::new();
        self.changes.get_or_insert(Changes { slots, removed });
    }

    /// The slots of the profiles that have changed since they were last saved, in their order.
    fn unsaved_slots(&self) -> Vec<ProfileSlot> {
        let is_unsaved = |slot: &ProfileSlot| self.get(*slot).is_some_and(|p| p.is_unsaved);
        let mut slots = match &self.changes {
            Some(changes) => changes.slots.clone(),
            None => self.slots().collect(),
        };
        slots.retain(is_unsaved);
        slots.sort_unstable();
        slots
    }

    /// The profiles that have changed since they were last saved, in their order.
    pub(crate) fn unsaved(&self) -> impl Iterator<Item = &ProfileState<P>> {
        let slots = self.unsaved_slots().into_iter();
        slots.filter_map(|slot| self.get(slot))
    }

    /// The ids of those that were removed since then.
    pub(crate) fn removed(&self) -> &[SmolStr] {
        self.changes
            .as_ref()
            .map_or(&[], |changes| &changes.removed)
    }

    pub(crate) fn mark_saved(&mut self) {
        for slot in self.unsaved_slots() {
            if let Some(profile) = self.find_mut(slot) {
                profile.is_unsaved = false;
            }
        }
        self.changes = self.changes.as_ref().map(|_| Changes::default());
    }

    /// Adds a profile, of whose id there is none yet.
    pub(crate) fn push(&mut self, mut profile: ProfileState<P>) -> ProfileSlot {
        profile.ordinal = self.next;
        profile.is_unsaved = false;
        let slot = self.put(profile);
        self.touch(slot);
        slot
    }

    /// Puts a profile behind the others.
    pub(crate) fn put(&mut self, profile: ProfileState<P>) -> ProfileSlot {
        let slot = ProfileSlot::new(self.slots.len());
        self.find_by(&profile, slot);
        self.next = self.next.max(profile.ordinal.saturating_add(1));
        self.slots.push(Some(profile));
        self.len += 1;
        slot
    }

    /// Takes a profile out.
    pub(crate) fn remove(&mut self, id: &Identifier<'_>) -> Option<ProfileState<P>> {
        let slot = self.index.get(id)?;
        let removed = self.slots.get_mut(slot.index())?.take()?;
        self.len -= 1;
        self.index.remove(&Identifier::Text(&removed.id));
        for id in removed.identity().ids() {
            self.index.remove(&Identifier::Text(id));
        }
        for (name, value) in removed.identity().identifiers() {
            self.owners.get_mut(name).map(|of| of.remove(value));
        }
        if let Some(changes) = &mut self.changes {
            changes.removed.push(removed.id.clone());
        }
        Some(removed)
    }

    /// Lets a profile be found by everything that it goes by.
    fn find_by(&mut self, profile: &ProfileState<P>, slot: ProfileSlot) {
        self.index.insert(&profile.id, slot);
        for id in profile.identity().ids() {
            self.index.insert(id, slot);
        }
        for (name, value) in profile.identity().identifiers() {
            let of_name = self.owners.entry(name.clone()).or_default();
            of_name.insert(value.clone(), slot);
        }
    }

    /// The slot of the profile that has an identifier.
    pub(crate) fn owner(&self, name: &str, value: &str) -> Option<ProfileSlot> {
        self.owners.get(name)?.get(value).copied()
    }

    /// Gives an identifier to a profile, and takes it away from the one that had it. Whether that changes anything.
    pub(crate) fn give(&mut self, slot: ProfileSlot, name: &str, value: &str) -> bool {
        let before = self.owner(name, value);
        if before == Some(slot) {
            return false;
        }
        if let Some(other) = before.and_then(|before| self.get_mut(before)) {
            other.identity_mut().remove_identifier(name, value);
        }
        let Some(profile) = self.get_mut(slot) else {
            return false;
        };
        profile.identity_mut().add_identifier(name, value);
        let of_name = self.owners.entry(name.into()).or_default();
        of_name.insert(value.into(), slot);
        true
    }

    /// Lets a profile go by another id, of which there is no profile.
    pub(crate) fn add_id(&mut self, slot: ProfileSlot, id: &SmolStr) {
        if let Some(profile) = self.get_mut(slot) {
            profile.identity_mut().add_id(id);
            self.index.insert(id, slot);
        }
    }

    /// Lets a profile no longer go by an id, which is not its own.
    pub(crate) fn remove_id(&mut self, slot: ProfileSlot, id: &str) {
        if let Some(profile) = self.get_mut(slot) {
            profile.identity_mut().remove_id(id);
            self.index.remove(&Identifier::Text(id));
        }
    }

    /// Frees an id for a profile of its own, which is to take in the one that goes by it.
    pub(crate) fn unlink_id(&mut self, id: &str) {
        self.index.remove(&Identifier::Text(id));
    }

    /// Lets a profile go by all that another one, which is gone, went by.
    pub(crate) fn unite(&mut self, slot: ProfileSlot, other: &ProfileState<P>) {
        let Some(profile) = self.get_mut(slot) else {
            return;
        };
        let identity = profile.identity();
        let united = identity.united(&profile.id, other.identity(), &other.id);
        *profile.identity_mut() = united;
        let Some(profile) = self.slots.get_mut(slot.index()).and_then(Option::take) else {
            return;
        };
        self.find_by(&profile, slot);
        if let Some(place) = self.slots.get_mut(slot.index()) {
            *place = Some(profile);
        }
    }

    /// Two profiles at once, to be changed.
    pub(crate) fn pair_mut(
        &mut self,
        one: ProfileSlot,
        other: ProfileSlot,
    ) -> Option<(&mut ProfileState<P>, &mut ProfileState<P>)> {
        self.touch(one);
        self.touch(other);
        let (low, high) = (one.min(other).index(), one.max(other).index());
        let (lower, upper) = self.slots.split_at_mut_checked(high)?;
        let (low, high) = (lower.get_mut(low)?.as_mut()?, upper.first_mut()?.as_mut()?);
        Some(if one < other {
            (low, high)
        } else {
            (high, low)
        })
    }

    /// Gives up empty slots if there are many. Whether slots have changed.
    pub(crate) fn compact(&mut self) -> bool {
        if self.slots.len() <= self.len.saturating_mul(2).saturating_add(ROOM) {
            return false;
        }
        let changes = self.changes.take();
        let slots = std::mem::take(&mut self.slots);
        *self = slots.into_iter().flatten().collect();
        if let Some(Changes { removed, .. }) = changes {
            let slots = self.unsaved_slots();
            self.changes = Some(Changes { slots, removed });
        }
        true
    }
}

impl<P> IntoIterator for Profiles<P> {
    type Item = ProfileState<P>;
    type IntoIter = std::iter::Flatten<std::vec::IntoIter<Option<ProfileState<P>>>>;

    fn into_iter(self) -> Self::IntoIter {
        self.slots.into_iter().flatten()
    }
}

impl<P: Serialize> Serialize for Profiles<P> {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        let mut profiles = s.serialize_seq(Some(self.len))?;
        for profile in self.iter() {
            profiles.serialize_element(profile)?;
        }
        profiles.end()
    }
}

impl<'de, P: Deserialize<'de>> Deserialize<'de> for Profiles<P> {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        Vec::<ProfileState<P>>::deserialize(d).map(Profiles::from_iter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profiles(ids: &[&str]) -> Profiles<()> {
        let ids = ids.iter();
        ids.map(|id| ProfileState::new((*id).into(), ())).collect()
    }

    fn ids(profiles: &Profiles<()>) -> Vec<&str> {
        profiles.iter().map(|p| &*p.id).collect()
    }

    #[test]
    fn a_profile_that_is_removed_leaves_the_others_where_they_are() {
        let mut all = profiles(&["anna", "17", "bruno"]);
        assert!(all.remove(&Identifier::Number(17)).is_some());
        assert!(all.remove(&Identifier::Text("17")).is_none());
        assert_eq!(
            all.slot(&Identifier::Text("bruno")),
            Some(ProfileSlot::new(2))
        );
        assert_eq!((all.len(), ids(&all)), (2, vec!["anna", "bruno"]));
        assert_eq!(all, profiles(&["anna", "bruno"]));
        // Who comes back comes last.
        all.push(ProfileState::new("17".into(), ()));
        assert_eq!(ids(&all), ["anna", "bruno", "17"]);
    }

    #[test]
    fn a_profile_is_found_by_all_that_it_goes_by() {
        let mut all = profiles(&["anna", "c-1", "bruno"]);
        let find =
            |all: &Profiles<()>, id: &str| all.slot(&Identifier::Text(id)).map(ProfileSlot::index);
        let [anna, visitor, bruno] = [0, 1, 2].map(ProfileSlot::new);
        assert!(all.give(visitor, "email", "a@x") && !all.give(visitor, "email", "a@x"));
        all.add_id(anna, &"a-2".into());
        let gone = all.remove(&Identifier::Text("c-1"));
        assert_eq!((find(&all, "c-1"), all.owner("email", "a@x")), (None, None));
        gone.iter().for_each(|gone| all.unite(anna, gone));
        assert_eq!(
            ["anna", "a-2", "c-1"].map(|id| find(&all, id)),
            [Some(0); 3]
        );
        assert_eq!(all.owner("email", "a@x"), Some(anna));
        // A cookie goes over to whoever was seen with it last.
        assert!(all.give(anna, "cookie", "7") && all.give(bruno, "cookie", "7"));
        let found: Profiles<()> = all.clone().into_iter().collect();
        assert_eq!(
            (found.owner("cookie", "7"), find(&found, "a-2")),
            (Some(ProfileSlot::new(1)), Some(0))
        );
        all.remove_id(anna, "a-2");
        assert_eq!(find(&all, "a-2"), None);
        // With somebody go all ids.
        assert!(all.remove(&Identifier::Text("c-1")).is_some());
        assert_eq!(
            (
                find(&all, "anna"),
                find(&all, "c-1"),
                all.owner("email", "a@x")
            ),
            (None, None, None)
        );
    }

    #[test]
    fn many_empty_slots_are_given_up() {
        let names: Vec<String> = (0..4 * ROOM).map(|i| format!("c-{i}")).collect();
        let mut all = profiles(&names.iter().map(String::as_str).collect::<Vec<_>>());
        let mut compacted = 0;
        for name in names.iter().skip(2) {
            all.remove(&Identifier::Text(name));
            compacted += usize::from(all.compact());
        }
        assert!(compacted > 0 && all.slots.len() <= 2 * 2 + ROOM + 1);
        assert_eq!(ids(&all), ["c-0", "c-1"]);
        assert_eq!(
            all.slot(&Identifier::Text("c-1")),
            Some(ProfileSlot::new(1))
        );
    }
}

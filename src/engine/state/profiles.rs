//! The profiles that an engine keeps.

use super::{ProfileIndex, ProfileState};
use crate::engine::ids::ProfileSlot;
use crate::profile::Identifier;
use serde::ser::SerializeSeq;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// How many empty slots are nothing to care about.
const ROOM: usize = 64;

/// The profiles in the order in which the engine met them, each in a slot. The slot of one that was removed stays empty, so that
/// the others keep theirs, until there are more empty ones than others.
#[derive(Clone, Debug)]
pub(crate) struct Profiles<P> {
    slots: Vec<Option<ProfileState<P>>>,
    index: ProfileIndex,
    len: usize,
}

impl<P> Default for Profiles<P> {
    fn default() -> Self {
        Profiles {
            slots: Vec::new(),
            index: ProfileIndex::default(),
            len: 0,
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
            all.push(profile);
        });
        all
    }
}

impl<P> Profiles<P> {
    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.len
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

    /// The profile in a slot that is not empty.
    #[inline]
    pub(crate) fn get_mut(&mut self, slot: ProfileSlot) -> Option<&mut ProfileState<P>> {
        let profile = self.find_mut(slot);
        // INVARIANT: slots are those that the index, `push` or the first wake-up name.
        debug_assert!(profile.is_some(), "no profile in {slot:?}");
        profile
    }

    /// The profile in a slot, if it is still there.
    #[inline]
    pub(crate) fn find_mut(&mut self, slot: ProfileSlot) -> Option<&mut ProfileState<P>> {
        self.slots.get_mut(slot.index())?.as_mut()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &ProfileState<P>> {
        self.slots.iter().flatten()
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = (ProfileSlot, &mut ProfileState<P>)> {
        let slots = self.slots.iter_mut().enumerate();
        slots.filter_map(|(i, profile)| Some((ProfileSlot::new(i), profile.as_mut()?)))
    }

    /// Adds a profile, of whose id there is none yet.
    pub(crate) fn push(&mut self, profile: ProfileState<P>) -> ProfileSlot {
        let slot = ProfileSlot::new(self.slots.len());
        self.index.insert(&profile.id, slot);
        self.slots.push(Some(profile));
        self.len += 1;
        slot
    }

    /// Takes a profile out.
    pub(crate) fn remove(&mut self, id: &Identifier<'_>) -> Option<ProfileState<P>> {
        let slot = self.index.remove(id)?;
        let removed = self.slots.get_mut(slot.index())?.take();
        self.len -= usize::from(removed.is_some());
        removed
    }

    /// Gives up empty slots if there are many. Whether slots have changed.
    pub(crate) fn compact(&mut self) -> bool {
        if self.slots.len() <= self.len.saturating_mul(2).saturating_add(ROOM) {
            return false;
        }
        let slots = std::mem::take(&mut self.slots);
        *self = slots.into_iter().flatten().collect();
        true
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

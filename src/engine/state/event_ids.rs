//! The ids of one profile's events. An id names an event among those of its kind: an order and its return may share one.

use crate::profile::{Event, Events, Identifier, Profile, kind_index};
use std::collections::HashSet;
use std::hash::{BuildHasherDefault, DefaultHasher, Hash, Hasher};

/// The kinds and ids of a profile's events, by their hash: two that collide are told apart by the events.
#[derive(Clone, Debug, Default)]
pub(crate) struct EventIds(HashSet<u64, BuildHasherDefault<HashOfHash>>);

impl EventIds {
    /// The ids of a profile's events.
    pub(crate) fn of<P: Profile>(profile: &P) -> Self {
        let mut ids = EventIds::default();
        each_event(profile, |event| {
            if let Some(key) = key_of(event) {
                ids.add_hash(key);
            }
        });
        ids
    }

    /// Adds the id of an event that `profile` is to be given. Returns the event of this kind with this id that it has already.
    pub(crate) fn add<'p, P: Profile>(
        &mut self,
        event: &P::Event,
        profile: &'p P,
    ) -> Option<&'p P::Event> {
        let key = key_of(event)?;
        if !self.add_hash(key) {
            return None;
        }
        let mut found = None;
        each_event(profile, |known| {
            found = found.or((key_of(known) == Some(key)).then_some(known));
        });
        found
    }

    /// Adds an id; whether one with its hash was there already.
    fn add_hash(&mut self, key: (usize, Identifier<'_>)) -> bool {
        let mut hasher = DefaultHasher::new();
        key.hash(&mut hasher);
        !self.0.insert(hasher.finish())
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }
}

/// The kind and the id of an event of which rules know the kind.
fn key_of<E: Event>(event: &E) -> Option<(usize, Identifier<'_>)> {
    event.kind()?;
    Some((kind_index(event), event.id()?))
}

pub(crate) fn each_event<'p, P: Profile>(profile: &'p P, mut f: impl FnMut(&'p P::Event)) {
    match profile.events() {
        Events::Slice(events) => events.iter().for_each(&mut f),
        Events::Timeline(timeline) => timeline.iter().for_each(&mut f),
    }
}

/// Leaves a hash as it is.
#[derive(Clone, Copy, Debug, Default)]
struct HashOfHash(u64);

impl Hasher for HashOfHash {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = bytes
            .iter()
            .fold(self.0, |hash, b| hash.rotate_left(8) ^ u64::from(*b));
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

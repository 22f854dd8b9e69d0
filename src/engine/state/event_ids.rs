//! The ids of one profile's events.

use crate::profile::{Event, Events, Identifier, Profile};
use std::collections::HashSet;
use std::hash::{BuildHasherDefault, DefaultHasher, Hash, Hasher};

/// The ids of a profile's events, by their hash: two that collide are told apart by the events.
#[derive(Clone, Debug, Default)]
pub(crate) struct EventIds(HashSet<u64, BuildHasherDefault<HashOfHash>>);

impl EventIds {
    /// The ids of a profile's events.
    pub(crate) fn of<P: Profile>(profile: &P) -> Self {
        let mut ids = EventIds::default();
        each_event(profile, |event| {
            if let Some(id) = known_id(event) {
                ids.add_hash(id);
            }
        });
        ids
    }

    /// Adds the id of an event that `profile` is to be given; whether it has an event with this id already.
    pub(crate) fn is_duplicate<P: Profile>(&mut self, id: Identifier<'_>, profile: &P) -> bool {
        self.add_hash(id) && has_event(profile, id)
    }

    /// Adds an id; whether one with its hash was there already.
    fn add_hash(&mut self, id: Identifier<'_>) -> bool {
        let mut hasher = DefaultHasher::new();
        id.hash(&mut hasher);
        !self.0.insert(hasher.finish())
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }
}

/// The id of an event of which rules know the kind.
fn known_id<E: Event>(event: &E) -> Option<Identifier<'_>> {
    event.kind().and_then(|_| event.id())
}

fn has_event<P: Profile>(profile: &P, id: Identifier<'_>) -> bool {
    let mut found = false;
    each_event(profile, |event| found |= known_id(event) == Some(id));
    found
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

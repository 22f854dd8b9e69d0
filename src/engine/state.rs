//! What an engine keeps of a profile.

use crate::eval::lifecycle::{KeptStages, Move};
use crate::time::NEVER;
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::hash::{BuildHasherDefault, DefaultHasher, Hash, Hasher};
use std::sync::Arc;

/// A profile and where it stands.
#[derive(Clone, Debug)]
pub(crate) struct Live<P> {
    pub(crate) id: Arc<str>,
    pub(crate) profile: P,
    /// The segments that it is in and a blank profile is not, or the other way round, or that will change by themselves;
    /// by segment.
    pub(crate) entries: Vec<Entry>,
    /// By lifecycle and subject.
    pub(crate) stages: Vec<Kept>,
    /// The ids of its events.
    pub(crate) ids: EventIds,
    /// The least of all `until`.
    pub(crate) next: i64,
}

/// Where a profile stands with a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Entry {
    /// When that changes by itself.
    pub(crate) until: i64,
    pub(crate) segment: u32,
    pub(crate) holds: bool,
}

/// Where a profile stands in a lifecycle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Kept {
    pub(crate) lifecycle: Arc<str>,
    pub(crate) subject: Option<Arc<str>>,
    pub(crate) moves: Vec<Move>,
    /// The last instant that the moves take into account.
    pub(crate) covered: i64,
    /// The conditions that hold, from `covered` until `next`.
    pub(crate) holding: u64,
    /// When one of the conditions changes by itself.
    pub(crate) next: i64,
}

impl Kept {
    pub(crate) fn stage(&self) -> Option<u8> {
        self.moves.last().map(|m| m.stage)
    }
}

impl<P> Live<P> {
    pub(crate) fn entry(&self, segment: u32) -> Option<&Entry> {
        self.entries.binary_search_by_key(&segment, |e| e.segment).ok().and_then(|i| self.entries.get(i))
    }

    /// Puts down where the profile stands with a segment; `None` where it stands as a blank profile does.
    pub(crate) fn put(&mut self, segment: u32, entry: Option<Entry>) {
        match (self.entries.binary_search_by_key(&segment, |e| e.segment), entry) {
            (Ok(i), Some(entry)) => {
                if let Some(old) = self.entries.get_mut(i) {
                    *old = entry;
                }
            }
            (Ok(i), None) => {
                self.entries.remove(i);
            }
            (Err(i), Some(entry)) => self.entries.insert(i, entry),
            (Err(_), None) => {}
        }
    }

    /// The subjects that a lifecycle is kept for.
    pub(crate) fn subjects(&self, lifecycle: &str) -> impl Iterator<Item = Arc<str>> {
        self.stages.iter().filter(move |k| *k.lifecycle == *lifecycle).filter_map(|k| k.subject.clone())
    }

    /// The first instant at which anything changes by itself.
    pub(crate) fn soonest(&self) -> i64 {
        let segments = self.entries.iter().map(|e| e.until);
        segments.chain(self.stages.iter().map(|k| k.next)).min().unwrap_or(NEVER)
    }
}

/// The moves as evaluation sees them.
impl KeptStages for Vec<Kept> {
    fn moves(&self, lifecycle: &str, subject: Option<&str>) -> Option<(&[Move], i64)> {
        let kept = self.iter().find(|k| *k.lifecycle == *lifecycle && k.subject.as_deref() == subject)?;
        Some((&kept.moves, kept.covered))
    }
}

/// Which event ids a profile has, by their hash: two that collide are told apart by looking at the events.
#[derive(Clone, Debug, Default)]
pub(crate) struct EventIds(HashSet<u64, BuildHasherDefault<Same>>);

impl EventIds {
    /// Adds an id; whether one with its hash was there already.
    pub(crate) fn add(&mut self, id: &str) -> bool {
        let mut hasher = DefaultHasher::new();
        id.hash(&mut hasher);
        !self.0.insert(hasher.finish())
    }
}

/// The hash of a hash is itself.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Same(u64);

impl Hasher for Same {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = bytes.iter().fold(self.0, |hash, b| hash.rotate_left(8) ^ u64::from(*b));
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

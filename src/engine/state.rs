//! What an engine knows at an instant: everything that is not made from the rulebook.

use super::acts::Acts;
use crate::eval::context::Ctx;
use crate::eval::lifecycle::{Move, StageHistory};
use crate::profile::Profile;
use crate::time::NEVER;
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;
use std::collections::HashSet;
use std::hash::{BuildHasherDefault, DefaultHasher, Hash, Hasher};
use std::hint::black_box;
use std::sync::Arc;

/// Everything that an [`Engine`](super::Engine) knows: its profiles and where they stand. It is serialisable where the
/// profile type is, in any format of serde, and [`Engine::restore`](super::Engine::restore) goes on from it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EngineState<P> {
    pub(crate) now: i64,
    pub(crate) lateness: i64,
    /// How much later than `now` an event may be.
    #[serde(default = "never")]
    pub(crate) max_future_skew: i64,
    /// The segments that entries count, with their versions.
    pub(crate) segments: Vec<(Arc<str>, Arc<str>)>,
    pub(crate) lifecycles: Vec<Stages>,
    /// The triggers that what waits counts, with their versions.
    pub(crate) triggers: Vec<(Arc<str>, Arc<str>)>,
    pub(crate) profiles: Vec<Live<P>>,
}

/// The stages that moves count.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Stages {
    pub(crate) lifecycle: Arc<str>,
    /// The property of which each value has a lifecycle of its own.
    pub(crate) per: Option<Arc<str>>,
    pub(crate) version: Arc<str>,
    pub(crate) names: Vec<Arc<str>>,
}

/// A profile and where it stands. What every event looks at stands first and together.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[repr(C)]
pub(crate) struct Live<P> {
    pub(crate) profile: P,
    /// The segments that it is in and a blank profile is not, or the other way round, or that will change by themselves;
    /// by segment.
    pub(crate) entries: Vec<Membership>,
    /// The least `until` of the entries.
    #[serde(skip)]
    first: Least,
    /// The least `wake` of the stages.
    #[serde(skip)]
    waking: Least,
    /// The earliest instant for which it is among the wake-ups.
    #[serde(skip, default = "never")]
    pub(crate) queued: i64,
    /// What triggers remember, once they remember anything.
    acts: Option<Box<Acts>>,
    /// The id that it came in under.
    #[serde(default)]
    pub(crate) id: SmolStr,
    /// By lifecycle and subject.
    pub(crate) stages: Vec<Kept>,
    /// The ids of its events.
    #[serde(skip)]
    pub(crate) ids: EventIds,
}

fn never() -> i64 {
    NEVER
}

/// The least of some instants, or [`UNKNOWN`](Self::UNKNOWN).
#[derive(Clone, Copy, Debug)]
struct Least(i64);

impl Default for Least {
    fn default() -> Self {
        Least(Self::UNKNOWN)
    }
}

impl Least {
    /// No instant is as early.
    const UNKNOWN: i64 = i64::MIN;

    /// One of the instants takes the place of another. The least stays known, unless it was this one and now is not.
    fn replace(&mut self, old: i64, new: i64) {
        if self.0 != Self::UNKNOWN {
            self.0 = if new <= self.0 {
                new
            } else if old > self.0 {
                self.0
            } else {
                Self::UNKNOWN
            };
        }
    }

    fn of(&mut self, all: impl Iterator<Item = i64>) -> i64 {
        if self.0 == Self::UNKNOWN {
            self.0 = all.min().unwrap_or(NEVER);
        }
        self.0
    }
}

/// The ids of events, and what comes first, follow from the rest.
impl<P: PartialEq> PartialEq for Live<P> {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
            && self.profile == other.profile
            && self.entries == other.entries
            && self.stages == other.stages
            && self.acts() == other.acts()
    }
}

/// Where a profile stands with a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Membership {
    /// When that changes by itself.
    pub(crate) until: i64,
    pub(crate) segment: u32,
    pub(crate) holds: bool,
    /// Whether it is known that nothing changes by itself after that.
    pub(crate) is_final: bool,
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
    /// When that moves the profile into another stage.
    pub(crate) wake: i64,
    /// The instants at which data without dates (an attribute, a tag) or other rules brought a move about, ascending.
    pub(crate) undated: Vec<i64>,
}

impl Kept {
    pub(crate) fn stage(&self) -> Option<u8> {
        self.moves.last().map(|m| m.stage)
    }

    /// The first instant after another at which something undated brought a move about.
    pub(crate) fn next_undated(&self, after: i64) -> i64 {
        let place = self.undated.partition_point(|at| *at <= after);
        self.undated.get(place).copied().unwrap_or(NEVER)
    }
}

impl<P> Live<P> {
    pub(crate) fn new(id: SmolStr, profile: P) -> Self {
        Live {
            id,
            profile,
            entries: Vec::new(),
            first: Least::default(),
            queued: NEVER,
            stages: Vec::new(),
            waking: Least::default(),
            acts: None,
            ids: EventIds::default(),
        }
    }

    /// Reads a little here and there of where it stands, so that all of it is on its way from memory at once: to wait for
    /// what is not in the cache, piece by piece, is what takes an engine longest.
    #[inline]
    pub(crate) fn fetch(&self) {
        /// Entries that share a cache line.
        const NEIGHBOURS: usize = 4;
        let segments = self
            .entries
            .iter()
            .step_by(NEIGHBOURS)
            .fold(0, |sum, entry| sum ^ entry.segment);
        black_box(segments);
    }

    /// The same of its events of a kind, of which the latest is looked at first.
    #[inline]
    pub(crate) fn fetch_events(&self, kind: usize)
    where
        P: Profile,
    {
        black_box(Ctx::new(&self.profile, NEVER).is_past(kind));
    }

    /// Reads what says where all that is.
    #[inline]
    pub(crate) fn fetch_header(&self) {
        black_box((self.queued, self.entries.len()));
    }

    /// What triggers remember.
    pub(crate) fn acts(&self) -> &Acts {
        static NOTHING: Acts = Acts::NOTHING;
        self.acts.as_deref().unwrap_or(&NOTHING)
    }

    /// Whether triggers remember anything.
    pub(crate) fn remembers(&self) -> bool {
        self.acts.is_some()
    }

    pub(crate) fn acts_mut(&mut self) -> &mut Acts {
        self.acts.get_or_insert_default()
    }

    /// The place of where it stands with a segment, or where that would stand.
    pub(crate) fn place(&self, segment: u32) -> Result<usize, usize> {
        self.entries.binary_search_by_key(&segment, |e| e.segment)
    }

    pub(crate) fn entry(&self, segment: u32) -> Option<&Membership> {
        self.place(segment).ok().and_then(|i| self.entries.get(i))
    }

    /// Puts down at its [place](Self::place) where the profile stands with a segment; `None` where it stands as a blank
    /// profile does.
    pub(crate) fn put(&mut self, place: Result<usize, usize>, entry: Option<Membership>) {
        let until = entry.map_or(NEVER, |e| e.until);
        let old = match (place, entry) {
            (Ok(i), Some(entry)) => self
                .entries
                .get_mut(i)
                .map_or(NEVER, |old| std::mem::replace(old, entry).until),
            (Ok(i), None) => self.entries.remove(i).until,
            (Err(i), Some(entry)) => {
                self.entries.insert(i, entry);
                NEVER
            }
            (Err(_), None) => NEVER,
        };
        self.first.replace(old, until);
    }

    /// Forgets what follows from the rest: when anything changes first, and that it is among the wake-ups.
    pub(crate) fn begin_anew(&mut self) {
        (self.first, self.waking, self.queued) = (Least::default(), Least::default(), NEVER);
    }

    /// Puts down at its place where the profile stands in a lifecycle, and when it was to move before.
    pub(crate) fn put_stages(&mut self, place: usize, kept: Kept, before: i64) {
        self.waking.replace(before, kept.wake);
        if let Some(slot) = self.stages.get_mut(place) {
            *slot = kept;
        }
    }

    /// The place of what is kept of a lifecycle, or where it would stand.
    pub(crate) fn kept(&self, lifecycle: &str, subject: Option<&str>) -> Result<usize, usize> {
        place_of(&self.stages, lifecycle, subject)
    }

    /// The subjects that a lifecycle is kept for.
    pub(crate) fn subjects(&self, lifecycle: &str) -> impl Iterator<Item = Arc<str>> {
        self.stages
            .iter()
            .filter(move |k| *k.lifecycle == *lifecycle)
            .filter_map(|k| k.subject.clone())
    }

    /// The first instant at which anything changes by itself.
    pub(crate) fn soonest(&mut self) -> i64 {
        self.first
            .of(self.entries.iter().map(|e| e.until))
            .min(self.moves_first())
            .min(self.acts().next())
    }

    /// The first instant at which a stage changes by itself.
    pub(crate) fn moves_first(&mut self) -> i64 {
        self.waking.of(self.stages.iter().map(|k| k.wake))
    }
}

fn place_of(stages: &[Kept], lifecycle: &str, subject: Option<&str>) -> Result<usize, usize> {
    stages.binary_search_by(|k| (&*k.lifecycle, k.subject.as_deref()).cmp(&(lifecycle, subject)))
}

/// The moves as evaluation sees them.
impl StageHistory for Vec<Kept> {
    fn moves(&self, lifecycle: &str, subject: Option<&str>) -> Option<(&[Move], i64)> {
        let kept = place_of(self, lifecycle, subject)
            .ok()
            .and_then(|i| self.get(i))?;
        Some((&kept.moves, kept.covered))
    }
}

/// Which event ids a profile has, by their hash: two that collide are told apart by looking at the events.
#[derive(Clone, Debug, Default)]
pub(crate) struct EventIds(HashSet<u64, BuildHasherDefault<Same>>);

impl EventIds {
    /// How many there are.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

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
        self.0 = bytes
            .iter()
            .fold(self.0, |hash, b| hash.rotate_left(8) ^ u64::from(*b));
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

//! What an engine keeps beside its profiles.

use crate::engine::metrics::Counters;
use crate::engine::outbox::Outbox;
use crate::engine::output::EngineOutput;
use crate::schema::Schema;
use crate::time::{Instant, NEVER};
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The form of states that this version of the library writes and reads.
pub(crate) const FORMAT: u32 = 1;

/// What an engine keeps beside its profiles: its time and settings, and the rules under which the profiles were kept. It is small,
/// and changes with every input.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StateHeader {
    /// The form of the state.
    pub(crate) format: u32,
    pub(crate) now: i64,
    /// What is due before this instant has happened, or is outstanding.
    pub(crate) due_before: i64,
    pub(crate) lateness: i64,
    /// How much later than `now` an event may be.
    pub(crate) max_future_skew: i64,
    /// Whether the segments and stages that a new profile is born into are reported.
    pub(crate) tells_births: bool,
    /// The number of the last output.
    pub(crate) sequence: u64,
    /// The last entries that came in, by source.
    pub(crate) offsets: BTreeMap<SmolStr, u64>,
    /// That of the profiles: a record keeps its values by place.
    #[serde(with = "crate::schema::layout")]
    pub(crate) schema: Schema,
    /// By kind, the instant before which events may have been forgotten.
    pub(crate) forgotten_before: BTreeMap<SmolStr, i64>,
    /// Whether rules read what was sent, so that it is kept.
    pub(crate) keeps_sent: bool,
    /// Whether rules read the passages of journeys, so that they are kept.
    pub(crate) keeps_passages: bool,
    /// The segments that [`SegmentId`](crate::engine::ids::SegmentId)s count.
    pub(crate) segments: Vec<SavedSegment>,
    pub(crate) lifecycles: Vec<SavedLifecycle>,
    /// The triggers and journeys that [`TriggerId`](crate::engine::ids::TriggerId)s count.
    pub(crate) triggers: Vec<SavedTrigger>,
}

/// The segment under which memberships were kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SavedSegment {
    pub(crate) segment: Arc<str>,
    pub(crate) version: Arc<str>,
    /// Whether every profile of which nothing is known is in it; false while there are no profiles.
    pub(crate) holds_of_blank: bool,
}

/// The lifecycle under which stages were kept.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct SavedLifecycle {
    pub(crate) lifecycle: Arc<str>,
    /// The property of which each value has a lifecycle of its own.
    pub(crate) per: Option<Arc<str>>,
    pub(crate) version: Arc<str>,
    /// The names of the stages that the numbers in transitions count.
    pub(crate) stages: Vec<Arc<str>>,
}

/// The trigger or journey under which something waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SavedTrigger {
    pub(crate) trigger: Arc<str>,
    pub(crate) version: Arc<str>,
    /// The names of the steps that runs of a journey count; none of a trigger.
    pub(crate) steps: Vec<Arc<str>>,
}

impl StateHeader {
    /// That of an engine at the beginning of time.
    pub(crate) fn new(
        schema: Schema,
        segments: Vec<SavedSegment>,
        lifecycles: Vec<SavedLifecycle>,
        triggers: Vec<SavedTrigger>,
    ) -> Self {
        StateHeader {
            format: FORMAT,
            now: Instant::MIN.micros(),
            due_before: Instant::MIN.micros(),
            lateness: 0,
            max_future_skew: NEVER,
            tells_births: true,
            sequence: 0,
            offsets: BTreeMap::new(),
            schema,
            forgotten_before: BTreeMap::new(),
            keeps_sent: false,
            keeps_passages: false,
            segments,
            lifecycles,
            triggers,
        }
    }

    /// The same of rules that read what was sent, and passages of journeys, or do not.
    pub(crate) fn keeping(self, keeps_sent: bool, keeps_passages: bool) -> Self {
        StateHeader {
            keeps_sent,
            keeps_passages,
            ..self
        }
    }

    /// There is no profile any more, and with the last goes what is known of those of which nothing is known.
    pub(crate) fn forget_blank(&mut self) {
        let segments = self.segments.iter_mut();
        segments.for_each(|segment| segment.holds_of_blank = false);
    }

    /// Where outputs are put that follow those before.
    pub(crate) fn outbox<'e>(
        &'e mut self,
        counters: &'e mut Counters,
        out: &'e mut Vec<EngineOutput>,
    ) -> Outbox<'e> {
        Outbox {
            out,
            sequence: &mut self.sequence,
            counters,
        }
    }

    /// Whether an entry of a source of input is new: the host's place in that source moves on to it.
    pub(crate) fn accept_offset(&mut self, source: &str, offset: u64) -> bool {
        match self.offsets.get_mut(source) {
            Some(last) if *last >= offset => false,
            Some(last) => {
                *last = offset;
                true
            }
            None => {
                self.offsets.insert(source.into(), offset);
                true
            }
        }
    }

    /// The offset of the last entry of a source of input that was [accepted](crate::engine::Engine::accept_offset).
    #[must_use]
    pub fn offset(&self, source: &str) -> Option<u64> {
        self.offsets.get(source).copied()
    }

    /// The engine's time.
    #[must_use]
    pub fn now(&self) -> Instant {
        Instant::from_micros(self.now)
    }

    /// The number of the last output ([`EngineOutput::sequence`](crate::engine::EngineOutput::sequence)); 0 before the first.
    #[must_use]
    pub fn sequence(&self) -> u64 {
        self.sequence
    }
}

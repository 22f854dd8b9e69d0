//! What another rulebook changes for the profiles of an engine.

use super::output::OutputKind;
use crate::ir::Lookback;
use crate::time::{Duration, Instant};
use serde::Serialize;
use smol_str::SmolStr;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What other rules change at the instant at which they come ([`Engine::reload`](super::Engine::reload),
/// [`Engine::restore`](super::Engine::restore)), or would change ([`Engine::preview`](super::Engine::preview)).
///
/// A rule is another if it means something else, or something that it refers to does; how it is spelled makes no difference.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct RulesChange {
    /// The segments that are new, gone or others than before, by name.
    pub segments: BTreeMap<SmolStr, SegmentEdit>,
    /// The lifecycles that are new, gone or others than before, by name, and how many stages of profiles (and subjects) have
    /// changed.
    pub lifecycles: BTreeMap<Arc<str>, u64>,
    /// How many times each trigger that does not say `on_edit = "fire"` would have fired if what the edit changes had happened by
    /// itself.
    pub silent_triggers: BTreeMap<Arc<str>, u64>,
    /// How many messages that waited are dropped, by the name of their trigger, which is gone.
    pub dropped_waits: BTreeMap<Arc<str>, u64>,
    /// How many runs of each journey are withdrawn, because it is gone or does not have their step any more.
    pub withdrawn_runs: BTreeMap<Arc<str>, u64>,
    /// The kinds of events of which rules now look further back than what was kept
    /// ([`Engine::forget`](super::Engine::forget)).
    pub missing_history: Vec<MissingHistory>,
    /// The values that have no place under the schema of the new model, by name (`plan`, `purchased.amount`, `viewed` for an event
    /// of a kind), and how many there were.
    pub lost_values: BTreeMap<SmolStr, u64>,
}

/// How many profiles an edit brings into a segment, and out of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct SegmentEdit {
    /// How many enter it.
    pub entered: u64,
    /// How many leave it.
    pub left: u64,
}

/// A kind of events of which rules look further back than what was kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct MissingHistory {
    /// The name of the kind.
    pub kind: SmolStr,
    /// Events before this instant may have been forgotten.
    pub kept_from: Instant,
    /// From when on answers are those that all events would give; `None` if rules look back without limit. Events that are
    /// inserted again ([`Engine::absorb`](super::Engine::absorb)) make them right at once.
    pub right_from: Option<Instant>,
}

impl MissingHistory {
    /// What is missing at an instant of a kind of which events before `kept_from` were forgotten.
    pub(super) fn at(
        now: Instant,
        kind: &SmolStr,
        kept_from: Instant,
        lookback: Lookback,
    ) -> Option<Self> {
        let right_from = match lookback {
            Lookback::None => return None,
            Lookback::Within(length) => Some(later(kept_from, length)),
            Lookback::Unbounded => None,
        };
        let is_missing = right_from.is_none_or(|right| right > now);
        is_missing.then(|| MissingHistory {
            kind: kind.clone(),
            kept_from,
            right_from,
        })
    }
}

fn later(at: Instant, length: Duration) -> Instant {
    Instant::from_micros(at.micros().saturating_add(length.micros()))
}

impl RulesChange {
    /// Whether nothing changes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == RulesChange::default()
    }

    pub(super) fn record(&mut self, output: &OutputKind) {
        match output {
            OutputKind::SegmentEntered { segment } => {
                self.segments.entry(segment.clone()).or_default().entered += 1;
            }
            OutputKind::SegmentLeft { segment } => {
                self.segments.entry(segment.clone()).or_default().left += 1;
            }
            OutputKind::StageChanged(transition) => {
                let lifecycle = transition.lifecycle.clone();
                *self.lifecycles.entry(lifecycle).or_default() += 1;
            }
            OutputKind::JourneyPassed(_)
            | OutputKind::Effect(_)
            | OutputKind::Suppressed(_)
            | OutputKind::ProfilesMerged { .. }
            | OutputKind::IdentityConflict { .. } => {}
        }
    }
}

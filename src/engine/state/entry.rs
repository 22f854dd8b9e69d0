//! An entry of a profile into a trigger or a journey.

use super::entry_event::EntryEvent;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// One entry of a profile into a trigger.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct TriggerEntry {
    /// When the profile met the trigger's `on`.
    pub(crate) at: i64,
    /// Tells several entries at that instant apart: an event's id, the subject of a transition, the host's request.
    pub(crate) discriminator: Option<Arc<str>>,
    /// If that does not tell them apart: how many came before.
    pub(crate) ordinal: u32,
    /// When the silence began whose end the entry is.
    #[serde(default)]
    pub(crate) silent_since: Option<i64>,
    /// What re-entry and cooldown are counted for.
    pub(crate) key: Option<Arc<str>>,
    /// The subject of the transition.
    pub(crate) subject: Option<Arc<str>>,
    /// The number of the profile's variant.
    pub(crate) variant: Option<usize>,
    /// The event that it began with, if the trigger reads it; of a silence, the first.
    #[serde(default)]
    pub(crate) event: Option<Arc<EntryEvent>>,
}

impl TriggerEntry {
    /// The one entry at an instant, of the profile as a whole.
    pub(crate) fn at(at: i64) -> Self {
        TriggerEntry {
            at,
            discriminator: None,
            ordinal: 0,
            silent_since: None,
            key: None,
            subject: None,
            variant: None,
            event: None,
        }
    }

    /// The end of a silence that began with an event of this key.
    pub(crate) fn end_of_silence(
        at: i64,
        since: i64,
        key: Option<Arc<str>>,
        event: Option<Arc<EntryEvent>>,
    ) -> Self {
        TriggerEntry {
            silent_since: Some(since),
            key,
            event,
            ..TriggerEntry::at(at)
        }
    }
}

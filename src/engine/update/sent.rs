//! What messages change by being sent: each becomes an event of the profile.
//!
//! The event is there at once, so that whatever is judged next sees it: of two triggers at one instant that both ask for `not sent
//! within 7 days`, one sends. What reads it is brought up to date when the triggers that are due have run, as after an event that
//! came in.

use super::events::entries_of;
use crate::engine::ids::{LifecycleId, TriggerId, Units};
use crate::engine::live_profile::LiveProfile;
use crate::engine::plan::{Plan, changed_by};
use crate::engine::sent_message::SentMessage;
use crate::engine::state::{ProfileState, TriggerEntry};
use crate::profile::kind_index;
use std::sync::Arc;

/// An event that is to be taken in: it is among those of the profile.
#[derive(Debug)]
pub(super) struct SentEvent {
    /// The message.
    pub(super) message: Arc<str>,
    /// The position of its kind in the model.
    pub(super) kind: usize,
    /// The lifecycles that it may move, and the subjects.
    pub(super) lifecycles: Vec<(LifecycleId, Option<Arc<str>>)>,
    /// What reads it.
    pub(super) units: Units,
    /// The entries that it starts.
    pub(super) entries: Vec<(TriggerId, TriggerEntry)>,
}

impl SentEvent {
    /// Gives a profile the event that a message was sent if any rule reads that, unless it has it already: the same messages are
    /// sent again where a log is read again.
    pub(super) fn add<P: LiveProfile>(
        plan: &Plan<P>,
        profile: &mut ProfileState<P>,
        now: i64,
        message: &SentMessage,
    ) -> Option<Self> {
        plan.sent_kind?;
        let event = P::sent(&plan.model, message)?;
        if profile.is_known(&event) {
            return None;
        }
        let mut units = Units::default();
        plan.dependencies.add_by_event(&event, &mut units);
        units.normalize();
        let states = &profile.stages;
        let lifecycles = changed_by(&plan.lifecycles, &units.lifecycles, states, &event);
        let entries = entries_of(plan, profile, &units.triggers, &event, now);
        let kind = kind_index(&event);
        profile.add(event);
        Some(SentEvent {
            message: message.message.clone(),
            kind,
            lifecycles,
            units,
            entries,
        })
    }
}

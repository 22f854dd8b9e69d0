//! What attributes are before they are changed, for the triggers that wait for it.

use super::ids::TriggerId;
use super::live_profile::LiveProfile;
use super::plan::{Plan, TriggerPlan};
use super::state::ProfileState;
use super::triggers::ValueBefore;

/// By trigger, what its attribute was. What is changed more than once before somebody looks has changed from what it was first.
#[derive(Debug, Default)]
pub(crate) struct ValuesBefore(Vec<(TriggerId, ValueBefore)>);

impl ValuesBefore {
    /// Adds the attributes of those among the triggers that wait for a change, as they are now.
    pub(crate) fn add<P: LiveProfile>(
        &mut self,
        plan: &Plan<P>,
        profile: &ProfileState<P>,
        triggers: &[TriggerId],
        now: i64,
    ) {
        for trigger in triggers {
            let Some(change) = plan.trigger(*trigger).and_then(TriggerPlan::change) else {
                continue;
            };
            if self.0.iter().any(|(known, _)| known == trigger) {
                continue;
            }
            // A change that time brings about now, and that has not been noticed yet, is part of this one.
            let comes_now = profile.triggers().next_change(*trigger) == Some(now);
            let at = if comes_now {
                now.saturating_sub(1)
            } else {
                now
            };
            let before = change.before(&profile.profile, at);
            self.0.push((*trigger, before));
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &(TriggerId, ValueBefore)> {
        self.0.iter()
    }
}

//! The timers of triggers: dates, schedules and silences that may start an entry later.

use super::context::UpdateContext;
use super::events::is_noticed;
use crate::engine::ids::TriggerId;
use crate::engine::live_profile::LiveProfile;
use crate::engine::plan::{TriggerOn, TriggerPlan};
use crate::engine::state::{EntryTimer, Instance, TimerKind, TriggerEntry};
use crate::engine::triggers::SilencePlan;
use crate::time::NEVER;

/// Sets timers, and finds the entries that start when they are due.
pub(super) struct TimerUpdate<'u, 'e, P: LiveProfile>(pub(super) &'u mut UpdateContext<'e, P>);

impl<'e, P: LiveProfile> TimerUpdate<'_, 'e, P> {
    /// Sets when the date of a trigger comes next, which may be now, but only once.
    pub(super) fn set_date(&mut self, trigger: TriggerId) {
        let now = self.0.now;
        let has_fired = self.0.profile.triggers().has_date_fired(trigger, now);
        self.set_date_after(trigger, if has_fired { now } else { now - 1 });
    }

    fn set_date_after(&mut self, trigger: TriggerId, after: i64) {
        let plan = self.0.plan;
        let Some(t) = plan.trigger(trigger) else {
            return;
        };
        let memberships = &self.0.profile.memberships;
        let next = t.next_date(&self.0.ctx(), &plan.timezone, after, |segment| {
            plan.is_in(memberships, segment)
        });
        self.0.profile.triggers_mut().set_date(trigger, next);
    }

    /// Sets when the attribute of a trigger is known to change next.
    pub(super) fn set_change(&mut self, trigger: TriggerId) {
        let now = self.0.now;
        let t = self.0.plan.trigger(trigger);
        let Some(change) = t.and_then(TriggerPlan::change) else {
            return;
        };
        let next = change.next(&self.0.profile.profile, now);
        if next != NEVER || self.0.profile.triggers().next_change(trigger).is_some() {
            self.0.profile.triggers_mut().set_change(trigger, next);
        }
    }

    /// Sets when the waits of the entries into a trigger are over, at the earliest now.
    pub(super) fn set_waits(&mut self, trigger: TriggerId) {
        let (plan, now) = (self.0.plan, self.0.now);
        if !self.0.profile.triggers().has_waiting(trigger) {
            return;
        }
        let Some(t) = plan.trigger(trigger) else {
            return;
        };
        for instance in self.0.profile.triggers_mut().take_waiting(trigger) {
            let end = t.wait_end(&self.0.ctx(), &plan.timezone, instance.entry.at);
            let due = end.max(now);
            let triggers = self.0.profile.triggers_mut();
            triggers.add_instance(Instance { due, ..instance });
        }
    }

    /// Sets all timers. For triggers or profiles that are new, what falls on this very instant is past.
    pub(super) fn set_all(&mut self) {
        let (plan, now) = (self.0.plan, self.0.now);
        if plan.triggers.is_empty() {
            return;
        }
        let triggers = self.0.profile.triggers_mut();
        triggers.drop_silences(now);
        triggers.runs.look_again(now);
        for t in &plan.triggers {
            self.set_waits(t.id);
            let is_outstanding = |at: i64| at <= now;
            if !(self.0.profile.triggers().next_change(t.id)).is_some_and(is_outstanding) {
                self.set_change(t.id);
            }
            if t.is_dated() {
                match self.0.profile.triggers().next_date(t.id) {
                    // What is outstanding still comes.
                    Some(at) if at < now => {}
                    Some(at) if at == now => self.set_date_after(t.id, now - 1),
                    _ => self.set_date_after(t.id, now),
                }
            }
            if let TriggerOn::Silence(silence) = &t.on {
                for since in silence.pending(&self.0.ctx()) {
                    self.add_silence(t.id, silence, since);
                }
            }
        }
    }

    /// Whether the profile is in the segment that a trigger refers to.
    pub(super) fn is_member(&self, trigger: TriggerId) -> bool {
        let plan = self.0.plan;
        let segment = plan.trigger(trigger).and_then(|t| t.segment());
        segment.is_some_and(|segment| plan.is_in(&self.0.profile.memberships, segment))
    }

    /// The profile comes into a journey that is new, as soon as time is looked at.
    pub(super) fn add_enrolment(&mut self, trigger: TriggerId) {
        let timer = EntryTimer {
            at: self.0.now,
            trigger,
            kind: TimerKind::Enrolment,
        };
        self.0.profile.triggers_mut().add_timer(timer);
    }

    fn add_silence(&mut self, trigger: TriggerId, silence: &SilencePlan<P>, since: i64) {
        self.0.profile.triggers_mut().add_timer(EntryTimer {
            at: silence.end(since),
            trigger,
            kind: TimerKind::Silence { since },
        });
    }

    /// An event with this entry begins a silence. If it came so late that the silence is over already and was kept, the
    /// entry starts now.
    pub(super) fn begin_silence(
        &mut self,
        trigger: TriggerId,
        silence: &'e SilencePlan<P>,
        entry: TriggerEntry,
    ) -> Option<TriggerEntry> {
        let (since, end) = (entry.at, silence.end(entry.at));
        if end > self.0.now {
            if !self.0.profile.triggers().has_silence(trigger, since) {
                self.add_silence(trigger, silence, since);
            }
            return None;
        }
        let t = self.0.plan.trigger(trigger)?;
        let is_kept = is_noticed(t, silence, &self.0.ctx(), since, entry.key.as_deref());
        is_kept.then(|| TriggerEntry::end_of_silence(end, since, entry.key, entry.event))
    }

    /// Takes out the timers that are due; the entries that start.
    pub(super) fn take_due(&mut self) -> Vec<(TriggerId, TriggerEntry)> {
        let now = self.0.now;
        let mut entries = Vec::new();
        for timer in self.0.profile.triggers_mut().take_timers(now) {
            let trigger = timer.trigger;
            match timer.kind {
                // It was outstanding when other rules came, and what they make of the past is not known.
                TimerKind::Date if timer.at < now => {
                    entries.push((trigger, TriggerEntry::at(timer.at)));
                    self.set_date(trigger);
                }
                TimerKind::Date => {
                    // The date may be another by now.
                    self.set_date(trigger);
                    if self.0.profile.triggers().next_date(trigger) == Some(now) {
                        self.0.profile.triggers_mut().date_fired(trigger, now);
                        entries.push((trigger, TriggerEntry::at(now)));
                        self.set_date(trigger);
                    }
                }
                TimerKind::Enrolment => {
                    // Whoever has left the segment in the meantime is no member.
                    if self.is_member(trigger) {
                        entries.push((trigger, TriggerEntry::at(timer.at)));
                    }
                }
                TimerKind::Change => {
                    let t = self.0.plan.trigger(trigger);
                    let change = t.and_then(TriggerPlan::change);
                    let profile = &self.0.profile.profile;
                    let has_changed = change.is_some_and(|change| {
                        let before = change.before(profile, timer.at.saturating_sub(1));
                        change.is_after(before, profile, timer.at)
                    });
                    if has_changed {
                        entries.push((trigger, TriggerEntry::at(timer.at)));
                    }
                    self.set_change(trigger);
                }
                TimerKind::Silence { since } => {
                    let Some(t) = self.0.plan.trigger(trigger) else {
                        continue;
                    };
                    let TriggerOn::Silence(silence) = &t.on else {
                        // INVARIANT: restoring a state drops the timers of triggers that wait for something else now.
                        debug_assert!(false, "{:?} waits for no silence", t.trigger.name);
                        continue;
                    };
                    let kept = t.kept_silences(silence, &self.0.ctx(), since);
                    let ends = kept.into_iter().map(|kept| {
                        TriggerEntry::end_of_silence(timer.at, since, kept.key, kept.event)
                    });
                    entries.extend(ends.map(|entry| (trigger, entry)));
                }
            }
        }
        entries
    }
}

//! One profile takes in another one of the same person: two states become one.

use super::Engine;
use super::explains::Explains;
use super::ids::ProfileSlot;
use super::live_profile::LiveProfile;
use super::output::{Cause, EngineOutput, OutputKind};
use super::plan::{Differences, Plan};
use super::state::{EngineState, JoinedStates, ProfileState, each_event};
use super::update::{Standing, Update};
use crate::profile::{Event, Identifier};
use crate::time::{Instant, NEVER};
use smol_str::SmolStr;

/// A profile that takes in another one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Survivor {
    pub(super) slot: ProfileSlot,
    /// Whether nothing is known of it but its id: it is the other under another name.
    pub(super) is_new: bool,
}

impl<P: LiveProfile> Engine<P> {
    /// Lets a profile take in another one, which is gone then, and reports the difference. Both are up to date. Where the profile
    /// type refuses, nothing has changed.
    pub(super) fn join(
        &mut self,
        survivor: Survivor,
        other: ProfileSlot,
        by: Option<&str>,
        out: &mut Vec<EngineOutput>,
    ) -> Result<(), String> {
        let plan = self.plan.clone();
        let Engine {
            state, counters, ..
        } = self;
        let EngineState { header, profiles } = state;
        let Some((ours, theirs)) = profiles.pair_mut(survivor.slot, other) else {
            return Ok(());
        };
        let changed = merge_data(&plan, ours, theirs)?;
        let from = theirs.id.clone();
        let Some(mut theirs) = profiles.remove(&Identifier::Text(&from)) else {
            return Ok(());
        };
        profiles.unite(survivor.slot, &theirs);
        let Some(ours) = profiles.get_mut(survivor.slot) else {
            return Ok(());
        };
        let (now, cause) = (header.now, &Cause::Merge);
        let before = if survivor.is_new && header.tells_births {
            Standing::default()
        } else {
            Update::silent(&plan, ours, now, cause).standing()
        };
        let by = by.map(SmolStr::new);
        let kind = OutputKind::ProfilesMerged { from, by };
        let at = Instant::from_micros(now);
        header.outbox(counters, out).put(at, &ours.id, cause, kind);
        let outbox = header.outbox(counters, out);
        Update::reporting(&plan, &mut theirs, now, cause, outbox, Explains::Nothing).tell_end();

        let rewind = merge_past(&plan, ours, theirs, survivor.is_new, now);
        let seen_from = plan.seen_from(&header.forgotten_before);
        let mut update = Update::silent(&plan, ours, now, cause);
        update.add_merged_runs(before.runs());
        update.after_merge(|id, subject| {
            let is_dated = changed.dated.lifecycles.contains(&id) && !survivor.is_new;
            let lifecycle = plan.lifecycle(id).map(|lifecycle| &*lifecycle.name);
            let from = match is_dated {
                true => Instant::MIN.micros(),
                false => rewind.from(lifecycle.unwrap_or_default(), subject),
            };
            from.max(seen_from).min(now)
        });
        let outbox = header.outbox(counters, out);
        Update::reporting(&plan, ours, now, cause, outbox, Explains::Nothing)
            .tell_difference(&before);
        self.reschedule(survivor.slot);
        self.give_up(other);
        Ok(())
    }
}

/// Makes one profile's data of those of two; what differs from before.
fn merge_data<P: LiveProfile>(
    plan: &Plan<P>,
    ours: &mut ProfileState<P>,
    theirs: &mut ProfileState<P>,
) -> Result<Differences, String> {
    let before = plan.watched.values(&ours.profile);
    ours.merge_data(&plan.model, theirs, &|name| plan.identity.policy(name))?;
    let after = plan.watched.values(&ours.profile);
    Ok(plan.watched.differences(&before, &after))
}

/// From when on stages have to be found anew: the first joined event, as where an event comes late.
struct Rewind {
    /// Of what the survivor knew.
    ours: i64,
    /// Of what only the other knew.
    theirs: i64,
    joined: JoinedStates,
}

impl Rewind {
    fn from(&self, lifecycle: &str, subject: Option<&str>) -> i64 {
        let mut theirs = self.joined.theirs.iter();
        match theirs.any(|(name, of)| **name == *lifecycle && of.as_deref() == subject) {
            true => self.theirs,
            false => self.ours.min(self.joined.first_undated),
        }
    }
}

/// Gives one profile the past of the other: its events, stages, and what its triggers remember.
fn merge_past<P: LiveProfile>(
    plan: &Plan<P>,
    ours: &mut ProfileState<P>,
    mut theirs: ProfileState<P>,
    is_new: bool,
    now: i64,
) -> Rewind {
    // Who has got something goes on getting it, in the same group.
    if theirs.is_exposed() && !ours.is_exposed() {
        let drawn_as = theirs.draw_id().with_text(|id| SmolStr::new(id));
        ours.identity_mut().draw_as(&drawn_as);
    }
    let mut first = NEVER;
    each_event(&ours.profile, |event| {
        first = first.min(event.at().micros())
    });
    let first_joined = merge_events(ours, &mut theirs);
    if let Some(triggers) = theirs.take_triggers() {
        let is_repeated = |id| plan.trigger(id).is_some_and(|t| t.reentry.is_always());
        ours.triggers_mut().merge(triggers, now, is_repeated);
    }
    if is_new {
        (ours.stages, ours.memberships) = (theirs.stages, theirs.memberships);
        let joined = JoinedStates::default();
        return Rewind {
            ours: now,
            theirs: now,
            joined,
        };
    }
    let joined = ours.stages.merge(theirs.stages);
    Rewind {
        ours: first_joined,
        theirs: first,
        joined,
    }
}

/// The events of both, those of one kind with one id once; the first that is new.
fn merge_events<P: LiveProfile>(ours: &mut ProfileState<P>, theirs: &mut ProfileState<P>) -> i64 {
    let mut first = NEVER;
    let events = std::mem::take(theirs.profile.events_mut());
    for event in events.into_events() {
        if !ours.is_known(&event) {
            first = first.min(event.at().micros());
            ours.add(event);
        }
    }
    first
}

//! The entries into triggers that an event may start.

use crate::engine::ids::TriggerId;
use crate::engine::live_profile::LiveProfile;
use crate::engine::plan::{Plan, TriggerOn, TriggerPlan};
use crate::engine::state::{ProfileState, TriggerEntry};
use crate::engine::triggers::SilencePlan;
use crate::eval::collection::events::SelectNode;
use crate::eval::context::Ctx;
use crate::profile::{Event, kind_index};
use std::sync::Arc;

/// The triggers that an event concerns, each with the entry that it would start; those on an event or a silence select it.
/// The profile does not have the event yet.
pub(crate) fn entries_of<P: LiveProfile>(
    plan: &Plan<P>,
    state: &ProfileState<P>,
    triggers: &[TriggerId],
    event: &P::Event,
    now: i64,
) -> Vec<(TriggerId, TriggerEntry)> {
    let ctx = Ctx {
        stages: Some(&state.stages),
        ..Ctx::new(&state.profile, now)
    };
    let entries = triggers.iter().filter_map(|id| {
        let entry = entry_of(plan.trigger(*id)?, &ctx, event)?;
        Some((*id, entry))
    });
    entries.collect()
}

fn entry_of<P: LiveProfile>(
    t: &TriggerPlan<P>,
    ctx: &Ctx<'_, P>,
    event: &P::Event,
) -> Option<TriggerEntry> {
    let select = match &t.on {
        TriggerOn::Event(select) => Some(select),
        TriggerOn::Silence(silence) => silence.first(),
        TriggerOn::Stage { .. }
        | TriggerOn::Change(_)
        | TriggerOn::Segment { .. }
        | TriggerOn::Date(_)
        | TriggerOn::Schedule { .. } => None,
    };
    if select.is_some_and(|s| !(s.kinds.contains(&kind_index(event)) && s.passes(ctx, event))) {
        return None;
    }
    let (at, key) = (event.at().micros(), t.key_of(event).map(Arc::from));
    // A silence that is over and that another event at that instant began as well has been noticed.
    if let TriggerOn::Silence(silence) = &t.on
        && silence.end(at) <= ctx.now
        && is_noticed(t, silence, ctx, at, key.as_deref())
    {
        return None;
    }
    let ordinal = select.map_or(0, |select| count_alike(select, ctx, event));
    Some(TriggerEntry {
        discriminator: event.id().map(|id| id.with_text(|id| id.into())),
        ordinal,
        key,
        event: t.entries.keep(event),
        ..TriggerEntry::at(at)
    })
}

/// Whether a silence with this key began at an instant and was kept.
pub(super) fn is_noticed<P: LiveProfile>(
    t: &TriggerPlan<P>,
    silence: &SilencePlan<P>,
    ctx: &Ctx<'_, P>,
    since: i64,
    key: Option<&str>,
) -> bool {
    let mut kept = silence.kept_since(ctx, since);
    kept.any(|event| t.key_of(event).as_deref() == key)
}

/// How many selected events the profile has at the same instant that the event's id does not tell from it: those of other kinds
/// with this id, or, if it has none, all without one.
fn count_alike<P: LiveProfile>(select: &SelectNode<P>, ctx: &Ctx<'_, P>, event: &P::Event) -> u32 {
    let (at, id) = (event.at().micros(), event.id());
    if id.is_some() && select.kinds.len() == 1 {
        return 0;
    }
    let of_kind = |kind: &usize| {
        let others = ctx.of_kind(*kind).iter(at, at.saturating_add(1));
        let alike = others.filter(|other| other.id() == id && select.passes(ctx, other));
        alike.count()
    };
    u32::try_from(select.kinds.iter().map(of_kind).sum::<usize>()).unwrap_or(u32::MAX)
}

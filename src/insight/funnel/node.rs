//! The steps of a funnel bound to a profile type, and the events of a profile that may be steps.

use crate::eval::Binder;
use crate::eval::collection::events::SelectNode;
use crate::eval::context::Ctx;
use crate::insight::kpi::after;
use crate::ir::{CalendarSpan, Select, SlotId};
use crate::profile::{Event, Profile};
use crate::rulebook::reports::{BetweenSteps, FunnelPlan, StepOrder, Ties, events_read};
use crate::time::Zone;

/// The steps of a funnel bound to a profile type.
pub(super) struct FunnelNode<P: Profile> {
    pub(super) steps: Vec<StepNode<P>>,
    pub(super) without: Option<StepNode<P>>,
    /// For each number of steps done, which of them later events read, ascending.
    pub(super) held: Vec<Vec<usize>>,
    pub(super) between: BetweenSteps,
    pub(super) order: StepOrder,
    pub(super) ties: Ties,
    pub(super) within: Option<CalendarSpan>,
    zone: Zone,
    /// The kinds whose events matter.
    kinds: Vec<usize>,
}

/// A step, or what ends attempts.
pub(super) struct StepNode<P: Profile> {
    pub(super) events: SelectNode<P>,
    pub(super) slot: Option<SlotId>,
    /// Whether it reads the events of earlier steps.
    pub(super) reads: bool,
}

/// An event that may matter.
pub(super) struct StepEvent<'a, E> {
    pub(super) at: i64,
    pub(super) event: &'a E,
    pub(super) kind: usize,
    /// A bit for each step that it is, of those which read no other event.
    pub(super) steps: u32,
    /// Whether it ends attempts, of what reads no other event.
    pub(super) ends: bool,
}

impl<P: Profile> FunnelNode<P> {
    pub(super) fn bind(plan: &FunnelPlan, binder: &mut Binder<'_, P>) -> Self {
        let zone = binder.calendar.zone;
        let mut step = |events: &Select| StepNode {
            events: binder.select(events),
            slot: events.slot,
            reads: events_read(events).next().is_some(),
        };
        let steps: Vec<StepNode<P>> = plan.steps.iter().map(|s| step(&s.events)).collect();
        let without = plan.without.as_ref().map(step);
        let kinds = match plan.between {
            BetweenSteps::Anything => {
                let all = steps.iter().chain(&without);
                let mut kinds: Vec<usize> = all.flat_map(|s| &s.events.kinds).copied().collect();
                kinds.sort_unstable();
                kinds.dedup();
                kinds
            }
            BetweenSteps::Repeats | BetweenSteps::Nothing => {
                (0..binder.model.schema.kinds().len()).collect()
            }
        };
        FunnelNode {
            steps,
            without,
            held: held(plan),
            between: plan.between,
            order: plan.order,
            ties: plan.ties,
            within: plan.within,
            zone,
            kinds,
        }
    }

    /// The last instant at which an attempt may go on that begins at one.
    pub(super) fn end(&self, at: i64) -> i64 {
        self.within
            .map_or(i64::MAX, |within| after(at, within, self.zone))
    }

    /// The events that may matter, in the order of their instants; each is judged as things were when it happened.
    pub(super) fn happenings<'a>(
        &self,
        profile: &'a P,
        from: i64,
        until: i64,
    ) -> Vec<StepEvent<'a, P::Event>> {
        let mut events = Vec::new();
        for kind in &self.kinds {
            for event in Ctx::new(profile, until).of_kind(*kind).iter(from, until) {
                let at = event.at().micros();
                let ctx = Ctx::new(profile, at);
                let is = |step: &StepNode<P>| {
                    !step.reads
                        && step.events.kinds.contains(kind)
                        && step.events.passes(&ctx, event)
                };
                let steps = self.steps.iter().enumerate();
                let steps = steps.fold(0, |bits, (i, step)| bits | u32::from(is(step)) << i);
                let ends = self.without.as_ref().is_some_and(is);
                let may_matter =
                    |step: &StepNode<P>| step.reads && step.events.kinds.contains(kind);
                let matters = steps != 0
                    || ends
                    || self.between != BetweenSteps::Anything
                    || self.steps.iter().chain(&self.without).any(may_matter);
                if matters {
                    events.push(StepEvent {
                        at,
                        event,
                        kind: *kind,
                        steps,
                        ends,
                    });
                }
            }
        }
        events.sort_by_key(|event| event.at);
        events
    }
}

/// For each number of steps done, those whose events something reads that is still asked: later steps, what ends an attempt, and
/// where nothing but repeats may lie between, the last step.
fn held(plan: &FunnelPlan) -> Vec<Vec<usize>> {
    let n = plan.steps.len();
    let reads = |select: &Select, of: usize| {
        let slot = plan.steps.get(of).and_then(|step| step.events.slot);
        slot.is_some_and(|slot| events_read(select).any(|read| read == slot))
    };
    let is_held = |done: usize, of: usize| {
        let repeats = usize::from(plan.between == BetweenSteps::Repeats);
        let asked = plan.steps.iter().skip(done.saturating_sub(repeats));
        let asked = asked.map(|step| &step.events).chain(&plan.without);
        asked.into_iter().any(|select| reads(select, of))
    };
    let held = |done: usize| (0..done).filter(|of| is_held(done, *of)).collect();
    (0..=n).map(held).collect()
}

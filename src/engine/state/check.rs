//! Whether a state that was read fits together: what was damaged on its way is an error, not another answer.

use super::{EngineState, LifecycleState, ProfileState, SavedLifecycle, StateHeader};
use crate::engine::ids::TriggerId;
use crate::ir::StageSet;
use crate::time::{DAY, Instant, NEVER};
use std::collections::HashSet;

impl<P> EngineState<P> {
    /// What is wrong with the state, if anything is: positions that nothing has, instants that no calendar has, and what is out
    /// of order.
    pub(crate) fn damage(&self) -> Option<String> {
        let header = &self.header;
        if !is_instant(header.now) || !is_instant(header.due_before) {
            return Some("the engine's time is no instant".to_owned());
        }
        if header.lateness < 0 || header.max_future_skew < 0 {
            return Some("the lateness or the greatest skew is negative".to_owned());
        }
        let (mut ids, mut owned) = (HashSet::new(), HashSet::new());
        self.profiles.iter().find_map(|profile| {
            let others = profile.identity().ids().filter(|id| **id != profile.id);
            let damage = match [&profile.id]
                .into_iter()
                .chain(others)
                .all(|id| ids.insert(id))
            {
                true => profile.damage(header),
                false => Some("it is there twice"),
            };
            let mut identifiers = profile.identity().identifiers();
            let damage = damage.or_else(|| match identifiers.all(|own| owned.insert(own)) {
                true => None,
                false => Some("another profile has one of its identifiers"),
            });
            damage.map(|what| format!("profile `{}`: {what}", profile.id))
        })
    }
}

impl<P> ProfileState<P> {
    fn damage(&self, header: &StateHeader) -> Option<&'static str> {
        if !is_instant(self.updated) {
            return Some("its last update is at no instant");
        }
        let segments = self.memberships.iter().map(|m| m.segment.index());
        if !is_ascending(segments.clone()) || segments.max() >= Some(header.segments.len()) {
            return Some("it is in segments that there are not");
        }
        if !self.memberships.iter().all(|m| is_to_come(m.until)) {
            return Some("a segment lasts until no instant");
        }
        let lifecycles = self.stages.iter().map(|s| (&s.lifecycle, &s.subject));
        if !is_ascending(lifecycles) {
            return Some("its lifecycles are out of order");
        }
        if !self.stages.iter().all(|state| is_sound(state, header)) {
            return Some("it is in stages that there are not");
        }
        let is_known = |id: TriggerId| id.index() < header.triggers.len();
        let steps_of = |id: TriggerId| header.triggers.get(id.index()).map(|t| t.steps.len());
        let runs = &self.triggers().runs;
        if !runs.is_sound(steps_of, is_instant, is_to_come) {
            return Some("it is in journeys or steps that there are not");
        }
        if !self.triggers().is_sound(is_known, is_instant, is_to_come) {
            return Some(
                "what waits for it belongs to no trigger or no instant, or is out of order",
            );
        }
        None
    }
}

fn is_sound(state: &LifecycleState, header: &StateHeader) -> bool {
    let mut lifecycles = header.lifecycles.iter();
    let Some(lifecycle) = lifecycles.find(|l| l.lifecycle == state.lifecycle) else {
        return false;
    };
    let SavedLifecycle { stages, .. } = lifecycle;
    let all = StageSet::of_first(stages.len());
    let moves = state.moves.iter();
    state.holding.is_within(all)
        && moves.clone().all(|m| m.stage.index() < stages.len())
        && moves.clone().all(|m| is_instant(m.at))
        && moves.clone().zip(moves.skip(1)).all(|(a, b)| a.at <= b.at)
        && is_instant(state.covered)
        && state.undated.iter().all(|at| is_instant(*at))
        && [state.next, state.wake].into_iter().all(is_to_come)
        && is_ascending(state.undated.iter())
}

/// Whether this is an instant of the calendar, or next to it, or stands for none.
fn is_instant(at: i64) -> bool {
    let calendar = Instant::MIN.micros() - DAY..=Instant::MAX.micros() + DAY;
    calendar.contains(&at) || at == NEVER || at == i64::MIN
}

/// Whether something may happen then, which may be after the end of the calendar.
fn is_to_come(at: i64) -> bool {
    at >= Instant::MIN.micros() - DAY
}

/// Whether each is greater than the one before.
fn is_ascending<T: PartialOrd>(all: impl Iterator<Item = T> + Clone) -> bool {
    all.clone().zip(all.skip(1)).all(|(a, b)| a < b)
}

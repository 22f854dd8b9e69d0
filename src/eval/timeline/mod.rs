//! State over time: the values of an attribute, the stages of a lifecycle, being in a segment. Each is a [`StateTimeline`].

pub(crate) mod attribute;
pub(crate) mod lifecycle;
pub(crate) mod progress;
pub(crate) mod stage;
pub(crate) mod stage_history;

use super::bounded::Bounded;
use super::context::Ctx;
use super::window::shift::moved;
use crate::ir::{Calendar, CalendarSpan};
use crate::profile::{Profile, Val};
use crate::syntax::HeldOp;
use crate::time::{Instant, NEVER};
use std::ops::ControlFlow;

/// Since when a profile has been in a state without a break.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Since {
    /// It is not in the state.
    Not,
    From(i64),
    /// Since before all that is known.
    Ever,
}

impl Since {
    /// From an instant on; [`Instant::MIN`] is where all that is known begins.
    pub(crate) fn from_instant(at: Option<i64>) -> Self {
        match at {
            None => Since::Not,
            Some(at) if at == Instant::MIN.micros() => Since::Ever,
            Some(at) => Since::From(at),
        }
    }
}

/// `for at least 3 days`
#[derive(Clone, Copy, Debug)]
pub(crate) struct HeldFor {
    pub(crate) op: HeldOp,
    pub(crate) duration: CalendarSpan,
    pub(crate) calendar: Calendar,
}

impl HeldFor {
    /// When a state that began at `since` has lasted so long.
    pub(crate) fn reached(&self, since: i64) -> i64 {
        let (months, micros) = self.duration.parts();
        moved(since, months, self.calendar).saturating_add(micros)
    }

    /// Whether the state has lasted as asked. `next_change` is the first instant after `now` at which it is entered or left.
    pub(crate) fn evaluate(&self, now: i64, since: Since, next_change: i64) -> Bounded {
        let reached = match since {
            Since::Not => return Bounded::new(false, next_change),
            Since::From(since) => self.reached(since),
            Since::Ever => i64::MIN,
        };
        let (holds, turn) = match self.op {
            HeldOp::MoreThan => (reached < now, reached.saturating_add(1)),
            HeldOp::AtLeast => (reached <= now, reached),
            HeldOp::LessThan => (reached > now, reached),
        };
        let turn = if turn > now { turn } else { NEVER };
        Bounded::new(holds, next_change.min(turn))
    }
}

/// What a walk along the values of a state comes to.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Step<'v> {
    /// What the state is where the walk begins, and since when.
    Is { since: i64, value: Val<'v> },
    /// It changes. At one instant it may do so several times.
    Becomes {
        at: i64,
        before: Val<'v>,
        after: Val<'v>,
    },
    /// All that was up to `ctx.now` has been visited; what comes after that is foreseen, if nothing new happens.
    Now,
    /// The search ended here: what comes is not known.
    Unknown { from: i64 },
}

/// How much of the past of a state is needed.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Past {
    All,
    /// What was before this instant may be left out.
    From(i64),
    /// What was before the last change may be left out.
    LastChange,
}

/// Something that has a value over time. What is asked of it is the same whatever it is (`cond/state.rs`).
pub(crate) trait StateTimeline<P: Profile>: Send + Sync {
    /// Visits what was and what will be, in order, for as long as it is told to go on.
    fn walk<'a>(
        &'a self,
        ctx: &Ctx<'a, P>,
        past: Past,
        visit: &mut dyn FnMut(Step<'a>) -> ControlFlow<()>,
    ) -> ControlFlow<()>;

    /// Upper bound on the instants at which the data can change the state.
    fn max_changes<'a>(&'a self, ctx: &Ctx<'a, P>, of: usize) -> usize;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::DAY;

    fn held_for(op: HeldOp) -> HeldFor {
        HeldFor {
            op,
            duration: CalendarSpan::Micros(3 * DAY),
            calendar: Calendar::default(),
        }
    }

    #[test]
    fn a_state_that_began_holds_from_when_it_has_lasted_so_long() {
        // It began on day 10 and ends on day 20.
        let on = |op, day: i64| held_for(op).evaluate(day * DAY, Since::From(10 * DAY), 20 * DAY);
        assert_eq!(on(HeldOp::AtLeast, 12), Bounded::new(false, 13 * DAY));
        assert_eq!(on(HeldOp::AtLeast, 13), Bounded::new(true, 20 * DAY));
        // Just three days are not more than three days; a microsecond later they are.
        assert_eq!(on(HeldOp::MoreThan, 13), Bounded::new(false, 13 * DAY + 1));
        assert_eq!(on(HeldOp::LessThan, 12), Bounded::new(true, 13 * DAY));
        assert_eq!(on(HeldOp::LessThan, 14), Bounded::new(false, 20 * DAY));
    }

    #[test]
    fn what_has_always_been_so_has_lasted_long_enough() {
        let ever = held_for(HeldOp::AtLeast).evaluate(0, Since::Ever, NEVER);
        assert_eq!(ever, Bounded::forever(true));
        let not = held_for(HeldOp::LessThan).evaluate(0, Since::Not, 7);
        assert_eq!(not, Bounded::new(false, 7));
    }
}

//! State over time: the values of an attribute, the stages of a lifecycle, being in a segment.
//!
//! Whatever the state is, "for at least 3 days" and "entered within 7 days" mean the same: [`HeldFor`] and [`Transitions`] say
//! until when such an answer is certain.

pub(crate) mod attribute;
pub(crate) mod lifecycle;
pub(crate) mod progress;
pub(crate) mod stage;
pub(crate) mod stage_history;

use super::bounded::Bounded;
use super::context::Ctx;
use super::window::bound::BoundNode;
use super::window::shift::moved;
use crate::ir::{Calendar, CalendarSpan};
use crate::profile::Profile;
use crate::syntax::HeldOp;
use crate::time::{Instant, MAX_BACK, NEVER};

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

/// The transitions of one kind that bear on a window `within 7 days`, which starts at `low` now.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Transitions {
    low: i64,
    /// The last before the window.
    before: Option<i64>,
    /// The last inside.
    last: Option<i64>,
}

impl Transitions {
    pub(crate) fn new(low: i64) -> Self {
        Transitions {
            low,
            before: None,
            last: None,
        }
    }

    /// The first instant of which the transitions matter: a window of months can move back, and so take in what lay just before
    /// it.
    pub(crate) fn start(&self) -> i64 {
        self.low.saturating_sub(MAX_BACK).max(Instant::MIN.micros())
    }

    /// Adds a transition; one after another, and none after now.
    pub(crate) fn add(&mut self, at: i64) {
        if at >= self.low {
            self.last = Some(at);
        } else if at >= self.start() {
            self.before = Some(at);
        }
    }

    /// Whether one of them lies in the window, whose bound is `since`. `next` finds the first that is still to come.
    pub(crate) fn evaluate<'a, P: Profile>(
        &self,
        ctx: &Ctx<'a, P>,
        since: &'a BoundNode<P>,
        next: impl FnOnce() -> i64,
    ) -> Bounded {
        let crossing = |at: Option<i64>| at.map_or(NEVER, |at| since.next_crossing(ctx, at));
        if self.last.is_some() {
            return Bounded::new(true, crossing(self.last));
        }
        Bounded::new(false, next().min(crossing(self.before)))
    }
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

    #[test]
    fn a_transition_just_before_the_window_is_kept_for_when_it_moves_back() {
        let mut transitions = Transitions::new(100 * DAY);
        transitions.add(90 * DAY);
        assert_eq!((transitions.before, transitions.last), (None, None));
        transitions.add(98 * DAY);
        transitions.add(101 * DAY);
        assert_eq!(transitions.before, Some(98 * DAY));
        assert_eq!(transitions.last, Some(101 * DAY));
    }
}

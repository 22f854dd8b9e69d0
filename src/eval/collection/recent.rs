//! What happened lately, which most rules ask.
//!
//! While no event is still to come, a trailing window only loses what it holds. So one look at its newest events says both
//! whether enough is in it and when that ends: of purchases on the 3rd, 9th and 20th of May, two are within 30 days until 30
//! days after the 9th, and never again.

use crate::eval::context::{Ctx, first_not_below};
use crate::eval::window::WindowNode;
use crate::eval::window::bound::AnchorNode;
use crate::profile::{Event, Events, Profile};
use crate::time::NEVER;

/// The events of one kind, as far as a trailing window reaches back, or ever.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TrailingWindow {
    pub(super) kind: usize,
    /// How far the window reaches back; an event is in it up to that long after its instant. `None`: for ever.
    pub(super) back: Option<i64>,
}

impl TrailingWindow {
    /// Windows that are no more than that.
    pub(super) fn of<P: Profile>(kinds: &[usize], windows: &WindowNode<P>) -> Option<Self> {
        let back = match (windows.lower.as_slice(), windows.upper.as_slice()) {
            ([], []) => None,
            ([bound], []) => match (&bound.anchor, bound.then) {
                (AnchorNode::Now(micros), None) => {
                    Some(micros.saturating_add(bound.plus).checked_neg()?)
                }
                _ => return None,
            },
            _ => return None,
        };
        let [kind] = *kinds else {
            return None;
        };
        back.is_none_or(|back| back >= 0)
            .then_some(TrailingWindow { kind, back })
    }

    pub(crate) fn is_bounded(self) -> bool {
        self.back.is_some()
    }

    /// The first instant at which what happened at `at`, and is in the window, has left it.
    pub(crate) fn leaves(self, at: i64) -> i64 {
        self.back
            .map_or(NEVER, |back| at.saturating_add(back).saturating_add(1))
    }

    /// The events of the kind and where the window begins. `None` where they are not at hand in order, or one is still to
    /// come.
    #[inline]
    pub(super) fn recent_events<'a, P: Profile>(
        self,
        ctx: &Ctx<'a, P>,
    ) -> Option<RecentEvents<'a, P::Event>> {
        let Events::Timeline(timeline) = ctx.events else {
            return None;
        };
        let events = timeline.of_kind(self.kind);
        if events
            .last()
            .is_some_and(|last| last.at().micros() > ctx.now)
        {
            return None;
        }
        let start = self.back.map_or(0, |back| {
            first_not_below(events, ctx.now.saturating_sub(back))
        });
        Some(RecentEvents {
            events,
            start,
            window: self,
        })
    }
}

/// The events of a trailing window, none of which is still to come.
pub(crate) struct RecentEvents<'a, E> {
    /// All of the kind, ascending by their instants.
    pub(crate) events: &'a [E],
    /// The position of the first in the window.
    pub(crate) start: usize,
    pub(crate) window: TrailingWindow,
}

impl<E: Event> RecentEvents<'_, E> {
    /// The first instant at which an event that is in the window has left it.
    pub(crate) fn leaves(&self, event: &E) -> i64 {
        self.window.leaves(event.at().micros())
    }
}

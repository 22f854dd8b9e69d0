//! Sequences: one thing, then another, then a silence.

use super::bound::moved;
use super::context::Ctx;
use super::scratch::{Entry, with_buffer};
use super::select::SelectNode;
use crate::profile::{Event, Profile};
use crate::rule::ir::{Calendar, Lapse};
use crate::time::NEVER;

/// A sequence ready to run.
pub(crate) struct SequenceNode<P: Profile> {
    pub(crate) steps: Vec<StepNode<P>>,
    /// Whether a step looks at the event of an earlier one.
    pub(crate) correlated: bool,
    pub(crate) calendar: Calendar,
}

pub(crate) struct StepNode<P: Profile> {
    pub(crate) absent: bool,
    pub(crate) select: SelectNode<P>,
    pub(crate) least: Option<Lapse>,
    pub(crate) most: Option<Lapse>,
    pub(crate) slot: Option<usize>,
}

/// The most named steps of a sequence; the checker allows no more steps at all.
const MOST_SLOTS: usize = 16;

impl<P: Profile> SequenceNode<P> {
    pub(crate) fn plus(&self, t: i64, lapse: Lapse) -> i64 {
        let (months, micros) = lapse.parts();
        moved(t, months, self.calendar).saturating_add(micros)
    }

    /// Whether `later` follows `earlier` with a gap that the step allows.
    pub(crate) fn follows(&self, step: &StepNode<P>, earlier: i64, later: i64) -> bool {
        later > earlier
            && step.least.is_none_or(|least| self.plus(earlier, least) <= later)
            && step.most.is_none_or(|most| later <= self.plus(earlier, most))
    }

    /// Whether some chain of events meets all steps; and, if `looking_ahead`, an instant before which that cannot change.
    pub(crate) fn judge<'a>(&'a self, ctx: &Ctx<'a, P>, looking_ahead: bool) -> (bool, i64) {
        // The earliest instant at which a silence that lasts so far will have lasted long enough.
        let mut pending = NEVER;
        let found = if self.correlated {
            let mut bound = [None; MOST_SLOTS];
            self.search(ctx, 0, None, &mut bound, &mut pending)
        } else {
            self.sweep(ctx, &mut pending)
        };
        if !looking_ahead {
            return (found.is_some(), NEVER);
        }
        let until = match found {
            Some(origin) if !self.correlated => self.until_lost(ctx, origin),
            Some(_) => self.steps.iter().map(|s| s.select.stable(ctx)).min().unwrap_or(NEVER),
            None => {
                let steps =
                    self.steps.iter().map(|s| if s.absent { s.select.stable(ctx) } else { s.select.next_enter(ctx) });
                let following = if self.correlated { self.next_unseen(ctx) } else { NEVER };
                steps.min().unwrap_or(NEVER).min(pending).min(following)
            }
        };
        (found.is_some(), until)
    }

    /// While the sequence holds by chains of which the latest begins at `origin`: an instant before which it holds.
    fn until_lost<'a>(&'a self, ctx: &Ctx<'a, P>, origin: i64) -> i64 {
        let mut until = NEVER;
        for (i, step) in self.steps.iter().enumerate() {
            let windows = &step.select.windows;
            let still = !step.absent
                && !step.select.restless
                && !windows.lower.iter().chain(&windows.upper).any(super::bound::BoundNode::moves);
            let at = if i == 0 && !step.select.restless && windows.upper.iter().all(|b| !b.moves()) {
                windows.leave(ctx, origin, origin).min(windows.stable(ctx))
            } else if still {
                windows.stable(ctx)
            } else {
                step.select.stable(ctx)
            };
            until = until.min(at);
        }
        until
    }

    /// When the next event of any step is seen.
    fn next_unseen<'a>(&'a self, ctx: &Ctx<'a, P>) -> i64 {
        let unseen = self
            .steps
            .iter()
            .flat_map(|s| &s.select.kinds)
            .flat_map(|k| ctx.of_kind(*k).iter(ctx.now.saturating_add(1), i64::MAX));
        unseen.map(|e| e.at().micros()).min().unwrap_or(NEVER)
    }

    /// One pass over each step's events in time order. What a pass keeps are the instants at which the steps so far can be
    /// complete, each with the latest first event that leads there. Where a gap has an upper end the latest such instant
    /// is always the best, so two pointers suffice. Returns the latest first event of a whole chain.
    fn sweep<'a>(&'a self, ctx: &Ctx<'a, P>, pending: &mut i64) -> Option<i64> {
        with_buffer(|reach| {
            with_buffer(|events| {
                with_buffer(|next| {
                    for (i, step) in self.steps.iter().enumerate() {
                        events.clear();
                        step.select.each(ctx, |_, e| events.push((e.at().micros(), e.at().micros())));
                        events.sort_unstable();
                        if i == 0 {
                            std::mem::swap(reach, events);
                            continue;
                        }
                        next.clear();
                        if step.absent {
                            self.silence(ctx, step, reach, events, next, pending);
                        } else {
                            self.advance(step, reach, events, next);
                        }
                        std::mem::swap(reach, next);
                        if reach.is_empty() {
                            return None;
                        }
                    }
                    reach.iter().map(|(_, origin)| *origin).max()
                })
            })
        })
    }

    fn advance(&self, step: &StepNode<P>, reach: &[Entry], events: &[Entry], next: &mut Vec<Entry>) {
        let in_months = [step.least, step.most].iter().any(|l| matches!(l, Some(Lapse::Months(_))));
        let mut candidates = reach;
        let mut latest: Option<Entry> = None;
        for (at, _) in events {
            if in_months {
                // Months are clamped at their ends, so the gap is not monotone: look at each pair.
                let origin = reach.iter().filter(|(t, _)| self.follows(step, *t, *at)).map(|(_, o)| *o).max();
                next.extend(origin.map(|origin| (*at, origin)));
                continue;
            }
            while let [first, rest @ ..] = candidates {
                if first.0 >= *at || step.least.is_some_and(|least| self.plus(first.0, least) > *at) {
                    break;
                }
                latest = Some(latest.map_or(*first, |l| (first.0, l.1.max(first.1))));
                candidates = rest;
            }
            if let Some((t, origin)) = latest
                && self.follows(step, t, *at)
            {
                next.push((*at, origin));
            }
        }
    }

    fn silence<'a>(
        &'a self,
        ctx: &Ctx<'a, P>,
        step: &StepNode<P>,
        reach: &[Entry],
        events: &[Entry],
        next: &mut Vec<Entry>,
        pending: &mut i64,
    ) {
        for (t, origin) in reach {
            let from = match step.least {
                Some(least) => self.plus(*t, least).max(t.saturating_add(1)),
                None => t.saturating_add(1),
            };
            let first = events.partition_point(|(at, _)| *at < from);
            let broken =
                events.get(first).is_some_and(|(at, _)| step.most.is_none_or(|most| *at <= self.plus(*t, most)));
            if broken {
                continue;
            }
            let done = step.most.map_or(*t, |most| self.plus(*t, most));
            if step.most.is_some() && done >= ctx.now {
                *pending = (*pending).min(done.saturating_add(1));
            } else {
                next.push((done, *origin));
            }
        }
        next.sort_unstable();
    }

    /// Steps that look at earlier events: chains are tried one by one, each step only within its gap. Returns the first
    /// event of a chain.
    fn search<'a>(
        &'a self,
        ctx: &Ctx<'a, P>,
        i: usize,
        after: Option<i64>,
        bound: &mut [Option<&'a P::Event>; MOST_SLOTS],
        pending: &mut i64,
    ) -> Option<i64> {
        let Some(step) = self.steps.get(i) else { return Some(i64::MAX) };
        if step.absent {
            let after = after?;
            let end = step.most.map_or(i64::MAX, |most| self.plus(after, most));
            if self.candidates(ctx, step, Some(after), bound, |_| true) {
                return None;
            }
            if step.most.is_some() && end >= ctx.now {
                *pending = (*pending).min(end.saturating_add(1));
                return None;
            }
            return self.search(ctx, i + 1, Some(if step.most.is_some() { end } else { after }), bound, pending);
        }
        let mut origin = None;
        let current = *bound;
        self.candidates(ctx, step, after, &current, |event| {
            let mut bound = current;
            if let Some(slot) = step.slot.and_then(|s| bound.get_mut(s)) {
                *slot = Some(event);
            }
            let at = event.at().micros();
            let found = self.search(ctx, i + 1, Some(at), &mut bound, pending);
            if found.is_some() {
                origin = Some(at);
            }
            found.is_some()
        });
        origin
    }

    /// Calls `visit` for each event that a step may take, until one is accepted; says whether one was.
    fn candidates<'a>(
        &'a self,
        ctx: &Ctx<'a, P>,
        step: &'a StepNode<P>,
        after: Option<i64>,
        bound: &[Option<&'a P::Event>],
        mut visit: impl FnMut(&'a P::Event) -> bool,
    ) -> bool {
        let here = Ctx { steps: bound, ..*ctx };
        // INVARIANT: `here` lives shorter than the profile; windows and tests only read through it.
        let Some((low, high)) = step_range(step, &here) else { return false };
        let low = after.map_or(low, |a| low.max(a.saturating_add(1)));
        for kind in &step.select.kinds {
            for event in ctx.of_kind(*kind).iter(low, high) {
                let in_gap = after.is_none_or(|a| self.follows(step, a, event.at().micros()));
                if in_gap && step.select.passes(ctx, event) && correlates(step, &here, event) && visit(event) {
                    return true;
                }
            }
        }
        false
    }
}

pub(crate) fn step_range<'s, P: Profile>(step: &'s StepNode<P>, ctx: &Ctx<'s, P>) -> Option<(i64, i64)> {
    let (low, high) = step.select.windows.range(ctx)?;
    Some((low, high.min(ctx.now.saturating_add(1))))
}

pub(crate) fn correlates<'s, P: Profile>(step: &'s StepNode<P>, ctx: &Ctx<'s, P>, event: &'s P::Event) -> bool {
    let ctx = ctx.with_event(event);
    step.select.correlated.iter().all(|node| node.holds(&ctx))
}

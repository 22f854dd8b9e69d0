//! Sequences: one thing, then another, then a silence.
//!
//! A sequence is swept step by step: what a pass keeps are the instants at which the steps so far can be complete. Where a
//! later step reads an earlier one by equal values only (`campaign = c.campaign`), the pass goes value by value. What is
//! asked of all events together is a part of the pass as well (`joint.rs`). Any other reading of an earlier step keeps that
//! step's event: its events are tried one by one, each once for all that does not depend on others.

pub(crate) mod correlation;
mod joint;
mod matches;
mod since;

use super::Condition;
use crate::eval::Binder;
use crate::eval::bounded::{Bounded, NextChange};
use crate::eval::collection::Collection;
use crate::eval::collection::events::SelectNode;
use crate::eval::context::{Ctx, NamedEvents};
use crate::eval::probe::sum;
use crate::eval::scratch::{pooled, with_buffer};
use crate::eval::value::TermNode;
use crate::eval::window::bound::BoundNode;
use crate::eval::window::shift::moved;
use crate::ir::{Calendar, CalendarSpan, SlotId, Step};
use crate::profile::{Event, Profile, Val};
use crate::time::NEVER;
use correlation::correlations;
use joint::{Deadline, JointTests};
use matches::Trace;
use since::{Known, Since};
use std::cmp::Ordering;
use std::ops::Range;

/// A sequence ready to run.
pub(crate) struct SequenceNode<P: Profile> {
    pub(crate) steps: Vec<StepNode<P>>,
    /// Whether a step reads the event of an earlier one.
    pub(crate) correlated: bool,
    pub(crate) calendar: Calendar,
    /// How long after the first event the others may come.
    deadline: Option<Deadline>,
    /// What a look says of later ones.
    since: Option<Since>,
}

pub(crate) struct StepNode<P: Profile> {
    pub(crate) absent: bool,
    pub(crate) select: SelectNode<P>,
    pub(crate) least: Option<CalendarSpan>,
    pub(crate) most: Option<CalendarSpan>,
    pub(crate) slot: Option<SlotId>,
    pub(crate) keys: Vec<KeyNode<P>>,
    /// Which of the tests that read earlier steps the keys leave over.
    pub(crate) residual_correlated: Vec<usize>,
    /// The last step that reads its event in other ways than by keys.
    last_reader: Option<usize>,
    /// Whether several kept events before it can lead to one of its own.
    follows_kept: bool,
    /// Whether the deadline of the sequence is one of its event.
    has_deadline: bool,
    /// What may not happen between the event before and its own, both excluded.
    none_between: Vec<SelectNode<P>>,
}

/// Two values that are equal: of the event before, and of the event of the step.
pub(crate) struct KeyNode<P: Profile> {
    pub(crate) before: TermNode<P>,
    pub(crate) own: TermNode<P>,
}

/// What a step goes on with.
struct Onward<'s> {
    /// The instants of what may not lie in between, in order.
    barriers: &'s [i64],
    /// What completes the step.
    next: &'s mut Vec<PartialMatch>,
    /// The earliest instant at which a silence that lasts so far will have lasted long enough.
    pending: i64,
}

/// The steps so far, complete.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PartialMatch {
    /// Since when: the instant of the last event, or the end of a silence.
    at: i64,
    /// The first event of a chain that leads here.
    origin: i64,
    /// The position of the last event.
    event: i64,
}

pooled!(PartialMatch);

/// What a search learns on its way.
struct SearchState<'s> {
    /// The earliest instant at which a silence that lasts so far will have lasted long enough.
    pending: i64,
    /// The earliest instant at which a test that reads an earlier step may come out otherwise; kept where `until` is asked.
    certain: Option<i64>,
    /// The way of the sweep; kept where a match is asked for.
    trace: Option<&'s mut Trace>,
    /// Chains that begin before this are known of.
    from: i64,
    /// A bit for each step and event from which nothing leads further.
    dead_ends: &'s mut Vec<u64>,
}

impl<P: Profile> SequenceNode<P> {
    pub(crate) fn bind(binder: &mut Binder<'_, P>, steps: &[Step]) -> Self {
        let JointTests {
            steps,
            of_steps,
            deadline,
        } = JointTests::of(steps);
        let written = steps;
        let nodes = written.iter().zip(correlations(&written)).zip(&of_steps);
        let steps: Vec<StepNode<P>> = nodes
            .map(|((step, correlation), joint)| StepNode {
                absent: step.absent,
                select: binder.select_of_step(&step.select),
                least: step.least,
                most: step.most,
                slot: step.select.slot,
                keys: (correlation.keys.iter())
                    .map(|(before, own)| KeyNode {
                        before: binder.term(before),
                        own: binder.term(own),
                    })
                    .collect(),
                residual_correlated: correlation.residual_correlated,
                last_reader: correlation.last_reader,
                follows_kept: correlation.follows_kept,
                has_deadline: joint.has_deadline,
                none_between: (joint.none_between.iter())
                    .map(|select| binder.select(select))
                    .collect(),
            })
            .collect();
        let correlated = steps
            .iter()
            .any(|s| s.select.window_reads_step || !s.select.correlated.is_empty());
        let none_between = of_steps.iter().flat_map(|joint| &joint.none_between);
        SequenceNode {
            since: Since::of(&steps, written.iter(), none_between, deadline),
            steps,
            correlated,
            calendar: binder.calendar,
            deadline,
        }
    }

    pub(crate) fn plus(&self, t: i64, length: CalendarSpan) -> i64 {
        let (months, micros) = length.parts();
        moved(t, months, self.calendar).saturating_add(micros)
    }

    /// The first instant after `earlier` that the gap of a step allows.
    pub(crate) fn opens(&self, step: &StepNode<P>, earlier: i64) -> i64 {
        let next = earlier.saturating_add(1);
        step.least
            .map_or(next, |least| self.plus(earlier, least).max(next))
    }

    /// The last instant after `earlier` that the gap of a step allows.
    pub(crate) fn closes(&self, step: &StepNode<P>, earlier: i64) -> i64 {
        step.most.map_or(i64::MAX, |most| self.plus(earlier, most))
    }

    /// Whether `later` follows `earlier` with a gap that the step allows.
    pub(crate) fn follows(&self, step: &StepNode<P>, earlier: i64, later: i64) -> bool {
        self.opens(step, earlier) <= later && later <= self.closes(step, earlier)
    }

    /// Whether some chain of events meets all steps; and, if `looking_ahead`, an instant before which that cannot change.
    fn run<'a>(&'a self, ctx: &Ctx<'a, P>, looking_ahead: bool) -> Bounded {
        let certain = looking_ahead.then_some(NEVER);
        let (found, pending, certain) = match self.known(ctx) {
            Known::Nothing => self.sweep_all(ctx, i64::MIN, certain),
            Known::NoChain => (None, NEVER, certain),
            Known::Before { from, origin } => {
                let (found, pending, certain) = self.sweep_all(ctx, from, certain);
                (found.max(origin), pending, certain)
            }
        };
        self.keep_look(ctx, found);
        let Some(certain) = certain else {
            return Bounded::forever(found.is_some());
        };
        let until = match found {
            Some(origin) => self.until_lost(ctx, origin),
            None => {
                let steps = self.steps.iter().map(|s| {
                    let events = if s.absent {
                        s.select.valid_until(ctx)
                    } else {
                        s.select.next_entry(ctx)
                    };
                    events.min(s.barriers_valid_until(ctx))
                });
                let following = if self.correlated {
                    self.next_unseen(ctx)
                } else {
                    NEVER
                };
                steps.min().unwrap_or(NEVER).min(pending).min(following)
            }
        };
        Bounded::new(found.is_some(), until.min(certain))
    }

    /// Sweeps all steps, from the events of the first on that are not before `from`: the first event of a whole chain, when a silence
    /// will have lasted long enough, and when a test may come out otherwise.
    fn sweep_all<'a>(
        &'a self,
        ctx: &Ctx<'a, P>,
        from: i64,
        certain: Option<i64>,
    ) -> (Option<i64>, i64, Option<i64>) {
        with_buffer(|dead_ends| {
            with_buffer(|reach| {
                let mut state = SearchState {
                    pending: NEVER,
                    certain,
                    trace: None,
                    from,
                    dead_ends,
                };
                let found = self.sweep(ctx, 0, reach, &ctx.named_events(), &mut state);
                (found, state.pending, state.certain)
            })
        })
    }

    /// While the sequence holds by a chain that begins at `origin`: an instant before which it holds.
    fn until_lost<'a>(&'a self, ctx: &Ctx<'a, P>, origin: i64) -> i64 {
        let mut until = NEVER;
        for (i, step) in self.steps.iter().enumerate() {
            let (select, windows) = (&step.select, &step.select.windows);
            let at = if i == 0 && !select.time_dependent && windows.upper.iter().all(|b| !b.moves())
            {
                windows
                    .next_exit(ctx, origin, origin)
                    .min(windows.valid_until(ctx))
            } else if step.absent {
                select.valid_until(ctx)
            } else {
                members_valid_until(select, ctx)
            };
            until = until.min(at).min(step.barriers_valid_until(ctx));
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

    /// One pass over each step's events in time order, from the step `first` on, which follows what `reach` holds. Returns
    /// the first event of a whole chain.
    fn sweep<'a>(
        &'a self,
        ctx: &Ctx<'a, P>,
        first: usize,
        reach: &mut Vec<PartialMatch>,
        held: &NamedEvents<'a, P>,
        state: &mut SearchState<'_>,
    ) -> Option<i64> {
        with_buffer(|events| {
            with_buffer(|next| {
                for (i, step) in self.steps.iter().enumerate().skip(first) {
                    events.clear();
                    self.gather(ctx, step, reach, held, events, state);
                    let mut pending = NEVER;
                    if i == 0 {
                        std::mem::swap(reach, events);
                    } else {
                        next.clear();
                        pending = self.go_on(ctx, step, reach, events, next);
                        std::mem::swap(reach, next);
                        state.pending = state.pending.min(pending);
                    }
                    if let Some(trace) = &mut state.trace {
                        trace.note(i, reach, pending);
                    }
                    if reach.is_empty() {
                        return None;
                    }
                    if let Some(last_reader) = step.last_reader {
                        return self.try_each(ctx, (i, last_reader), reach, held, state);
                    }
                }
                reach.iter().map(|link| link.origin).max()
            })
        })
    }

    /// Tries the events that the step `i` may take one by one, those first whose beginnings leave most time.
    fn try_each<'a>(
        &'a self,
        ctx: &Ctx<'a, P>,
        (i, last_reader): (usize, usize),
        reach: &mut [PartialMatch],
        held: &NamedEvents<'a, P>,
        state: &mut SearchState<'_>,
    ) -> Option<i64> {
        let step = self.steps.get(i)?;
        reach.sort_unstable_by_key(|link| (self.end(link), link.origin, link.at));
        reach.iter().rev().find_map(|link| {
            if step.follows_kept && !self.is_new(ctx, i, link.event, state.dead_ends) {
                return None;
            }
            self.forget_dead_ends(ctx, i + 1..last_reader, state.dead_ends);
            let mut held = *held;
            *held.get_mut(step.slot?.index())? = ctx.event_at(link.event);
            with_buffer(|reach| {
                reach.push(*link);
                if let Some(trace) = &mut state.trace {
                    trace.note(i, reach, NEVER);
                }
                self.sweep(ctx, i + 1, reach, &held, state)
            })
        })
    }

    /// Marks an event of a step as tried; whether it was not. What leads no further does not do so either after other events
    /// that nobody reads any more, nor with a beginning that leaves less time.
    fn is_new(&self, ctx: &Ctx<'_, P>, step: usize, event: i64, dead_ends: &mut Vec<u64>) -> bool {
        let words = ctx.events.len().div_ceil(64);
        dead_ends.resize(words * self.steps.len(), 0);
        let event = ctx.rank(event);
        let Some(word) = dead_ends.get_mut(step * words + event / 64) else {
            // INVARIANT: there is a bit for each event of the profile at each step.
            debug_assert!(false, "no bit for event {event} of step {step}");
            return true;
        };
        let is_new = *word >> (event % 64) & 1 == 0;
        *word |= 1 << (event % 64);
        is_new
    }

    /// Another event is kept. What led no further from steps before its last reader may do so now.
    ///
    /// `a as x then b as y then c(value > y.value) as z then d(value > z.value, value < x.value)`: while one `a` is kept,
    /// a `c` that led to no `d` need not be tried after a second `b`, for `d` does not read `b`. Each `b` and each `c` is
    /// tried once. With the next `a` there may be a `d` for them: `d` (3) is the last to read `a` (0), so what is known of
    /// `b` (1) and `c` (2) is forgotten. So there are as many trials as pairs, and not as many as chains.
    fn forget_dead_ends(&self, ctx: &Ctx<'_, P>, steps: Range<usize>, dead_ends: &mut [u64]) {
        let words = ctx.events.len().div_ceil(64);
        if let Some(known) = dead_ends.get_mut(steps.start * words..steps.end * words) {
            known.fill(0);
        }
    }

    /// The events that a step may take, or that may break its silence, in time order.
    fn gather<'a>(
        &'a self,
        ctx: &Ctx<'a, P>,
        step: &'a StepNode<P>,
        reach: &[PartialMatch],
        held: &NamedEvents<'a, P>,
        events: &mut Vec<PartialMatch>,
        state: &mut SearchState<'_>,
    ) {
        let certain = &mut state.certain;
        let here = Ctx {
            steps: held,
            ..*ctx
        };
        if let Some(certain) = certain
            && step.select.window_reads_step
        {
            *certain = (*certain)
                .min(step.select.windows.valid_until(&here))
                .min(windows_move(&here, step));
        }
        let Some((mut low, mut high)) = step_range(step, &here) else {
            return;
        };
        if reach.is_empty() {
            low = low.max(state.from);
        }
        if let (Some(first), Some(last)) = (reach.first(), reach.last()) {
            low = low.max(first.at.saturating_add(1));
            if let Some(most @ CalendarSpan::Micros(_)) = step.most {
                high = high.min(self.plus(last.at, most).saturating_add(1));
            }
        }
        if step.has_deadline {
            high = high.min(
                reach
                    .iter()
                    .map(|link| self.end(link))
                    .max()
                    .unwrap_or(high),
            );
        }
        step.select.each_in(ctx, low, high, |event, e| {
            let mut tests = step
                .residual_correlated
                .iter()
                .filter_map(|test| step.select.correlated.get(*test));
            let passes = here.within(e, step.slot, |ctx| match certain {
                Some(certain) if step.select.time_dependent => tests.all(|test| {
                    let answer = test.evaluate(ctx);
                    *certain = (*certain).min(answer.until);
                    answer.holds
                }),
                _ => tests.all(|test| test.holds(ctx)),
            });
            if passes {
                let at = e.at().micros();
                events.push(PartialMatch {
                    at,
                    origin: at,
                    event,
                });
            }
        });
        events.sort_unstable_by_key(|link| link.at);
    }

    /// Goes on from `reach` to `next` by one step. Returns the earliest instant at which a silence that lasts so far will
    /// have lasted long enough.
    fn go_on<'a>(
        &'a self,
        ctx: &Ctx<'a, P>,
        step: &'a StepNode<P>,
        reach: &mut [PartialMatch],
        events: &mut [PartialMatch],
        next: &mut Vec<PartialMatch>,
    ) -> i64 {
        let mut onward = Onward {
            barriers: &[],
            next,
            pending: NEVER,
        };
        if step.none_between.is_empty() {
            self.follow(ctx, step, reach, events, &mut onward);
            return onward.pending;
        }
        with_buffer(|barriers| {
            let end = events.last().map_or(i64::MIN, |last| last.at);
            step.barriers(ctx, end, barriers);
            let mut onward = Onward { barriers, ..onward };
            self.follow(ctx, step, reach, events, &mut onward);
            onward.pending
        })
    }

    /// The same, value by value of the step's keys.
    fn follow<'a>(
        &'a self,
        ctx: &Ctx<'a, P>,
        step: &'a StepNode<P>,
        reach: &mut [PartialMatch],
        events: &mut [PartialMatch],
        onward: &mut Onward<'_>,
    ) {
        let mut go = |reach: &mut [PartialMatch], events: &[PartialMatch]| {
            if step.absent {
                self.silence(ctx, step, reach, events, onward);
            } else {
                self.advance(ctx, step, reach, events, onward);
            }
        };
        if step.keys.is_empty() {
            go(reach, events);
        } else {
            let before = |key: &'a KeyNode<P>| &key.before;
            let own = |key: &'a KeyNode<P>| &key.own;
            let keys = &step.keys;
            reach.sort_unstable_by(|a, b| {
                order(ctx, keys, (a, &before), (b, &before)).then(a.at.cmp(&b.at))
            });
            events.sort_unstable_by(|a, b| {
                order(ctx, keys, (a, &own), (b, &own)).then(a.at.cmp(&b.at))
            });
            let mut events = &*events;
            for group in
                reach.chunk_by_mut(|a, b| order(ctx, keys, (a, &before), (b, &before)).is_eq())
            {
                let Some(link) = group.first().copied() else {
                    continue;
                };
                let lesser = events
                    .partition_point(|e| order(ctx, keys, (e, &own), (&link, &before)).is_lt());
                events = events.get(lesser..).unwrap_or(&[]);
                // A missing value is equal to none.
                let missing = keys
                    .iter()
                    .any(|key| value(ctx, &key.before, &link).is_missing());
                let equal = events
                    .partition_point(|e| order(ctx, keys, (e, &own), (&link, &before)).is_eq());
                go(
                    group,
                    if missing {
                        &[]
                    } else {
                        events.get(..equal).unwrap_or(&[])
                    },
                );
            }
        }
        (onward.next).sort_unstable_by_key(|link| (link.at, link.origin));
    }

    /// The events that follow one of `reach` with a gap that the step allows. Of those whose gap has opened, the one whose
    /// gap closes last is as good as any, if nothing else ends.
    fn advance<'a>(
        &'a self,
        ctx: &Ctx<'a, P>,
        step: &'a StepNode<P>,
        reach: &mut [PartialMatch],
        events: &[PartialMatch],
        onward: &mut Onward<'_>,
    ) {
        if matches!(step.least, Some(CalendarSpan::Months(_))) {
            // Months are clamped at their ends, so gaps do not open in the order in which they begin.
            reach.sort_unstable_by_key(|link| self.opens(step, link.at));
        }
        if self.deadline.is_some() {
            return self.advance_in_time(ctx, step, reach, events, onward);
        }
        let mut waiting = &*reach;
        let mut best: Option<(i64, i64)> = None;
        for event in events {
            while let [link, rest @ ..] = waiting
                && self.opens(step, link.at) <= event.at
            {
                let closes = self.closes_before(ctx, step, link, onward.barriers);
                best = best.max(Some((closes, link.origin)));
                waiting = rest;
            }
            if let Some((_, origin)) = best.filter(|(closes, _)| event.at <= *closes) {
                onward.next.push(PartialMatch { origin, ..*event });
            }
        }
    }

    fn silence(
        &self,
        ctx: &Ctx<'_, P>,
        step: &StepNode<P>,
        reach: &[PartialMatch],
        events: &[PartialMatch],
        onward: &mut Onward<'_>,
    ) {
        for link in reach {
            let (opens, closes) = (self.opens(step, link.at), self.closes(step, link.at));
            let first = events.partition_point(|e| e.at < opens);
            if events.get(first).is_some_and(|e| e.at <= closes) {
                continue;
            }
            if step.most.is_none() {
                onward.next.push(*link);
            } else if closes >= ctx.now {
                onward.pending = onward.pending.min(closes.saturating_add(1));
            } else {
                onward.next.push(PartialMatch {
                    at: closes,
                    ..*link
                });
            }
        }
    }
}

impl<P: Profile> Condition<P> for SequenceNode<P> {
    fn holds<'a>(&'a self, ctx: &Ctx<'a, P>) -> bool {
        self.run(ctx, false).holds
    }

    fn evaluate<'a>(&'a self, ctx: &Ctx<'a, P>) -> Bounded {
        self.run(ctx, true)
    }

    /// Two events one after the other, where only the first has a window.
    fn fast_path<'a>(&'a self, ctx: &Ctx<'a, P>) -> Option<NextChange> {
        let [first, then] = self.steps.as_slice() else {
            return None;
        };
        let months = |length: Option<CalendarSpan>| matches!(length, Some(CalendarSpan::Months(_)));
        let is_joint = self.deadline.is_some() || !then.none_between.is_empty();
        if then.absent || months(then.least) || months(then.most) || self.correlated || is_joint {
            return None;
        }
        if ctx.indexes.is_some() {
            return None;
        }
        let before = first.select.recent_events(ctx)?;
        let after = then.select.recent_events(ctx)?;
        if after.window.is_bounded() {
            return None;
        }
        // From the latest beginning back, gaps close ever earlier, so what came after all of them is passed by once.
        let mut end = after.events.len();
        for a in before.events.iter().skip(before.start).rev() {
            if !first.select.passes(ctx, a) {
                continue;
            }
            let at = a.at().micros();
            let (opens, closes) = (self.opens(then, at), self.closes(then, at));
            while let Some(last) = end.checked_sub(1)
                && let Some(b) = after.events.get(last)
                && (b.at().micros() > closes
                    || (b.at().micros() >= opens && !then.select.passes(ctx, b)))
            {
                end = last;
            }
            if end
                .checked_sub(1)
                .and_then(|last| after.events.get(last))
                .is_some_and(|b| b.at().micros() >= opens)
            {
                return Some(NextChange::once(true, before.leaves(a)));
            }
        }
        Some(NextChange::forever(false))
    }

    fn max_change_points<'a>(&'a self, ctx: &Ctx<'a, P>, of: usize) -> usize {
        // Beside its windows each event has the gap that follows it.
        sum(self.steps.iter().map(|step| {
            let barriers = step.none_between.iter();
            step.select
                .max_change_points(ctx, of)
                .saturating_add(step.select.max_len(ctx))
                .saturating_add(sum(barriers.map(|select| select.max_change_points(ctx, of))))
        }))
    }

    fn cost(&self) -> u32 {
        50
    }
}

/// While some event is a member: an instant before which it is.
fn members_valid_until<'a, P: Profile>(select: &'a SelectNode<P>, ctx: &Ctx<'a, P>) -> i64 {
    let windows = &select.windows;
    let mut bounds = windows.lower.iter().chain(&windows.upper);
    if select.time_dependent || bounds.any(BoundNode::moves) {
        select.valid_until(ctx)
    } else {
        windows.valid_until(ctx)
    }
}

fn value<'a, P: Profile>(ctx: &Ctx<'a, P>, term: &'a TermNode<P>, link: &PartialMatch) -> Val<'a> {
    ctx.event_at(link.event)
        .map_or(Val::Missing, |event| term.value(&ctx.with_event(event)))
}

/// The order of two links by their keys, each read on its side.
fn order<'a, P: Profile>(
    ctx: &Ctx<'a, P>,
    keys: &'a [KeyNode<P>],
    (a, of_a): (&PartialMatch, &impl Fn(&'a KeyNode<P>) -> &'a TermNode<P>),
    (b, of_b): (&PartialMatch, &impl Fn(&'a KeyNode<P>) -> &'a TermNode<P>),
) -> Ordering {
    keys.iter().fold(Ordering::Equal, |order, key| {
        order.then_with(|| {
            let (a, b) = (value(ctx, of_a(key), a), value(ctx, of_b(key), b));
            b.is_missing()
                .cmp(&a.is_missing())
                .then_with(|| a.natural_cmp(&b))
        })
    })
}

/// When windows that count from earlier steps, and move with `now` besides, pass some event of the step.
fn windows_move<'s, P: Profile>(here: &Ctx<'s, P>, step: &'s StepNode<P>) -> i64 {
    let windows = &step.select.windows;
    if !windows
        .lower
        .iter()
        .chain(&windows.upper)
        .any(BoundNode::moves)
    {
        return NEVER;
    }
    let events = step
        .select
        .kinds
        .iter()
        .flat_map(|kind| here.of_kind(*kind).iter(i64::MIN, i64::MAX));
    events
        .map(|e| e.at().micros())
        .map(|at| windows.next_exit(here, at, at))
        .min()
        .unwrap_or(NEVER)
}

pub(crate) fn step_range<'s, P: Profile>(
    step: &'s StepNode<P>,
    ctx: &Ctx<'s, P>,
) -> Option<(i64, i64)> {
    let (low, high) = step.select.windows.range(ctx)?;
    Some((low, high.min(ctx.now.saturating_add(1))))
}

pub(crate) fn correlates<'s, P: Profile>(
    step: &'s StepNode<P>,
    ctx: &Ctx<'s, P>,
    event: &'s P::Event,
) -> bool {
    ctx.within(event, step.slot, |ctx| {
        step.select.correlated.iter().all(|node| node.holds(ctx))
    })
}

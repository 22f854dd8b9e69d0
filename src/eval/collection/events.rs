//! Selections of events: which are inside now, and when the next one enters or leaves. What most rules ask of them has a
//! quicker answer, see `recent.rs`.

use super::Collection;
use super::index::SelectionIndex;
use super::recent::{RecentEvents, TrailingWindow};
use crate::eval::Binder;
use crate::eval::bounded::NextChange;
use crate::eval::cond::Node;
use crate::eval::context::{Ctx, first_not_below};
use crate::eval::probe::sum;
use crate::eval::scratch::Entry;
use crate::eval::window::WindowNode;
use crate::ir::visit::{Seen, reads_other_events, slots_read_by_windows, visit_cond};
use crate::ir::{Anchor, Cond, CondKind, FieldRef, Lit, Order, Select, SlotId, TermKind, Ty};
use crate::profile::{Accessor, AllEvents, Event, EventScan, Events, Newest, Predicate, Profile};
use crate::schema::Schema;
use crate::time::NEVER;
use std::ops::Range;

/// Events ready to be counted. What the commonest questions read stands first and together.
#[repr(C)]
pub(crate) struct SelectNode<P: Profile> {
    /// How a rolling window bounds it, where nothing else does.
    pub(crate) trailing: Option<TrailingWindow>,
    /// Whether it is the events of one kind since the start of a day or a period, and nothing else bounds them.
    since_calendar: bool,
    /// Whether every event of the kinds passes.
    pub(crate) accepts_all: bool,
    /// Whether a test may change its mind as time passes.
    pub(crate) time_dependent: bool,
    /// Whether the windows count from the event of an earlier step; then only a sequence can apply them.
    pub(crate) window_reads_step: bool,
    /// The first test, fused into the loop over events.
    pub(crate) scan: Box<dyn EventScan<P::Event>>,
    /// Tests of the event alone.
    pub(crate) event_tests: Vec<Predicate<P::Event>>,
    /// The kind, where there is one only, and neither windows nor tests beyond the first.
    pub(crate) unwindowed_kind: Option<usize>,
    pub(crate) kinds: Vec<usize>,
    /// Tests that also read the profile or `now`.
    pub(crate) residual: Vec<Node<P>>,
    /// Tests that read the events of earlier steps; only a sequence can run them.
    pub(crate) correlated: Vec<Node<P>>,
    pub(crate) windows: WindowNode<P>,
    /// Whether which events pass may be different for each row, or each event of a name, in whose parentheses it stands.
    pub(crate) scope_dependent: bool,
    /// Where the event under test is kept, if it has a name.
    pub(crate) slot: Option<SlotId>,
}

/// What lies around the edges of a window, of the events that pass.
#[derive(Clone, Copy, Debug, Default)]
struct Around {
    first_inside: Option<i64>,
    last_inside: Option<i64>,
    last_below: Option<i64>,
    first_above: Option<i64>,
}

impl<P: Profile> SelectNode<P> {
    /// The one kind and the trailing window that bound it, where nothing else does and its tests read nothing but the event.
    fn trailing_window(&self) -> Option<TrailingWindow> {
        let looks_elsewhere = self.time_dependent
            || self.window_reads_step
            || !self.residual.is_empty()
            || !self.correlated.is_empty();
        if looks_elsewhere {
            return None;
        }
        TrailingWindow::of(&self.kinds, &self.windows)
    }

    /// Whether every event of one kind passes, and the window is bounded by nothing but the start of a day or a period.
    fn is_since_calendar(&self) -> bool {
        let WindowNode { lower, upper } = &self.windows;
        self.accepts_all
            && self.kinds.len() == 1
            && upper.is_empty()
            && matches!(lower.as_slice(), [start] if start.is_calendar_start())
    }

    /// Whether at least `n` events have happened since the start of a day or a period, and when that changes: such a start never
    /// moves back, so where no event is still to come they leave one by one and for good.
    ///
    /// Of purchases on the 3rd, 9th and 20th of May, two are in `since today - 30 days` until the 9th of June begins.
    fn next_change_since_calendar<'a>(&'a self, ctx: &Ctx<'a, P>, n: usize) -> Option<NextChange> {
        let ([kind], [start]) = (self.kinds.as_slice(), self.windows.lower.as_slice()) else {
            return None;
        };
        if !ctx.is_past(*kind) {
            return None;
        }
        let events = ctx.of_kind(*kind).events;
        let nth = events.len().checked_sub(n).and_then(|i| events.get(i));
        let at = nth.map(|event| event.at().micros());
        let low = start.value(ctx)?;
        Some(match at.filter(|at| *at >= low) {
            Some(at) => NextChange::once(true, start.next_crossing(ctx, at)),
            None => NextChange::forever(false),
        })
    }

    /// The events of the trailing window, where no more bounds it, none is still to come and they are at hand in order.
    #[inline]
    pub(crate) fn recent_events<'a>(
        &'a self,
        ctx: &Ctx<'a, P>,
    ) -> Option<RecentEvents<'a, P::Event>> {
        self.trailing?.recent_events(ctx)
    }

    /// Whether at least `n` events are inside, and when that changes, where one look at the newest of them tells.
    #[inline]
    pub(crate) fn next_change_of_at_least<'a>(
        &'a self,
        ctx: &Ctx<'a, P>,
        n: usize,
    ) -> Option<NextChange> {
        if let Events::Slice(events) = ctx.events {
            return self.next_change_in_slice(ctx, events, n);
        }
        if self.since_calendar {
            return self.next_change_since_calendar(ctx, n);
        }
        // Where tests have to be passed, an index answers without running them again.
        if !self.accepts_all && ctx.indexes.is_some() {
            return None;
        }
        let recent = self.recent_events(ctx)?;
        let events = recent.events.get(recent.start..)?;
        let nth = if self.accepts_all {
            events.len().checked_sub(n)
        } else {
            let rest = |event: &P::Event| self.passes_event_tests(event);
            self.scan.nth_back(events, n, &rest)
        };
        Some(match nth {
            Some(nth) => NextChange::once(
                true,
                events.get(nth).map_or(NEVER, |event| recent.leaves(event)),
            ),
            None => NextChange::forever(false),
        })
    }

    /// The same by one pass over events in any order. `None` where one that passes is still to come, or more are wanted than
    /// such a pass remembers, or many instants are probed.
    fn next_change_in_slice<'a>(
        &'a self,
        ctx: &Ctx<'a, P>,
        events: &'a [P::Event],
        n: usize,
    ) -> Option<NextChange> {
        let (Some(window), None) = (self.trailing, ctx.indexes) else {
            return None;
        };
        let since = match window.back {
            Some(back) => ctx.now.saturating_sub(back),
            // What happened counts for ever. Where too little did, only what is still to come matters.
            None if self.at_least(ctx, n) => return Some(NextChange::forever(true)),
            None => ctx.now.saturating_add(1),
        };
        let mut newest = Newest::of(n)?;
        ctx.spend(events.len());
        let rest = |event: &P::Event| self.passes_event_tests(event);
        let is_past = self
            .scan
            .newest(events, window.kind, since..=ctx.now, &mut newest, &rest);
        is_past.then(|| match newest.nth() {
            Some(at) => NextChange::once(true, window.leaves(at)),
            None => NextChange::forever(false),
        })
    }

    /// `low <= at < high`, nothing later than now; `None` where a bound counts from a missing value.
    #[inline]
    pub(crate) fn range<'a>(&'a self, ctx: &Ctx<'a, P>) -> Option<(i64, i64)> {
        let seen = ctx.now.saturating_add(1);
        if self.window_reads_step {
            return Some((i64::MIN, seen));
        }
        let (low, high) = self.windows.range(ctx)?;
        Some((low, high.min(seen)))
    }

    /// Whether an event of the right kind passes all tests but the correlated ones.
    #[inline]
    pub(crate) fn passes<'a>(&'a self, ctx: &Ctx<'a, P>, event: &'a P::Event) -> bool {
        self.accepts_all || (self.scan.test(event) && self.passes_rest(ctx, event))
    }

    #[inline]
    fn passes_event_tests(&self, event: &P::Event) -> bool {
        self.event_tests.iter().all(|test| test(event))
    }

    #[inline]
    fn passes_rest<'a>(&'a self, ctx: &Ctx<'a, P>, event: &'a P::Event) -> bool {
        self.passes_event_tests(event)
            && (self.residual.is_empty()
                || ctx.within(event, self.slot, |ctx| {
                    ctx.spend(1);
                    self.residual.iter().all(|node| node.holds(ctx))
                }))
    }

    /// Whether at least `n` events are inside.
    ///
    /// The commonest question, whether there ever was one, stands where its parent does; the rest has a frame of its own.
    #[inline]
    pub(crate) fn at_least<'a>(&'a self, ctx: &Ctx<'a, P>, n: usize) -> bool {
        match (self.unwindowed_kind, ctx.events, n) {
            (Some(kind), Events::Slice(events), 1) => {
                self.scan
                    .any_plain(events, kind, i64::MIN, ctx.now.saturating_add(1))
            }
            _ => self.at_least_of_many(ctx, n),
        }
    }

    #[inline(never)]
    fn at_least_of_many<'a>(&'a self, ctx: &Ctx<'a, P>, n: usize) -> bool {
        if ctx.indexes.is_some() {
            return self.count_up_to(ctx, n) >= n;
        }
        let ([kind], true) = (self.kinds.as_slice(), self.residual.is_empty()) else {
            return self.count_up_to(ctx, n) >= n;
        };
        let timeline = match ctx.events {
            Events::Timeline(timeline) => timeline,
            Events::Slice(events) => {
                let Some((low, high)) = self.range(ctx) else {
                    return false;
                };
                ctx.spend(events.len());
                return if self.event_tests.is_empty() {
                    self.scan.count_plain(events, *kind, low, high, n) >= n
                } else {
                    self.scan
                        .count(events, *kind, low, high, n, &|e| self.passes_event_tests(e))
                        >= n
                };
            }
        };
        // Sorted: the newest are tested first, and no more of them than it takes.
        let Some((low, high)) = self.range(ctx) else {
            return false;
        };
        let events = timeline.of_kind(*kind);
        let end = first_not_below(events, high);
        if self.accepts_all {
            return end
                .checked_sub(n)
                .and_then(|i| events.get(i))
                .is_some_and(|e| e.at().micros() >= low);
        }
        let start = first_not_below(events.get(..end).unwrap_or(events), low);
        let inside = events.get(start..end).unwrap_or(&[]);
        ctx.spend(inside.len());
        self.scan
            .nth_back(inside, n, &|e| self.passes_event_tests(e))
            .is_some()
    }

    /// Whether just `n` events are inside.
    pub(crate) fn exactly<'a>(&'a self, ctx: &Ctx<'a, P>, n: usize) -> bool {
        let (Events::Timeline(timeline), [kind], true) =
            (ctx.events, self.kinds.as_slice(), self.accepts_all)
        else {
            return self.count_up_to(ctx, n.saturating_add(1)) == n;
        };
        // Sorted, and all of them pass: only the edge is read.
        let Some((low, high)) = self.range(ctx) else {
            return n == 0;
        };
        let events = timeline.of_kind(*kind);
        let end = first_not_below(events, high);
        let Some(start) = end.checked_sub(n) else {
            return false;
        };
        let inside = |i: usize| events.get(i).is_some_and(|e| e.at().micros() >= low);
        (n == 0 || inside(start)) && !start.checked_sub(1).is_some_and(inside)
    }

    /// How many events are inside; counting stops at `limit`.
    pub(crate) fn count_up_to<'a>(&'a self, ctx: &Ctx<'a, P>, limit: usize) -> usize {
        self.range(ctx)
            .map_or(0, |(low, high)| self.count_between(ctx, low, high, limit))
    }

    /// How many events that pass have `low <= at < high`, wherever the windows are; counting stops at `limit`.
    pub(crate) fn count_between<'a>(
        &'a self,
        ctx: &Ctx<'a, P>,
        low: i64,
        high: i64,
        limit: usize,
    ) -> usize {
        if !self.is_plain(ctx)
            && let Some(n) = self.index(ctx, |index| index.range(low, high).len())
        {
            return n.min(limit);
        }
        let mut n = 0;
        for kind in &self.kinds {
            if n >= limit {
                break;
            }
            let stretch = ctx.of_kind(*kind);
            let window = stretch.window(low, high);
            if self.accepts_all && window.is_sorted {
                n += window.events.len();
                continue;
            }
            ctx.spend(window.events.len());
            if !self.residual.is_empty() {
                n += stretch
                    .iter(low, high)
                    .filter(|e| self.passes(ctx, e))
                    .take(limit - n)
                    .count();
            } else if self.event_tests.is_empty() {
                n += self
                    .scan
                    .count_plain(window.events, *kind, low, high, limit - n);
            } else {
                n += self
                    .scan
                    .count(window.events, *kind, low, high, limit - n, &|e| {
                        self.passes_event_tests(e)
                    });
            }
        }
        n.min(limit)
    }

    /// Whether the events of one kind, in order, are the selection: then a window is a part of them, and an index says no more.
    fn is_plain(&self, ctx: &Ctx<'_, P>) -> bool {
        self.accepts_all && self.kinds.len() == 1 && matches!(ctx.events, Events::Timeline(_))
    }

    /// Reads the index of the events that pass, where many instants are probed and the same events pass at each.
    pub(crate) fn index<'a, R>(
        &'a self,
        ctx: &Ctx<'a, P>,
        read: impl FnOnce(&mut SelectionIndex) -> R,
    ) -> Option<R> {
        let indexes = ctx.indexes?;
        let reads_elsewhere = self.time_dependent || self.scope_dependent;
        if reads_elsewhere || (indexes.is_kept() && !self.residual.is_empty()) {
            return None;
        }
        let gather = |known: &mut Vec<usize>, events: &mut Vec<Entry>| {
            known.resize(self.kinds.len(), 0);
            for (kind, known) in self.kinds.iter().zip(known) {
                for (position, event) in ctx.of_kind(*kind).indexed_from(known) {
                    if self.passes(ctx, event) {
                        events.push((event.at().micros(), position));
                    }
                }
            }
        };
        indexes.read(self, ctx.subject, gather, read)
    }

    /// Calls `visit` for each event that passes with `low <= at < high`, wherever the windows are, kind by kind, with its position
    /// among all events of the profile.
    pub(crate) fn each_in<'a>(
        &'a self,
        ctx: &Ctx<'a, P>,
        low: i64,
        high: i64,
        mut visit: impl FnMut(i64, &'a P::Event),
    ) {
        for kind in &self.kinds {
            for (index, event) in ctx.of_kind(*kind).indexed(low, high) {
                ctx.spend(1);
                if self.passes(ctx, event) {
                    visit(index, event);
                }
            }
        }
    }

    /// While too few are inside: the first instant at which one may enter.
    pub(crate) fn next_entry<'a>(&'a self, ctx: &Ctx<'a, P>) -> i64 {
        self.next(ctx, None, true)
    }

    /// While at least `n` are inside: the first instant at which fewer may be.
    pub(crate) fn next_below<'a>(&'a self, ctx: &Ctx<'a, P>, n: usize) -> i64 {
        self.next(ctx, Some(n), false)
    }

    /// `keep`: the newest so many inside must stay (all of them, where it is greater than their number); `None`: whichever
    /// leaves does not matter.
    fn next<'a>(&'a self, ctx: &Ctx<'a, P>, keep: Option<usize>, entering: bool) -> i64 {
        let mut next = self.windows.valid_until(ctx);
        if self.time_dependent {
            next = next.min(self.next_filter_change(ctx));
        }
        let seen = ctx.now.saturating_add(1);
        let Some((low, high)) = self.range(ctx) else {
            return next;
        };
        let entering =
            entering && !(self.windows.only_lose() && self.kinds.iter().all(|k| ctx.is_past(*k)));
        if !entering && keep.is_none() {
            return next;
        }
        let around = self.around(ctx, low, high, keep.unwrap_or(usize::MAX), entering);
        if keep.is_some()
            && let (Some(first), Some(last)) = (around.first_inside, around.last_inside)
        {
            next = next.min(self.windows.next_exit(ctx, first, last));
        }
        if entering {
            if let Some(x) = around.last_below {
                next = next.min(self.windows.next_entry_from_below(ctx, x));
            }
            if let Some(x) = around.first_above {
                let mut at = self.windows.next_entry(ctx, x);
                if x >= seen {
                    at = if at == NEVER && self.inside_when_seen(ctx, x) {
                        x
                    } else {
                        at.max(x)
                    };
                }
                next = next.min(at);
            }
        }
        next
    }

    /// Whether only its being in the future keeps an instant out of the windows.
    fn inside_when_seen<'a>(&'a self, ctx: &Ctx<'a, P>, x: i64) -> bool {
        self.windows
            .range(ctx)
            .is_some_and(|(low, high)| low <= x && x < high)
    }

    /// When a test of some event may come out differently, and that counts: not before the event itself has happened. So of
    /// an event of next year a test of today's weekday is looked at next year, not on each day until then. Nor is an event that
    /// has left the windows for good.
    pub(crate) fn next_filter_change<'a>(&'a self, ctx: &Ctx<'a, P>) -> i64 {
        let mut next = NEVER;
        let low = self.windows.never_below(ctx);
        for kind in &self.kinds {
            for event in ctx.of_kind(*kind).iter(low, i64::MAX) {
                ctx.spend(1);
                if self.scan.test(event) && self.passes_event_tests(event) {
                    let change = ctx.within(event, self.slot, |ctx| {
                        let tests = self.residual.iter().map(|node| node.evaluate(ctx).until);
                        tests.min().unwrap_or(NEVER)
                    });
                    next = next.min(change.max(event.at().micros()));
                }
            }
        }
        next
    }

    /// Of the events that pass, wherever the windows are, the last before an instant and the first at or after it.
    pub(crate) fn beside<'a>(&'a self, ctx: &Ctx<'a, P>, x: i64) -> (Option<i64>, Option<i64>) {
        let around = self.around(ctx, x, x, 1, true);
        (around.last_below, around.first_above)
    }

    /// What lies around the edges. `first_inside` is the `keep`-th event inside from the end where that is cheap to tell,
    /// and otherwise an earlier one.
    fn around<'a>(
        &'a self,
        ctx: &Ctx<'a, P>,
        low: i64,
        high: i64,
        keep: usize,
        outside: bool,
    ) -> Around {
        let read = |index: &mut SelectionIndex| {
            let inside = index.range(low, high);
            let last = inside.end.checked_sub(1).filter(|_| !inside.is_empty());
            let kept = if keep <= inside.len() {
                inside.end - keep.max(1)
            } else {
                inside.start
            };
            Around {
                first_inside: last.and_then(|_| index.at(kept)),
                last_inside: last.and_then(|last| index.at(last)),
                last_below: inside
                    .start
                    .checked_sub(1)
                    .and_then(|below| index.at(below)),
                first_above: index.at(inside.end),
            }
        };
        let is_plain = self.is_plain(ctx);
        if !is_plain && let Some(around) = self.index(ctx, read) {
            return around;
        }
        let mut around = Around::default();
        let least = |slot: &mut Option<i64>, x: i64| *slot = Some(slot.map_or(x, |v| v.min(x)));
        let most = |slot: &mut Option<i64>, x: i64| *slot = Some(slot.map_or(x, |v| v.max(x)));
        let at = |e: &P::Event| e.at().micros();
        for kind in &self.kinds {
            let stretch = ctx.of_kind(*kind);
            let passing = |e: &&'a P::Event| {
                ctx.spend(1);
                self.passes(ctx, e)
            };
            if !stretch.is_sorted {
                for x in stretch.iter(i64::MIN, i64::MAX).filter(passing).map(at) {
                    if x < low {
                        most(&mut around.last_below, x);
                    } else if x >= high {
                        least(&mut around.first_above, x);
                    } else {
                        least(&mut around.first_inside, x);
                        most(&mut around.last_inside, x);
                    }
                }
                continue;
            }
            let start = first_not_below(stretch.events, low);
            let end = first_not_below(stretch.events, high).max(start);
            let (below, rest) = stretch
                .events
                .split_at_checked(start)
                .unwrap_or((stretch.events, &[]));
            let (inside, above) = rest.split_at_checked(end - start).unwrap_or((rest, &[]));
            if let Some(e) = inside.iter().rev().find(passing) {
                most(&mut around.last_inside, at(e));
                let kept = if is_plain && keep > 0 {
                    inside.len().checked_sub(keep).and_then(|i| inside.get(i))
                } else if self.kinds.len() == 1 && keep <= inside.len() {
                    inside
                        .iter()
                        .rev()
                        .filter(passing)
                        .nth(keep.saturating_sub(1))
                } else {
                    None
                };
                if let Some(e) = kept.or_else(|| inside.iter().find(passing)) {
                    least(&mut around.first_inside, at(e));
                }
            }
            if !outside {
                continue;
            }
            if let Some(e) = below.iter().rev().find(passing) {
                most(&mut around.last_below, at(e));
            }
            if let Some(e) = above.iter().find(passing) {
                least(&mut around.first_above, at(e));
            }
        }
        if keep == 1 {
            around.first_inside = around.last_inside;
        }
        around
    }
}

impl<P: Profile> Collection<P> for SelectNode<P> {
    fn count<'a>(&'a self, ctx: &Ctx<'a, P>) -> usize {
        self.count_up_to(ctx, usize::MAX)
    }

    fn each<'a>(&'a self, ctx: &Ctx<'a, P>, mut visit: impl FnMut(i64, Ctx<'a, P>)) {
        if let Some((low, high)) = self.range(ctx) {
            self.each_in(ctx, low, high, |at, event| visit(at, ctx.with_event(event)));
        }
    }

    fn scope_at<'a>(&'a self, ctx: &Ctx<'a, P>, at: i64) -> Option<Ctx<'a, P>> {
        Some(ctx.with_event(ctx.event_at(at)?))
    }

    fn each_from_end<'a>(
        &'a self,
        ctx: &Ctx<'a, P>,
        first: bool,
        mut visit: impl FnMut(i64, Ctx<'a, P>),
    ) {
        let Some((low, high)) = self.range(ctx) else {
            return;
        };
        let mut visit = |event: &'a P::Event| visit(event.at().micros(), ctx.with_event(event));
        for kind in &self.kinds {
            let window = ctx.of_kind(*kind).window(low, high);
            if !window.is_sorted {
                window
                    .iter(low, high)
                    .filter(|event| self.passes(ctx, event))
                    .for_each(&mut visit);
                continue;
            }
            // Sorted: begin at the wanted end and stop when the instant changes.
            let mut found: Option<i64> = None;
            let mut stop_or_visit = |event: &'a P::Event| {
                let at = event.at().micros();
                if found.is_some_and(|f| f != at) {
                    return false;
                }
                if self.passes(ctx, event) {
                    found = Some(at);
                    visit(event);
                }
                true
            };
            if first {
                window.events.iter().all(&mut stop_or_visit);
            } else {
                window.events.iter().rev().all(&mut stop_or_visit);
            }
        }
    }

    fn indexed<'a, R>(
        &'a self,
        ctx: &Ctx<'a, P>,
        read: impl FnOnce(&mut SelectionIndex, Range<usize>) -> R,
    ) -> Option<R> {
        ctx.indexes?;
        let (low, high) = self.range(ctx)?;
        self.index(ctx, |index| {
            let inside = index.range(low, high);
            read(index, inside)
        })
    }

    fn valid_until<'a>(&'a self, ctx: &Ctx<'a, P>) -> i64 {
        self.next(ctx, Some(usize::MAX), true)
    }

    fn max_len(&self, ctx: &Ctx<'_, P>) -> usize {
        sum(self
            .kinds
            .iter()
            .map(|kind| ctx.of_kind(*kind).events.len()))
    }

    fn max_change_points<'a>(&'a self, ctx: &Ctx<'a, P>, of: usize) -> usize {
        let events = self.max_len(ctx);
        // A test that also reads an event or a row around it may change for each pair.
        let pairs = if self.scope_dependent {
            events.saturating_mul(of.max(1))
        } else {
            events
        };
        let tests = self
            .residual
            .iter()
            .chain(&self.correlated)
            .map(|test| test.max_change_points(ctx, pairs));
        sum(tests).saturating_add(self.windows.max_change_points(ctx, events, of))
    }
}

impl<P: Profile> Binder<'_, P> {
    pub(crate) fn select(&mut self, select: &Select) -> SelectNode<P> {
        self.select_of(select, false)
    }

    /// The events of a step of a sequence.
    pub(crate) fn select_of_step(&mut self, select: &Select) -> SelectNode<P> {
        self.select_of(select, true)
    }

    /// The events of a step of a sequence (`of_step`), which runs the tests that read earlier steps itself, or any others: within
    /// the parentheses of an event they may read named events too, and find them in the scope.
    fn select_of(&mut self, select: &Select, of_step: bool) -> SelectNode<P> {
        let mut kinds: Vec<usize> = select.kinds.iter().filter_map(|k| self.kind(*k)).collect();
        kinds.sort_unstable();
        let mut scan: Option<Box<dyn EventScan<P::Event>>> = None;
        let (mut event_tests, mut residual, mut correlated, mut time_dependent) =
            (Vec::new(), Vec::new(), Vec::new(), false);
        let mut scope_dependent = self.of_row;
        for cond in &select.filter {
            if scan.is_none()
                && let Some(equality) = self.equality_scan(cond)
            {
                scan = Some(equality);
            } else if let Some(test) = self.event_test(cond) {
                event_tests.push(test);
            } else {
                let mut moves = false;
                visit_cond(cond, &mut |seen| moves |= may_change(seen, self.schema));
                let node = self.cond(cond);
                let reads_step = reads_other_events(cond, select.slot);
                if reads_step && of_step {
                    correlated.push(node)
                } else {
                    residual.push(node)
                }
                scope_dependent |= reads_step;
                time_dependent |= moves;
            }
        }
        let window_reads_step = of_step && !slots_read_by_windows(&select.windows).is_empty();
        let accepts_all = scan.is_none()
            && event_tests.is_empty()
            && residual.is_empty()
            && correlated.is_empty();
        residual.sort_by_key(Node::cost);
        let unbounded = select.windows.lower.is_empty() && select.windows.upper.is_empty();
        let bare =
            unbounded && event_tests.is_empty() && residual.is_empty() && correlated.is_empty();
        let mut node = SelectNode {
            unwindowed_kind: kinds.first().copied().filter(|_| bare && kinds.len() == 1),
            kinds,
            scan: scan.unwrap_or_else(|| Box::new(AllEvents)),
            event_tests,
            residual,
            correlated,
            windows: self.windows(&select.windows),
            window_reads_step,
            accepts_all,
            time_dependent,
            scope_dependent,
            slot: select.slot,
            trailing: None,
            since_calendar: false,
        };
        node.trailing = node.trailing_window();
        node.since_calendar = node.is_since_calendar();
        node
    }

    /// `property = value`, to be fused into the loop over events.
    fn equality_scan(&mut self, cond: &Cond) -> Option<Box<dyn EventScan<P::Event>>> {
        let CondKind::Compare {
            op: Order::Eq,
            left,
            right,
            ignoring_case: false,
        } = &cond.kind
        else {
            return None;
        };
        let (TermKind::Field(FieldRef::Property(property)), TermKind::Lit(lit)) =
            (&left.kind, &right.kind)
        else {
            return None;
        };
        // Two exact numbers must count in the same units.
        if left.ty != right.ty || property.at.len() != 1 {
            return None;
        }
        match (self.property(property).pop()?, lit) {
            ((_, Accessor::Text(access)), Lit::Text(text)) if left.ty == Ty::String => {
                Some(access.scan(text.clone()))
            }
            ((_, Accessor::Whole(access)), Lit::Whole(value)) => {
                let value = i64::try_from(*value).ok().filter(|v| *v < i64::MAX);
                value.map(|value| access.scan(value))
            }
            _ => None,
        }
    }
}

/// Whether something in an event's condition can come out differently as time passes.
fn may_change(seen: Seen<'_>, schema: &Schema) -> bool {
    match seen {
        Seen::Term(term) => {
            term.depends_on_now
                || matches!(
                    term.kind,
                    TermKind::Aggregate { .. }
                        | TermKind::Trait(_)
                        | TermKind::Score(_)
                        | TermKind::Ledger { .. }
                        | TermKind::Stage(_)
                )
        }
        Seen::Field(FieldRef::Attribute(i)) => schema.attribute_of(*i).is_some_and(|a| a.tracked),
        Seen::Field(_) | Seen::Rows(_) | Seen::Definition(_) => false,
        Seen::Select(_) => true,
        Seen::Bound(bound) => !matches!(bound.anchor, Anchor::At(_)),
        Seen::Cond(cond) => matches!(
            cond.kind,
            CondKind::Upcoming { .. }
                | CondKind::Held { .. }
                | CondKind::State { .. }
                | CondKind::Segment(_)
        ),
    }
}

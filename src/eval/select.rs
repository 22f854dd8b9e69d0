//! Selections of events: which are inside now, and when the next one enters or leaves.

use super::ahead::SelectionIndex;
use super::bound::{AnchorNode, BoundNode};
use super::context::{Ctx, first_not_below};
use super::exact::TrailingWindow;
use super::node::{Node, together};
use super::scratch::Entry;
use crate::profile::{Event, EventScan, Events, Predicate, Profile};
use crate::time::NEVER;

/// Windows ready to run.
pub(crate) struct WindowNode<P: Profile> {
    pub(crate) lower: Vec<BoundNode<P>>,
    pub(crate) upper: Vec<BoundNode<P>>,
}

impl<P: Profile> WindowNode<P> {
    /// `low <= at < high`; `None` where a bound counts from a missing value.
    #[inline]
    pub(crate) fn range<'a>(&'a self, ctx: &Ctx<'a, P>) -> Option<(i64, i64)> {
        let (mut low, mut high) = (i64::MIN, i64::MAX);
        for bound in &self.lower {
            low = low.max(bound.value(ctx)?);
        }
        for bound in &self.upper {
            high = high.min(bound.value(ctx)?);
        }
        Some((low, high))
    }

    /// Whether what is outside stays so, but for what is yet to come: nothing ends the windows, and they never move back.
    #[inline]
    fn only_lose(&self) -> bool {
        let lasting = |b: &BoundNode<P>| {
            b.then.is_none() && matches!(b.anchor, AnchorNode::Now(_) | AnchorNode::At(_))
        };
        self.upper.is_empty() && self.lower.iter().all(lasting)
    }

    /// Until when the values that the bounds count from stay what they are.
    pub(crate) fn valid_until<'a>(&'a self, ctx: &Ctx<'a, P>) -> i64 {
        self.lower
            .iter()
            .chain(&self.upper)
            .map(|b| b.valid_until(ctx))
            .min()
            .unwrap_or(NEVER)
    }

    /// Whether the windows, what has been by now, and a stretch from `first` to `last` have an instant in common, and until
    /// when that is certain: stretches have one in common if and only if none of them begins after another has ended.
    pub(crate) fn overlap<'a>(&'a self, ctx: &Ctx<'a, P>, first: i64, last: i64) -> (bool, i64) {
        if self.range(ctx).is_none() {
            return (false, self.valid_until(ctx));
        }
        let begins = BoundNode::fixed(first);
        let ends = [
            BoundNode::after_now(1),
            BoundNode::fixed(last.saturating_add(1)),
        ];
        let lower = self.lower.iter().chain([&begins]);
        let upper = || self.upper.iter().chain(&ends);
        let (meet, until) = together(
            lower.flat_map(|l| upper().filter_map(|u| l.precedes(ctx, u))),
            false,
        );
        (meet, until.min(self.valid_until(ctx)))
    }

    /// When something that is inside from `first` to `last` leaves.
    pub(crate) fn next_exit<'a>(&'a self, ctx: &Ctx<'a, P>, first: i64, last: i64) -> i64 {
        let past = self
            .lower
            .iter()
            .map(|b| b.next_crossing(ctx, first))
            .min()
            .unwrap_or(NEVER);
        let back = self
            .upper
            .iter()
            .map(|b| b.next_crossing(ctx, last))
            .min()
            .unwrap_or(NEVER);
        past.min(back)
    }

    /// When something at `x`, below some lower bound, can be above all of them at the earliest.
    pub(crate) fn next_entry_from_below<'a>(&'a self, ctx: &Ctx<'a, P>, x: i64) -> i64 {
        let below = self
            .lower
            .iter()
            .filter(|b| b.value(ctx).is_some_and(|v| v > x));
        below
            .map(|b| b.next_crossing(ctx, x))
            .max()
            .unwrap_or(NEVER)
    }

    /// When something at `x` that is outside can be inside at the earliest.
    pub(crate) fn next_entry<'a>(&'a self, ctx: &Ctx<'a, P>, x: i64) -> i64 {
        let mut at = ctx.now;
        for bound in &self.lower {
            if bound.value(ctx).is_some_and(|v| v > x) {
                at = at.max(bound.next_crossing(ctx, x));
            }
        }
        for bound in &self.upper {
            if bound.value(ctx).is_some_and(|v| v <= x) {
                at = at.max(bound.next_crossing(ctx, x));
            }
        }
        if at == ctx.now { NEVER } else { at }
    }
}

/// Events ready to be counted. What the commonest questions read stands first and together.
#[repr(C)]
pub(crate) struct SelectNode<P: Profile> {
    /// How a rolling window bounds it, where nothing else does.
    pub(crate) trailing: Option<TrailingWindow>,
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
    /// Tests that also look at the profile or at `now`.
    pub(crate) residual: Vec<Node<P>>,
    /// Tests that look at the events of earlier steps; only a sequence can run them.
    pub(crate) correlated: Vec<Node<P>>,
    pub(crate) windows: WindowNode<P>,
    /// Whether which events pass may be different for each row, or each event of a step, in whose parentheses it stands.
    pub(crate) scope_dependent: bool,
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
    fn passes_rest<'a>(&'a self, ctx: &Ctx<'a, P>, event: &'a P::Event) -> bool {
        self.event_tests.iter().all(|test| test(event))
            && (self.residual.is_empty() || {
                let ctx = ctx.with_event(event);
                self.residual.iter().all(|node| node.holds(&ctx))
            })
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
        if ctx.ahead.is_some() {
            return self.count(ctx, n) >= n;
        }
        let ([kind], true) = (self.kinds.as_slice(), self.residual.is_empty()) else {
            return self.count(ctx, n) >= n;
        };
        let timeline = match ctx.events {
            Events::Timeline(timeline) => timeline,
            Events::Slice(events) => {
                let Some((low, high)) = self.range(ctx) else {
                    return false;
                };
                return if self.event_tests.is_empty() {
                    self.scan.count_plain(events, *kind, low, high, n) >= n
                } else {
                    self.scan.count(events, *kind, low, high, n, &|e| {
                        self.event_tests.iter().all(|t| t(e))
                    }) >= n
                };
            }
        };
        // Sorted: the newest are looked at first, and no more of them than it takes.
        let Some((low, high)) = self.range(ctx) else {
            return false;
        };
        let (events, _) = timeline.of_kind(*kind);
        let end = first_not_below(events, high);
        if self.accepts_all {
            return end
                .checked_sub(n)
                .and_then(|i| events.get(i))
                .is_some_and(|e| e.at().micros() >= low);
        }
        let start = first_not_below(events.get(..end).unwrap_or(events), low);
        let inside = events.get(start..end).unwrap_or(&[]);
        self.scan
            .nth_back(inside, n, &|e| self.event_tests.iter().all(|t| t(e)))
            .is_some()
    }

    /// Whether just `n` events are inside.
    pub(crate) fn exactly<'a>(&'a self, ctx: &Ctx<'a, P>, n: usize) -> bool {
        let (Events::Timeline(timeline), [kind], true) =
            (ctx.events, self.kinds.as_slice(), self.accepts_all)
        else {
            return self.count(ctx, n.saturating_add(1)) == n;
        };
        // Sorted, and all of them pass: only the edge is looked at.
        let Some((low, high)) = self.range(ctx) else {
            return n == 0;
        };
        let (events, _) = timeline.of_kind(*kind);
        let end = first_not_below(events, high);
        let Some(start) = end.checked_sub(n) else {
            return false;
        };
        let inside = |i: usize| events.get(i).is_some_and(|e| e.at().micros() >= low);
        (n == 0 || inside(start)) && !start.checked_sub(1).is_some_and(inside)
    }

    /// How many events are inside; counting stops at `limit`.
    pub(crate) fn count<'a>(&'a self, ctx: &Ctx<'a, P>, limit: usize) -> usize {
        let Some((low, high)) = self.range(ctx) else {
            return 0;
        };
        if let Some(n) = self.ahead(ctx, |line| line.range(low, high).len()) {
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
            } else if !self.residual.is_empty() {
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
                        self.event_tests.iter().all(|t| t(e))
                    });
            }
        }
        n.min(limit)
    }

    /// Reads the line of the events that pass, where many instants are looked at and the same events pass at each.
    pub(crate) fn ahead<'a, R>(
        &'a self,
        ctx: &Ctx<'a, P>,
        read: impl FnOnce(&mut SelectionIndex) -> R,
    ) -> Option<R> {
        let ahead = ctx.ahead?;
        if self.time_dependent || self.scope_dependent {
            return None;
        }
        let gather = |events: &mut Vec<Entry>| {
            self.each_in(ctx, i64::MIN, i64::MAX, |index, e| {
                events.push((e.at().micros(), index))
            });
        };
        ahead.read(self, ctx, gather, read)
    }

    /// Calls `visit` for each event inside, kind by kind, with its position among all events of the profile.
    pub(crate) fn each<'a>(&'a self, ctx: &Ctx<'a, P>, visit: impl FnMut(i64, &'a P::Event)) {
        if let Some((low, high)) = self.range(ctx) {
            self.each_in(ctx, low, high, visit);
        }
    }

    /// The same for the events with `low <= at < high`, wherever the windows are.
    pub(crate) fn each_in<'a>(
        &'a self,
        ctx: &Ctx<'a, P>,
        low: i64,
        high: i64,
        mut visit: impl FnMut(i64, &'a P::Event),
    ) {
        for kind in &self.kinds {
            for (index, event) in ctx.of_kind(*kind).indexed(low, high) {
                if self.passes(ctx, event) {
                    visit(index, event);
                }
            }
        }
    }

    /// The first instant after now at which the set of events inside may change.
    pub(crate) fn valid_until<'a>(&'a self, ctx: &Ctx<'a, P>) -> i64 {
        self.next(ctx, Some(usize::MAX), true)
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

    /// When a test of some event may come out differently.
    pub(crate) fn next_filter_change<'a>(&'a self, ctx: &Ctx<'a, P>) -> i64 {
        let mut next = NEVER;
        for kind in &self.kinds {
            for event in ctx.of_kind(*kind).iter(i64::MIN, i64::MAX) {
                if self.scan.test(event) && self.event_tests.iter().all(|t| t(event)) {
                    let ctx = ctx.with_event(event);
                    next = self
                        .residual
                        .iter()
                        .map(|node| node.evaluate(&ctx).1)
                        .min()
                        .unwrap_or(NEVER)
                        .min(next);
                }
            }
        }
        next
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
        let lined = self.ahead(ctx, |line| {
            let inside = line.range(low, high);
            let last = inside.end.checked_sub(1).filter(|_| !inside.is_empty());
            let kept = if keep <= inside.len() {
                inside.end - keep.max(1)
            } else {
                inside.start
            };
            Around {
                first_inside: last.and_then(|_| line.at(kept)),
                last_inside: last.and_then(|last| line.at(last)),
                last_below: inside.start.checked_sub(1).and_then(|below| line.at(below)),
                first_above: line.at(inside.end),
            }
        });
        if let Some(around) = lined {
            return around;
        }
        let mut around = Around::default();
        let least = |slot: &mut Option<i64>, x: i64| *slot = Some(slot.map_or(x, |v| v.min(x)));
        let most = |slot: &mut Option<i64>, x: i64| *slot = Some(slot.map_or(x, |v| v.max(x)));
        let at = |e: &P::Event| e.at().micros();
        for kind in &self.kinds {
            let stretch = ctx.of_kind(*kind);
            let passing = |e: &&'a P::Event| self.passes(ctx, e);
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
                let kept = if self.kinds.len() == 1 && keep <= inside.len() {
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

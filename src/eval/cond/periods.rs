//! Conditions on how many of some periods have enough events.

use super::{Condition, Node};
use crate::eval::Binder;
use crate::eval::bounded::Bounded;
use crate::eval::collection::Collection;
use crate::eval::collection::events::SelectNode;
use crate::eval::context::Ctx;
use crate::eval::scratch::{Entry, with_buffer};
use crate::eval::window::bound::BoundNode;
use crate::ir::{Bound, Select};
use crate::profile::Profile;
use crate::time::NEVER;

/// `visited at least once per month in 3 of last 6 months`
pub(crate) struct PeriodsNode<P: Profile> {
    select: SelectNode<P>,
    pub(crate) least: usize,
    most: usize,
    /// Where the newest period ends; `None`: it includes `now`.
    end: Option<BoundNode<P>>,
    /// Where each period starts, newest first.
    starts: Vec<BoundNode<P>>,
    wanted: usize,
}

impl<P: Profile> PeriodsNode<P> {
    pub(super) fn bind(
        binder: &mut Binder<'_, P>,
        select: &Select,
        (least, most): (u64, u64),
        (end, starts): (Option<&Bound>, &[Bound]),
        wanted: u32,
    ) -> Node<P> {
        Node::Periods(Box::new(PeriodsNode {
            select: binder.select(select),
            least: usize::try_from(least).unwrap_or(usize::MAX),
            most: usize::try_from(most).unwrap_or(usize::MAX),
            end: end.map(|bound| BoundNode::bind(binder, bound)),
            starts: starts
                .iter()
                .map(|bound| BoundNode::bind(binder, bound))
                .collect(),
            wanted: usize::try_from(wanted).unwrap_or(usize::MAX),
        }))
    }

    /// The periods, newest first, each by its start and how many of the events are in it.
    pub(crate) fn counts<'a>(&'a self, ctx: &Ctx<'a, P>) -> impl Iterator<Item = (i64, usize)> {
        let ctx = *ctx;
        let newest_end = self.border(&ctx, self.end.as_ref());
        self.starts.iter().scan(newest_end, move |end, start| {
            let from = self.border(&ctx, Some(start));
            let n = self.count(&ctx, from, *end);
            *end = from;
            Some((from, n))
        })
    }

    /// Whether so many events are what is asked of a period.
    pub(crate) fn is_met(&self, n: usize) -> bool {
        self.least <= n && n <= self.most
    }

    /// How many of the events are in a period.
    fn count<'a>(&'a self, ctx: &Ctx<'a, P>, from: i64, to: i64) -> usize {
        ctx.spend(1);
        self.select.range(ctx).map_or(0, |(low, high)| {
            let (low, high) = (from.max(low), to.min(high));
            self.select
                .count_between(ctx, low, high.max(low), usize::MAX)
        })
    }

    /// Where a border is.
    fn border<'a>(&'a self, ctx: &Ctx<'a, P>, border: Option<&'a BoundNode<P>>) -> i64 {
        // INVARIANT: a border counts from `now` alone, so it is never missing.
        border.map_or(i64::MAX, |b| b.value(ctx).unwrap_or(i64::MAX))
    }

    /// Where a border is, and the first instant after now at which an event comes to lie on the other side of it. Of the events
    /// on one side, a border that moves reaches the nearest first.
    fn place<'a>(&'a self, ctx: &Ctx<'a, P>, border: Option<&'a BoundNode<P>>) -> Entry {
        let at = self.border(ctx, border);
        let Some(border) = border else {
            return (at, NEVER);
        };
        let (below, above) = self.select.beside(ctx, at);
        let nearest = [below, above].into_iter().flatten();
        let crossing = nearest.map(|x| border.next_crossing(ctx, x)).min();
        (at, crossing.unwrap_or(NEVER))
    }

    /// Whether enough of the periods are met, and until when: from one instant at which events pass a border to the next.
    /// Only the periods beside that border are counted again, so a step costs little however many periods there are.
    ///
    /// With events at 10 and 12 and three periods of 3, asked at 15 for one event in each of two: the periods are 12..=15, 9..12
    /// and 6..9, and their counts 1, 1 and 0. At 16 the event at 12 passes the first border and the one at 10 the second only at
    /// 17; between them the counts are 0, 2 and 0, so the answer changes at 16.
    fn sweep<'a>(
        &'a self,
        ctx: &Ctx<'a, P>,
        places: &mut Vec<Entry>,
        counts: &mut Vec<usize>,
    ) -> Bounded {
        let borders = || std::iter::once(self.end.as_ref()).chain(self.starts.iter().map(Some));
        places.extend(borders().map(|border| self.place(ctx, border)));
        counts.extend(self.counts(ctx).map(|(_, n)| n));
        let holds = self.are_met(counts.iter().copied());
        // Windows, tests that change with time, and events that are still to come.
        let end = self.select.valid_until(ctx);
        let next_of = |places: &[Entry]| places.iter().map(|(_, next)| *next).min();
        // So many steps that it does not matter what the first took.
        for _ in 0..2 * places.len() {
            let next = next_of(places).unwrap_or(NEVER);
            if next >= end {
                break;
            }
            let then = ctx.at(next);
            let mut newer: Option<(i64, bool)> = None;
            let mut periods = counts.iter_mut();
            for (place, border) in places.iter_mut().zip(borders()) {
                let passed = place.1 == next;
                if passed {
                    *place = self.place(&then, border);
                }
                if let Some((to, newer_passed)) = newer
                    && let Some(n) = periods.next()
                    && (passed || newer_passed)
                {
                    *n = self.count(&then, place.0, to);
                }
                newer = Some((place.0, passed));
            }
            if self.are_met(counts.iter().copied()) != holds {
                return Bounded::new(holds, next);
            }
        }
        Bounded::new(holds, next_of(places).unwrap_or(NEVER).min(end))
    }

    /// Whether enough of the periods are met.
    fn are_met(&self, counts: impl Iterator<Item = usize>) -> bool {
        let wanted = self.wanted.checked_sub(1);
        wanted.is_none_or(|others| counts.filter(|n| self.is_met(*n)).nth(others).is_some())
    }
}

impl<P: Profile> Condition<P> for PeriodsNode<P> {
    fn holds<'a>(&'a self, ctx: &Ctx<'a, P>) -> bool {
        self.are_met(self.counts(ctx).map(|(_, n)| n))
    }

    fn evaluate<'a>(&'a self, ctx: &Ctx<'a, P>) -> Bounded {
        with_buffer(|places| with_buffer(|counts| self.sweep(ctx, places, counts)))
    }

    fn max_change_points<'a>(&'a self, ctx: &Ctx<'a, P>, of: usize) -> usize {
        let borders = self.starts.len().saturating_add(1);
        let crossings = self.select.max_len(ctx).saturating_mul(borders);
        self.select
            .max_change_points(ctx, of)
            .saturating_add(crossings)
    }

    fn cost(&self) -> u32 {
        50
    }
}

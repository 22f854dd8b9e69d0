//! Conditions on how many of the last calendar periods have enough events.

use super::bound::BoundNode;
use super::context::Ctx;
use super::select::SelectNode;
use crate::profile::{Event, Profile};
use crate::time::NEVER;

pub(crate) struct PeriodsNode<P: Profile> {
    pub(crate) select: SelectNode<P>,
    pub(crate) least: usize,
    pub(crate) most: usize,
    /// The bounds of each period, newest first.
    pub(crate) periods: Vec<(BoundNode<P>, BoundNode<P>)>,
    pub(crate) wanted: usize,
}

impl<P: Profile> PeriodsNode<P> {
    /// The periods, newest first, each by its start and how many of the events are in it.
    pub(crate) fn counts<'a>(&'a self, ctx: &Ctx<'a, P>) -> impl Iterator<Item = (i64, usize)> {
        let inside = self.select.range(ctx);
        self.periods.iter().filter_map(move |(from, to)| {
            let (start, end) = (from.value(ctx)?, to.value(ctx)?);
            let n = inside.map_or(0, |(low, high)| {
                self.passing(ctx, start.max(low), end.min(high)).count()
            });
            Some((start, n))
        })
    }

    /// Whether so many events are what is asked of a period.
    pub(crate) fn is_met(&self, n: usize) -> bool {
        self.least <= n && n <= self.most
    }

    fn passing<'a>(&'a self, ctx: &Ctx<'a, P>, low: i64, high: i64) -> impl Iterator<Item = i64> {
        let ctx = *ctx;
        let events = self
            .select
            .kinds
            .iter()
            .flat_map(move |kind| ctx.of_kind(*kind).iter(low, high.max(low)));
        events
            .filter(move |e| self.select.passes(&ctx, e))
            .map(|e| e.at().micros())
    }

    pub(crate) fn holds<'a>(&'a self, ctx: &Ctx<'a, P>) -> bool {
        self.wanted == 0
            || self
                .counts(ctx)
                .filter(|(_, n)| self.is_met(*n))
                .nth(self.wanted - 1)
                .is_some()
    }

    pub(crate) fn evaluate<'a>(&'a self, ctx: &Ctx<'a, P>) -> (bool, i64) {
        let holds = self.holds(ctx);
        let (Some((oldest, _)), Some((newest, end))) = (self.periods.last(), self.periods.first())
        else {
            return (holds, NEVER);
        };
        let (low, end_of_newest) = (
            oldest.value(ctx).unwrap_or(i64::MIN),
            end.value(ctx).unwrap_or(ctx.now),
        );
        if !self.select.time_dependent {
            // Once every event lies before the oldest period, no later period differs from another; nor do they before the
            // next event lies in the newest.
            let Some(first) = self.passing(ctx, low, i64::MAX).min() else {
                return (holds, NEVER);
            };
            if end_of_newest <= first {
                return (holds, end.next_crossing(ctx, first));
            }
        }
        let next = newest.next_crossing(ctx, newest.value(ctx).unwrap_or(ctx.now));
        let of_mind = if self.select.time_dependent {
            self.select.next_filter_change(ctx)
        } else {
            NEVER
        };
        let windows = &self.select.windows;
        let of_windows = if windows.lower.is_empty() && windows.upper.is_empty() {
            NEVER
        } else {
            let leaving = self
                .passing(ctx, low, end_of_newest)
                .map(|at| windows.next_exit(ctx, at, at));
            leaving.min().unwrap_or(NEVER).min(windows.valid_until(ctx))
        };
        (holds, next.min(of_mind).min(of_windows))
    }
}

//! Conditions on how many of the last calendar periods have enough events.

use super::{Condition, Node};
use crate::eval::Binder;
use crate::eval::bounded::Bounded;
use crate::eval::collection::Collection;
use crate::eval::collection::events::SelectNode;
use crate::eval::context::Ctx;
use crate::eval::window::bound::{AnchorNode, BoundNode};
use crate::ir::Select;
use crate::profile::{Event, Profile};
use crate::time::{CalendarUnit, NEVER};

/// `visited at least once per month in 3 of last 6 months`
pub(crate) struct PeriodsNode<P: Profile> {
    select: SelectNode<P>,
    pub(crate) least: usize,
    most: usize,
    /// The bounds of each period, newest first.
    periods: Vec<(BoundNode<P>, BoundNode<P>)>,
    wanted: usize,
}

impl<P: Profile> PeriodsNode<P> {
    pub(super) fn bind(
        binder: &mut Binder<'_, P>,
        select: &Select,
        (least, most): (u64, u64),
        unit: CalendarUnit,
        (wanted, of): (u32, u32),
    ) -> Node<P> {
        let calendar = binder.calendar;
        let start = |offset: i64| BoundNode {
            anchor: AnchorNode::Period {
                unit,
                offset,
                micros: 0,
                calendar,
            },
            then: None,
            plus: 0,
        };
        Node::Periods(Box::new(PeriodsNode {
            select: binder.select(select),
            least: usize::try_from(least).unwrap_or(usize::MAX),
            most: usize::try_from(most).unwrap_or(usize::MAX),
            periods: (1..=i64::from(of))
                .map(|i| (start(-i), start(1 - i)))
                .collect(),
            wanted: usize::try_from(wanted).unwrap_or(usize::MAX),
        }))
    }

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
}

impl<P: Profile> Condition<P> for PeriodsNode<P> {
    fn holds<'a>(&'a self, ctx: &Ctx<'a, P>) -> bool {
        self.wanted == 0
            || self
                .counts(ctx)
                .filter(|(_, n)| self.is_met(*n))
                .nth(self.wanted - 1)
                .is_some()
    }

    fn evaluate<'a>(&'a self, ctx: &Ctx<'a, P>) -> Bounded {
        let holds = self.holds(ctx);
        let (Some((oldest, _)), Some((newest, end))) = (self.periods.last(), self.periods.first())
        else {
            return Bounded::forever(holds);
        };
        let (low, end_of_newest) = (
            oldest.value(ctx).unwrap_or(i64::MIN),
            end.value(ctx).unwrap_or(ctx.now),
        );
        if !self.select.time_dependent {
            // Once every event lies before the oldest period, no later period differs from another; nor do they before the
            // next event lies in the newest.
            let Some(first) = self.passing(ctx, low, i64::MAX).min() else {
                return Bounded::forever(holds);
            };
            if end_of_newest <= first {
                return Bounded::new(holds, end.next_crossing(ctx, first));
            }
        }
        let next = newest.next_crossing(ctx, newest.value(ctx).unwrap_or(ctx.now));
        let of_filter = if self.select.time_dependent {
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
        Bounded::new(holds, next.min(of_filter).min(of_windows))
    }

    fn max_change_points<'a>(&'a self, ctx: &Ctx<'a, P>, of: usize) -> usize {
        self.select
            .max_change_points(ctx, of)
            .saturating_mul(self.periods.len())
    }

    fn cost(&self) -> u32 {
        50
    }
}

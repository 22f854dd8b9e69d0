//! Windows of time: half-open, and moving with `now` where their bounds do.

pub(crate) mod bound;
pub(crate) mod shift;

use super::Binder;
use super::bounded::Bounded;
use super::context::Ctx;
use super::probe::sum;
use crate::ir::{Bound, Windows};
use crate::profile::Profile;
use crate::time::{MAX_BACK, NEVER};
use bound::{AnchorNode, BoundNode};

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
    pub(crate) fn only_lose(&self) -> bool {
        let lasting = |b: &BoundNode<P>| {
            let trails = matches!(b.anchor, AnchorNode::Now(_) | AnchorNode::At(_));
            (trails && b.then.is_none()) || b.is_calendar_start()
        };
        self.upper.is_empty() && self.lower.iter().all(lasting)
    }

    /// An instant below which nothing is inside, now or later: no bound that counts from `now` is set back by more than months
    /// that are clamped at their ends.
    pub(crate) fn never_below<'a>(&'a self, ctx: &Ctx<'a, P>) -> i64 {
        /// More than a bound may be set back: months are added to it a few times.
        const BACK: i64 = 8 * MAX_BACK;
        let of_now = self.lower.iter().filter(|bound| bound.term().is_none());
        let low = of_now.filter_map(|bound| bound.value(ctx)).max();
        low.map_or(i64::MIN, |low| low.saturating_sub(BACK))
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
    pub(crate) fn overlap<'a>(&'a self, ctx: &Ctx<'a, P>, first: i64, last: i64) -> Bounded {
        if self.range(ctx).is_none() {
            return Bounded::new(false, self.valid_until(ctx));
        }
        let begins = BoundNode::fixed(first);
        let ends = [
            BoundNode::after_now(1),
            BoundNode::fixed(last.saturating_add(1)),
        ];
        let lower = self.lower.iter().chain([&begins]);
        let upper = || self.upper.iter().chain(&ends);
        let precede = lower.flat_map(|l| upper().filter_map(|u| l.precedes(ctx, u)));
        Bounded::all(precede).capped(self.valid_until(ctx))
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

    /// Upper bound on the instants at which so many instants enter and leave.
    pub(crate) fn max_change_points<'a>(
        &'a self,
        ctx: &Ctx<'a, P>,
        instants: usize,
        of: usize,
    ) -> usize {
        let bounds = || self.lower.iter().chain(&self.upper);
        let values = sum(bounds()
            .filter_map(BoundNode::term)
            .map(|term| term.max_change_points(ctx, of)));
        instants
            .saturating_mul(bounds().count().saturating_add(1))
            .saturating_add(values)
    }
}

impl<P: Profile> Binder<'_, P> {
    pub(crate) fn windows(&mut self, windows: &Windows) -> WindowNode<P> {
        let mut bounds = |list: &[Bound]| {
            list.iter()
                .map(|bound| BoundNode::bind(self, bound))
                .collect()
        };
        WindowNode {
            lower: bounds(&windows.lower),
            upper: bounds(&windows.upper),
        }
    }
}

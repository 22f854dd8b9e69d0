//! Dates that lie ahead or behind, and their anniversaries.

use super::window::TimedNode;
use super::{Condition, Node};
use crate::eval::Binder;
use crate::eval::bounded::Bounded;
use crate::eval::context::Ctx;
use crate::eval::value::TermNode;
use crate::eval::window::WindowNode;
use crate::eval::window::bound::BoundNode;
use crate::ir::{Bound, Term, Ty};
use crate::profile::Profile;
use crate::time::{Date, Instant, NEVER, Zone, date_plus_months};
use chrono::Datelike;

pub(super) fn bind<P: Profile>(
    binder: &mut Binder<'_, P>,
    value: &Term,
    yearly: bool,
    first: &Bound,
    end: &Bound,
) -> Node<P> {
    let (first, end) = (BoundNode::bind(binder, first), BoundNode::bind(binder, end));
    let term = binder.term(value);
    if value.ty == Ty::Instant {
        let windows = WindowNode {
            lower: vec![first],
            upper: vec![end],
        };
        return TimedNode::of(term, windows);
    }
    Node::Upcoming(Box::new(UpcomingNode {
        value: term,
        yearly,
        first,
        end,
        zone: binder.calendar.zone,
    }))
}

/// `birthday in next 7 days`, of a date.
pub(crate) struct UpcomingNode<P: Profile> {
    pub(crate) value: TermNode<P>,
    pub(crate) yearly: bool,
    /// The start of the first day that is asked about.
    first: BoundNode<P>,
    /// The end of the last.
    end: BoundNode<P>,
    zone: Zone,
}

impl<P: Profile> UpcomingNode<P> {
    /// The first and the last date asked about.
    pub(crate) fn range<'a>(&'a self, ctx: &Ctx<'a, P>) -> (Date, Date) {
        let date = |bound: &'a BoundNode<P>| {
            // INVARIANT: both ends count from `now` alone, so they are never missing.
            let at = bound.value(ctx).unwrap_or(ctx.now);
            self.zone.date(Instant::from_micros(at).micros())
        };
        let end = date(&self.end);
        (
            date(&self.first),
            Date::from_days(end.days().saturating_sub(1)),
        )
    }

    /// The last occurrence not after `than`, or the first after it.
    pub(crate) fn occurrence(&self, date: Date, than: Date, after: bool) -> Option<Date> {
        if !self.yearly {
            return ((date > than) == after).then_some(date);
        }
        let years = than.to_naive().year() - date.to_naive().year();
        let in_year = |k: i32| (k >= 0).then(|| date_plus_months(date, i64::from(k) * 12));
        if after {
            [years, years + 1, 0]
                .into_iter()
                .filter_map(in_year)
                .filter(|d| *d > than)
                .min()
        } else {
            [years, years - 1]
                .into_iter()
                .filter_map(in_year)
                .filter(|d| *d <= than)
                .max()
        }
    }

    fn date<'a>(&'a self, ctx: &Ctx<'a, P>) -> Option<Date> {
        let days = self.value.value(ctx).as_i64()?;
        Some(Date::from_days(i32::try_from(days).unwrap_or(i32::MAX)))
    }

    /// Whether an occurrence lies in the range, and until when no day enters or leaves it that matters.
    fn of_date<'a>(&'a self, ctx: &Ctx<'a, P>, date: Date) -> Bounded {
        let (low, high) = self.range(ctx);
        let start = |d: Date| self.zone.start_of(d);
        let latest = self.occurrence(date, high, false);
        if let Some(inside) = latest.filter(|d| *d >= low) {
            let leaves = self.first.next_crossing(ctx, start(inside));
            let drops_out = self.end.next_crossing(ctx, start(inside));
            return Bounded::new(true, leaves.min(drops_out));
        }
        let coming = self
            .occurrence(date, high, true)
            .map(|d| self.end.next_crossing(ctx, start(d)));
        let gone = latest.map(|d| self.first.next_crossing(ctx, start(d)));
        let enters = coming.into_iter().chain(gone).min();
        Bounded::new(false, enters.unwrap_or(NEVER))
    }
}

impl<P: Profile> Condition<P> for UpcomingNode<P> {
    fn holds<'a>(&'a self, ctx: &Ctx<'a, P>) -> bool {
        self.date(ctx).is_some_and(|date| {
            let (low, high) = self.range(ctx);
            self.occurrence(date, high, false).is_some_and(|d| d >= low)
        })
    }

    fn evaluate<'a>(&'a self, ctx: &Ctx<'a, P>) -> Bounded {
        let of_date = self.date(ctx).map(|date| self.of_date(ctx, date));
        of_date
            .unwrap_or(Bounded::forever(false))
            .capped(self.value.valid_until(ctx))
    }

    fn max_change_points<'a>(&'a self, ctx: &Ctx<'a, P>, of: usize) -> usize {
        self.value.max_change_points(ctx, of).saturating_add(of)
    }

    fn cost(&self) -> u32 {
        12
    }
}

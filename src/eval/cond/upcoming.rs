//! Dates that lie ahead or behind, and their anniversaries.

use super::window::TimedNode;
use super::{Condition, Node};
use crate::eval::Binder;
use crate::eval::bounded::Bounded;
use crate::eval::context::Ctx;
use crate::eval::search::first_where;
use crate::eval::value::TermNode;
use crate::eval::window::WindowNode;
use crate::eval::window::bound::BoundNode;
use crate::eval::window::shift::moved;
use crate::ir::{Calendar, CalendarSpan, Term, Ty};
use crate::profile::Profile;
use crate::time::{DAY, Date, MAX_BACK, NEVER, date_plus_months};
use chrono::Datelike;

pub(super) fn bind<P: Profile>(
    binder: &mut Binder<'_, P>,
    value: &Term,
    yearly: bool,
    next: bool,
    within: CalendarSpan,
) -> Node<P> {
    if value.ty == Ty::Instant {
        return TimedNode::of(binder.term(value), instants(binder, next, within));
    }
    Node::Upcoming(Box::new(UpcomingNode {
        value: binder.term(value),
        yearly,
        next,
        within,
        calendar: binder.calendar,
    }))
}

/// The window of the instants that are so near: what is ahead begins after now, what is behind ends with it.
fn instants<P: Profile>(binder: &Binder<'_, P>, next: bool, within: CalendarSpan) -> WindowNode<P> {
    let after = |bound: BoundNode<P>| BoundNode { plus: 1, ..bound };
    let (months, micros) = within.parts();
    let now = || after(BoundNode::now_plus(binder.calendar, 0, 0));
    if next {
        WindowNode {
            lower: vec![now()],
            upper: vec![after(BoundNode::now_plus(binder.calendar, months, micros))],
        }
    } else {
        WindowNode {
            lower: vec![BoundNode::ago(binder.calendar, within)],
            upper: vec![now()],
        }
    }
}

/// `birthday in next 7 days`, of a date.
pub(crate) struct UpcomingNode<P: Profile> {
    pub(crate) value: TermNode<P>,
    pub(crate) yearly: bool,
    next: bool,
    within: CalendarSpan,
    calendar: Calendar,
}

impl<P: Profile> UpcomingNode<P> {
    /// The first and the last date asked about, at an instant. Neither ever moves back as time passes.
    pub(crate) fn range(&self, now: i64) -> (Date, Date) {
        let (months, micros) = self.within.parts();
        let sign = if self.next { 1 } else { -1 };
        let today = self.calendar.zone.date(now);
        let other = self
            .calendar
            .zone
            .date(moved(now, sign * months, self.calendar).saturating_add(sign * micros));
        if self.next {
            (today, other)
        } else {
            (other, today)
        }
    }

    /// The first instant after now at which today, or the far end of the range, is at a date that it is before yet.
    fn reaches(&self, now: i64, far_end: bool, date: Date) -> i64 {
        let start = self.calendar.zone.start_of(date);
        if !far_end {
            return start;
        }
        let (months, micros) = self.within.parts();
        let sign = if self.next { -1 } else { 1 };
        let about = moved(start, sign * months, self.calendar).saturating_add(sign * micros);
        let there = |t: i64| {
            if self.next {
                self.range(t).1 >= date
            } else {
                self.range(t).0 >= date
            }
        };
        let (from, end) = (
            now.max(about.saturating_sub(MAX_BACK)),
            about.saturating_add(MAX_BACK),
        );
        if from < end && !there(from) && there(end) {
            return first_where(from, end.saturating_add(1), there);
        }
        first_where(now, NEVER, there)
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
}

impl<P: Profile> Condition<P> for UpcomingNode<P> {
    fn holds<'a>(&'a self, ctx: &Ctx<'a, P>) -> bool {
        self.evaluate(ctx).holds
    }

    fn evaluate<'a>(&'a self, ctx: &Ctx<'a, P>) -> Bounded {
        let valid_until = self.value.valid_until(ctx);
        let Some(days) = self.value.value(ctx).as_i64() else {
            return Bounded::new(false, valid_until);
        };
        let date = Date::from_days(i32::try_from(days).unwrap_or(i32::MAX));
        let (low, high) = self.range(ctx.now);
        // The occurrence inside that stays longest, or else the next to come.
        let inside = self.occurrence(date, high, false).filter(|d| *d >= low);
        if let Some(last) = inside {
            // Where the range takes in a whole year, there is always one in it.
            let (months, micros) = self.within.parts();
            let always = self.yearly && (months >= 12 || micros >= 366 * DAY);
            let tomorrow = Date::from_days(last.days().saturating_add(1));
            return Bounded::new(
                true,
                if always {
                    valid_until
                } else {
                    valid_until.min(self.reaches(ctx.now, !self.next, tomorrow))
                },
            );
        }
        match self.occurrence(date, high, true) {
            Some(next) => Bounded::new(
                false,
                valid_until.min(self.reaches(ctx.now, self.next, next)),
            ),
            None => Bounded::new(false, valid_until),
        }
    }

    fn max_change_points<'a>(&'a self, ctx: &Ctx<'a, P>, of: usize) -> usize {
        self.value.max_change_points(ctx, of).saturating_add(of)
    }

    fn cost(&self) -> u32 {
        12
    }
}

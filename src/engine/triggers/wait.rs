//! When waits are over.

use super::dated::{DatePlan, foresee};
use super::reentry::plus;
use super::schedule::{self, moved, on};
use crate::engine::live_profile::LiveProfile;
use crate::engine::timezone::Timezone;
use crate::eval::Binder;
use crate::eval::context::Ctx;
use crate::ir::CalendarSpan;
use crate::rule::trigger::{Clock, Every};
use crate::rule::wait::Wait;
use crate::time::{NEVER, Zone};

/// A wait, bound to a profile type.
pub(crate) enum WaitPlan<P: LiveProfile> {
    Length(CalendarSpan),
    Days { length: CalendarSpan, at: Clock },
    Clock { every: Every, at: Clock },
    Date(DatePlan<P>),
}

impl<P: LiveProfile> WaitPlan<P> {
    pub(crate) fn bind(wait: &Wait, binder: &mut Binder<'_, P>) -> Self {
        match wait {
            Wait::Length(length) => WaitPlan::Length(*length),
            Wait::Days { length, at } => WaitPlan::Days {
                length: *length,
                at: *at,
            },
            Wait::Clock { weekday, at } => WaitPlan::Clock {
                every: weekday.map_or(Every::Day, Every::Weekday),
                at: *at,
            },
            Wait::Date(date) => WaitPlan::Date(DatePlan::bind(date, binder)),
        }
    }

    /// Whether it may end at another instant once the profile has other values: its zone, or a date.
    pub(crate) fn is_dated(&self) -> bool {
        match self {
            WaitPlan::Length(length) => matches!(length, CalendarSpan::Months(_)),
            WaitPlan::Days { .. } | WaitPlan::Clock { .. } | WaitPlan::Date(_) => true,
        }
    }

    /// The first instant at which a wait is over that began at `since`, as far as is known now; it may have passed. [`NEVER`]
    /// if it waits for a date that the profile does not have.
    ///
    /// A time of day, and a date that comes back every year, are waited for even if they fall on `since` itself: two waits
    /// until Monday, one after the other, are a week apart. A date that has passed is not waited for.
    pub(crate) fn end<'a>(
        &'a self,
        ctx: &Ctx<'a, P>,
        timezone: &'a Timezone<P>,
        since: i64,
    ) -> i64 {
        let now = ctx.now;
        let valid_until = |ctx: &Ctx<'a, P>| match self {
            WaitPlan::Date(date) => date.valid_until(ctx),
            WaitPlan::Length(_) | WaitPlan::Days { .. } | WaitPlan::Clock { .. } => NEVER,
        };
        foresee(ctx, timezone, valid_until, |ctx, zone| {
            let end = self.end_as_it_is(ctx, zone, since);
            // Where a change that is still to come puts it before that change, it is over then.
            if ctx.now > now { end.max(ctx.now) } else { end }
        })
    }

    fn end_as_it_is<'a>(&'a self, ctx: &Ctx<'a, P>, zone: Zone, since: i64) -> i64 {
        match self {
            WaitPlan::Length(length) => plus(since, *length, zone),
            WaitPlan::Days { length, at } => on(moved(zone.date(since), *length), *at, zone),
            WaitPlan::Clock { every, at } => {
                schedule::next_scheduled(*every, *at, zone, since).unwrap_or(NEVER)
            }
            WaitPlan::Date(date) => {
                let end = date.occurrence(ctx, zone, since);
                end.map_or(NEVER, |end| end.max(since))
            }
        }
    }
}

//! Dates of profiles: when they come, if nothing new does.

use super::schedule;
use crate::engine::live_profile::LiveProfile;
use crate::engine::timezone::Timezone;
use crate::eval::Binder;
use crate::eval::context::Ctx;
use crate::eval::value::TermNode;
use crate::ir::{CalendarSpan, Ty};
use crate::rule::trigger::Clock;
use crate::rule::wait::ProfileDate;
use crate::time::{Date, Instant, NEVER, Zone};

/// A date of the profile, moved by `offset`, at a time of the profile's day.
pub(crate) struct DatePlan<P: LiveProfile> {
    value: TermNode<P>,
    is_date: bool,
    offset: CalendarSpan,
    at: Clock,
    yearly: bool,
}

impl<P: LiveProfile> DatePlan<P> {
    pub(crate) fn bind(date: &ProfileDate, binder: &mut Binder<'_, P>) -> Self {
        DatePlan {
            value: binder.term(&date.value),
            is_date: date.value.ty == Ty::Date,
            offset: date.lead,
            at: date.at,
            yearly: date.yearly,
        }
    }

    /// When the date that it is now comes: a yearly one strictly after an instant, another whenever that is or was. `None`
    /// if it is missing or does not come.
    pub(crate) fn occurrence<'a>(
        &'a self,
        ctx: &Ctx<'a, P>,
        zone: Zone,
        after: i64,
    ) -> Option<i64> {
        let value = self.value.value(ctx).as_i64()?;
        let date = if self.is_date {
            Date::from_days(i32::try_from(value).unwrap_or(i32::MAX))
        } else {
            zone.date(value)
        };
        let after = if self.yearly { after } else { i64::MIN };
        schedule::next_dated(date, self.offset, self.at, self.yearly, zone, after)
    }

    /// When the date that it is now comes first after an instant.
    pub(crate) fn next<'a>(&'a self, ctx: &Ctx<'a, P>, zone: Zone, after: i64) -> i64 {
        let next = self.occurrence(ctx, zone, after);
        next.filter(|next| *next > after).unwrap_or(NEVER)
    }

    /// The first instant after now at which it may be another date if nothing new comes.
    pub(crate) fn valid_until<'a>(&'a self, ctx: &Ctx<'a, P>) -> i64 {
        self.value.valid_until(ctx)
    }
}

/// An instant that is found from the values of a profile, as they will be then.
///
/// Until then they may change by themselves, and so may the zone. So what follows from those of now counts only if it lies
/// before the next such change; else the search goes on from there. If they change too often to be followed, the result is
/// an instant at which to look again.
pub(crate) fn foresee<'a, P: LiveProfile>(
    ctx: &Ctx<'a, P>,
    timezone: &'a Timezone<P>,
    valid_until: impl Fn(&Ctx<'a, P>) -> i64,
    as_it_is: impl Fn(&Ctx<'a, P>, Zone) -> i64,
) -> i64 {
    const MAX_CHANGES: usize = 400;
    let mut ctx = *ctx;
    for _ in 0..MAX_CHANGES {
        let next = as_it_is(&ctx, timezone.of(ctx.profile, ctx.now));
        let valid_until = valid_until(&ctx).min(timezone.valid_until(ctx.profile, ctx.now));
        if next < valid_until || valid_until > Instant::MAX.micros() {
            return next;
        }
        ctx.now = valid_until;
    }
    ctx.now
}

//! `now`, the date of today, parts of the calendar, and values moved by months.

use super::{Inner, TermNode, Value};
use crate::eval::Binder;
use crate::eval::context::Ctx;
use crate::eval::window::shift::{moved, number_at};
use crate::ir::{Calendar, Part, Term, Ty};
use crate::profile::{Profile, Val};
use crate::time::{
    CalendarUnit, DAY, Date, HOUR, Instant, NEVER, day_of_month, hour_of, month_of_year,
    period_start, weekday,
};

pub(crate) struct Now;

impl<P: Profile> Value<P> for Now {
    #[inline]
    fn value<'a>(&'a self, ctx: &Ctx<'a, P>) -> Val<'a> {
        Val::Whole(i128::from(ctx.now))
    }

    fn valid_until<'a>(&'a self, _: &Ctx<'a, P>) -> i64 {
        NEVER
    }

    fn inner(&self) -> Inner<'_, P> {
        [None, None]
    }

    fn now_occurrences(&self) -> i64 {
        1
    }

    fn is_proportional(&self) -> bool {
        true
    }
}

/// The date of `now`, plus days.
pub(crate) struct Today {
    days: i64,
    calendar: Calendar,
}

impl Today {
    pub(super) fn bind<P: Profile>(binder: &Binder<'_, P>, days: i64) -> Self {
        Today {
            days,
            calendar: binder.calendar,
        }
    }
}

impl<P: Profile> Value<P> for Today {
    fn value<'a>(&'a self, ctx: &Ctx<'a, P>) -> Val<'a> {
        let today = i64::from(self.calendar.zone.date(ctx.now).days());
        Val::Whole(i128::from(today.saturating_add(self.days)))
    }

    fn valid_until<'a>(&'a self, _: &Ctx<'a, P>) -> i64 {
        NEVER
    }

    fn inner(&self) -> Inner<'_, P> {
        [None, None]
    }

    fn now_occurrences(&self) -> i64 {
        1
    }

    fn next_discontinuity<'a>(&'a self, ctx: &Ctx<'a, P>) -> i64 {
        end_of_today(ctx.now, self.calendar)
    }
}

/// The first instant of tomorrow.
fn end_of_today(now: i64, calendar: Calendar) -> i64 {
    let tomorrow = Date::from_days(calendar.zone.date(now).days().saturating_add(1));
    calendar.zone.start_of(tomorrow).max(now.saturating_add(1))
}

/// A part of the calendar that holds an instant or a date: `month(signup)`.
pub(crate) struct PartNode<P: Profile> {
    part: Part,
    of: Box<TermNode<P>>,
    of_date: bool,
    depends_on_now: bool,
    calendar: Calendar,
}

impl<P: Profile> PartNode<P> {
    pub(super) fn bind(binder: &mut Binder<'_, P>, part: Part, of: &Term) -> Self {
        PartNode {
            part,
            of_date: of.ty == Ty::Date,
            depends_on_now: of.depends_on_now,
            of: Box::new(binder.term(of)),
            calendar: binder.calendar,
        }
    }
}

impl<P: Profile> Value<P> for PartNode<P> {
    fn value<'a>(&'a self, ctx: &Ctx<'a, P>) -> Val<'a> {
        let Some(of) = self.of.value(ctx).as_i64() else {
            return Val::Missing;
        };
        Val::Whole(i128::from(part_of(
            self.part,
            of,
            self.of_date,
            self.calendar,
        )))
    }

    fn valid_until<'a>(&'a self, ctx: &Ctx<'a, P>) -> i64 {
        let valid_until = self.of.valid_until(ctx);
        if !self.depends_on_now {
            return valid_until;
        }
        let Some(of) = self.of.value(ctx).as_i64() else {
            return valid_until;
        };
        let next = if self.of.adds_months() {
            // Between two discontinuities such a value moves as `now` does, and then by more or by less.
            self.next_other(ctx, self.of.next_discontinuity(ctx))
        } else {
            // `today + 1 second` stands still and leaps at midnight; a value that moves as `now` may leap as well.
            let leap = self.of.next_discontinuity(ctx);
            let stands_still =
                leap != NEVER && self.of.value(&ctx.at(leap - 1)).as_i64() == Some(of);
            if stands_still {
                leap
            } else {
                next_part(self.part, of, self.of_date, ctx.now, self.calendar).min(leap)
            }
        };
        valid_until.min(next)
    }

    fn inner(&self) -> Inner<'_, P> {
        [Some(&self.of), None]
    }

    fn next_discontinuity<'a>(&'a self, ctx: &Ctx<'a, P>) -> i64 {
        let inner = self.next_inner_discontinuity(ctx);
        if self.of.now_occurrences() == 0 {
            return inner;
        }
        self.next_other(ctx, inner)
    }

    fn cycle(&self) -> Option<i64> {
        if !self.depends_on_now {
            return None;
        }
        // With some room for days and hours that a zone leaves out.
        match (self.part, self.of.adds_months()) {
            (Part::Hour, false) => Some(3 * DAY),
            (Part::Weekday, false) => Some(15 * DAY),
            (Part::DayOfMonth, false) => Some(95 * DAY),
            (Part::MonthOfYear, false) => Some(400 * DAY),
            // Months' ends leave out up to three days in a row.
            (Part::Hour | Part::Weekday, true) => Some(40 * DAY),
            (Part::MonthOfYear, true) => Some(800 * DAY),
            // Which of them comes up depends on the lengths of two months, and so on leap years: there may be eight years
            // from one to the next.
            (Part::DayOfMonth, true) => Some(9 * 366 * DAY),
            (Part::Date | Part::Period(_), _) => None,
        }
    }

    fn inputs_valid_until<'a>(&'a self, ctx: &Ctx<'a, P>) -> i64 {
        if self.depends_on_now {
            self.of.inputs_valid_until(ctx)
        } else {
            self.valid_until(ctx)
        }
    }
}

/// An instant or a date moved by calendar months.
pub(crate) struct PlusMonths<P: Profile> {
    of: Box<TermNode<P>>,
    is_date: bool,
    months: i64,
    calendar: Calendar,
}

impl<P: Profile> PlusMonths<P> {
    pub(super) fn bind(binder: &mut Binder<'_, P>, of: &Term, months: i64) -> Self {
        PlusMonths {
            is_date: of.ty == Ty::Date,
            of: Box::new(binder.term(of)),
            months,
            calendar: binder.calendar,
        }
    }

    /// Whether what is moved is an instant that moves with `now`: then the end of a month sets it back.
    fn is_set_back(&self) -> bool {
        !self.is_date && self.of.now_occurrences() > 0
    }
}

impl<P: Profile> Value<P> for PlusMonths<P> {
    fn value<'a>(&'a self, ctx: &Ctx<'a, P>) -> Val<'a> {
        let Some(of) = self.of.value(ctx).as_i64() else {
            return Val::Missing;
        };
        let moved = if self.is_date {
            plus_months(of, self.months)
        } else {
            moved(of, self.months, self.calendar)
        };
        Val::Whole(i128::from(moved))
    }

    fn valid_until<'a>(&'a self, ctx: &Ctx<'a, P>) -> i64 {
        self.of.valid_until(ctx)
    }

    fn inner(&self) -> Inner<'_, P> {
        [Some(&self.of), None]
    }

    fn resets(&self) -> i64 {
        self.of
            .resets()
            .saturating_add(i64::from(self.is_set_back()))
    }

    fn adds_months(&self) -> bool {
        self.of.now_occurrences() > 0 || self.of.adds_months()
    }

    fn next_discontinuity<'a>(&'a self, ctx: &Ctx<'a, P>) -> i64 {
        let inner = self.next_inner_discontinuity(ctx);
        if !self.is_set_back() {
            return inner;
        }
        let own = self.of.value(ctx).as_i64().map_or(NEVER, |of| {
            let of = Instant::from_micros(of).micros();
            ctx.now
                .saturating_add(self.calendar.zone.stretch_end(of) - of)
        });
        own.min(inner)
    }
}

/// A date moved by months, as days.
fn plus_months(days: i64, months: i64) -> i64 {
    let date = Date::from_days(i32::try_from(days).unwrap_or(i32::MAX));
    i64::from(crate::time::date_plus_months(date, months).days())
}

/// A part of the calendar. `v` is microseconds, or days where it is a date.
fn part_of(part: Part, v: i64, of_date: bool, calendar: Calendar) -> i64 {
    let date = || {
        if of_date {
            Date::from_days(i32::try_from(v).unwrap_or(i32::MAX))
        } else {
            calendar.zone.date(v)
        }
    };
    match part {
        Part::Date => i64::from(date().days()),
        Part::Period(unit) => crate::time::period_number(unit, date(), calendar.week_start),
        Part::MonthOfYear => month_of_year(date()),
        Part::DayOfMonth => day_of_month(date()),
        Part::Weekday => weekday(date()) + 1,
        Part::Hour => hour_of(v, calendar.zone),
    }
}

/// When a part of a value that moves with `now` changes next; [`NEVER`] for the parts that only grow, which whoever
/// compares them solves for.
fn next_part(part: Part, v: i64, of_date: bool, now: i64, calendar: Calendar) -> i64 {
    if matches!(part, Part::Date | Part::Period(_)) {
        return NEVER;
    }
    if of_date {
        // The date of today, perhaps moved: it changes at midnight.
        return end_of_today(now, calendar);
    }
    if part == Part::Hour {
        let to_hour = HOUR - calendar.zone.local(v).rem_euclid(HOUR);
        let end = calendar.zone.stretch_end(v);
        return now.saturating_add(to_hour.min(end - v).max(1));
    }
    let unit = if part == Part::MonthOfYear {
        CalendarUnit::Month
    } else {
        CalendarUnit::Day
    };
    let next = period_start(
        unit,
        number_at(v, unit, calendar).saturating_add(1),
        calendar.week_start,
        calendar.zone,
    );
    if next <= v {
        NEVER
    } else {
        now.saturating_add(next - v)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use crate::Rule;
    use crate::profile::{Model, Record};
    use crate::schema::Schema;

    #[test]
    fn the_next_hour_comes_at_the_full_hour() {
        let half_past = 30 * HOUR / 60;
        let next = |part| next_part(part, half_past, false, half_past, Calendar::default());
        assert_eq!(next(Part::Hour), HOUR);
        assert_eq!(next(Part::Weekday), DAY);
        assert_eq!(next(Part::MonthOfYear), 31 * DAY);
        // Dates only grow: a comparison solves for them.
        assert_eq!(next(Part::Date), NEVER);
    }

    #[test]
    fn what_leaps_at_midnight_is_seen_then() {
        let schema = Schema::builder().build().unwrap();
        let anna = Record::builder(&schema, "anna").build().unwrap();
        for (text, expected) in [
            (
                "(today + 1 seconds).day_of_month = 31",
                "2026-03-31T00:00:00Z",
            ),
            (
                "(today - 1 seconds).day_of_month = 31",
                "2026-04-01T00:00:00Z",
            ),
            (
                "(today + 90 minutes).weekday = monday",
                "2026-03-23T00:00:00Z",
            ),
            (
                "(now + 1 seconds).day_of_month = 31",
                "2026-03-30T23:59:59Z",
            ),
        ] {
            let rule = Rule::check(text, &schema).unwrap();
            let rule = rule.bind(&Model::for_schema(&schema)).unwrap();
            let verdict = rule.verdict(&anna, "2026-03-18T00:00:00Z".parse().unwrap());
            assert_eq!(verdict.until, Some(expected.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn months_are_clamped_at_their_ends() {
        let day = |text: &str| i64::from(text.parse::<Date>().map_or(0, Date::days));
        assert_eq!(plus_months(day("2024-01-31"), 1), day("2024-02-29"));
        assert_eq!(plus_months(day("2024-02-29"), 12), day("2025-02-28"));
    }
}

//! Bounds of windows: where they are now, and when they will pass an instant.

use super::context::Ctx;
use super::motion::MOST_BACK;
use super::term::TermNode;
use crate::profile::Profile;
use crate::rule::ir::{Calendar, Edge};
use crate::syntax::CalendarUnit;
use crate::time::{DAY, Date, Instant, NEVER, add_months, period_number, period_start};

/// A bound ready to run.
pub(crate) struct BoundNode<P: Profile> {
    pub(crate) anchor: AnchorNode<P>,
    /// Months by which the anchor is moved.
    pub(crate) then: Option<(i64, Calendar)>,
    pub(crate) plus: i64,
}

pub(crate) enum AnchorNode<P: Profile> {
    At(i64),
    /// `now` plus microseconds.
    Now(i64),
    /// `now` moved by months, then by microseconds.
    Months {
        months: i64,
        micros: i64,
        calendar: Calendar,
    },
    Period {
        unit: CalendarUnit,
        offset: i64,
        micros: i64,
        calendar: Calendar,
    },
    Term {
        term: Box<TermNode<P>>,
        is_date: bool,
        edge: Edge,
        months: i64,
        micros: i64,
        calendar: Calendar,
    },
}

impl<P: Profile> BoundNode<P> {
    /// The bound at `ctx.now`; `None` where a value it counts from is missing.
    #[inline]
    pub(crate) fn value<'a>(&'a self, ctx: &Ctx<'a, P>) -> Option<i64> {
        let anchor = self.anchored(ctx)?;
        let moved = self.then.map_or(anchor, |(months, calendar)| moved(anchor, months, calendar));
        Some(moved.saturating_add(self.plus))
    }

    #[inline]
    fn anchored<'a>(&'a self, ctx: &Ctx<'a, P>) -> Option<i64> {
        Some(match &self.anchor {
            AnchorNode::At(micros) => *micros,
            AnchorNode::Now(micros) => ctx.now.saturating_add(*micros),
            AnchorNode::Months { months, micros, calendar } => {
                moved(ctx.now, *months, *calendar).saturating_add(*micros)
            }
            AnchorNode::Period { unit, offset, micros, calendar } => {
                let number = number_at(ctx.now.saturating_add(*micros), *unit, *calendar);
                period_start(*unit, number.saturating_add(*offset), calendar.week_start, calendar.zone)
            }
            AnchorNode::Term { term, is_date, edge, months, micros, calendar } => {
                let v = term.value(ctx).as_i64()?;
                let zone = calendar.zone;
                let day = |days: i64| Date::from_days(i32::try_from(days).unwrap_or(i32::MAX));
                let at = if *is_date {
                    let start = zone.start_of(day(v.saturating_add(i64::from(*edge == Edge::DayEnd))));
                    moved(start, *months, *calendar).saturating_add(*micros)
                } else {
                    moved(v, *months, *calendar).saturating_add(*micros)
                };
                match edge {
                    Edge::DayStart if !is_date => zone.start_of(zone.date(at)),
                    Edge::DayEnd if !is_date => zone.start_of(day(i64::from(zone.date(at).days()) + 1)),
                    _ => at,
                }
            }
        })
    }

    /// The first instant after `ctx.now` at which `bound <= x` is no longer what it is now, while no value that the bound
    /// counts from changes.
    pub(crate) fn cross<'a>(&'a self, ctx: &Ctx<'a, P>, x: i64) -> i64 {
        let now = ctx.now;
        let x = x.saturating_sub(self.plus);
        if let Some((then, calendar)) = self.then {
            return self.cross_moved(ctx, then, calendar, x);
        }
        match &self.anchor {
            AnchorNode::At(_) | AnchorNode::Term { .. } => NEVER,
            AnchorNode::Now(micros) => {
                if now.saturating_add(*micros) <= x {
                    x.saturating_sub(*micros).saturating_add(1)
                } else {
                    NEVER
                }
            }
            AnchorNode::Months { months, micros, calendar } => {
                let x = x.saturating_sub(*micros);
                let bound = |t: i64| moved(t, *months, *calendar);
                cross_months(now, bound, moved(x, -months, *calendar), MOST_BACK, *calendar, x)
            }
            AnchorNode::Period { unit, offset, micros, calendar } => {
                let start = |number: i64| period_start(*unit, number, calendar.week_start, calendar.zone);
                let number = number_at(now.saturating_add(*micros), *unit, *calendar);
                if start(number.saturating_add(*offset)) > x {
                    return NEVER;
                }
                let target = number_at(x, *unit, *calendar).saturating_add(1).saturating_sub(*offset);
                start(target).saturating_sub(*micros)
            }
        }
    }

    /// The same where the anchor is moved by months once more.
    fn cross_moved<'a>(&'a self, ctx: &Ctx<'a, P>, then: i64, calendar: Calendar, x: i64) -> i64 {
        // Roughly when the bound passes `x`.
        let anchor = moved(x, -then, calendar);
        let about = match &self.anchor {
            AnchorNode::At(_) | AnchorNode::Term { .. } => return NEVER,
            AnchorNode::Now(micros) => anchor.saturating_sub(*micros),
            AnchorNode::Months { months, micros, .. } => moved(anchor.saturating_sub(*micros), -months, calendar),
            AnchorNode::Period { unit, offset, micros, .. } => {
                let number = number_at(anchor, *unit, calendar).saturating_sub(*offset);
                period_start(*unit, number, calendar.week_start, calendar.zone).saturating_sub(*micros)
            }
        };
        let bound = |t: i64| self.anchored(&ctx.at(t)).map_or(t, |anchor| moved(anchor, then, calendar));
        cross_months(ctx.now, bound, about, 2 * MOST_BACK, calendar, x)
    }

    /// Until when the values that the bound counts from stay what they are.
    pub(crate) fn stable<'a>(&'a self, ctx: &Ctx<'a, P>) -> i64 {
        if let AnchorNode::Term { term, .. } = &self.anchor { term.stable(ctx) } else { NEVER }
    }

    /// Whether the bound moves just as `now` does.
    pub(crate) fn keeps_pace(&self) -> bool {
        matches!(self.anchor, AnchorNode::Now(_)) && self.then.is_none()
    }

    /// The first instant after `ctx.now` at which the bound may move otherwise than `now` does: when a period ends, or a
    /// day that is moved by months.
    pub(crate) fn jolt<'a>(&'a self, ctx: &Ctx<'a, P>) -> i64 {
        let day = |x: i64, calendar: Calendar| {
            let x = clamp(x);
            ctx.now.saturating_add(calendar.zone.stretch_end(x) - x)
        };
        let own = match &self.anchor {
            AnchorNode::At(_) | AnchorNode::Term { .. } => return NEVER,
            AnchorNode::Now(_) => NEVER,
            AnchorNode::Months { calendar, .. } => day(ctx.now, *calendar),
            AnchorNode::Period { unit, micros, calendar, .. } => {
                let number = number_at(ctx.now.saturating_add(*micros), *unit, *calendar);
                let next = period_start(*unit, number.saturating_add(1), calendar.week_start, calendar.zone);
                // A period's start is moved by months no more often than it moves.
                return next.saturating_sub(*micros);
            }
        };
        match (self.then, self.anchored(ctx)) {
            (Some((_, calendar)), Some(anchor)) => own.min(day(anchor, calendar)),
            _ => own,
        }
    }

    /// Whether the bound can ever lie later than `now`.
    pub(crate) fn may_lead(&self) -> bool {
        let months = |n: i64| n.saturating_mul(if n > 0 { 31 * DAY } else { 27 * DAY });
        let ahead = match &self.anchor {
            AnchorNode::At(_) | AnchorNode::Term { .. } => return false,
            AnchorNode::Now(micros) => *micros,
            AnchorNode::Months { months: n, micros, .. } => months(*n).saturating_add(*micros),
            AnchorNode::Period { unit, offset, micros, .. } => {
                let (longest, shortest) = match unit {
                    CalendarUnit::Day => (1, 0),
                    CalendarUnit::Week => (7, 6),
                    CalendarUnit::Month => (31, 27),
                    CalendarUnit::Quarter => (92, 89),
                    CalendarUnit::Year => (366, 364),
                };
                let days = if *offset > 0 { longest } else { shortest };
                offset.saturating_mul(days * DAY).saturating_add(*micros)
            }
        };
        let then = self.then.map_or(0, |(n, _)| months(n));
        ahead.saturating_add(then).saturating_add(self.plus) > 0
    }

    /// Whether the bound moves with `now`.
    pub(crate) fn moves(&self) -> bool {
        !matches!(self.anchor, AnchorNode::At(_) | AnchorNode::Term { .. })
    }
}

/// The number of the period that holds an instant.
pub(crate) fn number_at(micros: i64, unit: CalendarUnit, calendar: Calendar) -> i64 {
    period_number(unit, calendar.zone.date(clamp(micros)), calendar.week_start)
}

/// An instant moved by months.
pub(crate) fn moved(micros: i64, months: i64, calendar: Calendar) -> i64 {
    if months == 0 { micros } else { add_months(Instant::from_micros(micros), months, calendar.zone).micros() }
}

fn clamp(micros: i64) -> i64 {
    Instant::from_micros(micros).micros()
}

/// The first instant after `now` at which `bound <= x` changes, which is `about` then. The bound moves forward with `now` except
/// where a month's end or a clock change throws it back, so only the days around the crossing are looked at.
fn cross_months(now: i64, bound: impl Fn(i64) -> i64, about: i64, most_back: i64, calendar: Calendar, x: i64) -> i64 {
    let inside = bound(now) <= x;
    if !inside && bound(now).saturating_sub(most_back) > x {
        return NEVER;
    }
    let mut t = now;
    if inside {
        t = t.max(about.saturating_sub(most_back));
        if t > now && (bound(t) <= x) != inside {
            // The margin was too small to be trusted; look at everything.
            t = now;
        }
    }
    loop {
        if t >= Instant::MAX.micros() {
            return NEVER;
        }
        let end = calendar.zone.stretch_end(t);
        // Within a stretch of one date and one offset, the bound and `now` move together, but for clock changes at the bound.
        if (bound(end - 1) <= x) != inside {
            let (mut same, mut other) = (t, end - 1);
            while other - same > 1 {
                let middle = same + (other - same) / 2;
                if (bound(middle) <= x) == inside { same = middle } else { other = middle }
            }
            return other;
        }
        if (bound(end) <= x) != inside {
            return end;
        }
        t = end;
        if !inside && bound(t).saturating_sub(most_back) > x {
            return NEVER;
        }
    }
}

//! Bounds of windows: where they are now, and when they will pass an instant.

use super::shift::{clamp, days, later, moved, next_day_crossing, next_month_crossing, number_at};
use crate::eval::Binder;
use crate::eval::bounded::Bounded;
use crate::eval::context::Ctx;
use crate::eval::search::first_where;
use crate::eval::value::TermNode;
use crate::ir::{Anchor, Bound, Calendar, CalendarSpan, Edge};
use crate::profile::Profile;
use crate::time::{CalendarUnit, DAY, Date, Instant, MAX_BACK, NEVER, Zone, period_start};

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
    /// The date of `now`, moved by months and then by days, pair by pair: its start.
    Day {
        moves: Vec<(i64, i64)>,
        zone: Zone,
    },
    /// The start of the day so many days after the one that holds a bound.
    DayOf {
        of: Box<BoundNode<P>>,
        offset: i64,
        zone: Zone,
    },
    Bound(Box<BoundNode<P>>),
    Term {
        term: Box<TermNode<P>>,
        edge: Edge,
        zone: Zone,
    },
}

impl<P: Profile> BoundNode<P> {
    pub(crate) fn bind(binder: &mut Binder<'_, P>, bound: &Bound) -> Self {
        let calendar = binder.calendar;
        let anchor = match &bound.anchor {
            Anchor::At(micros) => AnchorNode::At(*micros),
            Anchor::Now { months, micros } => AnchorNode::now_plus(calendar, *months, *micros),
            Anchor::Period {
                unit,
                offset,
                micros,
            } => AnchorNode::Period {
                unit: *unit,
                offset: *offset,
                micros: *micros,
                calendar,
            },
            Anchor::Day { moves } => AnchorNode::Day {
                moves: moves.clone(),
                zone: calendar.zone,
            },
            Anchor::DayOf { of, offset } => AnchorNode::DayOf {
                of: Box::new(BoundNode::bind(binder, of)),
                offset: *offset,
                zone: calendar.zone,
            },
            Anchor::Bound(of) => AnchorNode::Bound(Box::new(BoundNode::bind(binder, of))),
            Anchor::Term { term, edge } => AnchorNode::Term {
                term: Box::new(binder.term(term)),
                edge: *edge,
                zone: calendar.zone,
            },
        };
        BoundNode {
            anchor,
            then: (bound.months != 0).then_some((bound.months, calendar)),
            plus: bound.micros,
        }
    }

    /// `now` moved by months, then by microseconds.
    pub(crate) fn now_plus(calendar: Calendar, months: i64, micros: i64) -> Self {
        BoundNode {
            anchor: AnchorNode::now_plus(calendar, months, micros),
            then: None,
            plus: 0,
        }
    }

    /// The instant so long ago.
    pub(crate) fn ago(calendar: Calendar, length: CalendarSpan) -> Self {
        let (months, micros) = length.parts();
        BoundNode::now_plus(calendar, -months, -micros)
    }

    /// Whether the bound is the start of the day or the period that holds `now`, or one so many before or after it.
    pub(crate) fn is_calendar_start(&self) -> bool {
        let is_start = match &self.anchor {
            AnchorNode::Period { .. } => true,
            AnchorNode::Day { moves, .. } => moves.iter().all(|(months, _)| *months == 0),
            AnchorNode::At(_)
            | AnchorNode::Now(_)
            | AnchorNode::Months { .. }
            | AnchorNode::DayOf { .. }
            | AnchorNode::Bound(_)
            | AnchorNode::Term { .. } => false,
        };
        is_start && self.then.is_none()
    }

    /// The value that the bound counts from.
    pub(crate) fn term(&self) -> Option<&TermNode<P>> {
        match &self.anchor {
            AnchorNode::Term { term, .. } => Some(term),
            AnchorNode::Bound(of) | AnchorNode::DayOf { of, .. } => of.term(),
            AnchorNode::At(_)
            | AnchorNode::Now(_)
            | AnchorNode::Months { .. }
            | AnchorNode::Period { .. }
            | AnchorNode::Day { .. } => None,
        }
    }

    /// An instant as a bound.
    pub(crate) fn fixed(at: i64) -> Self {
        BoundNode {
            anchor: AnchorNode::At(at),
            then: None,
            plus: 0,
        }
    }

    /// So long after `now`.
    pub(crate) fn after_now(micros: i64) -> Self {
        BoundNode {
            anchor: AnchorNode::Now(micros),
            then: None,
            plus: 0,
        }
    }

    /// The bound at `ctx.now`; `None` where a value it counts from is missing.
    #[inline]
    pub(crate) fn value<'a>(&'a self, ctx: &Ctx<'a, P>) -> Option<i64> {
        let anchor = self.anchored(ctx)?;
        let moved = self
            .then
            .map_or(anchor, |(months, calendar)| moved(anchor, months, calendar));
        Some(moved.saturating_add(self.plus))
    }

    #[inline]
    fn anchored<'a>(&'a self, ctx: &Ctx<'a, P>) -> Option<i64> {
        Some(match &self.anchor {
            AnchorNode::At(micros) => *micros,
            AnchorNode::Now(micros) => ctx.now.saturating_add(*micros),
            AnchorNode::Months {
                months,
                micros,
                calendar,
            } => moved(ctx.now, *months, *calendar).saturating_add(*micros),
            AnchorNode::Period {
                unit,
                offset,
                micros,
                calendar,
            } => {
                let number = number_at(ctx.now.saturating_add(*micros), *unit, *calendar);
                period_start(
                    *unit,
                    number.saturating_add(*offset),
                    calendar.week_start,
                    calendar.zone,
                )
            }
            AnchorNode::Day { moves, zone } => {
                zone.start_of(later(zone.date(clamp(ctx.now)), moves))
            }
            AnchorNode::DayOf { of, offset, zone } => {
                zone.start_of(days(zone.date(clamp(of.value(ctx)?)), *offset))
            }
            AnchorNode::Bound(of) => of.value(ctx)?,
            AnchorNode::Term { term, edge, zone } => {
                let v = term.value(ctx).as_i64()?;
                match edge {
                    Edge::Exact => v,
                    Edge::DayStart => zone.start_of(days(Date::from_days(0), v)),
                    Edge::DayEnd => zone.start_of(days(Date::from_days(0), v.saturating_add(1))),
                }
            }
        })
    }

    /// The first instant after `ctx.now` at which `bound <= x` is no longer what it is now, while no value that the bound
    /// counts from changes.
    pub(crate) fn next_crossing<'a>(&'a self, ctx: &Ctx<'a, P>, x: i64) -> i64 {
        ctx.spend(1);
        let now = ctx.now;
        let x = x.saturating_sub(self.plus);
        if let Some(then) = self.then {
            return self.next_crossing_moved(ctx, then, x);
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
            AnchorNode::Months {
                months,
                micros,
                calendar,
            } => {
                let x = x.saturating_sub(*micros);
                let bound = |t: i64| moved(t, *months, *calendar);
                let continuous_until = |t: i64| calendar.zone.stretch_end(t);
                next_month_crossing(
                    now,
                    bound,
                    moved(x, -months, *calendar),
                    MAX_BACK,
                    continuous_until,
                    x,
                )
            }
            AnchorNode::Period {
                unit,
                offset,
                micros,
                calendar,
            } => {
                let start =
                    |number: i64| period_start(*unit, number, calendar.week_start, calendar.zone);
                let number = number_at(now.saturating_add(*micros), *unit, *calendar);
                if start(number.saturating_add(*offset)) > x {
                    return NEVER;
                }
                let target = number_at(x, *unit, *calendar)
                    .saturating_add(1)
                    .saturating_sub(*offset);
                start(target).saturating_sub(*micros)
            }
            AnchorNode::Day { moves, zone } => {
                next_day_crossing(zone.date(clamp(now)), moves, *zone, zone.date(clamp(x)))
            }
            // A day has started by `x` if and only if what it holds comes before the end of the day that holds `x`.
            AnchorNode::DayOf { of, offset, zone } => {
                let end = days(zone.date(clamp(x)), 1_i64.saturating_sub(*offset));
                of.next_crossing(ctx, zone.start_of(end).saturating_sub(1))
            }
            AnchorNode::Bound(of) => of.next_crossing(ctx, x),
        }
    }

    /// The same where the anchor is moved by months once more; `x` is what the bound without its last microseconds is held
    /// against.
    fn next_crossing_moved<'a>(
        &'a self,
        ctx: &Ctx<'a, P>,
        (then, calendar): (i64, Calendar),
        x: i64,
    ) -> i64 {
        if !self.moves() {
            return NEVER;
        }
        let bound = |t: i64| {
            self.anchored(&ctx.at(t))
                .map_or(t, |anchor| moved(anchor, then, calendar))
        };
        let about = self.anchor.undone(moved(x, -then, calendar));
        let most_back = MAX_BACK.saturating_mul(i64::from(self.month_shifts()));
        next_month_crossing(
            ctx.now,
            bound,
            about,
            most_back,
            |t| self.continuous_until(ctx, t),
            x,
        )
    }

    /// How many times months are added on the way from `now` to the bound, and so how often it can be set back.
    fn month_shifts(&self) -> u32 {
        let before = match &self.anchor {
            AnchorNode::Bound(of) | AnchorNode::DayOf { of, .. } => of.month_shifts(),
            AnchorNode::Day { moves, .. } => u32::try_from(moves.len()).unwrap_or(u32::MAX),
            AnchorNode::At(_)
            | AnchorNode::Now(_)
            | AnchorNode::Months { .. }
            | AnchorNode::Period { .. }
            | AnchorNode::Term { .. } => 1,
        };
        before.saturating_add(u32::from(self.then.is_some()))
    }

    /// The end of a stretch from `t` on in which the bound does not move back: every instant that months are added to stays
    /// within one date and one offset.
    fn continuous_until<'a>(&'a self, ctx: &Ctx<'a, P>, t: i64) -> i64 {
        let tomorrow = |zone: Zone, at: i64| zone.start_of(days(zone.date(clamp(at)), 1));
        let end = match &self.anchor {
            AnchorNode::At(_) | AnchorNode::Now(_) | AnchorNode::Term { .. } => NEVER,
            AnchorNode::Months { calendar, .. } => calendar.zone.stretch_end(t),
            AnchorNode::Period {
                micros, calendar, ..
            } => tomorrow(calendar.zone, t.saturating_add(*micros)).saturating_sub(*micros),
            AnchorNode::Day { zone, .. } => tomorrow(*zone, t),
            AnchorNode::Bound(of) | AnchorNode::DayOf { of, .. } => of.continuous_until(ctx, t),
        };
        let Some((_, calendar)) = self.then else {
            return end;
        };
        let anchored = |t: i64| self.anchored(&ctx.at(t)).unwrap_or(t);
        let from = anchored(t);
        let border = calendar.zone.stretch_end(from);
        // The anchor keeps up with `now`, but for the hours that clocks leave out.
        let (mut same, mut other) = (
            t,
            end.min(
                t.saturating_add(border.saturating_sub(from))
                    .saturating_add(DAY),
            ),
        );
        if anchored(other.saturating_sub(1)) < border {
            return other;
        }
        while other - same > 1 {
            let middle = same + (other - same) / 2;
            if anchored(middle) < border {
                same = middle
            } else {
                other = middle
            }
        }
        other
    }

    /// Until when the values that the bound counts from stay what they are.
    pub(crate) fn valid_until<'a>(&'a self, ctx: &Ctx<'a, P>) -> i64 {
        match &self.anchor {
            AnchorNode::Term { term, .. } => term.valid_until(ctx),
            AnchorNode::Bound(of) | AnchorNode::DayOf { of, .. } => of.valid_until(ctx),
            AnchorNode::At(_)
            | AnchorNode::Now(_)
            | AnchorNode::Months { .. }
            | AnchorNode::Period { .. }
            | AnchorNode::Day { .. } => NEVER,
        }
    }

    /// Whether the bound lies before another, and until when that is certain, while no value that they count from changes;
    /// `None` where such a value is missing.
    pub(crate) fn precedes<'a>(&'a self, ctx: &Ctx<'a, P>, upper: &'a Self) -> Option<Bounded> {
        let (low, high) = (self.value(ctx)?, upper.value(ctx)?);
        let before = low < high;
        let until = match (self.reach(), upper.reach()) {
            (None, None) => NEVER,
            (None, Some(_)) => upper.next_crossing(ctx, low),
            (Some(_), None) if high > Instant::MAX.micros() => NEVER,
            (Some(_), None) => self.next_crossing(ctx, high.saturating_sub(1)),
            _ if self.tracks_now() && upper.tracks_now() => NEVER,
            (Some((_, latest)), Some((earliest, _))) if latest < earliest => NEVER,
            (Some((earliest, _)), Some((_, latest))) if latest <= earliest => NEVER,
            // Up to the first next_discontinuity both stand still or go on with `now`, so that their distance moves one way.
            _ => first_where(
                ctx.now,
                self.next_discontinuity(ctx)
                    .min(upper.next_discontinuity(ctx)),
                |t| (self.value(&ctx.at(t)) < upper.value(&ctx.at(t))) != before,
            ),
        };
        Some(Bounded::new(before, until))
    }

    /// Whether the bound moves just as `now` does.
    pub(crate) fn tracks_now(&self) -> bool {
        matches!(self.anchor, AnchorNode::Now(_)) && self.then.is_none()
    }

    /// The first instant after `ctx.now` at which the bound may do otherwise than go on with `now`, or stand still.
    pub(crate) fn next_discontinuity<'a>(&'a self, ctx: &Ctx<'a, P>) -> i64 {
        let step = || {
            self.value(ctx)
                .map_or(NEVER, |value| self.next_crossing(ctx, value))
        };
        let next = match (&self.anchor, self.then) {
            _ if !self.moves() || self.tracks_now() => return NEVER,
            (AnchorNode::Period { .. } | AnchorNode::Day { .. }, None) => step(),
            _ if self.steps() => step().min(self.continuous_until(ctx, ctx.now)),
            _ => self.continuous_until(ctx, ctx.now),
        };
        self.until_clock_change(ctx, next.max(ctx.now.saturating_add(1)))
    }

    /// Where the bound does otherwise before `end`, because clocks are changed where it lies: when that is.
    fn until_clock_change<'a>(&'a self, ctx: &Ctx<'a, P>, end: i64) -> i64 {
        let way = |t: i64| Some(self.value(&ctx.at(t))?.saturating_sub(self.value(ctx)?));
        let next = ctx.now.saturating_add(1);
        let stands = way(next) == Some(0);
        let as_before = |t: i64| way(t) == Some(if stands { 0 } else { t.saturating_sub(ctx.now) });
        if end > Instant::MAX.micros() || as_before(end - 1) {
            return end;
        }
        let (mut same, mut other) = (ctx.now, end - 1);
        while other - same > 1 {
            let middle = same + (other - same) / 2;
            if as_before(middle) {
                same = middle
            } else {
                other = middle
            }
        }
        other
    }

    /// Whether the bound stands still and then leaps.
    fn steps(&self) -> bool {
        match &self.anchor {
            AnchorNode::Period { .. } | AnchorNode::Day { .. } | AnchorNode::DayOf { .. } => true,
            AnchorNode::Bound(of) => of.steps(),
            AnchorNode::At(_)
            | AnchorNode::Now(_)
            | AnchorNode::Months { .. }
            | AnchorNode::Term { .. } => false,
        }
    }

    /// How much later than `now` the bound lies, at least and at most; `None` where it does not move with `now`.
    fn reach(&self) -> Option<(i64, i64)> {
        /// How far month ends, clocks and leap years may take a shift away from its mean.
        const ODDS: i64 = 5 * DAY;
        let months = |n: i64| n.saturating_mul(146_097).saturating_mul(DAY / 4_800);
        let about = |mean: i64| (mean.saturating_sub(ODDS), mean.saturating_add(ODDS));
        let shift = |(least, most): (i64, i64), (low, high): (i64, i64)| {
            (least.saturating_add(low), most.saturating_add(high))
        };
        let whole_days = (-2 * DAY, DAY);
        let anchor = match &self.anchor {
            AnchorNode::At(_) | AnchorNode::Term { .. } => return None,
            AnchorNode::Now(micros) => (*micros, *micros),
            AnchorNode::Months {
                months: n, micros, ..
            } => about(months(*n).saturating_add(*micros)),
            AnchorNode::Period {
                unit,
                offset,
                micros,
                ..
            } => {
                let length = match unit {
                    CalendarUnit::Day => DAY,
                    CalendarUnit::Week => 7 * DAY,
                    CalendarUnit::Month => months(1),
                    CalendarUnit::Quarter => months(3),
                    CalendarUnit::Year => months(12),
                };
                shift(
                    about(offset.saturating_mul(length).saturating_add(*micros)),
                    (-length, 0),
                )
            }
            AnchorNode::Day { moves, .. } => moves.iter().fold(whole_days, |reach, (n, days)| {
                shift(
                    reach,
                    about(months(*n).saturating_add(days.saturating_mul(DAY))),
                )
            }),
            AnchorNode::DayOf { of, offset, .. } => {
                let days = offset.saturating_mul(DAY);
                shift(shift(of.reach()?, whole_days), (days, days))
            }
            AnchorNode::Bound(of) => of.reach()?,
        };
        let moved = self
            .then
            .map_or(anchor, |(n, _)| shift(anchor, about(months(n))));
        Some(shift(moved, (self.plus, self.plus)))
    }

    /// Whether the bound moves with `now`.
    pub(crate) fn moves(&self) -> bool {
        match &self.anchor {
            AnchorNode::At(_) | AnchorNode::Term { .. } => false,
            AnchorNode::Bound(of) | AnchorNode::DayOf { of, .. } => of.moves(),
            AnchorNode::Now(_)
            | AnchorNode::Months { .. }
            | AnchorNode::Period { .. }
            | AnchorNode::Day { .. } => true,
        }
    }
}

impl<P: Profile> AnchorNode<P> {
    fn now_plus(calendar: Calendar, months: i64, micros: i64) -> Self {
        if months == 0 {
            AnchorNode::Now(micros)
        } else {
            AnchorNode::Months {
                months,
                micros,
                calendar,
            }
        }
    }

    /// Roughly when the anchor is at `x`.
    fn undone(&self, x: i64) -> i64 {
        match self {
            AnchorNode::At(_) | AnchorNode::Term { .. } => x,
            AnchorNode::Now(micros) => x.saturating_sub(*micros),
            AnchorNode::Months {
                months,
                micros,
                calendar,
            } => moved(x.saturating_sub(*micros), -months, *calendar),
            AnchorNode::Period {
                unit,
                offset,
                micros,
                calendar,
            } => {
                let number = number_at(x, *unit, *calendar).saturating_sub(*offset);
                period_start(*unit, number, calendar.week_start, calendar.zone)
                    .saturating_sub(*micros)
            }
            AnchorNode::Day { moves, zone } => {
                let back = |date: Date, (months, more): &(i64, i64)| {
                    later(days(date, -more), &[(-months, 0)])
                };
                zone.start_of(moves.iter().rev().fold(zone.date(clamp(x)), back))
            }
            AnchorNode::DayOf { of, offset, .. } => {
                of.undone(x.saturating_sub(offset.saturating_mul(DAY)))
            }
            AnchorNode::Bound(of) => of.undone(x),
        }
    }
}

impl<P: Profile> BoundNode<P> {
    fn undone(&self, x: i64) -> i64 {
        let x = x.saturating_sub(self.plus);
        self.anchor.undone(
            self.then
                .map_or(x, |(months, calendar)| moved(x, -months, calendar)),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::Record;
    use crate::schema::Schema;
    use crate::time::HOUR;

    /// Microseconds of an instant in UTC.
    fn at(text: &str) -> i64 {
        text.parse::<Instant>().unwrap().micros()
    }

    fn with_ctx<R>(now: &str, work: impl FnOnce(&Ctx<'_, Record>) -> R) -> R {
        let schema = Schema::builder().build().unwrap();
        let anna = Record::from_json(&schema, r#"{"id": "anna"}"#).unwrap();
        work(&Ctx::new(&anna, at(now)))
    }

    fn months_ago(months: i64) -> BoundNode<Record> {
        BoundNode::ago(Calendar::default(), CalendarSpan::Months(months))
    }

    fn start_of_month() -> BoundNode<Record> {
        BoundNode {
            anchor: AnchorNode::Period {
                unit: CalendarUnit::Month,
                offset: 0,
                micros: 0,
                calendar: Calendar::default(),
            },
            then: None,
            plus: 0,
        }
    }

    #[test]
    fn a_fixed_distance_passes_an_instant_once() {
        let ago = BoundNode::<Record>::after_now(-30 * DAY);
        with_ctx("2024-05-01T00:00:00Z", |ctx| {
            assert_eq!(ago.value(ctx), Some(at("2024-04-01T00:00:00Z")));
            // What happened on the 10th of April leaves the window a microsecond after 30 days.
            let x = at("2024-04-10T00:00:00Z");
            assert_eq!(ago.next_crossing(ctx, x), at("2024-05-10T00:00:00Z") + 1);
            // What the bound has passed, it never passes again.
            assert_eq!(ago.next_crossing(ctx, at("2024-03-10T00:00:00Z")), NEVER);
        });
    }

    #[test]
    fn a_month_is_set_back_at_its_end() {
        // On the 30th of March at noon a month ago is the 29th of February at noon; on the 31st, at midnight, it is the 29th at
        // midnight once more.
        let ago = months_ago(1);
        let x = at("2024-02-29T06:00:00Z");
        with_ctx("2024-03-30T00:00:00Z", |ctx| {
            assert_eq!(ago.value(ctx), Some(at("2024-02-29T00:00:00Z")));
            assert_eq!(ago.next_crossing(ctx, x), at("2024-03-30T06:00:00Z") + 1);
        });
        with_ctx("2024-03-30T12:00:00Z", |ctx| {
            assert_eq!(ago.value(ctx), Some(at("2024-02-29T12:00:00Z")));
            assert_eq!(ago.next_crossing(ctx, x), at("2024-03-31T00:00:00Z"));
            assert_eq!(ago.next_discontinuity(ctx), at("2024-03-31T00:00:00Z"));
        });
        with_ctx("2024-03-31T12:00:00Z", |ctx| {
            assert_eq!(ago.next_crossing(ctx, x), NEVER);
        });
    }

    #[test]
    fn the_start_of_a_month_stands_still_and_then_leaps() {
        let start = start_of_month();
        with_ctx("2024-03-05T00:00:00Z", |ctx| {
            assert_eq!(start.value(ctx), Some(at("2024-03-01T00:00:00Z")));
            assert_eq!(start.next_discontinuity(ctx), at("2024-04-01T00:00:00Z"));
            let x = at("2024-05-20T00:00:00Z");
            assert_eq!(start.next_crossing(ctx, x), at("2024-06-01T00:00:00Z"));
        });
    }

    #[test]
    fn one_bound_precedes_another_until_they_meet() {
        // The month begins on the 1st; ten days ago passes that on the 11th, just after midnight.
        let (start, ago) = (start_of_month(), BoundNode::after_now(-10 * DAY));
        let order = |now: &str| with_ctx(now, |ctx| start.precedes(ctx, &ago));
        assert_eq!(
            order("2024-03-05T00:00:00Z"),
            Some(Bounded::new(false, at("2024-03-11T00:00:00Z") + 1))
        );
        assert_eq!(
            order("2024-03-20T00:00:00Z"),
            Some(Bounded::new(true, at("2024-04-01T00:00:00Z")))
        );
        // Two that keep pace with `now` keep their order.
        let (early, late) = (
            BoundNode::<Record>::after_now(-HOUR),
            BoundNode::after_now(0),
        );
        let order = with_ctx("2024-03-05T00:00:00Z", |ctx| early.precedes(ctx, &late));
        assert_eq!(order, Some(Bounded::forever(true)));
    }
}

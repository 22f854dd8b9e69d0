//! How values move as time passes, and when a comparison of them comes out otherwise.

use super::bound::BoundNode;
use super::context::Ctx;
use super::term::{Operation, TermNode};
use crate::ir::{Function, Part};
use crate::profile::Profile;
use crate::time::{DAY, Instant, MAX_BACK, NEVER};

/// How the two sides of a comparison move with `now`, while nothing else that they read changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Motion {
    /// They do not.
    Still,
    /// Their difference moves one way.
    OneWay,
    /// Their difference moves one way on the whole, but each time a month's end is passed it is thrown back, by less than
    /// it moves in this time.
    Jolted(i64),
    /// Between two jolts or steps the difference moves one way; on the whole it may go to and fro.
    Swaying,
    /// A part of the calendar that comes again and again; within this time every value that it has has come up.
    Cycle(i64),
}

impl Motion {
    pub(crate) fn of<P: Profile>(left: &TermNode<P>, right: &TermNode<P>) -> Self {
        let jolts = left.jolts() + right.jolts();
        let clocks = left.clocks().saturating_add(right.clocks());
        match (clocks, left.cycle().or(right.cycle())) {
            (0, _) => Motion::Still,
            (1, Some(cycle)) => Motion::Cycle(cycle),
            _ if left.turns() || right.turns() => Motion::Swaying,
            (1, None) if jolts == 0 => Motion::OneWay,
            (1, None) => Motion::Jolted(MAX_BACK.saturating_mul(jolts)),
            // Where two clocks run, one that stands still and then leaps falls behind the other and overtakes it.
            _ if left.is_even() && right.is_even() => Motion::OneWay,
            _ => Motion::Swaying,
        }
    }
}

impl<P: Profile> TermNode<P> {
    /// The values that this one is made from and moves with.
    pub(crate) fn inner(&self) -> impl Iterator<Item = &TermNode<P>> {
        let (first, second): (Option<&TermNode<P>>, Option<&TermNode<P>>) = match self {
            TermNode::Arithmetic { left, right, .. } => (Some(left), Some(right)),
            TermNode::Part { of, .. }
            | TermNode::PlusMonths { of, .. }
            | TermNode::Negate(of)
            | TermNode::Call { of, .. }
            | TermNode::OnlyIf { of, .. } => (Some(of), None),
            TermNode::AsOf(node) => (Some(&node.of), None),
            TermNode::Shared(of) => (Some(of), None),
            TermNode::Score(score) => (Some(&score.value), None),
            TermNode::Lit(_)
            | TermNode::Id
            | TermNode::Attribute(_)
            | TermNode::Row(..)
            | TermNode::Property(_)
            | TermNode::StepProperty(..)
            | TermNode::At(_)
            | TermNode::Now
            | TermNode::Today(..)
            | TermNode::Aggregate(_)
            | TermNode::Total(_)
            | TermNode::Cases { .. }
            | TermNode::Stage(_) => (None, None),
        };
        first.into_iter().chain(second)
    }

    /// In how many places the value moves with `now`.
    pub(crate) fn clocks(&self) -> i64 {
        let own = i64::from(matches!(self, TermNode::Now | TermNode::Today(..)));
        self.inner()
            .map(Self::clocks)
            .fold(own, i64::saturating_add)
    }

    /// How many moves by months throw the value back now and then.
    pub(crate) fn jolts(&self) -> i64 {
        let own = match self {
            TermNode::PlusMonths {
                of, is_date: false, ..
            } => of.clocks() > 0,
            TermNode::AsOf(node) => !node.at.keeps_pace() && node.of.clocks() > 0,
            _ => false,
        };
        self.inner()
            .map(Self::jolts)
            .fold(i64::from(own), i64::saturating_add)
    }

    /// Whether the value moves down and then up.
    pub(crate) fn turns(&self) -> bool {
        matches!(self, TermNode::Call { function: Function::Abs, of, .. } if of.clocks() > 0)
            || self.inner().any(Self::turns)
    }

    /// Whether the value moves in proportion to `now`, or not at all.
    pub(crate) fn is_even(&self) -> bool {
        if self.clocks() == 0 {
            return true;
        }
        match self {
            TermNode::Now => true,
            // The checker refuses products and quotients of two such values.
            TermNode::Arithmetic { op, left, right } => {
                !matches!(op, Operation::DatePlus(_) | Operation::DateMinus)
                    && left.is_even()
                    && right.is_even()
            }
            TermNode::AsOf(node) => node.at.keeps_pace() && node.of.is_even(),
            TermNode::Negate(of) | TermNode::OnlyIf { of, .. } => of.is_even(),
            TermNode::Shared(of) => of.is_even(),
            _ => false,
        }
    }

    /// Whether the value stands still and then leaps, as `now` moves.
    fn steps(&self) -> bool {
        match self {
            TermNode::Today(..) => true,
            TermNode::Part { of, .. }
            | TermNode::Call {
                function: Function::Round,
                of,
                ..
            } => of.clocks() > 0,
            TermNode::Score(score) => score.value.clocks() > 0,
            _ => false,
        }
    }

    /// The first instant after `ctx.now` at which a move by months may throw the value back, or at which it turns or leaps.
    pub(crate) fn jolt<'a>(&'a self, ctx: &Ctx<'a, P>) -> i64 {
        let inner = || self.inner().map(|of| of.jolt(ctx)).min().unwrap_or(NEVER);
        match self {
            TermNode::PlusMonths {
                of,
                is_date: false,
                calendar,
                ..
            } if of.clocks() > 0 => {
                let own = of.value(ctx).as_i64().map_or(NEVER, |v| {
                    let v = Instant::from_micros(v).micros();
                    ctx.now.saturating_add(calendar.zone.stretch_end(v) - v)
                });
                own.min(inner())
            }
            TermNode::Call {
                function: Function::Abs,
                of,
                ..
            } if of.clocks() > 0 => {
                let is_below = |t: i64| of.value(&ctx.at(t)).as_whole().is_some_and(|v| v < 0);
                let (jolt, below) = (inner(), is_below(ctx.now));
                first_where(ctx.now, jolt, |t| is_below(t) != below)
            }
            _ if self.steps() => {
                let now = self.value(ctx);
                first_where(ctx.now, inner(), |t| {
                    self.value(&ctx.at(t)).natural_cmp(&now).is_ne()
                })
            }
            TermNode::AsOf(node) => {
                let then = node.place(ctx);
                let jolt = node.of.jolt(&then);
                let later = if jolt == NEVER {
                    NEVER
                } else {
                    ctx.now.saturating_add(jolt - then.now)
                };
                later.min(node.at.jolt(ctx))
            }
            _ => inner(),
        }
    }

    /// How long it takes until a value made from one part of the calendar has been all that it can be.
    fn cycle(&self) -> Option<i64> {
        match self {
            // With some room for days and hours that a zone leaves out.
            TermNode::Part {
                part,
                depends_on_now: true,
                of,
                ..
            } => match (part, of.counts_months()) {
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
            },
            TermNode::Arithmetic { left, right, .. } => left.cycle().or(right.cycle()),
            TermNode::Negate(of) | TermNode::Call { of, .. } => of.cycle(),
            TermNode::Shared(of) => of.cycle(),
            _ => None,
        }
    }

    /// Whether months are added on the way from `now` to the value.
    pub(crate) fn counts_months(&self) -> bool {
        let own = match self {
            TermNode::PlusMonths { of, .. } => of.clocks() > 0,
            TermNode::AsOf(node) => !node.at.keeps_pace(),
            _ => false,
        };
        own || self.inner().any(Self::counts_months)
    }

    /// Until when nothing changes that the value reads, but for parts of the calendar.
    pub(crate) fn settled<'a>(&'a self, ctx: &Ctx<'a, P>) -> i64 {
        match self {
            TermNode::Part {
                of,
                depends_on_now: true,
                ..
            } => of.settled(ctx),
            TermNode::Arithmetic { left, right, .. } => left.settled(ctx).min(right.settled(ctx)),
            TermNode::Negate(of) | TermNode::Call { of, .. } => of.settled(ctx),
            TermNode::Shared(of) => of.settled(ctx),
            _ => self.stable(ctx),
        }
    }
}

/// The first instant in `(now, end)` at which `changed` holds, or `end`. `changed` holds at the end of the stretch if it
/// holds anywhere in it, and does not hold at `now`.
pub(crate) fn first_where(now: i64, end: i64, changed: impl Fn(i64) -> bool) -> i64 {
    /// Roundings of both sides to whole microseconds can make a crossing flicker this long.
    const FLICKER: i64 = 4;
    let last = end.min(Instant::MAX.micros().saturating_add(1)) - 1;
    if last <= now || !changed(last) {
        return end;
    }
    let (mut same, mut other) = (now, last);
    while other - same > 1 {
        let middle = same + (other - same) / 2;
        if changed(middle) {
            other = middle
        } else {
            same = middle
        }
    }
    ((other - FLICKER).max(now + 1)..other)
        .find(|t| changed(*t))
        .unwrap_or(other)
}

/// The same where jolts may undo a change for a while, none of them after `back` has passed since the first.
pub(crate) fn first_jolted(
    now: i64,
    end: i64,
    back: i64,
    jolt: impl Fn(i64) -> i64,
    changed: impl Fn(i64) -> bool,
) -> i64 {
    let some = first_where(now, end, &changed);
    // Where the end shows no change, there can be one that is soon undone for good: only if the sides are about to meet again.
    let (mut t, last) = if some < end {
        (some.saturating_sub(back).max(now), some)
    } else {
        (now, end.min(now.saturating_add(back)))
    };
    while t < last {
        let next = jolt(t).clamp(t.saturating_add(1), last);
        let found = first_where(t, next, &changed);
        if found < next || (next < end && changed(next)) {
            return found;
        }
        t = next;
    }
    some
}

/// Until when a bound of a window moves as `now` does, or not at all.
pub(crate) fn bounds_jolt<'a, P: Profile>(
    bounds: impl Iterator<Item = &'a BoundNode<P>>,
    ctx: &Ctx<'a, P>,
) -> i64 {
    bounds.map(|bound| bound.jolt(ctx)).min().unwrap_or(NEVER)
}

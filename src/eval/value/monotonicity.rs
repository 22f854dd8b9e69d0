//! How values move as time passes, and when a comparison of them comes out otherwise.

use super::TermNode;
use super::arithmetic::Operation;
use crate::eval::context::Ctx;
use crate::eval::search::first_where;
use crate::ir::{Function, Part};
use crate::profile::Profile;
use crate::time::{DAY, Instant, MAX_BACK, NEVER};

/// How the two sides of a comparison move with `now`, while nothing else that they read changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Monotonicity {
    /// They do not.
    Constant,
    /// Their difference moves one way.
    Monotone,
    /// Their difference moves one way on the whole, but each time a month's end is passed it is thrown back, by less than
    /// it moves in this time.
    MonotoneWithResets(i64),
    /// Between two resets or steps the difference moves one way; on the whole it may go to and fro.
    PiecewiseMonotone,
    /// A part of the calendar that comes again and again; within this time every value that it has has come up.
    Periodic(i64),
}

impl Monotonicity {
    pub(crate) fn of<P: Profile>(left: &TermNode<P>, right: &TermNode<P>) -> Self {
        let resets = left.resets() + right.resets();
        let now_occurrences = left
            .now_occurrences()
            .saturating_add(right.now_occurrences());
        match (now_occurrences, left.cycle().or(right.cycle())) {
            (0, _) => Monotonicity::Constant,
            (1, Some(cycle)) => Monotonicity::Periodic(cycle),
            _ if left.changes_direction() || right.changes_direction() => {
                Monotonicity::PiecewiseMonotone
            }
            (1, None) if resets == 0 => Monotonicity::Monotone,
            (1, None) => Monotonicity::MonotoneWithResets(MAX_BACK.saturating_mul(resets)),
            // Where two clocks run, one that stands still and then leaps falls behind the other and overtakes it.
            _ if left.is_proportional() && right.is_proportional() => Monotonicity::Monotone,
            _ => Monotonicity::PiecewiseMonotone,
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
    pub(crate) fn now_occurrences(&self) -> i64 {
        let own = i64::from(matches!(self, TermNode::Now | TermNode::Today(..)));
        self.inner()
            .map(Self::now_occurrences)
            .fold(own, i64::saturating_add)
    }

    /// How many moves by months throw the value back now and then.
    pub(crate) fn resets(&self) -> i64 {
        let own = match self {
            TermNode::PlusMonths {
                of, is_date: false, ..
            } => of.now_occurrences() > 0,
            TermNode::AsOf(node) => !node.at.tracks_now() && node.of.now_occurrences() > 0,
            _ => false,
        };
        self.inner()
            .map(Self::resets)
            .fold(i64::from(own), i64::saturating_add)
    }

    /// Whether the value moves down and then up.
    pub(crate) fn changes_direction(&self) -> bool {
        matches!(self, TermNode::Call { function: Function::Abs, of, .. } if of.now_occurrences() > 0)
            || self.inner().any(Self::changes_direction)
    }

    /// Whether the value moves in proportion to `now`, or not at all.
    pub(crate) fn is_proportional(&self) -> bool {
        if self.now_occurrences() == 0 {
            return true;
        }
        match self {
            TermNode::Now => true,
            // The checker refuses products and quotients of two such values.
            TermNode::Arithmetic { op, left, right } => {
                !matches!(op, Operation::DatePlus(_) | Operation::DateMinus)
                    && left.is_proportional()
                    && right.is_proportional()
            }
            TermNode::AsOf(node) => node.at.tracks_now() && node.of.is_proportional(),
            TermNode::Negate(of) | TermNode::OnlyIf { of, .. } => of.is_proportional(),
            TermNode::Shared(of) => of.is_proportional(),
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
            } => of.now_occurrences() > 0,
            TermNode::Score(score) => score.value.now_occurrences() > 0,
            _ => false,
        }
    }

    /// The first instant after `ctx.now` at which a move by months may throw the value back, or at which it turns or leaps.
    pub(crate) fn next_discontinuity<'a>(&'a self, ctx: &Ctx<'a, P>) -> i64 {
        let inner = || {
            self.inner()
                .map(|of| of.next_discontinuity(ctx))
                .min()
                .unwrap_or(NEVER)
        };
        match self {
            TermNode::PlusMonths {
                of,
                is_date: false,
                calendar,
                ..
            } if of.now_occurrences() > 0 => {
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
            } if of.now_occurrences() > 0 => {
                let is_below = |t: i64| of.value(&ctx.at(t)).as_whole().is_some_and(|v| v < 0);
                let (next_discontinuity, below) = (inner(), is_below(ctx.now));
                first_where(ctx.now, next_discontinuity, |t| is_below(t) != below)
            }
            _ if self.steps() => {
                let now = self.value(ctx);
                first_where(ctx.now, inner(), |t| {
                    self.value(&ctx.at(t)).natural_cmp(&now).is_ne()
                })
            }
            TermNode::AsOf(node) => {
                let then = node.scope(ctx);
                let next_discontinuity = node.of.next_discontinuity(&then);
                let later = if next_discontinuity == NEVER {
                    NEVER
                } else {
                    ctx.now.saturating_add(next_discontinuity - then.now)
                };
                later.min(node.at.next_discontinuity(ctx))
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
            TermNode::PlusMonths { of, .. } => of.now_occurrences() > 0,
            TermNode::AsOf(node) => !node.at.tracks_now(),
            _ => false,
        };
        own || self.inner().any(Self::counts_months)
    }

    /// Until when nothing changes that the value reads, but for parts of the calendar.
    pub(crate) fn inputs_valid_until<'a>(&'a self, ctx: &Ctx<'a, P>) -> i64 {
        match self {
            TermNode::Part {
                of,
                depends_on_now: true,
                ..
            } => of.inputs_valid_until(ctx),
            TermNode::Arithmetic { left, right, .. } => left
                .inputs_valid_until(ctx)
                .min(right.inputs_valid_until(ctx)),
            TermNode::Negate(of) | TermNode::Call { of, .. } => of.inputs_valid_until(ctx),
            TermNode::Shared(of) => of.inputs_valid_until(ctx),
            _ => self.valid_until(ctx),
        }
    }
}

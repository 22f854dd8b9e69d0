//! The past of tracked attributes: what was, what changed, what has held for how long.

use super::bound::moved;
use super::context::Ctx;
use super::node::{HistoryOf, Node, together};
use super::scratch::with_buffer;
use super::select::WindowNode;
use super::term::Literal;
use crate::ir::{Calendar, CalendarSpan, Held};
use crate::profile::{Profile, Val, changes_until};
use crate::time::{Instant, NEVER};

fn is_one_of(v: &Val<'_>, set: &[Literal]) -> bool {
    !v.is_missing() && set.iter().any(|lit| v.natural_cmp(&lit.val()).is_eq())
}

/// `plan was "pro" within 90 days`
pub(crate) struct WasNode<P: Profile> {
    pub(crate) history: HistoryOf<P>,
    pub(crate) set: Vec<Literal>,
    pub(crate) windows: WindowNode<P>,
}

impl<P: Profile> WasNode<P> {
    /// The stretches in which the value was one of the set: first and last microsecond.
    pub(crate) fn stretches<'a>(&'a self, ctx: &Ctx<'a, P>) -> impl Iterator<Item = (i64, i64)> {
        let profile = ctx.profile;
        let n = self.history.len(profile);
        (0..n)
            .filter(move |i| is_one_of(&self.history.value(profile, *i), &self.set))
            .map(move |i| {
                let end = if i + 1 < n {
                    self.history.at(profile, i + 1)
                } else {
                    NEVER
                };
                (self.history.at(profile, i), end - 1)
            })
    }

    fn range<'a>(&'a self, ctx: &Ctx<'a, P>) -> Option<(i64, i64)> {
        let (low, high) = self.windows.range(ctx)?;
        Some((low, high.min(ctx.now.saturating_add(1))))
    }

    pub(crate) fn holds<'a>(&'a self, ctx: &Ctx<'a, P>) -> bool {
        let Some((low, high)) = self.range(ctx) else {
            return false;
        };
        low < high
            && self
                .stretches(ctx)
                .any(|(first, last)| first < high && last >= low)
    }

    pub(crate) fn evaluate<'a>(&'a self, ctx: &Ctx<'a, P>) -> (bool, i64) {
        together(
            self.stretches(ctx)
                .map(|(first, last)| self.windows.overlap(ctx, first, last)),
            true,
        )
    }
}

/// `plan changed within 7 days`
pub(crate) struct ChangedNode<P: Profile> {
    pub(crate) history: HistoryOf<P>,
    pub(crate) from: Option<Literal>,
    pub(crate) to: Option<Literal>,
    pub(crate) windows: WindowNode<P>,
}

impl<P: Profile> ChangedNode<P> {
    /// The instants of the changes that are meant, whenever they are.
    pub(crate) fn changes<'a>(&'a self, ctx: &Ctx<'a, P>) -> impl Iterator<Item = i64> {
        let profile = ctx.profile;
        let is = |v: &Val<'_>, lit: &Option<Literal>| {
            lit.as_ref()
                .is_none_or(|lit| is_one_of(v, std::slice::from_ref(lit)))
        };
        // A value that has always been set is not a change.
        (0..self.history.len(profile))
            .filter(move |i| self.history.at(profile, *i) > Instant::MIN.micros())
            .filter_map(move |i| {
                let before = if i == 0 {
                    Val::Missing
                } else {
                    self.history.value(profile, i - 1)
                };
                let after = self.history.value(profile, i);
                let same = match (before.is_missing(), after.is_missing()) {
                    (false, false) => before.natural_cmp(&after).is_eq(),
                    (a, b) => a == b,
                };
                (!same && is(&before, &self.from) && is(&after, &self.to))
                    .then(|| self.history.at(profile, i))
            })
    }

    pub(crate) fn holds<'a>(&'a self, ctx: &Ctx<'a, P>) -> bool {
        let Some((low, high)) = self.windows.range(ctx) else {
            return false;
        };
        self.changes(ctx)
            .any(|at| low <= at && at < high && at <= ctx.now)
    }

    pub(crate) fn evaluate<'a>(&'a self, ctx: &Ctx<'a, P>) -> (bool, i64) {
        together(
            self.changes(ctx)
                .map(|at| self.windows.overlap(ctx, at, at)),
            true,
        )
    }
}

/// `plan = "pro" for more than 7 days`
pub(crate) struct HeldNode<P: Profile> {
    pub(crate) condition: Node<P>,
    pub(crate) histories: Vec<HistoryOf<P>>,
    pub(crate) op: Held,
    pub(crate) duration: CalendarSpan,
    pub(crate) calendar: Calendar,
}

/// Since when something has held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Since {
    /// It does not hold.
    Not,
    From(i64),
    /// Since before all that is known.
    Ever,
}

impl<P: Profile> HeldNode<P> {
    /// Since when the condition has held without a break.
    pub(crate) fn since<'a>(&'a self, ctx: &Ctx<'a, P>) -> Since {
        if !self.condition.holds(ctx) {
            return Since::Not;
        }
        // Walk back over the changes for as long as it held.
        with_buffer(|marks| {
            self.mark(ctx, marks);
            let mut start = None;
            while let Some(at) = self.back(ctx, marks) {
                if !self.condition.holds(&ctx.at(at)) {
                    return start.map_or(Since::Ever, Since::From);
                }
                start = Some(at);
            }
            let before_all = start.unwrap_or(ctx.now.saturating_add(1)).saturating_sub(1);
            if self.condition.holds(&ctx.at(before_all)) {
                Since::Ever
            } else {
                start.map_or(Since::Ever, Since::From)
            }
        })
    }

    /// Marks in each history how many changes are not after `ctx.now`.
    fn mark<'a>(&'a self, ctx: &Ctx<'a, P>, marks: &mut Vec<usize>) {
        marks.extend(
            self.histories
                .iter()
                .map(|history| changes_until(&**history, ctx.profile, ctx.now)),
        );
    }

    /// Takes the marks back before the latest change that they include; gives its instant.
    fn back<'a>(&'a self, ctx: &Ctx<'a, P>, marks: &mut [usize]) -> Option<i64> {
        let before = |history: &HistoryOf<P>, mark: usize| {
            Some(history.at(ctx.profile, mark.checked_sub(1)?))
        };
        let last = self
            .histories
            .iter()
            .zip(&*marks)
            .filter_map(|(h, mark)| before(h, *mark))
            .max();
        // A value that has always been set is not a change.
        let last = last.filter(|at| *at > Instant::MIN.micros())?;
        for (history, mark) in self.histories.iter().zip(marks) {
            while before(history, *mark).is_some_and(|at| at >= last) {
                *mark -= 1;
            }
        }
        Some(last)
    }

    /// Takes the marks on behind the next change; gives its instant.
    fn on<'a>(&'a self, ctx: &Ctx<'a, P>, marks: &mut [usize]) -> Option<i64> {
        let behind = |history: &HistoryOf<P>, mark: usize| {
            (mark < history.len(ctx.profile)).then(|| history.at(ctx.profile, mark))
        };
        let next = self
            .histories
            .iter()
            .zip(&*marks)
            .filter_map(|(h, mark)| behind(h, *mark))
            .min()?;
        for (history, mark) in self.histories.iter().zip(marks) {
            while behind(history, *mark).is_some_and(|at| at <= next) {
                *mark += 1;
            }
        }
        Some(next)
    }

    /// The first change after `ctx.now` and before `end` at which the condition no longer is what it is.
    fn turn<'a>(&'a self, ctx: &Ctx<'a, P>, holds: bool, end: i64) -> i64 {
        with_buffer(|marks| {
            self.mark(ctx, marks);
            while let Some(at) = self.on(ctx, marks) {
                if at >= end || self.condition.holds(&ctx.at(at)) != holds {
                    return at.min(end);
                }
            }
            end
        })
    }

    pub(crate) fn evaluate<'a>(&'a self, ctx: &Ctx<'a, P>) -> (bool, i64) {
        let (months, micros) = self.duration.parts();
        let ripe = match self.since(ctx) {
            Since::Not => return (false, self.turn(ctx, false, NEVER)),
            Since::From(start) => moved(start, months, self.calendar).saturating_add(micros),
            Since::Ever => i64::MIN,
        };
        let (holds, turn) = match self.op {
            Held::MoreThan => (ripe < ctx.now, ripe.saturating_add(1)),
            Held::AtLeast => (ripe <= ctx.now, ripe),
            Held::LessThan => (ripe > ctx.now, ripe),
        };
        (
            holds,
            self.turn(ctx, true, if turn > ctx.now { turn } else { NEVER }),
        )
    }
}

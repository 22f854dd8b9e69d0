//! How long a condition on tracked attributes has held without a break.

use super::{Condition, Node};
use crate::eval::Binder;
use crate::eval::bounded::Bounded;
use crate::eval::context::Ctx;
use crate::eval::probe::sum;
use crate::eval::scratch::with_buffer;
use crate::eval::timeline::attribute::HistoryOf;
use crate::eval::timeline::{HeldFor, Since};
use crate::ir::{CalendarSpan, Cond, FieldRef};
use crate::profile::{Profile, changes_until};
use crate::schema::AttributeId;
use crate::syntax::HeldOp;
use crate::time::{Instant, NEVER};

/// `plan = "pro" for more than 7 days`
pub(crate) struct HeldNode<P: Profile> {
    condition: Node<P>,
    histories: Vec<HistoryOf<P>>,
    pub(crate) held_for: HeldFor,
}

impl<P: Profile> HeldNode<P> {
    pub(super) fn bind(
        binder: &mut Binder<'_, P>,
        condition: &Cond,
        tracked: &[AttributeId],
        op: HeldOp,
        duration: CalendarSpan,
    ) -> Node<P> {
        let histories = tracked
            .iter()
            .filter_map(|i| binder.history(&FieldRef::Attribute(*i)))
            .collect();
        Node::Held(Box::new(HeldNode {
            condition: binder.cond(condition),
            histories,
            held_for: HeldFor {
                op,
                duration,
                calendar: binder.calendar,
            },
        }))
    }

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
                ctx.spend(1);
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

    /// The first change after `ctx.now` at which the condition no longer is what it is.
    fn next_change<'a>(&'a self, ctx: &Ctx<'a, P>, holds: bool) -> i64 {
        with_buffer(|marks| {
            self.mark(ctx, marks);
            while let Some(at) = self.on(ctx, marks) {
                ctx.spend(1);
                if self.condition.holds(&ctx.at(at)) != holds {
                    return at;
                }
            }
            NEVER
        })
    }
}

impl<P: Profile> Condition<P> for HeldNode<P> {
    fn holds<'a>(&'a self, ctx: &Ctx<'a, P>) -> bool {
        self.evaluate(ctx).holds
    }

    fn evaluate<'a>(&'a self, ctx: &Ctx<'a, P>) -> Bounded {
        let since = self.since(ctx);
        let next = self.next_change(ctx, since != Since::Not);
        self.held_for.evaluate(ctx.now, since, next)
    }

    fn max_change_points<'a>(&'a self, ctx: &Ctx<'a, P>, of: usize) -> usize {
        let changes = sum(self
            .histories
            .iter()
            .map(|history| history.len(ctx.profile)));
        self.condition
            .max_change_points(ctx, of)
            .saturating_add(changes.saturating_mul(2))
    }

    fn cost(&self) -> u32 {
        50
    }
}

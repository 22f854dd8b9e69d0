//! Answers that come with the exact instant at which they change.
//!
//! Most rules look at what happened lately. While no event is still to come, a rolling window only loses what it holds, so
//! one look at its newest events says both whether enough is in it and when that ends. [`Node::exact`] puts such answers
//! together; where a part is of another kind it gives none, and the rule is judged and searched as any other.

use super::aggregate::AggregateNode;
use super::bound::AnchorNode;
use super::compare::CompareNode;
use super::context::{Ctx, first_not_below};
use super::fold::Shape;
use super::node::{Node, Parts};
use super::select::SelectNode;
use super::sequence::SequenceNode;
use super::term::TermNode;
use crate::ir::CalendarSpan;
use crate::profile::{Event, Events, Profile, Val};
use crate::syntax::Aggregate;
use crate::time::{Instant, NEVER};
use std::cmp::Ordering;

/// Whether a condition holds, and the first instant after now at which it is otherwise ([`NEVER`] if none).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NextChange {
    pub(crate) holds: bool,
    pub(crate) until: i64,
    /// Whether it is known that what comes at `until` stays so for ever if nothing new happens.
    pub(crate) is_final: bool,
}

impl NextChange {
    /// It is so for ever.
    pub(crate) fn forever(holds: bool) -> Self {
        NextChange {
            holds,
            until: NEVER,
            is_final: true,
        }
    }

    /// It is so until an instant, and never again.
    fn once(holds: bool, until: i64) -> Self {
        NextChange {
            holds,
            until: if until > Instant::MAX.micros() {
                NEVER
            } else {
                until
            },
            is_final: true,
        }
    }
}

/// A selection of one kind that a rolling window bounds, or nothing, and that looks at nothing but the event.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TrailingWindow {
    kind: usize,
    /// How far the window reaches back; an event is in it up to that long after its instant. `None`: for ever.
    back: Option<i64>,
}

/// The events of a rolling window, none of which is still to come.
struct RecentEvents<'a, E> {
    /// All of the kind, ascending by their instants.
    events: &'a [E],
    /// The position of the first in the window.
    start: usize,
    back: Option<i64>,
}

impl<E: Event> RecentEvents<'_, E> {
    /// The first instant at which an event that is in the window has left it.
    fn leaves(&self, event: &E) -> i64 {
        self.back.map_or(NEVER, |back| {
            event.at().micros().saturating_add(back).saturating_add(1)
        })
    }
}

impl<P: Profile> SelectNode<P> {
    /// How the selection is bounded, where that is as simple.
    pub(crate) fn trailing_window(&self) -> Option<TrailingWindow> {
        let back = match (self.windows.lower.as_slice(), self.windows.upper.as_slice()) {
            ([], []) => None,
            ([bound], []) => match (&bound.anchor, bound.then) {
                (AnchorNode::Now(micros), None) => {
                    Some(micros.saturating_add(bound.plus).checked_neg()?)
                }
                _ => return None,
            },
            _ => return None,
        };
        let [kind] = self.kinds.as_slice() else {
            return None;
        };
        let looks_elsewhere =
            self.time_dependent || self.window_reads_step || !self.residual.is_empty();
        let is_simple =
            !looks_elsewhere && self.correlated.is_empty() && back.is_none_or(|back| back >= 0);
        is_simple.then_some(TrailingWindow { kind: *kind, back })
    }

    /// The events of the kind and where the window begins. `None` where they are not at hand in order, or one is still to
    /// come, or many instants are looked at, for which there are quicker ways.
    #[inline]
    fn recent<'a>(&'a self, ctx: &Ctx<'a, P>) -> Option<RecentEvents<'a, P::Event>> {
        let (Some(trailing), Events::Timeline(timeline), None) =
            (self.trailing, ctx.events, ctx.ahead)
        else {
            return None;
        };
        let (events, _) = timeline.of_kind(trailing.kind);
        if events
            .last()
            .is_some_and(|last| last.at().micros() > ctx.now)
        {
            return None;
        }
        let start = trailing.back.map_or(0, |back| {
            first_not_below(events, ctx.now.saturating_sub(back))
        });
        Some(RecentEvents {
            events,
            start,
            back: trailing.back,
        })
    }

    /// Whether at least `n` events are inside.
    #[inline]
    pub(crate) fn exact<'a>(&'a self, ctx: &Ctx<'a, P>, n: usize) -> Option<NextChange> {
        let recent = self.recent(ctx)?;
        let events = recent.events.get(recent.start..)?;
        let nth = if self.accepts_all {
            events.len().checked_sub(n)
        } else {
            self.scan.nth_back(events, n, &|event| {
                self.event_tests.iter().all(|test| test(event))
            })
        };
        Some(match nth {
            Some(nth) => NextChange::once(
                true,
                events.get(nth).map_or(NEVER, |event| recent.leaves(event)),
            ),
            None => NextChange::forever(false),
        })
    }
}

impl<P: Profile> Node<P> {
    /// Whether the condition holds, and the first instant after now at which it is otherwise.
    pub(crate) fn answer<'a>(&'a self, ctx: &Ctx<'a, P>) -> NextChange {
        self.exact(ctx).unwrap_or_else(|| {
            let (holds, until) = self.first_change(ctx);
            NextChange {
                holds,
                until,
                is_final: false,
            }
        })
    }

    /// The same, where it can be told without looking at other instants.
    pub(crate) fn exact<'a>(&'a self, ctx: &Ctx<'a, P>) -> Option<NextChange> {
        match self {
            Node::AtLeast(select, n) => select.exact(ctx, *n),
            Node::All(parts) => exact_parts(parts, ctx, false),
            Node::Any(parts) => exact_parts(parts, ctx, true),
            Node::Not(part) => part.exact(ctx).map(|answer| NextChange {
                holds: !answer.holds,
                ..answer
            }),
            Node::Shared(node) => node.exact(ctx),
            Node::Sequence(sequence) => sequence.exact(ctx),
            Node::Compare(compare) => compare.exact(ctx),
            Node::Rows(rows, all) => match rows.evaluate(ctx, *all) {
                (holds, NEVER) => Some(NextChange::forever(holds)),
                _ => None,
            },
            Node::Const(_)
            | Node::Leaf(_)
            | Node::IdIn(_)
            | Node::OfSubject(_)
            | Node::Tagged { .. }
            | Node::Sample { .. } => Some(NextChange::forever(self.holds(ctx))),
            _ => None,
        }
    }
}

/// `all` parts hold, or (`any`) one does. A part that decides does so until it changes; if others change before, only a
/// look can tell what then holds.
fn exact_parts<'a, P: Profile>(
    parts: &'a Parts<P>,
    ctx: &Ctx<'a, P>,
    any: bool,
) -> Option<NextChange> {
    if parts.leaves.iter().any(|test| test(ctx.profile) == any) {
        return Some(NextChange::forever(any));
    }
    let mut decided: Option<NextChange> = None;
    let mut others = NextChange::forever(!any);
    for part in &parts.rest {
        let answer = part.exact(ctx)?;
        if answer.holds != any {
            // The first to change decides from then on, and for ever if one of them does.
            others = match answer.until.cmp(&others.until) {
                Ordering::Less => answer,
                Ordering::Equal => NextChange {
                    is_final: answer.is_final || others.is_final,
                    ..others
                },
                Ordering::Greater => others,
            };
        } else if answer.until == NEVER {
            return Some(answer);
        } else if decided.replace(answer).is_some() {
            return None;
        }
    }
    match decided {
        None => Some(others),
        Some(answer) if answer.until < others.until => Some(NextChange {
            is_final: answer.is_final && others.until == NEVER,
            ..answer
        }),
        Some(_) => None,
    }
}

impl<P: Profile> SequenceNode<P> {
    /// Two events one after the other, where only the first has a window.
    fn exact<'a>(&'a self, ctx: &Ctx<'a, P>) -> Option<NextChange> {
        let [first, then] = self.steps.as_slice() else {
            return None;
        };
        let months = |length: Option<CalendarSpan>| matches!(length, Some(CalendarSpan::Months(_)));
        if then.absent || months(then.least) || months(then.most) || self.correlated {
            return None;
        }
        let before = first.select.recent(ctx)?;
        let after = then.select.recent(ctx)?;
        if after.back.is_some() {
            return None;
        }
        // From the latest beginning back, gaps close ever earlier, so what came after all of them is passed by once.
        let mut end = after.events.len();
        for a in before.events.iter().skip(before.start).rev() {
            if !first.select.passes(ctx, a) {
                continue;
            }
            let at = a.at().micros();
            let (opens, closes) = (self.opens(then, at), self.closes(then, at));
            while let Some(last) = end.checked_sub(1)
                && let Some(b) = after.events.get(last)
                && (b.at().micros() > closes
                    || (b.at().micros() >= opens && !then.select.passes(ctx, b)))
            {
                end = last;
            }
            if end
                .checked_sub(1)
                .and_then(|last| after.events.get(last))
                .is_some_and(|b| b.at().micros() >= opens)
            {
                return Some(NextChange::once(true, before.leaves(a)));
            }
        }
        Some(NextChange::forever(false))
    }
}

impl<P: Profile> CompareNode<P> {
    /// An exact sum beside a constant.
    fn exact<'a>(&'a self, ctx: &Ctx<'a, P>) -> Option<NextChange> {
        let (TermNode::Aggregate(sum), TermNode::Lit(bound)) = (&self.left, &self.right) else {
            return None;
        };
        let accepts = |sum| {
            self.comparer
                .compare(&Val::Whole(sum), &bound.val())
                .is_some_and(|o| self.op.accepts(o))
        };
        sum.exact_sum(ctx, accepts)
    }
}

impl<P: Profile> AggregateNode<P> {
    /// Whether a condition on the sum of what a rolling window holds is met.
    fn exact_sum<'a>(
        &'a self,
        ctx: &Ctx<'a, P>,
        accepts: impl Fn(i128) -> bool,
    ) -> Option<NextChange> {
        let (Aggregate::Sum, Some(of @ TermNode::Property(_))) = (self.function, &self.of) else {
            return None;
        };
        if self.shape == Shape::Real {
            return None;
        }
        let recent = self.select.recent(ctx)?;
        let inside = recent
            .events
            .iter()
            .skip(recent.start)
            .filter(|event| self.select.passes(ctx, event));
        let value = |event: &'a P::Event| match of.value(&ctx.with_event(event)) {
            Val::Missing => Some(0),
            value => value.as_whole(),
        };
        let mut sum = 0_i128;
        for event in inside.clone() {
            sum = sum.checked_add(value(event)?)?;
        }
        let mut answer = NextChange::forever(accepts(sum));
        let mut leaving = inside.peekable();
        while let Some(event) = leaving.next() {
            sum = sum.checked_sub(value(event)?)?;
            if leaving.peek().is_some_and(|next| next.at() == event.at()) {
                continue;
            }
            match (accepts(sum) == answer.holds, answer.until) {
                (true, NEVER) => {}
                (false, NEVER) => answer = NextChange::once(answer.holds, recent.leaves(event)),
                (back, _) => answer.is_final &= !back,
            }
        }
        Some(answer)
    }
}

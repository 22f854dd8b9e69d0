//! Sequences that are looked at again and again while events are added: what need not be swept again.
//!
//! Where every gap has an end, a chain takes so long at most. What was no match at an earlier look, and is one now, was completed
//! after that look, by an event or by the end of a silence; so it began no longer before the look than a chain takes.
//!
//! `a then no b within 2 days`, looked at on the 10th and on the 11th: an `a` of the 7th had its two days by the 9th. It was a match on the
//! 10th, and is one still, or there was a `b`, and it never will be. Only those since the 8th are swept on the 11th.
//!
//! Where a gap has no end, what was no match is none before another event comes that may be the last: `a then b(amount > 100)` is not
//! swept at each `a`.

use super::joint::Deadline;
use super::{SequenceNode, StepNode};
use crate::eval::collection::events::SelectNode;
use crate::eval::collection::looks::{SequenceLook, SequenceLooks};
use crate::eval::context::{Ctx, first_not_below};
use crate::eval::probe::sum;
use crate::ir::visit::{Seen, visit_cond};
use crate::ir::{CondKind, FieldRef, Select, Step, TermKind};
use crate::profile::{Events, Profile};
use crate::time::{DAY, MAX_BACK};

/// What a look at a sequence says of later ones.
pub(super) struct Since {
    /// How long a chain may take, in microseconds; `None` where there is no limit.
    span: Option<i64>,
    /// Whether only an event of the last step completes a chain.
    ends_with_event: bool,
}

/// What an earlier look says of now.
#[derive(Clone, Copy)]
pub(super) enum Known {
    /// Nothing.
    Nothing,
    /// There is a chain that begins at `origin`, or none, among those that begin before `from`.
    Before { from: i64, origin: Option<i64> },
    /// There is none.
    NoChain,
}

impl Since {
    /// `None` where what meets a step may change with anything but more events and windows that move on.
    pub(super) fn of<'s, P: Profile>(
        nodes: &[StepNode<P>],
        steps: impl Iterator<Item = &'s Step>,
        none_between: impl Iterator<Item = &'s Select>,
        deadline: Option<Deadline>,
    ) -> Option<Self> {
        let mut selects = steps.map(|step| &step.select).chain(none_between);
        let only_lose =
            |select: &SelectNode<P>| select.windows.only_lose() && !select.window_reads_step;
        let moves_on = |step: &StepNode<P>| {
            only_lose(&step.select) && step.none_between.iter().all(is_unbounded)
        };
        (selects.all(reads_events_alone) && nodes.iter().all(moves_on)).then(|| Since {
            span: span(nodes, deadline),
            ends_with_event: nodes.iter().all(|step| !step.absent),
        })
    }
}

fn is_unbounded<P: Profile>(select: &SelectNode<P>) -> bool {
    select.windows.lower.is_empty() && select.windows.upper.is_empty()
}

/// How long a chain may take.
fn span<P: Profile>(nodes: &[StepNode<P>], deadline: Option<Deadline>) -> Option<i64> {
    let (_, rest) = nodes.split_first()?;
    let mut span = 0_i64;
    for step in rest {
        let gap = step.most.map(|gap| most(gap.parts()));
        let end = deadline
            .filter(|_| step.has_deadline)
            .map(|end| most(end.parts()));
        if !is_unbounded(&step.select) {
            return None;
        }
        span = match (gap, end) {
            (Some(gap), Some(end)) => span.saturating_add(gap).min(end),
            (Some(gap), None) => span.saturating_add(gap),
            (None, Some(end)) => end,
            (None, None) => return None,
        };
    }
    Some(span)
}

/// As long as a length can be, wherever the calendar puts it, and the microsecond after it, in which a silence has lasted.
fn most((months, micros): (i64, i64)) -> i64 {
    let days = match months {
        0 => 0,
        months => months.saturating_mul(31 * DAY).saturating_add(MAX_BACK),
    };
    days.saturating_add(micros).saturating_add(1)
}

/// Whether which events pass depends on them and on other events of the sequence alone.
fn reads_events_alone(select: &Select) -> bool {
    let mut alone = true;
    for cond in &select.filter {
        visit_cond(cond, &mut |seen| {
            alone &= match seen {
                Seen::Cond(cond) => matches!(
                    cond.kind,
                    CondKind::All(_)
                        | CondKind::Any(_)
                        | CondKind::Not(_)
                        | CondKind::Const(_)
                        | CondKind::Compare { .. }
                        | CondKind::OneOf { .. }
                        | CondKind::Text { .. }
                        | CondKind::Contains { .. }
                        | CondKind::Present(_)
                        | CondKind::Empty(_)
                ),
                Seen::Term(term) => {
                    let is_elsewhere =
                        matches!(term.kind, TermKind::AsOf { .. } | TermKind::Entry(_));
                    !term.depends_on_now && !is_elsewhere
                }
                Seen::Field(field) => matches!(
                    field,
                    FieldRef::Property(_) | FieldRef::NamedEventProperty(..)
                ),
                Seen::Select(_) | Seen::Rows(_) | Seen::Bound(_) | Seen::Definition(_) => false,
            };
        });
    }
    alone
}

impl<P: Profile> SequenceNode<P> {
    /// What the last look says of now.
    pub(super) fn known<'a>(&'a self, ctx: &Ctx<'a, P>) -> Known {
        let last = || self.looks(ctx)?.last(self.place(ctx), ctx.now);
        let Some((since, look)) = self.since.as_ref().zip(last()) else {
            return Known::Nothing;
        };
        // An event that came late may have made a chain, or broken one, before the look.
        if self.seen(ctx, look.at) != look.seen {
            return Known::Nothing;
        }
        if look.origin.is_none() && since.ends_with_event && !self.may_end(ctx, look.at) {
            return Known::NoChain;
        }
        let first = self.steps.first().and_then(|step| step.select.range(ctx));
        let (Some(span), Some((low, _))) = (since.span, first) else {
            return Known::Nothing;
        };
        // A chain that has left the windows may have hidden another that has not.
        if look.origin.is_some_and(|origin| origin < low) {
            return Known::Nothing;
        }
        Known::Before {
            from: look.at.saturating_sub(span),
            origin: look.origin,
        }
    }

    /// Whether an event after an instant may be that of the last step.
    fn may_end<'a>(&'a self, ctx: &Ctx<'a, P>, after: i64) -> bool {
        let (from, to) = (after.saturating_add(1), ctx.now.saturating_add(1));
        let mut found = false;
        if let Some(last) = self.steps.last() {
            last.select.each_in(ctx, from, to, |_, _| found = true);
        }
        found
    }

    /// Remembers what was found now.
    pub(super) fn keep_look(&self, ctx: &Ctx<'_, P>, origin: Option<i64>) {
        if let (Some(_), Some(looks)) = (&self.since, self.looks(ctx)) {
            let look = SequenceLook {
                at: ctx.now,
                seen: self.seen(ctx, ctx.now),
                origin,
            };
            looks.keep(self.place(ctx), look);
        }
    }

    /// Where looks are kept: of what is asked of the profile, and not of an event or a row.
    fn looks<'a>(&self, ctx: &Ctx<'a, P>) -> Option<&'a SequenceLooks> {
        let is_of_profile = ctx.event.is_none() && ctx.row.is_none();
        let is_sorted = matches!(ctx.events, Events::Timeline(_));
        let indexes = ctx.indexes.filter(|_| is_of_profile && is_sorted);
        indexes.map(|indexes| &indexes.looks)
    }

    fn place(&self, ctx: &Ctx<'_, P>) -> (usize, usize) {
        (
            std::ptr::from_ref(self).addr(),
            ctx.subject.map_or(0, |subject| subject.as_ptr().addr()),
        )
    }

    /// How many events that the sequence reads had happened at an instant.
    fn seen(&self, ctx: &Ctx<'_, P>, at: i64) -> usize {
        let selects = self.steps.iter().flat_map(|step| {
            let barriers = step.none_between.iter();
            std::iter::once(&step.select).chain(barriers)
        });
        let kinds = selects.flat_map(|select| &select.kinds);
        sum(kinds.map(|kind| first_not_below(ctx.of_kind(*kind).events, at.saturating_add(1))))
    }
}

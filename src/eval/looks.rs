//! How long to look for a change. Each look is at an instant at which something may be otherwise, and the data can ask for
//! so many of them and no more; only the calendar asks for ever more.

use super::bound::{AnchorNode, BoundNode};
use super::context::Ctx;
use super::lifecycle::LifecycleNode;
use super::node::{HistoryOf, Node};
use super::rows::RowsNode;
use super::select::{SelectNode, WindowNode};
use super::term::TermNode;
use crate::profile::{Accessor, Profile};

/// The looks that are left.
pub(crate) struct ProbeBudget {
    left: usize,
    /// Whether those that the data may need are among them.
    whole: bool,
}

impl ProbeBudget {
    /// So many for what depends on the calendar alone.
    pub(crate) fn new(left: usize) -> Self {
        ProbeBudget { left, whole: false }
    }

    /// Takes one of them, where there is one. `needed` tells at how many instants the data may ask for a look.
    pub(crate) fn take(&mut self, needed: impl FnOnce() -> usize) -> bool {
        /// Months clamped at their ends, and clocks set back, can make a bound pass an instant more than once.
        const EACH: usize = 8;
        if self.left == 0 && !self.whole {
            (self.left, self.whole) = (needed().saturating_mul(EACH), true);
        }
        let any = self.left > 0;
        self.left = self.left.saturating_sub(1);
        any
    }
}

fn sum(parts: impl Iterator<Item = usize>) -> usize {
    parts.fold(0, usize::saturating_add)
}

impl<P: Profile> Node<P> {
    /// At how many instants the data may ask for a look: for each event, row and change, times the windows that it may
    /// enter and leave. `of` is how many events or rows the condition is asked of.
    pub(crate) fn max_change_points<'a>(&'a self, ctx: &Ctx<'a, P>, of: usize) -> usize {
        match self {
            Node::Const(_)
            | Node::Leaf(_)
            | Node::IdIn(_)
            | Node::OfSubject(_)
            | Node::Tagged { .. }
            | Node::Sample { .. }
            | Node::Contains { .. }
            | Node::ListPresent(_)
            | Node::EmptyList(_) => 0,
            Node::All(parts) | Node::Any(parts) => sum(parts
                .rest
                .iter()
                .map(|part| part.max_change_points(ctx, of))),
            Node::Not(part) => part.max_change_points(ctx, of),
            Node::Shared(part) => part.max_change_points(ctx, of),
            Node::AtLeast(select, _) | Node::Exactly(select, _) => {
                select.max_change_points(ctx, of)
            }
            Node::Compare(compare) => sum([
                compare.left.max_change_points(ctx, of),
                compare.right.max_change_points(ctx, of),
                of,
            ]
            .into_iter()),
            Node::OneOf { value, .. }
            | Node::Present(value)
            | Node::EmptyText(value)
            | Node::Truth(value)
            | Node::Near { value, .. }
            | Node::InRectangle { value, .. } => value.max_change_points(ctx, of),
            Node::Text(node) => node.value.max_change_points(ctx, of),
            Node::Timed { value, windows, .. } => value
                .max_change_points(ctx, of)
                .saturating_add(windows.max_change_points(ctx, of, of)),
            Node::Rows(rows, _) => rows.max_change_points(ctx),
            // Beside its windows each event has the gap that follows it.
            Node::Sequence(node) => sum(node.steps.iter().map(|step| {
                step.select
                    .max_change_points(ctx, of)
                    .saturating_add(step.select.most(ctx))
            })),
            Node::Regularly(node) => node
                .select
                .max_change_points(ctx, of)
                .saturating_mul(node.periods.len()),
            Node::Moved(node) => node.segment.max_change_points(ctx, of).saturating_mul(2),
            Node::Stage(node) => node
                .stage
                .lifecycle
                .max_change_points(ctx, of)
                .saturating_mul(2),
            Node::Upcoming(node) => node.value.max_change_points(ctx, of).saturating_add(of),
            Node::Was(node) => node
                .windows
                .max_change_points(ctx, changes(&node.history, ctx), of),
            Node::Changed(node) => {
                node.windows
                    .max_change_points(ctx, changes(&node.history, ctx), of)
            }
            Node::Held(node) => {
                let changes = sum(node.histories.iter().map(|history| changes(history, ctx)));
                node.condition
                    .max_change_points(ctx, of)
                    .saturating_add(changes.saturating_mul(2))
            }
            Node::AsOf(node) => node.of.max_change_points(ctx, of),
        }
    }
}

impl<P: Profile> TermNode<P> {
    fn max_change_points<'a>(&'a self, ctx: &Ctx<'a, P>, of: usize) -> usize {
        let own = match self {
            TermNode::Attribute(Accessor::History(history)) => changes(history, ctx),
            TermNode::Aggregate(node) => {
                let values = node.of.as_ref().map_or(0, |value| {
                    value.max_change_points(ctx, node.select.most(ctx))
                });
                node.select
                    .max_change_points(ctx, of)
                    .saturating_add(values)
            }
            TermNode::Total(node) => {
                let values = node
                    .of
                    .as_ref()
                    .map_or(0, |value| value.max_change_points(ctx, node.rows.len(ctx)));
                node.rows.max_change_points(ctx).saturating_add(values)
            }
            TermNode::Cases { cases, .. } => sum(cases
                .iter()
                .map(|(node, _)| node.max_change_points(ctx, of))),
            TermNode::OnlyIf { node, .. } => node.max_change_points(ctx, of),
            TermNode::Stage(of_lifecycle) => of_lifecycle.lifecycle.max_change_points(ctx, of),
            _ => 0,
        };
        own.saturating_add(sum(self
            .inner()
            .map(|inner| inner.max_change_points(ctx, of))))
    }
}

impl<P: Profile> SelectNode<P> {
    /// How many events there may be.
    fn most(&self, ctx: &Ctx<'_, P>) -> usize {
        sum(self
            .kinds
            .iter()
            .map(|kind| ctx.of_kind(*kind).events.len()))
    }

    fn max_change_points<'a>(&'a self, ctx: &Ctx<'a, P>, of: usize) -> usize {
        let events = self.most(ctx);
        let tests = self
            .residual
            .iter()
            .chain(&self.correlated)
            .map(|test| test.max_change_points(ctx, events));
        sum(tests).saturating_add(self.windows.max_change_points(ctx, events, of))
    }
}

impl<P: Profile> WindowNode<P> {
    /// Where so many instants enter and leave.
    fn max_change_points<'a>(&'a self, ctx: &Ctx<'a, P>, instants: usize, of: usize) -> usize {
        let bounds = || self.lower.iter().chain(&self.upper);
        let values = sum(bounds()
            .filter_map(BoundNode::term)
            .map(|term| term.max_change_points(ctx, of)));
        instants
            .saturating_mul(bounds().count().saturating_add(1))
            .saturating_add(values)
    }
}

impl<P: Profile> BoundNode<P> {
    /// The value that the bound counts from.
    fn term(&self) -> Option<&TermNode<P>> {
        match &self.anchor {
            AnchorNode::Term { term, .. } => Some(term),
            AnchorNode::Bound(of) | AnchorNode::DayOf { of, .. } => of.term(),
            AnchorNode::At(_)
            | AnchorNode::Now(_)
            | AnchorNode::Months { .. }
            | AnchorNode::Period { .. } => None,
            AnchorNode::Day { .. } => None,
        }
    }
}

impl<P: Profile> RowsNode<P> {
    fn max_change_points<'a>(&'a self, ctx: &Ctx<'a, P>) -> usize {
        self.filter.max_change_points(ctx, self.len(ctx))
    }
}

impl<P: Profile> LifecycleNode<P> {
    /// The same of all stages.
    pub(crate) fn max_change_points<'a>(&'a self, ctx: &Ctx<'a, P>, of: usize) -> usize {
        sum(self
            .stages
            .iter()
            .map(|stage| stage.cond.max_change_points(ctx, of)))
    }
}

fn changes<P: Profile>(history: &HistoryOf<P>, ctx: &Ctx<'_, P>) -> usize {
    history.len(ctx.profile)
}

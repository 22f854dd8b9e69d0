//! Conditions ready to run, one construct a file: its node, binding, evaluation, fast path, probes and cost.
//!
//! [`Node`] says which construct a condition is; what is asked of it is the trait [`Condition`], and [`each!`] passes a
//! question on.

pub(crate) mod as_of;
pub(crate) mod compare;
pub(crate) mod count;
pub(crate) mod geo;
pub(crate) mod held;
pub(crate) mod leaf;
pub(crate) mod list;
pub(crate) mod logic;
pub(crate) mod one_of;
pub(crate) mod periods;
pub(crate) mod presence;
pub(crate) mod rows;
pub(crate) mod sample;
pub(crate) mod segment;
pub(crate) mod sequence;
pub(crate) mod state;
pub(crate) mod subject;
pub(crate) mod tags;
pub(crate) mod text;
pub(crate) mod truth;
pub(crate) mod upcoming;
pub(crate) mod window;

use super::Binder;
use super::bounded::{Bounded, End, Ended, EndedBy, NextChange, Outlook};
use super::collection::index::IndexCache;
use super::context::Ctx;
use super::probe::{MAX_PROBES, ProbeBudget};
use crate::ir::{Cond, CondKind, Operand};
use crate::profile::Profile;
use crate::time::{Instant, NEVER};
use as_of::AsOfNode;
use compare::CompareNode;
use count::{AtLeast, Exactly};
use geo::Inside;
use held::HeldNode;
use leaf::Leaf;
use list::ContainsNode;
use logic::{All, Any, Const, Not};
use one_of::{IdIn, OneOf};
use periods::PeriodsNode;
use presence::PresenceNode;
use rows::RowsTest;
use sample::SampleNode;
use segment::SegmentNode;
use sequence::SequenceNode;
use state::StateNode;
use subject::SubjectNode;
use tags::Tagged;
use text::TextNode;
use truth::IsTrue;
use upcoming::UpcomingNode;
use window::TimedNode;

/// What every construct answers.
pub(crate) trait Condition<P: Profile> {
    /// Whether the condition holds.
    fn holds<'a>(&'a self, ctx: &Ctx<'a, P>) -> bool;

    /// Whether the condition holds, and an instant after `ctx.now` before which that cannot change. (It need not change at
    /// that instant; [`Node::next_change`] finds the one at which it does.)
    fn evaluate<'a>(&'a self, ctx: &Ctx<'a, P>) -> Bounded;

    /// Whether the condition holds, and the first instant at which it is otherwise, where that can be told without looking
    /// at other instants.
    fn fast_path<'a>(&'a self, _: &Ctx<'a, P>) -> Option<NextChange> {
        None
    }

    /// Upper bound on the instants at which the data can change the answer: for each event, row and change, times the
    /// windows that it may enter and leave. `of` is how many events or rows the condition is asked of.
    fn max_change_points<'a>(&'a self, ctx: &Ctx<'a, P>, of: usize) -> usize;

    /// How much an evaluation takes, roughly: of the parts of an `and` the cheap ones run first.
    fn cost(&self) -> u32;
}

pub(crate) enum Node<P: Profile> {
    Const(Const),
    Leaf(Leaf<P>),
    All(All<P>),
    Any(Any<P>),
    Not(Not<P>),
    AtLeast(AtLeast<P>),
    Exactly(Exactly<P>),
    Compare(Box<CompareNode<P>>),
    OneOf(Box<OneOf<P>>),
    IdIn(IdIn),
    Text(Box<TextNode<P>>),
    Contains(Box<ContainsNode<P>>),
    Presence(PresenceNode<P>),
    IsTrue(IsTrue<P>),
    Inside(Inside<P>),
    Timed(Box<TimedNode<P>>),
    Rows(Box<RowsTest<P>>),
    Sequence(Box<SequenceNode<P>>),
    Periods(Box<PeriodsNode<P>>),
    OfSubject(Box<SubjectNode<P::Event>>),
    Tagged(Tagged<P>),
    Segment(SegmentNode<P>),
    State(Box<StateNode<P>>),
    Sample(SampleNode),
    Upcoming(Box<UpcomingNode<P>>),
    Held(Box<HeldNode<P>>),
    AsOf(Box<AsOfNode<P>>),
}

/// Asks the construct that a node is.
macro_rules! each {
    ($of:expr, $node:ident => $answer:expr) => {
        match $of {
            Node::Const($node) => $answer,
            Node::Leaf($node) => $answer,
            Node::All($node) => $answer,
            Node::Any($node) => $answer,
            Node::Not($node) => $answer,
            Node::AtLeast($node) => $answer,
            Node::Exactly($node) => $answer,
            Node::Compare($node) => {
                let $node = &**$node;
                $answer
            }
            Node::OneOf($node) => {
                let $node = &**$node;
                $answer
            }
            Node::IdIn($node) => $answer,
            Node::Text($node) => {
                let $node = &**$node;
                $answer
            }
            Node::Contains($node) => {
                let $node = &**$node;
                $answer
            }
            Node::Presence($node) => $answer,
            Node::IsTrue($node) => $answer,
            Node::Inside($node) => $answer,
            Node::Timed($node) => {
                let $node = &**$node;
                $answer
            }
            Node::Rows($node) => {
                let $node = &**$node;
                $answer
            }
            Node::Sequence($node) => {
                let $node = &**$node;
                $answer
            }
            Node::Periods($node) => {
                let $node = &**$node;
                $answer
            }
            Node::OfSubject($node) => {
                let $node = &**$node;
                $answer
            }
            Node::Tagged($node) => $answer,
            Node::Segment($node) => $answer,
            Node::State($node) => {
                let $node = &**$node;
                $answer
            }
            Node::Sample($node) => $answer,
            Node::Upcoming($node) => {
                let $node = &**$node;
                $answer
            }
            Node::Held($node) => {
                let $node = &**$node;
                $answer
            }
            Node::AsOf($node) => {
                let $node = &**$node;
                $answer
            }
        }
    };
}

impl<P: Profile> Node<P> {
    /// Whether the condition holds.
    ///
    /// Kept small, so that the frame of the recursion stays so: leaves are called where their parent stands.
    #[inline]
    pub(crate) fn holds<'a>(&'a self, ctx: &Ctx<'a, P>) -> bool {
        if let Node::Leaf(leaf) = self {
            return leaf.holds(ctx);
        }
        if let Node::AtLeast(count) = self {
            return count.holds(ctx);
        }
        self.holds_of_parts(ctx)
    }

    fn holds_of_parts<'a>(&'a self, ctx: &Ctx<'a, P>) -> bool {
        if let Node::All(all) = self {
            return all.holds(ctx);
        }
        if let Node::Any(any) = self {
            return any.holds(ctx);
        }
        if let Node::Not(not) = self {
            return not.holds(ctx);
        }
        self.holds_otherwise(ctx)
    }

    #[inline(never)]
    fn holds_otherwise<'a>(&'a self, ctx: &Ctx<'a, P>) -> bool {
        each!(self, node => node.holds(ctx))
    }

    pub(crate) fn evaluate<'a>(&'a self, ctx: &Ctx<'a, P>) -> Bounded {
        each!(self, node => node.evaluate(ctx))
    }

    pub(crate) fn fast_path<'a>(&'a self, ctx: &Ctx<'a, P>) -> Option<NextChange> {
        each!(self, node => node.fast_path(ctx))
    }

    pub(crate) fn max_change_points<'a>(&'a self, ctx: &Ctx<'a, P>, of: usize) -> usize {
        each!(self, node => node.max_change_points(ctx, of))
    }

    pub(crate) fn cost(&self) -> u32 {
        each!(self, node => Condition::<P>::cost(node))
    }

    /// Whether the condition holds, and the first instant after `ctx.now` at which it is otherwise; where a search does not find
    /// it, one before which it is not.
    pub(crate) fn next_change(&self, ctx: &Ctx<'_, P>) -> Outlook {
        ctx.limited(|ctx| match self.search(ctx, NEVER, MAX_PROBES) {
            Ok(change) => change.into(),
            Err(ended) => Outlook::possible(ended.reached),
        })
    }

    /// Whether the condition holds, and until when: until it changes, where a search up to `end` finds that, and otherwise for as
    /// long as is certain. There are so many probes for what depends on the calendar alone; what did not change in so many
    /// counts as never changing.
    pub(crate) fn next_change_by<'a>(
        &'a self,
        ctx: &Ctx<'a, P>,
        end: i64,
        max_probes: usize,
    ) -> Bounded {
        match self.search(ctx, end, max_probes) {
            Ok(change) => Bounded::new(change.holds, change.until),
            Err(ended) => match ended.by {
                EndedBy::Horizon | EndedBy::Work => ended.reached,
                EndedBy::Probes => Bounded::forever(ended.reached.holds),
            },
        }
    }

    /// Whether the condition holds, and an instant before which that cannot change: the one at which it does where that takes
    /// no search.
    pub(crate) fn look(&self, ctx: &Ctx<'_, P>) -> Outlook {
        match self.fast_path(ctx) {
            Some(change) => change.into(),
            None => Outlook::possible(ctx.limited(|ctx| self.evaluate(ctx))),
        }
    }

    /// The same as far ahead as a search comes.
    pub(crate) fn look_ahead(&self, ctx: &Ctx<'_, P>) -> Outlook {
        let outlook = self.next_change(ctx);
        match outlook.end {
            End::Possible => Outlook {
                end: End::Certain,
                ..outlook
            },
            End::Certain | End::Final => outlook,
        }
    }

    /// Whether the condition holds, and the first instant after `ctx.now` at which it is otherwise; `Err` where it is not found: not
    /// up to `end`, nor by so many probes, nor by the work that a search may do.
    fn search<'a>(
        &'a self,
        ctx: &Ctx<'a, P>,
        end: i64,
        max_probes: usize,
    ) -> Result<NextChange, Ended> {
        if let Some(change) = self.fast_path(ctx) {
            return Ok(change);
        }
        let Bounded { holds, until } = self.evaluate(ctx);
        let change = |until| NextChange {
            holds,
            until,
            is_final: false,
        };
        if until > Instant::MAX.micros() {
            return Ok(change(NEVER));
        }
        // Mostly the first instant is the one, and to see that takes less than to evaluate.
        if (ctx.now + 1..=end).contains(&until) && self.holds(&ctx.at(until)) != holds {
            return Ok(change(until));
        }
        // INVARIANT: an evaluation is certain for at least one microsecond.
        let begin = until.max(ctx.now.saturating_add(1));
        self.first_other(ctx, holds, (begin, end), max_probes)
            .map(change)
            .map_err(|(until, by)| Ended {
                reached: Bounded::new(holds, until),
                by,
            })
    }

    /// The first instant of a stretch at which the answer is not `holds`, or how far the search came and why no further.
    fn first_other<'a>(
        &'a self,
        ctx: &Ctx<'a, P>,
        holds: bool,
        (begin, end): (i64, i64),
        max_probes: usize,
    ) -> Result<i64, (i64, EndedBy)> {
        /// To index events pays from here on.
        const FEW: usize = 8;
        let mut few = 0..FEW;
        let mut budget = ProbeBudget::new(max_probes);
        let first = self.probe(ctx, holds, (begin, end), || few.next().is_some());
        let Err((begin, EndedBy::Probes)) = first else {
            return first;
        };
        let stretch = (begin, end);
        let more = || budget.take(|| self.max_change_points(ctx, 1));
        if ctx.indexes.is_some_and(|indexes| !indexes.is_kept()) {
            return self.probe(ctx, holds, stretch, more);
        }
        IndexCache::with(|indexes| {
            let ctx = Ctx {
                indexes: Some(indexes),
                ..*ctx
            };
            self.probe(&ctx, holds, stretch, more)
        })
    }

    /// Evaluates at one instant after another, from the first of a stretch to the last, while it may; gives the first at which
    /// the answer is another, or else how far it came.
    fn probe<'a>(
        &'a self,
        ctx: &Ctx<'a, P>,
        holds: bool,
        (mut at, end): (i64, i64),
        mut more: impl FnMut() -> bool,
    ) -> Result<i64, (i64, EndedBy)> {
        loop {
            if at > Instant::MAX.micros() {
                return Ok(NEVER);
            }
            let ended = if at > end {
                Some(EndedBy::Horizon)
            } else if ctx.is_spent() {
                Some(EndedBy::Work)
            } else {
                (!more()).then_some(EndedBy::Probes)
            };
            if let Some(by) = ended {
                return Err((at, by));
            }
            ctx.spend(1);
            let then = self.evaluate(&ctx.at(at));
            if then.holds != holds {
                return Ok(at);
            }
            at = then.until.max(at.saturating_add(1));
        }
    }
}

impl<P: Profile> Binder<'_, P> {
    pub(crate) fn cond(&mut self, cond: &Cond) -> Node<P> {
        if let Some(leaf) = Leaf::bind(self, cond) {
            return Node::Leaf(leaf);
        }
        match &cond.kind {
            CondKind::Const(holds) => Node::Const(Const(*holds)),
            CondKind::All(parts) => Node::All(All::bind(self, parts)),
            CondKind::Any(parts) => Node::Any(Any::bind(self, parts)),
            CondKind::Not(part) => Node::Not(Not::bind(self, part)),
            CondKind::Compare {
                op,
                left,
                right,
                ignoring_case,
            } => compare::bind(self, *op, left, right, *ignoring_case),
            CondKind::OneOf {
                value,
                set,
                ignoring_case,
            } => one_of::bind(self, value, set, *ignoring_case),
            CondKind::Text {
                op,
                value,
                pattern,
                ignoring_case,
            } => TextNode::bind_pattern(self, value, *op, pattern, *ignoring_case),
            CondKind::Contains {
                of: Operand::Term(value),
                items,
                values,
                all,
                ignoring_case,
            } => TextNode::bind_substrings(self, value, (items, values), *all, *ignoring_case),
            CondKind::Contains {
                of: Operand::List(list),
                items,
                values,
                all,
                ignoring_case,
            } => ContainsNode::bind(self, list, (items, values), *all, *ignoring_case),
            CondKind::Present(of) => Node::Presence(PresenceNode::bind(self, of, false)),
            CondKind::Empty(of) => Node::Presence(PresenceNode::bind(self, of, true)),
            CondKind::Inside { value, area } => Node::Inside(Inside::bind(self, value, *area)),
            CondKind::Timed { value, windows } => TimedNode::bind(self, value, windows),
            CondKind::Happened(select) => Node::AtLeast(AtLeast::bind(self, select, 1)),
            CondKind::Rows { all, rows } => RowsTest::bind(self, rows, *all),
            CondKind::Sequence(steps) => Node::Sequence(Box::new(SequenceNode::bind(self, steps))),
            CondKind::Regularly {
                select,
                least,
                most,
                end,
                starts,
                periods,
            } => {
                let borders = (end.as_ref(), &starts[..]);
                PeriodsNode::bind(self, select, (*least, *most), borders, *periods)
            }
            CondKind::OfSubject(property) => SubjectNode::bind(self, property),
            CondKind::Tagged(path) => Node::Tagged(Tagged::bind(self, path.as_ref())),
            CondKind::Segment(segment) => Node::Segment(SegmentNode::bind(self, segment)),
            CondKind::Sample { percent, salt } => Node::Sample(SampleNode::bind(*percent, salt)),
            CondKind::Upcoming {
                value,
                yearly,
                first,
                end,
            } => upcoming::bind(self, value, *yearly, first, end),
            CondKind::AsOf { of, ago } => Node::AsOf(Box::new(AsOfNode::bind(self, of, *ago))),
            CondKind::State { of, test } => StateNode::bind(self, of, test),
            CondKind::Held {
                condition,
                tracked,
                op,
                duration,
            } => HeldNode::bind(self, condition, tracked, *op, *duration),
        }
    }
}

//! Conditions ready to run. Each answers two questions: does it hold, and until when is that certain.

use super::ahead::IndexCache;
use super::asof::AsOfNode;
use super::compare::{CompareNode, Comparer, evaluate_timed, side};
use super::context::Ctx;
use super::history::{ChangedNode, HeldNode, WasNode};
use super::list::{ListNode, tagged};
use super::looks::ProbeBudget;
use super::moves::SegmentTransitionNode;
use super::regular::PeriodsNode;
use super::rows::RowsNode;
use super::select::{SelectNode, WindowNode};
use super::sequence::SequenceNode;
use super::stage::StageTestNode;
use super::subject::SubjectNode;
use super::term::{Literal, TermNode};
use super::text::TextNode;
use super::upcoming::UpcomingNode;
use crate::ir::rectangle::Rectangle;
use crate::profile::{Accessor, Digits, HistoryAccess, Predicate, Profile, ProfileId, Val};
use crate::time::{Instant, NEVER};
use crate::value::GeoPoint;
use md5::{Digest, Md5};
use std::cmp::Ordering;
use std::sync::Arc;

pub(crate) enum Node<P: Profile> {
    Const(bool),
    /// A test of the profile that no passing of time can change.
    Leaf(Predicate<P>),
    All(Parts<P>),
    Any(Parts<P>),
    Not(Box<Node<P>>),
    /// At least so many events.
    AtLeast(Box<SelectNode<P>>, usize),
    /// Just so many events.
    Exactly(Box<SelectNode<P>>, usize),
    Compare(Box<CompareNode<P>>),
    OneOf {
        value: TermNode<P>,
        set: Vec<Literal>,
        comparer: Comparer,
    },
    /// The id is one of these, sorted.
    IdIn(Vec<Arc<str>>),
    Text(Box<TextNode<P>>),
    Contains {
        list: ListNode<P>,
        items: Vec<Literal>,
        all: bool,
        ignoring_case: bool,
    },
    Present(TermNode<P>),
    ListPresent(ListNode<P>),
    /// A text that is missing or empty.
    EmptyText(TermNode<P>),
    EmptyList(ListNode<P>),
    Truth(TermNode<P>),
    Near {
        value: TermNode<P>,
        of: GeoPoint,
        metres: f64,
    },
    InRectangle {
        value: TermNode<P>,
        of: Rectangle,
    },
    Timed {
        value: TermNode<P>,
        windows: WindowNode<P>,
        depends_on_now: bool,
    },
    /// Some row, or, `true`: there are rows, and all of them pass.
    Rows(Box<RowsNode<P>>, bool),
    Sequence(Box<SequenceNode<P>>),
    Regularly(Box<PeriodsNode<P>>),
    OfSubject(Box<SubjectNode<P::Event>>),
    Tagged {
        tags: Option<Accessor<P>>,
        path: Option<Arc<str>>,
    },
    Shared(Arc<Node<P>>),
    Moved(Box<SegmentTransitionNode<P>>),
    Stage(Box<StageTestNode<P>>),
    Sample {
        below: u64,
        salt: Arc<str>,
    },
    Upcoming(Box<UpcomingNode<P>>),
    Was(Box<WasNode<P>>),
    Changed(Box<ChangedNode<P>>),
    Held(Box<HeldNode<P>>),
    AsOf(Box<AsOfNode<P, Node<P>>>),
}

/// The parts of an `and` or an `or`.
pub(crate) struct Parts<P: Profile> {
    pub(crate) leaves: Vec<Predicate<P>>,
    /// Everything else, the cheap ones first.
    pub(crate) rest: Vec<Node<P>>,
}

impl<P: Profile> Node<P> {
    /// Whether the condition holds.
    ///
    /// Kept small, so that the frame of the recursion stays so: leaves are called where their parent stands.
    #[inline]
    pub(crate) fn holds<'a>(&'a self, ctx: &Ctx<'a, P>) -> bool {
        match self {
            Node::Leaf(test) => test(ctx.profile),
            Node::AtLeast(select, n) => select.at_least(ctx, *n),
            other => other.holds_of_parts(ctx),
        }
    }

    fn holds_of_parts<'a>(&'a self, ctx: &Ctx<'a, P>) -> bool {
        match self {
            Node::All(parts) => {
                parts.leaves.iter().all(|t| t(ctx.profile))
                    && parts.rest.iter().all(|p| p.holds(ctx))
            }
            Node::Any(parts) => {
                parts.leaves.iter().any(|t| t(ctx.profile))
                    || parts.rest.iter().any(|p| p.holds(ctx))
            }
            Node::Not(part) => !part.holds(ctx),
            other => other.holds_otherwise(ctx),
        }
    }

    #[inline(never)]
    fn holds_otherwise<'a>(&'a self, ctx: &Ctx<'a, P>) -> bool {
        match self {
            Node::Leaf(_) | Node::AtLeast(..) | Node::All(_) | Node::Any(_) | Node::Not(_) => {
                self.holds(ctx)
            }
            Node::Const(b) => *b,
            Node::Exactly(select, n) => select.exactly(ctx, *n),
            Node::Compare(compare) => compare.order(ctx).is_some_and(|o| compare.op.accepts(o)),
            Node::OneOf {
                value,
                set,
                comparer,
            } => {
                let v = value.value(ctx);
                set.iter().any(|lit| {
                    comparer
                        .compare(&v, &lit.val())
                        .is_some_and(Ordering::is_eq)
                })
            }
            Node::IdIn(ids) => {
                let v = super::term::id_of(ctx.profile);
                v.text()
                    .is_some_and(|id| ids.binary_search_by(|i| (**i).cmp(id)).is_ok())
            }
            Node::Text(node) => node.holds(ctx),
            Node::Contains {
                list,
                items,
                all,
                ignoring_case,
            } => list.contains(ctx, items, *all, *ignoring_case),
            Node::Present(term) => !term.value(ctx).is_missing(),
            Node::ListPresent(list) => list.len(ctx).is_some(),
            Node::EmptyText(term) => term.value(ctx).text().is_none_or(str::is_empty),
            Node::EmptyList(list) => list.len(ctx).is_none_or(|n| n == 0),
            Node::Truth(term) => term.value(ctx).as_whole() == Some(1),
            Node::Near { value, of, metres } => {
                matches!(value.value(ctx), Val::Place(place) if place.distance(*of) <= *metres)
            }
            Node::InRectangle { value, of } => {
                matches!(value.value(ctx), Val::Place(place) if of.contains(place))
            }
            Node::Timed { value, windows, .. } => {
                side(value, windows, ctx) == Some(Ordering::Equal)
            }
            Node::Rows(rows, all) => rows.holds(ctx, *all),
            Node::Sequence(node) => node.evaluate(ctx, false).0,
            Node::Regularly(node) => node.holds(ctx),
            Node::OfSubject(node) => node.holds(ctx),
            Node::Tagged { tags, path } => tagged(tags.as_ref(), path.as_deref(), ctx),
            Node::Shared(node) => node.holds(ctx),
            Node::Moved(node) => node.evaluate(ctx).0,
            Node::Stage(node) => node.evaluate(ctx).0,
            Node::Sample { below, salt } => sample(salt, ctx.profile.id()) < *below,
            Node::Upcoming(node) => node.evaluate(ctx).0,
            Node::Was(node) => node.holds(ctx),
            Node::Changed(node) => node.holds(ctx),
            Node::Held(node) => node.evaluate(ctx).0,
            Node::AsOf(node) => node.holds(ctx),
        }
    }

    /// Whether the condition holds, and an instant after `ctx.now` before which that cannot change. (It need not change
    /// at that instant; [`first_change`](Self::first_change) finds the one at which it does.)
    pub(crate) fn evaluate<'a>(&'a self, ctx: &Ctx<'a, P>) -> (bool, i64) {
        match self {
            Node::Const(_)
            | Node::Leaf(_)
            | Node::IdIn(_)
            | Node::OfSubject(_)
            | Node::Tagged { .. }
            | Node::Sample { .. } => (self.holds(ctx), NEVER),
            Node::All(parts) => evaluate_parts(parts, ctx, false),
            Node::Any(parts) => evaluate_parts(parts, ctx, true),
            Node::Not(part) => {
                let (holds, until) = part.evaluate(ctx);
                (!holds, until)
            }
            Node::AtLeast(select, n) => {
                if let Some(answer) = select.exact(ctx, *n) {
                    return (answer.holds, answer.until);
                }
                let holds = select.at_least(ctx, *n);
                (
                    holds,
                    if holds {
                        select.next_below(ctx, *n)
                    } else {
                        select.next_entry(ctx)
                    },
                )
            }
            Node::Exactly(select, n) => match select.count(ctx, n.saturating_add(1)).cmp(n) {
                Ordering::Less => (false, select.next_entry(ctx)),
                Ordering::Equal => (true, select.next_entry(ctx).min(select.next_below(ctx, *n))),
                Ordering::Greater => (false, select.next_below(ctx, n.saturating_add(1))),
            },
            Node::Compare(compare) => compare.evaluate(ctx),
            // Who has entered a stage is in one from then on: where it leads need not be followed.
            Node::Present(TermNode::Stage(_)) if self.holds(ctx) => (true, NEVER),
            Node::OneOf { value, .. }
            | Node::Present(value)
            | Node::EmptyText(value)
            | Node::Truth(value)
            | Node::Near { value, .. }
            | Node::InRectangle { value, .. } => (self.holds(ctx), value.valid_until(ctx)),
            Node::Text(node) => (node.holds(ctx), node.value.valid_until(ctx)),
            Node::Contains { .. } | Node::ListPresent(_) | Node::EmptyList(_) => {
                (self.holds(ctx), NEVER)
            }
            Node::Timed {
                value,
                windows,
                depends_on_now,
            } => evaluate_timed(value, windows, *depends_on_now, ctx),
            Node::Rows(rows, all) => rows.evaluate(ctx, *all),
            Node::Sequence(node) => node.evaluate(ctx, true),
            Node::Regularly(node) => node.evaluate(ctx),
            Node::Shared(node) => node.evaluate(ctx),
            Node::Moved(node) => node.evaluate(ctx),
            Node::Stage(node) => node.evaluate(ctx),
            Node::Upcoming(node) => node.evaluate(ctx),
            Node::Was(node) => node.evaluate(ctx),
            Node::Changed(node) => node.evaluate(ctx),
            Node::Held(node) => node.evaluate(ctx),
            Node::AsOf(node) => node.evaluate(ctx),
        }
    }

    /// Whether the condition holds, and the first instant after `ctx.now` at which it is otherwise ([`NEVER`] if none).
    pub(crate) fn first_change<'a>(&'a self, ctx: &Ctx<'a, P>) -> (bool, i64) {
        self.first_change_in(ctx, 4_000)
    }

    /// The same, with so many budget for what depends on the calendar alone; what did not change in so many counts as never
    /// changing.
    pub(crate) fn first_change_in<'a>(
        &'a self,
        ctx: &Ctx<'a, P>,
        max_probes: usize,
    ) -> (bool, i64) {
        /// To line up events pays from here on.
        const FEW: usize = 8;
        if let Some(answer) = self.exact(ctx) {
            return (answer.holds, answer.until);
        }
        let (holds, until) = self.evaluate(ctx);
        // Mostly the first instant is the one, and to see that takes less than to judge.
        if until > ctx.now && (until > Instant::MAX.micros() || self.holds(&ctx.at(until)) != holds)
        {
            return (
                holds,
                if until > Instant::MAX.micros() {
                    NEVER
                } else {
                    until
                },
            );
        }
        let mut budget = ProbeBudget::new(max_probes);
        let mut few = 0..FEW;
        let found = self
            .look(ctx, holds, (ctx.now, until), || few.next().is_some())
            .or_else(|reached| {
                let more = || budget.take(|| self.max_change_points(ctx, 1));
                match ctx.ahead {
                    Some(_) => self.look(ctx, holds, reached, more),
                    None => IndexCache::with(|ahead| {
                        self.look(
                            &Ctx {
                                ahead: Some(ahead),
                                ..*ctx
                            },
                            holds,
                            reached,
                            more,
                        )
                    }),
                }
            });
        (holds, found.unwrap_or(NEVER))
    }

    /// ProbeBudget at instants while it may, from the last that was looked at and the next to be looked at; gives the first at which the
    /// answer is another, or else how far it came.
    fn look<'a>(
        &'a self,
        ctx: &Ctx<'a, P>,
        holds: bool,
        (mut last, mut until): (i64, i64),
        mut more: impl FnMut() -> bool,
    ) -> Result<i64, (i64, i64)> {
        while more() {
            // INVARIANT: a judgement is certain for at least one microsecond.
            until = until.max(last.saturating_add(1));
            if until > Instant::MAX.micros() {
                return Ok(NEVER);
            }
            let (then, next) = self.evaluate(&ctx.at(until));
            if then != holds {
                return Ok(until);
            }
            (last, until) = (until, next);
        }
        Err((last, until))
    }
}

/// `all` parts hold, or (`any`) one does.
fn evaluate_parts<'a, P: Profile>(parts: &'a Parts<P>, ctx: &Ctx<'a, P>, any: bool) -> (bool, i64) {
    // Leaves never change, so one that decides settles it.
    if parts.leaves.iter().any(|t| t(ctx.profile) == any) {
        return (any, NEVER);
    }
    together(parts.rest.iter().map(|part| part.evaluate(ctx)), any)
}

/// Whether all of some conditions hold, or (`any`) one does, and until when that is certain. What decides stays so as long as
/// it is certain: one that decides is enough, so the longest of them counts; where none does, the first to change counts.
pub(crate) fn together(parts: impl Iterator<Item = (bool, i64)>, any: bool) -> (bool, i64) {
    let (mut decided, mut all) = (None::<i64>, NEVER);
    for (holds, until) in parts {
        if holds == any {
            decided = Some(decided.map_or(until, |d| d.max(until)));
            if until == NEVER {
                break;
            }
        } else {
            all = all.min(until);
        }
    }
    match decided {
        Some(until) => (any, until),
        None => (!any, all),
    }
}

/// The first 32 bits of the MD5 of `salt:id`, as a number: the first 8 hexadecimal digits that every database prints.
pub(crate) fn sample(salt: &str, id: ProfileId<'_>) -> u64 {
    let mut hash = Md5::new();
    hash.update(salt.as_bytes());
    hash.update(b":");
    match id {
        ProfileId::Text(text) => hash.update(text.as_bytes()),
        ProfileId::Number(n) => hash.update(Digits::new(n).as_str().as_bytes()),
        ProfileId::Signed(n) => hash.update(Digits::signed(n).as_str().as_bytes()),
    }
    hash.finalize()
        .iter()
        .take(4)
        .fold(0, |n, byte| n << 8 | u64::from(*byte))
}

/// A history of the profile.
pub(crate) type HistoryOf<P> = Arc<dyn HistoryAccess<P>>;

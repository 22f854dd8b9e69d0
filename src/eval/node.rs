//! Conditions ready to run. Each answers two questions: does it hold, and until when is that certain.

use super::ahead::Ahead;
use super::asof::AsOfNode;
use super::bound::BoundNode;
use super::context::Ctx;
use super::history::{ChangedNode, HeldNode, WasNode};
use super::looks::Looks;
use super::motion::{Motion, bounds_jolt, first_jolted, first_where};
use super::moves::MovedNode;
use super::rows::RowsNode;
use super::select::{SelectNode, WindowNode};
use super::sequence::SequenceNode;
use super::stage::StageTestNode;
use super::subject::SubjectNode;
use super::term::{Literal, TermNode};
use super::text::TextNode;
use super::upcoming::UpcomingNode;
use crate::profile::{
    Accessor, Digits, Event, HistoryAccess, ListAccess, Predicate, Profile, ProfileId, RowAccess, Val,
};
use crate::rule::ir::Order;
use crate::rule::rectangle::Rectangle;
use crate::time::{Instant, MOST_BACK, NEVER};
use crate::value::{Place, compare_versions};
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
        of: Place,
        metres: f64,
    },
    InRectangle {
        value: TermNode<P>,
        of: Rectangle,
    },
    Timed {
        value: TermNode<P>,
        windows: WindowNode<P>,
        moving: bool,
    },
    /// Some row, or, `true`: there are rows, and all of them pass.
    Rows(Box<RowsNode<P>>, bool),
    Sequence(Box<SequenceNode<P>>),
    Regularly(Box<RegularlyNode<P>>),
    OfSubject(Box<SubjectNode<P::Event>>),
    Tagged {
        tags: Option<Accessor<P>>,
        path: Option<Arc<str>>,
    },
    Shared(Arc<Node<P>>),
    Moved(Box<MovedNode<P>>),
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

pub(crate) struct CompareNode<P: Profile> {
    pub(crate) op: Order,
    pub(crate) left: TermNode<P>,
    pub(crate) right: TermNode<P>,
    pub(crate) comparer: Comparer,
    pub(crate) motion: Motion,
}

pub(crate) struct RegularlyNode<P: Profile> {
    pub(crate) select: SelectNode<P>,
    pub(crate) least: usize,
    pub(crate) most: usize,
    /// The bounds of each period, newest first.
    pub(crate) periods: Vec<(BoundNode<P>, BoundNode<P>)>,
    pub(crate) wanted: usize,
}

/// A list of the profile, of the event under test, of an earlier step, or of the row under test.
pub(crate) enum ListNode<P: Profile> {
    Attribute(Arc<dyn ListAccess<P>>),
    Property(ListsByKind<P::Event>),
    StepProperty(usize, ListsByKind<P::Event>),
    /// With the position of the property.
    Row(Arc<dyn RowAccess<P>>, usize),
    /// What the schema calls a list is none in this type.
    Missing,
}

/// How two values of known types are compared.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Comparer {
    /// Exact numbers (and all that is counted whole), brought to one scale by these factors.
    Whole {
        left: i128,
        right: i128,
    },
    /// At least one is floating point; exact ones are divided by these powers of ten.
    Real {
        left: f64,
        right: f64,
    },
    Text,
    TextIgnoringCase,
    Version,
}

impl Comparer {
    /// `None` where a side is missing (or a number overflows).
    #[inline]
    pub(crate) fn compare(self, a: &Val<'_>, b: &Val<'_>) -> Option<Ordering> {
        match (self, a, b) {
            (_, Val::Missing, _) | (_, _, Val::Missing) => None,
            (Comparer::Whole { left, right }, Val::Whole(a), Val::Whole(b)) => {
                Some(a.checked_mul(left)?.cmp(&b.checked_mul(right)?))
            }
            (Comparer::Whole { left, right }, a, b) => {
                let parts = |v: &Val<'_>| match v {
                    Val::Whole(v) => Some((*v, 1)),
                    Val::Ratio(n, d) => Some((*n, *d)),
                    _ => None,
                };
                let ((an, ad), (bn, bd)) = (parts(a)?, parts(b)?);
                Some(an.checked_mul(left)?.checked_mul(bd)?.cmp(&bn.checked_mul(right)?.checked_mul(ad)?))
            }
            (Comparer::Real { left, right }, a, b) => a.as_real(left).partial_cmp(&b.as_real(right)),
            (Comparer::Text, a, b) => Some(a.text()?.cmp(b.text()?)),
            (Comparer::TextIgnoringCase, a, b) => {
                Some(super::text::folded(a.text()?).cmp(super::text::folded(b.text()?)))
            }
            (Comparer::Version, a, b) => Some(compare_versions(a.text()?, b.text()?)),
        }
    }
}

impl<P: Profile> Node<P> {
    /// The condition as a test of the profile alone, where all its parts are such: it needs no place of evaluation.
    pub(crate) fn into_test(self) -> Result<Predicate<P>, Self> {
        Ok(match self {
            Node::Leaf(test) => test,
            Node::All(Parts { leaves, rest }) if rest.is_empty() => match <[_; 2]>::try_from(leaves) {
                Ok([first, second]) => Box::new(move |profile| first(profile) && second(profile)),
                Err(tests) => Box::new(move |profile| tests.iter().all(|test| test(profile))),
            },
            Node::Any(Parts { leaves, rest }) if rest.is_empty() => match <[_; 2]>::try_from(leaves) {
                Ok([first, second]) => Box::new(move |profile| first(profile) || second(profile)),
                Err(tests) => Box::new(move |profile| tests.iter().any(|test| test(profile))),
            },
            other => return Err(other),
        })
    }

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
            Node::All(parts) => parts.leaves.iter().all(|t| t(ctx.profile)) && parts.rest.iter().all(|p| p.holds(ctx)),
            Node::Any(parts) => parts.leaves.iter().any(|t| t(ctx.profile)) || parts.rest.iter().any(|p| p.holds(ctx)),
            Node::Not(part) => !part.holds(ctx),
            other => other.holds_otherwise(ctx),
        }
    }

    #[inline(never)]
    fn holds_otherwise<'a>(&'a self, ctx: &Ctx<'a, P>) -> bool {
        match self {
            Node::Leaf(_) | Node::AtLeast(..) | Node::All(_) | Node::Any(_) | Node::Not(_) => self.holds(ctx),
            Node::Const(b) => *b,
            Node::Exactly(select, n) => select.exactly(ctx, *n),
            Node::Compare(compare) => compare.order(ctx).is_some_and(|o| compare.op.accepts(o)),
            Node::OneOf { value, set, comparer } => {
                let v = value.value(ctx);
                set.iter().any(|lit| comparer.compare(&v, &lit.val()).is_some_and(Ordering::is_eq))
            }
            Node::IdIn(ids) => {
                let v = super::term::id_of(ctx.profile);
                v.text().is_some_and(|id| ids.binary_search_by(|i| (**i).cmp(id)).is_ok())
            }
            Node::Text(node) => node.holds(ctx),
            Node::Contains { list, items, all, ignoring_case } => list.contains(ctx, items, *all, *ignoring_case),
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
            Node::Timed { value, windows, .. } => side(value, windows, ctx) == Some(Ordering::Equal),
            Node::Rows(rows, all) => rows.holds(ctx, *all),
            Node::Sequence(node) => node.judge(ctx, false).0,
            Node::Regularly(node) => node.holds(ctx),
            Node::OfSubject(node) => node.holds(ctx),
            Node::Tagged { tags, path } => tagged(tags.as_ref(), path.as_deref(), ctx),
            Node::Shared(node) => node.holds(ctx),
            Node::Moved(node) => node.judge(ctx).0,
            Node::Stage(node) => node.judge(ctx).0,
            Node::Sample { below, salt } => sample(salt, ctx.profile.id()) < *below,
            Node::Upcoming(node) => node.judge(ctx).0,
            Node::Was(node) => node.holds(ctx),
            Node::Changed(node) => node.holds(ctx),
            Node::Held(node) => node.judge(ctx).0,
            Node::AsOf(node) => node.holds(ctx),
        }
    }

    /// Whether the condition holds, and an instant after `ctx.now` before which that cannot change. (It need not change
    /// at that instant; [`first_change`](Self::first_change) finds the one at which it does.)
    pub(crate) fn judge<'a>(&'a self, ctx: &Ctx<'a, P>) -> (bool, i64) {
        match self {
            Node::Const(_)
            | Node::Leaf(_)
            | Node::IdIn(_)
            | Node::OfSubject(_)
            | Node::Tagged { .. }
            | Node::Sample { .. } => (self.holds(ctx), NEVER),
            Node::All(parts) => judge_parts(parts, ctx, false),
            Node::Any(parts) => judge_parts(parts, ctx, true),
            Node::Not(part) => {
                let (holds, until) = part.judge(ctx);
                (!holds, until)
            }
            Node::AtLeast(select, n) => {
                if let Some(answer) = select.exact(ctx, *n) {
                    return (answer.holds, answer.until);
                }
                let holds = select.at_least(ctx, *n);
                (holds, if holds { select.next_below(ctx, *n) } else { select.next_enter(ctx) })
            }
            Node::Exactly(select, n) => match select.count(ctx, n.saturating_add(1)).cmp(n) {
                Ordering::Less => (false, select.next_enter(ctx)),
                Ordering::Equal => (true, select.next_enter(ctx).min(select.next_below(ctx, *n))),
                Ordering::Greater => (false, select.next_below(ctx, n.saturating_add(1))),
            },
            Node::Compare(compare) => compare.judge(ctx),
            Node::OneOf { value, .. }
            | Node::Present(value)
            | Node::EmptyText(value)
            | Node::Truth(value)
            | Node::Near { value, .. }
            | Node::InRectangle { value, .. } => (self.holds(ctx), value.stable(ctx)),
            Node::Text(node) => (node.holds(ctx), node.value.stable(ctx)),
            Node::Contains { .. } | Node::ListPresent(_) | Node::EmptyList(_) => (self.holds(ctx), NEVER),
            Node::Timed { value, windows, moving } => judge_timed(value, windows, *moving, ctx),
            Node::Rows(rows, all) => rows.judge(ctx, *all),
            Node::Sequence(node) => node.judge(ctx, true),
            Node::Regularly(node) => node.judge(ctx),
            Node::Shared(node) => node.judge(ctx),
            Node::Moved(node) => node.judge(ctx),
            Node::Stage(node) => node.judge(ctx),
            Node::Upcoming(node) => node.judge(ctx),
            Node::Was(node) => node.judge(ctx),
            Node::Changed(node) => node.judge(ctx),
            Node::Held(node) => node.judge(ctx),
            Node::AsOf(node) => node.judge(ctx),
        }
    }

    /// Whether the condition holds, and the first instant after `ctx.now` at which it is otherwise ([`NEVER`] if none).
    pub(crate) fn first_change<'a>(&'a self, ctx: &Ctx<'a, P>) -> (bool, i64) {
        self.first_change_in(ctx, 4_000)
    }

    /// The same, with so many looks for what depends on the calendar alone; what did not change in so many counts as never
    /// changing.
    pub(crate) fn first_change_in<'a>(&'a self, ctx: &Ctx<'a, P>, most_looks: usize) -> (bool, i64) {
        /// To line up events pays from here on.
        const FEW: usize = 8;
        if let Some(answer) = self.exact(ctx) {
            return (answer.holds, answer.until);
        }
        let (holds, until) = self.judge(ctx);
        // Mostly the first instant is the one, and to see that takes less than to judge.
        if until > ctx.now && (until > Instant::MAX.micros() || self.holds(&ctx.at(until)) != holds) {
            return (holds, if until > Instant::MAX.micros() { NEVER } else { until });
        }
        let mut looks = Looks::new(most_looks);
        let mut few = 0..FEW;
        let found = self.look(ctx, holds, (ctx.now, until), || few.next().is_some()).or_else(|reached| {
            let more = || looks.take(|| self.asks(ctx, 1));
            match ctx.ahead {
                Some(_) => self.look(ctx, holds, reached, more),
                None => Ahead::with(|ahead| self.look(&Ctx { ahead: Some(ahead), ..*ctx }, holds, reached, more)),
            }
        });
        (holds, found.unwrap_or(NEVER))
    }

    /// Looks at instants while it may, from the last that was looked at and the next to be looked at; gives the first at which the
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
            let (then, next) = self.judge(&ctx.at(until));
            if then != holds {
                return Ok(until);
            }
            (last, until) = (until, next);
        }
        Err((last, until))
    }
}

/// `all` parts hold, or (`any`) one does.
fn judge_parts<'a, P: Profile>(parts: &'a Parts<P>, ctx: &Ctx<'a, P>, any: bool) -> (bool, i64) {
    // Leaves never change, so one that decides settles it.
    if parts.leaves.iter().any(|t| t(ctx.profile) == any) {
        return (any, NEVER);
    }
    together(parts.rest.iter().map(|part| part.judge(ctx)), any)
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

impl<P: Profile> CompareNode<P> {
    pub(crate) fn order<'a>(&'a self, ctx: &Ctx<'a, P>) -> Option<Ordering> {
        let left = self.left.value(ctx);
        if left.is_missing() {
            return None;
        }
        self.comparer.compare(&left, &self.right.value(ctx))
    }

    fn judge<'a>(&'a self, ctx: &Ctx<'a, P>) -> (bool, i64) {
        let order = self.order(ctx);
        let holds = order.is_some_and(|o| self.op.accepts(o));
        let stable = self.left.stable(ctx).min(self.right.stable(ctx));
        let changed = |t: i64| self.order(&ctx.at(t)) != order;
        let jolt = |t: i64| self.left.jolt(&ctx.at(t)).min(self.right.jolt(&ctx.at(t)));
        let until = match self.motion {
            Motion::Still => stable,
            Motion::OneWay => first_where(ctx.now, stable, changed),
            Motion::Jolted(back) => first_jolted(ctx.now, stable, back, jolt, changed),
            Motion::Swaying => first_where(ctx.now, stable.min(jolt(ctx.now)), changed),
            Motion::Cycle(cycle) => self.next_in_cycle(ctx, holds, cycle),
        };
        (holds, until)
    }

    /// The first instant at which a part of the calendar makes a difference; where it makes none in a whole cycle, it never does.
    fn next_in_cycle<'a>(&'a self, ctx: &Ctx<'a, P>, holds: bool, cycle: i64) -> i64 {
        let settled = self.left.settled(ctx).min(self.right.settled(ctx));
        let end = settled.min(ctx.now.saturating_add(cycle));
        let mut t = ctx.now;
        loop {
            let then = ctx.at(t);
            t = self.left.stable(&then).min(self.right.stable(&then)).max(t.saturating_add(1));
            if t >= end {
                return settled;
            }
            if self.order(&ctx.at(t)).is_some_and(|o| self.op.accepts(o)) != holds {
                return t;
            }
        }
    }
}

/// Before, inside or after the windows; `None` where a value is missing.
fn side<'a, P: Profile>(value: &'a TermNode<P>, windows: &'a WindowNode<P>, ctx: &Ctx<'a, P>) -> Option<Ordering> {
    let v = value.value(ctx).as_i64()?;
    let (low, high) = windows.range(ctx)?;
    Some(if v >= high {
        Ordering::Greater
    } else if v < low {
        Ordering::Less
    } else {
        Ordering::Equal
    })
}

fn judge_timed<'a, P: Profile>(
    value: &'a TermNode<P>,
    windows: &'a WindowNode<P>,
    moving: bool,
    ctx: &Ctx<'a, P>,
) -> (bool, i64) {
    let now = side(value, windows, ctx);
    let holds = now == Some(Ordering::Equal);
    let stable = value.stable(ctx).min(windows.stable(ctx));
    let Some(v) = value.value(ctx).as_i64() else { return (holds, stable) };
    if moving {
        let bounds = || windows.lower.iter().chain(&windows.upper);
        let jolt = |t: i64| value.jolt(&ctx.at(t)).min(bounds_jolt(bounds(), &ctx.at(t)));
        let changed = |t: i64| side(value, windows, &ctx.at(t)) != now;
        if bounds().any(BoundNode::moves) || value.turns() || (value.clocks() > 1 && !value.is_even()) {
            return (holds, first_where(ctx.now, stable.min(jolt(ctx.now)), changed));
        }
        let back = MOST_BACK.saturating_mul(value.jolts());
        return (holds, first_jolted(ctx.now, stable, back, jolt, changed));
    }
    let moved = if holds { windows.leave(ctx, v, v) } else { windows.enter(ctx, v) };
    (holds, stable.min(moved))
}

impl<P: Profile> RegularlyNode<P> {
    /// The periods, newest first, each by its start and how many of the events are in it.
    pub(crate) fn counts<'a>(&'a self, ctx: &Ctx<'a, P>) -> impl Iterator<Item = (i64, usize)> {
        let inside = self.select.range(ctx);
        self.periods.iter().filter_map(move |(from, to)| {
            let (start, end) = (from.value(ctx)?, to.value(ctx)?);
            let n = inside.map_or(0, |(low, high)| self.passing(ctx, start.max(low), end.min(high)).count());
            Some((start, n))
        })
    }

    /// Whether so many events are what is asked of a period.
    pub(crate) fn is_met(&self, n: usize) -> bool {
        self.least <= n && n <= self.most
    }

    fn passing<'a>(&'a self, ctx: &Ctx<'a, P>, low: i64, high: i64) -> impl Iterator<Item = i64> {
        let ctx = *ctx;
        let events = self.select.kinds.iter().flat_map(move |kind| ctx.of_kind(*kind).iter(low, high.max(low)));
        events.filter(move |e| self.select.passes(&ctx, e)).map(|e| e.at().micros())
    }

    fn holds<'a>(&'a self, ctx: &Ctx<'a, P>) -> bool {
        self.wanted == 0 || self.counts(ctx).filter(|(_, n)| self.is_met(*n)).nth(self.wanted - 1).is_some()
    }

    fn judge<'a>(&'a self, ctx: &Ctx<'a, P>) -> (bool, i64) {
        let holds = self.holds(ctx);
        let (Some((oldest, _)), Some((newest, end))) = (self.periods.last(), self.periods.first()) else {
            return (holds, NEVER);
        };
        let (low, end_of_newest) = (oldest.value(ctx).unwrap_or(i64::MIN), end.value(ctx).unwrap_or(ctx.now));
        if !self.select.restless {
            // Once every event lies before the oldest period, no later period differs from another; nor do they before the
            // next event lies in the newest.
            let Some(first) = self.passing(ctx, low, i64::MAX).min() else { return (holds, NEVER) };
            if end_of_newest <= first {
                return (holds, end.cross(ctx, first));
            }
        }
        let next = newest.cross(ctx, newest.value(ctx).unwrap_or(ctx.now));
        let of_mind = if self.select.restless { self.select.next_change_of_mind(ctx) } else { NEVER };
        let windows = &self.select.windows;
        let of_windows = if windows.lower.is_empty() && windows.upper.is_empty() {
            NEVER
        } else {
            let leaving = self.passing(ctx, low, end_of_newest).map(|at| windows.leave(ctx, at, at));
            leaving.min().unwrap_or(NEVER).min(windows.stable(ctx))
        };
        (holds, next.min(of_mind).min(of_windows))
    }
}

impl<P: Profile> ListNode<P> {
    fn pick<'a>(
        by_kind: &'a ListsByKind<P::Event>,
        event: Option<&'a P::Event>,
    ) -> Option<(&'a dyn ListAccess<P::Event>, &'a P::Event)> {
        let event = event?;
        let kind = event.kind();
        by_kind.iter().find(|(k, _)| *k == kind).map(|(_, list)| (&**list, event))
    }

    pub(crate) fn len<'a>(&'a self, ctx: &Ctx<'a, P>) -> Option<usize> {
        match self {
            ListNode::Attribute(list) => list.len(ctx.profile),
            ListNode::Property(by_kind) => Self::pick(by_kind, ctx.event).and_then(|(list, e)| list.len(e)),
            ListNode::StepProperty(slot, by_kind) => {
                Self::pick(by_kind, ctx.step(*slot)).and_then(|(list, e)| list.len(e))
            }
            ListNode::Row(rows, property) => ctx.row.and_then(|row| rows.list_len(ctx.profile, row, *property)),
            ListNode::Missing => None,
        }
    }

    pub(crate) fn item<'a>(&'a self, ctx: &Ctx<'a, P>, i: usize) -> Val<'a> {
        match self {
            ListNode::Attribute(list) => list.item(ctx.profile, i),
            ListNode::Property(by_kind) => {
                Self::pick(by_kind, ctx.event).map_or(Val::Missing, |(list, e)| list.item(e, i))
            }
            ListNode::StepProperty(slot, by_kind) => {
                Self::pick(by_kind, ctx.step(*slot)).map_or(Val::Missing, |(list, e)| list.item(e, i))
            }
            ListNode::Row(rows, property) => {
                ctx.row.map_or(Val::Missing, |row| rows.list_item(ctx.profile, row, *property, i))
            }
            ListNode::Missing => Val::Missing,
        }
    }

    fn contains<'a>(&'a self, ctx: &Ctx<'a, P>, items: &'a [Literal], all: bool, ignoring_case: bool) -> bool {
        let Some(n) = self.len(ctx) else { return false };
        let holds = |lit: &'a Literal| {
            let wanted = lit.val();
            (0..n).any(|i| {
                let v = self.item(ctx, i);
                match (ignoring_case, v.text(), wanted.text()) {
                    (true, Some(a), Some(b)) => super::text::folded(a).eq(super::text::folded(b)),
                    _ => !v.is_missing() && v.natural_cmp(&wanted).is_eq(),
                }
            })
        };
        if all { items.iter().all(holds) } else { items.iter().any(holds) }
    }
}

fn tagged<P: Profile>(tags: Option<&Accessor<P>>, path: Option<&str>, ctx: &Ctx<'_, P>) -> bool {
    let Some(Accessor::List(tags)) = tags else { return false };
    let n = tags.len(ctx.profile).unwrap_or(0);
    (0..n).any(|i| tags.item(ctx.profile, i).text().is_some_and(|tag| path.is_none_or(|p| crate::rule::under(tag, p))))
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
    hash.finalize().iter().take(4).fold(0, |n, byte| n << 8 | u64::from(*byte))
}

/// A list of events, by their kind.
pub(crate) type ListsByKind<E> = Vec<(usize, Arc<dyn ListAccess<E>>)>;
/// A history of the profile.
pub(crate) type HistoryOf<P> = Arc<dyn HistoryAccess<P>>;

//! Values ready to run, one construct a file: its node, binding, value, until when it stays so, and how it moves with `now`.
//!
//! [`TermNode`] says which construct a value is; what is asked of it is the trait [`Value`], and [`each!`] passes a question
//! on.

pub(crate) mod aggregate;
pub(crate) mod arithmetic;
pub(crate) mod as_of;
pub(crate) mod calendar;
pub(crate) mod call;
pub(crate) mod cases;
pub(crate) mod entry;
pub(crate) mod field;
pub(crate) mod ledger;
pub(crate) mod list;
pub(crate) mod literal;
pub(crate) mod monotonicity;
pub(crate) mod score;
pub(crate) mod stage;
pub(crate) mod traits;

use super::Binder;
use super::context::Ctx;
use super::search::first_where;
use super::timeline::stage::CurrentStageNode;
use super::work::MOVE;
use crate::ir::{FieldRef, Term, TermKind};
use crate::profile::{Profile, Val};
use crate::time::NEVER;
use aggregate::{AggregateNode, EventAggregate, RowAggregate};
use arithmetic::{Arithmetic, Negate};
use as_of::AsOfValue;
use calendar::{Now, PartNode, PlusMonths, Today};
use call::Call;
use cases::{Cases, OnlyIf};
use entry::{EntryProperty, EntryValue};
use field::{At, AttributeValue, Id, NamedEventProperty, PropertyValue, RowValue};
use ledger::LedgerNode;
pub(crate) use literal::Literal;
use score::ScoreNode;
use traits::TraitNode;

/// What every construct answers.
///
/// The questions from [`inner`](Self::inner) on are about values that move with `now`: `now - signup` grows even where
/// nothing that it reads changes, and whoever compares such a value solves for the instant at which the answer changes. Their
/// defaults are those of a value that moves only as the values do that it is made from.
pub(crate) trait Value<P: Profile> {
    fn value<'a>(&'a self, ctx: &Ctx<'a, P>) -> Val<'a>;

    /// The first instant after `ctx.now` at which anything that the value reads may have changed. That it moves with `now`
    /// itself is not counted.
    fn valid_until<'a>(&'a self, ctx: &Ctx<'a, P>) -> i64;

    /// Upper bound on the instants at which the data can change the value, but for the values that it is made from; as of a
    /// [condition](super::cond::Condition::max_change_points).
    fn max_change_points<'a>(&'a self, _: &Ctx<'a, P>, _: usize) -> usize {
        0
    }

    /// The values that this one is made from and moves with.
    fn inner(&self) -> Inner<'_, P>;

    /// In how many places the value moves with `now`.
    fn now_occurrences(&self) -> i64 {
        let inner = self.inner().into_iter().flatten();
        inner.fold(0, |n, of| n.saturating_add(of.now_occurrences()))
    }

    /// How many moves by months set the value back now and then: `now + 1 month` reaches the 28th of February at the end of
    /// January four times.
    fn resets(&self) -> i64 {
        let inner = self.inner().into_iter().flatten();
        inner.fold(0, |n, of| n.saturating_add(of.resets()))
    }

    /// Whether the value moves down and then up, as the absolute of one that grows does.
    fn changes_direction(&self) -> bool {
        self.inner()
            .into_iter()
            .flatten()
            .any(TermNode::changes_direction)
    }

    /// Whether the value, which moves with `now`, moves in proportion to it.
    fn is_proportional(&self) -> bool {
        false
    }

    /// Whether months are added on the way from `now` to the value.
    fn adds_months(&self) -> bool {
        self.inner()
            .into_iter()
            .flatten()
            .any(TermNode::adds_months)
    }

    /// The first instant after `ctx.now` at which a move by months may set the value back, or at which it turns or leaps.
    fn next_discontinuity<'a>(&'a self, ctx: &Ctx<'a, P>) -> i64 {
        self.next_inner_discontinuity(ctx)
    }

    /// The same of the values that this one is made from.
    fn next_inner_discontinuity<'a>(&'a self, ctx: &Ctx<'a, P>) -> i64 {
        let inner = self.inner().into_iter().flatten();
        inner.fold(NEVER, |next, of| next.min(of.next_discontinuity(ctx)))
    }

    /// The first instant before `end` at which the value is another; between two discontinuities of the values that it is
    /// made from.
    fn next_other<'a>(&'a self, ctx: &Ctx<'a, P>, end: i64) -> i64 {
        let now = self.value(ctx);
        let other = |t: i64| {
            ctx.spend(MOVE);
            self.value(&ctx.at(t)).natural_cmp(&now).is_ne()
        };
        first_where(ctx.now, end, other)
    }

    /// How long it takes until a value made from one part of the calendar has been all that it can be.
    fn cycle(&self) -> Option<i64> {
        None
    }

    /// Until when nothing changes that the value reads, but for parts of the calendar.
    fn inputs_valid_until<'a>(&'a self, ctx: &Ctx<'a, P>) -> i64 {
        self.valid_until(ctx)
    }
}

/// At most two values.
pub(crate) type Inner<'n, P> = [Option<&'n TermNode<P>>; 2];

pub(crate) enum TermNode<P: Profile> {
    Literal(Literal),
    Id(Id),
    Attribute(AttributeValue<P>),
    Property(PropertyValue<P>),
    NamedEventProperty(NamedEventProperty<P>),
    EntryProperty(EntryProperty),
    Entry(EntryValue),
    Row(RowValue<P>),
    At(At),
    Now(Now),
    Today(Today),
    Part(PartNode<P>),
    Aggregate(Box<EventAggregate<P>>),
    Total(Box<RowAggregate<P>>),
    Arithmetic(Arithmetic<P>),
    PlusMonths(PlusMonths<P>),
    Negate(Negate<P>),
    Call(Call<P>),
    Cases(Cases<P>),
    OnlyIf(OnlyIf<P>),
    AsOf(Box<AsOfValue<P>>),
    Stage(Box<CurrentStageNode<P>>),
    Trait(TraitNode<P>),
    Score(Box<ScoreNode<P>>),
    Ledger(Box<LedgerNode<P>>),
}

/// Asks the construct that a value is.
macro_rules! each {
    ($of:expr, $node:ident => $answer:expr) => {
        match $of {
            TermNode::Literal($node) => $answer,
            TermNode::Id($node) => $answer,
            TermNode::Attribute($node) => $answer,
            TermNode::Property($node) => $answer,
            TermNode::NamedEventProperty($node) => $answer,
            TermNode::EntryProperty($node) => $answer,
            TermNode::Entry($node) => $answer,
            TermNode::Row($node) => $answer,
            TermNode::At($node) => $answer,
            TermNode::Now($node) => $answer,
            TermNode::Today($node) => $answer,
            TermNode::Part($node) => $answer,
            TermNode::Aggregate($node) => {
                let $node = &**$node;
                $answer
            }
            TermNode::Total($node) => {
                let $node = &**$node;
                $answer
            }
            TermNode::Arithmetic($node) => $answer,
            TermNode::PlusMonths($node) => $answer,
            TermNode::Negate($node) => $answer,
            TermNode::Call($node) => $answer,
            TermNode::Cases($node) => $answer,
            TermNode::OnlyIf($node) => $answer,
            TermNode::AsOf($node) => {
                let $node = &**$node;
                $answer
            }
            TermNode::Stage($node) => {
                let $node = &**$node;
                $answer
            }
            TermNode::Trait($node) => $answer,
            TermNode::Score($node) => {
                let $node = &**$node;
                $answer
            }
            TermNode::Ledger($node) => {
                let $node = &**$node;
                $answer
            }
        }
    };
}

impl<P: Profile> TermNode<P> {
    #[inline]
    pub(crate) fn value<'a>(&'a self, ctx: &Ctx<'a, P>) -> Val<'a> {
        each!(self, node => node.value(ctx))
    }

    pub(crate) fn valid_until<'a>(&'a self, ctx: &Ctx<'a, P>) -> i64 {
        each!(self, node => node.valid_until(ctx))
    }

    /// Upper bound on the instants at which the data can change the value.
    pub(crate) fn max_change_points<'a>(&'a self, ctx: &Ctx<'a, P>, of: usize) -> usize {
        let own = each!(self, node => node.max_change_points(ctx, of));
        let inner = self.inner().into_iter().flatten();
        inner.fold(own, |n, inner| {
            n.saturating_add(inner.max_change_points(ctx, of))
        })
    }

    /// The cases of which the first that holds is the value, where it is made of such, perhaps under a name.
    pub(crate) fn cases(&self) -> Option<&Cases<P>> {
        if let TermNode::Cases(cases) = self {
            Some(cases)
        } else if let TermNode::Trait(named) = self {
            named.of().cases()
        } else {
            None
        }
    }

    /// The ledger that is asked, perhaps under a name.
    pub(crate) fn ledger(&self) -> Option<&LedgerNode<P>> {
        if let TermNode::Ledger(ledger) = self {
            Some(ledger)
        } else if let TermNode::Trait(named) = self {
            named.of().ledger()
        } else {
            None
        }
    }

    fn inner(&self) -> Inner<'_, P> {
        each!(self, node => Value::<P>::inner(node))
    }

    pub(crate) fn now_occurrences(&self) -> i64 {
        each!(self, node => Value::<P>::now_occurrences(node))
    }

    pub(crate) fn resets(&self) -> i64 {
        each!(self, node => Value::<P>::resets(node))
    }

    pub(crate) fn changes_direction(&self) -> bool {
        each!(self, node => Value::<P>::changes_direction(node))
    }

    /// Whether the value moves in proportion to `now`, or not at all.
    pub(crate) fn is_proportional(&self) -> bool {
        self.now_occurrences() == 0 || each!(self, node => Value::<P>::is_proportional(node))
    }

    fn adds_months(&self) -> bool {
        each!(self, node => Value::<P>::adds_months(node))
    }

    pub(crate) fn next_discontinuity<'a>(&'a self, ctx: &Ctx<'a, P>) -> i64 {
        each!(self, node => node.next_discontinuity(ctx))
    }

    fn cycle(&self) -> Option<i64> {
        each!(self, node => Value::<P>::cycle(node))
    }

    pub(crate) fn inputs_valid_until<'a>(&'a self, ctx: &Ctx<'a, P>) -> i64 {
        each!(self, node => node.inputs_valid_until(ctx))
    }
}

impl<P: Profile> Binder<'_, P> {
    pub(crate) fn term(&mut self, term: &Term) -> TermNode<P> {
        match &term.kind {
            TermKind::Lit(lit) => TermNode::Literal(Literal::of(lit)),
            TermKind::Id => TermNode::Id(Id),
            TermKind::Field(FieldRef::Attribute(position)) => AttributeValue::bind(self, *position),
            TermKind::Field(FieldRef::Property(property)) => {
                TermNode::Property(PropertyValue::bind(self, property))
            }
            TermKind::Field(FieldRef::NamedEventProperty(slot, property)) => {
                TermNode::NamedEventProperty(NamedEventProperty::bind(self, *slot, property))
            }
            TermKind::Field(FieldRef::EntryProperty(property)) => {
                TermNode::EntryProperty(EntryProperty::bind(self, property))
            }
            TermKind::Field(FieldRef::Row(row)) => RowValue::bind(self, *row),
            TermKind::At(slot) => TermNode::At(At(*slot)),
            TermKind::Entry(part) => TermNode::Entry(EntryValue(*part)),
            TermKind::Now => TermNode::Now(Now),
            TermKind::Today(days) => TermNode::Today(Today::bind(self, *days)),
            TermKind::Part { part, of } => TermNode::Part(PartNode::bind(self, *part, of)),
            TermKind::Aggregate {
                function,
                select,
                of,
            } => {
                let select = self.select(select);
                let of = of.as_deref();
                TermNode::Aggregate(Box::new(AggregateNode::bind(self, *function, select, of)))
            }
            TermKind::Total { function, rows, of } => {
                let rows = self.rows(rows);
                let of = of.as_deref();
                TermNode::Total(Box::new(AggregateNode::bind(self, *function, rows, of)))
            }
            TermKind::Arithmetic { op, left, right } => {
                TermNode::Arithmetic(Arithmetic::bind(self, *op, left, right, &term.ty))
            }
            TermKind::PlusMonths { of, months } => {
                TermNode::PlusMonths(PlusMonths::bind(self, of, *months))
            }
            TermKind::Negate(of) => TermNode::Negate(Negate::bind(self, of)),
            TermKind::Call { function, of } => TermNode::Call(Call::bind(self, *function, of)),
            TermKind::Cases { cases, otherwise } => {
                TermNode::Cases(Cases::bind(self, cases, otherwise.as_ref()))
            }
            TermKind::OnlyIf { cond, of } => TermNode::OnlyIf(OnlyIf::bind(self, cond, of)),
            TermKind::AsOf { of, ago } => TermNode::AsOf(Box::new(AsOfValue::bind(self, of, *ago))),
            TermKind::Stage(of) => TermNode::Stage(Box::new(self.current_stage(of))),
            TermKind::Trait(named) => TermNode::Trait(TraitNode::bind(self, named)),
            TermKind::Score(score) => TermNode::Score(Box::new(ScoreNode::bind(self, score))),
            TermKind::Ledger { ledger, value } => {
                TermNode::Ledger(Box::new(LedgerNode::bind(self, ledger, *value)))
            }
        }
    }
}

//! Values ready to run: what they are, and until when they stay so.

pub(crate) mod aggregate;
pub(crate) mod arithmetic;
pub(crate) mod as_of;
pub(crate) mod calendar;
pub(crate) mod call;
pub(crate) mod list;
pub(crate) mod monotonicity;
pub(crate) mod score;

use super::Binder;
use super::cond::Node;
use super::context::Ctx;
use super::probe::sum;
use super::search::first_where;
use super::timeline::stage::CurrentStageNode;
use super::window::bound::moved;
use crate::ir::{Calendar, FieldRef, Function, Lit, Part, Term, TermKind, Trait, Ty};
use crate::profile::{Accessor, Digits, Event, Profile, ProfileId, RowAccess, Val};
use crate::time::NEVER;
use aggregate::{AggregateNode, TotalNode};
use arithmetic::{Operation, calculate};
use as_of::AsOfValue;
use calendar::{next_part, part_of, plus_months};
use call::call;
use score::ScoreNode;
use std::sync::Arc;

pub(crate) enum TermNode<P: Profile> {
    Lit(Literal),
    Id,
    Attribute(Accessor<P>),
    /// By kind, in the order of the kinds.
    Property(Vec<(usize, Accessor<P::Event>)>),
    StepProperty(usize, Vec<(usize, Accessor<P::Event>)>),
    /// Of the row under test, with the position of the property.
    Row(Arc<dyn RowAccess<P>>, usize),
    At(Option<usize>),
    Now,
    Today(i64, Calendar),
    Part {
        part: Part,
        of: Box<TermNode<P>>,
        of_date: bool,
        depends_on_now: bool,
        calendar: Calendar,
    },
    Aggregate(Box<AggregateNode<P>>),
    Total(Box<TotalNode<P>>),
    Arithmetic {
        op: Operation,
        left: Box<TermNode<P>>,
        right: Box<TermNode<P>>,
    },
    PlusMonths {
        of: Box<TermNode<P>>,
        is_date: bool,
        months: i64,
        calendar: Calendar,
    },
    Negate(Box<TermNode<P>>),
    Call {
        function: Function,
        of: Box<TermNode<P>>,
        scale: u8,
        calendar: Calendar,
    },
    Cases {
        cases: Vec<(Node<P>, Literal)>,
        otherwise: Option<Literal>,
    },
    OnlyIf {
        node: Box<Node<P>>,
        of: Box<TermNode<P>>,
    },
    AsOf(Box<AsOfValue<P>>),
    Stage(Box<CurrentStageNode<P>>),
    Shared(Arc<TermNode<P>>),
    Score(Box<ScoreNode<P>>),
}

/// A constant that a rule owns.
#[derive(Clone, Debug)]
pub(crate) enum Literal {
    Whole(i128),
    Real(f64),
    Text(Arc<str>),
}

impl Literal {
    pub(crate) fn of(lit: &Lit) -> Self {
        match lit {
            Lit::Whole(v) => Literal::Whole(*v),
            Lit::Real(v) => Literal::Real(*v),
            Lit::Text(v) => Literal::Text(v.clone()),
        }
    }

    pub(crate) fn val(&self) -> Val<'_> {
        match self {
            Literal::Whole(v) => Val::Whole(*v),
            Literal::Real(v) => Val::Real(*v),
            Literal::Text(v) => Val::Text(v),
        }
    }
}

impl<P: Profile> TermNode<P> {
    #[inline]
    pub(crate) fn value<'a>(&'a self, ctx: &Ctx<'a, P>) -> Val<'a> {
        match self {
            TermNode::Lit(lit) => lit.val(),
            TermNode::Id => id_of(ctx.profile),
            TermNode::Attribute(accessor) => accessor.get(ctx.profile, ctx.now),
            TermNode::Property(by_kind) => property(by_kind, ctx.event, ctx.now),
            TermNode::StepProperty(slot, by_kind) => property(by_kind, ctx.step(*slot), ctx.now),
            TermNode::Row(rows, property) => ctx
                .row
                .map_or(Val::Missing, |row| rows.value(ctx.profile, row, *property)),
            TermNode::At(slot) => {
                let event = slot.map_or(ctx.event, |s| ctx.step(s));
                Val::whole(event.map(|e| e.at().micros()))
            }
            TermNode::Now => Val::Whole(i128::from(ctx.now)),
            TermNode::Today(days, calendar) => Val::Whole(i128::from(
                i64::from(calendar.zone.date(ctx.now).days()).saturating_add(*days),
            )),
            TermNode::Part {
                part,
                of,
                of_date,
                calendar,
                ..
            } => {
                let Some(v) = of.value(ctx).as_i64() else {
                    return Val::Missing;
                };
                Val::Whole(i128::from(part_of(*part, v, *of_date, *calendar)))
            }
            TermNode::Aggregate(node) => node.value(ctx),
            TermNode::Total(node) => node.value(ctx),
            TermNode::Arithmetic { op, left, right } => {
                calculate(*op, left.value(ctx), right.value(ctx))
            }
            TermNode::PlusMonths {
                of,
                is_date,
                months,
                calendar,
            } => {
                let Some(v) = of.value(ctx).as_i64() else {
                    return Val::Missing;
                };
                let moved = if *is_date {
                    plus_months(v, *months)
                } else {
                    moved(v, *months, *calendar)
                };
                Val::Whole(i128::from(moved))
            }
            TermNode::Negate(of) => match of.value(ctx) {
                Val::Whole(v) => v.checked_neg().map_or(Val::Missing, Val::Whole),
                Val::Ratio(n, d) => n.checked_neg().map_or(Val::Missing, |n| Val::Ratio(n, d)),
                Val::Real(v) => Val::Real(-v),
                _ => Val::Missing,
            },
            TermNode::Call {
                function,
                of,
                scale,
                calendar,
            } => call(*function, of.value(ctx), *scale, *calendar),
            TermNode::Cases { cases, otherwise } => {
                let held = cases
                    .iter()
                    .find(|(node, _)| node.holds(ctx))
                    .map(|(_, lit)| lit);
                held.or(otherwise.as_ref())
                    .map_or(Val::Missing, Literal::val)
            }
            TermNode::OnlyIf { node, of } => {
                if node.holds(ctx) {
                    of.value(ctx)
                } else {
                    Val::Missing
                }
            }
            TermNode::AsOf(node) => node.value(ctx),
            TermNode::Stage(of) => of
                .current_stage(ctx)
                .stage
                .map_or(Val::Missing, |s| Val::Whole(i128::from(s))),
            TermNode::Shared(of) => of.value(ctx),
            TermNode::Score(node) => node.value(ctx),
        }
    }

    /// The first instant after `ctx.now` at which anything that the value reads may have changed. Monotonicity with `now` itself
    /// (`now - signup`) is not counted: whoever compares such a value solves for it.
    pub(crate) fn valid_until<'a>(&'a self, ctx: &Ctx<'a, P>) -> i64 {
        match self {
            TermNode::Attribute(accessor) => accessor.valid_until(ctx.profile, ctx.now),
            TermNode::Lit(_)
            | TermNode::Id
            | TermNode::Property(_)
            | TermNode::StepProperty(..)
            | TermNode::Row(..)
            | TermNode::At(_)
            | TermNode::Now
            | TermNode::Today(..) => NEVER,
            TermNode::Part {
                part,
                of,
                of_date,
                depends_on_now,
                calendar,
            } => {
                let valid_until = of.valid_until(ctx);
                if !*depends_on_now {
                    return valid_until;
                }
                let Some(v) = of.value(ctx).as_i64() else {
                    return valid_until;
                };
                if of.counts_months() {
                    // Between two resets such a value moves as `now` does, and then by more or by less.
                    let now = self.value(ctx);
                    let other = |t: i64| self.value(&ctx.at(t)).natural_cmp(&now).is_ne();
                    return valid_until.min(first_where(
                        ctx.now,
                        of.next_discontinuity(ctx),
                        other,
                    ));
                }
                valid_until.min(next_part(*part, v, *of_date, ctx.now, *calendar))
            }
            TermNode::Aggregate(node) => node.valid_until(ctx),
            TermNode::Total(node) => node.valid_until(ctx),
            TermNode::Arithmetic { left, right, .. } => {
                left.valid_until(ctx).min(right.valid_until(ctx))
            }
            TermNode::PlusMonths { of, .. } | TermNode::Negate(of) | TermNode::Call { of, .. } => {
                of.valid_until(ctx)
            }
            TermNode::Cases { cases, .. } => {
                let mut valid_until = NEVER;
                for (node, _) in cases {
                    let answer = node.evaluate(ctx);
                    valid_until = valid_until.min(answer.until);
                    if answer.holds {
                        break;
                    }
                }
                valid_until
            }
            TermNode::OnlyIf { node, of } => node.evaluate(ctx).until.min(of.valid_until(ctx)),
            TermNode::AsOf(node) => node.valid_until(ctx),
            TermNode::Stage(of) => of.next_transition(ctx),
            TermNode::Shared(of) => of.valid_until(ctx),
            TermNode::Score(node) => node.valid_until(ctx),
        }
    }
}

impl<P: Profile> TermNode<P> {
    /// Upper bound on the instants at which the data can change the value, as of a
    /// [condition](super::cond::Condition::max_change_points).
    pub(crate) fn max_change_points<'a>(&'a self, ctx: &Ctx<'a, P>, of: usize) -> usize {
        let own = match self {
            TermNode::Attribute(Accessor::History(history)) => history.len(ctx.profile),
            TermNode::Aggregate(node) => node.max_change_points(ctx, of),
            TermNode::Total(node) => node.max_change_points(ctx),
            TermNode::Cases { cases, .. } => sum(cases
                .iter()
                .map(|(node, _)| node.max_change_points(ctx, of))),
            TermNode::OnlyIf { node, .. } => node.max_change_points(ctx, of),
            TermNode::Stage(stage) => stage.lifecycle.max_change_points(ctx, of),
            TermNode::Lit(_)
            | TermNode::Id
            | TermNode::Attribute(_)
            | TermNode::Property(_)
            | TermNode::StepProperty(..)
            | TermNode::Row(..)
            | TermNode::At(_)
            | TermNode::Now
            | TermNode::Today(..)
            | TermNode::Part { .. }
            | TermNode::Arithmetic { .. }
            | TermNode::PlusMonths { .. }
            | TermNode::Negate(_)
            | TermNode::Call { .. }
            | TermNode::AsOf(_)
            | TermNode::Shared(_)
            | TermNode::Score(_) => 0,
        };
        own.saturating_add(sum(self
            .inner()
            .map(|inner| inner.max_change_points(ctx, of))))
    }
}

/// The profile's id as a text.
pub(crate) fn id_of<P: Profile>(profile: &P) -> Val<'_> {
    match profile.id() {
        ProfileId::Text(text) => Val::Text(text),
        ProfileId::Number(n) => Val::Digits(Digits::new(n)),
        ProfileId::Signed(n) => Val::Digits(Digits::signed(n)),
    }
}

fn property<'a, E: Event>(
    by_kind: &'a [(usize, Accessor<E>)],
    event: Option<&'a E>,
    now: i64,
) -> Val<'a> {
    let Some(event) = event else {
        return Val::Missing;
    };
    let kind = event.kind();
    by_kind
        .iter()
        .find(|(k, _)| *k == kind)
        .map_or(Val::Missing, |(_, accessor)| accessor.get(event, now))
}

impl<P: Profile> Binder<'_, P> {
    pub(crate) fn term(&mut self, term: &Term) -> TermNode<P> {
        let calendar = self.calendar;
        match &term.kind {
            TermKind::Lit(lit) => TermNode::Lit(Literal::of(lit)),
            TermKind::Id => TermNode::Id,
            TermKind::Field(FieldRef::Attribute(i)) => match self.attribute(*i) {
                Some(accessor) => TermNode::Attribute(accessor),
                None => TermNode::Property(Vec::new()),
            },
            TermKind::Field(FieldRef::Property(p)) => TermNode::Property(self.property(p)),
            TermKind::Field(FieldRef::StepProperty(slot, p)) => {
                TermNode::StepProperty(*slot, self.property(p))
            }
            TermKind::Field(FieldRef::Row(row)) => match self.row_property(*row) {
                Some((rows, property)) => TermNode::Row(rows, property),
                None => TermNode::Property(Vec::new()),
            },
            TermKind::At(slot) => TermNode::At(*slot),
            TermKind::Now => TermNode::Now,
            TermKind::Today(days) => TermNode::Today(*days, calendar),
            TermKind::Part { part, of, .. } => TermNode::Part {
                part: *part,
                of_date: of.ty == Ty::Date,
                depends_on_now: of.depends_on_now,
                of: Box::new(self.term(of)),
                calendar,
            },
            TermKind::Aggregate {
                function,
                select,
                of,
            } => TermNode::Aggregate(Box::new(AggregateNode::bind(
                self,
                *function,
                select,
                of.as_deref(),
            ))),
            TermKind::Total { function, rows, of } => TermNode::Total(Box::new(TotalNode::bind(
                self,
                *function,
                rows,
                of.as_deref(),
            ))),
            TermKind::Arithmetic { op, left, right } => TermNode::Arithmetic {
                op: Operation::of(*op, left, right, &term.ty),
                left: Box::new(self.term(left)),
                right: Box::new(self.term(right)),
            },
            TermKind::PlusMonths { of, months } => TermNode::PlusMonths {
                is_date: of.ty == Ty::Date,
                of: Box::new(self.term(of)),
                months: *months,
                calendar,
            },
            TermKind::Negate(of) => TermNode::Negate(Box::new(self.term(of))),
            TermKind::Call { function, of } => {
                let scale = if let Ty::Exact(s) | Ty::Ratio(s) = of.ty {
                    s
                } else {
                    0
                };
                TermNode::Call {
                    function: *function,
                    of: Box::new(self.term(of)),
                    scale,
                    calendar,
                }
            }
            TermKind::Cases { cases, otherwise } => TermNode::Cases {
                cases: cases
                    .iter()
                    .map(|c| (self.cond(&c.cond), Literal::of(&c.value)))
                    .collect(),
                otherwise: otherwise.as_ref().map(Literal::of),
            },
            TermKind::OnlyIf { cond, of } => TermNode::OnlyIf {
                node: Box::new(self.cond(cond)),
                of: Box::new(self.term(of)),
            },
            TermKind::AsOf { of, ago } => TermNode::AsOf(Box::new(AsOfValue::bind(self, of, *ago))),
            TermKind::Stage(of) => TermNode::Stage(Box::new(self.current_stage(of))),
            TermKind::Trait(named) => TermNode::Shared(self.named(named)),
            TermKind::Score(score) => TermNode::Score(Box::new(ScoreNode {
                value: self.term(&score.value),
                eras: score
                    .eras
                    .iter()
                    .map(|(until, cuts)| (*until, cuts.iter().map(Literal::of).collect()))
                    .collect(),
            })),
        }
    }

    fn named(&mut self, named: &Arc<Trait>) -> Arc<TermNode<P>> {
        if let Some(node) = self.traits.get(&Arc::as_ptr(named)) {
            return node.clone();
        }
        let node = Arc::new(self.term(&named.term));
        self.traits.insert(Arc::as_ptr(named), node.clone());
        node
    }
}

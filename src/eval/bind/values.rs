//! Values and comparisons of values, bound to a profile type.

use super::Binder;
use crate::eval::aggregate::AggregateNode;
use crate::eval::asof::AsOfNode;
use crate::eval::compare::{CompareNode, Comparer};
use crate::eval::fold::Shape;
use crate::eval::motion::Monotonicity;
use crate::eval::node::Node;
use crate::eval::rows::TotalNode;
use crate::eval::score::ScoreNode;
use crate::eval::term::{Literal, Operation, TermNode};
use crate::ir::{FieldRef, Lit, Order, Term, TermKind, Trait, Ty};
use crate::profile::Profile;
use crate::syntax::ArithmeticOp;
use std::sync::Arc;

impl<P: Profile> Binder<'_, P> {
    pub(crate) fn compare(
        &mut self,
        op: Order,
        left: &Term,
        right: &Term,
        ignoring_case: bool,
    ) -> Node<P> {
        if let Some(node) = self.count_compare(op, left, right) {
            return node;
        }
        let comparer = comparer(&left.ty, &right.ty, ignoring_case);
        let (left, right) = (self.term(left), self.term(right));
        let motion = Monotonicity::of(&left, &right);
        Node::Compare(Box::new(CompareNode {
            op,
            left,
            right,
            comparer,
            motion,
        }))
    }

    /// A count against a constant stops counting at the constant, and knows which event matters.
    fn count_compare(&mut self, op: Order, left: &Term, right: &Term) -> Option<Node<P>> {
        let (
            TermKind::Aggregate {
                function: crate::syntax::Aggregate::Count,
                select,
                of: None,
            },
            TermKind::Lit(Lit::Whole(n)),
        ) = (&left.kind, &right.kind)
        else {
            return match (&left.kind, &right.kind) {
                (TermKind::Lit(_), TermKind::Aggregate { .. }) => {
                    self.count_compare(op.flipped(), right, left)
                }
                _ => None,
            };
        };
        let Ty::Exact(scale) = right.ty else {
            return None;
        };
        let unit = 10_i128.checked_pow(u32::from(scale))?;
        let (floor, whole) = (n.div_euclid(unit), n.rem_euclid(unit) == 0);
        let mut at_least = |n: i128| {
            if n <= 0 {
                return Node::Const(true);
            }
            Node::AtLeast(
                Box::new(self.select(select)),
                usize::try_from(n).unwrap_or(usize::MAX),
            )
        };
        let not = |node| Node::Not(Box::new(node));
        let ceil = if whole { floor } else { floor + 1 };
        Some(match op {
            Order::Ge => at_least(ceil),
            Order::Gt => at_least(floor + 1),
            Order::Lt => not(at_least(ceil)),
            Order::Le => not(at_least(floor + 1)),
            Order::Eq if !whole => Node::Const(false),
            Order::Eq if floor < 0 => Node::Const(false),
            Order::Eq => Node::Exactly(
                Box::new(self.select(select)),
                usize::try_from(floor).unwrap_or(usize::MAX),
            ),
        })
    }

    pub(crate) fn term(&mut self, term: &Term) -> TermNode<P> {
        let calendar = self.calendar;
        match &term.kind {
            TermKind::Lit(lit) => TermNode::Lit(literal(lit)),
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
            } => TermNode::Aggregate(Box::new(AggregateNode {
                function: *function,
                select: self.select(select),
                of: of.as_ref().map(|of| self.term(of)),
                shape: shape_of(of.as_deref()),
            })),
            TermKind::Total { function, rows, of } => TermNode::Total(Box::new(TotalNode {
                function: *function,
                rows: self.rows(rows),
                of: of.as_ref().map(|of| self.term(of)),
                shape: shape_of(of.as_deref()),
            })),
            TermKind::Arithmetic { op, left, right } => TermNode::Arithmetic {
                op: operation(*op, left, right, &term.ty),
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
                    .map(|c| (self.cond(&c.cond), literal(&c.value)))
                    .collect(),
                otherwise: otherwise.as_ref().map(literal),
            },
            TermKind::OnlyIf { cond, of } => TermNode::OnlyIf {
                node: Box::new(self.cond(cond)),
                of: Box::new(self.term(of)),
            },
            TermKind::AsOf { of, ago } => TermNode::AsOf(Box::new(AsOfNode {
                of: self.term(of),
                at: self.ago(*ago),
            })),
            TermKind::Stage(of) => TermNode::Stage(Box::new(self.current_stage(of))),
            TermKind::Trait(named) => TermNode::Shared(self.named(named)),
            TermKind::Score(score) => TermNode::Score(Box::new(ScoreNode {
                value: self.term(&score.value),
                eras: score
                    .eras
                    .iter()
                    .map(|(until, cuts)| (*until, cuts.iter().map(literal).collect()))
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

pub(crate) fn literal(lit: &Lit) -> Literal {
    match lit {
        Lit::Whole(v) => Literal::Whole(*v),
        Lit::Real(v) => Literal::Real(*v),
        Lit::Text(v) => Literal::Text(v.clone()),
    }
}

pub(crate) fn comparer(left: &Ty, right: &Ty, ignoring_case: bool) -> Comparer {
    let scale = |ty: &Ty| {
        if let Ty::Exact(s) | Ty::Ratio(s) = ty {
            *s
        } else {
            0
        }
    };
    let (l, r) = (scale(left), scale(right));
    match (left, right) {
        (Ty::Float, _) | (_, Ty::Float) => Comparer::Real {
            left: 10_f64.powi(i32::from(l)),
            right: 10_f64.powi(i32::from(r)),
        },
        (Ty::String, _) if ignoring_case => Comparer::TextIgnoringCase,
        (Ty::String, _) => Comparer::Text,
        (Ty::Version, _) => Comparer::Version,
        _ => {
            let common = l.max(r);
            Comparer::Whole {
                left: 10_i128.pow(u32::from(common - l)),
                right: 10_i128.pow(u32::from(common - r)),
            }
        }
    }
}

fn shape_of(of: Option<&Term>) -> Shape {
    match of.map(|of| &of.ty) {
        Some(Ty::Exact(_)) => Shape::Exact,
        Some(Ty::Duration) => Shape::Duration,
        Some(Ty::Version) => Shape::Version,
        Some(Ty::Float) => Shape::Real,
        _ => Shape::Other,
    }
}

fn operation(op: ArithmeticOp, left: &Term, right: &Term, result: &Ty) -> Operation {
    let scale = |ty: &Ty| {
        if let Ty::Exact(s) | Ty::Ratio(s) = ty {
            u32::from(*s)
        } else {
            0
        }
    };
    let (l, r) = (scale(&left.ty), scale(&right.ty));
    #[expect(clippy::cast_possible_wrap, reason = "scales are at most 18")]
    let real = || Operation::Real {
        op,
        left: 10_f64.powi(l as i32),
        right: 10_f64.powi(r as i32),
    };
    match (op, &left.ty, &right.ty, result) {
        (_, _, _, Ty::Float) => real(),
        (_, Ty::Date, Ty::Date, _) => Operation::DateMinus,
        (ArithmeticOp::Add, Ty::Date, ..) => Operation::DatePlus(1),
        (ArithmeticOp::Subtract, Ty::Date, ..) => Operation::DatePlus(-1),
        (ArithmeticOp::Multiply, Ty::Duration, Ty::Float | Ty::Ratio(_), _) => {
            Operation::TimesReal { inverted: false }
        }
        (ArithmeticOp::Divide, Ty::Duration, Ty::Float | Ty::Ratio(_), _) => {
            Operation::TimesReal { inverted: true }
        }
        (ArithmeticOp::Multiply, Ty::Duration, ..) => Operation::Times(10_i128.pow(r)),
        (ArithmeticOp::Divide, Ty::Duration, ..) => Operation::DividedBy(10_i128.pow(r)),
        (ArithmeticOp::Multiply, ..) => Operation::Multiply,
        (ArithmeticOp::Add | ArithmeticOp::Subtract, ..) => {
            let common = l.max(r);
            let (left, right) = (10_i128.pow(common - l), 10_i128.pow(common - r));
            if op == ArithmeticOp::Add {
                Operation::Add { left, right }
            } else {
                Operation::Subtract { left, right }
            }
        }
        (ArithmeticOp::Divide, ..) => real(),
    }
}

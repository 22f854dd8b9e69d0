//! Binding: a typed rule and a model of a profile type become nodes that run. Names are matched by name, so a rule that
//! was checked against a schema from a file runs on a service's own struct that has the same names and types.

mod events;
mod predicates;
mod values;

pub(crate) use predicates::{one_of, tested_field};

use super::asof::AsOfNode;
use super::bound::{AnchorNode, BoundNode};
use super::history::{ChangedNode, HeldNode, WasNode};
use super::lifecycle::{LifecycleNode, StageNode};
use super::list::{ListNode, ListsByKind};
use super::moves::SegmentTransitionNode;
use super::node::{HistoryOf, Node, Parts};
use super::regular::PeriodsNode;
use super::stage::{CurrentStageNode, StageTestNode};
use super::subject::SubjectNode;
use super::term::TermNode;
use super::text::{TextNode, TextTest};
use crate::ir::{
    Calendar, CalendarSpan, Cond, CondKind, FieldRef, Lifecycle, Lit, Operand, Order, PropertyRef,
    Segment, StageOf, StageTest, Term, TermKind, Trait,
};
use crate::profile::{Accessor, Model, Profile};
use crate::schema::{Field, Schema};
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use values::{comparer, literal};

/// A rule reads what a profile type does not have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the rule does not fit the profile type: {}", problems.join("; "))]
pub struct BindError {
    problems: Vec<String>,
}

impl BindError {
    /// Each thing that is missing or of another type.
    #[must_use]
    pub fn problems(&self) -> &[String] {
        &self.problems
    }
}

pub(crate) struct Binder<'m, P: Profile> {
    pub(crate) model: &'m Model<P>,
    pub(crate) schema: &'m Schema,
    calendar: Calendar,
    pub(crate) problems: BTreeSet<String>,
    segments: HashMap<*const Segment, Arc<Node<P>>>,
    traits: HashMap<*const Trait, Arc<TermNode<P>>>,
    lifecycles: HashMap<*const Lifecycle, Arc<LifecycleNode<P>>>,
    /// Whether what is bound stands in the parentheses of a relation.
    pub(crate) of_row: bool,
}

impl<'m, P: Profile> Binder<'m, P> {
    pub(crate) fn new(model: &'m Model<P>, schema: &'m Schema, calendar: Calendar) -> Self {
        Binder {
            model,
            schema,
            calendar,
            problems: BTreeSet::new(),
            segments: HashMap::new(),
            traits: HashMap::new(),
            lifecycles: HashMap::new(),
            of_row: false,
        }
    }

    /// Goes on with rules of another schema or calendar.
    pub(crate) fn turn_to(&mut self, schema: &'m Schema, calendar: Calendar) {
        (self.schema, self.calendar) = (schema, calendar);
        self.segments.clear();
        self.traits.clear();
    }

    pub(crate) fn finish(self) -> Result<(), BindError> {
        if self.problems.is_empty() {
            Ok(())
        } else {
            Err(BindError {
                problems: self.problems.into_iter().collect(),
            })
        }
    }

    // ---- fields ----

    pub(crate) fn fits(&mut self, what: &str, wanted: &Field, found: Option<&Field>) -> bool {
        match found {
            Some(found) if found.ty == wanted.ty && found.tracked == wanted.tracked => true,
            Some(found) => {
                let past = |f: &Field| if f.tracked { " with its past" } else { "" };
                self.problems.insert(format!(
                    "{what} `{}` is {}{} in the rule's schema, but {}{} in the profile type",
                    wanted.name,
                    wanted.ty,
                    past(wanted),
                    found.ty,
                    past(found)
                ));
                false
            }
            None => {
                self.problems
                    .insert(format!("the profile type has no {what} `{}`", wanted.name));
                false
            }
        }
    }

    pub(crate) fn attribute(&mut self, position: usize) -> Option<Accessor<P>> {
        let wanted = self.schema.attributes().get(position)?;
        let at = self.model.schema.attribute_index(&wanted.name);
        let found = at.and_then(|i| self.model.schema.attributes().get(i));
        if !self.fits("attribute", wanted, found) {
            return None;
        }
        self.model.attributes.get(at?).cloned()
    }

    /// The position of a kind in the profile type.
    pub(crate) fn kind(&mut self, position: usize) -> Option<usize> {
        let wanted = self.schema.kinds().get(position)?;
        let found = self.model.schema.kind_index(&wanted.name);
        if found.is_none() {
            self.problems
                .insert(format!("the profile type has no events `{}`", wanted.name));
        }
        found
    }

    pub(crate) fn property(&mut self, property: &PropertyRef) -> Vec<(usize, Accessor<P::Event>)> {
        let mut by_kind = Vec::with_capacity(property.at.len());
        for (kind, at) in &property.at {
            let Some(position) = self.kind(*kind) else {
                continue;
            };
            let Some(wanted) = self
                .schema
                .kinds()
                .get(*kind)
                .and_then(|k| k.properties.get(*at))
            else {
                continue;
            };
            let declared = self.model.schema.kinds().get(position);
            let index = declared.and_then(|k| k.property_index(&wanted.name));
            let found = index.and_then(|i| declared?.properties.get(i));
            if self.fits("property", wanted, found)
                && let Some(accessor) =
                    index.and_then(|i| self.model.properties.get(position)?.get(i))
            {
                by_kind.push((position, accessor.clone()));
            }
        }
        by_kind
    }

    fn list(&mut self, field: &FieldRef) -> ListNode<P> {
        let lists = |by_kind: Vec<(usize, Accessor<P::Event>)>| -> ListsByKind<P::Event> {
            (by_kind.into_iter())
                .filter_map(|(k, a)| {
                    if let Accessor::List(list) = a {
                        Some((k, list))
                    } else {
                        None
                    }
                })
                .collect()
        };
        match field {
            FieldRef::Attribute(i) => match self.attribute(*i) {
                Some(Accessor::List(list)) => ListNode::Attribute(list),
                _ => ListNode::Missing,
            },
            FieldRef::Property(p) => ListNode::Property(lists(self.property(p))),
            FieldRef::StepProperty(slot, p) => {
                ListNode::StepProperty(*slot, lists(self.property(p)))
            }
            FieldRef::Row(row) => self
                .row_property(*row)
                .map_or(ListNode::Missing, |(rows, property)| {
                    ListNode::Row(rows, property)
                }),
        }
    }

    fn history(&mut self, field: &FieldRef) -> Option<HistoryOf<P>> {
        match field {
            FieldRef::Attribute(i) => match self.attribute(*i)? {
                Accessor::History(history) => Some(history),
                _ => None,
            },
            _ => None,
        }
    }

    // ---- conditions ----

    pub(crate) fn cond(&mut self, cond: &Cond) -> Node<P> {
        if let Some(test) = self.profile_test(cond) {
            return Node::Leaf(test);
        }
        match &cond.kind {
            CondKind::Const(b) => Node::Const(*b),
            CondKind::All(parts) => Node::All(self.parts(parts)),
            CondKind::Any(parts) => Node::Any(self.parts(parts)),
            CondKind::Not(part) => Node::Not(Box::new(self.cond(part))),
            CondKind::Compare {
                op,
                left,
                right,
                ignoring_case,
            } => self.compare(*op, left, right, *ignoring_case),
            CondKind::Between { value, low, high } => {
                let least = self.compare(Order::Ge, value, low, false);
                let most = self.compare(Order::Le, value, high, false);
                Node::All(Parts {
                    leaves: Vec::new(),
                    rest: vec![least, most],
                })
            }
            CondKind::OneOf {
                value,
                set,
                ignoring_case: true,
            } => {
                let items = set
                    .iter()
                    .filter_map(|lit| {
                        if let Lit::Text(t) = lit {
                            Some(t.clone())
                        } else {
                            None
                        }
                    })
                    .collect();
                Node::Text(Box::new(TextNode {
                    value: self.term(value),
                    test: TextTest::OneOf(items),
                    ignoring_case: true,
                }))
            }
            CondKind::OneOf {
                value: Term {
                    kind: TermKind::Id, ..
                },
                set,
                ..
            } => {
                let texts = set.iter().filter_map(|lit| {
                    if let Lit::Text(t) = lit {
                        Some(t.clone())
                    } else {
                        None
                    }
                });
                let mut ids: Vec<Arc<str>> = texts.collect();
                ids.sort_unstable();
                Node::IdIn(ids)
            }
            // A value that moves with `now` is compared one by one: comparisons solve for when they change.
            CondKind::OneOf { value, set, .. } if value.depends_on_now => {
                let span = cond.span;
                let mut equal = |lit: &Lit| {
                    let right = Term {
                        kind: TermKind::Lit(lit.clone()),
                        ty: value.ty.clone(),
                        span,
                        depends_on_now: false,
                    };
                    self.compare(Order::Eq, value, &right, false)
                };
                Node::Any(Parts {
                    leaves: Vec::new(),
                    rest: set.iter().map(&mut equal).collect(),
                })
            }
            CondKind::OneOf { value, set, .. } => Node::OneOf {
                value: self.term(value),
                set: set.iter().map(literal).collect(),
                comparer: comparer(&value.ty, &value.ty, false),
            },
            CondKind::Text {
                op,
                value,
                pattern,
                ignoring_case,
            } => Node::Text(Box::new(TextNode {
                value: self.term(value),
                test: TextTest::Pattern(*op, pattern.clone()),
                ignoring_case: *ignoring_case,
            })),
            CondKind::Substring {
                value,
                items,
                all,
                ignoring_case,
            } => Node::Text(Box::new(TextNode {
                value: self.term(value),
                test: TextTest::Contains {
                    items: items.clone(),
                    all: *all,
                },
                ignoring_case: *ignoring_case,
            })),
            CondKind::Contains {
                list,
                items,
                all,
                ignoring_case,
            } => Node::Contains {
                list: self.list(list),
                items: items.iter().map(literal).collect(),
                all: *all,
                ignoring_case: *ignoring_case,
            },
            CondKind::Present(Operand::Term(term)) => Node::Present(self.term(term)),
            CondKind::Present(Operand::List(list)) => Node::ListPresent(self.list(list)),
            CondKind::Empty(Operand::Term(term)) => Node::EmptyText(self.term(term)),
            CondKind::Empty(Operand::List(list)) => Node::EmptyList(self.list(list)),
            CondKind::Truth(term) => Node::Truth(self.term(term)),
            CondKind::Near { value, of, metres } => Node::Near {
                value: self.term(value),
                of: *of,
                metres: *metres,
            },
            CondKind::InRectangle { value, of } => Node::InRectangle {
                value: self.term(value),
                of: *of,
            },
            CondKind::Timed { value, windows } => Node::Timed {
                value: self.term(value),
                windows: self.windows(windows),
                depends_on_now: value.depends_on_now,
            },
            CondKind::Happened(select) => Node::AtLeast(Box::new(self.select(select)), 1),
            CondKind::Rows { all, rows } => Node::Rows(Box::new(self.rows(rows)), *all),
            CondKind::Sequence(steps) => Node::Sequence(Box::new(self.steps(steps))),
            CondKind::Regularly {
                select,
                least,
                most,
                unit,
                periods,
                of,
            } => {
                let bound = |offset: i64| BoundNode {
                    anchor: AnchorNode::Period {
                        unit: *unit,
                        offset,
                        micros: 0,
                        calendar: self.calendar,
                    },
                    then: None,
                    plus: 0,
                };
                let bounds = (1..=i64::from(*of))
                    .map(|i| (bound(-i), bound(1 - i)))
                    .collect();
                Node::Regularly(Box::new(PeriodsNode {
                    select: self.select(select),
                    least: usize::try_from(*least).unwrap_or(usize::MAX),
                    most: usize::try_from(*most).unwrap_or(usize::MAX),
                    periods: bounds,
                    wanted: usize::try_from(*periods).unwrap_or(usize::MAX),
                }))
            }
            CondKind::OfSubject(property) => {
                // That the type has it is looked at here; any kind of event may be asked.
                self.property(property);
                Node::OfSubject(Box::new(SubjectNode::new(
                    self.model,
                    self.schema,
                    &property.name,
                )))
            }
            CondKind::Tagged(path) => Node::Tagged {
                tags: self.model.tags.clone(),
                path: path.clone(),
            },
            CondKind::Segment(segment) => Node::Shared(self.segment(segment)),
            CondKind::Moved {
                entered,
                segment,
                within,
            } => Node::Moved(Box::new(SegmentTransitionNode {
                segment: self.segment(segment),
                entered: *entered,
                since: self.ago(*within),
            })),
            CondKind::Sample { below, salt } => Node::Sample {
                below: *below,
                salt: salt.clone(),
            },
            CondKind::Upcoming {
                value,
                yearly,
                next,
                within,
            } => self.upcoming(value, *yearly, *next, *within),
            CondKind::Was {
                value,
                set,
                windows,
            } => match self.history(value) {
                Some(history) => Node::Was(Box::new(WasNode {
                    history,
                    set: set.iter().map(literal).collect(),
                    windows: self.windows(windows),
                })),
                None => Node::Const(false),
            },
            CondKind::Changed {
                value,
                from,
                to,
                windows,
            } => match self.history(value) {
                Some(history) => Node::Changed(Box::new(ChangedNode {
                    history,
                    from: from.as_ref().map(literal),
                    to: to.as_ref().map(literal),
                    windows: self.windows(windows),
                })),
                None => Node::Const(false),
            },
            CondKind::AsOf { of, ago } => Node::AsOf(Box::new(AsOfNode {
                of: self.cond(of),
                at: self.ago(*ago),
            })),
            CondKind::Stage { of, test } => {
                let stage = self.current_stage(of);
                let within = match test {
                    StageTest::Moved { within, .. } => *within,
                    _ => CalendarSpan::Micros(0),
                };
                let since = self.ago(within);
                Node::Stage(Box::new(StageTestNode {
                    stage,
                    test: *test,
                    since,
                    calendar: self.calendar,
                }))
            }
            CondKind::Held {
                condition,
                tracked,
                op,
                duration,
            } => {
                let histories = tracked
                    .iter()
                    .filter_map(|i| self.history(&FieldRef::Attribute(*i)))
                    .collect();
                Node::Held(Box::new(HeldNode {
                    condition: self.cond(condition),
                    histories,
                    op: *op,
                    duration: *duration,
                    calendar: self.calendar,
                }))
            }
        }
    }

    /// Parts of an `and` or an `or`, the cheap ones first: evaluation has no effects, so their order is free.
    pub(crate) fn parts(&mut self, parts: &[Cond]) -> Parts<P> {
        let (mut leaves, mut rest) = (Vec::new(), Vec::new());
        for part in parts {
            match self.cond(part) {
                Node::Leaf(test) => leaves.push(test),
                node => rest.push(node),
            }
        }
        rest.sort_by_key(cost);
        Parts { leaves, rest }
    }

    pub(crate) fn segment(&mut self, segment: &Arc<Segment>) -> Arc<Node<P>> {
        if let Some(node) = self.segments.get(&Arc::as_ptr(segment)) {
            return node.clone();
        }
        let node = Arc::new(self.cond(&segment.cond));
        self.segments.insert(Arc::as_ptr(segment), node.clone());
        node
    }

    pub(crate) fn lifecycle(&mut self, lifecycle: &Arc<Lifecycle>) -> Arc<LifecycleNode<P>> {
        if let Some(node) = self.lifecycles.get(&Arc::as_ptr(lifecycle)) {
            return node.clone();
        }
        let stages = lifecycle
            .stages
            .iter()
            .map(|s| StageNode {
                cond: self.cond(&s.cond),
                from: s.from,
            })
            .collect();
        let node = Arc::new(LifecycleNode {
            name: lifecycle.name.clone(),
            stages,
        });
        self.lifecycles.insert(Arc::as_ptr(lifecycle), node.clone());
        node
    }

    pub(crate) fn current_stage(&mut self, of: &StageOf) -> CurrentStageNode<P> {
        CurrentStageNode {
            lifecycle: self.lifecycle(&of.lifecycle),
            subject: of.subject.clone(),
        }
    }
}

pub(crate) fn cost<P: Profile>(node: &Node<P>) -> u32 {
    match node {
        Node::Const(_) => 0,
        Node::Leaf(_) => 1,
        Node::IdIn(_) | Node::OfSubject(_) => 3,
        Node::Compare(_)
        | Node::OneOf { .. }
        | Node::Present(_)
        | Node::Truth(_)
        | Node::ListPresent(_)
        | Node::EmptyList(_)
        | Node::EmptyText(_) => 3,
        Node::Rows(rows, _) => cost(&rows.filter).saturating_add(4),
        Node::Text(_)
        | Node::Contains { .. }
        | Node::Timed { .. }
        | Node::Near { .. }
        | Node::InRectangle { .. }
        | Node::Tagged { .. } => 6,
        Node::AtLeast(..) | Node::Exactly(..) => 8,
        Node::Sample { .. } | Node::Upcoming(_) | Node::Was(_) | Node::Changed(_) => 12,
        Node::Not(part) => cost(part),
        Node::Shared(part) => cost(part),
        Node::AsOf(node) => cost(&node.of),
        Node::All(parts) | Node::Any(parts) => {
            parts.rest.iter().map(cost).fold(2, u32::saturating_add)
        }
        Node::Regularly(_) | Node::Sequence(_) | Node::Held(_) => 50,
        Node::Moved(_) | Node::Stage(_) => 500,
    }
}

//! Binding: a typed rule and a model of a profile type become nodes that run. Names are matched by name, so a rule that
//! was checked against a schema from a file runs on a service's own struct that has the same names and types.

use super::aggregate::AggregateNode;
use super::asof::AsOfNode;
use super::bound::{AnchorNode, BoundNode};
use super::compare::{CompareNode, Comparer};
use super::fold::Shape;
use super::history::{ChangedNode, HeldNode, WasNode};
use super::lifecycle::{LifecycleNode, StageNode};
use super::list::{ListNode, ListsByKind};
use super::motion::Motion;
use super::moves::MovedNode;
use super::node::{HistoryOf, Node, Parts};
use super::regular::RegularlyNode;
use super::rows::TotalNode;
use super::score::ScoreNode;
use super::select::{SelectNode, WindowNode};
use super::sequence::{KeyNode, SequenceNode, StepNode};
use super::stage::{StageTestNode, StandingNode};
use super::subject::SubjectNode;
use super::term::{Literal, Operation, TermNode};
use super::text::{TextNode, TextTest};
use super::ties::{looks_back, ties};
use super::upcoming::UpcomingNode;
use crate::profile::{Accessor, Everything, Model, Predicate, Profile, RowScan};
use crate::rule::ir::{
    Anchor, Bound, Calendar, Cond, CondKind, FieldRef, Lapse, Lifecycle, Lit, Operand, Order, PropertyRef, Segment,
    Select, StageOf, StageTest, Term, TermKind, Trait, Ty, Windows,
};
use crate::rule::visit::{Seen, visit_cond, visit_windows};
use crate::schema::{Field, Schema};
use crate::syntax::ArithmeticOp;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

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
    pub(super) model: &'m Model<P>,
    pub(super) schema: &'m Schema,
    calendar: Calendar,
    pub(super) problems: BTreeSet<String>,
    segments: HashMap<*const Segment, Arc<Node<P>>>,
    traits: HashMap<*const Trait, Arc<TermNode<P>>>,
    lifecycles: HashMap<*const Lifecycle, Arc<LifecycleNode<P>>>,
    /// Whether what is bound stands in the parentheses of a relation.
    pub(super) of_row: bool,
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
    pub(super) fn turn_to(&mut self, schema: &'m Schema, calendar: Calendar) {
        (self.schema, self.calendar) = (schema, calendar);
        self.segments.clear();
        self.traits.clear();
    }

    pub(crate) fn finish(self) -> Result<(), BindError> {
        if self.problems.is_empty() { Ok(()) } else { Err(BindError { problems: self.problems.into_iter().collect() }) }
    }

    // ---- fields ----

    pub(super) fn fits(&mut self, what: &str, wanted: &Field, found: Option<&Field>) -> bool {
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
                self.problems.insert(format!("the profile type has no {what} `{}`", wanted.name));
                false
            }
        }
    }

    pub(super) fn attribute(&mut self, position: usize) -> Option<Accessor<P>> {
        let wanted = self.schema.attributes().get(position)?;
        let at = self.model.schema.attribute_index(&wanted.name);
        let found = at.and_then(|i| self.model.schema.attributes().get(i));
        if !self.fits("attribute", wanted, found) {
            return None;
        }
        self.model.attributes.get(at?).cloned()
    }

    /// The position of a kind in the profile type.
    pub(super) fn kind(&mut self, position: usize) -> Option<usize> {
        let wanted = self.schema.kinds().get(position)?;
        let found = self.model.schema.kind_index(&wanted.name);
        if found.is_none() {
            self.problems.insert(format!("the profile type has no events `{}`", wanted.name));
        }
        found
    }

    pub(super) fn property(&mut self, property: &PropertyRef) -> Vec<(usize, Accessor<P::Event>)> {
        let mut by_kind = Vec::with_capacity(property.at.len());
        for (kind, at) in &property.at {
            let Some(position) = self.kind(*kind) else { continue };
            let Some(wanted) = self.schema.kinds().get(*kind).and_then(|k| k.properties.get(*at)) else { continue };
            let declared = self.model.schema.kinds().get(position);
            let index = declared.and_then(|k| k.property_index(&wanted.name));
            let found = index.and_then(|i| declared?.properties.get(i));
            if self.fits("property", wanted, found)
                && let Some(accessor) = index.and_then(|i| self.model.properties.get(position)?.get(i))
            {
                by_kind.push((position, accessor.clone()));
            }
        }
        by_kind
    }

    fn list(&mut self, field: &FieldRef) -> ListNode<P> {
        let lists = |by_kind: Vec<(usize, Accessor<P::Event>)>| -> ListsByKind<P::Event> {
            (by_kind.into_iter())
                .filter_map(|(k, a)| if let Accessor::List(list) = a { Some((k, list)) } else { None })
                .collect()
        };
        match field {
            FieldRef::Attribute(i) => match self.attribute(*i) {
                Some(Accessor::List(list)) => ListNode::Attribute(list),
                _ => ListNode::Missing,
            },
            FieldRef::Property(p) => ListNode::Property(lists(self.property(p))),
            FieldRef::StepProperty(slot, p) => ListNode::StepProperty(*slot, lists(self.property(p))),
            FieldRef::Row(row) => {
                self.row_property(*row).map_or(ListNode::Missing, |(rows, property)| ListNode::Row(rows, property))
            }
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
            CondKind::Compare { op, left, right, ignoring_case } => self.compare(*op, left, right, *ignoring_case),
            CondKind::Between { value, low, high } => {
                let least = self.compare(Order::Ge, value, low, false);
                let most = self.compare(Order::Le, value, high, false);
                Node::All(Parts { leaves: Vec::new(), rest: vec![least, most] })
            }
            CondKind::OneOf { value, set, ignoring_case: true } => {
                let items =
                    set.iter().filter_map(|lit| if let Lit::Text(t) = lit { Some(t.clone()) } else { None }).collect();
                Node::Text(Box::new(TextNode {
                    value: self.term(value),
                    test: TextTest::OneOf(items),
                    ignoring_case: true,
                }))
            }
            CondKind::OneOf { value: Term { kind: TermKind::Id, .. }, set, .. } => {
                let texts = set.iter().filter_map(|lit| if let Lit::Text(t) = lit { Some(t.clone()) } else { None });
                let mut ids: Vec<Arc<str>> = texts.collect();
                ids.sort_unstable();
                Node::IdIn(ids)
            }
            // A value that moves with `now` is compared one by one: comparisons solve for when they change.
            CondKind::OneOf { value, set, .. } if value.moving => {
                let span = cond.span;
                let mut equal = |lit: &Lit| {
                    let right = Term { kind: TermKind::Lit(lit.clone()), ty: value.ty.clone(), span, moving: false };
                    self.compare(Order::Eq, value, &right, false)
                };
                Node::Any(Parts { leaves: Vec::new(), rest: set.iter().map(&mut equal).collect() })
            }
            CondKind::OneOf { value, set, .. } => Node::OneOf {
                value: self.term(value),
                set: set.iter().map(literal).collect(),
                comparer: comparer(&value.ty, &value.ty, false),
            },
            CondKind::Text { op, value, pattern, ignoring_case } => Node::Text(Box::new(TextNode {
                value: self.term(value),
                test: TextTest::Pattern(*op, pattern.clone()),
                ignoring_case: *ignoring_case,
            })),
            CondKind::Substring { value, items, all, ignoring_case } => Node::Text(Box::new(TextNode {
                value: self.term(value),
                test: TextTest::Contains { items: items.clone(), all: *all },
                ignoring_case: *ignoring_case,
            })),
            CondKind::Contains { list, items, all, ignoring_case } => Node::Contains {
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
            CondKind::Near { value, of, metres } => Node::Near { value: self.term(value), of: *of, metres: *metres },
            CondKind::InRectangle { value, of } => Node::InRectangle { value: self.term(value), of: *of },
            CondKind::Timed { value, windows } => {
                Node::Timed { value: self.term(value), windows: self.windows(windows), moving: value.moving }
            }
            CondKind::Happened(select) => Node::AtLeast(Box::new(self.select(select)), 1),
            CondKind::Rows { all, rows } => Node::Rows(Box::new(self.rows(rows)), *all),
            CondKind::Sequence(steps) => Node::Sequence(Box::new(self.steps(steps))),
            CondKind::Regularly { select, least, most, unit, periods, of } => {
                let bound = |offset: i64| BoundNode {
                    anchor: AnchorNode::Period { unit: *unit, offset, micros: 0, calendar: self.calendar },
                    then: None,
                    plus: 0,
                };
                let bounds = (1..=i64::from(*of)).map(|i| (bound(-i), bound(1 - i))).collect();
                Node::Regularly(Box::new(RegularlyNode {
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
                Node::OfSubject(Box::new(SubjectNode::new(self.model, self.schema, &property.name)))
            }
            CondKind::Tagged(path) => Node::Tagged { tags: self.model.tags.clone(), path: path.clone() },
            CondKind::Segment(segment) => Node::Shared(self.segment(segment)),
            CondKind::Moved { entered, segment, within } => Node::Moved(Box::new(MovedNode {
                segment: self.segment(segment),
                entered: *entered,
                since: self.ago(*within),
            })),
            CondKind::Sample { below, salt } => Node::Sample { below: *below, salt: salt.clone() },
            CondKind::Upcoming { value, yearly, next, within } => self.upcoming(value, *yearly, *next, *within),
            CondKind::Was { value, set, windows } => match self.history(value) {
                Some(history) => Node::Was(Box::new(WasNode {
                    history,
                    set: set.iter().map(literal).collect(),
                    windows: self.windows(windows),
                })),
                None => Node::Const(false),
            },
            CondKind::Changed { value, from, to, windows } => match self.history(value) {
                Some(history) => Node::Changed(Box::new(ChangedNode {
                    history,
                    from: from.as_ref().map(literal),
                    to: to.as_ref().map(literal),
                    windows: self.windows(windows),
                })),
                None => Node::Const(false),
            },
            CondKind::AsOf { of, ago } => Node::AsOf(Box::new(AsOfNode { of: self.cond(of), at: self.ago(*ago) })),
            CondKind::Stage { of, test } => {
                let standing = self.standing(of);
                let within = match test {
                    StageTest::Moved { within, .. } => *within,
                    _ => Lapse::Micros(0),
                };
                let since = self.ago(within);
                Node::Stage(Box::new(StageTestNode { standing, test: *test, since, calendar: self.calendar }))
            }
            CondKind::Held { condition, tracked, op, duration } => {
                let histories = tracked.iter().filter_map(|i| self.history(&FieldRef::Attribute(*i))).collect();
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
    pub(super) fn parts(&mut self, parts: &[Cond]) -> Parts<P> {
        let (mut leaves, mut rest) = (Vec::new(), Vec::new());
        for part in parts {
            match self.cond(part).into_test() {
                Ok(test) => leaves.push(test),
                Err(node) => rest.push(node),
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
        let stages = lifecycle.stages.iter().map(|s| StageNode { cond: self.cond(&s.cond), from: s.from }).collect();
        let node = Arc::new(LifecycleNode { name: lifecycle.name.clone(), stages });
        self.lifecycles.insert(Arc::as_ptr(lifecycle), node.clone());
        node
    }

    pub(crate) fn standing(&mut self, of: &StageOf) -> StandingNode<P> {
        StandingNode { lifecycle: self.lifecycle(&of.lifecycle), subject: of.subject.clone() }
    }

    fn compare(&mut self, op: Order, left: &Term, right: &Term, ignoring_case: bool) -> Node<P> {
        if let Some(node) = self.count_compare(op, left, right) {
            return node;
        }
        let comparer = comparer(&left.ty, &right.ty, ignoring_case);
        let (left, right) = (self.term(left), self.term(right));
        let motion = Motion::of(&left, &right);
        Node::Compare(Box::new(CompareNode { op, left, right, comparer, motion }))
    }

    /// A count against a constant stops counting at the constant, and knows which event matters.
    fn count_compare(&mut self, op: Order, left: &Term, right: &Term) -> Option<Node<P>> {
        let (
            TermKind::Aggregate { function: crate::syntax::Aggregate::Count, select, of: None },
            TermKind::Lit(Lit::Whole(n)),
        ) = (&left.kind, &right.kind)
        else {
            return match (&left.kind, &right.kind) {
                (TermKind::Lit(_), TermKind::Aggregate { .. }) => self.count_compare(op.flipped(), right, left),
                _ => None,
            };
        };
        let Ty::Exact(scale) = right.ty else { return None };
        let unit = 10_i128.checked_pow(u32::from(scale))?;
        let (floor, whole) = (n.div_euclid(unit), n.rem_euclid(unit) == 0);
        let mut at_least = |n: i128| {
            if n <= 0 {
                return Node::Const(true);
            }
            Node::AtLeast(Box::new(self.select(select)), usize::try_from(n).unwrap_or(usize::MAX))
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
            Order::Eq => Node::Exactly(Box::new(self.select(select)), usize::try_from(floor).unwrap_or(usize::MAX)),
        })
    }

    fn upcoming(&mut self, value: &Term, yearly: bool, next: bool, within: Lapse) -> Node<P> {
        if value.ty == Ty::Instant {
            let moved = |plus, months, micros| BoundNode { anchor: self.now_anchor(months, micros), then: None, plus };
            let (months, micros) = within.parts();
            let windows = if next {
                WindowNode { lower: vec![moved(1, 0, 0)], upper: vec![moved(1, months, micros)] }
            } else {
                WindowNode { lower: vec![self.ago(within)], upper: vec![moved(1, 0, 0)] }
            };
            return Node::Timed { value: self.term(value), windows, moving: false };
        }
        Node::Upcoming(Box::new(UpcomingNode {
            value: self.term(value),
            yearly,
            next,
            within,
            calendar: self.calendar,
        }))
    }

    pub(crate) fn steps(&mut self, steps: &[crate::rule::ir::Step]) -> SequenceNode<P> {
        let steps: Vec<StepNode<P>> = (steps.iter().zip(ties(steps)))
            .map(|(s, tie)| StepNode {
                absent: s.absent,
                select: self.select_of(&s.select, true),
                least: s.least,
                most: s.most,
                slot: s.select.slot,
                keys: (tie.keys.iter())
                    .map(|(before, own)| KeyNode { before: self.term(before), own: self.term(own) })
                    .collect(),
                untied: tie.untied,
                kept: tie.kept,
                forgets: tie.forgets,
            })
            .collect();
        let correlated = steps.iter().any(|s| s.select.follows_step || !s.select.correlated.is_empty());
        SequenceNode { steps, correlated, calendar: self.calendar }
    }

    // ---- events ----

    pub(crate) fn select(&mut self, select: &Select) -> SelectNode<P> {
        self.select_of(select, false)
    }

    /// The events of a step of a sequence (`of_step`), which tries its looks at earlier steps itself, or any others: within
    /// the parentheses of a step they may look at its earlier steps too, and find their events in the place of evaluation.
    fn select_of(&mut self, select: &Select, of_step: bool) -> SelectNode<P> {
        let mut kinds: Vec<usize> = select.kinds.iter().filter_map(|k| self.kind(*k)).collect();
        kinds.sort_unstable();
        let mut lead: Option<Box<dyn RowScan<P::Event>>> = None;
        let (mut rest, mut general, mut correlated, mut restless) = (Vec::new(), Vec::new(), Vec::new(), false);
        let mut varies = self.of_row;
        for cond in &select.filter {
            if lead.is_none()
                && let Some(scan) = self.equality_scan(cond)
            {
                lead = Some(scan);
            } else if let Some(test) = self.event_test(cond) {
                rest.push(test);
            } else {
                let mut moves = false;
                visit_cond(cond, &mut |seen| moves |= may_change(seen, self.schema));
                let node = self.cond(cond);
                let looks_back = looks_back(cond);
                if looks_back && of_step {
                    correlated.push(node)
                } else {
                    general.push(node)
                }
                varies |= looks_back;
                restless |= moves;
            }
        }
        let mut follows_step = false;
        visit_windows(&select.windows, &mut |seen| follows_step |= of_step && seen.is_step());
        let everything = lead.is_none() && rest.is_empty() && general.is_empty() && correlated.is_empty();
        general.sort_by_key(cost);
        let unbounded = select.windows.lower.is_empty() && select.windows.upper.is_empty();
        let bare = unbounded && rest.is_empty() && general.is_empty() && correlated.is_empty();
        let mut node = SelectNode {
            ever: kinds.first().copied().filter(|_| bare && kinds.len() == 1),
            kinds,
            lead: lead.unwrap_or_else(|| Box::new(Everything)),
            rest,
            general,
            correlated,
            windows: self.windows(&select.windows),
            follows_step,
            everything,
            restless,
            varies,
            rolling: None,
        };
        node.rolling = node.rolls();
        node
    }

    /// `property = value`, to be fused into the loop over events.
    fn equality_scan(&mut self, cond: &Cond) -> Option<Box<dyn RowScan<P::Event>>> {
        let CondKind::Compare { op: Order::Eq, left, right, ignoring_case: false } = &cond.kind else { return None };
        let (TermKind::Field(FieldRef::Property(property)), TermKind::Lit(lit)) = (&left.kind, &right.kind) else {
            return None;
        };
        // Two exact numbers must count in the same units.
        if left.ty != right.ty || property.at.len() != 1 {
            return None;
        }
        match (self.property(property).pop()?, lit) {
            ((_, Accessor::Text(access)), Lit::Text(text)) if left.ty == Ty::String => Some(access.scan(text.clone())),
            ((_, Accessor::Whole(access)), Lit::Whole(value)) => Some(access.scan(i64::try_from(*value).ok()?)),
            _ => None,
        }
    }

    fn windows(&mut self, windows: &Windows) -> WindowNode<P> {
        let mut bounds = |list: &[Bound]| list.iter().map(|b| self.bound(b)).collect();
        WindowNode { lower: bounds(&windows.lower), upper: bounds(&windows.upper) }
    }

    /// The instant so long ago.
    fn ago(&self, lapse: Lapse) -> BoundNode<P> {
        let (months, micros) = lapse.parts();
        BoundNode { anchor: self.now_anchor(-months, -micros), then: None, plus: 0 }
    }

    fn now_anchor(&self, months: i64, micros: i64) -> AnchorNode<P> {
        if months == 0 {
            AnchorNode::Now(micros)
        } else {
            AnchorNode::Months { months, micros, calendar: self.calendar }
        }
    }

    fn bound(&mut self, bound: &Bound) -> BoundNode<P> {
        let calendar = self.calendar;
        let anchor = match &bound.anchor {
            Anchor::At(micros) => AnchorNode::At(*micros),
            Anchor::Now { months, micros } => self.now_anchor(*months, *micros),
            Anchor::Period { unit, offset, micros } => {
                AnchorNode::Period { unit: *unit, offset: *offset, micros: *micros, calendar }
            }
            Anchor::Day { moves } => AnchorNode::Day { moves: moves.clone(), zone: calendar.zone },
            Anchor::DayOf { of, offset } => {
                AnchorNode::DayOf { of: Box::new(self.bound(of)), offset: *offset, zone: calendar.zone }
            }
            Anchor::Bound(of) => AnchorNode::Bound(Box::new(self.bound(of))),
            Anchor::Term { term, edge } => {
                AnchorNode::Term { term: Box::new(self.term(term)), edge: *edge, zone: calendar.zone }
            }
        };
        BoundNode { anchor, then: (bound.then != 0).then_some((bound.then, calendar)), plus: bound.plus }
    }

    // ---- values ----

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
            TermKind::Field(FieldRef::StepProperty(slot, p)) => TermNode::StepProperty(*slot, self.property(p)),
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
                moving: of.moving,
                of: Box::new(self.term(of)),
                calendar,
            },
            TermKind::Aggregate { function, select, of } => TermNode::Aggregate(Box::new(AggregateNode {
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
                let scale = if let Ty::Exact(s) | Ty::Ratio(s) = of.ty { s } else { 0 };
                TermNode::Call { function: *function, of: Box::new(self.term(of)), scale, calendar }
            }
            TermKind::Cases { cases, otherwise } => TermNode::Cases {
                cases: cases.iter().map(|c| (self.cond(&c.cond), literal(&c.value))).collect(),
                otherwise: otherwise.as_ref().map(literal),
            },
            TermKind::OnlyIf { cond, of } => {
                TermNode::OnlyIf { node: Box::new(self.cond(cond)), of: Box::new(self.term(of)) }
            }
            TermKind::AsOf { of, ago } => TermNode::AsOf(Box::new(AsOfNode { of: self.term(of), at: self.ago(*ago) })),
            TermKind::Stage(of) => TermNode::Stage(Box::new(self.standing(of))),
            TermKind::Trait(named) => TermNode::Shared(self.named(named)),
            TermKind::Score(score) => TermNode::Score(Box::new(ScoreNode {
                value: self.term(&score.value),
                eras: score.eras.iter().map(|(until, cuts)| (*until, cuts.iter().map(literal).collect())).collect(),
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

    // ---- tests of one value against constants ----

    /// A test that needs nothing but the profile, and that no passing of time can change.
    fn profile_test(&mut self, cond: &Cond) -> Option<Predicate<P>> {
        combined(cond, false, &mut |cond, negated| match tested_field(cond)? {
            FieldRef::Attribute(i) => super::leaf::test(cond, negated, &self.attribute(*i)?),
            _ => None,
        })
    }

    /// A test that needs nothing but the event.
    fn event_test(&mut self, cond: &Cond) -> Option<Predicate<P::Event>> {
        combined(cond, false, &mut |cond, negated| match tested_field(cond)? {
            FieldRef::Property(property) if property.at.len() == 1 => {
                super::leaf::test(cond, negated, &self.property(property).pop()?.1)
            }
            _ => None,
        })
    }
}

/// A test made of tests of single fields, with a `not` pushed down to them; `None` where some part is no such test.
fn combined<T: 'static>(
    cond: &Cond,
    negated: bool,
    leaf: &mut dyn FnMut(&Cond, bool) -> Option<Predicate<T>>,
) -> Option<Predicate<T>> {
    let merged = one_of(cond);
    let cond = merged.as_ref().unwrap_or(cond);
    let (parts, all) = match &cond.kind {
        CondKind::Not(part) => return combined(part, !negated, leaf),
        CondKind::All(parts) => (parts, !negated),
        CondKind::Any(parts) => (parts, negated),
        _ => return leaf(cond, negated),
    };
    let tests = parts.iter().map(|p| combined(p, negated, leaf)).collect::<Option<Vec<_>>>()?;
    Some(joined(tests, all))
}

/// `x = "a" or x = "b"` as `x in ("a", "b")`: one look instead of several.
pub(super) fn one_of(cond: &Cond) -> Option<Cond> {
    let CondKind::Any(parts) = &cond.kind else { return None };
    let mut same: Option<&Term> = None;
    let mut set = Vec::with_capacity(parts.len());
    for part in parts {
        let CondKind::Compare { op: Order::Eq, left, right, ignoring_case: false } = &part.kind else { return None };
        let (TermKind::Field(field), TermKind::Lit(lit)) = (&left.kind, &right.kind) else { return None };
        let fits = left.ty == right.ty && matches!(left.ty, Ty::String | Ty::Enum(_));
        let first = same.get_or_insert(left);
        let is_same = match (&first.kind, field) {
            (TermKind::Field(FieldRef::Attribute(a)), FieldRef::Attribute(b)) => a == b,
            (TermKind::Field(FieldRef::Property(a)), FieldRef::Property(b)) => a.at == b.at,
            _ => false,
        };
        if !fits || !is_same {
            return None;
        }
        set.push(lit.clone());
    }
    let kind = CondKind::OneOf { value: same?.clone(), set, ignoring_case: false };
    Some(Cond { kind, span: cond.span })
}

/// All of the tests as one, or any of them. A few are kept in an array of their number, so that the loop over them is
/// unrolled.
fn joined<T: 'static>(tests: Vec<Predicate<T>>, all: bool) -> Predicate<T> {
    fn of_number<T: 'static, const N: usize>(
        tests: Vec<Predicate<T>>,
        all: bool,
    ) -> Result<Predicate<T>, Vec<Predicate<T>>> {
        let tests: [Predicate<T>; N] = tests.try_into()?;
        Ok(if all {
            Box::new(move |of| tests.iter().all(|t| t(of)))
        } else {
            Box::new(move |of| tests.iter().any(|t| t(of)))
        })
    }
    of_number::<T, 2>(tests, all)
        .or_else(|tests| of_number::<T, 3>(tests, all))
        .or_else(|tests| of_number::<T, 4>(tests, all))
        .or_else(|tests| of_number::<T, 5>(tests, all))
        .or_else(|tests| of_number::<T, 6>(tests, all))
        .or_else(|tests| of_number::<T, 8>(tests, all))
        .or_else(|tests| of_number::<T, 10>(tests, all))
        .or_else(|tests| of_number::<T, 12>(tests, all))
        .unwrap_or_else(|tests| {
            if all {
                Box::new(move |of| tests.iter().all(|t| t(of)))
            } else {
                Box::new(move |of| tests.iter().any(|t| t(of)))
            }
        })
}

/// The field that a condition compares with constants, if that is what it does.
pub(super) fn tested_field(cond: &Cond) -> Option<&FieldRef> {
    let is_lit = |t: &Term| matches!(t.kind, TermKind::Lit(_));
    let value = match &cond.kind {
        CondKind::Compare { left, right, ignoring_case: false, .. } if is_lit(right) => left,
        CondKind::Compare { left, right, ignoring_case: false, .. } if is_lit(left) => right,
        CondKind::Between { value, low, high } if is_lit(low) && is_lit(high) => value,
        CondKind::OneOf { value, ignoring_case: false, .. } | CondKind::Truth(value) => value,
        _ => return None,
    };
    if let TermKind::Field(field) = &value.kind { Some(field) } else { None }
}

/// Whether something in an event's condition can come out differently as time passes.
fn may_change(seen: Seen<'_>, schema: &Schema) -> bool {
    match seen {
        Seen::Term(term) => {
            term.moving
                || matches!(
                    term.kind,
                    TermKind::Aggregate { .. } | TermKind::Trait(_) | TermKind::Score(_) | TermKind::Stage(_)
                )
        }
        Seen::Field(FieldRef::Attribute(i)) => schema.attributes().get(*i).is_some_and(|a| a.tracked),
        Seen::Field(_) | Seen::Property(_) | Seen::Rows(_) => false,
        Seen::Select(_) => true,
        Seen::Bound(bound) => !matches!(bound.anchor, Anchor::At(_)),
        Seen::Cond(cond) => matches!(
            cond.kind,
            CondKind::Upcoming { .. }
                | CondKind::Was { .. }
                | CondKind::Changed { .. }
                | CondKind::Held { .. }
                | CondKind::Moved { .. }
                | CondKind::Stage { .. }
                | CondKind::Segment(_)
        ),
    }
}

pub(super) fn cost<P: Profile>(node: &Node<P>) -> u32 {
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
        Node::All(parts) | Node::Any(parts) => parts.rest.iter().map(cost).fold(2, u32::saturating_add),
        Node::Regularly(_) | Node::Sequence(_) | Node::Held(_) => 50,
        Node::Moved(_) | Node::Stage(_) => 500,
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
    let scale = |ty: &Ty| if let Ty::Exact(s) | Ty::Ratio(s) = ty { *s } else { 0 };
    let (l, r) = (scale(left), scale(right));
    match (left, right) {
        (Ty::Float, _) | (_, Ty::Float) => {
            Comparer::Real { left: 10_f64.powi(i32::from(l)), right: 10_f64.powi(i32::from(r)) }
        }
        (Ty::String, _) if ignoring_case => Comparer::TextIgnoringCase,
        (Ty::String, _) => Comparer::Text,
        (Ty::Version, _) => Comparer::Version,
        _ => {
            let common = l.max(r);
            Comparer::Whole { left: 10_i128.pow(u32::from(common - l)), right: 10_i128.pow(u32::from(common - r)) }
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
    let scale = |ty: &Ty| if let Ty::Exact(s) | Ty::Ratio(s) = ty { u32::from(*s) } else { 0 };
    let (l, r) = (scale(&left.ty), scale(&right.ty));
    #[expect(clippy::cast_possible_wrap, reason = "scales are at most 18")]
    let real = || Operation::Real { op, left: 10_f64.powi(l as i32), right: 10_f64.powi(r as i32) };
    match (op, &left.ty, &right.ty, result) {
        (_, _, _, Ty::Float) => real(),
        (_, Ty::Date, Ty::Date, _) => Operation::DateMinus,
        (ArithmeticOp::Add, Ty::Date, ..) => Operation::DatePlus(1),
        (ArithmeticOp::Subtract, Ty::Date, ..) => Operation::DatePlus(-1),
        (ArithmeticOp::Multiply, Ty::Duration, Ty::Float | Ty::Ratio(_), _) => Operation::TimesReal { inverted: false },
        (ArithmeticOp::Divide, Ty::Duration, Ty::Float | Ty::Ratio(_), _) => Operation::TimesReal { inverted: true },
        (ArithmeticOp::Multiply, Ty::Duration, ..) => Operation::Times(10_i128.pow(r)),
        (ArithmeticOp::Divide, Ty::Duration, ..) => Operation::DividedBy(10_i128.pow(r)),
        (ArithmeticOp::Multiply, ..) => Operation::Multiply,
        (ArithmeticOp::Add | ArithmeticOp::Subtract, ..) => {
            let common = l.max(r);
            let (left, right) = (10_i128.pow(common - l), 10_i128.pow(common - r));
            if op == ArithmeticOp::Add { Operation::Add { left, right } } else { Operation::Subtract { left, right } }
        }
        (ArithmeticOp::Divide, ..) => real(),
    }
}

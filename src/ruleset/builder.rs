//! Builds formulas over shared tests from typed conditions. A condition on one value becomes a question to the index of
//! that value; every other condition is bound as it is and evaluated only when it matters.

use super::formula::Formula;
use super::value_index::{Key, Numbering, Question, Source, ValueIndex, rank_of_real};
use crate::eval::cond::Node;
use crate::eval::cond::leaf::{Whole, lit, one_of, real, tested_field, whole};
use crate::eval::{BindError, Binder};
use crate::ir::{
    Cond, CondKind, FieldRef, Fingerprint, Lit, Operand, Order, PropertyRef, Select, Term,
    TermKind, Ty,
};
use crate::profile::{Accessor, Model, Profile};
use crate::rule::Rule;
use crate::schema::AttributeId;
use crate::syntax::Aggregate;
use crate::value::Type;
use std::collections::HashMap;
use std::sync::Arc;

/// The value that an index is about.
#[derive(PartialEq, Eq, Hash)]
enum Name {
    /// By position in the profile type.
    Attribute(usize),
    Id,
    Tags,
    /// A kind by position in the profile type, and perhaps a property.
    Events(usize, Option<Arc<str>>),
}

/// Takes rules one after another.
pub(super) struct Builder<'m, P: Profile> {
    model: &'m Model<P>,
    binder: Binder<'m, P>,
    rule: &'m Rule,
    indexes: Vec<(Source<P>, Option<usize>)>,
    names: HashMap<Name, usize>,
    /// By position in the schema of the rule at hand: the index of an attribute, once one exists.
    attributes: Vec<Option<usize>>,
    /// The number of the test by index and question.
    questions: HashMap<(usize, Question), u32>,
    /// What is bound as it is, and the number of the test.
    nodes: Vec<(u32, Node<P>)>,
    /// Those of the schema and calendar at hand, by what they say.
    known: HashMap<Fingerprint, u32>,
    tests: u32,
}

/// Every test of all rules, in its place.
pub(super) struct Tests<P: Profile> {
    pub(super) indexes: Vec<ValueIndex<P>>,
    /// Numbered on from the tests of the indexes.
    pub(super) nodes: Vec<Node<P>>,
    pub(super) numbering: Numbering,
}

impl<'m, P: Profile> Builder<'m, P> {
    /// Begins with a rule.
    pub(super) fn new(model: &'m Model<P>, rule: &'m Rule) -> Self {
        Builder {
            model,
            binder: Binder::new(model, rule.schema(), rule.calendar()),
            rule,
            indexes: Vec::new(),
            names: HashMap::new(),
            attributes: vec![None; rule.schema().attributes().len()],
            questions: HashMap::new(),
            nodes: Vec::new(),
            known: HashMap::new(),
            tests: 0,
        }
    }

    pub(super) fn rule(&mut self, rule: &'m Rule) -> Formula {
        if !rule.schema().is_same(self.rule.schema()) || rule.calendar() != self.rule.calendar() {
            self.binder.turn_to(rule.schema(), rule.calendar());
            self.attributes = vec![None; rule.schema().attributes().len()];
            self.known.clear();
        }
        self.rule = rule;
        self.formula(rule.root())
    }

    /// Puts the tests in their places.
    pub(super) fn finish(self) -> Result<Tests<P>, BindError> {
        self.binder.finish()?;
        let mut numbering = Numbering {
            of: vec![u32::MAX; self.tests as usize],
            chances: Vec::new(),
        };
        let mut questions: Vec<((usize, Question), u32)> = self.questions.into_iter().collect();
        questions.sort_unstable();
        let mut questions = questions.into_iter().peekable();
        let mut indexes = Vec::with_capacity(self.indexes.len());
        for (i, (source, domain)) in self.indexes.into_iter().enumerate() {
            let mut asked = Vec::new();
            while let Some(((_, question), number)) =
                questions.next_if(|((index, _), _)| *index == i)
            {
                asked.push((question, number));
            }
            indexes.push(ValueIndex::new(source, domain, asked, &mut numbering));
        }
        let mut nodes = Vec::with_capacity(self.nodes.len());
        let first = numbering.chances.len();
        for (i, (provisional, node)) in self.nodes.into_iter().enumerate() {
            if let Some(number) = numbering.of.get_mut(provisional as usize) {
                *number = u32::try_from(first + i).unwrap_or(u32::MAX);
            }
            nodes.push(node);
        }
        Ok(Tests {
            indexes,
            nodes,
            numbering,
        })
    }

    // ---- conditions ----

    fn formula(&mut self, cond: &Cond) -> Formula {
        /// Larger segments are decided once for all rules that name them.
        const WRITTEN_OUT: u64 = 24;
        let merged = one_of(cond);
        let cond = merged.as_ref().unwrap_or(cond);
        if let CondKind::Const(holds) = &cond.kind {
            return Formula::Const(*holds);
        }
        if cond.as_range().is_some()
            && let Some(found) = self.searched(cond)
        {
            return found;
        }
        if let CondKind::All(parts) | CondKind::Any(parts) = &cond.kind {
            return self.join(parts, matches!(cond.kind, CondKind::All(_)));
        }
        if let CondKind::Not(part) = &cond.kind {
            return self.formula(part).negated_if(true);
        }
        if let CondKind::Segment(segment) = &cond.kind {
            if segment.weight.parts <= WRITTEN_OUT {
                return self.formula(&segment.cond);
            }
            return Formula::test(self.bound(cond));
        }
        if let Some(found) = self.searched(cond).or_else(|| self.happened(cond)) {
            return found;
        }
        let guards = self.guards(cond);
        let asked = Formula::test(self.bound(cond));
        Formula::join(guards.into_iter().chain([asked]), true)
    }

    fn join(&mut self, parts: &[Cond], all: bool) -> Formula {
        Formula::join(
            parts.iter().map(|p| self.formula(p)).collect::<Vec<_>>(),
            all,
        )
    }

    /// A condition as it is; equal ones are one test.
    fn bound(&mut self, cond: &Cond) -> u32 {
        if let Some(test) = self.known.get(&cond.fingerprint()) {
            return *test;
        }
        let node = self.binder.cond(cond);
        let test = self.tests;
        self.tests = self.tests.saturating_add(1);
        self.nodes.push((test, node));
        self.known.insert(cond.fingerprint(), test);
        test
    }

    // ---- questions about one value ----

    fn ask(&mut self, index: usize, question: Question) -> Formula {
        Formula::test(*self.questions.entry((index, question)).or_insert_with(|| {
            self.tests = self.tests.saturating_add(1);
            self.tests - 1
        }))
    }

    fn is(&mut self, index: usize, key: Key) -> Formula {
        self.ask(index, Question::Is(key))
    }

    /// Whether the value is one of a few.
    fn one_of(&mut self, index: usize, keys: impl IntoIterator<Item = Key>) -> Formula {
        let mut keys: Vec<Key> = keys.into_iter().collect();
        keys.sort_unstable();
        keys.dedup();
        match (keys.len(), keys.pop()) {
            (1, Some(key)) => self.is(index, key),
            (_, Some(last)) => {
                keys.push(last);
                self.ask(index, Question::OneOf(keys.into()))
            }
            (_, None) => Formula::Const(false),
        }
    }

    /// Whether the value lies between two, both included.
    fn between(&mut self, index: usize, low: Option<i64>, high: Option<i64>) -> Formula {
        match (low, high) {
            (None, None) => self.ask(index, Question::Exists),
            (Some(low), Some(high)) if low > high => Formula::Const(false),
            (Some(low), Some(high)) if low == high => self.is(index, Key::Whole(low)),
            (low, high) => {
                let least = low.map(|v| self.ask(index, Question::Least(v)));
                let most = high.map(|v| self.ask(index, Question::Most(v)));
                Formula::join(least.into_iter().chain(most), true)
            }
        }
    }

    /// A condition on one value that search can answer.
    fn searched(&mut self, cond: &Cond) -> Option<Formula> {
        if let CondKind::Tagged(path) = &cond.kind {
            return Some(self.tagged(path.as_ref()));
        }
        if let CondKind::Present(
            Operand::Term(Term {
                kind: TermKind::Field(FieldRef::Attribute(i)),
                ..
            })
            | Operand::List(FieldRef::Attribute(i)),
        ) = &cond.kind
        {
            let index = self.attribute(*i)?;
            return Some(self.ask(index, Question::Exists));
        }
        if let CondKind::Contains {
            of: Operand::List(FieldRef::Attribute(i)),
            items,
            values,
            all,
            ignoring_case: false,
        } = &cond.kind
            && values.is_empty()
        {
            return self.contains(*i, items, *all);
        }
        if let Some(ids) = ids(cond) {
            let index = self.index(Name::Id, None, || Source::Id);
            return Some(self.one_of(index, ids));
        }
        let FieldRef::Attribute(i) = tested_field(cond)? else {
            return None;
        };
        let index = self.attribute(*i)?;
        let ty = self.rule.schema().attribute_of(*i).map(|a| &a.ty)?;
        self.tested(cond, index, ty)
    }

    fn tagged(&mut self, path: Option<&Arc<str>>) -> Formula {
        let Some(tags) = &self.model.tags else {
            return Formula::Const(false);
        };
        let index = self.index(Name::Tags, None, || Source::Tags(tags.clone()));
        match path {
            Some(path) => self.is(index, Key::Text(path.clone())),
            None => self.ask(index, Question::Exists),
        }
    }

    /// Whether a list contains any or all of some constants.
    fn contains(&mut self, attribute: AttributeId, items: &[Lit], all: bool) -> Option<Formula> {
        // Versions are equal that are spelled in different ways.
        if FieldRef::Attribute(attribute).value_type(self.rule.schema()) == Ty::Version {
            return None;
        }
        let keys = items.iter().map(key).collect::<Option<Vec<_>>>()?;
        let index = self.attribute(attribute)?;
        if !matches!(
            self.indexes.get(index),
            Some((Source::Attribute(Accessor::List(_)), _))
        ) {
            return None;
        }
        if !all {
            return Some(self.one_of(index, keys));
        }
        let parts: Vec<Formula> = keys.into_iter().map(|k| self.is(index, k)).collect();
        Some(Formula::join(parts, true))
    }

    /// A comparison of an attribute of a type with constants.
    fn tested(&mut self, cond: &Cond, index: usize, ty: &Type) -> Option<Formula> {
        let bounded = |low, high, least, most| {
            (
                (low != least).then_some(low),
                (high != most).then_some(high),
            )
        };
        match ty {
            Type::String => {
                let keys = keys(cond)?;
                Some(self.one_of(index, keys))
            }
            Type::Float => {
                let (low, high) = real(cond)?;
                let (least, most) = (rank_of_real(f64::NEG_INFINITY), rank_of_real(f64::INFINITY));
                let (low, high) = bounded(rank_of_real(low), rank_of_real(high), least, most);
                Some(self.between(index, low, high))
            }
            Type::Version | Type::Place | Type::List(_) => None,
            Type::Bool
            | Type::Int
            | Type::Decimal(_)
            | Type::Enum(_)
            | Type::Date
            | Type::Instant
            | Type::Duration => match whole(cond)? {
                Whole::Never => Some(Formula::Const(false)),
                Whole::Set(set) => Some(self.one_of(index, set.into_iter().map(Key::Whole))),
                Whole::Range(low, high) => {
                    let (low, high) = bounded(low, high, i64::MIN, i64::MAX);
                    Some(self.between(index, low, high))
                }
            },
        }
    }

    // ---- events ----

    /// Whether something ever happened, where nothing is asked of the event but one text.
    fn happened(&mut self, cond: &Cond) -> Option<Formula> {
        let CondKind::Happened(select) = &cond.kind else {
            return None;
        };
        let unbounded = select.windows.lower.is_empty() && select.windows.upper.is_empty();
        let exact = match select.filter.as_slice() {
            [] => true,
            [only] => select.kinds.len() == 1 && texts(only).is_some(),
            _ => false,
        };
        if unbounded && exact {
            self.seen(select)
        } else {
            None
        }
    }

    /// What must be so where a condition on events holds: of each kind of event that it needs, there is one, with the
    /// text that it needs.
    fn guards(&mut self, cond: &Cond) -> Vec<Formula> {
        let needed: Vec<&Select> = if let CondKind::Sequence(steps) = &cond.kind {
            let steps = steps.iter().filter(|s| !s.absent);
            steps.map(|s| &s.select).collect()
        } else {
            needed(cond).into_iter().collect()
        };
        let seen = needed.into_iter().filter_map(|select| self.seen(select));
        seen.collect()
    }

    /// Whether there is an event of one of the kinds, with the text that the first test of a text asks for.
    fn seen(&mut self, select: &Select) -> Option<Formula> {
        let mut ways = Vec::with_capacity(select.kinds.len());
        for kind in &select.kinds {
            let at = self.binder.kind(*kind)?;
            let asked = if select.kinds.len() == 1 {
                select.filter.iter().find_map(texts)
            } else {
                None
            };
            let Some((property, keys)) = asked else {
                let index = self.index(Name::Events(at, None), None, || Source::Events(at, None));
                ways.push(self.ask(index, Question::Exists));
                continue;
            };
            let (_, accessor) = self.binder.property(&property).pop()?;
            let name = Name::Events(at, Some(property.name.clone()));
            let index = self.index(name, None, || Source::Events(at, Some(accessor)));
            ways.push(self.one_of(index, keys));
        }
        Some(Formula::join(ways, false))
    }

    // ---- indexes ----

    fn index(
        &mut self,
        name: Name,
        domain: Option<usize>,
        source: impl FnOnce() -> Source<P>,
    ) -> usize {
        *self.names.entry(name).or_insert_with(|| {
            self.indexes.push((source(), domain));
            self.indexes.len() - 1
        })
    }

    fn attribute(&mut self, attribute: AttributeId) -> Option<usize> {
        if let Some(Some(index)) = self.attributes.get(attribute.index()) {
            return Some(*index);
        }
        let accessor = self.binder.attribute(attribute)?;
        let field = self.rule.schema().attribute_of(attribute)?;
        let at = self.model.schema().attribute_index(&field.name)?;
        let domain = match &field.ty {
            Type::Bool => Some(2),
            Type::Enum(of) => Some(of.values.len()),
            Type::Int
            | Type::Decimal(_)
            | Type::Float
            | Type::String
            | Type::Date
            | Type::Instant
            | Type::Duration
            | Type::Version
            | Type::Place
            | Type::List(_) => None,
        };
        let index = self.index(Name::Attribute(at), domain, || Source::Attribute(accessor));
        if let Some(slot) = self.attributes.get_mut(attribute.index()) {
            *slot = Some(index);
        }
        Some(index)
    }
}

fn key(lit: &Lit) -> Option<Key> {
    match lit {
        Lit::Whole(v) => i64::try_from(*v)
            .ok()
            .filter(|v| *v < i64::MAX)
            .map(Key::Whole),
        Lit::Text(v) => Some(Key::Text(v.clone())),
        Lit::Real(_) => None,
    }
}

/// The values of which a comparison with constants asks for one.
fn keys(cond: &Cond) -> Option<Vec<Key>> {
    if let CondKind::OneOf { set, .. } = &cond.kind {
        set.iter().map(key).collect()
    } else if let CondKind::Compare {
        op: Order::Eq,
        left,
        right,
        ..
    } = &cond.kind
    {
        Some(vec![key(lit(left).or_else(|| lit(right))?)?])
    } else {
        None
    }
}

/// The ids of which a condition asks for one.
fn ids(cond: &Cond) -> Option<Vec<Key>> {
    let (CondKind::OneOf {
        value,
        ignoring_case: false,
        ..
    }
    | CondKind::Compare {
        left: value,
        ignoring_case: false,
        ..
    }) = &cond.kind
    else {
        return None;
    };
    if matches!(value.kind, TermKind::Id) {
        keys(cond)
    } else {
        None
    }
}

/// The selection of which there must be an event where a condition holds.
fn needed(cond: &Cond) -> Option<&Select> {
    if let CondKind::Happened(select) = &cond.kind {
        return Some(select);
    }
    if let CondKind::Regularly {
        select,
        least,
        periods,
        ..
    } = &cond.kind
    {
        return (*least > 0 && *periods > 0).then_some(select);
    }
    let CondKind::Compare {
        op, left, right, ..
    } = &cond.kind
    else {
        return None;
    };
    let TermKind::Aggregate {
        function: Aggregate::Count,
        select,
        of: None,
    } = &left.kind
    else {
        return None;
    };
    let Some(Lit::Whole(n)) = lit(right) else {
        return None;
    };
    let is_needed = match op {
        Order::Ge | Order::Eq => *n > 0,
        Order::Gt => *n >= 0,
        Order::Lt | Order::Le => false,
    };
    is_needed.then_some(&**select)
}

/// A property of one kind and the texts that it must be one of.
fn texts(cond: &Cond) -> Option<(PropertyRef, Vec<Key>)> {
    let merged = one_of(cond);
    let cond = merged.as_ref().unwrap_or(cond);
    let FieldRef::Property(property) = tested_field(cond)? else {
        return None;
    };
    let value = cond
        .operands()
        .into_iter()
        .find(|term| lit(term).is_none())?;
    let keys = keys(cond)?;
    (value.ty == Ty::String && property.at.len() == 1).then(|| (property.clone(), keys))
}

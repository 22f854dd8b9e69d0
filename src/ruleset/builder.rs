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
        match &cond.kind {
            CondKind::Const(b) => return Formula::Const(*b),
            CondKind::All(parts) => return self.join(parts, true),
            CondKind::Any(parts) => return self.join(parts, false),
            CondKind::Not(part) => return self.formula(part).negated_if(true),
            CondKind::Segment(segment) if segment.weight.parts <= WRITTEN_OUT => {
                return self.formula(&segment.cond);
            }
            CondKind::Segment(_) => return Formula::test(self.bound(cond)),
            CondKind::Compare { .. }
            | CondKind::Between { .. }
            | CondKind::OneOf { .. }
            | CondKind::Text { .. }
            | CondKind::Substring { .. }
            | CondKind::Contains { .. }
            | CondKind::Present(_)
            | CondKind::Empty(_)
            | CondKind::Truth(_)
            | CondKind::Inside { .. }
            | CondKind::Timed { .. }
            | CondKind::OfSubject(_)
            | CondKind::Happened(_)
            | CondKind::Rows { .. }
            | CondKind::Sequence(_)
            | CondKind::Regularly { .. }
            | CondKind::Tagged(_)
            | CondKind::Moved { .. }
            | CondKind::Sample { .. }
            | CondKind::Upcoming { .. }
            | CondKind::Was { .. }
            | CondKind::Changed { .. }
            | CondKind::AsOf { .. }
            | CondKind::Stage { .. }
            | CondKind::Held { .. } => {}
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
        match &cond.kind {
            CondKind::Present(
                Operand::Term(Term {
                    kind: TermKind::Field(FieldRef::Attribute(i)),
                    ..
                })
                | Operand::List(FieldRef::Attribute(i)),
            ) => {
                let index = self.attribute(*i)?;
                Some(self.ask(index, Question::Exists))
            }
            CondKind::Contains {
                list: FieldRef::Attribute(i),
                items,
                values,
                all,
                ignoring_case: false,
            } if values.is_empty() => {
                let keys = items.iter().map(key).collect::<Option<Vec<_>>>()?;
                let index = self.attribute(*i)?;
                if !matches!(
                    self.indexes.get(index),
                    Some((Source::Attribute(Accessor::List(_)), _))
                ) {
                    return None;
                }
                if !*all {
                    return Some(self.one_of(index, keys));
                }
                let parts: Vec<Formula> = keys.into_iter().map(|k| self.is(index, k)).collect();
                Some(Formula::join(parts, true))
            }
            CondKind::Tagged(path) => {
                let Some(tags) = &self.model.tags else {
                    return Some(Formula::Const(false));
                };
                let index = self.index(Name::Tags, None, || Source::Tags(tags.clone()));
                Some(match path {
                    Some(path) => self.is(index, Key::Text(path.clone())),
                    None => self.ask(index, Question::Exists),
                })
            }
            CondKind::OneOf {
                value: Term {
                    kind: TermKind::Id, ..
                },
                set,
                ignoring_case: false,
            } => {
                let index = self.index(Name::Id, None, || Source::Id);
                Some(self.one_of(index, set.iter().filter_map(key)))
            }
            CondKind::Compare {
                op: Order::Eq,
                left: Term {
                    kind: TermKind::Id, ..
                },
                right,
                ignoring_case: false,
            } => {
                let Lit::Text(text) = lit(right)? else {
                    return None;
                };
                let index = self.index(Name::Id, None, || Source::Id);
                Some(self.is(index, Key::Text(text.clone())))
            }
            CondKind::Const(_)
            | CondKind::All(_)
            | CondKind::Any(_)
            | CondKind::Not(_)
            | CondKind::Compare { .. }
            | CondKind::Between { .. }
            | CondKind::OneOf { .. }
            | CondKind::Text { .. }
            | CondKind::Substring { .. }
            | CondKind::Contains { .. }
            | CondKind::Present(_)
            | CondKind::Empty(_)
            | CondKind::Truth(_)
            | CondKind::Inside { .. }
            | CondKind::Timed { .. }
            | CondKind::OfSubject(_)
            | CondKind::Happened(_)
            | CondKind::Rows { .. }
            | CondKind::Sequence(_)
            | CondKind::Regularly { .. }
            | CondKind::Segment(_)
            | CondKind::Moved { .. }
            | CondKind::Sample { .. }
            | CondKind::Upcoming { .. }
            | CondKind::Was { .. }
            | CondKind::Changed { .. }
            | CondKind::AsOf { .. }
            | CondKind::Stage { .. }
            | CondKind::Held { .. } => match tested_field(cond)? {
                FieldRef::Attribute(i) => {
                    let index = self.attribute(*i)?;
                    self.tested(
                        cond,
                        index,
                        self.rule.schema().attributes().get(*i).map(|a| &a.ty)?,
                    )
                }
                FieldRef::Property(_) | FieldRef::StepProperty(..) | FieldRef::Row(_) => None,
            },
        }
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
            Type::String => match &cond.kind {
                CondKind::Compare {
                    op: Order::Eq,
                    left,
                    right,
                    ..
                } => {
                    let Lit::Text(text) = lit(left).or_else(|| lit(right))? else {
                        return None;
                    };
                    Some(self.is(index, Key::Text(text.clone())))
                }
                CondKind::OneOf { set, .. } => {
                    let keys = set.iter().map(key).collect::<Option<Vec<_>>>()?;
                    Some(self.one_of(index, keys))
                }
                CondKind::Const(_)
                | CondKind::All(_)
                | CondKind::Any(_)
                | CondKind::Not(_)
                | CondKind::Compare { .. }
                | CondKind::Between { .. }
                | CondKind::Text { .. }
                | CondKind::Substring { .. }
                | CondKind::Contains { .. }
                | CondKind::Present(_)
                | CondKind::Empty(_)
                | CondKind::Truth(_)
                | CondKind::Inside { .. }
                | CondKind::Timed { .. }
                | CondKind::OfSubject(_)
                | CondKind::Happened(_)
                | CondKind::Rows { .. }
                | CondKind::Sequence(_)
                | CondKind::Regularly { .. }
                | CondKind::Tagged(_)
                | CondKind::Segment(_)
                | CondKind::Moved { .. }
                | CondKind::Sample { .. }
                | CondKind::Upcoming { .. }
                | CondKind::Was { .. }
                | CondKind::Changed { .. }
                | CondKind::AsOf { .. }
                | CondKind::Stage { .. }
                | CondKind::Held { .. } => None,
            },
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
        match &cond.kind {
            CondKind::Happened(select) => self.seen(select).into_iter().collect(),
            CondKind::Sequence(steps) => steps
                .iter()
                .filter(|s| !s.absent)
                .filter_map(|s| self.seen(&s.select))
                .collect(),
            CondKind::Regularly {
                select,
                least,
                periods,
                ..
            } if *least > 0 && *periods > 0 => self.seen(select).into_iter().collect(),
            CondKind::Compare {
                op, left, right, ..
            } => {
                let needed = match (&left.kind, lit(right)) {
                    (
                        TermKind::Aggregate {
                            function: Aggregate::Count,
                            select,
                            of: None,
                        },
                        Some(Lit::Whole(n)),
                    ) => match op {
                        Order::Ge | Order::Eq if *n > 0 => Some(select),
                        Order::Gt if *n >= 0 => Some(select),
                        Order::Eq | Order::Lt | Order::Le | Order::Gt | Order::Ge => None,
                    },
                    _ => None,
                };
                needed
                    .and_then(|select| self.seen(select))
                    .into_iter()
                    .collect()
            }
            CondKind::Const(_)
            | CondKind::All(_)
            | CondKind::Any(_)
            | CondKind::Not(_)
            | CondKind::Between { .. }
            | CondKind::OneOf { .. }
            | CondKind::Text { .. }
            | CondKind::Substring { .. }
            | CondKind::Contains { .. }
            | CondKind::Present(_)
            | CondKind::Empty(_)
            | CondKind::Truth(_)
            | CondKind::Inside { .. }
            | CondKind::Timed { .. }
            | CondKind::OfSubject(_)
            | CondKind::Rows { .. }
            | CondKind::Regularly { .. }
            | CondKind::Tagged(_)
            | CondKind::Segment(_)
            | CondKind::Moved { .. }
            | CondKind::Sample { .. }
            | CondKind::Upcoming { .. }
            | CondKind::Was { .. }
            | CondKind::Changed { .. }
            | CondKind::AsOf { .. }
            | CondKind::Stage { .. }
            | CondKind::Held { .. } => Vec::new(),
        }
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

    fn attribute(&mut self, position: usize) -> Option<usize> {
        if let Some(Some(index)) = self.attributes.get(position) {
            return Some(*index);
        }
        let accessor = self.binder.attribute(position)?;
        let field = self.rule.schema().attributes().get(position)?;
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
        if let Some(slot) = self.attributes.get_mut(position) {
            *slot = Some(index);
        }
        Some(index)
    }
}

fn key(lit: &Lit) -> Option<Key> {
    match lit {
        Lit::Whole(v) => i64::try_from(*v).ok().map(Key::Whole),
        Lit::Text(v) => Some(Key::Text(v.clone())),
        Lit::Real(_) => None,
    }
}

/// A property of one kind and the texts that it must be one of.
fn texts(cond: &Cond) -> Option<(PropertyRef, Vec<Key>)> {
    let merged = one_of(cond);
    let cond = merged.as_ref().unwrap_or(cond);
    let FieldRef::Property(property) = tested_field(cond)? else {
        return None;
    };
    let (ty, keys) = match &cond.kind {
        CondKind::Compare {
            op: Order::Eq,
            left,
            right,
            ..
        } => (&left.ty, vec![key(lit(left).or_else(|| lit(right))?)?]),
        CondKind::OneOf { value, set, .. } => {
            (&value.ty, set.iter().map(key).collect::<Option<Vec<_>>>()?)
        }
        CondKind::Const(_)
        | CondKind::All(_)
        | CondKind::Any(_)
        | CondKind::Not(_)
        | CondKind::Compare { .. }
        | CondKind::Between { .. }
        | CondKind::Text { .. }
        | CondKind::Substring { .. }
        | CondKind::Contains { .. }
        | CondKind::Present(_)
        | CondKind::Empty(_)
        | CondKind::Truth(_)
        | CondKind::Inside { .. }
        | CondKind::Timed { .. }
        | CondKind::OfSubject(_)
        | CondKind::Happened(_)
        | CondKind::Rows { .. }
        | CondKind::Sequence(_)
        | CondKind::Regularly { .. }
        | CondKind::Tagged(_)
        | CondKind::Segment(_)
        | CondKind::Moved { .. }
        | CondKind::Sample { .. }
        | CondKind::Upcoming { .. }
        | CondKind::Was { .. }
        | CondKind::Changed { .. }
        | CondKind::AsOf { .. }
        | CondKind::Stage { .. }
        | CondKind::Held { .. } => return None,
    };
    (*ty == Ty::String && property.at.len() == 1).then(|| (property.clone(), keys))
}

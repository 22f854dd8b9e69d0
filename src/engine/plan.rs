//! A rulebook bound to a profile type, arranged for a stream: what to look at when something changes.

use super::live::LiveProfile;
use super::stream::each_event;
use super::touch::Touch;
use crate::eval::BindError;
use crate::eval::bind::Binder;
use crate::eval::context::Ctx;
use crate::eval::lifecycle::LifecycleNode;
use crate::eval::node::Node;
use crate::profile::{Accessor, Event, Model, Val};
use crate::rule::ir::{Cond, CondKind, Term, TermKind};
use crate::rule::visit::{Seen, visit_cond};
use crate::rulebook::Rulebook;
use crate::time::{Instant, NEVER};
use crate::value::Type;
use md5::{Digest, Md5};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

/// A rulebook bound to a profile type. Units are the segments, and after them the lifecycles.
pub(crate) struct Plan<P: LiveProfile> {
    pub(crate) model: Model<P>,
    /// By name.
    pub(crate) segments: Vec<SegmentPlan<P>>,
    /// Each after those that it reads.
    pub(crate) lifecycles: Vec<LifecyclePlan<P>>,
    pub(crate) touch: Touch<P>,
    /// The units that read an attribute.
    attributes: BTreeMap<String, Box<[u32]>>,
    /// The units that read tags given to a profile.
    pub(crate) tags: Box<[u32]>,
    /// The segments that must be judged for each profile, whatever it did.
    pub(crate) individual: Box<[u32]>,
    /// The names of the kinds, as the model counts them.
    pub(crate) kinds: Box<[Arc<str>]>,
}

pub(crate) struct SegmentPlan<P: LiveProfile> {
    pub(crate) name: Arc<str>,
    pub(crate) node: Arc<Node<P>>,
    /// Whether a profile of which nothing is known is in it.
    pub(crate) blank: bool,
    pub(crate) version: Arc<str>,
}

pub(crate) struct LifecyclePlan<P: LiveProfile> {
    pub(crate) name: Arc<str>,
    pub(crate) stages: Box<[Arc<str>]>,
    pub(crate) node: Arc<LifecycleNode<P>>,
    /// The property of which each value has a lifecycle of its own.
    pub(crate) per: Option<Arc<str>>,
    /// How it is read, by the kind of the event.
    subjects: Box<[Option<SubjectOf<P::Event>>]>,
    pub(crate) version: Arc<str>,
}

struct SubjectOf<E> {
    accessor: Accessor<E>,
    /// The names of an enum's values.
    names: Option<Arc<[String]>>,
}

impl<P: LiveProfile> Plan<P> {
    pub(crate) fn new(rulebook: &Rulebook, model: &Model<P>) -> Result<Self, BindError> {
        let context = rulebook.context();
        let schema = context.schema();
        let calendar = context.calendar;
        let mut binder = Binder::new(model, schema, calendar);
        let blank = P::blank(model, "");
        let mut individual = Vec::new();
        let mut segments = Vec::with_capacity(context.segments.len());
        let mut units: Vec<(u32, &Cond)> = Vec::new();
        let mut reads: Vec<crate::rule::Reads> = Vec::new();
        for (unit, (name, segment)) in (0..).zip(&context.segments) {
            let node = binder.segment(segment);
            let (holds, until) = node.first_change(&Ctx::new(&blank, Instant::MIN.micros()));
            if until != NEVER || is_individual(&segment.cond) {
                individual.push(unit);
            }
            reads.push(crate::rule::Reads::of_condition(&segment.cond, schema));
            units.push((unit, &segment.cond));
            let version = version_of(&(calendar, &segment.cond));
            segments.push(SegmentPlan { name: name.as_str().into(), node, blank: holds, version });
        }
        // What a lifecycle refers to weighs less.
        let mut ordered: Vec<_> = context.lifecycles.values().collect();
        ordered.sort_by_key(|l| l.weight.depth);
        let mut lifecycles = Vec::with_capacity(ordered.len());
        for (unit, lifecycle) in (u32::try_from(segments.len()).unwrap_or(u32::MAX)..).zip(ordered) {
            let mut of_lifecycle = crate::rule::Reads::default();
            for stage in &lifecycle.stages {
                units.push((unit, &stage.cond));
                of_lifecycle.merge(&crate::rule::Reads::of_condition(&stage.cond, schema));
            }
            reads.push(of_lifecycle);
            lifecycles.push(LifecyclePlan {
                name: lifecycle.name.as_str().into(),
                stages: lifecycle.names.values.iter().map(|n| n.as_str().into()).collect(),
                node: binder.lifecycle(lifecycle),
                per: lifecycle.per.clone(),
                subjects: lifecycle.per.as_deref().map(|property| subjects_of(model, property)).unwrap_or_default(),
                version: version_of(&(calendar, &lifecycle.stages, &lifecycle.names, &lifecycle.per)),
            });
        }
        let touch = Touch::new(model, schema, units.into_iter());
        binder.finish()?;
        let mut attributes: BTreeMap<String, Vec<u32>> = BTreeMap::new();
        let mut tags = Vec::new();
        for (unit, reads) in (0..).zip(&reads) {
            reads.attributes().for_each(|name| attributes.entry(name.to_owned()).or_default().push(unit));
            if reads.tags() {
                tags.push(unit);
            }
        }
        Ok(Plan {
            model: model.clone(),
            segments,
            lifecycles,
            touch,
            attributes: attributes.into_iter().map(|(name, units)| (name, units.into())).collect(),
            tags: tags.into(),
            individual: individual.into(),
            kinds: model.schema.kinds().iter().map(|k| k.name.as_str().into()).collect(),
        })
    }

    /// The units that read an attribute.
    pub(crate) fn reading(&self, attribute: &str) -> &[u32] {
        self.attributes.get(attribute).map_or(&[], |units| units)
    }

    /// The segments that read any attribute or tag: what a profile that comes with a past must be judged for, beside
    /// what its events touch.
    pub(crate) fn reading_anything(&self) -> impl Iterator<Item = u32> {
        self.attributes.values().flatten().chain(&self.tags).chain(&self.individual).copied()
    }

    /// The subjects of the events of a profile, by lifecycle, each once.
    pub(crate) fn subjects(&self, profile: &P) -> Vec<(usize, Arc<str>)> {
        let mut subjects: Vec<(usize, Arc<str>)> = Vec::new();
        for (index, lifecycle) in self.lifecycles.iter().enumerate().filter(|(_, l)| l.is_per_subject()) {
            each_event(profile, |event| {
                if let Ok(Some(subject)) = lifecycle.subject(event) {
                    subjects.push((index, subject.into()));
                }
            });
        }
        subjects.sort_unstable();
        subjects.dedup();
        subjects
    }

    /// The lifecycle of a unit.
    pub(crate) fn lifecycle_of(&self, unit: u32) -> Option<usize> {
        (unit as usize).checked_sub(self.segments.len())
    }
}

impl<P: LiveProfile> LifecyclePlan<P> {
    /// Whether each value of a property has a lifecycle of its own.
    pub(crate) fn is_per_subject(&self) -> bool {
        self.per.is_some()
    }

    /// What an event says which of the lifecycles it belongs to: `Err` where its kind has no such property, so that it
    /// belongs to all of them.
    pub(crate) fn subject<'e>(&'e self, event: &'e P::Event) -> Result<Option<&'e str>, AnySubject> {
        let of = self.subjects.get(event.kind()).and_then(Option::as_ref).ok_or(AnySubject)?;
        Ok(match (&of.accessor, &of.names) {
            (Accessor::Text(text), _) => text.get(event),
            (other, Some(names)) => match other.get(event, 0) {
                Val::Whole(i) => usize::try_from(i).ok().and_then(|i| names.get(i)).map(String::as_str),
                _ => None,
            },
            _ => None,
        })
    }
}

/// The event belongs to every subject.
pub(crate) struct AnySubject;

fn subjects_of<P: LiveProfile>(model: &Model<P>, property: &str) -> Box<[Option<SubjectOf<P::Event>>]> {
    let of_kind = |(kind, properties): (&crate::schema::EventKind, &Vec<Accessor<P::Event>>)| {
        let index = kind.property_index(property)?;
        let names = match &kind.properties.get(index)?.ty {
            Type::Enum(names) => Some(names.values.iter().cloned().collect()),
            _ => None,
        };
        Some(SubjectOf { accessor: properties.get(index)?.clone(), names })
    };
    model.schema.kinds().iter().zip(model.properties.iter()).map(of_kind).collect()
}

/// Whether a condition asks who the profile is: then it may hold of one blank profile and not of another.
fn is_individual(cond: &Cond) -> bool {
    let mut found = false;
    visit_cond(cond, &mut |seen| {
        found |= matches!(
            seen,
            Seen::Cond(Cond { kind: CondKind::Sample { .. }, .. }) | Seen::Term(Term { kind: TermKind::Id, .. })
        );
    });
    found
}

/// Eight hexadecimal digits that stand for a rule with everything it refers to, the calendar too: the beginning of the MD5
/// of its typed form.
fn version_of(rule: &impl std::fmt::Debug) -> Arc<str> {
    struct Hashing(Md5);
    impl std::fmt::Write for Hashing {
        fn write_str(&mut self, text: &str) -> std::fmt::Result {
            self.0.update(text.as_bytes());
            Ok(())
        }
    }
    let mut hash = Hashing(Md5::new());
    let _ = write!(hash, "{rule:?}");
    hash.0.finalize().iter().take(4).map(|b| format!("{b:02x}")).collect::<String>().into()
}

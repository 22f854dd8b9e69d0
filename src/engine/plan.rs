//! A rulebook bound to a profile type, arranged for a stream: what to look at when something changes.

use super::gate::SendingPlan;
use super::live::LiveProfile;
use super::occasions::{OccasionPlan, TriggerPlan};
use super::output::Cause;
use super::stream::each_event;
use super::touch::Touch;
use super::version::Wording;
use crate::eval::BindError;
use crate::eval::bind::Binder;
use crate::eval::context::Ctx;
use crate::eval::lifecycle::LifecycleNode;
use crate::eval::node::Node;
use crate::eval::subject::SubjectNode;
use crate::ir::Lookback;
use crate::ir::visit::{Seen, visit_cond};
use crate::ir::{Calendar, Cond, CondKind, Lit, Term, TermKind};
use crate::profile::{Accessor, Cell, Model, Val, Value};
use crate::rulebook::Rulebook;
use crate::schema::Schema;
use crate::time::{Instant, NEVER, Zone};
use crate::value::{Decimal, Type};
use smol_str::SmolStr;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::{Arc, OnceLock};

/// What the tags of a profile are called beside its attributes.
const TAGS: &str = "tags";

/// A rulebook bound to a profile type. Units are the segments, after them the lifecycles, and after those the triggers.
pub(crate) struct Plan<P: LiveProfile> {
    pub(crate) model: Model<P>,
    /// That of the rules.
    schema: Schema,
    /// By name.
    pub(crate) segments: Vec<SegmentPlan<P>>,
    /// Each after those that it reads.
    pub(crate) lifecycles: Vec<LifecyclePlan<P>>,
    pub(crate) touch: Touch<P>,
    /// The units that read an attribute.
    attributes: BTreeMap<String, Box<[u32]>>,
    /// The units that read tags given to a profile.
    pub(crate) tags: Box<[u32]>,
    /// What holds of profiles of which nothing is known; set when there is one.
    blanks: OnceLock<Blanks>,
    /// The segments that ask who the profile is.
    individual: Box<[u32]>,
    /// An event as a cause, by its kind as the model counts it; the last is of no kind.
    causes: Box<[Cause]>,
    /// In the order in which they fire.
    pub(crate) triggers: Vec<TriggerPlan<P>>,
    /// The triggers of each segment.
    pub(crate) of_segment: BTreeMap<u32, Vec<u32>>,
    pub(crate) sending: SendingPlan<P>,
    /// Stands for the rules of sending.
    pub(crate) version: Arc<str>,
    /// How far back rules look, by the kind as the model counts it.
    pub(crate) lookback: Box<[Lookback]>,
    pub(crate) calendar: Calendar,
    pub(crate) timezone: Timezone<P>,
}

/// The zone of a profile: its own where it names one, or the rulebook's.
pub(crate) struct Timezone<P> {
    attribute: Option<Accessor<P>>,
    of_rulebook: Zone,
}

impl<P> Timezone<P> {
    pub(crate) fn of(&self, profile: &P, now: i64) -> Zone {
        let name = self
            .attribute
            .as_ref()
            .map_or(Val::Missing, |attribute| attribute.get(profile, now));
        name.text()
            .and_then(|name| name.parse().ok())
            .unwrap_or(self.of_rulebook)
    }

    /// The first instant after `now` at which it may be another.
    pub(crate) fn valid_until(&self, profile: &P, now: i64) -> i64 {
        self.attribute
            .as_ref()
            .map_or(NEVER, |attribute| attribute.valid_until(profile, now))
    }
}

/// What holds of profiles of which nothing is known.
struct Blanks {
    /// By segment.
    holds: Box<[bool]>,
    /// The segments that ask who the profile is, or whose answer changes with time alone.
    individual: Box<[u32]>,
}

pub(crate) struct SegmentPlan<P: LiveProfile> {
    pub(crate) name: SmolStr,
    pub(crate) node: Arc<Node<P>>,
    pub(crate) version: Arc<str>,
}

pub(crate) struct LifecyclePlan<P: LiveProfile> {
    pub(crate) name: Arc<str>,
    pub(crate) stages: Box<[Arc<str>]>,
    pub(crate) node: Arc<LifecycleNode<P>>,
    /// The property of which each value has a lifecycle of its own.
    pub(crate) per: Option<Arc<str>>,
    /// Which of the lifecycles an event belongs to.
    pub(crate) subject: Option<SubjectNode<P::Event>>,
    pub(crate) version: Arc<str>,
}

impl<P: LiveProfile> Plan<P> {
    pub(crate) fn new(rulebook: &Rulebook, model: &Model<P>) -> Result<Self, BindError> {
        let context = rulebook.context();
        let schema = context.schema();
        let calendar = context.calendar;
        let mut binder = Binder::new(model, schema, calendar);
        let mut individual = Vec::new();
        let mut segments = Vec::with_capacity(context.segments.len());
        let mut units: Vec<(u32, &Cond)> = Vec::new();
        let mut reads: Vec<crate::ir::Reads> = Vec::new();
        for (unit, (name, segment)) in (0..).zip(&context.segments) {
            let node = binder.segment(segment);
            if is_individual(&segment.cond) {
                individual.push(unit);
            }
            reads.push(crate::ir::Reads::of_condition(&segment.cond, schema));
            units.push((unit, &segment.cond));
            let version = Wording::new(rulebook).segment(segment).version();
            segments.push(SegmentPlan {
                name: name.as_str().into(),
                node,
                version,
            });
        }
        // What a lifecycle refers to weighs less.
        let mut ordered: Vec<_> = context.lifecycles.values().collect();
        ordered.sort_by_key(|l| l.weight.depth);
        let mut lifecycles = Vec::with_capacity(ordered.len());
        for (unit, lifecycle) in (u32::try_from(segments.len()).unwrap_or(u32::MAX)..).zip(ordered)
        {
            let mut of_lifecycle = crate::ir::Reads::default();
            for stage in &lifecycle.stages {
                units.push((unit, &stage.cond));
                of_lifecycle.merge(&crate::ir::Reads::of_condition(&stage.cond, schema));
            }
            reads.push(of_lifecycle);
            lifecycles.push(LifecyclePlan {
                name: lifecycle.name.as_str().into(),
                stages: lifecycle
                    .names
                    .values
                    .iter()
                    .map(|n| n.as_str().into())
                    .collect(),
                node: binder.lifecycle(lifecycle),
                per: lifecycle.per.clone(),
                subject: lifecycle
                    .per
                    .as_deref()
                    .map(|property| SubjectNode::new(model, schema, property)),
                version: Wording::new(rulebook).lifecycle(lifecycle).version(),
            });
        }
        let place = |name: &str| {
            segments
                .binary_search_by(|s: &SegmentPlan<P>| (*s.name).cmp(name))
                .unwrap_or(usize::MAX)
        };
        let mut triggers = Vec::with_capacity(rulebook.triggers.len());
        let mut conditions: Vec<(u32, Cond)> = Vec::new();
        let first_trigger = u32::try_from(segments.len() + lifecycles.len()).unwrap_or(u32::MAX);
        for (unit, trigger) in (first_trigger..).zip(&rulebook.triggers) {
            let condition = trigger.occasion.touched_by();
            reads.push(
                condition
                    .as_ref()
                    .map(|c| crate::ir::Reads::of_condition(c, schema))
                    .unwrap_or_default(),
            );
            conditions.extend(condition.map(|c| (unit, c)));
            triggers.push(TriggerPlan::new(
                unit - first_trigger,
                trigger,
                rulebook,
                model,
                &mut binder,
                |name| u32::try_from(place(name)).unwrap_or(u32::MAX),
                |name| {
                    lifecycles
                        .iter()
                        .position(|l| *l.name == *name)
                        .unwrap_or(usize::MAX)
                },
            ));
        }
        let mut of_segment: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for (trigger, plan) in (0..).zip(&triggers) {
            if let OccasionPlan::Segment { segment, .. } | OccasionPlan::Schedule { segment, .. } =
                &plan.occasion
            {
                of_segment.entry(*segment).or_default().push(trigger);
            }
        }
        let lookbacks = rulebook.lookbacks();
        let sending = SendingPlan::new(&rulebook.sending, &mut binder);
        let units = units
            .into_iter()
            .chain(conditions.iter().map(|(unit, cond)| (*unit, cond)));
        let touch = Touch::new(model, schema, units);
        binder.finish()?;
        let timezone = rulebook
            .sending
            .timezone
            .and_then(|i| schema.attributes().get(i));
        let timezone_name = timezone.map(|field| field.name.clone());
        let timezone = timezone.and_then(|field| model.schema.attribute_index(&field.name));
        let mut attributes: BTreeMap<String, Vec<u32>> = BTreeMap::new();
        let mut tags = Vec::new();
        for (unit, reads) in (0..).zip(&reads) {
            // A relation changes as an attribute does: by its name.
            let named = reads.attributes().chain(reads.relations());
            named.for_each(|name| attributes.entry(name.to_owned()).or_default().push(unit));
            if reads.tags() {
                tags.push(unit);
            }
        }
        // Dates are those of the profile's zone.
        if let Some(name) = &timezone_name {
            let dated = (first_trigger..)
                .zip(&triggers)
                .filter(|(_, t)| t.is_dated())
                .map(|(unit, _)| unit);
            attributes.entry(name.clone()).or_default().extend(dated);
        }
        Ok(Plan {
            model: model.clone(),
            schema: schema.clone(),
            segments,
            lifecycles,
            touch,
            attributes: attributes
                .into_iter()
                .map(|(name, units)| (name, units.into()))
                .collect(),
            tags: tags.into(),
            blanks: OnceLock::new(),
            individual: individual.into(),
            causes: (model
                .schema
                .kinds()
                .iter()
                .map(|k| k.name.as_str())
                .chain([""]))
            .map(|kind| Cause::Event {
                kind: kind.into(),
                id: None,
            })
            .collect(),
            triggers,
            of_segment,
            sending,
            version: Wording::new(rulebook).sending(&rulebook.sending).version(),
            lookback: (model.schema.kinds().iter())
                .map(|k| {
                    schema
                        .kind_index(&k.name)
                        .map_or(Lookback::None, |kind| lookbacks.of(kind))
                })
                .collect(),
            calendar: context.calendar,
            timezone: Timezone {
                attribute: timezone.and_then(|i| model.attributes.get(i)).cloned(),
                of_rulebook: context.calendar.zone,
            },
        })
    }

    /// An event of a kind as a cause.
    pub(crate) fn cause_of(&self, kind: usize) -> &Cause {
        self.causes
            .get(kind)
            .or(self.causes.last())
            .unwrap_or(&Cause::Time)
    }

    /// The units that read an attribute or a relation, or, by the name [`TAGS`], the tags given to a profile.
    pub(crate) fn reading(&self, name: &str) -> impl Iterator<Item = &u32> {
        let tags: &[u32] = if name == TAGS { &self.tags } else { &[] };
        self.attributes.get(name).into_iter().flatten().chain(tags)
    }

    /// Whether profiles have an attribute or a relation of a name, as the rules know them or their type does.
    pub(crate) fn knows(&self, name: &str) -> bool {
        let of =
            |schema: &Schema| schema.attribute(name).is_some() || schema.relation(name).is_some();
        name == TAGS || of(&self.schema) || of(&self.model.schema)
    }

    /// The segments that read any attribute or tag: what a profile that comes with a past must be judged for, beside
    /// what its events touch.
    pub(crate) fn reading_anything(&self) -> impl Iterator<Item = u32> {
        self.attributes
            .values()
            .flatten()
            .chain(&self.tags)
            .chain(self.individual())
            .copied()
    }

    /// Finds out what holds of profiles of which nothing is known, if that is not known yet. `blank` is one of them.
    pub(crate) fn meet(&self, blank: &P) {
        self.blanks.get_or_init(|| {
            let ctx = Ctx::new(blank, Instant::MIN.micros());
            // A search from the beginning of time might give up long before anybody lives.
            let verdicts: Vec<(bool, i64)> = self
                .segments
                .iter()
                .map(|s| s.node.evaluate(&ctx))
                .collect();
            let moving = (0..)
                .zip(&verdicts)
                .filter(|(_, (_, until))| *until != NEVER)
                .map(|(unit, _)| unit);
            let mut individual: Vec<u32> = moving.chain(self.individual.iter().copied()).collect();
            individual.sort_unstable();
            individual.dedup();
            Blanks {
                holds: verdicts.iter().map(|(holds, _)| *holds).collect(),
                individual: individual.into(),
            }
        });
    }

    /// Whether a profile of which nothing is known is in a segment.
    pub(crate) fn is_blank_in(&self, segment: u32) -> bool {
        self.blanks
            .get()
            .and_then(|blanks| blanks.holds.get(segment as usize))
            .copied()
            .unwrap_or(false)
    }

    /// The segments that must be judged for each profile, whatever it did.
    pub(crate) fn individual(&self) -> &[u32] {
        self.blanks
            .get()
            .map_or(&self.individual, |blanks| &blanks.individual)
    }

    /// The units of segments.
    pub(crate) fn segment_units(&self) -> Range<u32> {
        0..u32::try_from(self.segments.len()).unwrap_or(u32::MAX)
    }

    /// The units of lifecycles.
    pub(crate) fn lifecycle_units(&self) -> Range<u32> {
        let start = self.segment_units().end;
        start..start.saturating_add(u32::try_from(self.lifecycles.len()).unwrap_or(u32::MAX))
    }

    /// The name of an attribute, as rules count it.
    pub(crate) fn attribute_name(&self, attribute: usize) -> Option<&str> {
        self.schema
            .attributes()
            .get(attribute)
            .map(|field| field.name.as_str())
    }

    /// The value that an action gives to an attribute.
    pub(crate) fn value_of(&self, attribute: usize, lit: &Lit) -> Value {
        let Some(field) = self.schema.attributes().get(attribute) else {
            return Value::Missing;
        };
        let cell = match lit {
            Lit::Whole(v) => i64::try_from(*v).map_or(Cell::Missing, Cell::Whole),
            Lit::Real(v) => Cell::Real(*v),
            Lit::Text(text) => Cell::Text(text.clone()),
        };
        cell.to_value(&field.ty)
    }

    /// The value of an attribute that an action adds to, which begins at zero; `None` where there is no such number.
    pub(crate) fn sum_of(&self, attribute: usize, by: &Value, ctx: &Ctx<'_, P>) -> Option<Value> {
        let field = self.schema.attributes().get(attribute)?;
        let accessor = self
            .model
            .attributes
            .get(self.model.schema.attribute_index(&field.name)?)?;
        let old = accessor.get(ctx.profile, ctx.now);
        match (&field.ty, by) {
            (Type::Int, Value::Int(by)) => {
                old.as_i64().unwrap_or(0).checked_add(*by).map(Value::Int)
            }
            (Type::Decimal(scale), Value::Decimal(by)) => {
                let sum = old
                    .as_i64()
                    .unwrap_or(0)
                    .checked_add(by.rescale(*scale)?.mantissa())?;
                Some(Value::Decimal(Decimal::new(sum, *scale)))
            }
            (Type::Float, Value::Float(by)) => {
                let old = if old.is_missing() {
                    0.0
                } else {
                    old.as_real(1.0)
                };
                Some(old + by)
                    .filter(|sum| sum.is_finite())
                    .map(Value::Float)
            }
            _ => None,
        }
    }

    /// The subjects of a lifecycle that the events of a profile are about, each once.
    pub(crate) fn subjects(&self, lifecycle: usize, profile: &P) -> BTreeSet<Arc<str>> {
        let mut subjects = BTreeSet::new();
        if let Some(of) = self
            .lifecycles
            .get(lifecycle)
            .and_then(|lifecycle| lifecycle.subject.as_ref())
        {
            each_event(profile, |event| {
                subjects.extend(of.value(event).ok().flatten().map(Arc::from))
            });
        }
        subjects
    }
}

impl<P: LiveProfile> LifecyclePlan<P> {
    /// Whether each value of a property has a lifecycle of its own.
    pub(crate) fn is_per_subject(&self) -> bool {
        self.per.is_some()
    }
}

/// Whether a condition asks who the profile is: then it may hold of one blank profile and not of another.
fn is_individual(cond: &Cond) -> bool {
    let mut found = false;
    visit_cond(cond, &mut |seen| {
        found |= matches!(
            seen,
            Seen::Cond(Cond {
                kind: CondKind::Sample { .. },
                ..
            }) | Seen::Term(Term {
                kind: TermKind::Id,
                ..
            })
        );
    });
    found
}

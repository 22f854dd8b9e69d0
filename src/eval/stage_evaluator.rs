//! The stages of a lifecycle bound to a profile type, with the instant at which each changes by itself.

use super::cond::subject::SubjectNode;
use super::context::Ctx;
use super::evaluator::{Evaluated, Root};
use super::timeline::lifecycle::LifecycleNode;
use super::timeline::stage::CurrentStageNode;
use super::value::TermNode;
use super::{BindError, Binder};
use crate::ir::{Calendar, Lifecycle, Ty};
use crate::profile::{Event, Events, Model, Profile, Value};
use crate::schema::Schema;
use crate::time::Instant;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A lifecycle bound to a profile type.
pub(crate) struct StageEvaluator<P: Profile> {
    lifecycle: Arc<LifecycleNode<P>>,
    ty: Ty,
    calendar: Calendar,
    /// What an event is about, where each value of a property has a lifecycle of its own.
    subject: Option<SubjectNode<P::Event>>,
    /// The stage of the profile, where they have not.
    whole: Root<P>,
}

impl<P: Profile> StageEvaluator<P> {
    pub(crate) fn bind(
        lifecycle: &Arc<Lifecycle>,
        (schema, calendar): (&Schema, Calendar),
        model: &Model<P>,
    ) -> Result<Self, BindError> {
        let mut binder = Binder::new(model, schema, calendar);
        let node = binder.lifecycle(lifecycle);
        binder.finish()?;
        let per = lifecycle.per.as_deref();
        Ok(StageEvaluator {
            whole: stage_of(&node, None),
            lifecycle: node,
            ty: Ty::Enum(lifecycle.names.clone()),
            calendar,
            subject: per.map(|property| SubjectNode::new(model, schema, property)),
        })
    }

    /// Whether each value of a property has a lifecycle of its own.
    pub(crate) fn is_per_subject(&self) -> bool {
        self.subject.is_some()
    }

    /// The stage of a profile, a text; missing where it is in none.
    pub(crate) fn value(&self, profile: &P, now: Instant) -> Value {
        let ctx = Ctx::new(profile, now.micros());
        self.whole.value(&ctx, &self.ty, self.calendar)
    }

    /// The stage of a profile, a text, and until when it is that.
    pub(crate) fn at(&self, profile: &P, now: Instant) -> Evaluated {
        self.evaluate(&self.whole, profile, now)
    }

    /// The stage of each subject that the profile's events up to now are about, where it is in one.
    pub(crate) fn values_of_subjects(&self, profile: &P, now: Instant) -> Vec<(Arc<str>, Value)> {
        let subjects = self.subjects(profile).into_iter();
        let stage = |(subject, first): (Arc<str>, Instant)| {
            let stage = stage_of(&self.lifecycle, Some(subject.clone()));
            let value = stage.value(&Ctx::new(profile, now.micros()), &self.ty, self.calendar);
            (first <= now && value != Value::Missing).then_some((subject, value))
        };
        subjects.filter_map(stage).collect()
    }

    /// The stage of each subject that the profile's events are about. A subject is in none before its first event.
    pub(crate) fn of_subjects(&self, profile: &P, now: Instant) -> BTreeMap<Arc<str>, Evaluated> {
        let of_subject = |(subject, first): (Arc<str>, Instant)| {
            let stage = stage_of(&self.lifecycle, Some(subject.clone()));
            let evaluated = if first <= now {
                self.evaluate(&stage, profile, now)
            } else {
                not_before(first, self.evaluate(&stage, profile, first))
            };
            (subject, evaluated)
        };
        let subjects = self.subjects(profile).into_iter();
        subjects.map(of_subject).collect()
    }

    fn evaluate(&self, stage: &Root<P>, profile: &P, now: Instant) -> Evaluated {
        stage.evaluate(&Ctx::new(profile, now.micros()), &self.ty, self.calendar)
    }

    /// The subjects of the profile's events, and when the first event about each is.
    fn subjects(&self, profile: &P) -> BTreeMap<Arc<str>, Instant> {
        let mut first: BTreeMap<Arc<str>, Instant> = BTreeMap::new();
        let Some(node) = &self.subject else {
            return first;
        };
        let mut see = |event: &P::Event| {
            if let Ok(Some(subject)) = node.value(event) {
                let known = first.get_mut(&*subject);
                match known {
                    Some(known) => *known = event.at().min(*known),
                    None => drop(first.insert(Arc::from(subject), event.at())),
                }
            }
        };
        match profile.events() {
            Events::Slice(events) => events.iter().for_each(&mut see),
            Events::Timeline(timeline) => timeline.iter().for_each(&mut see),
        }
        first
    }
}

fn stage_of<P: Profile>(lifecycle: &Arc<LifecycleNode<P>>, subject: Option<Arc<str>>) -> Root<P> {
    Root::new(TermNode::Stage(Box::new(CurrentStageNode {
        lifecycle: lifecycle.clone(),
        subject,
    })))
}

/// What is in no stage up to `first`, and then as was found.
fn not_before(first: Instant, found: Evaluated) -> Evaluated {
    if found.value == Value::Missing {
        return found;
    }
    Evaluated {
        value: Value::Missing,
        until: Some(first),
        is_exact: true,
    }
}

//! The lifecycles of a rulebook, bound to a profile type.

use crate::engine::ids::LifecycleId;
use crate::engine::live_profile::LiveProfile;
use crate::engine::state::{LifecycleStates, each_event};
use crate::engine::version::VersionText;
use crate::eval::Binder;
use crate::eval::cond::subject::{AnySubject, SubjectNode};
use crate::eval::timeline::lifecycle::LifecycleNode;
use crate::ir::Lifecycle;
use crate::profile::Model;
use crate::rulebook::Rulebook;
use std::collections::BTreeSet;
use std::sync::Arc;

pub(crate) struct LifecyclePlan<P: LiveProfile> {
    pub(crate) name: Arc<str>,
    pub(crate) stages: Box<[Arc<str>]>,
    pub(crate) node: Arc<LifecycleNode<P>>,
    /// The property of which each value has a lifecycle of its own.
    pub(crate) per: Option<Arc<str>>,
    /// Which of the lifecycles an event belongs to.
    subject: Option<SubjectNode<P::Event>>,
    pub(crate) version: Arc<str>,
}

impl<P: LiveProfile> LifecyclePlan<P> {
    pub(super) fn new(
        lifecycle: &Arc<Lifecycle>,
        rulebook: &Rulebook,
        model: &Model<P>,
        binder: &mut Binder<'_, P>,
    ) -> Self {
        let subject = lifecycle.per.as_deref();
        let names = lifecycle.names.values.iter();
        LifecyclePlan {
            name: lifecycle.name.as_str().into(),
            stages: names.map(|name| name.as_str().into()).collect(),
            node: binder.lifecycle(lifecycle),
            per: lifecycle.per.clone(),
            subject: subject.map(|name| SubjectNode::new(model, rulebook.schema(), name)),
            version: VersionText::new(rulebook).lifecycle(lifecycle).version(),
        }
    }

    /// Whether each value of a property has a lifecycle of its own.
    pub(crate) fn is_per_subject(&self) -> bool {
        self.per.is_some()
    }

    /// The subjects of the events of a profile, each once.
    pub(crate) fn subjects_of(&self, profile: &P) -> BTreeSet<Arc<str>> {
        let mut subjects = BTreeSet::new();
        if self.is_per_subject() {
            each_event(profile, |event| subjects.extend(self.subject_of(event)));
        }
        subjects
    }

    /// The subject of an event, if the lifecycle is per subject and the event has one.
    fn subject_of(&self, event: &P::Event) -> Option<Arc<str>> {
        let subject = self.subject.as_ref()?.value(event).ok().flatten();
        subject.map(Arc::from)
    }
}

/// The lifecycles that an event may change, each with the subject that is concerned.
///
/// `reading` are those whose conditions read the event. Beside them, whatever its conditions are, a lifecycle begins for a
/// subject with the first event that is about it.
pub(crate) fn changed_by<P: LiveProfile>(
    lifecycles: &[LifecyclePlan<P>],
    reading: &[LifecycleId],
    states: &LifecycleStates,
    event: &P::Event,
) -> Vec<(LifecycleId, Option<Arc<str>>)> {
    let mut changed = Vec::new();
    if lifecycles.is_empty() {
        return changed;
    }
    for id in reading {
        let Some(plan) = lifecycles.get(id.index()) else {
            // INVARIANT: ids are positions in the plan that gave them out.
            debug_assert!(false, "no lifecycle {id:?}");
            continue;
        };
        match plan.subject.as_ref().map(|subject| subject.value(event)) {
            None => changed.push((*id, None)),
            Some(Ok(subject)) => changed.extend(subject.map(|s| (*id, Some(Arc::from(s))))),
            Some(Err(AnySubject)) => {
                changed.extend(states.subjects(&plan.name).map(|s| (*id, Some(s))))
            }
        }
    }
    for (i, plan) in lifecycles.iter().enumerate() {
        if let Some(subject) = plan.subject_of(event)
            && states.of(&plan.name, Some(&subject)).is_none()
        {
            let new = (LifecycleId::new(i), Some(subject));
            if !changed.contains(&new) {
                changed.push(new);
            }
        }
    }
    changed.sort_by_key(|(id, _)| *id);
    changed
}

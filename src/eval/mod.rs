//! One profile at one instant: whether a rule holds, and until when that is certain.
//!
//! A checked rule is bound once to a profile type ([`Rule::bind`](crate::Rule::bind)) and then runs on it in place. Binding
//! turns conditions into nodes of `cond` and values into nodes of `value`; names are matched by name, so a rule that was
//! checked against a schema from a file runs on a service's own struct that has the same names and types.

#![deny(clippy::wildcard_enum_match_arm)]

mod as_of;
pub(crate) mod bounded;
pub(crate) mod collection;
pub(crate) mod cond;
pub(crate) mod context;
pub(crate) mod entry;
mod evaluator;
pub(crate) mod fold;
mod matcher;
pub(crate) mod probe;
pub(crate) mod scratch;
mod search;
mod stage_evaluator;
pub(crate) mod timeline;
pub(crate) mod value;
pub(crate) mod window;
pub(crate) mod work;

pub(crate) use evaluator::given;
pub use evaluator::{Evaluated, Evaluator};
pub use matcher::Matcher;
pub(crate) use matcher::Values;
pub(crate) use stage_evaluator::StageEvaluator;

use crate::ir::{Calendar, Fingerprint, PropertyRef};
use crate::profile::{Accessor, Model, Profile};
use crate::schema::{AttributeId, Field, KindId, Schema};
use crate::time::Instant;
use cond::Node;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use timeline::lifecycle::LifecycleNode;
use value::TermNode;

/// The answer of a rule for one profile at one instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Verdict {
    /// Whether the rule holds.
    pub holds: bool,
    /// When the answer next changes if no new data arrives; `None` if it never does.
    pub until: Option<Instant>,
    /// Whether the answer changes at `until`, as it mostly does. `false` where the search for the change ended there: the answer is
    /// certain before `until` and may be the same beyond, so that one evaluates again then.
    pub is_exact: bool,
}

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
    pub(crate) calendar: Calendar,
    pub(crate) problems: BTreeSet<String>,
    segments: HashMap<Fingerprint, Arc<Node<P>>>,
    traits: HashMap<Fingerprint, Arc<TermNode<P>>>,
    lifecycles: HashMap<Fingerprint, Arc<LifecycleNode<P>>>,
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
        self.lifecycles.clear();
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

    pub(crate) fn attribute(&mut self, attribute: AttributeId) -> Option<Accessor<P>> {
        let wanted = self.schema.attribute_of(attribute)?;
        let at = self.model.schema.attribute_index(&wanted.name);
        let found = at.and_then(|i| self.model.schema.attributes().get(i));
        if !self.fits("attribute", wanted, found) {
            return None;
        }
        self.model.attributes.get(at?).cloned()
    }

    /// The position of a kind in the profile type.
    pub(crate) fn kind(&mut self, kind: KindId) -> Option<usize> {
        let wanted = self.schema.kind_of(kind)?;
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
            let Some(wanted) = self.schema.kind_of(*kind).and_then(|k| k.property_of(*at)) else {
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
}

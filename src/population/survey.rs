//! A rulebook asked of one profile after the other: what it says of each, without until when.

use super::columns::Columns;
use super::view::ColumnProfile;
use crate::eval::{BindError, Evaluator, StageEvaluator};
use crate::profile::{Accessor, Model, Val, Value};
use crate::rulebook::Rulebook;
use crate::ruleset::RuleSet;
use crate::time::Instant;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What is said of a profile, by name.
pub(super) type Said = BTreeMap<String, Value>;

/// What a rulebook says of a profile beside its segments, bound to the profiles of a population.
pub(super) struct Survey {
    pub(super) traits: Vec<(String, Evaluator<ColumnProfile>)>,
    pub(super) scores: Vec<(String, Evaluator<ColumnProfile>)>,
    pub(super) stages: Vec<(String, StageEvaluator<ColumnProfile>)>,
    pub(super) tags: RuleSet<ColumnProfile>,
    given_tags: Option<Accessor<ColumnProfile>>,
}

impl Survey {
    pub(super) fn bind(
        rulebook: &Rulebook,
        model: &Model<ColumnProfile>,
    ) -> Result<Self, BindError> {
        let values = |names: &mut dyn Iterator<Item = &str>| {
            let bound = names.filter_map(|name| {
                let value = rulebook.value(name)?;
                Some(value.bind(model).map(|bound| (name.to_owned(), bound)))
            });
            bound.collect::<Result<Vec<_>, BindError>>()
        };
        let meaning = (rulebook.schema(), rulebook.context().calendar);
        let stages = rulebook.context().lifecycles.iter().map(|(name, of)| {
            let bound = StageEvaluator::bind(of, meaning, model)?;
            Ok((name.clone(), bound))
        });
        Ok(Survey {
            traits: values(&mut rulebook.traits())?,
            scores: values(&mut rulebook.scores())?,
            stages: stages.collect::<Result<_, BindError>>()?,
            tags: RuleSet::new(
                model,
                rulebook.tags().map(|(path, rule)| (path, rule.clone())),
            )?,
            given_tags: model.tags.clone(),
        })
    }

    /// Whether the rulebook says nothing beside segments.
    pub(super) fn is_empty(&self) -> bool {
        let has_values = !self.traits.is_empty() || !self.scores.is_empty();
        !has_values && self.stages.is_empty() && self.tags.is_empty()
    }

    /// The values of the traits, missing ones too.
    pub(super) fn traits_of(&self, profile: &ColumnProfile, now: Instant) -> Said {
        let traits = self.traits.iter();
        traits
            .map(|(name, of)| (name.clone(), of.value(profile, now)))
            .collect()
    }

    /// The values of the scores, missing ones too.
    pub(super) fn scores_of(&self, profile: &ColumnProfile, now: Instant) -> Said {
        let scores = self.scores.iter();
        scores
            .map(|(name, of)| (name.clone(), of.value(profile, now)))
            .collect()
    }

    /// The stages of a profile; of a lifecycle that is kept for each value of a property, the list of those values with their stages.
    pub(super) fn stages_of(&self, profile: &ColumnProfile, now: Instant) -> Said {
        let stage = |of: &StageEvaluator<ColumnProfile>| {
            if !of.is_per_subject() {
                return of.value(profile, now);
            }
            let each = of.values_of_subjects(profile, now).into_iter();
            let pair = |(subject, stage): (Arc<str>, Value)| {
                Value::List(vec![Value::Text(String::from(&*subject)), stage])
            };
            Value::List(each.map(pair).collect())
        };
        self.stages
            .iter()
            .map(|(name, of)| (name.clone(), stage(of)))
            .collect()
    }

    /// The tags of a profile, given ones and those of rules, with all that stand above them: of `interest/tv` also `interest`.
    pub(super) fn tags_of(&self, profile: &ColumnProfile, now: Instant) -> BTreeSet<String> {
        let mut tags = BTreeSet::new();
        let mut add = |path: &str| {
            for (end, _) in path.match_indices('/') {
                tags.extend(path.get(..end).map(str::to_owned));
            }
            tags.insert(path.to_owned());
        };
        if let Some(Accessor::List(given)) = &self.given_tags {
            given
                .items(profile)
                .iter()
                .filter_map(Val::text)
                .for_each(&mut add);
        }
        self.tags.matches(profile, now).for_each(&mut add);
        tags
    }
}

/// The kinds of events that a rulebook reads, by their positions in the population's schema.
pub(super) fn kinds_read(rulebook: &Rulebook, columns: &Columns) -> Arc<[usize]> {
    super::block::kinds_read(columns, &rulebook.portrait().reads())
}

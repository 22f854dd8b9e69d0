//! Everything that the rules of a rulebook say of a population at an instant.

use super::groups::{ByValue, Groups};
use super::survey::{Survey, kinds_read};
use super::view::ColumnProfile;
use super::{Members, Population};
use crate::eval::BindError;
use crate::profile::Value;
use crate::rulebook::Rulebook;
use crate::time::Instant;
use serde::Serialize;
use std::collections::BTreeMap;

/// Everything that the rules of a rulebook say of a population at an instant: who is in which segment and stage, and who has which
/// tags and which values of traits and scores.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Counts {
    /// The instant at which it is so.
    pub at: Instant,
    /// How many profiles the population has.
    pub population: usize,
    /// Who is in each segment, by name.
    pub segments: BTreeMap<String, Members>,
    /// The values of each trait, by name.
    pub traits: BTreeMap<String, Groups>,
    /// The values of each score, by name. Whoever has no value of it, and everybody while it is not fitted, is missing.
    pub scores: BTreeMap<String, Groups>,
    /// The stages of each lifecycle, by name.
    pub stages: BTreeMap<String, StageGroups>,
    /// The tags, given ones and those of rules. Whoever has `interest/tv` is in the group of `interest` too, as of `tagged`.
    pub tags: Groups,
}

/// Who is in which stage of a lifecycle.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum StageGroups {
    /// Of a lifecycle that each profile has one of. Whoever is in no stage is missing.
    Whole(Box<Groups>),
    /// Of a lifecycle that is kept for each value of a property: those values, each with its stages. Of more than [`Groups::MOST`]
    /// values, the ones that most are in a stage of.
    Each(BTreeMap<String, Groups>),
}

impl Population {
    /// Everything that the rules of a rulebook say at an instant, in one pass over the population.
    ///
    /// ```
    /// use segue::{population::PopulationBuilder, profile::{Model, Record, Value}, Rulebook};
    /// let rulebook = Rulebook::from_toml(r#"
    ///     schema.attributes.age = "int"
    ///     schema.events.purchased = {}
    ///     traits.purchases = "count(purchased)"
    ///     segments.active = "purchased within 30 days"
    ///     segments.grown_up = "age >= 18"
    /// "#)?;
    /// let mut builder = PopulationBuilder::new(&Model::for_schema(rulebook.schema()));
    /// for json in [
    ///     r#"{"id": "anna", "age": 57, "events": [{"kind": "purchased", "at": "2026-03-01T10:00:00Z"}]}"#,
    ///     r#"{"id": "ben", "age": 16, "events": [{"kind": "purchased", "at": "2026-03-02T10:00:00Z"}]}"#,
    ///     r#"{"id": "carla", "age": 61}"#,
    /// ] {
    ///     builder.push(&Record::from_json(rulebook.schema(), json)?);
    /// }
    /// let counts = builder.finish()?.counts(&rulebook, "2026-03-18T12:00:00Z".parse()?)?;
    ///
    /// let (active, grown_up) = (&counts.segments["active"], &counts.segments["grown_up"]);
    /// assert_eq!((active.count(), grown_up.count(), (active & grown_up).count()), (2, 2, 1));
    /// let purchases = &counts.traits["purchases"];
    /// assert_eq!(purchases.group(&Value::Int(1)).map(|group| group.members.count()), Some(2));
    /// assert_eq!(purchases.spread.as_ref().map(|spread| &spread.max), Some(&Value::Int(1)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If the population's schema lacks something that a rule reads, or has it with another type.
    pub fn counts(&self, rulebook: &Rulebook, now: Instant) -> Result<Counts, BindError> {
        let names = rulebook.segments().map(|(name, _)| name.to_owned());
        let members = self.members_of(rulebook.segments().map(|(_, rule)| rule), now)?;
        let segments = names.zip(members).collect();
        let survey = Survey::bind(rulebook, &self.model)?;
        let mut all = Found::new(&survey);
        // Segments read columns; nobody need be looked at for what is not there.
        if survey.is_empty() && !self.columns.has_tags() {
            return Ok(all.counts(&survey, segments, self.len(), now));
        }
        let kinds = kinds_read(rulebook, &self.columns);
        let blocks = self.in_blocks(&kinds, |block| {
            let mut found = Found::new(&survey);
            block.each(|place, profile| found.see(&survey, place, profile, now));
            found
        });
        for (block, found) in blocks.into_iter().enumerate() {
            all.append(block, found);
        }
        Ok(all.counts(&survey, segments, self.len(), now))
    }
}

/// What was found of the profiles of a block, or of all.
struct Found {
    traits: Vec<ByValue>,
    scores: Vec<ByValue>,
    stages: Vec<BTreeMap<String, ByValue>>,
    tags: ByValue,
}

impl Found {
    fn new(survey: &Survey) -> Self {
        let none = |n: usize| (0..n).map(|_| ByValue::default()).collect();
        Found {
            traits: none(survey.traits.len()),
            scores: none(survey.scores.len()),
            stages: survey.stages.iter().map(|_| BTreeMap::new()).collect(),
            tags: ByValue::default(),
        }
    }

    fn see(&mut self, survey: &Survey, place: usize, profile: &ColumnProfile, now: Instant) {
        for (found, (_, value)) in self.traits.iter_mut().zip(&survey.traits) {
            found.add(value.value(profile, now), place);
        }
        for (found, (_, score)) in self.scores.iter_mut().zip(&survey.scores) {
            found.add(score.value(profile, now), place);
        }
        for (found, (_, lifecycle)) in self.stages.iter_mut().zip(&survey.stages) {
            if lifecycle.is_per_subject() {
                for (subject, stage) in lifecycle.values_of_subjects(profile, now) {
                    found
                        .entry(subject.to_string())
                        .or_default()
                        .add(stage, place);
                }
            } else {
                let stage = lifecycle.value(profile, now);
                found.entry(String::new()).or_default().add(stage, place);
            }
        }
        for tag in survey.tags_of(profile, now) {
            self.tags.add(Value::Text(tag), place);
        }
    }

    fn append(&mut self, block: usize, other: Found) {
        let append = |all: &mut [ByValue], of_block: Vec<ByValue>| {
            for (all, of_block) in all.iter_mut().zip(of_block) {
                all.append(block, of_block);
            }
        };
        append(&mut self.traits, other.traits);
        append(&mut self.scores, other.scores);
        for (all, of_block) in self.stages.iter_mut().zip(other.stages) {
            for (subject, stages) in of_block {
                all.entry(subject).or_default().append(block, stages);
            }
        }
        self.tags.append(block, other.tags);
    }

    fn counts(
        self,
        survey: &Survey,
        segments: BTreeMap<String, Members>,
        population: usize,
        now: Instant,
    ) -> Counts {
        let groups =
            |found: Vec<ByValue>, names: &[(String, crate::eval::Evaluator<ColumnProfile>)]| {
                let names = names.iter().map(|(name, _)| name.clone());
                names
                    .zip(found.into_iter().map(|of| of.groups(population)))
                    .collect()
            };
        let stages = survey.stages.iter().zip(self.stages);
        let stages = stages.map(|((name, lifecycle), found)| {
            (
                name.clone(),
                stage_groups(found, lifecycle.is_per_subject(), population),
            )
        });
        Counts {
            at: now,
            population,
            segments,
            traits: groups(self.traits, &survey.traits),
            scores: groups(self.scores, &survey.scores),
            stages: stages.collect(),
            tags: self.tags.groups(population),
        }
    }
}

fn stage_groups(
    mut found: BTreeMap<String, ByValue>,
    is_per_subject: bool,
    population: usize,
) -> StageGroups {
    if !is_per_subject {
        let whole = found.remove("").unwrap_or_default();
        return StageGroups::Whole(Box::new(whole.groups(population)));
    }
    let mut each: Vec<(String, ByValue)> =
        found.into_iter().filter(|(_, of)| !of.is_empty()).collect();
    each.sort_by_key(|(_, of)| std::cmp::Reverse(of.total()));
    each.truncate(Groups::MOST);
    StageGroups::Each(
        each.into_iter()
            .map(|(subject, of)| (subject, of.groups(population)))
            .collect(),
    )
}

//! How many are in each segment.

use crate::eval::BindError;
use crate::population::Members;
use crate::profile::{Model, Profile};
use crate::rulebook::Rulebook;
use crate::ruleset::RuleSet;
use crate::time::Instant;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Builds [`SegmentSizes`] from profiles: what a rulebook calls `segments` on a board.
///
/// ```
/// use segue::insight::SegmentSizesBuilder;
/// use segue::profile::{Model, Record};
/// use segue::Rulebook;
///
/// let rulebook = Rulebook::from_toml(r#"
///     schema.attributes.age = "int"
///     segments = { young = "age < 30", old = "age > 60" }
/// "#)?;
/// let model = Model::<Record>::for_schema(rulebook.schema());
/// let mut sizes = SegmentSizesBuilder::new(&rulebook, &model, "2026-04-01T00:00:00Z".parse()?)?;
/// sizes.record(&Record::from_json(rulebook.schema(), r#"{"id": "anna", "age": 25}"#)?);
/// sizes.record(&Record::from_json(rulebook.schema(), r#"{"id": "ben", "age": 40}"#)?);
///
/// let sizes = sizes.build();
/// let people: Vec<(&str, u64)> = sizes.segments.iter().map(|of| (&*of.segment, of.people)).collect();
/// assert_eq!((sizes.people, people), (2, vec![("old", 0), ("young", 1)]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct SegmentSizesBuilder<P: Profile> {
    rules: RuleSet<P>,
    until: Instant,
    recorded: usize,
    members: Vec<Vec<usize>>,
}

/// How many are in each segment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SegmentSizes {
    /// Just before this instant.
    pub until: Instant,
    /// How many people there are.
    pub people: u64,
    /// The segments, by name.
    pub segments: Vec<SegmentSize>,
}

/// How many are in a segment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SegmentSize {
    /// Its name.
    pub segment: Arc<str>,
    /// How many are in it.
    pub people: u64,
    /// These, by position in the order in which they were recorded.
    #[serde(skip)]
    pub members: Members,
}

impl<P: Profile> SegmentSizesBuilder<P> {
    /// Counts who is in each segment just before `until`.
    ///
    /// # Errors
    /// If the profile type lacks something that a segment reads, or has it with another type.
    pub fn new(rulebook: &Rulebook, model: &Model<P>, until: Instant) -> Result<Self, BindError> {
        let rules = rulebook.rule_set(model)?;
        Ok(SegmentSizesBuilder {
            members: vec![Vec::new(); rules.len()],
            rules,
            until,
            recorded: 0,
        })
    }

    /// Takes a profile into account.
    pub fn record(&mut self, profile: &P) {
        let now = Instant::from_micros(self.until.micros().saturating_sub(1));
        for segment in self.rules.matches(profile, now).positions() {
            let members = self.members.get_mut(segment);
            members.into_iter().for_each(|of| of.push(self.recorded));
        }
        self.recorded += 1;
    }

    /// The sizes.
    #[must_use]
    pub fn build(&self) -> SegmentSizes {
        let segments = self.members.iter().enumerate();
        let segments = segments.filter_map(|(i, positions)| {
            let members = Members::from_positions(self.recorded, positions.iter().copied());
            Some(SegmentSize {
                segment: self.rules.name(i)?.into(),
                people: members.count().try_into().unwrap_or(u64::MAX),
                members,
            })
        });
        SegmentSizes {
            until: self.until,
            people: self.recorded.try_into().unwrap_or(u64::MAX),
            segments: segments.collect(),
        }
    }
}

impl SegmentSizes {
    /// The people behind each number, and what the number is.
    #[must_use]
    pub fn members(&self) -> Vec<(String, &Members)> {
        let segments = self.segments.iter();
        segments
            .map(|of| (format!("in segment {}", of.segment), &of.members))
            .collect()
    }
}

//! How many are in each stage of a lifecycle.

use super::gathered::Gathered;
use super::report_error::ReportError;
use crate::eval::StageEvaluator;
use crate::population::Members;
use crate::profile::{Model, Profile, Value};
use crate::rulebook::Rulebook;
use crate::time::Instant;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Builds a [`StageStock`] from profiles: what a rulebook calls `stock of` a lifecycle on a board.
///
/// ```
/// use segue::insight::StageStockBuilder;
/// use segue::profile::{Model, Record};
/// use segue::Rulebook;
///
/// let rulebook = Rulebook::from_toml(r#"
///     schema.events = { visited = {}, purchased = {} }
///     lifecycles.buying.stages = [
///         { name = "visitor", when = "visited" },
///         { name = "customer", when = "purchased" },
///     ]
/// "#)?;
/// let model = Model::<Record>::for_schema(rulebook.schema());
/// let mut stock = StageStockBuilder::new(&rulebook, &model, "buying", "2026-04-01T00:00:00Z".parse()?)?;
/// stock.record(&Record::from_json(rulebook.schema(), r#"{"id": "anna", "events": [
///     {"kind": "visited", "at": "2026-03-10T10:00:00Z"}]}"#)?);
/// stock.record(&Record::from_json(rulebook.schema(), r#"{"id": "ben"}"#)?);
///
/// let stock = stock.build();
/// let people: Vec<u64> = stock.stages.iter().map(|of| of.people).collect();
/// assert_eq!((stock.people, people, stock.in_none), (2, vec![1, 0], 1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct StageStockBuilder<P: Profile> {
    lifecycle: Arc<str>,
    evaluator: StageEvaluator<P>,
    until: Instant,
    recorded: usize,
    stages: Vec<StageCount>,
    in_none: Gathered,
}

struct StageCount {
    name: Arc<str>,
    subjects: u64,
    people: Gathered,
}

/// How many are in each stage of a lifecycle.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct StageStock {
    /// The lifecycle's name.
    pub lifecycle: Arc<str>,
    /// Just before this instant.
    pub until: Instant,
    /// How many people there are.
    pub people: u64,
    /// The stages, the earliest first.
    pub stages: Vec<StageSize>,
    /// How many are in no stage.
    pub in_none: u64,
    /// These, by position in the order in which they were recorded.
    #[serde(skip)]
    pub in_none_members: Members,
}

/// How many are in a stage.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct StageSize {
    /// Its name.
    pub stage: Arc<str>,
    /// How many are in it; of a lifecycle that is kept for each value of a property, with any of them.
    pub people: u64,
    /// How many of these values are in it, over all people; `None` of other lifecycles.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subjects: Option<u64>,
    /// Those who are in it, by position in the order in which they were recorded.
    #[serde(skip)]
    pub members: Members,
}

impl<P: Profile> StageStockBuilder<P> {
    /// Counts who is in each stage of a lifecycle just before `until`.
    ///
    /// # Errors
    /// If the rulebook has no such lifecycle, or the profile type lacks something that it reads.
    pub fn new(
        rulebook: &Rulebook,
        model: &Model<P>,
        lifecycle: &str,
        until: Instant,
    ) -> Result<Self, ReportError> {
        let context = rulebook.context();
        let typed = context.lifecycles.get(lifecycle);
        let typed = typed
            .ok_or_else(|| ReportError::unknown(rulebook, &format!("stock of {lifecycle}")))?;
        let stages = typed.names.values.iter().map(|name| StageCount {
            name: name.as_str().into(),
            subjects: 0,
            people: Gathered::default(),
        });
        Ok(StageStockBuilder {
            lifecycle: lifecycle.into(),
            stages: stages.collect(),
            evaluator: StageEvaluator::bind(typed, (context.schema(), context.calendar), model)?,
            until,
            recorded: 0,
            in_none: Gathered::default(),
        })
    }

    /// Takes a profile into account.
    pub fn record(&mut self, profile: &P) {
        let now = Instant::from_micros(self.until.micros().saturating_sub(1));
        let position = self.recorded;
        self.recorded += 1;
        let stages: Vec<Value> = if self.evaluator.is_per_subject() {
            let subjects = self.evaluator.of_subjects(profile, now).into_values();
            subjects.map(|stage| stage.value).collect()
        } else {
            vec![self.evaluator.value(profile, now)]
        };
        let mut is_in_none = true;
        for stage in &stages {
            let Value::Text(stage) = stage else { continue };
            if let Some(count) = self.stages.iter_mut().find(|of| *of.name == **stage) {
                is_in_none = false;
                count.subjects += 1;
                count.people.add(position);
            }
        }
        if is_in_none {
            self.in_none.add(position);
        }
    }

    /// The stock.
    #[must_use]
    pub fn build(&self) -> StageStock {
        let is_per_subject = self.evaluator.is_per_subject();
        let stages = self.stages.iter().map(|stage| StageSize {
            stage: stage.name.clone(),
            people: stage.people.count(),
            subjects: is_per_subject.then_some(stage.subjects),
            members: stage.people.members(self.recorded),
        });
        StageStock {
            lifecycle: self.lifecycle.clone(),
            until: self.until,
            people: u64::try_from(self.recorded).unwrap_or(u64::MAX),
            stages: stages.collect(),
            in_none: self.in_none.count(),
            in_none_members: self.in_none.members(self.recorded),
        }
    }
}

impl StageStock {
    /// The people behind each number, and what the number is.
    #[must_use]
    pub fn members(&self) -> Vec<(String, &Members)> {
        let stages = self.stages.iter();
        let stages = stages.map(|of| (format!("in stage {}", of.stage), &of.members));
        let none = ("in no stage".to_owned(), &self.in_none_members);
        stages.chain([none]).collect()
    }
}

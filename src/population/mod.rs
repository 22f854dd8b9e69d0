//! A whole population at once: the profiles of a business as columns, and what rules say of all of them. Depends on `rulebook`.
//!
//! `columns` has what is known, a column for each attribute and property, and `build` makes them. `kernel` asks conditions of a block
//! of profiles at a time; what has no kernel runs over `view`, which reads the same columns as profiles.

mod block;
mod build;
mod changed;
mod columns;
mod counts;
mod error;
mod fit;
mod groups;
mod kernel;
mod members;
mod overlap;
mod survey;
mod trend;
mod view;

pub use build::{
    BatchBuilder, ChangeBatch, ColumnSlice, EventBatch, PopulationBuilder, ProfileBatch, RowBatch,
};
pub use changed::{Changed, MembersChanged, ValueMove, ValuesChanged};
pub use counts::{Counts, StageGroups};
pub use error::PopulationError;
pub use groups::{Group, Groups, Spread};
pub use members::{Members, MembersIter};
pub use overlap::Overlap;
pub use trend::TrendPoint;
pub use view::{ColumnEvent, ColumnProfile};

use crate::eval::BindError;
use crate::explain::Explanation;
use crate::profile::{Identifier, Model};
use crate::rule::Rule;
use crate::schema::Schema;
use crate::time::Instant;
use columns::Columns;
use std::fmt;
use std::sync::Arc;

/// Many profiles with everything that is known of them, in memory, as columns. Immutable, cheap to clone, shared freely between threads.
///
/// Rules answer for all profiles at once as they answer for each: events later than `now` are not seen, and `now` is an input. A profile
/// is known by its position, which begins with 0 and is the order in which profiles were added.
///
/// Built by a [`PopulationBuilder`]. Columns take a fraction of the memory of profiles: a number as few bytes as the largest of its column
/// needs, a text the bytes of its code, an instant 4 bytes where all are whole seconds.
#[derive(Clone)]
pub struct Population {
    columns: Arc<Columns>,
    model: Model<ColumnProfile>,
}

impl fmt::Debug for Population {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Population")
            .field("profiles", &self.len())
            .field("events", &self.events())
            .finish_non_exhaustive()
    }
}

/// Populations are equal if they have the same schema and the same profiles at the same positions.
impl PartialEq for Population {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.columns, &other.columns) || self.columns == other.columns
    }
}

impl Population {
    /// The population of columns that are complete.
    fn of(mut columns: Columns) -> Result<Self, PopulationError> {
        if u32::try_from(columns.len()).is_err() {
            return Err(PopulationError::exceeded("profiles"));
        }
        if let Some(place) = columns.exceeded() {
            return Err(PopulationError::exceeded(place));
        }
        columns.shrink();
        Ok(Population {
            model: view::model(&columns),
            columns: Arc::new(columns),
        })
    }

    /// How many profiles there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.columns.len()
    }

    /// Whether there is no profile.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many events there are, of all profiles and kinds.
    #[must_use]
    pub fn events(&self) -> usize {
        self.columns.events()
    }

    /// How many bytes the columns take.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.columns.bytes()
    }

    /// The names that rules may use: those of the profiles of which the population was built.
    #[must_use]
    pub fn schema(&self) -> &Schema {
        &self.columns.schema
    }

    /// What rules, scores and portraits are bound to, to ask [a profile](Self::profile) for more than a population answers.
    #[must_use]
    pub fn model(&self) -> &Model<ColumnProfile> {
        &self.model
    }

    /// The id of the profile at a position; `None` beyond the end.
    #[must_use]
    pub fn id(&self, position: usize) -> Option<Identifier<'_>> {
        (position < self.len()).then_some(())?;
        self.columns.ids.get(position)
    }

    /// The position of the first profile with an id. Looks at one after the other.
    #[must_use]
    pub fn position_of<'i>(&self, id: impl Into<Identifier<'i>>) -> Option<usize> {
        let id = id.into();
        (0..self.len()).find(|position| self.columns.ids.get(*position) == Some(id))
    }

    /// The profile at a position, as rules see it; `None` beyond the end.
    ///
    /// ```
    /// use segue::{population::PopulationBuilder, profile::{Model, Record}, Evaluator, Schema, ValueRule, profile::Value};
    /// let schema: Schema = serde_json::from_str(r#"{"attributes": {"age": "int"}}"#)?;
    /// let mut builder = PopulationBuilder::new(&Model::for_schema(&schema));
    /// builder.push(&Record::builder(&schema, "anna").set("age", 57).build()?);
    /// let population = builder.finish()?;
    ///
    /// let age = ValueRule::check("age + 1", &schema)?.bind(population.model())?;
    /// let anna = population.position_of("anna").and_then(|position| population.profile(position));
    /// assert_eq!(anna.map(|anna| age.value(&anna, "2026-03-18T12:00:00Z".parse().unwrap())), Some(Value::Int(58)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn profile(&self, position: usize) -> Option<ColumnProfile> {
        (position < self.len()).then(|| {
            let kinds = (0..self.columns.kinds.len()).collect();
            ColumnProfile::new(&self.columns, kinds, position)
        })
    }

    /// Who is in: the profiles for which a rule holds at an instant.
    ///
    /// # Errors
    /// If the population's schema lacks something that the rule reads, or has it with another type.
    pub fn members(&self, rule: &Rule, now: Instant) -> Result<Members, BindError> {
        Ok(self.members_of([rule], now)?.pop().unwrap_or_default())
    }

    /// Who is in by each of several rules, in their order: what they have in common is asked once.
    ///
    /// # Errors
    /// As [`members`](Self::members), of any of the rules.
    pub fn members_of<'r>(
        &self,
        rules: impl IntoIterator<Item = &'r Rule>,
        now: Instant,
    ) -> Result<Vec<Members>, BindError> {
        let rules: Vec<&Rule> = rules.into_iter().collect();
        let plan = kernel::KernelPlan::new(&self.columns, &self.model, rules.iter().copied(), now)?;
        let blocks = self.in_blocks(&Arc::from([]), |block| plan.run(block.range()));
        let members = |nth: usize| {
            let words = blocks.iter().filter_map(|of| of.get(nth)).flatten();
            Members::from_words(self.len(), words.copied().collect())
        };
        Ok((0..rules.len()).map(members).collect())
    }

    /// Who is in, and the first instant at which that changes for anybody if no new data arrive; `None` if it never does. Where finding
    /// that out would take too much work for a profile, it may be the same beyond.
    ///
    /// # Errors
    /// As [`members`](Self::members).
    pub fn members_until(
        &self,
        rule: &Rule,
        now: Instant,
    ) -> Result<(Members, Option<Instant>), BindError> {
        let matcher = rule.bind(&self.model)?;
        let kinds = block::kinds_read(&self.columns, rule.reads());
        let parts = self.in_blocks(&kinds, |block| {
            let (mut words, mut first) = (vec![0_u64; block.words()], None::<Instant>);
            block.each(|place, profile| {
                let verdict = matcher.verdict(profile, now);
                block::set(&mut words, place, verdict.holds);
                first = earlier(first, verdict.until);
            });
            (words, first)
        });
        let first = parts
            .iter()
            .fold(None, |first, (_, of_block)| earlier(first, *of_block));
        let words = parts.into_iter().flat_map(|(words, _)| words).collect();
        Ok((Members::from_words(self.len(), words), first))
    }

    /// Why a rule holds for the profile at a position, or why it does not; `None` beyond the end.
    ///
    /// # Errors
    /// As [`members`](Self::members).
    pub fn explain(
        &self,
        position: usize,
        rule: &Rule,
        now: Instant,
    ) -> Result<Option<Explanation>, BindError> {
        let matcher = rule.bind(&self.model)?;
        Ok(self
            .profile(position)
            .map(|profile| matcher.explain(&profile, now)))
    }
}

/// The earlier of two instants, where `None` is never.
fn earlier(a: Option<Instant>, b: Option<Instant>) -> Option<Instant> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}

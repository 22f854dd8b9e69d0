//! What an expression may name beside the schema: traits, scores, segments, tags; and the calendar it is read in.

use super::name_log::NameLog;
pub(crate) use crate::ir::Calendar;
use crate::ir::{Lifecycle, Score, Segment, Trait};
use crate::schema::Schema;
use crate::time::Zone;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What can be named of a journey.
#[derive(Clone, Debug)]
pub(crate) struct JourneyNames {
    /// Its steps.
    pub(crate) steps: Vec<String>,
    /// The property of which each value has a run of its own.
    pub(crate) per: Option<String>,
}

/// What a rule file declares that sends something or is sent, by the property of `sent` that names it.
pub(crate) type SentNames = BTreeMap<&'static str, Vec<String>>;

/// The names and the calendar that expressions are checked in. A rulebook builds one; for single expressions over a
/// schema it need not be made by hand.
///
/// ```
/// use segue::{check::Context, schema::Schema, Rule};
/// let context = Context::new(Schema::default()).zone("Europe/Rome".parse()?);
/// assert!(Rule::check_in("now.hour between 9 and 17", &context).is_ok());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Context {
    schema: Schema,
    pub(crate) calendar: Calendar,
    pub(crate) traits: BTreeMap<String, Arc<Trait>>,
    pub(crate) scores: BTreeMap<String, Arc<Score>>,
    pub(crate) segments: BTreeMap<String, Arc<Segment>>,
    pub(crate) lifecycles: BTreeMap<String, Arc<Lifecycle>>,
    /// Tags that rules give: path and rule.
    pub(crate) tags: Vec<(String, Arc<Segment>)>,
    /// The property of which the events in sight have one value: that of the lifecycle's subject.
    pub(crate) subject: Option<Arc<str>>,
    /// The name whose definition is checked: it cannot refer to itself.
    pub(crate) defining: Option<String>,
    /// The segments that a rule file declares, those among them that turned out to be wrong.
    pub(crate) declared_segments: BTreeSet<String>,
    /// The lifecycles that a rule file declares, those among them that turned out to be wrong.
    pub(crate) declared_lifecycles: BTreeSet<String>,
    /// The traits and scores that a rule file declares, those among them that turned out to be wrong.
    pub(crate) declared_values: BTreeSet<String>,
    /// The names that a rule file declares of what sends something or is sent.
    pub(crate) sent_names: SentNames,
    /// The journeys that a rule file declares.
    pub(crate) journeys: BTreeMap<String, JourneyNames>,
    /// Notes what names of the schema stand for, where somebody wants to know.
    pub(crate) names: Option<NameLog>,
}

impl Context {
    /// The names of a schema, in UTC, weeks starting on Monday.
    #[must_use]
    pub fn new(schema: Schema) -> Self {
        Context {
            schema,
            calendar: Calendar::default(),
            traits: BTreeMap::new(),
            scores: BTreeMap::new(),
            segments: BTreeMap::new(),
            lifecycles: BTreeMap::new(),
            tags: Vec::new(),
            subject: None,
            defining: None,
            declared_segments: BTreeSet::new(),
            declared_lifecycles: BTreeSet::new(),
            declared_values: BTreeSet::new(),
            sent_names: SentNames::new(),
            journeys: BTreeMap::new(),
            names: None,
        }
    }

    /// Sets the zone in which days, weeks and months begin.
    #[must_use]
    pub fn zone(mut self, zone: Zone) -> Self {
        self.calendar.zone = zone;
        self
    }

    /// Sets the day on which weeks begin.
    #[must_use]
    pub fn week_start(mut self, day: chrono::Weekday) -> Self {
        self.calendar.week_start = u8::try_from(day.num_days_from_monday()).unwrap_or(0);
        self
    }

    /// Says where the text stands that has just been checked, to those who want to know of its names.
    pub(crate) fn place_names<K: AsRef<str>>(&self, path: &[K], text: &str) {
        if let Some(names) = &self.names {
            names.place(path, text);
        }
    }

    /// The schema.
    #[must_use]
    pub fn schema(&self) -> &Schema {
        &self.schema
    }
}

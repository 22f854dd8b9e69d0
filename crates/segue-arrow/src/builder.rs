//! Builds a population of Arrow batches.

use crate::batch::{Column, columns, optional, required};
use crate::columns::{EventColumns, Kind, ProfileColumns, Strangers};
use crate::convert::{Values, taken};
use crate::error::{ImportError, Place, Wrong};
use crate::fields::Fields;
use crate::ids::{Ids, Index, missing};
use crate::kinds::{Target, Targets};
use arrow_array::{ArrayRef, RecordBatch, UInt32Array};
use segue::population::{BatchBuilder, EventBatch, Population, ProfileBatch};
use segue::profile::Identifier;
use segue::schema::{EventKind, Field};
use segue::{Schema, Type, Zone};
use std::collections::BTreeMap;

/// Builds a [`Population`] of Arrow batches: first profiles, then their events, in batches of any size.
///
/// Nothing of a batch is kept but what goes into the columns of the population. Events may come in any order; those that come profile
/// by profile and by time need not be sorted at the end.
///
/// ```
/// use segue_arrow::arrow_array::{Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray};
/// use segue_arrow::{ArrowBuilder, EventColumns, ProfileColumns};
/// use std::sync::Arc;
///
/// let schema: segue::Schema = serde_json::from_str(r#"{
///     "attributes": {"age": "int"},
///     "events": {"viewed": {"subject": "category", "properties": {"category": "string"}}}}"#)?;
/// let people = RecordBatch::try_from_iter([
///     ("customer", Arc::new(StringArray::from(vec!["anna", "ben"])) as _),
///     ("age", Arc::new(Int64Array::from(vec![Some(57), None])) as _),
/// ])?;
/// let views = RecordBatch::try_from_iter([
///     ("customer", Arc::new(StringArray::from(vec!["ben", "anna"])) as _),
///     ("at", Arc::new(TimestampMicrosecondArray::from(vec![1_772_445_600_000_000, 1_772_359_200_000_000]).with_timezone("UTC")) as _),
///     ("page", Arc::new(StringArray::from(vec!["tv", "anti-aging"])) as _),
/// ])?;
/// let mut builder = ArrowBuilder::new(&schema);
/// builder.profiles(&people, &ProfileColumns::default().id("customer"))?;
/// builder.events(&views, &EventColumns::default().profile("customer").kind("viewed").rename("page", "category"))?;
///
/// let population = builder.finish()?;
/// let rule = segue::Rule::check(r#"age > 50 and viewed("anti-aging") within 30 days"#, &schema)?;
/// assert_eq!(population.members(&rule, "2026-03-15T00:00:00Z".parse()?)?.iter().collect::<Vec<_>>(), [0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// What does not fit the schema is an error that names the batch, the row and the column. As half of a batch may have been taken then,
/// every later call gives the same error.
#[derive(Debug)]
pub struct ArrowBuilder {
    builder: BatchBuilder,
    schema: Schema,
    zone: Zone,
    index: Index,
    /// By the position of the kind, how many events came.
    events: Vec<u64>,
    left_out: LeftOut,
    batches_of_profiles: u64,
    batches_of_events: u64,
    failed: Option<ImportError>,
}

/// Events that were left out because [`EventColumns`] say so.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct LeftOut {
    /// How many had no profile.
    pub strangers: u64,
    /// By the kind, how many were of one that the schema does not have.
    pub unknown_kinds: BTreeMap<String, u64>,
}

impl ArrowBuilder {
    /// A builder of profiles of a schema.
    #[must_use]
    pub fn new(schema: &Schema) -> Self {
        ArrowBuilder {
            builder: BatchBuilder::new(schema),
            schema: schema.clone(),
            zone: Zone::UTC,
            index: Index::default(),
            events: vec![0; schema.kinds().len()],
            left_out: LeftOut::default(),
            batches_of_profiles: 0,
            batches_of_events: 0,
            failed: None,
        }
    }

    /// The zone in which a day starts: where an instant is wanted, a date means the start of that day. Default: UTC.
    #[must_use]
    pub fn zone(mut self, zone: Zone) -> Self {
        self.zone = zone;
        self
    }

    /// How many profiles there are so far: the position of the next one.
    #[must_use]
    pub fn len(&self) -> usize {
        self.builder.len()
    }

    /// Whether there is no profile so far.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many events of a kind were added so far. Those that bear the id of an earlier one count until the end.
    #[must_use]
    pub fn events_of(&self, kind: &str) -> u64 {
        let at = self.schema.kind_index(kind);
        at.and_then(|at| self.events.get(at)).copied().unwrap_or(0)
    }

    /// What was left out so far.
    #[must_use]
    pub fn left_out(&self) -> &LeftOut {
        &self.left_out
    }

    /// Adds profiles behind those that are there. An attribute that is tracked has had its value since the beginning.
    ///
    /// # Errors
    /// If an id is missing or there twice; if a column does not fit its attribute, or a value does not.
    pub fn profiles(
        &mut self,
        batch: &RecordBatch,
        columns: &ProfileColumns,
    ) -> Result<(), ImportError> {
        self.batches_of_profiles += 1;
        let place = Place {
            what: "profiles",
            batch: Some(self.batches_of_profiles),
            before: 0,
        };
        self.profiles_at(batch, columns, place)
    }

    /// Adds events. Their profiles have to be there, unless the columns say otherwise.
    ///
    /// # Errors
    /// If it is missing whose an event is, when it was or of which kind; if there is no such profile or no such kind; if a column does not
    /// fit its property, or a value does not.
    pub fn events(
        &mut self,
        batch: &RecordBatch,
        columns: &EventColumns,
    ) -> Result<(), ImportError> {
        self.batches_of_events += 1;
        let place = Place {
            what: "events",
            batch: Some(self.batches_of_events),
            before: 0,
        };
        self.events_at(batch, columns, place)
    }

    pub(crate) fn profiles_at(
        &mut self,
        batch: &RecordBatch,
        columns: &ProfileColumns,
        place: Place,
    ) -> Result<(), ImportError> {
        self.attempt(place, |builder| builder.add_profiles(batch, columns))
    }

    pub(crate) fn events_at(
        &mut self,
        batch: &RecordBatch,
        columns: &EventColumns,
        place: Place,
    ) -> Result<(), ImportError> {
        self.attempt(place, |builder| builder.add_events(batch, columns))
    }

    #[cfg(feature = "parquet")]
    pub(crate) fn schema(&self) -> &Schema {
        &self.schema
    }

    fn attempt(
        &mut self,
        place: Place,
        add: impl FnOnce(&mut Self) -> Result<(), Wrong>,
    ) -> Result<(), ImportError> {
        if let Some(failed) = &self.failed {
            return Err(failed.clone());
        }
        add(self).map_err(|wrong| self.failed.insert(place.error(wrong)).clone())
    }

    fn add_profiles(&mut self, batch: &RecordBatch, of: &ProfileColumns) -> Result<(), Wrong> {
        let schema = self.schema.clone();
        let named = |name: &str| schema.attribute(of.names.in_schema(name));
        let all = columns(batch, |name| named(name).is_some(), None)?;
        let is_own = |name: &str| name == of.id || name == of.tags;
        if of.names.refuse_unknown {
            let unknown = |column: &&Column| !is_own(&column.name) && named(&column.name).is_none();
            if let Some(column) = all.iter().find(unknown) {
                return Err(refusal(&column.name, "attribute"));
            }
        }
        let ids = required(
            &all,
            &of.id,
            "name the one of the ids by `ProfileColumns::id`",
        )?;
        let ids = Ids::new(ids).map_err(|message| Wrong::column(&of.id, message))?;
        let rows = batch.num_rows();
        for row in 0..rows {
            if ids.get(row).is_none() {
                return Err(missing(row, "every profile has an id").of_column(&of.id));
            }
        }
        let mut fields = Fields::new(self.zone);
        for column in all.iter().filter(|column| !is_own(&column.name)) {
            if let Some(field) = named(&column.name) {
                fields.add(&column.name, &column.array, field)?;
            }
        }
        let tags = Field::new("tags", Type::List(Box::new(Type::String)));
        let mut of_tags = Fields::new(self.zone);
        if let Some(column) = optional(&all, &of.tags) {
            of_tags.add(&of.tags, column, &tags)?;
        }
        let (converted, tags) = (fields.converted()?, of_tags.converted()?);
        let id = |row| ids.get(row).unwrap_or(Identifier::Text(""));
        let mut profiles = ProfileBatch::from_fn(rows, id);
        for (name, values) in fields.names().zip(&converted) {
            profiles = profiles.attribute(name, values.slice());
        }
        if let Some(tags) = tags.first() {
            profiles = profiles.tags(tags.slice());
        }
        let first = self.builder.len();
        self.builder
            .profiles(profiles)
            .map_err(|e| fields.wrong(e, "", &of.tags))?;
        for row in 0..rows {
            let position = u32::try_from(first + row).unwrap_or(u32::MAX);
            if !self.index.insert(position, &self.builder) {
                let id = ids.get(row).map(|id| id.to_string()).unwrap_or_default();
                let message = format!("there is a profile `{id}` already; keep one of them");
                return Err(Wrong::value(row, message).of_column(&of.id));
            }
        }
        Ok(())
    }

    fn add_events(&mut self, batch: &RecordBatch, of: &EventColumns) -> Result<(), Wrong> {
        let schema = self.schema.clone();
        let of_any = |name: &str| {
            let name = of.names.in_schema(name);
            schema
                .kinds()
                .iter()
                .any(|kind| kind.property_index(name).is_some())
        };
        let all = columns(batch, of_any, Some("props"))?;
        if of.names.refuse_unknown {
            let unknown = |column: &&Column| !of.is_own(&column.name) && !of_any(&column.name);
            if let Some(column) = all.iter().find(unknown) {
                return Err(refusal(&column.name, "property"));
            }
        }
        let profile = required(
            &all,
            &of.profile,
            "name the one that says whose an event is by `EventColumns::profile`",
        )?;
        required(
            &all,
            &of.at,
            "name the one of the instants by `EventColumns::at`",
        )?;
        let targets = match &of.kind {
            Kind::Given(name) => Targets::given(&schema, name)?,
            Kind::Column(name) => {
                let column = required(
                    &all,
                    name,
                    "name the one of the kinds by `EventColumns::kind_column`, or the kind by `EventColumns::kind`",
                )?;
                Targets::of_column(&schema, column, of).map_err(|wrong| wrong.of_column(name))?
            }
        };
        let owners = Ids::new(profile).map_err(|message| Wrong::column(&of.profile, message))?;
        let chosen = self
            .chosen(&targets, &owners, batch.num_rows(), of)
            .map_err(|wrong| wrong.of_column(&of.profile))?;
        for (at, (kind, chosen)) in schema.kinds().iter().zip(&chosen).enumerate() {
            if let Some(events) = self.events.get_mut(at) {
                *events += chosen.rows.len() as u64;
            }
            let is_all = chosen.rows.len() == batch.num_rows();
            let rows = (!is_all).then_some(&*chosen.rows);
            if !chosen.rows.is_empty() {
                self.add_of_kind(kind, &all, &chosen.profiles, rows, of)
                    .map_err(|wrong| wrong.among(rows))?;
            }
        }
        Ok(())
    }

    /// By the position of the kind, which rows are events of it that are read, and whose.
    fn chosen(
        &mut self,
        targets: &Targets,
        owners: &Ids<'_>,
        len: usize,
        of: &EventColumns,
    ) -> Result<Vec<Chosen>, Wrong> {
        let mut chosen: Vec<Chosen> = self
            .schema
            .kinds()
            .iter()
            .map(|_| Chosen::default())
            .collect();
        for row in 0..len {
            let target = targets.get(row);
            if let Target::Unknown(name) = target {
                *self
                    .left_out
                    .unknown_kinds
                    .entry(targets.name(name))
                    .or_insert(0) += 1;
                continue;
            }
            if target == Target::LeftOut && of.strangers != Strangers::Add {
                continue;
            }
            let id = owners
                .get(row)
                .ok_or_else(|| missing(row, "say whose the event is"))?;
            let profile = match self.index.get(id, &self.builder) {
                Some(profile) => profile,
                None => match of.strangers {
                    Strangers::Add => self.add_stranger(id)?,
                    Strangers::Skip => {
                        self.left_out.strangers += 1;
                        continue;
                    }
                    Strangers::Refuse => {
                        let message = format!(
                            "there is no profile `{id}`; add it before its events, or say what becomes of them by `EventColumns::strangers`"
                        );
                        return Err(Wrong::value(row, message));
                    }
                },
            };
            if let Target::Kind(kind) = target
                && let Some(chosen) = chosen.get_mut(kind)
            {
                chosen.rows.push(u32::try_from(row).unwrap_or(u32::MAX));
                chosen.profiles.push(profile);
            }
        }
        Ok(chosen)
    }

    fn add_stranger(&mut self, id: Identifier<'_>) -> Result<u32, Wrong> {
        let position = u32::try_from(self.builder.len()).map_err(|_| {
            Wrong::batch("there are more than 4,294,967,295 profiles; make several populations")
        })?;
        let added = self.builder.profiles(ProfileBatch::from_fn(1, |_| id));
        added.map_err(|e| Wrong::batch(e.to_string()))?;
        self.index.insert(position, &self.builder);
        Ok(position)
    }

    /// Adds events of one kind: some rows of a batch, or all. Rows that are wrong are counted among those.
    fn add_of_kind(
        &mut self,
        kind: &EventKind,
        all: &[Column],
        profiles: &[u32],
        rows: Option<&[u32]>,
        of: &EventColumns,
    ) -> Result<(), Wrong> {
        let named = |name: &str| {
            let at = kind.property_index(of.names.in_schema(name))?;
            kind.properties.get(at)
        };
        let mut fields = Fields::new(self.zone);
        for column in all.iter().filter(|column| !of.is_own(&column.name)) {
            if let Some(field) = named(&column.name) {
                fields.add(&column.name, &selected(&column.array, rows)?, field)?;
            }
        }
        let instant = Field::new("at", Type::Instant);
        let mut of_instants = Fields::new(self.zone);
        if let Some(at) = optional(all, &of.at) {
            of_instants.add(&of.at, &selected(at, rows)?, &instant)?;
        }
        let ids = optional(all, &of.id)
            .map(|ids| selected(ids, rows))
            .transpose()?;
        let ids = match &ids {
            Some(ids) => Some(Ids::new(ids).map_err(|message| Wrong::column(&of.id, message))?),
            None => None,
        };
        let (properties, instants) = (fields.converted()?, of_instants.converted()?);
        let Some(at @ Values::Instants(present)) = instants.first() else {
            return Ok(());
        };
        if let Some(row) = present.iter().position(Option::is_none) {
            return Err(missing(row, "say when it was").of_column(&of.at));
        }
        let mut events = EventBatch::new(&kind.name, profiles, at.slice());
        for (name, values) in fields.names().zip(&properties) {
            events = events.property(name, values.slice());
        }
        if let Some(ids) = &ids {
            events = events.ids_from_fn(|row| ids.get(row));
        }
        self.builder
            .events(events)
            .map_err(|e| fields.wrong(e, &kind.name, &of.at))
    }

    /// The population of all that was added.
    ///
    /// # Errors
    /// The first error of any batch; if there are more than 4,294,967,295 profiles, events of a kind or items of a list.
    pub fn finish(self) -> Result<Population, ImportError> {
        if let Some(failed) = self.failed {
            return Err(failed);
        }
        self.builder.finish().map_err(|e| {
            let place = Place {
                what: "population",
                batch: None,
                before: 0,
            };
            place.error(Wrong::batch(e.to_string()))
        })
    }
}

fn refusal(column: &str, what: &str) -> Wrong {
    let message = format!(
        "the schema has no such {what}; declare it there, rename or remove the column, or do not refuse unknown columns"
    );
    Wrong::column(column, message)
}

/// The rows of a column that are wanted.
fn selected(array: &ArrayRef, rows: Option<&[u32]>) -> Result<ArrayRef, Wrong> {
    match rows {
        Some(rows) => taken(array, &UInt32Array::from(rows.to_vec())),
        None => Ok(array.clone()),
    }
}

/// Some rows of a batch, and the positions of their profiles.
#[derive(Default)]
struct Chosen {
    rows: Vec<u32>,
    profiles: Vec<u32>,
}

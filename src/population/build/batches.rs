//! Builds a population of batches of columns.

use super::arrange::{arrange, gather_all};
use super::batch::{ChangeBatch, EventBatch, ProfileBatch, RowBatch};
use super::owners::Owners;
use super::slice::ColumnSlice;
use super::source::Source;
use crate::population::columns::{Column, Columns, Instants, Offsets, Values};
use crate::population::{Population, PopulationError};
use crate::profile::Identifier;
use crate::schema::{Field, Schema};
use crate::time::Instant;
use crate::value::Type;

/// Builds a [`Population`] of batches of columns: what Arrow, Parquet or a data frame hold, without a struct for each profile.
///
/// First come profiles, then what they have, in batches of any size. Nothing but columns is kept, so that a file of any length can be
/// read part by part. Events that come profile by profile and in chronological order take no work; others are sorted at the end.
///
/// ```
/// use segue::{population::{BatchBuilder, ColumnSlice, EventBatch, ProfileBatch}, Instant, Rule, Schema};
/// let schema: Schema = serde_json::from_str(r#"{
///     "attributes": {"age": "int"},
///     "events": {"viewed": {"subject": "category", "properties": {"category": "string"}}}}"#)?;
/// let mut builder = BatchBuilder::new(&schema);
/// builder.profiles(ProfileBatch::new(&["anna", "ben"]).attribute("age", &[57_i64, 23]))?;
///
/// let (profiles, seconds, categories) = ([0, 1, 1], [1_772_359_200_i64, 1_772_100_000, 1_772_445_600], ["anti-aging", "tv", "anti-aging"]);
/// let at = ColumnSlice::from_fn(3, |row| seconds.get(row).map(|s| Instant::from_micros(s * 1_000_000)));
/// builder.events(EventBatch::new("viewed", &profiles, at).property("category", &categories))?;
///
/// let population = builder.finish()?;
/// let rule = Rule::check(r#"age > 50 and viewed("anti-aging") within 30 days"#, &schema)?;
/// assert_eq!(population.members(&rule, "2026-03-15T00:00:00Z".parse()?)?.iter().collect::<Vec<_>>(), [0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// What does not fit the schema is an error that names the row. As half of a batch may have been taken then, every later call gives the
/// same error.
#[derive(Debug)]
pub struct BatchBuilder {
    columns: Columns,
    /// By the position of the attribute; of those that are tracked.
    changes: Vec<Option<Changes>>,
    /// By the positions of the kinds and of the relations.
    events: Vec<Owners>,
    rows: Vec<Rows>,
    failed: Option<PopulationError>,
}

/// Whose the rows of a relation are, and how many came.
#[derive(Debug, Default)]
struct Rows {
    owners: Owners,
    count: usize,
}

/// The changes of a tracked attribute, as they came.
#[derive(Debug)]
struct Changes {
    owners: Owners,
    instants: Instants,
    values: Column,
}

impl BatchBuilder {
    /// A builder of profiles of a schema.
    #[must_use]
    pub fn new(schema: &Schema) -> Self {
        let changes = |field: &Field| {
            field.tracked.then(|| Changes {
                owners: Owners::default(),
                instants: Instants::default(),
                values: Column::of_type(&field.ty),
            })
        };
        BatchBuilder {
            columns: Columns::new(schema, true),
            changes: schema.attributes().iter().map(changes).collect(),
            events: schema.kinds().iter().map(|_| Owners::default()).collect(),
            rows: schema.relations().iter().map(|_| Rows::default()).collect(),
            failed: None,
        }
    }

    /// How many profiles there are so far: the position of the next one.
    #[must_use]
    pub fn len(&self) -> usize {
        self.columns.len()
    }

    /// Whether there is no profile so far.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The id of the profile at a position, from which its events can be told the position.
    #[must_use]
    pub fn id(&self, position: usize) -> Option<Identifier<'_>> {
        (position < self.len()).then_some(())?;
        self.columns.ids.get(position)
    }

    /// Adds profiles behind those that are there. Ids are not compared.
    ///
    /// # Errors
    /// If the schema has no such attribute, or a value is not what it says; if columns are of different lengths.
    pub fn profiles(&mut self, batch: ProfileBatch<'_>) -> Result<(), PopulationError> {
        self.attempt(|builder| builder.add_profiles(&batch))
    }

    /// Adds events. Their profiles have to be there.
    ///
    /// # Errors
    /// If the schema has no such kind or property, or a value is not what it says; if columns are of different lengths; if an instant is
    /// missing, or there is no profile at a position.
    pub fn events(&mut self, batch: EventBatch<'_>) -> Result<(), PopulationError> {
        self.attempt(|builder| builder.add_events(&batch))
    }

    /// Adds rows of a relation. Their profiles have to be there.
    ///
    /// # Errors
    /// If the schema has no such relation or property, or a value is not what it says; if columns are of different lengths; if there is no
    /// profile at a position.
    pub fn rows(&mut self, batch: RowBatch<'_>) -> Result<(), PopulationError> {
        self.attempt(|builder| builder.add_rows(&batch))
    }

    /// Adds changes of a tracked attribute. Their profiles have to be there.
    ///
    /// # Errors
    /// If the schema has no such attribute or does not track it, or a value is not what it says; if columns are of different lengths; if
    /// an instant is missing, or there is no profile at a position.
    pub fn changes(&mut self, batch: ChangeBatch<'_>) -> Result<(), PopulationError> {
        self.attempt(|builder| builder.add_changes(&batch))
    }

    fn attempt(
        &mut self,
        add: impl FnOnce(&mut Self) -> Result<(), PopulationError>,
    ) -> Result<(), PopulationError> {
        if let Some(failed) = &self.failed {
            return Err(failed.clone());
        }
        add(self).inspect_err(|error| self.failed = Some(error.clone()))
    }

    fn add_profiles(&mut self, batch: &ProfileBatch<'_>) -> Result<(), PopulationError> {
        let first = self.columns.len();
        let schema = self.columns.schema.clone();
        let fields = schema.attributes();
        let slices = by_field(
            fields,
            &batch.attributes,
            |name| schema.attribute_index(name),
            "",
        )?;
        for row in 0..batch.len {
            self.columns.ids.push((batch.id)(row));
        }
        let columns = self.columns.attributes.iter_mut().zip(&mut self.changes);
        for ((field, slice), (column, changes)) in fields.iter().zip(slices).zip(columns) {
            match (changes, slice) {
                (Some(changes), Some(slice)) => {
                    changes.add_constants(first, batch.len, field, slice)?;
                }
                (Some(_), None) => {}
                (None, slice) => fill(column, field, slice, batch.len, "")?,
            }
        }
        if let Some(tags) = &mut self.columns.tags {
            let field = Field::new("tags", Type::List(Box::new(Type::String)));
            match &batch.tags {
                Some(slice) => fill(tags, &field, Some(slice), batch.len, "")?,
                // Whoever has no tags has an empty list of them.
                None => (0..batch.len).for_each(|_| tags.close()),
            }
        }
        Ok(())
    }

    fn add_events(&mut self, batch: &EventBatch<'_>) -> Result<(), PopulationError> {
        let schema = self.columns.schema.clone();
        let of_kind = schema.kind_index(&batch.kind);
        let profiles = self.len();
        let found = of_kind.and_then(|kind| {
            let declared = schema.kinds().get(kind)?;
            let columns = self.columns.kinds.get_mut(kind)?;
            Some((declared, columns, self.events.get_mut(kind)?))
        });
        let Some((declared, columns, owners)) = found else {
            return Err(unknown(&batch.kind, "event kind"));
        };
        let place = |name: &str| declared.property_index(name);
        let slices = by_field(&declared.properties, &batch.properties, place, &batch.kind)?;
        let len = batch.profiles.len();
        for (row, profile) in batch.profiles.iter().enumerate() {
            let at = columns.instants.len() + row;
            owners.push(known(*profile, profiles, row, &batch.kind)?, at);
        }
        for row in 0..len {
            columns.ids.push((batch.id)(row));
        }
        push_instants(&mut columns.instants, &batch.at, len, &batch.kind)?;
        let fields = declared.properties.iter().zip(&mut columns.properties);
        for ((field, column), slice) in fields.zip(slices) {
            fill(column, field, slice, len, &batch.kind)?;
        }
        Ok(())
    }

    fn add_rows(&mut self, batch: &RowBatch<'_>) -> Result<(), PopulationError> {
        let schema = self.columns.schema.clone();
        let profiles = self.len();
        let found = schema.relation_index(&batch.relation).and_then(|relation| {
            let declared = schema.relations().get(relation)?;
            let columns = self.columns.relations.get_mut(relation)?;
            Some((declared, columns, self.rows.get_mut(relation)?))
        });
        let Some((declared, columns, rows)) = found else {
            return Err(unknown(&batch.relation, "relation"));
        };
        let place = |name: &str| declared.property_index(name);
        let slices = by_field(
            &declared.properties,
            &batch.properties,
            place,
            &batch.relation,
        )?;
        for (row, profile) in batch.profiles.iter().enumerate() {
            let profile = known(*profile, profiles, row, &batch.relation)?;
            rows.owners.push(profile, rows.count + row);
        }
        rows.count += batch.profiles.len();
        let fields = declared.properties.iter().zip(&mut columns.properties);
        for ((field, column), slice) in fields.zip(slices) {
            fill(column, field, slice, batch.profiles.len(), &batch.relation)?;
        }
        Ok(())
    }

    fn add_changes(&mut self, batch: &ChangeBatch<'_>) -> Result<(), PopulationError> {
        let (profiles, name) = (self.len(), &batch.attribute);
        let schema = self.columns.schema.clone();
        let index = schema.attribute_index(name);
        let found =
            index.and_then(|i| Some((schema.attributes().get(i)?, self.changes.get_mut(i)?)));
        let (field, changes) = found.ok_or_else(|| unknown(name, "attribute"))?;
        let Some(changes) = changes else {
            let message = "has changes, and the schema does not track it; declare it `tracked: true`, or give its value with the profiles";
            return Err(PopulationError::new(name, message));
        };
        let before = changes.instants.len();
        for (row, profile) in batch.profiles.iter().enumerate() {
            let profile = known(*profile, profiles, row, name)?;
            changes.owners.push(profile, before + row);
        }
        push_instants(&mut changes.instants, &batch.at, batch.profiles.len(), name)?;
        fill(
            &mut changes.values,
            field,
            Some(&batch.values),
            batch.profiles.len(),
            "",
        )
    }

    /// The population of all that was added.
    ///
    /// # Errors
    /// The first error of any batch; if there are more than 4,294,967,295 profiles, events of a kind, rows of a relation, items of a list
    /// or changes of a history.
    pub fn finish(mut self) -> Result<Population, PopulationError> {
        if let Some(failed) = self.failed {
            return Err(failed);
        }
        let profiles = self.columns.len();
        for (events, owners) in self.columns.kinds.iter_mut().zip(self.events) {
            arrange(events, owners, profiles);
        }
        for (relation, rows) in self.columns.relations.iter_mut().zip(self.rows) {
            let (offsets, order) = rows.owners.finish(profiles, rows.count);
            relation.offsets = offsets;
            if let Some(order) = order {
                gather_all(&mut relation.properties, &order);
            }
        }
        for (column, changes) in self.columns.attributes.iter_mut().zip(self.changes) {
            if let Some(changes) = changes {
                *column = changes.history(profiles);
            }
        }
        Population::of(self.columns)
    }
}

impl Changes {
    /// Adds what new profiles have had since the beginning.
    fn add_constants(
        &mut self,
        first: usize,
        len: usize,
        field: &Field,
        slice: &ColumnSlice<'_>,
    ) -> Result<(), PopulationError> {
        same_length(slice.len(), len, &field.name)?;
        let refused = |message| PopulationError::new(&field.name, message);
        let mut source = Source::new(slice, field).map_err(refused)?;
        for row in 0..len {
            let before = self.values.len();
            let pushed = source.push(&mut self.values, row);
            pushed.map_err(|message| PopulationError::at_row(&field.name, row, &message))?;
            let profile = u32::try_from(first + row).unwrap_or(u32::MAX);
            self.owners.push(profile, before);
            self.instants.push(Instant::MIN.micros());
        }
        Ok(())
    }

    /// The histories: the changes of each profile by time, and of several at one instant the last.
    fn history(self, profiles: usize) -> Column {
        let Changes {
            owners,
            instants,
            values,
        } = self;
        let rows = instants.len();
        let (offsets, order) = owners.finish(profiles, rows);
        let mut order =
            order.unwrap_or_else(|| (0..u32::try_from(rows).unwrap_or(u32::MAX)).collect());
        let at = |row: u32| instants.get(row as usize);
        let (mut kept, mut ends) = (Vec::with_capacity(rows), Offsets::default());
        for profile in 0..offsets.len() {
            let changes = order.get_mut(offsets.range(profile)).unwrap_or(&mut []);
            changes.sort_by_key(|row| at(*row));
            let start = kept.len();
            for row in changes.iter().copied() {
                let of_profile = kept.get(start..).unwrap_or(&[]);
                if of_profile.last().is_some_and(|last| at(*last) == at(row)) {
                    kept.pop();
                }
                // That somebody has never had a value is no change.
                let is_nothing = kept.len() == start
                    && at(row) == Instant::MIN.micros()
                    && !values.is_present(row as usize);
                if !is_nothing {
                    kept.push(row);
                }
            }
            ends.push(kept.len());
        }
        Column::from(Values::History {
            offsets: ends,
            instants: instants.gather(&kept),
            values: Box::new(values.gather(&kept)),
        })
    }
}

/// The slices of a batch by the fields that they are for.
fn by_field<'b, 'a>(
    fields: &[Field],
    given: &'b [(String, ColumnSlice<'a>)],
    place: impl Fn(&str) -> Option<usize>,
    outer: &str,
) -> Result<Vec<Option<&'b ColumnSlice<'a>>>, PopulationError> {
    let mut slices = vec![None; fields.len()];
    for (name, slice) in given {
        let within = || within(outer, name);
        let slot = place(name).and_then(|at| slices.get_mut(at));
        let what = if outer.is_empty() {
            "attribute"
        } else {
            "property"
        };
        let slot = slot.ok_or_else(|| unknown(&within(), what))?;
        if slot.replace(slice).is_some() {
            return Err(PopulationError::new(within(), "is given twice; remove one"));
        }
    }
    Ok(slices)
}

/// Adds so many rows to a column: those of a slice, or missing ones.
fn fill(
    column: &mut Column,
    field: &Field,
    slice: Option<&ColumnSlice<'_>>,
    len: usize,
    outer: &str,
) -> Result<(), PopulationError> {
    let Some(slice) = slice else {
        (0..len).for_each(|_| column.push_missing());
        return Ok(());
    };
    let place = within(outer, &field.name);
    same_length(slice.len(), len, &place)?;
    let refused = |message| PopulationError::new(&place, message);
    let mut source = Source::new(slice, field).map_err(refused)?;
    for row in 0..len {
        let pushed = source.push(column, row);
        pushed.map_err(|message| PopulationError::at_row(&place, row, &message))?;
    }
    Ok(())
}

/// Adds instants, none of which is missing.
fn push_instants(
    instants: &mut Instants,
    slice: &ColumnSlice<'_>,
    len: usize,
    outer: &str,
) -> Result<(), PopulationError> {
    let place = within(outer, "at");
    same_length(slice.len(), len, &place)?;
    let field = Field::new("at", Type::Instant);
    let refused = |message| PopulationError::new(&place, message);
    let source = Source::new(slice, &field).map_err(refused)?;
    for row in 0..len {
        let at = source.whole(row);
        instants
            .push(at.ok_or_else(|| PopulationError::at_row(&place, row, "is missing; say when"))?);
    }
    Ok(())
}

/// A position at which there is a profile.
fn known(profile: u32, profiles: usize, row: usize, place: &str) -> Result<u32, PopulationError> {
    if (profile as usize) < profiles {
        return Ok(profile);
    }
    let message = format!(
        "there is no profile at the position {profile}, only {profiles} so far; add the profiles before what they have"
    );
    Err(PopulationError::at_row(place, row, &message))
}

fn same_length(len: usize, expected: usize, place: &str) -> Result<(), PopulationError> {
    if len == expected {
        return Ok(());
    }
    let message =
        format!("the batch has {expected} rows, and this column {len}; make them equally long");
    Err(PopulationError::new(place, message))
}

fn unknown(name: &str, what: &str) -> PopulationError {
    let message = format!("the schema has no such {what}; declare it there");
    PopulationError::new(name, message)
}

fn within(outer: &str, name: &str) -> String {
    if outer.is_empty() {
        name.to_owned()
    } else {
        format!("{outer}.{name}")
    }
}

//! Builds records attribute by attribute.

use super::Record;
use super::cell::CellReader;
use super::error::{RecordError, UNTRACKED, unknown_attribute};
use super::event::{RecordEvent, instant_of};
use super::history::{change, constant, tracked_rank};
use super::rows::row_of;
use super::value::Value;
use crate::profile::{History, Timeline};
use crate::schema::Schema;

impl Record {
    /// Starts a record without attributes and events.
    pub fn builder(schema: &Schema, id: impl Into<String>) -> RecordBuilder {
        let record = Record::blank(schema, &id.into());
        RecordBuilder {
            schema: schema.clone(),
            record,
            events: Vec::new(),
            reader: CellReader::default(),
            error: None,
        }
    }
}

/// Builds a [`Record`]. [`RecordBuilder::build`] returns the first error.
#[derive(Clone, Debug)]
#[must_use]
pub struct RecordBuilder {
    schema: Schema,
    record: Record,
    events: Vec<RecordEvent>,
    reader: CellReader,
    error: Option<RecordError>,
}

impl RecordBuilder {
    fn attempt(mut self, change: impl FnOnce(&mut Self) -> Result<(), RecordError>) -> Self {
        if self.error.is_none() {
            self.error = change(&mut self).err();
        }
        self
    }

    /// Sets an attribute, or all rows of a relation. A tracked attribute has always had the value.
    ///
    /// A text that is a date is its start in UTC where an instant
    /// is wanted: a rulebook's day may begin at another instant ([`Zone::parse_instant`](crate::Zone::parse_instant)).
    pub fn set(self, attribute: &str, value: impl Into<Value>) -> Self {
        self.attempt(|b| {
            if let Some(relation) = b.schema.relation_index(attribute) {
                return b
                    .record
                    .set_rows(&b.schema, relation, &value.into(), &mut b.reader);
            }
            let cell = b
                .record
                .cell_of(&b.schema, attribute, &value.into(), &mut b.reader)?;
            b.record.put(&b.schema, attribute, cell, |history, cell| {
                *history = constant(cell)
            })
        })
    }

    /// Sets the history of a tracked attribute: from each instant on, the value beside it.
    pub fn history<A: Into<Value>, V: Into<Value>>(
        self,
        attribute: &str,
        changes: impl IntoIterator<Item = (A, V)>,
    ) -> Self {
        self.attempt(|b| {
            let index = b
                .schema
                .attribute_index(attribute)
                .ok_or_else(|| unknown_attribute(attribute))?;
            let untracked = || RecordError::new(attribute, UNTRACKED);
            let rank = tracked_rank(&b.schema, index).ok_or_else(untracked)?;
            let mut past = Vec::new();
            for (at, value) in changes {
                let at = instant_of(&at.into()).map_err(|m| RecordError::new(attribute, m))?;
                past.push(change(
                    at,
                    b.record
                        .cell_of(&b.schema, attribute, &value.into(), &mut b.reader)?,
                ));
            }
            *b.record.histories.get_mut(rank).ok_or_else(untracked)? = History::from(past);
            Ok(())
        })
    }

    /// Adds a tag: a path such as `interest/skincare`.
    pub fn tag(mut self, path: impl Into<String>) -> Self {
        self.record.tags.push(path.into());
        self
    }

    /// Adds an event; `at` is an instant or its text form.
    pub fn event<'a>(
        self,
        kind: &str,
        at: impl Into<Value>,
        properties: impl IntoIterator<Item = (&'a str, Value)>,
    ) -> Self {
        self.attempt(|b| {
            b.events.push(RecordEvent::build(
                &b.schema,
                kind,
                &at.into(),
                properties,
                &mut b.reader,
            )?);
            Ok(())
        })
    }

    /// Adds an event with an id.
    pub fn event_with_id<'a>(
        self,
        id: impl Into<String>,
        kind: &str,
        at: impl Into<Value>,
        properties: impl IntoIterator<Item = (&'a str, Value)>,
    ) -> Self {
        self.attempt(|b| {
            b.events.push(
                RecordEvent::build(&b.schema, kind, &at.into(), properties, &mut b.reader)?
                    .with_id(id),
            );
            Ok(())
        })
    }

    /// Adds a row to a relation.
    ///
    /// ```
    /// use segue::{profile::Record, schema::{Field, Relation, Schema}, Type};
    /// let schema = Schema::builder()
    ///     .relation(Relation::new("pets").subject(Field::new("species", Type::String)).property(Field::new("age", Type::Int)))
    ///     .build()?;
    /// let record = Record::builder(&schema, "c-17").row("pets", [("species", "dog".into()), ("age", 12.into())]).build()?;
    /// assert_eq!(record, Record::from_json(&schema, r#"{"id":"c-17","pets":[{"species":"dog","age":12}]}"#)?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn row<'a>(
        self,
        relation: &str,
        properties: impl IntoIterator<Item = (&'a str, Value)>,
    ) -> Self {
        self.attempt(|b| {
            let unknown = || {
                RecordError::new(
                    relation,
                    "the schema has no such relation; declare it there",
                )
            };
            let index = b.schema.relation_index(relation).ok_or_else(unknown)?;
            let declared = b.schema.relations().get(index).ok_or_else(unknown)?;
            let row = row_of(declared, properties, &mut b.reader)?;
            if let Some(rows) = b.record.rows_mut(index) {
                rows.push(row);
            }
            Ok(())
        })
    }
    /// Returns the record.
    ///
    /// # Errors
    /// The first error: an unknown name, or a value of the wrong type.
    pub fn build(mut self) -> Result<Record, RecordError> {
        if let Some(error) = self.error {
            return Err(error);
        }
        self.record.events = Timeline::new(self.events);
        Ok(self.record)
    }
}

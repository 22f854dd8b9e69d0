//! Profiles whose fields are known only from a schema: what files, other languages and tests bring.

mod access;
mod builder;
mod cell;
mod error;
mod event;
mod history;
mod merge;
mod migrate;
mod names;
mod read;
mod rows;
#[cfg(test)]
mod tests;
mod value;
mod write;

pub use builder::RecordBuilder;
pub(crate) use cell::Cell;
pub use error::RecordError;
pub use event::RecordEvent;
pub use read::{EventLine, RecordReader};
pub use value::Value;

use super::{Events, History, Identifier, Profile, Timeline};
use crate::schema::Schema;
use crate::time::Instant;
use cell::CellReader;
use error::unknown_attribute;
use history::tracked_rank;
use rows::RecordRow;
use serde::{Deserialize, Serialize};

/// A profile of any schema. Built by [`Record::builder`] or read from JSON ([`Record::from_json`], [`RecordReader`]).
///
/// Attributes are stored by their index in the schema, so a record belongs to the schema with which it was created: read
/// it with [`Model::for_schema`](super::Model::for_schema) of the same schema.
///
/// [`RecordReader`]: super::RecordReader
///
/// ```
/// use segue::{profile::Record, schema::{EventKind, Field, Schema}, Type};
/// let schema = Schema::builder()
///     .attribute(Field::new("年龄", Type::Int))
///     .attribute(Field::new("consent.email", Type::Bool))
///     .kind(EventKind::new("purchased").subject(Field::new("category", Type::String)).property(Field::new("amount", Type::Decimal(2))))
///     .build()?;
/// let record = Record::builder(&schema, "c-17")
///     .set("年龄", 47)
///     .set("consent.email", true)
///     .tag("interest/skincare")
///     .event("purchased", "2026-01-05T09:30:00Z", [("category", "tv".into()), ("amount", 499.9.into())])
///     .build()?;
/// let json = r#"{"id":"c-17","年龄":47,"consent":{"email":true},"tags":["interest/skincare"],"events":[
///     {"kind":"purchased","at":"2026-01-05T09:30:00Z","props":{"category":"tv","amount":499.90}}]}"#;
/// assert_eq!(record, Record::from_json(&schema, json)?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// The serde form stores attributes by index too. Use it to save a record and restore it with the same schema.
/// [`Record::from_json`] reads JSON with names.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    id: Box<str>,
    /// By position in the schema; those of tracked attributes stay empty.
    cells: Box<[Cell]>,
    /// By rank among the tracked attributes.
    histories: Box<[History<Cell>]>,
    tags: Vec<String>,
    events: Timeline<RecordEvent>,
    /// By position among the schema's relations.
    #[serde(default)]
    rows: Vec<Vec<RecordRow>>,
}

impl Profile for Record {
    type Event = RecordEvent;

    fn id(&self) -> Identifier<'_> {
        Identifier::Text(&self.id)
    }

    fn events(&self) -> Events<'_, RecordEvent> {
        Events::Timeline(&self.events)
    }
}

impl Record {
    /// A record without any attribute or event.
    pub(crate) fn blank(schema: &Schema, id: &str) -> Self {
        let tracked = schema.attributes().iter().filter(|f| f.tracked).count();
        Record {
            id: id.into(),
            cells: vec![Cell::Missing; schema.attributes().len()].into(),
            histories: vec![History::new(); tracked].into(),
            tags: Vec::new(),
            events: Timeline::default(),
            rows: vec![Vec::new(); schema.relations().len()],
        }
    }

    /// Its identifier.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The value of an attribute at an instant (relevant only for tracked attributes), or the rows of a relation;
    /// [`Value::Missing`] also if the schema has no such name.
    #[must_use]
    pub fn get(&self, schema: &Schema, attribute: &str, now: Instant) -> Value {
        if let Some(i) = schema.relation_index(attribute) {
            return schema
                .relations()
                .get(i)
                .map_or(Value::Missing, |declared| self.rows_value(i, declared));
        }
        let value = || {
            let i = schema.attribute_index(attribute)?;
            let ty = &schema.attributes().get(i)?.ty;
            match tracked_rank(schema, i) {
                Some(rank) => Some(self.histories.get(rank)?.at(now)?.to_value(ty)),
                None => Some(self.cells.get(i)?.to_value(ty)),
            }
        };
        value().unwrap_or_default()
    }

    /// Sets an attribute. A tracked attribute has the value from `at` on; for others, `at` is ignored. For a relation, the
    /// value is all of its rows ([`Value::Rows`]).
    ///
    /// A text that is a date is its start in UTC where an instant
    /// is wanted: a rulebook's day may begin at another instant ([`Zone::parse_instant`](crate::Zone::parse_instant)).
    ///
    /// # Errors
    /// If the schema has no such attribute, or the value has the wrong type.
    pub fn set(
        &mut self,
        schema: &Schema,
        attribute: &str,
        value: impl Into<Value>,
        at: Instant,
    ) -> Result<(), RecordError> {
        if let Some(relation) = schema.relation_index(attribute) {
            return self.set_rows(schema, relation, &value.into(), &mut CellReader::default());
        }
        let cell = self.cell_of(schema, attribute, &value.into(), &mut CellReader::default())?;
        self.put(schema, attribute, cell, |history, cell| match cell {
            Cell::Missing => history.clear(at),
            cell => history.set(at, cell),
        })
    }

    fn cell_of(
        &self,
        schema: &Schema,
        attribute: &str,
        value: &Value,
        reader: &mut CellReader,
    ) -> Result<Cell, RecordError> {
        let field = schema
            .attribute(attribute)
            .ok_or_else(|| unknown_attribute(attribute))?;
        Cell::of_field(field, value, reader).map_err(|m| RecordError::new(attribute, m))
    }

    fn put(
        &mut self,
        schema: &Schema,
        attribute: &str,
        cell: Cell,
        tracked: impl FnOnce(&mut History<Cell>, Cell),
    ) -> Result<(), RecordError> {
        let index = schema
            .attribute_index(attribute)
            .ok_or_else(|| unknown_attribute(attribute))?;
        let other_schema = || {
            RecordError::new(
                attribute,
                "the record was made with another schema; use that one",
            )
        };
        match tracked_rank(schema, index) {
            Some(rank) => tracked(self.histories.get_mut(rank).ok_or_else(other_schema)?, cell),
            None => *self.cells.get_mut(index).ok_or_else(other_schema)? = cell,
        }
        Ok(())
    }

    /// The tags in its data.
    #[must_use]
    pub fn tags(&self) -> &[String] {
        &self.tags
    }

    /// The tags, mutably.
    pub fn tags_mut(&mut self) -> &mut Vec<String> {
        &mut self.tags
    }

    /// Its events.
    #[must_use]
    pub fn events(&self) -> &Timeline<RecordEvent> {
        &self.events
    }

    /// The events, mutably.
    pub(crate) fn timeline_mut(&mut self) -> &mut Timeline<RecordEvent> {
        &mut self.events
    }

    /// Takes over what another record of the same id says at an instant, except for its events. A tracked attribute that has
    /// another value then has it from that instant on.
    pub(crate) fn update_from(&mut self, row: Record, at: Instant) {
        for (history, of_row) in self.histories.iter_mut().zip(&row.histories) {
            let new = of_row.at(at);
            if history.at(at) != new {
                match new {
                    Some(value) => history.set(at, value.clone()),
                    None => history.clear(at),
                }
            }
        }
        (self.cells, self.tags, self.rows) = (row.cells, row.tags, row.rows);
    }

    /// Adds events in any order. Sorts once per call, so pass many at a time. Returns the events that do not count, because the
    /// record keeps an earlier one of their kind with their id: the same once more, or one that says something else.
    pub fn add_events(
        &mut self,
        events: impl IntoIterator<Item = RecordEvent>,
    ) -> Vec<RecordEvent> {
        let mut all = std::mem::take(&mut self.events).into_events();
        all.extend(events);
        let rest;
        (self.events, rest) = Timeline::with_rest(all);
        rest
    }
}

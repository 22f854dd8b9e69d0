//! Records by hand, attribute by attribute.

use super::cell::{Interner, Value};
use super::record::{
    Record, RecordError, RecordEvent, UNTRACKED, change, instant_of, rank_of, since_ever,
    unknown_attribute,
};
use super::{History, Timeline};
use crate::schema::Schema;

impl Record {
    /// Starts a record without any attribute or event.
    pub fn builder(schema: &Schema, id: impl Into<String>) -> RecordBuilder {
        let record = Record::blank(schema, &id.into());
        RecordBuilder {
            schema: schema.clone(),
            record,
            events: Vec::new(),
            texts: Interner::default(),
            error: None,
        }
    }
}

/// Builds a [`Record`]; the first thing that does not fit the schema is told by [`RecordBuilder::build`].
#[derive(Clone, Debug)]
#[must_use]
pub struct RecordBuilder {
    pub(super) schema: Schema,
    pub(super) record: Record,
    events: Vec<RecordEvent>,
    pub(super) texts: Interner,
    error: Option<RecordError>,
}

impl RecordBuilder {
    pub(super) fn attempt(
        mut self,
        change: impl FnOnce(&mut Self) -> Result<(), RecordError>,
    ) -> Self {
        if self.error.is_none() {
            self.error = change(&mut self).err();
        }
        self
    }

    /// Gives an attribute a value, or a relation all of its rows. A tracked attribute has had its value since ever.
    pub fn set(self, attribute: &str, value: impl Into<Value>) -> Self {
        self.attempt(|b| {
            if let Some(relation) = b.schema.relation_index(attribute) {
                return b
                    .record
                    .set_rows(&b.schema, relation, &value.into(), &mut b.texts);
            }
            let cell = b
                .record
                .cell_of(&b.schema, attribute, &value.into(), &mut b.texts)?;
            b.record.put(&b.schema, attribute, cell, |history, cell| {
                *history = since_ever(cell)
            })
        })
    }

    /// Gives a tracked attribute its past: from each instant on, the value beside it.
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
            let rank = rank_of(&b.schema, index).ok_or_else(untracked)?;
            let mut past = Vec::new();
            for (at, value) in changes {
                let at = instant_of(&at.into()).map_err(|m| RecordError::new(attribute, m))?;
                past.push(change(
                    at,
                    b.record
                        .cell_of(&b.schema, attribute, &value.into(), &mut b.texts)?,
                ));
            }
            *b.record.histories.get_mut(rank).ok_or_else(untracked)? = History::from(past);
            Ok(())
        })
    }

    /// Gives it a tag: a path such as `interest/skincare`.
    pub fn tag(mut self, path: impl Into<String>) -> Self {
        self.record.tags.push(path.into());
        self
    }

    /// Adds an event; `at` is an instant or its text.
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
                &mut b.texts,
            )?);
            Ok(())
        })
    }

    /// Adds an event that has an id.
    pub fn event_with_id<'a>(
        self,
        id: impl Into<String>,
        kind: &str,
        at: impl Into<Value>,
        properties: impl IntoIterator<Item = (&'a str, Value)>,
    ) -> Self {
        self.attempt(|b| {
            b.events.push(
                RecordEvent::build(&b.schema, kind, &at.into(), properties, &mut b.texts)?
                    .with_id(id),
            );
            Ok(())
        })
    }

    /// The record.
    ///
    /// # Errors
    /// The first thing that did not fit the schema: an unknown name, or a value of another type.
    pub fn build(mut self) -> Result<Record, RecordError> {
        if let Some(error) = self.error {
            return Err(error);
        }
        self.record.events = Timeline::new(self.events);
        Ok(self.record)
    }
}

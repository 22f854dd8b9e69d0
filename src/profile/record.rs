//! Profiles whose fields are known only from a schema: what files, other languages and tests bring.

use super::cell::{Cell, Interner, Value, cmp_cells};
use super::related::RecordRow;
use super::{Change, Event, Events, History, Kinds, Profile, ProfileId, Timeline};
use crate::schema::{EventKind, Schema};
use crate::time::Instant;
use crate::value::Type;
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;

/// A profile, or an event of one, does not fit its schema.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}{message}", if field.is_empty() { String::new() } else { format!("`{field}`: ") })]
#[non_exhaustive]
pub struct RecordError {
    /// Where: `age`, `props.amount`, `history.plan`; empty where it is not about one field.
    pub field: String,
    /// What is wrong and what would mend it.
    pub message: String,
}

impl RecordError {
    pub(crate) fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        RecordError {
            field: field.into(),
            message: message.into(),
        }
    }

    /// The same, further out: `amount` within `props` is `props.amount`.
    pub(crate) fn within(mut self, outer: &str) -> Self {
        self.field = if self.field.is_empty() {
            outer.to_owned()
        } else {
            format!("{outer}.{}", self.field)
        };
        self
    }
}

/// A profile of any schema. Built by [`Record::builder`] or read from JSON ([`Record::from_json`], [`RecordReader`]).
///
/// Attributes are stored by their position in the schema, so a record belongs to the schema that it was made with: read
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
/// Its serde form is that of its inside, by position: it is for keeping a record and reading it again with the same
/// schema. JSON by names is read by [`Record::from_json`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    pub(super) id: Box<str>,
    /// By position in the schema; those of tracked attributes stay empty.
    pub(super) cells: Box<[Cell]>,
    /// By rank among the tracked attributes.
    pub(super) histories: Box<[History<Cell>]>,
    pub(super) tags: Vec<String>,
    pub(super) events: Timeline<RecordEvent>,
    /// By position among the schema's relations.
    #[serde(default)]
    pub(super) rows: Vec<Vec<RecordRow>>,
}

/// An event of a [`Record`].
///
/// Its kind and properties are stored by their position in the schema; [`Event::describe`] registers nothing, since the
/// type alone does not know its kinds: a model of records comes from [`Model::for_schema`](super::Model::for_schema).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RecordEvent {
    pub(super) kind: u16,
    pub(super) at: Instant,
    pub(super) id: Option<Box<str>>,
    /// By position among the properties of the kind; missing ones at the end are left out.
    pub(super) cells: Box<[Cell]>,
}

impl Profile for Record {
    type Event = RecordEvent;

    fn id(&self) -> ProfileId<'_> {
        ProfileId::Text(&self.id)
    }

    fn events(&self) -> Events<'_, RecordEvent> {
        Events::Timeline(&self.events)
    }
}

impl Event for RecordEvent {
    #[inline]
    fn kind(&self) -> usize {
        usize::from(self.kind)
    }

    #[inline]
    fn at(&self) -> Instant {
        self.at
    }

    fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    fn describe(_: &mut Kinds<Self>) {}

    fn tiebreak(&self, other: &Self) -> Ordering {
        cmp_cells(&self.cells, &other.cells).then_with(|| self.id.cmp(&other.id))
    }
}

impl RecordEvent {
    /// An event of a kind of the schema.
    ///
    /// # Errors
    /// If the schema has no such kind or property, or a value is of another type.
    pub fn new<'a>(
        schema: &Schema,
        kind: &str,
        at: impl Into<Value>,
        properties: impl IntoIterator<Item = (&'a str, Value)>,
    ) -> Result<Self, RecordError> {
        Self::build(
            schema,
            kind,
            &at.into(),
            properties,
            &mut Interner::default(),
        )
    }

    pub(super) fn build<'a>(
        schema: &Schema,
        kind: &str,
        at: &Value,
        properties: impl IntoIterator<Item = (&'a str, Value)>,
        texts: &mut Interner,
    ) -> Result<Self, RecordError> {
        let unknown = || {
            RecordError::new(
                "kind",
                format!("`{kind}` is no event kind of the schema; declare it there"),
            )
        };
        let index = schema.kind_index(kind).ok_or_else(unknown)?;
        let described = schema.kinds().get(index).ok_or_else(unknown)?;
        let at = instant_of(at).map_err(|m| RecordError::new("at", m))?;
        let mut cells = vec![Cell::Missing; described.properties.len()];
        for (name, value) in properties {
            let error = |m: String| RecordError::new(format!("{kind}.{name}"), m);
            let field = described
                .property_index(name)
                .and_then(|i| Some((described.properties.get(i)?, cells.get_mut(i)?)));
            let (property, cell) = field.ok_or_else(|| {
                error(format!(
                    "`{kind}` has no such property in the schema; declare it there"
                ))
            })?;
            *cell = Cell::from_value(&property.ty, &value, texts).map_err(error)?;
        }
        Self::from_cells(index, at, None, cells)
    }

    pub(super) fn from_cells(
        kind: usize,
        at: Instant,
        id: Option<Box<str>>,
        mut cells: Vec<Cell>,
    ) -> Result<Self, RecordError> {
        let kind = u16::try_from(kind)
            .map_err(|_| RecordError::new("kind", "the schema has more than 65,536 event kinds"))?;
        let used = cells
            .iter()
            .rposition(|c| !c.is_missing())
            .map_or(0, |i| i + 1);
        cells.truncate(used);
        Ok(RecordEvent {
            kind,
            at,
            id,
            cells: cells.into(),
        })
    }

    /// The same event with an id: of the events of a profile that share one, one is kept.
    #[must_use]
    pub fn with_id(mut self, id: impl Into<String>) -> Self {
        self.id = Some(id.into().into_boxed_str());
        self
    }

    /// The name of its kind.
    #[must_use]
    pub fn kind_name<'s>(&self, schema: &'s Schema) -> &'s str {
        schema
            .kinds()
            .get(self.kind())
            .map_or("", |k: &EventKind| &k.name)
    }

    /// The value of a property; [`Value::Missing`] also where the kind has none of that name.
    #[must_use]
    pub fn get(&self, schema: &Schema, property: &str) -> Value {
        let value = || {
            let kind = schema.kinds().get(self.kind())?;
            let i = kind.property_index(property)?;
            Some(self.cells.get(i)?.to_value(&kind.properties.get(i)?.ty))
        };
        value().unwrap_or_default()
    }
}

pub(super) fn instant_of(value: &Value) -> Result<Instant, String> {
    match Cell::from_value(&Type::Instant, value, &mut Interner::default())? {
        Cell::Whole(micros) => Ok(Instant::from_micros(micros)),
        _ => Err("is missing; say when".to_owned()),
    }
}

/// The rank of a tracked attribute among the tracked ones.
pub(super) fn rank_of(schema: &Schema, attribute: usize) -> Option<usize> {
    let attributes = schema.attributes();
    let tracked = attributes.get(attribute).is_some_and(|f| f.tracked);
    tracked.then(|| {
        attributes
            .iter()
            .take(attribute)
            .filter(|f| f.tracked)
            .count()
    })
}

/// The one change of a value that has been there since ever.
pub(super) fn since_ever(value: Cell) -> History<Cell> {
    if value.is_missing() {
        return History::new();
    }
    History::from(vec![Change {
        at: Instant::MIN,
        value: Some(value),
    }])
}

pub(super) fn change(at: Instant, value: Cell) -> Change<Cell> {
    Change {
        at,
        value: (!value.is_missing()).then_some(value),
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

    /// The value of an attribute at an instant (which matters to tracked ones only), or the rows of a relation;
    /// [`Value::Missing`] also where the schema has none of that name.
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
            match rank_of(schema, i) {
                Some(rank) => Some(self.histories.get(rank)?.at(now)?.to_value(ty)),
                None => Some(self.cells.get(i)?.to_value(ty)),
            }
        };
        value().unwrap_or_default()
    }

    /// Gives an attribute a value; a tracked one has it from `at` on, for the others `at` does not matter. A relation is
    /// given all of its rows ([`Value::Rows`]).
    ///
    /// # Errors
    /// If the schema has no such attribute, or the value is of another type.
    pub fn set(
        &mut self,
        schema: &Schema,
        attribute: &str,
        value: impl Into<Value>,
        at: Instant,
    ) -> Result<(), RecordError> {
        if let Some(relation) = schema.relation_index(attribute) {
            return self.set_rows(schema, relation, &value.into(), &mut Interner::default());
        }
        let cell = self.cell_of(schema, attribute, &value.into(), &mut Interner::default())?;
        self.put(schema, attribute, cell, |history, cell| match cell {
            Cell::Missing => history.clear(at),
            cell => history.set(at, cell),
        })
    }

    pub(super) fn cell_of(
        &self,
        schema: &Schema,
        attribute: &str,
        value: &Value,
        texts: &mut Interner,
    ) -> Result<Cell, RecordError> {
        let field = schema
            .attribute(attribute)
            .ok_or_else(|| unknown_attribute(attribute))?;
        Cell::from_value(&field.ty, value, texts).map_err(|m| RecordError::new(attribute, m))
    }

    pub(super) fn put(
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
        match rank_of(schema, index) {
            Some(rank) => tracked(self.histories.get_mut(rank).ok_or_else(other_schema)?, cell),
            None => *self.cells.get_mut(index).ok_or_else(other_schema)? = cell,
        }
        Ok(())
    }

    /// The tags that were given to it.
    #[must_use]
    pub fn tags(&self) -> &[String] {
        &self.tags
    }

    /// The tags, to be changed.
    pub fn tags_mut(&mut self) -> &mut Vec<String> {
        &mut self.tags
    }

    /// Its events.
    #[must_use]
    pub fn events(&self) -> &Timeline<RecordEvent> {
        &self.events
    }

    /// Its events, to be added to one by one.
    pub(crate) fn timeline_mut(&mut self) -> &mut Timeline<RecordEvent> {
        &mut self.events
    }

    /// Adds events, in any order. Sorting is done once a call, so hand over many at a time.
    pub fn add_events(&mut self, events: impl IntoIterator<Item = RecordEvent>) {
        let mut all = std::mem::take(&mut self.events).into_events();
        all.extend(events);
        self.events = Timeline::new(all);
    }
}

pub(super) fn unknown_attribute(name: &str) -> RecordError {
    RecordError::new(name, "the schema has no such attribute; declare it there")
}

pub(super) const UNTRACKED: &str = "has a history, and the schema does not track it; declare it `tracked: true`, or give its value alone";

//! Events whose kinds and properties are known only from a schema.

use super::cell::{Cell, CellReader, cmp_cells};
use super::error::RecordError;
use super::value::Value;
use crate::profile::{Event, EventKinds, Identifier, KindIndex};
use crate::schema::{EventKind, Schema};
use crate::time::Instant;
use crate::value::Type;
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;

/// An event of a [`Record`](super::Record).
///
/// Kind and properties are stored by their index in the schema. [`Event::describe`] registers nothing, since the type alone
/// does not know its kinds: the model of records is [`Model::for_schema`](crate::profile::Model::for_schema).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RecordEvent {
    pub(super) kind: u16,
    pub(super) at: Instant,
    pub(super) id: Option<Box<str>>,
    /// By position among the properties of the kind; missing ones at the end are left out.
    pub(super) cells: Box<[Cell]>,
}

impl Event for RecordEvent {
    type Kind = KindIndex;

    #[inline]
    fn kind(&self) -> Option<KindIndex> {
        Some(KindIndex::new(self.kind.into()))
    }

    #[inline]
    fn at(&self) -> Instant {
        self.at
    }

    fn id(&self) -> Option<Identifier<'_>> {
        self.id.as_deref().map(Identifier::Text)
    }

    fn describe(_: &mut EventKinds<Self>) {}

    fn tiebreak(&self, other: &Self) -> Ordering {
        cmp_cells(&self.cells, &other.cells).then_with(|| self.id.cmp(&other.id))
    }
}

impl RecordEvent {
    /// Creates an event.
    ///
    /// # Errors
    /// If the schema has no such kind or property, or a value has the wrong type.
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
            &mut CellReader::default(),
        )
    }

    pub(super) fn build<'a>(
        schema: &Schema,
        kind: &str,
        at: &Value,
        properties: impl IntoIterator<Item = (&'a str, Value)>,
        reader: &mut CellReader,
    ) -> Result<Self, RecordError> {
        let unknown = || {
            RecordError::new(
                "kind",
                format!("the schema has no event kind `{kind}`; declare it there"),
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
            *cell = Cell::of_field(property, &value, reader).map_err(error)?;
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

    /// Sets the id. Of a profile's events of one kind with the same id, one is kept.
    #[must_use]
    pub fn with_id(mut self, id: impl Into<String>) -> Self {
        self.id = Some(id.into().into_boxed_str());
        self
    }

    /// Changes when it happened.
    pub(crate) fn set_at(&mut self, at: Instant) {
        self.at = at;
    }

    /// The name of its kind.
    #[must_use]
    pub fn kind_name<'s>(&self, schema: &'s Schema) -> &'s str {
        schema
            .kinds()
            .get(usize::from(self.kind))
            .map_or("", |k: &EventKind| &k.name)
    }

    /// The value of a property; [`Value::Missing`] also if the kind has no such property.
    #[must_use]
    pub fn get(&self, schema: &Schema, property: &str) -> Value {
        let value = || {
            let kind = schema.kinds().get(usize::from(self.kind))?;
            let i = kind.property_index(property)?;
            Some(self.cells.get(i)?.to_value(&kind.properties.get(i)?.ty))
        };
        value().unwrap_or_default()
    }
}

pub(super) fn instant_of(value: &Value) -> Result<Instant, String> {
    match Cell::from_value(&Type::Instant, value, &mut CellReader::default())? {
        Cell::Whole(micros) => Ok(Instant::from_micros(micros)),
        _ => Err("is missing; say when".to_owned()),
    }
}

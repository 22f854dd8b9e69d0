//! The rows that a [`Record`] has: by position in the schema, like everything else in it.

use super::access::Val;
use super::cell::{Cell, Interner, Value};
use super::json::twice;
use super::names::Names;
use super::record::Record;
use super::rows::RowAccess;
use super::write::{write_key, write_list};
use super::{RecordBuilder, RecordError};
use crate::schema::walk;
use crate::schema::{Relation, Schema};
use std::sync::Arc;

/// By position among the properties of the relation; missing ones at the end are left out.
pub(super) type RecordRow = Box<[Cell]>;

/// One row from the values of its properties.
fn row_of<'a>(
    relation: &Relation,
    properties: impl IntoIterator<Item = (&'a str, Value)>,
    texts: &mut Interner,
) -> Result<RecordRow, RecordError> {
    let mut cells = vec![Cell::Missing; relation.properties.len()];
    for (name, value) in properties {
        let error = |m: String| RecordError::new(format!("{}.{name}", relation.name), m);
        let place = relation
            .property_index(name)
            .and_then(|i| Some((relation.properties.get(i)?, cells.get_mut(i)?)));
        let (property, cell) = place.ok_or_else(|| {
            error(format!(
                "the rows of `{}` have no such property in the schema; declare it there",
                relation.name
            ))
        })?;
        *cell = Cell::from_value(&property.ty, &value, texts).map_err(error)?;
    }
    Ok(trimmed(cells))
}

fn trimmed(mut cells: Vec<Cell>) -> RecordRow {
    let used = cells
        .iter()
        .rposition(|c| !c.is_missing())
        .map_or(0, |i| i + 1);
    cells.truncate(used);
    cells.into()
}

impl Record {
    fn rows_mut(&mut self, relation: usize) -> Option<&mut Vec<RecordRow>> {
        if self.rows.len() <= relation {
            self.rows.resize(relation.saturating_add(1), Vec::new());
        }
        self.rows.get_mut(relation)
    }

    /// Replaces the rows of a relation. [`Value::Missing`] means that there are none.
    pub(super) fn set_rows(
        &mut self,
        schema: &Schema,
        relation: usize,
        value: &Value,
        texts: &mut Interner,
    ) -> Result<(), RecordError> {
        let Some(declared) = schema.relations().get(relation) else {
            return Ok(());
        };
        let rows = match value {
            Value::Missing => Vec::new(),
            Value::Rows(rows) => {
                let row = |row: &Vec<(String, Value)>| {
                    row_of(
                        declared,
                        row.iter()
                            .map(|(name, value)| (name.as_str(), value.clone())),
                        texts,
                    )
                };
                rows.iter().map(row).collect::<Result<Vec<_>, _>>()?
            }
            _ => {
                return Err(RecordError::new(
                    &*declared.name,
                    "has rows, not one value; give a `Value::Rows`",
                ));
            }
        };
        if let Some(slot) = self.rows_mut(relation) {
            *slot = rows;
        }
        Ok(())
    }

    /// The rows of a relation as a program sees them.
    pub(super) fn rows_value(&self, relation: usize, declared: &Relation) -> Value {
        let row = |row: &RecordRow| {
            let present = declared
                .properties
                .iter()
                .zip(row)
                .filter(|(_, cell)| !cell.is_missing());
            present
                .map(|(property, cell)| (property.name.clone(), cell.to_value(&property.ty)))
                .collect()
        };
        Value::Rows(
            self.rows
                .get(relation)
                .into_iter()
                .flatten()
                .map(row)
                .collect(),
        )
    }

    /// Reads the rows of a relation from JSON.
    pub(super) fn read_rows(
        &mut self,
        relation: usize,
        declared: &Relation,
        names: &Names,
        raw: &str,
        texts: &mut Interner,
    ) -> Result<(), RecordError> {
        if raw == "null" {
            return Ok(());
        }
        let wrong = || {
            RecordError::new(
                &*declared.name,
                "is not a list of rows; write it as `[{…}, {…}]`",
            )
        };
        if !raw.starts_with('[') {
            return Err(wrong());
        }
        let mut rows = Vec::new();
        for (i, raw) in walk::list(raw)
            .map_err(|_| wrong())?
            .into_iter()
            .enumerate()
        {
            if !raw.starts_with('{') {
                return Err(wrong());
            }
            let mut cells = vec![Cell::Missing; declared.properties.len()];
            let read = names.fields("", raw, &mut |index, raw| {
                let Some(property) = declared.properties.get(index) else {
                    return Ok(());
                };
                let cell = Cell::from_json(&property.ty, raw, texts)
                    .map_err(|m| RecordError::new(&*property.name, m))?;
                match cells.get_mut(index) {
                    Some(slot) if slot.is_missing() => *slot = cell,
                    _ => return Err(twice(&property.name)),
                }
                Ok(())
            });
            read.map_err(|e| e.within(&format!("{}[{i}]", declared.name)))?;
            rows.push(trimmed(cells));
        }
        match self.rows_mut(relation) {
            Some(slot) if slot.is_empty() => *slot = rows,
            _ => return Err(twice(&declared.name)),
        }
        Ok(())
    }

    /// Writes the rows as JSON, each relation under its name.
    pub(super) fn write_rows(&self, schema: &Schema, out: &mut String) {
        for (declared, rows) in schema
            .relations()
            .iter()
            .zip(&self.rows)
            .filter(|(_, rows)| !rows.is_empty())
        {
            write_key(&declared.name, out);
            write_list(rows, out, |row, out| {
                out.push('{');
                for (property, cell) in declared
                    .properties
                    .iter()
                    .zip(row)
                    .filter(|(_, c)| !c.is_missing())
                {
                    write_key(&property.name, out);
                    cell.write_json(&property.ty, out);
                }
                out.push('}');
            });
        }
    }
}

impl RecordBuilder {
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
            let row = row_of(declared, properties, &mut b.texts)?;
            if let Some(rows) = b.record.rows_mut(index) {
                rows.push(row);
            }
            Ok(())
        })
    }
}

/// How records answer the relation at a position.
pub(super) fn access(relation: usize) -> Arc<dyn RowAccess<Record>> {
    Arc::new(RecordRows(relation))
}

struct RecordRows(usize);

impl RecordRows {
    #[inline]
    fn cell<'a>(&self, of: &'a Record, row: usize, property: usize) -> Option<&'a Cell> {
        of.rows.get(self.0)?.get(row)?.get(property)
    }
}

impl RowAccess<Record> for RecordRows {
    fn len(&self, of: &Record) -> usize {
        of.rows.get(self.0).map_or(0, Vec::len)
    }

    fn value<'a>(&self, of: &'a Record, row: usize, property: usize) -> Val<'a> {
        self.cell(of, row, property).map_or(Val::Missing, Cell::val)
    }

    fn list_len(&self, of: &Record, row: usize, property: usize) -> Option<usize> {
        match self.cell(of, row, property) {
            Some(Cell::List(items)) => Some(items.len()),
            _ => None,
        }
    }

    fn list_item<'a>(&self, of: &'a Record, row: usize, property: usize, item: usize) -> Val<'a> {
        match self.cell(of, row, property) {
            Some(Cell::List(items)) => items.get(item).map_or(Val::Missing, Cell::val),
            _ => Val::Missing,
        }
    }
}

//! The rows that a [`Record`] has: by position in the schema, like everything else in it.

use super::Record;
use super::cell::{Cell, CellReader};
use super::error::RecordError;
use super::value::Value;
use crate::schema::{Relation, Schema};

/// By position among the properties of the relation; missing ones at the end are left out.
pub(super) type RecordRow = Box<[Cell]>;

/// One row from the values of its properties.
pub(super) fn row_of<'a>(
    relation: &Relation,
    properties: impl IntoIterator<Item = (&'a str, Value)>,
    reader: &mut CellReader,
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
        *cell = Cell::of_field(property, &value, reader).map_err(error)?;
    }
    Ok(trimmed(cells))
}

pub(super) fn trimmed(mut cells: Vec<Cell>) -> RecordRow {
    let used = cells
        .iter()
        .rposition(|c| !c.is_missing())
        .map_or(0, |i| i + 1);
    cells.truncate(used);
    cells.into()
}

impl Record {
    pub(super) fn rows_mut(&mut self, relation: usize) -> Option<&mut Vec<RecordRow>> {
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
        reader: &mut CellReader,
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
                        reader,
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
}

//! Columns of a batch that are fields of the schema.

use crate::convert::{Values, convert, plain};
use crate::error::Wrong;
use arrow_array::{Array as _, ArrayRef};
use segue::Zone;
use segue::population::PopulationError;
use segue::schema::Field;

/// Columns of a batch that are fields of the schema.
pub(crate) struct Fields<'f> {
    found: Vec<Found<'f>>,
    zone: Zone,
}

struct Found<'f> {
    /// Its name in Arrow.
    column: String,
    field: &'f Field,
    array: ArrayRef,
}

impl<'f> Fields<'f> {
    pub(crate) fn new(zone: Zone) -> Self {
        Fields {
            found: Vec::new(),
            zone,
        }
    }

    /// Adds the column of a field, which may have but one.
    pub(crate) fn add(
        &mut self,
        column: &str,
        array: &ArrayRef,
        field: &'f Field,
    ) -> Result<(), Wrong> {
        if let Some(other) = self
            .found
            .iter()
            .find(|found| found.field.name == field.name)
        {
            let message = format!(
                "is `{}` of the schema, and so is the column `{}`; remove one",
                field.name, other.column
            );
            return Err(Wrong::column(column, message));
        }
        let array = plain(array, &field.ty).map_err(|wrong| wrong.of_column(column))?;
        self.found.push(Found {
            column: column.to_owned(),
            field,
            array,
        });
        Ok(())
    }

    /// What the schema calls them.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.found.iter().map(|found| &*found.field.name)
    }

    /// Their values, of the types of the schema.
    pub(crate) fn converted(&self) -> Result<Vec<Values<'_>>, Wrong> {
        let found = self.found.iter();
        found
            .map(|found| {
                let rows = 0..found.array.len();
                let values = convert(&found.array, rows, &found.field.ty, self.zone);
                values.map_err(|wrong| wrong.of_column(&found.column))
            })
            .collect()
    }

    /// What a builder says of one of them, or of the column `other`.
    pub(crate) fn wrong(&self, error: PopulationError, kind: &str, other: &str) -> Wrong {
        let name = match kind {
            "" => Some(&*error.place),
            _ => error
                .place
                .strip_prefix(kind)
                .and_then(|rest| rest.strip_prefix('.')),
        };
        let found = self
            .found
            .iter()
            .find(|found| name == Some(&found.field.name));
        Wrong {
            row: error.row,
            column: Some(found.map_or(other, |found| &found.column).to_owned()),
            message: error.message,
        }
    }
}

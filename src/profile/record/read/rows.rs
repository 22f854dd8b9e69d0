//! Rows from JSON.

use crate::profile::record::Record;
use crate::profile::record::cell::{Cell, CellReader};
use crate::profile::record::error::{RecordError, duplicate};
use crate::profile::record::names::Names;
use crate::profile::record::rows::trimmed;
use crate::schema::{Relation, walk};

impl Record {
    /// Reads the rows of a relation from JSON.
    pub(super) fn read_rows(
        &mut self,
        relation: usize,
        declared: &Relation,
        names: &Names,
        raw: &str,
        reader: &mut CellReader,
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
        let Ok(listed) = walk::list(raw) else {
            return reader.fault(wrong());
        };
        let mut rows = Vec::new();
        for (i, raw) in listed.into_iter().enumerate() {
            if !raw.starts_with('{') {
                reader.fault(wrong())?;
                continue;
            }
            let before = reader.noted();
            let mut cells = vec![Cell::Missing; declared.properties.len()];
            let read = names.fields("", raw, &mut |index, raw| {
                let Some(property) = declared.properties.get(index) else {
                    return Ok(());
                };
                let cell = reader.cell(property, raw, || property.name.clone())?;
                match cells.get_mut(index) {
                    Some(slot) if slot.is_missing() => *slot = cell,
                    _ => return reader.fault(duplicate(&property.name)),
                }
                Ok(())
            });
            let place = format!("{}[{i}]", declared.name);
            reader.noted_within(before, &place);
            read.map_err(|e| e.within(&place))?;
            rows.push(trimmed(cells));
        }
        match self.rows_mut(relation) {
            Some(slot) if slot.is_empty() => *slot = rows,
            _ => return reader.fault(duplicate(&declared.name)),
        }
        Ok(())
    }
}

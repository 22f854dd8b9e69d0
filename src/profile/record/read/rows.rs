//! Rows from JSON.

use crate::profile::record::Record;
use crate::profile::record::cell::{Cell, Interner};
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
                    _ => return Err(duplicate(&property.name)),
                }
                Ok(())
            });
            read.map_err(|e| e.within(&format!("{}[{i}]", declared.name)))?;
            rows.push(trimmed(cells));
        }
        match self.rows_mut(relation) {
            Some(slot) if slot.is_empty() => *slot = rows,
            _ => return Err(duplicate(&declared.name)),
        }
        Ok(())
    }
}

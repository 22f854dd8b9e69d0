//! What is wrong with Arrow data.

use std::fmt;

/// Data of which no population can be built: where they are wrong, how, and what to do.
///
/// ```
/// use segue_arrow::arrow_array::{Float64Array, RecordBatch, StringArray};
/// use segue_arrow::{ArrowBuilder, ProfileColumns};
/// use std::sync::Arc;
///
/// let schema: segue::Schema = serde_json::from_str(r#"{"attributes": {"age": "int"}}"#)?;
/// let batch = RecordBatch::try_from_iter([
///     ("id", Arc::new(StringArray::from(vec!["anna", "ben"])) as _),
///     ("age", Arc::new(Float64Array::from(vec![57.0, 23.5])) as _),
/// ])?;
/// let error = ArrowBuilder::new(&schema).profiles(&batch, &ProfileColumns::default()).unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "profiles, batch 1, row 1, column `age`: `23.5` is not an `int`; round it, or declare the type as `decimal(1)`"
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ImportError {
    /// What was read: `profiles`, `events`.
    pub what: &'static str,
    /// The batch, counted from 1; `None` where the row is one of a whole file, or all batches are meant.
    pub batch: Option<u64>,
    /// The row of the batch, or of the file, counted from 0; `None` where a whole column is meant.
    pub row: Option<u64>,
    /// The column, as Arrow calls it.
    pub column: Option<String>,
    /// What is wrong and how to correct it.
    pub message: String,
}

impl std::error::Error for ImportError {}

impl fmt::Display for ImportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.what)?;
        if let Some(batch) = self.batch {
            write!(f, ", batch {batch}")?;
        }
        if let Some(row) = self.row {
            write!(f, ", row {row}")?;
        }
        if let Some(column) = &self.column {
            write!(f, ", column `{}`", segue::diagnostic::printable(column))?;
        }
        write!(f, ": {}", segue::diagnostic::printable(&self.message))
    }
}

/// What is wrong in one column of one batch, before it is known which batch that is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Wrong {
    pub(crate) row: Option<usize>,
    pub(crate) column: Option<String>,
    pub(crate) message: String,
}

impl Wrong {
    /// Of a whole batch.
    pub(crate) fn batch(message: impl Into<String>) -> Self {
        Wrong {
            row: None,
            column: None,
            message: message.into(),
        }
    }

    /// Of a whole column.
    pub(crate) fn column(column: &str, message: impl Into<String>) -> Self {
        Wrong::batch(message).of_column(column)
    }

    /// Of a value.
    pub(crate) fn value(row: usize, message: impl Into<String>) -> Self {
        Wrong {
            row: Some(row),
            ..Wrong::batch(message)
        }
    }

    pub(crate) fn of_column(self, column: &str) -> Self {
        Wrong {
            column: Some(column.to_owned()),
            ..self
        }
    }

    /// The same where the batch was made of some rows of another.
    pub(crate) fn among(self, rows: Option<&[u32]>) -> Self {
        let row = self.row.map(|row| match rows {
            Some(rows) => rows.get(row).map_or(row, |row| *row as usize),
            None => row,
        });
        Wrong { row, ..self }
    }
}

/// Where a batch stands, to say where it is wrong.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    pub(crate) what: &'static str,
    pub(crate) batch: Option<u64>,
    /// The rows before it in its file.
    pub(crate) before: u64,
}

impl Place {
    pub(crate) fn error(self, wrong: Wrong) -> ImportError {
        let row = wrong.row.map(|row| {
            self.before
                .saturating_add(u64::try_from(row).unwrap_or(u64::MAX))
        });
        ImportError {
            what: self.what,
            batch: self.batch,
            row,
            column: wrong.column,
            message: wrong.message,
        }
    }
}

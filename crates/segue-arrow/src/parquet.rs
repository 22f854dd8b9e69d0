//! Populations from Parquet files.

use crate::builder::ArrowBuilder;
use crate::columns::{EventColumns, Kind, Names, ProfileColumns};
use crate::error::{ImportError, Place, Wrong};
use crate::json::write_lines;
use arrow_schema::{DataType, Field, FieldRef, Schema as ArrowSchema};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader,
    ParquetRecordBatchReaderBuilder,
};
use parquet::file::reader::ChunkReader;
use std::sync::Arc;
use std::{fmt, io};

/// How many rows are in memory at a time.
const BATCH: usize = 1 << 14;

impl ArrowBuilder {
    /// Adds the profiles of a Parquet file: an open `std::fs::File`, or bytes. Only the columns that the schema knows are read, part by part.
    ///
    /// ```no_run
    /// use segue_arrow::{ArrowBuilder, EventColumns, ProfileColumns};
    /// # let schema: segue::Schema = serde_json::from_str("{}")?;
    /// let mut builder = ArrowBuilder::new(&schema);
    /// builder.profiles_of_parquet(std::fs::File::open("people.parquet")?, &ProfileColumns::default())?;
    /// builder.events_of_parquet(std::fs::File::open("events.parquet")?, &EventColumns::default())?;
    /// let population = builder.finish()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`profiles`](Self::profiles); if it is no Parquet file, is broken, or is compressed otherwise than by Snappy or Zstandard.
    pub fn profiles_of_parquet<R: ChunkReader + 'static>(
        &mut self,
        file: R,
        columns: &ProfileColumns,
    ) -> Result<(), ImportError> {
        let schema = self.schema().clone();
        let is_own = |name: &str| name == columns.id || name == columns.tags;
        let is_known = |name: &str| {
            schema
                .attributes()
                .iter()
                .any(|of| is_within(&of.name, name))
        };
        let wanted = wanted(&columns.names, is_own, is_known);
        read(
            file,
            "profiles",
            wanted,
            |name| name == columns.id,
            |batch, place| self.profiles_at(batch, columns, place),
        )
    }

    /// Adds the events of a Parquet file: an open `std::fs::File`, or bytes. Only the columns that the schema knows are read, part by
    /// part.
    ///
    /// # Errors
    /// As [`events`](Self::events); if it is no Parquet file, is broken, or is compressed otherwise than by Snappy or Zstandard.
    pub fn events_of_parquet<R: ChunkReader + 'static>(
        &mut self,
        file: R,
        columns: &EventColumns,
    ) -> Result<(), ImportError> {
        let schema = self.schema().clone();
        let is_known = |name: &str| {
            let mut properties = schema.kinds().iter().flat_map(|kind| &kind.properties);
            name == "props" || properties.any(|of| is_within(&of.name, name))
        };
        let wanted = wanted(&columns.names, |name| columns.is_own(name), is_known);
        let is_id = |name: &str| name == columns.profile || name == columns.id;
        let wanted = |name: &str| {
            wanted(name) || matches!(&columns.kind, Kind::Column(kind) if kind == name)
        };
        read(file, "events", wanted, is_id, |batch, place| {
            self.events_at(batch, columns, place)
        })
    }
}

/// Whether a field is a column, or a field of that struct.
fn is_within(field: &str, column: &str) -> bool {
    let rest = field.strip_prefix(column);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// Which columns of a file are read.
fn wanted<'n>(
    names: &'n Names,
    is_own: impl Fn(&str) -> bool + 'n,
    is_known: impl Fn(&str) -> bool + 'n,
) -> impl Fn(&str) -> bool + 'n {
    move |name| {
        names.refuse_unknown
            || is_own(name)
            || is_known(names.in_schema(name))
            || names.is_within(name)
    }
}

/// Hands a file over part by part.
fn read<R: ChunkReader + 'static>(
    file: R,
    what: &'static str,
    wanted: impl Fn(&str) -> bool,
    is_id: impl Fn(&str) -> bool,
    mut take: impl FnMut(&arrow_array::RecordBatch, Place) -> Result<(), ImportError>,
) -> Result<(), ImportError> {
    let mut place = Place {
        what,
        batch: None,
        before: 0,
    };
    let broken = |place: Place, e: &dyn std::fmt::Display| {
        let message = format!("the Parquet file cannot be read: {e}");
        place.error(Wrong::batch(message))
    };
    let metadata = ArrowReaderMetadata::load(&file, ArrowReaderOptions::new())
        .map_err(|e| broken(place, &e))?;
    let coded = coded(metadata.schema(), is_id);
    let options = ArrowReaderOptions::new().with_schema(Arc::new(coded));
    let metadata = ArrowReaderMetadata::try_new(metadata.metadata().clone(), options)
        .map_err(|e| broken(place, &e))?;
    let columns = metadata.schema().fields().iter().enumerate();
    let roots: Vec<usize> = columns
        .filter(|(_, column)| wanted(column.name()))
        .map(|(root, _)| root)
        .collect();
    let mask = ProjectionMask::roots(metadata.parquet_schema(), roots);
    let reader = ParquetRecordBatchReaderBuilder::new_with_metadata(file, metadata)
        .with_projection(mask)
        .with_batch_size(BATCH)
        .build()
        .map_err(|e| broken(place, &e))?;
    for batch in reader {
        let batch = batch.map_err(|e| broken(place, &e))?;
        take(&batch, place)?;
        place.before = place.before.saturating_add(batch.num_rows() as u64);
    }
    Ok(())
}

/// The same schema with texts by dictionaries, as they mostly stand in the file: so each is made out once, and not in each row. Ids differ
/// from row to row.
fn coded(schema: &ArrowSchema, is_id: impl Fn(&str) -> bool) -> ArrowSchema {
    let coded = |column: &FieldRef| -> FieldRef {
        if is_id(column.name()) || *column.data_type() != DataType::Utf8 {
            return column.clone();
        }
        let ty = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
        Arc::new(Field::new(column.name(), ty, column.is_nullable()))
    };
    let columns: Vec<FieldRef> = schema.fields().iter().map(coded).collect();
    ArrowSchema::new_with_metadata(columns, schema.metadata().clone())
}

/// A Parquet file as lines of JSON, each of which is a row: for what reads profiles one by one, such as `RecordReader`.
///
/// A row is a profile, `{"id":"17","age":47}`; or an event, if there are the columns `profile` and `at`:
/// `{"profile":"17","kind":"purchased","at":"2026-01-05T09:30:00Z","props":{"amount":9.90}}`. Properties are columns of their own or fields of
/// a struct `props`, structs are objects, and lists of structs are the rows of relations. What is missing is left out. Reading gives an
/// error where the file is broken, or has a column of a type that nothing in a schema has.
pub struct ParquetLines {
    reader: ParquetRecordBatchReader,
    text: String,
    /// How much of the text was read.
    at: usize,
}

impl fmt::Debug for ParquetLines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ParquetLines").finish_non_exhaustive()
    }
}

impl ParquetLines {
    /// The lines of a file: an open `std::fs::File`, or bytes.
    ///
    /// # Errors
    /// If it is no Parquet file.
    pub fn new<R: ChunkReader + 'static>(file: R) -> io::Result<Self> {
        let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(|e| other(&e))?;
        Ok(ParquetLines {
            reader: builder
                .with_batch_size(BATCH / 4)
                .build()
                .map_err(|e| other(&e))?,
            text: String::new(),
            at: 0,
        })
    }

    /// The lines of some further rows; none at the end.
    fn fill(&mut self) -> io::Result<()> {
        self.text.clear();
        self.at = 0;
        while self.text.is_empty() {
            let Some(batch) = self.reader.next() else {
                break;
            };
            let batch = batch.map_err(|e| other(&e))?;
            write_lines(&batch, &mut self.text).map_err(|wrong| {
                let column = wrong
                    .column
                    .map_or(String::new(), |name| format!("column `{name}`: "));
                io::Error::other(format!("{column}{}", wrong.message))
            })?;
        }
        Ok(())
    }
}

impl io::Read for ParquetLines {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.at == self.text.len() {
            self.fill()?;
        }
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        let len = rest.len().min(into.len());
        if let (Some(into), Some(from)) = (into.get_mut(..len), rest.get(..len)) {
            into.copy_from_slice(from);
        }
        self.at += len;
        Ok(len)
    }
}

fn other(error: &dyn fmt::Display) -> io::Error {
    io::Error::other(format!("the Parquet file cannot be read: {error}"))
}

//! Populations of Arrow batches and Parquet files against those of the records that hold the same.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod arrays;
mod cdnow;
mod errors;
mod lines;
mod random;
mod types;

use segue::population::{Population, PopulationBuilder};
use segue::profile::{Model, Record};
use segue::{Instant, Schema};
use segue_arrow::arrow_array::{Array, ArrayRef, RecordBatch};
use segue_arrow::arrow_schema::{Field, Schema as ArrowSchema};
use segue_arrow::parquet_crate::arrow::ArrowWriter;
use segue_arrow::parquet_crate::basic::{Compression, ZstdLevel};
use segue_arrow::parquet_crate::file::properties::WriterProperties;
use std::sync::Arc;

/// A batch of columns, all of which may have missing values.
fn batch(columns: Vec<(String, ArrayRef)>) -> RecordBatch {
    let fields: Vec<Field> = columns
        .iter()
        .map(|(name, array)| Field::new(name, array.data_type().clone(), true))
        .collect();
    let arrays = columns.into_iter().map(|(_, array)| array).collect();
    RecordBatch::try_new(Arc::new(ArrowSchema::new(fields)), arrays).unwrap()
}

/// A Parquet file of batches, with few rows in each of its groups.
fn parquet(batches: &[RecordBatch], compression: Compression) -> bytes::Bytes {
    let properties = WriterProperties::builder()
        .set_compression(compression)
        .set_max_row_group_row_count(Some(1000))
        .build();
    let mut file = Vec::new();
    let mut writer =
        ArrowWriter::try_new(&mut file, batches[0].schema(), Some(properties)).unwrap();
    for batch in batches {
        writer.write(batch).unwrap();
    }
    writer.close().unwrap();
    file.into()
}

fn compressions() -> [Compression; 3] {
    [
        Compression::UNCOMPRESSED,
        Compression::SNAPPY,
        Compression::ZSTD(ZstdLevel::default()),
    ]
}

fn of_records(schema: &Schema, records: &[Record]) -> Population {
    let mut builder = PopulationBuilder::new(&Model::for_schema(schema));
    records.iter().for_each(|record| builder.push(record));
    builder.finish().unwrap()
}

fn instant(text: &str) -> Instant {
    text.parse().unwrap()
}

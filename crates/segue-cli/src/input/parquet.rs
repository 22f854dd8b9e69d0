//! Parquet files as lines of JSON.

use std::fs::File;
use std::io::{self, Read};

/// How such a file begins.
pub(super) const MAGIC: &[u8] = b"PAR1";

/// A line of JSON for each row.
#[cfg(feature = "parquet")]
pub(super) fn lines(file: File) -> io::Result<Box<dyn Read + Send>> {
    Ok(Box::new(segue_arrow::ParquetLines::new(file)?))
}

/// Why there are none.
#[cfg(not(feature = "parquet"))]
pub(super) fn lines(_: File) -> io::Result<Box<dyn Read + Send>> {
    Err(io::Error::other(
        "this program was built without the feature `parquet`; build it with that, or write NDJSON",
    ))
}

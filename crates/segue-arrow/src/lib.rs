#![doc = include_str!("../README.md")]

mod batch;
mod builder;
mod columns;
mod convert;
mod error;
mod fields;
mod ids;
mod infer;
#[cfg(feature = "parquet")]
mod json;
mod kinds;
mod members;
#[cfg(feature = "parquet")]
mod parquet;

#[cfg(feature = "parquet")]
pub use ::parquet as parquet_crate;
pub use arrow_array;
pub use arrow_schema;
pub use builder::{ArrowBuilder, LeftOut};
pub use columns::{EventColumns, ProfileColumns, Strangers};
pub use error::ImportError;
pub use infer::{attributes_of, kind_of, type_of};
pub use members::{members_as_booleans, members_as_ids};
#[cfg(feature = "parquet")]
pub use parquet::ParquetLines;

//! Builds populations, of one profile after the other or of batches of columns.

mod arrange;
mod batch;
mod batches;
mod owners;
mod profiles;
mod slice;
mod source;

pub use batch::{ChangeBatch, EventBatch, ProfileBatch, RowBatch};
pub use batches::BatchBuilder;
pub use profiles::PopulationBuilder;
pub use slice::ColumnSlice;

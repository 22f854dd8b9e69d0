//! Builds populations, of one profile after the other or of batches of columns.

mod profiles;

pub use profiles::PopulationBuilder;

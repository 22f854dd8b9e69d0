//! What is wrong with the data of a population.

use crate::diagnostic::printable;

/// Data that no population can be built of.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{}`: {}", printable(place), printable(message))]
#[non_exhaustive]
pub struct PopulationError {
    /// What it is about: `age`, `purchased.amount`, `pets`.
    pub place: String,
    /// What is wrong and how to correct it.
    pub message: String,
}

impl PopulationError {
    pub(super) fn new(place: impl Into<String>, message: impl Into<String>) -> Self {
        PopulationError {
            place: place.into(),
            message: message.into(),
        }
    }

    /// More parts than 32 bits count.
    pub(super) fn exceeded(place: impl Into<String>) -> Self {
        let message = "a population has at most 4,294,967,295 of them; make several populations of fewer profiles";
        PopulationError::new(place, message)
    }
}

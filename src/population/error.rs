//! What is wrong with the data of a population.

use crate::diagnostic::printable;

/// Data that no population can be built of.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{}`: {}{}", printable(place), of_row(*row), printable(message))]
#[non_exhaustive]
pub struct PopulationError {
    /// What it is about: `age`, `purchased.amount`, `pets`.
    pub place: String,
    /// The row of a batch, counted from 0; `None` where a whole column is meant, or all of them.
    pub row: Option<usize>,
    /// What is wrong and how to correct it.
    pub message: String,
}

fn of_row(row: Option<usize>) -> String {
    row.map_or(String::new(), |row| format!("row {row}: "))
}

impl PopulationError {
    pub(super) fn new(place: impl Into<String>, message: impl Into<String>) -> Self {
        PopulationError {
            place: place.into(),
            row: None,
            message: message.into(),
        }
    }

    pub(super) fn at_row(place: impl Into<String>, row: usize, message: impl Into<String>) -> Self {
        PopulationError {
            row: Some(row),
            ..PopulationError::new(place, message)
        }
    }

    /// More parts than 32 bits count.
    pub(super) fn exceeded(place: impl Into<String>) -> Self {
        let message = "a population has at most 4,294,967,295 of them; make several populations of fewer profiles";
        PopulationError::new(place, message)
    }
}

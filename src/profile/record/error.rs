//! Errors of records that do not fit their schema.

use crate::diagnostic::printable;

/// A profile or event does not fit its schema.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}{}", if field.is_empty() { String::new() } else { format!("`{}`: ", printable(field)) }, printable(message))]
#[non_exhaustive]
pub struct RecordError {
    /// The field: `age`, `props.amount`, `history.plan`; empty if the error is not about one field.
    pub field: String,
    /// What is wrong and how to correct it.
    pub message: String,
}

impl RecordError {
    pub(crate) fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        RecordError {
            field: field.into(),
            message: message.into(),
        }
    }

    /// Prefixes the field: `amount` within `props` is `props.amount`.
    pub(crate) fn within(mut self, outer: &str) -> Self {
        self.field = if self.field.is_empty() {
            outer.to_owned()
        } else {
            format!("{outer}.{}", self.field)
        };
        self
    }
}

pub(super) fn unknown_attribute(name: &str) -> RecordError {
    RecordError::new(name, "the schema has no such attribute; declare it there")
}

pub(super) const UNTRACKED: &str = "has a history, and the schema does not track it; declare it `tracked: true`, or give its value alone";

pub(super) fn missing(key: &str, why: &str) -> RecordError {
    RecordError::new(key, format!("is missing; {why}"))
}

pub(super) fn duplicate(key: &str) -> RecordError {
    RecordError::new(key, "is given twice; remove one")
}

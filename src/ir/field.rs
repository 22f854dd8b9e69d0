//! References to what a schema declares, by position.

use std::sync::Arc;

/// A field of the profile, of the event under test, of the event of an earlier step, or of the row under test.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum FieldRef {
    Attribute(usize),
    Property(PropertyRef),
    StepProperty(usize, PropertyRef),
    Row(RowRef),
}

/// A property by name; several kinds may have it, each at its own position.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct PropertyRef {
    pub(crate) name: Arc<str>,
    /// (kind, position)
    pub(crate) at: Vec<(usize, usize)>,
}

/// A property of the rows of a relation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct RowRef {
    pub(crate) relation: usize,
    pub(crate) property: usize,
}

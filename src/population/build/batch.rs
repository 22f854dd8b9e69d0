//! Batches: some profiles, events, rows or changes, column by column.

use super::slice::ColumnSlice;
use crate::profile::{IdValue, Identifier, OptionalId};
use std::fmt;

/// How the id of a row is found.
type IdReader<'a> = Box<dyn Fn(usize) -> Option<Identifier<'a>> + 'a>;

/// Some profiles, column by column.
pub struct ProfileBatch<'a> {
    pub(super) len: usize,
    pub(super) id: IdReader<'a>,
    pub(super) attributes: Vec<(String, ColumnSlice<'a>)>,
    pub(super) tags: Option<ColumnSlice<'a>>,
}

impl fmt::Debug for ProfileBatch<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProfileBatch")
            .field("len", &self.len)
            .field("attributes", &self.attributes)
            .finish_non_exhaustive()
    }
}

impl<'a> ProfileBatch<'a> {
    /// The profiles with these ids.
    pub fn new<I: IdValue>(ids: &'a [I]) -> Self {
        ProfileBatch {
            len: ids.len(),
            id: Box::new(|row| ids.get(row).map(I::identifier)),
            attributes: Vec::new(),
            tags: None,
        }
    }

    /// So many profiles, each of which has the id that a function finds by its row, from 0 on.
    pub fn from_fn<I: Into<Identifier<'a>>>(len: usize, id: impl Fn(usize) -> I + 'a) -> Self {
        ProfileBatch {
            len,
            id: Box::new(move |row| Some(id(row).into())),
            attributes: Vec::new(),
            tags: None,
        }
    }

    /// Adds an attribute. One that is tracked has had its value since the beginning. Those that are not added are missing.
    #[must_use]
    pub fn attribute(
        mut self,
        name: impl Into<String>,
        values: impl Into<ColumnSlice<'a>>,
    ) -> Self {
        self.attributes.push((name.into(), values.into()));
        self
    }

    /// Adds the tags: lists of texts.
    #[must_use]
    pub fn tags(mut self, lists: impl Into<ColumnSlice<'a>>) -> Self {
        self.tags = Some(lists.into());
        self
    }
}

/// Some events of one kind, column by column, in any order.
pub struct EventBatch<'a> {
    pub(super) kind: String,
    pub(super) profiles: &'a [u32],
    pub(super) at: ColumnSlice<'a>,
    pub(super) id: IdReader<'a>,
    pub(super) properties: Vec<(String, ColumnSlice<'a>)>,
}

impl fmt::Debug for EventBatch<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventBatch")
            .field("kind", &self.kind)
            .field("len", &self.profiles.len())
            .field("properties", &self.properties)
            .finish_non_exhaustive()
    }
}

impl<'a> EventBatch<'a> {
    /// Events of a kind: the position of each one's profile, which has been added before, and when it happened.
    pub fn new(
        kind: impl Into<String>,
        profiles: &'a [u32],
        at: impl Into<ColumnSlice<'a>>,
    ) -> Self {
        EventBatch {
            kind: kind.into(),
            profiles,
            at: at.into(),
            id: Box::new(|_| None),
            properties: Vec::new(),
        }
    }

    /// Adds ids. Of a profile's events of the kind with the same id, the earliest is kept.
    #[must_use]
    pub fn ids<I: OptionalId>(self, ids: &'a [I]) -> Self {
        self.ids_from_fn(|row| ids.get(row).and_then(I::optional_id))
    }

    /// Adds ids that a function finds by the row.
    #[must_use]
    pub fn ids_from_fn(mut self, id: impl Fn(usize) -> Option<Identifier<'a>> + 'a) -> Self {
        self.id = Box::new(id);
        self
    }

    /// Adds a property. Those that are not added are missing.
    #[must_use]
    pub fn property(mut self, name: impl Into<String>, values: impl Into<ColumnSlice<'a>>) -> Self {
        self.properties.push((name.into(), values.into()));
        self
    }
}

/// Some rows of one relation, column by column. Those of one profile are in the order in which they come.
#[derive(Debug)]
pub struct RowBatch<'a> {
    pub(super) relation: String,
    pub(super) profiles: &'a [u32],
    pub(super) properties: Vec<(String, ColumnSlice<'a>)>,
}

impl<'a> RowBatch<'a> {
    /// Rows of a relation: the position of each one's profile, which has been added before.
    pub fn new(relation: impl Into<String>, profiles: &'a [u32]) -> Self {
        RowBatch {
            relation: relation.into(),
            profiles,
            properties: Vec::new(),
        }
    }

    /// Adds a property. Those that are not added are missing.
    #[must_use]
    pub fn property(mut self, name: impl Into<String>, values: impl Into<ColumnSlice<'a>>) -> Self {
        self.properties.push((name.into(), values.into()));
        self
    }
}

/// Some changes of one tracked attribute, in any order.
#[derive(Debug)]
pub struct ChangeBatch<'a> {
    pub(super) attribute: String,
    pub(super) profiles: &'a [u32],
    pub(super) at: ColumnSlice<'a>,
    pub(super) values: ColumnSlice<'a>,
}

impl<'a> ChangeBatch<'a> {
    /// Changes of a tracked attribute: the position of each one's profile, which has been added before, since when it has a value, and
    /// which; from then on it is missing where the value is. Of several at one instant, the last counts.
    pub fn new(
        attribute: impl Into<String>,
        profiles: &'a [u32],
        at: impl Into<ColumnSlice<'a>>,
        values: impl Into<ColumnSlice<'a>>,
    ) -> Self {
        ChangeBatch {
            attribute: attribute.into(),
            profiles,
            at: at.into(),
            values: values.into(),
        }
    }
}

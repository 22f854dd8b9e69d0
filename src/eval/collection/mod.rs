//! Collections of a profile: its events and the rows of its relations.

pub(crate) mod events;
pub(crate) mod index;
pub(crate) mod rows;

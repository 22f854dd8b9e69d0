//! State over time: the values of an attribute, the stages of a lifecycle.

pub(crate) mod attribute;
pub(crate) mod lifecycle;
pub(crate) mod stage;
pub(crate) mod stage_history;

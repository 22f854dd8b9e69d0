//! What triggers are made of: when they may be entered again, when their dates come, when a silence is kept, who is assigned
//! to which variant.

pub(crate) mod assignment;
mod reentry;
pub(crate) mod schedule;
mod silence;

pub(crate) use reentry::{ReentryPolicy, plus};
pub(crate) use silence::SilencePlan;

//! What triggers are made of: when they may be entered again, when their dates come, when a silence is kept, when a wait
//! is over, who is assigned to which variant.

pub(crate) mod assignment;
mod change;
mod dated;
mod reentry;
pub(crate) mod schedule;
mod silence;
mod wait;

pub(crate) use change::{ChangePlan, ValueBefore};
pub(crate) use dated::{DatePlan, foresee};
pub(crate) use reentry::{ReentryPolicy, plus, plus_by_clock};
pub(crate) use silence::SilencePlan;
pub(crate) use wait::WaitPlan;

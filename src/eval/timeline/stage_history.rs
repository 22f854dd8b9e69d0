//! The stages of a profile as they were stored.

use crate::ir::StageId;
use serde::{Deserialize, Serialize};

/// A move into a stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Move {
    pub(crate) at: i64,
    pub(crate) stage: StageId,
}

/// The moves that were kept of a profile.
pub(crate) trait StageHistory {
    /// The moves so far, in order, and the last instant that they take into account; `None` where nothing was kept.
    fn moves(&self, lifecycle: &str, subject: Option<&str>) -> Option<(&[Move], i64)>;
}

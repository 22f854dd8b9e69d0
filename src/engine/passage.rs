//! What is reported of journeys.

use crate::time::Instant;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A profile that came into a journey, went on to another step, or left.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct JourneyPassage {
    /// The journey's name.
    pub journey: Arc<str>,
    /// The version of the journey's rules: eight hexadecimal digits.
    pub version: Arc<str>,
    /// When the profile entered: the instant at which it met the journey's `on`.
    pub entered: Instant,
    /// The value that it goes through the journey for, if each has a run of its own (`per`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<Arc<str>>,
    /// The variant that the profile is assigned to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variant: Option<Arc<str>>,
    /// The step that it left; `None` if it has just entered, or was not in the journey any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Arc<str>>,
    /// The step that it came to; `None` if it is not in the journey now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Arc<str>>,
    /// Why.
    pub because: PassageReason,
    /// Whether the profile is one of those who are held out, of whom is told alone that they reached the goal in time.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub held_out: bool,
}

/// Why a profile passed from one step of a journey to another, or left it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum PassageReason {
    /// It met the journey's `on`.
    Entered,
    /// The step was done.
    Done,
    /// What the step waited for came, and the step was done.
    Happened,
    /// What the step waited for did not come in time.
    TimeOver,
    /// A case of the step's `choose` says where it goes on.
    Chosen,
    /// The journey's goal was reached. Of a profile that had come to the end before, and of one that is held out, this is told
    /// as well if it happens within the goal's time.
    Goal,
    /// The journey's `exit` holds.
    Exit,
    /// Two profiles turned out to be one person. One is not in the journey any more; the other goes on in the run that began first.
    Merged,
    /// The rules changed, and do not have the step any more.
    Withdrawn,
    /// The profile was removed.
    Removed,
}

impl PassageReason {
    /// The name of the reason, as its serde form has it under `because`: `time_over`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            PassageReason::Entered => "entered",
            PassageReason::Done => "done",
            PassageReason::Happened => "happened",
            PassageReason::TimeOver => "time_over",
            PassageReason::Chosen => "chosen",
            PassageReason::Goal => "goal",
            PassageReason::Exit => "exit",
            PassageReason::Merged => "merged",
            PassageReason::Withdrawn => "withdrawn",
            PassageReason::Removed => "removed",
        }
    }
}

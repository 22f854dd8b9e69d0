//! What a trigger or a journey did for a profile, as data.

use segue::engine::EngineOutput;
use segue::{Explanation, Instant};
use serde::Serialize;

/// What a trigger or a journey did for a profile in a period, and what it does next.
#[derive(Serialize)]
pub(super) struct TriggerAccount {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) trigger: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) journey: Option<String>,
    pub(super) profile: String,
    pub(super) from: Instant,
    pub(super) at: Instant,
    /// What it waits for, as the rule file says it.
    pub(super) on: String,
    /// Its guard.
    pub(super) when: Option<String>,
    /// What it did and what was suppressed, in chronological order.
    pub(super) decisions: Vec<Decision>,
    /// The condition that fires it, explained at the instant in question.
    pub(super) condition: Option<Explanation>,
    /// The stages of the profile then.
    pub(super) stages: Vec<CurrentStage>,
    /// Where the profile is in the journey then.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) steps: Vec<CurrentStep>,
    /// What it does next if no new data arrives, until nothing waits.
    pub(super) next: Vec<Decision>,
}

/// The step of a journey that a profile is in.
#[derive(Serialize)]
pub(super) struct CurrentStep {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) subject: Option<String>,
    pub(super) step: String,
    pub(super) since: Instant,
}

/// The stage that a profile is in.
#[derive(Serialize)]
pub(super) struct CurrentStage {
    pub(super) lifecycle: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) subject: Option<String>,
    pub(super) stage: String,
    pub(super) since: Option<Instant>,
}

/// One action, one passage of the journey, or something that was suppressed.
#[derive(Serialize)]
pub(super) struct Decision {
    #[serde(flatten)]
    pub(super) output: EngineOutput,
    /// The explanation of the guard or consent that suppressed it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) because_of: Option<Explanation>,
}

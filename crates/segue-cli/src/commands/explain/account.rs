//! OutputKind a trigger did for a profile, as data.

use segue::engine::EngineOutput;
use segue::{Explanation, Instant};
use serde::Serialize;

/// OutputKind a trigger did for a profile in a period, and what it does next.
#[derive(Serialize)]
pub(super) struct TriggerAccount {
    pub(super) trigger: String,
    pub(super) profile: String,
    pub(super) from: Instant,
    pub(super) at: Instant,
    /// OutputKind fires it, as the rule file says it.
    pub(super) on: String,
    /// Its guard.
    pub(super) when: Option<String>,
    /// OutputKind it did and what was suppressed, in chronological order.
    pub(super) decisions: Vec<Decision>,
    /// The condition that fires it, explained at the instant in question.
    pub(super) condition: Option<Explanation>,
    /// The stages of the profile then.
    pub(super) stages: Vec<CurrentStage>,
    /// OutputKind it does next if no new data arrives, until nothing waits.
    pub(super) next: Vec<Decision>,
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

/// One action of the trigger, or one that was suppressed.
#[derive(Serialize)]
pub(super) struct Decision {
    #[serde(flatten)]
    pub(super) output: EngineOutput,
    /// The explanation of the guard or consent that suppressed it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) because_of: Option<Explanation>,
}

//! Journeys as they stand in a rule file.

use super::trigger::{ActionDocument, ShareDocument};
use crate::check::JourneyNames;
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A journey: what lets a profile in, and the steps that it then goes through, with waits between them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct JourneyDocument {
    /// What the journey is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// What lets a profile in, as what a trigger waits for: `subscribed`, `enter segment newcomers`.
    pub on: String,
    /// The condition under which it is let in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<String>,
    /// With `on = "enter segment …"`: whether those who are in the segment when the journey is new are let in as well
    /// (`everybody`), or only those who enter it from then on (`newcomers`, if nothing is said).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schemars", schemars(extend("enum" = ["newcomers", "everybody", null])))]
    pub enrol: Option<String>,
    /// The campaign that it belongs to: nobody enters outside of its days, and whoever is in the journey when it ends goes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub campaign: Option<String>,
    /// Among the triggers and journeys of one instant the one with the higher number goes first, then triggers before journeys,
    /// then the one that is declared first. 0 if nothing is said.
    #[serde(default, skip_serializing_if = "super::trigger::is_zero")]
    pub priority: i64,
    /// How often one profile may enter: `always` (if nothing is said), `once`, `after 30 days`, counted from the last time it
    /// entered, or `30 days after leaving`. While it is in the journey, it never enters again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub again: Option<String>,
    /// The property of the event, or `subject` for that of a lifecycle, of which each value goes through the journey by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per: Option<String>,
    /// The condition that ends it wherever the profile is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit: Option<String>,
    /// What the journey is to bring about; that ends it as well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub goal: Option<GoalDocument>,
    /// Variants and their shares in percent, for actions that are for one of them; who is in none of them does not enter.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub split: IndexMap<String, ShareDocument>,
    /// The share that does not enter, so that the rest can be measured against it: `10%`. Whether these reach the goal within its
    /// time is told as well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holdout: Option<String>,
    /// What `split` and `holdout` are drawn by; the journey's name if nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub salt: Option<String>,
    /// What becomes of a message that caps or quiet hours hold back: `skip` (if nothing is said): the journey goes on without
    /// it; `wait`: the profile stays in the step until it goes; `replace`; or `replace_or_wait`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schemars", schemars(extend("enum" = ["skip", "wait", "replace", "replace_or_wait", null])))]
    pub held: Option<String>,
    /// How long a message waits before it is given up: `3 days`. For ever if nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wait_at_most: Option<String>,
    /// The steps, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<StepDocument>,
    /// Former names of steps, each with the step in which those who were there go on.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub moved: BTreeMap<String, String>,
    /// Raise it where a changed journey is to count as a new one; it is part of every effect's key. 1 if nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u32>,
}

impl JourneyDocument {
    /// What can be named of it.
    pub(crate) fn names(&self) -> JourneyNames {
        JourneyNames {
            steps: self.steps.iter().map(|step| step.name.clone()).collect(),
            per: self.per.clone(),
        }
    }
}

/// What a journey is to bring about.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct GoalDocument {
    /// The condition.
    pub when: String,
    /// How long after entering it counts, the end included: `14 days`. Without it, as long as the profile is in the journey.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within: Option<String>,
}

/// A step of a journey: it waits, in one way or not at all; then it does something; then it goes on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct StepDocument {
    /// The name, by which those who wait in it are found when the journey is changed.
    pub name: String,
    /// What the step is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// How long it waits, from when the profile came to the step: `2 days`, `2 days at 10:00`, `until monday at 10:00`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wait: Option<String>,
    /// What it waits for: a condition, in which events without a window are those since the profile came to the step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wait_for: Option<String>,
    /// How long `wait_for` waits at most, the end included: `3 days`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_most: Option<String>,
    /// The step that follows, or `end`, if what is waited for did not come in time; the next step if nothing is said. What the step
    /// does is then left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub otherwise: Option<String>,
    /// What it does, in order.
    #[serde(rename = "do", default, skip_serializing_if = "Vec::is_empty")]
    pub actions: Vec<ActionDocument>,
    /// Cases, of which the first that holds is taken; then the step's `go` counts if the case has none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub choose: Vec<ChoiceDocument>,
    /// The step that follows, or `end`; the next one if nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub go: Option<String>,
    /// How often `go` is followed in one journey of a profile; from then on the next step follows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u16>,
}

/// One case of a step.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ChoiceDocument {
    /// The condition.
    pub when: String,
    /// What is done then, in order.
    #[serde(rename = "do", default, skip_serializing_if = "Vec::is_empty")]
    pub actions: Vec<ActionDocument>,
    /// The step that follows, or `end`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub go: Option<String>,
}

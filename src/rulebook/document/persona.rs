//! Personas as they stand in a rule file.

use serde::{Deserialize, Serialize};

/// A persona: a typical customer. A profile is the one that it is most like.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PersonaDocument {
    /// Who the persona is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// What speaks for it and against it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub weights: Vec<WeightDocument>,
    /// How much the weights must add at least for somebody to be this persona; 1 if nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub least: Option<i64>,
}

/// What speaks for a persona, or against it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct WeightDocument {
    /// The condition.
    pub when: String,
    /// How much it adds where it holds: less than nothing where it speaks against the persona.
    pub adds: i64,
}

//! What stands in a rule file about profiles that are one person.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// By what profiles are known to be one person, and what becomes of their data then.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct IdentityDocument {
    /// The names of strong identifiers, such as `customer` or `email`: two profiles that have the same are one person, and two
    /// that have different ones never are.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub strong: Vec<String>,
    /// The names of weak identifiers, such as `cookie` or `device`: they join a profile of which no strong one is known to
    /// another one, and never two persons. Each belongs to whoever was identified with it last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub weak: Vec<String>,
    /// The strong identifier whose value is the id of a person's profile, once it is known. Without it, the profile keeps the id
    /// under which the person was identified first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub named_by: Option<String>,
    /// By attribute or relation, what counts where two profiles have values: `latest` (of attributes, if nothing is said),
    /// `first`, `survivor`, `greatest`, `least`, `sum`, `union` (of relations, if nothing is said) or `strictest` (of those
    /// bools whose names begin with `consent`, if nothing is said).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub merge: BTreeMap<String, String>,
}

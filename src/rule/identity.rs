//! What makes profiles one person, checked.

use crate::profile::MergePolicy;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Everything that a rulebook says of identity.
#[derive(Clone, Debug, Default)]
pub(crate) struct Identity {
    /// The names of strong identifiers.
    pub(crate) strong: Vec<Arc<str>>,
    /// The names of weak ones.
    pub(crate) weak: Vec<Arc<str>>,
    /// The strong identifier whose values are ids of profiles.
    pub(crate) named_by: Option<Arc<str>>,
    /// By attribute or relation, where it is not the latest value that counts.
    pub(crate) policies: BTreeMap<Arc<str>, MergePolicy>,
}

impl Identity {
    pub(crate) fn is_strong(&self, name: &str) -> bool {
        self.strong.iter().any(|strong| **strong == *name)
    }

    pub(crate) fn is_weak(&self, name: &str) -> bool {
        self.weak.iter().any(|weak| **weak == *name)
    }

    pub(crate) fn is_named_by(&self, name: &str) -> bool {
        self.named_by.as_deref() == Some(name)
    }

    /// What counts where two profiles have values of an attribute or rows of a relation.
    pub(crate) fn policy(&self, name: &str) -> MergePolicy {
        let policy = self.policies.get(name);
        policy.copied().unwrap_or(MergePolicy::Latest)
    }
}

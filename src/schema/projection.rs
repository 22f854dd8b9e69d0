//! Projections: the part of a schema that is needed.

use std::collections::{BTreeMap, BTreeSet};

/// The names that are needed from data. Readers skip all others, including errors in them.
///
/// ```
/// use segue::schema::Projection;
/// let what = Projection::nothing().attribute("age").property("purchased", "amount");
/// assert!(what.has_kind("purchased") && !what.has_kind("viewed"));
/// assert!(Projection::everything().has_kind("viewed"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Projection {
    all: bool,
    attributes: BTreeSet<String>,
    kinds: BTreeMap<String, BTreeSet<String>>,
}

impl Projection {
    /// A projection to every name.
    #[must_use]
    pub fn everything() -> Self {
        Projection {
            all: true,
            ..Self::nothing()
        }
    }

    /// A projection to no name, to add names to. Ids and tags are always read.
    #[must_use]
    pub fn nothing() -> Self {
        Projection {
            all: false,
            attributes: BTreeSet::new(),
            kinds: BTreeMap::new(),
        }
    }

    /// Adds an attribute, or a relation with all properties of its rows.
    #[must_use]
    pub fn attribute(mut self, name: impl Into<String>) -> Self {
        self.attributes.insert(name.into());
        self
    }

    /// Adds the events of a kind, without properties.
    #[must_use]
    pub fn kind(mut self, kind: impl Into<String>) -> Self {
        self.kinds.entry(kind.into()).or_default();
        self
    }

    /// Adds a property of the events of a kind.
    #[must_use]
    pub fn property(mut self, kind: impl Into<String>, property: impl Into<String>) -> Self {
        self.kinds
            .entry(kind.into())
            .or_default()
            .insert(property.into());
        self
    }

    /// Whether it has an attribute or a relation.
    #[must_use]
    pub fn has_attribute(&self, name: &str) -> bool {
        self.all || self.attributes.contains(name)
    }

    /// Whether it has the events of a kind.
    #[must_use]
    pub fn has_kind(&self, kind: &str) -> bool {
        self.all || self.kinds.contains_key(kind)
    }

    /// Whether it has a property of the events of a kind.
    #[must_use]
    pub fn has_property(&self, kind: &str, property: &str) -> bool {
        self.all || self.kinds.get(kind).is_some_and(|p| p.contains(property))
    }

    /// Whether it has a field (of an event kind, or an attribute), or one whose dotted name begins with it.
    pub(super) fn leads_to(&self, kind: Option<&str>, name: &str) -> bool {
        let names = match kind {
            _ if self.all => return true,
            None => Some(&self.attributes),
            Some(kind) => self.kinds.get(kind),
        };
        let begins = |n: &String| {
            n.strip_prefix(name)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        names.is_some_and(|names| {
            names
                .range(name.to_owned()..)
                .take_while(|n| n.starts_with(name))
                .any(begins)
        })
    }
}

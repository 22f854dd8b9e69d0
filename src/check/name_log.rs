//! Which names of the schema stand in a text, kept for whoever gives them other names.
//!
//! A name means what the checker takes it for: `amount` is the property of one kind in one place, and of another kind, an
//! attribute or the value of an enum in the next. So nothing but the checker is asked.

use crate::ir::PropertyRef;
use crate::schema::{KindId, Schema};
use std::sync::{Arc, Mutex, PoisonError};

/// What a name of a text means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum NameMeaning {
    Attribute(String),
    /// A kind of events, or a relation.
    Collection(String),
    /// A property of the events of these kinds, or of the rows of a relation.
    Property {
        of: Vec<String>,
        name: String,
    },
    /// All kinds whose names begin so.
    Beginning(Vec<String>),
    /// A value of an enum, whatever else is called so.
    Member,
}

/// A name in a text.
#[derive(Clone, Debug)]
pub(crate) struct NameUse {
    /// The text that was checked.
    pub(crate) text: String,
    /// The byte at which the path begins that the name is a part of.
    pub(crate) start: usize,
    /// How many names of the path stand before it: the `c` of `c.amount`.
    pub(crate) skip: usize,
    /// Whether it stands there as it is, without the quotes that an expression needs.
    pub(crate) plain: bool,
    pub(crate) meaning: NameMeaning,
}

/// A name in a text of a document, and the keys that the text stands under.
#[derive(Clone, Debug)]
pub(crate) struct PlacedName {
    pub(crate) path: Vec<String>,
    pub(crate) name: NameUse,
}

/// The names that the checker found. Clones share what they note.
#[derive(Clone, Debug, Default)]
pub(crate) struct NameLog(Arc<Mutex<Noted>>);

#[derive(Debug, Default)]
struct Noted {
    /// Of the text that is checked now.
    found: Vec<NameUse>,
    placed: Vec<PlacedName>,
}

impl NameLog {
    fn with<T>(&self, f: impl FnOnce(&mut Noted) -> T) -> T {
        f(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn note(&self, name: NameUse) {
        self.with(|noted| noted.found.push(name));
    }

    /// Says where the text stands that has just been checked.
    pub(crate) fn place<K: AsRef<str>>(&self, path: &[K], text: &str) {
        let path: Vec<String> = path.iter().map(|key| key.as_ref().to_owned()).collect();
        self.with(|noted| {
            let of_text = std::mem::take(&mut noted.found).into_iter();
            let of_text = of_text.filter(|name| name.text == text);
            let placed = of_text.map(|name| PlacedName {
                path: path.clone(),
                name,
            });
            noted.placed.extend(placed);
        });
    }

    /// All names of the document.
    pub(crate) fn placed(&self) -> Vec<PlacedName> {
        self.with(|noted| std::mem::take(&mut noted.placed))
    }
}

impl NameMeaning {
    /// A property of events.
    pub(crate) fn property(property: &PropertyRef, schema: &Schema) -> Self {
        NameMeaning::Property {
            of: kinds(schema, property.at.iter().map(|(kind, _)| *kind)),
            name: property.name.to_string(),
        }
    }
}

/// The names of kinds.
pub(super) fn kinds(schema: &Schema, kinds: impl Iterator<Item = KindId>) -> Vec<String> {
    let names = kinds.filter_map(|kind| Some(schema.kind_of(kind)?.name.clone()));
    names.collect()
}

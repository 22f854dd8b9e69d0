//! Finds wanted names in JSON objects.

use super::error::RecordError;
use crate::schema::Field;
use crate::schema::walk;
use std::collections::HashMap;

/// What a key of an object stands for.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct NameTarget {
    /// The position of the field of this name.
    pub(super) field: Option<usize>,
    /// Whether it begins a dotted name.
    pub(super) prefix: bool,
}

/// The wanted names among some fields, and the beginnings of the dotted ones.
#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    few: Vec<(Box<str>, NameTarget)>,
    many: HashMap<Box<str>, NameTarget>,
}

impl Names {
    /// Up to so many, comparing one after the other is faster than hashing.
    const FEW: usize = 16;

    pub(super) fn new<'a>(wanted: impl Iterator<Item = (usize, &'a str)>) -> Self {
        let mut all: HashMap<Box<str>, NameTarget> = HashMap::new();
        for (index, name) in wanted {
            all.entry(name.into()).or_default().field = Some(index);
            for (dot, _) in name.match_indices('.') {
                all.entry(name.get(..dot).unwrap_or_default().into())
                    .or_default()
                    .prefix = true;
            }
        }
        if all.len() > Self::FEW {
            return Names {
                few: Vec::new(),
                many: all,
            };
        }
        let mut few: Vec<_> = all.into_iter().collect();
        few.sort_by_key(|(_, t)| t.field.unwrap_or(usize::MAX));
        Names {
            few,
            many: HashMap::new(),
        }
    }

    pub(super) fn get(&self, name: &str) -> NameTarget {
        let found = match self.few.iter().find(|(n, _)| **n == *name) {
            Some((_, target)) => Some(target),
            None if self.many.is_empty() => None,
            None => self.many.get(name),
        };
        found.copied().unwrap_or_default()
    }

    /// Hands every wanted value of an object to `take`, whether its name is spelled with dots or by nesting.
    pub(super) fn fields(
        &self,
        outer: &str,
        raw: &str,
        take: &mut dyn FnMut(usize, &str) -> Result<(), RecordError>,
    ) -> Result<(), RecordError> {
        walk::object(raw, &mut |key, value| {
            if outer.is_empty() {
                self.field(key, value, take)
            } else {
                self.field(&format!("{outer}.{key}"), value, take)
            }
        })
    }

    pub(super) fn field(
        &self,
        name: &str,
        value: &str,
        take: &mut dyn FnMut(usize, &str) -> Result<(), RecordError>,
    ) -> Result<(), RecordError> {
        let target = self.get(name);
        match target.field {
            _ if target.prefix && value.starts_with('{') => self.fields(name, value, take),
            Some(index) => take(index, value),
            None => Ok(()),
        }
    }
}

pub(super) fn names_of(fields: &[Field]) -> impl Iterator<Item = (usize, &str)> {
    fields.iter().map(|f| f.name.as_str()).enumerate()
}

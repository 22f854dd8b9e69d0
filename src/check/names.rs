//! What the checker notes of the names that it finds.

use super::checker::Checker;
use super::name_log::{NameMeaning, NameUse, kinds};
use super::resolve::Found;
use crate::ir::{FieldRef, PropertyRef, TermKind};
use crate::schema::{KindId, RelationId};
use crate::span::Span;

/// How many names a dotted name is made of.
fn parts(name: &str) -> usize {
    name.split('.').count()
}

impl Checker<'_> {
    fn note(&self, span: Span, skip: usize, meaning: NameMeaning) {
        // A short form names what its author has not written.
        let is_written = span.start < span.end;
        if let Some(log) = self.context.names.as_ref().filter(|_| is_written) {
            log.note(NameUse {
                text: self.text.to_owned(),
                start: span.start as usize,
                skip,
                plain: false,
                meaning,
            });
        }
    }

    pub(super) fn note_kind(&self, kind: KindId, span: Span) {
        if self.context.names.is_some() {
            let names = kinds(self.schema(), [kind].into_iter());
            let names = names.into_iter().map(NameMeaning::Collection);
            names.for_each(|meaning| self.note(span, 0, meaning));
        }
    }

    pub(super) fn note_beginning(&self, of: &[KindId], span: Span) {
        if self.context.names.is_some() {
            let names = kinds(self.schema(), of.iter().copied());
            self.note(span, 0, NameMeaning::Beginning(names));
        }
    }

    pub(super) fn note_relation(&self, relation: RelationId, span: Span) {
        if self.context.names.is_some()
            && let Some(declared) = self.relation(relation)
        {
            self.note(span, 0, NameMeaning::Collection(declared.name.clone()));
        }
    }

    pub(super) fn note_member(&self, span: Span) {
        self.note(span, 0, NameMeaning::Member);
    }

    /// Notes what a path means, of which `name` is the part that has a meaning.
    pub(super) fn note_found(&self, name: &str, found: &Found, span: Span) {
        if self.context.names.is_none() {
            return;
        }
        let field = match found {
            Found::List(field, _) => field,
            Found::Value(term) => {
                let TermKind::Field(field) = &term.kind else {
                    return;
                };
                field
            }
        };
        let schema = self.schema();
        match field {
            FieldRef::Attribute(attribute) => {
                if let Some(field) = schema.attribute_of(*attribute) {
                    self.note(span, 0, NameMeaning::Attribute(field.name.clone()));
                }
            }
            FieldRef::Property(property) => self.note_property(property, span, 0),
            FieldRef::NamedEventProperty(_, property) | FieldRef::EntryProperty(property) => {
                self.note_property(property, span, 1);
            }
            FieldRef::Row(row) => {
                let Some(relation) = self.relation(row.relation) else {
                    return;
                };
                let Some(field) = relation.property_of(row.property) else {
                    return;
                };
                let qualified = field.name != name;
                if qualified {
                    self.note(span, 0, NameMeaning::Collection(relation.name.clone()));
                }
                let meaning = NameMeaning::Property {
                    of: vec![relation.name.clone()],
                    name: field.name.clone(),
                };
                let skip = if qualified { parts(&relation.name) } else { 0 };
                self.note(span, skip, meaning);
            }
        }
    }

    fn note_property(&self, property: &PropertyRef, span: Span, skip: usize) {
        let meaning = NameMeaning::property(property, self.schema());
        self.note(span, skip, meaning);
    }
}

//! References to what a schema declares, by position.

use super::Ty;
use crate::schema::ids::ids;
use crate::schema::{AttributeId, Field, KindId, PropertyId, RelationId, Schema};
use crate::value::Type;
use std::sync::Arc;

ids! {
    /// Where a named event is kept while something is asked that may read it.
    SlotId,
}

/// A field of the profile, of the event under test, of the event of an earlier step, of the event that a trigger's entry
/// began with, or of the row under test.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum FieldRef {
    Attribute(AttributeId),
    Property(PropertyRef),
    NamedEventProperty(SlotId, PropertyRef),
    EntryProperty(PropertyRef),
    Row(RowRef),
}

/// A property by name; several kinds may have it, each at its own position.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct PropertyRef {
    pub(crate) name: Arc<str>,
    pub(crate) at: Vec<(KindId, PropertyId)>,
}

/// A property of the rows of a relation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct RowRef {
    pub(crate) relation: RelationId,
    pub(crate) property: PropertyId,
}

impl FieldRef {
    /// How the schema declares it; of a property of several kinds, the first.
    pub(crate) fn declared<'s>(&self, schema: &'s Schema) -> Option<&'s Field> {
        match self {
            FieldRef::Attribute(attribute) => schema.attribute_of(*attribute),
            FieldRef::Property(property)
            | FieldRef::NamedEventProperty(_, property)
            | FieldRef::EntryProperty(property) => property.declared(schema).next(),
            FieldRef::Row(row) => schema.relation_of(row.relation)?.property_of(row.property),
        }
    }

    /// The type of its values; of a list, that of the items.
    pub(crate) fn value_type(&self, schema: &Schema) -> Ty {
        let declared = self.declared(schema);
        let ty = declared.and_then(|field| {
            if let Type::List(items) = &field.ty {
                Ty::of(items)
            } else {
                Ty::of(&field.ty)
            }
        });
        // INVARIANT: the checker has found the field, and lists have no lists in them.
        ty.unwrap_or(Ty::String)
    }
}

impl PropertyRef {
    /// How each kind declares it.
    pub(crate) fn declared<'s>(&self, schema: &'s Schema) -> impl Iterator<Item = &'s Field> {
        let at = self.at.iter();
        at.filter_map(|(kind, property)| schema.kind_of(*kind)?.property_of(*property))
    }
}

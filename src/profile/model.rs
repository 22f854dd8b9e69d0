//! A schema together with the accessors of a type.

use super::access::{Accessor, RowAccess};
use super::fields::{Describe, EventKinds, Fields, NewRelation};
use super::{Event, Profile};
use crate::schema::{Schema, SchemaError};
use std::sync::Arc;

/// A schema, and the accessors of `P` for everything that it names. Create it once and bind every rule to it. Cheap to clone.
pub struct Model<P: Profile> {
    pub(crate) schema: Schema,
    pub(crate) attributes: Arc<[Accessor<P>]>,
    pub(crate) tags: Option<Accessor<P>>,
    pub(crate) properties: Arc<[Vec<Accessor<P::Event>>]>,
    /// In the order of the schema's relations.
    pub(crate) relations: Arc<[Arc<dyn RowAccess<P>>]>,
}

impl<P: Profile> std::fmt::Debug for Model<P> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Model")
            .field("schema", &self.schema)
            .finish_non_exhaustive()
    }
}

impl<P: Profile> Clone for Model<P> {
    fn clone(&self) -> Self {
        Model {
            schema: self.schema.clone(),
            attributes: self.attributes.clone(),
            tags: self.tags.clone(),
            properties: self.properties.clone(),
            relations: self.relations.clone(),
        }
    }
}

impl<P: Describe> Model<P> {
    /// Creates the model of a described type.
    ///
    /// # Errors
    /// If the description has a duplicate name, or a name that every event or profile already has.
    pub fn new() -> Result<Self, SchemaError> {
        let mut fields = Fields::new();
        P::describe(&mut fields);
        let mut kinds = EventKinds::new();
        P::Event::describe(&mut kinds);
        let mut builder = Schema::builder();
        for field in fields.fields {
            builder = builder.attribute(field);
        }
        let mut properties = Vec::with_capacity(kinds.kinds.len());
        for (mut kind, fields) in kinds.kinds {
            if let Some(related) = fields.relations.first() {
                return Err(out_of_place(&related.relation.name));
            }
            kind.properties = fields.fields;
            builder = builder.kind(kind);
            properties.push(fields.accessors);
        }
        let mut relations = Vec::with_capacity(fields.relations.len());
        for NewRelation {
            relation,
            access,
            beyond,
        } in fields.relations
        {
            if beyond {
                return Err(out_of_place(&relation.name));
            }
            builder = builder.relation(relation);
            relations.push(access);
        }
        Ok(Model {
            schema: builder.build()?,
            attributes: fields.accessors.into(),
            tags: fields.tags,
            properties: properties.into(),
            relations: relations.into(),
        })
    }
}

fn out_of_place(relation: &str) -> SchemaError {
    SchemaError::Name(format!(
        "`{relation}`: only a profile has relations and tags; leave them out of its events and rows"
    ))
}

impl<P: Profile> Model<P> {
    /// The names that rules may use.
    #[must_use]
    pub fn schema(&self) -> &Schema {
        &self.schema
    }
}

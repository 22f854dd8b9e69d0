//! A schema together with the accessors of a type.

use super::Profile;
use super::access::{Accessor, RowAccess};
use super::fields::{Describe, Fields, NewRelation};
use super::kinds::EventKinds;
use crate::schema::{Schema, SchemaError};
use crate::value::Type;
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
    /// If the description has a duplicate name, or a name that every event or profile already has, or tags that are no strings.
    pub fn new() -> Result<Self, SchemaError> {
        Model::extended(|_| {})
    }

    /// Creates the model of a described type with further attributes, of which the names may be known only when the program runs.
    ///
    /// ```
    /// use segue::{Profile, Rule, profile::Model};
    /// use std::collections::BTreeMap;
    ///
    /// #[derive(Profile)]
    /// struct Customer { id: u64, #[segue(skip)] custom: BTreeMap<String, i64> }
    ///
    /// let keys = ["seats", "visits"].map(String::from); // from a configuration
    /// let model = Model::<Customer>::extended(|fields| {
    ///     for key in keys {
    ///         fields.optional(key.clone(), move |customer| customer.custom.get(&key));
    ///     }
    /// })?;
    /// let rule = Rule::check("seats > 10", model.schema())?.bind(&model)?;
    /// let anna = Customer { id: 1, custom: [("seats".to_owned(), 12)].into() };
    /// assert!(rule.holds(&anna, "2026-03-18T12:00:00Z".parse()?));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`Model::new`].
    pub fn extended(more: impl FnOnce(&mut Fields<P>)) -> Result<Self, SchemaError> {
        let mut fields = Fields::new();
        P::describe(&mut fields);
        more(&mut fields);
        let mut builder = Schema::builder();
        let mut properties = Vec::new();
        for (mut kind, fields) in EventKinds::<P::Event>::of_type().kinds {
            if let Some(related) = fields.relations.first() {
                return Err(out_of_place(&related.relation.name));
            }
            if fields.tags.is_some() {
                return Err(out_of_place(&kind.name));
            }
            let accessors;
            (kind.properties, accessors) = fields.finish();
            builder = builder.kind(kind);
            properties.push(accessors);
        }
        let mut relations = Vec::with_capacity(fields.relations.len());
        for NewRelation {
            relation,
            access,
            beyond,
        } in std::mem::take(&mut fields.relations)
        {
            if beyond {
                return Err(out_of_place(&relation.name));
            }
            builder = builder.relation(relation);
            relations.push(access);
        }
        let tags = match fields.tags.take() {
            Some(tags) if tags.ty != Type::List(Box::new(Type::String)) => {
                return Err(SchemaError::Name(format!(
                    "the tags are `{}`; they are a list of strings, such as a `Vec<String>` or a `BTreeSet<String>`",
                    tags.ty
                )));
            }
            tags => tags.map(|tags| tags.accessor),
        };
        let (attributes, accessors) = fields.finish();
        for attribute in attributes {
            builder = builder.attribute(attribute);
        }
        Ok(Model {
            schema: builder.build()?,
            attributes: accessors.into(),
            tags,
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

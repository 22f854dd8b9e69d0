//! The schema: the attributes, event kinds, relations and properties that expressions may name. Depends on `value`.
//!
//! A schema is built by hand ([`Schema::builder`]), read from a rule file (it is a serde type), derived from a service's
//! own structs, or inferred from data ([`infer::Inference`]).

mod collection;
mod document;
mod error;
pub(crate) mod ids;
pub mod infer;
pub(crate) mod layout;
mod projection;
mod shape;
mod validator;
pub(crate) mod walk;

use crate::value::{EnumType, Scalar, Type};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;
use unicode_normalization::{UnicodeNormalization, is_nfc};

pub use collection::{Collection, EventKind, Relation};
pub use error::SchemaError;
pub(crate) use ids::{AttributeId, KindId, PropertyId, RelationId};
pub use projection::Projection;
use validator::Validator;
pub(crate) use validator::regex;

/// An attribute of profiles, or a property of events or rows.
///
/// What people call a field, what its data are for, and which values it accepts take no part in comparisons: data that are there
/// stay what they are when that changes.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Field {
    /// The name; a nested field has a dotted name: `consent.email`.
    pub name: String,
    /// The type of its values.
    pub ty: Type,
    /// Whether it is never missing. Only lints use this; evaluation handles missing values everywhere.
    pub required: bool,
    /// Whether past values are kept, for `was`, `changed` and `for more than`.
    pub tracked: bool,
    /// Whether a date recurs every year, so that `in next 7 days` means its anniversary.
    pub yearly: bool,
    /// What people call it: `age of the customer`. Explanations say it instead of the name; expressions never do.
    pub label: Option<String>,
    /// What its values are counted in: `years`, `EUR`. Explanations say it behind a value; it converts nothing.
    pub unit: Option<String>,
    /// Where its data come from.
    pub kind: Option<DataKind>,
    /// What its data may be used for, by names such as `communication`.
    pub purpose: Vec<String>,
    /// The least and the greatest value that a record may have, both inclusive: numbers, or the text form of a date, an instant or a
    /// duration. Of a list, every item is meant.
    pub between: Option<[Scalar; 2]>,
    /// The regular expression that a string of a record has to match in some part: `^[^@]+@[^@]+$`. Of a list, every item is meant.
    pub matches: Option<String>,
    /// The values that it accepts, once it is part of a schema.
    pub(crate) validator: Option<Arc<Validator>>,
}

/// Where the data of a field come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum DataKind {
    /// The person has to be asked: a name, a phone number, a favourite brand.
    Reference,
    /// They arise by themselves from what happens: orders, logins, replies.
    Transactional,
}

impl Eq for Field {}

impl PartialEq for Field {
    fn eq(&self, other: &Self) -> bool {
        let Field {
            name,
            ty,
            required,
            tracked,
            yearly,
            label: _,
            unit: _,
            kind: _,
            purpose: _,
            between: _,
            matches: _,
            validator: _,
        } = self;
        (name, ty, required, tracked, yearly)
            == (
                &other.name,
                &other.ty,
                &other.required,
                &other.tracked,
                &other.yearly,
            )
    }
}

impl Field {
    /// Creates a field that may be missing.
    #[must_use]
    pub fn new(name: impl Into<String>, ty: Type) -> Self {
        Field {
            name: name.into(),
            ty,
            required: false,
            tracked: false,
            yearly: false,
            label: None,
            unit: None,
            kind: None,
            purpose: Vec::new(),
            between: None,
            matches: None,
            validator: None,
        }
    }

    /// Declares that it is never missing.
    #[must_use]
    pub fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// Declares that past values are kept.
    #[must_use]
    pub fn tracked(mut self) -> Self {
        self.tracked = true;
        self
    }

    /// Declares that the date recurs every year.
    #[must_use]
    pub fn yearly(mut self) -> Self {
        self.yearly = true;
        self
    }

    /// Says what people call it.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    /// Says what its values are counted in.
    #[must_use]
    pub fn unit(mut self, unit: impl Into<String>) -> Self {
        self.unit = Some(unit.into());
        self
    }

    /// Says where its data come from.
    #[must_use]
    pub fn kind(mut self, kind: DataKind) -> Self {
        self.kind = Some(kind);
        self
    }

    /// Adds a purpose that its data may be used for, such as `communication`.
    #[must_use]
    pub fn purpose(mut self, purpose: impl Into<String>) -> Self {
        self.purpose.push(purpose.into());
        self
    }

    /// Says between which values a value of a record has to be, both inclusive: numbers, or the text form of a date, an instant
    /// or a duration. [`SchemaBuilder::build`] refuses ends that are not of the field's type.
    ///
    /// ```
    /// use segue::{profile::Record, schema::{Field, Schema}, Type};
    /// let schema = Schema::builder()
    ///     .attribute(Field::new("age", Type::Int).between(0, 120))
    ///     .attribute(Field::new("email", Type::String).matches("@"))
    ///     .build()?;
    /// assert!(Record::from_json(&schema, r#"{"id": 1, "age": 120, "email": "anna@example.com"}"#).is_ok());
    /// let error = Record::from_json(&schema, r#"{"id": 1, "age": 121}"#).unwrap_err();
    /// assert_eq!(error.to_string(), "`age`: `121` is not between 0 and 120; correct it, or change `between` in the schema");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn between(mut self, least: impl Into<Scalar>, greatest: impl Into<Scalar>) -> Self {
        self.between = Some([least.into(), greatest.into()]);
        self
    }

    /// Says which regular expression a string of a record has to match in some part.
    #[must_use]
    pub fn matches(mut self, regex: impl Into<String>) -> Self {
        self.matches = Some(regex.into());
        self
    }
}

/// A name or a text in Unicode normalisation form C, in which expressions and data are read: however its letters were composed, it
/// is the same.
pub(crate) fn normal(name: &str) -> Cow<'_, str> {
    if name.is_ascii() || is_nfc(name) {
        Cow::Borrowed(name)
    } else {
        Cow::Owned(name.nfc().collect())
    }
}

/// The names that expressions may use, and their types. Cheap to clone.
///
/// ```
/// use segue::schema::{EventKind, Field, Schema};
/// use segue::Type;
/// let schema = Schema::builder()
///     .attribute(Field::new("age", Type::Int))
///     .kind(EventKind::new("viewed").subject(Field::new("category", Type::String)))
///     .build()?;
/// assert!(schema.attribute("age").is_some());
/// # Ok::<(), segue::schema::SchemaError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Schema(Arc<SchemaData>);

#[derive(Debug, Default)]
struct SchemaData {
    attributes: Vec<Field>,
    attribute_index: HashMap<String, usize>,
    kinds: Vec<EventKind>,
    kind_index: HashMap<String, usize>,
    relations: Vec<Relation>,
}

impl Schema {
    /// Whether both are clones of one schema.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl PartialEq for Schema {
    fn eq(&self, other: &Self) -> bool {
        self.0.attributes == other.0.attributes
            && self.0.kinds == other.0.kinds
            && self.0.relations == other.0.relations
    }
}

/// Collects attributes, kinds and relations into a [`Schema`].
#[derive(Clone, Debug, Default)]
pub struct SchemaBuilder {
    attributes: Vec<Field>,
    kinds: Vec<EventKind>,
    relations: Vec<Relation>,
}

impl SchemaBuilder {
    /// Adds an attribute.
    #[must_use]
    pub fn attribute(mut self, attribute: Field) -> Self {
        self.attributes.push(attribute);
        self
    }

    /// Adds an event kind.
    #[must_use]
    pub fn kind(mut self, kind: EventKind) -> Self {
        self.kinds.push(kind);
        self
    }

    /// Adds a relation.
    #[must_use]
    pub fn relation(mut self, relation: Relation) -> Self {
        self.relations.push(relation);
        self
    }

    /// Returns the schema.
    ///
    /// # Errors
    /// If a name is empty, a duplicate, or one that every event or profile already has (`at`, `date`, `id` …); if an enum has
    /// no values or a duplicate value; if a relation has the name of an attribute or a kind, or a tracked property; if `between` or
    /// `matches` cannot be asked of a field.
    pub fn build(self) -> Result<Schema, SchemaError> {
        let mut inner = SchemaData::default();
        for mut attribute in self.attributes {
            attribute.name = normal(&attribute.name).into_owned();
            error::validate(&attribute, "attribute", &["id", "now", "today"])?;
            attribute.validator = Validator::of(&attribute, "attribute")?;
            if inner
                .attribute_index
                .insert(attribute.name.clone(), inner.attributes.len())
                .is_some()
            {
                return Err(SchemaError::Twice(format!(
                    "attribute `{}`",
                    attribute.name
                )));
            }
            inner.attributes.push(attribute);
        }
        for kind in self.kinds {
            let kind = kind.checked("event kind", EVENT_PARTS)?;
            if inner
                .kind_index
                .insert(kind.name.clone(), inner.kinds.len())
                .is_some()
            {
                return Err(SchemaError::Twice(format!("event kind `{}`", kind.name)));
            }
            inner.kinds.push(kind);
        }
        for relation in self.relations {
            let relation = inner.checked_relation(relation)?;
            inner.relations.push(relation);
        }
        Ok(Schema(Arc::new(inner)))
    }
}

/// The properties that every event has.
pub(crate) const EVENT_PARTS: &[&str] = &[
    "at",
    "date",
    "week",
    "month",
    "quarter",
    "year",
    "month_of_year",
    "day_of_month",
    "weekday",
    "hour",
];

impl Schema {
    /// Starts a schema.
    #[must_use]
    pub fn builder() -> SchemaBuilder {
        SchemaBuilder::default()
    }

    /// The same schema with the kind [`sent`](EventKind::sent), unless it uses the name already.
    pub(crate) fn with_sent(self) -> Self {
        self.with_kind(EventKind::sent())
    }

    /// The same schema with the kind [`journey_passed`](EventKind::journey_passed), unless it uses the name already.
    pub(crate) fn with_journey_passed(self) -> Self {
        self.with_kind(EventKind::journey_passed())
    }

    fn with_kind(self, kind: EventKind) -> Self {
        let is_taken = self.attribute(&kind.name).is_some()
            || self.kind(&kind.name).is_some()
            || self.relation(&kind.name).is_some();
        if is_taken {
            return self;
        }
        let builder = SchemaBuilder {
            attributes: self.0.attributes.clone(),
            kinds: self.0.kinds.iter().cloned().chain([kind]).collect(),
            relations: self.0.relations.clone(),
        };
        // INVARIANT: a schema stays one if a kind with a name of its own is added.
        builder.build().unwrap_or(self)
    }

    /// The kind of the messages that an engine sends.
    pub(crate) fn sent_kind(&self) -> Option<&EventKind> {
        self.0.kinds.iter().find(|kind| kind.is_sent)
    }

    /// The kind of the passages of journeys.
    pub(crate) fn journey_passed_kind(&self) -> Option<&EventKind> {
        self.0.kinds.iter().find(|kind| kind.is_journey_passed)
    }

    /// All attributes.
    #[must_use]
    pub fn attributes(&self) -> &[Field] {
        &self.0.attributes
    }

    /// All event kinds.
    #[must_use]
    pub fn kinds(&self) -> &[EventKind] {
        &self.0.kinds
    }

    /// All relations.
    #[must_use]
    pub fn relations(&self) -> &[Relation] {
        &self.0.relations
    }

    /// The attribute with a name.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&Field> {
        self.0.attributes.get(self.attribute_index(name)?)
    }

    /// The event kind with a name.
    #[must_use]
    pub fn kind(&self, name: &str) -> Option<&EventKind> {
        self.0.kinds.get(self.kind_index(name)?)
    }

    /// The relation with a name.
    #[must_use]
    pub fn relation(&self, name: &str) -> Option<&Relation> {
        self.0.relations.get(self.relation_index(name)?)
    }

    /// The index of an attribute.
    #[must_use]
    pub fn attribute_index(&self, name: &str) -> Option<usize> {
        self.0.attribute_index.get(&*normal(name)).copied()
    }

    pub(crate) fn attribute_id(&self, name: &str) -> Option<AttributeId> {
        self.attribute_index(name).map(AttributeId::new)
    }

    pub(crate) fn kind_id(&self, name: &str) -> Option<KindId> {
        self.kind_index(name).map(KindId::new)
    }

    pub(crate) fn relation_id(&self, name: &str) -> Option<RelationId> {
        self.relation_index(name).map(RelationId::new)
    }

    pub(crate) fn attribute_of(&self, id: AttributeId) -> Option<&Field> {
        self.0.attributes.get(id.index())
    }

    pub(crate) fn kind_of(&self, id: KindId) -> Option<&EventKind> {
        self.0.kinds.get(id.index())
    }

    pub(crate) fn relation_of(&self, id: RelationId) -> Option<&Relation> {
        self.0.relations.get(id.index())
    }

    /// The index of an event kind.
    #[must_use]
    pub fn kind_index(&self, name: &str) -> Option<usize> {
        self.0.kind_index.get(&*normal(name)).copied()
    }

    /// The index of a relation.
    #[must_use]
    pub fn relation_index(&self, name: &str) -> Option<usize> {
        let name = normal(name);
        self.0.relations.iter().position(|r| r.name == name)
    }
}

/// An unordered enum type with these names.
///
/// ```
/// use segue::schema::one_of;
/// assert_eq!(one_of(["female", "male"]).to_string(), "enum (female, male)");
/// ```
pub fn one_of<S: Into<String>>(values: impl IntoIterator<Item = S>) -> Type {
    Type::Enum(EnumType {
        values: values.into_iter().map(Into::into).collect(),
        ordered: false,
    })
}

/// An ordered enum type with these names, in ascending order.
pub fn ordered<S: Into<String>>(values: impl IntoIterator<Item = S>) -> Type {
    Type::Enum(EnumType {
        values: values.into_iter().map(Into::into).collect(),
        ordered: true,
    })
}

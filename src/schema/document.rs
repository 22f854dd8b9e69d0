//! The serde form of a schema.

use super::{DataKind, EventKind, Field, Relation, Schema, SchemaError};
use crate::document::text_or_table;
use crate::value::{EnumType, Scalar, Type};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::collections::BTreeMap;

#[derive(Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[derive(Default)]
pub(super) struct SchemaDocument {
    /// The attributes of profiles: a type (`"int"`), or a table with `type` and options.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    attributes: BTreeMap<String, FieldDocument>,
    /// The event kinds.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    events: BTreeMap<String, KindDocument>,
    /// The relations: rows that belong to profiles, such as accounts, addresses or pets.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    relations: BTreeMap<String, RelationDocument>,
}

#[derive(Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(untagged)]
enum FieldDocument {
    Short(String),
    Long(LongField),
}

#[derive(Serialize, Deserialize, Default, PartialEq)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct LongField {
    /// The type; `enum` (or `list of enum`) needs `values`.
    #[serde(rename = "type")]
    ty: String,
    /// The names of an enum.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    values: Vec<String>,
    /// Whether the names of an enum are in ascending order.
    #[serde(default, skip_serializing_if = "is_false")]
    ordered: bool,
    /// Whether it is never missing.
    #[serde(default, skip_serializing_if = "is_false")]
    required: bool,
    /// Whether past values are kept.
    #[serde(default, skip_serializing_if = "is_false")]
    tracked: bool,
    /// Whether the date recurs every year.
    #[serde(default, skip_serializing_if = "is_false")]
    yearly: bool,
    /// What people call it, in explanations.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    label: Option<String>,
    /// What its values are counted in, in explanations: `years`, `EUR`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    unit: Option<String>,
    /// Where its data come from: the person is asked (`reference`), or they arise by themselves (`transactional`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    kind: Option<DataKind>,
    /// What its data may be used for: `["communication"]`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    purpose: Vec<String>,
    /// The least and the greatest value that data may have, both inclusive: `[0, 120]`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    between: Option<[Scalar; 2]>,
    /// The regular expression that a string has to match in some part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    matches: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct KindDocument {
    /// The property that `viewed("anti-aging")` compares.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    subject: Option<String>,
    /// The properties of the kind.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    properties: BTreeMap<String, FieldDocument>,
    /// Whether its events are the messages that the engine sends, which `any event` does not mean.
    #[serde(default, skip_serializing_if = "is_false")]
    is_sent: bool,
    /// Whether its events are the passages of journeys that the engine tells, which `any event` does not mean.
    #[serde(default, skip_serializing_if = "is_false")]
    is_journey_passed: bool,
}

#[derive(Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct RelationDocument {
    /// The property that `accounts("Acme")` compares.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    subject: Option<String>,
    /// The properties of a row.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    properties: BTreeMap<String, FieldDocument>,
}

impl<'de> Deserialize<'de> for FieldDocument {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        text_or_table(
            d,
            "a type, or a table with `type`",
            FieldDocument::Short,
            FieldDocument::Long,
        )
    }
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the signature serde asks for"
)]
fn is_false(b: &bool) -> bool {
    !b
}

impl FieldDocument {
    fn into_field(self, name: String) -> Result<Field, SchemaError> {
        let long = match self {
            FieldDocument::Short(ty) => LongField {
                ty,
                ..LongField::default()
            },
            FieldDocument::Long(long) => long,
        };
        let of_type = |text: &str| {
            text.parse::<Type>()
                .map_err(|e| SchemaError::Type(format!("`{name}`: {e}")))
        };
        let enumeration = || {
            Type::Enum(EnumType {
                values: long.values.iter().cloned().collect(),
                ordered: long.ordered,
            })
        };
        let ty = match long.ty.trim() {
            "enum" => enumeration(),
            "list of enum" => Type::List(Box::new(enumeration())),
            other if long.values.is_empty() => of_type(other)?,
            other => {
                return Err(SchemaError::Type(format!(
                    "`{name}`: only an enum has `values`, and the type is `{other}`"
                )));
            }
        };
        Ok(Field {
            required: long.required,
            tracked: long.tracked,
            yearly: long.yearly,
            label: long.label,
            unit: long.unit,
            kind: long.kind,
            purpose: long.purpose,
            between: long.between,
            matches: long.matches,
            ..Field::new(name, ty)
        })
    }

    fn of(field: &Field) -> Self {
        let (ty, of) = match &field.ty {
            Type::Enum(e) => ("enum".to_owned(), Some(e)),
            Type::List(of) => match &**of {
                Type::Enum(e) => ("list of enum".to_owned(), Some(e)),
                _ => (field.ty.to_string(), None),
            },
            ty => (ty.to_string(), None),
        };
        let long = LongField {
            ty,
            values: of.map(|e| e.values.to_vec()).unwrap_or_default(),
            ordered: of.is_some_and(|e| e.ordered),
            required: field.required,
            tracked: field.tracked,
            yearly: field.yearly,
            label: field.label.clone(),
            unit: field.unit.clone(),
            kind: field.kind,
            purpose: field.purpose.clone(),
            between: field.between.clone(),
            matches: field.matches.clone(),
        };
        let ty = LongField {
            ty: long.ty.clone(),
            ..LongField::default()
        };
        if long == ty {
            FieldDocument::Short(long.ty)
        } else {
            FieldDocument::Long(long)
        }
    }
}

/// The properties of a kind or a relation, and the index of its subject.
fn properties(
    documents: BTreeMap<String, FieldDocument>,
    subject: Option<&str>,
) -> Result<(Vec<Field>, Option<usize>), SchemaError> {
    let properties = documents
        .into_iter()
        .map(|(n, f)| f.into_field(n))
        .collect::<Result<Vec<_>, _>>()?;
    let subject = subject.and_then(|subject| properties.iter().position(|p| p.name == subject));
    Ok((properties, subject))
}

impl TryFrom<SchemaDocument> for Schema {
    type Error = SchemaError;

    fn try_from(document: SchemaDocument) -> Result<Self, SchemaError> {
        let mut builder = Schema::builder();
        for (name, field) in document.attributes {
            builder = builder.attribute(field.into_field(name)?);
        }
        for (name, kind) in document.events {
            let (properties, subject) = properties(kind.properties, kind.subject.as_deref())?;
            let subject = match (subject, kind.subject) {
                (None, Some(subject)) => {
                    return Err(SchemaError::Subject {
                        kind: name,
                        subject,
                    });
                }
                (subject, _) => subject,
            };
            builder = builder.kind(EventKind {
                name,
                properties,
                subject,
                is_sent: kind.is_sent,
                is_journey_passed: kind.is_journey_passed,
            });
        }
        for (name, relation) in document.relations {
            let (properties, subject) =
                properties(relation.properties, relation.subject.as_deref())?;
            let subject = match (subject, relation.subject) {
                (None, Some(subject)) => {
                    return Err(SchemaError::RelationSubject {
                        relation: name,
                        subject,
                    });
                }
                (subject, _) => subject,
            };
            builder = builder.relation(Relation {
                properties,
                subject,
                ..Relation::new(name)
            });
        }
        builder.build()
    }
}

impl From<&Schema> for SchemaDocument {
    fn from(schema: &Schema) -> Self {
        let field = |f: &Field| (f.name.clone(), FieldDocument::of(f));
        let subject =
            |of: &[Field], at: Option<usize>| at.and_then(|s| of.get(s)).map(|p| p.name.clone());
        SchemaDocument {
            attributes: schema.attributes().iter().map(field).collect(),
            events: (schema.kinds().iter())
                .map(|k| {
                    let subject = subject(&k.properties, k.subject);
                    (
                        k.name.clone(),
                        KindDocument {
                            subject,
                            properties: k.properties.iter().map(field).collect(),
                            is_sent: k.is_sent,
                            is_journey_passed: k.is_journey_passed,
                        },
                    )
                })
                .collect(),
            relations: (schema.relations().iter())
                .map(|r| {
                    let subject = subject(&r.properties, r.subject);
                    (
                        r.name.clone(),
                        RelationDocument {
                            subject,
                            properties: r.properties.iter().map(field).collect(),
                        },
                    )
                })
                .collect(),
        }
    }
}

impl Serialize for Schema {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        SchemaDocument::from(self).serialize(s)
    }
}

impl<'de> Deserialize<'de> for Schema {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        SchemaDocument::deserialize(d)?
            .try_into()
            .map_err(de::Error::custom)
    }
}

#[cfg(feature = "schemars")]
impl schemars::JsonSchema for Schema {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Schema".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        SchemaDocument::json_schema(generator)
    }
}

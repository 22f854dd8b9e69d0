//! The serde form of a schema that keeps the order of its fields, in any format. Records store values by place.

use super::{Collection, Field, Schema};
use crate::value::{EnumType, Type};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

#[derive(Serialize, Deserialize)]
struct Layout {
    attributes: Vec<FieldLayout>,
    kinds: Vec<CollectionLayout>,
    relations: Vec<CollectionLayout>,
}

#[derive(Serialize, Deserialize)]
struct CollectionLayout {
    name: String,
    properties: Vec<FieldLayout>,
    subject: Option<usize>,
    is_sent: bool,
    is_journey_passed: bool,
}

#[derive(Serialize, Deserialize)]
struct FieldLayout {
    name: String,
    /// The type, or that of the items of a list; that of an enum is its values.
    ty: Option<String>,
    values: Vec<String>,
    ordered: bool,
    is_list: bool,
    required: bool,
    tracked: bool,
    yearly: bool,
}

pub(crate) fn serialize<S: Serializer>(schema: &Schema, s: S) -> Result<S::Ok, S::Error> {
    Layout {
        attributes: fields(schema.attributes()),
        kinds: collections(schema.kinds()),
        relations: collections(schema.relations()),
    }
    .serialize(s)
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Schema, D::Error> {
    let Layout {
        attributes,
        kinds,
        relations,
    } = Layout::deserialize(d)?;
    let mut builder = Schema::builder();
    for attribute in attributes {
        builder = builder.attribute(attribute.field().map_err(de::Error::custom)?);
    }
    for kind in kinds {
        builder = builder.kind(kind.collection().map_err(de::Error::custom)?);
    }
    for relation in relations {
        builder = builder.relation(relation.collection().map_err(de::Error::custom)?);
    }
    builder.build().map_err(de::Error::custom)
}

fn fields(fields: &[Field]) -> Vec<FieldLayout> {
    fields.iter().map(FieldLayout::of).collect()
}

fn collections(collections: &[Collection]) -> Vec<CollectionLayout> {
    let collections = collections.iter();
    let layout = |of: &Collection| CollectionLayout {
        name: of.name.clone(),
        properties: fields(&of.properties),
        subject: of.subject,
        is_sent: of.is_sent,
        is_journey_passed: of.is_journey_passed,
    };
    collections.map(layout).collect()
}

impl CollectionLayout {
    fn collection(self) -> Result<Collection, String> {
        let properties = self.properties.into_iter();
        Ok(Collection {
            name: self.name,
            properties: properties
                .map(FieldLayout::field)
                .collect::<Result<_, _>>()?,
            subject: self.subject,
            is_sent: self.is_sent,
            is_journey_passed: self.is_journey_passed,
        })
    }
}

impl FieldLayout {
    fn of(field: &Field) -> Self {
        let (item, is_list) = match &field.ty {
            Type::List(item) => (&**item, true),
            ty => (ty, false),
        };
        let (ty, values, ordered) = match item {
            Type::Enum(of) => (None, of.values.to_vec(), of.ordered),
            ty => (Some(ty.to_string()), Vec::new(), false),
        };
        FieldLayout {
            name: field.name.clone(),
            ty,
            values,
            ordered,
            is_list,
            required: field.required,
            tracked: field.tracked,
            yearly: field.yearly,
        }
    }

    fn field(self) -> Result<Field, String> {
        let item = match &self.ty {
            Some(ty) => ty.parse().map_err(|e| format!("`{}`: {e}", self.name))?,
            None => Type::Enum(EnumType {
                values: self.values.into(),
                ordered: self.ordered,
            }),
        };
        let ty = if self.is_list {
            Type::List(Box::new(item))
        } else {
            item
        };
        Ok(Field {
            required: self.required,
            tracked: self.tracked,
            yearly: self.yearly,
            ..Field::new(self.name, ty)
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use crate::schema::{EventKind, Field, Relation, Schema, one_of};
    use crate::value::Type;
    use serde::{Deserialize, Serialize};

    #[derive(Serialize, Deserialize)]
    struct Kept(#[serde(with = "super")] Schema);

    #[test]
    fn every_field_comes_back_in_its_place() {
        let schema = Schema::builder()
            .attribute(Field::new("plan", one_of(["pro", "free"])).tracked())
            .attribute(Field::new("birthday", Type::Date).yearly().required())
            .attribute(Field::new("age", Type::Int))
            .attribute(Field::new(
                "sizes",
                Type::List(Box::new(one_of(["s", "m", "l"]))),
            ))
            .kind(
                EventKind::new("viewed")
                    .property(Field::new("price", Type::Decimal(2)))
                    .subject(Field::new("category", Type::String)),
            )
            .kind(EventKind::new("purchased"))
            .kind(EventKind::sent())
            .relation(
                Relation::new("pets")
                    .property(Field::new("names", Type::List(Box::new(Type::String)))),
            )
            .build()
            .unwrap();
        let json = serde_json::to_string(&Kept(schema.clone())).unwrap();
        assert_eq!(serde_json::from_str::<Kept>(&json).unwrap().0, schema);
        let binary = postcard::to_stdvec(&Kept(schema.clone())).unwrap();
        assert_eq!(postcard::from_bytes::<Kept>(&binary).unwrap().0, schema);
    }
}

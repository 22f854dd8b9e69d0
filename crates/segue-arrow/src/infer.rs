//! What the types of Arrow are in a schema.

use arrow_schema::{DataType, Field as ArrowField, Fields, Schema as ArrowSchema};
use segue::Type;
use segue::schema::{EventKind, Field};

/// The type of the schema that values of an Arrow type have; `None` if they have none.
///
/// Text is a `string`: which texts are the values of an `enum`, Arrow does not know.
///
/// ```
/// use segue_arrow::{arrow_schema::DataType, type_of};
/// assert_eq!(type_of(&DataType::Decimal128(12, 2)), Some(segue::Type::Decimal(2)));
/// assert_eq!(type_of(&DataType::Binary), None);
/// ```
#[must_use]
pub fn type_of(ty: &DataType) -> Option<Type> {
    Some(match ty {
        DataType::Boolean => Type::Bool,
        ty if ty.is_integer() => Type::Int,
        ty if ty.is_floating() => Type::Float,
        DataType::Decimal32(_, scale)
        | DataType::Decimal64(_, scale)
        | DataType::Decimal128(_, scale)
        | DataType::Decimal256(_, scale) => match u8::try_from(*scale).unwrap_or(0) {
            0 => Type::Int,
            scale @ 1..=18 => Type::Decimal(scale),
            _ => Type::Float,
        },
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => Type::String,
        DataType::Date32 | DataType::Date64 => Type::Date,
        DataType::Timestamp(_, _) => Type::Instant,
        DataType::Duration(_) => Type::Duration,
        DataType::Dictionary(_, of) => type_of(of)?,
        DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, _) => {
            match type_of(item.data_type())? {
                Type::List(_) | Type::Place => return None,
                item => Type::List(Box::new(item)),
            }
        }
        DataType::Struct(fields) if is_place(fields) => Type::Place,
        _ => return None,
    })
}

fn is_place(fields: &Fields) -> bool {
    let is_coordinate = |name: &str| {
        fields
            .find(name)
            .is_some_and(|(_, field)| field.data_type().is_floating())
    };
    fields.len() == 2 && is_coordinate("lat") && is_coordinate("lon")
}

/// The attributes that batches of an Arrow schema have, beside the columns that are named: their ids, for example. Those of types that are
/// none in a schema are left out; fields of structs have dotted names.
///
/// ```
/// use segue_arrow::{arrow_schema::{DataType, Field, Schema}, attributes_of};
/// let people = Schema::new(vec![Field::new("id", DataType::Int64, false), Field::new("age", DataType::UInt8, true)]);
/// let attributes = attributes_of(&people, &["id"]);
/// let schema = attributes.into_iter().fold(segue::Schema::builder(), |schema, field| schema.attribute(field)).build()?;
/// assert_eq!(schema.attribute("age").map(|age| &age.ty), Some(&segue::Type::Int));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn attributes_of(schema: &ArrowSchema, except: &[&str]) -> Vec<Field> {
    let mut found = Vec::new();
    let columns = schema.fields().iter();
    for column in columns.filter(|column| !except.contains(&column.name().as_str())) {
        add(column.name(), column, &mut found);
    }
    found
}

fn add(name: &str, column: &ArrowField, found: &mut Vec<Field>) {
    if let Some(ty) = type_of(column.data_type()) {
        let field = Field::new(name, ty);
        found.push(if column.is_nullable() {
            field
        } else {
            field.required()
        });
    } else if let DataType::Struct(fields) = column.data_type() {
        for field in fields {
            add(&format!("{name}.{}", field.name()), field, found);
        }
    }
}

/// A kind of events with the properties that batches of an Arrow schema have, beside the columns that are named: whose and when they are,
/// for example.
///
/// ```
/// use segue_arrow::{arrow_schema::{DataType, Field, Schema, TimeUnit}, kind_of};
/// let orders = Schema::new(vec![
///     Field::new("customer", DataType::Int64, false),
///     Field::new("at", DataType::Timestamp(TimeUnit::Microsecond, None), false),
///     Field::new("amount", DataType::Decimal128(12, 2), true),
/// ]);
/// let schema = segue::Schema::builder().kind(kind_of("purchased", &orders, &["customer", "at"])).build()?;
/// assert_eq!(serde_json::to_string(&schema)?, r#"{"events":{"purchased":{"properties":{"amount":"decimal(2)"}}}}"#);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn kind_of(kind: &str, schema: &ArrowSchema, except: &[&str]) -> EventKind {
    let properties = attributes_of(schema, except).into_iter();
    properties.fold(EventKind::new(kind), EventKind::property)
}

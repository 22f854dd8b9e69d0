//! What a schema must keep to, and its errors.

use super::Field;
use crate::value::Type;

/// An error of a schema.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SchemaError {
    /// A duplicate name.
    #[error("{0} is declared twice; remove one")]
    Twice(String),
    /// An empty name, or one that every event or profile already has.
    #[error("{0}")]
    Name(String),
    /// An invalid type.
    #[error("{0}")]
    Type(String),
    /// The subject of a kind is not one of its properties.
    #[error(
        "the subject `{subject}` of event kind `{kind}` is none of its properties; declare it under `properties`"
    )]
    Subject {
        /// The kind.
        kind: String,
        /// The name of the subject.
        subject: String,
    },
    /// The subject of a relation is not one of its properties.
    #[error(
        "the subject `{subject}` of relation `{relation}` is none of its properties; declare it under `properties`"
    )]
    RelationSubject {
        /// The relation.
        relation: String,
        /// The name of the subject.
        subject: String,
    },
}

pub(super) fn validate_name(name: &str, what: &str) -> Result<(), SchemaError> {
    if name.trim().is_empty() || name.contains('`') || name.chars().any(char::is_control) {
        let article = if what.starts_with(['a', 'e']) {
            "an"
        } else {
            "a"
        };
        return Err(SchemaError::Name(format!(
            "`{}` cannot be the name of {article} {what}",
            name.escape_debug()
        )));
    }
    Ok(())
}

pub(super) fn validate(field: &Field, what: &str, taken: &[&str]) -> Result<(), SchemaError> {
    validate_name(&field.name, what)?;
    let name = &field.name;
    if taken.contains(&name.as_str()) {
        let owner = if what == "property" {
            "event"
        } else {
            "profile"
        };
        return Err(SchemaError::Name(format!(
            "{what} `{name}`: every {owner} has `{name}` already; choose another name"
        )));
    }
    let scalar = if let Type::List(of) = &field.ty {
        of
    } else {
        &field.ty
    };
    if let Type::Enum(e) = scalar {
        if e.values.is_empty() || e.values.len() > 10_000 {
            return Err(SchemaError::Type(format!(
                "{what} `{name}`: an enum needs between 1 and 10,000 `values`"
            )));
        }
        if let Some((i, v)) = e
            .values
            .iter()
            .enumerate()
            .find(|(i, v)| e.index_of(v) != Some(*i))
        {
            return Err(SchemaError::Twice(format!(
                "value `{v}` (number {}) of {what} `{name}`",
                i + 1
            )));
        }
    }
    if field.yearly && field.ty != Type::Date {
        return Err(SchemaError::Type(format!(
            "{what} `{name}` is {}; only a date can be `yearly`",
            field.ty
        )));
    }
    Ok(())
}

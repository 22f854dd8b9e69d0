//! Rows of relations, with dates and instants relative to now.

use super::moment::Moment;
use crate::profile::{Record, Value};
use crate::time::Instant;

/// Gives a relation its rows; `None` where the name is none of a relation.
pub(super) fn set(
    moment: &Moment,
    record: &mut Record,
    name: &str,
    value: &Value,
) -> Option<Result<(), String>> {
    let relation = moment.schema().relation(name)?;
    let rows = match value {
        // A list without anything in it does not say of what.
        Value::List(items) if items.is_empty() => Vec::new(),
        Value::Rows(rows) => rows.clone(),
        other => {
            return Some(
                record
                    .set(moment.schema(), name, other.clone(), Instant::MIN)
                    .map_err(|e| e.to_string()),
            );
        }
    };
    let told = |(property, value): (String, Value)| match relation.property_index(&property) {
        Some(i) => {
            let field = relation.properties.get(i).ok_or_else(String::new)?;
            let value = moment
                .value(&field.ty, value)
                .map_err(|e| format!("`{name}.{property}`: {e}"))?;
            Ok((property, value))
        }
        None => Ok((property, value)),
    };
    let rows: Result<Vec<Vec<(String, Value)>>, String> = rows
        .into_iter()
        .map(|row| row.into_iter().map(told).collect())
        .collect();
    let done = rows.and_then(|rows| {
        record
            .set(moment.schema(), name, Value::Rows(rows), Instant::MIN)
            .map_err(|e| e.to_string())
    });
    Some(done)
}

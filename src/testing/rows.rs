//! Rows of relations, as one would tell of them.

use super::ProfileBuilder;
use super::moment::Moment;
use crate::profile::{Record, Value};
use crate::time::Instant;

impl ProfileBuilder {
    /// Adds a row to a relation. Dates and instants may be said relative to now.
    ///
    /// ```
    /// use segue::{Rule, Type, assert_matches, schema::{Field, Relation, Schema}, testing::profile};
    /// let schema = Schema::builder()
    ///     .relation(Relation::new("pets").subject(Field::new("species", Type::String)).property(Field::new("born", Type::Date)))
    ///     .build()?;
    /// let anna = profile("anna")
    ///     .row("pets", [("species", "dog".into()), ("born", "12 years ago".into())])
    ///     .row("pets", [("species", "cat".into())])
    ///     .build(&schema, "2026-03-18T12:00:00Z")?;
    /// let rule = Rule::check(r#"pets("dog", born before 10 years ago) and count(pets) = 2"#, &schema)?;
    /// assert_matches!(rule, anna, "2026-03-18T12:00:00Z");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn row<'a>(
        mut self,
        relation: &str,
        properties: impl IntoIterator<Item = (&'a str, Value)>,
    ) -> Self {
        let row = properties
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect();
        match self
            .attributes
            .iter_mut()
            .find(|(name, value)| name == relation && matches!(value, Value::Rows(_)))
        {
            Some((_, Value::Rows(rows))) => rows.push(row),
            _ => self
                .attributes
                .push((relation.to_owned(), Value::Rows(vec![row]))),
        }
        self
    }
}

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

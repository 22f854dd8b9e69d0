//! Relations: lists of rows that belong to a profile.

use super::document::validate_name;
use super::{Field, Inner, SchemaError, checked_properties, normal, position};

/// Rows that belong to a profile: its accounts, its addresses, its pets.
///
/// A row has properties as an event has, and no instant. Rules ask for rows that meet a condition, and count and sum them.
///
/// ```
/// use segue::{Rule, Type, schema::{Field, Relation, Schema, one_of}};
/// let schema = Schema::builder()
///     .relation(
///         Relation::new("accounts")
///             .property(Field::new("plan", one_of(["free", "pro"])))
///             .property(Field::new("seats", Type::Int)),
///     )
///     .build()?;
/// assert!(Rule::check("accounts(plan = pro and seats > 10) and sum(accounts.seats) < 100", &schema).is_ok());
/// # Ok::<(), segue::schema::SchemaError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Relation {
    /// Its name, which no attribute and no kind of events has.
    pub name: String,
    /// The properties of its rows.
    pub properties: Vec<Field>,
    /// The property that `accounts("Acme")` compares.
    pub subject: Option<usize>,
}

/// What a profile has beside its attributes and relations.
const TAKEN: &[&str] = &["id", "now", "today", "tags", "history", "events"];

impl Relation {
    /// A relation whose rows have no properties.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Relation {
            name: name.into(),
            properties: Vec::new(),
            subject: None,
        }
    }

    /// Adds a property.
    #[must_use]
    pub fn property(mut self, property: Field) -> Self {
        self.properties.push(property);
        self
    }

    /// Adds a property and makes it the subject.
    #[must_use]
    pub fn subject(mut self, property: Field) -> Self {
        self.subject = Some(self.properties.len());
        self.properties.push(property);
        self
    }

    /// The position of a property.
    #[must_use]
    pub fn property_index(&self, name: &str) -> Option<usize> {
        position(&self.properties, name)
    }

    /// The relation with its names as expressions are read, beside what a schema has already.
    pub(super) fn checked(mut self, beside: &Inner) -> Result<Self, SchemaError> {
        self.name = normal(&self.name).into_owned();
        let name = &self.name;
        validate_name(name, "relation")?;
        if TAKEN.contains(&name.as_str()) {
            return Err(SchemaError::Name(format!(
                "relation `{name}`: every profile has `{name}` already; choose another name"
            )));
        }
        let under = |outer: &str, inner: &str| {
            inner
                .strip_prefix(outer)
                .is_some_and(|rest| rest.starts_with('.'))
        };
        let of_attribute = beside
            .attributes
            .iter()
            .map(|a| &a.name)
            .find(|a| *a == name || under(name, a));
        if let Some(attribute) = of_attribute {
            return Err(SchemaError::Name(format!(
                "relation `{name}`: there is an attribute `{attribute}` already; choose another name"
            )));
        }
        if beside.kind_index.contains_key(name) {
            return Err(SchemaError::Name(format!(
                "relation `{name}`: there is an event kind `{name}` already; choose another name"
            )));
        }
        if beside.relations.iter().any(|r| r.name == *name) {
            return Err(SchemaError::Twice(format!("relation `{name}`")));
        }
        self.properties = checked_properties(name, self.properties, self.subject, &[])?;
        if let Some(property) = self.properties.iter().find(|p| p.tracked) {
            return Err(SchemaError::Type(format!(
                "property `{}` of `{name}` cannot be `tracked`: rows have no past; send events where changes matter",
                property.name
            )));
        }
        Ok(self)
    }
}

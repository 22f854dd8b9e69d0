//! Collections: what a profile has many of. Events of a kind and rows of a relation have the same shape: named, typed
//! properties, one of which may be the subject.

use super::error::{SchemaError, validate, validate_name};
use super::ids::PropertyId;
use super::validator::Validator;
use super::{Field, SchemaData, normal, one_of};
use crate::value::Type;

/// A collection that rules select from, count and sum: the events of a kind ([`EventKind`]) or the rows of a relation
/// ([`Relation`]).
///
/// Events have an instant and calendar properties beside their own; rows have only their own.
///
/// ```
/// use segue::{Rule, Type, schema::{EventKind, Field, Relation, Schema, one_of}};
/// let schema = Schema::builder()
///     .kind(EventKind::new("viewed").subject(Field::new("category", Type::String)))
///     .relation(
///         Relation::new("accounts")
///             .property(Field::new("plan", one_of(["free", "pro"])))
///             .property(Field::new("seats", Type::Int)),
///     )
///     .build()?;
/// assert!(Rule::check(r#"viewed("tv") and accounts(plan = pro and seats > 10)"#, &schema).is_ok());
/// # Ok::<(), segue::schema::SchemaError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Collection {
    /// The name, which is unique among kinds, and for a relation among attributes and kinds too.
    pub name: String,
    /// The properties of each event or row.
    pub properties: Vec<Field>,
    /// The index of the property that a text in parentheses compares: `viewed("anti-aging")`.
    pub subject: Option<usize>,
    /// Whether the events of the kind are the messages that an [`Engine`](crate::engine::Engine) sends: what the company did, not
    /// what the customer did. `any event` does not mean them.
    pub is_sent: bool,
    /// Whether the events of the kind are the passages of journeys, which an [`Engine`](crate::engine::Engine) tells. `any event`
    /// does not mean them either.
    pub is_journey_passed: bool,
}

/// A kind of event and its properties.
pub type EventKind = Collection;

/// A relation: rows that belong to a profile, such as accounts, addresses or pets.
pub type Relation = Collection;

/// The name of the kind of messages that an engine sends.
const SENT: &str = "sent";

/// The name of the kind of passages of journeys.
const JOURNEY_PASSED: &str = "journey_passed";

/// The names that every profile has.
const TAKEN: &[&str] = &["id", "now", "today", "tags", "history", "events"];

impl Collection {
    /// A collection without properties.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Collection {
            name: name.into(),
            properties: Vec::new(),
            subject: None,
            is_sent: false,
            is_journey_passed: false,
        }
    }

    /// The kind `sent`: a message that an engine has sent. Rulebooks that declare messages have it, unless their schema uses the
    /// name otherwise.
    ///
    /// | property | |
    /// |---|---|
    /// | `message` | the message's name; the subject: `sent("coupon")` |
    /// | `channel` | the channel's name |
    /// | `class` | `promotional`, `newsletter` or `transactional` |
    /// | `content` | `greeting`, `informational`, `reactivation` or `service`, if the message says so |
    /// | `tags` | the message's tags, with the tags above them: of `winback/coupon` also `winback` |
    /// | `trigger`, `journey`, `step`, `campaign`, `variant` | what sent it; missing if the host requested it |
    #[must_use]
    pub fn sent() -> Self {
        let text = |name: &str| Field::new(name, Type::String);
        let of = |name: &str, words: &[&str]| Field::new(name, one_of(words.iter().copied()));
        EventKind {
            is_sent: true,
            ..EventKind::new(SENT)
                .subject(text("message").required())
                .property(text("channel").required())
                .property(of("class", &["promotional", "newsletter", "transactional"]).required())
                .property(of(
                    "content",
                    &["greeting", "informational", "reactivation", "service"],
                ))
                .property(Field::new("tags", Type::List(Box::new(Type::String))))
                .property(text("trigger"))
                .property(text("journey"))
                .property(text("step"))
                .property(text("campaign"))
                .property(text("variant"))
        }
    }

    /// The kind `journey_passed`: a profile came into a journey, went on to another step, or left. Rulebooks that declare journeys have
    /// it, unless their schema uses the name otherwise.
    ///
    /// | property | |
    /// |---|---|
    /// | `journey` | the journey's name; the subject: `journey_passed("welcome")` |
    /// | `from` | the step that was left; missing if the profile has just entered, or was not in the journey any more |
    /// | `to` | the step that was come to; missing if the profile is not in the journey now |
    /// | `because` | why, as a [passage](crate::engine::JourneyPassage) says it: `entered`, `goal`; `moved`: the rules changed, and a step is called otherwise |
    /// | `key` | the value that the journey is gone through for, if each has a run of its own (`per`) |
    /// | `entered` | when the profile entered |
    /// | `since` | when the profile came to the step that was left |
    ///
    /// An event of a profile that comes to a step happened at the instant from which the step's wait counts.
    #[must_use]
    pub fn journey_passed() -> Self {
        let text = |name: &str| Field::new(name, Type::String);
        let reasons = [
            "entered",
            "done",
            "happened",
            "time_over",
            "chosen",
            "goal",
            "exit",
            "merged",
            "withdrawn",
            "removed",
            "moved",
        ];
        EventKind {
            is_journey_passed: true,
            ..EventKind::new(JOURNEY_PASSED)
                .subject(text("journey").required())
                .property(text("from"))
                .property(text("to"))
                .property(Field::new("because", one_of(reasons)).required())
                .property(text("key"))
                .property(Field::new("entered", Type::Instant).required())
                .property(Field::new("since", Type::Instant))
        }
    }

    /// Whether an engine adds the events of the kind by itself.
    pub(crate) fn is_told(&self) -> bool {
        self.is_sent || self.is_journey_passed
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

    /// The index of a property.
    #[must_use]
    pub fn property_index(&self, name: &str) -> Option<usize> {
        let name = normal(name);
        self.properties.iter().position(|p| p.name == name)
    }

    pub(crate) fn property_id(&self, name: &str) -> Option<PropertyId> {
        self.property_index(name).map(PropertyId::new)
    }

    pub(crate) fn property_of(&self, id: PropertyId) -> Option<&Field> {
        self.properties.get(id.index())
    }

    /// The property that events or rows are about.
    pub(crate) fn subject_id(&self) -> Option<PropertyId> {
        self.subject.map(PropertyId::new)
    }

    /// Validates the names and writes them as expressions are read. No property may be called as one of `taken`.
    pub(super) fn checked(mut self, noun: &str, taken: &[&str]) -> Result<Self, SchemaError> {
        self.name = normal(&self.name).into_owned();
        validate_name(&self.name, noun)?;
        if self.subject.is_some_and(|s| s >= self.properties.len()) {
            return Err(SchemaError::Name(format!(
                "the subject of `{}` is none of its properties",
                self.name
            )));
        }
        for property in &mut self.properties {
            property.name = normal(&property.name).into_owned();
            property.validator = Validator::of(property, "property")?;
        }
        for (i, property) in self.properties.iter().enumerate() {
            validate(property, "property", taken)?;
            if self.property_index(&property.name) != Some(i) {
                return Err(SchemaError::Twice(format!(
                    "property `{}` of `{}`",
                    property.name, self.name
                )));
            }
        }
        Ok(self)
    }
}

impl SchemaData {
    /// Validates a relation beside what the schema has already.
    pub(super) fn checked_relation(&self, relation: Relation) -> Result<Relation, SchemaError> {
        let relation = relation.checked("relation", &[])?;
        let name = &relation.name;
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
        let of_attribute =
            (self.attributes.iter().map(|a| &a.name)).find(|a| *a == name || under(name, a));
        if let Some(attribute) = of_attribute {
            return Err(SchemaError::Name(format!(
                "relation `{name}`: there is an attribute `{attribute}` already; choose another name"
            )));
        }
        if self.kind_index.contains_key(name) {
            return Err(SchemaError::Name(format!(
                "relation `{name}`: there is an event kind `{name}` already; choose another name"
            )));
        }
        if self.relations.iter().any(|r| r.name == *name) {
            return Err(SchemaError::Twice(format!("relation `{name}`")));
        }
        if let Some(property) = relation.properties.iter().find(|p| p.tracked) {
            return Err(SchemaError::Type(format!(
                "property `{}` of `{name}` cannot be `tracked`: rows have no history; send events where changes matter",
                property.name
            )));
        }
        Ok(relation)
    }
}

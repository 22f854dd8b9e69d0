//! Infers schemas from data.

mod fields;

use super::projection::Projection;
use super::shape::{Shape, short};
use super::walk::{self, Keys};
use super::{EVENT_PARTS, EventKind, Field, Relation, Schema};
use crate::diagnostic::printable;
use crate::value::Type;
use fields::{Fields, MAX_NAMES, Rows, Seen, too_many};
use std::collections::HashMap;
use std::fmt;

/// Data that are inconsistent, or that do not look like profiles and events.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}{}", if field.is_empty() { String::new() } else { format!("`{}`: ", printable(field)) }, printable(message))]
#[non_exhaustive]
pub struct InferenceError {
    /// The field: `age`, `basket.amount`; empty if the error is not about one field.
    pub field: String,
    /// What is wrong, in which lines, and how to correct it.
    pub message: String,
}

/// Infers a [`Schema`] from profiles and events in JSON, one line at a time.
///
/// | all values of a field | type |
/// |---|---|
/// | `true`, `false` | bool |
/// | integers | int |
/// | numbers, some with digits after the decimal point, at most 9 | decimal, with as many digits as were seen |
/// | numbers with more digits, or too large for these | float |
/// | strings that are dates, `2026-01-31` | date; yearly if the last part of its name means birthday (`birthday`, `birth_date`, `date_of_birth`, `born`, `dob`, `生日`, `день_рождения`, `عيد_الميلاد`) |
/// | strings in RFC 3339, `2026-01-31T12:00:00Z` | instant |
/// | other strings | string (never an enum) |
/// | lists of one of these | list |
/// | objects of `lat` and `lon` | place |
/// | other objects | their fields, under dotted names |
/// | lists of such objects, in profiles | a relation, whose rows have their fields |
///
/// A field is required if every profile (or every event of the kind, or every row of the relation) has it. A name under
/// `history` is tracked. The subject of a kind or a relation, which `viewed("tv")` compares, is the first of the properties
/// `category`, `product`, `topic`, `page`, `subject`, `item` and `name` that is a string; without any, its only string
/// property.
///
/// Values of two types in one field are an error. A field that no type fits (a list of objects in an event, a property
/// called `date`, which every event already has) is left out; [`Inference::left_out`] returns these.
///
/// ```
/// use segue::schema::infer::Inference;
/// let mut inference = Inference::new();
/// inference.profile(r#"{"id":"1","age":47,"birthday":"1979-02-28","consent":{"email":true}}"#)?;
/// inference.profile(r#"{"id":"2","age":null,"consent":{"email":false}}"#)?;
/// inference.event(r#"{"profile":"1","kind":"purchased","at":"2026-01-05T09:30:00Z","props":{"category":"tv","amount":499.90}}"#)?;
/// let schema = inference.schema()?;
/// assert_eq!(schema.attribute("age").map(|f| (f.ty.to_string(), f.required)), Some(("int".to_owned(), false)));
/// assert!(schema.attribute("birthday").is_some_and(|f| f.yearly));
/// assert!(schema.attribute("consent.email").is_some_and(|f| f.required));
/// let purchased = schema.kind("purchased").expect("seen");
/// assert_eq!(purchased.properties[1].ty.to_string(), "decimal(2)");
/// assert_eq!(purchased.subject, Some(0));
///
/// let error = inference.profile(r#"{"id":"3","age":"unknown"}"#).unwrap_err();
/// assert!(error.to_string().starts_with("`age`: is a number in profile line 1 (`47`) and a string in profile line 3"));
/// # Ok::<(), segue::schema::infer::InferenceError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Inference {
    wanted: Projection,
    tolerant: bool,
    attributes: Fields,
    kinds: Vec<Kind>,
    kind_index: HashMap<String, usize>,
    profiles: u64,
    events: u64,
}

#[derive(Clone, Debug)]
struct Kind {
    name: String,
    wanted: bool,
    properties: Fields,
    events: u64,
}

impl Default for Inference {
    fn default() -> Self {
        Self::new()
    }
}

/// The line that is being read.
#[derive(Clone, Copy, Debug)]
enum Line {
    Profile(u64),
    Event(u64),
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Line::Profile(n) => write!(f, "profile line {n}"),
            Line::Event(n) => write!(f, "event line {n}"),
        }
    }
}

impl Inference {
    /// Starts without data.
    #[must_use]
    pub fn new() -> Self {
        Inference {
            wanted: Projection::everything(),
            tolerant: false,
            attributes: Fields::default(),
            kinds: Vec::new(),
            kind_index: HashMap::new(),
            profiles: 0,
            events: 0,
        }
    }

    /// Restricts the schema to a projection.
    #[must_use]
    pub fn only(mut self, projection: Projection) -> Self {
        self.wanted = projection;
        self
    }

    /// Leaves out fields with values of two types, instead of returning an error.
    #[must_use]
    pub fn tolerant(mut self) -> Self {
        self.tolerant = true;
        self
    }

    /// Reads a profile.
    ///
    /// # Errors
    /// If the text is not a JSON object, or a field has a value of another type than before.
    pub fn profile(&mut self, json: &str) -> Result<(), InferenceError> {
        self.profiles += 1;
        let line = Line::Profile(self.profiles);
        self.attributes.hint = 0;
        self.attributes.tolerant = self.tolerant;
        self.attributes.has_rows = true;
        let mut events = Vec::new();
        let Inference {
            wanted, attributes, ..
        } = self;
        walk::object(json, &mut |key, raw| match key {
            "id" => Ok(()),
            "tags" if raw.starts_with('[') => Ok(()),
            "history" if raw.starts_with('{') => attributes.history("", raw, line, wanted),
            "events" if raw.starts_with('[') => {
                events.push(raw);
                Ok(())
            }
            _ => attributes.see(key, raw, line, (wanted, None)),
        })
        .map_err(|e: Trouble| e.at("", line))?;
        for raw in events {
            let items = walk::list(raw).map_err(|e| Trouble::from(e).at("events", line))?;
            for item in items {
                self.event_at(item, line)?;
            }
        }
        Ok(())
    }

    /// Reads an event.
    ///
    /// # Errors
    /// If the text is not a JSON object, has no `kind`, or a property has a value of another type than before.
    pub fn event(&mut self, json: &str) -> Result<(), InferenceError> {
        self.events += 1;
        self.event_at(json, Line::Event(self.events))
    }

    fn event_at(&mut self, json: &str, line: Line) -> Result<(), InferenceError> {
        let mut event = Event {
            inference: self,
            line,
            kind: None,
            props: None,
        };
        walk::walk(json, &mut event)?;
        let Event {
            inference,
            kind,
            props,
            ..
        } = event;
        let Some(kind) = kind else {
            return Err(
                Trouble::new("kind", "is missing; it says what happened".to_owned()).at("", line),
            );
        };
        let kind = inference.kinds.get_mut(kind).filter(|k| k.wanted);
        if let (
            Some(raw),
            Some(Kind {
                name, properties, ..
            }),
        ) = (props.filter(|raw| *raw != "null"), kind)
        {
            let wanted = &inference.wanted;
            walk::object(raw, &mut |key, raw| {
                properties.see(key, raw, line, (wanted, Some(name)))
            })
            .map_err(|e: Trouble| {
                let outer = if e.field.is_empty() {
                    "props"
                } else {
                    name.as_str()
                };
                e.at(outer, line)
            })?;
        }
        Ok(())
    }

    fn kind(&mut self, name: &str) -> usize {
        let index = match self.kind_index.get(name) {
            Some(index) => *index,
            None => {
                let wanted = self.wanted.has_kind(name);
                let properties = Fields {
                    tolerant: self.tolerant,
                    ..Fields::default()
                };
                self.kinds.push(Kind {
                    name: name.to_owned(),
                    wanted,
                    properties,
                    events: 0,
                });
                self.kind_index
                    .insert(name.to_owned(), self.kinds.len() - 1);
                self.kinds.len() - 1
            }
        };
        if let Some(kind) = self.kinds.get_mut(index) {
            kind.events += 1;
            kind.properties.hint = 0;
        }
        index
    }

    /// The fields that are not in the schema, with the reason: `` `basket.lines`: a list of objects ``.
    #[must_use]
    pub fn left_out(&self) -> Vec<String> {
        let mut all = self.attributes.left_out("", ATTRIBUTES_TAKEN);
        for Rows {
            name, properties, ..
        } in &self.attributes.rows
        {
            if !self.is_free(name) {
                all.push(format!("`{name}`: a list of objects, and every profile, or a kind of events, has this name"));
            }
            all.extend(properties.left_out(&format!("{name}."), &[]));
        }
        for kind in &self.kinds {
            all.extend(
                kind.properties
                    .left_out(&format!("{}.", kind.name), EVENT_PARTS),
            );
        }
        all
    }

    /// Whether a relation may have a name.
    fn is_free(&self, name: &str) -> bool {
        !RELATIONS_TAKEN.contains(&name) && !self.kinds.iter().any(|k| k.wanted && k.name == name)
    }

    /// Returns the schema of the data so far, in the order of first occurrence.
    ///
    /// # Errors
    /// If a name is not allowed in a schema.
    pub fn schema(&self) -> Result<Schema, InferenceError> {
        let mut builder = Schema::builder();
        let attributes = self.attributes.fields(self.profiles, ATTRIBUTES_TAKEN);
        for field in attributes.filter(|f| self.wanted.has_attribute(&f.name)) {
            builder = builder.attribute(field);
        }
        for kind in self.kinds.iter().filter(|k| k.wanted) {
            let mut described = EventKind::new(&kind.name);
            let properties = kind.properties.fields(kind.events, EVENT_PARTS);
            described.properties = properties
                .filter(|f| self.wanted.has_property(&kind.name, &f.name))
                .collect();
            described.subject = subject(&described.properties);
            builder = builder.kind(described);
        }
        for rows in &self.attributes.rows {
            let is_still = |seen: &Seen| seen.name == rows.name && seen.shape == Shape::Rows;
            let wanted = self.wanted.has_attribute(&rows.name) && self.is_free(&rows.name);
            if wanted && self.attributes.all.iter().any(is_still) {
                let mut described = Relation::new(&rows.name);
                described.properties = rows.properties.fields(rows.count, &[]).collect();
                described.subject = subject(&described.properties);
                builder = builder.relation(described);
            }
        }
        builder.build().map_err(|e| InferenceError {
            field: String::new(),
            message: e.to_string(),
        })
    }
}

/// The names that every profile has.
const ATTRIBUTES_TAKEN: &[&str] = &["id", "now", "today"];

/// The names that a relation cannot have.
const RELATIONS_TAKEN: &[&str] = &["id", "now", "today", "tags", "history", "events"];

fn subject(properties: &[Field]) -> Option<usize> {
    let text = |name: &str| {
        properties
            .iter()
            .position(|p| p.name == name && p.ty == Type::String)
    };
    let usual = [
        "category", "product", "topic", "page", "subject", "item", "name",
    ]
    .into_iter()
    .find_map(text);
    usual.or_else(|| {
        let mut texts = properties
            .iter()
            .enumerate()
            .filter(|(_, p)| p.ty == Type::String);
        texts
            .next()
            .filter(|_| texts.next().is_none())
            .map(|(i, _)| i)
    })
}

/// Whether a name suggests that its date recurs every year.
fn is_birthday(name: &str) -> bool {
    let last = name.rsplit('.').next().unwrap_or(name);
    let plain: String = last
        .chars()
        .filter(|c| !matches!(c, '_' | '-' | ' '))
        .flat_map(char::to_lowercase)
        .collect();
    [
        "birthday",
        "birthdate",
        "dateofbirth",
        "born",
        "dob",
        "生日",
        "деньрождения",
        "عيدالميلاد",
    ]
    .contains(&plain.as_str())
}

/// An error on its way out, before the line is known.
struct Trouble {
    field: String,
    message: String,
    /// Whether the message says where.
    placed: bool,
}

impl From<serde_json::Error> for Trouble {
    fn from(e: serde_json::Error) -> Self {
        Trouble::new("", walk::complaint(&e))
    }
}

impl Trouble {
    fn new(field: &str, message: String) -> Self {
        Trouble {
            field: field.to_owned(),
            message,
            placed: false,
        }
    }

    /// The same, of a field of `outer`.
    fn within(mut self, outer: &str) -> Self {
        self.field = if self.field.is_empty() {
            outer.to_owned()
        } else {
            format!("{outer}.{}", self.field)
        };
        self
    }

    /// The error, of a field of `outer`.
    fn at(self, outer: &str, line: Line) -> InferenceError {
        let Trouble {
            field,
            message,
            placed,
        } = self;
        let message = if placed {
            message
        } else {
            format!("{line}: {message}")
        };
        let field = if outer.is_empty() || field.is_empty() {
            format!("{outer}{field}")
        } else {
            format!("{outer}.{field}")
        };
        InferenceError { field, message }
    }
}

/// Reads the keys of an event in one pass.
struct Event<'i, 'a> {
    inference: &'i mut Inference,
    line: Line,
    kind: Option<usize>,
    /// Properties that came before the kind.
    props: Option<&'a str>,
}

impl<'a> Keys<'a> for Event<'_, 'a> {
    type Error = InferenceError;

    fn key(&mut self, key: &str, raw: &'a str) -> Result<(), InferenceError> {
        match key {
            "kind" if raw.starts_with('"') => {
                let name = walk::text(raw).map_err(|e| Trouble::from(e).at("kind", self.line))?;
                if self.inference.kinds.len() >= MAX_NAMES
                    && !self.inference.kind_index.contains_key(&*name)
                {
                    return Err(too_many().at("kind", self.line));
                }
                self.kind = Some(self.inference.kind(&super::normal(&name)));
            }
            "kind" => {
                let message = format!("`{}` is not a string; write it in quotes", short(raw));
                return Err(Trouble::new("kind", message).at("", self.line));
            }
            "props" if self.kind.is_none() => self.props = Some(raw),
            _ => {}
        }
        Ok(())
    }

    fn descends(&mut self, key: &str) -> Result<bool, InferenceError> {
        let wanted = |k: usize| self.inference.kinds.get(k).is_some_and(|k| k.wanted);
        Ok(key == "props" && self.kind.is_some_and(wanted))
    }

    fn inner(&mut self, key: &str, raw: &'a str) -> Result<(), InferenceError> {
        let Inference { wanted, kinds, .. } = &mut *self.inference;
        let Some(Kind {
            name, properties, ..
        }) = self.kind.and_then(|k| kinds.get_mut(k))
        else {
            return Ok(());
        };
        properties
            .see(key, raw, self.line, (wanted, Some(name)))
            .map_err(|e| e.at(name, self.line))
    }

    fn refuse(&self, error: serde_json::Error, inside: bool) -> InferenceError {
        Trouble::from(error).at(if inside { "props" } else { "" }, self.line)
    }
}

//! Profiles written down as one would tell of them.

use super::assert::IntoInstant;
use super::length::Length;
use super::moment::{Moment, Setting};
use crate::check::nearest;
use crate::profile::{Record, RecordEvent, Value};
use crate::schema::Field;
use crate::time::Instant;
use std::fmt;

/// Starts to tell of a profile.
///
/// ```
/// use segue::testing::{days, hours, months, profile};
/// use segue::{schema::{EventKind, Field, Schema, one_of}, Type};
/// let schema = Schema::builder()
///     .attribute(Field::new("age", Type::Int))
///     .attribute(Field::new("signup", Type::Date))
///     .attribute(Field::new("plan", one_of(["free", "pro"])).tracked())
///     .kind(EventKind::new("viewed").subject(Field::new("category", Type::String)))
///     .kind(EventKind::new("purchased").subject(Field::new("category", Type::String)).property(Field::new("amount", Type::Decimal(2))))
///     .kind(EventKind::new("visited"))
///     .build()?;
/// let anna = profile("anna")
///     .with("age", 57)
///     .with("signup", "2 years ago")
///     .with("plan", "free")
///     .changed("plan", "pro").ago(months(2))
///     .tagged("interest/skincare")
///     .did("viewed", "anti-aging").ago(days(3))
///     .did("purchased", "anti-aging").having("amount", 64.50).ago(hours(2))
///     .event("visited").at("2026-01-05T09:30:00Z")
///     .happened(r#"purchased("tv", amount = 499.90) yesterday"#)
///     .build(&schema, "2026-03-18T12:00:00Z")?;
/// assert_eq!(anna.events().len(), 4);
///
/// let error = profile("ben").with("agee", 24).did("viewd", "tv").ago(days(1)).build(&schema, "2026-03-18T12:00:00Z").unwrap_err();
/// assert_eq!(error.to_string(), "profile `ben` does not fit the schema:\n  \
///     - there is no attribute `agee`; did you mean `age`?\n  \
///     - there is no kind of events `viewd`; did you mean `viewed`?");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn profile(id: impl Into<String>) -> ProfileBuilder {
    ProfileBuilder {
        id: id.into(),
        attributes: Vec::new(),
        changes: Vec::new(),
        tags: Vec::new(),
        events: Vec::new(),
    }
}

/// A profile under construction; see [`profile`].
#[derive(Clone, Debug)]
#[must_use]
pub struct ProfileBuilder {
    id: String,
    /// Of relations: their rows.
    attributes: Vec<(String, Value)>,
    changes: Vec<(String, Value, When)>,
    tags: Vec<String>,
    events: Vec<Told>,
}

#[derive(Clone, Debug)]
enum Told {
    Sentence(String),
    Event {
        kind: String,
        id: Option<String>,
        subject: Option<Value>,
        properties: Vec<(String, Value)>,
        when: When,
    },
}

#[derive(Clone, Debug)]
enum When {
    Ago(Length),
    FromNow(Length),
    At(Value),
    Now,
}

/// A profile does not fit the schema, or an instant is none: everything that is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProfileError {
    id: String,
    problems: Vec<String>,
}

impl ProfileError {
    pub(crate) fn new(id: &str, problems: Vec<String>) -> Self {
        ProfileError {
            id: id.to_owned(),
            problems,
        }
    }

    /// Each thing that is wrong.
    #[must_use]
    pub fn problems(&self) -> &[String] {
        &self.problems
    }
}

impl fmt::Display for ProfileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "profile `{}` does not fit the schema:", self.id)?;
        for problem in &self.problems {
            write!(f, "\n  - {}", problem.trim_end().replace('\n', "\n    "))?;
        }
        Ok(())
    }
}

impl std::error::Error for ProfileError {}

impl ProfileBuilder {
    /// Gives an attribute a value. A tracked attribute has always had it. Dates and instants may be said relative to
    /// now: `"30 days ago"`.
    pub fn with(mut self, attribute: &str, value: impl Into<Value>) -> Self {
        self.attributes.push((attribute.to_owned(), value.into()));
        self
    }

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

    /// Changes a tracked attribute to a value; what follows says when: `.changed("plan", "pro").ago(days(10))`.
    pub fn changed(self, attribute: &str, to: impl Into<Value>) -> Changing {
        Changing {
            profile: self,
            attribute: attribute.to_owned(),
            to: to.into(),
        }
    }

    /// Gives it a tag: a path such as `interest/skincare`.
    pub fn tagged(mut self, path: impl Into<String>) -> Self {
        self.tags.push(path.into());
        self
    }

    /// Adds an event with its subject; what follows says when: `.did("viewed", "anti-aging").ago(days(3))`.
    pub fn did(self, kind: &str, subject: impl Into<Value>) -> Happening {
        let mut happening = self.event(kind);
        happening.subject = Some(subject.into());
        happening
    }

    /// Adds an event without a subject; what follows says when: `.event("visited").ago(days(3))`.
    pub fn event(self, kind: &str) -> Happening {
        Happening {
            profile: self,
            kind: kind.to_owned(),
            id: None,
            subject: None,
            properties: Vec::new(),
        }
    }

    /// Adds an event told in the language: `viewed("anti-aging", stay = 5 minutes) 3 days ago`.
    pub fn happened(mut self, sentence: impl Into<String>) -> Self {
        self.events.push(Told::Sentence(sentence.into()));
        self
    }

    /// The profile, as of an instant from which "3 days ago" is counted.
    ///
    /// # Errors
    /// With everything that does not fit the schema, all at once.
    pub fn build(
        self,
        setting: impl Into<Setting>,
        now: impl IntoInstant,
    ) -> Result<Record, ProfileError> {
        match now.into_instant() {
            Ok(now) => self.build_at(&Moment::new(setting.into(), Some(now))),
            Err(problem) => Err(ProfileError {
                id: self.id,
                problems: vec![problem],
            }),
        }
    }

    pub(super) fn build_at(self, moment: &Moment) -> Result<Record, ProfileError> {
        let schema = moment.schema();
        let mut problems = Vec::new();
        let mut record = match Record::builder(schema, self.id.as_str()).build() {
            Ok(record) => record,
            Err(e) => {
                return Err(ProfileError {
                    id: self.id,
                    problems: vec![e.to_string()],
                });
            }
        };
        for (name, value) in self.attributes {
            if let Some(done) = super::rows::set(moment, &mut record, &name, &value) {
                problems.extend(done.err());
                continue;
            }
            let done = attribute(moment, &name).and_then(|field| {
                let value = moment
                    .value(&field.ty, value)
                    .map_err(|e| format!("`{name}`: {e}"))?;
                record
                    .set(schema, &name, value, Instant::MIN)
                    .map_err(|e| e.to_string())
            });
            problems.extend(done.err());
        }
        for (name, value, when) in self.changes {
            let done = attribute(moment, &name).and_then(|field| {
                if !field.tracked {
                    return Err(format!(
                        "`{name}`: its past is not kept; declare it `tracked = true`, or give its value alone"
                    ));
                }
                let at = when.instant(moment).map_err(|e| format!("`{name}`: {e}"))?;
                let value = moment.value(&field.ty, value).map_err(|e| format!("`{name}`: {e}"))?;
                record.set(schema, &name, value, at).map_err(|e| e.to_string())
            });
            problems.extend(done.err());
        }
        record.tags_mut().extend(self.tags);
        let mut events = Vec::with_capacity(self.events.len());
        for told in self.events {
            match told.event(moment) {
                Ok(event) => events.push(event),
                Err(problem) => problems.push(problem),
            }
        }
        record.add_events(events);
        if problems.is_empty() {
            Ok(record)
        } else {
            Err(ProfileError {
                id: self.id,
                problems,
            })
        }
    }
}

fn attribute<'m>(moment: &'m Moment, name: &str) -> Result<&'m Field, String> {
    moment.schema().attribute(name).ok_or_else(|| {
        let relations = moment.schema().relations().iter().map(|r| r.name.as_str());
        let known = moment
            .schema()
            .attributes()
            .iter()
            .map(|a| a.name.as_str())
            .chain(relations);
        match nearest(name, known) {
            Some(meant) => format!("there is no attribute `{name}`; did you mean `{meant}`?"),
            None => format!("there is no attribute `{name}`; declare it in the schema"),
        }
    })
}

impl When {
    fn instant(&self, moment: &Moment) -> Result<Instant, String> {
        match self {
            When::Ago(length) => length.from(moment.now()?, true, moment.zone()),
            When::FromNow(length) => length.from(moment.now()?, false, moment.zone()),
            When::At(value) => moment.instant(value),
            When::Now => moment.now(),
        }
    }
}

impl Told {
    fn event(self, moment: &Moment) -> Result<RecordEvent, String> {
        let Told::Event {
            kind,
            id,
            subject,
            mut properties,
            when,
        } = self
        else {
            let Told::Sentence(sentence) = self else {
                return Err("no event".to_owned());
            };
            return moment.sentence(&sentence);
        };
        let known = moment
            .schema()
            .kind(&kind)
            .ok_or_else(|| moment.unknown_kind(&kind))?;
        if let Some(subject) = subject {
            let field = known.subject.and_then(|i| known.properties.get(i));
            let field = field.ok_or_else(|| {
                format!("`{kind}` has no subject; write `.event(\"{kind}\")`, and `.having(…)` for its properties")
            })?;
            properties.insert(0, (field.name.clone(), subject));
        }
        for (name, value) in &mut properties {
            if let Some(field) = known.properties.iter().find(|p| p.name == *name) {
                *value = moment
                    .value(&field.ty, std::mem::take(value))
                    .map_err(|e| format!("`{kind}.{name}`: {e}"))?;
            }
        }
        let at = when.instant(moment).map_err(|e| format!("`{kind}`: {e}"))?;
        let properties = properties
            .iter()
            .map(|(name, value)| (name.as_str(), value.clone()));
        let event =
            RecordEvent::new(moment.schema(), &kind, at, properties).map_err(|e| e.to_string())?;
        Ok(match id {
            Some(id) => event.with_id(id),
            None => event,
        })
    }
}

/// An event whose time is still to be said; see [`ProfileBuilder::did`].
#[derive(Clone, Debug)]
#[must_use = "say when: `.ago(days(3))`, `.at(\"2026-01-31T12:00:00Z\")`, `.now()`"]
pub struct Happening {
    profile: ProfileBuilder,
    kind: String,
    id: Option<String>,
    subject: Option<Value>,
    properties: Vec<(String, Value)>,
}

impl Happening {
    /// Gives a property a value.
    pub fn having(mut self, property: &str, value: impl Into<Value>) -> Self {
        self.properties.push((property.to_owned(), value.into()));
        self
    }

    /// Gives the event an id.
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.id = Some(id.into());
        self
    }

    fn when(self, when: When) -> ProfileBuilder {
        let Happening {
            mut profile,
            kind,
            id,
            subject,
            properties,
        } = self;
        profile.events.push(Told::Event {
            kind,
            id,
            subject,
            properties,
            when,
        });
        profile
    }
}

/// A change of a tracked attribute whose time is still to be said; see [`ProfileBuilder::changed`].
#[derive(Clone, Debug)]
#[must_use = "say when: `.ago(days(3))`, `.at(\"2026-01-31T12:00:00Z\")`, `.now()`"]
pub struct Changing {
    profile: ProfileBuilder,
    attribute: String,
    to: Value,
}

impl Changing {
    fn when(self, when: When) -> ProfileBuilder {
        let Changing {
            mut profile,
            attribute,
            to,
        } = self;
        profile.changes.push((attribute, to, when));
        profile
    }
}

macro_rules! whens {
    ($($of:ty),*) => {$(
        impl $of {
            /// It happened this long before now: `days(3)`, `"3 days"`.
            pub fn ago(self, length: impl Into<Length>) -> ProfileBuilder {
                self.when(When::Ago(length.into()))
            }

            /// It will have happened this long after now; until then it is not seen.
            pub fn from_now(self, length: impl Into<Length>) -> ProfileBuilder {
                self.when(When::FromNow(length.into()))
            }

            /// It happened at an instant, or at the start of a day: `"2026-01-31T12:00:00Z"`, `"2026-01-31"`.
            pub fn at(self, at: impl Into<Value>) -> ProfileBuilder {
                self.when(When::At(at.into()))
            }

            /// It happens now.
            pub fn now(self) -> ProfileBuilder {
                self.when(When::Now)
            }
        }
    )*};
}

whens!(Happening, Changing);

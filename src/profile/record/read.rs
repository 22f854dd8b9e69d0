//! Records from JSON.

mod event;
mod rows;

use super::Record;
use super::cell::{Cell, CellReader, shown};
use super::error::{RecordError, UNTRACKED, duplicate, missing};
use super::event::RecordEvent;
use super::history::{change, constant, tracked_rank};
use super::names::{Names, names_of};
use crate::profile::{History, Timeline, ValueChange};
use crate::schema::walk;
use crate::schema::{Field, Projection, Schema};
use crate::time::{Instant, Zone};
use serde::Serialize;
use std::borrow::Cow;

/// An event with the id of its profile.
#[derive(Clone, Debug, PartialEq)]
pub struct EventLine<'a> {
    /// The id of the profile.
    pub profile: Cow<'a, str>,
    /// The event.
    pub event: RecordEvent,
}

/// What a reader knows of one kind of events.
#[derive(Clone, Debug)]
struct KindNames {
    wanted: bool,
    properties: Names,
}

/// Reads profiles and events of one schema from JSON. Repeated strings share one allocation.
///
/// A profile is an object: `id` (a string or a number), its attributes by name, its relations by name as lists of objects,
/// and optionally `tags`, `history` and `events`. Nested objects are the same as dotted names: `{"consent":{"email":true}}` is
/// `{"consent.email":true}`.
///
/// ```json
/// {"id":"c-17", "age":47, "consent":{"email":true}, "tags":["interest/skincare"],
///  "history":{"plan":[{"at":"2026-01-01T00:00:00Z","value":"free"},{"at":"2026-03-01T00:00:00Z","value":"pro"}]},
///  "events":[{"id":"e1","kind":"purchased","at":"2026-01-05T09:30:00Z","props":{"category":"tv","amount":499.90}}]}
/// ```
///
/// An event on a line of its own also has a `profile`. Names that the schema does not have are ignored; `null` means missing;
/// a value of the wrong type is an error. A tracked attribute with a `history` has the values of that history, and a plain
/// value beside it is ignored; without a history, it has always had its plain value. Instants are RFC 3339
/// (`2026-01-31T12:00:00Z`), or a date, which is its start in the reader's [zone](Self::zone).
///
/// ```
/// use segue::{profile::RecordReader, schema::{EventKind, Field, Projection, Schema}, Type};
/// let schema = Schema::builder()
///     .kind(EventKind::new("basket").property(Field::new("amount", Type::Decimal(2))))
///     .build()?;
/// let mut reader = RecordReader::new(&schema).only(&Projection::nothing().property("basket", "amount"));
/// let line = r#"{"id":"b-1","profile":"909","kind":"basket","at":"2017-01-01T14:23:15Z","props":{"lines":1,"amount":20.06}}"#;
/// let read = reader.event(line)?.expect("the schema names `basket`");
/// assert_eq!(read.profile, "909");
///
/// let error = reader.event(&line.replace("20.06", "20.065")).unwrap_err();
/// assert_eq!(error.field, "props.amount");
/// assert!(error.message.starts_with("`20.065` has more than 2 digits after the decimal point"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct RecordReader {
    schema: Schema,
    attributes: Names,
    /// Tracked attributes, by rank.
    ranks: Vec<Option<usize>>,
    kinds: Vec<KindNames>,
    /// Of the properties of rows, by relation. A relation itself is a name behind those of the attributes.
    rows: Vec<Names>,
    cells: CellReader,
    /// The attribute whose values are names of time zones.
    timezone: Option<usize>,
    /// The schema whose part this one is.
    whole: Schema,
    /// Kinds that it does not name, of the events of the last call.
    unknown: Vec<Box<str>>,
}

impl RecordReader {
    /// Creates a reader of everything that the schema has.
    #[must_use]
    pub fn new(schema: &Schema) -> Self {
        RecordReader {
            schema: schema.clone(),
            attributes: Names::default(),
            ranks: (0..schema.attributes().len())
                .map(|i| tracked_rank(schema, i))
                .collect(),
            kinds: Vec::new(),
            rows: Vec::new(),
            cells: CellReader::default(),
            timezone: None,
            whole: schema.clone(),
            unknown: Vec::new(),
        }
        .only(&Projection::everything())
    }

    /// Restricts the reader to a projection: other attributes and properties are missing, and events of other kinds are
    /// skipped.
    #[must_use]
    pub fn only(mut self, projection: &Projection) -> Self {
        let attributes = self.schema.attributes().iter().map(|a| a.name.as_str());
        let names = attributes
            .chain(self.schema.relations().iter().map(|r| r.name.as_str()))
            .enumerate();
        self.attributes = Names::new(names.filter(|(_, name)| projection.has_attribute(name)));
        let kind = |kind: &crate::schema::EventKind| KindNames {
            wanted: projection.has_kind(&kind.name),
            properties: Names::new(
                names_of(&kind.properties)
                    .filter(|(_, name)| projection.has_property(&kind.name, name)),
            ),
        };
        self.kinds = self.schema.kinds().iter().map(kind).collect();
        self.rows = self
            .schema
            .relations()
            .iter()
            .map(|r| Names::new(names_of(&r.properties)))
            .collect();
        self
    }

    /// Sets the zone in which the day begins that a date stands for where an instant is wanted: that of the rulebook. Default: UTC.
    ///
    /// ```
    /// use segue::{Event as _, Instant, profile::RecordReader, schema::{EventKind, Schema}};
    /// let schema = Schema::builder().kind(EventKind::new("purchased")).build()?;
    /// let mut reader = RecordReader::new(&schema).zone("Europe/Rome".parse()?);
    /// let read = reader.event(r#"{"profile":"909","kind":"purchased","at":"2026-06-01"}"#)?.expect("the schema names `purchased`");
    /// assert_eq!(read.event.at(), "2026-05-31T22:00:00Z".parse::<Instant>()?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn zone(mut self, zone: Zone) -> Self {
        self.cells.zone = zone;
        self
    }

    /// Declares that an attribute names the profile's time zone: a value that names none is wrong, as one of another type is.
    #[must_use]
    pub fn timezone_attribute(mut self, attribute: &str) -> Self {
        self.timezone = self.schema.attribute_index(attribute);
        self
    }

    /// Reads a value that is wrong as missing, and notes it as a [fault](Self::faults): everything else in the profile or event
    /// counts. What has no id, no kind, no instant, or is no JSON is an error all the same.
    ///
    /// ```
    /// use segue::{profile::{RecordReader, Value}, schema::{Field, Schema}, Instant, Type};
    /// let schema = Schema::builder()
    ///     .attribute(Field::new("age", Type::Int))
    ///     .attribute(Field::new("city", Type::String))
    ///     .build()?;
    /// let mut reader = RecordReader::new(&schema).tolerant();
    /// let record = reader.profile(r#"{"id":"c-17","age":"old","city":"Milano"}"#)?;
    /// assert_eq!(record.get(&schema, "age", Instant::MAX), Value::Missing);
    /// assert_eq!(record.get(&schema, "city", Instant::MAX), "Milano".into());
    /// assert_eq!(reader.faults().next().map(|fault| fault.field.as_str()), Some("age"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn tolerant(mut self) -> Self {
        self.cells.faults = Some(Vec::new());
        self
    }

    /// What a [tolerant](Self::tolerant) reader read as missing in the last call to [`profile`](Self::profile) or
    /// [`event`](Self::event).
    pub fn faults(&self) -> impl Iterator<Item = &RecordError> {
        self.cells.faults.iter().flatten()
    }

    /// Forgets what was noted of the text before.
    fn begin(&mut self) {
        self.unknown.clear();
        if let Some(faults) = &mut self.cells.faults {
            faults.clear();
        }
    }

    /// Declares that the reader's schema is a part of `whole`: events of kinds that only `whole` has are skipped on purpose, and
    /// are not [unknown](Self::unknown_kinds).
    #[must_use]
    pub fn part_of(mut self, whole: &Schema) -> Self {
        self.whole = whole.clone();
        self
    }

    /// The unknown kinds of the events that the last call to [`profile`](Self::profile) or [`event`](Self::event) skipped, in
    /// order and with repetitions, so that typos are noticed. Kinds that a projection leaves out are not among them.
    ///
    /// ```
    /// use segue::{profile::RecordReader, schema::{EventKind, Schema}};
    /// let schema = Schema::builder().kind(EventKind::new("purchased")).build()?;
    /// let mut reader = RecordReader::new(&schema);
    /// assert_eq!(reader.event(r#"{"profile":"909","kind":"purchsed","at":"2026-01-05"}"#)?, None);
    /// assert!(reader.unknown_kinds().eq(["purchsed"]));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn unknown_kinds(&self) -> impl Iterator<Item = &str> {
        self.unknown.iter().map(|kind| &**kind)
    }

    /// The schema.
    #[must_use]
    pub fn schema(&self) -> &Schema {
        &self.schema
    }

    /// Reads a profile.
    ///
    /// # Errors
    /// If the text is not a JSON object, has no `id`, has a duplicate name, or has a value of the wrong type.
    pub fn profile(&mut self, json: &str) -> Result<Record, RecordError> {
        self.begin();
        let schema = self.schema.clone();
        let mut record = Record::builder(&schema, "").build()?;
        let mut id = None;
        let mut plain: Vec<(usize, usize, Cell)> = Vec::new();
        let mut past: Vec<(usize, usize, History<Cell>)> = Vec::new();
        let mut events: Option<Vec<RecordEvent>> = None;
        let mut tags = None;
        walk::object(json, &mut |key, value| {
            let target = self.attributes.get(key);
            if target.field.is_none() && !target.prefix {
                match key {
                    "id" => {
                        return once(
                            &mut id,
                            "id",
                            id_of(value)?.ok_or_else(|| missing("id", "every profile has one"))?,
                        );
                    }
                    "tags" => {
                        let read =
                            tags_of(value).or_else(|e| self.cells.fault(e).map(|()| Vec::new()))?;
                        return once(&mut tags, "tags", read);
                    }
                    "history" if self.schema.attribute_index("history").is_none() => {
                        let before = self.cells.noted();
                        let read = self.histories(value, &mut past);
                        self.cells.noted_within(before, "history");
                        return read.map_err(|e| e.within("history"));
                    }
                    "events" if self.schema.attribute_index("events").is_none() => {
                        return once(&mut events, "events", self.events(value)?);
                    }
                    _ => return Ok(()),
                }
            }
            let RecordReader {
                attributes,
                cells,
                timezone,
                ranks,
                rows,
                ..
            } = &mut *self;
            attributes.field(key, value, &mut |index, raw| {
                let Some(field) = schema.attributes().get(index) else {
                    let relation = index.saturating_sub(schema.attributes().len());
                    return match (schema.relations().get(relation), rows.get(relation)) {
                        (Some(declared), Some(names)) => {
                            record.read_rows(relation, declared, names, raw, cells)
                        }
                        _ => Ok(()),
                    };
                };
                let cell = value_of(field, *timezone == Some(index), &field.name, raw, cells)?;
                if let Some(rank) = ranks.get(index).copied().flatten() {
                    return once_of(&mut plain, index, rank, cell, &field.name)
                        .or_else(|e| cells.fault(e));
                }
                match record.cells.get_mut(index) {
                    Some(slot) if slot.is_missing() => *slot = cell,
                    _ => return cells.fault(duplicate(&field.name)),
                }
                Ok(())
            })
        })?;
        record.id = id
            .ok_or_else(|| missing("id", "every profile has one"))?
            .into_owned()
            .into_boxed_str();
        record.tags = tags.unwrap_or_default();
        let untimed = plain
            .into_iter()
            .map(|(index, rank, cell)| (index, rank, constant(cell)));
        for (_, rank, history) in untimed.chain(past) {
            if let Some(slot) = record.histories.get_mut(rank) {
                *slot = history;
            }
        }
        record.events = Timeline::new(events.unwrap_or_default());
        Ok(record)
    }

    fn histories(
        &mut self,
        raw: &str,
        past: &mut Vec<(usize, usize, History<Cell>)>,
    ) -> Result<(), RecordError> {
        let schema = self.schema.clone();
        let RecordReader {
            attributes,
            cells,
            timezone,
            ranks,
            ..
        } = self;
        let read = attributes.fields("", raw, &mut |index, raw| {
            let Some(field) = schema.attributes().get(index) else {
                let related = schema
                    .relations()
                    .get(index.saturating_sub(schema.attributes().len()));
                let name = related.map_or("", |r| &r.name);
                let message = "is a relation, whose rows have no history; give the rows alone";
                return cells.fault(RecordError::new(name, message));
            };
            if raw == "null" {
                return Ok(());
            }
            let Some(rank) = ranks.get(index).copied().flatten() else {
                return cells.fault(RecordError::new(&*field.name, UNTRACKED));
            };
            let history = history_of(field, *timezone == Some(index), raw, cells)?;
            once_of(past, index, rank, history, &field.name).or_else(|e| cells.fault(e))
        });
        read.or_else(|e| self.cells.fault(e))
    }

    fn events(&mut self, raw: &str) -> Result<Vec<RecordEvent>, RecordError> {
        if raw == "null" {
            return Ok(Vec::new());
        }
        let Ok(events) = walk::list(raw) else {
            let message = "is not a list; write it as `[{\"kind\":…,\"at\":…,\"props\":{…}}]`";
            let wrong = self.cells.fault(RecordError::new("events", message));
            return wrong.map(|()| Vec::new());
        };
        let mut read = Vec::with_capacity(events.len());
        for (i, raw) in events.into_iter().enumerate() {
            let (place, before) = (format!("events[{i}]"), self.cells.noted());
            let parts = self.parts(raw);
            self.cells.noted_within(before, &place);
            match parts {
                Ok(parts) => read.extend(parts.event),
                Err(e) => self.cells.fault(e.within(&place))?,
            }
        }
        Ok(read)
    }

    /// Reads an event with its `profile`. `None` if its kind is [unknown](Self::unknown_kinds) or left out by the projection.
    ///
    /// # Errors
    /// If the text is not a JSON object, has no `profile`, `kind` or `at`, has a duplicate name, or has a value of the wrong
    /// type.
    pub fn event<'a>(&mut self, json: &'a str) -> Result<Option<EventLine<'a>>, RecordError> {
        self.begin();
        let parts = self.parts(json)?;
        let Some(event) = parts.event else {
            return Ok(None);
        };
        let profile = parts
            .profile
            .ok_or_else(|| missing("profile", "it says whose event it is"))?;
        Ok(Some(EventLine { profile, event }))
    }
}

impl From<serde_json::Error> for RecordError {
    fn from(e: serde_json::Error) -> Self {
        RecordError::new("", walk::complaint(&e))
    }
}

fn once<T>(slot: &mut Option<T>, key: &str, value: T) -> Result<(), RecordError> {
    if slot.replace(value).is_some() {
        Err(duplicate(key))
    } else {
        Ok(())
    }
}

fn once_of<T>(
    all: &mut Vec<(usize, usize, T)>,
    index: usize,
    rank: usize,
    value: T,
    name: &str,
) -> Result<(), RecordError> {
    if all.iter().any(|(i, ..)| *i == index) {
        return Err(duplicate(name));
    }
    all.push((index, rank, value));
    Ok(())
}

/// An id: a string, or an integer, which means its digits.
fn id_of(raw: &str) -> Result<Option<Cow<'_, str>>, RecordError> {
    let digits = raw.strip_prefix('-').unwrap_or(raw);
    match raw.as_bytes().first() {
        Some(b'n') => Ok(None),
        Some(b'"') => walk::text(raw)
            .map(Some)
            .map_err(|e| RecordError::from(e).within("id")),
        Some(_) if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) => {
            Ok(Some(Cow::Borrowed(raw)))
        }
        _ => Err(RecordError::new(
            "id",
            format!(
                "`{}` is neither a string nor an integer; write it in quotes",
                shown(raw)
            ),
        )),
    }
}

fn string_of<'a>(key: &str, raw: &'a str) -> Result<Cow<'a, str>, RecordError> {
    if raw.starts_with('"') {
        return walk::text(raw).map_err(|e| RecordError::from(e).within(key));
    }
    Err(RecordError::new(
        key,
        format!("`{}` is not a string; write it in quotes", shown(raw)),
    ))
}

/// The instant of an event or of a value in a history. Its type is no matter of the schema, which has no say in what is wrong.
fn at_of(raw: &str, cells: &mut CellReader) -> Result<Instant, RecordError> {
    let wrong = |message: String| RecordError::new("at", message);
    let what = match raw.as_bytes().first() {
        Some(b'"') => {
            let text = walk::text(raw).map_err(|e| wrong(walk::complaint(&e)))?;
            let at = cells.zone.parse_instant(&text);
            return at.map_err(|e| wrong(e.to_string()));
        }
        Some(b'n') => return Err(missing("at", "it says when it happened")),
        Some(b'[') => "a list",
        Some(b'{') => "an object",
        Some(b't' | b'f') => "a bool",
        _ => "a number",
    };
    Err(wrong(format!(
        "`{}` is {what}, not `instant`; write it as `\"2026-01-31T12:00:00Z\"`",
        shown(raw)
    )))
}

fn tags_of(raw: &str) -> Result<Vec<String>, RecordError> {
    let wrong = |_| {
        RecordError::new(
            "tags",
            "is not a list of strings; write it as `[\"interest/skincare\"]`",
        )
    };
    serde_json::from_str::<Option<Vec<String>>>(raw)
        .map(Option::unwrap_or_default)
        .map_err(wrong)
}

/// The value of an attribute, which may have to name a time zone.
fn value_of(
    field: &Field,
    names_zone: bool,
    place: &str,
    raw: &str,
    cells: &mut CellReader,
) -> Result<Cell, RecordError> {
    let cell = cells.cell(field, raw, || place.to_owned())?;
    if names_zone
        && let Cell::Text(text) = &cell
        && let Err(e) = text.parse::<Zone>()
    {
        cells.fault(RecordError::new(place, e.to_string()))?;
        return Ok(Cell::Missing);
    }
    Ok(cell)
}

/// The changes of a tracked attribute.
fn history_of(
    field: &Field,
    names_zone: bool,
    raw: &str,
    cells: &mut CellReader,
) -> Result<History<Cell>, RecordError> {
    let Ok(entries) = walk::list(raw) else {
        let message = "is not a list of changes; write it as `[{\"at\":\"2026-01-31T12:00:00Z\",\"value\":…}]`";
        cells.fault(RecordError::new(&*field.name, message))?;
        return Ok(History::new());
    };
    let mut changes = Vec::with_capacity(entries.len());
    for (i, raw) in entries.into_iter().enumerate() {
        let (place, before) = (format!("{}[{i}]", field.name), cells.noted());
        let read = change_of(field, names_zone, raw, cells);
        cells.noted_within(before, &place);
        match read {
            Ok(change) => changes.push(change),
            Err(e) => cells.fault(e.within(&place))?,
        }
    }
    Ok(History::from(changes))
}

fn change_of(
    field: &Field,
    names_zone: bool,
    raw: &str,
    cells: &mut CellReader,
) -> Result<ValueChange<Cell>, RecordError> {
    let (mut at, mut value) = (None, None);
    walk::object(raw, &mut |key, raw| match key {
        "at" => once(&mut at, "at", at_of(raw, cells)?),
        "value" => {
            let read = value_of(field, names_zone, "value", raw, cells)?;
            once(&mut value, "value", read)
        }
        _ => Ok(()),
    })?;
    Ok(change(
        at.ok_or_else(|| missing("at", "it says from when on"))?,
        value.ok_or_else(|| missing("value", "`null` says that there was none"))?,
    ))
}

impl Record {
    /// Reads one profile. [`RecordReader`] describes the format, and reads many profiles faster.
    ///
    /// # Errors
    /// As for [`RecordReader::profile`].
    pub fn from_json(schema: &Schema, json: &str) -> Result<Self, RecordError> {
        RecordReader::new(schema).profile(json)
    }

    /// Copies a value of any type that serde serializes, by the names of the schema: what it is written as in JSON is read as a
    /// profile.
    ///
    /// ```
    /// use segue::{Type, profile::Record, schema::{Field, Schema}};
    ///
    /// #[derive(serde::Serialize)]
    /// struct Customer { id: u64, city: Option<String> }
    ///
    /// let schema = Schema::builder().attribute(Field::new("city", Type::String)).build()?;
    /// let anna = Record::from_serialize(&schema, &Customer { id: 17, city: Some("Milano".into()) })?;
    /// assert_eq!(anna, Record::from_json(&schema, r#"{"id": 17, "city": "Milano"}"#)?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If it cannot be written as JSON, and as for [`Record::from_json`].
    pub fn from_serialize(
        schema: &Schema,
        value: &(impl Serialize + ?Sized),
    ) -> Result<Self, RecordError> {
        let json = serde_json::to_string(value)
            .map_err(|e| RecordError::new("", format!("cannot be written as JSON: {e}")))?;
        Record::from_json(schema, &json)
    }
}

impl RecordEvent {
    /// Reads one event, and ignores its `profile`. `None` if the schema does not have its kind.
    ///
    /// # Errors
    /// As for [`RecordReader::event`].
    pub fn from_json(schema: &Schema, json: &str) -> Result<Option<Self>, RecordError> {
        Ok(RecordReader::new(schema).parts(json)?.event)
    }
}

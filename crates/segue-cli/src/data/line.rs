//! What a line of the stream says: an event, a change of attributes and tags, or both.

use super::{Data, UnknownKinds};
use crate::input::{Line, Progress, Skipped, scan};
use crate::terminal::Failure;
use memchr::memmem::Finder;
use segue::engine::{Engine, EngineOutput, IdentifyError, LiveProfile, Receipt};
use segue::profile::{EventLine, Record, RecordError, RecordEvent, RecordReader, Value};
use segue::{Event as _, Instant, Rulebook, Schema, Zone};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;
use serde_json::{Map, Value as Json};
use std::sync::LazyLock;

/// What one line says of a profile: who it is, a change, an event, or several of these, one after the other at the same instant.
#[derive(Clone, Debug)]
pub(crate) struct Item {
    pub(crate) profile: String,
    pub(crate) at: Instant,
    pub(crate) identity: Option<Identity>,
    pub(crate) change: Change,
    pub(crate) event: Option<RecordEvent>,
}

/// Who a profile is.
#[derive(Clone, Debug)]
pub(crate) enum Identity {
    /// The same as another profile.
    Profile(String),
    /// Whoever has these identifiers: names and values.
    Identifiers(Vec<(String, String)>),
}

impl Identity {
    /// Tells an engine of it. Two profiles of records can be merged.
    pub(crate) fn tell(
        &self,
        engine: &mut Engine<Record>,
        profile: &str,
        at: Instant,
        out: &mut Vec<EngineOutput>,
    ) -> Result<Receipt, IdentifyError> {
        match self {
            Identity::Profile(other) => engine.merge(profile, other.as_str(), at, out),
            Identity::Identifiers(all) => {
                let all: Vec<(&str, &str)> = all.iter().map(|(n, v)| (&**n, &**v)).collect();
                engine.identify(profile, &all, at, out)
            }
        }
    }

    fn read(raw: &RawValue) -> Result<Self, String> {
        let text = |value: Json| match value {
            Json::String(text) => Some(text),
            Json::Number(number) => Some(number.to_string()),
            _ => None,
        };
        match serde_json::from_str::<Json>(raw.get()) {
            Ok(Json::Object(all)) if !all.is_empty() => {
                let identifier = |(name, value): (String, Json)| match text(value) {
                    Some(value) => Ok((name, value)),
                    None => Err(format!("`is.{name}` is neither a string nor a number")),
                };
                let all = all.into_iter().map(identifier).collect::<Result<_, _>>()?;
                Ok(Identity::Identifiers(all))
            }
            Ok(value) => text(value).map(Identity::Profile).ok_or_else(|| {
                "`is` says nobody; write the id of a profile, or {\"email\":\"anna@x.it\"}"
                    .to_owned()
            }),
            Err(error) => Err(format!("`is`: {error}")),
        }
    }
}

/// What changes in a profile: attributes, and the tags that it is given or loses.
#[derive(Clone, Debug, Default)]
pub(crate) struct Change {
    values: Vec<(String, Value)>,
    tags: Vec<(String, bool)>,
}

impl Change {
    pub(crate) fn is_empty(&self) -> bool {
        self.values.is_empty() && self.tags.is_empty()
    }

    /// What of it a schema names.
    pub(crate) fn only(mut self, schema: &Schema) -> Self {
        self.values
            .retain(|(name, _)| schema.attribute(name).is_some());
        self
    }

    /// Puts it into a profile. Values were read by the schema, so that each fits.
    pub(crate) fn put(&self, record: &mut Record, schema: &Schema, at: Instant) {
        for (name, value) in &self.values {
            let _ = record.set(schema, name, value.clone(), at);
        }
        for (path, given) in &self.tags {
            LiveProfile::tag(record, path, *given);
        }
    }

    /// Tells an engine of it.
    pub(crate) fn tell(
        &self,
        engine: &mut Engine<Record>,
        profile: &str,
        at: Instant,
        out: &mut Vec<EngineOutput>,
    ) {
        let values: Vec<(&str, Value)> = (self.values.iter())
            .map(|(name, value)| (name.as_str(), value.clone()))
            .collect();
        if !values.is_empty() {
            // The schema by which they were read is the engine's.
            let _ = engine.set(profile, &values, at, out);
        }
        for (path, given) in &self.tags {
            let _ = engine.tag(profile, path, *given, at, out);
        }
    }
}

/// A line with `is`, `set`, `tag` or `untag`.
#[derive(Deserialize)]
struct ChangeLine<'a> {
    kind: Option<IgnoredAny>,
    #[serde(borrow)]
    profile: Option<&'a RawValue>,
    #[serde(borrow)]
    at: Option<&'a RawValue>,
    #[serde(borrow)]
    is: Option<&'a RawValue>,
    #[serde(borrow)]
    set: Option<&'a RawValue>,
    #[serde(borrow)]
    tag: Option<&'a RawValue>,
    #[serde(borrow)]
    untag: Option<&'a RawValue>,
}

impl<'a> ChangeLine<'a> {
    fn of(text: &'a str) -> Option<Self> {
        // Most lines are events alone, and need not be parsed for it. Any letter of a key may be written as `\u0074`.
        static MAY_CHANGE: LazyLock<[Finder<'_>; 4]> =
            LazyLock::new(|| ["\"is\"", "\"set\"", "tag\"", "\\u"].map(Finder::new));
        let found = |key: &Finder<'_>| key.find(text.as_bytes()).is_some();
        if !MAY_CHANGE.iter().any(found) {
            return None;
        }
        let line: Self = serde_json::from_str(text).ok()?;
        let all = [line.is, line.set, line.tag, line.untag];
        let changes = all.iter().any(Option::is_some);
        changes.then_some(line)
    }

    /// Whether it is no event as well.
    fn is_alone(&self) -> bool {
        self.kind.is_none()
    }

    fn profile(&self) -> Result<String, String> {
        match self.profile.map(|raw| serde_json::from_str(raw.get())) {
            Some(Ok(Json::String(id))) => Ok(id),
            Some(Ok(Json::Number(id))) => Ok(id.to_string()),
            Some(_) => Err("`profile` is neither a string nor a number".to_owned()),
            None => Err("`profile` is missing: the id of the profile that changes".to_owned()),
        }
    }

    fn at(&self, zone: Zone) -> Result<Instant, String> {
        match self.at.map(|raw| serde_json::from_str::<String>(raw.get())) {
            Some(Ok(text)) => zone.parse_instant(&text).map_err(|e| format!("`at`: {e}")),
            Some(Err(_)) => {
                Err("`at` is not a string; write it as \"2026-01-31T12:00:00Z\"".to_owned())
            }
            None => Err("`at` is missing: the instant of the change".to_owned()),
        }
    }

    fn change(&self, reader: &mut RecordReader) -> Result<Change, String> {
        let values = self
            .set
            .map_or_else(|| Ok(Vec::new()), |set| values(reader, set))?;
        let mut tags = Vec::new();
        for (key, raw, given) in [("untag", self.untag, false), ("tag", self.tag, true)] {
            let paths = raw.map_or_else(|| Ok(Vec::new()), |raw| paths(key, raw))?;
            tags.extend(paths.into_iter().map(|path| (path, given)));
        }
        Ok(Change { values, tags })
    }
}

/// Whether a line changes attributes or tags, and is no event.
pub(super) fn is_change(text: &str) -> bool {
    ChangeLine::of(text).is_some_and(|line| line.is_alone())
}

/// Reads the lines of a stream.
#[derive(Clone, Debug)]
pub(crate) struct LineReader {
    events: RecordReader,
    /// Of changes, where that of events reads a part of the schema.
    changes: Option<RecordReader>,
    zone: Zone,
    /// The names of identifiers that the rules declare.
    identifiers: Vec<String>,
}

impl LineReader {
    pub(crate) fn new(events: RecordReader, zone: Zone) -> Self {
        LineReader {
            events,
            changes: None,
            zone,
            identifiers: Vec::new(),
        }
    }

    /// Knows the identifiers that rules declare.
    pub(crate) fn with_identifiers(mut self, rulebook: Option<&Rulebook>) -> Self {
        let identity = rulebook.and_then(|rulebook| rulebook.document().identity.as_ref());
        let names = identity.map(|identity| identity.strong.iter().chain(&identity.weak));
        self.identifiers = names.into_iter().flatten().cloned().collect();
        self
    }

    /// Who a line says that a profile is.
    fn identity(&self, raw: &RawValue) -> Result<Identity, String> {
        let identity = Identity::read(raw)?;
        if let Identity::Identifiers(all) = &identity
            && let Some((name, _)) = all
                .iter()
                .find(|(name, _)| !self.identifiers.contains(name))
        {
            return Err(format!(
                "`is.{name}`: the rules have no such identifier; declare it in `identity` as strong or weak"
            ));
        }
        Ok(identity)
    }

    /// Reads changes by the whole schema, so that whether one is right does not depend on what is asked.
    pub(crate) fn with_changes(mut self, changes: RecordReader) -> Self {
        self.changes = Some(changes);
        self
    }

    /// The reader of events.
    pub(crate) fn events(&self) -> &RecordReader {
        &self.events
    }

    /// Reads a line; `None` where it says nothing but an event that is not asked for. What is wrong in an event, and counts as
    /// missing, is noted, and so is a kind that the schema does not name.
    pub(crate) fn read(
        &mut self,
        line: &Line<'_>,
        wrong: &mut Skipped,
        unknown: &mut UnknownKinds,
    ) -> Result<Option<Item>, String> {
        let written = ChangeLine::of(line.text);
        let read = match self.events.event(line.text) {
            Ok(read) => {
                wrong.note(&self.events, line);
                unknown.see(&self.events, line);
                read
            }
            Err(_) if written.as_ref().is_some_and(ChangeLine::is_alone) => None,
            Err(error) if error.field == "kind" => {
                return Err(format!(
                    "{error}; a change of attributes has `set` instead, one of tags `tag` or `untag`, and who a profile is `is`"
                ));
            }
            Err(error) => return Err(error.to_string()),
        };
        let (profile, at, event) = match (read, &written) {
            (Some(EventLine { profile, event }), _) => {
                (profile.into_owned(), event.at(), Some(event))
            }
            (None, Some(change)) => (change.profile()?, change.at(self.zone)?, None),
            (None, None) => return Ok(None),
        };
        let identity = written.as_ref().and_then(|written| written.is);
        let identity = identity.map(|raw| self.identity(raw)).transpose()?;
        let reader = self.changes.as_mut().unwrap_or(&mut self.events);
        let change = written.map_or_else(|| Ok(Change::default()), |w| w.change(reader))?;
        Ok(Some(Item {
            profile,
            at,
            identity,
            change,
            event,
        }))
    }
}

/// The paths of tags: one, or a list.
fn paths(key: &str, raw: &RawValue) -> Result<Vec<String>, String> {
    let paths = serde_json::from_str::<String>(raw.get()).map(|path| vec![path]);
    let paths = paths.or_else(|_| serde_json::from_str::<Vec<String>>(raw.get()));
    let paths = paths.map_err(|_| {
        format!("`{key}` is not a tag; write a path, \"interest/tv\", or a list of paths")
    })?;
    match paths.iter().find(|path| path.split('/').any(str::is_empty)) {
        Some(wrong) => Err(format!(
            "`{key}`: `{wrong}` is not a tag path; write it as \"interest/tv\""
        )),
        None => Ok(paths),
    }
}

/// The attributes that `set` names, each with its value.
fn values(reader: &mut RecordReader, set: &RawValue) -> Result<Vec<(String, Value)>, String> {
    let Ok(named) = serde_json::from_str::<Map<String, Json>>(set.get()) else {
        return Err("`set` is not an object; write it as {\"plan\":\"pro\"}".to_owned());
    };
    let mut names = Vec::new();
    names_of(&named, "", reader.schema(), &mut names)?;
    if names.is_empty() {
        return Err("`set` names no attribute".to_owned());
    }
    // The values are read as those of a profile are, from the text as it stands.
    let inside = set
        .get()
        .trim()
        .trim_start_matches('{')
        .strip_suffix('}')
        .unwrap_or_default();
    let values = reader
        .profile(&format!("{{\"id\":\"\",{inside}}}"))
        .map_err(|e| wrong_value(&e))?;
    // Half a change would be another one.
    if let Some(fault) = reader.faults().next() {
        return Err(wrong_value(fault));
    }
    let schema = reader.schema();
    let value = |name: String| {
        let value = values.get(schema, &name, Instant::MAX);
        (name, value)
    };
    Ok(names.into_iter().map(value).collect())
}

fn wrong_value(error: &RecordError) -> String {
    format!("`set.{}`: {}", error.field, error.message)
}

/// The attributes that an object names; an object within spells dotted names.
fn names_of(
    object: &Map<String, Json>,
    outer: &str,
    schema: &Schema,
    names: &mut Vec<String>,
) -> Result<(), String> {
    for (key, value) in object {
        let name = if outer.is_empty() {
            key.clone()
        } else {
            format!("{outer}.{key}")
        };
        match value {
            _ if schema.attribute(&name).is_some() => names.push(name),
            Json::Object(inner) => names_of(inner, &name, schema, names)?,
            _ => return Err(format!("`set.{name}`: the schema has no such attribute")),
        }
    }
    Ok(())
}

/// What a thread made of its lines.
struct Heap {
    reader: LineReader,
    items: Vec<(Instant, usize, u64, Item)>,
    unknown: UnknownKinds,
    wrong: Skipped,
}

/// Reads all lines, of one profile and those that say who somebody is, or of all, in the order of time. Of one instant, what comes first in the files is first.
/// Beside them stands how many events were of unknown kinds.
pub(crate) fn sorted(
    reader: &LineReader,
    data: &Data,
    of: Option<&str>,
) -> Result<(Vec<Item>, u64), Failure> {
    let progress = Progress::over("reading events", &data.events);
    let heap = |_| Heap {
        reader: reader.clone(),
        items: Vec::new(),
        unknown: UnknownKinds::default(),
        wrong: Skipped::default(),
    };
    let workers = (0..data.threads).map(heap).collect();
    let take = |heap: &mut Heap, line: Line<'_>| {
        let read = heap
            .reader
            .read(&line, &mut heap.wrong, &mut heap.unknown)?;
        if let Some(item) =
            read.filter(|item| of.is_none_or(|id| item.profile == id || item.identity.is_some()))
        {
            heap.items.push((item.at, line.source, line.number, item));
        }
        Ok(())
    };
    let (workers, skipped) = scan(&data.events, data.on_error, &progress, workers, take)?;
    drop(progress);
    skipped.report(&data.events);
    let (mut items, mut unknown, mut wrong) = (Vec::new(), Vec::new(), Skipped::default());
    for heap in workers {
        items.extend(heap.items);
        unknown.push(heap.unknown);
        wrong.join(heap.wrong);
    }
    wrong.report_values(&data.events);
    let unknown = UnknownKinds::report(unknown, &data.events);
    items.sort_unstable_by_key(|(at, source, line, _)| (*at, *source, *line));
    Ok((items.into_iter().map(|(.., item)| item).collect(), unknown))
}

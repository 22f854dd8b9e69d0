//! What a line of the stream says: an event, or a change of attributes.

use crate::data::{Data, UnknownKinds};
use crate::input::{Line, Progress, scan};
use crate::terminal::Failure;
use segue::profile::{EventLine, Record, RecordEvent, RecordReader, Value};
use segue::{Event as _, Instant, Schema};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;
use serde_json::{Map, Value as Json};

/// Something that comes in.
#[derive(Debug)]
pub(super) enum Item {
    Event { profile: String, event: RecordEvent },
    Change { profile: String, at: Instant, values: Vec<(String, Value)> },
}

impl Item {
    pub(super) fn profile(&self) -> &str {
        let (Item::Event { profile, .. } | Item::Change { profile, .. }) = self;
        profile
    }

    pub(super) fn at(&self) -> Instant {
        match self {
            Item::Event { event, .. } => event.at(),
            Item::Change { at, .. } => *at,
        }
    }
}

/// A line with `set`.
#[derive(Deserialize)]
struct ChangeLine<'a> {
    kind: Option<IgnoredAny>,
    #[serde(borrow)]
    profile: Option<&'a RawValue>,
    #[serde(borrow)]
    at: Option<&'a RawValue>,
    #[serde(borrow)]
    set: Option<&'a RawValue>,
}

/// Reads a line; `None` where it is an event of a kind that the schema does not name.
pub(super) fn read(reader: &mut RecordReader, text: &str) -> Result<Option<Item>, String> {
    if text.contains("\"set\"")
        && let Ok(line) = serde_json::from_str::<ChangeLine<'_>>(text)
        && let (None, Some(set)) = (&line.kind, line.set)
    {
        return change(reader, &line, set).map(Some);
    }
    let read = reader.event(text).map_err(|e| match e.field.as_str() {
        "kind" => format!("{e}; a change of attributes has `set` in its place"),
        _ => e.to_string(),
    })?;
    Ok(read.map(|EventLine { profile, event }| Item::Event { profile: profile.into_owned(), event }))
}

fn change(reader: &mut RecordReader, line: &ChangeLine<'_>, set: &RawValue) -> Result<Item, String> {
    let profile = match line.profile.map(|raw| serde_json::from_str(raw.get())) {
        Some(Ok(Json::String(id))) => id,
        Some(Ok(Json::Number(id))) => id.to_string(),
        Some(_) => return Err("`profile` is neither a string nor a number".to_owned()),
        None => return Err("`profile` is missing; it says whose attributes change".to_owned()),
    };
    let at = match line.at.map(|raw| serde_json::from_str::<String>(raw.get())) {
        Some(Ok(text)) => text.parse::<Instant>().map_err(|e| format!("`at`: {e}"))?,
        Some(Err(_)) => return Err("`at` is no string; write it as \"2026-01-31T12:00:00Z\"".to_owned()),
        None => return Err("`at` is missing; it says when they change".to_owned()),
    };
    let Ok(named) = serde_json::from_str::<Map<String, Json>>(set.get()) else {
        return Err("`set` is no object; write it as {\"plan\":\"pro\"}".to_owned());
    };
    let mut names = Vec::new();
    names_of(&named, "", reader.schema(), &mut names)?;
    if names.is_empty() {
        return Err("`set` names no attribute".to_owned());
    }
    // The values are read as those of a profile are, from the text as it stands.
    let inside = set.get().trim().trim_start_matches('{').strip_suffix('}').unwrap_or_default();
    let values = reader
        .profile(&format!("{{\"id\":\"\",{inside}}}"))
        .map_err(|e| format!("`set.{}`: {}", e.field, e.message))?;
    let schema = reader.schema();
    let value = |name: String| {
        let value = values.get(schema, &name, Instant::MAX);
        (name, value)
    };
    Ok(Item::Change { profile, at, values: names.into_iter().map(value).collect() })
}

/// The attributes that an object names; an object within spells dotted names.
fn names_of(object: &Map<String, Json>, outer: &str, schema: &Schema, names: &mut Vec<String>) -> Result<(), String> {
    for (key, value) in object {
        let name = if outer.is_empty() { key.clone() } else { format!("{outer}.{key}") };
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
    reader: RecordReader,
    items: Vec<(Instant, usize, u64, Item)>,
    unknown: UnknownKinds,
}

/// Reads all lines, of one profile or of all, in the order of time. Of one instant, what comes first in the files is first.
/// Beside them stands how many events were of unknown kinds.
pub(super) fn sorted(reader: &RecordReader, data: &Data, of: Option<&str>) -> Result<(Vec<Item>, u64), Failure> {
    let progress = Progress::over("reading events", &data.events);
    let heap = |_| Heap { reader: reader.clone(), items: Vec::new(), unknown: UnknownKinds::default() };
    let workers = (0..data.threads).map(heap).collect();
    let take = |heap: &mut Heap, line: Line<'_>| {
        let item = read(&mut heap.reader, line.text)?.filter(|item| of.is_none_or(|id| item.profile() == id));
        heap.unknown.see(&heap.reader, &line);
        heap.items.extend(item.map(|item| (item.at(), line.source, line.number, item)));
        Ok(())
    };
    let (workers, skipped) = scan(&data.events, data.on_error, &progress, workers, take)?;
    drop(progress);
    skipped.report(&data.events);
    let (items, unknown): (Vec<_>, Vec<_>) = workers.into_iter().map(|heap| (heap.items, heap.unknown)).unzip();
    let unknown = UnknownKinds::report(unknown, &data.events);
    let mut items: Vec<_> = items.into_iter().flatten().collect();
    items.sort_unstable_by_key(|(at, source, line, _)| (*at, *source, *line));
    Ok((items.into_iter().map(|(.., item)| item).collect(), unknown))
}

/// Puts the values of a change into a profile. They were read by the schema, so that each fits.
pub(super) fn put(record: &mut Record, schema: &Schema, values: &[(String, Value)], at: Instant) {
    for (name, value) in values {
        let _ = record.set(schema, name, value.clone(), at);
    }
}

//! Records as JSON.

use super::Record;
use super::cell::{Cell, write_text};
use super::event::RecordEvent;
use super::history::tracked_rank;
use crate::profile::{History, ValueChange};
use crate::schema::{Field, Schema};
use crate::time::Instant;

impl Record {
    /// The profile as JSON, in the format of [`Record::from_json`].
    #[must_use]
    pub fn to_json(&self, schema: &Schema) -> String {
        let mut out = String::from("{\"id\":");
        write_text(&self.id, &mut out);
        let mut past = String::new();
        for (index, field) in schema.attributes().iter().enumerate() {
            let cell = match tracked_rank(schema, index)
                .and_then(|rank| self.histories.get(rank))
                .map(History::changes)
            {
                None => self.cells.get(index),
                Some(
                    [
                        ValueChange {
                            at: Instant::MIN,
                            value,
                        },
                    ],
                ) => value.as_ref(),
                Some(changes) => {
                    write_history(field, changes, &mut past);
                    None
                }
            };
            if let Some(cell) = cell.filter(|c| !c.is_missing()) {
                write_key(&field.name, &mut out);
                cell.write_json(&field.ty, &mut out);
            }
        }
        self.write_rows(schema, &mut out);
        if !self.tags.is_empty() {
            write_key("tags", &mut out);
            write_list(&self.tags, &mut out, |tag, out| write_text(tag, out));
        }
        if !past.is_empty() {
            write_key("history", &mut out);
            out.push('{');
            out.push_str(past.strip_prefix(',').unwrap_or(&past));
            out.push('}');
        }
        if !self.events.is_empty() {
            write_key("events", &mut out);
            write_list(&self.events, &mut out, |event, out| {
                event.write_json(schema, None, out)
            });
        }
        out.push('}');
        out
    }
}

impl Record {
    /// Writes the rows as JSON, each relation under its name.
    fn write_rows(&self, schema: &Schema, out: &mut String) {
        for (declared, rows) in schema
            .relations()
            .iter()
            .zip(&self.rows)
            .filter(|(_, rows)| !rows.is_empty())
        {
            write_key(&declared.name, out);
            write_list(rows, out, |row, out| {
                out.push('{');
                for (property, cell) in declared
                    .properties
                    .iter()
                    .zip(row)
                    .filter(|(_, c)| !c.is_missing())
                {
                    write_key(&property.name, out);
                    cell.write_json(&property.ty, out);
                }
                out.push('}');
            });
        }
    }
}

impl RecordEvent {
    /// The event as a line of JSON, in the format of [`RecordReader::event`](super::RecordReader::event).
    #[must_use]
    pub fn to_json(&self, schema: &Schema, profile: &str) -> String {
        let mut out = String::new();
        self.write_json(schema, Some(profile), &mut out);
        out
    }

    fn write_json(&self, schema: &Schema, profile: Option<&str>, out: &mut String) {
        out.push('{');
        for (key, text) in [("id", self.id.as_deref()), ("profile", profile)] {
            if let Some(text) = text {
                write_key(key, out);
                write_text(text, out);
            }
        }
        write_key("kind", out);
        write_text(self.kind_name(schema), out);
        write_key("at", out);
        write_text(&self.at.to_string(), out);
        let properties = schema
            .kinds()
            .get(usize::from(self.kind))
            .map_or(&[][..], |k| &k.properties);
        let mut present = properties
            .iter()
            .zip(&self.cells)
            .filter(|(_, c)| !c.is_missing())
            .peekable();
        if present.peek().is_some() {
            write_key("props", out);
            out.push('{');
            for (property, cell) in present {
                write_key(&property.name, out);
                cell.write_json(&property.ty, out);
            }
            out.push('}');
        }
        out.push('}');
    }
}

fn write_key(key: &str, out: &mut String) {
    if !out.ends_with('{') {
        out.push(',');
    }
    write_text(key, out);
    out.push(':');
}

fn write_list<T>(
    items: impl IntoIterator<Item = T>,
    out: &mut String,
    write: impl Fn(T, &mut String),
) {
    out.push('[');
    for (i, item) in items.into_iter().enumerate() {
        if i > 0 {
            out.push(',');
        }
        write(item, out);
    }
    out.push(']');
}

fn write_history(field: &Field, changes: &[ValueChange<Cell>], out: &mut String) {
    if changes.is_empty() {
        return;
    }
    write_key(&field.name, out);
    write_list(changes, out, |change, out| {
        out.push_str("{\"at\":");
        write_text(&change.at.to_string(), out);
        out.push_str(",\"value\":");
        change
            .value
            .as_ref()
            .unwrap_or(&Cell::Missing)
            .write_json(&field.ty, out);
        out.push('}');
    });
}

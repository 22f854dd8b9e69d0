//! Events from JSON, key by key in one pass.

use super::{RecordReader, at_of, id_of, once, string_of};
use crate::profile::record::cell::Cell;
use crate::profile::record::error::{RecordError, duplicate, missing};
use crate::profile::record::event::RecordEvent;
use crate::schema::walk::{self, Keys};
use crate::time::Instant;
use std::borrow::Cow;

impl RecordReader {
    pub(super) fn parts<'a>(&mut self, json: &'a str) -> Result<EventParts<'a>, RecordError> {
        let mut parts = EventKeys {
            reader: self,
            id: None,
            profile: None,
            kind: None,
            at: None,
            props: None,
        };
        walk::walk(json, &mut parts)?;
        let EventKeys {
            reader,
            id,
            profile,
            kind,
            at,
            props,
        } = parts;
        let kind = kind.ok_or_else(|| missing("kind", "it says what happened"))?;
        let Some(kind) = kind else {
            return Ok(EventParts {
                profile,
                event: None,
            });
        };
        let at = at.ok_or_else(|| missing("at", "it says when it happened"))?;
        let cells = match props {
            Some(Props::Cells(cells)) => cells,
            Some(Props::Unread(raw)) => reader.properties(kind, raw)?,
            None => Vec::new(),
        };
        let id = id.map(|id: Cow<'_, str>| id.into_owned().into_boxed_str());
        Ok(EventParts {
            profile,
            event: Some(RecordEvent::from_cells(kind, at, id, cells)?),
        })
    }

    fn properties(&mut self, kind: usize, raw: &str) -> Result<Vec<Cell>, RecordError> {
        let mut cells = Vec::new();
        if raw == "null" {
            return Ok(cells);
        }
        let read = walk::object(raw, &mut |key, raw| {
            self.property(kind, key, raw, &mut cells)
        });
        let read = read.map_err(|e| match e.field.is_empty() {
            true => e.within("props"),
            false => e,
        });
        read.or_else(|e| self.cells.fault(e))?;
        Ok(cells)
    }

    /// Puts the value of one key of `props` where it belongs.
    fn property(
        &mut self,
        kind: usize,
        key: &str,
        raw: &str,
        cells: &mut Vec<Cell>,
    ) -> Result<(), RecordError> {
        let (Some(described), Some(names)) = (self.schema.kinds().get(kind), self.kinds.get(kind))
        else {
            return Ok(());
        };
        let reader = &mut self.cells;
        names.properties.field(key, raw, &mut |index, raw| {
            let Some(property) = described.properties.get(index) else {
                return Ok(());
            };
            let place = || format!("props.{}", property.name);
            let cell = reader.cell(property, raw, place)?;
            if cells.len() <= index {
                cells.resize(index + 1, Cell::Missing);
            }
            match cells.get_mut(index) {
                Some(slot) if slot.is_missing() => *slot = cell,
                _ => return reader.fault(duplicate(&place())),
            }
            Ok(())
        })
    }
}

pub(super) struct EventParts<'a> {
    pub(super) profile: Option<Cow<'a, str>>,
    pub(super) event: Option<RecordEvent>,
}

enum Props<'a> {
    Cells(Vec<Cell>),
    /// They came before the kind.
    Unread(&'a str),
}

/// Reads the keys of an event in one pass.
struct EventKeys<'r, 'a> {
    reader: &'r mut RecordReader,
    id: Option<Cow<'a, str>>,
    profile: Option<Cow<'a, str>>,
    /// `Some(None)`: a kind that is not wanted.
    kind: Option<Option<usize>>,
    at: Option<Instant>,
    props: Option<Props<'a>>,
}

impl<'a> Keys<'a> for EventKeys<'_, 'a> {
    type Error = RecordError;

    fn key(&mut self, key: &str, raw: &'a str) -> Result<(), RecordError> {
        match key {
            "id" => match id_of(raw)? {
                Some(id) => once(&mut self.id, "id", id),
                None => Ok(()),
            },
            "profile" => {
                let id = id_of(raw).map_err(|e| RecordError {
                    field: "profile".into(),
                    ..e
                })?;
                once(
                    &mut self.profile,
                    "profile",
                    id.ok_or_else(|| missing("profile", "it says whose event it is"))?,
                )
            }
            "kind" => {
                let name = string_of("kind", raw)?;
                let kind = self.reader.schema.kind_index(&name);
                if kind.is_none() && self.reader.whole.kind_index(&name).is_none() {
                    self.reader.unknown.push(name.as_ref().into());
                }
                once(
                    &mut self.kind,
                    "kind",
                    kind.filter(|k| self.reader.kinds.get(*k).is_some_and(|k| k.wanted)),
                )
            }
            "at" if self.kind == Some(None) => Ok(()),
            "at" => once(&mut self.at, "at", at_of(raw, &mut self.reader.cells)?),
            "props" => once(&mut self.props, "props", Props::Unread(raw)),
            _ => Ok(()),
        }
    }

    fn descends(&mut self, key: &str) -> Result<bool, RecordError> {
        let now = key == "props" && matches!(self.kind, Some(Some(_)));
        if now {
            once(&mut self.props, "props", Props::Cells(Vec::new()))?;
        }
        Ok(now)
    }

    fn inner(&mut self, key: &str, raw: &'a str) -> Result<(), RecordError> {
        match (self.kind, &mut self.props) {
            (Some(Some(kind)), Some(Props::Cells(cells))) => {
                self.reader.property(kind, key, raw, cells)
            }
            _ => Ok(()),
        }
    }

    fn refuse(&self, error: serde_json::Error, inside: bool) -> RecordError {
        RecordError {
            field: if inside {
                "props".into()
            } else {
                String::new()
            },
            ..error.into()
        }
    }
}

//! A record under another schema than the one it was made with: every value finds the place of its name.

use super::cell::{Cell, CellReader};
use super::history::{change, constant, tracked_rank};
use super::rows::trimmed;
use super::{Record, RecordEvent};
use crate::profile::{History, Timeline};
use crate::schema::{Collection, Field, Schema};
use crate::time::Instant;
use crate::value::Type;

/// Two schemas, and what is told of values that have no place in the second.
pub(super) struct Migration<'m> {
    from: &'m Schema,
    to: &'m Schema,
    now: Instant,
    lost: &'m mut dyn FnMut(&str),
    reader: CellReader,
}

impl Record {
    /// Moves every value to the place that its name has in another schema. `lost` is told the name of each value that has no
    /// place there, or another type into which it cannot be converted; fields that are new are missing.
    pub(crate) fn migrate(
        &mut self,
        from: &Schema,
        to: &Schema,
        now: Instant,
        lost: &mut dyn FnMut(&str),
    ) {
        let mut migration = Migration {
            from,
            to,
            now,
            lost,
            reader: CellReader::default(),
        };
        let mut new = Record::blank(to, &self.id);
        migration.attributes(self, &mut new);
        for (relation, rows) in from.relations().iter().zip(&self.rows) {
            let place = to.relation_index(&relation.name);
            let Some((declared, place)) = place.and_then(|i| Some((to.relations().get(i)?, i)))
            else {
                rows.iter().for_each(|_| (migration.lost)(&relation.name));
                continue;
            };
            let rows = rows
                .iter()
                .map(|row| trimmed(migration.properties(relation, declared, row)));
            if let Some(all) = new.rows.get_mut(place) {
                *all = rows.collect();
            }
        }
        let events = std::mem::take(&mut self.events).into_events().into_iter();
        let events = events.filter_map(|event| migration.event(event)).collect();
        new.events = Timeline::new(events);
        new.tags = std::mem::take(&mut self.tags);
        *self = new;
    }
}

impl Migration<'_> {
    fn attributes(&mut self, old: &Record, new: &mut Record) {
        for (i, field) in self.from.attributes().iter().enumerate() {
            let history = match tracked_rank(self.from, i) {
                Some(rank) => old.histories.get(rank).cloned().unwrap_or_default(),
                None => constant(old.cells.get(i).cloned().unwrap_or_default()),
            };
            let place = self.to.attribute_index(&field.name);
            let Some((declared, place)) =
                place.and_then(|i| Some((self.to.attributes().get(i)?, i)))
            else {
                if history.changes().iter().any(|c| c.value.is_some()) {
                    (self.lost)(&field.name);
                }
                continue;
            };
            let history = self.history(&history, field, declared);
            match tracked_rank(self.to, place) {
                Some(rank) => {
                    if let Some(place) = new.histories.get_mut(rank) {
                        *place = history;
                    }
                }
                None => {
                    let present = history.at(self.now).cloned();
                    if let Some(place) = new.cells.get_mut(place) {
                        *place = present.unwrap_or_default();
                    }
                }
            }
        }
    }

    fn history(&mut self, history: &History<Cell>, from: &Field, to: &Field) -> History<Cell> {
        if from.ty == to.ty {
            return history.clone();
        }
        let changes = history.changes().iter();
        let changes = changes.map(|c| match &c.value {
            Some(value) => change(c.at, self.cell(value, from, to, "")),
            None => c.clone(),
        });
        History::from(changes.collect::<Vec<_>>())
    }

    fn event(&mut self, event: RecordEvent) -> Option<RecordEvent> {
        let old = self.from.kinds().get(usize::from(event.kind))?;
        let place = self.to.kind_index(&old.name);
        let Some((new, place)) = place.and_then(|i| Some((self.to.kinds().get(i)?, i))) else {
            (self.lost)(&old.name);
            return None;
        };
        let cells = self.properties(old, new, &event.cells);
        RecordEvent::from_cells(place, event.at, event.id, cells).ok()
    }

    fn properties(&mut self, from: &Collection, to: &Collection, cells: &[Cell]) -> Vec<Cell> {
        let mut new = vec![Cell::Missing; to.properties.len()];
        for (field, cell) in from.properties.iter().zip(cells) {
            if cell.is_missing() {
                continue;
            }
            let place = to.property_index(&field.name);
            match place.and_then(|i| Some((to.properties.get(i)?, new.get_mut(i)?))) {
                Some((declared, place)) => *place = self.cell(cell, field, declared, &from.name),
                None => (self.lost)(&dotted(&from.name, &field.name)),
            }
        }
        new
    }

    fn cell(&mut self, cell: &Cell, from: &Field, to: &Field, of: &str) -> Cell {
        if from.ty == to.ty {
            return cell.clone();
        }
        // At which instant a day begins is not said.
        let is_clear = (&from.ty, &to.ty) != (&Type::Date, &Type::Instant);
        let value = cell.to_value(&from.ty);
        let cell = Cell::from_value(&to.ty, &value, &mut self.reader).ok();
        cell.filter(|_| is_clear).unwrap_or_else(|| {
            (self.lost)(&dotted(of, &from.name));
            Cell::Missing
        })
    }
}

fn dotted(of: &str, name: &str) -> String {
    if of.is_empty() {
        name.to_owned()
    } else {
        format!("{of}.{name}")
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use crate::schema::{EventKind, Relation, one_of};
    use std::collections::BTreeMap;

    fn schema(attributes: Vec<Field>, kinds: Vec<EventKind>, pets: Vec<Field>) -> Schema {
        let mut builder = Schema::builder();
        for attribute in attributes {
            builder = builder.attribute(attribute);
        }
        for kind in kinds {
            builder = builder.kind(kind);
        }
        let pets = (pets.into_iter()).fold(Relation::new("pets"), Relation::property);
        builder.relation(pets).build().unwrap()
    }

    /// Names keep their values when fields come before them, types widen and enums grow; the rest is told.
    #[test]
    fn values_follow_their_names() {
        let price = |ty| {
            EventKind::new("purchased")
                .property(Field::new("amount", ty))
                .property(Field::new("note", Type::String))
        };
        let old = schema(
            vec![
                Field::new("age", Type::Int),
                Field::new("city", Type::String),
                Field::new("plan", one_of(["free", "pro"])).tracked(),
                Field::new("shoe", Type::String),
            ],
            vec![
                price(Type::Decimal(2)),
                EventKind::new("viewed"),
                EventKind::new("visited"),
            ],
            vec![
                Field::new("name", Type::String),
                Field::new("age", Type::Int),
            ],
        );
        let new = schema(
            vec![
                Field::new("address", Type::String),
                Field::new("age", Type::Decimal(1)),
                Field::new("plan", one_of(["trial", "free", "pro"])).tracked(),
                Field::new("shoe", Type::Int),
                Field::new("city", Type::String).tracked(),
            ],
            vec![EventKind::new("visited"), price(Type::Decimal(3))],
            vec![
                Field::new("age", Type::Int),
                Field::new("species", Type::String),
            ],
        );
        let mut anna = Record::builder(&old, "anna")
            .set("age", 47)
            .set("city", "Roma")
            .set("plan", "pro")
            .set("shoe", "size 40")
            .tag("vip")
            .row("pets", [("name", "Fido".into()), ("age", 12.into())])
            .event(
                "purchased",
                "2026-03-01T10:00:00Z",
                [("amount", 19.9.into()), ("note", "gift".into())],
            )
            .event("viewed", "2026-03-01T09:00:00Z", [])
            .event("visited", "2026-03-01T08:00:00Z", [])
            .build()
            .unwrap();
        let mut lost: BTreeMap<String, u32> = BTreeMap::new();
        let now = "2026-03-02T00:00:00Z".parse().unwrap();
        anna.migrate(&old, &new, now, &mut |name| {
            *lost.entry(name.to_owned()).or_default() += 1
        });
        let expected = Record::builder(&new, "anna")
            .set("age", 47)
            .set("city", "Roma")
            .set("plan", "pro")
            .tag("vip")
            .row("pets", [("age", 12.into())])
            .event(
                "purchased",
                "2026-03-01T10:00:00Z",
                [("amount", 19.9.into()), ("note", "gift".into())],
            )
            .event("visited", "2026-03-01T08:00:00Z", [])
            .build()
            .unwrap();
        assert_eq!(anna, expected);
        let lost: Vec<(&str, u32)> = lost.iter().map(|(name, n)| (name.as_str(), *n)).collect();
        assert_eq!(lost, [("pets.name", 1), ("shoe", 1), ("viewed", 1)]);
    }
}

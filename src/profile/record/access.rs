//! The accessors of records.

use super::Record;
use super::cell::Cell;
use super::event::RecordEvent;
use super::history::tracked_rank;
use crate::profile::reading::Reading;
use crate::profile::{
    Accessor, History, HistoryAccess, ListAccess, Model, RowAccess, Val, ValueChange,
};
use crate::schema::{Field, Schema};
use crate::value::Type;
use std::sync::Arc;

impl Model<Record> {
    /// The model of records of a schema.
    #[must_use]
    pub fn for_schema(schema: &Schema) -> Self {
        let attribute = |(index, field): (usize, &Field)| match tracked_rank(schema, index) {
            Some(rank) => Accessor::History(Arc::new(RecordHistory(rank))),
            None => accessor(&field.ty, move |r: &Record| r.cells.get(index)),
        };
        let property = |(index, field): (usize, &Field)| {
            accessor(&field.ty, move |e: &RecordEvent| e.cells.get(index))
        };
        Model {
            attributes: schema
                .attributes()
                .iter()
                .enumerate()
                .map(attribute)
                .collect(),
            tags: Some(Accessor::List(Arc::new(RecordTags))),
            properties: (schema.kinds().iter())
                .map(|k| k.properties.iter().enumerate().map(property).collect())
                .collect(),
            relations: (0..schema.relations().len()).map(relation_access).collect(),
            schema: schema.clone(),
        }
    }
}

fn accessor<T: 'static>(
    ty: &Type,
    cell: impl Fn(&T) -> Option<&Cell> + Clone + Send + Sync + 'static,
) -> Accessor<T> {
    if let Type::List(_) = ty {
        return Accessor::List(Arc::new(CellList(cell)));
    }
    Accessor::scalar(ty, move |of: &T| {
        cell(of).map_or(Reading::MISSING, |cell| Reading::new(cell.val()))
    })
}

struct CellList<F>(F);

impl<T: 'static, F: Fn(&T) -> Option<&Cell> + Send + Sync> ListAccess<T> for CellList<F> {
    fn len(&self, of: &T) -> Option<usize> {
        (self.0)(of).and_then(Cell::items).map(<[Cell]>::len)
    }

    fn any<'a>(&self, of: &'a T, test: &mut dyn FnMut(Val<'a>) -> bool) -> bool {
        let items = (self.0)(of).and_then(Cell::items).unwrap_or(&[]);
        items.iter().any(|item| test(item.val()))
    }
}

struct RecordTags;

impl ListAccess<Record> for RecordTags {
    fn len(&self, of: &Record) -> Option<usize> {
        Some(of.tags.len())
    }

    fn any<'a>(&self, of: &'a Record, test: &mut dyn FnMut(Val<'a>) -> bool) -> bool {
        of.tags.iter().any(|tag| test(Val::Text(tag)))
    }
}

struct RecordHistory(usize);

impl RecordHistory {
    fn changes<'a>(&self, of: &'a Record) -> &'a [ValueChange<Cell>] {
        of.histories.get(self.0).map_or(&[], History::changes)
    }
}

impl HistoryAccess<Record> for RecordHistory {
    fn len(&self, of: &Record) -> usize {
        self.changes(of).len()
    }

    fn at(&self, of: &Record, index: usize) -> i64 {
        self.changes(of)
            .get(index)
            .map_or(i64::MAX, |c| c.at.micros())
    }

    fn value<'a>(&self, of: &'a Record, index: usize) -> Val<'a> {
        self.changes(of)
            .get(index)
            .and_then(|c| c.value.as_ref())
            .map_or(Val::Missing, Cell::val)
    }
}

/// The accessor of a relation.
fn relation_access(relation: usize) -> Arc<dyn RowAccess<Record>> {
    Arc::new(RecordRows(relation))
}

struct RecordRows(usize);

impl RecordRows {
    #[inline]
    fn cell<'a>(&self, of: &'a Record, row: usize, property: usize) -> Option<&'a Cell> {
        of.rows.get(self.0)?.get(row)?.get(property)
    }
}

impl RowAccess<Record> for RecordRows {
    fn len(&self, of: &Record) -> usize {
        of.rows.get(self.0).map_or(0, Vec::len)
    }

    fn value<'a>(&self, of: &'a Record, row: usize, property: usize) -> Val<'a> {
        self.cell(of, row, property).map_or(Val::Missing, Cell::val)
    }

    fn list_len(&self, of: &Record, row: usize, property: usize) -> Option<usize> {
        let cell = self.cell(of, row, property);
        cell.and_then(Cell::items).map(<[Cell]>::len)
    }

    fn any_item<'a>(
        &self,
        of: &'a Record,
        row: usize,
        property: usize,
        test: &mut dyn FnMut(Val<'a>) -> bool,
    ) -> bool {
        let items = self.cell(of, row, property).and_then(Cell::items);
        items.unwrap_or(&[]).iter().any(|item| test(item.val()))
    }
}

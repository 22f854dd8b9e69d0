//! A profile of a population as rules see it: everything is read from the columns, at its position.

use super::columns::{Column, Columns, Values};
use crate::profile::{
    Accessor, Event, EventKinds, Events, HistoryAccess, Identifier, KindIndex, ListAccess, Model,
    Profile, Reading, RowAccess, Timeline, Val,
};
use crate::schema::Field;
use crate::time::Instant;
use std::ops::Range;
use std::sync::Arc;

/// The columns, counted anew for each view: its events hold on to them, and threads do not count at one place.
type Shared = Arc<Arc<Columns>>;

/// One profile of a [`Population`](super::Population), to which every rule binds.
///
/// Its attributes and rows are read where they stand in the columns; its events are small references into them.
#[derive(Clone, Debug)]
pub struct ColumnProfile {
    columns: Shared,
    position: usize,
    /// Those of the kinds that are brought along, by kind and then by time.
    events: Timeline<ColumnEvent>,
    /// The kinds that are brought along.
    kinds: Arc<[usize]>,
}

/// An event of a [`ColumnProfile`].
#[derive(Clone, Debug)]
pub struct ColumnEvent {
    columns: Shared,
    at: i64,
    kind: u32,
    /// Among the events of the kind, of all profiles.
    row: u32,
}

impl Profile for ColumnProfile {
    type Event = ColumnEvent;

    fn id(&self) -> Identifier<'_> {
        let id = self.columns.ids.get(self.position);
        id.unwrap_or(Identifier::Text(""))
    }

    fn events(&self) -> Events<'_, ColumnEvent> {
        Events::Timeline(&self.events)
    }
}

impl Event for ColumnEvent {
    type Kind = KindIndex;

    #[inline]
    fn kind(&self) -> Option<KindIndex> {
        Some(KindIndex::new(self.kind as usize))
    }

    #[inline]
    fn at(&self) -> Instant {
        Instant::from_micros(self.at)
    }

    fn id(&self) -> Option<Identifier<'_>> {
        let events = self.columns.kinds.get(self.kind as usize)?;
        events.ids.get(self.row as usize)
    }

    /// Registers nothing: the model of a population's profiles is [`Population::model`](super::Population::model).
    fn describe(_: &mut EventKinds<Self>) {}
}

impl ColumnEvent {
    /// The event of a kind in a row of its columns, whoever has it.
    pub(super) fn new(columns: &Arc<Columns>, kind: usize, row: usize) -> Self {
        let events = columns.kinds.get(kind);
        ColumnEvent {
            at: events.map_or(0, |events| events.instants.get(row)),
            columns: Arc::new(columns.clone()),
            kind: u32::try_from(kind).unwrap_or(u32::MAX),
            row: u32::try_from(row).unwrap_or(u32::MAX),
        }
    }
}

impl ColumnProfile {
    /// A profile with its events of some kinds, ascending: whoever evaluates rules that read no others need not bring those along.
    pub(super) fn new(columns: &Arc<Columns>, kinds: Arc<[usize]>, position: usize) -> Self {
        let mut profile = ColumnProfile {
            columns: Arc::new(columns.clone()),
            position,
            events: Timeline::default(),
            kinds,
        };
        profile.move_to(position);
        profile
    }

    /// The position of the profile in the population, which begins with 0.
    #[must_use]
    pub fn position(&self) -> usize {
        self.position
    }

    /// Becomes the profile at another position.
    pub(super) fn move_to(&mut self, position: usize) {
        self.position = position;
        let ColumnProfile {
            columns,
            events,
            kinds,
            ..
        } = self;
        let sorted = kinds.iter().flat_map(|kind| {
            let of_kind = columns.kinds.get(*kind);
            let rows = of_kind.map_or(0..0, |events| events.offsets.range(position));
            rows.filter_map(move |row| {
                let at = of_kind?.instants.get(row);
                Some((u32::try_from(*kind).ok()?, u32::try_from(row).ok()?, at))
            })
        });
        let kind_of = |(kind, _, _): &(u32, u32, i64)| *kind as usize;
        events.refill(
            sorted,
            kind_of,
            |(kind, row, at)| ColumnEvent {
                columns: columns.clone(),
                at,
                kind,
                row,
            },
            |event, (kind, row, at)| (event.kind, event.row, event.at) = (kind, row, at),
        );
    }
}

/// What is one row of a table of columns.
trait TableRow: 'static {
    /// The column at a position, and the row in it.
    fn cell(&self, field: usize) -> Option<(&Column, usize)>;
}

impl TableRow for ColumnProfile {
    #[inline]
    fn cell(&self, field: usize) -> Option<(&Column, usize)> {
        Some((self.columns.attributes.get(field)?, self.position))
    }
}

impl TableRow for ColumnEvent {
    #[inline]
    fn cell(&self, field: usize) -> Option<(&Column, usize)> {
        let events = self.columns.kinds.get(self.kind as usize)?;
        Some((events.properties.get(field)?, self.row as usize))
    }
}

/// The accessors of everything that columns hold.
pub(super) fn model(columns: &Columns) -> Model<ColumnProfile> {
    let schema = columns.schema.clone();
    let fields = schema.attributes().iter().enumerate();
    let attributes = fields.map(|(i, field)| accessor(i, field)).collect();
    let of_kind = |fields: &[Field]| {
        let fields = fields.iter().enumerate();
        fields.map(|(i, field)| accessor(i, field)).collect()
    };
    let kinds = schema.kinds().iter();
    let properties = kinds.map(|kind| of_kind(&kind.properties)).collect();
    let relation = |at| Arc::new(Rows(at)) as Arc<dyn RowAccess<ColumnProfile>>;
    let relations = (0..schema.relations().len()).map(relation).collect();
    Model {
        attributes,
        tags: columns
            .tags
            .as_ref()
            .map(|_| Accessor::List(Arc::new(Tags))),
        properties,
        relations,
        schema,
    }
}

fn accessor<T: TableRow>(at: usize, field: &Field) -> Accessor<T> {
    if field.tracked {
        return Accessor::History(Arc::new(History(at)));
    }
    if matches!(field.ty, crate::value::Type::List(_)) {
        return Accessor::List(Arc::new(List(at)));
    }
    Accessor::scalar(&field.ty, move |of: &T| {
        let val = of
            .cell(at)
            .map_or(Val::Missing, |(column, row)| column.val(row));
        Reading::new(val)
    })
}

/// The list in the column at a position.
struct List(usize);

impl<T: TableRow> ListAccess<T> for List {
    fn len(&self, of: &T) -> Option<usize> {
        let (column, row) = of.cell(self.0)?;
        column.list(row).map(|(_, items)| items.len())
    }

    fn any<'a>(&self, of: &'a T, test: &mut dyn FnMut(Val<'a>) -> bool) -> bool {
        let cell = of.cell(self.0);
        cell.is_some_and(|(column, row)| any_item(column, row, test))
    }
}

/// Whether a test holds of any item of a row's list.
fn any_item<'a>(column: &'a Column, row: usize, test: &mut dyn FnMut(Val<'a>) -> bool) -> bool {
    let list = column.list(row);
    list.is_some_and(|(items, mut rows)| rows.any(|item| test(items.val(item))))
}

struct Tags;

impl ListAccess<ColumnProfile> for Tags {
    fn len(&self, of: &ColumnProfile) -> Option<usize> {
        let list = of.columns.tags.as_ref()?.list(of.position);
        list.map(|(_, items)| items.len())
    }

    fn any<'a>(&self, of: &'a ColumnProfile, test: &mut dyn FnMut(Val<'a>) -> bool) -> bool {
        let tags = of.columns.tags.as_ref();
        tags.is_some_and(|tags| any_item(tags, of.position, test))
    }
}

/// The history in the column at a position.
struct History(usize);

impl History {
    #[inline]
    fn changes<'a, T: TableRow>(&self, of: &'a T) -> Option<(&'a Column, Range<usize>)> {
        let (column, row) = of.cell(self.0)?;
        match &column.values {
            Values::History { offsets, .. } => Some((column, offsets.range(row))),
            _ => None,
        }
    }

    #[inline]
    fn change<'a, T: TableRow>(&self, of: &'a T, index: usize) -> Option<(&'a Column, usize)> {
        let (column, changes) = self.changes(of)?;
        let row = changes.start.checked_add(index)?;
        (row < changes.end).then_some((column, row))
    }
}

impl<T: TableRow> HistoryAccess<T> for History {
    fn len(&self, of: &T) -> usize {
        self.changes(of).map_or(0, |(_, changes)| changes.len())
    }

    fn at(&self, of: &T, index: usize) -> i64 {
        match self.change(of, index) {
            Some((column, row)) => column.changed_at(row),
            None => i64::MAX,
        }
    }

    fn value<'a>(&self, of: &'a T, index: usize) -> Val<'a> {
        let change = self.change(of, index);
        change.map_or(Val::Missing, |(column, row)| column.changed_to(row))
    }
}

/// The rows of the relation at a position.
struct Rows(usize);

impl Rows {
    /// The column of a property, and the place of one of the profile's rows in it.
    #[inline]
    fn cell<'a>(
        &self,
        of: &'a ColumnProfile,
        row: usize,
        property: usize,
    ) -> Option<(&'a Column, usize)> {
        let relation = of.columns.relations.get(self.0)?;
        let rows = relation.offsets.range(of.position);
        let place = rows.start.checked_add(row)?;
        (place < rows.end).then_some((relation.properties.get(property)?, place))
    }
}

impl RowAccess<ColumnProfile> for Rows {
    fn len(&self, of: &ColumnProfile) -> usize {
        let relation = of.columns.relations.get(self.0);
        relation.map_or(0, |rows| rows.offsets.range(of.position).len())
    }

    fn value<'a>(&self, of: &'a ColumnProfile, row: usize, property: usize) -> Val<'a> {
        let cell = self.cell(of, row, property);
        cell.map_or(Val::Missing, |(column, place)| column.val(place))
    }

    fn list_len(&self, of: &ColumnProfile, row: usize, property: usize) -> Option<usize> {
        let (column, place) = self.cell(of, row, property)?;
        column.list(place).map(|(_, items)| items.len())
    }

    fn any_item<'a>(
        &self,
        of: &'a ColumnProfile,
        row: usize,
        property: usize,
        test: &mut dyn FnMut(Val<'a>) -> bool,
    ) -> bool {
        let cell = self.cell(of, row, property);
        cell.is_some_and(|(column, place)| any_item(column, place, test))
    }
}

//! Builds a population of profiles of any type, one after the other.

use crate::population::columns::{Column, Columns, EventColumns, RowColumns};
use crate::population::{Population, PopulationError};
use crate::profile::{Accessor, Event, Events, Model, Profile, RowAccess, Val, kind_index};
use crate::schema::Collection;
use crate::value::Type;

/// Builds a [`Population`] of profiles, one after the other: of a service's own structs or of
/// [`Record`](crate::profile::Record)s.
///
/// Each profile is read once, through the accessors by which rules read it, and can be dropped then: nothing but columns is kept. Events
/// of kinds of which the schema knows nothing are left out.
///
/// ```
/// use segue::{population::PopulationBuilder, profile::{Model, Record}, Rule, Schema};
/// let schema: Schema = serde_json::from_str(r#"{"attributes": {"age": "int"}, "events": {"purchased": {}}}"#)?;
/// let mut builder = PopulationBuilder::new(&Model::for_schema(&schema));
/// for (id, age) in [("anna", 57), ("ben", 23), ("carla", 61)] {
///     builder.push(&Record::builder(&schema, id).set("age", age).build()?);
/// }
/// let population = builder.finish()?;
/// let members = population.members(&Rule::check("age > 50", &schema)?, "2026-03-18T12:00:00Z".parse()?)?;
/// assert_eq!(members.iter().collect::<Vec<_>>(), [0, 2]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct PopulationBuilder<P: Profile> {
    model: Model<P>,
    columns: Columns,
    /// Positions of events that come in no order: used again for each profile.
    order: Vec<usize>,
}

impl<P: Profile> PopulationBuilder<P> {
    /// A builder of profiles of a type, as its model reads them.
    #[must_use]
    pub fn new(model: &Model<P>) -> Self {
        PopulationBuilder {
            columns: Columns::new(&model.schema, model.tags.is_some()),
            model: model.clone(),
            order: Vec::new(),
        }
    }

    /// How many profiles there are so far: the position of the next one.
    #[must_use]
    pub fn len(&self) -> usize {
        self.columns.len()
    }

    /// Whether there is no profile so far.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Adds a profile behind those that are there. Ids are not compared: who is pushed twice is there twice.
    pub fn push(&mut self, profile: &P) {
        let columns = &mut self.columns;
        columns.ids.push(Some(profile.id()));
        for (column, accessor) in columns.attributes.iter_mut().zip(&*self.model.attributes) {
            push_field(column, accessor, profile);
        }
        if let (Some(tags), Some(accessor)) = (&mut columns.tags, &self.model.tags) {
            push_field(tags, accessor, profile);
        }
        let relations = columns
            .schema
            .relations()
            .iter()
            .zip(&*self.model.relations);
        for (rows, (declared, access)) in columns.relations.iter_mut().zip(relations) {
            push_rows(rows, declared, &**access, profile);
        }
        self.push_events(profile.events());
    }

    fn push_events(&mut self, events: Events<'_, P::Event>) {
        let kinds = self.columns.kinds.iter_mut().zip(&*self.model.properties);
        match events {
            Events::Timeline(timeline) => {
                for (kind, (columns, accessors)) in kinds.enumerate() {
                    push_events(columns, accessors, timeline.of_kind(kind).iter());
                }
            }
            Events::Slice(events) => {
                sort(&mut self.order, events);
                let mut rest = &*self.order;
                for (kind, (columns, accessors)) in kinds.enumerate() {
                    let is_of_kind = |at: &usize| events.get(*at).map(kind_index) == Some(kind);
                    let n = rest.iter().take_while(|at| is_of_kind(at)).count();
                    let (of_kind, others) = rest.split_at_checked(n).unwrap_or((rest, &[]));
                    rest = others;
                    let of_kind = of_kind.iter().filter_map(|at| events.get(*at));
                    push_events(columns, accessors, of_kind);
                }
            }
        }
    }

    /// The population of all profiles that were added.
    ///
    /// # Errors
    /// If there are more than 4,294,967,295 profiles, events of a kind, rows of a relation, items of a list or changes of a history.
    pub fn finish(self) -> Result<Population, PopulationError> {
        Population::of(self.columns)
    }
}

/// The positions of events by kind and then by time, as a timeline has them. Those of no kind come last.
fn sort<E: Event>(order: &mut Vec<usize>, events: &[E]) {
    order.clear();
    order.extend(0..events.len());
    order.sort_by(|a, b| match (events.get(*a), events.get(*b)) {
        (Some(a), Some(b)) => (kind_index(a), a.at())
            .cmp(&(kind_index(b), b.at()))
            .then_with(|| a.tiebreak(b)),
        _ => a.cmp(b),
    });
}

fn push_events<'e, E: Event>(
    columns: &mut EventColumns,
    accessors: &[Accessor<E>],
    events: impl Iterator<Item = &'e E>,
) {
    for event in events {
        columns.instants.push(event.at().micros());
        columns.ids.push(event.id());
        for (column, accessor) in columns.properties.iter_mut().zip(accessors) {
            push_field(column, accessor, event);
        }
    }
    columns.offsets.push(columns.instants.len());
}

fn push_rows<P>(rows: &mut RowColumns, declared: &Collection, access: &dyn RowAccess<P>, of: &P) {
    let more = access.len(of);
    let properties = declared.properties.iter().zip(&mut rows.properties);
    for (property, (field, column)) in properties.enumerate() {
        let is_list = matches!(field.ty, Type::List(_));
        for row in 0..more {
            if !is_list {
                column.push(access.value(of, row, property));
            } else if access.list_len(of, row, property).is_none() {
                column.push_missing();
            } else {
                push_items(column, |take| _ = access.any_item(of, row, property, take));
            }
        }
    }
    let before = rows.offsets.starts().last().copied().unwrap_or(0);
    rows.offsets.push(more.saturating_add(before as usize));
}

fn push_field<T>(column: &mut Column, accessor: &Accessor<T>, of: &T) {
    match accessor {
        Accessor::List(list) if list.len(of).is_none() => column.push_missing(),
        Accessor::List(list) => push_items(column, |take| _ = list.any(of, take)),
        Accessor::History(history) => {
            for change in 0..history.len(of) {
                column.push_change(history.at(of, change), history.value(of, change));
            }
            column.close();
        }
        // What is no history does not depend on the instant.
        _ => column.push(accessor.get(of, 0)),
    }
}

/// Adds a row with all items that `walk` hands over.
fn push_items<'a>(column: &mut Column, walk: impl FnOnce(&mut dyn FnMut(Val<'a>) -> bool)) {
    if let Some(items) = column.items_mut() {
        walk(&mut |item| {
            items.push(item);
            false
        });
    }
    column.close();
}

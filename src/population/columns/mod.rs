//! The columns of a population: everything that is known of its profiles, one column an attribute or a property.
//!
//! What has a position in the schema has the same here. A value that is missing takes a place, too (0, code 0, NaN, an empty list), and
//! `present` has bits only where some are. A text is a code into its column's dictionary: what asks for one text asks the dictionary once.
//! The events of profile `p` are the rows `offsets.range(p)` of their kind, in chronological order; their instants are seconds in 32 bits
//! where they can be, so a bound is turned into seconds once.

mod bits;
mod column;
mod ids;
mod instants;
mod offsets;
mod text;
mod whole;

pub(crate) use column::{Column, Values};
pub(crate) use ids::Ids;
pub(crate) use instants::Instants;
pub(crate) use offsets::Offsets;
#[allow(unused_imports, reason = "kernels name them")]
pub(crate) use {
    bits::Bits,
    text::{Codes, TextColumn, Texts},
    whole::Wholes,
};

use crate::schema::{Collection, Field, Schema};
use crate::value::Type;

/// Everything that is known of the profiles of a population. What has a position in the schema has the same here.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Columns {
    pub(crate) schema: Schema,
    /// By the position of the profile, like everything that is not within an event or a row.
    pub(crate) ids: Ids,
    pub(crate) attributes: Vec<Column>,
    /// The tags in the data, a list of texts; `None` where the profiles' type has no tags.
    pub(crate) tags: Option<Column>,
    pub(crate) relations: Vec<RowColumns>,
    pub(crate) kinds: Vec<EventColumns>,
}

/// The rows of a relation, those of one profile side by side.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct RowColumns {
    /// Which rows each profile has.
    pub(crate) offsets: Offsets,
    pub(crate) properties: Vec<Column>,
}

/// The events of a kind, those of one profile side by side and in chronological order.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct EventColumns {
    /// Which events each profile has.
    pub(crate) offsets: Offsets,
    pub(crate) instants: Instants,
    pub(crate) ids: Ids,
    pub(crate) properties: Vec<Column>,
}

impl Columns {
    /// Columns without a profile.
    pub(crate) fn new(schema: &Schema, with_tags: bool) -> Self {
        let fields = |fields: &[Field]| fields.iter().map(Column::of_field).collect();
        let rows = |relation: &Collection| RowColumns {
            offsets: Offsets::default(),
            properties: fields(&relation.properties),
        };
        let events = |kind: &Collection| EventColumns {
            offsets: Offsets::default(),
            instants: Instants::default(),
            ids: Ids::default(),
            properties: fields(&kind.properties),
        };
        Columns {
            schema: schema.clone(),
            ids: Ids::default(),
            attributes: fields(schema.attributes()),
            tags: with_tags.then(|| Column::of_type(&Type::List(Box::new(Type::String)))),
            relations: schema.relations().iter().map(rows).collect(),
            kinds: schema.kinds().iter().map(events).collect(),
        }
    }

    /// How many profiles there are.
    pub(crate) fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether anybody has a tag.
    pub(crate) fn has_tags(&self) -> bool {
        let tags = self.tags.as_ref().map(|tags| &tags.values);
        matches!(tags, Some(Values::List { items, .. }) if items.len() > 0)
    }

    /// How many events there are, of all kinds.
    pub(crate) fn events(&self) -> usize {
        self.kinds.iter().map(|kind| kind.instants.len()).sum()
    }

    /// Gives back what was reserved for more.
    pub(crate) fn shrink(&mut self) {
        self.ids.shrink();
        self.attributes.iter_mut().for_each(Column::shrink);
        self.tags.iter_mut().for_each(Column::shrink);
        for rows in &mut self.relations {
            rows.offsets.shrink();
            rows.properties.iter_mut().for_each(Column::shrink);
        }
        for events in &mut self.kinds {
            events.offsets.shrink();
            events.instants.shrink();
            events.ids.shrink();
            events.properties.iter_mut().for_each(Column::shrink);
        }
    }

    /// The memory that they take.
    pub(crate) fn bytes(&self) -> usize {
        let all = |columns: &[Column]| columns.iter().map(Column::bytes).sum::<usize>();
        let rows = |rows: &RowColumns| rows.offsets.bytes() + all(&rows.properties);
        let events = |events: &EventColumns| {
            let own = events.offsets.bytes() + events.instants.bytes() + events.ids.bytes();
            own + all(&events.properties)
        };
        self.ids.bytes()
            + all(&self.attributes)
            + self.tags.as_ref().map_or(0, Column::bytes)
            + self.relations.iter().map(rows).sum::<usize>()
            + self.kinds.iter().map(events).sum::<usize>()
    }

    /// The name of what has more parts than 32 bits can count, if anything has.
    pub(crate) fn exceeded(&self) -> Option<String> {
        let among = |fields: &[Field], columns: &[Column]| {
            let pairs = fields.iter().zip(columns);
            let mut exceeded = pairs.filter(|(_, column)| column.is_exceeded());
            exceeded.next().map(|(field, _)| field.name.clone())
        };
        let of = |collection: &Collection, offsets: &Offsets, columns: &[Column]| {
            if offsets.is_exceeded() {
                return Some(collection.name.clone());
            }
            let property = among(&collection.properties, columns)?;
            Some(format!("{}.{property}", collection.name))
        };
        let attribute = || among(self.schema.attributes(), &self.attributes);
        let tags = || {
            let tags = self.tags.as_ref().filter(|tags| tags.is_exceeded());
            tags.map(|_| "tags".to_owned())
        };
        let relation = || {
            let mut pairs = self.schema.relations().iter().zip(&self.relations);
            pairs.find_map(|(declared, rows)| of(declared, &rows.offsets, &rows.properties))
        };
        let kind = || {
            let mut pairs = self.schema.kinds().iter().zip(&self.kinds);
            pairs.find_map(|(declared, events)| of(declared, &events.offsets, &events.properties))
        };
        attribute().or_else(tags).or_else(relation).or_else(kind)
    }
}

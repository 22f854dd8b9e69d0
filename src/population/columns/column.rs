//! A column: one value, list or history for each row.

use super::bits::Bits;
use super::instants::Instants;
use super::offsets::Offsets;
use super::text::TextColumn;
use super::whole::Wholes;
use crate::profile::Val;
use crate::schema::Field;
use crate::value::{GeoPoint, Type};
use std::cmp::Ordering;

/// One value, list or history for each row.
#[derive(Clone, Debug)]
pub(crate) struct Column {
    pub(crate) values: Values,
    /// A bit for each row that has a value; `None` where all have one.
    pub(crate) present: Option<Bits>,
}

/// The values, by their shape. A row that has none takes a place all the same: `false`, 0, NaN, code 0, an empty list.
#[derive(Clone, Debug)]
pub(crate) enum Values {
    Bool(Bits),
    /// int, decimal (its mantissa), enum (its position), date (days), instant and duration (microseconds)
    Whole(Wholes),
    /// NaN where a row has none.
    Real(Vec<f64>),
    /// string, version
    Text(TextColumn),
    Place(Vec<GeoPoint>),
    /// The items of row `i` are the rows `offsets.range(i)` of `items`.
    List {
        offsets: Offsets,
        items: Box<Column>,
    },
    /// The changes of row `i` are the rows `offsets.range(i)` of `instants` and `values`, in ascending order.
    History {
        offsets: Offsets,
        instants: Instants,
        values: Box<Column>,
    },
}

impl Column {
    /// An empty column for a field.
    pub(crate) fn of_field(field: &Field) -> Self {
        let column = Column::of_type(&field.ty);
        if !field.tracked {
            return column;
        }
        Column::from(Values::History {
            offsets: Offsets::default(),
            instants: Instants::default(),
            values: Box::new(column),
        })
    }

    /// An empty column for values of a type.
    pub(crate) fn of_type(ty: &Type) -> Self {
        Column::from(match ty {
            Type::Bool => Values::Bool(Bits::default()),
            Type::Int
            | Type::Decimal(_)
            | Type::Enum(_)
            | Type::Date
            | Type::Instant
            | Type::Duration => Values::Whole(Wholes::default()),
            Type::Float => Values::Real(Vec::new()),
            Type::String | Type::Version => Values::Text(TextColumn::default()),
            Type::Place => Values::Place(Vec::new()),
            Type::List(item) => Values::List {
                offsets: Offsets::default(),
                items: Box::new(Column::of_type(item)),
            },
        })
    }

    pub(crate) fn len(&self) -> usize {
        match &self.values {
            Values::Bool(bits) => bits.len(),
            Values::Whole(numbers) => numbers.len(),
            Values::Real(numbers) => numbers.len(),
            Values::Text(texts) => texts.len(),
            Values::Place(places) => places.len(),
            Values::List { offsets, .. } | Values::History { offsets, .. } => offsets.len(),
        }
    }

    /// Adds a row with a value, which is missing where it is not of the column's shape.
    #[inline]
    pub(crate) fn push(&mut self, val: Val<'_>) {
        match (&mut self.values, val) {
            (Values::Whole(numbers), Val::Whole(number)) => numbers.push(number),
            (Values::Bool(bits), Val::Whole(bit)) => bits.push(bit != 0),
            (Values::Real(numbers), Val::Real(number)) if !number.is_nan() => numbers.push(number),
            (Values::Text(texts), Val::Text(text)) => texts.push(text),
            (Values::Text(texts), Val::Inline(text)) => texts.push(text.as_str()),
            (Values::Place(places), Val::Place(place)) => places.push(place),
            _ => return self.push_missing(),
        }
        if let Some(present) = &mut self.present {
            present.push(true);
        }
    }

    /// Adds a row without a value.
    pub(crate) fn push_missing(&mut self) {
        let len = self.len();
        self.present
            .get_or_insert_with(|| Bits::all(true, len))
            .push(false);
        match &mut self.values {
            Values::Bool(bits) => bits.push(false),
            Values::Whole(numbers) => numbers.push(0),
            Values::Real(numbers) => numbers.push(f64::NAN),
            Values::Text(texts) => texts.push_missing(),
            Values::Place(places) => places.push(GeoPoint { lat: 0.0, lon: 0.0 }),
            Values::List { offsets, items } => offsets.push(items.len()),
            Values::History {
                offsets, values, ..
            } => offsets.push(values.len()),
        }
    }

    /// Adds a row with a code that the column's texts gave.
    #[inline]
    pub(crate) fn push_code(&mut self, code: u32) {
        let Values::Text(texts) = &mut self.values else {
            return self.push_missing();
        };
        texts.push_code(code);
        if let Some(present) = &mut self.present {
            present.push(true);
        }
    }

    /// The items of a list that is being filled.
    pub(crate) fn items_mut(&mut self) -> Option<&mut Column> {
        match &mut self.values {
            Values::List { items, .. } => Some(items),
            _ => None,
        }
    }

    /// Adds a change to a history that is being filled.
    pub(crate) fn push_change(&mut self, at: i64, val: Val<'_>) {
        if let Values::History {
            instants, values, ..
        } = &mut self.values
        {
            instants.push(at);
            values.push(val);
        }
    }

    /// Ends the list or the history that is being filled: it is that of the next row.
    pub(crate) fn close(&mut self) {
        match &mut self.values {
            Values::List { offsets, items } => offsets.push(items.len()),
            Values::History {
                offsets, values, ..
            } => offsets.push(values.len()),
            _ => return self.push_missing(),
        }
        if let Some(present) = &mut self.present {
            present.push(true);
        }
    }

    /// Whether a row has a value.
    #[inline]
    pub(crate) fn is_present(&self, row: usize) -> bool {
        self.present.as_ref().is_none_or(|bits| bits.get(row))
    }

    /// The value of a row; missing for a list and a history.
    #[inline]
    pub(crate) fn val(&self, row: usize) -> Val<'_> {
        if !self.is_present(row) {
            return Val::Missing;
        }
        match &self.values {
            Values::Bool(bits) => Val::Whole(bits.get(row).into()),
            Values::Whole(numbers) => Val::Whole(numbers.get(row)),
            Values::Real(numbers) => numbers.get(row).map_or(Val::Missing, |v| Val::real(*v)),
            Values::Text(texts) => Val::Text(texts.get(row)),
            Values::Place(places) => places.get(row).map_or(Val::Missing, |v| Val::Place(*v)),
            Values::List { .. } | Values::History { .. } => Val::Missing,
        }
    }

    /// The items of a row's list and where they stand; `None` where the list is missing.
    #[inline]
    pub(crate) fn list(&self, row: usize) -> Option<(&Column, std::ops::Range<usize>)> {
        match &self.values {
            Values::List { offsets, items } if self.is_present(row) => {
                Some((items, offsets.range(row)))
            }
            _ => None,
        }
    }

    /// When the change of a history at a place among all of the column's is.
    #[inline]
    pub(crate) fn changed_at(&self, change: usize) -> i64 {
        match &self.values {
            Values::History { instants, .. } => instants.get(change),
            _ => i64::MAX,
        }
    }

    /// What a history has from the change at a place among all of the column's on.
    #[inline]
    pub(crate) fn changed_to(&self, change: usize) -> Val<'_> {
        match &self.values {
            Values::History { values, .. } => values.val(change),
            _ => Val::Missing,
        }
    }

    /// The order of two rows by their values: a missing one comes first. It is that in which the events of one instant stand.
    pub(crate) fn compare(&self, a: usize, b: usize) -> Ordering {
        self.compare_with(a, self, b)
    }

    /// The order of a row and one of another column of the type.
    pub(crate) fn compare_with(&self, row: usize, other: &Column, at: usize) -> Ordering {
        let presence = self.is_present(row).cmp(&other.is_present(at));
        presence.then_with(|| match (&self.values, &other.values) {
            (
                Values::List { offsets, items },
                Values::List {
                    offsets: others,
                    items: of_other,
                },
            ) => {
                let (mine, theirs) = (offsets.range(row), others.range(at));
                let lengths = mine.len().cmp(&theirs.len());
                let mut orders = mine
                    .zip(theirs)
                    .map(|(a, b)| items.compare_with(a, of_other, b));
                orders.find(|order| order.is_ne()).unwrap_or(lengths)
            }
            (
                Values::History { offsets, .. },
                Values::History {
                    offsets: others, ..
                },
            ) => {
                let (mine, theirs) = (offsets.range(row), others.range(at));
                let lengths = mine.len().cmp(&theirs.len());
                let mut orders = mine.zip(theirs).map(|(a, b)| {
                    let instants = self.changed_at(a).cmp(&other.changed_at(b));
                    let values = || compare_vals(&self.changed_to(a), &other.changed_to(b));
                    instants.then_with(values)
                });
                orders.find(|order| order.is_ne()).unwrap_or(lengths)
            }
            _ => compare_vals(&self.val(row), &other.val(at)),
        })
    }

    /// The values of other rows, in their order.
    pub(crate) fn gather(&self, rows: &[u32]) -> Self {
        let values = match &self.values {
            Values::Bool(bits) => Values::Bool(bits.gather(rows)),
            Values::Whole(numbers) => Values::Whole(numbers.gather(rows)),
            Values::Real(numbers) => {
                let number = |row: &u32| numbers.get(*row as usize).copied().unwrap_or(f64::NAN);
                Values::Real(rows.iter().map(number).collect())
            }
            Values::Text(texts) => Values::Text(texts.gather(rows)),
            Values::Place(places) => {
                let place = |row: &u32| places.get(*row as usize).copied();
                Values::Place(rows.iter().filter_map(place).collect())
            }
            Values::List { offsets, items } => {
                let (offsets, inner) = offsets.gather(rows);
                let items = Box::new(items.gather(&inner));
                Values::List { offsets, items }
            }
            Values::History {
                offsets,
                instants,
                values,
            } => {
                let (offsets, inner) = offsets.gather(rows);
                let instants = instants.gather(&inner);
                let values = Box::new(values.gather(&inner));
                Values::History {
                    offsets,
                    instants,
                    values,
                }
            }
        };
        let present = self.present.as_ref();
        let present = present.and_then(|bits| bits.gather_unless_all(rows));
        Column { values, present }
    }

    /// Whether its lists or histories have more parts than 32 bits can count.
    pub(crate) fn is_exceeded(&self) -> bool {
        match &self.values {
            Values::List { offsets, items } => offsets.is_exceeded() || items.is_exceeded(),
            Values::History {
                offsets, values, ..
            } => offsets.is_exceeded() || values.is_exceeded(),
            _ => false,
        }
    }

    /// Gives back what was reserved for further rows.
    pub(crate) fn shrink(&mut self) {
        if let Some(present) = &mut self.present {
            present.shrink();
        }
        match &mut self.values {
            Values::Bool(bits) => bits.shrink(),
            Values::Whole(numbers) => numbers.shrink(),
            Values::Real(numbers) => numbers.shrink_to_fit(),
            Values::Text(texts) => texts.shrink(),
            Values::Place(places) => places.shrink_to_fit(),
            Values::List { offsets, items } => {
                offsets.shrink();
                items.shrink();
            }
            Values::History {
                offsets,
                instants,
                values,
            } => {
                offsets.shrink();
                instants.shrink();
                values.shrink();
            }
        }
    }

    /// The memory that it takes.
    pub(crate) fn bytes(&self) -> usize {
        let values = match &self.values {
            Values::Bool(bits) => bits.bytes(),
            Values::Whole(numbers) => numbers.bytes(),
            Values::Real(numbers) => size_of_val(numbers.as_slice()),
            Values::Text(texts) => texts.bytes(),
            Values::Place(places) => size_of_val(places.as_slice()),
            Values::List { offsets, items } => offsets.bytes() + items.bytes(),
            Values::History {
                offsets,
                instants,
                values,
            } => offsets.bytes() + instants.bytes() + values.bytes(),
        };
        values + self.present.as_ref().map_or(0, Bits::bytes)
    }
}

impl From<Values> for Column {
    fn from(values: Values) -> Self {
        Column {
            values,
            present: None,
        }
    }
}

/// Columns are equal if their rows are, however they are kept.
impl PartialEq for Column {
    fn eq(&self, other: &Self) -> bool {
        let mut rows = 0..self.len();
        self.len() == other.len() && rows.all(|row| self.compare_with(row, other, row).is_eq())
    }
}

fn compare_vals(a: &Val<'_>, b: &Val<'_>) -> Ordering {
    match (a, b) {
        (Val::Place(a), Val::Place(b)) => {
            let latitudes = a.lat.total_cmp(&b.lat);
            latitudes.then_with(|| a.lon.total_cmp(&b.lon))
        }
        // A history may have been without a value for a while.
        (Val::Missing, _) | (_, Val::Missing) => a.is_missing().cmp(&b.is_missing()).reverse(),
        _ => a.natural_cmp(b),
    }
}

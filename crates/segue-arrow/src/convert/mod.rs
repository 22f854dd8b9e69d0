//! What Arrow holds becomes what the schema says, or an error.

mod number;
mod texts;
mod time;

#[cfg(feature = "parquet")]
pub(crate) use number::decimal_text;
pub(crate) use texts::TextArray;

use crate::error::Wrong;
use arrow_array::cast::AsArray as _;
use arrow_array::{
    Array, ArrayRef, FixedSizeListArray, GenericListArray, OffsetSizeTrait,
    downcast_dictionary_array,
};
use arrow_schema::{ArrowError, DataType, Field as ArrowField};
use number::Numbers;
use segue::population::ColumnSlice;
use segue::profile::Reading;
use segue::{Date, Duration, GeoPoint, Instant, Scalar, Type, Zone};
use std::ops::Range;
use std::sync::Arc;

/// A whole number of which some do not fit in 63 bits.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Whole {
    Signed(i64),
    Unsigned(u64),
}

impl std::fmt::Display for Whole {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Whole::Signed(v) => v.fmt(f),
            Whole::Unsigned(v) => v.fmt(f),
        }
    }
}

impl Scalar for Whole {
    fn ty() -> Type {
        Type::Int
    }

    fn read(&self) -> Reading<'_> {
        match self {
            Whole::Signed(v) => Reading::from(*v),
            Whole::Unsigned(v) => Reading::from(*v),
        }
    }
}

/// The values of a column, of the type that the schema wants, or of one that its builder makes that of.
pub(crate) enum Values<'a> {
    Bools(Vec<Option<bool>>),
    Wholes(Vec<Option<Whole>>),
    /// Whole numbers, in units of the last digit after the point.
    Decimals(Vec<Option<i64>>),
    Floats(Vec<Option<f64>>),
    Dates(Vec<Option<Date>>),
    Instants(Vec<Option<Instant>>),
    Durations(Vec<Option<Duration>>),
    Places(Vec<Option<GeoPoint>>),
    /// Texts where they stand, from a row on.
    Texts(TextArray<'a>, Range<usize>),
    Coded(Vec<Option<usize>>, Vec<&'a str>),
    Lists(Ranges, Box<Values<'a>>),
}

/// Where the items of each list are; `None` where it is missing.
pub(crate) type Ranges = Vec<Option<Range<usize>>>;

#[cfg(feature = "parquet")]
impl Values<'_> {
    /// Whether a row has no value.
    pub(crate) fn is_missing(&self, row: usize) -> bool {
        fn at<T>(values: &[Option<T>], row: usize) -> bool {
            values.get(row).is_none_or(Option::is_none)
        }
        match self {
            Values::Bools(v) => at(v, row),
            Values::Wholes(v) => at(v, row),
            Values::Decimals(v) => at(v, row),
            Values::Floats(v) => at(v, row),
            Values::Dates(v) => at(v, row),
            Values::Instants(v) => at(v, row),
            Values::Durations(v) => at(v, row),
            Values::Places(v) => at(v, row),
            Values::Lists(v, _) => at(v, row),
            Values::Texts(_, _) | Values::Coded(_, _) => self.text(row).is_none(),
        }
    }

    /// The text of a row.
    pub(crate) fn text(&self, row: usize) -> Option<&str> {
        match self {
            Values::Texts(texts, rows) => texts.get(rows.start.checked_add(row)?),
            Values::Coded(codes, dictionary) => {
                dictionary.get(codes.get(row).copied().flatten()?).copied()
            }
            _ => None,
        }
    }
}

impl Values<'_> {
    pub(crate) fn slice(&self) -> ColumnSlice<'_> {
        match self {
            Values::Bools(v) => v.into(),
            Values::Wholes(v) => v.into(),
            Values::Decimals(v) => v.into(),
            Values::Floats(v) => v.into(),
            Values::Dates(v) => v.into(),
            Values::Instants(v) => v.into(),
            Values::Durations(v) => v.into(),
            Values::Places(v) => v.into(),
            Values::Texts(texts, rows) => {
                let start = rows.start;
                ColumnSlice::from_fn(rows.len(), move |row| texts.get(start.saturating_add(row)))
            }
            Values::Coded(codes, dictionary) => ColumnSlice::coded(
                codes.len(),
                |row| codes.get(row).copied().flatten(),
                dictionary,
            ),
            Values::Lists(ranges, items) => {
                let range = |row: usize| ranges.get(row).cloned().flatten();
                ColumnSlice::lists(ranges.len(), range, items.slice())
            }
        }
    }
}

/// The same column without a dictionary, where that is of no use for a type; of lists, the same of their items.
pub(crate) fn plain(array: &ArrayRef, ty: &Type) -> Result<ArrayRef, Wrong> {
    let is_coded = matches!(ty, Type::String | Type::Version | Type::Enum(_));
    match (array.data_type(), ty) {
        (DataType::Dictionary(_, of), _) if !(is_coded && TextArray::is_text(of)) => {
            let dictionary = array.as_any_dictionary();
            taken(dictionary.values(), dictionary.keys())
        }
        (DataType::List(_), Type::List(item)) => plain_lists::<i32>(array.as_list(), item),
        (DataType::LargeList(_), Type::List(item)) => plain_lists::<i64>(array.as_list(), item),
        (DataType::FixedSizeList(_, len), Type::List(item)) => {
            let lists = array.as_fixed_size_list();
            let items = plain(lists.values(), item)?;
            let field = Arc::new(ArrowField::new_list_field(items.data_type().clone(), true));
            let nulls = lists.nulls().cloned();
            let lists =
                FixedSizeListArray::try_new_with_length(field, *len, items, nulls, lists.len());
            Ok(Arc::new(lists.map_err(broken)?))
        }
        _ => Ok(array.clone()),
    }
}

fn plain_lists<O: OffsetSizeTrait>(
    lists: &GenericListArray<O>,
    item: &Type,
) -> Result<ArrayRef, Wrong> {
    let items = plain(lists.values(), item)?;
    let field = Arc::new(ArrowField::new_list_field(items.data_type().clone(), true));
    let (offsets, nulls) = (lists.offsets().clone(), lists.nulls().cloned());
    let lists = GenericListArray::try_new(field, offsets, items, nulls);
    Ok(Arc::new(lists.map_err(broken)?))
}

#[allow(
    clippy::needless_pass_by_value,
    reason = "it stands where a function of errors is wanted"
)]
fn broken(error: ArrowError) -> Wrong {
    Wrong::batch(error.to_string())
}

/// Rows of a column by their positions.
pub(crate) fn taken(array: &ArrayRef, rows: &dyn Array) -> Result<ArrayRef, Wrong> {
    arrow_select::take::take(array, rows, None).map_err(broken)
}

/// The rows of a column as values of a type.
pub(crate) fn convert<'a>(
    array: &'a ArrayRef,
    rows: Range<usize>,
    ty: &Type,
    zone: Zone,
) -> Result<Values<'a>, Wrong> {
    let refused = || Wrong::batch(mismatch(array.data_type(), ty));
    if *array.data_type() == DataType::Null {
        return Ok(missing(ty, rows.len()));
    }
    let numbers = || Numbers::new(array).ok_or_else(refused);
    Ok(match ty {
        Type::Bool => {
            let bools = array.as_boolean_opt().ok_or_else(refused)?;
            Values::Bools(each(array, rows, |row| Ok(Some(bools.value(row))))?)
        }
        Type::Int => {
            let numbers = numbers()?;
            Values::Wholes(each(array, rows, |row| numbers.get(row)?.whole())?)
        }
        Type::Decimal(scale) => {
            let numbers = numbers()?;
            Values::Decimals(each(array, rows, |row| numbers.get(row)?.units(*scale))?)
        }
        Type::Float => {
            let numbers = numbers()?;
            Values::Floats(each(array, rows, |row| numbers.get(row)?.real())?)
        }
        Type::Date => {
            let date = time::dates(array).ok_or_else(refused)?;
            Values::Dates(each(array, rows, |row| date(row).map(Some))?)
        }
        Type::Instant => {
            let instant = time::instants(array, zone).ok_or_else(refused)?;
            Values::Instants(each(array, rows, |row| instant(row).map(Some))?)
        }
        Type::Duration => {
            let duration = time::durations(array).ok_or_else(refused)?;
            Values::Durations(each(array, rows, |row| duration(row).map(Some))?)
        }
        Type::Place => places(array, rows).ok_or_else(refused)??,
        Type::String | Type::Version | Type::Enum(_) => texts(array, rows).ok_or_else(refused)?,
        Type::List(item) => lists(array, rows, item, zone).ok_or_else(refused)??,
        _ => return Err(refused()),
    })
}

/// So many missing values.
fn missing<'a>(ty: &Type, rows: usize) -> Values<'a> {
    match ty {
        Type::Bool => Values::Bools(vec![None; rows]),
        Type::Int => Values::Wholes(vec![None; rows]),
        Type::Decimal(_) => Values::Decimals(vec![None; rows]),
        Type::Float => Values::Floats(vec![None; rows]),
        Type::Date => Values::Dates(vec![None; rows]),
        Type::Instant => Values::Instants(vec![None; rows]),
        Type::Duration => Values::Durations(vec![None; rows]),
        Type::Place => Values::Places(vec![None; rows]),
        Type::List(item) => Values::Lists(vec![None; rows], Box::new(missing(item, 0))),
        _ => Values::Coded(vec![None; rows], Vec::new()),
    }
}

/// The values of rows, each by a function that is asked where one is present.
fn each<T>(
    array: &ArrayRef,
    rows: Range<usize>,
    value: impl Fn(usize) -> Result<Option<T>, String>,
) -> Result<Vec<Option<T>>, Wrong> {
    let start = rows.start;
    let of_row = |row: usize| {
        if array.is_null(row) {
            return Ok(None);
        }
        value(row).map_err(|message| Wrong::value(row.saturating_sub(start), message))
    };
    rows.map(of_row).collect()
}

fn texts(array: &ArrayRef, rows: Range<usize>) -> Option<Values<'_>> {
    if let Some(texts) = TextArray::new(array) {
        return Some(Values::Texts(texts, rows));
    }
    downcast_dictionary_array!(
        array => {
            let values = array.values();
            let texts = TextArray::new(values)?;
            let code = |row: usize| array.key(row).filter(|code| values.is_valid(*code));
            let codes = rows.map(code).collect();
            let dictionary = (0..values.len()).map(|code| texts.get(code).unwrap_or_default());
            Some(Values::Coded(codes, dictionary.collect()))
        },
        _ => None,
    )
}

/// Lists: the values of all, and where those of each row are; `None` if the column is none of lists.
pub(crate) fn ranges(array: &ArrayRef, rows: Range<usize>) -> Option<(&ArrayRef, Ranges)> {
    let of_rows = |range: &dyn Fn(usize) -> Range<usize>| -> Ranges {
        rows.map(|row| array.is_valid(row).then(|| range(row)))
            .collect()
    };
    Some(match array.data_type() {
        DataType::List(_) => {
            let lists = array.as_list::<i32>();
            (
                lists.values(),
                of_rows(&|row| ends(lists.value_offsets(), row)),
            )
        }
        DataType::LargeList(_) => {
            let lists = array.as_list::<i64>();
            (
                lists.values(),
                of_rows(&|row| ends(lists.value_offsets(), row)),
            )
        }
        DataType::FixedSizeList(_, len) => {
            let len = usize::try_from(*len).unwrap_or(0);
            // The values of a sliced array are sliced as well.
            let range = |row: usize| row * len..(row + 1) * len;
            (array.as_fixed_size_list().values(), of_rows(&range))
        }
        _ => return None,
    })
}

fn lists<'a>(
    array: &'a ArrayRef,
    rows: Range<usize>,
    item: &Type,
    zone: Zone,
) -> Option<Result<Values<'a>, Wrong>> {
    let (items, ranges) = ranges(array, rows)?;
    // Only items that are in a list of these rows are looked at.
    let start = ranges
        .iter()
        .flatten()
        .map(|range| range.start)
        .min()
        .unwrap_or(0);
    let end = ranges
        .iter()
        .flatten()
        .map(|range| range.end)
        .max()
        .unwrap_or(start);
    let moved = |range: Range<usize>| range.start - start..range.end - start;
    let ranges: Vec<_> = ranges.into_iter().map(|range| range.map(moved)).collect();
    let of_list = |wrong: Wrong| Wrong {
        row: wrong.row.and_then(|item| {
            let holds = |range: &Option<Range<usize>>| {
                range.as_ref().is_some_and(|range| range.contains(&item))
            };
            ranges.iter().position(holds)
        }),
        ..wrong
    };
    let items = convert(items, start..end.min(items.len()), item, zone).map_err(of_list);
    Some(items.map(|items| Values::Lists(ranges, Box::new(items))))
}

/// The range between the ends of a row.
fn ends<O: OffsetSizeTrait>(offsets: &[O], row: usize) -> Range<usize> {
    let at = |i: usize| offsets.get(i).map_or(0, |end| end.as_usize());
    at(row)..at(row.saturating_add(1))
}

fn places(array: &ArrayRef, rows: Range<usize>) -> Option<Result<Values<'_>, Wrong>> {
    let place = array.as_struct_opt()?;
    let (lat, lon) = (place.column_by_name("lat")?, place.column_by_name("lon")?);
    let (lats, lons) = (Numbers::new(lat)?, Numbers::new(lon)?);
    let coordinate = |of: &ArrayRef, numbers: &Numbers<'_>, row: usize| {
        if of.is_null(row) {
            Ok(None)
        } else {
            numbers.get(row)?.real()
        }
    };
    let places = each(array, rows, |row| {
        match (coordinate(lat, &lats, row)?, coordinate(lon, &lons, row)?) {
            (Some(lat), Some(lon)) => Ok(Some(GeoPoint { lat, lon })),
            (None, None) => Ok(None),
            (Some(_), None) => Err("has a `lat` and no `lon`; give both or neither".to_owned()),
            (None, Some(_)) => Err("has a `lon` and no `lat`; give both or neither".to_owned()),
        }
    });
    Some(places.map(Values::Places))
}

/// What a column of a type that does not fit is told.
fn mismatch(from: &DataType, to: &Type) -> String {
    let wanted = match to {
        Type::Bool => "booleans",
        Type::Int | Type::Decimal(_) | Type::Float => "integers, floats or decimals",
        Type::Date => "dates, timestamps without a zone, or text such as `2026-01-31`",
        Type::Instant => "timestamps, dates, or text such as `2026-01-31T12:00:00Z`",
        Type::Duration => "durations, or text such as `3 days`",
        Type::Place => "structs of the fields `lat` and `lon`",
        Type::List(_) => "lists of such values",
        _ => "text, plain or with a dictionary",
    };
    let ty = match to {
        Type::Enum(_) => "enum".to_owned(),
        Type::List(of) if matches!(**of, Type::Enum(_)) => "list of enum".to_owned(),
        _ => to.to_string(),
    };
    let other = crate::infer::type_of(from).filter(|other| other != to);
    let declare = other.map_or(String::new(), |ty| {
        format!(", or declare the type as `{ty}`")
    });
    format!("is of the type `{from}`, and the schema wants `{ty}`; cast it to {wanted}{declare}")
}

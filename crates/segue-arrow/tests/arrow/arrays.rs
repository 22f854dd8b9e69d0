//! Values of the language as arrays of the types that people have.

use arrow_buffer::{NullBuffer, OffsetBuffer};
use segue::profile::Value;
use segue::{Decimal, Type};
use segue_arrow::arrow_array::types::{Int8Type, Int32Type, UInt16Type};
use segue_arrow::arrow_array::{
    Array as _, ArrayRef, BooleanArray, Date32Array, Date64Array, Decimal64Array, Decimal128Array,
    Decimal256Array, DictionaryArray, DurationMicrosecondArray, FixedSizeListArray, Float64Array,
    Int16Array, Int64Array, LargeListArray, LargeStringArray, ListArray, StringArray,
    StringViewArray, StructArray, TimestampMicrosecondArray, TimestampNanosecondArray, UInt64Array,
};
use segue_arrow::arrow_schema::{DataType, Field};
use segue_test_support::random::Rng;
use std::sync::Arc;

/// What each value is in Rust; `None` where it is missing.
fn of<T>(values: &[Value], read: impl Fn(&Value) -> Option<T>) -> Vec<Option<T>> {
    let each = |value: &Value| match value {
        Value::Missing => None,
        value => Some(read(value).unwrap_or_else(|| panic!("{value:?}"))),
    };
    values.iter().map(each).collect()
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::Text(text) => Some(text.clone()),
        Value::Date(date) => Some(date.to_string()),
        Value::Instant(at) => Some(at.to_string()),
        Value::Int(number) => Some(number.to_string()),
        _ => None,
    }
}

fn micros(value: &Value) -> Option<i64> {
    match value {
        Value::Instant(at) => Some(at.micros()),
        Value::Duration(long) => Some(long.micros()),
        _ => None,
    }
}

/// The texts as a column of one of the types of text.
pub(super) fn texts(texts: Vec<Option<String>>, rng: &mut Rng) -> ArrayRef {
    let texts = texts.iter().map(Option::as_deref);
    match rng.below(6) {
        0 => Arc::new(texts.collect::<StringArray>()),
        1 => Arc::new(texts.collect::<LargeStringArray>()),
        2 => Arc::new(texts.collect::<StringViewArray>()),
        3 => Arc::new(texts.collect::<DictionaryArray<Int8Type>>()),
        4 => Arc::new(texts.collect::<DictionaryArray<Int32Type>>()),
        _ => Arc::new(texts.collect::<DictionaryArray<UInt16Type>>()),
    }
}

/// The values of a type as a column of one of the types of Arrow that can hold all of them.
pub(super) fn array(ty: &Type, values: &[Value], rng: &mut Rng) -> ArrayRef {
    match ty {
        Type::Bool => Arc::new(BooleanArray::from(of(values, |value| match value {
            Value::Bool(is) => Some(*is),
            _ => None,
        }))),
        Type::Int => ints(values, rng),
        Type::Decimal(scale) => decimals(*scale, values, rng),
        Type::Float => Arc::new(Float64Array::from(of(values, |value| match value {
            Value::Float(v) => Some(*v),
            _ => None,
        }))),
        Type::Date => {
            let days = of(values, |value| match value {
                Value::Date(date) => Some(date.days()),
                _ => None,
            });
            let times = |by: i64| {
                days.iter()
                    .map(|days| days.map(|days| i64::from(days) * by))
                    .collect::<Vec<_>>()
            };
            match rng.below(4) {
                0 => Arc::new(Date64Array::from(times(86_400_000))),
                1 => Arc::new(TimestampMicrosecondArray::from(times(86_400_000_000))),
                2 => texts(of(values, text), rng),
                _ => Arc::new(Date32Array::from(days.clone())),
            }
        }
        Type::Instant => {
            let at = of(values, micros);
            let nanos: Option<Vec<_>> = at
                .iter()
                .map(|at| at.map_or(Some(None), |at| at.checked_mul(1000).map(Some)))
                .collect();
            match (rng.below(4), nanos) {
                (0, Some(nanos)) => {
                    Arc::new(TimestampNanosecondArray::from(nanos).with_timezone("Europe/Rome"))
                }
                (1, _) => texts(of(values, text), rng),
                (2, _) => Arc::new(TimestampMicrosecondArray::from(at)),
                _ => Arc::new(TimestampMicrosecondArray::from(at).with_timezone("+02:00")),
            }
        }
        Type::Duration => Arc::new(DurationMicrosecondArray::from(of(values, micros))),
        Type::Place => {
            let coordinate = |lat: bool| {
                of(values, |value| match value {
                    Value::Place(place) => Some(if lat { place.lat } else { place.lon }),
                    _ => None,
                })
            };
            let column = |lat| Arc::new(Float64Array::from(coordinate(lat))) as ArrayRef;
            let field = |name| Arc::new(Field::new(name, DataType::Float64, true));
            Arc::new(StructArray::from(vec![
                (field("lat"), column(true)),
                (field("lon"), column(false)),
            ]))
        }
        Type::List(item) => lists(item, values, rng),
        _ => texts(of(values, text), rng),
    }
}

fn ints(values: &[Value], rng: &mut Rng) -> ArrayRef {
    let wide = of(values, |value| match value {
        Value::Int(v) => Some(i128::from(*v)),
        Value::Unsigned(v) => Some(i128::from(*v)),
        _ => None,
    });
    macro_rules! narrow {
        ($array:ty) => {{
            let narrow: Option<Vec<_>> = wide
                .iter()
                .map(|v| v.map_or(Some(None), |v| v.try_into().ok().map(Some)))
                .collect();
            narrow.map(|values| Arc::new(<$array>::from(values)) as ArrayRef)
        }};
    }
    let narrow = match rng.below(3) {
        0 => narrow!(Int16Array),
        1 => narrow!(Int64Array),
        _ => narrow!(UInt64Array),
    };
    narrow.unwrap_or_else(|| {
        Arc::new(
            Decimal128Array::from(wide)
                .with_precision_and_scale(38, 0)
                .unwrap(),
        )
    })
}

fn decimals(scale: u8, values: &[Value], rng: &mut Rng) -> ArrayRef {
    let decimals: Vec<Option<Decimal>> = of(values, |value| match value {
        Value::Decimal(v) => v.rescale(scale),
        _ => None,
    });
    let more = rng.below(3) as u8;
    let power = i64::from(10_u32.pow(more.into()));
    let wider: Option<Vec<_>> = decimals
        .iter()
        .map(|v| v.map_or(Some(None), |v| v.mantissa().checked_mul(power).map(Some)))
        .collect();
    let mantissas = |of: &[Option<Decimal>]| {
        of.iter()
            .map(|v| v.map(|v| v.mantissa()))
            .collect::<Vec<_>>()
    };
    let are_floats = decimals
        .iter()
        .flatten()
        .all(|v| v.mantissa().abs() < 1_000_000_000_000_000);
    match (rng.below(4), wider) {
        (0, Some(wider)) => Arc::new(
            Decimal64Array::from(wider)
                .with_precision_and_scale(18, (scale + more) as i8)
                .unwrap_or_else(|_| {
                    Decimal64Array::from(mantissas(&decimals))
                        .with_precision_and_scale(18, scale as i8)
                        .unwrap()
                }),
        ),
        (1, _) => {
            let wide = mantissas(&decimals)
                .into_iter()
                .map(|v| v.map(|v| i128::from(v).into()));
            Arc::new(
                wide.collect::<Decimal256Array>()
                    .with_precision_and_scale(60, scale as i8)
                    .unwrap(),
            )
        }
        (2, _) if are_floats => {
            let floats = decimals
                .iter()
                .map(|v| v.map(|v| v.to_string().parse::<f64>().unwrap()));
            Arc::new(floats.collect::<Float64Array>())
        }
        _ => {
            let wide: Vec<_> = mantissas(&decimals)
                .into_iter()
                .map(|v| v.map(i128::from))
                .collect();
            Arc::new(
                Decimal128Array::from(wide)
                    .with_precision_and_scale(38, scale as i8)
                    .unwrap(),
            )
        }
    }
}

fn lists(item: &Type, values: &[Value], rng: &mut Rng) -> ArrayRef {
    let lists = of(values, |value| match value {
        Value::List(items) => Some(items.clone()),
        _ => None,
    });
    let lengths: Vec<usize> = lists.iter().flatten().map(Vec::len).collect();
    let nulls = Some(NullBuffer::from_iter(lists.iter().map(Option::is_some)));
    let same = lengths
        .first()
        .filter(|len| lengths.iter().all(|other| other == *len))
        .copied();
    if let Some(len) = same.filter(|len| *len > 0 && rng.percent(50)) {
        let fill = |list: &Option<Vec<Value>>| list.clone().unwrap_or(vec![Value::Missing; len]);
        let items: Vec<Value> = lists.iter().flat_map(fill).collect();
        let items = array(item, &items, rng);
        let field = Arc::new(Field::new_list_field(items.data_type().clone(), true));
        return Arc::new(FixedSizeListArray::new(field, len as i32, items, nulls));
    }
    let items: Vec<Value> = lists.iter().flatten().flatten().cloned().collect();
    let items = array(item, &items, rng);
    let lengths = lists.iter().map(|list| list.as_ref().map_or(0, Vec::len));
    let field = Arc::new(Field::new_list_field(items.data_type().clone(), true));
    if rng.percent(50) {
        Arc::new(LargeListArray::new(
            field,
            OffsetBuffer::from_lengths(lengths),
            items,
            nulls,
        ))
    } else {
        Arc::new(ListArray::new(
            field,
            OffsetBuffer::from_lengths(lengths),
            items,
            nulls,
        ))
    }
}

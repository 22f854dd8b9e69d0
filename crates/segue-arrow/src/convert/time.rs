//! Columns of dates, instants and durations.

use super::TextArray;
use arrow_array::ArrayRef;
use arrow_array::cast::AsArray as _;
use arrow_array::types::{
    ArrowPrimitiveType, Date32Type, Date64Type, DurationMicrosecondType, DurationMillisecondType,
    DurationNanosecondType, DurationSecondType, TimestampMicrosecondType, TimestampMillisecondType,
    TimestampNanosecondType, TimestampSecondType,
};
use arrow_schema::{DataType, TimeUnit};
use segue::{Date, Duration, Instant, Zone};
use std::fmt::Display;

const DAY: i64 = 86_400_000_000;

/// How the value of a row that is not missing is found, or why it is none.
type Read<'a, T> = Box<dyn Fn(usize) -> Result<T, String> + 'a>;

/// How a column is read as dates.
pub(super) fn dates(array: &ArrayRef) -> Option<Read<'_, Date>> {
    if let Some(texts) = TextArray::new(array) {
        return Some(Box::new(move |row| parsed(texts, row, str::parse::<Date>)));
    }
    Some(match array.data_type() {
        DataType::Date32 | DataType::Date64 => days(array)?,
        DataType::Timestamp(unit, None) => {
            let micros = timestamps(array, *unit);
            Box::new(move |row| {
                let micros = micros(row)?;
                if micros.rem_euclid(DAY) != 0 {
                    let at = instant(micros)?;
                    return Err(format!(
                        "`{at}` is an instant within a day; cast the column to dates, or declare the type as `instant`"
                    ));
                }
                date(micros.div_euclid(DAY))
            })
        }
        _ => return None,
    })
}

/// How a column is read as instants. A date is the start of its day in a zone; a timestamp without a zone is in UTC.
pub(super) fn instants(array: &ArrayRef, zone: Zone) -> Option<Read<'_, Instant>> {
    if let Some(texts) = TextArray::new(array) {
        return Some(Box::new(move |row| {
            parsed(texts, row, |text| zone.parse_instant(text))
        }));
    }
    Some(match array.data_type() {
        DataType::Timestamp(unit, _) => {
            let micros = timestamps(array, *unit);
            Box::new(move |row| instant(micros(row)?))
        }
        DataType::Date32 | DataType::Date64 => {
            let date = days(array)?;
            Box::new(move |row| {
                let date = date(row)?.to_string();
                zone.parse_instant(&date).map_err(|e| e.to_string())
            })
        }
        _ => return None,
    })
}

/// How a column is read as durations.
pub(super) fn durations(array: &ArrayRef) -> Option<Read<'_, Duration>> {
    if let Some(texts) = TextArray::new(array) {
        return Some(Box::new(move |row| {
            parsed(texts, row, str::parse::<Duration>)
        }));
    }
    let DataType::Duration(unit) = array.data_type() else {
        return None;
    };
    let micros = match unit {
        TimeUnit::Second => micros::<DurationSecondType>(array, *unit),
        TimeUnit::Millisecond => micros::<DurationMillisecondType>(array, *unit),
        TimeUnit::Microsecond => micros::<DurationMicrosecondType>(array, *unit),
        TimeUnit::Nanosecond => micros::<DurationNanosecondType>(array, *unit),
    };
    Some(Box::new(move |row| micros(row).map(Duration::from_micros)))
}

fn days(array: &ArrayRef) -> Option<Read<'_, Date>> {
    Some(match array.data_type() {
        DataType::Date32 => {
            let days = array.as_primitive::<Date32Type>();
            Box::new(|row| date(days.value(row).into()))
        }
        DataType::Date64 => {
            let millis = array.as_primitive::<Date64Type>();
            Box::new(|row| {
                let millis = millis.value(row);
                if millis.rem_euclid(DAY / 1_000) != 0 {
                    return Err(format!(
                        "{millis} milliseconds are no whole day; cast the column to 32-bit dates"
                    ));
                }
                date(millis.div_euclid(DAY / 1_000))
            })
        }
        _ => return None,
    })
}

fn timestamps(array: &ArrayRef, unit: TimeUnit) -> Read<'_, i64> {
    match unit {
        TimeUnit::Second => micros::<TimestampSecondType>(array, unit),
        TimeUnit::Millisecond => micros::<TimestampMillisecondType>(array, unit),
        TimeUnit::Microsecond => micros::<TimestampMicrosecondType>(array, unit),
        TimeUnit::Nanosecond => micros::<TimestampNanosecondType>(array, unit),
    }
}

/// Values in a unit as microseconds, rounded down.
fn micros<T: ArrowPrimitiveType<Native = i64>>(array: &ArrayRef, unit: TimeUnit) -> Read<'_, i64> {
    let values = array.as_primitive::<T>();
    Box::new(move |row| {
        let value = values.value(row);
        let micros = match unit {
            TimeUnit::Second => value.checked_mul(1_000_000),
            TimeUnit::Millisecond => value.checked_mul(1_000),
            TimeUnit::Microsecond => Some(value),
            TimeUnit::Nanosecond => Some(value.div_euclid(1_000)),
        };
        micros.ok_or_else(|| {
            format!(
                "{value} of the unit `{unit:?}` are out of range; correct it, or the column's unit"
            )
        })
    })
}

fn instant(micros: i64) -> Result<Instant, String> {
    let at = Instant::from_micros(micros);
    if at.micros() == micros {
        return Ok(at);
    }
    Err(format!(
        "{micros} microseconds since 1970 lie beyond the years 1 to 9999; correct it, or the column's unit"
    ))
}

fn date(days: i64) -> Result<Date, String> {
    let date = i32::try_from(days).map(Date::from_days).ok();
    date.filter(|date| i64::from(date.days()) == days)
        .ok_or_else(|| format!("{days} days since 1970 lie beyond the years 1 to 9999; correct it"))
}

fn parsed<T, E: Display>(
    texts: TextArray<'_>,
    row: usize,
    parse: impl Fn(&str) -> Result<T, E>,
) -> Result<T, String> {
    let read = parse(texts.get(row).unwrap_or_default());
    read.map_err(|e| format!("{e}; correct it, or change the type in the schema"))
}

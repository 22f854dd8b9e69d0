//! Cells: the compact form in which a [`Record`](super::Record) stores its values.

use super::error::RecordError;
use super::value::Value;
use crate::profile::Val;
use crate::schema::{Field, normal, walk};
use crate::time::{Date, Duration, Instant, Zone};
use crate::value::{Decimal, GeoPoint, Type, decimal_text};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::HashSet;
use std::fmt::Write as _;
use std::sync::Arc;

/// One stored value. Its type in the language is that of the schema.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
pub(crate) enum Cell {
    #[default]
    #[serde(rename = "m")]
    Missing,
    /// bool, int, decimal (its mantissa), enum (its position), date (days), instant and duration (microseconds)
    #[serde(rename = "w")]
    Whole(i64),
    /// An int above `i64::MAX`.
    #[serde(rename = "u")]
    Unsigned(u64),
    /// Always finite.
    #[serde(rename = "r", with = "bits")]
    Real(f64),
    /// string, version
    #[serde(rename = "t")]
    Text(Arc<str>),
    #[serde(rename = "p", with = "place_bits")]
    Place(GeoPoint),
    /// No item is missing or a list.
    #[serde(rename = "l")]
    List(Box<[Cell]>),
}

/// A floating-point number as its bits: it comes back as it was from any format.
mod bits {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer>(v: &f64, s: S) -> Result<S::Ok, S::Error> {
        v.to_bits().serialize(s)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<f64, D::Error> {
        u64::deserialize(d).map(f64::from_bits)
    }
}

mod place_bits {
    use crate::value::GeoPoint;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer>(v: &GeoPoint, s: S) -> Result<S::Ok, S::Error> {
        (v.lat.to_bits(), v.lon.to_bits()).serialize(s)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<GeoPoint, D::Error> {
        let (lat, lon) = <(u64, u64)>::deserialize(d)?;
        Ok(GeoPoint {
            lat: f64::from_bits(lat),
            lon: f64::from_bits(lon),
        })
    }
}

/// Lets repeated strings share one allocation.
#[derive(Clone, Debug, Default)]
struct Interner(HashSet<Arc<str>>);

impl Interner {
    /// Longer strings are rarely repeated.
    const MAX_LENGTH: usize = 48;
    /// After this many distinct strings, the next is probably new too.
    const MAX_STRINGS: usize = 1 << 17;

    fn get(&mut self, text: &str) -> Arc<str> {
        if text.len() > Self::MAX_LENGTH {
            return text.into();
        }
        if let Some(known) = self.0.get(text) {
            return known.clone();
        }
        let new: Arc<str> = text.into();
        if self.0.len() < Self::MAX_STRINGS {
            self.0.insert(new.clone());
        }
        new
    }
}

/// How values are read, and what is kept while many are.
#[derive(Clone, Debug, Default)]
pub(crate) struct CellReader {
    texts: Interner,
    /// Where the day begins that a date stands for where an instant is wanted.
    pub(crate) zone: Zone,
    /// What was read as missing, where that is tolerated; otherwise it is an error.
    pub(crate) faults: Option<Vec<RecordError>>,
}

impl CellReader {
    /// The value of a field; missing where it is wrong and that is tolerated.
    pub(crate) fn cell(
        &mut self,
        field: &Field,
        raw: &str,
        place: impl FnOnce() -> String,
    ) -> Result<Cell, RecordError> {
        let read = Cell::from_json(&field.ty, raw, self);
        match read.and_then(|cell| cell.accepted_by(field)) {
            Ok(cell) => Ok(cell),
            Err(message) => self
                .fault(RecordError::new(place(), message))
                .map(|()| Cell::Missing),
        }
    }

    /// Notes what is wrong, where that is tolerated.
    pub(crate) fn fault(&mut self, error: RecordError) -> Result<(), RecordError> {
        match &mut self.faults {
            Some(faults) => {
                faults.push(error);
                Ok(())
            }
            None => Err(error),
        }
    }

    /// How much was noted.
    pub(crate) fn noted(&self) -> usize {
        self.faults.as_ref().map_or(0, Vec::len)
    }

    /// Prefixes the fields of what was noted since there were so many.
    pub(crate) fn noted_within(&mut self, since: usize, outer: &str) {
        for fault in self.faults.iter_mut().flatten().skip(since) {
            *fault = std::mem::replace(fault, RecordError::new("", "")).within(outer);
        }
    }
}

impl Cell {
    /// A whole number; `None` if it has more than 64 bits.
    pub(crate) fn whole(v: i128) -> Option<Self> {
        match i64::try_from(v) {
            Ok(v) => Some(Cell::Whole(v)),
            Err(_) => u64::try_from(v).ok().map(Cell::Unsigned),
        }
    }

    pub(crate) fn val(&self) -> Val<'_> {
        match self {
            Cell::Missing | Cell::List(_) => Val::Missing,
            Cell::Whole(v) => Val::Whole(i128::from(*v)),
            Cell::Unsigned(v) => Val::Whole(i128::from(*v)),
            Cell::Real(v) => Val::real(*v),
            Cell::Text(v) => Val::Text(v),
            Cell::Place(v) => Val::Place(*v),
        }
    }

    /// The items, if it is a list.
    pub(crate) fn items(&self) -> Option<&[Cell]> {
        if let Cell::List(items) = self {
            Some(items)
        } else {
            None
        }
    }

    pub(crate) fn is_missing(&self) -> bool {
        matches!(self, Cell::Missing)
    }

    /// A total order of all cells.
    pub(crate) fn total_cmp(&self, other: &Cell) -> Ordering {
        fn rank(cell: &Cell) -> u8 {
            match cell {
                Cell::Missing => 0,
                Cell::Whole(_) => 1,
                Cell::Unsigned(_) => 2,
                Cell::Real(_) => 3,
                Cell::Text(_) => 4,
                Cell::Place(_) => 5,
                Cell::List(_) => 6,
            }
        }
        match (self, other) {
            (Cell::Whole(a), Cell::Whole(b)) => a.cmp(b),
            (Cell::Unsigned(a), Cell::Unsigned(b)) => a.cmp(b),
            (Cell::Real(a), Cell::Real(b)) => a.total_cmp(b),
            (Cell::Text(a), Cell::Text(b)) => a.cmp(b),
            (Cell::Place(a), Cell::Place(b)) => {
                a.lat.total_cmp(&b.lat).then(a.lon.total_cmp(&b.lon))
            }
            (Cell::List(a), Cell::List(b)) => cmp_cells(a, b),
            (a, b) => rank(a).cmp(&rank(b)),
        }
    }

    /// Converts a value to a cell of a type, or says what is wrong with it.
    pub(crate) fn from_value(
        ty: &Type,
        value: &Value,
        reader: &mut CellReader,
    ) -> Result<Cell, String> {
        match (ty, value) {
            (_, Value::Missing) => Ok(Cell::Missing),
            (Type::Bool, Value::Bool(b)) => Ok(Cell::Whole(i64::from(*b))),
            (Type::Int, Value::Int(v)) => Ok(Cell::Whole(*v)),
            (Type::Decimal(_) | Type::Float, Value::Int(v)) => from_number(ty, &v.to_string()),
            (Type::Int | Type::Decimal(_) | Type::Float, Value::Unsigned(v)) => {
                from_number(ty, &v.to_string())
            }
            (Type::Int | Type::Decimal(_) | Type::Float, Value::Decimal(v)) => {
                from_number(ty, &v.to_string())
            }
            (Type::Float, Value::Float(v)) if v.is_finite() => Ok(Cell::Real(*v)),
            (_, Value::Float(v)) if !v.is_finite() => Ok(Cell::Missing),
            // The shortest text that reads as this number is what its author wrote.
            (Type::Int | Type::Decimal(_), Value::Float(v)) => from_number(ty, &v.to_string()),
            (Type::Date, Value::Date(v)) => Ok(Cell::Whole(i64::from(v.days()))),
            (Type::Instant, Value::Instant(v)) => Ok(Cell::Whole(v.micros())),
            (Type::Instant, Value::Date(v)) => from_text(ty, &v.to_string(), reader),
            (Type::Duration, Value::Duration(v)) => Ok(Cell::Whole(v.micros())),
            (Type::Place, Value::Place(v)) => place(v.lat, v.lon),
            (Type::List(of), Value::List(items)) => {
                let items = items.iter().map(|v| item(Cell::from_value(of, v, reader)?));
                Ok(Cell::List(items.collect::<Result<_, _>>()?))
            }
            (_, Value::Text(v)) => from_text(ty, v, reader),
            (_, Value::Bool(v)) => Err(mismatch(&v.to_string(), "a bool", ty)),
            (_, Value::Int(v)) => Err(mismatch(&v.to_string(), "a number", ty)),
            (_, Value::Unsigned(v)) => Err(mismatch(&v.to_string(), "a number", ty)),
            (_, Value::Decimal(v)) => Err(mismatch(&v.to_string(), "a number", ty)),
            (_, Value::Float(v)) => Err(mismatch(&v.to_string(), "a number", ty)),
            (_, Value::Date(v)) => Err(mismatch(&v.to_string(), "a date", ty)),
            (_, Value::Instant(v)) => Err(mismatch(&v.to_string(), "an instant", ty)),
            (_, Value::Duration(v)) => Err(mismatch(&v.to_string(), "a duration", ty)),
            (_, Value::Place(v)) => Err(mismatch(&format!("{}, {}", v.lat, v.lon), "a place", ty)),
            (_, Value::List(_)) => Err(mismatch("[…]", "a list", ty)),
            (_, Value::Rows(_)) => Err(mismatch("[…]", "rows", ty)),
        }
    }

    /// The cell of a field that a program gives a value to, or what is wrong with it.
    pub(crate) fn of_field(
        field: &Field,
        value: &Value,
        reader: &mut CellReader,
    ) -> Result<Cell, String> {
        Cell::from_value(&field.ty, value, reader)?.accepted_by(field)
    }

    /// Itself, unless the field does not accept it, or an item of it.
    fn accepted_by(self, field: &Field) -> Result<Cell, String> {
        let Some(validator) = &field.validator else {
            return Ok(self);
        };
        let accepts = |cell: &Cell| match cell {
            Cell::Whole(v) => validator.accepts_whole(i128::from(*v)),
            Cell::Unsigned(v) => validator.accepts_whole(i128::from(*v)),
            Cell::Real(v) => validator.accepts_real(*v),
            Cell::Text(v) => validator.accepts_text(v),
            Cell::Missing | Cell::Place(_) | Cell::List(_) => true,
        };
        let (items, ty) = match (&self, &field.ty) {
            (Cell::List(items), Type::List(of)) => (&**items, &**of),
            (cell, ty) => (std::slice::from_ref(cell), ty),
        };
        let Some(refused) = items.iter().find(|item| !accepts(item)) else {
            return Ok(self);
        };
        let mut text = String::new();
        refused.write_json(ty, &mut text);
        Err(format!("`{}` {}", shown(&text), field.refusal()))
    }

    /// Converts a JSON value to a cell of a type, or says what is wrong with it. `raw` is one valid JSON value.
    pub(crate) fn from_json(ty: &Type, raw: &str, reader: &mut CellReader) -> Result<Cell, String> {
        match raw.as_bytes().first() {
            Some(b'n') => Ok(Cell::Missing),
            Some(b'"') => from_text(
                ty,
                &walk::text(raw).map_err(|e| walk::complaint(&e))?,
                reader,
            ),
            Some(b'[') => match ty {
                Type::List(of) => {
                    let items = walk::list(raw)
                        .map_err(|e| walk::complaint(&e))?
                        .into_iter();
                    let items = items.map(|v| item(Cell::from_json(of, v, reader)?));
                    Ok(Cell::List(items.collect::<Result<_, _>>()?))
                }
                _ => Err(mismatch(raw, "a list", ty)),
            },
            Some(b'{') => match ty {
                Type::Place => {
                    let p: GeoPoint =
                        serde_json::from_str(raw).map_err(|_| mismatch(raw, "an object", ty))?;
                    place(p.lat, p.lon)
                }
                _ => Err(mismatch(raw, "an object", ty)),
            },
            Some(b't' | b'f') if *ty == Type::Bool => Ok(Cell::Whole(i64::from(raw == "true"))),
            Some(b't' | b'f') => Err(mismatch(raw, "a bool", ty)),
            _ => from_number(ty, raw),
        }
    }

    /// Writes the value as JSON.
    pub(crate) fn write_json(&self, ty: &Type, out: &mut String) {
        match (self, ty) {
            (Cell::Missing, _) => out.push_str("null"),
            (Cell::List(items), Type::List(of)) => {
                out.push('[');
                for (i, item) in items.iter().enumerate() {
                    if i > 0 {
                        out.push(',');
                    }
                    item.write_json(of, out);
                }
                out.push(']');
            }
            (Cell::Place(p), _) => {
                let _ = write!(out, "{{\"lat\":{:?},\"lon\":{:?}}}", p.lat, p.lon);
            }
            (Cell::Whole(v), Type::Int) => {
                let _ = write!(out, "{v}");
            }
            (Cell::Unsigned(v), _) => {
                let _ = write!(out, "{v}");
            }
            (Cell::Whole(v), Type::Decimal(scale)) => {
                out.push_str(&decimal_text(i128::from(*v), *scale))
            }
            (Cell::Real(v), _) => {
                let _ = write!(out, "{v:?}");
            }
            _ => match self.to_value(ty) {
                Value::Bool(v) => out.push_str(if v { "true" } else { "false" }),
                Value::Text(v) => write_text(&v, out),
                Value::Date(v) => write_text(&v.to_string(), out),
                Value::Instant(v) => write_text(&v.to_string(), out),
                Value::Duration(v) => write_text(&v.to_string(), out),
                _ => out.push_str("null"),
            },
        }
    }

    /// The value as a program sees it.
    pub(crate) fn to_value(&self, ty: &Type) -> Value {
        match (self, ty) {
            (Cell::Whole(v), Type::Bool) => Value::Bool(*v != 0),
            (Cell::Whole(v), Type::Decimal(scale)) => Value::Decimal(Decimal::new(*v, *scale)),
            (Cell::Whole(v), Type::Enum(e)) => {
                let name = usize::try_from(*v).ok().and_then(|v| e.values.get(v));
                name.map_or(Value::Missing, |name| Value::Text(name.clone()))
            }
            (Cell::Whole(v), Type::Date) => {
                i32::try_from(*v).map_or(Value::Missing, |v| Value::Date(Date::from_days(v)))
            }
            (Cell::Whole(v), Type::Instant) => Value::Instant(Instant::from_micros(*v)),
            (Cell::Whole(v), Type::Duration) => Value::Duration(Duration::from_micros(*v)),
            (Cell::Whole(v), _) => Value::Int(*v),
            (Cell::Unsigned(v), _) => Value::Unsigned(*v),
            (Cell::Real(v), _) => Value::Float(*v),
            (Cell::Text(v), _) => Value::Text(String::from(&**v)),
            (Cell::Place(v), _) => Value::Place(*v),
            (Cell::List(items), Type::List(of)) => {
                Value::List(items.iter().map(|v| v.to_value(of)).collect())
            }
            (Cell::List(_) | Cell::Missing, _) => Value::Missing,
        }
    }
}

/// A total order of rows of cells.
pub(crate) fn cmp_cells(a: &[Cell], b: &[Cell]) -> Ordering {
    let unequal = a
        .iter()
        .zip(b)
        .map(|(a, b)| a.total_cmp(b))
        .find(|o| o.is_ne());
    unequal.unwrap_or_else(|| a.len().cmp(&b.len()))
}

fn item(cell: Cell) -> Result<Cell, String> {
    if cell.is_missing() {
        Err("an item of the list is `null`; leave it out".to_owned())
    } else {
        Ok(cell)
    }
}

fn place(lat: f64, lon: f64) -> Result<Cell, String> {
    if (-90.0..=90.0).contains(&lat) && (-180.0..=180.0).contains(&lon) {
        return Ok(Cell::Place(GeoPoint { lat, lon }));
    }
    Err(format!(
        "`{lat}, {lon}` is not a place on the earth; `lat` lies between -90 and 90 and `lon` between -180 and 180 (are they swapped?)"
    ))
}

/// Writes a JSON string.
pub(crate) fn write_text(text: &str, out: &mut String) {
    let _ = write!(out, "{}", serde_json::Value::from(text));
}

fn from_text(ty: &Type, text: &str, reader: &mut CellReader) -> Result<Cell, String> {
    let or_retype = |e: String| format!("{e}; correct it, or change the type in the schema");
    Ok(match ty {
        Type::String => Cell::Text(reader.texts.get(&normal(text))),
        Type::Version => Cell::Text(reader.texts.get(text)),
        Type::Enum(e) => {
            let position = e.index_of(text).or_else(|| e.index_of(&normal(text)));
            let position = position.ok_or_else(|| {
                format!(
                    "`{}` is not one of its values ({}); correct it, or add it to `values`",
                    shown(text),
                    names(&e.values)
                )
            })?;
            Cell::Whole(i64::try_from(position).map_err(|e| e.to_string())?)
        }
        Type::Date => Cell::Whole(i64::from(
            text.parse::<Date>()
                .map_err(|e| or_retype(e.to_string()))?
                .days(),
        )),
        Type::Instant => Cell::Whole(
            reader
                .zone
                .parse_instant(text)
                .map_err(|e| or_retype(e.to_string()))?
                .micros(),
        ),
        Type::Duration => Cell::Whole(
            text.parse::<Duration>()
                .map_err(|e| or_retype(e.to_string()))?
                .micros(),
        ),
        _ => return Err(mismatch(text, "a string", ty)),
    })
}

fn from_number(ty: &Type, text: &str) -> Result<Cell, String> {
    let digits = || {
        text.parse::<Decimal>()
            .map_err(|e| format!("{e}; correct it, or declare the type as `float`"))
    };
    match ty {
        Type::Int => {
            if let Some(cell) = text.parse().ok().and_then(Cell::whole) {
                return Ok(cell);
            }
            if !text.contains(['.', 'e', 'E']) {
                return Err(format!(
                    "`{}` is out of range for `int` ({} to {}); correct it, or declare the type as `string` and write it in quotes",
                    shown(text), i64::MIN, u64::MAX
                ));
            }
            let whole = digits()?.rescale(0);
            whole.map(|d| Cell::Whole(d.mantissa())).ok_or_else(|| {
                format!("`{text}` is not an `int`; round it, or declare the type as `decimal({})`", decimals_of(text))
            })
        }
        Type::Decimal(scale) => digits()?.rescale(*scale).map(|d| Cell::Whole(d.mantissa())).ok_or_else(|| {
            let more = decimals_of(text);
            if more > *scale {
                let behind = if *scale == 1 { "1 digit" } else { &format!("{scale} digits") };
                format!("`{text}` has more than {behind} after the decimal point; round it, or declare the type as `decimal({more})`")
            } else {
                format!("`{text}` is out of range for `decimal({scale})`; correct it, or declare the type as `float`")
            }
        }),
        Type::Float => match text.parse::<f64>() {
            Ok(v) if v.is_finite() => Ok(Cell::Real(v)),
            _ => Err(format!("`{}` is out of range for `float`; correct it or leave it out", shown(text))),
        },
        _ => Err(mismatch(text, "a number", ty)),
    }
}

/// The number of digits after the decimal point.
fn decimals_of(text: &str) -> u8 {
    text.parse::<Decimal>()
        .map_or(0, |number| number.normalized().scale())
}

/// Shortens a text for a message.
pub(crate) fn shown(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(60) {
        Some((end, _)) => Cow::Owned(format!("{}…", text.get(..end).unwrap_or_default())),
        None => Cow::Borrowed(text),
    }
}

fn names(values: &[String]) -> String {
    match values.get(..12) {
        Some(some) if values.len() > 12 => {
            format!("{}, … {} in all", some.join(", "), values.len())
        }
        _ => values.join(", "),
    }
}

fn mismatch(text: &str, what: &str, ty: &Type) -> String {
    let remedy = match ty {
        Type::Bool => "write `true` or `false`".to_owned(),
        Type::Int => "write it as `47`".to_owned(),
        Type::Decimal(_) => "write it as `19.90`".to_owned(),
        Type::Float => "write it as `0.5`".to_owned(),
        Type::String | Type::Version => "write it in quotes".to_owned(),
        Type::Enum(e) => format!("write one of its values ({})", names(&e.values)),
        Type::Date => "write it as `\"2026-01-31\"`".to_owned(),
        Type::Instant => "write it as `\"2026-01-31T12:00:00Z\"`".to_owned(),
        Type::Duration => "write it as `\"3 days\"`".to_owned(),
        Type::Place => "write it as `{\"lat\":52.52,\"lon\":13.4}`".to_owned(),
        Type::List(_) => "write it in brackets".to_owned(),
    };
    let wanted = match ty {
        Type::Enum(_) => "enum".to_owned(),
        Type::List(of) if matches!(**of, Type::Enum(_)) => "list of enum".to_owned(),
        _ => ty.to_string(),
    };
    format!(
        "`{}` is {what}, not `{wanted}`; {remedy}, or change the type in the schema",
        shown(text)
    )
}

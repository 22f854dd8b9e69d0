//! Rows as lines of JSON: for what is read profile by profile, and for what columns cannot hold.

use crate::convert::{Values, convert, decimal_text, plain};
use crate::error::Wrong;
use crate::ids::Ids;
use crate::infer::type_of;
use arrow_array::cast::AsArray as _;
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::DataType;
use segue::{Type, Zone};
use std::fmt::Write as _;
use std::ops::Range;

/// The columns of an event that are no properties of it.
const OF_EVENT: [&str; 4] = ["id", "profile", "kind", "at"];

/// Writes each row of a batch as a line: `{"id":"17","age":47}`, or an event if there are the columns `profile` and `at`:
/// `{"profile":"17","kind":"purchased","at":"2026-01-05T09:30:00Z","props":{"amount":9.90}}`. What is missing is left out.
pub(crate) fn write_lines(batch: &RecordBatch, out: &mut String) -> Result<(), Wrong> {
    let is_event = ["profile", "at"]
        .iter()
        .all(|name| batch.column_by_name(name).is_some());
    let schema = batch.schema_ref();
    let arrays = schema.fields().iter().zip(batch.columns());
    let plain: Vec<(&str, ArrayRef)> = arrays
        .map(|(field, array)| {
            let array = match type_of(array.data_type()) {
                Some(ty) => plain(array, &ty).map_err(|wrong| wrong.of_column(field.name()))?,
                None => array.clone(),
            };
            Ok((&**field.name(), array))
        })
        .collect::<Result<_, Wrong>>()?;
    let (mut own, mut fields): (Vec<_>, Vec<_>) = (Vec::new(), Vec::new());
    for (name, array) in &plain {
        let name = *name;
        let cell = if name == "id" || is_event && name == "profile" {
            let ids = Ids::new(array).map_err(|message| Wrong::column(name, message))?;
            Node::Id(ids)
        } else {
            Node::new(array).map_err(|wrong| wrong.of_column(name))?
        };
        match cell {
            Node::Object(_, inner) if is_event && name == "props" => fields.extend(inner),
            cell if is_event && !OF_EVENT.contains(&name) => fields.push((name, cell)),
            cell => own.push((name, cell)),
        }
    }
    for row in 0..batch.num_rows() {
        out.push('{');
        let any = write_fields(&own, row, out);
        if is_event {
            out.push_str(if any { ",\"props\":{" } else { "\"props\":{" });
            write_fields(&fields, row, out);
            out.push('}');
        }
        out.push_str("}\n");
    }
    Ok(())
}

/// A column that is written row by row.
enum Node<'a> {
    Id(Ids<'a>),
    Values(Values<'a>, Type),
    Object(&'a ArrayRef, Vec<(&'a str, Node<'a>)>),
    /// Lists of objects, which are the rows of a relation.
    Objects(Vec<Option<Range<usize>>>, Box<Node<'a>>),
}

impl<'a> Node<'a> {
    fn new(array: &'a ArrayRef) -> Result<Self, Wrong> {
        if let Some(ty) = type_of(array.data_type()) {
            let values = convert(array, 0..array.len(), &ty, Zone::UTC)?;
            return Ok(Node::Values(values, ty));
        }
        match array.data_type() {
            DataType::Null => {
                let values = convert(array, 0..array.len(), &Type::Bool, Zone::UTC)?;
                Ok(Node::Values(values, Type::Bool))
            }
            DataType::Struct(_) => {
                let object = array.as_struct();
                let fields = object.fields().iter().zip(object.columns());
                let fields =
                    fields.map(|(field, column)| Ok((&**field.name(), Node::new(column)?)));
                Ok(Node::Object(array, fields.collect::<Result<_, Wrong>>()?))
            }
            DataType::List(_) | DataType::LargeList(_) | DataType::FixedSizeList(_, _) => {
                let (items, ranges) = crate::convert::ranges(array, 0..array.len())
                    .ok_or_else(|| no_counterpart(array.data_type()))?;
                Ok(Node::Objects(ranges, Box::new(Node::new(items)?)))
            }
            other => Err(no_counterpart(other)),
        }
    }

    fn is_missing(&self, row: usize) -> bool {
        match self {
            Node::Id(ids) => ids.get(row).is_none(),
            Node::Values(values, _) => values.is_missing(row),
            Node::Object(array, _) => array.is_null(row),
            Node::Objects(ranges, _) => ranges.get(row).is_none_or(Option::is_none),
        }
    }

    fn write(&self, row: usize, out: &mut String) {
        match self {
            Node::Id(ids) => {
                let id = ids.get(row).map(|id| id.to_string());
                write_text(&id.unwrap_or_default(), out);
            }
            Node::Values(values, ty) => write_value(values, ty, row, out),
            Node::Object(_, fields) => {
                out.push('{');
                write_fields(fields, row, out);
                out.push('}');
            }
            Node::Objects(ranges, items) => {
                let range = ranges.get(row).cloned().flatten().unwrap_or(0..0);
                write_list(range, out, |item, out| match items.is_missing(item) {
                    true => out.push_str("null"),
                    false => items.write(item, out),
                });
            }
        }
    }
}

fn no_counterpart(ty: &DataType) -> Wrong {
    Wrong::batch(format!(
        "is of the type `{ty}`, which nothing in a schema has; cast the column, or leave it out"
    ))
}

/// Writes those fields that are not missing, and says whether there was any.
fn write_fields(fields: &[(&str, Node<'_>)], row: usize, out: &mut String) -> bool {
    let mut any = false;
    for (name, node) in fields.iter().filter(|(_, node)| !node.is_missing(row)) {
        if any {
            out.push(',');
        }
        any = true;
        write_text(name, out);
        out.push(':');
        node.write(row, out);
    }
    any
}

fn write_list(range: Range<usize>, out: &mut String, item: impl Fn(usize, &mut String)) {
    out.push('[');
    for (at, row) in range.enumerate() {
        if at > 0 {
            out.push(',');
        }
        item(row, out);
    }
    out.push(']');
}

fn write_text(text: &str, out: &mut String) {
    let _ = write!(out, "{}", serde_json::Value::from(text));
}

/// Writes a value as readers of records take it, to the last digit.
fn write_value(values: &Values<'_>, ty: &Type, row: usize, out: &mut String) {
    fn at<T: Copy>(values: &[Option<T>], row: usize) -> Option<T> {
        values.get(row).copied().flatten()
    }
    let written = match values {
        Values::Bools(v) => at(v, row).map(|v| write!(out, "{v}")),
        Values::Wholes(v) => at(v, row).map(|v| write!(out, "{v}")),
        Values::Decimals(v) => at(v, row).map(|v| {
            let scale = if let Type::Decimal(scale) = ty {
                *scale
            } else {
                0
            };
            write!(
                out,
                "{}",
                decimal_text(v.into(), i8::try_from(scale).unwrap_or(0))
            )
        }),
        // With a point, so that it is not taken for an `int`.
        Values::Floats(v) => at(v, row).map(|v| write!(out, "{v:?}")),
        Values::Dates(v) => at(v, row).map(|v| write!(out, "\"{v}\"")),
        Values::Instants(v) => at(v, row).map(|v| write!(out, "\"{v}\"")),
        Values::Durations(v) => at(v, row).map(|v| write!(out, "\"{v}\"")),
        Values::Places(v) => {
            at(v, row).map(|v| write!(out, "{{\"lat\":{:?},\"lon\":{:?}}}", v.lat, v.lon))
        }
        Values::Texts(_, _) | Values::Coded(_, _) => values.text(row).map(|text| {
            write_text(text, out);
            Ok(())
        }),
        Values::Lists(ranges, items) => ranges.get(row).cloned().flatten().map(|range| {
            let ty = if let Type::List(item) = ty { item } else { ty };
            write_list(range, out, |item, out| write_value(items, ty, item, out));
            Ok(())
        }),
    };
    if written.is_none() {
        out.push_str("null");
    }
}

//! The columns of a batch by the names that a schema gives them.

use crate::error::Wrong;
use arrow_array::cast::AsArray as _;
use arrow_array::{Array as _, ArrayRef, BooleanArray, RecordBatch};

/// A column by its name in Arrow, with dots between those of structs and their fields.
#[derive(Clone, Debug)]
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) array: ArrayRef,
}

/// The columns of a batch. A struct that is none of the schema's own columns is its fields, which are missing where it is.
///
/// `bare`: the struct whose fields need no name before theirs.
pub(crate) fn columns(
    batch: &RecordBatch,
    is_known: impl Fn(&str) -> bool,
    bare: Option<&str>,
) -> Result<Vec<Column>, Wrong> {
    let mut found = Vec::with_capacity(batch.num_columns());
    let fields = batch.schema_ref().fields().iter();
    for (field, array) in fields.zip(batch.columns()) {
        let prefix = if bare == Some(field.name()) {
            ""
        } else {
            field.name()
        };
        add(field.name(), prefix, array, &is_known, &mut found)?;
    }
    let mut names: Vec<&str> = found.iter().map(|column| &*column.name).collect();
    names.sort_unstable();
    match names.windows(2).find_map(|pair| match pair {
        [a, b] if a == b => Some((*a).to_owned()),
        _ => None,
    }) {
        Some(twice) => Err(Wrong::column(&twice, "is there twice; remove one")),
        None => Ok(found),
    }
}

fn add(
    name: &str,
    prefix: &str,
    array: &ArrayRef,
    is_known: &impl Fn(&str) -> bool,
    found: &mut Vec<Column>,
) -> Result<(), Wrong> {
    let Some(fields) = array.as_struct_opt().filter(|_| !is_known(name)) else {
        let (name, array) = (name.to_owned(), array.clone());
        found.push(Column { name, array });
        return Ok(());
    };
    for (field, column) in fields.fields().iter().zip(fields.columns()) {
        let name = match prefix {
            "" => field.name().clone(),
            _ => format!("{prefix}.{}", field.name()),
        };
        let column = match fields.nulls() {
            Some(nulls) => {
                let is_missing = BooleanArray::new(!nulls.inner(), None);
                let within = arrow_select::nullif::nullif(column, &is_missing);
                within.map_err(|e| Wrong::column(&name, e.to_string()))?
            }
            None => column.clone(),
        };
        add(&name, &name, &column, is_known, found)?;
    }
    Ok(())
}

/// The column of a name, which there has to be.
pub(crate) fn required<'c>(
    columns: &'c [Column],
    name: &str,
    remedy: &str,
) -> Result<&'c ArrayRef, Wrong> {
    optional(columns, name).ok_or_else(|| {
        let names: Vec<String> = columns.iter().map(|of| format!("`{}`", of.name)).collect();
        let there = if names.is_empty() {
            "none".to_owned()
        } else {
            names.join(", ")
        };
        Wrong::batch(format!(
            "there is no column `{name}`; the columns are {there}; {remedy}"
        ))
    })
}

pub(crate) fn optional<'c>(columns: &'c [Column], name: &str) -> Option<&'c ArrayRef> {
    let found = columns.iter().find(|column| column.name == name);
    found.map(|column| &column.array)
}

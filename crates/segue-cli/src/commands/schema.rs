//! `segue schema`: schemas of data, and of rule files.

use crate::args::{FileFormat, Infer, SchemaCommand};
use crate::input::OnError;
use crate::terminal::{self, Failure, Outcome};
use segue::Schema;
use segue::rulebook::RulebookDocument;
use serde::Serialize;
use std::fmt::Display;
use toml_edit::{Item, Table, Value};

pub(crate) fn run(command: SchemaCommand) -> Result<Outcome, Failure> {
    match command {
        SchemaCommand::Infer(args) => infer(args),
        SchemaCommand::Json => json(),
    }
}

/// A rule file with nothing but a schema.
#[derive(Serialize)]
struct Alone {
    schema: Schema,
}

fn infer(args: Infer) -> Result<Outcome, Failure> {
    let mut data = args.data.data()?;
    let inferred = data.infer(data.on_error == OnError::Skip)?;
    for reason in &inferred.left_out {
        terminal::note(&format!("skipped: {reason}"));
    }
    let alone = Alone {
        schema: inferred.schema,
    };
    let mut text = match args.format {
        FileFormat::Toml => toml(&alone)?,
        FileFormat::Yaml => serde_saphyr::to_string(&alone).map_err(failure)?,
        FileFormat::Json => serde_json::to_string_pretty(&alone).map_err(failure)?,
    };
    if !text.ends_with('\n') {
        text.push('\n');
    }
    terminal::print(&text)?;
    Ok(Outcome::Fine)
}

/// TOML with each field on a line of its own.
fn toml(alone: &Alone) -> Result<String, Failure> {
    let mut document = toml_edit::ser::to_document(alone).map_err(failure)?;
    if let Some(Item::Value(schema)) = document.get_mut("schema").map(std::mem::take) {
        document.insert("schema", opened(schema, 0));
    }
    Ok(document.to_string())
}

/// The tables of attributes, of events and of each kind's properties get headers; the fields in them do not.
fn opened(value: Value, depth: usize) -> Item {
    let Value::InlineTable(inline) = value else {
        return Item::Value(value);
    };
    let mut table = Table::new();
    // A kind without properties is there all the same.
    table.set_implicit(!inline.is_empty());
    for (key, value) in inline {
        let open = matches!((depth, &*key), (0, _) | (1, _) | (2, "properties"));
        let deeper = if key == "attributes" { 3 } else { depth + 1 };
        table.insert(
            &key,
            if open && depth < 3 {
                opened(value, deeper)
            } else {
                Item::Value(value)
            },
        );
    }
    Item::Table(table)
}

fn json() -> Result<Outcome, Failure> {
    let schema = schemars::schema_for!(RulebookDocument);
    terminal::print(&format!(
        "{}\n",
        serde_json::to_string_pretty(&schema).map_err(failure)?
    ))?;
    Ok(Outcome::Fine)
}

fn failure(error: impl Display) -> Failure {
    Failure::new(error.to_string())
}

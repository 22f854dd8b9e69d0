//! What is known at the end of a run, kept in a file.

use crate::input::Source;
use crate::output::NewFile;
use crate::terminal::Failure;
use segue::Schema;
use segue::engine::EngineState;
use segue::profile::Record;
use serde::{Deserialize, Serialize};
use std::io;
use std::path::Path;

#[derive(Serialize)]
struct Written<'a> {
    /// Profiles are kept by the places of their attributes.
    schema: &'a Schema,
    state: &'a EngineState<Record>,
}

#[derive(Deserialize)]
struct Read {
    schema: Schema,
    state: EngineState<Record>,
}

/// Reads a state that was kept.
pub(super) fn read(source: &Source, schema: &Schema) -> Result<EngineState<Record>, Failure> {
    let read: Read = serde_json::from_str(&source.text()?).map_err(|e| {
        Failure::new(format!(
            "{source}: this is not a state written by `--save`: {e}"
        ))
    })?;
    if read.schema != *schema {
        return Err(Failure::new(format!(
            "{source}: the state was kept under another schema; go on with that schema, or begin anew with `--profiles` and \
             all events"
        )));
    }
    Ok(read.state)
}

/// Writes a state, to be put in its place.
pub(super) fn written(
    file: &str,
    schema: &Schema,
    state: &EngineState<Record>,
) -> Result<NewFile, Failure> {
    let text = serde_json::to_string(&Written { schema, state })
        .map_err(|e| Failure::new(e.to_string()))?;
    NewFile::written(Path::new(file), &text).map_err(|e| unwritable(file, &e))
}

pub(super) fn unwritable(file: &str, error: &io::Error) -> Failure {
    Failure::new(format!("{file}: cannot be written: {error}"))
}

//! What is known at the end of a run, kept in a file.
//!
//! The file is JSON: `{"format":"segue state","version":1,"content":{…},"checksum":"0a1b2c3d"}`. The checksum is the CRC-32 of the bytes
//! of `content`, so that a file that was cut off or altered is not taken for what is known.

use crate::input::Source;
use crate::output::NewFile;
use crate::terminal::Failure;
use flate2::Crc;
use segue::engine::EngineState;
use segue::profile::Record;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::io;
use std::path::Path;

const FORMAT: &str = "segue state";
const VERSION: u32 = 1;

#[derive(Deserialize)]
struct File<'a> {
    format: String,
    version: u32,
    #[serde(borrow)]
    content: &'a RawValue,
    checksum: String,
}

fn checksum(content: &[u8]) -> String {
    let mut crc = Crc::new();
    crc.update(content);
    format!("{:08x}", crc.sum())
}

/// Reads a state that was kept.
pub(super) fn read(source: &Source) -> Result<EngineState<Record>, Failure> {
    let fault = |what: String| Failure::new(format!("{source}: {what}"));
    let unreadable = |e| fault(format!("this is not a state written by `--save`: {e}"));
    let text = source.text()?;
    let file: File<'_> = serde_json::from_str(&text).map_err(unreadable)?;
    if (file.format.as_str(), file.version) != (FORMAT, VERSION) {
        return Err(fault(format!(
            "this is `{}` of version {}, and not the `{FORMAT}` of version {VERSION} that this program reads",
            file.format, file.version
        )));
    }
    if checksum(file.content.get().as_bytes()) != file.checksum {
        return Err(fault(
            "the state was altered after it was saved; restore another copy of the file".to_owned(),
        ));
    }
    serde_json::from_str(file.content.get()).map_err(unreadable)
}

/// Writes a state, to be put in its place.
pub(super) fn written(file: &str, state: &EngineState<Record>) -> Result<NewFile, Failure> {
    let content = serde_json::to_string(state).map_err(|e| Failure::new(e.to_string()))?;
    let checksum = checksum(content.as_bytes());
    let begin = format!("{{\"format\":\"{FORMAT}\",\"version\":{VERSION},\"content\":");
    let end = format!(",\"checksum\":\"{checksum}\"}}\n");
    NewFile::written(Path::new(file), &[&begin, &content, &end]).map_err(|e| unwritable(file, &e))
}

pub(super) fn unwritable(file: &str, error: &io::Error) -> Failure {
    Failure::new(format!("{file}: cannot be written: {error}"))
}

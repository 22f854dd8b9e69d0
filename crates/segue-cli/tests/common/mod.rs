//! What the tests of the program share.
#![allow(
    dead_code,
    clippy::unwrap_used,
    reason = "each test program uses a part of it, and fails where that does"
)]

use assert_cmd::Command;
use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};
use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// The program, away from the terminal's and the user's settings.
pub(crate) fn segue() -> Command {
    let mut command = Command::cargo_bin("segue").unwrap();
    command
        .env_remove("NO_COLOR")
        .env_remove("CLICOLOR_FORCE")
        .env_remove("CLICOLOR");
    command
}

/// The words of a call: `eval --rules rules.toml`.
pub(crate) fn words(call: &str) -> Vec<&str> {
    call.split_whitespace().collect()
}

/// What a call printed and how it ended.
pub(crate) struct Ran {
    pub(crate) out: String,
    pub(crate) err: String,
    pub(crate) code: i32,
}

/// Runs the program in a folder.
pub(crate) fn run(folder: &Path, args: &[&str]) -> Ran {
    run_with(folder, args, Vec::new())
}

/// The same, with something on standard input.
pub(crate) fn run_with(folder: &Path, args: &[&str], stdin: Vec<u8>) -> Ran {
    let output = segue()
        .current_dir(folder)
        .args(args)
        .write_stdin(stdin)
        .output()
        .unwrap();
    Ran {
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
        code: output.status.code().unwrap(),
    }
}

/// A call that has to succeed: what it printed.
pub(crate) fn ok(folder: &Path, args: &[&str]) -> String {
    let ran = run(folder, args);
    assert_eq!(ran.code, 0, "{}", ran.err);
    ran.out
}

/// A call that has to fail with an answer to nothing: what it said.
pub(crate) fn refused(folder: &Path, args: &[&str]) -> String {
    let ran = run(folder, args);
    assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{}", ran.err);
    ran.err
}

/// A folder of its own, with files in it.
pub(crate) fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

/// The sample that lives with the project.
pub(crate) fn cdnow() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/cdnow")
}

/// Rules for it whose answers are known.
pub(crate) const RULES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/rules.toml");

/// The content of a gzipped file.
pub(crate) fn unpacked(path: &Path) -> String {
    let mut text = String::new();
    MultiGzDecoder::new(fs::File::open(path).unwrap())
        .read_to_string(&mut text)
        .unwrap();
    text
}

pub(crate) fn packed(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

/// The hash of ids, one a line, as the cases with known answers give it: joined by line breaks, none at the end.
pub(crate) fn hash(ids: &str) -> String {
    let digest = Sha256::digest(ids.strip_suffix('\n').unwrap_or(ids).as_bytes());
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Compares with a file; `UPDATE_GOLDEN=1` writes it.
pub(crate) fn golden(name: &str, found: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden")
        .join(name);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, found).unwrap();
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        expected == found,
        "{name} has changed; look at it, and let `UPDATE_GOLDEN=1` write it:\n{found}"
    );
}

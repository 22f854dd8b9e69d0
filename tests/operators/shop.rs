//! The shop of the documentation: its rulebook, its profiles, and the instant at which they are looked at.

#![allow(dead_code, unreachable_pub, reason = "each user takes a part of it")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail")]

use segue::profile::Record;
use segue::{Instant, Rulebook};
use serde_json::value::RawValue;

/// A Wednesday.
pub fn now() -> Instant {
    "2026-03-18T12:00:00Z".parse().unwrap()
}

/// The rulebook, which loads without a warning.
pub fn rulebook() -> Rulebook {
    let book = Rulebook::from_toml(include_str!("rulebook.toml"))
        .unwrap_or_else(|error| panic!("{error}"));
    assert!(book.warnings().is_empty(), "{:?}", book.warnings());
    book
}

/// The profiles.
pub fn profiles(book: &Rulebook) -> Vec<Record> {
    let raw: Vec<&RawValue> = serde_json::from_str(include_str!("profiles.json")).unwrap();
    raw.into_iter()
        .map(|profile| Record::from_json(book.schema(), profile.get()).unwrap())
        .collect()
}

/// A text file of the repository.
pub fn read(path: &str) -> String {
    let full = format!("{}/{path}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&full).unwrap_or_else(|error| panic!("{full}: {error}"))
}

//! The shop of the documentation: its rulebook, its profiles, and the instant at which they are looked at.

use crate::read_file;
use segue::profile::Record;
use segue::{Instant, Rulebook};
use serde_json::value::RawValue;

/// A Wednesday.
pub fn now() -> Instant {
    "2026-03-18T12:00:00Z".parse().unwrap()
}

/// The rulebook, which loads without a warning.
pub fn rulebook() -> Rulebook {
    let document = toml::from_str(&read_file("tests/operators/rulebook.toml"));
    let document = document.unwrap_or_else(|error| panic!("{error}"));
    let book = Rulebook::loader().load_document(document);
    let book = book.unwrap_or_else(|error| panic!("{error}"));
    assert!(book.warnings().is_empty(), "{:?}", book.warnings());
    book
}

/// The profiles.
pub fn profiles(book: &Rulebook) -> Vec<Record> {
    let text = read_file("tests/operators/profiles.json");
    let raw: Vec<&RawValue> = serde_json::from_str(&text).unwrap();
    raw.into_iter()
        .map(|profile| Record::from_json(book.schema(), profile.get()).unwrap())
        .collect()
}

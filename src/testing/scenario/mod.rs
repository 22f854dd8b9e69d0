//! Scenario files: rules, an instant, some customers, and which of them are expected in which segments, until when.
//!
//! A scenario is a serde document, in TOML, YAML or JSON. Nothing here reads a file: the program `segue` does
//! (`segue test`), and in a Rust test the compiler ([`scenario_test!`](crate::scenario_test)).
//!
//! ```toml
//! name = "a cream for the mother"
//! rules = "rules.toml"              # or the rules themselves, under [rulebook]
//! now = 2026-03-18T12:00:00Z
//!
//! [profiles.ben]
//! attributes = { age = 24, gender = "male", signup = "7 months ago" }
//! tags = ["interest/tv"]
//! history.plan = [{ at = "2026-01-01", value = "free" }, { at = "10 days ago", value = "pro" }]
//! events = [
//!     'viewed("anti-aging", stay = 5 minutes) 2 days ago',
//!     'purchased("tv", amount = 349.00) at 2026-02-10T19:00:00Z',
//!     { kind = "visited", at = "yesterday", props = { pages = 3 } },
//! ]
//!
//! [segments]
//! gift_for_mother = ["ben"]         # exactly these of the profiles are members
//!
//! [segments.best_agers]
//! members = []
//! until.ben = "never"
//!
//! [[later]]                         # if nothing new happens
//! now = "40 days from now"
//! segments.gift_for_mother = []
//! ```
//!
//! Where the rules have lifecycles, journeys and triggers, a scenario says in which stages and steps profiles are, and what is done. The
//! profiles' events come in one after the other, from the first of them until `now` or until the last instant of which
//! something is expected.
//!
//! ```toml
//! [[stages]]
//! profile = "ben"
//! lifecycle = "recency"
//! at = "100 days from now"          # now, if nothing is said
//! stage = "sleeping"
//!
//! [[journeys]]
//! profile = "ben"
//! journey = "welcome"
//! step = "second_letter"            # none: it is not in the journey
//!
//! [effects]
//! exact = true                      # there are no others; without it, write a list: [[effects]]
//! expected = [
//!     { profile = "ben", trigger = "winback", send = "coupon", channel = "email", at = "2026-06-19" },
//!     { profile = "ben", trigger = "thanks", held = "no_consent" },
//! ]
//! ```

mod document;
mod expectation;
mod expected;
mod given;
mod report;
mod run;
mod standing;
mod stream;
mod words;

pub use document::{
    ChangeDocument, EventDocument, EventTable, Expected, Later, ProfileDocument, Scenario,
};
pub use expected::{EffectDocument, EffectsDocument, ExpectedStage, ExpectedStep, StreamDocument};
pub use given::Given;
pub use report::{Failure, Mismatch, Report};
pub use run::run;

use crate::document::{Document, DocumentError, Format};
use crate::rulebook::{Loader, Rulebook};

impl Scenario {
    /// Reads a scenario.
    ///
    /// # Errors
    /// If the text is no scenario: the first thing that is wrong with it, and its place.
    pub fn load(format: Format, text: &str) -> Result<Self, DocumentError> {
        Document::parse(format, text)?.deserialize()
    }

    /// Reads a scenario written in TOML.
    ///
    /// # Errors
    /// If the text is no scenario: the first thing that is wrong with it, and its place.
    #[cfg(feature = "toml")]
    pub fn from_toml(text: &str) -> Result<Self, DocumentError> {
        Scenario::load(Format::Toml, text)
    }

    /// Reads a scenario written in YAML.
    ///
    /// # Errors
    /// If the text is no scenario: the first thing that is wrong with it, and its place.
    #[cfg(feature = "yaml")]
    pub fn from_yaml(text: &str) -> Result<Self, DocumentError> {
        Scenario::load(Format::Yaml, text)
    }

    /// Reads a scenario written in JSON.
    ///
    /// # Errors
    /// If the text is no scenario: the first thing that is wrong with it, and its place.
    pub fn from_json(text: &str) -> Result<Self, DocumentError> {
        Scenario::load(Format::Json, text)
    }

    /// Says what it is called, where it does not say so itself.
    #[must_use]
    pub fn named(mut self, name: &str) -> Self {
        self.name.get_or_insert_with(|| name.to_owned());
        self
    }
}

/// Loads and runs a scenario from the texts of its files, and panics with the report where it fails.
#[doc(hidden)]
#[track_caller]
#[expect(clippy::panic, reason = "a test that fails")]
pub fn check(file: &str, text: &str, rules: Option<(&str, &str)>, schema: Option<(&str, &str)>) {
    let format = |file: &str| {
        Format::of_file(file)
            .unwrap_or_else(|| panic!("{file}: the name ends in no format that is known"))
    };
    let scenario = Scenario::load(format(file), text)
        .unwrap_or_else(|e| panic!("{file}:{e}"))
        .named(file);
    let load = |loader: Loader, (file, text): (&str, &str)| {
        let loaded = loader.file(file).load(format(file), text);
        loaded.unwrap_or_else(|e| panic!("{e}"))
    };
    let loader = match schema {
        Some(schema) => {
            let declared = load(Rulebook::loader(), schema);
            Rulebook::loader().schema(declared.schema().clone())
        }
        None => Rulebook::loader(),
    };
    let rulebook = rules.map(|rules| load(loader, rules));
    let report = run(&scenario, rulebook.as_ref());
    assert!(report.passed(), "{file}\n{report}");
}

/// A scenario file as a test: `scenario_test!(name: "scenario.toml")`, and, where the scenario names a rule file,
/// `scenario_test!(name: "scenario.toml", rules: "rules.toml")`; `schema: "schema.toml"` after it names a rule file with the schema, for rules
/// that have none. All paths are relative to the source file, as with `include_str!`.
///
/// ```ignore
/// segue::scenario_test!(gift_for_mother: "scenarios/gift-for-mother.toml", rules: "rules.toml");
/// ```
#[macro_export]
macro_rules! scenario_test {
    ($(#[$attribute:meta])* $name:ident: $file:literal $(,)?) => {
        $(#[$attribute])*
        #[test]
        fn $name() {
            $crate::testing::__private::check_scenario($file, ::core::include_str!($file), ::core::option::Option::None, ::core::option::Option::None);
        }
    };
    ($(#[$attribute:meta])* $name:ident: $file:literal, rules: $rules:literal $(,)?) => {
        $(#[$attribute])*
        #[test]
        fn $name() {
            let rules = ::core::option::Option::Some(($rules, ::core::include_str!($rules)));
            $crate::testing::__private::check_scenario($file, ::core::include_str!($file), rules, ::core::option::Option::None);
        }
    };
    ($(#[$attribute:meta])* $name:ident: $file:literal, rules: $rules:literal, schema: $schema:literal $(,)?) => {
        $(#[$attribute])*
        #[test]
        fn $name() {
            let rules = ::core::option::Option::Some(($rules, ::core::include_str!($rules)));
            let schema = ::core::option::Option::Some(($schema, ::core::include_str!($schema)));
            $crate::testing::__private::check_scenario($file, ::core::include_str!($file), rules, schema);
        }
    };
}

#![doc = include_str!("../README.md")]
//!
//! # Features
//!
//! | feature | default | what it adds |
//! |---|---|---|
//! | `derive` | yes | `#[derive(Profile)]` and the other derive macros |
//! | `toml` | yes | rule files in TOML |
//! | `yaml` | | rule files in YAML |
//! | `schemars` | | a JSON Schema of rule files, for editors |
//! | `parallel` | | populations are looked at on all cores, by `rayon` |
//! | `uuid` | | ids and fields that are a `uuid::Uuid` |
//! | `rust_decimal` | | fields that are a `rust_decimal::Decimal` |
//!
//! # Untrusted input
//!
//! Nothing that a rule's author or an event's sender writes can make segue panic or overflow the stack: expressions are
//! limited in length, nesting and list items, and the limits are checked before anything recurses. Evaluation is
//! total and allocates nothing. [docs/language.md, section 17](https://github.com/segue-rs/segue/blob/main/docs/language.md#17-untrusted-input)
//! states every limit and the cost of every construct.
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]
pub mod check;
pub mod diagnostic;
pub mod document;
pub mod engine;
mod error;
pub mod eval;
pub mod explain;
pub mod insight;
pub mod ir;
#[cfg(feature = "toml")]
pub mod packs;
pub mod population;
pub mod profile;
pub mod rule;
pub mod rulebook;
pub mod ruleset;
pub mod schema;
mod span;
pub mod syntax;
pub mod testing;
pub mod time;
pub mod value;

pub use diagnostic::Diagnostic;
pub use error::{Error, ErrorKind};
pub use eval::{Evaluated, Evaluator, Matcher, Verdict};
pub use explain::Explanation;
pub use profile::{Enumeration, Event, EventBody, History, Nested, Profile, Row, Scalar};
pub use rule::{Rule, ValueRule};
pub use rulebook::Rulebook;
pub use ruleset::RuleSet;
pub use schema::Schema;
#[cfg(feature = "derive")]
pub use segue_derive::{Enumeration, Event, EventBody, Nested, Profile, Row, Scalar};
pub use span::Span;
pub use time::{Date, Duration, Instant, ParseTimeError, ParseZoneError, Zone};
pub use value::{Decimal, GeoPoint, ParseDecimalError, Type};

/// The programs in the documentation are compiled and run.
#[cfg(all(doctest, feature = "derive", feature = "toml"))]
#[doc = include_str!("../docs/rulebooks.md")]
#[doc = include_str!("../docs/profiles.md")]
#[doc = include_str!("../docs/streams.md")]
#[doc = include_str!("../docs/engine.md")]
#[doc = include_str!("../docs/identity.md")]
#[doc = include_str!("../docs/packs.md")]
#[doc = include_str!("../docs/population.md")]
#[doc = include_str!("../docs/reports.md")]
#[doc = include_str!("../docs/ledgers.md")]
#[doc = include_str!("../crates/segue-derive/README.md")]
struct Pages;

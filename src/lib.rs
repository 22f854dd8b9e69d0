#![doc = include_str!("../README.md")]
//!
//! # Untrusted input
//!
//! Nothing that a rule's author or an event's sender writes can make segue panic or overflow the stack:
//!
//! - An expression is at most 64 KiB long, nested at most 64 deep, with lists of at most 10,000 items; a regular expression
//!   is refused when it compiles to more than 1 MiB. All of it is checked before anything recurses.
//! - Parsing is linear in the length of the text.
//! - Whether a rule holds is decided in time linear in the rule and the events it reads, times a logarithm where `distinct`,
//!   `top` and sequences sort them. That includes sequences whose steps have values of an earlier step
//!   (`campaign = c.campaign`). Two constructs cost more. A step that looks at an earlier step in another way
//!   (`amount > c.amount`), or past a step in between that does not have the value, tries each event of the earlier step: the
//!   events within the steps' gaps are read once for each, so the time grows with the square of the events, and by one more
//!   power for each further step that is looked at across another one that is. And `entered segment …` judges the segment at
//!   each instant of the window at which it may change.
//! - `until` looks at the instants at which an event, a window or the calendar may change the answer, each at the cost of
//!   one evaluation. Thresholds of counts jump straight to the instant that matters; other aggregates may look at as many
//!   instants as the window has events. After a few looks the events of a selection are lined up, and counts, exact sums and
//!   averages, least and greatest values cost a logarithm each; `distinct`, `top`, sums of floating-point numbers, sequences
//!   and conditions on events that change with time are evaluated anew at each instant.
//! - Numbers are exact in 128 bits; where even those overflow, the value is missing. A condition on the calendar of `now`
//!   alone that has not changed in 4,000 looks (months where it asks for the hour, years where it asks for days) counts as
//!   never changing; 400 looks where it is asked whether someone entered or left a segment by it.
//! - A stage is found by walking through the profile's past, from one change of a condition to the next: 4,000 of them and
//!   eight for each event, and from there straight to now. An engine keeps the moves and walks on from the last.
//! - An engine judges, for each event, the rules that the event may be meant by, and at each instant those that change then. A
//!   trigger fires once for one occasion, so what triggers do to a profile comes to an end at every instant.
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
pub use eval::{Matcher, Verdict};
pub use explain::Explanation;
pub use profile::{Event, History, Profile};
pub use rule::Rule;
pub use rulebook::Rulebook;
pub use ruleset::Matching;
pub use schema::Schema;
#[cfg(feature = "derive")]
pub use segue_derive::{Enumeration, Event, Nested, Profile, Row};
pub use span::Span;
pub use time::{Date, Duration, Instant, ParseTimeError, ParseZoneError, Zone};
pub use value::{Decimal, GeoPoint, ParseDecimalError, Type};

/// The programs in the documentation are compiled and run.
#[cfg(all(doctest, feature = "derive", feature = "toml"))]
#[doc = include_str!("../docs/rulebooks.md")]
#[doc = include_str!("../docs/profiles.md")]
#[doc = include_str!("../docs/streams.md")]
#[doc = include_str!("../docs/engine.md")]
struct Pages;

//! segue
pub mod diagnostic;
pub mod eval;
pub mod profile;
pub mod rule;
pub mod rulebook;
pub mod schema;
pub mod syntax;
pub mod testing;
mod text_or_table;
pub mod time;
pub mod value;

pub use diagnostic::Diagnostic;
pub use eval::{Explanation, Matcher, Verdict};
pub use profile::{Event, History, Profile};
pub use rule::Rule;
pub use rulebook::Rulebook;
pub use schema::Schema;
#[cfg(feature = "derive")]
pub use segue_derive::{Enumeration, Event, Nested, Profile};
pub use time::{Date, Duration, Instant, ParseTimeError, ParseZoneError, Zone};
pub use value::{Decimal, ParseDecimalError, Place, Type};

/// The programs in the documentation are compiled and run.
#[cfg(all(doctest, feature = "derive", feature = "toml"))]
#[doc = include_str!("../docs/rulebooks.md")]
#[doc = include_str!("../docs/profiles.md")]
struct Pages;

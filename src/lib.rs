//! segue
pub mod diagnostic;
pub mod eval;
pub mod profile;
pub mod rule;
pub mod schema;
pub mod syntax;
pub mod time;
pub mod value;

pub use diagnostic::Diagnostic;
pub use eval::{Matcher, Verdict};
pub use profile::{Event, History, Profile};
pub use rule::Rule;
pub use schema::Schema;
pub use time::{Date, Duration, Instant, ParseTimeError, ParseZoneError, Zone};
pub use value::{Decimal, ParseDecimalError, Place, Type};

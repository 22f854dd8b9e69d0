//! What a rule's author uses in tests: customers written down as one would tell of them, assertions that explain
//! themselves, scenario files, a virtual clock. Depends on `rulebook` and all that is below it.
//!
//! ```
//! use segue::testing::{assert_matches, assert_not_matches, days, months, profile};
//! use segue::{Rule, schema::{EventKind, Field, Schema, one_of}, Type};
//!
//! let schema = Schema::builder()
//!     .attribute(Field::new("age", Type::Int))
//!     .attribute(Field::new("gender", one_of(["female", "male"])))
//!     .kind(EventKind::new("viewed").subject(Field::new("category", Type::String)))
//!     .build()?;
//! let now = "2026-03-18T12:00:00Z";
//! let anna = profile("anna").with("age", 57).with("gender", "female").did("viewed", "anti-aging").ago(days(3));
//! let ben = profile("ben").with("age", 24).happened(r#"viewed("anti-aging") 2 months ago"#);
//! let (anna, ben) = (anna.build(&schema, now)?, ben.build(&schema, now)?);
//!
//! let best_agers = Rule::check(r#"age > 50 and viewed("anti-aging") within 30 days"#, &schema)?;
//! assert_matches!(best_agers, anna, now);
//! assert_not_matches!(best_agers, ben, now, "he is too young");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod assert;
mod builder;
mod clock;
mod length;
mod moment;
mod rows;
pub mod scenario;
mod sentence;

#[doc(inline)]
pub use crate::{assert_matches, assert_not_matches, scenario_test};
pub use assert::{Explainable, IntoInstant};
pub use builder::{Changing, Happening, ProfileBuilder, ProfileError, profile};
pub use clock::Clock;
pub use length::{Length, days, hours, minutes, months, seconds, weeks, years};
pub use moment::Setting;

#[doc(hidden)]
pub mod __private {
    pub use super::assert::{ProfileRef, check, instant};
    pub use super::scenario::check as check_scenario;
}

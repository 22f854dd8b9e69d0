//! Assertions that explain themselves when they fail.

use crate::eval::Matcher;
use crate::explain::Explanation;
use crate::profile::{Describe, Model, Profile, Record};
use crate::rule::Rule;
use crate::time::Instant;
use std::fmt;

/// What can be asked whether it holds for a profile: a [`Matcher`], or a [`Rule`], which is bound on the spot.
pub trait Explainable<P: Profile> {
    /// Why it holds, or why not.
    ///
    /// # Errors
    /// If it does not fit the profile's type.
    fn explain_for(&self, profile: &P, now: Instant) -> Result<Explanation, String>;
}

impl<P: Profile> Explainable<P> for Matcher<P> {
    fn explain_for(&self, profile: &P, now: Instant) -> Result<Explanation, String> {
        Ok(self.explain(profile, now))
    }
}

impl<P: Describe> Explainable<P> for Rule {
    fn explain_for(&self, profile: &P, now: Instant) -> Result<Explanation, String> {
        let model = Model::<P>::new().map_err(|e| e.to_string())?;
        let matcher = self.bind(&model).map_err(|e| e.to_string())?;
        Ok(matcher.explain(profile, now))
    }
}

impl Explainable<Record> for Rule {
    fn explain_for(&self, profile: &Record, now: Instant) -> Result<Explanation, String> {
        let matcher = self
            .bind(&Model::for_schema(self.schema()))
            .map_err(|e| e.to_string())?;
        Ok(matcher.explain(profile, now))
    }
}

impl<P: Profile, M: Explainable<P>> Explainable<P> for &M {
    fn explain_for(&self, profile: &P, now: Instant) -> Result<Explanation, String> {
        (**self).explain_for(profile, now)
    }
}

/// An instant, or the text of one: tests may write `"2026-03-18T12:00:00Z"`.
pub trait IntoInstant {
    /// The instant.
    ///
    /// # Errors
    /// If the text is no instant.
    fn into_instant(self) -> Result<Instant, String>;
}

impl IntoInstant for Instant {
    fn into_instant(self) -> Result<Instant, String> {
        Ok(self)
    }
}

impl IntoInstant for &Instant {
    fn into_instant(self) -> Result<Instant, String> {
        Ok(*self)
    }
}

impl IntoInstant for &str {
    fn into_instant(self) -> Result<Instant, String> {
        self.parse::<Instant>().map_err(|e| e.to_string())
    }
}

/// Lets the assertions take a profile or a reference to one.
#[doc(hidden)]
pub trait ProfileRef: Profile {
    fn __segue_profile(&self) -> &Self {
        self
    }
}

impl<P: Profile> ProfileRef for P {}

#[doc(hidden)]
#[track_caller]
#[expect(clippy::panic, reason = "a test that cannot be asked must fail")]
pub fn instant(now: impl IntoInstant) -> Instant {
    now.into_instant().unwrap_or_else(|e| panic!("{e}"))
}

#[doc(hidden)]
#[track_caller]
#[expect(clippy::panic, reason = "an assertion that fails")]
pub fn check(
    explanation: Result<Explanation, String>,
    wanted: bool,
    rule: &str,
    message: Option<fmt::Arguments<'_>>,
) {
    let verb = if wanted { "matches" } else { "does not match" };
    let told = message.map_or_else(String::new, |m| format!(": {m}"));
    match explanation {
        Ok(explanation) if explanation.holds == wanted => {}
        Ok(explanation) => panic!(
            "assertion failed: `{rule}` {verb} `{}`{told}\n\n{explanation}",
            explanation.profile
        ),
        Err(error) => panic!("assertion failed: `{rule}` {verb}{told}\n\n{error}"),
    }
}

/// Asserts that a rule (a [`Matcher`](crate::Matcher), or a [`Rule`](crate::Rule)) holds for a profile at an instant, and
/// prints the whole explanation where it does not. A message may follow, as with `assert!`.
///
/// ```should_panic
/// use segue::{testing::{assert_matches, profile}, Rule, schema::{Field, Schema}, Type};
/// let schema = Schema::builder().attribute(Field::new("age", Type::Int)).build().unwrap();
/// let rule = Rule::check("age > 50", &schema).unwrap();
/// let ben = profile("ben").with("age", 24).build(&schema, "2026-03-18T12:00:00Z").unwrap();
/// assert_matches!(rule, ben, "2026-03-18T12:00:00Z", "he buys for his mother");
/// ```
#[macro_export]
macro_rules! assert_matches {
    ($rule:expr, $profile:expr, $now:expr $(,)?) => {
        $crate::__assert_match!($rule, $profile, $now, true, ::core::option::Option::None)
    };
    ($rule:expr, $profile:expr, $now:expr, $($message:tt)+) => {
        $crate::__assert_match!($rule, $profile, $now, true, ::core::option::Option::Some(::core::format_args!($($message)+)))
    };
}

/// Asserts that a rule does not hold for a profile at an instant; the opposite of
/// [`assert_matches!`](crate::assert_matches).
///
/// ```
/// use segue::{testing::{assert_not_matches, profile}, Rule, schema::{Field, Schema}, Type};
/// let schema = Schema::builder().attribute(Field::new("age", Type::Int)).build()?;
/// let rule = Rule::check("age > 50", &schema)?;
/// let ben = profile("ben").with("age", 24).build(&schema, "2026-03-18T12:00:00Z")?;
/// assert_not_matches!(rule, ben, "2026-03-18T12:00:00Z");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[macro_export]
macro_rules! assert_not_matches {
    ($rule:expr, $profile:expr, $now:expr $(,)?) => {
        $crate::__assert_match!($rule, $profile, $now, false, ::core::option::Option::None)
    };
    ($rule:expr, $profile:expr, $now:expr, $($message:tt)+) => {
        $crate::__assert_match!($rule, $profile, $now, false, ::core::option::Option::Some(::core::format_args!($($message)+)))
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __assert_match {
    ($rule:expr, $profile:expr, $now:expr, $wanted:expr, $message:expr) => {{
        #[allow(unused_imports)]
        use $crate::testing::{__private::ProfileRef as _, Explainable as _};
        let now = $crate::testing::__private::instant($now);
        let explanation = $rule.explain_for($profile.__segue_profile(), now);
        $crate::testing::__private::check(explanation, $wanted, ::core::stringify!($rule), $message)
    }};
}

//! What came of a scenario.

use crate::diagnostic::Printable;
use crate::explain::Explanation;
use crate::time::Instant;
use serde::{Deserialize, Serialize};
use std::fmt::{self, Write as _};

/// What came of a scenario: nothing to complain about, or what.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Report {
    /// What the scenario is called.
    pub scenario: String,
    /// How many expectations were looked at.
    pub checked: usize,
    /// What keeps the scenario from being run as it is written.
    pub problems: Vec<String>,
    /// The expectations that were not met.
    pub failures: Vec<Failure>,
    /// The expectations of stages and effects that were not met.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mismatches: Vec<Mismatch>,
}

/// A stage or an effect that is not as expected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Mismatch {
    /// The profile.
    pub profile: String,
    /// What was expected, in words.
    pub expected: String,
    /// What was found instead.
    pub found: String,
    /// What comes nearest of that which triggers did and held back for the profile and nothing else was expected to be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nearest: Option<String>,
}

/// An expectation that was not met.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Failure {
    /// The segment, or the name of the expression.
    pub segment: String,
    /// The profile.
    pub profile: String,
    /// The instant.
    pub now: Instant,
    /// What was expected: `in`, `out until 2026-04-18T12:00:00Z`.
    pub expected: String,
    /// What was found instead.
    pub actual: String,
    /// Why.
    pub explanation: Explanation,
}

impl Report {
    /// Whether all is as expected.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.problems.is_empty() && self.failures.is_empty() && self.mismatches.is_empty()
    }
}

impl fmt::Display for Report {
    /// One line where all is as expected; otherwise everything that is not, with explanations.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let f = &mut Printable(f);
        let Report {
            scenario,
            checked,
            problems,
            failures,
            mismatches,
        } = self;
        let plural = if *checked == 1 { "" } else { "s" };
        if self.passed() {
            return writeln!(f, "✓ {scenario}: {checked} expectation{plural} met");
        }
        match (problems.len(), failures.len() + mismatches.len()) {
            (0, n) => writeln!(
                f,
                "✗ {scenario}: {n} of {checked} expectation{plural} not met"
            )?,
            (1, _) => writeln!(f, "✗ {scenario}: cannot be run as it is written")?,
            (n, _) => writeln!(
                f,
                "✗ {scenario}: cannot be run as it is written, for {n} reasons"
            )?,
        }
        for problem in problems {
            writeln!(f, "  - {}", problem.trim_end().replace('\n', "\n    "))?;
        }
        for failure in failures {
            let Failure {
                segment,
                profile,
                expected,
                actual,
                explanation,
                ..
            } = failure;
            writeln!(
                f,
                "\n  `{profile}` in `{segment}`: expected {expected}, found {actual}"
            )?;
            for line in explanation.to_string().lines() {
                writeln!(f, "{}", format!("    {line}").trim_end())?;
            }
        }
        for Mismatch {
            profile,
            expected,
            found,
            nearest,
        } in mismatches
        {
            writeln!(f, "\n  `{profile}`: expected {expected}\n    found {found}")?;
            if let Some(nearest) = nearest {
                writeln!(f, "    nearest: {nearest}")?;
            }
        }
        Ok(())
    }
}

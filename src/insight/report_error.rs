//! Finding the report of a name, and why there is none.

use crate::check::{listed, nearest};
use crate::eval::BindError;
use crate::rulebook::Rulebook;
use crate::rulebook::reports::ReportPlan;
use std::fmt;

/// The report of how many are in each segment, which needs no table.
pub(super) const SEGMENTS: &str = "segments";

/// What the name of the report on the stages of a lifecycle begins with, which needs none either.
pub(super) const STOCK_OF: &str = "stock of ";

/// Why a report cannot be built.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum ReportError {
    /// The rulebook has no such report.
    Unknown {
        /// The name that was asked for.
        name: String,
        /// The names there are.
        known: Vec<String>,
    },
    /// The report is of another kind.
    OtherKind {
        /// The report's name.
        name: String,
        /// The kind that was asked for.
        kind: &'static str,
    },
    /// The profile type lacks something that the report reads, or has it with another type.
    Bind(BindError),
}

/// The plan of a report that has a table.
pub(super) fn plan_of<'r>(
    rulebook: &'r Rulebook,
    name: &str,
) -> Result<&'r ReportPlan, ReportError> {
    match rulebook.report(name) {
        Some(report) => Ok(&report.plan),
        None => Err(ReportError::unknown(rulebook, name)),
    }
}

impl ReportError {
    pub(super) fn unknown(rulebook: &Rulebook, name: &str) -> Self {
        let written = rulebook.reports().map(str::to_owned);
        let stocks = rulebook
            .lifecycles()
            .map(|(of, _)| format!("{STOCK_OF}{of}"));
        ReportError::Unknown {
            name: name.to_owned(),
            known: written.chain([SEGMENTS.to_owned()]).chain(stocks).collect(),
        }
    }

    pub(super) fn other_kind(name: &str, kind: &'static str) -> Self {
        ReportError::OtherKind {
            name: name.to_owned(),
            kind,
        }
    }
}

impl fmt::Display for ReportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ReportError::Unknown { name, known } => {
                write!(f, "there is no report `{name}`; ")?;
                match nearest(name, known.iter().map(String::as_str)) {
                    Some(meant) => write!(f, "did you mean `{meant}`?"),
                    None => {
                        let known: Vec<&str> = known.iter().map(String::as_str).collect();
                        write!(f, "known: {}", listed(&known))
                    }
                }
            }
            ReportError::OtherKind { name, kind } => write!(f, "the report `{name}` is no {kind}"),
            ReportError::Bind(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for ReportError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            ReportError::Bind(error) => Some(error),
            ReportError::Unknown { .. } | ReportError::OtherKind { .. } => None,
        }
    }
}

impl From<BindError> for ReportError {
    fn from(error: BindError) -> Self {
        ReportError::Bind(error)
    }
}

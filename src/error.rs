//! One error for callers that do not tell apart what failed.

use crate::check::CheckError;
use crate::diagnostic::Diagnostic;
use crate::document::DocumentError;
use crate::eval::BindError;
use crate::insight::ReportError;
use crate::population::PopulationError;
use crate::profile::RecordError;
use crate::rulebook::{Finding, FitError, LoadError};
use crate::schema::SchemaError;
use crate::schema::infer::InferenceError;
use crate::testing::ProfileError;
use crate::time::{ParseTimeError, ParseZoneError};
use crate::value::{ParseDecimalError, ParseTypeError};
use std::fmt;

/// Any error of this crate. Every other error type converts into it, so a program needs one:
///
/// ```
/// use segue::{Instant, Rule, Rulebook};
///
/// fn run() -> Result<bool, segue::Error> {
///     let rulebook = Rulebook::from_json(r#"{"schema": {"attributes": {"age": "int"}}}"#)?;
///     let now: Instant = "2026-01-31T12:00:00Z".parse()?;
///     Rule::check("agee > 50", rulebook.schema())?;
///     Ok(now > Instant::MIN)
/// }
///
/// let error = run().unwrap_err();
/// assert_eq!(error.kind(), segue::ErrorKind::Check);
/// assert_eq!(error.diagnostics().next().map(|d| d.code.to_string()).as_deref(), Some("E0101"));
/// ```
#[derive(Clone, PartialEq)]
pub struct Error(Box<Cause>);

/// What an [`Error`] is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A schema contradicts itself, or names a type that there is not.
    Schema,
    /// Data from which no schema can be inferred.
    Inference,
    /// An expression cannot be used: [`Error::diagnostics`] says why.
    Check,
    /// A text is not the document that it should be.
    Document,
    /// A rule file cannot be used: [`Error::findings`] says why.
    Load,
    /// A profile type lacks what a rule reads.
    Bind,
    /// Scores cannot be fitted.
    Fit,
    /// A report cannot be built.
    Report,
    /// Data that do not fit the schema.
    Profile,
    /// A text is no instant, date, duration, time zone or decimal.
    Value,
}

macro_rules! causes {
    ($($cause:ident => $kind:ident),+ $(,)?) => {
        #[derive(Clone, Debug, PartialEq)]
        #[expect(clippy::enum_variant_names, reason = "the variants are called as the errors they hold")]
        enum Cause {
            $($cause($cause),)+
        }

        impl Error {
            /// What it is about.
            #[must_use]
            pub fn kind(&self) -> ErrorKind {
                match &*self.0 {
                    $(Cause::$cause(_) => ErrorKind::$kind,)+
                }
            }

            fn cause(&self) -> &(dyn std::error::Error + 'static) {
                match &*self.0 {
                    $(Cause::$cause(error) => error,)+
                }
            }
        }

        $(impl From<$cause> for Error {
            fn from(error: $cause) -> Self {
                Error(Box::new(Cause::$cause(error)))
            }
        })+
    };
}

causes! {
    SchemaError => Schema,
    ParseTypeError => Schema,
    InferenceError => Inference,
    CheckError => Check,
    DocumentError => Document,
    LoadError => Load,
    BindError => Bind,
    FitError => Fit,
    ReportError => Report,
    RecordError => Profile,
    ProfileError => Profile,
    PopulationError => Profile,
    ParseTimeError => Value,
    ParseZoneError => Value,
    ParseDecimalError => Value,
}

impl Error {
    /// The findings in a rule file; empty if it is not about one.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        match &*self.0 {
            Cause::LoadError(error) | Cause::FitError(FitError::Load(error)) => error.findings(),
            _ => &[],
        }
    }

    /// The diagnostics of an expression or of a rule file; empty if it is about neither.
    pub fn diagnostics(&self) -> impl Iterator<Item = &Diagnostic> {
        let checked = match &*self.0 {
            Cause::CheckError(error) => error.diagnostics(),
            _ => &[],
        };
        let found = self.findings().iter().map(|finding| &finding.diagnostic);
        checked.iter().chain(found)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.cause(), f)
    }
}

/// As it is displayed, so that a `main` that returns it is readable.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.cause(), f)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.cause().source()
    }
}

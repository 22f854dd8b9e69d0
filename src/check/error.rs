//! Why an expression cannot be used.

use crate::diagnostic::Diagnostic;
use std::fmt;

/// Why an expression cannot be used: every error (and warning) found in it, with the source they point into.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckError {
    text: String,
    diagnostics: Vec<Diagnostic>,
}

impl CheckError {
    pub(crate) fn new(text: &str, mut diagnostics: Vec<Diagnostic>) -> Self {
        diagnostics.sort_by_key(|d| (std::cmp::Reverse(d.severity), d.span.start, d.span.end));
        CheckError {
            text: text.to_owned(),
            diagnostics,
        }
    }

    /// The expression.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The findings, errors first, then by place.
    #[must_use]
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.diagnostics
    }
}

impl fmt::Display for CheckError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, diagnostic) in self.diagnostics.iter().enumerate() {
            if i > 0 {
                f.write_str("\n\n")?;
            }
            f.write_str(diagnostic.render(&self.text, None).trim_end())?;
        }
        Ok(())
    }
}

impl std::error::Error for CheckError {}

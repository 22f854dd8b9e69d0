//! What is wrong with a rule file, and where.

use crate::diagnostic::{Diagnostic, Severity};
use serde::{Deserialize, Serialize};
use std::fmt;

/// One finding in a rule file: which file, which key, which line, and what of its expression.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Finding {
    /// The file's name, where one was given.
    pub file: Option<String>,
    /// The key of the value: `segments.vip`; empty where the whole file is meant.
    pub key: String,
    /// The line on which the value begins, from 1, where it is known.
    pub line: Option<usize>,
    /// The expression; empty where none is at fault.
    pub text: String,
    /// What is wrong with it.
    pub diagnostic: Diagnostic,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut origin = self.file.clone().unwrap_or_default();
        if let Some(line) = self.line {
            let colon = if origin.is_empty() { "line " } else { ":" };
            origin = format!("{origin}{colon}{line}");
        }
        if !self.key.is_empty() {
            let comma = if origin.is_empty() { "" } else { ", " };
            origin = format!("{origin}{comma}{}", self.key);
        }
        if !self.text.is_empty() {
            let rendered = self
                .diagnostic
                .render(&self.text, (!origin.is_empty()).then_some(origin.as_str()));
            return f.write_str(rendered.trim_end());
        }
        let Diagnostic {
            code,
            severity,
            message,
            help,
            ..
        } = &self.diagnostic;
        let severity = if *severity == Severity::Error {
            "error"
        } else {
            "warning"
        };
        write!(f, "{severity}[{code}]: {message}")?;
        if !origin.is_empty() {
            write!(f, "\n --> {origin}")?;
        }
        if help.is_empty() {
            Ok(())
        } else {
            write!(f, "\n  = help: {help}")
        }
    }
}

/// Why a rule file cannot be used: every error found in it, and the warnings beside them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoadError {
    findings: Vec<Finding>,
}

impl LoadError {
    pub(super) fn new(mut findings: Vec<Finding>) -> Self {
        findings.sort_by_key(|f| {
            (
                std::cmp::Reverse(f.diagnostic.severity),
                f.line,
                f.diagnostic.span.start,
            )
        });
        LoadError { findings }
    }

    /// The findings: errors first, then by place.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, finding) in self.findings.iter().enumerate() {
            if i > 0 {
                f.write_str("\n\n")?;
            }
            fmt::Display::fmt(finding, f)?;
        }
        Ok(())
    }
}

impl std::error::Error for LoadError {}

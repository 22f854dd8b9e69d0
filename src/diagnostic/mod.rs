//! What is wrong with an expression or a rule file, as data: code, message, spans, help.
//!
//! A renderer is the caller's choice; [`Diagnostic::render`] gives plain text with the source underlined.

mod codes;
mod printable;
mod render;
mod width;

pub use codes::Code;
pub(crate) use printable::Printable;
pub use printable::printable;
pub(crate) use width::width;

use crate::span::Span;
use serde::{Deserialize, Serialize};

/// Whether a finding forbids use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// It can be used, but it probably does not mean what its author thinks.
    Warning,
    /// It cannot be used.
    Error,
}

/// How sure a fix is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Applicability {
    /// It says what the author wrote in the way the language writes it. A program may apply it unasked.
    #[default]
    MachineApplicable,
    /// It is the likeliest of several, such as the nearest name. A person should look at it.
    MaybeIncorrect,
}

/// A replacement that would mend a finding: put `replacement` where `span` stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Fix {
    /// What to replace, in bytes of the expression.
    pub span: Span,
    /// What to put there.
    pub replacement: String,
    /// How sure it is.
    #[serde(default)]
    pub applicability: Applicability,
}

/// Another part of the expression that a finding is about, and what to say of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Label {
    /// The text to underline, in bytes of the expression.
    pub span: Span,
    /// Short text shown next to the underline.
    pub text: String,
}

/// One finding about an expression.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Diagnostic {
    /// Stable and never reused. `docs/diagnostics.md` explains every code.
    pub code: Code,
    /// Whether it forbids use.
    pub severity: Severity,
    /// One sentence, lower case, without a final period; what the author wrote stands in backticks.
    pub message: String,
    /// The text to underline, in bytes of the expression.
    pub span: Span,
    /// Short text shown next to the underline; may be empty.
    pub label: String,
    /// Other parts of the expression that explain the finding, such as the first of two that contradict each other.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<Label>,
    /// What to do about it; may be empty.
    pub help: String,
    /// A replacement that would mend it, where one is known.
    pub fix: Option<Fix>,
}

/// A place in another text than the diagnostic's, and what is said of it.
pub(crate) struct Elsewhere<'t> {
    pub(crate) source: &'t str,
    pub(crate) origin: Option<&'t str>,
    pub(crate) span: Span,
    pub(crate) label: &'t str,
}

impl Diagnostic {
    /// An error with the given code, place and message.
    ///
    /// The code is one of [`Code::all`].
    #[must_use]
    pub fn error(code: &str, span: Span, message: impl Into<String>) -> Self {
        Self::new(Severity::Error, code, span, message.into())
    }

    /// A warning with the given code, place and message.
    ///
    /// The code is one of [`Code::all`].
    #[must_use]
    pub fn warning(code: &str, span: Span, message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, code, span, message.into())
    }

    fn new(severity: Severity, code: &str, span: Span, message: String) -> Self {
        let code = Code::known(code);
        // INVARIANT: the letter of a code tells its severity.
        debug_assert_eq!(code.severity(), severity, "the severity of {code}");
        Diagnostic {
            code,
            severity,
            message,
            span,
            label: String::new(),
            labels: Vec::new(),
            help: String::new(),
            fix: None,
        }
    }

    /// Adds the text shown next to the underline.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    /// Underlines another part of the expression and says something of it.
    #[must_use]
    pub fn secondary(mut self, span: Span, text: impl Into<String>) -> Self {
        self.labels.push(Label {
            span,
            text: text.into(),
        });
        self
    }

    /// Adds the remedy.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = help.into();
        self
    }

    /// Adds a replacement that says the same in the way the language writes it.
    #[must_use]
    pub fn fix(self, span: Span, replacement: impl Into<String>) -> Self {
        self.replacement(span, replacement, Applicability::MachineApplicable)
    }

    /// Adds a replacement that is likely to be meant, such as the nearest name.
    #[must_use]
    pub fn suggestion(self, span: Span, replacement: impl Into<String>) -> Self {
        self.replacement(span, replacement, Applicability::MaybeIncorrect)
    }

    fn replacement(
        mut self,
        span: Span,
        replacement: impl Into<String>,
        applicability: Applicability,
    ) -> Self {
        self.fix = Some(Fix {
            span,
            replacement: replacement.into(),
            applicability,
        });
        self
    }

    /// Moves every span, such as from a copy of the text to the text.
    pub(crate) fn map_spans(mut self, mut map: impl FnMut(Span) -> Span) -> Self {
        self.span = map(self.span);
        for label in &mut self.labels {
            label.span = map(label.span);
        }
        if let Some(fix) = &mut self.fix {
            fix.span = map(fix.span);
        }
        self
    }

    /// Plain text for a terminal or a log: the message, the place, the lines of the source with the spans underlined,
    /// the help and the fix. `origin` names where the source comes from: a file, a rule.
    ///
    /// It can be given any source: a span that does not fit it is cut down to what does.
    ///
    /// # Examples
    ///
    /// ```
    /// let source = "age == 50";
    /// let errors = segue::syntax::parse(source).unwrap_err();
    /// let shown = errors[0].render(source, Some("rules.toml"));
    /// assert!(shown.contains("--> rules.toml:1:5"));
    /// ```
    #[must_use]
    pub fn render(&self, source: &str, origin: Option<&str>) -> String {
        render::render(self, source, origin, "")
    }

    /// As [`render`](Self::render), with the key of the value in the file behind the place.
    pub(crate) fn render_at(&self, source: &str, origin: Option<&str>, key: &str) -> String {
        render::render(self, source, origin, key)
    }

    /// As [`render_at`](Self::render_at), with a place in another text behind the own one.
    pub(crate) fn render_with(
        &self,
        source: &str,
        origin: Option<&str>,
        key: &str,
        other: &Elsewhere<'_>,
    ) -> String {
        render::render_with(self, source, origin, key, other)
    }

    /// Whether it forbids use.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

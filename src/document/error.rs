//! What keeps a document from being read.

use super::FilePosition;
use crate::diagnostic::Printable;
use crate::span::Span;
use serde::de::{Expected, Unexpected};
use std::fmt::{self, Write as _};

/// A text is not the document that it should be: its syntax is wrong, or a value is not what is wanted in its place.
///
/// It is displayed with its place before it: `13:6: unknown key ...`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentError(Box<Inner>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Inner {
    message: String,
    help: String,
    span: Option<(u32, u32)>,
    /// Where else to look: the first of two keys.
    other: Option<u32>,
    position: Option<FilePosition>,
    /// The keys down to the value, the innermost first while the error is on its way out.
    path: Vec<String>,
}

impl DocumentError {
    pub(super) fn new(message: impl Into<String>) -> Self {
        DocumentError(Box::new(Inner {
            message: message.into(),
            help: String::new(),
            span: None,
            other: None,
            position: None,
            path: Vec::new(),
        }))
    }

    /// A key that stands twice in a table.
    pub(super) fn duplicate_key(key: &str, first: Option<Span>, second: Span) -> Self {
        let mut error = Self::new(format!("duplicate key `{key}`")).at(second);
        error.0.other = first.map(|first| first.start);
        error.0.help = "remove or rename one of them".to_owned();
        error
    }

    pub(super) fn too_deep(at: Span) -> Self {
        Self::new(format!(
            "this is nested more than {} levels deep",
            super::MAX_DEPTH
        ))
        .at(at)
    }

    fn help(mut self, help: impl Into<String>) -> Self {
        self.0.help = help.into();
        self
    }

    /// With a place, unless it has one.
    pub(super) fn at(mut self, span: Span) -> Self {
        self.0.span.get_or_insert((span.start, span.end));
        self
    }

    pub(super) fn under(mut self, key: &str) -> Self {
        self.0.path.push(key.to_owned());
        self
    }

    /// With line and column, and the path from the outside in: the last step.
    pub(super) fn in_text(self, text: &str) -> Self {
        self.placed(|offset| FilePosition::of(text, offset as usize))
    }

    pub(super) fn placed(mut self, position: impl Fn(u32) -> FilePosition) -> Self {
        if let Some(other) = self.0.other.take() {
            let first = position(other);
            let (line, column) = (first.line, first.column);
            self.0.help = format!(
                "it is first at line {line}, column {column}; {}",
                self.0.help
            );
        }
        self.0.position = self.0.span.map(|(start, _)| position(start));
        self.0.path.reverse();
        self
    }

    /// What is wrong, without the place.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// What to do about it; may be empty.
    #[must_use]
    pub fn help_text(&self) -> &str {
        &self.0.help
    }

    /// The keys that lead to the value; empty where the text cannot be read at all.
    pub fn path(&self) -> impl Iterator<Item = &str> {
        self.0.path.iter().map(String::as_str)
    }

    /// The text to underline, in bytes of the document.
    #[must_use]
    pub fn span(&self) -> Option<Span> {
        self.0.span.map(|(start, end)| Span { start, end })
    }

    /// The line and column at which the span begins.
    #[must_use]
    pub fn position(&self) -> Option<FilePosition> {
        self.0.position
    }
}

impl fmt::Display for DocumentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(position) = self.0.position {
            write!(f, "{position}: ")?;
        }
        let f = &mut Printable(f);
        f.write_str(&self.0.message)?;
        if self.0.help.is_empty() {
            Ok(())
        } else {
            write!(f, "; {}", self.0.help)
        }
    }
}

impl std::error::Error for DocumentError {}

impl serde::de::Error for DocumentError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::new(message.to_string())
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::new(format!(
            "expected {}, found {}",
            wanted(expected),
            shown(found)
        ))
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::new(format!(
            "expected {}, found {}",
            wanted(expected),
            shown(found)
        ))
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        Self::new(format!("unknown key `{field}`")).help(known(field, expected))
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        Self::new(format!("unknown value `{variant}`")).help(known(variant, expected))
    }

    fn missing_field(field: &'static str) -> Self {
        Self::new(format!("the key `{field}` is missing"))
    }
}

/// `did you mean ...`, or all that could stand there.
fn known(name: &str, known: &[&str]) -> String {
    let near = known
        .iter()
        .map(|known| (strsim::osa_distance(name, known), known))
        .min()
        .filter(|(distance, _)| *distance * 3 <= name.len().max(3));
    match near {
        Some((_, near)) => format!("did you mean `{near}`?"),
        None if known.is_empty() => "there are no keys here".to_owned(),
        None => {
            let all: Vec<String> = known.iter().map(|known| format!("`{known}`")).collect();
            format!("known: {}", all.join(", "))
        }
    }
}

/// What serde expects, in the words of a document.
fn wanted(expected: &dyn Expected) -> String {
    let words = expected.to_string();
    match words.as_str() {
        "a map" => "a table".to_owned(),
        "a sequence" => "a list".to_owned(),
        "a boolean" => "`true` or `false`".to_owned(),
        "i64" | "i32" => "a whole number".to_owned(),
        "u64" | "u32" | "u16" | "u8" | "usize" => "a whole number from 0 on".to_owned(),
        "f64" | "f32" => "a number".to_owned(),
        words if words.starts_with("struct ") => "a table".to_owned(),
        words => words.to_owned(),
    }
}

/// What stands there, in the words of a document.
fn shown(found: Unexpected<'_>) -> String {
    match found {
        Unexpected::Bool(value) => format!("`{value}`"),
        Unexpected::Unsigned(value) => format!("the number `{value}`"),
        Unexpected::Signed(value) => format!("the number `{value}`"),
        Unexpected::Float(value) => format!("the number `{value}`"),
        Unexpected::Str(value) => format!("the string {value:?}"),
        Unexpected::Unit | Unexpected::Option => "nothing".to_owned(),
        Unexpected::Seq => "a list".to_owned(),
        Unexpected::Map => "a table".to_owned(),
        other => other.to_string(),
    }
}

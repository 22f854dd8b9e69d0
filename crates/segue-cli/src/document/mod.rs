//! Rule files as text: where each expression stands, and how it is put back without touching anything else.
//!
//! The library reads the files; this module knows which of their values are expressions, and how to write values.

mod cuts;
mod keys;
mod same;
mod toml;
mod yaml;

pub(crate) use cuts::{only_cuts, with_cuts};
pub(crate) use keys::{Expression, expressions};
pub(crate) use same::same;

use segue::document::{Document, Format};
use std::ops::Range;

/// The bytes of a span.
pub(crate) fn range(span: segue::Span) -> Range<usize> {
    span.start as usize..span.end as usize
}

/// Spells an expression in the place of another, in the manner of the text that stands there.
pub(crate) fn respell(document: &Document, place: &Expression<'_>, new: &Spelling) -> String {
    match document.format() {
        Format::Toml => toml::respell(place.node.span().of(document.text()), place.style, new),
        Format::Yaml => yaml::respell(document.text(), place, new),
        _ => serde_json::Value::from(new.one_line()).to_string(),
    }
}

/// An expression in its canonical spelling.
#[derive(Clone, Debug)]
pub(crate) struct Spelling {
    /// On one line where it fits, on several otherwise.
    lines: String,
    /// On one line, unless comments forbid it.
    line: String,
}

impl Spelling {
    pub(crate) fn of(text: &str) -> Result<Self, Vec<segue::Diagnostic>> {
        let lines = segue::syntax::format_text(text)?;
        let line = if lines.contains('\n') && !text.contains("--") {
            segue::syntax::parse(text)?.to_string()
        } else {
            lines.clone()
        };
        Ok(Spelling { lines, line })
    }

    /// Of what a trigger waits for.
    pub(crate) fn of_occasion(text: &str) -> Result<Self, Vec<segue::Diagnostic>> {
        let line = segue::syntax::format_trigger(text)?;
        Ok(Spelling {
            lines: line.clone(),
            line,
        })
    }

    /// For a place on one line: what stands on one line stays there, however long it is.
    pub(crate) fn one_line(&self) -> &str {
        &self.line
    }

    /// For a place of several lines: each but the first after `indent`.
    pub(crate) fn indented(&self, indent: &str) -> String {
        self.lines.replace('\n', &format!("\n{indent}"))
    }

    /// Whether a text is spelled so already. `raw` is how it is quoted in its document.
    pub(crate) fn is(&self, text: &str, raw: &str) -> bool {
        let text = text.trim();
        text == self.lines || (text == self.line && !raw.contains('\n'))
    }

    /// The spelling for the command line.
    pub(crate) fn text(&self) -> &str {
        &self.lines
    }
}

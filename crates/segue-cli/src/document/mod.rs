//! Rule files as text: where each expression stands, and how it is put back without touching anything else.
//!
//! The library reads rule files for their meaning; this module knows only their keys and the places of their values.

mod cuts;
mod json;
mod keys;
mod toml;
mod yaml;

pub(crate) use cuts::{only_cuts, with_cuts};
pub(crate) use keys::{Expression, expressions};

use segue::rulebook::Format;
use std::ops::Range;

/// A value of a document and where it stands, in bytes.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) span: Range<usize>,
    pub(crate) value: Tree,
}

/// What a value is.
#[derive(Clone, Debug)]
pub(crate) enum Tree {
    Text(String),
    /// A number, true, false, a date, nothing; as its source spells it.
    Other(String),
    List(Vec<Node>),
    Map(Vec<(String, Node)>),
}

impl Node {
    /// The value of a key.
    pub(crate) fn get(&self, key: &str) -> Option<&Node> {
        match &self.value {
            Tree::Map(entries) => entries
                .iter()
                .find(|(name, _)| name == key)
                .map(|(_, node)| node),
            _ => None,
        }
    }

    /// Whether two documents say the same, wherever it stands; of texts, whether `alike` says so. Maps have no order.
    pub(crate) fn same(&self, other: &Node, alike: &impl Fn(&str, &str) -> bool) -> bool {
        match (&self.value, &other.value) {
            (Tree::Text(a), Tree::Text(b)) => alike(a, b),
            (Tree::Other(a), Tree::Other(b)) => a == b,
            (Tree::List(a), Tree::List(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.same(b, alike))
            }
            (Tree::Map(a), Tree::Map(b)) => {
                a.len() == b.len()
                    && a.iter()
                        .all(|(key, a)| other.get(key).is_some_and(|b| a.same(b, alike)))
            }
            _ => false,
        }
    }
}

/// Reads a document, or says in which line it cannot be read, and why.
pub(crate) fn parse(format: Format, text: &str) -> Result<Node, (usize, String)> {
    match format {
        Format::Toml => toml::parse(text),
        Format::Yaml => yaml::parse(text),
        _ => json::parse(text),
    }
}

/// Spells an expression in the place of another, in the manner of the text that stands there.
pub(crate) fn respell(format: Format, text: &str, place: &Expression, new: &Spelling) -> String {
    let raw = text.get(place.span.clone()).unwrap_or_default();
    match format {
        Format::Toml => toml::respell(raw, new),
        Format::Yaml => yaml::respell(text, &place.span, new),
        _ => json::respell(new.one_line()),
    }
}

/// The line, from 1, in which a byte stands.
pub(crate) fn line(text: &str, at: usize) -> usize {
    text.as_bytes()
        .get(..at)
        .unwrap_or_default()
        .iter()
        .filter(|b| **b == b'\n')
        .count()
        + 1
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
        let line = segue::syntax::format_occasion(text)?;
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

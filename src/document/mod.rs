//! Documents in TOML, YAML and JSON, read so that every key and value keeps its place in the text. Depends on `span`,
//! `diagnostic`.
//!
//! Rule files, scenarios and whatever else is written in these formats are read here and nowhere else: a [`Document`] is a
//! tree of [`DocumentNode`]s, and [`Document::deserialize`] makes any serde type of it, with errors that know their place.

mod deserialize;
mod edit;
mod error;
mod json;
mod parts;
mod position;
#[cfg(test)]
mod tests;
mod text;
mod text_or_table;
#[cfg(feature = "toml")]
mod toml;
#[cfg(feature = "yaml")]
mod yaml;

pub use error::DocumentError;
pub(crate) use parts::Parts;
pub use position::FilePosition;
pub use text::TextStyle;
pub(crate) use text_or_table::text_or_table;

use crate::diagnostic::Diagnostic;
use crate::span::Span;
use std::sync::Arc;

/// How many tables and lists may stand inside one another.
const MAX_DEPTH: usize = 64;

/// How a document is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// TOML
    #[cfg(feature = "toml")]
    Toml,
    /// YAML
    #[cfg(feature = "yaml")]
    Yaml,
    /// JSON
    Json,
}

impl Format {
    /// The format that a file's name says by its ending: `.toml`, `.yaml`, `.yml`, `.json`.
    #[must_use]
    pub fn of_file(name: &str) -> Option<Self> {
        match name.rsplit_once('.')?.1.to_ascii_lowercase().as_str() {
            #[cfg(feature = "toml")]
            "toml" => Some(Format::Toml),
            #[cfg(feature = "yaml")]
            "yaml" | "yml" => Some(Format::Yaml),
            "json" => Some(Format::Json),
            _ => None,
        }
    }
}

/// A text read as a tree of tables, lists and values, each with the bytes that it stands in.
///
/// ```
/// use segue::document::{Document, Format};
/// let document = Document::parse(Format::Json, "{\n  \"segments\": {\"grown_up\": \"age >= 18\"}}")?;
/// let node = document.get(&["segments", "grown_up"]).expect("it stands there");
/// assert_eq!(node.as_text(), Some("age >= 18"));
/// assert_eq!(document.position(node.span().start).to_string(), "2:28");
/// # Ok::<(), segue::document::DocumentError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Document {
    format: Format,
    text: Arc<str>,
    root: DocumentNode,
    /// The texts that it was put together of, in order; one if it was read from one.
    parts: Arc<[parts::Part]>,
}

/// A value of a [`Document`] and its place.
#[derive(Clone, Debug)]
pub struct DocumentNode {
    span: Span,
    content: NodeContent,
}

/// What a [`DocumentNode`] is.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum NodeContent {
    /// `null`; in YAML also nothing at all.
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number, as it is written.
    Number(String),
    /// A date, a time or an instant of TOML, as it is written.
    DateTime(String),
    /// A text, without its quotes and escapes.
    Text(NodeText),
    /// Values in order.
    List(Vec<DocumentNode>),
    /// Values by key, in the order of the text. No key stands twice.
    Table(Vec<TableEntry>),
}

/// A text of a document. [`Document::place_in_text`] says where its parts stand in the file.
#[derive(Clone, Debug)]
pub struct NodeText {
    value: String,
    style: TextStyle,
    /// How it was written before it was respelled, each time.
    before: Vec<edit::Respelled>,
}

/// A key of a table and its value.
#[derive(Clone, Debug)]
pub struct TableEntry {
    key: String,
    key_span: Span,
    value: DocumentNode,
}

impl DocumentNode {
    /// The bytes of the document that it stands in; of a table of TOML, its header. What stands under an alias of YAML
    /// has the place of what the alias stands for.
    #[must_use]
    pub fn span(&self) -> Span {
        self.span
    }

    /// What it is.
    #[must_use]
    pub fn content(&self) -> &NodeContent {
        &self.content
    }

    /// The text, if it is one.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match &self.content {
            NodeContent::Text(text) => Some(&text.value),
            _ => None,
        }
    }

    /// The entries, if it is a table.
    #[must_use]
    pub fn entries(&self) -> &[TableEntry] {
        match &self.content {
            NodeContent::Table(entries) => entries,
            _ => &[],
        }
    }

    /// The items, if it is a list.
    #[must_use]
    pub fn items(&self) -> &[DocumentNode] {
        match &self.content {
            NodeContent::List(items) => items,
            _ => &[],
        }
    }

    /// The entry of a key, if it is a table that has one.
    #[must_use]
    pub fn entry(&self, key: &str) -> Option<&TableEntry> {
        self.entries().iter().find(|entry| entry.key == key)
    }

    /// The value of a key, or of a position of a list.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&DocumentNode> {
        match &self.content {
            NodeContent::List(items) => items.get(key.parse::<usize>().ok()?),
            _ => self.entry(key).map(|entry| &entry.value),
        }
    }

    fn is_collection(&self) -> bool {
        matches!(
            self.content,
            NodeContent::List(_) | NodeContent::Table(_) | NodeContent::Null
        )
    }
}

impl NodeText {
    fn new(value: String, style: TextStyle) -> Self {
        NodeText {
            value,
            style,
            before: Vec::new(),
        }
    }

    /// The text itself.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.value
    }

    /// How it is quoted.
    #[must_use]
    pub fn style(&self) -> TextStyle {
        self.style
    }
}

impl TableEntry {
    /// The key.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The bytes of the document that the key stands in.
    #[must_use]
    pub fn key_span(&self) -> Span {
        self.key_span
    }

    /// The value.
    #[must_use]
    pub fn value(&self) -> &DocumentNode {
        &self.value
    }

    /// What to underline when something is wrong with the entry: the value, or the key where the value goes over many
    /// lines.
    pub(crate) fn label_span(&self) -> Span {
        if self.value.is_collection() {
            self.key_span
        } else {
            self.value.span
        }
    }
}

impl Document {
    /// Reads a text.
    ///
    /// # Errors
    /// If it is not written in the format, if a key stands twice in a table, or if it is nested more than 64 levels deep.
    pub fn parse(format: Format, text: &str) -> Result<Self, DocumentError> {
        let root = match format {
            #[cfg(feature = "toml")]
            Format::Toml => toml::parse(text),
            #[cfg(feature = "yaml")]
            Format::Yaml => yaml::parse(text),
            Format::Json => json::parse(text),
        };
        let root = root.map_err(|error| error.in_text(text))?;
        Ok(Document {
            format,
            text: text.into(),
            root,
            parts: Arc::new([parts::Part::whole(format)]),
        })
    }

    /// How it is written.
    #[must_use]
    pub fn format(&self) -> Format {
        self.format
    }

    /// The text that was read.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The outermost value.
    #[must_use]
    pub fn root(&self) -> &DocumentNode {
        &self.root
    }

    /// The value at a path of keys, and of positions in lists: `["segments", "vip", "when"]`.
    #[must_use]
    pub fn get(&self, path: &[&str]) -> Option<&DocumentNode> {
        path.iter().try_fold(&self.root, |node, key| node.get(key))
    }

    /// The line and column of a byte.
    #[must_use]
    pub fn position(&self, offset: u32) -> FilePosition {
        self.part(offset).position(offset)
    }

    /// What to underline for the value at a path: the value, or its key where the value goes over many lines.
    #[must_use]
    pub fn label_span(&self, path: &[&str]) -> Option<Span> {
        let Some((last, above)) = path.split_last() else {
            return Some(Span::new(0, 0));
        };
        let above = self.get(above)?;
        match above.entry(last) {
            Some(entry) => Some(entry.label_span()),
            None => above.get(last).map(|item| self.first_line(item.span)),
        }
    }

    /// Where a part of a text of this document stands in the document, quotes, escapes and indentation considered.
    /// `None` if the node is no text, or the part lies outside it.
    ///
    /// ```
    /// use segue::{document::{Document, Format}, Span};
    /// let document = Document::parse(Format::Json, r#"["say \"hi\" twice"]"#)?;
    /// let node = document.get(&["0"]).expect("one item");
    /// let hi = document.place_in_text(node, Span::new(4, 8)).expect("within the text");
    /// assert_eq!(hi.of(document.text()), r#"\"hi\""#);
    /// # Ok::<(), segue::document::DocumentError>(())
    /// ```
    #[must_use]
    pub fn place_in_text(&self, node: &DocumentNode, part: Span) -> Option<Span> {
        let (text, style, part) = match &node.content {
            NodeContent::Text(text) => {
                let (written, part) = text.as_written(part);
                (written, text.style, part)
            }
            NodeContent::Number(raw) | NodeContent::DateTime(raw) => {
                (raw.as_str(), TextStyle::Plain, part)
            }
            NodeContent::Null
            | NodeContent::Bool(_)
            | NodeContent::List(_)
            | NodeContent::Table(_) => return None,
        };
        let (from, to) = text::place(node.span.of(&self.text), text, style, part)?;
        let base = node.span.start as usize;
        Some(Span::new(base + from, base + to))
    }

    /// A diagnostic of a text of this document, with the spans that its parts have in the document. `None` where
    /// [`place_in_text`](Self::place_in_text) finds none.
    #[must_use]
    pub fn place_diagnostic(
        &self,
        node: &DocumentNode,
        diagnostic: &Diagnostic,
    ) -> Option<Diagnostic> {
        self.place_in_text(node, diagnostic.span)?;
        let place = |span| self.place_in_text(node, span).unwrap_or(node.span);
        Some(diagnostic.clone().map_spans(place))
    }

    /// The part of a span up to the end of its first line.
    fn first_line(&self, span: Span) -> Span {
        let line = span.of(&self.text).lines().next().unwrap_or_default();
        let start = span.start as usize;
        Span::new(start, start + line.len())
    }
}

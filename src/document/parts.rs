//! A document that was put together of several texts: which of them a byte stands in.
//!
//! The texts stand one behind the other, and every span counts from the beginning of the first. So a tree whose entries come from
//! several files has one space of places, and only whoever shows a place asks for its file.

use super::{Document, DocumentNode, FilePosition, Format, NodeContent};
use crate::span::Span;

/// A text of a document: what it is called, and where it begins.
#[derive(Clone, Debug)]
pub(super) struct Part {
    name: Option<String>,
    format: Format,
    start: usize,
}

impl Part {
    /// The only text of a document.
    pub(super) fn whole(format: Format) -> Self {
        Part {
            name: None,
            format,
            start: 0,
        }
    }
}

/// A text of a document, to show a place in it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DocumentPart<'d> {
    /// What the file is called, unless it is the document's own.
    pub(crate) name: Option<&'d str>,
    pub(crate) text: &'d str,
    start: usize,
}

impl DocumentPart<'_> {
    /// A span of the document as one of the text.
    pub(crate) fn local(&self, span: Span) -> Span {
        let back = |offset: u32| (offset as usize).saturating_sub(self.start);
        Span::new(back(span.start), back(span.end))
    }

    /// The line and column of a byte of the document.
    pub(crate) fn position(&self, offset: u32) -> FilePosition {
        FilePosition::of(self.text, (offset as usize).saturating_sub(self.start))
    }
}

/// The texts of a document that is being put together.
#[derive(Clone, Debug, Default)]
pub(crate) struct Parts {
    text: String,
    parts: Vec<Part>,
}

impl Parts {
    /// Takes in a document: its outermost value, with places among all texts. The first one has no name of its own.
    pub(crate) fn add(&mut self, name: Option<String>, document: Document) -> DocumentNode {
        let start = self.add_text(name, document.format, &document.text);
        let mut root = document.root;
        root.shift(start);
        root
    }

    /// Takes in a text; gives where it begins.
    pub(crate) fn add_text(&mut self, name: Option<String>, format: Format, text: &str) -> usize {
        if !self.parts.is_empty() {
            // So that the end of a text is not the beginning of the next.
            self.text.push('\n');
        }
        let start = self.text.len();
        self.parts.push(Part {
            name,
            format,
            start,
        });
        self.text.push_str(text);
        start
    }

    /// The document of these texts, of which the first says how it is written.
    pub(crate) fn document(self, root: DocumentNode) -> Document {
        Document {
            format: self
                .parts
                .first()
                .map_or(Format::Json, |first| first.format),
            text: self.text.into(),
            root,
            parts: self.parts.into(),
        }
    }
}

impl DocumentNode {
    /// Moves every place.
    fn shift(&mut self, by: usize) {
        self.span = self.span.moved(by);
        match &mut self.content {
            NodeContent::List(items) => items.iter_mut().for_each(|item| item.shift(by)),
            NodeContent::Table(entries) => {
                for entry in entries {
                    entry.key_span = entry.key_span.moved(by);
                    entry.value.shift(by);
                }
            }
            NodeContent::Null
            | NodeContent::Bool(_)
            | NodeContent::Number(_)
            | NodeContent::DateTime(_)
            | NodeContent::Text(_) => {}
        }
    }
}

impl Document {
    /// What the texts are called, in their order.
    pub(crate) fn file_names(&self) -> Vec<Option<&str>> {
        self.parts.iter().map(|part| part.name.as_deref()).collect()
    }

    /// How the text is written that a byte stands in.
    pub(super) fn format_at(&self, offset: u32) -> Format {
        let after = (self.parts).partition_point(|part| part.start <= offset as usize);
        let part = self.parts.get(after.saturating_sub(1));
        part.map_or(self.format, |part| part.format)
    }

    /// The text that a byte stands in.
    pub(crate) fn part(&self, offset: u32) -> DocumentPart<'_> {
        let after = (self.parts).partition_point(|part| part.start <= offset as usize);
        let index = after.saturating_sub(1);
        let start = self.parts.get(index).map_or(0, |part| part.start);
        let end = self
            .parts
            .get(index + 1)
            .map_or(self.text.len(), |next| next.start.saturating_sub(1));
        DocumentPart {
            name: self.parts.get(index).and_then(|part| part.name.as_deref()),
            text: self.text.get(start..end).unwrap_or_default(),
            start,
        }
    }
}

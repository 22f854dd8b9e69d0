//! YAML: the events of the `granit-parser` crate made into a tree.
//!
//! Plain scalars mean what they do in YAML 1.2, and `yes`, `no`, `on`, `off` are truth values besides. Anchors, aliases and
//! merge keys (`<<`) are resolved; a document cannot grow by them beyond [`MAX_NODES`].

use super::{DocumentError, DocumentNode, MAX_DEPTH, NodeContent, NodeText, TableEntry, TextStyle};
use crate::span::Span;
use granit_parser::{Event, Parser, ScalarStyle, StrInput, StructureStyle, Tag};
use std::collections::HashMap;

/// How many values a document may have, aliases written out.
const MAX_NODES: usize = 250_000;

pub(super) fn parse(text: &str) -> Result<DocumentNode, DocumentError> {
    let mut options = granit_parser::Options::default();
    options.set_emit_comments(false);
    let mut reader = Reader {
        events: Parser::new_from_str_with_options(text, options),
        anchors: HashMap::new(),
        nodes: 0,
    };
    let mut root = None;
    while let Some((event, span)) = reader.next()? {
        match event {
            Event::DocumentStart(..) if root.is_some() => {
                return Err(DocumentError::new("there is a second document here")
                    .at(Span::new(span.start as usize, span.start as usize + 1)));
            }
            Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentStart(..)
            | Event::DocumentEnd => {}
            event => root = Some(reader.node(event, span, 0)?),
        }
    }
    Ok(root.unwrap_or(DocumentNode {
        span: Span::new(0, 0),
        content: NodeContent::Null,
    }))
}

struct Reader<'t> {
    events: Parser<'t, StrInput<'t>>,
    /// The nodes that aliases may name, and how many nodes are in each.
    anchors: HashMap<usize, (DocumentNode, usize)>,
    nodes: usize,
}

impl<'t> Reader<'t> {
    fn next(&mut self) -> Result<Option<(Event<'t>, Span)>, DocumentError> {
        let Some(next) = self.events.next() else {
            return Ok(None);
        };
        match next {
            Ok((event, span)) => {
                let range = span.byte_range().unwrap_or_default();
                Ok(Some((event, Span::new(range.start, range.end))))
            }
            Err(e) => {
                let at = e.marker().byte_offset().unwrap_or_default();
                Err(DocumentError::new(e.info()).at(Span::new(at, at + 1)))
            }
        }
    }

    /// The event after one that cannot be the last.
    fn following(&mut self, at: Span) -> Result<(Event<'t>, Span), DocumentError> {
        match self.next()? {
            Some(next) => Ok(next),
            None => Err(DocumentError::new("the document ends too early").at(at)),
        }
    }

    fn node(
        &mut self,
        event: Event<'t>,
        span: Span,
        depth: usize,
    ) -> Result<DocumentNode, DocumentError> {
        if depth > MAX_DEPTH {
            return Err(DocumentError::too_deep(span));
        }
        let before = self.nodes;
        self.count(1, span)?;
        let (anchor, node) = match event {
            Event::Scalar(value, style, anchor, tag) => {
                let content = scalar(value.into_owned(), style, tag.as_deref());
                (anchor, DocumentNode { span, content })
            }
            Event::SequenceStart(style, anchor, _) => (anchor, self.list(span, style, depth)?),
            Event::MappingStart(style, anchor, _) => (anchor, self.table(span, style, depth)?),
            Event::Alias(anchor) => {
                let Some((node, size)) = self.anchors.get(&anchor).cloned() else {
                    return Err(
                        DocumentError::new("this alias stands within what it stands for").at(span),
                    );
                };
                self.count(size, span)?;
                return Ok(node);
            }
            _ => return Err(DocumentError::new("there is no value here").at(span)),
        };
        if anchor != 0 {
            self.anchors
                .insert(anchor, (node.clone(), self.nodes - before));
        }
        Ok(node)
    }

    fn count(&mut self, more: usize, at: Span) -> Result<(), DocumentError> {
        self.nodes += more;
        if self.nodes > MAX_NODES {
            return Err(
                DocumentError::new(format!("a document has at most {MAX_NODES} values")).at(at),
            );
        }
        Ok(())
    }

    fn list(
        &mut self,
        start: Span,
        style: StructureStyle,
        depth: usize,
    ) -> Result<DocumentNode, DocumentError> {
        let mut items = Vec::new();
        loop {
            match self.following(start)? {
                (Event::SequenceEnd, end) => {
                    let span = covering(start, style, end, items.last());
                    let content = NodeContent::List(items);
                    return Ok(DocumentNode { span, content });
                }
                (event, span) => items.push(self.node(event, span, depth + 1)?),
            }
        }
    }

    fn table(
        &mut self,
        start: Span,
        style: StructureStyle,
        depth: usize,
    ) -> Result<DocumentNode, DocumentError> {
        let mut entries: Vec<TableEntry> = Vec::new();
        let mut seen: HashMap<String, Span> = HashMap::new();
        let mut merged: Vec<TableEntry> = Vec::new();
        loop {
            let (event, key_span) = self.following(start)?;
            let key = match event {
                Event::MappingEnd => {
                    let last = entries.last().map(|entry| &entry.value);
                    let span = covering(start, style, key_span, last);
                    merged.retain(|entry| !seen.contains_key(&entry.key));
                    entries.append(&mut merged);
                    let content = NodeContent::Table(entries);
                    return Ok(DocumentNode { span, content });
                }
                event => self.key(event, key_span, depth)?,
            };
            let (event, span) = self.following(start)?;
            let value = self.node(event, span, depth + 1)?;
            match key {
                Key::Merge => merge(value, &mut merged)?,
                Key::Name(key) => {
                    if let Some(first) = seen.insert(key.clone(), key_span) {
                        return Err(DocumentError::duplicate_key(&key, Some(first), key_span));
                    }
                    entries.push(TableEntry {
                        key,
                        key_span,
                        value,
                    });
                }
            }
        }
    }

    fn key(&mut self, event: Event<'t>, span: Span, depth: usize) -> Result<Key, DocumentError> {
        if let Event::Scalar(value, ScalarStyle::Plain, ..) = &event
            && value == "<<"
        {
            return Ok(Key::Merge);
        }
        if let Event::Scalar(value, _, anchor, _) = &event {
            let key = value.to_string();
            if *anchor != 0 {
                self.node(event, span, depth)?;
            }
            return Ok(Key::Name(key));
        }
        match self.node(event, span, depth)?.content {
            NodeContent::Text(text) => Ok(Key::Name(text.value)),
            NodeContent::Number(raw) => Ok(Key::Name(raw)),
            _ => Err(DocumentError::new("a key is a text").at(span)),
        }
    }
}

/// The span of a collection: up to its bracket or, where it has none, its last value.
fn covering(start: Span, style: StructureStyle, end: Span, last: Option<&DocumentNode>) -> Span {
    let end = match style {
        StructureStyle::Flow => end.end,
        StructureStyle::Block => last.map_or(end.end, |last| last.span.end),
    };
    // What the last value is an alias for may stand further up.
    Span {
        start: start.start,
        end: end.max(start.end),
    }
}

enum Key {
    Name(String),
    /// `<<`: the entries of the value belong to this table, unless it has the keys itself.
    Merge,
}

fn merge(value: DocumentNode, merged: &mut Vec<TableEntry>) -> Result<(), DocumentError> {
    match value.content {
        NodeContent::Table(entries) => {
            for entry in entries {
                if !merged.iter().any(|other| other.key == entry.key) {
                    merged.push(entry);
                }
            }
            Ok(())
        }
        NodeContent::List(items) => items.into_iter().try_for_each(|item| merge(item, merged)),
        NodeContent::Null => Ok(()),
        _ => Err(DocumentError::new("`<<` takes a table, or a list of tables").at(value.span)),
    }
}

fn scalar(value: String, style: ScalarStyle, tag: Option<&Tag>) -> NodeContent {
    let core = tag.filter(|tag| tag.is_yaml_core_schema());
    let text = |value: String| {
        let style = match style {
            ScalarStyle::Plain => TextStyle::Plain,
            ScalarStyle::SingleQuoted => TextStyle::YamlSingle,
            ScalarStyle::DoubleQuoted => TextStyle::YamlDouble,
            ScalarStyle::Literal => TextStyle::YamlLiteral,
            ScalarStyle::Folded => TextStyle::YamlFolded,
        };
        NodeContent::Text(NodeText::new(value, style))
    };
    let resolved = match core.map(Tag::suffix) {
        Some("str") => false,
        Some(_) => true,
        None => style == ScalarStyle::Plain,
    };
    if !resolved {
        return text(value);
    }
    match value.as_str() {
        "" | "~" | "null" | "Null" | "NULL" => return NodeContent::Null,
        _ => {}
    }
    if let Some(value) = truth(&value) {
        return NodeContent::Bool(value);
    }
    if super::deserialize::whole(&value).is_some() || super::deserialize::real(&value).is_some() {
        return NodeContent::Number(value);
    }
    text(value)
}

pub(super) fn truth(text: &str) -> Option<bool> {
    let is = |words: [&str; 4]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
    if is(["true", "yes", "y", "on"]) {
        Some(true)
    } else if is(["false", "no", "n", "off"]) {
        Some(false)
    } else {
        None
    }
}

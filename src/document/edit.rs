//! Changes of a tree: how those who put documents together take things out and in. What is moved keeps its place.

use super::{DocumentNode, NodeContent, NodeText, TableEntry, TextStyle};
use crate::span::Span;

impl DocumentNode {
    /// A table at a place.
    pub(crate) fn table(span: Span, entries: Vec<TableEntry>) -> Self {
        DocumentNode {
            span,
            content: NodeContent::Table(entries),
        }
    }

    /// The entries, if it is a table.
    pub(crate) fn entries_mut(&mut self) -> Option<&mut Vec<TableEntry>> {
        match &mut self.content {
            NodeContent::Table(entries) => Some(entries),
            _ => None,
        }
    }

    /// The entry of a key, if it is a table that has one.
    pub(crate) fn entry_mut(&mut self, key: &str) -> Option<&mut TableEntry> {
        self.entries_mut()?
            .iter_mut()
            .find(|entry| entry.key == key)
    }

    /// The value of a key, or of a position of a list.
    pub(crate) fn get_mut(&mut self, key: &str) -> Option<&mut DocumentNode> {
        match &mut self.content {
            NodeContent::List(items) => items.get_mut(key.parse::<usize>().ok()?),
            NodeContent::Table(entries) => {
                let mut entries = entries.iter_mut();
                entries
                    .find(|entry| entry.key == key)
                    .map(TableEntry::value_mut)
            }
            _ => None,
        }
    }

    /// Replaces parts of a text, which are in order and lie apart. Places in the new text are those of what stands in the file.
    pub(crate) fn respell(&mut self, parts: &[(Span, String)]) {
        if let NodeContent::Text(text) = &mut self.content
            && !parts.is_empty()
        {
            text.respell(parts);
        }
    }

    /// Puts a text into a table of this one, which is made if it is not there. It has the place of what it follows from.
    pub(crate) fn insert_text(&mut self, table: &str, key: &str, text: String, place: Span) {
        let Some(entries) = self.entries_mut() else {
            return;
        };
        if !entries.iter().any(|entry| entry.key == table) {
            entries.push(TableEntry {
                key: table.to_owned(),
                key_span: place,
                value: DocumentNode::table(place, Vec::new()),
            });
        }
        let content = NodeContent::Text(NodeText::new(text, TextStyle::Plain));
        let entry = TableEntry {
            key: key.to_owned(),
            key_span: place,
            value: DocumentNode {
                span: place,
                content,
            },
        };
        if let Some(entries) = self.get_mut(table).and_then(DocumentNode::entries_mut) {
            entries.push(entry);
        }
    }

    /// The entries; none if it is no table.
    pub(crate) fn into_entries(self) -> Vec<TableEntry> {
        match self.content {
            NodeContent::Table(entries) => entries,
            _ => Vec::new(),
        }
    }
}

/// A text before parts of it were replaced.
#[derive(Clone, Debug)]
pub(super) struct Respelled {
    text: String,
    /// The parts that were replaced: where they stood, and where what is new stands.
    parts: Vec<(Span, Span)>,
}

impl Respelled {
    /// Where a part of the new text stood: of what was replaced, all that it stands for.
    fn back(&self, part: Span) -> Span {
        let offset = |at: u32, is_end: bool| {
            // How much further on the new text is, behind the last part that ends before.
            let mut by = 0;
            for (old, new) in &self.parts {
                let within = new.start < at && at < new.end;
                if within {
                    return if is_end { old.end } else { old.start };
                }
                if new.end <= at {
                    by = i64::from(new.end) - i64::from(old.end);
                }
            }
            u32::try_from(i64::from(at) - by).unwrap_or_default()
        };
        Span {
            start: offset(part.start, false),
            end: offset(part.end, true),
        }
    }
}

impl NodeText {
    fn respell(&mut self, parts: &[(Span, String)]) {
        let mut value = String::with_capacity(self.value.len());
        let mut done = 0;
        let mut places = Vec::with_capacity(parts.len());
        for (old, new) in parts {
            let start = old.start as usize;
            value.push_str(self.value.get(done..start).unwrap_or_default());
            places.push((*old, Span::new(value.len(), value.len() + new.len())));
            value.push_str(new);
            done = old.end as usize;
        }
        value.push_str(self.value.get(done..).unwrap_or_default());
        let text = std::mem::replace(&mut self.value, value);
        self.before.push(Respelled {
            text,
            parts: places,
        });
    }

    /// The text as it is written in the file, and where a part of it stands there.
    pub(super) fn as_written(&self, part: Span) -> (&str, Span) {
        let text = self.before.first().map_or(&self.value, |first| &first.text);
        let back = |part: Span, before: &Respelled| before.back(part);
        (text, self.before.iter().rev().fold(part, back))
    }
}

impl TableEntry {
    pub(crate) fn value_mut(&mut self) -> &mut DocumentNode {
        &mut self.value
    }

    /// Calls it otherwise.
    pub(crate) fn set_key(&mut self, key: &str) {
        key.clone_into(&mut self.key);
    }

    pub(crate) fn into_value(self) -> DocumentNode {
        self.value
    }

    /// Whether it is the same entry of the same file.
    pub(crate) fn is_at(&self, other: &TableEntry) -> bool {
        self.key_span.is_at(other.key_span)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use crate::document::{Document, Format};
    use crate::span::Span;

    /// Two new names, in quotes with an escape: every part is found where it is written.
    #[test]
    fn a_text_with_new_names_keeps_its_places() {
        let file = r#"["sum(purchased.amount) > 20 and city = \"Rome\""]"#;
        let mut document = Document::parse(Format::Json, file).unwrap();
        let node = document.root.get_mut("0").unwrap();
        let text = node.as_text().unwrap().to_owned();
        let place = |text: &str, part: &str| {
            let start = text.find(part).unwrap();
            Span::new(start, start + part.len())
        };
        node.respell(&[
            (place(&text, "purchased"), "ordered".to_owned()),
            (place(&text, "amount"), "total_amount".to_owned()),
        ]);
        node.respell(&[(Span::new(0, 3), "max".to_owned())]);
        let node = document.get(&["0"]).unwrap();
        let text = node.as_text().unwrap();
        let expected = r#"max(ordered.total_amount) > 20 and city = "Rome""#;
        assert_eq!(text, expected);
        for (new, old) in [
            ("max", "sum"),
            ("ordered", "purchased"),
            ("total_amount", "amount"),
            ("total", "amount"),
            ("ordered.total_amount", "purchased.amount"),
            ("> 20", "> 20"),
            (r#""Rome""#, r#"\"Rome\""#),
        ] {
            let place = document.place_in_text(node, place(text, new)).unwrap();
            assert_eq!(place.of(document.text()), old, "{new}");
        }
    }
}

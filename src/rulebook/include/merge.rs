//! Trees of several files become one: what is declared in a section is put together by name.

use super::Wrong;
use crate::diagnostic::Diagnostic;
use crate::document::{DocumentNode, NodeContent, TableEntry};
use crate::span::Span;
use std::collections::BTreeMap;

/// The tables of a schema, and whether what is in them has properties.
const SCHEMA: [(&str, bool); 3] = [("attributes", false), ("events", true), ("relations", true)];

/// What of a field changes no answer.
const WORDS: [&str; 4] = ["label", "unit", "kind", "purpose"];

/// What the files read so far say.
pub(super) struct Merged {
    span: Span,
    entries: Vec<TableEntry>,
}

impl Merged {
    pub(super) fn new(span: Span) -> Self {
        Merged {
            span,
            entries: Vec::new(),
        }
    }

    pub(super) fn into_node(self) -> DocumentNode {
        DocumentNode::table(self.span, self.entries)
    }

    /// Adds what another file says. It comes later, so that its declarations stand behind those before.
    pub(super) fn add(&mut self, mut root: DocumentNode, wrong: &mut Vec<Wrong>) {
        let Some(entries) = root.entries_mut() else {
            return;
        };
        for entry in entries.drain(..) {
            let Some(there) = self.entries.iter_mut().find(|e| e.key() == entry.key()) else {
                self.entries.push(entry);
                continue;
            };
            if entry.key() == "schema" {
                schema(there, entry, wrong);
            } else {
                section(there, entry, wrong);
            }
        }
    }
}

/// The names of a section. No name is said in two files.
fn section(there: &mut TableEntry, entry: TableEntry, wrong: &mut Vec<Wrong>) {
    let section = entry.key().to_owned();
    let is_table = matches!(entry.value().content(), NodeContent::Table(_));
    let (Some(names), true) = (there.value_mut().entries_mut(), is_table) else {
        // It is no table in one of the files, which reading it as a rule file will tell.
        *there = entry;
        return;
    };
    for named in entry.into_value().into_entries() {
        match names.iter().find(|name| name.key() == named.key()) {
            None => names.push(named),
            Some(same) if same.is_at(&named) && plain(same.value()) == plain(named.value()) => {}
            Some(other) => wrong.push(twice(&section, &named, other)),
        }
    }
}

fn twice(section: &str, named: &TableEntry, other: &TableEntry) -> Wrong {
    let (name, what) = (named.key(), section.strip_suffix('s').unwrap_or(section));
    let key = format!("{section}.{name}");
    if named.is_at(other) {
        let message = format!("the {what} `{name}` is included twice, with different names in it");
        let diagnostic = Diagnostic::error("E0232", named.key_span(), message);
        return Wrong::new(key, diagnostic.help("give both includes the same `rename`"));
    }
    let message = format!("the {what} `{name}` is in two files");
    let help = format!(
        "choose another name, or leave the other one out: `without = [\"{key}\"]` in the table of its pack, under `packs`"
    );
    let diagnostic = Diagnostic::error("E0232", named.key_span(), message);
    Wrong::new(key, diagnostic.help(help)).with(other.key_span(), "it is here as well")
}

// ---- the schema ----

/// What several files declare is one thing, if they agree on it.
fn schema(there: &mut TableEntry, entry: TableEntry, wrong: &mut Vec<Wrong>) {
    if !matches!(entry.value().content(), NodeContent::Table(_)) {
        *there = entry;
        return;
    }
    let Some(tables) = there.value_mut().entries_mut() else {
        return;
    };
    for table in entry.into_value().into_entries() {
        let Some(there) = tables.iter_mut().find(|t| t.key() == table.key()) else {
            tables.push(table);
            continue;
        };
        let name = table.key().to_owned();
        let has_properties = SCHEMA.iter().any(|(table, has)| *table == name && *has);
        let path = format!("schema.{name}");
        let Some(declared) = there.value_mut().entries_mut() else {
            continue;
        };
        if has_properties {
            for kind in table.into_value().into_entries() {
                collection(declared, kind, &path, wrong);
            }
        } else {
            fields(
                declared,
                table.into_value().into_entries(),
                (&path, ""),
                wrong,
            );
        }
    }
}

/// A kind of events, or a relation: files may add properties to what others have declared, and agree on the others.
fn collection(
    declared: &mut Vec<TableEntry>,
    kind: TableEntry,
    path: &str,
    wrong: &mut Vec<Wrong>,
) {
    let Some(there) = declared.iter_mut().find(|k| k.key() == kind.key()) else {
        declared.push(kind);
        return;
    };
    let name = kind.key().to_owned();
    let path = format!("{path}.{name}");
    let Some(parts) = there.value_mut().entries_mut() else {
        return;
    };
    for part in kind.into_value().into_entries() {
        let Some(there) = parts.iter_mut().find(|p| p.key() == part.key()) else {
            parts.push(part);
            continue;
        };
        if part.key() == "properties" {
            let path = format!("{path}.properties");
            if let Some(known) = there.value_mut().entries_mut() {
                let added = part.into_value().into_entries();
                fields(known, added, (&path, &format!("{name}.")), wrong);
            }
        } else if plain(there.value()) != plain(part.value()) {
            let (here, other) = (shown(part.value()), shown(there.value()));
            let message = format!(
                "the {} of `{name}` is {here} here, and {other} in another file",
                part.key()
            );
            let diagnostic = Diagnostic::error("E0233", part.label_span(), message);
            let key = format!("{path}.{}", part.key());
            wrong.push(
                Wrong::new(key, diagnostic.help("let both files say the same"))
                    .with(there.label_span(), "the other one"),
            );
        }
    }
}

/// Attributes or properties: of one name there is one field, whose label and unit are those said last. `path` is where they stand,
/// and what stands before their names.
fn fields(
    known: &mut Vec<TableEntry>,
    added: Vec<TableEntry>,
    (path, of): (&str, &str),
    wrong: &mut Vec<Wrong>,
) {
    for field in added {
        let Some(there) = known.iter_mut().find(|f| f.key() == field.key()) else {
            known.push(field);
            continue;
        };
        if shape(there.value()) == shape(field.value()) {
            let says_words =
                |entry: &TableEntry| WORDS.iter().any(|word| entry.value().get(word).is_some());
            if says_words(&field) || !says_words(there) {
                *there = field;
            }
            continue;
        }
        let name = field.key();
        let message = match (type_of(field.value()), type_of(there.value())) {
            (Some(here), Some(other)) if here != other => {
                format!("`{of}{name}` is `{here}` here, and `{other}` in another file")
            }
            _ => format!("`{of}{name}` is declared in two ways"),
        };
        let diagnostic = Diagnostic::error("E0233", field.label_span(), message);
        let help = "let both files say the same, or give the one of the pack another name: `rename` in its table, under `packs`";
        let key = format!("{path}.{name}");
        wrong
            .push(Wrong::new(key, diagnostic.help(help)).with(there.label_span(), "the other one"));
    }
}

/// The type of a field, short or long.
fn type_of(field: &DocumentNode) -> Option<&str> {
    field.as_text().or_else(|| field.get("type")?.as_text())
}

/// What a field is, however it is written: `int` and `{ type = "int", required = false }` are the same.
fn shape(field: &DocumentNode) -> BTreeMap<&str, String> {
    if let Some(ty) = field.as_text() {
        return BTreeMap::from([("type", format!("{ty:?}"))]);
    }
    let says = |entry: &&TableEntry| {
        !WORDS.contains(&entry.key())
            && !matches!(entry.value().content(), NodeContent::Bool(false))
    };
    let entries = field.entries().iter().filter(says);
    entries
        .map(|entry| (entry.key(), plain(entry.value())))
        .collect()
}

fn shown(node: &DocumentNode) -> String {
    node.as_text()
        .map_or_else(|| plain(node), |text| format!("`{text}`"))
}

/// A value as text, wherever it stands; tables in the order of their keys.
fn plain(node: &DocumentNode) -> String {
    match node.content() {
        NodeContent::Null => "null".to_owned(),
        NodeContent::Bool(value) => value.to_string(),
        NodeContent::Number(raw) | NodeContent::DateTime(raw) => raw.clone(),
        NodeContent::Text(text) => format!("{:?}", text.as_str()),
        NodeContent::List(items) => {
            let items: Vec<String> = items.iter().map(plain).collect();
            format!("[{}]", items.join(", "))
        }
        NodeContent::Table(entries) => {
            let entries: BTreeMap<&str, String> = entries
                .iter()
                .map(|entry| (entry.key(), plain(entry.value())))
                .collect();
            format!("{entries:?}")
        }
    }
}

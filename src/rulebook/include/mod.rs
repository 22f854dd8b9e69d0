//! Files that a rule file includes: their texts are read, each becomes a tree, and the trees become one.
//!
//! Everything happens on trees of documents, whose values know their places, before anything of them is a rule. So whatever is
//! found later, in a condition of an included file say, is shown in that file.

mod merge;
mod path;
mod rename;
mod settings;
mod texts;

pub(super) use texts::FileSource;

use super::finding::{Finding, Findings, LoadError};
use crate::check::{PlacedName, suggest_whole};
use crate::diagnostic::Diagnostic;
use crate::document::{
    Document, DocumentError, DocumentNode, Format, NodeContent, Parts, TableEntry,
};
use crate::schema::Schema;
use crate::span::Span;
use merge::Merged;
use path::{file_name, folder, joined};
use settings::{PackSettings, Rename};
use std::collections::BTreeMap;

/// How deep files may include files.
const MAX_DEPTH: usize = 32;

/// What only the file that includes others may say, since there is one of each.
const OF_THE_WHOLE: [&str; 7] = [
    "timezone",
    "week_starts",
    "profile_timezone",
    "consent",
    "caps",
    "holdout",
    "identity",
];

/// Something wrong with how files belong together. Its spans are those of the document that they become.
struct Wrong {
    key: String,
    diagnostic: Diagnostic,
    /// Another place, perhaps in another file, and what is there.
    other: Option<(Span, &'static str)>,
}

impl Wrong {
    fn new(key: impl Into<String>, diagnostic: Diagnostic) -> Self {
        Wrong {
            key: key.into(),
            diagnostic,
            other: None,
        }
    }

    fn with(self, span: Span, label: &'static str) -> Self {
        Wrong {
            other: Some((span, label)),
            ..self
        }
    }

    /// What keeps a part of the document from being read.
    fn unreadable(error: &DocumentError) -> Self {
        let key = error.path().collect::<Vec<_>>().join(".");
        let span = error.span().unwrap_or_default();
        let diagnostic = Diagnostic::error("E0201", span, error.message());
        Wrong::new(key, diagnostic.help(error.help_text()))
    }
}

/// Reads a pack by itself: its schema, and where its rules name something of it.
type ReadAlone<'l> = dyn Fn(Document) -> Result<(Schema, Vec<PlacedName>), LoadError> + 'l;

/// The document of a rule file and of all that it includes. `file`: what it is called; `schema`: that of a file without one.
pub(super) fn assemble(
    file: Option<&str>,
    files: &FileSource,
    schema: Option<&Schema>,
    own: Document,
    read_alone: &ReadAlone<'_>,
) -> Result<Document, LoadError> {
    let names = |key| own.root().entry(key).is_some();
    if !names("include") && !names("packs") {
        return Ok(own);
    }
    let mut assembly = Assembly {
        file,
        files,
        read_alone,
        parts: Parts::default(),
        open: vec![file.map(file_name).unwrap_or_default().to_owned()],
        read: BTreeMap::new(),
        wrong: Vec::new(),
        findings: Vec::new(),
    };
    let mut root = assembly.parts.add(None, own);
    assembly.give_schema(&mut root, schema);
    let root = assembly.whole(root);
    let Assembly {
        parts,
        wrong,
        findings: of_packs,
        ..
    } = assembly;
    let document = parts.document(root);
    if wrong.is_empty() && of_packs.is_empty() {
        return Ok(document);
    }
    let mut findings = Findings::new(file.map(str::to_owned), Some(document));
    for wrong in wrong {
        findings.between(wrong.key, wrong.diagnostic, wrong.other);
    }
    findings.add_all(of_packs);
    Err(findings.into_error())
}

struct Assembly<'l> {
    /// What the file is called that all begins with.
    file: Option<&'l str>,
    files: &'l FileSource,
    read_alone: &'l ReadAlone<'l>,
    parts: Parts,
    /// The files that are being read, each included by the one before it.
    open: Vec<String>,
    /// The files that were read, with what they include; nothing of those that cannot be.
    read: BTreeMap<String, Option<DocumentNode>>,
    wrong: Vec<Wrong>,
    /// What is wrong with packs that were read alone.
    findings: Vec<Finding>,
}

impl Assembly<'_> {
    /// A file without a schema has the one that was given, which meets those of the files that it includes.
    fn give_schema(&mut self, root: &mut DocumentNode, schema: Option<&Schema>) {
        let Some(schema) = schema.filter(|_| root.entry("schema").is_none()) else {
            return;
        };
        let text = serde_json::json!({ "schema": schema }).to_string();
        // INVARIANT: what is written as JSON can be read as JSON.
        let Ok(document) = Document::parse(Format::Json, &text) else {
            debug_assert!(false, "a schema that cannot be read: {text}");
            return;
        };
        let given = self.parts.add(Some("(given schema)".to_owned()), document);
        if let Some(entries) = root.entries_mut() {
            entries.extend(given.into_entries());
        }
    }

    /// A file's own tree together with those of the files that it includes, which come first.
    fn whole(&mut self, mut root: DocumentNode) -> DocumentNode {
        let include = taken(&mut root, "include");
        let packs = taken(&mut root, "packs");
        let mut packs = PackSettings::of(packs.as_ref(), &mut self.wrong);
        let items = include
            .map(|include| self.names_of_files(&include))
            .unwrap_or_default();
        let names: Vec<String> = items.iter().map(|(name, _)| name.clone()).collect();
        let mut merged = Merged::new(root.span());
        for (name, span) in items {
            let Some(mut pack) = self.included(&name, span) else {
                // What is said of a file that cannot be read is no mistake of its own.
                let _ = packs.take(&name, &names, &mut self.wrong);
                continue;
            };
            if let Some(settings) = packs.take(&name, &names, &mut self.wrong) {
                settings.leave_out(&mut pack, &mut self.wrong);
                if !settings.renames().1.is_empty() {
                    self.rename(&mut pack, settings.renames());
                }
            }
            merged.add(pack, &mut self.wrong);
        }
        packs.unused(&names, &mut self.wrong);
        merged.add(root, &mut self.wrong);
        merged.into_node()
    }

    /// Gives a pack other names. What its rules mean by a name is what they mean in the pack alone, so it has to be whole.
    fn rename(&mut self, pack: &mut DocumentNode, renames: (&str, &[Rename])) {
        let alone = self.parts.clone().document(pack.clone());
        match (self.read_alone)(alone) {
            Ok((schema, names)) => {
                rename::rename(pack, renames, &schema, names, &mut self.wrong);
            }
            Err(error) => self.findings.extend(error.findings().iter().cloned()),
        }
    }

    /// The files under `include`, as they are called from the file that all begins with; a value that is no text is reported.
    fn names_of_files(&mut self, include: &DocumentNode) -> Vec<(String, Span)> {
        let folder = self
            .open
            .last()
            .map(|name| folder(name))
            .unwrap_or_default()
            .to_owned();
        let mut names = Vec::new();
        let NodeContent::List(items) = include.content() else {
            self.wrong.push(not_files(include.span()));
            return names;
        };
        for item in items {
            match item.as_text() {
                Some(text) => names.push((joined(&folder, text), item.span())),
                None => self.wrong.push(not_files(item.span())),
            }
        }
        names
    }

    /// The tree of an included file. `span`: where it is included.
    fn included(&mut self, name: &str, span: Span) -> Option<DocumentNode> {
        if let Some(from) = self.open.iter().position(|open| open == name) {
            let circle = self
                .open
                .iter()
                .skip(from)
                .map(String::as_str)
                .chain([name]);
            let circle = circle.collect::<Vec<_>>().join(" -> ");
            let message = format!("files include each other in a circle: {circle}");
            let diagnostic = Diagnostic::error("E0231", span, message);
            self.wrong.push(Wrong::new(
                "include",
                diagnostic.help("remove one of these includes"),
            ));
            return None;
        }
        if let Some(read) = self.read.get(name) {
            return read.clone();
        }
        let read = self.read_file(name, span);
        self.read.insert(name.to_owned(), read.clone());
        read
    }

    fn read_file(&mut self, name: &str, span: Span) -> Option<DocumentNode> {
        let mut refuse = |message: String, help: &str| {
            let diagnostic = Diagnostic::error("E0230", span, message).help(help);
            self.wrong.push(Wrong::new("include", diagnostic));
            None
        };
        if self.open.len() > MAX_DEPTH {
            return refuse(
                format!("`{name}` is included over more than {MAX_DEPTH} other files"),
                "include it further up",
            );
        }
        let Some(format) = Format::of_file(name) else {
            return refuse(
                format!("`{name}` has no ending of a rule file"),
                "rule files end in `.toml`, `.yaml` or `.json`",
            );
        };
        let text = match self.files.text(name) {
            Ok(text) => text,
            Err(reason) => {
                return refuse(
                    format!("`{name}` cannot be included: {}", reason.what),
                    &reason.help,
                );
            }
        };
        let shown = match self.file {
            Some(own) => joined(folder(own), name),
            None => name.to_owned(),
        };
        let document = match Document::parse(format, &text) {
            Ok(document) => document,
            Err(error) => {
                let base = self.parts.add_text(Some(shown), format, &text);
                let mut wrong = Wrong::unreadable(&error);
                wrong.diagnostic = wrong.diagnostic.map_spans(|span| span.moved(base));
                self.wrong.push(wrong);
                return None;
            }
        };
        let mut root = self.parts.add(Some(shown), document);
        self.forbid(&mut root);
        self.open.push(name.to_owned());
        let whole = self.whole(root);
        self.open.pop();
        Some(whole)
    }

    /// Reports what an included file cannot say.
    fn forbid(&mut self, root: &mut DocumentNode) {
        let _ = taken(root, "$schema");
        let of_files = |entry: &&TableEntry| matches!(entry.key(), "include" | "packs");
        // What is no table of names cannot be put together from several files.
        let of_whole = |entry: &&TableEntry| {
            let is_table = matches!(entry.value().content(), NodeContent::Table(_));
            OF_THE_WHOLE.contains(&entry.key()) || !is_table
        };
        for entry in root
            .entries()
            .iter()
            .filter(|e| !of_files(e))
            .filter(of_whole)
        {
            let key = entry.key();
            let message = format!("an included file has no `{key}`");
            let diagnostic = Diagnostic::error("E0234", entry.key_span(), message)
                .help("there is one for all; say it in the file that includes this one");
            self.wrong.push(Wrong::new(key, diagnostic));
        }
    }
}

fn not_files(span: Span) -> Wrong {
    let diagnostic = Diagnostic::error("E0201", span, "expected a list of the names of files");
    Wrong::new(
        "include",
        diagnostic.help("write `include = [\"packs/beauty.toml\"]`"),
    )
}

/// The value of a key, which is taken out of its table.
fn taken(table: &mut DocumentNode, key: &str) -> Option<DocumentNode> {
    let entries = table.entries_mut()?;
    let at = entries.iter().position(|entry| entry.key() == key)?;
    Some(entries.remove(at).into_value())
}

/// "Did you mean" for a text of a document, without the quotes around it.
fn near(diagnostic: Diagnostic, text: &str, known: &[&str]) -> Diagnostic {
    let span = diagnostic.span;
    let mut found = suggest_whole(diagnostic, span, text, known);
    found.fix = None;
    found
}

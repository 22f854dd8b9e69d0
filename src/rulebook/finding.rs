//! What is wrong with a rule file, and where.

use crate::diagnostic::{Diagnostic, Elsewhere, Severity};
use crate::document::{Document, DocumentError, FilePosition, NodeContent};
use crate::span::Span;
use crate::syntax;
use serde::{Deserialize, Serialize};
use std::fmt;

/// One finding in a rule file: what is wrong, and in which file, at which key, line and column.
///
/// It is displayed as text for a terminal, with the lines of the file that are meant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Finding {
    /// The file's name, where one was given.
    pub file: Option<String>,
    /// The key of the value: `segments.vip`; empty where the whole file is meant.
    pub key: String,
    /// The line of the file, from 1; `None` if the document was not loaded from text.
    pub line: Option<usize>,
    /// The column in characters, from 1.
    pub column: Option<usize>,
    /// The bytes of the file that are meant.
    pub span: Option<Span>,
    /// The expression; empty where none is at fault.
    pub text: String,
    /// What is wrong. Its spans are those of the expression.
    pub diagnostic: Diagnostic,
    /// Another place that belongs to it, such as the first of two declarations.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub other: Option<OtherPlace>,
    rendered: String,
}

/// Another place of a finding, in the same file or in another one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct OtherPlace {
    /// The file's name, where one is known.
    pub file: Option<String>,
    /// The line of the file, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// The bytes of the file that are meant.
    pub span: Span,
    /// What is there.
    pub label: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.rendered)
    }
}

/// Collects the findings of a rule file and gives each its place.
#[derive(Debug)]
pub(super) struct Findings {
    file: Option<String>,
    /// Without it findings have keys, but no lines.
    document: Option<Document>,
    found: Vec<Finding>,
}

impl Findings {
    pub(super) fn new(file: Option<String>, document: Option<Document>) -> Self {
        Findings {
            file,
            document,
            found: Vec::new(),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.found.len()
    }

    pub(super) fn has_errors(&self) -> bool {
        self.found.iter().any(|f| f.diagnostic.is_error())
    }

    /// A finding about a key or its whole value.
    pub(super) fn about_key<K: AsRef<str>>(&mut self, path: &[K], diagnostic: Diagnostic) {
        self.about_text(path, "", diagnostic);
    }

    /// A finding about a name that is declared: the last of the keys.
    pub(super) fn about_name(&mut self, path: &[&str], diagnostic: Diagnostic) {
        let key_span = self.document.as_ref().and_then(|document| {
            let (last, above) = path.split_last()?;
            Some(document.get(above)?.entry(last)?.key_span())
        });
        let placed = key_span.map(|span| Placed::over(span, &diagnostic, true));
        self.add(path.join("."), "", diagnostic, placed);
    }

    /// A finding about a part of the expression that stands under a path of keys.
    pub(super) fn about_text<K: AsRef<str>>(
        &mut self,
        path: &[K],
        text: &str,
        diagnostic: Diagnostic,
    ) {
        let path: Vec<&str> = path.iter().map(AsRef::as_ref).collect();
        let document = self.document.as_ref();
        let placed = document.and_then(|document| Placed::of(document, &path, text, &diagnostic));
        self.add(path.join("."), text, diagnostic, placed);
    }

    /// Reports comments of an expression that go on over several lines of the file, because the document joins them: what
    /// stands on the next line is then no longer a part of the expression.
    pub(super) fn joined_comments<K: AsRef<str>>(&mut self, path: &[K], text: &str) {
        let keys: Vec<&str> = path.iter().map(AsRef::as_ref).collect();
        let Some(document) = &self.document else {
            return;
        };
        let Some(node) = document.get(&keys).filter(|n| n.as_text() == Some(text)) else {
            return;
        };
        let is_joined = |comment: &Span| {
            let place = document.place_in_text(node, *comment);
            place.is_some_and(|place| place.of(document.text()).trim_end().contains('\n'))
        };
        let joined: Vec<Span> = syntax::comments(text).filter(is_joined).collect();
        for comment in joined {
            let message = "this comment swallows the line below it";
            let diagnostic = Diagnostic::error("E0210", comment, message)
                .help("the lines of this text are joined; write it as a block after `|`, which keeps them");
            self.about_text(path, text, diagnostic);
        }
    }

    /// A finding about places of the document that are known, and of which the second may be in another file.
    pub(super) fn between(
        &mut self,
        key: String,
        diagnostic: Diagnostic,
        other: Option<(Span, &str)>,
    ) {
        let Some(document) = self.document.as_ref() else {
            return;
        };
        let part = document.part(diagnostic.span.start);
        let origin = part.name.or(self.file.as_deref());
        let span = part.local(diagnostic.span);
        let shown = diagnostic.map_spans(|span| part.local(span));
        let other = other.map(|(span, label)| {
            let part = document.part(span.start);
            let name = part.name.or(self.file.as_deref());
            (part, name, span, label)
        });
        let rendered = match &other {
            Some((there, name, span, label)) => {
                let elsewhere = Elsewhere {
                    source: there.text,
                    origin: *name,
                    span: there.local(*span),
                    label,
                };
                shown.render_with(part.text, origin, &key, &elsewhere)
            }
            None => shown.render_at(part.text, origin, &key),
        };
        let place = Place {
            file: origin.map(str::to_owned),
            span: Some(span),
            position: Some(FilePosition::of(part.text, span.start as usize)),
            other: other.map(|(there, name, span, label)| {
                let at = there.position(span.start);
                OtherPlace {
                    file: name.map(str::to_owned),
                    line: at.line,
                    column: at.column,
                    span: there.local(span),
                    label: label.to_owned(),
                }
            }),
        };
        self.push(key, place, "", shown, &rendered);
    }

    fn add(&mut self, key: String, text: &str, diagnostic: Diagnostic, placed: Option<Placed>) {
        let Some((placed, document)) = placed.zip(self.document.as_ref()) else {
            let rendered = unplaced(&diagnostic, text, self.file.as_deref(), &key);
            let place = Place {
                file: self.file.clone(),
                ..Place::default()
            };
            return self.push(key, place, text, diagnostic, &rendered);
        };
        let part = document.part(placed.diagnostic.span.start);
        let origin = part.name.or(self.file.as_deref());
        let shown = placed.diagnostic.map_spans(|span| part.local(span));
        let at = FilePosition::of(part.text, shown.span.start as usize);
        let rendered = if placed.spells_out {
            shown.render_at(part.text, origin, &key)
        } else {
            let file = origin.map_or_else(String::new, |file| format!("{file}:"));
            diagnostic.render(text, Some(&format!("{file}{at}, {key}")))
        };
        let place = Place {
            file: origin.map(str::to_owned),
            span: Some(shown.span),
            position: Some(at),
            other: None,
        };
        self.push(key, place, text, diagnostic, &rendered);
    }

    fn push(
        &mut self,
        key: String,
        place: Place,
        text: &str,
        diagnostic: Diagnostic,
        rendered: &str,
    ) {
        self.found.push(Finding {
            file: place.file,
            key,
            line: place.position.map(|at| at.line),
            column: place.position.map(|at| at.column),
            span: place.span,
            text: text.to_owned(),
            diagnostic,
            other: place.other,
            rendered: rendered.trim_end().to_owned(),
        });
    }

    /// A file that cannot be read as a document: what it is called, and its text.
    pub(super) fn unreadable(&mut self, file: Option<&str>, source: &str, error: &DocumentError) {
        let span = error.span().unwrap_or_default();
        let diagnostic = Diagnostic::error("E0201", span, error.message()).help(error.help_text());
        let key = error.path().collect::<Vec<_>>().join(".");
        let rendered = diagnostic.render_at(source, file, &key);
        let place = Place {
            file: file.map(str::to_owned),
            span: error.span(),
            position: error.position(),
            other: None,
        };
        self.push(key, place, "", diagnostic, &rendered);
    }

    /// The document, where it is no rule file.
    pub(super) fn no_rule_file(&mut self, error: &DocumentError) {
        let key = error.path().collect::<Vec<_>>().join(".");
        let span = error.span().unwrap_or_default();
        let diagnostic = Diagnostic::error("E0201", span, error.message()).help(error.help_text());
        self.between(key, diagnostic, None);
    }

    /// Takes in findings that have their places.
    pub(super) fn add_all(&mut self, found: Vec<Finding>) {
        self.found.extend(found);
    }

    /// All findings as an error.
    pub(super) fn into_error(self) -> LoadError {
        LoadError {
            findings: self.sorted(),
        }
    }

    /// The warnings, or all findings if one of them is an error.
    pub(super) fn finish(self) -> Result<Vec<Finding>, LoadError> {
        let found = self.sorted();
        if found.iter().any(|f| f.diagnostic.is_error()) {
            Err(LoadError { findings: found })
        } else {
            Ok(found)
        }
    }

    /// Errors first, then by place; the files that are included come in their order, behind the file that includes them.
    fn sorted(self) -> Vec<Finding> {
        let mut found = self.found;
        let files = self.document.as_ref().map(Document::file_names);
        let order = |f: &Finding| {
            let names = files.as_ref()?;
            names.iter().position(|name| *name == f.file.as_deref())
        };
        found.sort_by_key(|f| {
            let place = f.span.map(|span| (span.start, span.end));
            (
                std::cmp::Reverse(f.diagnostic.severity),
                order(f),
                place,
                f.diagnostic.span.start,
            )
        });
        found
    }
}

/// Where a finding is.
#[derive(Default)]
struct Place {
    file: Option<String>,
    span: Option<Span>,
    position: Option<FilePosition>,
    other: Option<OtherPlace>,
}

/// A diagnostic whose spans are those of the document.
struct Placed {
    diagnostic: Diagnostic,
    /// Whether the file has the expression at fault, so that its own lines can be shown.
    spells_out: bool,
}

impl Placed {
    fn over(span: Span, diagnostic: &Diagnostic, spells_out: bool) -> Self {
        Placed {
            diagnostic: Diagnostic {
                span,
                ..diagnostic.clone()
            },
            spells_out,
        }
    }

    fn of(document: &Document, path: &[&str], text: &str, diagnostic: &Diagnostic) -> Option<Self> {
        let node = document.get(path);
        // What the text of a finding is must stand there: a condition of a template, say, does not.
        let spelled = node.filter(|node| match node.content() {
            NodeContent::Text(said) => !text.is_empty() && said.as_str() == text,
            NodeContent::Number(_) => !text.is_empty(),
            _ => false,
        });
        if let Some(diagnostic) =
            spelled.and_then(|node| document.place_diagnostic(node, diagnostic))
        {
            return Some(Placed {
                diagnostic,
                spells_out: true,
            });
        }
        // Of a key that is not there, the table that it is missing from.
        let span = (0..=path.len())
            .rev()
            .find_map(|n| document.label_span(path.get(..n)?))?;
        Some(Placed::over(span, diagnostic, text.is_empty()))
    }
}

/// A finding of a document that has no text.
fn unplaced(diagnostic: &Diagnostic, text: &str, file: Option<&str>, key: &str) -> String {
    let origin = match file {
        Some(file) if key.is_empty() => file.to_owned(),
        Some(file) => format!("{file}, {key}"),
        None => key.to_owned(),
    };
    if !text.is_empty() {
        return diagnostic.render(text, (!origin.is_empty()).then_some(&origin));
    }
    let severity = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let mut out = format!("{severity}[{}]: {}", diagnostic.code, diagnostic.message);
    if !origin.is_empty() {
        out += &format!("\n --> {origin}");
    }
    if !diagnostic.help.is_empty() {
        out += &format!("\n  = help: {}", diagnostic.help);
    }
    out
}

/// Why a rule file cannot be used: every error found in it, and the warnings beside them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoadError {
    findings: Vec<Finding>,
}

impl LoadError {
    /// The findings: errors first, then by place.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, finding) in self.findings.iter().enumerate() {
            if i > 0 {
                f.write_str("\n\n")?;
            }
            fmt::Display::fmt(finding, f)?;
        }
        Ok(())
    }
}

impl std::error::Error for LoadError {}

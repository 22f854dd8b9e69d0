//! Loading: a document becomes a [`Rulebook`]. Names are put in the order in which they depend on one another; then each
//! expression is checked among those before it.

mod order;
mod read;
mod resolve;

use super::document::{RulebookDocument, StageDocument};
use super::finding::{Finding, LoadError};
use super::reader::{Found, Reader};
use super::{Format, Rulebook, lifecycles, locate, sending, triggers};
use crate::check::Context;
use crate::diagnostic::Diagnostic;
use crate::rule::Rule;
use crate::schema::Schema;
use crate::span::Span;
use crate::syntax::Expr;
use crate::time::Zone;
use chrono::Weekday;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Loads a rule file, with the file's name for messages and perhaps a schema from elsewhere.
///
/// ```
/// use segue::{Rulebook, rulebook::Format, schema::{Field, Schema}, Type};
/// let schema = Schema::builder().attribute(Field::new("age", Type::Int)).build()?;
/// let error = Rulebook::loader()
///     .file("rules.json")
///     .schema(schema)
///     .load(Format::Json, r#"{"segments": {
///         "grown_up": "agee >= 18"}}"#)
///     .unwrap_err();
/// assert_eq!(error.findings()[0].line, Some(2));
/// assert_eq!(error.findings()[0].key, "segments.grown_up");
/// assert!(error.to_string().contains("did you mean `age`?"));
/// # Ok::<(), segue::schema::SchemaError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Loader {
    file: Option<String>,
    schema: Option<Schema>,
    timezone: Option<Zone>,
}

impl Loader {
    /// The file's name, which findings carry.
    #[must_use]
    pub fn file(mut self, name: impl Into<String>) -> Self {
        self.file = Some(name.into());
        self
    }

    /// The schema to use where the document has none: that of a service's own struct, or one inferred from data.
    #[must_use]
    pub fn schema(mut self, schema: Schema) -> Self {
        self.schema = Some(schema);
        self
    }

    /// The zone to use instead of the document's.
    #[must_use]
    pub fn timezone(mut self, zone: Zone) -> Self {
        self.timezone = Some(zone);
        self
    }

    /// Loads a document from text.
    ///
    /// # Errors
    /// If it is no rule file, or with all errors of all its expressions.
    pub fn load(self, format: Format, text: &str) -> Result<Rulebook, LoadError> {
        let document = match format {
            #[cfg(feature = "toml")]
            Format::Toml => toml::from_str(text).map_err(|e: toml::de::Error| {
                let line = e
                    .span()
                    .and_then(|s| text.get(..s.start))
                    .map(|before| before.matches('\n').count() + 1);
                (line, e.message().to_owned())
            }),
            #[cfg(feature = "yaml")]
            Format::Yaml => serde_saphyr::from_str(text).map_err(|e| {
                let line = e.location().and_then(|l| usize::try_from(l.line()).ok());
                (
                    line,
                    without_place(e.to_string().lines().next().unwrap_or_default()).to_owned(),
                )
            }),
            Format::Json => serde_json::from_str(text).map_err(|e| {
                let place = format!(" at line {} column {}", e.line(), e.column());
                let message = e.to_string();
                (
                    Some(e.line()),
                    message.strip_suffix(&place).unwrap_or(&message).to_owned(),
                )
            }),
        };
        let document: RulebookDocument = match document {
            Ok(document) => document,
            Err((line, message)) => {
                let diagnostic = Diagnostic::error("E0201", Span::default(), message)
                    .help("docs/rulebooks.md describes rule files");
                return Err(LoadError::new(vec![Finding {
                    file: self.file,
                    key: String::new(),
                    line,
                    text: String::new(),
                    diagnostic,
                }]));
            }
        };
        Work::new(self, document).run(|path| locate::line(format, text, path))
    }

    /// Loads a document that was read already; findings then name no lines.
    ///
    /// # Errors
    /// With all errors of all expressions.
    pub fn load_document(self, document: RulebookDocument) -> Result<Rulebook, LoadError> {
        Work::new(self, document).run(|_| None)
    }
}

/// Something with a name, by its sort. The order is that of the document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Sort {
    Trait,
    Score,
    Tag,
    Segment,
    Lifecycle,
}

type Id = (Sort, String);

/// An expression of the document: where it stands and what it says.
struct Part {
    path: Vec<String>,
    text: String,
    expr: Option<Expr>,
}

struct Work {
    file: Option<String>,
    document: RulebookDocument,
    context: Context,
    parts: BTreeMap<Id, Vec<Part>>,
    found: Vec<Found>,
    segments: BTreeMap<String, Rule>,
    tags: BTreeMap<String, Rule>,
    /// The stages of each lifecycle, templates filled in.
    stages: BTreeMap<String, Vec<StageDocument>>,
}

impl Work {
    fn new(loader: Loader, document: RulebookDocument) -> Self {
        let schema = document
            .schema
            .clone()
            .or(loader.schema)
            .unwrap_or_default();
        let mut context = Context::new(schema);
        let mut found = Vec::new();
        match (loader.timezone, &document.timezone) {
            (Some(zone), _) => context = context.zone(zone),
            (None, Some(name)) => match name.parse() {
                Ok(zone) => context = context.zone(zone),
                Err(e) => found.push((
                    vec!["timezone".to_owned()],
                    String::new(),
                    Diagnostic::error("E0202", Span::default(), format!("{e}")),
                )),
            },
            (None, None) => {}
        }
        if let Some(day) = &document.week_starts {
            match day.parse::<Weekday>() {
                Ok(day) => context = context.week_start(day),
                Err(_) => found.push((
                    vec!["week_starts".to_owned()],
                    String::new(),
                    Diagnostic::error(
                        "E0202",
                        Span::default(),
                        format!("`{day}` is not a weekday"),
                    )
                    .help("write `monday` … `sunday`"),
                )),
            }
        }
        context.declared_segments = document.segments.keys().cloned().collect();
        context.declared_lifecycles = document.lifecycles.keys().cloned().collect();
        context.declared_values = document
            .traits
            .keys()
            .chain(document.scores.keys())
            .cloned()
            .collect();
        Work {
            file: loader.file,
            document,
            context,
            parts: BTreeMap::new(),
            found,
            segments: BTreeMap::new(),
            tags: BTreeMap::new(),
            stages: BTreeMap::new(),
        }
    }

    fn run(mut self, line: impl Fn(&[&str]) -> Option<usize>) -> Result<Rulebook, LoadError> {
        self.read();
        for id in self.order() {
            self.resolve(&id);
        }
        let mut reader = Reader {
            context: &self.context,
            found: &mut self.found,
        };
        let sending = sending::load(&self.document, &mut reader);
        let triggers = triggers::load(&self.document, &self.stages, &sending, &mut reader);
        let file = self.file.clone();
        let findings: Vec<Finding> = std::mem::take(&mut self.found)
            .into_iter()
            .map(|(path, text, diagnostic)| {
                let keys: Vec<&str> = path.iter().map(String::as_str).collect();
                Finding {
                    file: file.clone(),
                    line: line(&keys),
                    key: path.join("."),
                    text,
                    diagnostic,
                }
            })
            .collect();
        if findings.iter().any(|f| f.diagnostic.is_error()) {
            return Err(LoadError::new(findings));
        }
        Ok(Rulebook {
            document: self.document,
            context: self.context,
            segments: self.segments,
            tags: self.tags,
            sending: Arc::new(sending),
            triggers,
            warnings: LoadError::new(findings).findings().to_vec(),
        })
    }

    fn report(&mut self, path: &[String], text: &str, diagnostic: Diagnostic) {
        self.found
            .push((path.to_vec(), text.to_owned(), diagnostic));
    }

    fn report_below(&mut self, key: &str, name: &str, found: lifecycles::Found) {
        for (below, diagnostic) in found {
            let path: Vec<String> = [key.to_owned(), name.to_owned()]
                .into_iter()
                .chain(below)
                .collect();
            self.report(&path, "", diagnostic);
        }
    }
}

/// A YAML message without the place that it begins with.
#[cfg(feature = "yaml")]
fn without_place(message: &str) -> &str {
    let message = message.strip_prefix("error: ").unwrap_or(message);
    match message.split_once(": ") {
        // An error within an error says its place too.
        Some((place, rest)) if place.starts_with("line ") => without_place(rest),
        _ => message,
    }
}

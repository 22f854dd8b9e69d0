//! Loading: a document becomes a [`Rulebook`]. Names are put in the order in which they depend on one another; then each
//! expression is checked among those before it.

mod ledgers;
mod order;
mod read;
mod resolve;

use super::campaigns::{self, Campaigns};
use super::document::{RulebookDocument, StageDocument, TraitDocument};
use super::finding::{Findings, LoadError};
use super::include::{self, FileSource};
use super::reader::Reader;
use super::usage::UsageWarnings;
use super::{Matrix, Rulebook, identity, journeys, reports, sending, touchpoints, triggers};
use crate::check::{Context, NameLog, PlacedName, SentNames};
use crate::diagnostic::Diagnostic;
use crate::document::{Document, Format};
use crate::rule::sending::Sending;
use crate::rule::trigger::Trigger;
use crate::rule::{Rule, ValueRule};
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
    files: FileSource,
    schema: Option<Schema>,
    timezone: Option<Zone>,
    usage: UsageWarnings,
}

impl Loader {
    /// The file's name, which findings carry.
    #[must_use]
    pub fn file(mut self, name: impl Into<String>) -> Self {
        self.file = Some(name.into());
        self
    }

    /// The text of a file that may be included, under the name by which the rule file calls it.
    ///
    /// Names are paths, counted from the folder of the rule file: `retail.toml`, included by `packs/beauty.toml`, is
    /// `packs/retail.toml`.
    ///
    /// ```
    /// # #[cfg(feature = "toml")] {
    /// use segue::{Rulebook, rulebook::Format};
    /// let rulebook = Rulebook::loader()
    ///     .with("packs/loyalty.toml", r#"
    ///         schema.events.purchased = {}
    ///         segments.regular = "purchased at least 4 times within 12 months"
    ///     "#)
    ///     .load(Format::Toml, r#"
    ///         include = ["packs/loyalty.toml"]
    ///         segments.sporadic = "purchased and not in segment regular"
    ///     "#)?;
    /// assert_eq!(rulebook.segments().map(|(name, _)| name).collect::<Vec<_>>(), ["regular", "sporadic"]);
    /// # }
    /// # Ok::<(), segue::rulebook::LoadError>(())
    /// ```
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, text: impl Into<String>) -> Self {
        self.files.insert(name.into(), text.into());
        self
    }

    /// The texts of all [packs](crate::packs), as `packs/beauty.toml` and so on.
    ///
    /// ```
    /// use segue::{Rulebook, rulebook::Format};
    /// let rulebook = Rulebook::loader()
    ///     .with_packs()
    ///     .load(Format::Toml, "include = [\"packs/retail.toml\"]")?;
    /// assert!(rulebook.segment("champions").is_some());
    /// # Ok::<(), segue::rulebook::LoadError>(())
    /// ```
    #[cfg(feature = "toml")]
    #[must_use]
    pub fn with_packs(self) -> Self {
        let all = crate::packs::ALL.into_iter();
        all.fold(self, |loader, (name, text)| {
            loader.with(format!("packs/{name}.toml"), text)
        })
    }

    /// Where the texts of included files come from that were not given by [`with`](Self::with): from a folder, a database. It is
    /// given the same names, and answers with the text or with why there is none.
    ///
    /// ```no_run
    /// use segue::Rulebook;
    /// let loader = Rulebook::loader()
    ///     .file("shop/rules.toml")
    ///     .find_with(|name| std::fs::read_to_string(format!("shop/{name}")).map_err(|e| e.to_string()));
    /// ```
    #[must_use]
    pub fn find_with(
        mut self,
        find: impl Fn(&str) -> Result<String, String> + Send + Sync + 'static,
    ) -> Self {
        self.files.find_with(Arc::new(find));
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

    /// Warns of what the schema declares and no rule reads: attributes, event kinds, relations and properties (`W0120`).
    ///
    /// ```
    /// use segue::{Rulebook, rulebook::Format};
    /// let rulebook = Rulebook::loader().warn_of_unread().load(Format::Json, r#"{
    ///     "schema": {"attributes": {"age": "int", "fax": "string"}},
    ///     "segments": {"grown_up": "age >= 18"}}"#)?;
    /// let keys: Vec<&str> = rulebook.warnings().iter().map(|warning| warning.key.as_str()).collect();
    /// assert_eq!(keys, ["schema.attributes.fax"]);
    /// # Ok::<(), segue::rulebook::LoadError>(())
    /// ```
    #[must_use]
    pub fn warn_of_unread(mut self) -> Self {
        self.usage.unread = true;
        self
    }

    /// Warns of attributes and properties that a trigger or journey which sends reads, and that are not declared to be for
    /// `communication` (`W0340`). Messages of class `transactional` are no communication, and a bool that a consent reads is a permission.
    ///
    /// ```
    /// use segue::{Rulebook, rulebook::Format};
    /// let rulebook = Rulebook::loader().warn_of_purposes().load(Format::Toml, r#"
    ///     schema.attributes.birthday = { type = "date", yearly = true, purpose = ["communication"] }
    ///     schema.attributes.income = { type = "int", purpose = ["credit check"] }
    ///     channels.email = {}
    ///     messages.card = { channel = "email" }
    ///     triggers.birthday = { on = "birthday at 09:00", when = "income > 100000", do = [{ send = "card" }] }
    /// "#)?;
    /// let keys: Vec<&str> = rulebook.warnings().iter().map(|warning| warning.key.as_str()).collect();
    /// assert_eq!(keys, ["schema.attributes.income"]);
    /// # Ok::<(), segue::rulebook::LoadError>(())
    /// ```
    #[must_use]
    pub fn warn_of_purposes(mut self) -> Self {
        self.usage.purposes = true;
        self
    }

    /// Loads a document from text.
    ///
    /// # Errors
    /// If it is no rule file, or with all errors of all its expressions; if a file that it includes is not there, or says what
    /// another one says already.
    pub fn load(self, format: Format, text: &str) -> Result<Rulebook, LoadError> {
        let own = match Document::parse(format, text) {
            Ok(document) => document,
            Err(error) => {
                let mut findings = Findings::new(self.file.clone(), None);
                findings.unreadable(self.file.as_deref(), text, &error);
                return Err(findings.into_error());
            }
        };
        let document = include::assemble(
            self.file.as_deref(),
            &self.files,
            self.schema.as_ref(),
            own,
            &|pack| self.read_alone(pack),
        )?;
        match document.deserialize() {
            Ok(typed) => Work::new(self, typed, Some(document)).run(),
            Err(error) => {
                let mut findings = Findings::new(self.file, Some(document));
                findings.no_rule_file(&error);
                Err(findings.into_error())
            }
        }
    }

    /// Reads a pack by itself: what it declares in its schema, and where its rules name something of it.
    fn read_alone(&self, pack: Document) -> Result<(Schema, Vec<PlacedName>), LoadError> {
        let loader = Loader {
            file: self.file.clone(),
            ..Loader::default()
        };
        let typed = match pack.deserialize() {
            Ok(typed) => typed,
            Err(error) => {
                let mut findings = Findings::new(loader.file, Some(pack));
                findings.no_rule_file(&error);
                return Err(findings.into_error());
            }
        };
        let names = NameLog::default();
        let mut work = Work::new(loader, typed, Some(pack));
        work.context.names = Some(names.clone());
        let book = work.run()?;
        // What the parameters of templates name is checked as a part of the stages that they make.
        for (name, lifecycle) in &book.document.lifecycles {
            for (parameter, value) in &lifecycle.with {
                let text = value.to_string();
                if ValueRule::check_in(&text, &book.context).is_ok() {
                    names.place(&["lifecycles", name, "with", parameter], &text);
                }
            }
        }
        Ok((
            book.document.schema.clone().unwrap_or_default(),
            names.placed(),
        ))
    }

    /// Loads a document that was read already; findings then name no lines.
    ///
    /// # Errors
    /// With all errors of all expressions.
    pub fn load_document(self, document: RulebookDocument) -> Result<Rulebook, LoadError> {
        let includes = !document.include.is_empty() || !document.packs.is_empty();
        let mut work = Work::new(self, document, None);
        if includes {
            let message = "the files that a document includes are read with its text";
            let diagnostic = Diagnostic::error("E0230", Span::default(), message)
                .help("load it from its text, with `Loader::load`");
            work.findings.about_key(&["include"], diagnostic);
        }
        work.run()
    }
}

/// What a name of the document stands for. The order is that in which definitions are resolved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum DefinitionKind {
    Trait,
    Score,
    Tag,
    Segment,
    Lifecycle,
}

/// A definition of the document: its kind and its name.
type DefinitionId = (DefinitionKind, String);

/// An expression of the document: where it stands and what it says.
struct ExpressionSource {
    path: Vec<String>,
    text: String,
    expr: Option<Expr>,
}

struct Work {
    document: RulebookDocument,
    context: Context,
    parts: BTreeMap<DefinitionId, Vec<ExpressionSource>>,
    findings: Findings,
    usage: UsageWarnings,
    segments: BTreeMap<String, Rule>,
    tags: BTreeMap<String, Rule>,
    /// The stages of each lifecycle, templates filled in.
    stages: BTreeMap<String, Vec<StageDocument>>,
    matrices: BTreeMap<String, Arc<Matrix>>,
    /// The traits that the document has without declaring them.
    made: BTreeMap<String, TraitDocument>,
}

impl Work {
    fn new(loader: Loader, document: RulebookDocument, source: Option<Document>) -> Self {
        let schema = document
            .schema
            .clone()
            .or(loader.schema)
            .unwrap_or_default();
        let schema = if document.messages.is_empty() {
            schema
        } else {
            schema.with_sent()
        };
        let schema = if document.journeys.is_empty() {
            schema
        } else {
            schema.with_journey_passed()
        };
        let mut context = Context::new(schema);
        let mut findings = Findings::new(loader.file, source);
        match (loader.timezone, &document.timezone) {
            (Some(zone), _) => context = context.zone(zone),
            (None, Some(name)) => match name.parse() {
                Ok(zone) => context = context.zone(zone),
                Err(e) => {
                    let diagnostic = Diagnostic::error("E0202", Span::default(), e.to_string());
                    findings.about_key(&["timezone"], diagnostic);
                }
            },
            (None, None) => {}
        }
        if let Some(day) = &document.week_starts {
            match day.parse::<Weekday>() {
                Ok(day) => context = context.week_start(day),
                Err(_) => {
                    let message = format!("`{day}` is not a weekday");
                    let diagnostic = Diagnostic::error("E0202", Span::default(), message)
                        .help("write `monday` … `sunday`");
                    findings.about_key(&["week_starts"], diagnostic);
                }
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
        context.sent_names = sent_names(&document);
        context.journeys = (document.journeys.iter())
            .map(|(name, journey)| (name.clone(), journey.names()))
            .collect();
        Work {
            document,
            context,
            parts: BTreeMap::new(),
            findings,
            usage: loader.usage,
            segments: BTreeMap::new(),
            tags: BTreeMap::new(),
            stages: BTreeMap::new(),
            matrices: BTreeMap::new(),
            made: BTreeMap::new(),
        }
    }

    fn run(mut self) -> Result<Rulebook, LoadError> {
        self.read();
        for id in self.order() {
            self.resolve(&id);
        }
        self.context.defining = None;
        let mut reader = Reader {
            context: &self.context,
            findings: &mut self.findings,
        };
        let sending = sending::load(&self.document, &mut reader);
        let identity = identity::load(&self.document, &mut reader);
        let campaigns = campaigns::load(&self.document, &mut reader);
        let sends = (&sending, &campaigns);
        let triggers = triggers(&self.document, &self.stages, sends, &mut reader);
        let touchpoints = touchpoints::load(&self.document, &mut reader);
        let reports = reports::load(&self.document, &mut reader);
        let mut rulebook = Rulebook {
            document: self.document,
            context: self.context,
            segments: self.segments,
            tags: self.tags,
            matrices: self.matrices,
            sending: Arc::new(sending),
            identity: Arc::new(identity),
            triggers,
            touchpoints: touchpoints.into(),
            reports: reports.into(),
            warnings: Vec::new(),
        };
        // Of rules with errors it is not known what they read.
        if !self.findings.has_errors() {
            self.usage.report(&rulebook, &mut self.findings);
        }
        rulebook.warnings = self.findings.finish()?;
        Ok(rulebook)
    }
}

/// What a document declares that sends something or is sent.
fn sent_names(document: &RulebookDocument) -> SentNames {
    fn names<'d>(names: impl Iterator<Item = &'d String>) -> Vec<String> {
        names.cloned().collect()
    }
    SentNames::from([
        ("message", names(document.messages.keys())),
        ("channel", names(document.channels.keys())),
        ("trigger", names(document.triggers.keys())),
        ("journey", names(document.journeys.keys())),
        ("campaign", names(document.campaigns.keys())),
    ])
}

/// The triggers and journeys in the order in which they go at one instant: by priority, then triggers before journeys, then as
/// they are declared.
fn triggers(
    document: &RulebookDocument,
    stages: &BTreeMap<String, Vec<StageDocument>>,
    sends: (&Sending, &Campaigns),
    reader: &mut Reader<'_>,
) -> Vec<Arc<Trigger>> {
    let stages = triggers::stages_of(stages);
    let mut all = triggers::load(document, &stages, sends, reader);
    all.extend(journeys::load(document, &stages, sends, reader));
    all.sort_by_key(|trigger| std::cmp::Reverse(trigger.priority));
    all.into_iter().map(Arc::new).collect()
}

//! Rule files and expressions as rules.

use crate::args::{Question, RulesArgs};
use crate::data::Data;
use crate::data::line::LineReader;
use crate::input::{OnError, Source};
use crate::terminal::{self, Failure};
use segue::check::Context;
use segue::document::{Document, DocumentNode, Format};
use segue::profile::RecordReader;
use segue::rulebook::Loader;
use segue::{Rule, Rulebook, Schema, Zone, syntax};

/// How deep files that include files are followed in search of a schema.
const MAX_INCLUDES: usize = 8;

/// A rule file's text and how it is written.
#[derive(Debug)]
pub(crate) struct RuleFile {
    pub(crate) source: Source,
    pub(crate) format: Format,
    pub(crate) text: String,
}

impl RuleFile {
    pub(crate) fn read(source: Source) -> Result<Self, Failure> {
        let format = Format::of_file(&source.to_string()).ok_or_else(|| {
            Failure::new(format!(
                "{source}: unknown file extension; use `.toml`, `.yaml` or `.json`"
            ))
        })?;
        let text = source.text()?;
        Ok(RuleFile {
            source,
            format,
            text,
        })
    }

    /// A loader that names this file in its findings, and reads what it includes from its folder.
    pub(crate) fn loader(&self) -> Loader {
        let source = self.source.clone();
        Rulebook::loader()
            .file(self.source.to_string())
            .find_with(move |name| source.beside(name).text_of_included())
    }

    /// Whether it brings a schema, itself or in what it includes. Of a file that cannot be read, loading says why.
    pub(crate) fn has_schema(&self) -> bool {
        self.has_schema_within(MAX_INCLUDES)
    }

    /// `depth`: how far includes are followed, which may go in circles.
    fn has_schema_within(&self, depth: usize) -> bool {
        let Ok(document) = Document::parse(self.format, &self.text) else {
            return true;
        };
        let included = || {
            let include = document.get(&["include"]).map(DocumentNode::items);
            let names = include.unwrap_or_default().iter();
            names.filter_map(DocumentNode::as_text)
        };
        let has = |name: &str| {
            let file = RuleFile::read(self.source.beside(name));
            file.is_ok_and(|file| file.has_schema_within(depth - 1))
        };
        document.get(&["schema"]).is_some() || (depth > 0 && included().any(has))
    }

    /// Loads it, or all that is wrong with it.
    pub(crate) fn load(&self, loader: Loader) -> Result<Rulebook, Failure> {
        loader
            .load(self.format, &self.text)
            .map_err(|e| Failure::new(e.to_string()))
    }
}

/// What the questions of a call may name.
#[derive(Debug)]
pub(crate) struct Rules {
    rulebook: Option<Rulebook>,
    context: Context,
    zone: Zone,
    /// What of the data is not in the schema that was inferred from them.
    left_out: Vec<String>,
}

impl Rules {
    /// Loads the rule file, with the schema of another file or, where there is none, of the data themselves.
    ///
    /// `warn`: says so where scores are not fitted yet.
    pub(crate) fn load(
        args: impl Into<RulesArgs>,
        timezone: Option<Zone>,
        data: &mut Data,
        warn: bool,
    ) -> Result<Self, Failure> {
        let args = args.into();
        let file = args.rules.map(RuleFile::read).transpose()?;
        let (mut schema, mut left_out) = (None, Vec::new());
        if let Some(source) = args.schema {
            schema = Some(schema_of(source)?);
        } else if file.as_ref().is_none_or(|f| !f.has_schema()) {
            let inferred = data.infer(data.on_error == OnError::Stop)?;
            (schema, left_out) = (Some(inferred.schema), inferred.left_out);
        }
        if let Some(file) = file {
            let mut loader = file.loader();
            if let Some(schema) = schema {
                loader = loader.schema(schema);
            }
            if let Some(zone) = timezone {
                loader = loader.timezone(zone);
            }
            let rulebook = file
                .load(loader)
                .inspect_err(|_| tell(&left_out, [file.text.as_str()]))?;
            // Whoever asks for a score should know that nobody has it yet. The other warnings are for `check`.
            for unfitted in rulebook
                .warnings()
                .iter()
                .filter(|w| warn && w.diagnostic.code == "W0104")
            {
                terminal::say_painted(&terminal::painted(&unfitted.to_string()));
            }
            return Ok(Rules {
                context: rulebook.context().clone(),
                zone: rulebook.zone(),
                rulebook: Some(rulebook),
                left_out,
            });
        }
        let zone = timezone.unwrap_or_default();
        let context = Context::new(schema.unwrap_or_default()).zone(zone);
        Ok(Rules {
            rulebook: None,
            context,
            zone,
            left_out,
        })
    }

    /// The rule file, if there is one.
    pub(crate) fn rulebook(&self) -> Option<&Rulebook> {
        self.rulebook.as_ref()
    }

    /// The zone in which days begin.
    pub(crate) fn zone(&self) -> Zone {
        self.zone
    }

    /// A reader of what a part of the schema names.
    pub(crate) fn reader(&self, part: &Schema, on_error: OnError) -> RecordReader {
        let mut reader = RecordReader::new(part)
            .part_of(self.schema())
            .zone(self.zone);
        if let Some(attribute) = self.rulebook.as_ref().and_then(Rulebook::profile_timezone) {
            reader = reader.timezone_attribute(attribute);
        }
        match on_error {
            OnError::Stop => reader,
            OnError::Skip => reader.tolerant(),
        }
    }

    /// A reader of the lines of a stream.
    pub(crate) fn line_reader(&self, on_error: OnError) -> LineReader {
        LineReader::new(self.reader(self.schema(), on_error), self.zone)
            .with_identifiers(self.rulebook())
    }

    /// The names that data may have.
    pub(crate) fn schema(&self) -> &Schema {
        self.context.schema()
    }

    /// The rule that each question stands for, or everything that is wrong with any of them.
    pub(crate) fn rules(&self, questions: &[Question]) -> Result<Vec<Rule>, Failure> {
        let mut rules = Vec::with_capacity(questions.len());
        let mut errors = Vec::new();
        let mut asked = Vec::new();
        for (at, question) in questions.iter().enumerate() {
            match question {
                Question::Segment(name) => {
                    match self.rulebook.as_ref().and_then(|r| r.segment(name)) {
                        Some(rule) => rules.push(rule.clone()),
                        None => return Err(self.no_segment(name)),
                    }
                }
                Question::Expr(text) => {
                    let origin = origin(at, questions);
                    match Rule::check_in(text, &self.context) {
                        Ok(rule) => {
                            let warnings =
                                terminal::rendered(rule.warnings(), text, origin.as_deref());
                            if !warnings.is_empty() {
                                terminal::say_painted(&terminal::painted(&warnings));
                            }
                            rules.push(rule);
                        }
                        Err(e) => {
                            asked.push(text.as_str());
                            errors.push(terminal::rendered(
                                e.diagnostics(),
                                text,
                                origin.as_deref(),
                            ));
                        }
                    }
                }
            }
        }
        if errors.is_empty() {
            return Ok(rules);
        }
        tell(&self.left_out, asked);
        Err(Failure(errors))
    }

    fn no_segment(&self, name: &str) -> Failure {
        let names: Vec<&str> = self
            .rulebook
            .iter()
            .flat_map(Rulebook::segments)
            .map(|(name, _)| name)
            .collect();
        let known = match names.len() {
            0 => "it has none".to_owned(),
            n if n > 20 => format!("it has {n}, among them {}", names[..20].join(", ")),
            _ => format!("its segments are {}", names.join(", ")),
        };
        Failure::new(format!("the rule file has no segment `{name}`; {known}"))
    }
}

/// Parses the expressions among the questions, so that a slip is told before any file is read.
pub(crate) fn parse(questions: &[Question]) -> Result<(), Failure> {
    let mut errors = Vec::new();
    for (at, question) in questions.iter().enumerate() {
        if let Question::Expr(text) = question
            && let Err(found) = syntax::parse(text)
        {
            errors.push(terminal::rendered(
                &found,
                text,
                origin(at, questions).as_deref(),
            ));
        }
    }
    if errors.is_empty() {
        Ok(())
    } else {
        Err(Failure(errors))
    }
}

/// What an expression is called in messages, where there are several.
fn origin(at: usize, questions: &[Question]) -> Option<String> {
    (questions.len() > 1).then(|| format!("question {}", at + 1))
}

/// Says of names that stand in some texts why the inferred schema does not have them.
fn tell<'t>(left_out: &[String], texts: impl IntoIterator<Item = &'t str> + Clone) {
    for reason in left_out {
        let name = reason.split('`').nth(1).unwrap_or_default();
        let last = name.rsplit('.').next().unwrap_or(name);
        if texts.clone().into_iter().any(|text| text.contains(last)) {
            terminal::note(&format!(
                "not in the schema that was inferred from the data: {reason}"
            ));
        }
    }
}

/// The schema of a rule file that may have nothing else.
pub(crate) fn schema_of(source: Source) -> Result<Schema, Failure> {
    let file = RuleFile::read(source)?;
    Ok(file.load(file.loader())?.schema().clone())
}

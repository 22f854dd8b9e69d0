//! Rule files: schema, zone, traits, tags, segments, scores and lifecycles in one serde document, loaded with every error at once.
//! Depends on `rule`, `schema`.
//!
//! A file's text is given by the caller; nothing here reads files.

mod document;
mod expression;
mod finding;
mod lifecycles;
mod load;
mod locate;
mod scores;
mod templates;

pub use document::{
    CaseDocument, CaseValue, CasesDocument, Cut, FromDocument, LifecycleDocument, ParameterValue, RulebookDocument,
    ScoreDocument, SegmentDocument, SegmentTable, StageDocument, TraitDocument,
};
pub use expression::Expression;
pub use finding::{Finding, LoadError};
pub use lifecycles::Lifecycle;
pub use load::Loader;
pub use scores::FitError;

use crate::eval::{BindError, Matcher};
use crate::profile::{Model, Profile};
use crate::rule::{Context, Reads, Rule};
use crate::schema::Schema;
use std::collections::BTreeMap;

/// How a rule file is written.
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

/// A loaded rule file: every name resolved, every expression checked.
///
/// ```
/// use segue::Rulebook;
/// let rulebook = Rulebook::from_toml(r#"
///     timezone = "Europe/Rome"
///
///     [schema.attributes]
///     age = "int"
///
///     [schema.events.purchased.properties]
///     amount = "decimal(2)"
///
///     [traits.frequency]
///     cases = [
///         { is = "loyal", when = "purchased at least 12 times within 12 months" },
///         { is = "frequent", when = "purchased at least 4 times within 12 months" },
///     ]
///     otherwise = "sporadic"
///
///     [segments]
///     vip = "frequency = loyal and sum(purchased.amount within 12 months) > 1000"
///     grown_up_vip = "in segment vip and age > 30"
/// "#)?;
/// assert_eq!(rulebook.segments().map(|(name, _)| name).collect::<Vec<_>>(), ["grown_up_vip", "vip"]);
/// # Ok::<(), segue::rulebook::LoadError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Rulebook {
    document: RulebookDocument,
    context: Context,
    segments: BTreeMap<String, Rule>,
    tags: BTreeMap<String, Rule>,
    warnings: Vec<Finding>,
}

impl Rulebook {
    /// Starts loading with more to say: the file's name, a schema from elsewhere.
    #[must_use]
    pub fn loader() -> Loader {
        Loader::default()
    }

    /// Loads a rule file written in TOML.
    ///
    /// # Errors
    /// If it is no rule file, or with all errors of all its expressions.
    #[cfg(feature = "toml")]
    pub fn from_toml(text: &str) -> Result<Self, LoadError> {
        Loader::default().load(Format::Toml, text)
    }

    /// Loads a rule file written in YAML.
    ///
    /// # Errors
    /// If it is no rule file, or with all errors of all its expressions.
    #[cfg(feature = "yaml")]
    pub fn from_yaml(text: &str) -> Result<Self, LoadError> {
        Loader::default().load(Format::Yaml, text)
    }

    /// Loads a rule file written in JSON.
    ///
    /// # Errors
    /// If it is no rule file, or with all errors of all its expressions.
    pub fn from_json(text: &str) -> Result<Self, LoadError> {
        Loader::default().load(Format::Json, text)
    }

    /// The schema.
    #[must_use]
    pub fn schema(&self) -> &Schema {
        self.context.schema()
    }

    /// What further expressions may name: [`Rule::check_in`] takes it.
    #[must_use]
    pub fn context(&self) -> &Context {
        &self.context
    }

    /// The rule of a segment.
    #[must_use]
    pub fn segment(&self, name: &str) -> Option<&Rule> {
        self.segments.get(name)
    }

    /// All segments, by name.
    pub fn segments(&self) -> impl Iterator<Item = (&str, &Rule)> {
        self.segments.iter().map(|(name, rule)| (name.as_str(), rule))
    }

    /// The tags that rules give, by path.
    pub fn tags(&self) -> impl Iterator<Item = (&str, &Rule)> {
        self.tags.iter().map(|(path, rule)| (path.as_str(), rule))
    }

    /// A lifecycle by name.
    #[must_use]
    pub fn lifecycle(&self, name: &str) -> Option<Lifecycle> {
        self.context.lifecycles.get(name).map(|l| Lifecycle::new(l.clone(), self.schema()))
    }

    /// All lifecycles, by name.
    pub fn lifecycles(&self) -> impl Iterator<Item = (&str, Lifecycle)> {
        let lifecycle = |l: &std::sync::Arc<_>| Lifecycle::new(std::sync::Arc::clone(l), self.schema());
        self.context.lifecycles.iter().map(move |(name, l)| (name.as_str(), lifecycle(l)))
    }

    /// What the rules can be used in spite of.
    #[must_use]
    pub fn warnings(&self) -> &[Finding] {
        &self.warnings
    }

    /// The document that was loaded.
    #[must_use]
    pub fn document(&self) -> &RulebookDocument {
        &self.document
    }

    /// What of a profile the segments, tags and lifecycles look at, taken together.
    #[must_use]
    pub fn reads(&self) -> Reads {
        let mut reads = Reads::default();
        self.segments.values().chain(self.tags.values()).for_each(|rule| reads.merge(rule.reads()));
        self.lifecycles().for_each(|(_, lifecycle)| reads.merge(lifecycle.reads()));
        reads
    }

    /// Binds every segment to a profile type.
    ///
    /// # Errors
    /// If the type lacks something that a segment reads, or has it with another type.
    pub fn bind<P: Profile>(&self, model: &Model<P>) -> Result<BTreeMap<String, Matcher<P>>, BindError> {
        self.segments.iter().map(|(name, rule)| Ok((name.clone(), rule.bind(model)?))).collect()
    }
}

//! Rule files: schema, zone, traits, tags, segments, scores and lifecycles in one serde document, loaded with every error at once.
//! Depends on `rule`, `schema`.
//!
//! A file's text is given by the caller; nothing here reads files.

mod actions;
mod campaigns;
mod choice;
mod contents;
mod document;
mod events;
mod expression;
mod finding;
mod identity;
mod include;
mod journeys;
mod lifecycles;
mod load;
mod made;
mod matrix;
mod offers;
mod portrait;
mod reader;
pub(crate) mod reports;
mod scores;
mod sending;
mod templates;
mod touchpoints;
mod triggers;
mod usage;
mod values;

pub use crate::document::Format;
pub use document::{
    ActionDocument, AllowsDocument, AmountDocument, BoardDocument, CampaignDocument, CapDocument,
    CaseDocument, CaseValue, CasesDocument, ChannelChoiceDocument, ChannelDocument, ChoiceDocument,
    ConsentDocument, ContentVariantDocument, Cut, EarlierCuts, EarnDocument, FromDocument,
    GoalDocument, HoldoutDocument, IdentityDocument, IntervalDocument, JourneyDocument,
    KpiDocument, LedgerDocument, LevelDocument, LifecycleDocument, MessageDocument,
    OfferCaseDocument, OfferDocument, OrdersDocument, PackDocument, ParameterValue, PathsDocument,
    PersonaDocument, PointsDocument, PriorDocument, ReportDocument, RepurchaseDocument,
    RetentionDocument, RfmDocument, RulebookDocument, ScoreDocument, SegmentDocument, SegmentTable,
    ShareDocument, SourceDocument, StageDocument, StepDocument, TakeDocument, TargetDocument,
    TogetherDocument, TouchpointDocument, TraitDocument, TriggerDocument, WeightDocument,
};
pub use expression::Expression;
pub use finding::{Finding, LoadError, OtherPlace};
pub use journeys::Journey;
pub use lifecycles::{Lifecycle, Matrix};
pub use load::Loader;
pub use portrait::{
    Portrait, PortraitPart, PortraitParts, PortraitStage, PortraitTag, Portraits, TagSource,
};
pub(crate) use reader::lit;
pub use scores::FitError;
pub(crate) use scores::{Kept, quantiles};

use crate::check::Context;
use crate::eval::{BindError, Matcher};
use crate::ir::{Lookback, Lookbacks, Reads};
use crate::profile::{Model, Profile, RecordReader};
use crate::rule::Rule;
use crate::rule::identity::Identity;
use crate::rule::sending::Sending;
use crate::rule::touchpoint::Touchpoint;
use crate::rule::trigger::{Occasion, Side, Trigger};
use crate::ruleset::RuleSet;
use crate::schema::Schema;
use crate::time::Zone;
use reports::LoadedReport;
use std::collections::BTreeMap;
use std::sync::Arc;

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
    /// The cells of the lifecycles from the template `matrix`.
    matrices: BTreeMap<String, Arc<Matrix>>,
    pub(crate) sending: Arc<Sending>,
    pub(crate) identity: Arc<Identity>,
    /// In the order in which they fire.
    pub(crate) triggers: Vec<Arc<Trigger>>,
    /// In order of declaration.
    pub(crate) touchpoints: Arc<[Touchpoint]>,
    /// In order of declaration.
    reports: Arc<[LoadedReport]>,
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

    /// The zone in which days, weeks and months begin.
    #[must_use]
    pub fn zone(&self) -> Zone {
        self.context.calendar.zone
    }

    /// The attribute that names a profile's own time zone, if the rule file says one.
    #[must_use]
    pub fn profile_timezone(&self) -> Option<&str> {
        let attribute = self.schema().attributes().get(self.sending.timezone?)?;
        Some(&attribute.name)
    }

    /// Returns a reader of profiles and events for these rules: by their schema and in their zone. A profile's time zone that does
    /// not exist is an error.
    ///
    /// ```
    /// use segue::{Event as _, Instant, Rulebook};
    /// let rulebook = Rulebook::from_toml(r#"
    ///     timezone = "Europe/Rome"
    ///     [schema.events.purchased]
    /// "#)?;
    /// let read = rulebook.record_reader().event(r#"{"profile":"909","kind":"purchased","at":"2026-06-01"}"#)?;
    /// assert_eq!(read.map(|line| line.event.at()), Some("2026-05-31T22:00:00Z".parse::<Instant>()?));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn record_reader(&self) -> RecordReader {
        let reader = RecordReader::new(self.schema()).zone(self.zone());
        match self.profile_timezone() {
            Some(attribute) => reader.timezone_attribute(attribute),
            None => reader,
        }
    }

    /// The rule of a segment.
    #[must_use]
    pub fn segment(&self, name: &str) -> Option<&Rule> {
        self.segments.get(name)
    }

    /// All segments, by name.
    pub fn segments(&self) -> impl Iterator<Item = (&str, &Rule)> {
        self.segments
            .iter()
            .map(|(name, rule)| (name.as_str(), rule))
    }

    /// The tags that rules give, by path.
    pub fn tags(&self) -> impl Iterator<Item = (&str, &Rule)> {
        self.tags.iter().map(|(path, rule)| (path.as_str(), rule))
    }

    /// A lifecycle by name.
    #[must_use]
    pub fn lifecycle(&self, name: &str) -> Option<Lifecycle> {
        let lifecycle = self.context.lifecycles.get(name)?;
        Some(Lifecycle::new(lifecycle, self))
    }

    /// All lifecycles, by name.
    pub fn lifecycles(&self) -> impl Iterator<Item = (&str, Lifecycle)> {
        let lifecycles = self.context.lifecycles.iter();
        lifecycles.map(|(name, lifecycle)| (name.as_str(), Lifecycle::new(lifecycle, self)))
    }

    /// The triggers by name, in the order in which they fire at one instant: the highest priority first, then as they
    /// are declared.
    ///
    /// ```
    /// use segue::Rulebook;
    /// let rulebook = Rulebook::from_toml(r#"
    ///     [schema.events.purchased.properties]
    ///     amount = "decimal(2)"
    ///
    ///     [channels.email]
    ///     [messages.thanks]
    ///     channel = "email"
    ///     class = "transactional"
    ///     [messages.voucher]
    ///     channel = "email"
    ///
    ///     [triggers.thanks]
    ///     on = "purchased"
    ///     do = [{ send = "thanks" }]
    ///     [triggers.voucher]
    ///     on = "purchased(amount >= 100)"
    ///     priority = 10
    ///     do = [{ send = "voucher", with = { percent = 5 } }]
    /// "#)?;
    /// assert_eq!(rulebook.triggers().collect::<Vec<_>>(), ["voucher", "thanks"]);
    /// # Ok::<(), segue::rulebook::LoadError>(())
    /// ```
    pub fn triggers(&self) -> impl Iterator<Item = &str> {
        let triggers = self.triggers.iter().filter(|t| t.journey.is_none());
        triggers.map(|trigger| &*trigger.name)
    }

    /// The journeys, in the order in which they go on at one instant: the highest priority first, then as they are declared.
    pub fn journeys(&self) -> impl Iterator<Item = Journey<'_>> {
        let journeys = self.triggers.iter();
        journeys.filter_map(|trigger| Journey::of(trigger, &self.document))
    }

    /// A journey by name.
    #[must_use]
    pub fn journey(&self, name: &str) -> Option<Journey<'_>> {
        self.journeys().find(|journey| journey.name() == name)
    }

    /// The touchpoints, as they are declared.
    pub fn touchpoints(&self) -> impl Iterator<Item = &str> {
        self.touchpoints.iter().map(|touchpoint| &*touchpoint.name)
    }

    /// The reports that have a table, as they are declared.
    pub fn reports(&self) -> impl Iterator<Item = &str> {
        self.reports.iter().map(|report| &*report.name)
    }

    pub(crate) fn report(&self, name: &str) -> Option<&LoadedReport> {
        self.reports.iter().find(|report| *report.name == *name)
    }

    /// The boards, as they are declared.
    pub fn boards(&self) -> impl Iterator<Item = (&str, &BoardDocument)> {
        let boards = self.document.boards.iter();
        boards.map(|(name, board)| (name.as_str(), board))
    }

    /// The condition whose turning a trigger waits for: that of the segment or stage, or the event or silence itself.
    /// `None` where it waits for a date, for a stage of one of many subjects, or for any move; and where there is no such
    /// trigger.
    ///
    /// ```
    /// use segue::Rulebook;
    /// let rulebook = Rulebook::from_toml(r#"
    ///     schema.events.purchased = {}
    ///     schema.attributes.birthday = { type = "date", yearly = true }
    ///     segments.regular = "purchased at least 3 times within 30 days"
    ///     triggers.thanks = { on = "enter segment regular", do = [{ call = "thanks" }] }
    ///     triggers.birthday = { on = "birthday at 09:00", do = [{ call = "card" }] }
    /// "#)?;
    /// let awaited = rulebook.awaited("thanks").map(|rule| rule.to_string());
    /// assert_eq!(awaited.as_deref(), Some("purchased at least 3 times within 30 days"));
    /// assert!(rulebook.awaited("birthday").is_none());
    /// # Ok::<(), segue::rulebook::LoadError>(())
    /// ```
    #[must_use]
    pub fn awaited(&self, trigger: &str) -> Option<Rule> {
        let typed = self.triggers.iter().find(|t| *t.name == *trigger)?;
        match &typed.occasion {
            Occasion::Event(_) | Occasion::Silence { .. } => {
                let on = self.document.occasion_of(trigger)?;
                Rule::check_in(on, &self.context).ok()
            }
            _ => self.turning(typed),
        }
    }

    /// The condition whose turning a trigger waits for; none where it waits for something else.
    pub(crate) fn turning(&self, trigger: &Trigger) -> Option<Rule> {
        match &trigger.occasion {
            Occasion::Stage {
                lifecycle,
                from,
                to,
                ..
            } => {
                let lifecycle = self
                    .context
                    .lifecycles
                    .get(&**lifecycle)
                    .filter(|l| l.per.is_none())?;
                let ((Side::Stage(Some(stage)), _) | (_, Side::Stage(Some(stage)))) = (to, from)
                else {
                    return None;
                };
                let stage = lifecycle.stages.get(stage.index())?;
                Some(Rule::of_cond(
                    stage.text.to_string(),
                    stage.cond.clone(),
                    &self.context,
                ))
            }
            Occasion::Segment { segment, .. } | Occasion::Schedule { segment, .. } => {
                self.segment(&segment.name).cloned()
            }
            Occasion::Change(_)
            | Occasion::Event(_)
            | Occasion::Silence { .. }
            | Occasion::Date(_) => None,
        }
    }

    /// The messages, by name.
    pub fn messages(&self) -> impl Iterator<Item = &str> {
        self.sending.messages.keys().map(|name| &**name)
    }

    /// The channels, by name.
    pub fn channels(&self) -> impl Iterator<Item = &str> {
        self.sending.channels.keys().map(|name| &**name)
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

    /// How far back from now any rule looks for events of a kind: what is older can be dropped without changing an answer.
    /// Where a window counts calendar months, this is a little more than it can see.
    ///
    /// ```
    /// use segue::{Duration, Rulebook, ir::Lookback};
    /// let rulebook = Rulebook::from_toml(r#"
    ///     [schema.events]
    ///     viewed = {}
    ///     purchased = {}
    ///     opened = {}
    ///
    ///     [segments]
    ///     browsing = "viewed at least 3 times within 30 days"
    ///     customer = "purchased"
    /// "#)?;
    /// assert_eq!(rulebook.lookback("viewed"), Lookback::Within(Duration::from_micros(30 * 86_400_000_000)));
    /// assert_eq!(rulebook.lookback("purchased"), Lookback::Unbounded);
    /// assert_eq!(rulebook.lookback("opened"), Lookback::None);
    /// # Ok::<(), segue::rulebook::LoadError>(())
    /// ```
    #[must_use]
    pub fn lookback(&self, kind: &str) -> Lookback {
        self.schema()
            .kind_id(kind)
            .map_or(Lookback::None, |kind| self.lookbacks().of(kind))
    }

    /// How far back the rules look for events of every kind.
    pub(crate) fn lookbacks(&self) -> Lookbacks {
        let mut lookbacks = Lookbacks::default();
        self.segments
            .values()
            .chain(self.tags.values())
            .for_each(|rule| lookbacks.add(rule.root(), 0));
        self.context
            .lifecycles
            .values()
            .for_each(|lifecycle| lookbacks.lifecycle(lifecycle, 0));
        self.triggers
            .iter()
            .for_each(|trigger| trigger.look_back(&mut lookbacks));
        self.sending.look_back(&mut lookbacks);
        lookbacks
    }

    /// What of a profile the segments, tags, lifecycles and triggers look at, or triggers change, taken together: their
    /// guards, consents, dates, the attribute that names the zone of a profile.
    ///
    /// ```
    /// use segue::Rulebook;
    /// let rulebook = Rulebook::from_toml(r#"
    ///     schema.attributes = { renewal = "date", points = "int", email = "bool", city = "string" }
    ///     channels.email = { consent = "email" }
    ///     triggers.renewal = { on = "3 days before renewal at 09:00", do = [{ add = "points", by = 5 }] }
    /// "#)?;
    /// assert_eq!(rulebook.reads().attributes().collect::<Vec<_>>(), ["email", "points", "renewal"]);
    /// # Ok::<(), segue::rulebook::LoadError>(())
    /// ```
    #[must_use]
    pub fn reads(&self) -> Reads {
        let mut reads = self.sending.reads(self.schema());
        self.triggers
            .iter()
            .for_each(|trigger| reads.merge(&trigger.reads(self.schema())));
        self.segments
            .values()
            .chain(self.tags.values())
            .for_each(|rule| reads.merge(rule.reads()));
        self.lifecycles()
            .for_each(|(_, lifecycle)| reads.merge(lifecycle.reads()));
        reads
    }

    /// Binds every segment to a profile type.
    ///
    /// # Errors
    /// If the type lacks something that a segment reads, or has it with another type.
    pub fn bind<P: Profile>(
        &self,
        model: &Model<P>,
    ) -> Result<BTreeMap<String, Matcher<P>>, BindError> {
        self.segments
            .iter()
            .map(|(name, rule)| Ok((name.clone(), rule.bind(model)?)))
            .collect()
    }
    /// Binds every segment to a profile type for evaluation together: one pass over a profile finds those that hold.
    ///
    /// # Errors
    /// If the type lacks something that a segment reads, or has it with another type.
    pub fn rule_set<P: Profile>(&self, model: &Model<P>) -> Result<RuleSet<P>, BindError> {
        RuleSet::new(
            model,
            self.segments
                .iter()
                .map(|(name, rule)| (name.as_str(), rule.clone())),
        )
    }
}

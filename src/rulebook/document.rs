//! A rulebook as a serde document: what stands in a rule file, not yet checked.

mod analysis;
mod campaign;
mod identity;
mod journey;
mod ledger;
mod offer;
mod persona;
mod report;
mod sending;
mod touchpoint;
mod trigger;

pub use analysis::{
    OrdersDocument, RepurchaseDocument, RetentionDocument, RfmDocument, SourceDocument,
    TogetherDocument,
};
pub use campaign::CampaignDocument;
pub use identity::IdentityDocument;
pub use journey::{ChoiceDocument, GoalDocument, JourneyDocument, StepDocument};
pub use ledger::{EarnDocument, LedgerDocument, LevelDocument, PointsDocument, TakeDocument};
pub use offer::{OfferCaseDocument, OfferDocument};
pub use persona::{PersonaDocument, WeightDocument};
pub use report::{BoardDocument, IntervalDocument, PathsDocument, ReportDocument};
pub use sending::{
    AllowsDocument, AmountDocument, CapDocument, ChannelChoiceDocument, ChannelDocument,
    ConsentDocument, ContentVariantDocument, HoldoutDocument, MessageDocument, PriorDocument,
};
pub use touchpoint::{KpiDocument, TargetDocument, TouchpointDocument};
pub use trigger::{ActionDocument, ShareDocument, TriggerDocument};

use crate::document::text_or_table;
use crate::schema::Schema;
use indexmap::IndexMap;
use serde::{Deserialize, Deserializer, Serialize};
use std::collections::BTreeMap;

/// A rule file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RulebookDocument {
    /// The address of a JSON Schema of rule files, by which editors check and complete a JSON file. segue does not read it.
    #[serde(default, rename = "$schema", skip_serializing_if = "Option::is_none")]
    pub json_schema: Option<String>,
    /// The rule files whose declarations belong to this one, by their paths from its folder: `packs/beauty.toml`. What was loaded
    /// has them in place, and includes nothing any more.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub include: Vec<String>,
    /// What is to be different in files that are included, by their names without folder and ending.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub packs: BTreeMap<String, PackDocument>,
    /// The time zone in which days, weeks and months begin: `Europe/Rome`, `+02:00`. UTC if nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timezone: Option<String>,
    /// The day on which weeks begin: `monday` (if nothing is said) to `sunday`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub week_starts: Option<String>,
    /// The attributes and events that expressions may name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<Schema>,
    /// Named values.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub traits: BTreeMap<String, TraitDocument>,
    /// Tags that profiles get by a rule: a path such as `interest/skincare`, and the condition.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, String>,
    /// Scores with cut points fitted on a population.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub scores: BTreeMap<String, ScoreDocument>,
    /// Named conditions.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub segments: BTreeMap<String, SegmentDocument>,
    /// Personas: typical customers, of whom a profile is the one that it is most like. In order of declaration.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub personas: IndexMap<String, PersonaDocument>,
    /// Ledgers of points, by the names under which expressions ask for them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub ledgers: BTreeMap<String, LedgerDocument>,
    /// Lifecycles: the stages that a profile goes through.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub lifecycles: BTreeMap<String, LifecycleDocument>,
    /// The string attribute whose value names a profile's time zone, for hours and dates of sending. Where it is missing
    /// or no zone, `timezone` is meant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile_timezone: Option<String>,
    /// Consents that hold for everything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consent: Option<ConsentDocument>,
    /// Channels: consent, quiet hours, windows, what they cost and bring.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub channels: BTreeMap<String, ChannelDocument>,
    /// How one of several channels of a message is chosen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub choice: Option<ChannelChoiceDocument>,
    /// Messages, by the names under which triggers send them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub messages: BTreeMap<String, MessageDocument>,
    /// Offers, by the names under which messages make them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub offers: BTreeMap<String, OfferDocument>,
    /// Campaigns, by the names under which triggers and journeys belong to them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub campaigns: BTreeMap<String, CampaignDocument>,
    /// How many messages a profile gets at most.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub caps: Vec<CapDocument>,
    /// The global control group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holdout: Option<HoldoutDocument>,
    /// What makes profiles one person, and what becomes of their data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<IdentityDocument>,
    /// Triggers: what is done when something happens. In order of declaration.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub triggers: IndexMap<String, TriggerDocument>,
    /// Journeys: steps that profiles go through, with waits between them. In order of declaration.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub journeys: IndexMap<String, JourneyDocument>,
    /// Touchpoints: where customers meet the brand, what each of the two wants there, and how that is measured. In order of
    /// declaration.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub touchpoints: IndexMap<String, TouchpointDocument>,
    /// Reports: analyses of many profiles, by the names under which they are asked for. In order of declaration.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub reports: IndexMap<String, ReportDocument>,
    /// Boards: reports that are looked at together. In order of declaration.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub boards: IndexMap<String, BoardDocument>,
}

/// What is to be different in a file that is included, and in what it includes in its turn.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PackDocument {
    /// Other names for its attributes, kinds of events, relations and their properties: `purchased = "ordered"`,
    /// `"purchased.amount" = "ordered.total"`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub rename: BTreeMap<String, String>,
    /// What of it is left out, such as `segments.vip`: to be done without, or to be said anew.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub without: Vec<String>,
}

/// A lifecycle: stages in order, of which a profile is in one at a time, or in none yet.
///
/// Whenever one of the conditions changes, the first stage in order whose condition holds and that may be entered from
/// the present one is entered; and so on from there, until there is none.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct LifecycleDocument {
    /// What the lifecycle is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The property of events of which each value has a lifecycle of its own, such as `category`: the conditions then see
    /// only the events of that value (and those of kinds without the property).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per: Option<String>,
    /// From where a stage may be entered if it says nothing itself: `forward` (from no stage and from every earlier one; this
    /// is so if nothing is said) or `any` (from everywhere).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<FromDocument>,
    /// A ready-made lifecycle instead of stages of one's own: `visitor-to-advocate`, `active-sleeping-lost`,
    /// `new-active-at-risk-lost` or `matrix`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<String>,
    /// The parameters of the template.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub with: BTreeMap<String, ParameterValue>,
    /// The number of profiles below which a stage is too small to be worked with: reports warn of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub least: Option<u64>,
    /// The stages, the earliest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stages: Vec<StageDocument>,
}

/// A stage of a lifecycle.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct StageDocument {
    /// The name.
    pub name: String,
    /// What the stage means.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// What the company wants of those who are in it: `a second purchase`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub goal: Option<String>,
    /// The condition under which it is entered.
    pub when: String,
    /// From where it may be entered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<FromDocument>,
}

/// What a parameter of a template is: a number, or a text such as `purchased` or `90 days`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum ParameterValue {
    /// A whole number.
    Number(i64),
    /// Events, a length of time, or the name of a trait.
    Text(String),
}

impl std::fmt::Display for ParameterValue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            ParameterValue::Number(n) => n.fmt(f),
            ParameterValue::Text(text) => text.fmt(f),
        }
    }
}

/// From where a stage may be entered: `forward`, `any`, or a list of stages, in which `none` is no stage yet.
///
/// A stage that may be entered from itself (which `any` includes) is kept while its condition holds and no earlier one can
/// be entered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum FromDocument {
    /// `forward` or `any`
    Word(String),
    /// The stages by name; `none` is no stage yet.
    Stages(Vec<String>),
}

/// A named value: an expression, or a list of cases of which the first that holds counts.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum TraitDocument {
    /// An expression, of a value or of a condition.
    Value(String),
    /// The first case that holds gives the value.
    Cases(CasesDocument),
}

/// The cases of a trait.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CasesDocument {
    /// What the trait is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// In order; the first whose condition holds counts.
    pub cases: Vec<CaseDocument>,
    /// The value where none holds; without it, the trait is missing there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub otherwise: Option<CaseValue>,
    /// The values in ascending order, so that `<` and `>` can compare them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub order: Vec<String>,
}

/// One case of a trait.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CaseDocument {
    /// The value.
    pub is: CaseValue,
    /// The condition.
    pub when: String,
}

/// A value of a trait: a name or a whole number. All of one trait are of one sort.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum CaseValue {
    /// A whole number.
    Number(i64),
    /// A name.
    Name(String),
}

/// A score: which of `classes` equal parts of a population a profile is in, by a value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ScoreDocument {
    /// What the score is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The expression whose value is ranked.
    pub value: String,
    /// The condition of the profiles that take part; those that fail it have no score. Everybody with a value if nothing
    /// is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub over: Option<String>,
    /// Into how many parts the population is cut: 5 for quintiles, 10 for deciles, 100 for percentiles.
    pub classes: u16,
    /// The fitted cut points, ascending, one fewer than `classes`; none before the score is fitted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cuts: Option<Vec<Cut>>,
    /// The cut points that held before, in the order of time. A score goes by those that held at the instant it is asked of.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub earlier: Vec<EarlierCuts>,
}

/// Cut points of former times.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct EarlierCuts {
    /// The instant before which they held, such as `2026-01-31T00:00:00Z`; from it on the next ones do.
    pub until: String,
    /// The cut points, ascending, one fewer than the score's `classes`.
    pub cuts: Vec<Cut>,
}

/// A cut point: a whole number, or a text that says a decimal, a date, an instant or a duration exactly.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum Cut {
    /// A whole number.
    Whole(i64),
    /// A floating-point number.
    Real(f64),
    /// `20.06`, `2026-01-31`, `2026-01-31T12:00:00Z`, `3 days`
    Text(String),
}

/// A segment: a condition, or a table that says more.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum SegmentDocument {
    /// The condition.
    When(String),
    /// A table.
    Table(SegmentTable),
}

/// A segment with either a condition (`when`) or a fixed list of members (`ids`).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SegmentTable {
    /// What the segment is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// What the company wants of its members: `a second purchase`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub goal: Option<String>,
    /// Which goes first: of the segments with a priority that a profile is in, the one with the highest is its `lead segment`. What is alike
    /// goes by name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority: Option<i64>,
    /// The condition.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<String>,
    /// The ids of the members, as they stood when the list was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ids: Option<Vec<String>>,
}

impl<'de> Deserialize<'de> for TraitDocument {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        text_or_table(
            d,
            "an expression, or a table with `cases`",
            TraitDocument::Value,
            TraitDocument::Cases,
        )
    }
}

impl<'de> Deserialize<'de> for SegmentDocument {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        text_or_table(
            d,
            "a condition, or a table with `when` or `ids`",
            SegmentDocument::When,
            SegmentDocument::Table,
        )
    }
}

impl RulebookDocument {
    /// What a trigger or a journey waits for.
    pub(crate) fn occasion_of(&self, name: &str) -> Option<&str> {
        let trigger = self.triggers.get(name).map(|trigger| &*trigger.on);
        trigger.or_else(|| self.journeys.get(name).map(|journey| &*journey.on))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use crate::Rulebook;

    #[test]
    fn a_json_file_may_name_its_schema() {
        let file = r#"{"$schema": "rules.schema.json", "segments": {"weekend": "now.weekday in (saturday, sunday)"}}"#;
        let rulebook = Rulebook::from_json(file).unwrap();
        assert_eq!(rulebook.segments().count(), 1);
    }
}

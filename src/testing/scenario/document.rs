//! A scenario as a serde document.

use super::expected::{EffectsDocument, ExpectedStage, ExpectedStep, StreamDocument};
use super::given::Given;
use crate::document::text_or_table;
use crate::rulebook::RulebookDocument;
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// A scenario file: rules, an instant, some customers, and which of them are expected where.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// What it is called in reports; the file's name if nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The rule file, relative to the scenario's; whoever runs the scenario reads it. Either this or `rulebook`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rules: Option<String>,
    /// A rule file with a schema, relative to the scenario's, for `rules` that have none; whoever runs the scenario reads it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
    /// The rules themselves, as a rule file has them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rulebook: Option<RulebookDocument>,
    /// The zone to use instead of the rules'.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timezone: Option<String>,
    /// The instant: `2026-03-18T12:00:00Z`, or a date, which is its start. Needed where anything depends on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub now: Option<Given>,
    /// More expressions to be expected of, by name, among the names of the rules.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub expressions: BTreeMap<String, String>,
    /// The customers, by id.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub profiles: BTreeMap<String, ProfileDocument>,
    /// What is expected of segments (and of `expressions`), by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub segments: BTreeMap<String, Expected>,
    /// What is expected later, if nothing new happens.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub later: Vec<Later>,
    /// The stretch of time in which the profiles' events come in one after the other, for `stages`, `journeys` and `effects`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stream: Option<StreamDocument>,
    /// In which stages of lifecycles profiles are expected.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stages: Vec<ExpectedStage>,
    /// In which steps of journeys profiles are expected.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub journeys: Vec<ExpectedStep>,
    /// What triggers and journeys are expected to do, and to hold back.
    #[serde(default, skip_serializing_if = "EffectsDocument::is_empty")]
    pub effects: EffectsDocument,
}

/// A customer of a scenario.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProfileDocument {
    /// Values by name; a table within spells dotted names. Dates and instants may be said relative to now: `30 days ago`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, Given>,
    /// Tags given by hand.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// The past of tracked attributes.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub history: BTreeMap<String, Vec<ChangeDocument>>,
    /// What happened.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<EventDocument>,
}

/// From an instant on, a tracked attribute has a value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChangeDocument {
    /// When: `2026-03-18T12:00:00Z`, `2026-03-18`, `30 days ago`.
    pub at: Given,
    /// What to.
    pub value: Given,
}

/// An event: a sentence, or a table.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum EventDocument {
    /// `viewed("anti-aging", stay = 5 minutes) 3 days ago`
    Sentence(String),
    /// A table, as profiles are written in JSON.
    Table(EventTable),
}

/// An event as a table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventTable {
    /// Its id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Its kind.
    pub kind: String,
    /// When: `2026-03-18T12:00:00Z`, `2026-03-18`, `30 days ago`.
    pub at: Given,
    /// Its properties.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub props: BTreeMap<String, Given>,
}

/// What is expected of a segment: the list of its members among the scenario's profiles, or a table.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Expected {
    /// Exactly these profiles are in; `None`: nothing is expected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub members: Option<Vec<String>>,
    /// Until when the answer for a profile is certain: `never`, an instant, a date (some instant of that day), `30 days
    /// from now`. An instant without a fraction of a second also stands for the microsecond after it, since a window still
    /// holds at its last instant.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub until: BTreeMap<String, Given>,
}

/// What is expected at another instant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Later {
    /// The instant: `2026-04-18T12:00:00Z`, `2026-04-18`, `30 days from now`.
    pub now: Given,
    /// What is expected of segments then.
    pub segments: BTreeMap<String, Expected>,
}

impl<'de> Deserialize<'de> for EventDocument {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        text_or_table(
            d,
            "an event, as a sentence or as a table with `kind` and `at`",
            EventDocument::Sentence,
            EventDocument::Table,
        )
    }
}

impl<'de> Deserialize<'de> for Expected {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Table {
            members: Option<Vec<String>>,
            #[serde(default)]
            until: BTreeMap<String, Given>,
        }
        struct ListOrTable;
        impl<'de> Visitor<'de> for ListOrTable {
            type Value = Expected;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of profiles, or a table with `members` and `until`")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Expected, A::Error> {
                let members = Vec::deserialize(SeqAccessDeserializer::new(seq))?;
                Ok(Expected {
                    members: Some(members),
                    until: BTreeMap::new(),
                })
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Expected, A::Error> {
                let Table { members, until } = Table::deserialize(MapAccessDeserializer::new(map))?;
                Ok(Expected { members, until })
            }
        }
        d.deserialize_any(ListOrTable)
    }
}

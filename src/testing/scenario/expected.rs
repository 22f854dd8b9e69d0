//! What a scenario expects of the stream: stages and effects.

use super::given::Given;
use crate::value::Scalar;
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// The stretch of time that stages and effects are looked for in.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StreamDocument {
    /// Its first instant; nothing is told of what happened before. The first event of any profile if nothing is said, or
    /// `now` if that is earlier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Given>,
    /// Its last instant. `now` if nothing is said, or the last instant of which something is expected if that is later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Given>,
}

/// The stage that a profile is expected in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExpectedStage {
    /// The profile.
    pub profile: String,
    /// The lifecycle.
    pub lifecycle: String,
    /// What the lifecycle is about, where there is one for each value of a property.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// When: `2026-04-18T12:00:00Z`, `2026-04-18`, `30 days from now`; now if nothing is said. What happens at that very
    /// instant has happened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Given>,
    /// The stage; `none`: it is in no stage.
    pub stage: String,
}

/// Where in a journey a profile is expected.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExpectedStep {
    /// The profile.
    pub profile: String,
    /// The journey.
    pub journey: String,
    /// What it goes through the journey for, where each value of a property has a run of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// When, as of [`ExpectedStage::at`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Given>,
    /// The step; `none`: it is not in the journey.
    pub step: String,
}

/// The effects that are expected: a list, or a table that says that there are no others.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct EffectsDocument {
    /// Whether there are no other effects; what is held back is not counted.
    pub exact: bool,
    /// The effects, in any order.
    pub expected: Vec<EffectDocument>,
}

/// An effect that is expected, or something that is held back. What is not said is not looked at.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EffectDocument {
    /// The profile.
    pub profile: String,
    /// The trigger.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trigger: Option<String>,
    /// The journey.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub journey: Option<String>,
    /// The step of the journey.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
    /// The message that is sent (or held back).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub send: Option<String>,
    /// What the host is called for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call: Option<String>,
    /// The tag that is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
    /// The tag that is taken away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub untag: Option<String>,
    /// The attribute that is set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub set: Option<String>,
    /// The attribute that is added to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub add: Option<String>,
    /// The channel of the message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// The variant of the `split` that the profile is assigned to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variant: Option<String>,
    /// The variant of the message that the profile gets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_variant: Option<String>,
    /// The offer that the message makes, and values of it: `{ name = "spring", percent = 15 }`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub offer: BTreeMap<String, Scalar>,
    /// What the occasion was about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// When: `2026-04-18T12:00:00Z`, `2026-04-18` (some instant of that day), `30 days from now`. An instant without a
    /// fraction of a second also stands for the microsecond after it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Given>,
    /// That it is held back, and why: `cap`, `hours`, `no_consent`, `guard`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held: Option<String>,
}

impl EffectsDocument {
    pub(super) fn is_empty(&self) -> bool {
        !self.exact && self.expected.is_empty()
    }
}

impl<'de> Deserialize<'de> for EffectsDocument {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Table {
            #[serde(default)]
            exact: bool,
            #[serde(default)]
            expected: Vec<EffectDocument>,
        }
        struct ListOrTable;
        impl<'de> Visitor<'de> for ListOrTable {
            type Value = EffectsDocument;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of effects, or a table with `exact` and `expected`")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<EffectsDocument, A::Error> {
                let expected = Vec::deserialize(SeqAccessDeserializer::new(seq))?;
                Ok(EffectsDocument {
                    exact: false,
                    expected,
                })
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<EffectsDocument, A::Error> {
                let Table { exact, expected } =
                    Table::deserialize(MapAccessDeserializer::new(map))?;
                Ok(EffectsDocument { exact, expected })
            }
        }
        d.deserialize_any(ListOrTable)
    }
}

//! Campaigns as they stand in a rule file.

use serde::de::{Deserializer, Error, MapAccess, Visitor};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A campaign: triggers and journeys with a theme and a time in common.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CampaignDocument {
    /// What the campaign is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// What it is about, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub theme: Option<String>,
    /// Its first day, in the calendar of each profile: `2026-11-20`.
    #[serde(deserialize_with = "date")]
    pub from: String,
    /// Its last day, inclusive.
    #[serde(deserialize_with = "date")]
    pub until: String,
}

/// What the `toml` crate calls the only key of what stands for a date or a time.
const TOML_DATETIME: &str = "$__toml_private_datetime";

/// The text of a date, which TOML writes without quotes as well.
fn date<'de, D: Deserializer<'de>>(d: D) -> Result<String, D::Error> {
    struct DateText;
    impl<'de> Visitor<'de> for DateText {
        type Value = String;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a date, such as 2026-11-20")
        }

        fn visit_str<E: Error>(self, text: &str) -> Result<String, E> {
            Ok(text.to_owned())
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<String, A::Error> {
            match map.next_entry::<String, String>()? {
                Some((key, text)) if key == TOML_DATETIME => Ok(text),
                _ => Err(A::Error::invalid_type(serde::de::Unexpected::Map, &self)),
            }
        }
    }
    d.deserialize_any(DateText)
}

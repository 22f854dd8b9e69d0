//! Offers as they stand in a rule file.

use crate::value::Scalar;
use indexmap::IndexMap;
use serde::de::{Deserializer, Error, MapAccess, Visitor};
use serde::{Deserialize, Serialize};
use std::fmt;

/// An offer: what messages offer to whom, said once, so that every channel says the same.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct OfferDocument {
    /// What the offer is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// In order; the first whose condition holds when the offer is told counts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cases: Vec<OfferCaseDocument>,
    /// The values of everybody else; required.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub otherwise: Option<IndexMap<String, Scalar>>,
    /// How long what a profile was told stays, whichever message repeats it: `30 days`, counted from when it was told first, end
    /// exclusive. Judged anew by each message if nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keeps: Option<String>,
}

/// A case of an offer: a condition beside the values, `{ when = "frequency >= loyal", percent = 15 }`.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub struct OfferCaseDocument {
    /// The condition.
    pub when: String,
    /// The values, by any other name.
    #[serde(flatten)]
    pub values: IndexMap<String, Scalar>,
}

/// By hand: what serde flattens has lost its place in the text when it turns out to be wrong.
impl<'de> Deserialize<'de> for OfferCaseDocument {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct Case;
        impl<'de> Visitor<'de> for Case {
            type Value = OfferCaseDocument;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a table with `when` and the values of the offer")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let (mut when, mut values) = (None, IndexMap::new());
                while let Some(key) = map.next_key::<String>()? {
                    if key == "when" {
                        when = Some(map.next_value()?);
                    } else {
                        values.insert(key, map.next_value()?);
                    }
                }
                let when = when.ok_or_else(|| A::Error::missing_field("when"))?;
                Ok(OfferCaseDocument { when, values })
            }
        }
        d.deserialize_map(Case)
    }
}

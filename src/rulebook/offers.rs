//! Loading offers: the values that messages offer, each set of them with a condition.

use super::contents::warn_of_covered;
use super::document::OfferDocument;
use super::reader::{KeyedText, Reader};
use crate::rule::Rule;
use crate::rule::offer::{OfferRules, OfferValues};
use crate::value::Scalar;
use indexmap::IndexMap;

/// An offer, if all of it is right.
pub(super) fn load(
    name: &str,
    document: &OfferDocument,
    reader: &mut Reader<'_>,
) -> Option<OfferRules> {
    let mut cases: Option<Vec<(Rule, OfferValues)>> = Some(Vec::new());
    for (i, case) in document.cases.iter().enumerate() {
        let i = i.to_string();
        let values = values(&["offers", name, "cases", &i], &case.values, reader);
        let path = ["offers", name, "cases", &i, "when"];
        let at = KeyedText::new(&path, &case.when);
        let when = reader.condition(at);
        if let (Some(when), Some(cases)) = (&when, &cases) {
            warn_of_covered(at, when, cases.iter().map(|(when, _)| when), reader);
        }
        cases = match (cases, when.zip(values)) {
            (Some(mut cases), Some(case)) => {
                cases.push(case);
                Some(cases)
            }
            (None, _) | (_, None) => None,
        };
    }
    let otherwise = match &document.otherwise {
        Some(of) => values(&["offers", name, "otherwise"], of, reader),
        None => {
            let message = "whoever is in none of the cases would be offered nothing";
            let help = "say what everybody else is offered: `otherwise = { percent = 10 }`";
            reader.complain(&["offers", name], "E0321", message, help)
        }
    };
    let path = ["offers", name, "keeps"];
    let keeps = document.keeps.as_ref();
    let keeps = keeps.map(|text| reader.length(KeyedText::new(&path, text)));
    Some(OfferRules {
        name: name.into(),
        cases: cases?,
        otherwise: otherwise?,
        keeps: match keeps {
            Some(keeps) => Some(keeps?),
            None => None,
        },
    })
}

/// The values of a case. In effects they stand beside the offer's name.
fn values(
    path: &[&str],
    values: &IndexMap<String, Scalar>,
    reader: &mut Reader<'_>,
) -> Option<OfferValues> {
    if values.contains_key("name") {
        let message =
            "a value of an offer cannot be called `name`: effects have the offer's own name there";
        return reader.complain(path, "E0321", message, "call it `title`, say");
    }
    let values = values.iter();
    let values = values.map(|(name, value)| (name.as_str().into(), value.clone()));
    Some(values.collect())
}

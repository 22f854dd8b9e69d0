//! `rfm = { recency = "r", frequency = "f", monetary = "m", groups = ["champions"] }`: how recently, how often and for how much.

use super::{Kind, ReportParts, ReportPlan, ReportReader};
use crate::ir::Score;
use crate::rulebook::document::RfmDocument;
use std::sync::Arc;

pub(super) const KIND: Kind = Kind {
    key: "rfm",
    takes: &[],
    is_meant: |document| document.rfm.is_some(),
    load: |document, reader| {
        let rfm = document.rfm.as_ref()?;
        reader.table("rfm", |reader| load(rfm, reader))
    },
};

/// Three scores and the segments beside them, checked.
#[derive(Debug)]
pub(crate) struct RfmPlan {
    /// Of recency, frequency and value.
    pub(crate) scores: Vec<Arc<Score>>,
    /// The names of segments.
    pub(crate) groups: Vec<Arc<str>>,
}

impl RfmPlan {
    pub(super) fn parts(&self) -> ReportParts<'_> {
        ReportParts {
            events: Vec::new(),
            values: self.scores.iter().map(|score| &score.value).collect(),
        }
    }
}

fn load(document: &RfmDocument, reader: &mut ReportReader<'_, '_>) -> Option<ReportPlan> {
    let written = [
        ("recency", &document.recency),
        ("frequency", &document.frequency),
        ("monetary", &document.monetary),
    ];
    let scores = written.map(|(key, name)| {
        reader.at(&[key], name, |reader, at| {
            if let Some(score) = reader.context.scores.get(at.text) {
                return Some(score.clone());
            }
            let known: Vec<&str> = reader.context.scores.keys().map(String::as_str).collect();
            reader.unknown(at, "score", &known)
        })
    });
    let mut groups = Some(Vec::with_capacity(document.groups.len()));
    for (nth, name) in document.groups.iter().enumerate() {
        let nth = nth.to_string();
        let group = reader.at(&["groups", &nth], name, |reader, at| {
            let segments = &reader.context.segments;
            if segments.contains_key(at.text) {
                return Some(Arc::from(at.text));
            }
            let known: Vec<&str> = segments.keys().map(String::as_str).collect();
            reader.unknown(at, "segment", &known)
        });
        groups = groups.zip(group).map(|(mut all, group)| {
            all.push(group);
            all
        });
    }
    Some(ReportPlan::Rfm(Arc::new(RfmPlan {
        scores: scores.into_iter().collect::<Option<Vec<_>>>()?,
        groups: groups?,
    })))
}

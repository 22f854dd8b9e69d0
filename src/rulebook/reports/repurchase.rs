//! `repurchase = { of = "purchased", within = ["30 days"], less = "returned" }`: who orders a second time.

use super::returns::{Returns, same};
use super::{Kind, ReportParts, ReportPlan, ReportReader};
use crate::ir::{CalendarSpan, Select};
use crate::rulebook::document::RepurchaseDocument;
use crate::time::CalendarUnit;
use std::sync::Arc;

pub(super) const KIND: Kind = Kind {
    key: "repurchase",
    takes: &[],
    is_meant: |document| document.repurchase.is_some(),
    load: |document, reader| {
        let repurchase = document.repurchase.as_ref()?;
        reader.table("repurchase", |reader| load(repurchase, reader))
    },
};

/// Repurchase, checked.
#[derive(Debug)]
pub(crate) struct RepurchasePlan {
    pub(crate) of: Select,
    /// As they are written, and their lengths.
    pub(crate) within: Vec<(Arc<str>, CalendarSpan)>,
    pub(crate) less: Option<Returns>,
    /// The periods of first orders that are shown together.
    pub(crate) per: CalendarUnit,
}

impl RepurchasePlan {
    pub(super) fn parts(&self) -> ReportParts<'_> {
        let less = self.less.as_ref().map(|less| &less.events);
        ReportParts {
            events: std::iter::once(&self.of).chain(less).collect(),
            values: Vec::new(),
        }
    }
}

fn load(document: &RepurchaseDocument, reader: &mut ReportReader<'_, '_>) -> Option<ReportPlan> {
    let of = reader.events("of", &document.of);
    let less = document.less.as_ref();
    let less = less.map(|less| reader.events("less", less));
    let per = reader.per(document.per.as_ref());
    let mut within = Some(Vec::with_capacity(document.within.len()));
    for (nth, text) in document.within.iter().enumerate() {
        let nth = nth.to_string();
        let length = reader.at(&["within", &nth], text, |reader, at| reader.length(at));
        within = within.zip(length).map(|(mut all, length)| {
            all.push((text.trim().into(), length));
            all
        });
    }
    if document.within.is_empty() {
        let message = "within what time a second order comes is not said";
        return reader.complain(&["within"], message, "write `within = [\"30 days\"]`");
    }
    let (of, less) = (of?, less.map_or(Some(None), |less| less.map(Some))?);
    let same = same(document.same.as_ref(), (&of, less.as_ref()), reader)?;
    Some(ReportPlan::Repurchase(Arc::new(RepurchasePlan {
        less: less.map(|events| Returns { events, same }),
        of,
        within: within?,
        per: per?,
    })))
}

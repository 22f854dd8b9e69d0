//! `together = { of = "visited", with = "purchased", within = "7 days" }`: how two behaviours go together in time.

use super::{Kind, ReportParts, ReportPlan, ReportReader};
use crate::ir::{CalendarSpan, Select};
use crate::rulebook::document::TogetherDocument;
use crate::time::CalendarUnit;
use std::sync::Arc;

pub(super) const KIND: Kind = Kind {
    key: "together",
    takes: &[],
    is_meant: |document| document.together.is_some(),
    load: |document, reader| {
        let together = document.together.as_ref()?;
        reader.table("together", |reader| load(together, reader))
    },
};

/// Two behaviours, checked.
#[derive(Debug)]
pub(crate) struct TogetherPlan {
    /// Both as they are written.
    pub(crate) texts: [Arc<str>; 2],
    pub(crate) of: Select,
    pub(crate) with: Select,
    /// As it is written, and its length.
    pub(crate) within: (Arc<str>, CalendarSpan),
    pub(crate) per: CalendarUnit,
}

impl TogetherPlan {
    pub(super) fn parts(&self) -> ReportParts<'_> {
        ReportParts {
            events: vec![&self.of, &self.with],
            values: Vec::new(),
        }
    }
}

fn load(document: &TogetherDocument, reader: &mut ReportReader<'_, '_>) -> Option<ReportPlan> {
    let of = reader.events("of", &document.of);
    let with = reader.events("with", &document.with);
    let within = reader.at(&["within"], &document.within, |reader, at| {
        reader.length(at)
    });
    let per = reader.per(document.per.as_ref());
    Some(ReportPlan::Together(Arc::new(TogetherPlan {
        texts: [&document.of, &document.with].map(|text| text.trim().into()),
        of: of?,
        with: with?,
        within: (document.within.trim().into(), within?),
        per: per?,
    })))
}

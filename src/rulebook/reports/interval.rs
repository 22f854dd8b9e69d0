//! `interval = { from = "followed", to = "subscribed" }`: how long it takes.

use super::{Kind, ReportParts, ReportPlan, ReportReader};
use crate::ir::{CalendarSpan, Select};
use crate::rulebook::document::IntervalDocument;
use std::sync::Arc;

pub(super) const KIND: Kind = Kind {
    key: "interval",
    takes: &[],
    is_meant: |document| document.interval.is_some(),
    load: |document, reader| {
        let interval = document.interval.as_ref()?;
        reader.table("interval", |reader| load(interval, reader))
    },
};

/// An interval, checked.
#[derive(Debug)]
pub(crate) struct IntervalPlan {
    pub(crate) from: Select,
    pub(crate) to: Select,
    /// At most this long after its beginning, the end included.
    pub(crate) within: Option<CalendarSpan>,
    pub(crate) runs: Runs,
}

/// Which waits of a profile count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Runs {
    All,
    First,
}

const RUNS: [(&str, Runs); 2] = [("all", Runs::All), ("first", Runs::First)];

impl IntervalPlan {
    pub(super) fn parts(&self) -> ReportParts<'_> {
        ReportParts {
            events: vec![&self.from, &self.to],
            values: Vec::new(),
        }
    }
}

fn load(document: &IntervalDocument, reader: &mut ReportReader<'_, '_>) -> Option<ReportPlan> {
    let from = reader.events("from", &document.from);
    let to = reader.events("to", &document.to);
    let within = reader.length("within", document.within.as_ref());
    let runs = reader.word("runs", document.runs.as_ref(), &RUNS, Runs::All);
    Some(ReportPlan::Interval(Arc::new(IntervalPlan {
        from: from?,
        to: to?,
        within: within?,
        runs: runs?,
    })))
}

//! `retention = { first = "registered", again = "purchased", per = "month", periods = 6 }`: who comes again.

use super::{Kind, ReportParts, ReportPlan, ReportReader};
use crate::ir::Select;
use crate::rulebook::document::{ReportDocument, RetentionDocument};
use crate::time::CalendarUnit;
use std::sync::Arc;

/// How many periods after the first are looked at where nothing is said.
const DEFAULT_PERIODS: u32 = 12;

/// How many at most.
const MAX_PERIODS: u32 = 400;

pub(super) const KIND: Kind = Kind {
    key: "retention",
    takes: &[],
    is_meant: |document| document.retention.is_some(),
    load: |document: &ReportDocument, reader| {
        let retention = document.retention.as_ref()?;
        reader.table("retention", |reader| load(retention, reader))
    },
};

/// Retention, checked.
#[derive(Debug)]
pub(crate) struct RetentionPlan {
    pub(crate) first: Select,
    pub(crate) again: Select,
    pub(crate) per: CalendarUnit,
    /// How many periods after the first.
    pub(crate) periods: u32,
}

impl RetentionPlan {
    pub(super) fn parts(&self) -> ReportParts<'_> {
        ReportParts {
            events: vec![&self.first, &self.again],
            values: Vec::new(),
        }
    }
}

fn load(document: &RetentionDocument, reader: &mut ReportReader<'_, '_>) -> Option<ReportPlan> {
    let first = reader.events("first", &document.first);
    let again = match &document.again {
        Some(again) => reader.events("again", again),
        None => first.clone(),
    };
    let per = reader.per(document.per.as_ref());
    let periods = match document.periods.unwrap_or(DEFAULT_PERIODS) {
        periods @ 1..=MAX_PERIODS => Some(periods),
        _ => {
            let message = format!("retention looks at 1 to {MAX_PERIODS} periods after the first");
            reader.complain(&["periods"], &message, "write `periods = 6`")
        }
    };
    Some(ReportPlan::Retention(Arc::new(RetentionPlan {
        first: first?,
        again: again?,
        per: per?,
        periods: periods?,
    })))
}

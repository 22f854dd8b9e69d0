//! `heat = "visited"`: when in the week events happen.

use super::{Kind, ReportParts, ReportPlan};
use crate::ir::Select;
use std::sync::Arc;

pub(super) const KIND: Kind = Kind {
    key: "heat",
    takes: &[],
    is_meant: |document| document.heat.is_some(),
    load: |document, reader| {
        let events = reader.events("heat", document.heat.as_deref()?)?;
        Some(ReportPlan::Heat(Arc::new(HeatPlan { events })))
    },
};

/// A heat map, checked.
#[derive(Debug)]
pub(crate) struct HeatPlan {
    pub(crate) events: Select,
}

impl HeatPlan {
    pub(super) fn parts(&self) -> ReportParts<'_> {
        ReportParts {
            events: vec![&self.events],
            values: Vec::new(),
        }
    }
}

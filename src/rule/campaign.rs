//! Campaigns: triggers and journeys that belong together and have their time.

use crate::time::{Date, Zone};
use std::ops::Range;
use std::sync::Arc;

/// A campaign.
#[derive(Clone, Debug)]
pub(crate) struct Campaign {
    pub(crate) name: Arc<str>,
    /// Its first day.
    pub(crate) from: Date,
    /// Its last day, which belongs to it.
    pub(crate) until: Date,
}

impl Campaign {
    /// The instants of its days in a zone.
    pub(crate) fn lasts(&self, zone: Zone) -> Range<i64> {
        let after = Date::from_days(self.until.days().saturating_add(1));
        zone.start_of(self.from)..zone.start_of(after)
    }
}

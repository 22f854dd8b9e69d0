//! The time zone of a profile.

use crate::profile::{Accessor, Val};
use crate::time::{NEVER, Zone};

/// The zone that a profile names in an attribute, or else the rulebook's.
pub(crate) struct Timezone<P> {
    pub(crate) attribute: Option<Accessor<P>>,
    pub(crate) default: Zone,
}

impl<P> Timezone<P> {
    pub(crate) fn of(&self, profile: &P, now: i64) -> Zone {
        let name = self
            .attribute
            .as_ref()
            .map_or(Val::Missing, |attribute| attribute.get(profile, now));
        name.text()
            .and_then(|name| name.parse().ok())
            .unwrap_or(self.default)
    }

    /// The first instant after `now` at which it may be another if nothing new comes.
    pub(crate) fn valid_until(&self, profile: &P, now: i64) -> i64 {
        self.attribute
            .as_ref()
            .map_or(NEVER, |attribute| attribute.valid_until(profile, now))
    }
}

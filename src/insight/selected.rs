//! The events of a profile that are counted, each as things were when it happened.

use crate::eval::collection::events::SelectNode;
use crate::eval::context::Ctx;
use crate::profile::{Event, Profile};
use crate::time::Instant;

/// An event that is counted.
pub(super) struct Selected<'p, P: Profile> {
    pub(super) at: i64,
    /// The position of its kind in the profile type.
    pub(super) kind: usize,
    pub(super) event: &'p P::Event,
}

impl<P: Profile> Selected<'_, P> {
    pub(super) fn instant(&self) -> Instant {
        Instant::from_micros(self.at)
    }

    /// Whether both are one event of the profile, and not merely alike.
    pub(super) fn is(&self, other: &Self) -> bool {
        std::ptr::eq(self.event, other.event)
    }
}

/// The events before `until` that a selection accepts, with the profile as it was when each of them happened. The oldest first, those of
/// one instant by kind and then as the profile has them.
pub(super) fn selected<'p, P: Profile>(
    select: &SelectNode<P>,
    profile: &'p P,
    until: Instant,
) -> Vec<Selected<'p, P>> {
    let until = until.micros();
    let mut found = Vec::new();
    for kind in &select.kinds {
        for event in Ctx::new(profile, until)
            .of_kind(*kind)
            .iter(i64::MIN, until)
        {
            let at = event.at().micros();
            if select.passes(&Ctx::new(profile, at), event) {
                found.push(Selected {
                    at,
                    kind: *kind,
                    event,
                });
            }
        }
    }
    found.sort_by_key(|of| of.at);
    found
}

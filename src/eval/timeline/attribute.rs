//! The past of tracked attributes.

use crate::eval::Binder;
use crate::ir::FieldRef;
use crate::profile::{Accessor, HistoryAccess, Profile};
use std::sync::Arc;

/// The values of an attribute over time.
pub(crate) type HistoryOf<P> = Arc<dyn HistoryAccess<P>>;

impl<P: Profile> Binder<'_, P> {
    /// `None` where the profile type does not keep the past of the attribute, which is reported.
    pub(crate) fn history(&mut self, field: &FieldRef) -> Option<HistoryOf<P>> {
        let FieldRef::Attribute(position) = field else {
            // INVARIANT: only attributes are tracked; the checker lets no other field be asked of its past.
            debug_assert!(false, "only attributes have a past");
            return None;
        };
        match self.attribute(*position)? {
            Accessor::History(history) => Some(history),
            Accessor::Whole(_)
            | Accessor::Text(_)
            | Accessor::Real(_)
            | Accessor::Place(_)
            | Accessor::List(_) => None,
        }
    }
}

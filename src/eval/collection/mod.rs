//! Collections of a profile: its events and the rows of its relations.

pub(crate) mod events;
pub(crate) mod index;
pub(crate) mod looks;
pub(crate) mod recent;
pub(crate) mod rows;
pub(crate) mod slide;

use super::context::Ctx;
use crate::profile::Profile;
use index::SelectionIndex;
use std::ops::Range;

/// Members of a profile that one value is aggregated from.
pub(crate) trait Collection<P: Profile> {
    /// How many members pass.
    fn count<'a>(&'a self, ctx: &Ctx<'a, P>) -> usize;

    /// Visits each member that passes: its position, and the scope in which values are read of it.
    fn each<'a>(&'a self, ctx: &Ctx<'a, P>, visit: impl FnMut(i64, Ctx<'a, P>));

    /// The scope in which values are read of the member at a position.
    fn scope_at<'a>(&'a self, ctx: &Ctx<'a, P>, at: i64) -> Option<Ctx<'a, P>>;

    /// Visits those that pass, each with its instant, the first or the last among them; of a collection without an order,
    /// none.
    fn each_from_end<'a>(
        &'a self,
        ctx: &Ctx<'a, P>,
        first: bool,
        visit: impl FnMut(i64, Ctx<'a, P>),
    );

    /// Reads the index of the members, and which of them are inside, where many instants are probed.
    fn indexed<'a, R>(
        &'a self,
        ctx: &Ctx<'a, P>,
        read: impl FnOnce(&mut SelectionIndex, Range<usize>) -> R,
    ) -> Option<R>;

    /// Until when the same members pass.
    fn valid_until<'a>(&'a self, ctx: &Ctx<'a, P>) -> i64;

    /// How many members there may be.
    fn max_len(&self, ctx: &Ctx<'_, P>) -> usize;

    /// Upper bound on the instants at which the data can change which members pass.
    fn max_change_points<'a>(&'a self, ctx: &Ctx<'a, P>, of: usize) -> usize;
}

//! What is asked of a ledger: points that events earn and take. What a profile has follows from its events and the instant, and
//! nothing is kept of it.

use super::calendar::CalendarSpan;

/// What is asked of a ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LedgerValue {
    /// The points that are there, less than none where more was taken.
    Balance,
    /// Those of them that will be gone after so long, if none is taken.
    Expiring(CalendarSpan),
    /// How many were earned since so long ago, whatever has become of them.
    Earned(CalendarSpan),
}

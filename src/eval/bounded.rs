//! Answers that say until when they are certain.

use crate::time::{Instant, NEVER};
use serde::{Deserialize, Serialize};

/// Whether a condition holds, and an instant after now before which that cannot change ([`NEVER`] if it cannot at all).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Bounded {
    pub(crate) holds: bool,
    pub(crate) until: i64,
}

impl Bounded {
    #[inline]
    pub(crate) fn new(holds: bool, until: i64) -> Self {
        Bounded { holds, until }
    }

    /// No passing of time changes it.
    #[inline]
    pub(crate) fn forever(holds: bool) -> Self {
        Bounded {
            holds,
            until: NEVER,
        }
    }

    /// The opposite, certain for as long.
    pub(crate) fn negated(self) -> Self {
        Bounded {
            holds: !self.holds,
            ..self
        }
    }

    /// The same, certain only before `until` as well.
    pub(crate) fn capped(self, until: i64) -> Self {
        Bounded {
            until: self.until.min(until),
            ..self
        }
    }

    /// Whether all of some conditions hold.
    pub(crate) fn all(parts: impl Iterator<Item = Bounded>) -> Self {
        Bounded::any(parts.map(Bounded::negated)).negated()
    }

    /// Whether one of some conditions holds.
    ///
    /// One that holds decides, and it decides for as long as it is certain: the longest of those that hold counts. Where none
    /// holds, the first to change counts. So of "until 5", "until 9" and "not until 3" it is certain until 9: at 3 the third
    /// may begin to hold, which changes nothing while the second does.
    pub(crate) fn any(parts: impl Iterator<Item = Bounded>) -> Self {
        let mut found = Bounded::forever(false);
        for part in parts {
            found = found.or(part);
            if found == Bounded::forever(true) {
                break;
            }
        }
        found
    }

    /// Whether one of two holds: where both do, as long as the one that holds longer; where neither does, until one of them
    /// may.
    pub(crate) fn or(self, other: Self) -> Self {
        match (self.holds, other.holds) {
            (true, true) => Bounded::new(true, self.until.max(other.until)),
            (false, false) => Bounded::new(false, self.until.min(other.until)),
            (true, false) => self,
            (false, true) => other,
        }
    }
}

/// Whether a condition holds, and the first instant after now at which it is otherwise ([`NEVER`] if none).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NextChange {
    pub(crate) holds: bool,
    pub(crate) until: i64,
    /// Whether it is known that what comes at `until` stays so for ever if no new data arrives.
    pub(crate) is_final: bool,
}

impl NextChange {
    /// No passing of time changes it.
    pub(crate) fn forever(holds: bool) -> Self {
        NextChange {
            holds,
            until: NEVER,
            is_final: true,
        }
    }

    /// It changes once, at an instant, and never again.
    pub(crate) fn once(holds: bool, until: i64) -> Self {
        NextChange {
            holds,
            until: if until > Instant::MAX.micros() {
                NEVER
            } else {
                until
            },
            is_final: true,
        }
    }

    /// The opposite, which changes when it does.
    pub(crate) fn negated(self) -> Self {
        NextChange {
            holds: !self.holds,
            ..self
        }
    }
}

/// A search that ended before it found a change: how far it came, and why it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ended {
    pub(crate) reached: Bounded,
    pub(crate) by: EndedBy,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EndedBy {
    /// Nobody asked further ahead.
    Horizon,
    /// It did all the work that it may do.
    Work,
    /// The calendar asked for more instants than are probed for it.
    Probes,
}

/// Whether a condition holds, and when to ask again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Outlook {
    pub(crate) holds: bool,
    /// The first instant at which the answer may be another ([`NEVER`] if none).
    pub(crate) until: i64,
    pub(crate) end: End,
}

/// What is known of the instant until which an answer is certain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum End {
    /// The answer may change then, and need not.
    Possible,
    /// It changes then, or nobody looks further ahead.
    Certain,
    /// It changes then, and never again if no new data arrives.
    Final,
}

impl Outlook {
    /// It is so up to an instant, and may be beyond.
    pub(crate) fn possible(Bounded { holds, until }: Bounded) -> Self {
        if until > Instant::MAX.micros() {
            return NextChange::forever(holds).into();
        }
        Outlook {
            holds,
            until,
            end: End::Possible,
        }
    }
}

impl From<NextChange> for Outlook {
    fn from(change: NextChange) -> Self {
        Outlook {
            holds: change.holds,
            until: change.until,
            end: if change.is_final {
                End::Final
            } else {
                End::Certain
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_decides_counts_for_as_long_as_it_is_certain() {
        let (yes, no) = (|t| Bounded::new(true, t), |t| Bounded::new(false, t));
        assert_eq!(Bounded::any([yes(5), yes(9), no(3)].into_iter()), yes(9));
        assert_eq!(Bounded::any([no(5), no(3)].into_iter()), no(3));
        assert_eq!(Bounded::any(std::iter::empty()), Bounded::forever(false));
        assert_eq!(Bounded::all([no(5), no(9), yes(3)].into_iter()), no(9));
        assert_eq!(Bounded::all([yes(5), yes(3)].into_iter()), yes(3));
        assert_eq!(Bounded::all(std::iter::empty()), Bounded::forever(true));
    }

    #[test]
    fn what_changes_after_the_last_instant_never_changes() {
        let beyond = Instant::MAX.micros() + 1;
        assert_eq!(NextChange::once(true, beyond), NextChange::forever(true));
    }
}

//! Waits, checked: how long a trigger waits before it acts.

use crate::ir::{CalendarSpan, Cond, CondKind, Operand, Term};
use crate::span::Span;
use crate::syntax::Clock;

/// How long something waits.
#[derive(Clone, Debug)]
pub(crate) enum Wait {
    /// So long after it began, the end itself included.
    Length(CalendarSpan),
    /// So many days of the profile's calendar, until a time of day.
    Days { length: CalendarSpan, at: Clock },
    /// Until clocks next show a time, on a weekday if one is said; 0 is Monday.
    Clock { weekday: Option<u8>, at: Clock },
    /// Until a date of the profile.
    Date(ProfileDate),
}

/// A date of the profile, moved by `lead`, at a time of the profile's day. A yearly one comes back.
#[derive(Clone, Debug)]
pub(crate) struct ProfileDate {
    pub(crate) value: Term,
    pub(crate) lead: CalendarSpan,
    pub(crate) at: Clock,
    pub(crate) yearly: bool,
}

impl ProfileDate {
    /// What it looks at, as a condition.
    pub(crate) fn condition(&self) -> Cond {
        let kind = CondKind::Present(Operand::Term(self.value.clone()));
        Cond::new(kind, Span::default())
    }
}

impl Wait {
    /// The date of the profile that it ends with.
    pub(crate) fn date(&self) -> Option<&ProfileDate> {
        match self {
            Wait::Date(date) => Some(date),
            Wait::Length(_) | Wait::Days { .. } | Wait::Clock { .. } => None,
        }
    }
}

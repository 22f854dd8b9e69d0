//! How long something waits: `2 days`, `2 days at 10:00`, `until friday at 09:00`, `until 3 days before renewal at 09:00`.

use super::tree::TimeSpan;
use super::trigger::{Clock, DateForm};
use crate::span::Span;

/// A wait, as it is written.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct WaitForm {
    pub(crate) kind: WaitFormKind,
    pub(crate) span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum WaitFormKind {
    /// `2 days`, `2 days at 10:00`
    Length { length: TimeSpan, at: Option<Clock> },
    /// `until 09:00`, `until friday at 09:00`; 0 is Monday.
    Clock { weekday: Option<u8>, at: Clock },
    /// `until 3 days before renewal at 09:00`
    Date(DateForm),
}

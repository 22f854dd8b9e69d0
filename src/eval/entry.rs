//! The entry of a trigger, as conditions and values read it.

use crate::profile::Val;
use std::sync::Arc;

/// The entry of a trigger for which something is evaluated. It keeps what is read of its event, which may be gone by then.
#[derive(Clone, Copy)]
pub(crate) struct EntryScope<'a> {
    pub(crate) entered: i64,
    /// When it came to the step of the journey in which it is.
    pub(crate) step_began: i64,
    pub(crate) subject: Val<'a>,
    /// The instant of the event that it began with.
    pub(crate) event_at: Option<i64>,
    /// The properties of that event, by name.
    pub(crate) properties: &'a [(Arc<str>, Val<'a>)],
}

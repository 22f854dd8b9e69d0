//! What is to be done, and when: the rules of sending and of triggers as calculations without a state of their own.
//! Depends on `rule`, `time`.

pub(crate) mod calendar;
pub(crate) mod caps;
pub(crate) mod entry;
pub(crate) mod hours;
pub(crate) mod split;

//! What a message says to whom.

use super::Rule;
use std::sync::Arc;

/// The variants of a message's content: a profile gets the first whose condition holds when the message goes.
#[derive(Clone, Debug)]
pub(crate) struct ContentVariants {
    /// In order.
    pub(crate) cases: Vec<(Arc<str>, Rule)>,
    /// The variant of everybody else.
    pub(crate) otherwise: Arc<str>,
}

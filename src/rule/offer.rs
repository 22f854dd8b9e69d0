//! Offers: what a message offers to whom, said once for every channel.

use super::Rule;
use crate::ir::CalendarSpan;
use crate::value::Scalar;
use std::sync::Arc;

/// An offer: a profile gets the values of the first case whose condition holds when a message tells it.
#[derive(Clone, Debug)]
pub(crate) struct OfferRules {
    pub(crate) name: Arc<str>,
    /// In order.
    pub(crate) cases: Vec<(Rule, OfferValues)>,
    /// The values of everybody else.
    pub(crate) otherwise: OfferValues,
    /// How long what was told stays, from when it was told first until exactly this long after; if nothing is said, each message asks
    /// anew.
    pub(crate) keeps: Option<CalendarSpan>,
}

/// The values of an offer, in order.
pub(crate) type OfferValues = Vec<(Arc<str>, Scalar)>;

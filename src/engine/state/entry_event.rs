//! What an entry into a trigger keeps of the event that it began with.

use crate::value::Scalar;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The event that an entry began with, as far as the trigger reads it. The event itself may be forgotten before a message
/// that waits is judged again, and it does not change: so what is read is kept, and not where the event stood.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct EntryEvent {
    pub(crate) at: i64,
    /// By name; what is missing is left out.
    pub(crate) properties: KeptValues,
}

/// Values by name, as effects report them.
pub(crate) type KeptValues = Vec<(Arc<str>, KeptValue)>;

/// A [`Scalar`] in a form that every format of serde can write.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum KeptValue {
    Bool(bool),
    Whole(i64),
    Unsigned(u64),
    Real(f64),
    Text(String),
}

impl From<Scalar> for KeptValue {
    fn from(value: Scalar) -> Self {
        match value {
            Scalar::Bool(v) => KeptValue::Bool(v),
            Scalar::Whole(v) => KeptValue::Whole(v),
            Scalar::Unsigned(v) => KeptValue::Unsigned(v),
            Scalar::Real(v) => KeptValue::Real(v),
            Scalar::Text(v) => KeptValue::Text(v),
        }
    }
}

impl From<KeptValue> for Scalar {
    fn from(value: KeptValue) -> Self {
        match value {
            KeptValue::Bool(v) => Scalar::Bool(v),
            KeptValue::Whole(v) => Scalar::Whole(v),
            KeptValue::Unsigned(v) => Scalar::Unsigned(v),
            KeptValue::Real(v) => Scalar::Real(v),
            KeptValue::Text(v) => Scalar::Text(v),
        }
    }
}

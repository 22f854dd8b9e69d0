//! What an engine tells its host.

use super::effect::{Effect, Held};
use crate::time::Instant;
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;
use std::sync::Arc;

/// Something that happened to a profile.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Happening {
    /// When.
    pub at: Instant,
    /// The profile's id.
    pub profile: SmolStr,
    /// What brought it about.
    pub cause: Cause,
    /// What happened.
    #[serde(flatten)]
    pub what: What,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "what")]
#[non_exhaustive]
pub enum What {
    /// The profile came into a segment.
    Entered {
        /// The segment's name.
        segment: SmolStr,
    },
    /// The profile fell out of a segment.
    Left {
        /// The segment's name.
        segment: SmolStr,
    },
    /// The profile moved from one stage of a lifecycle to another: the receipt of the move.
    Moved(Transition),
    /// A trigger did something, or has something done.
    Effect(Box<Effect>),
    /// A trigger, or a message of one, did nothing.
    Held(Box<Held>),
}

/// A move from one stage of a lifecycle to another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Transition {
    /// The lifecycle.
    pub lifecycle: Arc<str>,
    /// What the lifecycle is about, where there is one for each value of a property.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<Arc<str>>,
    /// The stage it left; none if it was in none.
    pub from: Option<Arc<str>>,
    /// The stage it entered; none only where a late event took back a first move.
    pub to: Option<Arc<str>>,
    /// Eight hexadecimal digits that stand for the rules of the lifecycle as they were: what means something else has others,
    /// what is only spelled in another way has the same.
    pub version: Arc<str>,
}

/// What brought something about.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Cause {
    /// An event, by its kind and, where it has one, its id.
    Event {
        /// The kind.
        kind: SmolStr,
        /// The id.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<SmolStr>,
    },
    /// A change of an attribute.
    Attribute {
        /// The attribute.
        name: SmolStr,
    },
    /// A tag that the host gave or took away.
    Tag {
        /// The tag's path.
        path: Arc<str>,
    },
    /// Nothing but time.
    Time,
    /// A rulebook that says something else.
    Rules,
    /// The host, which asked for a message.
    Request,
}

impl Cause {
    /// The same of an event with an id.
    pub(super) fn with_id(&self, id: &str) -> Self {
        match self {
            Cause::Event { kind, .. } => Cause::Event {
                kind: kind.clone(),
                id: Some(id.into()),
            },
            other => other.clone(),
        }
    }
}

/// What became of an event that an engine was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[must_use]
#[non_exhaustive]
pub enum Receipt {
    /// It was taken in.
    Taken,
    /// It was taken in although it is older than what came before it.
    Late,
    /// An event with its id was there already; nothing changed.
    Repeated,
    /// It is older than the engine's [lateness](super::Engine::lateness) allows; nothing changed.
    TooLate,
    /// It is further ahead than the engine's [lead](super::Engine::with_lead) allows; nothing changed.
    TooEarly,
}

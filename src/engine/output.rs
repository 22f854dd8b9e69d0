//! What an engine reports to its host.

use super::effect::Effect;
use super::passage::JourneyPassage;
use super::suppression::Suppressed;
use crate::profile::Identifier;
use crate::time::Instant;
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;
use std::sync::Arc;

/// One thing that an engine reports about a profile: what changed, when, and what caused it.
///
/// Its serde form has the fields of [`OutputKind`] beside its own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct EngineOutput {
    /// The instant at which it happened.
    pub at: Instant,
    /// The profile's id.
    pub profile: SmolStr,
    /// What caused it.
    pub cause: Cause,
    /// What happened.
    #[serde(flatten)]
    pub kind: OutputKind,
    /// The number of the output: the first of an engine is 1, the next 2, and so on, also after
    /// [`Engine::restore`](super::Engine::restore). The same state and the same calls give the same numbers.
    pub sequence: u64,
}

/// What an [`EngineOutput`] reports. Its serde form names the kind under `what`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "what")]
#[non_exhaustive]
pub enum OutputKind {
    /// The profile entered a segment.
    #[serde(rename = "entered")]
    SegmentEntered {
        /// The segment's name.
        segment: SmolStr,
    },
    /// The profile left a segment.
    #[serde(rename = "left")]
    SegmentLeft {
        /// The segment's name.
        segment: SmolStr,
    },
    /// The profile moved to another stage of a lifecycle.
    #[serde(rename = "moved")]
    StageChanged(StageTransition),
    /// The profile came into a journey, went on to another step, or left.
    #[serde(rename = "passed")]
    JourneyPassed(Box<JourneyPassage>),
    /// A trigger or a journey acted: the host has something to carry out, or the engine has changed the profile.
    #[serde(rename = "effect")]
    Effect(Box<Effect>),
    /// A trigger or a journey, or one message of it, did not act.
    #[serde(rename = "held")]
    Suppressed(Box<Suppressed>),
    /// The profile has taken in another one of the same person ([`Engine::identify`](super::Engine::identify),
    /// [`Engine::merge`](super::Engine::merge)), or goes by another id from now on. Whatever names the other means this one.
    #[serde(rename = "merged")]
    ProfilesMerged {
        /// The id of the other profile.
        from: SmolStr,
        /// The name of the identifier that both have, or that names the profile; `None` if the host decided, or the profile goes by
        /// another of its ids because that was identified before.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<SmolStr>,
    },
    /// The profile was said to be another person: it has another value of a strong identifier. Nothing was merged.
    #[serde(rename = "conflict")]
    IdentityConflict {
        /// The name of the strong identifier of which there are two values.
        identifier: SmolStr,
        /// The id of the other person's profile, if there is one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        with: Option<SmolStr>,
    },
}

/// A move from one stage of a lifecycle to another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct StageTransition {
    /// The lifecycle's name.
    pub lifecycle: Arc<str>,
    /// The subject, if the lifecycle is kept per value of a property.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<Arc<str>>,
    /// The stage that the profile left; `None` if it was in no stage.
    pub from: Option<Arc<str>>,
    /// The stage that the profile entered; `None` if the profile was removed, or if a late event took back its
    /// first transition.
    pub to: Option<Arc<str>>,
    /// The version of the lifecycle's rules: eight hexadecimal digits that differ if the rules mean something else and are the
    /// same if they are only spelled differently.
    pub version: Arc<str>,
}

/// What caused an [`EngineOutput`].
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Cause {
    /// An event.
    Event {
        /// The event's kind.
        kind: SmolStr,
        /// The event's id, if it has one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<SmolStr>,
    },
    /// A change of an attribute or a relation.
    Attribute {
        /// The name of the attribute or relation.
        name: SmolStr,
    },
    /// A tag that the host gave or took away.
    Tag {
        /// The tag's path.
        path: Arc<str>,
    },
    /// Nothing but the passing of time.
    Time,
    /// The engine met the profile for the first time: it holds for a profile of which nothing is known.
    NewProfile,
    /// Events of the past that came when the profile was known already ([`Engine::absorb`](super::Engine::absorb)).
    History,
    /// Another profile turned out to be the same person.
    Merge,
    /// The profile was removed.
    Removal,
    /// Another rulebook than the state was kept under.
    Rules,
    /// A message that the host requested.
    Request,
}

impl Cause {
    /// The same cause with the id of the event, if it is an event.
    pub(super) fn with_id(&self, id: Identifier<'_>) -> Self {
        let mut named = self.clone();
        if let Cause::Event { id: of_event, .. } = &mut named {
            *of_event = Some(id.with_text(|id| id.into()));
        }
        named
    }
}

/// What an engine did with an event or with values that it was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[must_use]
#[non_exhaustive]
pub enum Receipt {
    /// The event was added, and the engine's time is now the event's.
    Accepted,
    /// The event was added although it is older than the engine's time.
    Late,
    /// The event is of no kind that rules know ([`Event::kind`](crate::profile::Event::kind)); nothing changed.
    UnknownKind,
    /// The same event was there already, with its kind, its id, its instant and its properties; or all that an identification
    /// says was known. Nothing changed.
    Duplicate,
    /// An event of the same kind with the same id was there already, but with another instant or other properties, of those that
    /// the schema has. The first counts; nothing changed. Of an identification: another value of a strong identifier is known, so
    /// that it is another person ([`OutputKind::IdentityConflict`]).
    Conflict,
    /// The event is older than the engine's [lateness](super::Engine::with_lateness) allows; nothing changed.
    TooLate,
    /// The event is further ahead of the engine's time than its [maximum skew](super::Engine::with_max_future_skew) allows;
    /// nothing changed.
    TooEarly,
    /// Something newer is known of all the values ([`Engine::set`](super::Engine::set), [`Engine::upsert`](super::Engine::upsert));
    /// nothing changed.
    Stale,
}

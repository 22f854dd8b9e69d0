//! What a run came to, as data.

use crate::data::Conflicts;
use crate::terminal::{self, counted};
use segue::Instant;
use segue::engine::{EngineOutput, OutputKind};
use segue::insight::{JourneyReport, LifecycleReport};
use serde::{Serialize, Serializer};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What a run came to.
#[derive(Debug, Default, Serialize)]
pub(super) struct Summary {
    pub(super) from: Option<Instant>,
    pub(super) until: Option<Instant>,
    pub(super) profiles: usize,
    pub(super) events: Receipts,
    /// Changes of attributes and tags that came in time; others are among the lines that came late or too late.
    pub(super) changes: u64,
    /// Lines that say who somebody is.
    #[serde(skip_serializing_if = "is_zero")]
    pub(super) identifications: u64,
    pub(super) lifecycles: Vec<LifecycleReport>,
    pub(super) journeys: Vec<JourneyReport>,
    /// Of the past and of the run.
    #[serde(skip)]
    pub(super) conflicts: Conflicts,
    #[serde(serialize_with = "listed")]
    pub(super) effects: BTreeMap<EffectKey, u64>,
    #[serde(serialize_with = "listed")]
    pub(super) held: BTreeMap<HeldKey, u64>,
}

/// What became of the lines.
#[derive(Debug, Default, Serialize)]
pub(super) struct Receipts {
    /// Known before the run began.
    pub(super) past: u64,
    pub(super) taken: u64,
    /// Events and changes of attributes and tags.
    pub(super) late: u64,
    pub(super) repeated: u64,
    /// Events that have the id of another one of their kind, but other content.
    pub(super) conflicting: u64,
    /// Events and changes of attributes and tags.
    pub(super) too_late: u64,
    pub(super) too_early: u64,
    /// Of these two, the lines that were reported as left out.
    #[serde(skip)]
    pub(super) refused_late: u64,
    #[serde(skip)]
    pub(super) refused_early: u64,
    pub(super) after_the_end: u64,
    /// Lines that say that somebody is nobody.
    #[serde(skip_serializing_if = "is_zero")]
    pub(super) nobody: u64,
    /// Events of kinds that the schema does not name.
    pub(super) unknown_kind: u64,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(super) struct EffectKey {
    pub(super) trigger: Option<Arc<str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) journey: Option<Arc<str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) step: Option<Arc<str>>,
    #[serde(rename = "do")]
    pub(super) action: &'static str,
    /// The message, the call, the tag, the attribute.
    pub(super) name: Arc<str>,
    pub(super) channel: Option<Arc<str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) content_variant: Option<Arc<str>>,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(super) struct HeldKey {
    pub(super) trigger: Option<Arc<str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) journey: Option<Arc<str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) step: Option<Arc<str>>,
    pub(super) message: Option<Arc<str>>,
    pub(super) because: &'static str,
    /// Whether it is looked at again.
    pub(super) waits: bool,
}

/// A trigger by its name, or a journey and its step.
pub(super) fn source(
    trigger: Option<&Arc<str>>,
    journey: Option<&Arc<str>>,
    step: Option<&Arc<str>>,
) -> Option<String> {
    let step = step.map_or_else(String::new, |step| format!(": {step}"));
    match journey {
        Some(journey) => Some(format!("{journey}{step}")),
        None => trigger.map(|trigger| trigger.to_string()),
    }
}

/// A count beside what it counts.
#[derive(Serialize)]
struct Counted<'a, K> {
    #[serde(flatten)]
    key: &'a K,
    count: u64,
}

fn is_zero(n: &u64) -> bool {
    *n == 0
}

fn listed<K: Serialize, S: Serializer>(counts: &BTreeMap<K, u64>, s: S) -> Result<S::Ok, S::Error> {
    s.collect_seq(
        counts
            .iter()
            .map(|(key, count)| Counted { key, count: *count }),
    )
}

impl Summary {
    pub(super) fn count(&mut self, output: &EngineOutput) {
        match &output.kind {
            OutputKind::Effect(effect) => {
                let action = &effect.action;
                let key = EffectKey {
                    trigger: effect.trigger.clone(),
                    journey: effect.journey.clone(),
                    step: effect.step.clone(),
                    action: action.verb(),
                    name: action.name().clone(),
                    channel: action.channel().cloned(),
                    content_variant: action.content_variant().cloned(),
                };
                *self.effects.entry(key).or_default() += 1;
            }
            OutputKind::Suppressed(held) => {
                let key = HeldKey {
                    trigger: held.trigger.clone(),
                    journey: held.journey.clone(),
                    step: held.step.clone(),
                    message: held.message.clone(),
                    because: held.reason.name(),
                    waits: held.waits_until.is_some(),
                };
                *self.held.entry(key).or_default() += 1;
            }
            _ => {}
        }
    }

    /// Says of lines that changed nothing that they did not.
    pub(super) fn note(&self) {
        let Receipts {
            too_late,
            too_early,
            refused_late,
            refused_early,
            after_the_end,
            nobody,
            ..
        } = self.events;
        let said = |n: u64, what: &str| {
            if n > 0 {
                let lines = counted(usize::try_from(n).unwrap_or(usize::MAX), "line");
                terminal::note(&format!("{lines} {what}"));
            }
        };
        said(
            too_late - refused_late,
            "too late and ignored (see `--lateness`)",
        );
        said(
            too_early - refused_early,
            "too far ahead and ignored (see `--lead`)",
        );
        said(
            nobody,
            "that names nobody (`null`, an empty text): who it is was ignored",
        );
        said(after_the_end, "after the end and ignored (see `--until`)");
        self.conflicts.report();
    }
}

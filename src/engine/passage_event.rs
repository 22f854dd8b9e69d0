//! A passage of a journey, as what happened to a profile.

use super::effect_key::passage_key;
use super::passage::PassageReason;
use super::state::{JourneyRun, RunPlace};
use crate::profile::{RecordEvent, Value};
use crate::schema::Schema;
use crate::time::Instant;
use std::sync::Arc;

/// A profile that came into a journey, went on to another step, or left: what becomes an event of the profile
/// ([`LiveProfile::journey_passed`](super::LiveProfile::journey_passed)).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PassageEvent {
    /// The event's id, which a replay gives again.
    pub key: Arc<str>,
    /// When it happened: of a profile that comes to a step, the instant from which the step's wait counts.
    pub at: Instant,
    /// The journey's name.
    pub journey: Arc<str>,
    /// The step that it left.
    pub from: Option<Arc<str>>,
    /// The step that it came to.
    pub to: Option<Arc<str>>,
    /// Why: the [name](PassageReason::name) of a reason, or `moved` where the rules changed, and its step has another name.
    pub because: &'static str,
    /// The value that it goes through the journey for, if each has a run of its own (`per`).
    pub run: Option<Arc<str>>,
    /// When it entered the journey.
    pub entered: Instant,
    /// When it came to the step that it left.
    pub since: Option<Instant>,
}

/// Between which steps, by their names, and why.
#[derive(Clone, Copy)]
pub(crate) struct PassedSteps<'a> {
    pub(crate) journey: &'a Arc<str>,
    pub(crate) from: Option<&'a Arc<str>>,
    pub(crate) to: Option<&'a Arc<str>>,
    pub(crate) because: &'static str,
}

impl<'a> PassedSteps<'a> {
    pub(crate) fn new(
        journey: &'a Arc<str>,
        [from, to]: [Option<&'a Arc<str>>; 2],
        because: PassageReason,
    ) -> Self {
        PassedSteps {
            journey,
            from,
            to,
            because: because.name(),
        }
    }

    /// The event of a profile, of which a run stands where it was before it passes on, at an instant.
    pub(crate) fn event(self, profile: &str, run: &JourneyRun, at: i64) -> PassageEvent {
        let since = match run.place {
            RunPlace::Step { since, .. } => self.from.map(|_| Instant::from_micros(since)),
            RunPlace::Ended | RunPlace::HeldOut => None,
        };
        PassageEvent {
            key: passage_key(
                profile,
                self.journey,
                run,
                [self.from, self.to].map(|step| step.map(|step| &**step)),
                self.because,
            ),
            at: Instant::from_micros(at),
            journey: self.journey.clone(),
            from: self.from.cloned(),
            to: self.to.cloned(),
            because: self.because,
            run: run.entry.key.clone(),
            entered: Instant::from_micros(run.entry.at),
            since,
        }
    }

    /// The event that a run comes to the step in which it stands, from outside.
    pub(crate) fn arrival(self, profile: &str, run: &JourneyRun, now: i64) -> PassageEvent {
        let at = match run.place {
            RunPlace::Step { since, .. } => since.min(now),
            RunPlace::Ended | RunPlace::HeldOut => now,
        };
        self.event(profile, run, at)
    }
}

impl PassageEvent {
    /// The event of a record; `None` if its schema has no such kind.
    pub(crate) fn record_event(&self, schema: &Schema) -> Option<RecordEvent> {
        let kind = schema.journey_passed_kind()?;
        let text = |text: &Arc<str>| Value::Text((**text).to_owned());
        let properties = [
            ("journey", Some(text(&self.journey))),
            ("from", self.from.as_ref().map(text)),
            ("to", self.to.as_ref().map(text)),
            ("because", Some(Value::Text(self.because.to_owned()))),
            ("key", self.run.as_ref().map(text)),
            ("entered", Some(Value::Instant(self.entered))),
            ("since", self.since.map(Value::Instant)),
        ];
        let known = properties.into_iter().filter_map(|(name, value)| {
            kind.property_index(name)?;
            Some((name, value?))
        });
        let event = RecordEvent::new(schema, &kind.name, self.at, known);
        // A schema that gives one of the properties another type has a kind of its own.
        event.ok().map(|event| event.with_id(&*self.key))
    }
}

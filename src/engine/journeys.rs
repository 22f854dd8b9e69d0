//! Where profiles are in journeys.

use super::Engine;
use super::live_profile::LiveProfile;
use super::state::{JourneyRun, RunPlace};
use crate::profile::Identifier;
use crate::time::Instant;

/// A profile that is in a journey ([`Engine::journey_visits`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct JourneyVisit<'e> {
    /// The profile's id.
    pub profile: &'e str,
    /// The journey's name.
    pub journey: &'e str,
    /// The value that the profile goes through the journey for, if each has a run of its own.
    pub subject: Option<&'e str>,
    /// The step in which it is.
    pub step: &'e str,
    /// When it came to the step.
    pub since: Instant,
    /// When it entered the journey.
    pub entered: Instant,
}

impl<P: LiveProfile> Engine<P> {
    /// The step in which a profile is at the engine's time; of a subject if each has a run of its own. `None` if the profile is
    /// not in the journey, or there is no such profile or journey.
    ///
    /// ```
    /// # use segue::engine::Engine;
    /// # use segue::profile::{Model, Record, RecordEvent};
    /// # use segue::Rulebook;
    /// let rulebook = Rulebook::from_toml(r#"
    ///     schema.events.subscribed = {}
    ///     [journeys.welcome]
    ///     on = "subscribed"
    ///     steps = [
    ///         { name = "rest", wait = "2 days" },
    ///         { name = "ask", wait = "1 day", do = [{ call = "crm.task" }] },
    ///     ]
    /// "#)?;
    /// let mut engine = Engine::new(&rulebook, &Model::<Record>::for_schema(rulebook.schema()))?;
    /// let mut out = Vec::new();
    /// let subscribed = RecordEvent::new(rulebook.schema(), "subscribed", "2026-03-02T10:00:00Z", [])?;
    /// let _ = engine.observe("anna", subscribed, &mut out);
    /// assert_eq!(engine.step("anna", "welcome", None), Some("rest"));
    /// engine.advance("2026-03-04T10:00:00Z".parse()?, &mut out);
    /// assert_eq!(engine.step("anna", "welcome", None), Some("ask"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn step(&self, id: &str, journey: &str, subject: Option<&str>) -> Option<&str> {
        let slot = self.state.profiles.slot(&Identifier::Text(id))?;
        let profile = self.state.profiles.get(slot)?;
        let runs = profile.triggers().runs.iter();
        let mut visits = runs.filter_map(|run| self.visit(&profile.id, run));
        let visit = visits.find(|visit| visit.journey == journey && visit.subject == subject);
        visit.map(|visit| visit.step)
    }

    /// The journeys that profiles are in at the engine's time, by profile in the order in which the engine met them.
    pub fn journey_visits(&self) -> impl Iterator<Item = JourneyVisit<'_>> {
        self.state.profiles.iter().flat_map(move |profile| {
            let runs = profile.triggers().runs.iter();
            runs.filter_map(move |run| self.visit(&profile.id, run))
        })
    }

    fn visit<'e>(&'e self, profile: &'e str, run: &'e JourneyRun) -> Option<JourneyVisit<'e>> {
        let RunPlace::Step { step, since } = run.place else {
            return None;
        };
        let of = self.plan.trigger(run.journey)?;
        Some(JourneyVisit {
            profile,
            journey: &of.trigger.name,
            subject: run.entry.key.as_deref(),
            step: of.journey.as_ref()?.names.get(step.index())?,
            since: Instant::from_micros(since),
            entered: Instant::from_micros(run.entry.at),
        })
    }
}

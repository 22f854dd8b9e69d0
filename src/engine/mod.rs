//! The stream: events come in and time passes, and for each profile the engine knows which segments it has just entered or
//! left, in which stage of its lifecycles it is, and what triggers do about that. Depends on `rulebook` and `eval`.
//!
//! An engine has no clock, no threads and sends nothing. The host hands over events ([`Engine::observe`]) and time
//! ([`Engine::advance`]); the engine answers with what happened. The same rulebook and the same calls give the same answers
//! in the same order.
//!
//! # Time
//!
//! The engine's time is the latest instant that it was given. A later event moves it on: everything that was due before
//! happens first. [`Engine::next_wakeup`] is the exact instant at which something changes if nothing new comes; a host that
//! calls [`Engine::advance`] then is never late and never polls. What is due at the very instant of an event happens after
//! the event.
//!
//! # Triggers and effects
//!
//! A trigger fires on a stage transition, a segment entered or left, an event, a silence or a date. What it does to the
//! profile (tags, attributes) is done at once, and may cause further changes; what the host is to do is reported as an
//! [`Effect`] with a unique key; what is not done is reported as [`Suppressed`] with its [`SuppressionReason`]. Triggers run
//! in the order of their priority when all segments and stages are as the instant leaves them.
//!
//! # Late and duplicate events
//!
//! An event older than the engine's time is late. It is added unless it is older than [`Engine::with_lateness`] allows, and
//! then segments and stages become what they would be had it come in time: a lifecycle is evaluated again from the instant of
//! the event on. What was reported stays reported; if a stage turns out to be another, that is reported as a transition now.
//! An event that is too old, or whose id is there already, changes nothing, and its [`Receipt`] says so. So does one that is
//! further ahead of the engine's time than [`Engine::with_max_future_skew`] allows.
//!
//! # New profiles
//!
//! A profile that comes with its past ([`Engine::insert`]) is added as it stands: nothing is reported. One that an event, a change
//! or a row creates is *born*: it enters the segments and stages that hold when that input is done, with the cause
//! [`Cause::NewProfile`] if they would hold of a profile of which nothing is known (`not purchased`). What the input itself
//! has ended is not reported: somebody whose first event is a purchase leaves no segment of those who have bought nothing, and no
//! trigger on leaving it fires. [`Engine::with_silent_births`] leaves all of this out. A profile that is removed
//! ([`Engine::remove`]) leaves everything.

#![deny(clippy::wildcard_enum_match_arm)]

mod absorb;
mod changes;
mod delivery;
mod effect;
mod effect_key;
mod explains;
mod host;
mod identity;
mod ids;
mod input;
mod join;
mod journeys;
mod live_profile;
mod metrics;
mod migration;
mod outbox;
mod output;
mod partition;
mod passage;
mod passage_event;
mod plan;
mod restore;
mod rules_change;
mod sent_message;
mod state;
mod suppression;
mod timezone;
mod triggers;
mod unsaved;
mod update;
mod values_before;
mod version;

pub use changes::SetError;
pub(crate) use delivery::counted_until;
pub(crate) use effect::scalar;
pub use effect::{Effect, EffectAction, MessageOffer};
pub use host::UnknownMessage;
pub use identity::IdentifyError;
pub use journeys::JourneyVisit;
pub use live_profile::LiveProfile;
pub use metrics::{EngineMetrics, ReceiptCounts};
pub use output::{Cause, EngineOutput, OutputKind, Receipt, StageTransition};
pub use passage::{JourneyPassage, PassageReason};
pub use passage_event::PassageEvent;
pub use restore::RestoreError;
pub use rules_change::{MissingHistory, RulesChange, SegmentEdit};
pub use sent_message::SentMessage;
pub use state::{EngineState, ProfileState, StateHeader};
pub use suppression::{ChannelCandidate, Suppressed, SuppressionReason};
pub(crate) use triggers::assignment::is_in;
pub use unsaved::Unsaved;

use crate::eval::BindError;
use crate::ir::Calendar;
use crate::profile::{Identifier, Model};
use crate::rulebook::Rulebook;
use crate::time::{Duration, Instant, NEVER};
use explains::Explains;
use ids::SegmentId;
use input::InputBuffers;
use metrics::Counters;
use plan::Plan;
use state::{Profiles, Wakeups};
use std::fmt;
use std::sync::Arc;
use update::Update;

/// Profiles under a rulebook, as events come in and time passes.
///
/// ```
/// use segue::engine::{Engine, EngineOutput, OutputKind};
/// use segue::profile::{Model, Record, RecordEvent};
/// use segue::{Instant, Rulebook};
///
/// let rulebook = Rulebook::from_toml(r#"
///     [schema.events.purchased.properties]
///     amount = "decimal(2)"
///
///     [segments]
///     recent_buyer = "purchased within 30 days"
/// "#)?;
/// let model = Model::<Record>::for_schema(rulebook.schema());
/// let mut engine = Engine::new(&rulebook, &model)?;
/// let mut out = Vec::new();
///
/// let bought = RecordEvent::new(rulebook.schema(), "purchased", "2026-03-01T10:00:00Z", [("amount", 19.90.into())])?;
/// let _ = engine.observe("anna", bought, &mut out);
/// assert_eq!(out[0].kind, OutputKind::SegmentEntered { segment: "recent_buyer".into() });
///
/// let wakeup = engine.next_wakeup().unwrap();
/// assert_eq!(wakeup, "2026-03-31T10:00:00.000001Z".parse()?);
/// out.clear();
/// engine.advance(wakeup, &mut out);
/// assert_eq!(out[0].kind, OutputKind::SegmentLeft { segment: "recent_buyer".into() });
/// assert_eq!(engine.next_wakeup(), None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Engine<P: LiveProfile> {
    plan: Arc<Plan<P>>,
    state: EngineState<P>,
    wakeups: Wakeups,
    buffers: InputBuffers,
    explains: Explains,
    max_wakeups: usize,
    counters: Counters,
}

/// The current stage of a profile in a lifecycle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct StageVisit<'e> {
    /// The profile's id.
    pub profile: &'e str,
    /// The lifecycle's name.
    pub lifecycle: &'e str,
    /// The subject, if the lifecycle is kept per value of a property.
    pub subject: Option<&'e str>,
    /// The stage's name.
    pub stage: &'e str,
    /// When the profile entered the stage; `None` if it has always been there.
    pub since: Option<Instant>,
}

impl<P: LiveProfile> fmt::Debug for Engine<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine")
            .field("now", &self.now())
            .field("profiles", &self.len())
            .field(
                "waiting_until",
                &self.wakeups.first().map(|(at, _)| Instant::from_micros(at)),
            )
            .finish_non_exhaustive()
    }
}

impl<P: LiveProfile> Engine<P> {
    /// An engine without profiles, at the beginning of time.
    ///
    /// # Errors
    /// If the profile type lacks something that a rule reads, or has it with another type.
    pub fn new(rulebook: &Rulebook, model: &Model<P>) -> Result<Self, BindError> {
        let plan = Plan::new(rulebook, model)?;
        let (header, profiles) = (plan.header(), Profiles::default());
        Ok(Engine {
            state: EngineState { header, profiles },
            plan: Arc::new(plan),
            wakeups: Wakeups::default(),
            buffers: InputBuffers::default(),
            explains: Explains::Effects,
            max_wakeups: usize::MAX,
            counters: Counters::default(),
        })
    }

    /// Sets how late an event may be; one that is older than the engine's time by more is refused ([`Receipt::TooLate`]).
    /// Default: zero.
    #[must_use]
    pub fn with_lateness(mut self, lateness: Duration) -> Self {
        self.state.header.lateness = lateness.micros().max(0);
        self
    }

    /// Sets how far ahead of the engine's time an event may be; one that is further ahead is refused
    /// ([`Receipt::TooEarly`]). An event from a device whose clock is wrong would otherwise move time on and make everything
    /// after it late. Default: no limit.
    ///
    /// A host that sets a limit moves time on by its own clock ([`Engine::advance`]), also while no events come. An engine
    /// that stands at the beginning of time accepts any event.
    #[must_use]
    pub fn with_max_future_skew(mut self, skew: Duration) -> Self {
        self.state.header.max_future_skew = skew.micros().max(0);
        self
    }

    /// Leaves out what a profile that an event or a change creates is born into: that it has not bought anything goes
    /// unreported then, and triggers that wait for somebody to enter such a segment do not fire for it. Default: it is
    /// reported.
    #[must_use]
    pub fn with_silent_births(mut self) -> Self {
        self.state.header.tells_births = false;
        self
    }

    /// Leaves out of effects why their triggers fired. Making an explanation takes some tens of microseconds.
    #[must_use]
    pub fn without_explanations(mut self) -> Self {
        self.explains = Explains::Nothing;
        self
    }

    /// Explains also why the `when` of a trigger kept it from acting ([`Suppressed::why`]). That happens more often than an effect,
    /// so it is left out if nothing is said.
    #[must_use]
    pub fn with_explained_guards(mut self) -> Self {
        self.explains = Explains::Guards;
        self
    }

    /// Sets how many wake-ups a call may work off before it returns, beside those of the profile that it is about. Where windows of
    /// a million profiles end at one midnight, what comes in then does not have to wait for all of them: each call that moves
    /// time on works off a part, at least one. Default: no limit. [`reload`](Engine::reload) works off everything that is
    /// outstanding first.
    ///
    /// What is outstanding happens at its own instant all the same, and before anything else that happens to its profile; only the
    /// order among profiles is another, and until then the profile is where it was. [`next_wakeup`](Engine::next_wakeup) is in
    /// the past while anything is outstanding, so a host that calls [`advance`](Engine::advance) then, between other calls,
    /// catches up.
    ///
    /// ```
    /// use segue::engine::Engine;
    /// use segue::profile::{Model, Record, RecordEvent};
    /// use segue::{Instant, Rulebook};
    ///
    /// let rulebook = Rulebook::from_toml("[schema.events.viewed]\n[segments]\ntoday = 'viewed during today'")?;
    /// let mut engine = Engine::new(&rulebook, &Model::<Record>::for_schema(rulebook.schema()))?.with_max_wakeups_per_call(100);
    /// let viewed = |at: &str| RecordEvent::new(rulebook.schema(), "viewed", at, []);
    /// let mut out = Vec::new();
    /// for id in 0..1_000_u64 {
    ///     let _ = engine.observe(id, viewed("2026-03-01T10:00:00Z")?, &mut out);
    /// }
    /// out.clear();
    /// // Just after midnight. The segment of a thousand profiles has ended, and 700 comes back.
    /// let _ = engine.observe(700_u64, viewed("2026-03-02T00:00:01Z")?, &mut out);
    /// assert_eq!(out.len(), 100 + 2);
    /// let midnight: Instant = "2026-03-02T00:00:00Z".parse()?;
    /// while let Some(wakeup) = engine.next_wakeup().filter(|wakeup| *wakeup == midnight) {
    ///     assert_eq!(wakeup, midnight);
    ///     engine.advance(wakeup, &mut out);
    /// }
    /// assert_eq!(out.iter().filter(|output| output.at == midnight).count(), 1_000);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn with_max_wakeups_per_call(mut self, max_wakeups: usize) -> Self {
        self.max_wakeups = max_wakeups.max(1);
        self
    }

    /// How late an event may be.
    #[must_use]
    pub fn lateness(&self) -> Duration {
        Duration::from_micros(self.state.header.lateness)
    }

    /// How far ahead of the engine's time an event may be; `None` if there is no limit.
    #[must_use]
    pub fn max_future_skew(&self) -> Option<Duration> {
        (self.state.header.max_future_skew != NEVER)
            .then(|| Duration::from_micros(self.state.header.max_future_skew))
    }

    /// The latest instant that the engine was given.
    #[must_use]
    pub fn now(&self) -> Instant {
        Instant::from_micros(self.state.header.now)
    }

    /// The first instant at which something is due if nothing new comes; `None` if nothing ever is. A segment is entered or
    /// left then, a profile moves to another stage, or a trigger's date, waiting message or silence is due. (A silence that
    /// was broken in the meantime is checked all the same, and nothing is reported.)
    ///
    /// Events leave it open until when some segments last; what comes first is found out here, and remembered. Where that takes too much
    /// work, it is an instant before which nothing is due.
    pub fn next_wakeup(&mut self) -> Option<Instant> {
        loop {
            let (at, slot) = self.wakeups.first()?;
            let (profiles, now) = (&mut self.state.profiles, self.state.header.now);
            let state = profiles.find_mut(slot)?;
            if !Update::look_ahead(&self.plan, state, at, now) {
                return Some(Instant::from_micros(at));
            }
            profiles.touch(slot);
            self.reschedule(slot);
        }
    }

    /// The number of the last output ([`EngineOutput::sequence`]); 0 before the first.
    #[must_use]
    pub fn sequence(&self) -> u64 {
        self.state.header.sequence
    }

    /// How many profiles there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.state.profiles.len()
    }

    /// Whether there are no profiles.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The profiles, each with its id, in the order in which the engine met them.
    pub fn profiles(&self) -> impl Iterator<Item = (&str, &P)> {
        let profiles = self.state.profiles.iter();
        profiles.map(|state| (&*state.id, &state.profile))
    }

    /// The ids of the profiles that are in a segment at the engine's time, in the order in which the engine met them; none if
    /// there is no such segment.
    pub fn members(&self, segment: &str) -> impl Iterator<Item = &str> {
        let segment = self.plan.segment_named(segment);
        let profiles = self.state.profiles.iter();
        profiles
            .filter(move |state| segment.is_some_and(|segment| self.is_in(state, segment)))
            .map(|state| &*state.id)
    }

    /// The segments that profiles are in at the engine's time: the ids of profiles, in the order in which the engine met them, with
    /// the name of each segment. Together with [`sequence`](Engine::sequence) this is what a receiver compares its own table with: it
    /// keeps what was told to it with a greater number, and otherwise has what is here and nothing else.
    ///
    /// ```
    /// # use segue::engine::{Engine, EngineOutput, OutputKind};
    /// # use segue::profile::{Model, Record, RecordEvent};
    /// # use segue::Rulebook;
    /// # use std::collections::BTreeSet;
    /// let rulebook = Rulebook::from_toml("[schema.events.viewed]\n[segments]\nlooking = 'viewed within 30 days'")?;
    /// let mut engine = Engine::new(&rulebook, &Model::<Record>::for_schema(rulebook.schema()))?;
    /// let mut out = Vec::new();
    /// for who in ["anna", "bruno"] {
    ///     let _ = engine.observe(who, RecordEvent::new(rulebook.schema(), "viewed", "2026-03-02T10:00:00Z", [])?, &mut out);
    /// }
    /// // The first message was lost on its way. A snapshot mends that.
    /// let mut table: BTreeSet<(String, String)> = [("bruno".into(), "looking".into())].into();
    /// let snapshot = engine.memberships().map(|(who, segment)| (who.to_owned(), segment.to_owned()));
    /// table = snapshot.collect();
    /// assert!(table.contains(&("anna".into(), "looking".into())));
    /// assert_eq!(engine.sequence(), 2);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn memberships(&self) -> impl Iterator<Item = (&str, &str)> {
        let segments = || self.plan.segments.iter().zip(0..);
        self.state.profiles.iter().flat_map(move |profile| {
            let within = segments().filter(|(_, i)| self.is_in(profile, SegmentId::new(*i)));
            within.map(|(segment, _)| (&*profile.id, segment.name.as_str()))
        })
    }

    fn is_in(&self, profile: &ProfileState<P>, segment: SegmentId) -> bool {
        self.plan.is_in(&profile.memberships, segment)
    }

    /// A profile by its id.
    #[must_use]
    pub fn profile(&self, id: &str) -> Option<&P> {
        self.profile_state(id).map(|state| &state.profile)
    }

    /// Whether a profile is in a segment at the engine's time; `None` if there is no such profile or segment. What is due at
    /// the very instant of the last event is outstanding until time moves on, if only to that instant.
    #[must_use]
    pub fn holds(&self, id: &str, segment: &str) -> Option<bool> {
        let segment = self.plan.segment_named(segment)?;
        Some(self.is_in(self.profile_state(id)?, segment))
    }

    /// The calendar by which messages to a profile are counted at an instant.
    pub(crate) fn calendar_of(&self, id: &str, at: Instant) -> Calendar {
        let calendar = |state: &ProfileState<P>| self.plan.calendar_of(&state.profile, at.micros());
        (self.profile_state(id)).map_or(self.plan.calendar, calendar)
    }

    /// The stage of a profile in a lifecycle at the engine's time; of a subject if there is one lifecycle for each. `None` if
    /// the profile is in no stage, or there is no such profile or lifecycle.
    #[must_use]
    pub fn stage(&self, id: &str, lifecycle: &str, subject: Option<&str>) -> Option<&str> {
        let plan = self.plan.lifecycle_named(lifecycle)?;
        let state = self.profile_state(id)?.stages.of(lifecycle, subject)?;
        let stage = plan.stages.get(state.stage()?.index());
        stage.map(|name| &**name)
    }

    /// The stages that profiles are in at the engine's time, of every lifecycle, by profile in the order in which the engine
    /// met them.
    pub fn stage_visits(&self) -> impl Iterator<Item = StageVisit<'_>> {
        self.state.profiles.iter().flat_map(move |profile| {
            profile.stages.iter().filter_map(move |state| {
                let plan = self.plan.lifecycle_named(&state.lifecycle)?;
                let last = state.moves.last()?;
                Some(StageVisit {
                    profile: &profile.id,
                    lifecycle: &state.lifecycle,
                    subject: state.subject.as_deref(),
                    stage: plan.stages.get(last.stage.index())?,
                    since: (last.at > Instant::MIN.micros()).then(|| Instant::from_micros(last.at)),
                })
            })
        })
    }

    fn profile_state(&self, id: &str) -> Option<&ProfileState<P>> {
        let slot = self.state.profiles.slot(&Identifier::Text(id))?;
        self.state.profiles.get(slot)
    }

    /// Everything that the engine knows, to be kept; [`Engine::restore`] continues from it.
    #[must_use]
    pub fn state(&self) -> &EngineState<P> {
        &self.state
    }

    /// The same from an engine that is done.
    #[must_use]
    pub fn into_state(self) -> EngineState<P> {
        self.state
    }
}

//! The stream: events come in and time passes, and for each profile the engine knows which segments it has just entered
//! or left, which stage of its lifecycles it is in, and what triggers make of that. Depends on `rulebook`, `eval`.
//!
//! An engine has no clock, no threads and sends nothing. The host hands over events ([`Engine::observe`]) and time
//! ([`Engine::advance`]); the engine answers with what happened. The same rulebook and the same calls give the same
//! answers in the same order.
//!
//! # Time
//!
//! The engine's time is the latest instant it was given. An event later than that moves it on: everything that was due
//! before happens first. [`Engine::next_wakeup`] is the exact instant at which something changes if nothing new comes; a
//! host that calls [`Engine::advance`] then is never late and never polls. What is due at the very instant of an event
//! happens after it.
//!
//! # Triggers and effects
//!
//! A trigger fires when its occasion comes: a move, a segment entered or left, an event, a silence, a date. What it does to
//! the profile (tags, attributes) is done at once, and may bring further moves about; what the host is to do is told as an
//! [`Effect`] with a key that no other has, and what is not done as a [`Held`] with its [`SuppressionReason`]. Triggers act in the
//! order of their priority when all segments and stages stand as the instant leaves them.
//!
//! # Late and repeated events
//!
//! An event older than the engine's time is late. It is taken in if it is not older than [`Engine::lateness`] allows, and
//! then segments and stages are what they would be had it come in time: a lifecycle is judged anew from the instant of the
//! event on. The past that was told stays told; where a stage turns out to be another, that is told as a move now. An
//! event that is too old, or whose id is there already, changes nothing, and its [`Receipt`] says so. So does one that is
//! further ahead of the engine's time than [`Engine::with_max_future_skew`] allows.
//!
//! # New profiles
//!
//! A profile that comes with its past ([`Engine::insert`]) is taken as it stands: nothing is told. An event or a change of
//! an unknown profile makes a blank one, of which only the id is known; what holds of a blank profile (`not purchased`)
//! has held since ever, so it is not told either. Everything after that is.

mod acts;
mod calendar;
mod caps;
mod effect;
mod fire;
mod gate;
mod hours;
mod live;
mod occasions;
mod output;
mod plan;
mod reentry;
mod restore;
mod slots;
mod split;
mod state;
mod stream;
mod suppression;
mod touch;
mod turn;
mod upkeep;
mod version;
mod wakeups;

pub use effect::{Effect, EffectAction};
pub use live::LiveProfile;
pub use output::{Cause, EngineOutput, OutputKind, Receipt, StageTransition};
pub use state::EngineState;
pub use stream::UnknownAttribute;
pub use suppression::{Suppressed, SuppressionReason};
pub use upkeep::UnknownMessage;

use crate::eval::BindError;
use crate::profile::{Model, ProfileId};
use crate::rulebook::Rulebook;
use crate::time::{Duration, Instant, NEVER};
use plan::Plan;
use slots::Slots;
use state::{Live, Membership};
use std::fmt;
use std::sync::Arc;
use wakeups::Wakeups;

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
    slots: Slots,
    wakeups: Wakeups,
    /// Room for the units that something touches.
    units: Vec<u32>,
    /// Room for what is due of a profile.
    due: Vec<Membership>,
    explains: bool,
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
            .field("next_wakeup", &self.next_wakeup())
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
        Ok(Engine {
            state: plan.blank_state(),
            plan: Arc::new(plan),
            slots: Slots::default(),
            wakeups: Wakeups::default(),
            units: Vec::new(),
            due: Vec::new(),
            explains: true,
        })
    }

    /// Sets how late an event may be; one that is older than the engine's time by more is refused ([`Receipt::TooLate`]).
    /// Default: zero.
    #[must_use]
    pub fn with_lateness(mut self, lateness: Duration) -> Self {
        self.state.lateness = lateness.micros().max(0);
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
        self.state.max_future_skew = skew.micros().max(0);
        self
    }

    /// Leaves out of effects why their triggers fired. An explanation takes some tens of microseconds.
    #[must_use]
    pub fn without_explanations(mut self) -> Self {
        self.explains = false;
        self
    }

    /// How late an event may be.
    #[must_use]
    pub fn lateness(&self) -> Duration {
        Duration::from_micros(self.state.lateness)
    }

    /// How far ahead of the engine's time an event may be; `None` if there is no limit.
    #[must_use]
    pub fn max_future_skew(&self) -> Option<Duration> {
        (self.state.max_future_skew != NEVER)
            .then(|| Duration::from_micros(self.state.max_future_skew))
    }

    /// The latest instant that the engine was given.
    #[must_use]
    pub fn now(&self) -> Instant {
        Instant::from_micros(self.state.now)
    }

    /// The instant at which something is due first, if nothing new comes; `None`: never. A segment is entered or left
    /// then, a profile moves to another stage, or a trigger's date, waiting message or silence is due. (A silence that was
    /// broken in the meantime is looked at all the same, and nothing is told.)
    #[must_use]
    pub fn next_wakeup(&self) -> Option<Instant> {
        self.wakeups.first().map(|(at, _)| Instant::from_micros(at))
    }

    /// How many profiles there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.state.profiles.len()
    }

    /// Whether there are no profiles.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.state.profiles.is_empty()
    }

    /// A profile by its id.
    #[must_use]
    pub fn profile(&self, id: &str) -> Option<&P> {
        self.live(id).map(|live| &live.profile)
    }

    /// Whether a profile is in a segment at the engine's time; `None` where there is no such profile or segment. What is
    /// due at the very instant of the last event is outstanding until time moves on, if only to that instant.
    #[must_use]
    pub fn holds(&self, id: &str, segment: &str) -> Option<bool> {
        let unit = self
            .plan
            .segments
            .binary_search_by(|s| (*s.name).cmp(segment))
            .ok()?;
        let unit = u32::try_from(unit).ok()?;
        let entry = self.live(id)?.entry(unit);
        Some(entry.map_or_else(|| self.plan.is_blank_in(unit), |e| e.holds))
    }

    /// The stage of a profile in a lifecycle at the engine's time; the lifecycle of a subject where there is one for each.
    /// `None` where it is in none, or there is no such profile or lifecycle.
    #[must_use]
    pub fn stage(&self, id: &str, lifecycle: &str, subject: Option<&str>) -> Option<&str> {
        let plan = self
            .plan
            .lifecycles
            .iter()
            .find(|l| *l.name == *lifecycle)?;
        let live = self.live(id)?;
        let kept = live
            .kept(lifecycle, subject)
            .ok()
            .and_then(|place| live.stages.get(place))?;
        plan.stages.get(usize::from(kept.stage()?)).map(|s| &**s)
    }

    /// The stages that profiles are in at the engine's time, of every lifecycle, by profile in the order in which the engine
    /// met them.
    pub fn stage_visits(&self) -> impl Iterator<Item = StageVisit<'_>> {
        self.state.profiles.iter().flat_map(move |live| {
            live.stages.iter().filter_map(move |kept| {
                let plan = self
                    .plan
                    .lifecycles
                    .iter()
                    .find(|l| l.name == kept.lifecycle)?;
                let last = kept.moves.last()?;
                Some(StageVisit {
                    profile: &live.id,
                    lifecycle: &kept.lifecycle,
                    subject: kept.subject.as_deref(),
                    stage: plan.stages.get(usize::from(last.stage))?,
                    since: (last.at > Instant::MIN.micros()).then(|| Instant::from_micros(last.at)),
                })
            })
        })
    }

    fn live(&self, id: &str) -> Option<&Live<P>> {
        self.slots
            .get(&ProfileId::Text(id))
            .and_then(|slot| self.state.profiles.get(slot as usize))
    }

    /// Everything that the engine knows, for keeping; [`Engine::restore`] goes on from it.
    #[must_use]
    pub fn state(&self) -> &EngineState<P> {
        &self.state
    }
}

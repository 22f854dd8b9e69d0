//! Everything that an engine knows at an instant and that does not follow from the rulebook.

mod change_times;
mod check;
mod deliveries;
mod entry;
mod entry_event;
mod event_ids;
mod header;
mod identity;
mod journeys;
mod least;
mod memberships;
mod offers;
mod profile_index;
mod profiles;
mod stages;
mod triggers;
mod wakeups;

pub(crate) use change_times::ALL_TAGS;
use change_times::ChangeTimes;
pub(crate) use deliveries::{Delivery, DeliveryLog};
pub(crate) use entry::TriggerEntry;
pub(crate) use entry_event::{EntryEvent, KeptValue, KeptValues};
pub(crate) use event_ids::{EventIds, each_event};
pub use header::StateHeader;
pub(crate) use header::{FORMAT, SavedLifecycle, SavedSegment, SavedTrigger};
pub(crate) use identity::ProfileIdentity;
pub(crate) use journeys::{JourneyRun, RunPlace};
pub(crate) use memberships::{Membership, Memberships};
pub(crate) use offers::ToldOffer;
use profile_index::ProfileIndex;
pub(crate) use profiles::Profiles;
pub(crate) use stages::{JoinedStates, LifecycleState, LifecycleStates};
pub(crate) use triggers::{
    EntryRecord, EntryTimer, Instance, Position, TimerKind, TriggerState, WaitsFor,
};
pub(crate) use wakeups::Wakeups;

use crate::engine::live_profile::LiveProfile;
use crate::eval::collection::index::KeptIndexes;
use crate::eval::context::Ctx;
use crate::profile::{
    Event, Identifier, MergePolicy, MergeRules, Model, Profile, Value, kind_index,
};
use crate::time::{Instant, NEVER};
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;
use std::hint::black_box;

/// Everything that an [`Engine`](super::Engine) knows: its profiles, their segments and stages, and what waits. It is
/// serialisable if the profile type is, in any format of serde, and [`Engine::restore`](super::Engine::restore) continues
/// from it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EngineState<P> {
    pub(crate) header: StateHeader,
    pub(crate) profiles: Profiles<P>,
}

/// A profile as an engine keeps it, with its segments, stages and what waits for it. It is serialisable if the profile type is.
// What every event reads comes first, close together.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[repr(C)]
pub struct ProfileState<P> {
    pub(crate) profile: P,
    pub(crate) memberships: Memberships,
    /// The earliest instant for which the profile is among the wake-ups.
    #[serde(skip, default = "never")]
    pub(crate) queued: i64,
    /// Whether it has changed since it was last saved.
    #[serde(skip)]
    pub(crate) is_unsaved: bool,
    /// `None` while there is nothing to remember.
    triggers: Option<Box<TriggerState>>,
    pub(crate) stages: LifecycleStates,
    /// The id that the profile was created with.
    pub(crate) id: SmolStr,
    /// The instant of its last update: from there on what happens to it is what it waits for.
    pub(crate) updated: i64,
    /// Where it stands in the order in which the engine met its profiles.
    pub(crate) ordinal: u64,
    /// `None` while all data are those that the profile came with.
    #[serde(default)]
    change_times: Option<Box<ChangeTimes>>,
    /// `None` while it is known by its id alone.
    #[serde(default)]
    identity: Option<Box<ProfileIdentity>>,
    /// The ids of its events.
    #[serde(skip)]
    pub(crate) ids: EventIds,
    /// What segments ask of its events.
    #[serde(skip)]
    pub(crate) indexes: KeptIndexes,
}

static NO_CHANGES: ChangeTimes = ChangeTimes::EMPTY;

fn never() -> i64 {
    NEVER
}

/// What is skipped in the serde form follows from the rest.
impl<P: PartialEq> PartialEq for ProfileState<P> {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
            && self.profile == other.profile
            && self.memberships == other.memberships
            && self.stages == other.stages
            && self.triggers() == other.triggers()
            && self.change_times == other.change_times
            && self.identity() == other.identity()
            && self.updated == other.updated
    }
}

impl<P> ProfileState<P> {
    /// The profile's id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The profile.
    #[must_use]
    pub fn profile(&self) -> &P {
        &self.profile
    }

    pub(crate) fn new(id: SmolStr, profile: P) -> Self {
        ProfileState {
            id,
            profile,
            memberships: Memberships::default(),
            queued: NEVER,
            is_unsaved: false,
            ordinal: 0,
            updated: Instant::MIN.micros(),
            stages: LifecycleStates::default(),
            triggers: None,
            change_times: None,
            identity: None,
            ids: EventIds::default(),
            indexes: KeptIndexes::default(),
        }
    }

    /// Starts anew with another profile of the same id.
    pub(crate) fn replace(&mut self, profile: P) {
        let (ordinal, is_unsaved) = (self.ordinal, self.is_unsaved);
        *self = ProfileState {
            ordinal,
            is_unsaved,
            identity: self.identity.take(),
            ..ProfileState::new(self.id.clone(), profile)
        };
    }

    /// Reads parts of the memberships, so that all of them are on their way from memory at once (a prefetch): waiting for
    /// cache misses one after the other takes an engine most of its time.
    #[inline]
    pub(crate) fn prefetch(&self) {
        /// Memberships that share a cache line.
        const NEIGHBOURS: usize = 4;
        let segments = self
            .memberships
            .iter()
            .step_by(NEIGHBOURS)
            .fold(0, |sum, membership| sum ^ membership.segment.index());
        black_box(segments);
    }

    /// Prefetches the events of a kind, of which the latest is read first.
    #[inline]
    pub(crate) fn prefetch_events(&self, kind: usize)
    where
        P: Profile,
    {
        black_box(Ctx::new(&self.profile, NEVER).is_past(kind));
    }

    /// Prefetches what says where everything else is.
    #[inline]
    pub(crate) fn prefetch_header(&self) {
        black_box((self.queued, self.memberships.len()));
    }

    /// Whether there is an event with the kind and the id of another, which counts as added otherwise.
    pub(crate) fn is_known(&mut self, event: &P::Event) -> bool
    where
        P: LiveProfile,
    {
        self.ids.add(event, &self.profile).is_some()
    }

    /// Adds an event. What segments ask of earlier ones is known already, unless it comes among them.
    pub(crate) fn add(&mut self, event: P::Event)
    where
        P: LiveProfile,
    {
        let ctx = Ctx::new(&self.profile, NEVER);
        let (n, of_kind) = (ctx.events.len(), ctx.of_kind(kind_index(&event)));
        let is_last = of_kind.is_sorted
            && of_kind.events.last().is_none_or(|last| {
                let order = last.at().cmp(&event.at());
                order.then_with(|| last.tiebreak(&event)).is_le()
            });
        self.profile.events_mut().insert(event);
        if !is_last || self.profile.events().len() != n + 1 {
            self.indexes.clear();
        }
    }

    /// Sets an attribute or a relation as it was at an instant.
    pub(crate) fn set(
        &mut self,
        model: &Model<P>,
        name: &str,
        value: Value,
        at: Instant,
    ) -> Result<(), String>
    where
        P: LiveProfile,
    {
        self.profile.set(model, name, value, at)?;
        self.change_times_mut().record(name, at.micros());
        self.indexes.clear();
        Ok(())
    }

    /// Takes in what another profile of the same person says beside its events. Where the profile type refuses, nothing has
    /// changed.
    pub(crate) fn merge_data(
        &mut self,
        model: &Model<P>,
        other: &mut Self,
        policy: &dyn Fn(&str) -> MergePolicy,
    ) -> Result<(), String>
    where
        P: LiveProfile,
    {
        let [ours, theirs] = [&self.change_times, &other.change_times]
            .map(|times| times.as_deref().unwrap_or(&NO_CHANGES));
        let age = |name: &str, has: [bool; 2]| ours.compare(theirs, name, has);
        let tag = |path: &str, has: [bool; 2]| ours.keep_tag(theirs, path, has);
        let rules = MergeRules::new(policy, &age, &tag);
        self.profile.merge(model, &mut other.profile, &rules)?;
        self.indexes.clear();
        if self.change_times.is_some() || other.change_times.is_some() {
            let schema = &model.schema;
            let attributes = schema.attributes().iter().map(|field| &*field.name);
            let names = attributes.chain(schema.relations().iter().map(|of| &*of.name));
            self.change_times_mut().merge(other.change_times(), names);
        }
        Ok(())
    }

    /// Gives or takes away a tag at an instant.
    pub(crate) fn tag(&mut self, path: &str, given: bool, at: i64)
    where
        P: LiveProfile,
    {
        self.profile.tag(path, given);
        self.change_times_mut().record_tag(path, at);
        self.indexes.clear();
    }

    pub(crate) fn triggers(&self) -> &TriggerState {
        static EMPTY: TriggerState = TriggerState::EMPTY;
        self.triggers.as_deref().unwrap_or(&EMPTY)
    }

    pub(crate) fn has_trigger_state(&self) -> bool {
        self.triggers.is_some()
    }

    /// What its triggers remember, which is taken out.
    pub(crate) fn take_triggers(&mut self) -> Option<TriggerState> {
        self.triggers.take().map(|triggers| *triggers)
    }

    pub(crate) fn triggers_mut(&mut self) -> &mut TriggerState {
        self.triggers.get_or_insert_default()
    }

    pub(crate) fn change_times(&self) -> &ChangeTimes {
        self.change_times.as_deref().unwrap_or(&NO_CHANGES)
    }

    pub(crate) fn change_times_mut(&mut self) -> &mut ChangeTimes {
        self.change_times.get_or_insert_default()
    }

    pub(crate) fn identity(&self) -> &ProfileIdentity {
        static EMPTY: ProfileIdentity = ProfileIdentity::EMPTY;
        self.identity.as_deref().unwrap_or(&EMPTY)
    }

    pub(crate) fn identity_mut(&mut self) -> &mut ProfileIdentity {
        self.identity.get_or_insert_default()
    }

    /// The id by which control groups and variants are drawn: that under which somebody has got something, if they have.
    pub(crate) fn draw_id(&self) -> Identifier<'_>
    where
        P: Profile,
    {
        match self.identity().drawn_as() {
            Some(id) => Identifier::Text(id),
            None => self.profile.id(),
        }
    }

    /// Whether a trigger or a request has done something to the profile.
    pub(crate) fn is_exposed(&self) -> bool {
        self.triggers().has_acted()
    }

    /// The first instant at which anything changes or is due if nothing new comes.
    pub(crate) fn next_change(&mut self) -> i64 {
        self.memberships
            .next_change()
            .min(self.stages.next_change())
            .min(self.triggers().next_due())
    }

    /// Forgets what follows from the rest, after the state was read or renumbered.
    pub(crate) fn reset_derived(&mut self) {
        self.memberships.reset_derived();
        self.stages.reset_derived();
        // They are those of the rules that it was kept under.
        self.indexes.clear();
        self.queued = NEVER;
    }
}

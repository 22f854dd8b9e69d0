//! A rulebook bound to a profile type, arranged for a stream: what has to be updated when something changes.

mod actions;
mod attributes;
mod dependencies;
mod effects;
mod entries;
mod journeys;
mod lifecycles;
mod segments;
mod triggers;
mod watched;

pub(crate) use effects::EventEffect;
pub(crate) use journeys::{JourneyPlan, StepWaitPlan};
pub(crate) use lifecycles::{LifecyclePlan, changed_by};
pub(crate) use triggers::{TriggerOn, TriggerPlan};
pub(crate) use watched::{Differences, hash_at};

use super::delivery::DeliveryPlan;
use super::ids::{LifecycleId, SegmentId, TriggerId, Unit};
use super::live_profile::LiveProfile;
use super::output::Cause;
use super::state::{Memberships, SavedLifecycle, SavedSegment, SavedTrigger, StateHeader};
use super::timezone::Timezone;
use super::version::VersionText;
use crate::eval::BindError;
use crate::eval::Binder;
use crate::ir::{Calendar, Cond, Lifecycle, Lookback, Reads};
use crate::profile::{Event, Model, kind_index};
use crate::rule::identity::Identity;
use crate::rulebook::Rulebook;
use crate::schema::{EventKind, Schema};
use crate::time::Zone;
use attributes::AttributePlans;
use dependencies::{Dependencies, EventIndex, UnitReads};
use segments::{BlankSegments, SegmentPlan};
use smol_str::SmolStr;
use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hasher};
use std::sync::Arc;
use triggers::Names;
use watched::{Watched, hash_field};

pub(crate) struct Plan<P: LiveProfile> {
    pub(crate) model: Model<P>,
    /// That of the rules.
    schema: Schema,
    /// By name.
    pub(crate) segments: Box<[SegmentPlan<P>]>,
    /// Each after those that it reads.
    pub(crate) lifecycles: Box<[LifecyclePlan<P>]>,
    /// In the order in which they fire.
    pub(crate) triggers: Box<[TriggerPlan<P>]>,
    /// The triggers that wait for an attribute to change.
    pub(crate) of_changes: Box<[TriggerId]>,
    /// The triggers that refer to a segment.
    of_segment: BTreeMap<SegmentId, Vec<TriggerId>>,
    pub(crate) dependencies: Dependencies<P>,
    pub(crate) watched: Watched<P>,
    blank: BlankSegments,
    pub(crate) attributes: AttributePlans<P>,
    pub(crate) delivery: DeliveryPlan<P>,
    /// The position in the model of the kind of messages that were sent, if any rule reads it.
    pub(crate) sent_kind: Option<usize>,
    /// The position in the model of the kind of passages of journeys, if any rule reads it.
    pub(crate) passed_kind: Option<usize>,
    pub(crate) identity: Arc<Identity>,
    /// The version of the rules of delivery.
    pub(crate) version: Arc<str>,
    /// An event as a cause, by its kind as the model counts it; the last is of no kind.
    causes: Box<[Cause]>,
    /// How far back rules look, by the kind as the model counts it.
    pub(crate) lookback: Box<[Lookback]>,
    pub(crate) calendar: Calendar,
    pub(crate) timezone: Timezone<P>,
}

impl<P: LiveProfile> Plan<P> {
    pub(crate) fn new(rulebook: &Rulebook, model: &Model<P>) -> Result<Self, BindError> {
        let schema = rulebook.schema();
        let calendar = rulebook.context().calendar;
        let mut binder = Binder::new(model, schema, calendar);
        let segments = bind_segments(rulebook, &mut binder);
        let lifecycles = bind_lifecycles(rulebook, model, &mut binder);
        let names = Names {
            segments: &segments,
            lifecycles: &lifecycles,
        };
        let triggers: Box<[TriggerPlan<P>]> = (rulebook.triggers.iter().enumerate())
            .map(|(i, trigger)| {
                let id = TriggerId::new(i);
                TriggerPlan::new(id, trigger, rulebook, model, &names, &mut binder)
            })
            .collect();
        let delivery = DeliveryPlan::new(&rulebook.sending, &mut binder);
        binder.finish()?;
        let dependencies = dependencies(rulebook, model, &triggers);
        Ok(Plan {
            watched: Watched::new(model, dependencies.reads()),
            dependencies,
            of_segment: triggers_of_segments(&triggers),
            of_changes: (triggers
                .iter()
                .filter(|t| t.change().is_some())
                .map(|t| t.id))
            .collect(),
            blank: BlankSegments::default(),
            attributes: AttributePlans::new(schema, model),
            delivery,
            sent_kind: read_kind(rulebook, model, |kind| kind.is_sent),
            passed_kind: read_kind(rulebook, model, |kind| kind.is_journey_passed),
            identity: rulebook.identity.clone(),
            version: VersionText::new(rulebook)
                .sending(&rulebook.sending)
                .version(),
            causes: causes(model),
            lookback: lookback(rulebook, model),
            calendar,
            timezone: timezone(rulebook, model, calendar.zone),
            model: model.clone(),
            schema: schema.clone(),
            segments,
            lifecycles,
            triggers,
        })
    }

    /// Whether two events of one kind have the same instant and the same properties.
    pub(crate) fn says_the_same(&self, one: &P::Event, other: &P::Event) -> bool {
        let properties = self.model.properties.get(kind_index(one));
        let hash = |event: &P::Event| {
            let mut hasher = DefaultHasher::new();
            for property in properties.into_iter().flatten() {
                hash_field(property, event, &mut hasher);
            }
            hasher.finish()
        };
        one.at() == other.at() && hash(one) == hash(other)
    }

    /// What an engine that has seen nothing yet keeps beside its profiles.
    pub(crate) fn header(&self) -> StateHeader {
        let segments = self.segments.iter().enumerate();
        let segments = segments.map(|(i, s)| SavedSegment {
            segment: (&*s.name).into(),
            version: s.version.clone(),
            holds_of_blank: self.is_blank_in(SegmentId::new(i)),
        });
        let lifecycles = self.lifecycles.iter().map(|l| SavedLifecycle {
            lifecycle: l.name.clone(),
            per: l.per.clone(),
            version: l.version.clone(),
            stages: l.stages.to_vec(),
        });
        let triggers = self.triggers.iter();
        let triggers = triggers.map(|t| SavedTrigger {
            trigger: t.trigger.name.clone(),
            version: t.version.clone(),
            steps: t
                .journey
                .as_ref()
                .map_or_else(Vec::new, |j| j.names.to_vec()),
        });
        StateHeader::new(
            self.model.schema.clone(),
            segments.collect(),
            lifecycles.collect(),
            triggers.collect(),
        )
        .keeping(self.sent_kind.is_some(), self.passed_kind.is_some())
    }

    /// An event of a kind as a cause.
    pub(crate) fn cause_of(&self, kind: usize) -> &Cause {
        self.causes
            .get(kind)
            .or(self.causes.last())
            .unwrap_or(&Cause::Time)
    }

    pub(crate) fn trigger(&self, id: TriggerId) -> Option<&TriggerPlan<P>> {
        let trigger = self.triggers.get(id.index());
        // INVARIANT: ids are positions in the plan that gave them out; restoring a state renumbers them.
        debug_assert!(trigger.is_some(), "no trigger {id:?}");
        trigger
    }

    pub(crate) fn lifecycle(&self, id: LifecycleId) -> Option<&LifecyclePlan<P>> {
        let lifecycle = self.lifecycles.get(id.index());
        // INVARIANT: as of triggers.
        debug_assert!(lifecycle.is_some(), "no lifecycle {id:?}");
        lifecycle
    }

    #[inline]
    pub(crate) fn segment(&self, id: SegmentId) -> Option<&SegmentPlan<P>> {
        let segment = self.segments.get(id.index());
        // INVARIANT: as of triggers.
        debug_assert!(segment.is_some(), "no segment {id:?}");
        segment
    }

    pub(crate) fn segment_named(&self, name: &str) -> Option<SegmentId> {
        let index = self.segments.binary_search_by(|s| (*s.name).cmp(name));
        index.ok().map(SegmentId::new)
    }

    pub(crate) fn lifecycle_named(&self, name: &str) -> Option<&LifecyclePlan<P>> {
        self.lifecycles.iter().find(|l| *l.name == *name)
    }

    /// The triggers that refer to a segment.
    #[inline]
    pub(crate) fn triggers_of(&self, segment: SegmentId) -> &[TriggerId] {
        self.of_segment.get(&segment).map_or(&[], |ids| ids)
    }

    pub(crate) fn lifecycle_ids(&self) -> impl Iterator<Item = LifecycleId> + use<P> {
        (0..self.lifecycles.len()).map(LifecycleId::new)
    }

    /// The first instant at which rules see all that they ask for, although events before these instants were forgotten, by kind.
    pub(crate) fn seen_from(&self, forgotten_before: &BTreeMap<SmolStr, i64>) -> i64 {
        let kinds = self.model.schema.kinds().iter().zip(&self.lookback);
        let instants = kinds.filter_map(|(kind, lookback)| {
            let before = forgotten_before.get(&*kind.name)?;
            match lookback {
                Lookback::Within(length) => Some(before.saturating_add(length.micros())),
                Lookback::None | Lookback::Unbounded => None,
            }
        });
        instants.max().unwrap_or(i64::MIN)
    }

    /// Whether profiles have an attribute or a relation of a name, as the rules know them or their type does.
    pub(crate) fn knows(&self, name: &str) -> bool {
        dependencies::is_known(&self.schema, name)
            || dependencies::is_known(&self.model.schema, name)
    }

    /// Whether an attribute of this name has a history in profiles.
    pub(crate) fn is_tracked(&self, name: &str) -> bool {
        dependencies::is_tracked(&self.model.schema, name)
    }

    /// Evaluates the segments of a blank profile, unless that is done already.
    pub(crate) fn learn_blank(&self, blank: &P) {
        self.blank.learn(&self.segments, blank);
    }

    /// Whether a profile of which nothing is known is in a segment.
    #[inline]
    pub(crate) fn is_blank_in(&self, segment: SegmentId) -> bool {
        self.blank.holds(segment)
    }

    /// Whether a profile with these memberships is in a segment.
    #[inline]
    pub(crate) fn is_in(&self, memberships: &Memberships, segment: SegmentId) -> bool {
        let membership = memberships.of(segment);
        membership.map_or_else(|| self.is_blank_in(segment), |m| m.holds)
    }

    /// The segments that a profile of which nothing is known is in.
    pub(crate) fn blank_segments(&self) -> impl Iterator<Item = SegmentId> {
        self.blank.holding()
    }

    /// The segments that must be evaluated for each profile, whatever it did.
    pub(crate) fn individual_segments(&self) -> &[SegmentId] {
        self.blank.individual()
    }

    /// The calendar of a profile.
    pub(crate) fn calendar_of(&self, profile: &P, now: i64) -> Calendar {
        Calendar {
            zone: self.timezone.of(profile, now),
            ..self.calendar
        }
    }
}

fn bind_segments<P: LiveProfile>(
    rulebook: &Rulebook,
    binder: &mut Binder<'_, P>,
) -> Box<[SegmentPlan<P>]> {
    let segments = rulebook.context().segments.iter();
    segments
        .map(|(name, segment)| SegmentPlan::new(name, segment, rulebook, binder))
        .collect()
}

/// The lifecycles in the order in which they are updated: what a lifecycle refers to is less deep.
fn in_order(rulebook: &Rulebook) -> Vec<&Arc<Lifecycle>> {
    let mut lifecycles: Vec<_> = rulebook.context().lifecycles.values().collect();
    lifecycles.sort_by_key(|l| l.weight.depth);
    lifecycles
}

fn bind_lifecycles<P: LiveProfile>(
    rulebook: &Rulebook,
    model: &Model<P>,
    binder: &mut Binder<'_, P>,
) -> Box<[LifecyclePlan<P>]> {
    let lifecycles = in_order(rulebook).into_iter();
    lifecycles
        .map(|lifecycle| LifecyclePlan::new(lifecycle, rulebook, model, binder))
        .collect()
}

/// What each segment, lifecycle and trigger depends on.
fn dependencies<P: LiveProfile>(
    rulebook: &Rulebook,
    model: &Model<P>,
    triggers: &[TriggerPlan<P>],
) -> Dependencies<P> {
    let (context, schema) = (rulebook.context(), rulebook.schema());
    // What makes a trigger fire, or moves its date, as a condition.
    let conditions: Vec<(Unit, Cond)> = triggers
        .iter()
        .flat_map(|t| {
            let conditions = t.trigger.touched_by();
            conditions.map(|cond| (Unit::Trigger(t.id), cond))
        })
        .collect();
    let segments = context.segments.values().enumerate();
    let segments = segments.map(|(i, s)| (Unit::Segment(SegmentId::new(i)), &s.cond));
    let lifecycles = in_order(rulebook).into_iter().enumerate();
    let lifecycles = lifecycles.flat_map(|(i, lifecycle)| {
        let stages = lifecycle.stages.iter();
        stages.map(move |stage| (Unit::Lifecycle(LifecycleId::new(i)), &stage.cond))
    });
    let of_triggers = conditions.iter().map(|(unit, cond)| (*unit, cond));
    let conditions: Vec<(Unit, &Cond)> = segments.chain(lifecycles).chain(of_triggers).collect();

    let mut reads = UnitReads::default();
    let mut of_unit: BTreeMap<Unit, Reads> = BTreeMap::new();
    for (unit, cond) in &conditions {
        let of_cond = Reads::of_condition(cond, schema);
        of_unit.entry(*unit).or_default().merge(&of_cond);
    }
    for (unit, of_unit) in of_unit {
        reads.add(unit, &of_unit);
    }
    // Dates are those of the profile's zone.
    if let Some(name) = timezone_attribute(rulebook) {
        for trigger in triggers.iter().filter(|t| t.is_in_zone()) {
            reads.add_name(Unit::Trigger(trigger.id), name);
        }
    }
    let events = EventIndex::new(model, schema, conditions.into_iter());
    Dependencies::new(events, reads)
}

fn triggers_of_segments<P: LiveProfile>(
    triggers: &[TriggerPlan<P>],
) -> BTreeMap<SegmentId, Vec<TriggerId>> {
    let mut of_segment: BTreeMap<SegmentId, Vec<TriggerId>> = BTreeMap::new();
    for trigger in triggers {
        if let Some(segment) = trigger.segment() {
            of_segment.entry(segment).or_default().push(trigger.id);
        }
    }
    of_segment
}

fn causes<P: LiveProfile>(model: &Model<P>) -> Box<[Cause]> {
    let kinds = model.schema.kinds().iter().map(|k| k.name.as_str());
    kinds
        .chain([""])
        .map(|kind| Cause::Event {
            kind: kind.into(),
            id: None,
        })
        .collect()
}

fn lookback<P: LiveProfile>(rulebook: &Rulebook, model: &Model<P>) -> Box<[Lookback]> {
    let (lookbacks, schema) = (rulebook.lookbacks(), rulebook.schema());
    let of_kind = |name: &str| {
        let kind = schema.kind_id(name);
        kind.map_or(Lookback::None, |kind| lookbacks.of(kind))
    };
    let kinds = model.schema.kinds().iter();
    kinds.map(|kind| of_kind(&kind.name)).collect()
}

/// A kind of events that the engine adds, if rules look for them.
fn read_kind<P: LiveProfile>(
    rulebook: &Rulebook,
    model: &Model<P>,
    is_it: impl Fn(&EventKind) -> bool,
) -> Option<usize> {
    let kinds = model.schema.kinds().iter();
    let (position, kind) = kinds.enumerate().find(|(_, kind)| is_it(kind))?;
    let is_read = rulebook.reads().kinds().any(|read| read == kind.name);
    is_read.then_some(position)
}

/// The attribute that names a profile's zone.
fn timezone_attribute(rulebook: &Rulebook) -> Option<&str> {
    let attribute = rulebook.sending.timezone?;
    let field = rulebook.schema().attributes().get(attribute)?;
    Some(&field.name)
}

fn timezone<P: LiveProfile>(rulebook: &Rulebook, model: &Model<P>, default: Zone) -> Timezone<P> {
    let attribute =
        timezone_attribute(rulebook).and_then(|name| model.schema.attribute_index(name));
    Timezone {
        attribute: attribute.and_then(|i| model.attributes.get(i)).cloned(),
        default,
    }
}

//! The triggers of a rulebook, bound to a profile type: what each waits for, and when its date comes next.

use super::actions::ActionPlan;
use super::entries::EntryReads;
use super::journeys::JourneyPlan;
use super::lifecycles::LifecyclePlan;
use super::segments::SegmentPlan;
use crate::engine::ids::{LifecycleId, SegmentId, TriggerId};
use crate::engine::live_profile::LiveProfile;
use crate::engine::state::EntryEvent;
use crate::engine::suppression::SuppressionReason;
use crate::engine::timezone::Timezone;
use crate::engine::triggers::{
    ChangePlan, DatePlan, ReentryPolicy, SilencePlan, WaitPlan, foresee, schedule,
};
use crate::engine::version::VersionText;
use crate::eval::Binder;
use crate::eval::Matcher;
use crate::eval::collection::events::SelectNode;
use crate::eval::cond::Node;
use crate::eval::cond::sequence::SequenceNode;
use crate::eval::cond::subject::SubjectNode;
use crate::eval::context::Ctx;
use crate::ir::{StageId, Step};
use crate::profile::{Event, Model};
use crate::rule::journey::StepId;
use crate::rule::trigger::{Clock, Every, Occasion, Per, Side, Trigger};
use crate::rulebook::Rulebook;
use crate::time::{Instant, NEVER, Zone};
use std::borrow::Cow;
use std::sync::Arc;

/// A trigger ready to run.
pub(crate) struct TriggerPlan<P: LiveProfile> {
    pub(crate) id: TriggerId,
    pub(crate) trigger: Arc<Trigger>,
    pub(crate) version: Arc<str>,
    pub(crate) guard: Option<Node<P>>,
    pub(crate) on: TriggerOn<P>,
    pub(crate) wait: Option<WaitPlan<P>>,
    pub(crate) journey: Option<JourneyPlan<P>>,
    pub(crate) reentry: ReentryPolicy,
    /// What the guard and the actions read of an entry.
    pub(crate) entries: EntryReads<P>,
    /// What its actions compute, in order.
    pub(crate) actions: Box<[ActionPlan<P>]>,
    /// What re-entry is counted for.
    key: Option<SubjectNode<P::Event>>,
    /// The condition that explains why it fired.
    pub(crate) why: Option<Matcher<P>>,
}

/// What a trigger waits for.
pub(crate) enum TriggerOn<P: LiveProfile> {
    Stage {
        lifecycle: LifecycleId,
        subject: Option<Arc<str>>,
        from: Side,
        to: Side,
    },
    Segment {
        segment: SegmentId,
        entered: bool,
    },
    Change(ChangePlan<P>),
    Event(SelectNode<P>),
    Silence(Box<SilencePlan<P>>),
    Date(DatePlan<P>),
    Schedule {
        every: Every,
        at: Clock,
        segment: SegmentId,
    },
}

/// A silence that nothing has ended.
pub(crate) struct KeptSilence {
    /// What re-entry is counted for.
    pub(crate) key: Option<Arc<str>>,
    /// What is kept of the event that it began with.
    pub(crate) event: Option<Arc<EntryEvent>>,
}

fn id_text<E: Event>(event: &E) -> Option<String> {
    event.id().map(|id| id.with_text(str::to_owned))
}

/// The names that triggers refer to.
pub(super) struct Names<'a, P: LiveProfile> {
    pub(super) segments: &'a [SegmentPlan<P>],
    pub(super) lifecycles: &'a [LifecyclePlan<P>],
}

impl<P: LiveProfile> Names<'_, P> {
    fn segment(&self, name: &str) -> SegmentId {
        let index = self.segments.binary_search_by(|s| (*s.name).cmp(name));
        // INVARIANT: a rulebook whose triggers name unknown segments does not load.
        debug_assert!(index.is_ok(), "no segment `{name}`");
        SegmentId::new(index.unwrap_or_else(|end| end))
    }

    fn lifecycle(&self, name: &str) -> LifecycleId {
        let index = self.lifecycles.iter().position(|l| *l.name == *name);
        // INVARIANT: a rulebook whose triggers name unknown lifecycles does not load.
        debug_assert!(index.is_some(), "no lifecycle `{name}`");
        LifecycleId::new(index.unwrap_or(self.lifecycles.len()))
    }
}

impl<P: LiveProfile> TriggerOn<P> {
    fn new(occasion: &Occasion, names: &Names<'_, P>, binder: &mut Binder<'_, P>) -> Self {
        match occasion {
            Occasion::Stage {
                lifecycle,
                subject,
                from,
                to,
            } => TriggerOn::Stage {
                lifecycle: names.lifecycle(lifecycle),
                subject: subject.clone(),
                from: *from,
                to: *to,
            },
            Occasion::Segment { segment, entered } => TriggerOn::Segment {
                segment: names.segment(&segment.name),
                entered: *entered,
            },
            Occasion::Change(change) => {
                TriggerOn::Change(ChangePlan::bind(change, binder.schema, binder.model))
            }
            Occasion::Event(select) => TriggerOn::Event(binder.select(select)),
            Occasion::Silence { first, absent } => {
                let sequence = SequenceNode::bind(binder, &[Step::of(first), absent.clone()]);
                TriggerOn::Silence(Box::new(SilencePlan::new(sequence)))
            }
            Occasion::Date(date) => TriggerOn::Date(DatePlan::bind(date, binder)),
            Occasion::Schedule { every, at, segment } => TriggerOn::Schedule {
                every: *every,
                at: *at,
                segment: names.segment(&segment.name),
            },
        }
    }
}

impl<P: LiveProfile> TriggerPlan<P> {
    /// The name of a step of the journey.
    pub(crate) fn step_name(&self, step: Option<StepId>) -> Option<&Arc<str>> {
        self.journey.as_ref()?.names.get(step?.index())
    }

    pub(super) fn new(
        id: TriggerId,
        trigger: &Arc<Trigger>,
        rulebook: &Rulebook,
        model: &Model<P>,
        names: &Names<'_, P>,
        binder: &mut Binder<'_, P>,
    ) -> Self {
        let key = match &trigger.per {
            Some(Per::Property(property)) => {
                Some(SubjectNode::new(model, rulebook.schema(), &property.name))
            }
            Some(Per::Subject) | None => None,
        };
        // At the end of a wait what turned then may have turned back.
        let turning = rulebook.turning(trigger);
        let turning = turning.filter(|_| trigger.wait.is_none() && trigger.journey.is_none());
        let why = turning.or_else(|| trigger.guard.clone());
        TriggerPlan {
            id,
            on: TriggerOn::new(&trigger.occasion, names, binder),
            wait: trigger
                .wait
                .as_ref()
                .map(|wait| WaitPlan::bind(wait, binder)),
            guard: trigger.guard.as_ref().map(|rule| binder.cond(rule.root())),
            journey: (trigger.journey.as_ref()).map(|journey| JourneyPlan::new(journey, binder)),
            reentry: ReentryPolicy::of(trigger),
            entries: EntryReads::new(trigger, binder),
            actions: (trigger.actions.iter())
                .map(|action| ActionPlan::new(&action.kind, binder))
                .collect(),
            key,
            why: why.and_then(|rule| rule.bind(model).ok()),
            version: VersionText::new(rulebook).trigger(trigger).version(),
            trigger: trigger.clone(),
        }
    }

    /// What re-entry is counted for, of an event.
    pub(crate) fn key_of<'e>(&'e self, event: &'e P::Event) -> Option<Cow<'e, str>> {
        self.key
            .as_ref()
            .and_then(|key| key.value(event).ok().flatten())
    }

    /// Whether it counts re-entry for each subject of a lifecycle.
    pub(crate) fn is_per_subject(&self) -> bool {
        matches!(self.trigger.per, Some(Per::Subject))
    }

    /// The segment that it refers to.
    pub(crate) fn segment(&self) -> Option<SegmentId> {
        match &self.on {
            TriggerOn::Segment { segment, .. } | TriggerOn::Schedule { segment, .. } => {
                Some(*segment)
            }
            TriggerOn::Stage { .. }
            | TriggerOn::Change(_)
            | TriggerOn::Event(_)
            | TriggerOn::Silence(_)
            | TriggerOn::Date(_) => None,
        }
    }

    /// Whether it waits for a date or a schedule.
    pub(crate) fn is_dated(&self) -> bool {
        matches!(self.on, TriggerOn::Date(_) | TriggerOn::Schedule { .. })
    }

    /// Whether those who are in its segment when it is new are let in.
    pub(crate) fn enrols_members(&self) -> bool {
        let journey = self.trigger.journey.as_ref();
        journey.is_some_and(|journey| journey.enrols_members)
    }

    /// Whether it waits, before it acts, for an instant that the values of the profile decide.
    pub(crate) fn has_dated_wait(&self) -> bool {
        self.wait.as_ref().is_some_and(WaitPlan::is_dated)
            || self
                .journey
                .as_ref()
                .is_some_and(JourneyPlan::has_dated_wait)
    }

    /// Whether it asks for the profile's zone.
    pub(crate) fn is_in_zone(&self) -> bool {
        self.is_dated() || self.has_dated_wait()
    }

    /// When the wait of an entry at an instant is over, as far as is known now.
    pub(crate) fn wait_end<'a>(
        &'a self,
        ctx: &Ctx<'a, P>,
        timezone: &'a Timezone<P>,
        at: i64,
    ) -> i64 {
        let wait = self.wait.as_ref();
        wait.map_or(at, |wait| wait.end(ctx, timezone, at))
    }

    /// Whether it waits for a segment, a stage or an attribute to change, which its own actions may change back.
    pub(crate) fn is_on_change(&self) -> bool {
        matches!(
            self.on,
            TriggerOn::Segment { .. } | TriggerOn::Stage { .. } | TriggerOn::Change(_)
        )
    }

    /// Why it does not fire now: the days of its campaign are not those.
    pub(crate) fn outside_campaign(&self, now: i64, zone: Zone) -> Option<SuppressionReason> {
        let campaign = self.trigger.campaign.as_ref()?;
        let days = campaign.lasts(zone);
        (!days.contains(&now)).then(|| SuppressionReason::OutsideCampaign {
            campaign: campaign.name.clone(),
            next: (now < days.start).then(|| Instant::from_micros(days.start)),
        })
    }

    /// Whether the campaign is over in which its messages go. Whoever is in a journey goes on.
    pub(crate) fn is_over(&self, at: i64, zone: Zone) -> bool {
        let campaign = (self.trigger.campaign.as_ref()).filter(|_| self.journey.is_none());
        campaign.is_some_and(|campaign| campaign.lasts(zone).end <= at)
    }

    /// The change of an attribute that it waits for.
    pub(crate) fn change(&self) -> Option<&ChangePlan<P>> {
        match &self.on {
            TriggerOn::Change(change) => Some(change),
            TriggerOn::Stage { .. }
            | TriggerOn::Segment { .. }
            | TriggerOn::Event(_)
            | TriggerOn::Silence(_)
            | TriggerOn::Date(_)
            | TriggerOn::Schedule { .. } => None,
        }
    }

    /// Whether it waits for somebody to enter a segment, or to leave it.
    pub(crate) fn is_on_segment(&self, of: Option<SegmentId>, enters: bool) -> bool {
        matches!(self.on, TriggerOn::Segment { segment, entered } if Some(segment) == of && entered == enters)
    }

    /// Whether it waits for a transition.
    pub(crate) fn is_on_transition(
        &self,
        of: LifecycleId,
        about: Option<&str>,
        left: Option<StageId>,
        entered: Option<StageId>,
    ) -> bool {
        let fits = |side: Side, stage| side == Side::Any || side == Side::Stage(stage);
        matches!(&self.on, TriggerOn::Stage { lifecycle, subject, from, to }
            if *lifecycle == of
                && (subject.is_none() || subject.as_deref() == about)
                && fits(*from, left)
                && fits(*to, entered))
    }

    /// The silences that began at `since` and have been kept, one for each key. Of several events that began one, it is that of
    /// the event with the least id.
    pub(crate) fn kept_silences<'a>(
        &'a self,
        silence: &'a SilencePlan<P>,
        ctx: &Ctx<'a, P>,
        since: i64,
    ) -> Vec<KeptSilence> {
        let mut events: Vec<(Option<Cow<'a, str>>, &'a P::Event)> = silence
            .kept_since(ctx, since)
            .map(|event| (self.key_of(event), event))
            .collect();
        events.sort_by(|(a, one), (b, other)| {
            a.cmp(b).then_with(|| id_text(*one).cmp(&id_text(*other)))
        });
        events.dedup_by(|(a, _), (b, _)| a == b);
        let kept = events.into_iter().map(|(key, event)| KeptSilence {
            key: key.map(Arc::from),
            event: self.entries.keep(event),
        });
        kept.collect()
    }

    /// When the date or the schedule comes first after an instant, if nothing new comes; [`NEVER`] also for other triggers.
    pub(crate) fn next_date<'a>(
        &'a self,
        ctx: &Ctx<'a, P>,
        timezone: &'a Timezone<P>,
        after: i64,
        is_member: impl Fn(SegmentId) -> bool,
    ) -> i64 {
        let valid_until = |ctx: &Ctx<'a, P>| match &self.on {
            TriggerOn::Date(date) => date.valid_until(ctx),
            TriggerOn::Schedule { .. }
            | TriggerOn::Stage { .. }
            | TriggerOn::Segment { .. }
            | TriggerOn::Change(_)
            | TriggerOn::Event(_)
            | TriggerOn::Silence(_) => NEVER,
        };
        foresee(ctx, timezone, valid_until, |ctx, zone| {
            let after = after.max(ctx.now.saturating_sub(1));
            self.next_date_as_it_is(ctx, zone, after, &is_member)
        })
    }

    fn next_date_as_it_is<'a>(
        &'a self,
        ctx: &Ctx<'a, P>,
        zone: Zone,
        after: i64,
        is_member: impl Fn(SegmentId) -> bool,
    ) -> i64 {
        match &self.on {
            TriggerOn::Date(date) => date.next(ctx, zone, after),
            TriggerOn::Schedule { every, at, segment } if is_member(*segment) => {
                schedule::next_scheduled(*every, *at, zone, after).unwrap_or(NEVER)
            }
            TriggerOn::Schedule { .. }
            | TriggerOn::Stage { .. }
            | TriggerOn::Segment { .. }
            | TriggerOn::Change(_)
            | TriggerOn::Event(_)
            | TriggerOn::Silence(_) => NEVER,
        }
    }
}

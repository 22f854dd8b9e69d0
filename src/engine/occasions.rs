//! Triggers bound to a profile type: what each waits for, and when its date comes next.

use super::calendar;
use super::live::LiveProfile;
use super::plan::Timezone;
use super::version::Wording;
use crate::eval::Matcher;
use crate::eval::bind::Binder;
use crate::eval::context::Ctx;
use crate::eval::node::Node;
use crate::eval::select::SelectNode;
use crate::eval::sequence::SequenceNode;
use crate::eval::subject::SubjectNode;
use crate::eval::term::TermNode;
use crate::ir::{CalendarSpan, Step};
use crate::profile::{Event, Model};
use crate::rule::trigger::{Clock, Every, Occasion, Per, Side, Trigger};
use crate::rulebook::Rulebook;
use crate::time::{Instant, NEVER, Zone};
use std::borrow::Cow;
use std::sync::Arc;

/// A trigger ready to run.
pub(crate) struct TriggerPlan<P: LiveProfile> {
    /// Its place among the triggers.
    pub(crate) place: u32,
    pub(crate) trigger: Arc<Trigger>,
    pub(crate) version: Arc<str>,
    pub(crate) guard: Option<Node<P>>,
    pub(crate) occasion: OccasionPlan<P>,
    /// What re-entry is counted for.
    key: Option<SubjectNode<P::Event>>,
    /// The condition whose turning is the occasion.
    pub(crate) why: Option<Matcher<P>>,
}

/// What a trigger waits for.
pub(crate) enum OccasionPlan<P: LiveProfile> {
    /// A move in the lifecycle at this place.
    Stage {
        lifecycle: usize,
        from: Side,
        to: Side,
    },
    /// The segment of this unit.
    Segment {
        segment: u32,
        entered: bool,
    },
    Event(SelectNode<P>),
    /// A sequence of two steps, the second of which must be absent.
    Silence(Box<SequenceNode<P>>),
    Date {
        value: TermNode<P>,
        is_date: bool,
        lead: CalendarSpan,
        at: Clock,
        yearly: bool,
    },
    Schedule {
        every: Every,
        at: Clock,
        segment: u32,
    },
}

impl<P: LiveProfile> TriggerPlan<P> {
    /// Binds a trigger. `segment` and `lifecycle` are the places of names.
    pub(crate) fn new(
        place: u32,
        trigger: &Arc<Trigger>,
        rulebook: &Rulebook,
        model: &Model<P>,
        binder: &mut Binder<'_, P>,
        segment: impl Fn(&str) -> u32,
        lifecycle: impl Fn(&str) -> usize,
    ) -> Self {
        let context = rulebook.context();
        let occasion = match &trigger.occasion {
            Occasion::Stage {
                lifecycle: name,
                from,
                to,
            } => OccasionPlan::Stage {
                lifecycle: lifecycle(name),
                from: *from,
                to: *to,
            },
            Occasion::Segment {
                segment: of,
                entered,
            } => OccasionPlan::Segment {
                segment: segment(&of.name),
                entered: *entered,
            },
            Occasion::Event(select) => OccasionPlan::Event(binder.select(select)),
            Occasion::Silence { first, absent } => {
                OccasionPlan::Silence(Box::new(binder.steps(&[Step::of(first), absent.clone()])))
            }
            Occasion::Date {
                value,
                lead,
                at,
                yearly,
            } => OccasionPlan::Date {
                value: binder.term(value),
                is_date: value.ty == crate::ir::Ty::Date,
                lead: *lead,
                at: *at,
                yearly: *yearly,
            },
            Occasion::Schedule {
                every,
                at,
                segment: of,
            } => OccasionPlan::Schedule {
                every: *every,
                at: *at,
                segment: segment(&of.name),
            },
        };
        let key = match &trigger.per {
            Some(Per::Property(property)) => {
                Some(SubjectNode::new(model, context.schema(), &property.name))
            }
            _ => None,
        };
        let guard = trigger.guard.as_ref().map(|rule| binder.cond(rule.root()));
        let why = rulebook
            .turning(trigger)
            .or_else(|| trigger.guard.clone())
            .and_then(|rule| rule.bind(model).ok());
        let version = Wording::new(rulebook).trigger(trigger).version();
        TriggerPlan {
            place,
            trigger: trigger.clone(),
            version,
            guard,
            occasion,
            key,
            why,
        }
    }

    /// What re-entry is counted for, of an event.
    pub(crate) fn key_of<'e>(&'e self, event: &'e P::Event) -> Option<Cow<'e, str>> {
        self.key
            .as_ref()
            .and_then(|key| key.value(event).ok().flatten())
    }

    /// When the date of a profile, or the schedule, comes first after an instant, if nothing new comes; [`NEVER`] also for
    /// other occasions. The date is the one that it is when it comes: until then it may change by itself, and so may the
    /// zone. Where it changes too often to be followed, an instant at which to look again.
    pub(crate) fn next_after<'a>(
        &'a self,
        ctx: &Ctx<'a, P>,
        timezone: &'a Timezone<P>,
        after: i64,
        is_member: impl Fn(u32) -> bool,
    ) -> i64 {
        const MAX_LOOKS: usize = 400;
        let mut ctx = *ctx;
        for _ in 0..MAX_LOOKS {
            let zone = timezone.of(ctx.profile, ctx.now);
            let next =
                self.next_as_it_is(&ctx, zone, after.max(ctx.now.saturating_sub(1)), &is_member);
            let stable = self
                .valid_until(&ctx)
                .min(timezone.valid_until(ctx.profile, ctx.now));
            if next < stable || stable > Instant::MAX.micros() {
                return next;
            }
            ctx.now = stable;
        }
        ctx.now
    }

    /// The first instant after `ctx.now` at which the date may be another.
    fn valid_until<'a>(&'a self, ctx: &Ctx<'a, P>) -> i64 {
        if let OccasionPlan::Date { value, .. } = &self.occasion {
            value.valid_until(ctx)
        } else {
            NEVER
        }
    }

    /// The same of the date that it is now.
    fn next_as_it_is<'a>(
        &'a self,
        ctx: &Ctx<'a, P>,
        zone: Zone,
        after: i64,
        is_member: impl Fn(u32) -> bool,
    ) -> i64 {
        match &self.occasion {
            OccasionPlan::Date {
                value,
                is_date,
                lead,
                at,
                yearly,
            } => {
                let Some(value) = value.value(ctx).as_i64() else {
                    return NEVER;
                };
                let date = if *is_date {
                    crate::time::Date::from_days(i32::try_from(value).unwrap_or(i32::MAX))
                } else {
                    zone.date(value)
                };
                calendar::next_dated(date, *lead, *at, *yearly, zone, after).unwrap_or(NEVER)
            }
            OccasionPlan::Schedule { every, at, segment } if is_member(*segment) => {
                calendar::next_scheduled(*every, *at, zone, after).unwrap_or(NEVER)
            }
            _ => NEVER,
        }
    }

    /// Whether the trigger's occasion comes with the calendar.
    pub(crate) fn is_dated(&self) -> bool {
        matches!(
            self.occasion,
            OccasionPlan::Date { .. } | OccasionPlan::Schedule { .. }
        )
    }

    /// Whether a move of a lifecycle is the occasion.
    pub(crate) fn is_move(&self, of: usize, left: Option<u8>, entered: Option<u8>) -> bool {
        let fits = |side: Side, stage: Option<u8>| match side {
            Side::Any => true,
            Side::NoStage => stage.is_none(),
            Side::Stage(wanted) => stage.is_some_and(|s| usize::from(s) == wanted),
        };
        matches!(&self.occasion, OccasionPlan::Stage { lifecycle, from, to }
            if *lifecycle == of && fits(*from, left) && fits(*to, entered))
    }
}

/// The silence after the events at an instant: how long it lasts, and whether it was kept.
impl<P: LiveProfile> TriggerPlan<P> {
    /// The first instant at which the silence after an event at `since` is over.
    pub(crate) fn silence_ends(&self, since: i64) -> i64 {
        let OccasionPlan::Silence(sequence) = &self.occasion else {
            return NEVER;
        };
        let most = sequence.steps.get(1).and_then(|step| step.most);
        most.map_or(NEVER, |most| sequence.plus(since, most).saturating_add(1))
    }

    /// When the silences begin, ascending, that events up to `now` have begun and that are over later.
    pub(crate) fn silences_after<'a>(&'a self, ctx: &Ctx<'a, P>, now: i64) -> Vec<i64> {
        let OccasionPlan::Silence(sequence) = &self.occasion else {
            return Vec::new();
        };
        let Some(first) = sequence.steps.first() else {
            return Vec::new();
        };
        let mut all: Vec<i64> = Vec::new();
        for kind in &first.select.kinds {
            let begun = ctx
                .of_kind(*kind)
                .iter(i64::MIN, now.saturating_add(1))
                .filter(|a| first.select.passes(ctx, a));
            all.extend(
                begun
                    .map(|a| a.at().micros())
                    .filter(|since| self.silence_ends(*since) > now),
            );
        }
        all.sort_unstable();
        all.dedup();
        all
    }

    /// The keys of the events at `since` that none of the others came after. The events are looked at as they are now.
    pub(crate) fn silent_since<'a>(
        &'a self,
        ctx: &Ctx<'a, P>,
        since: i64,
    ) -> Vec<Option<Arc<str>>> {
        let OccasionPlan::Silence(sequence) = &self.occasion else {
            return Vec::new();
        };
        let [first, absent] = sequence.steps.as_slice() else {
            return Vec::new();
        };
        let end = self.silence_ends(since);
        let mut keys: Vec<Option<Arc<str>>> = Vec::new();
        for kind in &first.select.kinds {
            let begun = ctx
                .of_kind(*kind)
                .iter(since, since.saturating_add(1))
                .filter(|a| first.select.passes(ctx, a));
            for a in begun {
                let bound: Vec<Option<&P::Event>> = match first.slot {
                    Some(slot) => (0..=slot).map(|i| (i == slot).then_some(a)).collect(),
                    None => Vec::new(),
                };
                let broken = absent.select.kinds.iter().any(|kind| {
                    ctx.of_kind(*kind)
                        .iter(since.saturating_add(1), end)
                        .any(|b| {
                            let ctx = Ctx {
                                steps: &bound,
                                event: Some(b),
                                ..*ctx
                            };
                            sequence.follows(absent, since, b.at().micros())
                                && absent.select.passes(&ctx, b)
                                && absent.select.correlated.iter().all(|node| node.holds(&ctx))
                        })
                });
                if !broken {
                    keys.push(self.key_of(a).map(Arc::from));
                }
            }
        }
        keys.sort_unstable();
        keys.dedup();
        keys
    }
}

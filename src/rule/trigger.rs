//! Triggers, checked: what they wait for, when they fire, what they do.

use super::campaign::Campaign;
use super::journey::JourneyRules;
use super::sending::{Draw, Message, Share};
use super::wait::{ProfileDate, Wait};
use super::{Rule, ValueRule};
use crate::ir::visit::Seen;
use crate::ir::{
    CalendarSpan, Cond, CondKind, FieldRef, Lit, Lookbacks, Operand, PropertyRef, Reads, Segment,
    Select, StageId, Step,
};
use crate::schema::{AttributeId, Schema};
use crate::span::Span;
pub(crate) use crate::syntax::{Clock, Every};
use std::ops::Range;
use std::sync::Arc;

/// A trigger.
#[derive(Clone, Debug)]
pub(crate) struct Trigger {
    pub(crate) name: Arc<str>,
    pub(crate) occasion: Occasion,
    /// How long after its occasion it is judged whether it fires.
    pub(crate) wait: Option<Wait>,
    /// Judged when it fires, which is at the end of the wait, and again when a message that was held back is let go.
    pub(crate) guard: Option<Rule>,
    pub(crate) priority: i64,
    pub(crate) again: Again,
    /// What `again` and `cooldown` are counted for; the whole profile if nothing is said.
    pub(crate) per: Option<Per>,
    /// For so long after its last effect it does nothing; the end itself is free.
    pub(crate) cooldown: Option<CalendarSpan>,
    pub(crate) split: Option<Split>,
    /// Who gets nothing from it.
    pub(crate) holdout: Option<Draw>,
    pub(crate) held: WhenHeld,
    /// Whether it fires for what an edit of the rules changes.
    pub(crate) fires_on_edit: bool,
    /// It fires on the days of this one alone.
    pub(crate) campaign: Option<Arc<Campaign>>,
    /// In order.
    pub(crate) actions: Vec<Action>,
    /// The steps in which they stand, and between which it waits; a trigger without is done at once.
    pub(crate) journey: Option<Box<JourneyRules>>,
    pub(crate) version: u32,
}

/// What a trigger waits for.
#[derive(Clone, Debug)]
pub(crate) enum Occasion {
    /// A move within a lifecycle; of this subject alone if there is one.
    Stage {
        lifecycle: Arc<str>,
        subject: Option<Arc<str>>,
        from: Side,
        to: Side,
    },
    /// A segment is entered, or left.
    Segment {
        segment: Arc<Segment>,
        entered: bool,
    },
    /// An attribute gets another value; being missing is one.
    Change(Change),
    /// An event; its selection has no windows.
    Event(Select),
    /// An event, and then none of the other within a length of time. The first has no windows.
    Silence { first: Select, absent: Step },
    /// A date of the profile, moved by `lead`, at a time of the profile's day. A yearly one comes back.
    Date(ProfileDate),
    /// Days of the profile's calendar, for those who are in the segment then.
    Schedule {
        every: Every,
        at: Clock,
        segment: Arc<Segment>,
    },
}

/// A change of an attribute. Either end may be any value.
#[derive(Clone, Debug)]
pub(crate) struct Change {
    pub(crate) attribute: AttributeId,
    /// The attribute as what a condition reads.
    pub(crate) value: Operand,
    pub(crate) from: Option<Lit>,
    pub(crate) to: Option<Lit>,
}

impl Occasion {
    /// What of the events and attributes makes it come, as a condition; none where a move or a segment does.
    pub(crate) fn touched_by(&self) -> Option<Cond> {
        let kind = match self {
            Occasion::Event(select) => CondKind::Happened(select.clone()),
            Occasion::Silence { first, .. } => CondKind::Happened(first.clone()),
            Occasion::Change(change) => CondKind::Present(change.value.clone()),
            Occasion::Date(date) => return Some(date.condition()),
            Occasion::Stage { .. } | Occasion::Segment { .. } | Occasion::Schedule { .. } => {
                return None;
            }
        };
        Some(Cond::new(kind, Span::default()))
    }

    /// Everything that it looks at, as a condition; none where it is a move.
    pub(crate) fn condition(&self) -> Option<Cond> {
        let kind = match self {
            Occasion::Silence { first, absent } => {
                CondKind::Sequence(vec![Step::of(first), absent.clone()])
            }
            Occasion::Segment { segment, .. } | Occasion::Schedule { segment, .. } => {
                CondKind::Segment(segment.clone())
            }
            Occasion::Stage { .. }
            | Occasion::Change(_)
            | Occasion::Event(_)
            | Occasion::Date(_) => {
                return self.touched_by();
            }
        };
        Some(Cond::new(kind, Span::default()))
    }
}

impl Step {
    /// The step of a selection alone.
    pub(crate) fn of(select: &Select) -> Self {
        Step {
            absent: false,
            select: select.clone(),
            least: None,
            most: None,
            span: select.span,
        }
    }
}

/// One side of a move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Any,
    /// This stage. `None`: no stage yet; only a move's beginning.
    Stage(Option<StageId>),
}

/// How often a profile may enter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(crate) enum Again {
    #[default]
    Always,
    Once,
    /// So long after it last entered, the end itself included.
    After(CalendarSpan),
    /// So long after it last left, the end itself included; of journeys.
    AfterLeaving(CalendarSpan),
}

/// What of the occasion is counted by itself.
#[derive(Clone, Debug)]
pub(crate) enum Per {
    /// The subject of the lifecycle.
    Subject,
    /// A property of the event, of the first one where there is a silence.
    Property(PropertyRef),
}

/// Variants of a trigger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Split {
    pub(crate) salt: Arc<str>,
    /// In order of declaration; together at most the whole.
    pub(crate) variants: Vec<(Arc<str>, Share)>,
}

/// What becomes of a message that is held back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(crate) enum WhenHeld {
    #[default]
    Skip,
    Wait {
        at_most: WaitLimit,
    },
    Replace {
        /// Whether the first message waits if none of those in its place may go either.
        or_wait: Option<WaitLimit>,
    },
}

/// How long a message waits at most, the end itself included; for ever if nothing is said.
pub(crate) type WaitLimit = Option<CalendarSpan>;

impl WhenHeld {
    /// How long a message waits at most, if it does.
    pub(crate) fn wait(self) -> Option<WaitLimit> {
        match self {
            WhenHeld::Skip => None,
            WhenHeld::Wait { at_most } => Some(at_most),
            WhenHeld::Replace { or_wait } => or_wait,
        }
    }
}

/// One thing that a trigger does.
#[derive(Clone, Debug)]
pub(crate) struct Action {
    pub(crate) kind: ActionKind,
    /// Only for this variant.
    pub(crate) variant: Option<usize>,
}

#[derive(Clone, Debug)]
pub(crate) enum ActionKind {
    Send {
        message: Arc<Message>,
        with: Details,
        values: ComputedDetails,
        /// Whether a message that waited asks for its values again when it goes.
        refresh: bool,
    },
    Call {
        name: Arc<str>,
        with: Details,
        values: ComputedDetails,
    },
    Tag(Arc<str>),
    Untag(Arc<str>),
    Set {
        attribute: usize,
        to: Given,
    },
    Add {
        attribute: usize,
        by: Given,
    },
}

impl ActionKind {
    /// The values that it computes.
    pub(crate) fn computed(&self) -> impl Iterator<Item = &ValueRule> {
        let (values, given): (&[_], _) = match self {
            ActionKind::Send { values, .. } | ActionKind::Call { values, .. } => (values, None),
            ActionKind::Set { to: given, .. } | ActionKind::Add { by: given, .. } => {
                (&[], given.computed())
            }
            ActionKind::Tag(_) | ActionKind::Untag(_) => (&[], None),
        };
        values.iter().map(|(_, value)| value).chain(given)
    }
}

/// What an attribute is set to, or what is added to it.
#[derive(Clone, Debug)]
pub(crate) enum Given {
    /// In the shape of the attribute's type.
    Constant(Lit),
    /// Of a type that fits the attribute's.
    Computed(ValueRule),
}

impl Given {
    pub(crate) fn computed(&self) -> Option<&ValueRule> {
        match self {
            Given::Constant(_) => None,
            Given::Computed(value) => Some(value),
        }
    }
}

/// What goes along with an effect, in order.
pub(crate) type Details = Vec<(Arc<str>, crate::value::Scalar)>;

/// The same, computed when the effect comes about.
pub(crate) type ComputedDetails = Vec<(Arc<str>, ValueRule)>;

impl Trigger {
    /// What of the events and attributes makes its occasion come, moves a date that it waits for, or has a run of it go on, as
    /// conditions.
    pub(crate) fn touched_by(&self) -> impl Iterator<Item = Cond> {
        let journey = self.journey.iter();
        let waits = journey.clone().flat_map(|journey| journey.waits());
        let dates = self.wait.iter().chain(waits).filter_map(Wait::date);
        let awaited = journey.flat_map(|journey| journey.awaited());
        (self.occasion.touched_by().into_iter())
            .chain(dates.map(ProfileDate::condition))
            .chain(awaited.map(|rule| rule.root().clone()))
    }

    /// The place among these of the action that sends a message: this one, or else the first.
    pub(crate) fn sends(&self, name: &str, place: usize, places: &[Range<usize>]) -> Option<usize> {
        let sends = |place: &usize| {
            let action = self.actions.get(*place).map(|action| &action.kind);
            matches!(action, Some(ActionKind::Send { message, .. }) if *message.name == *name)
        };
        let is_among = |place: &usize| places.iter().any(|range| range.contains(place));
        let all = places.iter().cloned().flatten();
        (std::iter::once(place).filter(is_among).chain(all)).find(sends)
    }

    /// The conditions and values that are evaluated for an entry: the guard, and what actions compute.
    pub(crate) fn evaluated(&self) -> impl Iterator<Item = Seen<'_>> {
        let rules = self.journey.iter().flat_map(|journey| journey.conditions());
        let rules = self.guard.iter().chain(rules);
        let guard = rules.map(|rule| Seen::Cond(rule.root()));
        let values = self.actions.iter().flat_map(|a| a.kind.computed());
        guard.chain(values.map(|value| Seen::Term(value.term())))
    }

    /// What of a profile it looks at, or changes. The stages of lifecycles are not counted in.
    pub(crate) fn reads(&self, schema: &Schema) -> Reads {
        let changed = self.actions.iter().filter_map(|action| match &action.kind {
            ActionKind::Set { attribute, .. } | ActionKind::Add { attribute, .. } => {
                Some(AttributeId::new(*attribute))
            }
            ActionKind::Send { .. }
            | ActionKind::Call { .. }
            | ActionKind::Tag(_)
            | ActionKind::Untag(_) => None,
        });
        let mut reads = Reads::of_fields(schema, changed);
        reads.merge(&self.asks(schema));
        reads
    }

    /// What of a profile it looks at to decide whether it acts, when, and with which values. The stages of lifecycles are not
    /// counted in.
    pub(crate) fn asks(&self, schema: &Schema) -> Reads {
        let mut reads = Reads::default();
        let key = match &self.per {
            Some(Per::Property(property)) => {
                Some(CondKind::OfSubject(FieldRef::Property(property.clone())))
            }
            Some(Per::Subject) | None => None,
        };
        let key = key.map(|kind| Cond::new(kind, Span::default()));
        let date = self.wait.as_ref().and_then(Wait::date);
        let date = date.map(ProfileDate::condition);
        for cond in self.occasion.condition().iter().chain(&key).chain(&date) {
            reads.merge(&Reads::of_condition(cond, schema));
        }
        let values = self.actions.iter().flat_map(|a| a.kind.computed());
        let journey = self.journey.iter();
        let rules = journey.clone().flat_map(|journey| journey.conditions());
        let evaluated = self.guard.iter().chain(rules).map(Rule::reads);
        evaluated
            .chain(values.map(ValueRule::reads))
            .for_each(|more| reads.merge(more));
        let waits = journey.flat_map(|journey| journey.waits());
        for date in waits.filter_map(Wait::date) {
            reads.merge(&Reads::of_condition(&date.condition(), schema));
        }
        reads
    }

    /// Takes in how far back it looks.
    pub(crate) fn look_back(&self, lookbacks: &mut Lookbacks) {
        let waits = self.journey.iter().flat_map(|journey| journey.waits());
        for date in self.wait.iter().chain(waits).filter_map(Wait::date) {
            lookbacks.term(&date.value, 0);
        }
        self.evaluated().for_each(|part| lookbacks.part(part, 0));
        match &self.occasion {
            Occasion::Stage { .. } | Occasion::Change(_) => {}
            Occasion::Segment { segment, .. } | Occasion::Schedule { segment, .. } => {
                lookbacks.add(&segment.cond, 0)
            }
            // An event is looked at when it comes, and never again.
            Occasion::Event(select) => select.filter.iter().for_each(|cond| lookbacks.add(cond, 0)),
            Occasion::Silence { first, absent } => lookbacks.add_silence(first, absent, 0),
            Occasion::Date(date) => lookbacks.term(&date.value, 0),
        }
    }
}

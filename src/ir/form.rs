//! Conditions, values, selections, windows and the definitions that they refer to. They contain one another, which is
//! why they stand in one file.

use super::area::Area;
use super::calendar::CalendarSpan;
use super::field::{FieldRef, SlotId};
use super::fingerprint::Fingerprint;
use super::ledger::LedgerValue;
use super::op::{Edge, EntryPart, Function, Order, Part, Pattern};
use super::stage_set::{StageId, StageSet};
use super::ty::{Lit, Ty};
use super::weight::Weight;
use crate::schema::{AttributeId, KindId, RelationId};
use crate::span::Span;
use crate::syntax::{Aggregate, ArithmeticOp, HeldOp, TextOp};
use crate::time::CalendarUnit;
use crate::value::{Decimal, EnumType};
use std::sync::Arc;

/// A condition.
#[derive(Clone, Debug)]
pub(crate) struct Cond {
    pub(crate) kind: CondKind,
    pub(crate) span: Span,
    pub(super) fingerprint: Fingerprint,
}

#[derive(Clone, Debug, Hash)]
pub(crate) enum CondKind {
    Const(bool),
    All(Vec<Cond>),
    Any(Vec<Cond>),
    Not(Box<Cond>),
    Compare {
        op: Order,
        left: Term,
        right: Term,
        ignoring_case: bool,
    },
    OneOf {
        value: Term,
        set: Vec<Lit>,
        ignoring_case: bool,
    },
    Text {
        op: TextOp,
        value: Term,
        pattern: Pattern,
        ignoring_case: bool,
    },
    /// A string or a list contains any (or all) of these: constants, then values of the type of its items.
    Contains {
        of: Operand,
        items: Vec<Lit>,
        values: Vec<Term>,
        all: bool,
        ignoring_case: bool,
    },
    Present(Operand),
    Empty(Operand),
    /// A place lies in a part of the map.
    Inside {
        value: Term,
        area: Area,
    },
    /// A date's or an instant's place in time.
    Timed {
        value: Term,
        windows: Windows,
    },
    /// The event under test is about the lifecycle's subject: it has that value of the property, or no such property.
    OfSubject(FieldRef),
    /// Some event of the selection.
    Happened(Select),
    /// Some row, or, `all`: there are rows, and all of them pass.
    Rows {
        all: bool,
        rows: Rows,
    },
    Sequence(Vec<Step>),
    /// At least `periods` periods have a count from `least` to `most`. Each period lasts from its start to the start before it
    /// in the list, the newest to `end`; `None`: it includes `now`.
    Regularly {
        select: Select,
        least: u64,
        most: u64,
        end: Option<Bound>,
        starts: Vec<Bound>,
        periods: u32,
    },
    /// A tag that was given to the profile, at or under the path; `None`: any tag.
    Tagged(Option<Arc<str>>),
    Segment(Arc<Segment>),
    /// The first 32 bits of the MD5 of `salt:id` are below this share of all ([`sample_threshold`](super::op::sample_threshold)).
    Sample {
        percent: Decimal,
        salt: Arc<str>,
    },
    /// An instant, a date or, `yearly`, some anniversary of a date lies at `first` or later, and before `end`. A date lies where
    /// it starts.
    Upcoming {
        value: Term,
        yearly: bool,
        first: Bound,
        end: Bound,
    },
    /// The condition at an earlier instant.
    AsOf {
        of: Box<Cond>,
        ago: CalendarSpan,
    },
    /// What something that has a value over time has been.
    State {
        of: StateOf,
        test: StateTest,
    },
    /// The condition, which reads nothing that moves but tracked attributes, has held without a break.
    Held {
        condition: Box<Cond>,
        tracked: Vec<AttributeId>,
        op: HeldOp,
        duration: CalendarSpan,
    },
}

/// What `exists`, `is empty` and `contains` ask about.
#[derive(Clone, Debug, Hash)]
pub(crate) enum Operand {
    Term(Term),
    List(FieldRef),
}

/// A value.
#[derive(Clone, Debug)]
pub(crate) struct Term {
    pub(crate) kind: TermKind,
    pub(crate) ty: Ty,
    pub(crate) span: Span,
    pub(super) fingerprint: Fingerprint,
    /// Whether it changes with `now` even where nothing that it reads does.
    pub(crate) depends_on_now: bool,
}

#[derive(Clone, Debug, Hash)]
pub(crate) enum TermKind {
    Lit(Lit),
    Id,
    Field(FieldRef),
    /// The instant of the event under test, or of a step.
    At(Option<SlotId>),
    /// Something about a trigger's entry.
    Entry(EntryPart),
    Now,
    /// The date in the zone, plus days.
    Today(i64),
    /// A part of the calendar that holds an instant or a date.
    Part {
        part: Part,
        of: Box<Term>,
    },
    Aggregate {
        function: Aggregate,
        select: Box<Select>,
        of: Option<Box<Term>>,
    },
    /// One value from the rows of a relation.
    Total {
        function: Aggregate,
        rows: Box<Rows>,
        of: Option<Box<Term>>,
    },
    Arithmetic {
        op: ArithmeticOp,
        left: Box<Term>,
        right: Box<Term>,
    },
    /// An instant or a date moved by calendar months.
    PlusMonths {
        of: Box<Term>,
        months: i64,
    },
    Negate(Box<Term>),
    Call {
        function: Function,
        of: Box<Term>,
    },
    /// The value of the first case that holds.
    Cases {
        cases: Vec<Case>,
        otherwise: Option<Lit>,
    },
    /// The value where a condition holds; missing elsewhere.
    OnlyIf {
        cond: Box<Cond>,
        of: Box<Term>,
    },
    /// The value at an earlier instant.
    AsOf {
        of: Box<Term>,
        ago: CalendarSpan,
    },
    /// The present stage.
    Stage(StageOf),
    /// A trait of the rulebook.
    Trait(Arc<Trait>),
    /// 1 plus the number of cut points of the instant strictly below the value.
    Score(Arc<Score>),
    /// What a ledger has.
    Ledger {
        ledger: Arc<Ledger>,
        value: LedgerValue,
    },
}

/// One case of a trait.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) cond: Cond,
    pub(crate) value: Lit,
    /// What the condition's spans point into.
    pub(crate) text: Arc<str>,
}

/// The events a condition is about.
#[derive(Clone, Debug)]
pub(crate) struct Select {
    pub(crate) kinds: Vec<KindId>,
    /// All of these hold of the event.
    pub(crate) filter: Vec<Cond>,
    pub(crate) windows: Windows,
    /// Where a named event is kept, for the conditions in its parentheses and, of a step, for later steps.
    pub(crate) slot: Option<SlotId>,
    pub(crate) span: Span,
}

/// The rows of a relation that a condition is about.
#[derive(Clone, Debug)]
pub(crate) struct Rows {
    pub(crate) relation: RelationId,
    /// All of these hold of the row.
    pub(crate) filter: Vec<Cond>,
    pub(crate) span: Span,
}

/// One step of a sequence.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub(crate) absent: bool,
    pub(crate) select: Select,
    /// At least this long after the step before.
    pub(crate) least: Option<CalendarSpan>,
    /// At most this long after the step before.
    pub(crate) most: Option<CalendarSpan>,
    pub(crate) span: Span,
}

/// An event at `at` is inside when every lower bound is `<= at` and every upper bound is `> at`.
#[derive(Clone, Debug, Default, Hash)]
pub(crate) struct Windows {
    pub(crate) lower: Vec<Bound>,
    pub(crate) upper: Vec<Bound>,
}

/// An instant that may depend on `now`, moved by calendar months, then by microseconds.
#[derive(Clone, Debug, Hash)]
pub(crate) struct Bound {
    pub(crate) anchor: Anchor,
    pub(crate) months: i64,
    pub(crate) micros: i64,
}

impl Bound {
    /// The value that it counts from.
    pub(crate) fn term(&self) -> Option<&Term> {
        match &self.anchor {
            Anchor::Term { term, .. } => Some(term),
            Anchor::Bound(of) | Anchor::DayOf { of, .. } => of.term(),
            Anchor::At(_) | Anchor::Now { .. } | Anchor::Period { .. } | Anchor::Day { .. } => None,
        }
    }

    /// Whether it moves with `now`.
    pub(crate) fn moves(&self) -> bool {
        match &self.anchor {
            Anchor::At(_) | Anchor::Term { .. } => false,
            Anchor::Bound(of) | Anchor::DayOf { of, .. } => of.moves(),
            Anchor::Now { .. } | Anchor::Period { .. } | Anchor::Day { .. } => true,
        }
    }
}

#[derive(Clone, Debug, Hash)]
pub(crate) enum Anchor {
    At(i64),
    /// `now` moved by months in the zone, then by microseconds.
    Now {
        months: i64,
        micros: i64,
    },
    /// The start of the period this many after the one that holds `now + micros`.
    Period {
        unit: CalendarUnit,
        offset: i64,
        micros: i64,
    },
    /// The start of the date in the zone, moved by months and then by days, pair by pair.
    Day {
        moves: Vec<(i64, i64)>,
    },
    /// The start of the day so many days after the one that holds another bound.
    DayOf {
        of: Box<Bound>,
        offset: i64,
    },
    /// Another bound.
    Bound(Box<Bound>),
    /// A value that does not move with `now`.
    Term {
        term: Box<Term>,
        edge: Edge,
    },
}

/// A named segment.
#[derive(Debug)]
pub(crate) struct Segment {
    pub(crate) weight: Weight,
    pub(crate) name: String,
    /// Whether it is the rule of a tag, and the name its path.
    pub(crate) is_tag: bool,
    pub(crate) cond: Cond,
    /// What the condition's spans point into.
    pub(crate) text: Arc<str>,
}

/// A named value.
#[derive(Debug)]
pub(crate) struct Trait {
    pub(crate) weight: Weight,
    pub(crate) name: String,
    pub(crate) term: Term,
    /// What the term's spans point into.
    pub(crate) text: Arc<str>,
}

/// A fitted score.
#[derive(Debug)]
pub(crate) struct Score {
    pub(crate) weight: Weight,
    pub(crate) name: String,
    pub(crate) value: Term,
    /// What the value's spans point into.
    pub(crate) text: Arc<str>,
    /// Cut points, ascending, and the instant before which they hold, in order; the last hold for ever. None where the
    /// score was not fitted.
    pub(crate) eras: Vec<(i64, Vec<Lit>)>,
}

impl Score {
    /// The cut points that hold at an instant.
    pub(crate) fn cuts(&self, now: i64) -> &[Lit] {
        let era = self.eras.partition_point(|(until, _)| *until <= now);
        self.eras.get(era).map_or(&[], |(_, cuts)| cuts)
    }
}

/// A ledger of a rulebook.
#[derive(Debug)]
pub(crate) struct Ledger {
    pub(crate) weight: Weight,
    pub(crate) name: String,
    /// What earns points, as it is written.
    pub(crate) earn: Vec<Earning>,
    /// What takes some.
    pub(crate) take: Vec<Posting>,
}

/// Events, and how many points each of them is about.
#[derive(Debug)]
pub(crate) struct Posting {
    /// The tests read nothing but the event itself, and there are no windows.
    pub(crate) select: Select,
    /// Whole; it reads nothing but the event itself. Less than one is none.
    pub(crate) points: Term,
    /// What the spans of the events point into.
    pub(crate) text: Arc<str>,
    /// What the spans of the points point into.
    pub(crate) points_text: Arc<str>,
}

/// Events that earn points.
#[derive(Debug)]
pub(crate) struct Earning {
    pub(crate) posting: Posting,
    /// So long after the event the points are gone; `None`: never.
    pub(crate) expires: Option<CalendarSpan>,
    /// So many events of each calendar period earn something, the first ones; `None`: all.
    pub(crate) at_most: Option<(u32, CalendarUnit)>,
}

impl Ledger {
    /// Everything that earns or takes points.
    pub(crate) fn postings(&self) -> impl Iterator<Item = &Posting> {
        let earn = self.earn.iter().map(|earning| &earning.posting);
        earn.chain(&self.take)
    }
}

/// A lifecycle.
#[derive(Debug)]
pub(crate) struct Lifecycle {
    pub(crate) weight: Weight,
    pub(crate) name: String,
    /// The property of which each value has a lifecycle of its own.
    pub(crate) per: Option<Arc<str>>,
    /// In order; at most [`MAX_STAGES`](super::MAX_STAGES).
    pub(crate) stages: Vec<Stage>,
    /// The names of the stages, ordered.
    pub(crate) names: EnumType,
}

impl Lifecycle {
    /// The stages, in order.
    pub(crate) fn stage_ids(&self) -> impl Iterator<Item = StageId> + use<> {
        (0..self.stages.len()).map(StageId::new)
    }
}

/// One stage of a lifecycle.
#[derive(Debug)]
pub(crate) struct Stage {
    pub(crate) cond: Cond,
    /// What the condition's spans point into.
    pub(crate) text: Arc<str>,
    /// From where it may be entered.
    pub(crate) from: StageSet,
}

/// A lifecycle, and whose where there is one for each value of a property.
#[derive(Clone, Debug, Hash)]
pub(crate) struct StageOf {
    pub(crate) lifecycle: Arc<Lifecycle>,
    pub(crate) subject: Option<Arc<str>>,
}

/// What has a value over time.
#[derive(Clone, Debug, Hash)]
pub(crate) enum StateOf {
    /// A tracked attribute.
    Attribute(FieldRef),
    /// The stage of a lifecycle.
    Stage(StageOf),
    /// Whether the profile is in a segment, as a bool.
    Segment(Arc<Segment>),
}

/// Some of the values that a state may have; `None`: it has none, as in no stage.
pub(crate) type StateValues = Vec<Option<Lit>>;

/// What is asked about a state.
#[derive(Clone, Debug, Hash)]
pub(crate) enum StateTest {
    /// It was one of these at some time in the windows.
    Was {
        values: StateValues,
        windows: Windows,
    },
    /// It changed in the windows, from one of these and to one of those; `None`: whatever it was.
    Changed {
        from: Option<StateValues>,
        to: Option<StateValues>,
        windows: Windows,
    },
    /// It has been one of these without a break; `None`: the value that it has.
    Held {
        values: Option<StateValues>,
        op: HeldOp,
        duration: CalendarSpan,
    },
}

impl StateTest {
    /// The same in other windows.
    pub(crate) fn with_windows(&self, change: impl FnOnce(&Windows) -> Windows) -> Self {
        let mut changed = self.clone();
        if let StateTest::Was { windows, .. } | StateTest::Changed { windows, .. } = &mut changed {
            *windows = change(windows);
        }
        changed
    }

    /// When it is about.
    pub(crate) fn windows(&self) -> Option<&Windows> {
        match self {
            StateTest::Was { windows, .. } | StateTest::Changed { windows, .. } => Some(windows),
            StateTest::Held { .. } => None,
        }
    }
}

/// The most events that have names at one place of a rule.
pub(crate) const MAX_SLOTS: usize = 16;

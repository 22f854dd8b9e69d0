//! The typed form of a rule: what the checker makes of a tree and every evaluator runs.
//!
//! Inside the library names are positions in a schema, values have one shape each, and windows are half-open bounds. Other
//! programs read it through [`Rule::form`](crate::Rule::form): a [`ConditionForm`] says with [`kind`](ConditionForm::kind) what it
//! asks, and [`walk`](ConditionForm::walk) visits everything in it. Beside the form, [`Reads`] says what a rule looks at,
//! [`Lookback`] how far into the past, and a [`Fingerprint`] stands for its meaning.

#![deny(clippy::wildcard_enum_match_arm)]

pub(crate) mod area;
mod build;
mod calendar;
mod children;
mod field;
mod fingerprint;
mod form;
mod identity;
mod ledger;
mod lookback;
mod now;
mod op;
mod operands;
mod reads;
mod size;
mod stage_set;
mod sugar;
mod ty;
mod view;
pub(crate) mod visit;
mod weight;

pub(crate) use area::{Area, Circle, Rectangle};
pub(crate) use calendar::Calendar;
pub use calendar::CalendarSpan;
pub(crate) use field::{FieldRef, PropertyRef, RowRef, SlotId};
pub use fingerprint::Fingerprint;
pub(crate) use form::{
    Anchor, Bound, Case, Cond, CondKind, Earning, Ledger, Lifecycle, MAX_SLOTS, Operand, Posting,
    Rows, Score, Segment, Select, Stage, StageOf, StateOf, StateTest, StateValues, Step, Term,
    TermKind, Trait, Windows,
};
pub use ledger::LedgerValue;
pub use lookback::Lookback;
pub(crate) use lookback::Lookbacks;
pub use op::{Edge as DayEdge, EntryPart, Function as ValueFunction, Part as CalendarPart};
pub(crate) use op::{Edge, Function, Order, Part, Pattern, sample_threshold};
pub use reads::Reads;
pub(crate) use stage_set::{MAX_STAGES, StageId, StageSet};
pub(crate) use sugar::{Between, is_true};
pub(crate) use ty::{Lit, Ty};
pub use view::{
    AnchorForm, AreaForm, BoundForm, CaseForm, ConditionForm, ConditionKind, Constant,
    DefinitionForm, EventsForm, FieldForm, FormPart, LedgerForm, LifecycleForm, PostingForm,
    RowsForm, ScoreForm, SegmentForm, StageForm, StateForm, StateQuestion, StepForm, TraitForm,
    ValueForm, ValueKind, ValueOrList, ValueType, WindowForm,
};
pub(crate) use weight::Weight;

/// Whether a tag is the path itself or lies below it: `interest/skincare` is under `interest`.
pub(crate) fn is_under(tag: &str, path: &str) -> bool {
    tag.strip_prefix(path)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

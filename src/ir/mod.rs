//! The core form: what the checker makes of a tree and every evaluator runs. Names are positions in a schema, values have
//! one shape each, windows are half-open bounds.

pub(crate) mod area;
mod build;
mod calendar;
mod children;
mod field;
mod fingerprint;
mod form;
mod identity;
mod lookback;
mod now;
mod op;
mod operands;
mod reads;
mod size;
mod sugar;
mod ty;
pub(crate) mod visit;
mod weight;

pub(crate) use area::{Area, Circle, Rectangle};
pub(crate) use calendar::{Calendar, CalendarSpan};
pub(crate) use field::{FieldRef, PropertyRef, RowRef};
pub use fingerprint::Fingerprint;
pub(crate) use form::{
    Anchor, Bound, Case, Cond, CondKind, Lifecycle, MAX_SLOTS, MAX_STAGES, Operand, Rows, Score,
    Segment, Select, Stage, StageOf, StageTest, Step, Term, TermKind, Trait, Windows,
};
pub use lookback::Lookback;
pub(crate) use lookback::Lookbacks;
pub(crate) use op::{Edge, Function, Held, Order, Part, Pattern};
pub use reads::Reads;
pub(crate) use sugar::{Between, is_true};
pub(crate) use ty::{Lit, Ty};
pub(crate) use weight::Weight;

/// Whether a tag is the path itself or lies below it: `interest/skincare` is under `interest`.
pub(crate) fn is_under(tag: &str, path: &str) -> bool {
    tag.strip_prefix(path)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

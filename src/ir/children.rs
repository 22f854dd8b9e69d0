//! What stands directly in each part of a rule: the one list from which every walk is made.

use super::field::{FieldRef, SlotId};
use super::fingerprint::Fingerprint;
use super::form::{
    Bound, Cond, CondKind, Ledger, Lifecycle, Operand, Rows, Score, Segment, Select, StateOf, Term,
    TermKind, Trait, Windows,
};
use super::weight::Weight;
use std::sync::Arc;

/// Something in a rule.
#[derive(Clone, Copy)]
pub(crate) enum Seen<'a> {
    Cond(&'a Cond),
    Term(&'a Term),
    Field(&'a FieldRef),
    Select(&'a Select),
    Rows(&'a Rows),
    Bound(&'a Bound),
    Definition(Definition<'a>),
}

/// What a rule refers to by its name.
#[derive(Clone, Copy)]
pub(crate) enum Definition<'a> {
    Segment(&'a Arc<Segment>),
    Lifecycle(&'a Arc<Lifecycle>),
    Trait(&'a Arc<Trait>),
    Score(&'a Arc<Score>),
    Ledger(&'a Arc<Ledger>),
}

impl<'a> Seen<'a> {
    /// Visits what stands directly in it, in the order in which it is written. What stands in a definition is what the
    /// definition says.
    pub(crate) fn children(self, f: &mut dyn FnMut(Seen<'a>)) {
        match self {
            Seen::Cond(cond) => cond.kind.children(f),
            Seen::Term(term) => term.kind.children(f),
            Seen::Field(_) => {}
            Seen::Select(select) => {
                select.filter.iter().for_each(|c| f(Seen::Cond(c)));
                select.windows.children(f);
            }
            Seen::Rows(rows) => rows.filter.iter().for_each(|c| f(Seen::Cond(c))),
            Seen::Bound(bound) => bound.term().into_iter().for_each(|t| f(Seen::Term(t))),
            Seen::Definition(definition) => definition.children(f),
        }
    }

    /// Where the named event is kept that it reads.
    pub(super) fn slot(self) -> Option<SlotId> {
        match self {
            Seen::Field(FieldRef::NamedEventProperty(slot, _)) => Some(*slot),
            Seen::Term(Term {
                kind: TermKind::At(slot),
                ..
            }) => *slot,
            Seen::Term(_)
            | Seen::Cond(_)
            | Seen::Field(_)
            | Seen::Select(_)
            | Seen::Rows(_)
            | Seen::Bound(_)
            | Seen::Definition(_) => None,
        }
    }
}

impl CondKind {
    fn children<'a>(&'a self, f: &mut dyn FnMut(Seen<'a>)) {
        match self {
            CondKind::Const(_) | CondKind::Sample { .. } | CondKind::Tagged(_) => {}
            CondKind::OfSubject(property) => f(Seen::Field(property)),
            CondKind::All(parts) | CondKind::Any(parts) => {
                parts.iter().for_each(|p| f(Seen::Cond(p)))
            }
            CondKind::Not(part)
            | CondKind::Held {
                condition: part, ..
            }
            | CondKind::AsOf { of: part, .. } => f(Seen::Cond(part)),
            CondKind::Compare { left, right, .. } => {
                [left, right].into_iter().for_each(|t| f(Seen::Term(t)))
            }
            CondKind::OneOf { value, .. }
            | CondKind::Text { value, .. }
            | CondKind::Inside { value, .. } => f(Seen::Term(value)),
            CondKind::Upcoming {
                value, first, end, ..
            } => {
                f(Seen::Term(value));
                [first, end].into_iter().for_each(|b| f(Seen::Bound(b)));
            }
            CondKind::Contains { of, values, .. } => {
                f(of.seen());
                values.iter().for_each(|t| f(Seen::Term(t)));
            }
            CondKind::Present(of) | CondKind::Empty(of) => f(of.seen()),
            CondKind::Timed { value, windows } => {
                f(Seen::Term(value));
                windows.children(f);
            }
            CondKind::Happened(select) => f(Seen::Select(select)),
            CondKind::Regularly {
                select,
                starts,
                end,
                ..
            } => {
                f(Seen::Select(select));
                starts.iter().chain(end).for_each(|b| f(Seen::Bound(b)));
            }
            CondKind::Rows { rows, .. } => f(Seen::Rows(rows)),
            CondKind::Sequence(steps) => steps.iter().for_each(|s| f(Seen::Select(&s.select))),
            CondKind::Segment(segment) => f(Seen::Definition(Definition::Segment(segment))),
            CondKind::State { of, test } => of.children(test.windows(), f),
        }
    }
}

impl Operand {
    fn seen(&self) -> Seen<'_> {
        match self {
            Operand::Term(term) => Seen::Term(term),
            Operand::List(field) => Seen::Field(field),
        }
    }
}

impl StateOf {
    fn children<'a>(&'a self, windows: Option<&'a Windows>, f: &mut dyn FnMut(Seen<'a>)) {
        match self {
            StateOf::Attribute(field) => f(Seen::Field(field)),
            StateOf::Stage(of) => f(Seen::Definition(Definition::Lifecycle(&of.lifecycle))),
            StateOf::Segment(segment) => f(Seen::Definition(Definition::Segment(segment))),
        }
        windows.into_iter().for_each(|windows| windows.children(f));
    }
}

impl TermKind {
    fn children<'a>(&'a self, f: &mut dyn FnMut(Seen<'a>)) {
        match self {
            TermKind::Lit(_)
            | TermKind::Id
            | TermKind::At(_)
            | TermKind::Entry(_)
            | TermKind::Now
            | TermKind::Today(_) => {}
            TermKind::Field(field) => f(Seen::Field(field)),
            TermKind::Part { of, .. }
            | TermKind::AsOf { of, .. }
            | TermKind::PlusMonths { of, .. }
            | TermKind::Negate(of)
            | TermKind::Call { of, .. } => f(Seen::Term(of)),
            TermKind::Aggregate { select, of, .. } => {
                f(Seen::Select(select));
                of.iter().for_each(|of| f(Seen::Term(of)));
            }
            TermKind::Total { rows, of, .. } => {
                f(Seen::Rows(rows));
                of.iter().for_each(|of| f(Seen::Term(of)));
            }
            TermKind::Arithmetic { left, right, .. } => {
                [left, right].into_iter().for_each(|t| f(Seen::Term(t)))
            }
            TermKind::Cases { cases, .. } => cases.iter().for_each(|c| f(Seen::Cond(&c.cond))),
            TermKind::OnlyIf { cond, of } => {
                f(Seen::Cond(cond));
                f(Seen::Term(of));
            }
            TermKind::Stage(of) => f(Seen::Definition(Definition::Lifecycle(&of.lifecycle))),
            TermKind::Trait(named) => f(Seen::Definition(Definition::Trait(named))),
            TermKind::Score(score) => f(Seen::Definition(Definition::Score(score))),
            TermKind::Ledger { ledger, .. } => f(Seen::Definition(Definition::Ledger(ledger))),
        }
    }
}

impl Windows {
    /// Visits the bounds.
    pub(crate) fn children<'a>(&'a self, f: &mut dyn FnMut(Seen<'a>)) {
        let bounds = self.lower.iter().chain(&self.upper);
        bounds.for_each(|bound| f(Seen::Bound(bound)));
    }
}

impl<'a> Definition<'a> {
    fn children(self, f: &mut dyn FnMut(Seen<'a>)) {
        match self {
            Definition::Segment(segment) => f(Seen::Cond(&segment.cond)),
            Definition::Lifecycle(lifecycle) => {
                let stages = lifecycle.stages.iter();
                stages.for_each(|stage| f(Seen::Cond(&stage.cond)));
            }
            Definition::Trait(named) => f(Seen::Term(&named.term)),
            Definition::Score(score) => f(Seen::Term(&score.value)),
            Definition::Ledger(ledger) => {
                for posting in ledger.postings() {
                    f(Seen::Select(&posting.select));
                    f(Seen::Term(&posting.points));
                }
            }
        }
    }

    /// How large it is.
    pub(crate) fn weight(self) -> Weight {
        match self {
            Definition::Segment(segment) => segment.weight,
            Definition::Lifecycle(lifecycle) => lifecycle.weight,
            Definition::Trait(named) => named.weight,
            Definition::Score(score) => score.weight,
            Definition::Ledger(ledger) => ledger.weight,
        }
    }

    pub(crate) fn name(self) -> &'a str {
        match self {
            Definition::Segment(segment) => &segment.name,
            Definition::Lifecycle(lifecycle) => &lifecycle.name,
            Definition::Trait(named) => &named.name,
            Definition::Score(score) => &score.name,
            Definition::Ledger(ledger) => &ledger.name,
        }
    }

    /// What stands for what it is and says.
    pub(crate) fn fingerprint(self) -> Fingerprint {
        match self {
            Definition::Segment(segment) => Fingerprint::of(&(0_u8, segment)),
            Definition::Lifecycle(lifecycle) => Fingerprint::of(&(1_u8, lifecycle)),
            Definition::Trait(named) => Fingerprint::of(&(2_u8, named)),
            Definition::Score(score) => Fingerprint::of(&(3_u8, score)),
            Definition::Ledger(ledger) => Fingerprint::of(&(4_u8, ledger)),
        }
    }
}

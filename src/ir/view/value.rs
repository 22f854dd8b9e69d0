//! What a value is computed from.

use super::constant::{Constant, ValueType};
use super::definition::{LedgerForm, LifecycleForm, ScoreForm, TraitForm};
use super::{ConditionForm, EventsForm, FieldForm, Origin, RowsForm, ValueForm};
use crate::ir::calendar::CalendarSpan;
use crate::ir::field::SlotId;
use crate::ir::form::{Case, TermKind};
use crate::ir::ledger::LedgerValue;
use crate::ir::op::{EntryPart, Function, Part};
use crate::ir::ty::Ty;
use crate::syntax::{Aggregate, ArithmeticOp};

/// What a value is computed from.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum ValueKind<'a> {
    /// A constant.
    Constant(Constant),
    /// The profile's id.
    Id,
    /// A field of the profile, or of the event or the row under test.
    Field(FieldForm<'a>),
    /// The instant of an event.
    EventTime {
        /// A named event, by its [number](EventsForm::slot); `None`: the event under test.
        slot: Option<usize>,
    },
    /// Something about the entry of a trigger: of the conditions and values of triggers alone.
    Entry(EntryPart),
    /// The instant for which the rule is evaluated.
    Now,
    /// The date of that instant in the rule's zone.
    Today {
        /// So many days later; negative: earlier.
        plus_days: i64,
    },
    /// A part of the calendar that holds an instant or a date.
    Part {
        /// Which part.
        part: Part,
        /// The instant or the date.
        of: ValueForm<'a>,
    },
    /// One value from many events.
    Aggregate {
        /// How.
        function: Aggregate,
        /// The events.
        events: EventsForm<'a>,
        /// What is taken from each event; `None`: events are counted.
        of: Option<ValueForm<'a>>,
    },
    /// One value from the rows of a relation.
    RowAggregate {
        /// How.
        function: Aggregate,
        /// The rows.
        rows: RowsForm<'a>,
        /// What is taken from each row; `None`: rows are counted.
        of: Option<ValueForm<'a>>,
    },
    /// Two values, put together.
    Arithmetic {
        /// How.
        op: ArithmeticOp,
        /// The left one.
        left: ValueForm<'a>,
        /// The right one.
        right: ValueForm<'a>,
    },
    /// An instant or a date moved by calendar months.
    PlusMonths {
        /// The instant or the date.
        of: ValueForm<'a>,
        /// How many; negative: back.
        months: i64,
    },
    /// A number with the other sign.
    Negate(ValueForm<'a>),
    /// A function of one value.
    Call {
        /// The function.
        function: Function,
        /// The value.
        of: ValueForm<'a>,
    },
    /// The value of the first case that holds.
    Cases {
        /// The cases, in order.
        cases: Vec<CaseForm<'a>>,
        /// The value if none holds; `None`: missing.
        otherwise: Option<Constant>,
    },
    /// The value where a condition holds, missing elsewhere.
    OnlyIf {
        /// The condition.
        condition: ConditionForm<'a>,
        /// The value.
        of: ValueForm<'a>,
    },
    /// A value at an earlier instant.
    AsOf {
        /// The value.
        of: ValueForm<'a>,
        /// How much earlier.
        ago: CalendarSpan,
    },
    /// The present stage.
    Stage {
        /// Of which lifecycle.
        lifecycle: LifecycleForm<'a>,
        /// Of a lifecycle that is kept for each value of a property: which value.
        subject: Option<&'a str>,
    },
    /// A trait.
    Trait(TraitForm<'a>),
    /// A score.
    Score(ScoreForm<'a>),
    /// Points of a ledger.
    Ledger {
        /// Which.
        ledger: LedgerForm<'a>,
        /// Which of its points.
        value: LedgerValue,
    },
}

/// One case of a value.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CaseForm<'a> {
    /// When it applies, if no earlier one does.
    pub condition: ConditionForm<'a>,
    /// The value then.
    pub value: Constant,
}

impl<'a> ValueForm<'a> {
    /// What it is computed from.
    #[must_use]
    pub fn kind(self) -> ValueKind<'a> {
        let from = self.origin;
        match &self.term.kind {
            TermKind::Lit(lit) => ValueKind::Constant(Constant::of(lit, &self.term.ty)),
            TermKind::Id => ValueKind::Id,
            TermKind::Field(field) => ValueKind::Field(from.field(field)),
            TermKind::At(slot) => ValueKind::EventTime {
                slot: slot.map(SlotId::index),
            },
            TermKind::Entry(part) => ValueKind::Entry(*part),
            TermKind::Now => ValueKind::Now,
            TermKind::Today(days) => ValueKind::Today { plus_days: *days },
            TermKind::Part { part, of } => ValueKind::Part {
                part: *part,
                of: from.value(of),
            },
            TermKind::Aggregate {
                function,
                select,
                of,
            } => ValueKind::Aggregate {
                function: *function,
                events: from.events(select),
                of: of.as_deref().map(|of| from.value(of)),
            },
            TermKind::Total { function, rows, of } => ValueKind::RowAggregate {
                function: *function,
                rows: from.rows(rows),
                of: of.as_deref().map(|of| from.value(of)),
            },
            TermKind::Arithmetic { op, left, right } => ValueKind::Arithmetic {
                op: *op,
                left: from.value(left),
                right: from.value(right),
            },
            TermKind::PlusMonths { of, months } => ValueKind::PlusMonths {
                of: from.value(of),
                months: *months,
            },
            TermKind::Negate(of) => ValueKind::Negate(from.value(of)),
            TermKind::Call { function, of } => ValueKind::Call {
                function: *function,
                of: from.value(of),
            },
            TermKind::Cases { cases, otherwise } => ValueKind::Cases {
                cases: cases
                    .iter()
                    .map(|case| from.case(case, &self.term.ty))
                    .collect(),
                otherwise: otherwise
                    .as_ref()
                    .map(|lit| Constant::of(lit, &self.term.ty)),
            },
            TermKind::OnlyIf { cond, of } => ValueKind::OnlyIf {
                condition: from.condition(cond),
                of: from.value(of),
            },
            TermKind::AsOf { of, ago } => ValueKind::AsOf {
                of: from.value(of),
                ago: *ago,
            },
            TermKind::Stage(of) => ValueKind::Stage {
                lifecycle: from.lifecycle(&of.lifecycle),
                subject: of.subject.as_deref(),
            },
            TermKind::Trait(named) => ValueKind::Trait(from.named(named)),
            TermKind::Score(score) => ValueKind::Score(from.score(score)),
            TermKind::Ledger { ledger, value } => ValueKind::Ledger {
                ledger: from.ledger(ledger),
                value: *value,
            },
        }
    }

    /// Its type.
    #[must_use]
    pub fn value_type(self) -> ValueType {
        ValueType::of(&self.term.ty)
    }
}

impl<'a> Origin<'a> {
    fn case(self, case: &'a Case, ty: &Ty) -> CaseForm<'a> {
        CaseForm {
            condition: self.of_text(&case.text).condition(&case.cond),
            value: Constant::of(&case.value, ty),
        }
    }
}

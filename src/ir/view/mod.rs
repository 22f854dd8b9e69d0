//! The typed form of a rule, to be read by other programs: an editor that shows what a rule is about, a warehouse that
//! answers a part of it as SQL, a binding for another language.
//!
//! Everything here is a view: cheap to copy, with names where the form itself has positions, and with the places in the
//! author's text. Nothing can be changed through it. New operators add variants, which is why the enums are
//! `#[non_exhaustive]`: who meets a variant that they do not know should evaluate the condition with the library.

mod condition;
mod constant;
mod definition;
mod value;
mod walk;
mod window;

use super::calendar::CalendarSpan;
use super::field::{FieldRef, PropertyRef, SlotId};
use super::fingerprint::Fingerprint;
use super::form::{Cond, Rows, Select, Step, Term};
use crate::schema::{KindId, RelationId, Schema};
use crate::span::Span;
pub use condition::{AreaForm, ConditionKind, StateForm, StateQuestion, ValueOrList};
pub use constant::{Constant, ValueType};
pub use definition::{
    DefinitionForm, LedgerForm, LifecycleForm, PostingForm, ScoreForm, SegmentForm, StageForm,
    TraitForm,
};
use std::fmt;
pub use value::{CaseForm, ValueKind};
pub use walk::FormPart;
pub use window::{AnchorForm, BoundForm, WindowForm};

/// What a part of a form needs to name and quote what is in it.
#[derive(Clone, Copy)]
struct Origin<'a> {
    schema: &'a Schema,
    /// What spans point into.
    text: &'a str,
}

/// A condition of a checked rule, with every name resolved. [`Rule::form`](crate::Rule::form) gives the whole rule.
///
/// Short forms are gone: `x between 1 and 5` is `x >= 1 and x <= 5`, `not in` is the negation of `in`, and windows are
/// bounds. Two conditions of one schema and calendar with equal [fingerprints](ConditionForm::fingerprint) always hold alike.
///
/// ```
/// use segue::ir::{ConditionKind, FormPart};
/// use segue::{Rule, schema::{EventKind, Field, Schema}, Type};
///
/// let schema = Schema::builder()
///     .attribute(Field::new("age", Type::Int))
///     .kind(EventKind::new("viewed").property(Field::new("category", Type::String)))
///     .kind(EventKind::new("purchased").property(Field::new("amount", Type::Decimal(2))))
///     .build()?;
/// let text = r#"age > 50 and viewed(category = "tv") within 30 days and sum(purchased.amount) > 100"#;
/// let rule = Rule::check(text, &schema)?;
///
/// // The kinds of events that it reads, and in which windows.
/// let mut read = Vec::new();
/// rule.form().walk(&mut |part| {
///     if let FormPart::Events(events) = part {
///         for kind in events.kinds() {
///             read.push(format!("{kind}: {}", events.window()));
///         }
///     }
///     true
/// });
/// assert_eq!(read, ["viewed: from now - 30 days", "purchased: always"]);
///
/// // The parts of an `and`, in the author's words.
/// let ConditionKind::All(parts) = rule.form().kind() else { unreachable!() };
/// assert_eq!(parts[0].text(), "age > 50");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy)]
pub struct ConditionForm<'a> {
    cond: &'a Cond,
    origin: Origin<'a>,
}

/// A value of a checked rule, with every name resolved: a field, a constant, what is computed from others.
#[derive(Clone, Copy)]
pub struct ValueForm<'a> {
    term: &'a Term,
    origin: Origin<'a>,
}

/// The events that a condition or a value is about: those of some kinds, that pass a filter, in a window of time.
#[derive(Clone, Copy)]
pub struct EventsForm<'a> {
    select: &'a Select,
    origin: Origin<'a>,
}

/// The rows of a relation that a condition or a value is about: those that pass a filter.
#[derive(Clone, Copy)]
pub struct RowsForm<'a> {
    rows: &'a Rows,
    origin: Origin<'a>,
}

/// One step of a sequence.
#[derive(Clone, Copy)]
pub struct StepForm<'a> {
    step: &'a Step,
    origin: Origin<'a>,
}

/// A field that a rule reads, by its name in the schema.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FieldForm<'a> {
    /// An attribute of the profile.
    Attribute {
        /// Its name, with dots if it is nested.
        name: &'a str,
    },
    /// A property of the event under test.
    Property {
        /// Its name.
        name: &'a str,
        /// The kinds of events that have it.
        kinds: Vec<&'a str>,
    },
    /// A property of a named event: that of an earlier step, or one around this place.
    NamedEventProperty {
        /// The [number](EventsForm::slot) under which the event is kept.
        slot: usize,
        /// The name of the property.
        name: &'a str,
        /// The kinds of events that have it.
        kinds: Vec<&'a str>,
    },
    /// A property of the event that the entry of a trigger began with: of the conditions and values of triggers alone.
    EntryProperty {
        /// The name of the property.
        name: &'a str,
        /// The kinds of events that have it.
        kinds: Vec<&'a str>,
    },
    /// A property of the row under test.
    RowProperty {
        /// The relation that the row belongs to.
        relation: &'a str,
        /// The name of the property.
        name: &'a str,
    },
}

impl<'a> ConditionForm<'a> {
    pub(crate) fn new(cond: &'a Cond, schema: &'a Schema, text: &'a str) -> Self {
        let origin = Origin { schema, text };
        ConditionForm { cond, origin }
    }

    /// Where it stands: in the text of the rule, or of the definition that it belongs to.
    #[must_use]
    pub fn span(self) -> Span {
        self.cond.span
    }

    /// The author's words. Empty for what is implied.
    #[must_use]
    pub fn text(self) -> &'a str {
        self.cond.span.of(self.origin.text)
    }

    /// What stands for its meaning.
    #[must_use]
    pub fn fingerprint(self) -> Fingerprint {
        self.cond.fingerprint()
    }
}

impl<'a> ValueForm<'a> {
    pub(crate) fn new(term: &'a Term, schema: &'a Schema, text: &'a str) -> Self {
        let origin = Origin { schema, text };
        ValueForm { term, origin }
    }

    /// Where it stands: in the text of the rule, or of the definition that it belongs to.
    #[must_use]
    pub fn span(self) -> Span {
        self.term.span
    }

    /// The author's words. Empty for what is implied.
    #[must_use]
    pub fn text(self) -> &'a str {
        self.term.span.of(self.origin.text)
    }

    /// What stands for its meaning.
    #[must_use]
    pub fn fingerprint(self) -> Fingerprint {
        self.term.fingerprint()
    }

    /// Whether it changes with time even where nothing changes that it reads.
    #[must_use]
    pub fn depends_on_now(self) -> bool {
        self.term.depends_on_now
    }
}

impl<'a> EventsForm<'a> {
    /// The names of the kinds; an event is of one of them.
    pub fn kinds(self) -> impl Iterator<Item = &'a str> {
        let kinds = self.select.kinds.iter();
        kinds.map(move |kind| self.origin.kind(*kind))
    }

    /// What holds of each event: all of these.
    pub fn filter(self) -> impl Iterator<Item = ConditionForm<'a>> {
        let filter = self.select.filter.iter();
        filter.map(move |cond| self.origin.condition(cond))
    }

    /// When the events happen.
    #[must_use]
    pub fn window(self) -> WindowForm<'a> {
        self.origin.window(&self.select.windows)
    }

    /// The number under which a named event is kept, for the conditions in its parentheses and, of a step, for later steps;
    /// `None` if it has no name.
    #[must_use]
    pub fn slot(self) -> Option<usize> {
        self.select.slot.map(SlotId::index)
    }

    /// Where it stands.
    #[must_use]
    pub fn span(self) -> Span {
        self.select.span
    }
}

impl<'a> RowsForm<'a> {
    /// The name of the relation.
    #[must_use]
    pub fn relation(self) -> &'a str {
        self.origin.relation(self.rows.relation)
    }

    /// What holds of each row: all of these.
    pub fn filter(self) -> impl Iterator<Item = ConditionForm<'a>> {
        let filter = self.rows.filter.iter();
        filter.map(move |cond| self.origin.condition(cond))
    }

    /// Where it stands.
    #[must_use]
    pub fn span(self) -> Span {
        self.rows.span
    }
}

impl<'a> StepForm<'a> {
    /// Whether such an event must not happen.
    #[must_use]
    pub fn is_absent(self) -> bool {
        self.step.absent
    }

    /// The events of the step.
    #[must_use]
    pub fn events(self) -> EventsForm<'a> {
        self.origin.events(&self.step.select)
    }

    /// At least this long after the step before; `None`: at any time after it.
    #[must_use]
    pub fn min_gap(self) -> Option<CalendarSpan> {
        self.step.least
    }

    /// At most this long after the step before; `None`: unlimited.
    #[must_use]
    pub fn max_gap(self) -> Option<CalendarSpan> {
        self.step.most
    }
}

impl<'a> Origin<'a> {
    fn condition(self, cond: &'a Cond) -> ConditionForm<'a> {
        ConditionForm { cond, origin: self }
    }

    fn conditions(self, conds: &'a [Cond]) -> Vec<ConditionForm<'a>> {
        conds.iter().map(|cond| self.condition(cond)).collect()
    }

    fn value(self, term: &'a Term) -> ValueForm<'a> {
        ValueForm { term, origin: self }
    }

    fn events(self, select: &'a Select) -> EventsForm<'a> {
        EventsForm {
            select,
            origin: self,
        }
    }

    fn rows(self, rows: &'a Rows) -> RowsForm<'a> {
        RowsForm { rows, origin: self }
    }

    /// Of another text.
    fn of_text(self, text: &'a str) -> Self {
        Origin { text, ..self }
    }

    fn kind(self, kind: KindId) -> &'a str {
        let kind = self.schema.kind_of(kind);
        kind.map_or("", |kind| &kind.name)
    }

    fn relation(self, relation: RelationId) -> &'a str {
        let relation = self.schema.relation_of(relation);
        relation.map_or("", |relation| &relation.name)
    }

    fn field(self, field: &'a FieldRef) -> FieldForm<'a> {
        match field {
            FieldRef::Attribute(_) => FieldForm::Attribute {
                name: field.declared(self.schema).map_or("", |field| &field.name),
            },
            FieldRef::Property(property) => self.property(property),
            FieldRef::NamedEventProperty(slot, property) => FieldForm::NamedEventProperty {
                slot: slot.index(),
                name: &property.name,
                kinds: self.kinds_of(property),
            },
            FieldRef::EntryProperty(property) => FieldForm::EntryProperty {
                name: &property.name,
                kinds: self.kinds_of(property),
            },
            FieldRef::Row(row) => FieldForm::RowProperty {
                relation: self.relation(row.relation),
                name: field.declared(self.schema).map_or("", |field| &field.name),
            },
        }
    }

    fn property(self, property: &'a PropertyRef) -> FieldForm<'a> {
        FieldForm::Property {
            name: &property.name,
            kinds: self.kinds_of(property),
        }
    }

    fn kinds_of(self, property: &PropertyRef) -> Vec<&'a str> {
        let kinds = property.at.iter();
        kinds.map(|(kind, _)| self.kind(*kind)).collect()
    }
}

/// Shows the author's words.
macro_rules! debug_as_text {
    ($($form:ident $text:expr;)*) => {$(
        impl fmt::Debug for $form<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let text: fn(&Self) -> &str = $text;
                f.debug_tuple(stringify!($form)).field(&text(self)).finish()
            }
        }
    )*};
}

debug_as_text! {
    ConditionForm |form| form.text();
    ValueForm |form| form.text();
    EventsForm |form| form.select.span.of(form.origin.text);
    RowsForm |form| form.rows.span.of(form.origin.text);
    StepForm |form| form.step.span.of(form.origin.text);
}

//! What the conditions and values of a trigger can name of its entry.

use super::checker::Checker;
use super::resolve::{Found, instant_or_part};
use crate::ir::{EntryPart, FieldRef, Term, TermKind, Ty};
use crate::schema::KindId;
use crate::span::Span;

/// What stands before `entered` and `subject` where something else is called so.
const ENTRY: &str = "entry.";

impl<'a> Checker<'a> {
    /// Whether a name is that of something of the entry, whatever else may be called so.
    pub(super) fn is_of_entry(&self, name: &str) -> bool {
        self.entry.is_some() && name.starts_with(ENTRY)
    }

    /// The kinds of the event that the trigger's `on` gives this name.
    pub(super) fn entry_event(&self, name: &str) -> Option<&'a [KindId]> {
        let (event, kinds) = self.entry?.event.as_ref()?;
        (event == name).then_some(kinds)
    }

    /// `c.category`, `c.at`: of the event that a trigger's entry began with.
    pub(super) fn entry_event_field(
        &self,
        kinds: &[KindId],
        name: &str,
        span: Span,
    ) -> Option<Found> {
        if name != "at"
            && let Some(property) = self.property_of(kinds, name)
        {
            let ty = Ty::of(&self.declared(&property)?.ty)?;
            let kind = TermKind::Field(FieldRef::EntryProperty(property));
            return Some(Found::Value(Term::new(kind, ty, span)));
        }
        let kind = TermKind::Entry(EntryPart::EventTime);
        instant_or_part(name, Term::new(kind, Ty::Instant, span)).map(Found::Value)
    }

    /// `entered` and `subject` of a trigger's entry; with `entry.` in front, whatever else may be called so.
    pub(super) fn of_entry(&self, name: &str, span: Span) -> Option<Found> {
        let entry = self.entry?;
        let (part, ty) = match name.strip_prefix(ENTRY).unwrap_or(name) {
            "entered" => (EntryPart::Entered, Ty::Instant),
            "subject" => (EntryPart::Subject, entry.subject.clone()?),
            _ => return None,
        };
        Some(Found::Value(Term::new(TermKind::Entry(part), ty, span)))
    }
}

//! What the conditions and values of a trigger read of an entry: taken from the event when the entry begins, and given to
//! them whenever they are evaluated.

use crate::engine::effect::scalar;
use crate::engine::state::{EntryEvent, KeptValue, TriggerEntry};
use crate::eval::entry::EntryScope;
use crate::eval::{Binder, given};
use crate::ir::visit::{Seen, visit_written};
use crate::ir::{Calendar, EntryPart, FieldRef, Lit, PropertyRef, Term, TermKind, Ty};
use crate::profile::{Accessor, Event, Profile, Val, kind_index};
use crate::rule::trigger::Trigger;
use crate::rulebook::lit;
use crate::value::{GeoPoint, Scalar};
use std::sync::Arc;

/// What a trigger reads of its entries.
pub(crate) struct EntryReads<P: Profile> {
    properties: Vec<EntryRead<P::Event>>,
    /// Whether the instant of the event is read.
    reads_instant: bool,
    /// The type of the subject, if it is read.
    subject: Option<Ty>,
    calendar: Calendar,
}

/// A property of the event, and how it is read of each kind.
struct EntryRead<E> {
    name: Arc<str>,
    ty: Ty,
    by_kind: Vec<(usize, Accessor<E>)>,
}

impl<P: Profile> EntryReads<P> {
    pub(super) fn new(trigger: &Trigger, binder: &mut Binder<'_, P>) -> Self {
        let mut reads = EntryReads {
            properties: Vec::new(),
            reads_instant: false,
            subject: None,
            calendar: binder.calendar,
        };
        for part in trigger.evaluated() {
            visit_written(part, &mut |seen| reads.see(seen, binder));
        }
        reads
    }

    fn see(&mut self, seen: Seen<'_>, binder: &mut Binder<'_, P>) {
        match seen {
            Seen::Field(field @ FieldRef::EntryProperty(property)) => {
                self.add(property, field.value_type(binder.schema), binder);
            }
            Seen::Term(Term {
                kind: TermKind::Entry(part),
                ty,
                ..
            }) => match part {
                EntryPart::Entered | EntryPart::StepBegan => {}
                EntryPart::Subject => self.subject = Some(ty.clone()),
                EntryPart::EventTime => self.reads_instant = true,
            },
            Seen::Field(_)
            | Seen::Term(_)
            | Seen::Cond(_)
            | Seen::Select(_)
            | Seen::Rows(_)
            | Seen::Bound(_)
            | Seen::Definition(_) => {}
        }
    }

    fn add(&mut self, property: &PropertyRef, ty: Ty, binder: &mut Binder<'_, P>) {
        let name = &property.name;
        if self.properties.iter().all(|read| read.name != *name) {
            self.properties.push(EntryRead {
                name: name.clone(),
                ty,
                by_kind: binder.property(property),
            });
        }
    }

    /// What an entry keeps of its event; nothing if nothing is read.
    pub(crate) fn keep(&self, event: &P::Event) -> Option<Arc<EntryEvent>> {
        if self.properties.is_empty() && !self.reads_instant {
            return None;
        }
        let (at, kind) = (event.at().micros(), kind_index(event));
        let properties = self.properties.iter().filter_map(|read| {
            let (_, accessor) = read.by_kind.iter().find(|(of, _)| *of == kind)?;
            let value = given(&accessor.get(event, at), &read.ty, self.calendar);
            Some((read.name.clone(), KeptValue::from(scalar(&value)?)))
        });
        let properties = properties.collect();
        Some(Arc::new(EntryEvent { at, properties }))
    }

    /// Evaluates something for an entry; in a journey, for a run that came to its step at an instant.
    pub(crate) fn within<R>(
        &self,
        entry: &TriggerEntry,
        step_began: i64,
        evaluate: impl FnOnce(&EntryScope<'_>) -> R,
    ) -> R {
        let kept = entry.event.as_ref();
        let read_again = |name: &str| {
            let mut kept = kept.iter().flat_map(|event| &event.properties);
            let (_, value) = kept.find(|(of, _)| **of == *name)?;
            Some(Scalar::from(value.clone()))
        };
        let properties = self.properties.iter();
        let properties: Vec<_> = properties
            .map(|read| (read, read_again(&read.name)))
            .collect();
        let properties: Vec<_> = properties
            .iter()
            .map(|(read, value)| (read.name.clone(), val(value.as_ref(), &read.ty)))
            .collect();
        let subject = entry.subject.as_ref().zip(self.subject.as_ref());
        let subject = subject.map(|(text, ty)| (Scalar::Text(text.to_string()), ty));
        evaluate(&EntryScope {
            entered: entry.at,
            step_began,
            subject: subject
                .as_ref()
                .map_or(Val::Missing, |(subject, ty)| val(Some(subject), ty)),
            event_at: kept.map(|event| event.at),
            properties: &properties,
        })
    }
}

/// A value that was kept, in the shape of its type; missing if it is not of that type, which may be another by now.
fn val<'v>(kept: Option<&'v Scalar>, ty: &Ty) -> Val<'v> {
    match (kept, ty) {
        (None, _) => Val::Missing,
        (Some(Scalar::Text(text)), Ty::String | Ty::Version) => Val::Text(text),
        (Some(Scalar::Text(text)), Ty::Place) => place(text).map_or(Val::Missing, Val::Place),
        (Some(kept), ty) => match lit(kept, ty) {
            Some(Lit::Whole(value)) => Val::Whole(value),
            Some(Lit::Real(value)) => Val::Real(value),
            Some(Lit::Text(_)) | None => Val::Missing,
        },
    }
}

/// `45.46,9.19`
fn place(text: &str) -> Option<GeoPoint> {
    let (latitude, longitude) = text.split_once(',')?;
    Some(GeoPoint {
        lat: latitude.parse().ok()?,
        lon: longitude.parse().ok()?,
    })
}

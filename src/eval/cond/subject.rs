//! What an event is about, where lifecycles or triggers are kept apart by that.

use super::logic::Const;
use super::{Condition, Node};
use crate::eval::Binder;
use crate::eval::bounded::{Bounded, NextChange};
use crate::eval::context::Ctx;
use crate::ir::FieldRef;
use crate::profile::{Accessor, Event, Model, Profile, Val, kind_index};
use crate::schema::Schema;
use crate::value::{EnumType, Type};
use std::borrow::Cow;

/// How the value of a property is read as text, by the kind of the event.
pub(crate) struct SubjectNode<E>(Vec<Option<SubjectOf<E>>>);

struct SubjectOf<E> {
    property: Accessor<E>,
    /// The names of an enum's values.
    names: Option<EnumType>,
}

/// The event belongs to every subject: its kind has no such property.
pub(crate) struct AnySubject;

impl<E: Event> SubjectNode<E> {
    /// The property of this name of every kind that the rules know it of.
    pub(crate) fn new<P: Profile<Event = E>>(
        model: &Model<P>,
        schema: &Schema,
        property: &str,
    ) -> Self {
        let of_kind = |(kind, properties): (&crate::schema::EventKind, &Vec<Accessor<E>>)| {
            schema
                .kinds()
                .get(schema.kind_index(&kind.name)?)?
                .property_index(property)?;
            let index = kind.property_index(property)?;
            let names = if let Type::Enum(names) = &kind.properties.get(index)?.ty {
                Some(names.clone())
            } else {
                None
            };
            Some(SubjectOf {
                property: properties.get(index)?.clone(),
                names,
            })
        };
        SubjectNode(
            model
                .schema
                .kinds()
                .iter()
                .zip(model.properties.iter())
                .map(of_kind)
                .collect(),
        )
    }

    /// What an event is about; `None` where it does not say.
    pub(crate) fn value<'e>(&'e self, event: &'e E) -> Result<Option<Cow<'e, str>>, AnySubject> {
        let of = self
            .0
            .get(kind_index(event))
            .and_then(Option::as_ref)
            .ok_or(AnySubject)?;
        let value = match of.property.get(event, 0) {
            Val::Whole(value) => value,
            Val::Text(text) => return Ok(Some(Cow::Borrowed(text))),
            Val::Inline(text) => return Ok(Some(Cow::Owned(text.as_str().to_owned()))),
            Val::Missing | Val::Ratio(..) | Val::Real(_) | Val::Place(_) => return Ok(None),
        };
        Ok(match &of.names {
            Some(names) => usize::try_from(value)
                .ok()
                .and_then(|i| names.values.get(i))
                .map(|name| Cow::Borrowed(&**name)),
            None => Some(Cow::Owned(value.to_string())),
        })
    }
}

impl<E: Event> SubjectNode<E> {
    pub(super) fn bind<P: Profile<Event = E>>(
        binder: &mut Binder<'_, P>,
        property: &FieldRef,
    ) -> Node<P> {
        let FieldRef::Property(property) = property else {
            // INVARIANT: a subject is a property of the event under test.
            debug_assert!(false, "only properties say what an event is about");
            return Node::Const(Const(true));
        };
        // That the type has the property is checked here; any kind of event may be asked.
        binder.property(property);
        Node::OfSubject(Box::new(SubjectNode::new(
            binder.model,
            binder.schema,
            &property.name,
        )))
    }
}

/// The event under test is about the lifecycle's subject.
impl<P: Profile> Condition<P> for SubjectNode<P::Event> {
    fn holds<'a>(&'a self, ctx: &Ctx<'a, P>) -> bool {
        let (Some(event), Some(subject)) = (ctx.event, ctx.subject) else {
            return true;
        };
        self.value(event)
            .map_or(true, |value| value.is_some_and(|value| value == subject))
    }

    fn evaluate<'a>(&'a self, ctx: &Ctx<'a, P>) -> Bounded {
        Bounded::forever(self.holds(ctx))
    }

    fn fast_path<'a>(&'a self, ctx: &Ctx<'a, P>) -> Option<NextChange> {
        Some(NextChange::forever(self.holds(ctx)))
    }

    fn max_change_points<'a>(&'a self, _: &Ctx<'a, P>, _: usize) -> usize {
        0
    }

    fn cost(&self) -> u32 {
        3
    }
}

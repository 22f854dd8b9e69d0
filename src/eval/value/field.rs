//! Values that are read: of the profile, of an event, of a row.

use super::{Inner, TermNode, Value};
use crate::eval::Binder;
use crate::eval::context::Ctx;
use crate::ir::{PropertyRef, RowRef, SlotId};
use crate::profile::{Accessor, Event, Profile, RowAccess, Val, kind_index};
use crate::schema::AttributeId;
use crate::time::NEVER;
use std::sync::Arc;

/// The profile's id as a text.
pub(crate) fn id_of<P: Profile>(profile: &P) -> Val<'_> {
    profile.id().val()
}

/// The profile's id.
pub(crate) struct Id;

impl<P: Profile> Value<P> for Id {
    #[inline]
    fn value<'a>(&'a self, ctx: &Ctx<'a, P>) -> Val<'a> {
        id_of(ctx.profile)
    }

    fn valid_until<'a>(&'a self, _: &Ctx<'a, P>) -> i64 {
        NEVER
    }

    fn inner(&self) -> Inner<'_, P> {
        [None, None]
    }
}

/// An attribute of the profile.
pub(crate) struct AttributeValue<P: Profile>(Accessor<P>);

impl<P: Profile> AttributeValue<P> {
    /// What the profile type lacks, which binding reports, is missing.
    pub(super) fn bind(binder: &mut Binder<'_, P>, attribute: AttributeId) -> TermNode<P> {
        match binder.attribute(attribute) {
            Some(accessor) => TermNode::Attribute(AttributeValue(accessor)),
            None => TermNode::Property(PropertyValue(Vec::new())),
        }
    }
}

impl<P: Profile> Value<P> for AttributeValue<P> {
    #[inline]
    fn value<'a>(&'a self, ctx: &Ctx<'a, P>) -> Val<'a> {
        self.0.get(ctx.profile, ctx.now)
    }

    fn valid_until<'a>(&'a self, ctx: &Ctx<'a, P>) -> i64 {
        self.0.valid_until(ctx.profile, ctx.now)
    }

    fn max_change_points<'a>(&'a self, ctx: &Ctx<'a, P>, _: usize) -> usize {
        match &self.0 {
            Accessor::History(history) => history.len(ctx.profile),
            Accessor::Whole(_)
            | Accessor::Text(_)
            | Accessor::Real(_)
            | Accessor::Place(_)
            | Accessor::List(_) => 0,
        }
    }

    fn inner(&self) -> Inner<'_, P> {
        [None, None]
    }
}

/// How a property is read of each kind, in the order of the kinds.
type ByKind<E> = Vec<(usize, Accessor<E>)>;

fn property<'a, E: Event>(
    by_kind: &'a [(usize, Accessor<E>)],
    event: Option<&'a E>,
    now: i64,
) -> Val<'a> {
    let Some(event) = event else {
        return Val::Missing;
    };
    let kind = kind_index(event);
    by_kind
        .iter()
        .find(|(k, _)| *k == kind)
        .map_or(Val::Missing, |(_, accessor)| accessor.get(event, now))
}

/// A property of the event under test.
pub(crate) struct PropertyValue<P: Profile>(ByKind<P::Event>);

impl<P: Profile> PropertyValue<P> {
    pub(super) fn bind(binder: &mut Binder<'_, P>, of: &PropertyRef) -> Self {
        PropertyValue(binder.property(of))
    }
}

impl<P: Profile> Value<P> for PropertyValue<P> {
    #[inline]
    fn value<'a>(&'a self, ctx: &Ctx<'a, P>) -> Val<'a> {
        property(&self.0, ctx.event, ctx.now)
    }

    fn valid_until<'a>(&'a self, _: &Ctx<'a, P>) -> i64 {
        NEVER
    }

    fn inner(&self) -> Inner<'_, P> {
        [None, None]
    }
}

/// A property of the event of an earlier step.
pub(crate) struct NamedEventProperty<P: Profile> {
    slot: SlotId,
    by_kind: ByKind<P::Event>,
}

impl<P: Profile> NamedEventProperty<P> {
    pub(super) fn bind(binder: &mut Binder<'_, P>, slot: SlotId, of: &PropertyRef) -> Self {
        NamedEventProperty {
            slot,
            by_kind: binder.property(of),
        }
    }
}

impl<P: Profile> Value<P> for NamedEventProperty<P> {
    #[inline]
    fn value<'a>(&'a self, ctx: &Ctx<'a, P>) -> Val<'a> {
        property(&self.by_kind, ctx.step(self.slot), ctx.now)
    }

    fn valid_until<'a>(&'a self, _: &Ctx<'a, P>) -> i64 {
        NEVER
    }

    fn inner(&self) -> Inner<'_, P> {
        [None, None]
    }
}

/// A property of the row under test.
pub(crate) struct RowValue<P: Profile> {
    rows: Arc<dyn RowAccess<P>>,
    /// Its position in the profile type.
    property: usize,
}

impl<P: Profile> RowValue<P> {
    /// What the profile type lacks, which binding reports, is missing.
    pub(super) fn bind(binder: &mut Binder<'_, P>, row: RowRef) -> TermNode<P> {
        match binder.row_property(row) {
            Some((rows, property)) => TermNode::Row(RowValue { rows, property }),
            None => TermNode::Property(PropertyValue(Vec::new())),
        }
    }
}

impl<P: Profile> Value<P> for RowValue<P> {
    #[inline]
    fn value<'a>(&'a self, ctx: &Ctx<'a, P>) -> Val<'a> {
        ctx.row.map_or(Val::Missing, |row| {
            self.rows.value(ctx.profile, row, self.property)
        })
    }

    fn valid_until<'a>(&'a self, _: &Ctx<'a, P>) -> i64 {
        NEVER
    }

    fn inner(&self) -> Inner<'_, P> {
        [None, None]
    }
}

/// The instant of the event under test, or of an earlier step.
pub(crate) struct At(pub(super) Option<SlotId>);

impl<P: Profile> Value<P> for At {
    #[inline]
    fn value<'a>(&'a self, ctx: &Ctx<'a, P>) -> Val<'a> {
        let event = self.0.map_or(ctx.event, |slot| ctx.step(slot));
        Val::whole(event.map(|event| event.at().micros()))
    }

    fn valid_until<'a>(&'a self, _: &Ctx<'a, P>) -> i64 {
        NEVER
    }

    fn inner(&self) -> Inner<'_, P> {
        [None, None]
    }
}

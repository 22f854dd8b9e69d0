//! What is read of a trigger's entry.

use super::{Inner, Value};
use crate::eval::Binder;
use crate::eval::context::Ctx;
use crate::ir::{EntryPart, PropertyRef};
use crate::profile::{Profile, Val};
use crate::time::NEVER;
use std::sync::Arc;

/// A property of the event that the entry began with.
pub(crate) struct EntryProperty(Arc<str>);

impl EntryProperty {
    pub(super) fn bind<P: Profile>(binder: &mut Binder<'_, P>, of: &PropertyRef) -> Self {
        // That the type has the property is checked here; its value comes with the entry.
        binder.property(of);
        EntryProperty(of.name.clone())
    }
}

impl<P: Profile> Value<P> for EntryProperty {
    fn value<'a>(&'a self, ctx: &Ctx<'a, P>) -> Val<'a> {
        let mut properties = ctx.entry.iter().flat_map(|entry| entry.properties);
        properties
            .find(|(name, _)| *name == self.0)
            .map_or(Val::Missing, |(_, value)| *value)
    }

    fn valid_until<'a>(&'a self, _: &Ctx<'a, P>) -> i64 {
        NEVER
    }

    fn inner(&self) -> Inner<'_, P> {
        [None, None]
    }
}

/// Something about the entry.
pub(crate) struct EntryValue(pub(super) EntryPart);

impl<P: Profile> Value<P> for EntryValue {
    fn value<'a>(&'a self, ctx: &Ctx<'a, P>) -> Val<'a> {
        let Some(entry) = ctx.entry else {
            return Val::Missing;
        };
        match self.0 {
            EntryPart::Entered => Val::whole(Some(entry.entered)),
            EntryPart::StepBegan => Val::whole(Some(entry.step_began)),
            EntryPart::Subject => entry.subject,
            EntryPart::EventTime => Val::whole(entry.event_at),
        }
    }

    fn valid_until<'a>(&'a self, _: &Ctx<'a, P>) -> i64 {
        NEVER
    }

    fn inner(&self) -> Inner<'_, P> {
        [None, None]
    }
}

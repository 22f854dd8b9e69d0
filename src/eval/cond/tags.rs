//! Tags that were given to a profile.

use super::Condition;
use crate::eval::Binder;
use crate::eval::bounded::{Bounded, NextChange};
use crate::eval::context::Ctx;
use crate::ir::is_under;
use crate::profile::{Accessor, Profile};
use std::sync::Arc;

/// `tagged interest/skincare`
pub(crate) struct Tagged<P: Profile> {
    pub(crate) tags: Option<Accessor<P>>,
    /// `None`: any tag.
    pub(crate) path: Option<Arc<str>>,
}

impl<P: Profile> Tagged<P> {
    pub(super) fn bind(binder: &Binder<'_, P>, path: Option<&Arc<str>>) -> Self {
        Tagged {
            tags: binder.model.tags.clone(),
            path: path.cloned(),
        }
    }
}

impl<P: Profile> Condition<P> for Tagged<P> {
    fn holds<'a>(&'a self, ctx: &Ctx<'a, P>) -> bool {
        let Some(Accessor::List(tags)) = &self.tags else {
            return false;
        };
        let is_meant = |tag: &str| self.path.as_ref().is_none_or(|path| is_under(tag, path));
        tags.any(ctx.profile, &mut |tag| tag.text().is_some_and(is_meant))
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
        6
    }
}

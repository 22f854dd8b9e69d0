//! Places inside a part of the map.

use super::Condition;
use crate::eval::Binder;
use crate::eval::bounded::Bounded;
use crate::eval::context::Ctx;
use crate::eval::value::TermNode;
use crate::ir::{Area, Term};
use crate::profile::{Profile, Val};

/// `home within 5 km of (45.46, 9.19)`, `home between (45, 9) and (46, 10)`
pub(crate) struct Inside<P: Profile> {
    value: TermNode<P>,
    area: Area,
}

impl<P: Profile> Inside<P> {
    pub(super) fn bind(binder: &mut Binder<'_, P>, value: &Term, area: Area) -> Self {
        Inside {
            value: binder.term(value),
            area,
        }
    }
}

impl<P: Profile> Condition<P> for Inside<P> {
    fn holds<'a>(&'a self, ctx: &Ctx<'a, P>) -> bool {
        matches!(self.value.value(ctx), Val::Place(place) if self.area.contains(place))
    }

    fn evaluate<'a>(&'a self, ctx: &Ctx<'a, P>) -> Bounded {
        Bounded::new(self.holds(ctx), self.value.valid_until(ctx))
    }

    fn max_change_points<'a>(&'a self, ctx: &Ctx<'a, P>, of: usize) -> usize {
        self.value.max_change_points(ctx, of)
    }

    fn cost(&self) -> u32 {
        6
    }
}

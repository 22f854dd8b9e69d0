//! Places near another, and places in a rectangle.

use super::Condition;
use crate::eval::Binder;
use crate::eval::bounded::Bounded;
use crate::eval::context::Ctx;
use crate::eval::value::TermNode;
use crate::ir::Term;
use crate::ir::rectangle::Rectangle;
use crate::profile::{Profile, Val};
use crate::value::GeoPoint;

/// `home within 5 km of (45.46, 9.19)`
pub(crate) struct Near<P: Profile> {
    value: TermNode<P>,
    of: GeoPoint,
    metres: f64,
}

impl<P: Profile> Near<P> {
    pub(super) fn bind(
        binder: &mut Binder<'_, P>,
        value: &Term,
        of: GeoPoint,
        metres: f64,
    ) -> Self {
        Near {
            value: binder.term(value),
            of,
            metres,
        }
    }
}

impl<P: Profile> Condition<P> for Near<P> {
    fn holds<'a>(&'a self, ctx: &Ctx<'a, P>) -> bool {
        matches!(self.value.value(ctx), Val::Place(place) if place.distance(self.of) <= self.metres)
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

/// `home between (45, 9) and (46, 10)`
pub(crate) struct InRectangle<P: Profile> {
    value: TermNode<P>,
    of: Rectangle,
}

impl<P: Profile> InRectangle<P> {
    pub(super) fn bind(binder: &mut Binder<'_, P>, value: &Term, of: Rectangle) -> Self {
        InRectangle {
            value: binder.term(value),
            of,
        }
    }
}

impl<P: Profile> Condition<P> for InRectangle<P> {
    fn holds<'a>(&'a self, ctx: &Ctx<'a, P>) -> bool {
        matches!(self.value.value(ctx), Val::Place(place) if self.of.contains(place))
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

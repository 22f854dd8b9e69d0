//! Some row of a relation, or all of them.

use super::{Condition, Node};
use crate::eval::Binder;
use crate::eval::bounded::{Bounded, NextChange};
use crate::eval::collection::Collection;
use crate::eval::collection::rows::RowsNode;
use crate::eval::context::Ctx;
use crate::ir::Rows;
use crate::profile::Profile;
use crate::time::NEVER;

pub(crate) struct RowsTest<P: Profile> {
    rows: RowsNode<P>,
    /// Whether there are rows and all of them pass; otherwise whether some row does.
    all: bool,
}

impl<P: Profile> RowsTest<P> {
    pub(super) fn bind(binder: &mut Binder<'_, P>, rows: &Rows, all: bool) -> Node<P> {
        Node::Rows(Box::new(RowsTest {
            rows: binder.rows(rows),
            all,
        }))
    }
}

impl<P: Profile> Condition<P> for RowsTest<P> {
    fn holds<'a>(&'a self, ctx: &Ctx<'a, P>) -> bool {
        let mut rows = 0..self.rows.len(ctx);
        if self.all {
            !rows.is_empty() && rows.all(|row| self.rows.passes(ctx, row))
        } else {
            rows.any(|row| self.rows.passes(ctx, row))
        }
    }

    fn evaluate<'a>(&'a self, ctx: &Ctx<'a, P>) -> Bounded {
        let rows = 0..self.rows.len(ctx);
        if rows.is_empty() {
            return Bounded::forever(false);
        }
        let rows = rows.map(|row| self.rows.evaluate(ctx, row));
        if self.all {
            Bounded::all(rows)
        } else {
            Bounded::any(rows)
        }
    }

    fn fast_path<'a>(&'a self, ctx: &Ctx<'a, P>) -> Option<NextChange> {
        let answer = self.evaluate(ctx);
        (answer.until == NEVER).then(|| NextChange::forever(answer.holds))
    }

    fn max_change_points<'a>(&'a self, ctx: &Ctx<'a, P>, of: usize) -> usize {
        self.rows.max_change_points(ctx, of)
    }

    fn cost(&self) -> u32 {
        self.rows.filter.cost().saturating_add(4)
    }
}

//! Rows of a relation: which of them pass, and one value from many.

use super::bind::Binder;
use super::context::Ctx;
use super::fold::{Fold, Many, Shape};
use super::node::{Node, together};
use super::term::TermNode;
use crate::ir::{RowRef, Rows};
use crate::profile::{Profile, RowAccess, Val};
use crate::syntax::Aggregate;
use crate::time::NEVER;
use std::sync::Arc;

/// Rows ready to be looked at.
pub(crate) struct RowsNode<P: Profile> {
    /// `None`: the profile type has no such relation, which binding has reported.
    pub(crate) access: Option<Arc<dyn RowAccess<P>>>,
    /// Whether a row passes.
    pub(crate) filter: Node<P>,
}

impl<P: Profile> RowsNode<P> {
    #[inline]
    pub(crate) fn len<'a>(&'a self, ctx: &Ctx<'a, P>) -> usize {
        self.access
            .as_ref()
            .map_or(0, |access| access.len(ctx.profile))
    }

    #[inline]
    pub(crate) fn passes<'a>(&'a self, ctx: &Ctx<'a, P>, row: usize) -> bool {
        self.filter.holds(&ctx.with_row(row))
    }

    /// Whether some row passes; or, `all`, whether there are rows and all of them do.
    pub(crate) fn holds<'a>(&'a self, ctx: &Ctx<'a, P>, all: bool) -> bool {
        let n = self.len(ctx);
        if all {
            n > 0 && (0..n).all(|row| self.passes(ctx, row))
        } else {
            (0..n).any(|row| self.passes(ctx, row))
        }
    }

    /// The same, and until when that is certain.
    pub(crate) fn evaluate<'a>(&'a self, ctx: &Ctx<'a, P>, all: bool) -> (bool, i64) {
        let n = self.len(ctx);
        let (holds, until) = together(
            (0..n).map(|row| self.filter.evaluate(&ctx.with_row(row))),
            !all,
        );
        (holds && n > 0, until)
    }

    /// Until when the same rows pass.
    fn valid_until<'a>(&'a self, ctx: &Ctx<'a, P>) -> i64 {
        (0..self.len(ctx))
            .map(|row| self.filter.evaluate(&ctx.with_row(row)).1)
            .min()
            .unwrap_or(NEVER)
    }
}

impl<P: Profile> Binder<'_, P> {
    /// The rows of a relation.
    fn relation(&mut self, position: usize) -> Option<Arc<dyn RowAccess<P>>> {
        let wanted = self.schema.relations().get(position)?;
        let Some(found) = self.model.schema.relation_index(&wanted.name) else {
            self.problems.insert(format!(
                "the profile type has no relation `{}`",
                wanted.name
            ));
            return None;
        };
        self.model.relations.get(found).cloned()
    }

    /// A property of a row: the rows, and its position in the profile type.
    pub(crate) fn row_property(&mut self, row: RowRef) -> Option<(Arc<dyn RowAccess<P>>, usize)> {
        let rows = self.relation(row.relation)?;
        let declared = self.schema.relations().get(row.relation)?;
        let wanted = declared.properties.get(row.property)?;
        let of_type = self.model.schema.relation(&declared.name)?;
        let index = of_type.property_index(&wanted.name);
        let found = index.and_then(|i| of_type.properties.get(i));
        let what = format!("property of `{}`", declared.name);
        self.fits(&what, wanted, found).then_some(())?;
        Some((rows, index?))
    }

    pub(crate) fn rows(&mut self, rows: &Rows) -> RowsNode<P> {
        let access = self.relation(rows.relation);
        let outer = std::mem::replace(&mut self.of_row, true);
        let mut parts = self.parts(&rows.filter);
        self.of_row = outer;
        let filter = match (parts.leaves.is_empty(), parts.rest.len()) {
            (true, 1) => parts.rest.pop().unwrap_or(Node::Const(true)),
            _ => Node::All(parts),
        };
        RowsNode { access, filter }
    }
}

/// One value from many rows, ready to run.
pub(crate) struct TotalNode<P: Profile> {
    pub(crate) function: Aggregate,
    pub(crate) rows: RowsNode<P>,
    /// The value of one row; `None` for `count(rows)`.
    pub(crate) of: Option<TermNode<P>>,
    pub(crate) shape: Shape,
}

impl<P: Profile> TotalNode<P> {
    pub(crate) fn value<'a>(&'a self, ctx: &Ctx<'a, P>) -> Val<'a> {
        if self.of.is_none() {
            let rows = 0..self.rows.len(ctx);
            let n = rows.filter(|row| self.rows.passes(ctx, *row)).count();
            return Val::Whole(i128::try_from(n).unwrap_or(i128::MAX));
        }
        Fold {
            function: self.function,
            shape: self.shape,
        }
        .value(&RowsPassing { of: self, ctx })
    }

    pub(crate) fn valid_until<'a>(&'a self, ctx: &Ctx<'a, P>) -> i64 {
        self.rows.valid_until(ctx)
    }

    /// The value of one row, where it has one.
    fn of<'a>(&'a self, ctx: &Ctx<'a, P>, row: usize) -> Val<'a> {
        self.of
            .as_ref()
            .map_or(Val::Missing, |of| of.value(&ctx.with_row(row)))
    }
}

/// The rows that a value is computed from.
struct RowsPassing<'c, 'a, P: Profile> {
    of: &'a TotalNode<P>,
    ctx: &'c Ctx<'a, P>,
}

impl<'a, P: Profile> Many<'a> for RowsPassing<'_, 'a, P> {
    fn each(&self, mut visit: impl FnMut(i64, Val<'a>)) {
        for row in 0..self.of.rows.len(self.ctx) {
            if self.of.rows.passes(self.ctx, row) {
                let value = self.of.of(self.ctx, row);
                if !value.is_missing() {
                    visit(i64::try_from(row).unwrap_or(i64::MAX), value);
                }
            }
        }
    }

    fn value(&self, at: i64) -> Val<'a> {
        usize::try_from(at).map_or(Val::Missing, |row| self.of.of(self.ctx, row))
    }
}

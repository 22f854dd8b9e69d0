//! Rows of a relation: which of them pass.

use super::Collection;
use super::index::SelectionIndex;
use crate::eval::Binder;
use crate::eval::bounded::Bounded;
use crate::eval::cond::Node;
use crate::eval::cond::logic::{All, Const, Parts};
use crate::eval::context::Ctx;
use crate::ir::{RowRef, Rows};
use crate::profile::{Profile, RowAccess};
use crate::schema::RelationId;
use crate::time::NEVER;
use std::ops::Range;
use std::sync::Arc;

/// Rows ready to be tested.
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
        ctx.spend(1);
        self.filter.holds(&ctx.with_row(row))
    }

    /// Whether a row passes, and until when that is certain.
    pub(crate) fn evaluate<'a>(&'a self, ctx: &Ctx<'a, P>, row: usize) -> Bounded {
        ctx.spend(1);
        self.filter.evaluate(&ctx.with_row(row))
    }
}

impl<P: Profile> Collection<P> for RowsNode<P> {
    fn count<'a>(&'a self, ctx: &Ctx<'a, P>) -> usize {
        (0..self.len(ctx))
            .filter(|row| self.passes(ctx, *row))
            .count()
    }

    fn each<'a>(&'a self, ctx: &Ctx<'a, P>, mut visit: impl FnMut(i64, Ctx<'a, P>)) {
        for row in 0..self.len(ctx) {
            if self.passes(ctx, row) {
                visit(i64::try_from(row).unwrap_or(i64::MAX), ctx.with_row(row));
            }
        }
    }

    fn scope_at<'a>(&'a self, ctx: &Ctx<'a, P>, at: i64) -> Option<Ctx<'a, P>> {
        Some(ctx.with_row(usize::try_from(at).ok()?))
    }

    /// Rows have no order.
    fn each_from_end<'a>(&'a self, _: &Ctx<'a, P>, _: bool, _: impl FnMut(i64, Ctx<'a, P>)) {}

    /// Rows do not come and go with time, so that an index would save nothing.
    fn indexed<'a, R>(
        &'a self,
        _: &Ctx<'a, P>,
        _: impl FnOnce(&mut SelectionIndex, Range<usize>) -> R,
    ) -> Option<R> {
        None
    }

    fn valid_until<'a>(&'a self, ctx: &Ctx<'a, P>) -> i64 {
        (0..self.len(ctx))
            .map(|row| self.evaluate(ctx, row).until)
            .min()
            .unwrap_or(NEVER)
    }

    fn max_len(&self, ctx: &Ctx<'_, P>) -> usize {
        self.access
            .as_ref()
            .map_or(0, |access| access.len(ctx.profile))
    }

    fn max_change_points<'a>(&'a self, ctx: &Ctx<'a, P>, _: usize) -> usize {
        self.filter.max_change_points(ctx, self.len(ctx))
    }
}

impl<P: Profile> Binder<'_, P> {
    /// The rows of a relation.
    fn relation(&mut self, relation: RelationId) -> Option<Arc<dyn RowAccess<P>>> {
        let wanted = self.schema.relation_of(relation)?;
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
        let declared = self.schema.relation_of(row.relation)?;
        let wanted = declared.property_of(row.property)?;
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
        let mut parts = Parts::bind(self, &rows.filter);
        self.of_row = outer;
        let filter = match (parts.leaves.is_empty(), parts.rest.len()) {
            (true, 1) => parts.rest.pop().unwrap_or(Node::Const(Const(true))),
            _ => Node::All(All(parts)),
        };
        RowsNode { access, filter }
    }
}

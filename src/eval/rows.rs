//! Rows of a relation: which of them pass, and one value from many.

use super::aggregate::Shape;
use super::bind::Binder;
use super::context::Ctx;
use super::node::{Node, together};
use super::scratch::with_buffer;
use super::term::TermNode;
use crate::profile::{Profile, RowAccess, Val};
use crate::rule::ir::{RowRef, Rows};
use crate::syntax::Aggregate;
use crate::time::NEVER;
use crate::value::compare_versions;
use std::cmp::Ordering;
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
        self.access.as_ref().map_or(0, |access| access.len(ctx.profile))
    }

    #[inline]
    pub(crate) fn passes<'a>(&'a self, ctx: &Ctx<'a, P>, row: usize) -> bool {
        self.filter.holds(&ctx.with_row(row))
    }

    /// Whether some row passes; or, `all`, whether there are rows and all of them do.
    pub(crate) fn holds<'a>(&'a self, ctx: &Ctx<'a, P>, all: bool) -> bool {
        let n = self.len(ctx);
        if all { n > 0 && (0..n).all(|row| self.passes(ctx, row)) } else { (0..n).any(|row| self.passes(ctx, row)) }
    }

    /// The same, and until when that is certain.
    pub(crate) fn judge<'a>(&'a self, ctx: &Ctx<'a, P>, all: bool) -> (bool, i64) {
        let n = self.len(ctx);
        let (holds, until) = together((0..n).map(|row| self.filter.judge(&ctx.with_row(row))), !all);
        (holds && n > 0, until)
    }

    /// Until when the same rows pass.
    fn stable<'a>(&'a self, ctx: &Ctx<'a, P>) -> i64 {
        (0..self.len(ctx)).map(|row| self.filter.judge(&ctx.with_row(row)).1).min().unwrap_or(NEVER)
    }
}

impl<P: Profile> Binder<'_, P> {
    /// The rows of a relation.
    fn relation(&mut self, position: usize) -> Option<Arc<dyn RowAccess<P>>> {
        let wanted = self.schema.relations().get(position)?;
        let Some(found) = self.model.schema.relation_index(&wanted.name) else {
            self.problems.insert(format!("the profile type has no relation `{}`", wanted.name));
            return None;
        };
        self.model.relations.get(found).cloned()
    }

    /// A property of a row: the rows, and its position in the profile type.
    pub(super) fn row_property(&mut self, row: RowRef) -> Option<(Arc<dyn RowAccess<P>>, usize)> {
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

    pub(super) fn rows(&mut self, rows: &Rows) -> RowsNode<P> {
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
        match self.function {
            Aggregate::Count => {
                let mut n = 0;
                self.each(ctx, |_, v| n += i128::from(self.of.is_none() || !v.is_missing()));
                Val::Whole(n)
            }
            Aggregate::Sum => self.sum(ctx).0,
            Aggregate::Avg => self.average(ctx),
            Aggregate::Min => self.best(ctx, Ordering::Less),
            Aggregate::Max => self.best(ctx, Ordering::Greater),
            Aggregate::Distinct => self.runs(ctx).0,
            Aggregate::Top => self.runs(ctx).1,
            // The checker refuses them: rows have no order.
            Aggregate::First | Aggregate::Last => Val::Missing,
        }
    }

    pub(crate) fn stable<'a>(&'a self, ctx: &Ctx<'a, P>) -> i64 {
        self.rows.stable(ctx)
    }

    /// The value of one row, where it has one.
    fn of<'a>(&'a self, ctx: &Ctx<'a, P>, row: usize) -> Val<'a> {
        self.of.as_ref().map_or(Val::Missing, |of| of.value(&ctx.with_row(row)))
    }

    /// Calls back with each row that passes and its value.
    fn each<'a>(&'a self, ctx: &Ctx<'a, P>, mut visit: impl FnMut(usize, Val<'a>)) {
        for row in 0..self.rows.len(ctx) {
            if self.rows.passes(ctx, row) {
                visit(row, self.of(ctx, row));
            }
        }
    }

    /// The sum and the number of values.
    fn sum<'a>(&'a self, ctx: &Ctx<'a, P>) -> (Val<'a>, i128) {
        if self.shape == Shape::Real {
            return with_buffer(|buffer| {
                self.each(ctx, |_, v| {
                    if !v.is_missing() {
                        buffer.push((v.as_real(1.0).to_bits().cast_signed(), 0));
                    }
                });
                super::aggregate::sum_of_reals(buffer)
            });
        }
        let (mut sum, mut n) = (Some(0_i128), 0);
        self.each(ctx, |_, v| {
            if !v.is_missing() {
                n += 1;
                sum = v.as_whole().and_then(|v| sum?.checked_add(v));
            }
        });
        (sum.map_or(Val::Missing, Val::Whole), n)
    }

    fn average<'a>(&'a self, ctx: &Ctx<'a, P>) -> Val<'a> {
        let (sum, n) = self.sum(ctx);
        super::aggregate::average_of(sum, n, self.shape)
    }

    /// The order of two values; of versions that mean the same, however they are spelled, none comes first.
    fn order(&self, a: &Val<'_>, b: &Val<'_>) -> Ordering {
        match (self.shape, a.text(), b.text()) {
            (Shape::Version, Some(a), Some(b)) => compare_versions(a, b),
            _ => a.natural_cmp(b),
        }
    }

    /// The same, with the spellings in an order too, so that it cannot matter which row comes first.
    fn whole_order(&self, a: &Val<'_>, b: &Val<'_>) -> Ordering {
        self.order(a, b).then_with(|| a.natural_cmp(b))
    }

    fn best<'a>(&'a self, ctx: &Ctx<'a, P>, wanted: Ordering) -> Val<'a> {
        let mut best = Val::Missing;
        self.each(ctx, |_, v| {
            if !v.is_missing() && (best.is_missing() || self.whole_order(&v, &best) == wanted) {
                best = v;
            }
        });
        best
    }

    /// How many different values there are, and the most frequent one; of several, the smallest.
    fn runs<'a>(&'a self, ctx: &Ctx<'a, P>) -> (Val<'a>, Val<'a>) {
        with_buffer(|buffer| {
            self.each(ctx, |row, v| {
                if !v.is_missing() {
                    buffer.push((i64::try_from(row).unwrap_or(i64::MAX), 0));
                }
            });
            let value = |entry: &(i64, i64)| usize::try_from(entry.0).map_or(Val::Missing, |row| self.of(ctx, row));
            buffer.sort_unstable_by(|a, b| self.whole_order(&value(a), &value(b)));
            let (mut distinct, mut top, mut longest) = (0_i128, Val::Missing, 0);
            for run in buffer.chunk_by(|a, b| self.order(&value(a), &value(b)).is_eq()) {
                distinct += 1;
                if run.len() > longest {
                    (longest, top) = (run.len(), run.first().map_or(Val::Missing, value));
                }
            }
            (Val::Whole(distinct), top)
        })
    }
}

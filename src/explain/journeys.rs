//! Where a profile is in a journey: a count of the events that it came there, and of those that it left.

use super::source::field_name;
use super::value::{instant, show_lit};
use super::walk::{Explainer, Facts, Query};
use crate::eval::collection::Collection;
use crate::ir::{Calendar, Cond, CondKind, Operand, Select, TermKind};
use crate::profile::{Event, Profile};
use crate::schema::Schema;

impl<P: Profile> Explainer<'_, P> {
    /// How often the profile came to where it is asked for, and how often it left, however long ago.
    pub(super) fn journey_place(
        &mut self,
        [came, left]: [&Select; 2],
        query: Query<'_, '_, P>,
        facts: &mut Facts,
    ) {
        for (name, select) in [("times it came", came), ("times it left", left)] {
            let mut select = select.clone();
            select.filter.retain(|test| !is_about_time(test));
            let node = self.binder.select(&select);
            let newest = (node.kinds.iter())
                .flat_map(|kind| {
                    let now = query.now().saturating_add(1);
                    query.ctx.of_kind(*kind).iter(i64::MIN, now)
                })
                .filter(|event| node.passes(query.ctx, event))
                .map(|event| event.at().micros())
                .max();
            let newest = newest.map(|at| format!("last {}", instant(at, self.calendar.zone)));
            facts.read(name, Some(node.count(query.ctx).to_string()), newest);
        }
    }
}

/// Whether a comparison moves with `now`.
fn is_about_time(test: &Cond) -> bool {
    matches!(&test.kind, CondKind::Compare { right, .. } if right.depends_on_now)
}

/// A condition that the author has not written: a part of a short form.
pub(super) fn unwritten(cond: &Cond, schema: &Schema) -> String {
    if let CondKind::Not(inner) = &cond.kind {
        format!("not {}", unwritten(inner, schema))
    } else if let CondKind::Compare { left, right, .. } = &cond.kind
        && let (TermKind::Field(field), TermKind::Lit(lit)) = (&left.kind, &right.kind)
    {
        let value = show_lit(lit, &left.ty, Calendar::default());
        format!("{} = {value}", field_name(field, schema))
    } else if let CondKind::Present(Operand::Term(term)) = &cond.kind
        && let TermKind::Field(field) = &term.kind
    {
        format!("{} exists", field_name(field, schema))
    } else {
        String::new()
    }
}

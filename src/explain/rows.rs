//! Rows: which there are, which of them count, and why the others do not.

use super::events::filter_words;
use super::report::{ChangeKind, ReadValue, RowEvidence, RowWitness};
use super::source::words;
use super::value::show;
use super::walk::{Explainer, Facts, Query};
use crate::eval::cond::Node;
use crate::eval::context::Ctx;
use crate::ir::visit::{Seen, visit_cond, visit_term};
use crate::ir::{FieldRef, RowRef, Rows, Term, Ty};
use crate::profile::Profile;
use crate::schema::PropertyId;
use crate::syntax::quoted_path;
use crate::value::Type;
use std::collections::BTreeSet;

/// The most rows that are shown for one relation.
const MAX_WITNESSES: usize = 5;
/// The most conditions that are named of those that a row fails.
const MAX_FAILED: usize = 2;

/// How a row stands to the conditions in the parentheses.
struct Candidate {
    row: usize,
    failed: Vec<usize>,
}

impl<P: Profile> Explainer<'_, P> {
    pub(super) fn rows(
        &mut self,
        rows: &Rows,
        all: bool,
        query: Query<'_, '_, P>,
        facts: &mut Facts,
    ) {
        self.row_evidence(rows, all, None, query, facts);
        let called = self.rows_name(rows, query.text);
        let called = if all { format!("all {called}") } else { called };
        facts.actions = Some(vec![ChangeKind::Rows {
            rows: called,
            wanted: !query.inner(),
        }]);
    }

    fn rows_name(&self, rows: &Rows, text: &str) -> String {
        match words(rows.span, text) {
            words if words.is_empty() => quoted_path(self.relation_name(rows)),
            words => words,
        }
    }

    fn relation_name(&self, rows: &Rows) -> &str {
        let relation = self.schema.relation_of(rows.relation);
        relation.map_or("", |r| &r.name)
    }

    /// Looks at the rows of a relation; `all`: those that do not pass are what matters. `of` is the value taken of each.
    pub(super) fn row_evidence(
        &mut self,
        rows: &Rows,
        all: bool,
        of: Option<&Term>,
        query: Query<'_, '_, P>,
        facts: &mut Facts,
    ) {
        let node = self.binder.rows(rows);
        let name = |binder: &mut Self, cond| {
            (
                binder.binder.cond(cond),
                filter_words(cond, query.text, binder.schema),
            )
        };
        let tests: Vec<(Node<P>, String)> =
            rows.filter.iter().map(|cond| name(self, cond)).collect();
        let ctx = query.ctx;
        let failed = |row: usize| {
            let ctx = ctx.with_row(row);
            (0..)
                .zip(&tests)
                .filter(|(_, (test, _))| !test.holds(&ctx))
                .map(|(i, _)| i)
                .collect()
        };
        let mut candidates: Vec<Candidate> = (0..node.len(ctx))
            .map(|row| Candidate {
                row,
                failed: failed(row),
            })
            .collect();
        let seen = candidates.len();
        let matching = candidates.iter().filter(|c| c.failed.is_empty()).count();
        // Those that decide: of `all`, those that fail; else those that pass, or the nearest where none does.
        if all && matching < seen {
            candidates.retain(|c| !c.failed.is_empty());
        } else if matching > 0 {
            candidates.retain(|c| c.failed.is_empty());
        }
        candidates.sort_by_key(|c| (c.failed.len(), c.row));
        let read = read_of(rows, of);
        let witnesses = candidates.iter().take(MAX_WITNESSES).map(|c| {
            let failed = c
                .failed
                .iter()
                .filter_map(|i| tests.get(*i))
                .filter(|(_, words)| !words.is_empty());
            let failed: Vec<String> = failed
                .take(MAX_FAILED)
                .map(|(_, words)| format!("not `{words}`"))
                .collect();
            RowWitness {
                row: c.row,
                properties: self.row_readings(rows, &read, &ctx.with_row(c.row)),
                counts: c.failed.is_empty(),
                why_not: (!failed.is_empty()).then(|| failed.join(", ")),
            }
        });
        let witnesses = witnesses.collect();
        facts.rows.push(RowEvidence {
            rows: self.rows_name(rows, query.text),
            relation: self.relation_name(rows).to_owned(),
            seen,
            matching,
            witnesses,
        });
    }

    /// The subject of a row and what the rule reads of it.
    fn row_readings(
        &mut self,
        rows: &Rows,
        read: &BTreeSet<PropertyId>,
        ctx: &Ctx<'_, P>,
    ) -> Vec<ReadValue> {
        let schema = self.schema;
        let Some(relation) = schema.relation_of(rows.relation) else {
            return Vec::new();
        };
        let of_type = self.model.schema.relation_index(&relation.name);
        let access = of_type.and_then(|i| self.model.relations.get(i));
        let (Some(access), Some(row)) = (access, ctx.row) else {
            return Vec::new();
        };
        let declared = of_type.and_then(|i| self.model.schema.relations().get(i));
        let mut readings = Vec::new();
        for (i, property) in relation.properties.iter().enumerate() {
            let subject = relation.subject == Some(i);
            if !subject && !read.contains(&PropertyId::new(i)) {
                continue;
            }
            let Some(at) = declared.and_then(|d| d.property_index(&property.name)) else {
                continue;
            };
            let value = match &property.ty {
                Type::List(of) => Ty::of(of).and_then(|of| {
                    access.list_len(ctx.profile, row, at)?;
                    let mut items = Vec::new();
                    access.any_item(ctx.profile, row, at, &mut |item| {
                        items.push(item);
                        false
                    });
                    Some(super::values::shown_list(&items, &of, self.calendar))
                }),
                ty @ (Type::Bool
                | Type::Int
                | Type::Decimal(_)
                | Type::Float
                | Type::String
                | Type::Enum(_)
                | Type::Date
                | Type::Instant
                | Type::Duration
                | Type::Version
                | Type::Place) => Ty::of(ty)
                    .and_then(|ty| show(&access.value(ctx.profile, row, at), &ty, self.calendar)),
            };
            if value.is_none() && !read.contains(&PropertyId::new(i)) {
                continue;
            }
            let reading = ReadValue::of_field(property, value);
            if subject {
                readings.insert(0, reading)
            } else {
                readings.push(reading)
            }
        }
        readings
    }
}

/// The properties of its rows that a rule reads.
fn read_of(rows: &Rows, of: Option<&Term>) -> BTreeSet<PropertyId> {
    let mut read = BTreeSet::new();
    let mut see = |seen: Seen<'_>| {
        if let Seen::Field(FieldRef::Row(RowRef { relation, property })) = seen
            && *relation == rows.relation
        {
            read.insert(*property);
        }
    };
    rows.filter
        .iter()
        .for_each(|cond| visit_cond(cond, &mut see));
    if let Some(of) = of {
        visit_term(of, &mut see);
    }
    read
}

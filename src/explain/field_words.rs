//! Labels and units: what the schema says a value is called, and what it is counted in.

use super::report::ExplanationNode;
use crate::ir::{Term, TermKind};
use crate::schema::{Field, Schema};
use crate::syntax::{Aggregate, quoted_path};
use std::collections::HashMap;

/// What people call a value, and what it is counted in.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct FieldWords {
    label: Option<String>,
    unit: Option<String>,
}

impl FieldWords {
    fn of_field(field: &Field) -> Option<Self> {
        let is_said = field.label.is_some() || field.unit.is_some();
        is_said.then(|| FieldWords {
            label: field.label.clone(),
            unit: field.unit.clone(),
        })
    }

    /// What the schema says of a value; what is computed has no label, but may keep the unit.
    pub(super) fn of_term(term: &Term, schema: &Schema) -> Option<Self> {
        if let TermKind::Field(field) = &term.kind {
            return FieldWords::of_field(field.declared(schema)?);
        }
        let unit = Some(unit_of(term, schema)?.to_owned());
        Some(FieldWords { label: None, unit })
    }
}

/// The unit of a value: that of the field that it is one of, or made of by nothing but sums.
fn unit_of<'s>(term: &Term, schema: &'s Schema) -> Option<&'s str> {
    match &term.kind {
        TermKind::Field(field) => field.declared(schema)?.unit.as_deref(),
        TermKind::Aggregate { function, of, .. } | TermKind::Total { function, of, .. } => {
            let is_kept = match function {
                Aggregate::Count | Aggregate::Distinct => false,
                Aggregate::Sum
                | Aggregate::Avg
                | Aggregate::Min
                | Aggregate::Max
                | Aggregate::Median
                | Aggregate::Percentile(_)
                | Aggregate::First
                | Aggregate::Last
                | Aggregate::Top => true,
            };
            unit_of(of.as_deref().filter(|_| is_kept)?, schema)
        }
        TermKind::Negate(of) | TermKind::AsOf { of, .. } | TermKind::OnlyIf { of, .. } => {
            unit_of(of, schema)
        }
        TermKind::Trait(named) => unit_of(&named.term, schema),
        TermKind::Lit(_)
        | TermKind::Id
        | TermKind::At(_)
        | TermKind::Entry(_)
        | TermKind::Now
        | TermKind::Today(_)
        | TermKind::Part { .. }
        | TermKind::Arithmetic { .. }
        | TermKind::PlusMonths { .. }
        | TermKind::Call { .. }
        | TermKind::Cases { .. }
        | TermKind::Stage(_)
        | TermKind::Score(_)
        | TermKind::Ledger { .. } => None,
    }
}

/// The words of the attributes that have some, by what they are called in an expression.
pub(super) fn of_attributes(schema: &Schema) -> HashMap<String, FieldWords> {
    let attributes = schema.attributes().iter();
    attributes
        .filter_map(|field| Some((quoted_path(&field.name), FieldWords::of_field(field)?)))
        .collect()
}

/// Gives what was read its label and its unit.
pub(super) fn add(words: &HashMap<String, FieldWords>, part: &mut ExplanationNode) {
    for reading in &mut part.readings {
        if let Some(words) = words.get(&reading.name) {
            reading.label.clone_from(&words.label);
            reading.unit.clone_from(&words.unit);
        }
    }
    part.parts.iter_mut().for_each(|part| add(words, part));
}

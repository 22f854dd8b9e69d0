//! Measures the size of a rule.

use super::form::{Cond, Term};
use super::visit::{Seen, visit_written};
use super::weight::Weight;

impl Weight {
    pub(crate) fn of_cond(cond: &Cond) -> Self {
        Weight::of(Seen::Cond(cond))
    }

    pub(crate) fn of_term(term: &Term) -> Self {
        Weight::of(Seen::Term(term))
    }

    fn of(seen: Seen<'_>) -> Self {
        let mut weight = Weight::default();
        visit_written(seen, &mut |seen| weight.add(seen));
        weight
    }

    fn add(&mut self, seen: Seen<'_>) {
        match seen {
            Seen::Cond(_) | Seen::Term(_) => self.parts = self.parts.saturating_add(1),
            Seen::Definition(definition) => {
                let weight = definition.weight();
                self.parts = self.parts.saturating_add(weight.parts);
                self.depth = self.depth.max(weight.depth.saturating_add(1));
            }
            Seen::Field(_) | Seen::Select(_) | Seen::Rows(_) | Seen::Bound(_) => {}
        }
    }
}

//! Measures the size of a rule.

use super::form::{Cond, CondKind, Term, TermKind};
use super::visit::{Seen, visit_written, visit_written_term};
use super::weight::Weight;

impl Weight {
    pub(crate) fn of_cond(cond: &Cond) -> Self {
        let mut weight = Weight::default();
        visit_written(cond, &mut |seen| weight.add(seen));
        weight
    }

    pub(crate) fn of_term(term: &Term) -> Self {
        let mut weight = Weight::default();
        visit_written_term(term, &mut |seen| weight.add(seen));
        weight
    }

    fn add(&mut self, seen: Seen<'_>) {
        let referred = match seen {
            Seen::Cond(Cond {
                kind: CondKind::Segment(segment) | CondKind::Moved { segment, .. },
                ..
            }) => Some(segment.weight),
            Seen::Cond(Cond {
                kind: CondKind::Stage { of, .. },
                ..
            })
            | Seen::Term(Term {
                kind: TermKind::Stage(of),
                ..
            }) => Some(of.lifecycle.weight),
            Seen::Term(Term {
                kind: TermKind::Trait(named),
                ..
            }) => Some(named.weight),
            Seen::Term(Term {
                kind: TermKind::Score(score),
                ..
            }) => Some(score.weight),
            Seen::Cond(_) | Seen::Term(_) => None,
            _ => return,
        };
        self.parts = self.parts.saturating_add(1);
        if let Some(weight) = referred {
            self.parts = self.parts.saturating_add(weight.parts);
            self.depth = self.depth.max(weight.depth.saturating_add(1));
        }
    }
}

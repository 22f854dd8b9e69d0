//! Short forms: conditions that are written in one way and stand for others. Evaluation knows only what they stand for;
//! explanations and lints recognise what the author wrote.

use super::form::{Cond, CondKind, Select, Term, TermKind};
use super::op::Order;
use super::ty::{Lit, Ty};
use crate::span::Span;

/// `value between low and high`; both ends belong.
#[derive(Clone, Copy)]
pub(crate) struct Between<'a> {
    pub(crate) value: &'a Term,
    pub(crate) low: &'a Term,
    pub(crate) high: &'a Term,
}

impl Cond {
    /// A `bool` value as a condition: `value = true`. The constant is not written, so its span is empty.
    pub(crate) fn truth(value: Term, span: Span) -> Self {
        let place = Span {
            start: span.end,
            end: span.end,
        };
        let constant = Term::new(TermKind::Lit(Lit::Whole(1)), Ty::Bool, place);
        Cond::new(compare(Order::Eq, value, constant), span)
    }

    /// The value, of a condition that was written as no more than that.
    pub(crate) fn as_truth(&self) -> Option<&Term> {
        let CondKind::Compare { left, right, .. } = &self.kind else {
            return None;
        };
        let is_unwritten = right.span.start == right.span.end;
        (is_unwritten && is_true(right)).then_some(left)
    }

    /// `in journey welcome`, `in step first of welcome for more than 2 days`: the events that somebody came in, and those that they left.
    /// There are more of the former. All have the span of the whole.
    pub(crate) fn as_journey_place(&self) -> Option<[&Select; 2]> {
        let CondKind::Compare {
            op: Order::Gt,
            left,
            right,
            ..
        } = &self.kind
        else {
            return None;
        };
        let counted = |term: &'_ Term| term.span.is_at(self.span);
        match (&left.kind, &right.kind) {
            (
                TermKind::Aggregate { select: came, .. },
                TermKind::Aggregate { select: went, .. },
            ) if counted(left) && counted(right) => Some([came, went]),
            _ => None,
        }
    }

    /// `value between low and high`: `value >= low and value <= high`. Both comparisons have the span of the whole.
    pub(crate) fn between(value: Term, low: Term, high: Term, span: Span) -> Self {
        let from = Cond::new(compare(Order::Ge, value.clone(), low), span);
        let to = Cond::new(compare(Order::Le, value, high), span);
        Cond::new(CondKind::All(vec![from, to]), span)
    }

    /// What was written as `between`.
    pub(crate) fn as_between(&self) -> Option<Between<'_>> {
        let CondKind::All(parts) = &self.kind else {
            return None;
        };
        let written_as_one = parts.iter().all(|part| part.span.is_at(self.span));
        self.as_range().filter(|_| written_as_one)
    }

    /// What means the same as `between`, however it was written.
    pub(crate) fn as_range(&self) -> Option<Between<'_>> {
        let CondKind::All(parts) = &self.kind else {
            return None;
        };
        let [from, to] = parts.as_slice() else {
            return None;
        };
        let ((value, low), (same, high)) = (compared(from, Order::Ge)?, compared(to, Order::Le)?);
        (value == same).then_some(Between { value, low, high })
    }
}

/// The constant `true`.
pub(crate) fn is_true(term: &Term) -> bool {
    term.ty == Ty::Bool && matches!(term.kind, TermKind::Lit(Lit::Whole(1)))
}

fn compare(op: Order, left: Term, right: Term) -> CondKind {
    CondKind::Compare {
        op,
        left,
        right,
        ignoring_case: false,
    }
}

/// The sides of a comparison in an order.
fn compared(cond: &Cond, order: Order) -> Option<(&Term, &Term)> {
    let CondKind::Compare {
        op,
        left,
        right,
        ignoring_case: false,
    } = &cond.kind
    else {
        return None;
    };
    (*op == order).then_some((left, right))
}

#[cfg(test)]
mod tests {
    use crate::rule::Rule;
    use crate::schema::{Field, Schema};
    use crate::value::Type;

    fn rule(text: &str) -> Rule {
        let schema = Schema::builder()
            .attribute(Field::new("age", Type::Int))
            .attribute(Field::new("vip", Type::Bool))
            .build()
            .unwrap();
        Rule::check(text, &schema).unwrap()
    }

    #[test]
    fn short_forms_mean_what_they_stand_for() {
        let same = |short: &str, long: &str| {
            assert_eq!(rule(short).root(), rule(long).root(), "{short}");
        };
        same("age between 18 and 30", "age >= 18 and age <= 30");
        same("vip", "vip = true");
        same("not vip", "not vip = true");
    }

    #[test]
    fn short_forms_are_told_from_what_they_stand_for() {
        let is_between = |text: &str| rule(text).root().as_between().is_some();
        assert!(is_between("age between 18 and 30"));
        assert!(!is_between("age >= 18 and age <= 30"));
        assert!(rule("age >= 18 and age <= 30").root().as_range().is_some());
        assert!(rule("age >= 18 and age < 30").root().as_range().is_none());
        let is_truth = |text: &str| rule(text).root().as_truth().is_some();
        assert!(is_truth("vip"));
        assert!(!is_truth("vip = true"));
    }
}
